# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh
# Programs of direct verbs, built as any user would: with the packages. Only what
# goes around the library knows the headers behind it.
# shellcheck disable=SC2034 # $program is for who asks

# program PATH SOURCE... - build it where it is not yet; $program is its path.
program()
{
	program=$1
	shift
	[ ! -x "$program" ] || return 0
	# shellcheck disable=SC2046 # options
	cc -D_GNU_SOURCE -Wall -Wextra -Werror -o "$program" "$@" \
		$(pkg-config --cflags --libs libskua libibverbs)
}

# ipsec_rc DIRECTORY, ipsec_test NAME DIRECTORY - these programs, there.
ipsec_rc()
{
	program "$1/ipsec_rc" /skua/src/examples/ipsec_*.c
}

ipsec_test()
{
	program "$2/ipsec_$1" -I/skua/src/hwi -I/skua/src/kernel-uapi \
		"/skua/src/tests/verbs/ipsec_$1.c"
}
