#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""ipsec_pyverbs.py DEVICE GID-INDEX DEVICE GID-INDEX - RDMA writes from the first
device to the second, in the classes of pyverbs, protected by IPsec.

pyverbs 56 has flows, but neither ESP flow actions nor the specs that name them;
the calls of libibverbs for these are inline functions, which no library has. So
security associations are made by libskua's direct verbs, which ctypes can call.
They hold for the whole device: queue pairs of pyverbs need not know of them. An
exemption from them then is made with pyverbs' own Flow.

The addresses are IPv4.
"""

import ctypes
import ipaddress
import os
import socket
import sys
import time
from ctypes import c_char_p, c_int, c_uint8, c_uint16, c_uint32, c_uint64, c_void_p

from pyverbs.addr import GID, AHAttr, GlobalRoute
from pyverbs.cq import CQ
from pyverbs.device import Context
from pyverbs.enums import (
    IBV_ACCESS_LOCAL_WRITE, IBV_ACCESS_REMOTE_WRITE, IBV_FLOW_ATTR_FLAGS_EGRESS,
    IBV_FLOW_SPEC_UDP, IBV_MTU_1024, IBV_QPT_RC, IBV_QPT_UD, IBV_SEND_SIGNALED,
    IBV_WC_RETRY_EXC_ERR, IBV_WC_SUCCESS, IBV_WR_RDMA_WRITE)
from pyverbs.flow import Flow, FlowAttr
from pyverbs.mr import MR
from pyverbs.pd import PD
from pyverbs.qp import QP, QPAttr, QPCap, QPInitAttr
from pyverbs.spec import Ipv4ExtSpec, TcpUdpSpec
from pyverbs.wr import SGE, SendWR

ACCESS = IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE
ROCE_PORT = 4791
SIZE = 16384
PACKETS = SIZE // 1024  # of a write

# infiniband/skuadv.h
ESP_DECRYPT, ESP_ESN = 1, 4
FLOW_PROTO, FLOW_DPORT, PROTECT = 1 << 5, 1 << 7, 2
HARD_LIMIT = 2


class EspAttr(ctypes.Structure):
    """struct skuadv_esp_attr"""
    _fields_ = [
        ("comp_mask", c_uint64), ("flags", c_uint32), ("spi", c_uint32),
        ("reqid", c_uint32), ("replay_window", c_uint16), ("path_mtu", c_uint16),
        ("src", c_uint64 * 2), ("dst", c_uint64 * 2), ("udp_sport", c_uint16),
        ("udp_dport", c_uint16), ("dscp", c_uint8), ("hop_limit", c_uint8),
        ("icv_len", c_uint8), ("key_len", c_uint8), ("key", c_char_p),
        ("seq", c_uint64), ("soft_packets", c_uint64), ("soft_bytes", c_uint64),
        ("hard_packets", c_uint64), ("hard_bytes", c_uint64)]


class FlowDv(ctypes.Structure):
    """struct skuadv_flow_attr"""
    _fields_ = [
        ("comp_mask", c_uint64), ("direction", c_uint32), ("action", c_uint32),
        ("priority", c_uint32), ("reqid", c_uint32), ("esp", c_void_p),
        ("fields", c_uint32), ("src_prefix", c_uint8), ("dst_prefix", c_uint8),
        ("ip_version", c_uint8), ("proto", c_uint8), ("src", c_uint64 * 2),
        ("dst", c_uint64 * 2), ("dmac", c_uint8 * 6), ("smac", c_uint8 * 6),
        ("ethertype", c_uint16), ("vlan", c_uint16), ("sport", c_uint16),
        ("sport_mask", c_uint16), ("dport", c_uint16), ("dport_mask", c_uint16),
        ("spi", c_uint32), ("qpn", c_uint32)]


class SaAttr(ctypes.Structure):
    """struct skuadv_sa_attr"""
    _fields_ = [(name, c_uint64) for name in (
        "comp_mask", "packets", "bytes", "seq", "recent", "replay", "bad_icv",
        "refused")] + [("events", c_uint32), ("flows", c_uint32)]


def library(name, *functions):
    found = ctypes.CDLL(name, use_errno=True)
    for function in functions:
        getattr(found, function).restype = c_void_p
    return found


VERBS = library("libibverbs.so.1", "ibv_get_device_list", "ibv_get_device_name",
                "ibv_open_device")
SKUA = library("libskua.so.1", "skuadv_create_flow_action_esp",
               "skuadv_create_flow")


def made(pointer, what):
    if not pointer:
        raise OSError(ctypes.get_errno(), f"{what}: "
                      f"{os.strerror(ctypes.get_errno())}")
    return c_void_p(pointer)


def raw(gid):
    """A GID as the C structures have it."""
    packed = ipaddress.IPv6Address(gid).packed
    return (c_uint64 * 2).from_buffer_copy(packed)


class Protection:
    """A security association of one device, and the flow that names it."""

    def __init__(self, device, src, dst, spi, key, ingress, limit=0):
        context = self.open(device)
        esp = EspAttr(flags=ESP_ESN | (ESP_DECRYPT if ingress else 0), spi=spi,
                      src=raw(src), dst=raw(dst), icv_len=16, key_len=len(key),
                      key=key, replay_window=64 if ingress else 0,
                      hard_packets=limit)
        self.action = made(SKUA.skuadv_create_flow_action_esp(
            context, ctypes.byref(esp), c_uint32(ctypes.sizeof(esp))), "an SA")
        flow = FlowDv(direction=ingress, action=PROTECT, priority=10,
                      esp=self.action.value, fields=FLOW_PROTO | FLOW_DPORT,
                      proto=socket.IPPROTO_UDP, dport=ROCE_PORT,
                      dport_mask=0xffff, src_prefix=128, dst_prefix=128,
                      src=raw(src), dst=raw(dst))
        self.flow = made(SKUA.skuadv_create_flow(
            context, ctypes.byref(flow), c_uint32(ctypes.sizeof(flow))), "a flow")

    @staticmethod
    def open(name):
        """The C library's own: pyverbs shows nobody the pointer in its Context."""
        count = c_int()
        devices = VERBS.ibv_get_device_list(ctypes.byref(count))
        for device in (c_void_p * count.value).from_address(devices):
            found = VERBS.ibv_get_device_name(c_void_p(device))
            if ctypes.string_at(found).decode() == name:
                return made(VERBS.ibv_open_device(c_void_p(device)), name)
        sys.exit(f"no device {name}")

    def ask(self):
        sa = SaAttr()
        if SKUA.skuadv_query_sa(self.action, ctypes.byref(sa),
                                c_uint32(ctypes.sizeof(sa))):
            sys.exit("an SA does not answer")
        return sa


