#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# make-packages.sh KERNEL - build the Debian packages of the source tree in
# /skua/out/package/skua and install them with apt. Runs in the build root.

set -eux

kernel=$1
built=/skua/out/package installed=/skua/out/installed
export DEBIAN_FRONTEND=noninteractive RDMA_CORE_SRC=/usr/src/rdma-core
# The tests have their own build tree, and nobody debugs these packages by name.
export DEB_BUILD_OPTIONS="nocheck noautodbgsym parallel=2"

cd $built/skua
dpkg-buildpackage -us -uc -b

# A front-end that was interrupted here may have left packages half installed, and
# modules that did not compile have: those would fail to be configured once more.
broken=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' '*skua*' 2>/dev/null |
	awk '$1 ~ /^(half|unpacked|triggers)/ { print $2 }')
for package in $broken; do
	dpkg --purge --force-all "$package"
	rm -f "$installed/$package"_*
done
dpkg --configure -a

# What came out as it was before stays installed: DKMS takes a minute.
mkdir -p $installed
changed=
for deb in "$built"/*.deb; do
	cmp -s "$deb" "$installed/${deb##*/}" || changed="$changed $deb"
done

# The version stays as it is while one works on the tree: what changed is removed
# first, or apt and DKMS would take it for the same.
for deb in $changed; do
	package=$(dpkg-deb --field "$deb" Package)
	rm -f "$installed/$package"_*
	if dpkg-query --status "$package" >/dev/null 2>&1; then
		apt-get -q -y purge "$package"
	fi
done
# All, since with a package go those that depend on it.
if [ -n "$changed" ]; then
	apt-get -q -y install $built/*.deb
fi

for module in skua_core skua_eth skua_ib; do
	modinfo -k "$kernel" -n "$module"
done
cp $built/*.deb $installed
