# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh

DEMO_SECONDS=600

usage_demo()
{
	cat <<-END
	./skua demo               stock programs move data between two functions

	Boots one guest with two functions of one adapter, shows ibv_devinfo,
	ibv_rc_pingpong and rping on them, and measures: Skua, rxe in the same
	guest, and the memcpy limit of the host. The first run makes everything
	it needs and takes some minutes.
	END
}

cmd_demo()
{
	[ $# -eq 0 ] || wrong_call "demo takes no argument: $1"
	prepare
	say "== starting the guest ($ACCEL)"
	guest demo "$DEMO_SECONDS" 'exec sh /skua/src/tests/vm/demo' ||
		die "the demonstration failed"
	say ""
	in_root python3 /skua/src/perf/table.py /skua/out/guest/demo/share/rows
}
