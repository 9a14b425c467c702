#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""link_table FILE [JSON] - print link_bench's rows and the bars; write JSON."""

import congestion
from link_plan import (BARS, BESIDE, CONGESTED, LINES, LINKS, LOSS, LOSS_BARS,
                       LOSS_LINKS, RECOVERIES, UCX_LINES, lossy, percent)
from plan import KIB, MIB, UNITS, size_text
from table import by_key, figure, finish, print_aligned, ratio, read, verdict

# The line of UCX that is nearest to one of ours.
UCX_OF = {("ib_write_bw", 64 * KIB): UCX_LINES[0], ("ib_write_lat", 2): UCX_LINES[1]}


def beside(found, name, tool, size, metric):
    if name == "ucx-tcp":
        near = UCX_OF.get((tool, size))
        return found.get((name, *near)) if near else None
    return found.get((name, "copy", 4 * KIB, metric))


def measured(found):
    others = [name for names in BESIDE.values() for name in names]
    yield ("program", "bytes", "unit", *LINKS, *others)
    for tool, size, metric in LINES:
        yield (tool, size_text(size), UNITS[metric],
               *(figure(found.get((link, tool, size, metric))) for link in LINKS),
               *(figure(beside(found, name, tool, size, metric)) for name in others))


def loss_lines(found):
    yield ("lost either way", *(f"{link}, {recovery}" for link in LOSS_LINKS
                                for recovery in RECOVERIES))
    for loss in LOSS:
        yield (percent(loss),
               *(figure(found.get((lossy(link, recovery, loss), "ib_write_bw", MIB,
                                   "bw_avg")))
                 for link in LOSS_LINKS for recovery in RECOVERIES))


def bars(found):
    for link, line, sign, factor, of in BARS:
        tool, size, _ = line
        share = ratio(found.get((link, *line)), found.get(of))
        yield (f"{tool} {size_text(size)}, {link}", f"{sign} {factor:g} of {of[0]}",
               *verdict(share, sign, factor))
    for link in LOSS_LINKS:
        for (recovery, loss), bar in LOSS_BARS.items():
            some, none = (found.get((lossy(link, recovery, of), "ib_write_bw", MIB,
                                     "bw_avg")) for of in (loss, 0))
            yield (f"ib_write_bw 1 MiB, {lossy(link, recovery, loss)}",
                   f">= {bar:g} of none lost", *verdict(ratio(some, none), ">=", bar))
    for metric, bar in congestion.BARS.items():
        value = found.get((CONGESTED, "congestion", 0, metric))
        yield (f"two flows through 1 Gbit/s, {congestion.UNITS[metric]}",
               f">= {bar:g}", *verdict(value, ">=", bar))


def main():
    rows = read()
    found = by_key(rows["rows"])
    print_aligned(measured(found), {0})
    print("ring: 4 KiB records by shared memory, with a CRC made and checked; "
          "stream: 4 KiB datagrams by GSO and GRO;")
    print("ucx-tcp: ucp_put_bw, ucp_put_lat 8 B; udp, packet, stream and ucx-tcp "
          "are between two namespaces")
    print()
    print_aligned(loss_lines(found), {0})
    print("goodput of ib_write_bw 1 MiB, MiB/s")
    print()
    print_aligned([("bar", "", "measured", ""), *bars(found)], {0, 1, 3})
    finish(rows)


if __name__ == "__main__":
    main()
