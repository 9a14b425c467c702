#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""verbs.py GID0 GID1 - what perftest does not send, from rxe0 to rxe1.

Immediate data that are not zero, invalidation, solicited events, each padding,
a traffic class and a flow label. The arguments are indices of GIDs.
"""

import sys
import time

import pyverbs.enums as e
from pyverbs.addr import AH, AHAttr, GlobalRoute
from pyverbs.cq import CQ
from pyverbs.device import Context
from pyverbs.mr import MR
from pyverbs.pd import PD
from pyverbs.qp import QP, QPAttr, QPCap, QPInitAttr
from pyverbs.wr import SGE, RecvWR, SendWR

SIZE = 8192
QKEY = 0x11223344
IMM = 0xdecafbad
SECONDS = 10
ACCESS = (e.IBV_ACCESS_LOCAL_WRITE | e.IBV_ACCESS_REMOTE_WRITE |
          e.IBV_ACCESS_REMOTE_READ | e.IBV_ACCESS_REMOTE_ATOMIC)


class End:
    """One device with a QP."""

    def __init__(self, name, gid, kind):
        self.gid, self.kind = gid, kind
        self.context = Context(name=name)
        self.pd = PD(self.context)
        self.mr = MR(self.pd, SIZE, ACCESS)
        self.cq = CQ(self.context, 64)
        self.qp = QP(self.pd, QPInitAttr(
            qp_type=kind, scq=self.cq, rcq=self.cq,
            cap=QPCap(max_send_wr=16, max_recv_wr=16)))
        self.address = self.context.query_gid(1, gid)

    def path(self, other):
        return AHAttr(port_num=1, is_global=1, gr=GlobalRoute(
            dgid=other.address, sgid_index=self.gid, hop_limit=63,
            traffic_class=0xba, flow_label=0x54321))

    def connect(self, other):
        attr = QPAttr(port_num=1)
        attr.pkey_index = 0
        if self.kind == e.IBV_QPT_UD:
            attr.qkey = QKEY
        else:
            attr.qp_access_flags = ACCESS
            attr.dest_qp_num = other.qp.qp_num
            attr.path_mtu = e.IBV_MTU_256
            attr.ah_attr = self.path(other)
            attr.rq_psn = attr.sq_psn = 0xfffffd
        if self.kind == e.IBV_QPT_RC:
            attr.max_rd_atomic = attr.max_dest_rd_atomic = 1
            attr.min_rnr_timer = 12
            attr.timeout, attr.retry_cnt, attr.rnr_retry = 14, 7, 7
        self.qp.to_rts(attr)

    def sge(self, length):
        return SGE(self.mr.buf, length, self.mr.lkey)

    def wait(self, what):
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            count, completions = self.cq.poll(1)
            if count:
                return completions[0].status
        sys.exit(f"no completion of {what}")


class Pair:
    def __init__(self, gids, kind):
        self.here = End("rxe0", gids[0], kind)
        self.there = End("rxe1", gids[1], kind)
        self.here.connect(self.there)
        self.there.connect(self.here)

    def receive(self):
        self.there.qp.post_recv(RecvWR(
            sg=[self.there.sge(SIZE)], num_sge=1))

    def post(self, opcode, length, imm=0, atomic=None, may_fail=False):
        flags = e.IBV_SEND_SIGNALED | e.IBV_SEND_SOLICITED
        wr = SendWR(opcode=opcode, num_sge=1, sg=[self.here.sge(length)],
                    imm_data=imm, send_flags=flags)
        remote = self.there.mr
        if self.here.kind == e.IBV_QPT_UD:
            self.address = AH(self.here.pd, attr=self.here.path(self.there))
            wr.set_wr_ud(self.address, self.there.qp.qp_num, QKEY)
        elif atomic:
            wr.set_wr_atomic(remote.rkey, remote.buf, *atomic)
        else:
            wr.set_wr_rdma(remote.rkey, remote.buf)
        self.here.qp.post_send(wr)
        status = self.here.wait(f"opcode {opcode}")
        if status and not may_fail:
            sys.exit(f"opcode {opcode}: status {status}")


def datagrams(gids):
    pair = Pair(gids, e.IBV_QPT_UD)
    for length in range(1, 6):
        pair.post(e.IBV_WR_SEND, length)
    pair.post(e.IBV_WR_SEND_WITH_IMM, 5, IMM)


def messages(gids, kind):
    """SENDs and WRITEs of one packet and of two."""
    pair = Pair(gids, kind)
    for length in (5, 258):
        for opcode in (e.IBV_WR_SEND, e.IBV_WR_SEND_WITH_IMM,
                       e.IBV_WR_RDMA_WRITE_WITH_IMM):
            pair.receive()
            pair.post(opcode, length, IMM)
        pair.post(e.IBV_WR_RDMA_WRITE, length)
    return pair


def connection(gids):
    pair = messages(gids, e.IBV_QPT_RC)
    for length in range(1, 5):
        pair.post(e.IBV_WR_RDMA_READ, length)
    pair.post(e.IBV_WR_ATOMIC_CMP_AND_SWP, 8, atomic=(1 << 63 | 2, 3 << 40))
    pair.post(e.IBV_WR_ATOMIC_FETCH_AND_ADD, 8, atomic=(1 << 63 | 2, 0))


def invalidation(gids):
    """Of a key that may not be invalidated: the responder fails."""
    for length in (5, 258):
        pair = Pair(gids, e.IBV_QPT_RC)
        pair.receive()
        pair.post(e.IBV_WR_SEND_WITH_INV, length, pair.there.mr.rkey,
                  may_fail=True)


def main():
    gids = [int(argument) for argument in sys.argv[1:]]
    connection(gids)
    invalidation(gids)
    messages(gids, e.IBV_QPT_UC)
    datagrams(gids)


if __name__ == "__main__":
    main()
