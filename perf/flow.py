#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""flow ADDRESS PORT [FLOWS SECONDS DELAY] - one end of RC flows of writes.

Without FLOWS: take as many as come until the first was there and all have gone.
With it: write to who listens at ADDRESS, for so long, each flow after the first
from DELAY seconds after the one before. At the end print what the device has
counted, and of those who write "samples": for each flow how much was
acknowledged when, as a list of [seconds of CLOCK_MONOTONIC, bytes].
"""

import contextlib
import json
import os
import socket
import sys
import threading
import time

from pyverbs.addr import GID, AHAttr, GlobalRoute
from pyverbs.cq import CQ
from pyverbs.device import Context
from pyverbs.enums import (IBV_ACCESS_LOCAL_WRITE, IBV_ACCESS_REMOTE_WRITE,
                           IBV_MTU_4096, IBV_QPT_RC, IBV_SEND_SIGNALED,
                           IBV_WC_SUCCESS, IBV_WR_RDMA_WRITE)
from pyverbs.mr import MR
from pyverbs.pd import PD
from pyverbs.qp import QP, QPAttr, QPCap, QPInitAttr
from pyverbs.wr import SGE, SendWR

SIZE = 65536
DEPTH = 16
SAMPLE_SECONDS = 0.01
# Between looks at a queue: who waits must not take the processor from who works.
NAP_SECONDS = 0.001


class End:
    def __init__(self, context, domain):
        self.context = context
        self.queue = CQ(context, DEPTH)
        self.region = MR(domain, SIZE,
                         IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE)
        init = QPInitAttr(qp_type=IBV_QPT_RC, scq=self.queue, rcq=self.queue,
                          cap=QPCap(max_send_wr=DEPTH, max_recv_wr=1))
        self.qp = QP(domain, init)

    def connect(self, stream):
        stream.write(json.dumps({"qpn": self.qp.qp_num,
                                 "gid": self.context.query_gid(1, 0).gid,
                                 "address": self.region.buf,
                                 "rkey": self.region.rkey}) + "\n")
        stream.flush()
        peer = json.loads(stream.readline())
        attr = QPAttr(port_num=1)
        attr.dest_qp_num = peer["qpn"]
        attr.path_mtu = IBV_MTU_4096
        attr.max_rd_atomic = attr.max_dest_rd_atomic = 1
        attr.min_rnr_timer = 12
        attr.timeout, attr.retry_cnt, attr.rnr_retry = 17, 7, 7
        attr.qp_access_flags = IBV_ACCESS_REMOTE_WRITE
        route = GlobalRoute(dgid=GID(peer["gid"]), sgid_index=0, hop_limit=64)
        attr.ah_attr = AHAttr(gr=route, is_global=1, port_num=1)
        self.qp.to_rts(attr)
        # Neither begins before both are there.
        stream.write("ready\n")
        stream.flush()
        stream.readline()
        return peer


def counters():
    folder = "/sys/class/infiniband/skua0/ports/1/hw_counters"
    found = {}
    for name in os.listdir(folder):
        with open(f"{folder}/{name}", encoding="ascii") as text:
            found[name] = int(text.read())
    return found


def serve(context, domain, address):
    def keep(connection):
        with connection, connection.makefile("rw") as stream:
            end = End(context, domain)
            end.connect(stream)
            stream.readline()

    with socket.create_server(address) as listener:
        first = True
        threads = []
        while first or any(thread.is_alive() for thread in threads):
            listener.settimeout(None if first else 0.5)
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            first = False
            connection.settimeout(None)
            threads.append(threading.Thread(target=keep, args=(connection,)))
            threads[-1].start()


class Flow:
    """Writes of one end, from start to stop, and what was acknowledged when."""

    def __init__(self, end, peer, start, stop):
        self.end, self.start, self.stop = end, start, stop
        self.request = SendWR(opcode=IBV_WR_RDMA_WRITE, num_sge=1,
                              sg=[SGE(end.region.buf, SIZE, end.region.lkey)],
                              send_flags=IBV_SEND_SIGNALED)
        self.request.set_wr_rdma(peer["rkey"], peer["address"])
        self.room, self.done, self.samples = DEPTH, 0, []

    def look(self, now):
        """Go on at this time; whether something was found to do."""
        if now < self.start:
            return False
        found, completions = self.end.queue.poll(DEPTH)
        for completion in completions or []:
            if completion.status != IBV_WC_SUCCESS:
                sys.exit(f"a write ended with {completion.status}")
        self.room += found
        self.done += found * SIZE
        while self.room and now < self.stop:
            self.end.qp.post_send(self.request)
            self.room -= 1
        if not self.samples or now >= self.samples[-1][0] + SAMPLE_SECONDS:
            self.samples.append([round(now, 5), self.done])
        return found > 0


def write(ends, peers, seconds, delay):
    now = time.monotonic()
    flows = [Flow(end, peer, now + i * delay, now + seconds)
             for i, (end, peer) in enumerate(zip(ends, peers))]
    while now < flows[0].stop:
        if not any([flow.look(now) for flow in flows]):
            time.sleep(NAP_SECONDS)
        now = time.monotonic()
    return [flow.samples for flow in flows]


def main():
    address = (sys.argv[1], int(sys.argv[2]))
    context = Context(name="skua0")
    domain = PD(context)
    if len(sys.argv) == 3:
        serve(context, domain, address)
        json.dump({"counters": counters()}, sys.stdout)
        return
    count, seconds, delay = int(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5])
    with contextlib.ExitStack() as stack:
        ends, peers = [], []
        for _ in range(count):
            connection = stack.enter_context(socket.create_connection(address))
            stream = stack.enter_context(connection.makefile("rw"))
            ends.append(End(context, domain))
            peers.append(ends[-1].connect(stream))
        samples = write(ends, peers, seconds, delay)
        json.dump({"samples": samples, "counters": counters()}, sys.stdout)


if __name__ == "__main__":
    main()
