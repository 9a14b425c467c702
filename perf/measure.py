#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""measure FILE - take the figures of plan.py in the guest, write them as rows.

A value is the median of the repetitions. A transport that is not there, or a
program that fails, costs its rows and is reported, and the rest is measured all
the same.
"""

import argparse
import json
import os
import statistics
import sys

import perftest
from plan import LINES, UNITS, size_text
from rows import Rows

sys.path.insert(0, "/skua/src/tests/vm")
from ask import Refused, ask  # noqa: E402  (the guest's own module)

# Enough for a stable middle, few enough for the slowest peer.
LATENCY_ITERATIONS = {"skua": 5000, "rxe": 1000}


class Measurement(Rows):
    def __init__(self, repeats):
        super().__init__()
        self.repeats = repeats

    def memcpy(self, size):
        """The host's limit, while the guest only waits for the answer."""
        try:
            limit = json.loads(ask("memcpy", size))
        except Refused as error:
            self.fail("memcpy", error)
            return
        for name, rate in (("memcpy", limit["cold"]), ("memcpy-hot", limit["hot"])):
            self.add(name, "memcpy", size, "bw_avg", rate)
            self.add(name, "memcpy", size, "msg_rate",
                     round(rate * 1048576 / size / 1e6, 4))

    def line(self, transport, tool, size, metric, label=None):
        """One figure of one transport; LABEL names it if it is a variant."""
        label = label or transport
        what = f"{label:<12} {tool:<13} {size_text(size):>7}"
        iterations = (LATENCY_ITERATIONS[transport]
                      if metric == "lat_typical" else None)
        try:
            runs = [perftest.run(transport, tool, size, iterations)
                    for _ in range(self.repeats)]
        except perftest.Failed as error:
            self.fail(what, error)
            return None
        for name in UNITS:
            if name in runs[0]:
                self.add(label, tool, size, name,
                         statistics.median(run[name] for run in runs))
        middle = statistics.median(run[metric] for run in runs)
        print(f"   {what} {middle:>12.2f} {UNITS[metric]}", flush=True)
        return runs[-1]


def present(transport):
    return all(os.path.exists(f"/sys/class/infiniband/{device}")
               for device, _ in perftest.ENDS[transport])


def table_lines(measurement):
    transports = list(filter(present, perftest.ENDS))
    for transport in perftest.ENDS:
        if transport not in transports:
            measurement.fail(transport, "not in this guest, not measured")
    for tool, size, metric in LINES:
        if metric != "lat_typical":
            measurement.memcpy(size)
        for transport in transports:
            measurement.line(transport, tool, size, metric)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--more", action="store_true",
                        help="also what the adapter costs, and 1,000 idle QPs")
    parser.add_argument("file")
    args = parser.parse_args()
    measurement = Measurement(args.repeats)
    table_lines(measurement)
    if args.more and present("skua"):
        import cost
        cost.measure(measurement)
    measurement.save(args.file)
    return 0 if measurement.rows else 1


if __name__ == "__main__":
    sys.exit(main())
