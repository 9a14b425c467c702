#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# make-packages.sh KERNEL - build the Debian packages of the source tree in
# /skua/out/package/skua and install them with apt. Runs in the build root.

set -eux

kernel=$1
packages="skuad ibverbs-provider-skua skua-dkms"
export DEBIAN_FRONTEND=noninteractive RDMA_CORE_SRC=/usr/src/rdma-core
# The tests have their own build tree, and nobody debugs these packages by name.
export DEB_BUILD_OPTIONS="nocheck noautodbgsym parallel=2"

cd /skua/out/package/skua
dpkg-buildpackage -us -uc -b

# The version stays as it is while one works on the tree: what is installed goes
# first, or apt and DKMS would take it for the same.
# shellcheck disable=SC2086 # a list of names
installed=$(dpkg-query -W -f '${Package} ' $packages 2>/dev/null || true)
# shellcheck disable=SC2086 # a list of names
[ -z "$installed" ] || apt-get -q -y purge $installed
apt-get -q -y install /skua/out/package/*.deb

for module in skua_core skua_eth skua_ib; do
	modinfo -k "$kernel" -n "$module"
done
