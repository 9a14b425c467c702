# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""The host side of two guests that are joined by every kind of link.

For each guest and each kind there is a skuad with one function, so that one
pair of guests proves them all. Each guest has a NIC of QEMU's besides, for what
is no Skua: commands of the test, and rxe. It is on the bridge of the TAP links.

    guest 0                                                    guest 1
    skuad --- memory ------------------------------------------- skuad
    skuad --- UDP 192.0.11.1 --------------- 192.0.11.2 UDP ---- skuad
    skuad --- TAP --------+-------- bridge --------+------ TAP - skuad
    NIC ----- TAP --------+                        +------ TAP --- NIC
    user mode, on the host: TAP ---------+
    skuad --- packet socket, veth --- veth, packet socket ------ skuad
"""

import json
import os
import stat
import subprocess

import adapter
import user_end

KINDS = ("shm", "udp", "tap", "packet")
MTU = 9000
BRIDGE = "bridge"

# What tshark says of what is in order: RoCEv2 leaves the UDP checksum zero over
# IPv6 too (A17.3.1), and payload is not to be guessed at.
TSHARK = ["tshark", "-n", "--disable-heuristic", "mellanox_eoib",
          "--disable-heuristic", "rpcrdma_infiniband",
          "-o", "udp.ignore_ipv6_zero_checksum:TRUE",
          "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
          "-o", "tcp.check_checksum:TRUE"]
# Of TCP it also tells what is no fault of a link: Linux writes a checksum of zero
# as all ones, as UDP has to, once in 65536 segments (CSUM_MANGLED_0). The pingpongs
# ask for a hop limit of 1.
WRONG = ("_ws.malformed || _ws.expert.severity == error || "
         "(_ws.expert.group == checksum && !tcp.checksum.ffff) || "
         "(infiniband && _ws.expert && !ip.ttl.too_small)")


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def udp_address(number):
    return f"192.0.11.{number + 1}"


def udp_mac(number):
    """What skua_link_mac.h makes of the address: nobody answers ARP there."""
    return f"02:00:c0:00:0b:{number + 1:02x}"


def make_tap(name, owner):
    ip("tuntap", "add", "dev", name, "mode", "tap", "user", str(owner))
    ip("link", "set", name, "mtu", str(MTU), "master", BRIDGE, "up")


def open_tun():
    """The device for all, as udev has it, where the machine's is root's own.
    This mount namespace is that of the guests alone."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/dev/net"], check=True)
    os.mknod("/dev/net/tun", stat.S_IFCHR, os.makedev(10, 200))
    os.chmod("/dev/net/tun", 0o666)


def make_network():
    """A network namespace that is gone with this process and its children."""
    os.unshare(os.CLONE_NEWNET)
    with open("/proc/sys/net/ipv6/conf/default/disable_ipv6", "w",
              encoding="ascii") as switch:
        switch.write("1")
    ip("link", "set", "lo", "up")
    ip("link", "add", BRIDGE, "mtu", str(MTU), "type", "bridge")
    ip("addr", "add", f"{user_end.CONTACT}/24", "dev", BRIDGE)
    ip("link", "set", BRIDGE, "up")
    make_tap(user_end.TAP, adapter.NOBODY)
    # getaddrinfo() knows none of IPv6 where there is none at all.
    ip("addr", "add", user_end.SOME_IPV6, "dev", "lo")
    ip("link", "add", "packet0", "mtu", str(MTU), "type", "veth",
       "peer", "packet1", "mtu", str(MTU))
    for number in range(2):
        ip("addr", "add", f"{udp_address(number)}/24", "dev", "lo")
        make_tap(f"tap{number}", adapter.NOBODY)
        make_tap(nic(number), 0)
        ip("link", "set", f"packet{number}", "up")


def nic(number):
    return f"nic{number}"


def link(kind, number):
    return {"shm": "shm:wires", "udp": f"udp:{udp_address(number)}",
            "tap": f"tap:tap{number}", "packet": f"packet:packet{number}"}[kind]


