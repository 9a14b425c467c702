# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh

CHECK_SECONDS=900
CHECK_USER_SECONDS=900
# Of what is behind the parsers, which have it together.
CHECK_FUZZ_SECONDS=40

usage_check()
{
	cat <<-END
	./skua check              run all tests
	./skua check --interop    try all programs between Skua and Linux rxe

	Unit and model tests; the scenarios of tests/user and the tests that rdma-core
	brings, in user mode; the RPM build; unit tests and scenarios again under
	sanitizers; libFuzzer for a moment; then the scenarios of tests/vm and
	rdma-core's tests in guests. A line a test, and the counts at the end; the
	exit status says whether all passed. tests/README.md tells more.

	With --interop only what two guests do, of which one has rxe, in the clear and
	with IPsec, and user mode with rxe: 20 minutes, and then the table of what works.
	END
}

cmd_check()
{
	case $# in
	0) check_part=check_all ;;
	*)
		[ "$*" = --interop ] || wrong_call "unknown argument: $*"
		check_part=check_interop ;;
	esac
	prepare
	check_dir=$SKUA_OUT/check
	rm -rf "$check_dir"
	mkdir -p "$check_dir"
	$check_part
	in_root python3 /skua/src/tests/results.py close /skua/out/check/rows
}

# User mode mostly waits: what compilers do for the later tests goes on beside it.
check_all()
{
	check_turns
	build_tree build "the tests" -DRDMA_CORE_SRC=/usr/src/rdma-core
	beside "what is built and tried meanwhile" check_meanwhile
	check_tree build "" "unit and model tests"
	check_user
	joined || die "failed: what was to be built meanwhile, see above"
	beside "libFuzzer" check_fuzz
	check_sanitized
	joined || check_failed libfuzzer "not all of it could be tried"
	beside "the other guests" check_guests
	check_scenarios scenarios "/skua/src/tests/vm/scenarios/*"
	joined || check_failed "the other guests" "not all of them were tried"
	beside "the other pairs of guests" check_own_guests beside-pair
	check_own_guests pair
	joined || check_failed "the other pairs of guests" \
		"not all of them were tried"
}

check_meanwhile()
{
	check_front_end
	# shellcheck disable=SC2034 # for in_root
	AT_REST=yes
	check_style
	build_tree sanitized "the tests with sanitizers" -DSKUA_SANITIZE=ON \
		-DRDMA_CORE_SRC=/usr/src/rdma-core
	build_tree fuzz "the fuzz targets" -DSKUA_FUZZ=ON \
		-DCMAKE_C_COMPILER=clang
	check_rpms
}

# Those beside the guest that has most of the scenarios.
check_guests()
{
	check_own_guests beside-scenarios
	check_guest rdma-core \
		'exec python3 /skua/src/tests/rdma_core_tests.py /skua/share/rows skua0'
	check_own_guests beside-scenarios-last
}

# turn_of GUEST - when it is tried, by its head: what runs at a time suits two
# processors.
turn_of()
{
	sed -n 's/^# turn: //p' "$1"
}

