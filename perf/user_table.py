#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""user_table FILE [JSON] - print user_bench's rows and the bars; write JSON."""

from plan import UNITS, size_text
from table import by_key, figure, finish, print_aligned, read, verdict
from user_plan import BARS, COUNTERPARTS, IDLE_BAR, SKUA, START_BAR, TRANSPORTS

LIMITS = ["pvm", "mapping", "memcpy"]
HEAD = ("program", "bytes", "unit", *TRANSPORTS, *LIMITS)


class Found:
    def __init__(self, rows):
        self.value = by_key(rows)
        self.transports = {key[0] for key in self.value}

    def at(self, transport, tool, size, metric):
        """The figure of a line: Skua's, a peer's counterpart, or a limit's."""
        if transport == "skua-user":
            return self.value.get((transport, tool, size, metric))
        if transport in LIMITS:
            return self.value.get((transport, "copy", size, metric))
        for near in COUNTERPARTS.get((tool, size), []):
            value = self.value.get((transport, *near, metric))
            if value is not None:
                return value
        return None


def measured(found):
    columns = [n for n, name in enumerate(HEAD)
               if n < 3 or name in found.transports]
    yield [HEAD[n] for n in columns]
    for tool, size, metric in SKUA:
        row = (tool, size_text(size), UNITS[metric],
               *(figure(found.at(name, tool, size, metric)) for name in HEAD[3:]))
        yield [row[n] for n in columns]


def bars(found):
    metrics = {(tool, size): metric for tool, size, metric in SKUA}
    for (tool, size), sign, factor, of in BARS:
        metric = metrics[tool, size]
        value = found.at("skua-user", tool, size, metric)
        other = found.at(of, tool, size, metric) if of else 1
        share = value / other if value is not None and other else None
        yield (f"{tool} {size_text(size)}",
               f"{sign} {factor:g} {f'of {of}' if of else UNITS[metric]}",
               *verdict(share, sign, factor))
    without, with_it = (found.value.get((name, "ibv_devinfo", 0, "start"))
                        for name in ("none", "skua-user"))
    more = with_it - without if None not in (without, with_it) else None
    yield ("start of ibv_devinfo", f"< {START_BAR} s more",
           *verdict(more, "<", START_BAR))
    yield ("idle with open QPs", f"<= {IDLE_BAR} % of a core",
           *verdict(found.value.get(("skua-user", "idle", 0, "cpu")), "<=",
                    IDLE_BAR))


def main():
    rows = read()
    found = Found(rows["rows"])
    print_aligned(measured(found), {0})
    print("pvm: a loop of process_vm_writev; mapping: memcpy into shared memory; "
          "memcpy: cold, over 256 MiB")
    print("peers: ucp_put_bw, ucp_put_lat 8 B and tag_lat 8 B of UCX, fi_pingpong "
          "of libfabric (one way at a time)")
    print("perftest knows no Skua: -I (inline) and ibv_wr_* stay off in its runs")
    if "start" in {key[3] for key in found.value}:
        print()
        print_aligned([("bar", "", "measured", ""), *bars(found)], {0, 1, 3})
    finish(rows)


if __name__ == "__main__":
    main()
