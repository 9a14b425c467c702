# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""What was measured, row by row, and what could not be."""

import json

from plan import UNITS


class Rows:
    """A row is {"transport", "tool", "bytes", "metric", "value", "unit"}, and
    whatever holds for all of them."""

    def __init__(self, **common):
        self.rows, self.failures, self.common = [], [], common

    def add(self, transport, tool, size, metric, value, unit=None, **more):
        self.rows.append({"transport": transport, "tool": tool, "bytes": size,
                          "metric": metric, "value": value,
                          "unit": unit or UNITS[metric], **more, **self.common})

    def fail(self, what, error):
        self.failures.append(f"{what}: {error}")
        print(f"   {what}: {error}", flush=True)

    def save(self, path):
        with open(path, "w", encoding="utf-8") as out:
            json.dump({"rows": self.rows, "failures": self.failures}, out)
