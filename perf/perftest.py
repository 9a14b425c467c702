# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""One run of a perftest program between two devices."""

import json
import os
import re
import subprocess
import tempfile
import time

PORT = 18515
SECONDS = 30

# transport: device and address here, device and address in namespace "peer"
ENDS = {
    "skua": (("skua0", "192.0.2.1"), ("skua1", "192.0.2.2")),
    "rxe": (("rxe0", "192.0.3.1"), ("rxe1", "192.0.3.2")),
}

IN_PEER = ["ip", "netns", "exec", "peer"]

# What perftest calls the metrics in its JSON.
FIELDS = {"bw_avg": "BW_average", "msg_rate": "MsgRate",
          "lat_typical": "t_typical"}


# What it says if it could not find out what the counter of cycles runs at.
NO_CLOCK = "Can't produce a report"


class Failed(Exception):
    """The programs gave no figure; the text says why."""


class NoClock(Failed):
    """perftest compares the counter of cycles with the time of day when all is
    over: a step of the one, or a pause, spoils that, and not what was measured."""


def gid_index(device):
    """The RoCE v2 GID made of the device's IPv4 address."""
    port = f"/sys/class/infiniband/{device}/ports/1"
    for index in range(16):
        try:
            with open(f"{port}/gids/{index}", encoding="ascii") as gid:
                mapped = gid.read().startswith("0000:" * 5 + "ffff:")
            with open(f"{port}/gid_attrs/types/{index}", encoding="ascii") as kind:
                if mapped and kind.read().strip() == "RoCE v2":
                    return index
        except OSError:
            continue
    raise Failed(f"{device} has no RoCE v2 GID of an IPv4 address")


def listening(port, namespace_pid):
    """Whether something listens there, read from /proc to spawn nothing."""
    for table in ("tcp", "tcp6"):
        try:
            with open(f"/proc/{namespace_pid}/net/{table}",
                      encoding="ascii") as text:
                rows = text.readlines()[1:]
        except OSError:  # it has ended, or there is no IPv6
            continue
        for row in rows:
            fields = row.split()
            if fields[3] == "0A" and fields[1].endswith(f":{port:04X}"):
                return True
    return False


def wait_for_server(server, port):
    end = time.monotonic() + SECONDS
    while not listening(port, server.pid):
        if server.poll() is not None or time.monotonic() > end:
            raise Failed("the server did not start: " + last_line(server))
        time.sleep(0.05)


def last_line(process):
    if process.poll() is None:
        process.kill()
    lines = [line.strip() for line in process.communicate()[0].splitlines()]
    return next((line for line in reversed(lines) if line.strip("- ")), "no output")


def reason(said):
    """The line that tells why a program gave up, as far as one can tell."""
    lines = [line.strip() for line in said.splitlines() if line.strip("- ")]
    telling = [line for line in lines
               if re.search("error|fail|unable|couldn't|can't|cannot", line, re.I)]
    return next(iter(telling or lines[-1:]), "no output")


def arguments(tool, device, size, iterations, more=(), port=PORT, seconds=2):
    line = [tool, "-F", "-d", device, "-p", str(port), "-s", str(size), *more]
    return line + (["-n", str(iterations)] if iterations else ["-D", str(seconds)])


def run(transport, tool, size, iterations=None):
    """The metrics of one run in the guest; without iterations, two seconds."""
    here, there = ENDS[transport]

    def line(device):
        return arguments(tool, device, size, iterations,
                         ["-x", str(gid_index(device))])
    return pair(IN_PEER + line(there[0]), line(here[0]), there[1])


def pair(server_line, client_line, address, port=PORT):
    """The metrics that a client finds with its server at an address."""
    try:
        return pair_once(server_line, client_line, address, port)
    except NoClock:
        return pair_once(server_line, client_line, address, port)


def pair_once(server_line, client_line, address, port):
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
             "stderr": subprocess.STDOUT, "text": True}
    with tempfile.TemporaryDirectory() as scratch:
        result = f"{scratch}/result"
        # The client may be run as somebody else.
        os.chmod(scratch, 0o1777)
        server = subprocess.Popen(server_line, **pipes)
        try:
            wait_for_server(server, port)
            client = subprocess.run(
                client_line + ["--out_json", f"--out_json_file={result}", address],
                timeout=SECONDS, check=False, **pipes)
        except subprocess.TimeoutExpired as error:
            raise Failed(f"still running after {SECONDS} s") from error
        finally:
            try:
                server.wait(2)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
            server.stdout.close()
        if client.returncode or not os.path.exists(result):
            error = NoClock if NO_CLOCK in client.stdout else Failed
            raise error(f"it ended with {client.returncode}: "
                        f"{reason(client.stdout)}")
        with open(result, encoding="utf-8") as text:
            # What it cannot compute it prints as C does, which JSON knows not.
            found = json.loads(re.sub(r": -?(nan|inf)\b", ": null", text.read()))
        found = found["results"]
    metrics = {metric: found[field] for metric, field in FIELDS.items()
               if field in found}
    if found["n_iterations"] and not any(metrics.values()):
        raise NoClock(f"0 MiB/s in spite of {found['n_iterations']} iterations")
    return metrics | {"iterations": found["n_iterations"]}
