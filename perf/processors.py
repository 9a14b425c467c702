# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Whether the two ends have a core each, and how far from each other.

A hypervisor moves processors about: for parts of a second, or for minutes, they
are threads of one core, which each has half of, and then cores that are near each
other or far, where what one reads of the other's memory takes several times as
long. Two figures of different times say nothing of each other, and one of half a
core nothing of the limit of a whole one.
"""

import json

import link_ends as ends
import peers

PROCESSORS = "/skua/out/processors"
# Such a share of the time with one core spoils a figure.
SHARED = 0.25
# So many times as far as ever else is far.
FAR = 4
TRIES = 3


def measure():
    """What perf/processors.c says: "ns" and "shared"."""
    return json.loads(peers.output_of([*ends.NOBODY, PROCESSORS])[-1])


class Processors:
    def __init__(self):
        self.runs, self.far, self.shared = 0, 0, 0
        self.least, self.most = float("inf"), 0
        self.apart = False  # there was a run with a core for each end

    def look(self, *seen):
        """Whether they were far apart, and whether they shared a core."""
        if max(at["shared"] for at in seen) > SHARED:
            return False, True
        self.least = min(self.least, *(at["ns"] for at in seen))
        self.most = max(self.most, *(at["ns"] for at in seen))
        self.apart = True
        return max(at["ns"] for at in seen) > FAR * self.least, False

    def run(self, once):
        """What once() gives, tried again if it can have better processors."""
        for last in range(1 - TRIES, 1):
            before = measure()
            result = once()
            far, shared = self.look(before, measure())
            if not (far or shared and self.apart) or not last:
                break
        self.runs += 1
        self.far += far
        self.shared += shared
        return result
