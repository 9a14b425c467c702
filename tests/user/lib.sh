# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh
# What the scenarios of user mode share.

# shellcheck disable=SC2034 # the addresses that tests/user/enter gives
ADDRESS=192.0.2.1 ADDRESS6=fd00:2::1
HERE="skua-run --" PEER="skua-run --"
. /skua/src/tests/vm/pair.sh

SCRATCH=$(mktemp -d)
# shellcheck disable=SC2034 # for pair.sh
PAIR_LOG=$SCRATCH/server.log PAIR_TRIES=50
trap 'rm -rf "$SCRATCH"' EXIT

fail()
{
	echo "$*"
	exit 1
}

# expect STATUS COMMAND... - that it ends so; what it says is in $said.
expect()
{
	expected=$1 status=0
	shift
	said=$("$@" 2>&1) || status=$?
	[ "$status" -eq "$expected" ] ||
		fail "$*: status $status, not $expected: $said"
}

# says TEXT - that the last command said so.
says()
{
	case $said in
	*"$1"*) ;;
	*) fail "nothing says '$1': $said" ;;
	esac
}

# wait_for SECONDS WHAT COMMAND... - until COMMAND succeeds.
wait_for()
{
	wait_left=$(($1 * 10)) wait_what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		[ $wait_left -gt 0 ] || fail "waited in vain: $wait_what"
		wait_left=$((wait_left - 1))
		sleep 0.1
	done
}

# connected COMMAND... - which has perftest connect by rdma_cm. That connects twice,
# and its server listens for the second time after the first: a client that comes too
# early is told that nobody listens, and ends in a crash of its own. This alone is
# tried again, up to three times.
connected()
{
	for _ in 1 2 3 4; do
		connected_status=0
		"$@" >"$SCRATCH/connected" 2>&1 || connected_status=$?
		cat "$SCRATCH/connected"
		grep -Eq "EVENT_REJECTED; error: 8|EVENT_UNREACHABLE; error: 1" \
			"$SCRATCH/connected" || break
	done
	return "$connected_status"
}
