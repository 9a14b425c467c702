#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""behave.py CASE - do what programs do behind a library's back, and go on."""

import ctypes
import mmap
import multiprocessing
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

SIZE = 4096
LOCAL_ERRORS = {4, 6, 10, 11}  # local protection, bad response, remote access, op
CHILD_SECONDS = 10
RDMA_PS_TCP = 0x106
PAGE = 4096
BLOCK = 1 << 20
INSIDE = BLOCK - 2 * PAGE
BLOCKS = 20
M_MMAP_THRESHOLD = -3
IDLE_QPS = 100
IDLE_SECONDS = 5


def loop():
    """Two QPs of this process; imported late, or dlopen would be no test."""
    sys.path.insert(0, "/skua/src/tests/vm")
    from loop import Loop
    return Loop()


def traffic(pair, rounds=200):
    src, dst = pair.memory(SIZE), pair.memory(SIZE)
    for number in range(rounds):
        text = f"{number:08}"
        src.write(text, 8)
        pair.post((src.buf, src.lkey), (dst.buf, dst.rkey), SIZE)
        pair.expect(0)
        if dst.read(8, 0) != text.encode():
            sys.exit(f"the data of message {number} did not arrive")


def end_of(child):
    """Status of a child that must not hang."""
    end = time.monotonic() + CHILD_SECONDS
    while time.monotonic() < end:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    sys.exit("the child hung")


def forked(action):
    child = os.fork()
    if not child:
        # Whatever becomes of it: no part of the parent's program runs on.
        status = 1
        try:
            action()
            status = 0
        finally:
            os._exit(status)
    return child


def use_of_parents(pair):
    """A command on the parent's device fails; it neither hangs nor works."""
    from pyverbs.pd import PD
    from pyverbs.pyverbs_error import PyverbsError
    try:
        PD(pair.context)
    except (PyverbsError, OSError):
        return
    raise AssertionError("the child of a fork made an object in its parent")


def fork():
    pair = loop()
    traffic(pair)
    for action in (lambda: None, lambda: use_of_parents(pair),
                   lambda: traffic(loop(), 20)):
        child = forked(action)
        traffic(pair)
        status = end_of(child)
        if status:
            sys.exit(f"the child ended with {status}")
    # Destructors run in this one: the parent's objects stay.
    child = os.fork()
    if not child:
        del pair
        sys.exit(0)
    end_of(child)
    traffic(pair)


def fork_init():
    from pyverbs.fork import fork_init as init
    init()
    fork()


def fork_threads():
    pair = loop()
    stop = threading.Event()

    def work():
        while not stop.is_set():
            traffic(pair, 10)
    thread = threading.Thread(target=work)
    thread.start()
    children = [forked(lambda: time.sleep(0.01)) for _ in range(20)]
    statuses = [end_of(child) for child in children]
    stop.set()
    thread.join()
    if any(statuses):
        sys.exit(f"children ended with {statuses}")
    traffic(loop())


def execute():
    pair = loop()
    traffic(pair)
    found = subprocess.run(["ibv_devices"], check=True, text=True,
                           stdout=subprocess.PIPE).stdout
    if "skua0" not in found:
        sys.exit(f"a program that was started sees {found}")
    traffic(pair)
    os.execvp("python3", ["python3", __file__, "after-exec"])


def after_exec():
    traffic(loop())


def closefrom():
    os.closerange(3, 4096)
    pair = loop()
    traffic(pair)
    # The device's own descriptor goes too, the program's memory does not.
    os.closerange(3, 4096)
    traffic(loop())
    # The objects of the first device cannot be given back any more.
    os._exit(0)


def close_all():
    pair = loop()
    traffic(pair)

    def child():
        os.closerange(0, 4096)
        os.execvp("ibv_devices", ["ibv_devices"])
    end_of(forked(child))
    traffic(pair)


def dlopen():
    verbs = ctypes.CDLL("libibverbs.so.1")
    verbs.ibv_get_device_list.restype = ctypes.POINTER(ctypes.c_void_p)
    verbs.ibv_get_device_name.restype = ctypes.c_char_p
    verbs.ibv_get_device_name.argtypes = [ctypes.c_void_p]
    verbs.ibv_open_device.restype = ctypes.c_void_p
    verbs.ibv_open_device.argtypes = [ctypes.c_void_p]
    verbs.ibv_close_device.argtypes = [ctypes.c_void_p]
    count = ctypes.c_int()
    devices = verbs.ibv_get_device_list(ctypes.byref(count))
    names = [verbs.ibv_get_device_name(devices[n]) for n in range(count.value)]
    if names != [b"skua0"]:
        sys.exit(f"found {names}")
    context = verbs.ibv_open_device(devices[0])
    if not context or verbs.ibv_close_device(context):
        sys.exit("the device could not be opened and closed")
    verbs.ibv_free_device_list(devices)


def threads():
    failed = []

    def work():
        try:
            traffic(loop(), 100)
        except BaseException as error:  # pylint: disable=broad-except
            failed.append(error)
    workers = [threading.Thread(target=work) for _ in range(16)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failed:
        sys.exit(f"{len(failed)} threads failed: {failed[0]}")


def signals():
    count = 0

    def handler(*_):
        nonlocal count
        count += 1
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    for _ in range(5):
        traffic(loop(), 400)
    signal.setitimer(signal.ITIMER_REAL, 0)
    if not count:
        sys.exit("no signal came")


def map_pages(libc):
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int,
                          ctypes.c_int, ctypes.c_int, ctypes.c_long]
    libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    return libc.mmap(None, SIZE, mmap.PROT_READ | mmap.PROT_WRITE,
                     mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)


