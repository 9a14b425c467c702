# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh
# KVM or TCG. A /dev/kvm that opens proves nothing (nested virtualisation may
# be missing or broken): KVM counts when it has run our own kernel to its end.

PROBE_SECONDS=10

# The guest is the kernel with an init that powers off; one that reaches that
# says so on the console first.
probe_kvm()
{
	[ -w /dev/kvm ] || return 1
	in_root timeout -s KILL "$PROBE_SECONDS" qemu-system-x86_64 -accel kvm \
		-cpu host -M q35 -m 256M -nodefaults -no-user-config \
		-display none -no-reboot -serial stdio \
		-kernel "/boot/vmlinuz-$(guest_kernel)" -initrd /skua/out/initrd \
		-append 'console=ttyS0 quiet panic=-1 skua.probe' \
		</dev/null 2>&1 | grep -q 'skua: this guest runs'
}

# choose_accel - set ACCEL; asked once in each boot of the machine.
choose_accel()
{
	boot=$(cat /proc/sys/kernel/random/boot_id)
	if stamped kvm "$boot"; then
		ACCEL=kvm
	elif stamped tcg "$boot"; then
		ACCEL=tcg
	else
		if probe_kvm; then ACCEL=kvm; else ACCEL=tcg; fi
		stamp "$ACCEL" "$boot"
	fi
}
