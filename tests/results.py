#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Results of tests: a TAP line each as they come, rows in a file, the counts.

results.py add FILE OUTCOME NAME [REMARK]   one result
results.py close FILE...                    the closing line, over all files
"""

import sys

OUTCOMES = ("passed", "failed", "skipped")


def add(path, outcome, name, remark="", detail=""):
    """Say how a test ended, and keep it: the next test may end the guest."""
    verdict = "not ok" if outcome == "failed" else "ok"
    remark = " ".join(remark.split())
    said = f"SKIP {remark}" if outcome == "skipped" else remark
    print(f"{verdict} - {name}" + (f" # {said}" if said else ""), flush=True)
    for line in detail.splitlines()[-30:]:
        print(f"   | {line}", flush=True)
    with open(path, "a", encoding="utf-8") as rows:
        rows.write(f"{outcome}\t{name}\t{remark}\n")


def close(paths):
    """The status of the whole run: a run of no test has failed too."""
    count = dict.fromkeys(OUTCOMES, 0)
    failed = []
    for path in paths:
        with open(path, encoding="utf-8") as rows:
            for row in rows:
                outcome, name, remark = row.rstrip("\n").split("\t")
                count[outcome] += 1
                failed += [f"{name}: {remark}".rstrip(": ")] if outcome == "failed" else []
    for what in failed:
        print(f"failed: {what}")
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**count))
    return 1 if failed or not count["passed"] else 0


def main():
    if sys.argv[1:2] == ["add"] and sys.argv[3] in OUTCOMES:
        add(sys.argv[2], *sys.argv[3:])
        return 0
    if sys.argv[1:2] == ["close"]:
        return close(sys.argv[2:])
    sys.exit(__doc__)


if __name__ == "__main__":
    sys.exit(main())