class End:
    def __init__(self, name, index):
        self.name, self.index = name, index
        self.context = Context(name=name)
        self.gid = self.context.query_gid(1, index).gid
        self.pd = PD(self.context)
        self.cq = CQ(self.context, 16)
        self.mr = MR(self.pd, SIZE, ACCESS)
        self.ud = self.qp_of(IBV_QPT_UD)
        self.qp = None

    def qp_of(self, kind):
        return QP(self.pd, QPInitAttr(qp_type=kind, scq=self.cq, rcq=self.cq,
                                      cap=QPCap(max_send_wr=4, max_recv_wr=1)))

    def renew(self):
        self.qp = self.qp_of(IBV_QPT_RC)

    def connect(self, peer):
        attr = QPAttr(port_num=1)
        attr.qp_access_flags = ACCESS
        attr.dest_qp_num = peer.qp.qp_num
        attr.path_mtu = IBV_MTU_1024
        attr.timeout, attr.retry_cnt, attr.rnr_retry = 14, 3, 7
        attr.min_rnr_timer = 12
        route = GlobalRoute(dgid=GID(peer.gid), sgid_index=self.index,
                            hop_limit=64)
        attr.ah_attr = AHAttr(gr=route, is_global=1, port_num=1)
        self.qp.to_rts(attr)

    def completion(self):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            found, completions = self.cq.poll(1)
            if found:
                return completions[0].status
        sys.exit("no completion")

    def exempt(self, peer, ingress):
        """RoCE to the peer, or from there, passes as it is: pyverbs alone."""
        src, dst = (peer, self) if ingress else (self, peer)
        attr = FlowAttr(num_of_specs=2,
                        flags=0 if ingress else IBV_FLOW_ATTR_FLAGS_EGRESS)
        attr.specs.append(Ipv4ExtSpec(src_ip=four(src.gid), dst_ip=four(dst.gid)))
        attr.specs.append(TcpUdpSpec(IBV_FLOW_SPEC_UDP, dst_port=ROCE_PORT))
        return Flow(self.ud, attr)


def four(gid):
    return str(ipaddress.IPv6Address(gid).ipv4_mapped)


def write(here, there, want=IBV_WC_SUCCESS):
    """By a new connection, since one that failed is of no use any more."""
    here.renew()
    there.renew()
    here.connect(there)
    there.connect(here)
    here.mr.write(os.urandom(SIZE), SIZE)
    wr = SendWR(num_sge=1, sg=[SGE(here.mr.buf, SIZE, here.mr.lkey)],
                opcode=IBV_WR_RDMA_WRITE, send_flags=IBV_SEND_SIGNALED)
    wr.set_wr_rdma(there.mr.rkey, there.mr.buf)
    here.qp.post_send(wr)
    status = here.completion()
    if status != want:
        sys.exit(f"the write ended with status {status}")
    same = here.mr.read(SIZE, 0) == there.mr.read(SIZE, 0)
    if same != (want == IBV_WC_SUCCESS):
        sys.exit("the memory is not what it should be")


def protect(here, there, spi, limit=0):
    key = os.urandom(20)
    return (Protection(here.name, here.gid, there.gid, spi, key, False, limit),
            Protection(there.name, here.gid, there.gid, spi, key, True))


def check(what, got, want):
    print(f"{what}: {got}")
    if got != want:
        sys.exit(f"it should be {want}")


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    here = End(sys.argv[1], int(sys.argv[2]))
    there = End(sys.argv[3], int(sys.argv[4]))

    sealed, opened = protect(here, there, 0x3001, limit=2 * PACKETS)
    protect(there, here, 0x3002)
    write(here, there)
    check("sealed", sealed.ask().packets, PACKETS)
    check("opened", opened.ask().packets, PACKETS)

    exemptions = here.exempt(there, False), there.exempt(here, True)
    write(here, there)
    check("sealed, while exempt", sealed.ask().packets, PACKETS)
    for flow in exemptions:
        flow.close()

    write(here, there)
    check("sealed in all", sealed.ask().packets, 2 * PACKETS)
    # That was the limit: there is no way on, and none in the clear either.
    write(here, there, IBV_WC_RETRY_EXC_ERR)
    check("at its limit", bool(sealed.ask().events & HARD_LIMIT), True)
    check("opened in all", opened.ask().packets, 2 * PACKETS)


if __name__ == "__main__":
    main()
