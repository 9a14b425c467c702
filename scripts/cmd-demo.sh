# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh

DEMO_SECONDS=600
DEMO_USER_SECONDS=120

usage_demo()
{
	cat <<-END
	./skua demo               stock programs move data, without a guest and in one

	Shows ibv_devinfo, ibv_rc_pingpong and rping between two processes in user
	mode, and measures them beside UCX: some seconds. Then boots a guest with
	two functions of one adapter, shows the same on these, and measures Skua,
	rxe in the same guest, and the memcpy limit of the host. The first run
	makes everything it needs and takes some minutes.
	END
}

cmd_demo()
{
	[ $# -eq 0 ] || wrong_call "demo takes no argument: $1"
	prepare_user
	demo_user
	prepare_guest
	say ""
	say "== starting the guest ($ACCEL)"
	guest demo "$DEMO_SECONDS" 'exec sh /skua/src/tests/vm/demo' ||
		die "the demonstration failed"
	say ""
	in_root python3 /skua/src/perf/table.py /skua/out/guest/demo/share/rows
}

demo_user()
{
	say "== user mode: no guest, no driver, no privilege"
	user_dir demo
	user_tests timeout -k 5 "$DEMO_USER_SECONDS" /skua/src/tests/user/as-nobody \
		sh /skua/src/tests/user/demo /skua/out/user/demo/rows ||
		die "the demonstration of user mode failed"
	say ""
	in_root python3 /skua/src/perf/user_table.py /skua/out/user/demo/rows
}
