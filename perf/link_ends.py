# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""Two ends on this machine: a network namespace each, a CPU each.

The server is in the namespace of the caller, with 10.77.0.1, the client in
"peer", with 10.77.0.2; or both are here. As root, in a network namespace of
one's own.
"""

import os
import subprocess

import perftest

CPU = {"server": os.cpu_count() - 1, "client": 0}
SERVER, CLIENT = "10.77.0.1", "10.77.0.2"
# Not "ip netns exec": the root of a chroot is no mount that it could change.
IN_PEER = ["nsenter", "--net=/run/netns/peer"]
# UCX looks for interfaces where a namespace of mounts shows those of another.
WITH_SYSFS = ["unshare", "--mount", "--propagation", "unchanged", "sh", "-ec",
              'mount -t sysfs sysfs /sys; exec "$@"', "sh"]
NOBODY = ["/skua/src/tests/user/as-nobody"]
# Jumbo frames: the largest path MTU of RoCE needs 4178 bytes.
MTU = "9000"


def ip(line, where=()):
    subprocess.run([*where, "ip", *line.split()], check=True)


def join():
    """Make the other namespace, and the veth that joins it to this one."""
    ip("netns add peer")
    ip(f"link add v0 mtu {MTU} type veth peer name v1 mtu {MTU} netns peer")
    ip(f"addr add {SERVER}/24 dev v0")
    ip("link set v0 up")
    ip(f"addr add {CLIENT}/24 dev v1", IN_PEER)
    ip("link set v1 up", IN_PEER)
    ip("link set lo up", IN_PEER)


def at(end, command, apart=True, user=NOBODY):
    """The command line that runs one at an end."""
    return [*(IN_PEER + WITH_SYSFS if apart and end == "client" else []), *user,
            "taskset", "-c", str(CPU[end]), *command]


def skua(link, line, options=(), client_options=()):
    """The figures of a perftest program over a link of link_plan.LINKS."""
    server, client, address = link
    apart = address == SERVER
    # Not everybody may have a packet socket.
    user = [] if server[1].startswith("packet:") else NOBODY

    def run(end, mine):
        return at(end, ["skua-run", *mine, *options, "--", *line], apart, user)
    return perftest.pair(run("server", server),
                         run("client", [*client, *client_options]), address)
