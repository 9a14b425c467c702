#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""interop.py ROWS JSON - Linux rxe and Skua: stock programs in both roles, over
IPv4 and IPv6, with both MTUs.

Guest 0 has the function of Skua, guest 1 rxe on a NIC that is none of ours.
"""

import itertools
import json
import sys

import ends
import far

sys.path.insert(0, "/skua/src/tests")
import results  # noqa: E402  (shared with the part that runs on the host)

CLIENTS = ("skua", "rxe")
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

    def run(self, test, client, family, mtu):
        """None, or what went wrong."""
        self.set_mtu(mtu)
        prefix = PREFIXES[family]
        # Those that want TCP have it over IPv4, whatever the GIDs are.
        skua, rxe = (
            ends.End.of(programs, table, netdev, f"{prefix}{number}",
                        f"{PREFIXES['ipv4']}{number}")
            for programs, table, netdev, number in (
                (self.here, self.tables[0], "tap", 1),
                (self.there, self.tables[1], "nic", 2)))
        if client == "skua":
            return ends.run(test, rxe, skua, mtu)
        return ends.run(test, skua, rxe, mtu)


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


if __name__ == "__main__":
    main()
