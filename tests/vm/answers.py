# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""What a job in the guest may ask of the host, through the shared directory.

The guest renames a request to ask/ID (ask.sh, ask.py); the host writes the
reply to answer/ID: a line with the status, then the output. The verbs are the
table at the end; anything else is refused.
"""

import json
import os
import subprocess
import time


# s, in which skuad reads what QEMU has sent.
READ_SECONDS = 0.05


class Answers:
    def __init__(self, share, adapter, guest):
        self.adapter = adapter
        self.guest = guest
        self.asked = f"{share}/ask"
        self.answered = f"{share}/answer"
        os.makedirs(self.asked)
        os.makedirs(self.answered)

    def poll(self):
        for name in os.listdir(self.asked):
            if name.endswith(".new"):
                continue
            with open(f"{self.asked}/{name}", encoding="utf-8") as request:
                words = request.read().split()
            os.unlink(f"{self.asked}/{name}")
            self.reply(name, words)

    def reply(self, name, words):
        try:
            text = "0\n" + self.answer(words)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError,
                OSError, subprocess.SubprocessError) as error:
            text = f"1\n{type(error).__name__}: {error}\n"
        with open(f"{self.answered}/{name}.new", "w", encoding="utf-8") as out:
            out.write(text)
        os.rename(f"{self.answered}/{name}.new", f"{self.answered}/{name}")

    def answer(self, words):
        return VERBS[words[0]](self, *words[1:])

    def need_adapter(self):
        if not self.adapter.alive():
            raise ValueError("no skuad runs")
        return self.adapter

    def kill_skuad(self):
        """Between two requests of QEMU. Where one is left unread it has ECONNRESET
        of the socket, and stops at an assertion: it makes a second error of it in
        the place of the first (vfio_user_recv_hdr())."""
        adapter = self.need_adapter()
        with self.guest.stopped():
            time.sleep(READ_SECONDS)
            adapter.kill()
        return ""

    def stats(self):
        return self.need_adapter().stats()

    def use(self):
        adapter = self.need_adapter()
        return json.dumps({"at": time.monotonic(),
                           "cpu_seconds": adapter.cpu_seconds(),
                           "resident_kib": adapter.resident_kib()}) + "\n"

    def capture(self, kind):
        return self.adapter.capture(kind)

    def judge(self, kind):
        return self.adapter.judge(kind)

    def impair(self, kind, *rule):
        return self.adapter.impair(kind, *rule)

    def ipsec(self, kind):
        return self.adapter.ipsec(kind)

    def decipher(self, kind, sas):
        return self.adapter.decipher(kind, json.loads(sas))

    def user(self, call):
        name, *words = json.loads(call)
        return json.dumps(getattr(self.adapter.user, name)(*words))

    def memcpy(self, size):
        return subprocess.run(
            ["/skua/out/memcpy-limit", str(int(size))], check=True, timeout=60,
            stdout=subprocess.PIPE, text=True).stdout


VERBS = {
    "kill-skuad": Answers.kill_skuad,
    "stats": Answers.stats,
    "use": Answers.use,
    "memcpy": Answers.memcpy,
    "capture": Answers.capture,
    "judge": Answers.judge,
    "impair": Answers.impair,
    "ipsec": Answers.ipsec,
    "decipher": Answers.decipher,
    "user": Answers.user,
}
