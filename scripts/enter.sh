#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# enter.sh ROOT TOP OUT COMMAND... - run COMMAND in ROOT. Called in a mount and
# a PID namespace of its own (in-root.sh), so that whatever it mounts and
# starts is gone when it ends, however it ends.
#
# In the root: /skua/src is the checkout, read-only; /skua/out its out/;
# /skua/lower the root as it is on disk, without what is mounted here.

set -e
root=$1 top=$2 out=$3
shift 3

mkdir -p "$root/skua/src" "$root/skua/out" "$root/skua/lower"
mount --bind "$root" "$root/skua/lower"
mount --bind "$top" "$root/skua/src"
mount -o remount,bind,ro "$root/skua/src"
mount --bind "$out" "$root/skua/out"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
if [ -e /etc/resolv.conf ]; then
	cat /etc/resolv.conf >"$root/etc/resolv.conf"
fi
cd /
exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
	LC_ALL=C.UTF-8 TERM="${TERM:-dumb}" \
	${http_proxy:+http_proxy="$http_proxy"} \
	${https_proxy:+https_proxy="$https_proxy"} \
	"$@"
