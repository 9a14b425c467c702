# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh
# A server behind the words of $PEER, in the guest in the namespace "peer"; its
# client behind those of $HERE, if any.

PAIR_SECONDS=40 PAIR_TRIES=10 PAIR_LOG=/tmp/server.log

# server_up PID - in the namespace of process PID something listens on TCP, or for
# connections of user mode. A program that waits for RDMA connections of the kernel
# shows nothing, and is given a moment.
server_up()
{
	awk '$4 == "0A" { up = 1 } END { exit !up }' \
		"/proc/$1/net/tcp" "/proc/$1/net/tcp6" 2>/dev/null ||
		grep -q ' 00010000 .*@skua/cm/' "/proc/$1/net/unix" 2>/dev/null
}

# pair SERVER CLIENT - run both, show what the client says; fail if either does.
pair()
{
	# shellcheck disable=SC2086
	$PEER timeout $PAIR_SECONDS $1 >"$PAIR_LOG" 2>&1 &
	pair_pid=$!
	pair_left=$PAIR_TRIES
	while [ "$pair_left" -gt 0 ]; do
		sleep 0.2
		server_up $pair_pid && break
		pair_left=$((pair_left - 1))
	done
	pair_status=0
	# shellcheck disable=SC2086
	${HERE-} timeout $PAIR_SECONDS $2 || pair_status=$?
	[ $pair_status -eq 0 ] || kill $pair_pid 2>/dev/null
	wait $pair_pid || pair_status=$?
	[ $pair_status -eq 0 ] || sed 's/^/server: /' "$PAIR_LOG"
	return $pair_status
}
