# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh

usage_build()
{
	cat <<-END
	./skua build              make everything, run nothing

	Makes the build root, builds the packages and installs them in it. What is
	there already and was made from the same sources is kept.
	END
}

cmd_build()
{
	[ $# -eq 0 ] || wrong_call "build takes no argument: $1"
	prepare
	say "built: $SKUA_OUT"
}
