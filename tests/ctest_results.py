#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""ctest_results.py BUILD-TREE ROWS [PREFIX] - run its tests, a result for each."""

import os
import subprocess
import sys
import xml.etree.ElementTree as xml

import results

# Twice as many as there are CPUs: half of their time they wait.
AT_A_TIME = 4
TEST_SECONDS = 120
ALL_SECONDS = 900


def main():
    tree, rows = sys.argv[1:3]
    prefix = "".join(sys.argv[3:])
    report = f"{tree}/report.xml"
    if os.path.exists(report):
        os.unlink(report)
    subprocess.run(
        ["ctest", "--test-dir", tree, "--timeout", str(TEST_SECONDS), "-j",
         str(AT_A_TIME), "--output-junit", report], check=False, timeout=ALL_SECONDS,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    for case in xml.parse(report).getroot().iter("testcase"):
        if case.get("status") == "run":
            outcome, detail = "passed", ""
        elif case.get("status") in ("disabled", "notrun"):
            outcome, detail = "skipped", ""
        else:
            outcome, detail = "failed", case.findtext("system-out", "")
        skipped = case.find("skipped")
        remark = skipped.get("message", "") if skipped is not None else ""
        results.add(rows, outcome, prefix + case.get("name"), remark, detail)


if __name__ == "__main__":
    main()
