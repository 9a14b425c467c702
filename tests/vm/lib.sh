# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh
# What the scenarios share: how to fail, to skip, and to wait.

. /skua/src/tests/vm/net.sh
. /skua/src/tests/vm/pair.sh

# shellcheck disable=SC2034 # the far function's addresses, for the scenarios
THERE=192.0.2.2 THERE6=fd00:2::2

fail()
{
	echo "$*"
	exit 1
}

# wait_for SECONDS WHAT COMMAND... - until COMMAND succeeds.
wait_for()
{
	wait_left=$(($1 * 5)) wait_what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		[ $wait_left -gt 0 ] || fail "waited in vain: $wait_what"
		wait_left=$((wait_left - 1))
		sleep 0.2
	done
}

# skua_pci N - the PCI address of RDMA device skuaN.
skua_pci()
{
	basename "$(readlink -f "/sys/class/infiniband/skua$1/device")"
}

have_skua()
{
	[ -e "/sys/class/infiniband/skua$1" ]
}

# traffic - a short exchange over both functions: they work.
traffic()
{
	pair "ibv_rc_pingpong -n 100 -d skua1 -g $(gid_index skua1)" \
		"ibv_rc_pingpong -n 100 -d skua0 -g $(gid_index skua0) $THERE" ||
		fail "no traffic from skua0 to skua1"
}

# connected - an RC connection from skua0 can carry traffic. Programs say so too,
# but to a buffer.
connected()
{
	rdma resource show qp link skua0 | grep -q 'type RC state RTS'
}

# resources - how many objects of user programs the kernel holds on skua0 and
# skua1; those of the kernel itself carry a comm in brackets.
resources()
{
	for resource in qp cq mr pd cm_id; do
		rdma resource show $resource
	done | grep -E 'skua[01]' | grep -c 'pid [0-9]'
}

no_resources()
{
	[ "$(resources)" -eq 0 ]
}
