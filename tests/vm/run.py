# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Run one job in one guest with two Skua functions; runs in the build root.

The job is a line of shell. Its output is this program's output and its exit
status this program's, unless the guest itself failed: then 125.
"""

import argparse
import os
import shutil
import signal
import sys
import time

import adapter
import answers
import kernel_log
import qemu

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
    parser.add_argument("job")
    return parser.parse_args()


def complain(text):
    print(f"skua: {text}", file=sys.stderr, flush=True)


def prepare(args):
    shutil.rmtree(args.dir, ignore_errors=True)
    share = f"{args.dir}/share"
    os.makedirs(share)
    with open(f"{share}/job", "w", encoding="utf-8") as job:
        job.write(args.job + "\n")
    return share


def wait(guest, host, timeout):
    """Serve the guest's questions until it is gone; False when it hangs."""
    end = time.monotonic() + timeout if timeout else None
    while guest.poll() is None:
        host.poll()
        if end and time.monotonic() > end:
            guest.kill()
            guest.wait()
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


def verdict(args, share, ended):
    broken = kernel_log.complaints(f"{args.dir}/console", f"{share}/dmesg")
    for line in broken[:10]:
        complain(f"guest kernel: {line}")
    status = read_status(f"{share}/status")
    if not ended:
        complain(f"the guest did not end in {args.timeout:.0f} s")
    elif status is None:
        complain("the guest ended without finishing its job")
    elif not broken:
        return status
    sys.stderr.write(tail(f"{args.dir}/console") + tail(f"{args.dir}/qemu.log"))
    complain(f"the guest's logs are in {args.dir.removeprefix('/skua/')}")
    return FAILED


def main():
    args = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(FAILED))
    share = prepare(args)
    skuad = adapter.Adapter(args.dir)
    host = answers.Answers(share, skuad)
    shares = [("root", "/skua/lower", True), ("src", "/skua/src", True),
              ("share", share, False)]
    guest = qemu.start(args, skuad.sockets, shares)
    try:
        ended = wait(guest, host, args.timeout)
    finally:
        guest.kill()
        guest.wait()
        died = skuad.died()
        skuad.kill()
    if died:
        complain(f"skuad ended with status {skuad.process.returncode}")
        sys.stderr.write(tail(f"{args.dir}/skuad.log"))
        verdict(args, share, ended)
        return FAILED
    return verdict(args, share, ended)


if __name__ == "__main__":
    sys.exit(main())
