# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh

CHECK_SECONDS=900

usage_check()
{
	cat <<-END
	./skua check              run all tests

	Unit and model tests, also under sanitizers, the RPM build, then the
	scenarios of tests/vm in guests, then the tests that rdma-core brings. A line a test, and the counts at the end;
	the exit status says whether all passed. tests/README.md tells more.
	END
}

cmd_check()
{
	[ $# -eq 0 ] || wrong_call "check takes no argument: $1"
	prepare
	check_dir=$SKUA_OUT/check
	rm -rf "$check_dir"
	mkdir -p "$check_dir"

	check_trees
	check_rpms
	check_scenarios scenarios "/skua/src/tests/vm/scenarios/*"
	for check_own in "$SKUA_TOP"/tests/vm/guests/*; do
		check_name=$(basename "$check_own")
		# shellcheck disable=SC2046 # options, none or some
		check_scenarios "$check_name" \
			"/skua/src/tests/vm/guests/$check_name" \
			$(sed -n 's/^# guest: //p' "$check_own")
	done
	check_guest rdma-core \
		'exec python3 /skua/src/tests/vm/rdma_core_tests.py /skua/share/rows skua0'
	in_root python3 /skua/src/tests/results.py close /skua/out/check/rows
}

# Unit and model tests, as they are shipped and with the sanitizers watching.
check_trees()
{
	build_tree build "the tests" -DRDMA_CORE_SRC=/usr/src/rdma-core
	check_tree build "" "unit and model tests"
	build_tree sanitized "the tests with sanitizers" -DSKUA_SANITIZE=ON
	check_tree sanitized sanitized/ "the same under ASan and UBSan"
}

# check_tree TREE PREFIX WHAT - PREFIX goes before the names of its tests.
check_tree()
{
	say "== $3"
	in_root python3 /skua/src/tests/ctest_results.py "/skua/out/$1" \
		/skua/out/check/rows "$2" ||
		check_failed "$3" "ctest itself failed"
}

# The same split as RPMs; what they depend on has other names there.
make_rpms()
{
	in_root sh /skua/src/redhat/build.sh /skua/out/rpm --nodeps
}

check_rpms()
{
	step rpm "building the RPMs" make_rpms
	in_root python3 /skua/src/tests/results.py add /skua/out/check/rows \
		passed rpms
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
	cat "$SKUA_OUT/guest/$check_name/share/rows" >>"$check_dir/rows" 2>/dev/null ||
		check_failed "guest $check_name" "it left no result"
}

check_failed()
{
	in_root python3 /skua/src/tests/results.py add /skua/out/check/rows \
		failed "$1" "$2"
}
