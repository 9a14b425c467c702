#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""table FILE [JSON] - print measure's rows as a table; write them to JSON."""

import json
import operator
import sys

from plan import BARS, LINES, UNITS, size_text

COMPARE = {">=": operator.ge, "<=": operator.le}
HEAD = ("program", "bytes", "unit", "skua", "rxe", "memcpy", "skua/rxe",
        "skua/memcpy", "bar", "")


def figure(value):
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"


def ratio(value, other):
    return value / other if value is not None and other else None


def bar_text(key, value, of_memcpy):
    """The bar of a line and whether it is reached."""
    if key not in BARS:
        return "", ""
    unit, sign, bar = BARS[key]
    measured = of_memcpy if unit == "of memcpy" else value
    if measured is None:
        return f"{sign} {bar:g} {unit}", "not measured"
    reached = COMPARE[sign](measured, bar)
    return f"{sign} {bar:g} {unit}", "reached" if reached else "MISSED"


def table(rows):
    found = {(row["transport"], row["tool"], row["bytes"], row["metric"]):
             row["value"] for row in rows}
    for tool, size, metric in LINES:
        skua = found.get(("skua", tool, size, metric))
        rxe = found.get(("rxe", tool, size, metric))
        limit = found.get(("memcpy", "memcpy", size, metric))
        of_memcpy = ratio(skua, limit)
        yield (tool, size_text(size), UNITS[metric], figure(skua), figure(rxe),
               figure(limit), figure(ratio(skua, rxe)), figure(of_memcpy),
               *bar_text((tool, size), skua, of_memcpy))


def print_aligned(lines):
    lines = list(lines)
    width = [max(map(len, column)) for column in zip(*lines)]
    for line in lines:
        cells = [text.ljust(width[0]) if n == 0 else
                 text.ljust(width[n]) if n >= 8 else text.rjust(width[n])
                 for n, text in enumerate(line)]
        print("  ".join(cells).rstrip())


def main():
    with open(sys.argv[1], encoding="utf-8") as text:
        measured = json.load(text)
    print_aligned([HEAD, *table(measured["rows"])])
    print("memcpy: one core of the host, cold (over 256 MiB), same run; "
          "latencies: lower is better")
    shown = {tool for tool, _, _ in LINES} | {"memcpy"}
    for row in measured["rows"]:
        if row["tool"] not in shown or row["transport"] == "skua+1000qp":
            print(f"{row['transport']} {row['tool']} "
                  f"{size_text(row['bytes']) if row['bytes'] else ''} "
                  f"{row['metric']}: {figure(row['value'])} {row['unit']}")
    for failure in measured["failures"]:
        print(f"not measured: {failure}")
    if len(sys.argv) > 2:
        with open(sys.argv[2], "w", encoding="utf-8") as out:
            json.dump(measured["rows"], out, indent=1)
            out.write("\n")


if __name__ == "__main__":
    main()
