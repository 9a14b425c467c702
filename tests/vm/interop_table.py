#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""interop_table.py JSON - what interop.py has found, as the table in README.md:
the path MTUs that each program worked with."""

import json
import sys

COLUMNS = [("skua", "ipv4"), ("skua", "ipv6"), ("rxe", "ipv4"), ("rxe", "ipv6")]


def cell(found, test, client, family):
    works = sorted(row["mtu"] for row in found if row["works"] and
                   (row["test"], row["client"], row["family"]) ==
                   (test, client, family))
    return ", ".join(map(str, works)) or "no"


def table(found):
    yield "| | Skua asks, IPv4 | IPv6 | rxe asks, IPv4 | IPv6 |"
    yield "|---|---|---|---|---|"
    for test in dict.fromkeys(row["test"] for row in found):
        tool, _, transport = test.partition(" ")
        name = f"`{tool}`" + (f" {transport.upper()}" if transport else "")
        cells = [cell(found, test, *column) for column in COLUMNS]
        yield f"| {name} | {' | '.join(cells)} |"


def main():
    with open(sys.argv[1], encoding="utf-8") as text:
        print("\n".join(table(json.load(text))))


if __name__ == "__main__":
    main()
