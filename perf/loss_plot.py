#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""loss_plot FILE PLOT [JSON] - draw loss.py's rows as PLOT.png and PLOT.svg, print
their medians; write JSON."""

import json
import statistics
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  (after the choice of a backend)

from loss_plan import LOSS, SYSTEMS  # noqa: E402
from table import figure, print_aligned  # noqa: E402

# Okabe and Ito's: to be told apart by everybody.
COLOUR = {"skua-selective": "#0072B2", "skua-go-back-n": "#009E73", "rxe": "#D55E00"}
MARK = {"skua-selective": "o", "skua-go-back-n": "s", "rxe": "^"}
# Where a logarithmic axis has room for none, in percent.
NONE_AT = LOSS[1] * 100 / 3


def by_loss(rows, system):
    """loss: the values of all runs."""
    values = {}
    for row in rows:
        if row["transport"] == system:
            values.setdefault(row["loss"], []).append(row["value"])
    return dict(sorted(values.items()))


def medians(rows):
    return {system: {loss: statistics.median(values)
                     for loss, values in by_loss(rows, system).items()}
            for system in SYSTEMS}


def shares(values):
    """Of the goodput without loss."""
    none = values.get(0)
    return {loss: value / none for loss, value in values.items()} if none else {}


def at(loss):
    return loss * 100 or NONE_AT


def curve(axes, system, values, scale=1):
    axes.plot([at(loss) for loss in values], [v * scale for v in values.values()],
              color=COLOUR[system], marker=MARK[system], markersize=5, linewidth=1.8,
              label=SYSTEMS[system])


def labels(axes, ends):
    """Names behind the last points, apart from each other."""
    low, high = axes.get_ylim()
    gap, below = (high - low) * 0.055, low
    for system, x, y in sorted(ends, key=lambda end: end[2]):
        y = max(y, below)
        axes.annotate(SYSTEMS[system], (x, y), xytext=(8, 0),
                      textcoords="offset points", color=COLOUR[system],
                      va="center", fontsize=9, annotation_clip=False)
        below = y + gap


def frame(axes, title, unit):
    axes.set_xscale("log")
    ticks = [at(loss) for loss in LOSS]
    axes.set_xticks(ticks, ["none", *(f"{loss * 100:g}" for loss in LOSS[1:])])
    axes.minorticks_off()
    axes.set_xlim(ticks[0] / 1.4, ticks[-1] * 1.2)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("packets lost either way, %")
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_ylabel(unit)
    axes.grid(axis="y", color="#dddddd", linewidth=0.7)
    axes.spines[["top", "right"]].set_visible(False)


def draw(rows, plot):
    plt.rcParams.update({"font.size": 9, "svg.fonttype": "none", "axes.axisbelow": True})
    figure_, (relative, absolute) = plt.subplots(1, 2, figsize=(12, 4.6))
    ends = {relative: [], absolute: []}
    for system, middle in medians(rows).items():
        for axes, values, scale in ((relative, shares(middle), 100),
                                    (absolute, middle, 1)):
            if values:
                curve(axes, system, values, scale)
                last = list(values)[-1]
                ends[axes].append((system, at(last), values[last] * scale))
        # Every run, beside the medians.
        for loss, values in by_loss(rows, system).items():
            absolute.scatter([at(loss)] * len(values), values, s=8, alpha=0.4,
                             color=COLOUR[system], linewidths=0)
    frame(relative, "Goodput, % of that without loss", "%")
    frame(absolute, "Goodput", "MiB/s")
    relative.set_ylim(0, max(105, relative.get_ylim()[1]))
    for axes, last in ends.items():
        labels(axes, last)
    kernel = rows[0].get("kernel", "?")
    figure_.text(0.008, 0.012, "RC writes of 1 MiB, path MTU 4096, between two network "
                 "namespaces of one guest; the same veth, netem with the same seed. "
                 f"Medians of all runs. Linux {kernel}, {rows[0].get('cpus', '?')} "
                 f"virtual CPUs, Skua {rows[0].get('revision', '?')}.",
                 fontsize=7.5, color="#555555")
    figure_.subplots_adjust(left=0.055, right=0.865, bottom=0.19, top=0.92, wspace=0.5)
    for kind in ("png", "svg"):
        figure_.savefig(f"{plot}.{kind}", dpi=150)


def table(rows):
    found = medians(rows)
    yield ("lost", *(f"{name}, MiB/s" for name in SYSTEMS), *SYSTEMS)
    for loss in LOSS:
        yield (f"{loss * 100:g} %",
               *(figure(found[name].get(loss)) for name in SYSTEMS),
               *(f"{shares(found[name]).get(loss):.3f}"
                 if loss in shares(found[name]) else "-" for name in SYSTEMS))


def main():
    with open(sys.argv[1], encoding="utf-8") as text:
        measured = json.load(text)
    draw(measured["rows"], sys.argv[2])
    print_aligned(table(measured["rows"]), {0})
    for failure in measured["failures"]:
        print(f"not measured: {failure}")
    if len(sys.argv) > 3:
        with open(sys.argv[3], "w", encoding="utf-8") as out:
            json.dump(measured["rows"], out, indent=1)
            out.write("\n")


if __name__ == "__main__":
    main()