def unmapped():
    """Memory of a region that is gone fails the request, not the program."""
    libc = ctypes.CDLL(None)
    for gone_is_source in (True, False):
        pair = loop()
        there = pair.memory(SIZE)
        address = map_pages(libc)
        sys.path.insert(0, "/skua/src/tests/vm")
        gone = pair.region(address, SIZE)
        libc.munmap(address, SIZE)
        ends = [(address, gone.lkey), (there.buf, there.rkey)]
        if not gone_is_source:
            ends = [(there.buf, there.lkey), (address, gone.rkey)]
        pair.post(*ends, SIZE)
        status = pair.completion()
        if status not in LOCAL_ERRORS:
            sys.exit(f"unmapped memory: completion with status {status}")
    traffic(loop())


def partner(orders):
    """A process of its own: it writes where it is told to, a, b and then x.

    The first goes as a packet, which is copied over there, the last from here.
    """
    pair = loop()
    sources = [pair.memory(BLOCK) for _ in "abx"]
    for src, text in zip(sources, "abx"):
        src.write(text * BLOCK, BLOCK)
    orders.send((pair.qps[0].qp_num, pair.gid()))
    for far, target in iter(orders.recv, None):
        pair.connect(pair.qps[0], *far)
        statuses = []
        for src in sources:
            pair.post((src.buf, src.lkey), target, INSIDE)
            statuses.append(pair.completion())
        orders.send(max(statuses))


def with_partner():
    """A pair, and how to have another process write to its memory."""
    here, there = multiprocessing.Pipe()
    child = forked(lambda: partner(there))
    pair, far = loop(), here.recv()

    def tell(target):
        if not target:
            here.send(None)
            return end_of(child)
        # What was refused before has ended the connection.
        pair.connect(pair.qps[1], *far)
        here.send(((pair.qps[1].qp_num, pair.gid()), target))
        return here.recv()
    return pair, tell


def freed():
    """free() of registered memory, which unmaps large blocks past munmap():
    nobody dies of it, and what is registered in its place is written to."""
    if "libasan" in os.environ["LD_PRELOAD"]:
        print("the address sanitizer ends who touches freed memory")
        sys.exit(77)
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.malloc.argtypes = libc.free.argtypes = [ctypes.c_void_p]
    # Or the second such block would come from the heap.
    libc.mallopt(M_MMAP_THRESHOLD, BLOCK // 2)
    pair, tell = with_partner()
    held, blocks = [], set()
    for _ in range(BLOCKS):
        address = libc.malloc(BLOCK)
        blocks.add(address)
        held.append(pair.region(address, BLOCK))
        inside = -(-address // PAGE) * PAGE  # what peers may have mapped
        status = tell((inside, held[-1].rkey))
        if status or ctypes.string_at(inside, INSIDE) != b"x" * INSIDE:
            sys.exit(f"memory that is there was not written to: {status}")
        libc.free(address)
        tell((inside, held[-1].rkey))
    if len(blocks) == BLOCKS:
        sys.exit("no block was given a second time")
    if tell(None):
        sys.exit("the partner ended badly")


def listen():
    """rdma_cm: a listener and its channel, which stay."""
    cm = ctypes.CDLL("librdmacm.so.1")
    cm.rdma_create_event_channel.restype = ctypes.c_void_p
    cm.rdma_create_id.argtypes = [ctypes.c_void_p, ctypes.c_void_p,
                                  ctypes.c_void_p, ctypes.c_int]
    cm.rdma_bind_addr.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    cm.rdma_listen.argtypes = [ctypes.c_void_p, ctypes.c_int]
    channel, listener = cm.rdma_create_event_channel(), ctypes.c_void_p()
    anywhere = struct.pack("=HHI8x", socket.AF_INET, 0, 0)
    if (not channel or
            cm.rdma_create_id(channel, ctypes.byref(listener), None, RDMA_PS_TCP) or
            cm.rdma_bind_addr(listener, anywhere) or cm.rdma_listen(listener, 1)):
        sys.exit("rdma_cm does not listen")


def idle():
    """What is open, connected and waited for costs nothing."""
    pairs = [loop() for _ in range(IDLE_QPS // 2)]
    for pair in pairs:
        traffic(pair, 10)
    for _ in range(4):
        listen()
    # Sanitizers and the engine's last look around are not what is meant.
    time.sleep(1)
    before = time.process_time()
    time.sleep(IDLE_SECONDS)
    used = time.process_time() - before
    if used > IDLE_SECONDS / 1000:
        sys.exit(f"{used * 1000:.1f} ms of CPU in {IDLE_SECONDS} s of nothing")
    for pair in pairs:
        traffic(pair, 1)


def exit_open():
    pair = loop()
    src, dst = pair.memory(1 << 20), pair.memory(1 << 20)
    for _ in range(8):
        pair.post((src.buf, src.lkey), (dst.buf, dst.rkey), 1 << 20)
    os._exit(0)


CASES = {"fork": fork, "fork-init": fork_init, "fork-threads": fork_threads,
         "exec": execute, "after-exec": after_exec, "closefrom": closefrom,
         "close-all": close_all, "dlopen": dlopen, "threads": threads,
         "signals": signals, "unmapped": unmapped, "freed": freed,
         "idle": idle, "exit-open": exit_open}

if __name__ == "__main__":
    CASES[sys.argv[1]]()
