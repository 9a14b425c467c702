#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""scenarios.py ROWS FILE... - run scenarios in the guest, one after another.

What the kernel complains of meanwhile fails the scenario, whatever it says
itself.
"""

import subprocess
import sys

import kernel_log

sys.path.insert(0, "/skua/src/tests")
import results  # noqa: E402  (shared with the part that runs on the host)
import scenario  # noqa: E402


def kernel_complaints(name):
    said = subprocess.run(["dmesg", "--read-clear"], check=True, text=True,
                          errors="replace", stdout=subprocess.PIPE).stdout
    with open("/skua/share/kernel-log", "a", encoding="utf-8") as log:
        log.write(f"--- {name}\n{said}")
    broken = kernel_log.complaints_in(said.splitlines())
    return (broken[0] if broken else None), said


def main():
    rows, paths = sys.argv[1], sys.argv[2:]
    for path, case in scenario.each(paths):
        results.add(rows, *scenario.one(path, case, kernel_complaints))


if __name__ == "__main__":
    main()
