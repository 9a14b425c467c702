#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""pick.py IN OUT - of a capture keep the first frames of each kind.

Of a kind are frames with the same EtherTypes, BTH opcode, flags and length.
"""

import struct
import sys

KEEP = 2
TAGGED, IPV4 = 0x8100, 0x0800


def frames(data):
    """Whole records of a pcap in this machine's byte order, with headers."""
    offset = 24
    while offset < len(data):
        size, = struct.unpack_from("=I", data, offset + 8)
        yield data[offset:offset + 16 + size], data[offset + 16:][:size]
        offset += 16 + size


def kind(frame):
    ether, = struct.unpack_from("!H", frame, 12)
    offset, tagged = 14, ether == TAGGED
    if tagged:
        ether, = struct.unpack_from("!H", frame, 16)
        offset = 18
    bth = offset + (20 if ether == IPV4 else 40) + 8
    return ether, tagged, frame[bth], frame[bth + 1], len(frame)


def main():
    with open(sys.argv[1], "rb") as source:
        data = source.read()
    seen = {}
    with open(sys.argv[2], "wb") as out:
        out.write(data[:24])
        for record, frame in frames(data):
            count = seen.setdefault(kind(frame), 0)
            seen[kind(frame)] += 1
            if count < KEEP:
                out.write(record)


if __name__ == "__main__":
    main()
