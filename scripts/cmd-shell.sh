# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh

usage_shell()
{
	cat <<-END
	./skua shell              a shell in the guest

	The guest of ./skua demo, with the second function of the adapter in the
	network namespace "peer"; its files are the build root's, changes to them
	are lost at the end. /skua/src is the checkout, /skua/share is kept in
	out/guest/shell/share. Leave with exit or Control-D. Where the standard
	input is no terminal, it is a script that the guest runs.
	END
}

cmd_shell()
{
	[ $# -eq 0 ] || wrong_call "shell takes no argument: $1"
	prepare
	if [ -t 0 ]; then
		say "== starting the guest ($ACCEL); leave it with exit or Control-D"
		shell_tty=$(stty -g)
		trap 'stty "$shell_tty"; step_abort' EXIT
		# The console of the guest does not know how large this terminal is.
		shell_size=$(stty size)
		guest shell 0 "stty rows ${shell_size% *} cols ${shell_size#* }
			exec bash -l" --interactive
	else
		guest shell 0 "$(cat)"
	fi
}
