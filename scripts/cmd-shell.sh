# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh

usage_shell()
{
	cat <<-END
	./skua shell              a shell in the guest

	The guest of ./skua demo, with the second function of the adapter in the
	network namespace "peer"; its files are the build root's, changes to them
	are lost at the end. /skua/src is the checkout, /skua/share is kept in
	out/guest/shell/share. Leave with exit or Control-D.
	END
}

cmd_shell()
{
	[ $# -eq 0 ] || wrong_call "shell takes no argument: $1"
	prepare
	say "== starting the guest"
	if [ -t 0 ]; then
		shell_tty=$(stty -g)
		trap 'stty "$shell_tty"; step_abort' EXIT
		stty raw -echo
	fi
	guest shell 0 'exec bash -l' --interactive
}
