# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Run one job in one guest with two Skua functions, or in two guests with one
each, or with one for each kind of link between them (wires.py); two find in
/skua/share/number who they are. Runs in the build root.

The job is a line of shell. Its output is this program's output and its exit
status this program's, unless the guest itself failed: then 125.
"""

import argparse
import contextlib
import os
import shutil
import signal
import sys
import time

import adapter
import answers
import kernel_log
import qemu
import wires

FAILED = 125


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dir", required=True, help="where logs and results go")
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--initrd", required=True)
    parser.add_argument("--accel", choices=["tcg", "kvm"], default="tcg")
    parser.add_argument("--timeout", type=float, help="seconds for all of it")
    parser.add_argument("--interactive", action="store_true")
    parser.add_argument("--may-reboot", action="store_true")
    parser.add_argument("--guests", type=int, choices=[1, 2], default=1)
    parser.add_argument("--wires", action="store_true",
                        help="two guests, joined by links")
    parser.add_argument("--kinds", default=",".join(wires.KINDS),
                        help="of these links alone")
    parser.add_argument("job")
    args = parser.parse_args()
    if args.wires:
        args.guests = 2
    return args


def complain(text):
    print(f"skua: {text}", file=sys.stderr, flush=True)


class Guest:
    """A virtual machine, its folder with logs, and the share that it writes to."""

    def __init__(self, args, number, skuad):
        self.dir = f"{args.dir}/guest{number}" if number else args.dir
        self.share = f"{self.dir}/share"
        os.makedirs(self.share)
        with open(f"{self.share}/job", "w", encoding="utf-8") as job:
            job.write(args.job + "\n")
        if args.guests > 1:
            self.tell("number", number)
        if args.wires:
            self.tell("wires", args.kinds.replace(",", " "))
        self.host = answers.Answers(self.share, skuad, self)
        shares = [("root", "/skua/lower", True), ("src", "/skua/src", True),
                  ("share", self.share, False)]
        # The first one speaks for all; what the others say is in their folders.
        self.qemu = qemu.start(
            args, self.dir, skuad.functions(number, args.guests), shares,
            skuad.nics(number), silent=number > 0)

    def tell(self, what, text):
        with open(f"{self.share}/{what}", "w", encoding="ascii") as file:
            file.write(f"{text}\n")

    def poll(self):
        """Serve its questions. Whether it still runs."""
        self.host.poll()
        return self.qemu.poll() is None

    @contextlib.contextmanager
    def stopped(self):
        self.qemu.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.qemu.send_signal(signal.SIGCONT)

    def kill(self):
        self.qemu.kill()
        self.qemu.wait()

    def logs(self):
        sys.stderr.write(tail(f"{self.dir}/console") + tail(f"{self.dir}/output") +
                         tail(f"{self.dir}/qemu.log"))
        complain(f"the guest's logs are in {self.dir.removeprefix('/skua/')}")

    def verdict(self, ended, timeout):
        broken = kernel_log.complaints(f"{self.dir}/console", f"{self.share}/dmesg")
        for line in broken[:10]:
            complain(f"guest kernel: {line}")
        status = read_status(f"{self.share}/status")
        if not ended:
            complain(f"the guest did not end in {timeout:.0f} s")
        elif status is None:
            complain("the guest ended without finishing its job")
        elif not broken:
            return status
        self.logs()
        return FAILED


def wait(guests, timeout):
    """Until all guests are gone; False when they hang."""
    end = time.monotonic() + timeout if timeout else None
    while any([guest.poll() for guest in guests]):
        if end and time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def read_status(path):
    try:
        with open(path, encoding="ascii") as status:
            return int(status.read())
    except (FileNotFoundError, ValueError):
        return None


def tail(path, lines=15):
    try:
        with open(path, encoding="utf-8", errors="replace") as log:
            return "".join(f"   | {line}" for line in log.readlines()[-lines:])
    except FileNotFoundError:
        return ""


def main():
    args = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(FAILED))
    shutil.rmtree(args.dir, ignore_errors=True)
    os.makedirs(args.dir)
    skuad = (wires.Wires(args.dir, args.kinds.split(",")) if args.wires else
             adapter.Adapter(args.dir))
    guests = []
    try:
        for number in range(args.guests):
            guests.append(Guest(args, number, skuad))
        ended = wait(guests, args.timeout)
    finally:
        for guest in guests:
            guest.kill()
        died = skuad.died()
        skuad.kill()
    if died:
        complain(f"skuad ended with status {died.process.returncode}")
        sys.stderr.write(tail(died.log))
    statuses = [guest.verdict(ended, args.timeout) for guest in guests]
    return FAILED if died else next(filter(None, statuses), 0)


if __name__ == "__main__":
    sys.exit(main())
