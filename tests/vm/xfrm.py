# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""IPsec by `ip xfrm`, offloaded as whole packets, at both ends of a link."""

import json
import re
import time

from ask import ask

REQID = "7"
SPI = 0x1000
# AES-128 and the salt behind it; longer keys repeat it.
KEY = "000102030405060708090a0b0c0d0e0f"
SALT = "a0a1a2a3"


class Failed(Exception):
    """A command did not do what it was told."""


def command(programs, *line, seconds=20):
    """What it said; it must succeed."""
    status, said = programs.run(list(line), seconds)
    if status:
        raise Failed(f"{' '.join(line)}: status {status}\n{said}")
    return said


def key(bits=128):
    return "0x" + (KEY * 2)[:bits // 4] + SALT


def counters(programs, device):
    """{name: value} of what the device has counted of IPsec."""
    said = command(programs, "ethtool", "-S", device)
    return {name: int(value)
            for name, value in re.findall(r"\bipsec_(\w+): (\d+)", said)}


def flush(both):
    for programs in both:
        command(programs, "ip", "xfrm", "policy", "flush")
        command(programs, "ip", "xfrm", "state", "flush")


class Peers:
    """Both ends of one link, with their addresses there."""

    def __init__(self, programs, device, prefix, offload="packet"):
        self.programs = programs
        self.device = device
        self.addresses = [f"{prefix}1", f"{prefix}2"]
        self.offload = ["offload", offload, "dev", device] if offload else []
        # Of what the device only has the cipher, the kernel has the policy.
        self.policies_offload = self.offload if offload == "packet" else []

    def ways(self, me):
        """(direction, source, destination, SPI) as this end sees them."""
        mine, other = self.addresses[me], self.addresses[1 - me]
        return (("out", mine, other, SPI + me),
                ("in", other, mine, SPI + 1 - me))

    def state(self, way, *more, bits=128, icv=128, mode="transport", window=32):
        """Words that add the state of one of ways()."""
        direction, source, destination, spi = way
        if direction == "in":
            more += ("replay-window", str(window))
        return ["ip", "xfrm", "state", "add", "src", source, "dst", destination,
                "proto", "esp", "spi", hex(spi), "reqid", REQID, "mode", mode,
                *more, "aead", "rfc4106(gcm(aes))", key(bits), str(icv),
                *self.offload, "dir", direction]

    def policy(self, way, mode="transport", priority=100):
        direction, source, destination, _ = way
        return ["ip", "xfrm", "policy", "add", "src", source, "dst", destination,
                "dir", direction, "priority", str(priority),
                *self.policies_offload,
                "tmpl", "src", source, "dst", destination, "proto", "esp",
                "reqid", REQID, "mode", mode]

    def states(self, *more, **form):
        for me, programs in enumerate(self.programs):
            for way in self.ways(me):
                command(programs, *self.state(way, *more, **form))

    def policies(self, mode="transport"):
        for me, programs in enumerate(self.programs):
            for way in self.ways(me):
                command(programs, *self.policy(way, mode))

    def protect(self, *more, **form):
        self.states(*more, **form)
        self.policies(form.get("mode", "transport"))

    def counters(self, me):
        return counters(self.programs[me], self.device)

    def ping(self, *more, seconds=10):
        return self.programs[0].run(
            ["ping", "-c", "3", "-i", "0.2", "-W", "2", *more,
             self.addresses[1]], seconds)

    def capture(self):
        ask("capture", self.device)

    def captured(self, bits=128, icv=128):
        """End the capture: what wires.py's decipher() tells of it."""
        sas = [[*way[1:3], hex(way[3]), key(bits), icv // 8]
               for way in self.ways(0)]
        return json.loads(ask("decipher", self.device, json.dumps(
            sas, separators=(",", ":"))))


def until(seconds, condition):
    """Whether it came true in that time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True
