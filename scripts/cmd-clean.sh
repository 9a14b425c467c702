# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh

usage_clean()
{
	cat <<-END
	./skua clean              remove everything that was made

	Removes out/ (or SKUA_OUT), the build root included: about 3 GB that the
	next command makes again in some minutes.
	END
}

cmd_clean()
{
	[ $# -eq 0 ] || wrong_call "clean takes no argument: $1"
	[ -e "$SKUA_OUT" ] || return 0
	# Only what this script made: never a directory that was there before.
	[ -e "$SKUA_OUT/lock" ] || die "$SKUA_OUT was not made by ./skua: not removed"
	lock_out
	rm -rf --one-file-system "$SKUA_OUT"
}
