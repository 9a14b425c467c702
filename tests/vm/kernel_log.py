# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""What a guest kernel must never have said, whatever the test's own verdict."""

import re

# The words the kernel itself uses when something in it is broken.
BROKEN = re.compile(
    r"BUG:|kernel BUG at|WARNING: .*(?:CPU|at )|Oops|general protection|"
    r"Kernel panic|soft lockup|hard LOCKUP|rcu.*stall|"
    r"blocked for more than \d+ seconds|refcount_t:|list_(?:add|del) corruption|"
    r"BUG kmalloc|UBSAN|unregister_netdevice: waiting for")


def complaints_in(lines):
    return list(dict.fromkeys(
        line.strip() for line in lines if BROKEN.search(line)))


def complaints(*paths):
    found = []
    for path in paths:
        try:
            with open(path, encoding="utf-8", errors="replace") as log:
                found += complaints_in(log)
        except FileNotFoundError:
            continue
    return list(dict.fromkeys(found))
