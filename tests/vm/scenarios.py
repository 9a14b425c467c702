#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""scenarios.py ROWS FILE... - run scenarios in the guest, one after another.

A scenario is a program that exits 0 when what it tells is so, 77 when it cannot
be tried here (its last line says why) and anything else when it is not so.
Comments in its head may give `cases:` (it is run once with each of these words)
and `seconds:` (how long one run may take). What the kernel complains of
meanwhile fails the scenario, whatever it says itself.
"""

import os
import re
import signal
import subprocess
import sys

import kernel_log

sys.path.insert(0, "/skua/src/tests")
import results  # noqa: E402  (shared with the part that runs on the host)

SKIP = 77
SECONDS = 60


def head(path, key):
    with open(path, encoding="utf-8") as text:
        for line in text.readlines()[:20]:
            match = re.match(rf"# {key}: (.*)", line)
            if match:
                return match.group(1).split()
    return []


def run(command, seconds):
    """Output and status; whatever the scenario left running is ended too."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          errors="replace", start_new_session=True) as process:
        try:
            output = process.communicate(timeout=seconds)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output = process.communicate()[0] + f"\nended after {seconds} s"
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        return output, process.returncode


def new_kernel_lines():
    return subprocess.run(["dmesg", "--read-clear"], check=True, text=True,
                          errors="replace", stdout=subprocess.PIPE).stdout


def scenario(rows, path, case):
    name = " ".join([os.path.basename(path)] + case)
    seconds = int((head(path, "seconds") or [SECONDS])[0])
    output, status = run([path] + case, seconds)
    said = new_kernel_lines()
    with open("/skua/share/kernel-log", "a", encoding="utf-8") as log:
        log.write(f"--- {name}\n{said}")
    broken = kernel_log.complaints_in(said.splitlines())
    lines = output.strip().splitlines()
    if broken:
        results.add(rows, "failed", name, broken[0], output + "\n" + said)
    elif status == SKIP:
        results.add(rows, "skipped", name, lines[-1] if lines else "")
    elif status:
        results.add(rows, "failed", name, f"status {status}", output + "\n" + said)
    else:
        results.add(rows, "passed", name)


def main():
    rows, paths = sys.argv[1], sys.argv[2:]
    for path in paths:
        for case in head(path, "cases") or [None]:
            scenario(rows, path, [case] if case else [])


if __name__ == "__main__":
    main()
