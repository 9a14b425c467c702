#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""congestion FILE - two flows that share 1 Gbit/s, with congestion control and
without; write the rows of what they got, and draw their rates over time.

The flows are RC writes of a program in user mode to another one on this
machine, by UDP. The bottleneck is a "rate" of the sender's link, with a queue
that marks as RED does. The second flow comes later; what counts is the time from
a second after it came until both end. Without congestion control is what
--cc off makes of it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import perftest
from peers import free_port
from rows import Rows

HERE = os.path.dirname(os.path.abspath(__file__))
SERVER, CLIENT = "127.0.0.1", "127.0.0.2"
RATE = 1e9
# 16 ms: it has to outlast the pauses of a thread that waits for a processor.
RULE = "rate out 1gbit limit=2MiB ecn=384KiB ecn-max=2MiB ecn-p=0.1"
FLOWS, SECONDS, DELAY, SETTLED = 2, 7, 1.5, 1
SYSTEMS = {"skua-dcqcn": "on", "skua-no-cc": "off"}
BARS = {"jain": 0.95, "used": 0.9}
UNITS = {"jain": "Jain's index", "used": "of the rate"}
# What the counters of the run say, for those who want to know why.
COUNTERS = ["np_ecn_marked_roce_packets", "np_cnp_sent", "rp_cnp_handled",
            "out_of_sequence", "roce_adp_retrans"]


def command(address, options, *arguments):
    return ["skua-run", "--link", f"udp:{address}", *options, "--", sys.executable,
            f"{HERE}/flow.py", SERVER, *map(str, arguments)]


def run(switch, seconds=SECONDS):
    """The samples of each flow, and what both devices have counted."""
    port = free_port()
    with tempfile.NamedTemporaryFile("w", suffix=".rules") as rules:
        rules.write(RULE + "\n")
        rules.flush()
        options = ["--cc", switch]
        with subprocess.Popen(command(SERVER, options, port), text=True,
                              stdout=subprocess.PIPE) as server:
            try:
                perftest.wait_for_server(server, port)
                client = subprocess.run(
                    command(CLIENT, [*options, "--impair", rules.name], port, FLOWS,
                            seconds, DELAY),
                    stdout=subprocess.PIPE, text=True, timeout=seconds + 20,
                    check=False)
                if client.returncode:
                    raise perftest.Failed(f"flow.py ended with {client.returncode}")
                ours, theirs = json.loads(client.stdout), server.communicate(
                    timeout=20)[0]
            finally:
                server.kill()
    both = json.loads(theirs)["counters"]
    return ours["samples"], {name: both[name] + ours["counters"][name]
                             for name in COUNTERS}


def between(samples, start, stop):
    """bit/s"""
    inside = [sample for sample in samples if start <= sample[0] <= stop]
    (first, before), (last, after) = inside[0], inside[-1]
    return (after - before) * 8 / (last - first)


def figures(flows):
    """Jain's index, and the part of the bottleneck that was used, of payload."""
    start = max(samples[0][0] for samples in flows) + SETTLED
    stop = min(samples[-1][0] for samples in flows)
    got = [between(samples, start, stop) for samples in flows]
    jain = sum(got) ** 2 / (len(got) * sum(rate ** 2 for rate in got) or 1)
    return {"jain": round(jain, 4), "used": round(sum(got) / RATE, 3)}


def reached(found):
    return all(found[name] >= bar for name, bar in BARS.items())


def series(flows, width=0.1):
    """[seconds, Mbit/s] of each flow, from when the first began."""
    origin = flows[0][0][0]
    lines = []
    for samples in flows:
        line, last = [], samples[0]
        for at, done in samples:
            if at - last[0] >= width:
                line.append([round(at - origin, 3),
                             round((done - last[1]) * 8e-6 / (at - last[0]), 1)])
                last = (at, done)
        lines.append(line)
    return lines


def plot(lines, path):
    """lines: of series(), by system; to path.png and path.svg."""
    import matplotlib  # not wanted for a check
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, all_axes = plt.subplots(len(lines), 1, sharex=True, sharey=True,
                                    squeeze=False, figsize=(8, 3 * len(lines)))
    for axes, (system, flows) in zip(all_axes[:, 0], lines.items()):
        # Okabe and Ito's: to be told apart by everybody.
        for line, colour, name in zip(flows, ("#0072B2", "#D55E00"),
                                      ("first flow", "second flow")):
            axes.plot(*zip(*line), color=colour, linewidth=1.5, label=name)
        axes.axhline(RATE / FLOWS / 1e6, color="#888888", linewidth=0.8,
                     linestyle="--")
        axes.set_ylim(0, RATE * 1.1 / 1e6)
        axes.set_ylabel("Mbit/s")
        axes.set_title(system, loc="left", fontsize=10)
    all_axes[0, 0].legend(loc="upper right", frameon=False)
    all_axes[-1, 0].set_xlabel("seconds")
    figure.tight_layout()
    for kind in ("png", "svg"):
        figure.savefig(f"{path}.{kind}", dpi=150)
    plt.close(figure)


def measure(rows, system):
    """Adds the rows of a system; its series."""
    flows, counted = run(SYSTEMS[system])
    found = figures(flows)
    for name, value in found.items():
        rows.add(system, "congestion", 0, name, value, UNITS[name])
    print(f"   {system:<12} Jain's index {found['jain']:.4f}, "
          f"{found['used']:.3f} used; "
          + ", ".join(f"{name} {value}" for name, value in counted.items()),
          flush=True)
    return series(flows)


def check(attempts):
    """The exit status: 77 if the machine is too busy for as much, by any means."""
    for switch in ["on"] * attempts + ["off"]:
        flows, counted = run(switch, seconds=4)
        found = figures(flows)
        print(switch, found, counted, flush=True)
        if switch == "off":
            return 1 if found["used"] >= BARS["used"] else 77
        if not counted["rp_cnp_handled"]:
            return 1
        if reached(found):
            return 0
    return 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", metavar="PATH", help=plot.__doc__)
    parser.add_argument("--check", type=int, metavar="N",
                        help="only tell whether the bars are reached, by N attempts")
    parser.add_argument("file", nargs="?")
    args = parser.parse_args()
    if args.check:
        return check(args.check)
    rows, lines = Rows(), {}
    for system in SYSTEMS:
        try:
            lines[system] = measure(rows, system)
        except (perftest.Failed, subprocess.TimeoutExpired, ValueError) as error:
            rows.fail(system, error)
    if args.file:
        rows.save(args.file)
    if args.plot and lines:
        plot(lines, args.plot)
    return 0 if lines else 1


if __name__ == "__main__":
    sys.exit(main())
