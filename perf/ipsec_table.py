#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""ipsec_table HOST GUEST [JSON] - print the rows of ipsec_bench and ipsec_guest
and the bars; write JSON. A file that is not there was not measured."""

import json
import os
import sys

from ipsec_plan import (ADDED_US, CLEAR, ESP, FEW, LATENCIES, LIMIT, LINES, MANY,
                        MANY_LINE, RXE_GUEST, SHARES, SKUA_GUEST, UDP_CLEAR, UDP_ESP)
from plan import UNITS, size_text
from table import by_key, figure, finish, print_aligned, ratio, verdict

COLUMNS = (CLEAR, ESP, UDP_CLEAR, UDP_ESP, SKUA_GUEST, RXE_GUEST)


def read(paths):
    """The rows of all files, and the larger of what was stolen meanwhile."""
    all_of = {"rows": [], "failures": [], "stolen": 0, "processors": None}
    for path in paths:
        if not os.path.exists(path):
            all_of["failures"].append(f"{os.path.basename(path)}: no rows")
            continue
        with open(path, encoding="utf-8") as text:
            found = json.load(text)
        all_of["rows"] += found["rows"]
        all_of["failures"] += found["failures"]
        all_of["stolen"] = max(all_of["stolen"], found.get("stolen", 0))
        all_of["processors"] = found.get("processors") or all_of["processors"]
    return all_of


def measured(found):
    yield ("program", "bytes", "unit", *COLUMNS)
    for tool, size, metric in LINES:
        yield (tool, size_text(size), UNITS[metric],
               *(figure(found.get((name, tool, size, metric)))
                 for name in COLUMNS))


def bars(found):
    for name, line, sign, factor, of in SHARES:
        share = ratio(found.get(line), found.get(of))
        yield (name, f"{sign} {factor:g}", *verdict(share, sign, factor))
    for line in LATENCIES:
        without, with_it = (found.get((name, *line)) for name in (CLEAR, ESP))
        added = with_it - without if with_it and without else None
        yield (f"{line[0]} {size_text(line[1])}, added by ESP", f"<= {ADDED_US:g} us",
               *verdict(added, "<=", ADDED_US))


def main():
    rows = read(sys.argv[1:3])
    found = by_key(rows["rows"])
    print_aligned(measured(found), {0})
    print(f"AES-128-GCM of 4 KiB, one core: {figure(found.get(LIMIT))} MiB/s; "
          f"datagrams of 4 KiB there and back into the clear, one core: "
          f"{figure(found.get((FEW, *MANY_LINE)))} Mpps with one SA, "
          f"{figure(found.get((MANY, *MANY_LINE)))} with 10000")
    print()
    print_aligned([("bar", "", "measured", ""), *bars(found)], {0, 1, 3})
    finish(rows, 3)


if __name__ == "__main__":
    main()
