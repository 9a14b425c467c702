# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""What is measured of IPsec, and the bars that it is held to."""

from plan import KIB

# tool, bytes, metric
WRITE_64K = ("ib_write_bw", 64 * KIB, "bw_avg")
LATENCIES = [("ib_write_lat", 2, "lat_typical"), ("ib_send_lat", 2, "lat_typical")]
LINES = [WRITE_64K, *LATENCIES]

# Links between two programs in user mode, of shared memory, and of UDP sockets in
# two network namespaces: in the clear, and with all RoCE packets in ESP (in UDP
# there), transport mode, AES-128-GCM with an ICV of 16 bytes. Of the second only
# the rate: the time of a message is that of the sockets.
CLEAR, ESP = "shm", "shm, ESP"
UDP_CLEAR, UDP_ESP = "udp", "udp, ESP"

# What no program can be faster than: AES-128-GCM of 4 KiB on one processor, by
# whichever library and interface is the fastest. Rows of perf/aes_gcm_limit.c that
# tell.
LIMIT = ("aes-gcm", "seal", 4 * KIB, "bw_avg")
LIMIT_ROWS = {"key": 128, "bytes": 4 * KIB, "op": "seal"}

# Datagrams of 4 KiB between two adapters of one thread, by the number of SAs.
FEW, MANY = "1 SA", "10000 SAs"
MANY_LINE = ("ipsec-many", 4 * KIB, "msg_rate")

# In one guest, between two network namespaces.
SKUA_GUEST, RXE_GUEST = "skua, xfrm", "rxe, xfrm"

# (name, what is measured, how it is compared, with what factor of what)
SHARES = [
    ("RC write 64 KiB, shm, ESP to none", (ESP, *WRITE_64K), ">=", 0.6,
     (CLEAR, *WRITE_64K)),
    ("RC write 64 KiB, udp, ESP to none", (UDP_ESP, *WRITE_64K), ">=", 0.6,
     (UDP_CLEAR, *WRITE_64K)),
    ("RC write 64 KiB, shm, to AES-GCM of one core", (ESP, *WRITE_64K), ">=", 0.4,
     LIMIT),
    ("RC write 64 KiB, guest, to rxe with xfrm", (SKUA_GUEST, *WRITE_64K), ">=", 20,
     (RXE_GUEST, *WRITE_64K)),
    ("10000 SAs by turns, to one", (MANY, *MANY_LINE), ">=", 0.9, (FEW, *MANY_LINE)),
]
ADDED_US = 1.5
