#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""interop_ipsec.py ROWS - Skua with IPsec offloaded as whole packets, and Linux rxe
with that of the kernel: stock programs in both roles, for each kind of SA.

Guest 0 has the function of Skua, guest 1 rxe on a NIC that is none of ours, as in
interop.py.
"""

import itertools
import sys

import far
import interop
import xfrm

sys.path.insert(0, "/skua/src/tests")
import results  # noqa: E402  (shared with the part that runs on the host)

DEVICES = ("tap", "nic")
MTU = 4096
IN_UDP = "transport, AES-128, in UDP"
# The kernel takes ESP out of UDP for who has such a socket, as IKE daemons do:
# UDP_ENCAP of udp(7), for UDP_ENCAP_ESPINUDP. What comes there is not to be in ESP
# itself, by an IP_XFRM_POLICY, struct xfrm_userpolicy_info: in, allow, for IPv4.
SOCKET = """
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('', 4500))
policy = bytearray(168)
policy[40] = socket.AF_INET
s.setsockopt(socket.IPPROTO_IP, 17, bytes(policy))
s.setsockopt(socket.IPPROTO_UDP, 100, 2)
time.sleep(900)
"""

# Options of xfrm.Peers.protect().
KINDS = {
    "transport, AES-128": ((), {}),
    "transport, AES-256, ESN": (("flag", "esn"), {"bits": 256, "window": 128}),
    "tunnel, AES-128": ((), {"mode": "tunnel"}),
    "tunnel, AES-256, ESN": (("flag", "esn"),
                             {"mode": "tunnel", "bits": 256, "window": 128}),
    IN_UDP: (("encap", "espinudp", "4500", "4500", "0.0.0.0"), {}),
}
TESTS = ("ibv_rc_pingpong", "ib_write_bw rc", "ib_read_bw rc", "ib_send_bw rc",
         "ib_atomic_bw rc", "ib_send_bw ud", "rping")


class Peers(xfrm.Peers):
    """The kernel of guest 1 does all itself."""

    def __init__(self, programs, prefix):
        super().__init__(programs, DEVICES[0], prefix)
        self.ends = self, xfrm.Peers(programs, DEVICES[1], prefix, offload=None)

    def states(self, *more, **form):
        for me, end in enumerate(self.ends):
            for way in self.ways(me):
                xfrm.command(self.programs[me], *end.state(way, *more, **form))

    def policies(self, mode="transport"):
        for me, end in enumerate(self.ends):
            for way in self.ways(me):
                xfrm.command(self.programs[me], *end.policy(way, mode))


def sealed(peers, before):
    """None, or why it may have been in the clear."""
    return None if counts(peers) > before else "nothing was sealed or opened"


def counts(peers):
    """Of datagrams nothing may come back."""
    seen = peers.counters(0)
    return seen["tx_packets"] + seen["rx_packets"]


def tries(kinds=KINDS, tests=TESTS):
    for kind, family in itertools.product(kinds, interop.FAMILIES):
        if family == "ipv6" and kind == IN_UDP:
            continue
        yield kind, family, list(itertools.product(tests, interop.CLIENTS))


def run(there, kind, family, cells):
    """Pairs: what was tried, and None or what went wrong."""
    both = interop.Interop(there)
    both.set_mtu(MTU)
    peers = Peers((both.here, there), interop.PREFIXES[family])
    more, form = KINDS[kind]
    peers.protect(*more, **form)
    # Now the kernel knows what the policy of a socket is.
    if kind == IN_UDP:
        xfrm.command(there, "sh", "-c", f'setsid python3 -c "{SOCKET}" '
                     "</dev/null >/dev/null 2>&1 &")
    try:
        for test, client in cells:
            before = counts(peers)
            problem = both.run(test, client, family, MTU)
            yield (f"{test}, {client} is client, {family}, {kind}",
                   problem or sealed(peers, before))
    finally:
        xfrm.flush(peers.programs)


def sample():
    """What cannot be seen with two ends that are both Skua's: each side begins."""
    return (("transport, AES-256, ESN", "ipv4",
             [("ibv_rc_pingpong", "skua"), ("ib_write_bw rc", "rxe")]),
            ("tunnel, AES-128", "ipv6",
             [("ib_read_bw rc", "skua"), ("ibv_rc_pingpong", "rxe")]))


def main():
    rows, = sys.argv[1:]
    if far.read("/skua/share/number") != "0":
        far.main()
        results.add(rows, "passed", "interop with IPsec far end")
        return
    there, works = far.Far(), {}
    for kind, family, cells in tries():
        for what, problem in run(there, kind, family, cells):
            results.add(rows, "failed" if problem else "passed",
                        f"interop {what}", "", problem or "")
            works.setdefault((kind, family), []).append(not problem)
    for (kind, family), each in works.items():
        print(f"{kind}, {family}: {sum(each)} of {len(each)}")


if __name__ == "__main__":
    main()
