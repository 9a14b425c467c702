# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh

BENCH_SECONDS=1500

usage_bench()
{
	cat <<-END
	./skua bench [--json F]   the table of figures, and what the adapter costs

	Measures Skua, rxe and the host's memcpy in one run: the median of three
	runs each, then traps per message, the CPU of an idle skuad and its memory
	with 1,000 idle QPs, and the table again with these. --json writes rows
	{"transport", "tool", "bytes", "metric", "value", "unit"} to F. Takes
	some minutes, $((BENCH_SECONDS / 60)) at most.
	END
}

cmd_bench()
{
	bench_json=
	while [ $# -gt 0 ]; do
		case $1 in
		--json)
			[ $# -gt 1 ] || wrong_call "--json needs a file"
			bench_json=$2
			shift 2 ;;
		--json=?*)
			bench_json=${1#--json=}
			shift ;;
		*) wrong_call "bench does not know $1" ;;
		esac
	done
	if [ -n "$bench_json" ]; then
		# Before minutes of measuring, not after.
		(: >>"$bench_json") 2>/dev/null || wrong_call "cannot write $bench_json"
	fi
	prepare
	say "== measuring in a guest ($ACCEL)"
	guest bench "$BENCH_SECONDS" \
		'python3 /skua/src/perf/measure.py --repeats 3 --more /skua/share/rows' ||
		die "the measurement failed"
	say ""
	in_root python3 /skua/src/perf/table.py /skua/out/guest/bench/share/rows \
		/skua/out/guest/bench/rows.json
	if [ -n "$bench_json" ]; then
		cat "$SKUA_OUT/guest/bench/rows.json" >"$bench_json"
		say "rows: $bench_json"
	fi
}
