# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh
# Where this machine gets Debian from: asked of apt itself, which knows
# one-line and deb822 sources alike.

# debian_mirror - the URI of the Debian archive that apt is configured for.
debian_mirror()
{
	mirror=$(apt-get indextargets --format '$(REPO_URI) $(LABEL)' \
		'Created-By: Packages' 'Origin: Debian' 2>/dev/null |
		awk '$2 == "Debian" { print $1; exit }')
	case $mirror in
	mirror+file:*)
		# Cloud images name a file that lists mirrors.
		awk '!/^#/ && NF { print $1; exit }' "${mirror#mirror+file:}" ;;
	*)
		printf '%s\n' "$mirror" ;;
	esac
}

debian_keyring()
{
	for keyring in /usr/share/keyrings/debian-archive-keyring.gpg \
		       /usr/share/keyrings/debian-archive-keyring.pgp; do
		if [ -e "$keyring" ]; then
			printf '%s\n' "$keyring"
			return
		fi
	done
	return 1
}

# sources_list MIRROR KEYRING SUITE... - one-line sources, with the source
# index: rdma-core's source is looked up in it.
sources_list()
{
	from="[signed-by=$2] $1"
	shift 2
	for suite; do
		printf 'deb %s %s main\ndeb-src %s %s main\n' \
			"$from" "$suite" "$from" "$suite"
	done
}

# apt_habits - how this machine's apt fetches (proxies, time-outs, checks of
# dates): mmdebstrap does not read the machine's configuration itself.
apt_habits()
{
	apt-config dump |
		grep -E '^Acquire::(http|https|Retries|Check-)[^ ]* "[^"]+";$'
}
