#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""ipsec_guest FILE - RC write between two namespaces of a guest, with all that
passes in ESP: by Skua, to which the kernel gives SAs and policies, and by rxe over
the kernel's own IPsec. Rows as those of measure.py.
"""

import argparse
import re
import secrets
import statistics
import subprocess
import sys

import perftest
from ipsec_plan import RXE_GUEST, SKUA_GUEST, WRITE_64K
from perftest import IN_PEER
from rows import Rows

# transport: its name here, the netdevs of both ends
SYSTEMS = {"skua": SKUA_GUEST, "rxe": RXE_GUEST}
RXE_NETDEVS = ("veth0", "veth1")
SPIS = (0x1001, 0x1002)
MODULES = ["esp4", "esp4_offload"]


def ip(where, line, check=True):
    return subprocess.run([*where, "ip", *line], check=check, text=True,
                          stdout=subprocess.PIPE).stdout


def netdevs(transport):
    """Of this namespace and of the other, by the addresses they have."""
    if transport == "rxe":
        return RXE_NETDEVS
    found = []
    for where, (_, address) in zip(([], IN_PEER), perftest.ENDS[transport]):
        said = ip(where, ["-o", "addr", "show", "to", f"{address}/32"])
        found.append(said.split()[1])
    return tuple(found)


def protect(transport, keys):
    """Both directions, in both namespaces; Skua's device does it by itself."""
    addresses = [address for _, address in perftest.ENDS[transport]]
    for own, where in enumerate(([], IN_PEER)):
        for way, src in (("out", own), ("in", 1 - own)):
            ends = ["src", addresses[src], "dst", addresses[1 - src]]
            offload = (["offload", "packet", "dev", netdevs(transport)[own]]
                       if transport == "skua" else [])
            ip(where, ["xfrm", "state", "add", *ends, "proto", "esp", "spi",
                       hex(SPIS[src]), "reqid", "1", "mode", "transport", "aead",
                       "rfc4106(gcm(aes))", f"0x{keys[src]}", "128",
                       *(["replay-window", "64"] if way == "in" else []),
                       *offload, *(["dir", way] if offload else [])])
            ip(where, ["xfrm", "policy", "add", *ends, "dir", way, *offload,
                       "tmpl", *ends, "proto", "esp", "reqid", "1", "mode",
                       "transport"])


def release():
    for where in ([], IN_PEER):
        for what in "policy", "state":
            ip(where, ["xfrm", what, "flush"], check=False)


def packets():
    """What the SAs of this namespace have passed."""
    said = ip([], ["-s", "xfrm", "state"])
    return [int(count) for count in re.findall(
        r"lifetime current:\s+\d+\(bytes\), (\d+)\(packets\)", said)]


def once(transport):
    tool, size, _ = WRITE_64K
    protect(transport, [secrets.token_hex(20) for _ in SPIS])
    try:
        found = perftest.run(transport, tool, size)
        counted = packets()
    finally:
        release()
    if len(counted) != 2 or not all(counted):
        raise perftest.Failed(f"the SAs say that {counted} packets passed them")
    return found


def measure(rows, rounds):
    tool, size, metric = WRITE_64K
    for transport, name in SYSTEMS.items():
        try:
            runs = [once(transport)[metric] for _ in range(rounds)]
        except (perftest.Failed, IndexError, OSError,
                subprocess.SubprocessError) as error:
            rows.fail(name, error)
            continue
        rows.add(name, tool, size, metric, statistics.median(runs))
        print(f"   {name:<12} {tool} {statistics.median(runs):>10.2f} MiB/s",
              flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--revision", default="unknown")
    parser.add_argument("file")
    args = parser.parse_args()
    rows = Rows(revision=args.revision)
    subprocess.run(["modprobe", "-a", *MODULES], check=False)
    measure(rows, args.rounds)
    rows.save(args.file)
    return 0 if rows.rows else 1


if __name__ == "__main__":
    sys.exit(main())
