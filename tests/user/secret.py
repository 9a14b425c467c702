#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""secret.py NUMBER... - a key, byte for byte, which this process has an SA with: it
is in nothing that a core file has of it, nor in what others see of a process."""

import os
import re
import sys

from pyverbs.device import Context

LENGTH = 16


def dumped():
    """Ranges of memory that madvise() has not taken out of core files."""
    with open("/proc/self/smaps", encoding="ascii", errors="replace") as text:
        lines = text.read().splitlines()
    place = None
    for line in lines:
        if match := re.match(r"([0-9a-f]+)-([0-9a-f]+) r.* (\S*)$", line):
            place = int(match[1], 16), int(match[2], 16), match[3]
        elif re.match(r"[0-9a-f]+-", line):
            place = None
        elif line.startswith("VmFlags") and place and "dd" not in line.split():
            if place[2] not in ("[vvar]", "[vvar_vclock]", "[vsyscall]"):
                yield place


def found_in(data, key):
    """Never the key in one piece: it would be found."""
    at = data.find(key[0])
    while at >= 0:
        if all(data[at + i] == key[i] for i in range(1, LENGTH)
               if at + i < len(data)) and at + LENGTH <= len(data):
            return True
        at = data.find(key[0], at + 1)
    return False


def places(key):
    with open("/proc/self/mem", "rb", buffering=0) as memory:
        for start, end, name in dumped():
            for at in range(start, end, 1 << 20):
                memory.seek(at)
                try:
                    data = memory.read(min(end - at, (1 << 20) + LENGTH))
                except OSError:
                    continue
                if found_in(data, key):
                    yield f"{at:x} {name}"


def main():
    key = [int(number) for number in sys.argv[1:]]
    context = Context(name="skua0")
    for place in places(key):
        sys.exit(f"a key is in a core file: {place}")
    for name in ("environ", "cmdline"):
        with open(f"/proc/self/{name}", "rb") as text:
            if bytes(key).hex().encode() in text.read():
                sys.exit(f"a key is in {name}")
    copy = bytes(key)
    if not list(places(key)):
        sys.exit(f"nothing would be found, not even {len(copy)} bytes of ours")
    os.close(os.dup(context.cmd_fd))


main()
