# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""One run of a peer's own benchmark: UCX, libfabric. Both ends on this machine."""

import os
import pty
import socket
import subprocess
import time

from perftest import Failed
from plan import MIB
from user_plan import LIBFABRIC_TRANSPORTS, UCX_TRANSPORTS

SECONDS = 30
CPUS = (0, os.cpu_count() - 1)


def iterations(size):
    """Enough for a stable middle, a few seconds at most for the slowest."""
    return 5000 if size >= MIB else 20000 if size >= 4096 else 200000


def output_of(line, environment=None, stdin=subprocess.DEVNULL):
    try:
        done = subprocess.run(line, stdin=stdin, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=SECONDS, env=environment)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(str(error)) from error
    said = done.stdout.strip().splitlines()
    if done.returncode or not said:
        raise Failed(f"{line[0]} ended with {done.returncode}: {said[-1:]}")
    return said


def ucx(transport, tool, size):
    """Debian's ucx_perftest is an MPI program; -v and -f print one CSV line."""
    environment = dict(os.environ, UCX_TLS=UCX_TRANSPORTS[transport],
                       OMPI_ALLOW_RUN_AS_ROOT="1",
                       OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    # MPI only starts it: what it would choose among its own networks is noise.
    said = output_of(["mpirun", "-n", "2", "--bind-to", "core",
                      "--mca", "btl", "self,sm", *ucx_line(tool, size)],
                     environment)
    return ucx_figures(said)


def ucx_line(tool, size):
    count = iterations(size) // (10 if tool.endswith("_lat") else 1)
    return ["ucx_perftest", "-t", tool, "-s", str(size), "-n", str(count),
            "-w", str(count // 10), "-f", "-v"]


def ucx_figures(said):
    try:
        figures = dict(zip(said[-2].split(","), map(float, said[-1].split(","))))
        return {"bw_avg": figures["overall_bw"],
                "msg_rate": figures["overall_mr"] / 1e6,
                "lat_typical": figures["50.0_percentile_lat"]}
    except (IndexError, KeyError, ValueError) as error:
        raise Failed(f"ucx_perftest said: {said[-1]}") from error


def ucx_apart(transport, tool, size, at, address):
    """Between two ends that at("server" or "client", command) leads to.

    Without MPI, for which Debian's takes any run without a terminal.
    """
    environment = dict(os.environ, UCX_TLS=UCX_TRANSPORTS[transport])
    ours, terminal = pty.openpty()
    port = str(free_port())
    try:
        with subprocess.Popen(at("server", ["ucx_perftest", "-p", port]),
                              stdin=terminal, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, env=environment) as server:
            try:
                # It says that it listens after it does, and to a buffer.
                time.sleep(0.5)
                said = output_of(at("client", [*ucx_line(tool, size), "-p", port,
                                               address]), environment, terminal)
            finally:
                server.kill()
    finally:
        os.close(ours)
        os.close(terminal)
    return ucx_figures(said)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def libfabric(transport, tool, size):
    """The only benchmark of libfabric's that Debian has; reliable datagrams."""
    port = str(free_port())

    def line(cpu, port_option):
        return ["taskset", "-c", str(cpu), tool, "-e", "rdm",
                "-p", LIBFABRIC_TRANSPORTS[transport], port_option, port,
                "-I", str(iterations(size) // 4), "-S", str(size)]
    with subprocess.Popen(line(CPUS[1], "-B"), stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as server:
        try:
            # It listens for the control connection, and says nothing.
            time.sleep(0.3)
            said = output_of(line(CPUS[0], "-P") + ["127.0.0.1"])
        finally:
            server.kill()
    try:
        each_us = float(dict(zip(said[-2].split(), said[-1].split()))["usec/xfer"])
    except (IndexError, KeyError, ValueError) as error:
        raise Failed(f"fi_pingpong said: {said[-1]}") from error
    if each_us <= 0:
        raise Failed("fi_pingpong measured no time")
    return {"lat_typical": each_us, "bw_avg": size / each_us * 1e6 / MIB,
            "msg_rate": 1 / each_us}


def run(transport, tool, size):
    return (ucx if transport in UCX_TRANSPORTS else libfabric)(transport, tool, size)
