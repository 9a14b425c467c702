# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Two connected RC QPs on skua0, for tests of what one process can do wrong."""

import sys
import time

from pyverbs.addr import GID, AHAttr, GlobalRoute
from pyverbs.cq import CQ
from pyverbs.device import Context
from pyverbs.enums import (
    IBV_ACCESS_LOCAL_WRITE, IBV_ACCESS_REMOTE_READ, IBV_ACCESS_REMOTE_WRITE,
    IBV_MTU_1024, IBV_QP_STATE, IBV_QPS_RESET, IBV_QPT_RC, IBV_SEND_SIGNALED,
    IBV_WR_RDMA_WRITE)
from pyverbs.mr import MR
from pyverbs.pd import PD
from pyverbs.qp import QP, QPAttr, QPCap, QPInitAttr
from pyverbs.wr import SGE, SendWR

sys.path.insert(0, "/skua/src/perf")
from perftest import gid_index  # noqa: E402  (of a folder that was just named)

DEVICE = "skua0"
ALL = IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_READ


class Loop:
    """post() goes out of QP 0; QP 1 is the far end; one CQ for both."""

    def __init__(self, depth=16, cqes=64, name=DEVICE):
        self.name = name
        self.context = Context(name=name)
        self.pd = PD(self.context)
        self.cq = CQ(self.context, cqes)
        init = QPInitAttr(qp_type=IBV_QPT_RC, scq=self.cq, rcq=self.cq,
                          cap=QPCap(max_send_wr=depth, max_recv_wr=depth))
        self.qps = [QP(self.pd, init) for _ in range(2)]
        for qp, other in zip(self.qps, reversed(self.qps)):
            self.connect(qp, other.qp_num)

    def gid(self):
        return self.context.query_gid(1, gid_index(self.name)).gid

    def connect(self, qp, number, gid=None):
        """To this QPN, here or at gid; anew if qp was connected before."""
        qp.modify(QPAttr(qp_state=IBV_QPS_RESET), IBV_QP_STATE)
        attr = QPAttr(port_num=1)
        attr.qp_access_flags = ALL
        attr.dest_qp_num = number
        attr.path_mtu = IBV_MTU_1024
        attr.max_rd_atomic = attr.max_dest_rd_atomic = 1
        attr.min_rnr_timer = 12
        attr.timeout, attr.retry_cnt, attr.rnr_retry = 14, 7, 7
        route = GlobalRoute(dgid=GID(gid or self.gid()),
                            sgid_index=gid_index(self.name), hop_limit=64)
        attr.ah_attr = AHAttr(gr=route, is_global=1, port_num=1)
        qp.to_rts(attr)

    def memory(self, size=4096, access=ALL, pd=None):
        return MR(pd or self.pd, size, access)

    def region(self, address, size):
        """Of memory that is there already."""
        return MR(self.pd, size, ALL, address=address)

    def post(self, local, remote, length, opcode=IBV_WR_RDMA_WRITE):
        """local and remote are pairs: address and key."""
        wr = SendWR(num_sge=1, sg=[SGE(local[0], length, local[1])],
                    opcode=opcode, send_flags=IBV_SEND_SIGNALED)
        wr.set_wr_rdma(remote[1], remote[0])
        self.qps[0].post_send(wr)

    def completion(self, seconds=10):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found, completions = self.cq.poll(1)
            if found:
                return completions[0].status
        sys.exit(f"no completion in {seconds} s")

    def expect(self, *statuses):
        for wanted in statuses:
            status = self.completion()
            if status != wanted:
                sys.exit(f"completion with status {status}, not {wanted}")
