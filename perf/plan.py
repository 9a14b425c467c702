# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""What is measured, and the bars that Skua's own figures have to reach."""

KIB, MIB = 1 << 10, 1 << 20

# tool, bytes, metric
LINES = [
    ("ib_write_bw", 8, "msg_rate"),
    ("ib_write_bw", 4 * KIB, "bw_avg"),
    ("ib_write_bw", 64 * KIB, "bw_avg"),
    ("ib_write_bw", MIB, "bw_avg"),
    ("ib_read_bw", 64 * KIB, "bw_avg"),
    ("ib_send_bw", 64 * KIB, "bw_avg"),
    ("ib_write_lat", 2, "lat_typical"),
    ("ib_send_lat", 2, "lat_typical"),
]

UNITS = {"bw_avg": "MiB/s", "msg_rate": "Mpps", "lat_typical": "us"}

# (tool, bytes): what the figure is compared with, the comparison, the bar. The
# limit is the host's cold memcpy of the same run; 1.5 GB/s is 1430.5 MiB/s.
BARS = {
    ("ib_write_bw", MIB): ("of memcpy", ">=", 0.8),
    ("ib_write_bw", 64 * KIB): ("of memcpy", ">=", 0.4),
    ("ib_write_bw", 4 * KIB): ("MiB/s", ">=", 1430.5),
    ("ib_write_bw", 8): ("Mpps", ">=", 0.5),
    ("ib_write_lat", 2): ("us", "<=", 10.0),
}


def size_text(size):
    for unit, text in ((MIB, "MiB"), (KIB, "KiB")):
        if size >= unit and size % unit == 0:
            return f"{size // unit} {text}"
    return f"{size} B"
