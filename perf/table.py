#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""table FILE [JSON] - print measure's rows as a table; write them to JSON."""

import json
import operator
import sys

from plan import BARS, LINES, UNITS, size_text

COMPARE = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt}
HEAD = ("program", "bytes", "unit", "skua", "+1000 QPs", "rxe", "memcpy",
        "skua/rxe", "skua/memcpy", "bar", "")
TEXT_COLUMNS = {0, len(HEAD) - 2, len(HEAD) - 1}
# More than that of all processors disturbs what is measured.
STOLEN = 0.01


def figure(value):
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"


def ratio(value, other):
    return value / other if value is not None and other else None


def verdict(value, sign, bar):
    """What was measured, and whether it reaches the bar."""
    if value is None:
        return "-", "not measured"
    return figure(value), "reached" if COMPARE[sign](value, bar) else "MISSED"


def bar_text(key, value, of_memcpy):
    """The bar of a line and whether it is reached."""
    if key not in BARS:
        return "", ""
    unit, sign, bar = BARS[key]
    measured = of_memcpy if unit == "of memcpy" else value
    return f"{sign} {bar:g} {unit}", verdict(measured, sign, bar)[1]


def by_key(rows):
    return {(row["transport"], row["tool"], row["bytes"], row["metric"]):
            row["value"] for row in rows}


def table(found):
    for tool, size, metric in LINES:
        skua, loaded, rxe = (found.get((transport, tool, size, metric))
                             for transport in ("skua", "skua+1000qp", "rxe"))
        limit = found.get(("memcpy", "memcpy", size, metric))
        of_memcpy = ratio(skua, limit)
        yield (tool, size_text(size), UNITS[metric], figure(skua), figure(loaded),
               figure(rxe), figure(limit), figure(ratio(skua, rxe)),
               figure(of_memcpy), *bar_text((tool, size), skua, of_memcpy))


def print_aligned(lines, text_columns):
    lines = list(lines)
    width = [max(map(len, column)) for column in zip(*lines)]
    for line in lines:
        cells = [text.ljust(width[n]) if n in text_columns else
                 text.rjust(width[n]) for n, text in enumerate(line)]
        print("  ".join(cells).rstrip())


def print_cost(found):
    """What ./skua bench measures beside the table."""
    traps = {metric: value for (transport, _, _, metric), value in found.items()
             if transport == "skua-traps"}
    if "messages" in traps:
        print(f"traps during {traps['messages']} messages of ib_write_bw: "
              f"{traps['region_writes']} region writes, {traps['kicks']} of them "
              f"kicks; {traps['irqs']} interrupts")
    for transport, _, _, metric in found:
        if metric == "cpu":
            print(f"idle {transport}: {figure(found[transport, 'idle', 0, 'cpu'])} "
                  "% of a core (bar: < 1)")
        elif metric == "resident":
            print(f"memory of {transport}: "
                  f"{figure(found[transport, 'skuad', 0, 'resident'])} MiB resident "
                  "beyond the guest's own (bar: < 64)")


def read():
    """What was measured, from the file that the program is called with."""
    with open(sys.argv[1], encoding="utf-8") as text:
        return json.load(text)


def tell_processors(runs, far, shared, least, most, apart):
    """What processors.py saw, if it spoils figures."""
    again = "take these figures again"
    if far:
        print(f"in {far} of {runs} runs the processors were as far apart as {most:.0f} "
              f"ns, and else {least:.0f}: {again}")
    if shared:
        print(f"in {shared} of {runs} runs the two ends shared a core: "
              + (again if apart else "they never had one each"))


def finish(measured, place=2):
    """Tell what could not be measured, and leave the rows where it is wanted: in
    the file that is argument number place, if there is one."""
    for failure in measured["failures"]:
        print(f"not measured: {failure}")
    stolen = measured.get("stolen", 0)
    if stolen >= STOLEN:
        print(f"meanwhile the hypervisor kept {100 * stolen:.1f} % of the processors "
              "for itself: take these figures again")
    processors = measured.get("processors")
    if processors:
        tell_processors(**processors)
    if len(sys.argv) > place:
        with open(sys.argv[place], "w", encoding="utf-8") as out:
            json.dump(measured["rows"], out, indent=1)
            out.write("\n")


def main():
    measured = read()
    found = by_key(measured["rows"])
    print_aligned([HEAD, *table(found)], TEXT_COLUMNS)
    print("memcpy: one core of the host, cold (over 256 MiB), same run; "
          "latencies: lower is better")
    print("perftest knows no Skua: -I (inline) and ibv_wr_* stay off in its runs")
    print_cost(found)
    finish(measured)


if __name__ == "__main__":
    main()
