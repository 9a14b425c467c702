#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""loss FILE - goodput of ib_write_bw while packets are lost, as rows.

In the guest, where the kernel has rxe: rxe and Skua in user mode take turns
between the same two namespaces and over the same veth. netem loses on both of
its ends, with the same seed for each run. Every run is a row of its own,
{"transport", "tool", "bytes", "metric", "value", "unit", "loss", "lost", "sent"}:
lost and sent are what netem counted of packets that way and this.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time

import perftest
from loss_plan import LOSS, SYSTEMS
from perftest import IN_PEER
from plan import MIB
from rows import Rows

HERE, PEER = [], IN_PEER
VETH = [(HERE, "veth0"), (PEER, "veth1")]
ADDRESS = "192.0.3.1"
SKUA_LINK = {"server": "udp:192.0.3.1", "client": "udp:192.0.3.2"}
RXE = [(HERE, "rxe0", "veth0"), (PEER, "rxe1", "veth1")]
SEED = 4791
# perftest leaves out the beginning and the end: half of it.
SECONDS = 6
# A CQE for every write, few at a time: else none may come within these seconds.
PACE = ["-m", "4096", "-t", "8", "-Q", "1"]
# After so long nothing new is begun: what is there by then is drawn.
BUDGET = 660


def run(where, line):
    subprocess.run([*where, *line.split()], check=True)


def lossy(loss):
    """A new qdisc: it counts from zero, and rolls its dice from the seed.

    netem would lose a message that was handed over for the kernel to cut as if
    it were one packet. tbf in front of it, faster than anything here, cuts.
    """
    for where, veth in VETH:
        subprocess.run([*where, "tc", "qdisc", "del", "dev", veth, "root"],
                       check=False, stderr=subprocess.DEVNULL)
        run(where, f"tc qdisc add dev {veth} root handle 1: tbf rate 32gbit "
                   "burst 9000 limit 64mb")
        run(where, f"tc qdisc add dev {veth} parent 1: handle 2: netem limit 20000 "
                   f"loss {loss * 100:.4f}% seed {SEED}")


def counted():
    """Packets that were lost and sent by both qdiscs."""
    lost = sent = 0
    for where, veth in VETH:
        said = subprocess.run([*where, "tc", "-s", "-j", "qdisc", "show", "dev", veth],
                              check=True, stdout=subprocess.PIPE).stdout
        for qdisc in json.loads(said):
            if qdisc["kind"] == "netem":
                lost += qdisc["drops"]
                sent += qdisc["packets"] + qdisc["drops"]
    return {"lost": lost, "sent": sent}


def rxe_lines():
    return [[*where, *perftest.arguments(
        "ib_write_bw", device, MIB, None,
        [*PACE, "-x", str(perftest.gid_index(device))], seconds=SECONDS)]
        for where, device, _ in RXE]


def has_gid(device):
    try:
        return perftest.gid_index(device) >= 0
    except perftest.Failed:
        return False


def begin_rxe():
    run(HERE, "modprobe rdma_rxe")
    for where, device, veth in RXE:
        run(where, f"rdma link add {device} type rxe netdev {veth}")
    # GIDs come a little later.
    end = time.monotonic() + 5
    for _, device, _ in RXE:
        while time.monotonic() < end and not has_gid(device):
            time.sleep(0.05)


def end_rxe():
    """It has the port of RoCEv2, which Skua wants."""
    for where, device, _ in RXE:
        run(where, f"rdma link delete {device}")
    run(HERE, "modprobe -r rdma_rxe")


def skua_lines(recovery):
    line = perftest.arguments("ib_write_bw", "skua0", MIB, None, PACE,
                              seconds=SECONDS)
    return [[*where, "skua-run", "--link", SKUA_LINK[end], "--recovery", recovery,
             "--", *line] for where, end in ((HERE, "server"), (PEER, "client"))]


def goodput(system):
    if system != "rxe":
        lines = skua_lines(system.removeprefix("skua-"))
        return perftest.pair(*lines, ADDRESS)["bw_avg"]
    begin_rxe()
    try:
        return perftest.pair(*rxe_lines(), ADDRESS)["bw_avg"]
    finally:
        end_rxe()


def measure(rows, system, loss):
    """One run; a failed one is a goodput of nothing."""
    lossy(loss)
    failed = None
    try:
        value = goodput(system)
    except perftest.Failed as error:
        failed, value = str(error), 0
    found = counted()
    if failed:
        rows.fail(f"{system} at {loss * 100:g} %", failed)
    rows.add(system, "ib_write_bw", MIB, "bw_avg", value, loss=loss, **found)
    return value, found


def sweep(rows, rounds):
    """All losses once, and again, as long as there is time."""
    end = time.monotonic() + BUDGET
    for _ in range(rounds):
        for loss in LOSS:
            for system in SYSTEMS:
                if time.monotonic() > end:
                    return
                value, found = measure(rows, system, loss)
                print(f"   {loss * 100:>6g} %  {system:<15} {value:>9.2f} MiB/s, "
                      f"netem: {found['lost']} of {found['sent']} packets", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--revision", default="unknown")
    parser.add_argument("file")
    args = parser.parse_args()
    rows = Rows(revision=args.revision, kernel=platform.release(),
                cpus=os.cpu_count())
    end_rxe()
    sweep(rows, args.rounds)
    rows.save(args.file)
    return 0 if rows.rows else 1


if __name__ == "__main__":
    sys.exit(main())
