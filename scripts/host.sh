# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh
# What the machine itself has to have: a Debian with apt, root, and the one
# program that makes build roots.

check_host()
{
	[ "$(id -u)" -eq 0 ] || die "must run as root: it makes a build root"
	[ "$(uname -m)" = x86_64 ] || die "needs an x86_64 machine, this is $(uname -m)"
	command -v apt-get >/dev/null || die "needs a Debian machine: there is no apt-get"
	unshare --mount true 2>/dev/null ||
		die "may not make a mount namespace here (a container without CAP_SYS_ADMIN?)"
}

host_needs()
{
	command -v mmdebstrap >/dev/null && debian_keyring >/dev/null &&
		[ -n "$(debian_mirror)" ]
}

install_host()
{
	apt-get -q update &&
	DEBIAN_FRONTEND=noninteractive apt-get -q -y install \
		--no-install-recommends mmdebstrap debian-archive-keyring
}

prepare_host()
{
	host_needs && return
	step host "installing mmdebstrap on this machine" install_host
	host_needs || die "apt names no Debian archive on this machine: see /etc/apt/sources.list and /etc/apt/sources.list.d"
}
