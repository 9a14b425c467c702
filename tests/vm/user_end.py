# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Stock programs in user mode as a third end, beside two guests: on the host, by a
TAP link on the bridge that the NICs of the guests are on.

The host has the programs (wires.py), a guest has them run (ask.py). Where they
want TCP that is the host's own, with an address of the bridge.
"""

import json
import time

import adapter
import ends
import far
from ask import ask

TAP = "user"
ADDRESSES = {"ipv4": "192.0.21.3", "ipv6": "fd00:21::3"}
CONTACT = "192.0.21.4"
SOME_IPV6 = "fd00:21::4/128"
SKUA_RUN = [*adapter.as_nobody([]), "skua-run", "--link", f"tap:{TAP}",
            *(word for address in ADDRESSES.values()
              for word in ("--address", address)), "--"]
# A listener of rdma_cm is nowhere to be seen; in that time it listens.
LISTENS_SECONDS = 2


class Programs(far.Programs):
    """On the host."""

    def start(self, line, seconds):
        super().start(SKUA_RUN + line, seconds)

    def serve(self, line, seconds):
        if line[0] not in far.CM:
            super().serve(line, seconds)
            return
        self.start(line, seconds)
        time.sleep(LISTENS_SECONDS)


class Asked:
    """The same for a guest."""

    def __getattr__(self, name):
        def call(*words):
            return json.loads(ask("user", json.dumps([name, *words],
                                                     separators=(",", ":"))))
        return call


def end(family):
    return ends.End(Asked(), "skua0",
                    {address: index for index, address in
                     enumerate(ADDRESSES.values())}, ADDRESSES[family], CONTACT)
