# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh
# Everything that has to be there before a program or a guest can start.

# find_out - SKUA_OUT as an absolute path, and ROOT.
find_out()
{
	mkdir -p "$SKUA_OUT"
	SKUA_OUT=$(cd "$SKUA_OUT" && pwd)
	# shellcheck disable=SC2034 # for every other piece
	ROOT=$SKUA_OUT/root
}

# Two front-ends in one out/ would build over each other: the second waits.
lock_out()
{
	find_out
	exec 9>"$SKUA_OUT/lock"
	flock -n 9 && return
	say "== another ./skua uses $SKUA_OUT: waiting for it"
	flock 9
}

# What user mode needs: programs and packages, no guest.
prepare_user()
{
	check_host
	lock_out
	prepare_root
	prepare_packages
	prepare_limits
}

prepare()
{
	prepare_user
	prepare_guest
}
