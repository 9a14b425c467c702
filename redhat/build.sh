#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# build.sh DIR [RPMBUILD-ARGUMENT...] - make the RPMs in DIR, from the files of
# this source tree that a release would have. RDMA_CORE_SRC names the source of
# the installed rdma-core; /usr/src/rdma-core by default.

set -eu

die()
{
	echo "build.sh: $*" >&2
	exit "${status:-1}"
}

[ $# -gt 0 ] || status=2 die "usage: build.sh DIR [RPMBUILD-ARGUMENT...]"
mkdir -p "$1"
out=$(cd "$1" && pwd)
shift
top=$(cd "$(dirname "$0")/.." && pwd)
rdma_core=${RDMA_CORE_SRC:-/usr/src/rdma-core}
[ -e "$rdma_core/buildlib/rdma_functions.cmake" ] ||
	die "no source of rdma-core in $rdma_core; set RDMA_CORE_SRC"

# One version for all packages: that of the newest Debian changelog entry.
version=$(sed -n '1s/^skua (\([^)]*\)).*/\1/p' "$top/debian/changelog")
[ -n "$version" ] || die "debian/changelog begins with no version"

rdma_core_major=$(sed -n 's/^set(PACKAGE_VERSION "\([0-9]*\).*/\1/p' \
	"$rdma_core/CMakeLists.txt")
[ -n "$rdma_core_major" ] || die "$rdma_core tells no version"

# What was built in the tree, and what belongs to a checkout, stays out.
mkdir -p "$out/SOURCES"
tar -C "$top" -czf "$out/SOURCES/skua-$version.tar.gz" \
	--exclude-vcs --exclude=./out --exclude='./build*' \
	--exclude='./obj-*' --exclude='*.o' --exclude='*.ko' \
	--exclude='*.mod' --exclude='*.mod.c' --exclude='*.cmd' --exclude=Module.symvers \
	--transform "s,^\.,skua-$version," .

exec rpmbuild -bb "$@" \
	--define "_topdir $out" \
	--define "skua_version $version" \
	--define "rdma_core_major $rdma_core_major" \
	--define "rdma_core_src $rdma_core" \
	"$top/redhat/skua.spec"