class Wires:
    def __init__(self, directory, kinds=KINDS):
        open_tun()
        make_network()
        self.skuads = [
            {kind: adapter.Adapter(
                f"{directory}/{kind}{number}", functions=1,
                link=link(kind, number),
                mac=udp_mac(number) if kind == "udp" else None,
                capabilities=["net_raw"] if kind == "packet" else [])
             for kind in kinds} for number in range(2)]
        self.user = user_end.Programs()

    def each(self):
        return [skuad for end in self.skuads for skuad in end.values()]

    def functions(self, number, _guests):
        """In the order of kinds, by which the guest knows which is which."""
        return [skuad.sockets[0] for skuad in self.skuads[number].values()]

    def nics(self, number):
        return [(nic(number), f"02:00:00:00:14:{number + 1:02x}")]

    def kill(self):
        for skuad in self.each():
            skuad.kill()

    def died(self):
        return next(filter(None, (skuad.died() for skuad in self.each())), None)

    def capture(self, kind):
        for end in self.skuads:
            end[kind].control_tool("link", "capture", "start", "--link",
                                   end[kind].link, "--port", "all",
                                   end[kind].capture)
        return ""

    def impair(self, kind, *rule):
        """One rule more for the first end; none of them if none is given."""
        end = self.skuads[0][kind]
        what = ["add", "--link", end.link, *rule] if rule else ["clear"]
        return end.control_tool("link", "impair", *what)

    def ipsec(self, kind):
        """What the device of the first end has of SAs and flows."""
        return self.skuads[0][kind].control_tool("ipsec", "show", "--json")

    def judge(self, kind):
        """End the captures of both ends, on the link and at the port of the
        function: what tshark finds wrong in them, and which protocols where."""
        wrong, found = [], set()
        for end in self.skuads:
            end[kind].control_tool("link", "capture", "stop")
            wrong += tshark(end[kind].capture, "-Y", WRONG)
            found |= set(tshark(end[kind].capture, "-T", "fields",
                                "-e", "_ws.col.Protocol",
                                "-e", "frame.interface_name"))
        return json.dumps({"wrong": wrong[:20], "found": [
            line.replace(f"{kind}:", "link:").partition(":")[0].split("\t")
            for line in sorted(found)]})

    def decipher(self, kind, sas):
        """End the captures. For SAs of source, destination, SPI, key and length
        of ICV: the frames between such addresses that a link had in the clear,
        what tshark finds wrong where it has the keys, and which protocols were
        in each other, on the link and at the port."""
        covered = " || ".join(
            f"({ip_field(source)}.src == {source} && "
            f"{ip_field(source)}.dst == {destination})"
            for source, destination, *_ in sas)
        seen = {"clear": [], "wrong": [], "link": set(), "port": set()}
        for end in self.skuads:
            end[kind].control_tool("link", "capture", "stop")
            capture = end[kind].capture
            seen["clear"] += tshark(
                capture, "-Y", f'frame.interface_name != "port:0" && '
                f"({covered}) && !esp")
            keys = esp_keys(sas)
            seen["wrong"] += tshark(capture, *keys, "-Y", WRONG)
            for line in tshark(capture, *keys, "-T", "fields",
                               "-e", "frame.interface_name",
                               "-e", "frame.protocols"):
                where, stack = line.split("\t")
                seen["port" if where.startswith("port:") else "link"].add(stack)
        return json.dumps({
            "clear": seen["clear"][:20], "wrong": seen["wrong"][:20],
            "link": [stack.split(":") for stack in sorted(seen["link"])],
            "port": [stack.split(":") for stack in sorted(seen["port"])]})


def ip_field(address):
    return "ipv6" if ":" in address else "ip"


def esp_keys(sas):
    """Options with which tshark looks into ESP."""
    words = ["-o", "esp.enable_encryption_decode:TRUE"]
    for source, destination, spi, key, icv in sas:
        family = "IPv6" if ":" in source else "IPv4"
        words += ["-o", f'uat:esp_sa:"{family}","{source}","{destination}",'
                  f'"{spi}","AES-GCM with {icv} octet ICV [RFC4106]","{key}",'
                  '"NULL","","32-bit","0"']
    return words


def tshark(capture, *words):
    return subprocess.run(TSHARK + ["-r", capture, *words], check=True,
                          timeout=60, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout.splitlines()
