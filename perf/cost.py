# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""What the adapter costs: traps per message, CPU when idle, memory, idle QPs."""

import contextlib
import json
import subprocess
import time

import perftest
from ask import Refused, ask
from plan import LINES

IDLE_SECONDS = 10
QPS = 1000
QPS_SECONDS = 120


def stats_total(name):
    """A counter of skuad, over its functions."""
    return sum(function[name]
               for function in json.loads(ask("stats")))


def use():
    return json.loads(ask("use"))


def traps(measurement):
    """Region writes while an ib_write_bw posts far more messages than that."""
    before = {name: stats_total(name) for name in ("region_writes", "kicks", "irqs")}
    run = measurement.line("skua", "ib_write_bw", 64, "msg_rate", "skua-traps")
    if run is None:
        return
    measurement.add("skua-traps", "ib_write_bw", 64, "messages",
                    run["iterations"], "messages")
    for name, start in before.items():
        measurement.add("skua-traps", "ib_write_bw", 64, name,
                        stats_total(name) - start, "events")


def idle_cpu(measurement, label):
    start = use()
    time.sleep(IDLE_SECONDS)
    end = use()
    share = (end["cpu_seconds"] - start["cpu_seconds"]) / (end["at"] - start["at"])
    measurement.add(label, "idle", 0, "cpu", round(share * 100, 3), "% of a core")


@contextlib.contextmanager
def idle_qps():
    """The given number of connected QPs that nothing is posted to."""
    holder = subprocess.Popen(
        ["python3", "/skua/src/perf/idle_qps.py", "skua0", str(QPS)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        if holder.stdout.readline().strip() != "ready":
            raise perftest.Failed(f"{QPS} QPs could not be made")
        yield
    finally:
        holder.stdin.close()
        holder.wait(QPS_SECONDS)


def with_idle_qps(measurement):
    label = f"skua+{QPS}qp"
    with idle_qps():
        measurement.add(label, "skuad", 0, "resident",
                        round(use()["resident_kib"] / 1024, 1), "MiB")
        idle_cpu(measurement, label)
        for tool, size, metric in LINES:
            measurement.line("skua", tool, size, metric, label)


def measure(measurement):
    for part in (traps, lambda m: idle_cpu(m, "skua"), with_idle_qps):
        try:
            part(measurement)
        except (Refused, perftest.Failed, KeyError,
                subprocess.TimeoutExpired) as error:
            measurement.fail("cost of the adapter", error)
