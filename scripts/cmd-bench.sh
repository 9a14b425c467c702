# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh

BENCH_SECONDS=1500
BENCH_USER_SECONDS=600
BENCH_LINK_SECONDS=1200
BENCH_LOSS_SECONDS=900
BENCH_SINCE_SECONDS=900
BENCH_SINCE_ROUNDS=11
BENCH_IPSEC_SECONDS=900
BENCH_IPSEC_GUEST_SECONDS=600

usage_bench()
{
	cat <<-END
	./skua bench [--json F]   the table of figures, and what the adapter costs
	./skua bench --user [--json F]
	./skua bench --link [--json F]
	./skua bench --ipsec [--json F]
	./skua bench --loss [--json F] [--out DIR]
	./skua bench --since REVISION [--json F]

	Measures Skua, rxe and the host's memcpy in one run: the median of three
	runs each, then traps per message, the CPU of an idle skuad and its memory
	with 1,000 idle QPs, and the table again with these. --json writes rows
	{"transport", "tool", "bytes", "metric", "value", "unit"} to F. Takes
	some minutes, $((BENCH_SECONDS / 60)) at most.

	With --user it measures user mode, without a guest: Skua, UCX and libfabric
	between two processes, the limits of the machine, and what a program pays
	for the library when it starts and when it waits; then the bars. Takes
	$((BENCH_USER_SECONDS / 60)) minutes at most.

	With --link it measures links between two programs in user mode: shared
	memory, UDP and packet sockets between two network namespaces, beside a bare
	ring, a bare UDP stream and UCX over TCP; goodput while packets are lost, and
	two flows that share a congested link; then the bars. Rows also have
	"revision", "kernel", "cpu", "cpus" and "time". Takes
	$((BENCH_LINK_SECONDS / 60)) minutes at most.

	With --ipsec it measures what encryption costs: between two programs in user
	mode with all RoCE packets in ESP and without, the limit of the cipher, one SA
	and 10,000 by turns, and in a guest Skua beside rxe over the kernel's own IPsec;
	then the bars. Takes $(((BENCH_IPSEC_SECONDS + BENCH_IPSEC_GUEST_SECONDS) / 60)) minutes at most.

	With --loss it draws goodput against loss: Skua with selective repeat,
	Skua with go-back-N, and rxe, in turns over the same veth of one guest, on
	which netem loses packets. Every run is a row. The plot, loss.png and
	loss.svg, is left in DIR, or below out/. Takes $((BENCH_LOSS_SECONDS / 60)) minutes at most.

	With --since it measures in user mode what has changed since a revision that
	git knows, on links of shared memory: that and the checkout as it is are built
	in the same way, and measured in turns. The ratio of the two is the median of
	those of $BENCH_SINCE_ROUNDS rounds, and its quartiles tell what it is worth. Takes
	$((BENCH_SINCE_SECONDS / 60)) minutes at most.
	END
}

cmd_bench()
{
	bench_of=guest bench_out='' bench_json='' bench_since=
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
		--link)
			bench_of='link'
			shift ;;
		--ipsec)
			bench_of=ipsec
			shift ;;
		--loss)
			bench_of=loss
			shift ;;
		--since)
			[ $# -gt 1 ] || wrong_call "--since needs a revision"
			bench_of=since bench_since=$2
			shift 2 ;;
		--since=?*)
			bench_of=since bench_since=${1#--since=}
			shift ;;
		--out)
			[ $# -gt 1 ] || wrong_call "--out needs a folder"
			bench_out=$2
			shift 2 ;;
		--out=?*)
			bench_out=${1#--out=}
			shift ;;
		*) wrong_call "bench does not know $1" ;;
		esac
	done
	if [ -n "$bench_json" ]; then
		# Before minutes of measuring, not after.
		(: >>"$bench_json") 2>/dev/null || wrong_call "cannot write $bench_json"
	fi
	if [ -n "$bench_out" ]; then
		[ "$bench_of" = loss ] || wrong_call "--out is for --loss"
		mkdir -p "$bench_out" || wrong_call "cannot make $bench_out"
	fi
	if [ "$bench_of" = since ]; then
		bench_before=$(checkout_git rev-parse --verify --quiet \
			--short "$bench_since^{commit}") ||
			wrong_call "git knows no revision $bench_since"
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
	prepare_bench
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

