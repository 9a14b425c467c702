#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""since REVISION FILE - what has changed since a revision, in user mode.

As root, in a network namespace of its own. out/since/before and out/since/now were
built in the same way. How fast a machine is changes by more from minute to minute
than most commits change it: each round measures both, and what counts is the ratio
of the two in one round. Prints a table, and writes rows with the medians.
"""

import argparse
import statistics
import sys

import ipsec_bench
import perftest
from ipsec_bench import SHM, esp
from ipsec_plan import CLEAR, ESP, FEW, LATENCIES, MANY, MANY_LINE, WRITE_64K
from link_bench import machine
from plan import UNITS, size_text
from processors import Processors
from rows import Rows
from table import figure, finish, print_aligned

BUILDS = "/skua/out/since"
NOW, BEFORE = "now", "before"
HEAD = ("", "program", "bytes", "unit", BEFORE, NOW, "ratio", "quartiles", "rounds")


def in_clear(build, line):
    return {CLEAR: SHM.run(*line[:2], program=f"{build}/user/skua-run")}


def in_esp(build, line):
    return {ESP: esp(SHM, *line[:2], program=f"{build}/user/skua-run")}


def many(build, line):
    """Revisions before that program have none."""
    found = ipsec_bench.many(f"{build}/perf")
    return {name: {line[2]: found[name.split()[0]]} for name in (FEW, MANY)}


# How something is measured, and what of: some give more than one figure.
FIGURES = [(in_clear, WRITE_64K), (in_esp, WRITE_64K), (in_clear, LATENCIES[0]),
           (in_esp, LATENCIES[0]), (many, MANY_LINE)]


def both(bench, line, builds):
    """What a round has found, by transport: the values of both builds."""
    found = {build: bench(f"{BUILDS}/{build}", line) for build in builds}
    return {transport: {build: found[build][transport][line[2]] for build in builds}
            for transport in found[NOW]}


def measure(rows, rounds):
    """What all rounds have found, by transport and line."""
    found, figures = {}, list(FIGURES)
    for turn in range(rounds):
        builds = (BEFORE, NOW) if turn % 2 else (NOW, BEFORE)
        for bench, line in list(figures):
            try:
                pairs = rows.processors.run(lambda b=bench, l=line, o=builds: both(b, l, o))
            except (perftest.Failed, KeyError, ValueError, OSError) as error:
                # It would fail again.
                rows.fail(line[0], error)
                figures.remove((bench, line))
                continue
            for transport, pair in pairs.items():
                found.setdefault((transport, *line), []).append(pair)
                print(f"   {transport:<9} {line[0]:<12} {size_text(line[1]):>7} "
                      f"{pair[BEFORE]:>10.2f} {pair[NOW]:>10.2f} {UNITS[line[2]]}",
                      flush=True)
    return found


def ratios(pairs):
    """Of now to before: the quartiles, the second of which is the median."""
    found = [pair[NOW] / pair[BEFORE] for pair in pairs if pair[BEFORE]]
    return statistics.quantiles(found) if len(found) > 1 else found * 3


def lines(found):
    for (transport, tool, size, metric), pairs in found.items():
        before, now = (statistics.median(pair[build] for pair in pairs)
                       for build in (BEFORE, NOW))
        low, middle, high = (f"{ratio:.3f}" for ratio in ratios(pairs))
        yield (transport, tool, size_text(size), UNITS[metric], figure(before),
               figure(now), middle, f"{low} {high}", str(len(pairs)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--revision", default="unknown", help="what is there now")
    parser.add_argument("before")
    parser.add_argument("file")
    args = parser.parse_args()
    common = machine(args.revision)
    revision = {NOW: common.pop("revision"), BEFORE: args.before}
    rows = Rows(**common)
    rows.processors = Processors()
    found = measure(rows, args.rounds)
    for (transport, *line), pairs in found.items():
        for build in BEFORE, NOW:
            rows.add(transport, *line, statistics.median(p[build] for p in pairs),
                     revision=revision[build])
    print(f"\nbefore: {args.before}, now: {args.revision}")
    print_aligned([HEAD, *lines(found)], {0, 1})
    finish(rows.all(), sys.argv.index(args.file))
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
