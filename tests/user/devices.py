#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""devices.py N - N devices of this process differ, and reach each other."""

import sys

sys.path.insert(0, "/skua/src/tests/vm")
# pylint: disable=wrong-import-position
from loop import Loop  # noqa: E402
from pyverbs.device import get_device_list  # noqa: E402

SIZE = 10000


def one_of_each(what, values):
    if len(set(values)) != len(values):
        sys.exit(f"devices have the same {what}: {values}")


def transfer(here, there, text):
    """A write from one device to the other, or to itself."""
    here.connect(here.qps[0], there.qps[1].qp_num, there.gid())
    there.connect(there.qps[1], here.qps[0].qp_num, here.gid())
    src, dst = here.memory(SIZE), there.memory(SIZE)
    src.write(text * SIZE, SIZE)
    here.post((src.buf, src.lkey), (dst.buf, dst.rkey), SIZE)
    here.expect(0)
    if dst.read(SIZE, 0) != text.encode() * SIZE:
        sys.exit(f"the data from {here.name} to {there.name} did not arrive")


def main():
    names = [f"skua{number}" for number in range(int(sys.argv[1]))]
    found = sorted(device.name.decode() for device in get_device_list())
    if found != names:
        sys.exit(f"there are {found}")
    loops = [Loop(name=name) for name in names]
    one_of_each("GID", [loop.gid() for loop in loops])
    one_of_each("GUID", [loop.context.query_device().node_guid for loop in loops])
    for number, here in enumerate(names):
        for there in names:
            transfer(Loop(name=here), Loop(name=there), chr(65 + number))


if __name__ == "__main__":
    main()
