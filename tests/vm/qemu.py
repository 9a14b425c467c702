# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""The virtual machine: which devices, which kernel, where its output goes."""

import json
import subprocess

# All of it, however many guests there are.
MEMORY_MIB = 2048

# Under TCG the emulated TSC is as good as the host's, but the watchdog sees a
# guest that was not scheduled, gives it up for a trapping clock, and then every
# clock read costs microseconds. There is no CPU here whose flaws to mitigate.
KERNEL_LINE = ("console=ttyS0 loglevel=5 panic=-1 oops=panic "
               "tsc=reliable mitigations=off")


def vfio_user(path, address):
    """One Skua function. Commands of the guest may take long under TCG."""
    return json.dumps({
        "driver": "vfio-user-pci",
        "addr": address,
        "socket": {"type": "unix", "path": path},
        "x-msg-timeout": 60000,
    })


def share(tag, path, readonly):
    mode = ",readonly=on" if readonly else ""
    return ["-virtfs", f"local,id={tag},mount_tag={tag},path={path},"
            f"security_model=none,multidevs=remap{mode}"]


def tap_nic(slot, interface, mac):
    """Not one of ours; MTU is as large as that of the links."""
    return ["-netdev", f"tap,id={interface},ifname={interface},script=no,"
            "downscript=no",
            "-device", f"virtio-net-pci,netdev={interface},mac={mac},"
            f"host_mtu=9000,addr={slot:#x}"]


def command(args, directory, sockets, shares, nics):
    accel = "kvm" if args.accel == "kvm" else "tcg,thread=multi"
    memory = f"{MEMORY_MIB // args.guests}M"
    reset = "reset" if args.may_reboot else "shutdown"
    line = [
        "qemu-system-x86_64", "-accel", accel, "-cpu",
        "host" if args.accel == "kvm" else "max",
        "-smp", "2", "-m", memory,
        # skuad maps the guest's memory, which must really be shared with it:
        # with share=off it gets a descriptor too, but of another copy.
        "-M", "q35,memory-backend=mem,hpet=off",
        "-object", f"memory-backend-memfd,id=mem,size={memory},share=on",
        "-nodefaults", "-no-user-config", "-display", "none",
        "-action", f"reboot={reset},panic=shutdown",
        "-kernel", f"/boot/vmlinuz-{args.kernel}", "-initrd", args.initrd,
        "-append", KERNEL_LINE,
        "-serial", f"file:{directory}/console",
        "-chardev", "stdio,id=job,signal=off",
        "-device", "virtio-serial-pci", "-device", "virtconsole,chardev=job",
        "-device", "virtio-rng-pci",
    ]
    for tag, path, readonly in shares:
        line += share(tag, path, readonly)
    for slot, path in enumerate(sockets):
        line += ["-device", vfio_user(path, hex(0x10 + slot))]
    for slot, (interface, mac) in enumerate(nics):
        line += tap_nic(0x8 + slot, interface, mac)
    return line


def start(args, directory, sockets, shares, nics, silent=False):
    """Start the guest; without a terminal it must not wait for one."""
    with (open(f"{directory}/qemu.log", "wb") as log,
          open(f"{directory}/output", "wb") as output):
        return subprocess.Popen(
            command(args, directory, sockets, shares, nics), stderr=log,
            stdout=output if silent else None,
            stdin=None if args.interactive else subprocess.DEVNULL)
