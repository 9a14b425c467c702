#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""interop.py ROWS JSON - Linux rxe and Skua: stock programs in both roles, over
IPv4 and IPv6, with both MTUs; and with user mode in place of Skua's drivers.

Guest 0 has the function of Skua, guest 1 rxe on a NIC that is none of ours. User
mode is on the host (user_end.py).
"""

import itertools
import json
import sys

import ends
import far
import user_end

sys.path.insert(0, "/skua/src/tests")
import results  # noqa: E402  (shared with the part that runs on the host)

CLIENTS = ("skua", "rxe")
# And in user mode:
USER_CLIENTS = ("user", "rxe")
FAMILIES = ("ipv4", "ipv6")
# Path MTU and, of it, that of the interfaces, as rdma_cm has no say in this.
MTUS = {4096: 9000, 1024: 1500}
PREFIXES = {"ipv4": "192.0.21.", "ipv6": "fd00:21::"}


class Interop:
    def __init__(self, there):
        self.here, self.there = far.Programs(), there
        self.tables = far.devices(), there.devices()
        self.mtu = None

    def set_mtu(self, mtu):
        if mtu == self.mtu:
            return
        for programs, netdev in (self.here, "tap"), (self.there, "nic"):
            programs.run(["ip", "link", "set", netdev, "mtu", str(MTUS[mtu])], 10)
        self.mtu = mtu

    def end(self, programs, netdev, number, family):
        """Those that want TCP have it over IPv4, whatever the GIDs are."""
        return ends.End.of(programs, self.tables[number - 1], netdev,
                           f"{PREFIXES[family]}{number}",
                           f"{PREFIXES['ipv4']}{number}")

    def with_rxe(self, test, client, ours, family, mtu):
        self.set_mtu(mtu)
        rxe = self.end(self.there, "nic", 2, family)
        if client == "rxe":
            return ends.run(test, ours, rxe, mtu)
        return ends.run(test, rxe, ours, mtu)

    def run(self, test, client, family, mtu):
        """None, or what went wrong."""
        skua = self.end(self.here, "tap", 1, family)
        return self.with_rxe(test, client, skua, family, mtu)

    def run_user(self, test, client, family, mtu):
        """The same with user mode."""
        # Each program there is a host of its own, with an address of Ethernet.
        self.there.run(["ip", "neigh", "flush", "dev", "nic"], 10)
        return self.with_rxe(test, client, user_end.end(family), family, mtu)


def user_matrix():
    """One MTU: what depends on it is the engine, as it is for drivers."""
    return itertools.product(ends.TESTS, USER_CLIENTS, FAMILIES, [4096])


def user_sample():
    return (("rping", "user", "ipv4", 4096), ("ib_read_bw rc", "rxe", "ipv4", 4096),
            ("rping", "rxe", "ipv6", 4096), ("ib_write_bw rc", "user", "ipv6", 4096))


def matrix():
    """All there is to try, in an order that changes MTUs once."""
    for mtu, test, client, family in itertools.product(
            MTUS, ends.TESTS, CLIENTS, FAMILIES):
        yield test, client, family, mtu


def sample():
    """Each test once, and its neighbours in the list otherwise than it."""
    ways = list(itertools.product(CLIENTS, FAMILIES, MTUS))
    some = [(test, *ways[i * 3 % len(ways)]) for i, test in enumerate(ends.TESTS)]
    return sorted(some, key=lambda cell: cell[3], reverse=True)


def main():
    rows, found_path = sys.argv[1:]
    if far.read("/skua/share/number") != "0":
        # The row that says that this guest came so far.
        far.main()
        results.add(rows, "passed", "interop far end")
        return
    interop = Interop(far.Far())
    found = []
    for test, client, family, mtu in matrix():
        problem = interop.run(test, client, family, mtu)
        name = f"interop {test}, {client} is client, {family}, MTU {mtu}"
        results.add(rows, "failed" if problem else "passed", name, "",
                    problem or "")
        found.append({"test": test, "client": client, "family": family,
                      "mtu": mtu, "works": not problem})
        with open(found_path, "w", encoding="utf-8") as text:
            json.dump(found, text, indent=1)
    for test, client, family, mtu in user_matrix():
        problem = interop.run_user(test, client, family, mtu)
        results.add(rows, "failed" if problem else "passed",
                    f"interop {test}, user mode and rxe, {client} is client, "
                    f"{family}, MTU {mtu}", "", problem or "")


if __name__ == "__main__":
    main()
