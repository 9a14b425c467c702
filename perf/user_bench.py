#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""user_bench FILE - take the figures of user_plan.py, write them as rows.

All of it on this machine and by the user who calls: Skua in user mode, the same
kind of transfer by UCX and libfabric, and the limits. A value is the median of
the repetitions. What fails costs its rows and is reported.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

import peers
import perftest
from plan import UNITS, size_text
from rows import Rows
from user_plan import MEMCPY_SIZES, PVM_SIZES, TRANSPORTS, lines_of

HERE = os.path.dirname(os.path.abspath(__file__))
LIMITS = "/skua/out"
# The limit programs' names of what they measure, and ours.
MEMCPY = [("memcpy", "cold"), ("memcpy-hot", "hot")]
PVM = [("pvm", "pvm"), ("mapping", "mapping")]
LATENCY_ITERATIONS = 100000
STARTS = 15
IDLE_QPS, IDLE_SECONDS = 100, 5


def pinned(cpu):
    return ["taskset", "-c", str(cpu), "skua-run", "--"]


def skua(_, tool, size):
    """Both ends as two terminals would have them, a CPU each."""
    port = peers.free_port()
    count = LATENCY_ITERATIONS if tool.endswith("_lat") else None
    line = perftest.arguments(tool, "skua0", size, count, port=port)
    return perftest.pair(pinned(peers.CPUS[1]) + line, pinned(peers.CPUS[0]) + line,
                         "127.0.0.1", port)


def limit(rows, program, size, names):
    said = peers.output_of([f"{LIMITS}/{program}-limit", str(size)])
    found = json.loads(said[-1])
    for name, field in names:
        rows.add(name, "copy", size, "bw_avg", found[field])
        print(f"   {name:<10} {'copy':<13} {size_text(size):>7} "
              f"{found[field]:>12.2f} MiB/s", flush=True)


def limits(rows):
    for size in MEMCPY_SIZES:
        limit(rows, "memcpy", size, MEMCPY)
    for size in PVM_SIZES:
        limit(rows, "pvm", size, PVM)


def line(rows, repeats, transport, tool, size, metric):
    what = f"{transport:<10} {tool:<13} {size_text(size):>7}"
    once = skua if transport == "skua-user" else peers.run
    try:
        runs = [once(transport, tool, size) for _ in range(repeats)]
    except perftest.Failed as error:
        rows.fail(what, error)
        return
    for name in UNITS:
        if name in runs[0]:
            rows.add(transport, tool, size, name,
                     statistics.median(run[name] for run in runs))
    middle = statistics.median(run[metric] for run in runs)
    print(f"   {what} {middle:>12.2f} {UNITS[metric]}", flush=True)


def start_seconds(command):
    """Whatever it finds: without the library there may be no device."""
    spent = []
    for _ in range(STARTS):
        start = time.perf_counter()
        subprocess.run(command, stdin=subprocess.DEVNULL, timeout=10, check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        spent.append(time.perf_counter() - start)
    return round(statistics.median(spent), 4)


def start(rows):
    peers.output_of(["skua-run", "--", "ibv_devinfo"])
    for transport, prefix in (("none", []), ("skua-user", ["skua-run", "--"])):
        seconds = start_seconds(prefix + ["ibv_devinfo"])
        rows.add(transport, "ibv_devinfo", 0, "start", seconds, "s")
        print(f"   {transport:<10} ibv_devinfo started and ended in {seconds} s",
              flush=True)


def cpu_ns(pid):
    """What its threads have run, in ns."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as text:
            total += int(text.read().split()[0])
    return total


def idle(rows):
    """A program that has QPs connected to each other, and waits."""
    with subprocess.Popen(
            ["skua-run", "--", "python3", f"{HERE}/idle_qps.py", "skua0",
             str(IDLE_QPS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True) as holder:
        try:
            if holder.stdout.readline().strip() != "ready":
                raise perftest.Failed(f"{IDLE_QPS} QPs could not be made")
            # Whatever still spins after the last command has gone to sleep.
            time.sleep(1)
            before, at = cpu_ns(holder.pid), time.monotonic_ns()
            time.sleep(IDLE_SECONDS)
            share = (cpu_ns(holder.pid) - before) / (time.monotonic_ns() - at)
        finally:
            holder.kill()
    rows.add("skua-user", "idle", 0, "cpu", round(share * 100, 4), "% of a core")
    print(f"   skua-user  idle with {IDLE_QPS} QPs: {share * 100:.4f} % of a core",
          flush=True)


def attempt(rows, part, *arguments):
    try:
        part(rows, *arguments)
    except (perftest.Failed, KeyError, OSError, ValueError,
            subprocess.TimeoutExpired) as error:
        rows.fail(part.__name__, error)


def brief(rows):
    """What a demonstration shows, in seconds."""
    for size in PVM_SIZES:
        attempt(rows, limit, "pvm", size, PVM)
    for transport in ("skua-user", "ucx-cma", "ucx-tcp"):
        for tool, size, metric in lines_of(transport):
            line(rows, 1, transport, tool, size, metric)


def whole(rows, repeats):
    attempt(rows, limits)
    for transport in TRANSPORTS:
        for tool, size, metric in lines_of(transport):
            line(rows, repeats, transport, tool, size, metric)
    attempt(rows, start)
    attempt(rows, idle)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--brief", action="store_true", help=brief.__doc__)
    parser.add_argument("file")
    args = parser.parse_args()
    rows = Rows()
    if args.brief:
        brief(rows)
    else:
        whole(rows, args.repeats)
    rows.save(args.file)
    return 0 if any(row["transport"] == "skua-user" for row in rows.rows) else 1


if __name__ == "__main__":
    sys.exit(main())
