# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh
# Guests: the stock kernel of the build root under the root's own QEMU.

guest_kernel()
{
	for guest_boot in "$ROOT"/boot/vmlinuz-*; do
		basename "${guest_boot#*/vmlinuz-}"
	done | tail -n 1
}

make_initrd()
{
	in_root sh /skua/src/tests/vm/initramfs.sh "$(guest_kernel)" /skua/out/initrd
}

prepare_guest()
{
	initrd_inputs="$(printf 'tests/vm/%s\0' initramfs.sh early-init | hash_files)
$(guest_kernel)"
	if ! stamped initrd "$initrd_inputs" || [ ! -e "$SKUA_OUT/initrd" ]; then
		step initrd "making the guest's initramfs" make_initrd
		stamp initrd "$initrd_inputs"
	fi
	choose_accel
}

# guest NAME SECONDS JOB [OPTION...] - run a line of shell in a new guest; logs
# and what the job leaves in /skua/share are in out/guest/NAME.
guest()
{
	guest_name=$1 guest_seconds=$2 guest_job=$3
	shift 3
	attended in_root python3 /skua/src/tests/vm/run.py --dir "/skua/out/guest/$guest_name" \
		--kernel "$(guest_kernel)" --initrd /skua/out/initrd \
		--accel "$ACCEL" --timeout "$guest_seconds" "$@" "$guest_job"
}
