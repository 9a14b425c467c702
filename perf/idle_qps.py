#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""idle_qps DEVICE N - hold N connected RC QPs until stdin ends; say "ready"."""

import sys

from pyverbs.addr import AHAttr, GlobalRoute
from pyverbs.cq import CQ
from pyverbs.device import Context
from pyverbs.enums import IBV_MTU_1024, IBV_QPT_RC
from pyverbs.pd import PD
from pyverbs.qp import QP, QPAttr, QPCap, QPInitAttr

import perftest


def connect(qp, gid, index):
    """Each QP is its own peer: connected, and never spoken to."""
    attr = QPAttr(port_num=1)
    attr.dest_qp_num = qp.qp_num
    attr.path_mtu = IBV_MTU_1024
    attr.max_rd_atomic = attr.max_dest_rd_atomic = 1
    attr.min_rnr_timer = 12
    attr.timeout, attr.retry_cnt, attr.rnr_retry = 14, 7, 7
    route = GlobalRoute(dgid=gid, sgid_index=index, hop_limit=64)
    attr.ah_attr = AHAttr(gr=route, is_global=1, port_num=1)
    qp.to_rts(attr)


def main():
    device, count = sys.argv[1], int(sys.argv[2])
    context = Context(name=device)
    domain, queue = PD(context), CQ(context, 64)
    index = perftest.gid_index(device)
    gid = context.query_gid(1, index)
    init = QPInitAttr(qp_type=IBV_QPT_RC, scq=queue, rcq=queue,
                      cap=QPCap(max_send_wr=16, max_recv_wr=16))
    held = [QP(domain, init) for _ in range(count)]
    for qp in held:
        connect(qp, gid, index)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