# What the figures are of: a commit, and whether anything is changed beside it.
bench_revision()
{
	git -C "$SKUA_TOP" describe --always --dirty 2>/dev/null || echo unknown
}

bench_link()
{
	prepare_user
	prepare_bench
	bench_rows=user/bench-link/rows.json
	say "== measuring links"
	user_dir bench-link
	user_tests timeout -k 5 "$BENCH_LINK_SECONDS" \
		python3 /skua/src/perf/link_bench.py --revision "$(bench_revision)" \
		/skua/out/user/bench-link/rows ||
		die "the measurement failed"
	say ""
	in_root python3 /skua/src/perf/link_table.py /skua/out/user/bench-link/rows \
		"/skua/out/$bench_rows"
}

# The guest's part is missing from the table if it fails, and that is told there.
bench_ipsec()
{
	prepare
	have_tree build "the tests" -DRDMA_CORE_SRC=/usr/src/rdma-core
	step compile-perf "building what measures" \
		compile_tree build aes-gcm-limit ipsec-many
	bench_rows=user/bench-ipsec/all.json
	say "== measuring IPsec"
	user_dir bench-ipsec
	user_tests timeout -k 5 "$BENCH_IPSEC_SECONDS" \
		python3 /skua/src/perf/ipsec_bench.py --revision "$(bench_revision)" \
		/skua/out/user/bench-ipsec/rows ||
		die "the measurement failed"
	say "== and in a guest ($ACCEL)"
	rm -f "$SKUA_OUT/guest/bench-ipsec/share/rows"
	guest bench-ipsec "$BENCH_IPSEC_GUEST_SECONDS" \
		"python3 /skua/src/perf/ipsec_guest.py --revision '$(bench_revision)' /skua/share/rows" ||
		say "   the guest did not end well"
	say ""
	in_root python3 /skua/src/perf/ipsec_table.py \
		/skua/out/user/bench-ipsec/rows /skua/out/guest/bench-ipsec/share/rows \
		"/skua/out/$bench_rows"
}

# since_tree NAME SOURCE - the engine of user mode, and what measures beside it: of
# these programs revisions may have fewer.
since_tree()
{
	in_root cmake -G Ninja -S "/skua/$2" -B "/skua/out/since/$1" \
		-DCMAKE_BUILD_TYPE=RelWithDebInfo || return
	compile_tree "since/$1" skua-run skua_user skua_user_control || return
	compile_tree "since/$1" ipsec-many || rm -f "$SKUA_OUT/since/$1/perf/ipsec-many"
}

since_source()
{
	rm -rf "$SKUA_OUT/since/source" "$SKUA_OUT/since/before"
	mkdir -p "$SKUA_OUT/since/source"
	checkout_git archive "$bench_before" | tar -x -C "$SKUA_OUT/since/source"
}

bench_since()
{
	prepare_user
	step since-source "taking $bench_before out of git" since_source
	step since-before "building $bench_before" since_tree before out/since/source
	step since-now "building what is there now" since_tree now src
	bench_rows=user/bench-since/rows.json
	say "== measuring both by turns"
	user_dir bench-since
	user_tests timeout -k 5 "$BENCH_SINCE_SECONDS" python3 /skua/src/perf/since.py \
		--rounds "$BENCH_SINCE_ROUNDS" --revision "$(bench_revision)" \
		"$bench_before" "/skua/out/$bench_rows" ||
		die "the measurement failed"
}

bench_loss()
{
	prepare
	prepare_bench
	bench_rows=guest/bench-loss/rows.json
	say "== goodput against loss, in a guest ($ACCEL)"
	guest bench-loss "$BENCH_LOSS_SECONDS" \
		"python3 /skua/src/perf/loss.py --revision '$(bench_revision)' /skua/share/rows" ||
		die "the measurement failed"
	say ""
	in_root python3 /skua/src/perf/loss_plot.py \
		/skua/out/guest/bench-loss/share/rows /skua/out/guest/bench-loss/loss \
		"/skua/out/$bench_rows"
	for bench_plot in loss.png loss.svg; do
		bench_plot=$SKUA_OUT/guest/bench-loss/$bench_plot
		if [ -n "$bench_out" ]; then
			cp "$bench_plot" "$bench_out/" || die "cannot write to $bench_out"
			bench_plot=$bench_out/${bench_plot##*/}
		fi
		say "plot: $bench_plot"
	done
}
