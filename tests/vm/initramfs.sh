#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# initramfs.sh KERNEL-VERSION OUT - the smallest system that can mount the
# guest's real root over 9p: busybox, the modules for that, early-init. Runs in
# the build root.

set -eu

kernel=$1 out=$2
modules="9pnet_virtio 9p overlay"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

mkdir -p "$dir/bin" "$dir/dev" "$dir/proc" "$dir/sys" "$dir/modules" \
	"$dir/lower" "$dir/upper" "$dir/new"
cp "$(command -v busybox)" "$dir/bin/busybox"
for applet in sh mount mkdir insmod cat switch_root; do
	ln -s busybox "$dir/bin/$applet"
done

for module in $modules; do
	modprobe -S "$kernel" --show-depends "$module"
done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' |
while read -r file; do
	name=$(basename "$file" .xz)
	case $file in
	*.xz) xz -dc "$file" >"$dir/modules/$name" ;;
	*) cp "$file" "$dir/modules/$name" ;;
	esac
	echo "$name" >>"$dir/modules/order"
done

install -m 755 "$(dirname "$0")/early-init" "$dir/init"
(cd "$dir" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1) >"$out.new"
mv "$out.new" "$out"
