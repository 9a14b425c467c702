# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh
# The build root out/root: Debian 13 with backports. Everything is built in
# it, QEMU and skuad run from it, and it is the root file system of the guest.

SUITE=trixie
# root_packages LIST
root_packages()
{
	sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$SKUA_TOP/scripts/$1" |
		awk -v bp="/$SUITE-backports" '
			{ print $1 == "bp" ? $2 bp : $1 }' | paste -s -d ,
}

# What is half done after a crash is not stamped, and made again: nothing has to be
# on the disk before the next file is written.
make_root()
{
	mirror=$(debian_mirror)
	keyring=$(debian_keyring)
	rm -rf "$ROOT" "$ROOT.new"
	apt_habits >"$SKUA_OUT/apt.conf"
	sources_list "$mirror" "$keyring" \
		"$SUITE" "$SUITE-updates" "$SUITE-backports" |
	setpriv --pdeathsig TERM mmdebstrap --mode=root --variant=minbase --skip=check/qemu \
		--skip=cleanup/apt/lists \
		--aptopt="$SKUA_OUT/apt.conf" \
		--aptopt='APT::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt=force-unsafe-io \
		--include="$(root_packages root-packages)" \
		"$SUITE" "$ROOT.new" - &&
	mv "$ROOT.new" "$ROOT"
}

# The provider is built against the source of the very rdma-core that is
# installed; some mirrors lack the .dsc that "apt-get source" wants, so only
# the tarball is fetched, by the hash that the signed index gives.
fetch_rdma_core()
{
	in_root sh -e -c '
		version=$(dpkg-query -W -f "\${source:Version}" libibverbs1)
		set -- $(apt-get source --print-uris "rdma-core=$version" |
			 grep -F .orig.tar)
		[ $# -eq 4 ] || { echo "no source of rdma-core $version"; exit 1; }
		uri=${1#?}
		/usr/lib/apt/apt-helper download-file "${uri%?}" "/tmp/$2" "$4"
		rm -rf /usr/src/rdma-core
		mkdir /usr/src/rdma-core
		tar -x --strip-components=1 -C /usr/src/rdma-core -f "/tmp/$2"'
}

add_packages()
{
	# shellcheck disable=SC2046 # packages, a word each
	in_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y install \
		--no-install-recommends \
		$(root_packages "$1" | tr , ' ')
}

# Half a minute, and half a gigabyte, that only those pay who measure.
prepare_bench()
{
	bench_inputs=$(printf 'scripts/bench-packages\0' | hash_files)
	stamped bench-packages "$bench_inputs" && return
	step bench-packages "adding what is compared with" \
		add_packages bench-packages
	stamp bench-packages "$bench_inputs"
}

prepare_root()
{
	root_inputs=$(printf 'scripts/root.sh\0scripts/root-packages\0' | hash_files)
	stamped root "$root_inputs" && [ -d "$ROOT" ] && return
	unstamp root
	unstamp packages
	unstamp bench-packages
	rm -rf "$SKUA_OUT/installed"
	prepare_host
	step root "making the build root, some minutes" make_root
	step rdma-core "fetching the source of rdma-core" fetch_rdma_core
	stamp root "$root_inputs"
}
