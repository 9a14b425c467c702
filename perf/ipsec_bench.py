#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""ipsec_bench FILE - take the figures of ipsec_plan.py that need no guest.

As root, in a network namespace of its own. With and without ESP by turns, so that
a disturbance meets both; a value is the median of the rounds. What fails costs its
rows and is reported.
"""

import argparse
import contextlib
import json
import os
import secrets
import sys
import tempfile
from dataclasses import dataclass

import link_ends as ends
import peers
import perftest
from ipsec_plan import (CLEAR, ESP, FEW, LIMIT, LIMIT_ROWS, LINES, MANY, MANY_LINE,
                        UDP_CLEAR, UDP_ESP, WRITE_64K)
from link_bench import Bench, machine
from plan import MIB
from rows import Rows

SPIS = (0x1001, 0x1002)
PROGRAMS = "/skua/out/build/perf"
LATENCY_ITERATIONS = 20000
NOBODY = 65534


@dataclass
class Link:
    """Two ends of one; apart: in two namespaces."""

    addresses: tuple
    words: str  # of skua-run, with the address in {}
    protected: str  # and with ESP
    state: str  # more of each state
    apart: bool

    def run(self, tool, size, paths=None, program="skua-run"):
        """A perftest program over it, in ESP if there are files for both ends."""
        count = LATENCY_ITERATIONS if tool.endswith("_lat") else None
        line = perftest.arguments(tool, "skua0", size, count, ["-m", "4096"])

        def end(name, number):
            words = (self.protected if paths else self.words).format(
                self.addresses[number]).split()
            if paths:
                words += ["--ipsec", paths[number]]
            return ends.at(name, [program, *words, "--", *line], self.apart)
        return perftest.pair(end("server", 0), end("client", 1),
                             self.addresses[0] if self.apart else "127.0.0.1")


SHM = Link(("198.51.100.1", "198.51.100.2"), *["--link shm:ipsec --address {}"] * 2,
           "", False)
UDP = Link((ends.SERVER, ends.CLIENT), "--link udp:{}", "--link udp:{},esp",
           " encap espinudp 4500 4500", True)


def associations(link, number, keys):
    """The file of one end: a key for each direction, and policies for both."""
    def line(way, end):
        src, dst = link.addresses[end], link.addresses[1 - end]
        yield (f"state src {src} dst {dst} spi {SPIS[end]:#x} reqid 1 mode transport "
               f"dir {way} aead 'rfc4106(gcm(aes))' 0x{keys[end]} 128{link.state}")
        yield (f"policy src {src}/32 dst {dst}/32 proto udp dport 4791 dir {way} "
               "tmpl reqid 1")
    return "\n".join([*line("out", number), *line("in", 1 - number)]) + "\n"


@contextlib.contextmanager
def key_files(link):
    """One for each end, with keys that were never used; nobody else reads them."""
    keys = [secrets.token_hex(20) for _ in link.addresses]
    with tempfile.TemporaryDirectory() as scratch:
        # Beside a file skua-run keeps what must not be used again.
        os.chown(scratch, NOBODY, NOBODY)
        paths = [f"{scratch}/{number}" for number in range(2)]
        for number, path in enumerate(paths):
            with open(path, "x", encoding="ascii") as text:
                os.fchmod(text.fileno(), 0o600)
                text.write(associations(link, number, keys))
            os.chown(path, NOBODY, NOBODY)
        yield paths


def esp(link, tool, size, program="skua-run"):
    with key_files(link) as paths:
        return link.run(tool, size, paths, program)


def alone(program, *arguments, of=PROGRAMS):
    return ends.at("client", [f"{of}/{program}", *arguments], False)


def limit():
    """perf/aes_gcm_limit.c has MB/s, and all else here is in MiB/s."""
    said = peers.output_of(alone("aes-gcm-limit", str(LIMIT[2])))
    best = max(row["MB/s"] for row in json.loads("\n".join(said))["rows"]
               if row.items() >= LIMIT_ROWS.items())
    return {"bw_avg": best * 1e6 / MIB}


def many(of=PROGRAMS):
    """By the number of SAs, as FEW and MANY begin."""
    said = peers.output_of(alone(MANY_LINE[0], of=of))
    return json.loads(said[-1])


def rates(bench):
    """Both come of one run, which has them by turns."""
    tool, size, metric = MANY_LINE
    try:
        found = many()
    except (perftest.Failed, ValueError) as error:
        bench.rows.fail("ipsec-many", error)
        return
    for name in FEW, MANY:
        bench.take(name, tool, size, metric,
                   lambda n=name: {metric: found[n.split()[0]]})


def measure(bench):
    for _ in range(bench.rounds):
        name, tool, size, metric = LIMIT
        bench.take(name, tool, size, metric, limit)
        for tool, size, metric in LINES:
            bench.take(CLEAR, tool, size, metric,
                       lambda t=tool, s=size: SHM.run(t, s))
            bench.take(ESP, tool, size, metric, lambda t=tool, s=size: esp(SHM, t, s))
        tool, size, metric = WRITE_64K
        bench.take(UDP_CLEAR, tool, size, metric, lambda: UDP.run(tool, size))
        bench.take(UDP_ESP, tool, size, metric, lambda: esp(UDP, tool, size))
    rates(bench)
    bench.settle()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--revision", default="unknown")
    parser.add_argument("file")
    args = parser.parse_args()
    rows = Rows(**machine(args.revision))
    ends.join()
    measure(Bench(rows, args.rounds))
    rows.save(args.file)
    return 0 if rows.rows else 1


if __name__ == "__main__":
    sys.exit(main())
