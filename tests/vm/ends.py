# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Stock programs between two ends: RDMA devices in two guests."""

from dataclasses import dataclass

PERFTEST = {
    "rc": ("ib_write_bw", "ib_read_bw", "ib_send_bw", "ib_atomic_bw",
           "ib_write_lat", "ib_read_lat", "ib_send_lat", "ib_atomic_lat"),
    "uc": ("ib_write_bw", "ib_send_bw", "ib_write_lat", "ib_send_lat"),
    "ud": ("ib_send_bw", "ib_send_lat"),
}
# Every test has a name: the transport if there are several, and the program.
TESTS = (["ibv_rc_pingpong", "ibv_uc_pingpong", "ibv_ud_pingpong",
          "ibv_srq_pingpong", "rping", "ucmatose", "udaddy"] +
         [f"{tool} {transport}" for transport, tools in PERFTEST.items()
          for tool in tools])

# perftest takes the largest number that the other end's device offers, and fails
# where its own offers less.
OUTSTANDING = "16"

# Of messages in runs. What a run of them overflows, a TAP interface say, RC sends
# again, and UC has lost.
SIZES = {"rc": 65536, "uc": 8192}

# 4.096 us << 18, a second: the other guest may get no processor for as long as
# the seven timeouts of 67 ms last that perftest would ask for.
TIMEOUT = "18"

SECONDS = 30
# A server that has nothing more to do ends by itself.
PATIENCE = 5


@dataclass
class End:
    """Where programs run, and with which device and addresses of it."""

    programs: object
    rdma: str
    gids: dict
    address: str	# of it
    contact: str	# where programs that need TCP find each other

    @classmethod
    def of(cls, programs, table, netdev, address, contact=None):
        device = table[netdev]
        return cls(programs, device["rdma"], device["gids"], address,
                   contact or address)

    @property
    def gid(self):
        return str(self.gids[self.address])


def pingpong(tool, end, mtu):
    size = mtu if "_ud_" in tool else 3 * mtu + 1
    line = [tool, "-d", end.rdma, "-g", end.gid, "-n", "50", "-s", str(size)]
    if "_ud_" not in tool:
        line += ["-m", str(mtu)]
    return line + (["-c"] if "_rc_" in tool else [])


def perftest(tool, transport, end, mtu):
    """Latency of small messages; bandwidth of some that have several packets."""
    line = [tool, "-F", "-d", end.rdma, "-x", end.gid, "-m", str(mtu), "-n", "50"]
    if tool.endswith("_bw"):
        line += ["-Q", "1", "-t", "16"]
    if "atomic" in tool or "read" in tool:
        line += ["-o", OUTSTANDING]
    if "atomic" not in tool:
        size = 64 if tool.endswith("_lat") else SIZES.get(transport, mtu)
        line += ["-s", str(size)]
    if transport != "rc":
        return line + ["-c", transport.upper()]
    return line + ["-u", TIMEOUT]


def cm_lines(tool, server):
    if tool == "rping":
        both = ["rping", "-a", server.address, "-C", "5", "-V", "-S", "4000"]
        return both + ["-s"], both + ["-c"]
    return ([tool, "-b", server.address, "-c", "2"],
            [tool, "-s", server.address, "-c", "2"])


def lines(test, server, client, mtu):
    """What the server runs, and the client."""
    tool, _, transport = test.partition(" ")
    if transport:
        pair = [perftest(tool, transport, end, mtu) for end in (server, client)]
    elif tool.startswith("ibv_"):
        pair = [pingpong(tool, end, mtu) for end in (server, client)]
    else:
        return cm_lines(tool, server)
    return pair[0], pair[1] + [server.contact]


def run(test, server, client, mtu):
    """None, or what both said where one of them failed."""
    serve, ask = lines(test, server, client, mtu)
    server.programs.serve(serve, SECONDS)
    status, said = client.programs.run(ask, SECONDS)
    server_status, server_said = server.programs.end(PATIENCE)
    if not status and not server_status:
        return None
    return (f"{' '.join(ask)}\n{said}status {status}\n"
            f"{' '.join(serve)}\n{server_said}status {server_status}\n")
