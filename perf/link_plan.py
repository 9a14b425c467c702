# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""What is measured over links, and the bars that it is held to."""

from plan import KIB, MIB

# tool, bytes, metric
LINES = [
    ("ib_write_bw", 64 * KIB, "bw_avg"),
    ("ib_write_bw", MIB, "bw_avg"),
    ("ib_read_bw", 64 * KIB, "bw_avg"),
    ("ib_send_bw", 64 * KIB, "bw_avg"),
    ("ib_write_bw", 8, "msg_rate"),
    ("ib_write_lat", 2, "lat_typical"),
    ("ib_send_lat", 2, "lat_typical"),
]

# The name here: what skua-run is told at the end of the server and of the client,
# and the address at which the client finds the server. Both ends of shm are in
# one namespace, those of the others in two.
LINKS = {
    "shm": (["--link", "shm:bench", "--address", "198.51.100.1"],
            ["--link", "shm:bench", "--address", "198.51.100.2"], "127.0.0.1"),
    "udp": (["--link", "udp:10.77.0.1"], ["--link", "udp:10.77.0.2"], "10.77.0.1"),
    "packet": (["--link", "packet:v0"], ["--link", "packet:v1"], "10.77.0.1"),
}

# What is compared in the same run, by the link that it is measured beside: a
# bare stream of 4 KiB each, and UCX over TCP on the same veth.
BESIDE = {"shm": ["ring"], "udp": ["stream", "ucx-tcp"], "packet": []}
UCX_LINES = [("ucp_put_bw", 64 * KIB, "bw_avg"), ("ucp_put_lat", 8, "lat_typical")]

# (link, line): comparison, factor, what it is a factor of.
WRITE_64K = ("ib_write_bw", 64 * KIB, "bw_avg")
BARS = [
    ("shm", WRITE_64K, ">=", 0.5, ("ring", "copy", 4 * KIB, "bw_avg")),
    ("udp", WRITE_64K, ">=", 0.4, ("stream", "copy", 4 * KIB, "bw_avg")),
    ("udp", WRITE_64K, ">", 1, ("ucx-tcp", *UCX_LINES[0])),
]

# Loss: writes of 1 MiB, to themselves without.
RECOVERIES = ["selective", "go-back-n"]
LOSS_LINKS = ["udp", "shm"]
LOSS = [0, 0.001, 0.01]
LOSS_BARS = {("selective", 0.001): 0.95, ("selective", 0.01): 0.85,
             ("go-back-n", 0.001): 0.8, ("go-back-n", 0.01): 0.3}

# Which of the systems of congestion.py its bars are for.
CONGESTED = "skua-dcqcn"


def percent(loss):
    return f"{loss * 100:g} %"


def lossy(link, recovery, loss):
    """The name of a link that loses packets."""
    return f"{link}, {recovery}, {percent(loss)} lost"
