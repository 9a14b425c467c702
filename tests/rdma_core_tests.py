#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""rdma_core_tests.py ROWS DEVICE - rdma-core's own tests on DEVICE, a result each.

Each module runs in a process of
its own: the next one is gone on with when a test ends its process or hangs where
Python cannot interrupt it.
"""

import argparse
import gzip
import importlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import results

PACKAGED = "/usr/share/doc/rdma-core/tests"
EXPLAINED = "/skua/src/tests/README.md"
MODULES = ["test_device", "test_pd", "test_mr", "test_cq", "test_cq_events",
           "test_cqex", "test_qp", "test_qpex", "test_srq", "test_addr",
           "test_atomic", "test_rdmacm", "test_fork", "test_relaxed_ordering"]
TEST_SECONDS = 60
MODULE_SECONDS = 300
SOME_FAILED = 3


def unpack(copy):
    """The package compresses what is large, as Debian does with examples, and
    the suite imports every test there is: only ours are copied."""
    os.makedirs(f"{copy}/tests")
    for name in os.listdir(PACKAGED):
        module = name.split(".")[0]
        if module.startswith("test_") and module not in MODULES:
            continue
        if name.endswith(".gz"):
            with gzip.open(f"{PACKAGED}/{name}") as packed, \
                 open(f"{copy}/tests/{name[:-3]}", "wb") as plain:
                shutil.copyfileobj(packed, plain)
        else:
            shutil.copy(f"{PACKAGED}/{name}", f"{copy}/tests/{name}")


class Rows(unittest.TestResult):
    def __init__(self, path, prefix):
        super().__init__()
        self.path, self.prefix, self.bad = path, prefix, False
        self.failures_seen = False
        with open(EXPLAINED, encoding="utf-8") as text:
            self.explained = text.read()

    def startTest(self, test):
        super().startTest(test)
        self.bad = False
        signal.alarm(TEST_SECONDS)

    def stopTest(self, test):
        signal.alarm(0)
        super().stopTest(test)

    def name_of(self, test):
        return f"{self.prefix}pyverbs " + test.id().removeprefix("tests.")

    def failed(self, test, error):
        self.bad = self.failures_seen = True
        text = self._exc_info_to_string(error, test)
        results.add(self.path, "failed", self.name_of(test),
                    text.strip().splitlines()[-1], text)

    def addError(self, test, err):
        self.failed(test, err)

    def addFailure(self, test, err):
        self.failed(test, err)

    def addSubTest(self, test, subtest, err):
        if err and not self.bad:
            self.failed(test, err)

    def addSkip(self, test, reason):
        if f"`{reason}`" in self.explained:
            results.add(self.path, "skipped", self.name_of(test), reason)
        else:
            self.failures_seen = True
            results.add(self.path, "failed", self.name_of(test),
                        f"a skip that tests/README.md does not explain: {reason}")

    def addSuccess(self, test):
        if not self.bad:
            results.add(self.path, "passed", self.name_of(test))


def hung(*_):
    raise TimeoutError(f"still running after {TEST_SECONDS} s")


def run_module(rows, device, prefix, copy, module):
    signal.signal(signal.SIGALRM, hung)
    sys.path[:0] = [copy, f"{copy}/tests"]
    sys.argv[1:] = ["--dev", device]
    importlib.import_module("args_parser").parser.parse_args()
    tests = importlib.import_module(f"tests.{module}")
    done = Rows(rows, prefix)
    unittest.defaultTestLoader.loadTestsFromModule(tests).run(done)
    sys.exit(SOME_FAILED if done.failures_seen else 0)


def try_module(args, copy, module, errors):
    """What is said on standard error is for who looks for a fault: pyverbs tells
    of exceptions in its destructors with each Python that is newer than it."""
    command = [*sys.argv, "--module", copy, module]
    status = subprocess.run(command, timeout=MODULE_SECONDS, check=False,
                            stdin=subprocess.DEVNULL, stderr=errors).returncode
    if status not in (0, SOME_FAILED):
        results.add(args.rows, "failed", f"{args.prefix}pyverbs {module}",
                    f"it ended with status {status}")
    return status == 0


def module_tried(args, copy, module):
    with tempfile.TemporaryFile("w+", errors="replace") as errors:
        try:
            well = try_module(args, copy, module, errors)
        except subprocess.TimeoutExpired as expired:
            well = False
            results.add(args.rows, "failed", f"{args.prefix}pyverbs {module}",
                        str(expired))
        errors.seek(0)
        if not well:
            sys.stderr.write(errors.read())


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prefix", default="", help="goes before each name")
    parser.add_argument("--module", nargs=2, metavar=("COPY", "MODULE"),
                        help="only this one, of tests unpacked in COPY")
    parser.add_argument("rows")
    parser.add_argument("device")
    return parser.parse_args()


def main():
    args = arguments()
    if args.module:
        run_module(args.rows, args.device, args.prefix, *args.module)
        return
    with tempfile.TemporaryDirectory() as copy:
        unpack(copy)
        for module in MODULES:
            module_tried(args, copy, module)


if __name__ == "__main__":
    main()
