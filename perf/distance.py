# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""How far the processors of the two ends are from each other.

A hypervisor moves them about: for seconds at a time they share a cache, and then
do not, and what one reads of the other's memory takes several times as long. Two
figures, one of either time, say nothing of each other.
"""

import json

import link_ends as ends
import peers

LINK_LIMIT = "/skua/out/link-limit"
# So many times as far as ever else is far. Threads of one core are less than
# half as far from each other as two cores with a cache.
FAR = 4
TRIES = 3


def measure():
    """The time of a message by memory and its answer, ns."""
    said = peers.output_of([*ends.NOBODY, LINK_LIMIT, "distance"])
    return json.loads(said[-1])["ns"]


class Distance:
    def __init__(self):
        self.least, self.most = float("inf"), 0
        self.runs, self.far = 0, 0

    def is_far(self, ns):
        self.least, self.most = min(self.least, ns), max(self.most, ns)
        return ns > FAR * self.least

    def run(self, once):
        """What once() gives, tried again if the processors were far apart."""
        for last in range(1 - TRIES, 1):
            before = measure()
            result = once()
            far = self.is_far(max(before, measure()))
            if not far or not last:
                break
        self.runs += 1
        self.far += far
        return result
