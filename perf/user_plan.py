# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""What is measured without a guest, and the bars of user mode."""

from plan import KIB, MIB

# tool, bytes, metric
SKUA = [
    ("ib_write_bw", 8, "msg_rate"),
    ("ib_write_bw", 4 * KIB, "bw_avg"),
    ("ib_write_bw", 64 * KIB, "bw_avg"),
    ("ib_write_bw", MIB, "bw_avg"),
    ("ib_read_bw", 64 * KIB, "bw_avg"),
    ("ib_send_bw", 64 * KIB, "bw_avg"),
    ("ib_write_lat", 2, "lat_typical"),
    ("ib_send_lat", 2, "lat_typical"),
]

UCX = [
    ("ucp_put_bw", 8, "msg_rate"),
    ("ucp_put_bw", 64 * KIB, "bw_avg"),
    ("ucp_put_bw", MIB, "bw_avg"),
    ("ucp_put_lat", 8, "lat_typical"),
    ("tag_lat", 8, "lat_typical"),
]

# The name here, and what UCX_TLS says. posix is a direct shared mapping: it
# moves only what was allocated in it. With cma, a put that is large enough is
# one process_vm_writev().
UCX_TRANSPORTS = {"ucx-posix": "posix,self", "ucx-cma": "posix,cma,self",
                  "ucx-tcp": "tcp,self"}

# fi_pingpong bounces a message: its bandwidth is that of one way at a time.
LIBFABRIC = [
    ("fi_pingpong", 8, "lat_typical"),
    ("fi_pingpong", 64 * KIB, "bw_avg"),
    ("fi_pingpong", MIB, "bw_avg"),
]

LIBFABRIC_TRANSPORTS = {"ofi-shm": "shm", "ofi-tcp": "tcp"}

# Limits, by the names that the limit programs give them.
MEMCPY_SIZES = [4 * KIB, 64 * KIB, MIB]
PVM_SIZES = [64 * KIB, MIB]

TRANSPORTS = ["skua-user", *UCX_TRANSPORTS, *LIBFABRIC_TRANSPORTS]

# What a peer has that is nearest to what the verb does.
COUNTERPARTS = {
    ("ib_write_bw", 8): [("ucp_put_bw", 8)],
    ("ib_write_bw", 64 * KIB): [("ucp_put_bw", 64 * KIB), ("fi_pingpong", 64 * KIB)],
    ("ib_write_bw", MIB): [("ucp_put_bw", MIB), ("fi_pingpong", MIB)],
    ("ib_write_lat", 2): [("ucp_put_lat", 8), ("fi_pingpong", 8)],
    ("ib_send_lat", 2): [("tag_lat", 8), ("fi_pingpong", 8)],
}

# Bars: a line of SKUA, a comparison, a factor, and what it is a factor of: a
# transport's counterpart, or 1 in the unit of the line.
BARS = [
    *((("ib_write_bw", size), sign, factor, of)
      for size in (64 * KIB, MIB)
      for sign, factor, of in (
          (">=", 0.8, "pvm"), (">=", 0.4, "ucx-posix"), (">", 1, "ucx-cma"),
          (">", 1, "ucx-tcp"), (">", 1, "ofi-shm"), (">", 1, "ofi-tcp"))),
    (("ib_write_bw", 8), ">=", 3, None),
    (("ib_write_lat", 2), "<=", 2, None),
    (("ib_write_lat", 2), "<", 1, "ucx-tcp"),
    (("ib_write_lat", 2), "<", 1, "ofi-tcp"),
    (("ib_send_lat", 2), "<=", 1.5, None),
]
START_BAR = 0.1  # seconds more
# What the kernel's own accounting may attribute to a process that sleeps.
IDLE_BAR = 0.01  # % of a core


def lines_of(transport):
    if transport in UCX_TRANSPORTS:
        return UCX
    return LIBFABRIC if transport in LIBFABRIC_TRANSPORTS else SKUA
