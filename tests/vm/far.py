#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""far.py - programs for the other of two guests, until it has had enough.

Guest 1 runs this; guest 0 asks by Far, a line of JSON each way, through the NICs
that are none of ours.
"""

import ipaddress
import json
import os
import socket
import subprocess
import sys
import tempfile
import time

ADDRESS = ("192.0.20.2", 7000)
BOOT_SECONDS = 240
# rdma_cm listens where /proc/net has nothing to show.
CM = ("rping", "ucmatose", "udaddy", "rdma_server")


def devices():
    """{netdev: {"rdma": its RDMA device, "gids": {IP address: GID index}}}"""
    found = {}
    for rdma in os.listdir("/sys/class/infiniband"):
        port = f"/sys/class/infiniband/{rdma}/ports/1"
        for index in os.listdir(f"{port}/gids"):
            try:
                if read(f"{port}/gid_attrs/types/{index}") != "RoCE v2":
                    continue
                netdev = read(f"{port}/gid_attrs/ndevs/{index}")
            except OSError:  # no such entry in use
                continue
            gid = ipaddress.IPv6Address(read(f"{port}/gids/{index}"))
            device = found.setdefault(netdev, {"rdma": rdma, "gids": {}})
            device["gids"][str(gid.ipv4_mapped or gid)] = int(index)
    return found


def read(path):
    with open(path, encoding="ascii") as text:
        return text.read().strip()


def tcp_listeners():
    rows = []
    for table in ("tcp", "tcp6"):
        with open(f"/proc/net/{table}", encoding="ascii") as text:
            rows += [row.split() for row in text.readlines()[1:]]
    return {row[1] for row in rows if row[3] == "0A"}


def cm_listens():
    said = subprocess.run(["rdma", "resource", "show", "cm_id"], check=False,
                          stdout=subprocess.PIPE, text=True).stdout
    return "state LISTEN" in said


class Programs:
    """One program at a time, here."""

    devices = staticmethod(devices)

    def __init__(self):
        self.others = tcp_listeners()
        self.process = self.output = None

    def start(self, line, seconds):
        self.output = tempfile.TemporaryFile("w+", errors="replace")
        self.process = subprocess.Popen(
            ["timeout", "-k", "2", str(seconds), *line], text=True,
            stdin=subprocess.DEVNULL, stdout=self.output,
            stderr=subprocess.STDOUT)

    def serve(self, line, seconds):
        """Start a server; back when it can be connected to, or will not be."""
        self.start(line, seconds)
        up = cm_listens if line[0] in CM else lambda: tcp_listeners() - self.others
        while self.process.poll() is None and not up():
            time.sleep(0.02)

    def end(self, patience):
        """Status and output of what was started."""
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.terminate()
            self.process.wait()
        with self.output as output:
            output.seek(0)
            return self.process.returncode, output.read()

    def run(self, line, seconds):
        self.start(line, seconds)
        return self.end(seconds + 5)


class Far:
    """The same, there."""

    def __init__(self):
        end = time.monotonic() + BOOT_SECONDS
        while True:
            try:
                self.socket = socket.create_connection(ADDRESS, 2)
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)
        self.socket.settimeout(None)
        self.lines = self.socket.makefile("rw", encoding="utf-8")

    def __getattr__(self, name):
        def call(*words):
            self.lines.write(json.dumps([name, *words]) + "\n")
            self.lines.flush()
            return json.loads(self.lines.readline())
        return call


def main():
    programs = Programs()
    with socket.create_server(ADDRESS) as listener:
        programs.others = tcp_listeners()
        connection, _ = listener.accept()
    with connection, connection.makefile("rw", encoding="utf-8") as lines:
        for line in lines:
            name, *words = json.loads(line)
            lines.write(json.dumps(getattr(programs, name)(*words)) + "\n")
            lines.flush()


if __name__ == "__main__":
    sys.exit(main())
