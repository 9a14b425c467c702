# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh
# Programs of user mode in the build root, as those who may do nothing.

NOBODY=65534

# user_dir NAME - a new out/user/NAME that such a program may write to.
user_dir()
{
	rm -rf "$SKUA_OUT/user/$1"
	mkdir -p "$SKUA_OUT/user/$1"
	chown "$NOBODY:$NOBODY" "$SKUA_OUT/user/$1"
}

as_nobody()
{
	in_root sh /skua/src/tests/user/as-nobody env HOME=/tmp "$@"
}

# user_tests COMMAND... - as root of a machine in which nobody else is.
user_tests()
{
	attended in_root unshare --net /skua/src/tests/user/enter "$@"
}