# check_turns - none is left out.
check_turns()
{
	for check_own in "$SKUA_TOP"/tests/vm/guests/*; do
		case $(turn_of "$check_own") in
		beside-scenarios | beside-scenarios-last | pair | beside-pair) ;;
		*) die "$check_own has no turn that there is" ;;
		esac
	done
}

# check_own_guests TURN - those of tests/vm/guests whose turn it is.
check_own_guests()
{
	for check_own in "$SKUA_TOP"/tests/vm/guests/*; do
		[ "$(turn_of "$check_own")" = "$1" ] || continue
		check_name=$(basename "$check_own")
		# shellcheck disable=SC2046 # options, none or some
		check_scenarios "$check_name" \
			"/skua/src/tests/vm/guests/$check_name" \
			$(sed -n 's/^# guest: //p' "$check_own")
	done
}

check_interop()
{
	CHECK_SECONDS=2400
	check_guest interop 'exec python3 /skua/src/tests/vm/interop.py \
		/skua/share/rows /skua/share/interop.json' --wires
	check_guest interop-ipsec 'exec python3 /skua/src/tests/vm/interop_ipsec.py \
		/skua/share/rows' --wires --kinds tap
	in_root python3 /skua/src/tests/vm/interop_table.py \
		/skua/out/guest/interop/share/interop.json
}

# What runs without a guest, with the sanitizers watching.
check_sanitized()
{
	check_tree sanitized sanitized/ \
		"unit and model tests under ASan and UBSan"
	say "== user mode under ASan and UBSan"
	check_user_scenarios sanitized/user/ --sanitized /skua/out/sanitized
}

# check_tree TREE PREFIX WHAT - PREFIX goes before the names of its tests.
check_tree()
{
	say "== $3"
	in_root python3 /skua/src/tests/ctest_results.py "/skua/out/$1" \
		/skua/out/check/rows "$2" ||
		check_failed "$3" "ctest itself failed"
}

# What comes from a link, by libFuzzer: other inputs each time. It has what others
# leave of the processors.
check_fuzz()
{
	# shellcheck disable=SC2034 # for in_root
	AT_REST=yes
	say "== libFuzzer, $((2 * CHECK_FUZZ_SECONDS)) s"
	check_fuzz_target link "$CHECK_FUZZ_SECONDS"
	check_fuzz_target wire $((CHECK_FUZZ_SECONDS / 2))
	check_fuzz_target esp $((CHECK_FUZZ_SECONDS / 2))
}

# check_fuzz_target NAME SECONDS - an input that it fails with stays in out/found.
check_fuzz_target()
{
	rm -rf "$SKUA_OUT/found/$1"
	mkdir -p "$SKUA_OUT/found/$1/corpus"
	if in_root "/skua/out/fuzz/tests/fuzz/fuzz_$1" -timeout=10 \
		"-max_total_time=$2" \
		"-artifact_prefix=/skua/out/found/$1/" \
		"/skua/out/found/$1/corpus" "/skua/src/tests/fuzz/corpus/$1" \
		>"$SKUA_OUT/log/fuzz-$1.log" 2>&1; then
		check_result passed "libfuzzer/$1" \
			"$(tail -n 1 "$SKUA_OUT/log/fuzz-$1.log")"
	else
		tail -n 40 "$SKUA_OUT/log/fuzz-$1.log" | sed 's/^/   | /'
		check_failed "libfuzzer/$1" "the input is in out/found/$1"
	fi
}

# User mode with what the packages have installed.
check_user()
{
	say "== user mode"
	check_user_scenarios user/
	say "== user mode, the tests of rdma-core"
	user_dir check
	check_user_part "the tests of rdma-core" /skua/src/tests/user/as-nobody \
		env PATH="/skua/src/tests/user/bin:/usr/sbin:/usr/bin" \
		skua-run -- python3 /skua/src/tests/rdma_core_tests.py \
		--prefix user/ /skua/out/user/check/rows skua0
	cat "$SKUA_OUT/user/check/rows" >>"$check_dir/rows" 2>/dev/null ||
		check_failed "the tests of rdma-core" "it left no result"
}

check_user_scenarios()
{
	check_prefix=$1
	shift
	check_user_part "scenarios of $check_prefix" sh -c \
		'exec python3 /skua/src/tests/user/run.py --prefix "$@" \
			/skua/out/check/rows /skua/src/tests/user/scenarios/*' \
		run "$check_prefix" "$@"
}

# Users without rights call ./skua run on this machine.
check_front_end()
{
	check_log=$SKUA_OUT/log/front-end.log check_status=0
	attended unshare --net "$SKUA_TOP/tests/user/front-end" "$SKUA_OUT" \
		>"$check_log" 2>&1 || check_status=$?
	case $check_status in
	0) check_result passed front-end ;;
	77) check_result skipped front-end "$(tail -n 1 "$check_log")" ;;
	*)
		tail -n 30 "$check_log" | sed 's/^/   | /'
		check_failed front-end "status $check_status" ;;
	esac
}

# Who runs this may have files of his own beside ours, such as a log.
check_style()
{
	check_log=$SKUA_OUT/log/style.log
	if ! in_checkout; then
		check_result skipped style "only git knows which files are ours"
		return
	fi
	checkout_git ls-files -z | existing_files >"$check_dir/style-files"
	if in_root sh /skua/src/tests/style /skua/src \
		/skua/out/check/style-files >"$check_log" 2>&1; then
		check_result passed style
	else
		sed 's/^/   | /' "$check_log"
		check_failed style "files that are not as all are"
	fi
}

# check_user_part WHAT COMMAND...
check_user_part()
{
	check_what=$1
	shift
	user_tests timeout -k 5 "$CHECK_USER_SECONDS" "$@" ||
		check_failed "$check_what" "it did not come to its end"
}

# The same split as RPMs; what they depend on has other names there. Its tests would
# be those of out/build.
make_rpms()
{
	in_root sh /skua/src/redhat/build.sh /skua/out/rpm --nodeps \
		--without check
}

check_rpms()
{
	step rpm "building the RPMs" make_rpms
	check_result passed rpms
}

check_scenarios()
{
	check_name=$1 check_files=$2
	shift 2
	check_guest "$check_name" \
		"exec python3 /skua/src/tests/vm/scenarios.py /skua/share/rows $check_files" \
		"$@"
}

# check_guest NAME JOB [OPTION...] - tests in a guest of their own. One that ends
# badly fails the run even if every test in it was content.
check_guest()
{
	check_name=$1 check_job=$2
	shift 2
	say "== guest $check_name ($ACCEL)"
	guest "$check_name" "$CHECK_SECONDS" "$check_job" "$@" ||
		check_failed "guest $check_name" "see out/guest/$check_name"
	for check_share in "$SKUA_OUT/guest/$check_name/share" \
		"$SKUA_OUT/guest/$check_name"/guest*/share; do
		[ ! -d "$check_share" ] ||
			cat "$check_share/rows" >>"$check_dir/rows" 2>/dev/null ||
			check_failed "guest $check_name" "it left no result"
	done
}

# check_result OUTCOME NAME [REMARK]
check_result()
{
	in_root python3 /skua/src/tests/results.py add /skua/out/check/rows "$@"
}

check_failed()
{
	check_result failed "$@"
}
