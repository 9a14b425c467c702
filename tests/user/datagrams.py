#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""datagrams.py send ADDRESS QPN_FILE COUNT | receive QPN_FILE STOP_FILE

UD datagrams, which nobody repeats: what is said in the end is how many were sent
or came, and the counters of IPsec that have counted.
"""

import ipaddress
import os
import sys
import time

from pyverbs.addr import AH, GID, AHAttr, GlobalRoute
from pyverbs.cq import CQ
from pyverbs.device import Context
from pyverbs.enums import IBV_QPT_UD, IBV_SEND_SIGNALED
from pyverbs.mr import MR
from pyverbs.pd import PD
from pyverbs.qp import QP, QPAttr, QPCap, QPInitAttr
from pyverbs.wr import SGE, RecvWR, SendWR

sys.path.insert(0, "/skua/src/tests/vm")
from loop import ALL, DEVICE  # noqa: E402  (of a folder that was just named)

QKEY = 0x11111111
SIZE, GRH = 512, 40
DEPTH = 64
SECONDS = 10
QUIET = 0.3


def full(address):
    """As pyverbs wants a GID: eight groups of four digits."""
    digits = f"{int(ipaddress.IPv4Address(address)):08x}"
    return f"{'0000:' * 5}ffff:{digits[:4]}:{digits[4:]}"


class Datagrams:
    def __init__(self):
        self.context = Context(name=DEVICE)
        self.pd = PD(self.context)
        self.cq = CQ(self.context, DEPTH)
        init = QPInitAttr(qp_type=IBV_QPT_UD, scq=self.cq, rcq=self.cq,
                          cap=QPCap(max_send_wr=DEPTH, max_recv_wr=DEPTH))
        attr = QPAttr(port_num=1)
        attr.qkey = QKEY
        self.qp = QP(self.pd, init, attr)
        self.memory = MR(self.pd, SIZE + GRH, ALL)

    def sge(self, size):
        return SGE(self.memory.buf, size, self.memory.lkey)

    def done(self):
        return self.cq.poll(DEPTH)[0]

    def send(self, address, qpn, count):
        route = GlobalRoute(dgid=GID(full(address)), sgid_index=0, hop_limit=64)
        ah = AH(self.pd, attr=AHAttr(gr=route, is_global=1, port_num=1))
        for _ in range(count):
            wr = SendWR(num_sge=1, sg=[self.sge(SIZE)],
                        send_flags=IBV_SEND_SIGNALED)
            wr.set_wr_ud(ah, qpn, QKEY)
            self.qp.post_send(wr)
            while not self.done():
                pass
        return count

    def receive(self, stop):
        """Until it is to stop, and for a while nothing has come."""
        came = 0
        end = time.monotonic() + 2 * SECONDS
        quiet = time.monotonic() + QUIET
        while time.monotonic() < end:
            new = self.done()
            came += new
            if new or not os.path.exists(stop):
                quiet = time.monotonic() + QUIET
            if time.monotonic() > quiet:
                break
            time.sleep(0.001)
        return came

    def post_receives(self):
        for _ in range(DEPTH):
            self.qp.post_recv(RecvWR(num_sge=1, sg=[self.sge(SIZE + GRH)]))


def read(path):
    with open(path, encoding="ascii") as text:
        return text.read().strip()


def wait(path):
    end = time.monotonic() + SECONDS
    while not os.path.exists(path):
        if time.monotonic() > end:
            sys.exit(f"no {path} in {SECONDS} s")
        time.sleep(0.01)


def say(what, number):
    print(what, number)
    folder = f"/sys/class/infiniband/{DEVICE}/ports/1/hw_counters"
    for name in os.listdir(folder):
        if name.startswith("ipsec_") and int(read(f"{folder}/{name}")):
            print(name, read(f"{folder}/{name}"))


def main(what, *args):
    ends = Datagrams()
    if what == "send":
        wait(args[1])
        say("sent", ends.send(args[0], int(read(args[1])), int(args[2])))
        return
    ends.post_receives()
    with open(args[0] + ".new", "w", encoding="ascii") as text:
        text.write(str(ends.qp.qp_num))
    os.rename(args[0] + ".new", args[0])
    say("came", ends.receive(args[1]))


main(*sys.argv[1:])
