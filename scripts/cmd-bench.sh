# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh

BENCH_SECONDS=1500
BENCH_USER_SECONDS=600

usage_bench()
{
	cat <<-END
	./skua bench [--json F]   the table of figures, and what the adapter costs
	./skua bench --user [--json F]

	Measures Skua, rxe and the host's memcpy in one run: the median of three
	runs each, then traps per message, the CPU of an idle skuad and its memory
	with 1,000 idle QPs, and the table again with these. --json writes rows
	{"transport", "tool", "bytes", "metric", "value", "unit"} to F. Takes
	some minutes, $((BENCH_SECONDS / 60)) at most.

	With --user it measures user mode, without a guest: Skua, UCX and libfabric
	between two processes, the limits of the machine, and what a program pays
	for the library when it starts and when it waits; then the bars. Takes
	$((BENCH_USER_SECONDS / 60)) minutes at most.
	END
}

cmd_bench()
{
	bench_of=guest bench_json=
	while [ $# -gt 0 ]; do
		case $1 in
		--json)
			[ $# -gt 1 ] || wrong_call "--json needs a file"
			bench_json=$2
			shift 2 ;;
		--json=?*)
			bench_json=${1#--json=}
			shift ;;
		--user)
			bench_of=user
			shift ;;
		*) wrong_call "bench does not know $1" ;;
		esac
	done
	if [ -n "$bench_json" ]; then
		# Before minutes of measuring, not after.
		(: >>"$bench_json") 2>/dev/null || wrong_call "cannot write $bench_json"
	fi
	"bench_$bench_of"
	if [ -n "$bench_json" ]; then
		cat "$SKUA_OUT/$bench_rows" >"$bench_json"
		say "rows: $bench_json"
	fi
}

bench_guest()
{
	prepare
	bench_rows=guest/bench/rows.json
	say "== measuring in a guest ($ACCEL)"
	guest bench "$BENCH_SECONDS" \
		'python3 /skua/src/perf/measure.py --repeats 3 --more /skua/share/rows' ||
		die "the measurement failed"
	say ""
	in_root python3 /skua/src/perf/table.py /skua/out/guest/bench/share/rows \
		"/skua/out/$bench_rows"
}

bench_user()
{
	prepare_user
	bench_rows=user/bench/rows.json
	say "== measuring user mode"
	user_dir bench
	attended as_nobody timeout -k 5 "$BENCH_USER_SECONDS" \
		python3 /skua/src/perf/user_bench.py /skua/out/user/bench/rows ||
		die "the measurement failed"
	say ""
	in_root python3 /skua/src/perf/user_table.py /skua/out/user/bench/rows \
		"/skua/out/$bench_rows"
}
