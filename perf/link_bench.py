#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""link_bench FILE - take the figures of link_plan.py, write them as rows.

As root, in a network namespace of its own. A link and what it is compared with
are measured in turns, and a value is the median of the rounds, so that a
disturbance meets both. What fails costs its rows and is reported.
"""

import argparse
import functools
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import congestion
import link_ends as ends
import peers
import perftest
from processors import Processors
from link_plan import (BESIDE, LINES, LINKS, LOSS, LOSS_LINKS, RECOVERIES,
                       UCX_LINES, lossy)
from plan import KIB, MIB, UNITS, size_text
from rows import Rows

LATENCY_ITERATIONS = 10000
# perftest leaves out the beginning and the end: half of it. It is short, and there
# are more rounds than of other figures, because a hypervisor that moves a processor
# in the middle of a run costs that run (processors.py sees it before and after only).
LOSS_SECONDS = 2
LOSS_PACE = ["-m", "4096", "-t", "16", "-Q", "1"]
RECORD = 4 * KIB
LINK_LIMIT = "/skua/out/link-limit"


class Bench:
    def __init__(self, rows, rounds):
        self.rows, self.rounds = rows, rounds
        rows.processors = rows.processors or Processors()
        self.found = {}

    def take(self, transport, tool, size, metric, once):
        """One more run of a figure: once() gives its metrics."""
        what = f"{transport} {tool} {size_text(size)}"
        runs = self.found.setdefault((transport, tool, size), [])
        if runs is None:
            return
        try:
            runs.append(self.rows.processors.run(once))
        except (perftest.Failed, KeyError, OSError, ValueError,
                subprocess.SubprocessError) as error:
            # It would fail again: it has no median.
            self.found[transport, tool, size] = None
            self.rows.fail(what, error)
            return
        print(f"   {transport:<32} {tool:<12} {size_text(size):>7} "
              f"{runs[-1][metric]:>10.2f} {UNITS[metric]}", flush=True)

    def settle(self):
        """The medians of what was taken."""
        for (transport, tool, size), runs in self.found.items():
            for name in UNITS:
                if runs and name in runs[0]:
                    self.rows.add(transport, tool, size, name,
                                  statistics.median(run[name] for run in runs))
        self.found = {}


def ring():
    said = peers.output_of([*ends.NOBODY, LINK_LIMIT, "ring"])
    return {"bw_avg": json.loads(said[-1])["ring"]}


def stream():
    with subprocess.Popen(ends.at("client", [LINK_LIMIT, "send", ends.SERVER]),
                          stdin=subprocess.DEVNULL) as sender:
        try:
            said = peers.output_of(
                ends.at("server", [LINK_LIMIT, "receive", ends.SERVER]))
        finally:
            sender.kill()
    return {"bw_avg": json.loads(said[-1])["stream"]}


def ucx(tool, size):
    return peers.ucx_apart("ucx-tcp", tool, size, ends.at, ends.SERVER)


def skua(link, tool, size):
    count = LATENCY_ITERATIONS if tool.endswith("_lat") else None
    line = perftest.arguments(tool, "skua0", size, count, ["-m", "4096"])
    return ends.skua(LINKS[link], line)


def beside(bench, name):
    if name == "ucx-tcp":
        for tool, size, metric in UCX_LINES:
            bench.take(name, tool, size, metric, lambda t=tool, s=size: ucx(t, s))
    else:
        bench.take(name, "copy", RECORD, "bw_avg",
                   {"ring": ring, "stream": stream}[name])


def one_link(bench, link):
    for _ in range(bench.rounds):
        for tool, size, metric in LINES:
            for name in BESIDE[link] if (tool, size, metric) == LINES[0] else []:
                beside(bench, name)
            bench.take(link, tool, size, metric,
                       lambda t=tool, s=size: skua(link, t, s))
    bench.settle()


def knows_recovery():
    return not subprocess.run(["skua-run", "--recovery", RECOVERIES[0], "--", "true"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              check=False).returncode


def lose(link, recovery, loss):
    """Writes of 1 MiB over a link that loses packets either way, and always the
    same ones: rules begin with the seed 0."""
    line = perftest.arguments("ib_write_bw", "skua0", MIB, None, LOSS_PACE,
                              seconds=LOSS_SECONDS)
    with tempfile.NamedTemporaryFile("w", suffix=".rules") as rules:
        os.chmod(rules.name, 0o644)
        # Also without loss, so that what it costs to look is in both figures.
        rules.write(f"drop both p={loss}\n")
        rules.flush()
        return ends.skua(LINKS[link], line, ["--recovery", recovery],
                         ["--impair", rules.name])


def losses(bench):
    if not knows_recovery():
        bench.rows.fail("loss", "skua-run knows no --recovery")
        return
    for link in LOSS_LINKS:
        for recovery in RECOVERIES:
            for _ in range(2 * bench.rounds - 1):
                for loss in LOSS:
                    bench.take(lossy(link, recovery, loss), "ib_write_bw", MIB,
                               "bw_avg", lambda o=loss: lose(link, recovery, o))
    bench.settle()


def machine(revision):
    """What a figure is worth nothing without."""
    with open("/proc/cpuinfo", encoding="ascii") as text:
        model = next((line.split(":", 1)[1].strip() for line in text
                      if line.startswith("model name")), platform.machine())
    return {"revision": revision, "kernel": platform.release(), "cpu": model,
            "cpus": os.cpu_count(), "time": time.strftime("%FT%TZ", time.gmtime())}


def congested(bench):
    for system in congestion.SYSTEMS:
        try:
            congestion.measure(bench.rows, system)
        except (perftest.Failed, subprocess.SubprocessError, ValueError) as error:
            bench.rows.fail(system, error)


# What is measured, in this order.
PARTS = {link: functools.partial(one_link, link=link) for link in LINKS} | {
    "loss": losses,
    "congestion": congested,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--revision", default="unknown")
    parser.add_argument("--only", choices=PARTS, action="append",
                        help="measure this part; may be repeated")
    parser.add_argument("file")
    args = parser.parse_args()
    rows = Rows(**machine(args.revision))
    ends.join()
    for name, part in PARTS.items():
        if name in (args.only or PARTS):
            part(Bench(rows, args.rounds))
    rows.save(args.file)
    return 0 if rows.rows else 1


if __name__ == "__main__":
    sys.exit(main())
