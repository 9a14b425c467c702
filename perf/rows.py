# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""What was measured, row by row, and what could not be."""

import json

from plan import UNITS


def ticks():
    """So far, of all processors: all, and those that the hypervisor kept."""
    with open("/proc/stat", encoding="ascii") as text:
        fields = [int(field) for field in text.readline().split()[1:9]]
    return sum(fields), fields[7]


class Rows:
    """A row is {"transport", "tool", "bytes", "metric", "value", "unit"}, and
    whatever holds for all of them."""

    def __init__(self, **common):
        self.rows, self.failures, self.common = [], [], common
        self.since = ticks()
        self.processors = None  # of processors.py, if they matter

    def add(self, transport, tool, size, metric, value, unit=None, **more):
        self.rows.append({"transport": transport, "tool": tool, "bytes": size,
                          "metric": metric, "value": value,
                          "unit": unit or UNITS[metric], **more, **self.common})

    def fail(self, what, error):
        self.failures.append(f"{what}: {error}")
        print(f"   {what}: {error}", flush=True)

    def stolen(self):
        """The share of the processors that was not there meanwhile."""
        passed, kept = (now - then for now, then in zip(ticks(), self.since))
        return kept / passed if passed else 0

    def all(self):
        """The rows, and what table.py tells besides."""
        return {"rows": self.rows, "failures": self.failures, "stolen": self.stolen(),
                "processors": self.processors and vars(self.processors)}

    def save(self, path):
        with open(path, "w", encoding="utf-8") as out:
            json.dump(self.all(), out)
