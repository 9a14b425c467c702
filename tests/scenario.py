# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Scenarios: executable files, in a guest or on the machine itself.

One exits 0 when what it tells is so, 77 when it cannot be tried here (its last
line says why) and anything else when it is not so. Comments in its head may
give `cases:` (it is run once with each of these words) and `seconds:` (how long
one run may take).
"""

import os
import re
import signal
import subprocess
import time

SKIP = 77
SECONDS = 60
# What took so long says how long.
LONG = 5


def head(path, key):
    with open(path, encoding="utf-8") as text:
        for line in text.readlines()[:20]:
            match = re.match(rf"# {key}: (.*)", line)
            if match:
                return match.group(1).split()
    return []


def run(command, seconds, **options):
    """Output and status; whatever the scenario left running is ended too."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          errors="replace", start_new_session=True,
                          **options) as process:
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


def each(paths):
    """(path, arguments) of every run."""
    for path in paths:
        for case in head(path, "cases") or [None]:
            yield path, [case] if case else []


def one(path, case, complaints, prefix="", **options):
    """Run one; its result, as results.add() wants it. complaints() tells afterwards
    what was not as it should be, whatever the scenario itself says, and its whole
    text."""
    name = prefix + " ".join([os.path.basename(path)] + case)
    seconds = int((head(path, "seconds") or [SECONDS])[0])
    start = time.monotonic()
    output, status = run([path] + case, seconds, **options)
    took = time.monotonic() - start
    broken, detail = complaints(name)
    lines = output.strip().splitlines()
    if broken:
        return "failed", name, broken, output + "\n" + detail
    if status == SKIP:
        return "skipped", name, lines[-1] if lines else ""
    if status:
        return "failed", name, f"status {status}", output + "\n" + detail
    return "passed", name, f"{took:.0f} s" if took >= LONG else ""
