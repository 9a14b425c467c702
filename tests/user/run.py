#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""run.py ROWS FILE... - run scenarios of user mode.

Each runs as a user who may do nothing, unless its head says `user: root`, in a
network namespace of its own and with a /tmp and a /dev/shm that are empty
before. What is in one of these afterwards, or still listens on a socket, fails
the scenario: what the library makes must be gone with the last process. `leaks:
stock` in its head says that its programs are known to leak by themselves, and
`sanitized:` which of its cases are worth their time there, if not all are.
"""

import argparse
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
import scenario  # noqa: E402  (shared with the guests)

NOBODY = 65534
LEAKS = os.path.join(HERE, "leaks")
PLACES = ["/dev/shm", "/tmp", "/var/tmp"]
# What ends by a signal is not waited for by those whom it is gone for.
GONE_SECONDS = 3


def left():
    """What is there that only a program of a scenario can have made."""
    found = [os.path.join(place, name)
             for place in PLACES for name in os.listdir(place)]
    with open("/proc/net/unix", encoding="ascii", errors="replace") as sockets:
        found += [line.split()[-1] for line in sockets
                  if "@" in line or "skua" in line]
    return found


def leftovers(_):
    end = time.monotonic() + GONE_SECONDS
    while left() and time.monotonic() < end:
        time.sleep(0.05)
    found = left()
    for path in found:
        if path.startswith("/"):
            subprocess.run(["rm", "-rf", "--", path], check=False)
    return (f"it left {found[0]}" if found else None), "\n".join(found)


def options(path, tree):
    """How to start a scenario: as whom, and with which library."""
    environment = dict(os.environ, HOME="/")
    if tree:
        # Its skua-run finds the library beside itself; the provider that is named
        # comes before the one that is installed.
        environment |= {"PATH": f"{tree}/user:{environment['PATH']}",
                        "IBV_DRIVERS": f"{tree}/lib/libskua",
                        "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
                        "LSAN_OPTIONS": f"suppressions={LEAKS}:print_suppressions=0"}
        if scenario.head(path, "leaks") == ["stock"]:
            environment["ASAN_OPTIONS"] = "detect_leaks=0"
    if scenario.head(path, "user") == ["root"]:
        return {"env": environment}
    return {"env": environment, "user": NOBODY, "group": NOBODY,
            "extra_groups": []}


def worth_it(path, case):
    chosen = scenario.head(path, "sanitized")
    return not chosen or "".join(case) in chosen


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prefix", default="user/")
    parser.add_argument("--sanitized", metavar="TREE",
                        help="with library and provider as they were built there")
    parser.add_argument("rows")
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    # It will be emptied: better not where other people's files are.
    for path in left():
        sys.exit(f"{path}: call this by tests/user/enter, with a /tmp of its own")
    for path, case in scenario.each(args.files):
        if args.sanitized and not worth_it(path, case):
            continue
        scenario.one(args.rows, path, case, leftovers, args.prefix,
                     **options(path, args.sanitized))


if __name__ == "__main__":
    main()
