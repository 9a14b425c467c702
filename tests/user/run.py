#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""run.py ROWS FILE... - run scenarios of user mode, three at a time.

Most of the time they wait, for partners or for time-outs. What a busy machine would
disturb says in its head which of its cases must be `alone:`, or that all must: it
measures the use of CPUs, needs them all, or counts on an answer that comes at once.
These come first; results come in the order of the files. What fails beside another
is tried once more, alone, and its first failure is shown: what counts is what it
says of the library, not of the company.

Each runs as a user who may do nothing, unless its head says `user: root`. They
see nothing of each other: each has a network namespace of its own, a /tmp and a
/dev/shm that are empty before. What is in one of these afterwards, or still
listens on a socket, fails the scenario: what the library makes must be gone with
the last process. `leaks: stock` in its head says that its programs are known to
leak by themselves, and `sanitized:` which of its cases are worth their time there,
if not all are.
"""

import argparse
import concurrent.futures
import functools
import multiprocessing
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
import results  # noqa: E402  (shared with the guests)
import scenario  # noqa: E402

AT_A_TIME = 3
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


def alone(path, case):
    chosen = scenario.head(path, "alone")
    return chosen == ["all"] or "".join(case) in chosen


def part():
    """Leave the others' network and places."""
    os.unshare(os.CLONE_NEWNS | os.CLONE_NEWNET)
    subprocess.run([os.path.join(HERE, "enter"), "true"], check=True)


def one(prefix, tree, path, case):
    return scenario.one(path, case, leftovers, prefix, **options(path, tree))


def show(_, name, remark, detail=""):
    print(f"   {name}: {remark}; once more, alone", flush=True)
    for line in detail.splitlines()[-30:]:
        print(f"   | {line}", flush=True)


def run(rows, how, chosen, at_a_time):
    """Those that are chosen, their results in that order; which are to be tried
    again."""
    again = []
    with concurrent.futures.ProcessPoolExecutor(
            at_a_time, multiprocessing.get_context("fork"), part) as pool:
        done = pool.map(functools.partial(one, *how), *zip(*chosen))
        for each, result in zip(chosen, done):
            if result[0] == "failed" and at_a_time > 1:
                show(*result)
                again.append(each)
            else:
                results.add(rows, *result)
    return again


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prefix", default="user/")
    parser.add_argument("--sanitized", metavar="TREE",
                        help="with library and provider as they were built there")
    parser.add_argument("rows")
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    chosen = [each for each in scenario.each(args.files)
              if not args.sanitized or worth_it(*each)]
    how = args.prefix, args.sanitized
    run(args.rows, how, [each for each in chosen if alone(*each)], 1)
    again = run(args.rows, how, [each for each in chosen if not alone(*each)],
                AT_A_TIME)
    run(args.rows, how, again, 1)


if __name__ == "__main__":
    main()
