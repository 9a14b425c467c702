# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""What was measured, row by row, and what could not be."""

import json

from plan import UNITS


class Rows:
    """A row is {"transport", "tool", "bytes", "metric", "value", "unit"}."""

    def __init__(self):
        self.rows, self.failures = [], []

    def add(self, transport, tool, size, metric, value, unit=None):
        self.rows.append({"transport": transport, "tool": tool, "bytes": size,
                          "metric": metric, "value": value,
                          "unit": unit or UNITS[metric]})

    def fail(self, what, error):
        self.failures.append(f"{what}: {error}")
        print(f"   {what}: {error}", flush=True)

    def save(self, path):
        with open(path, "w", encoding="utf-8") as out:
            json.dump({"rows": self.rows, "failures": self.failures}, out)
