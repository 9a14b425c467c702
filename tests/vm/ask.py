#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""ask VERB [WORD...] - a question of a guest's job to the host (answers.py)."""

import os
import sys
import time

SHARE = "/skua/share"
SECONDS = 90


class Refused(Exception):
    """The host could not do what was asked."""


def ask(*words):
    name = f"{os.getpid()}-{time.monotonic_ns()}"
    question, answer = f"{SHARE}/ask/{name}", f"{SHARE}/answer/{name}"
    with open(f"{question}.new", "w", encoding="utf-8") as out:
        out.write(" ".join(map(str, words)))
    os.rename(f"{question}.new", question)
    end = time.monotonic() + SECONDS
    while not os.path.exists(answer):
        if time.monotonic() > end:
            raise Refused(f"no answer from the host in {SECONDS} s")
        time.sleep(0.02)
    with open(answer, encoding="utf-8") as reply:
        status = int(reply.readline())
        text = reply.read()
    os.unlink(answer)
    if status:
        raise Refused(text.strip())
    return text


if __name__ == "__main__":
    try:
        sys.stdout.write(ask(*sys.argv[1:]))
    except Refused as refused:
        sys.exit(f"ask: {refused}")
