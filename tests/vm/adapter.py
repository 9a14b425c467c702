# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""skuad on the host side of a guest: an unprivileged process, two functions."""

import os
import shutil
import subprocess
import time

NOBODY = 65534
START_SECONDS = 10


def as_nobody(capabilities):
    """Words before a command, which has these capabilities and no other right."""
    command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}",
               "--clear-groups"]
    if capabilities:
        some = ",".join(f"+{name}" for name in capabilities)
        command += [f"--inh-caps={some}", f"--ambient-caps={some}"]
    return command


class Adapter:
    def __init__(self, directory, functions=2, link=None, mac=None,
                 capabilities=()):
        sockets = f"{directory}/sockets"
        shutil.rmtree(sockets, ignore_errors=True)
        os.makedirs(sockets)
        os.chown(sockets, NOBODY, NOBODY)
        self.expected_end = False
        self.link = link
        self.log = f"{directory}/skuad.log"
        self.control = f"{sockets}/control"
        self.capture = f"{sockets}/capture.pcapng"
        self.sockets = [f"{sockets}/function{n}" for n in range(functions)]
        command = as_nobody(capabilities) + ["skuad", "--control", self.control]
        if link:
            command += ["--link", link]
        for path in self.sockets:
            command += ["--function", f"{path},mac={mac}" if mac else path]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.wait_for_sockets()

    def wait_for_sockets(self):
        end = time.monotonic() + START_SECONDS
        while not all(map(os.path.exists, [self.control] + self.sockets)):
            if self.process.poll() is not None:
                raise SystemExit(f"skuad ended at once: {self.process.returncode}")
            if time.monotonic() > end:
                raise SystemExit(f"skuad made no socket in {START_SECONDS} s")
            time.sleep(0.05)

    def kill(self):
        self.expected_end = True
        self.process.kill()
        self.process.wait()

    def alive(self):
        return self.process.poll() is None

    def died(self):
        """The adapter that ended although nobody asked for that, or None."""
        return None if self.alive() or self.expected_end else self

    def functions(self, number, guests):
        """The sockets for one of so many guests."""
        return self.sockets if guests == 1 else [self.sockets[number]]

    def nics(self, _number):
        """TAP interface and MAC of what else the guest has."""
        return []

    def control_tool(self, *words):
        return subprocess.run(
            ["skuactl", "--control", self.control, *words], check=True,
            timeout=10, stdout=subprocess.PIPE, text=True).stdout

    def stats(self):
        return self.control_tool("stats", "--json")

    def cpu_seconds(self):
        """CPU time so far, of all threads, user and system."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_kib(self):
        """Resident memory beyond the guest's own, which QEMU's memfd holds."""
        total, ours = 0, True
        with open(f"/proc/{self.process.pid}/smaps", encoding="utf-8") as maps:
            for line in maps:
                key = line.split(maxsplit=1)[0]
                if "-" in key and not key.endswith(":"):
                    ours = "memory-backend-memfd" not in line
                elif key == "Rss:" and ours:
                    total += int(line.split()[1])
        return total
