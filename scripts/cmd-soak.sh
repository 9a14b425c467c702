# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh

SOAK_SIZE=50G

usage_soak()
{
	cat <<-END
	./skua soak [SIZE]        move SIZE (50G) twice over a bad link, and check it

	Two programs in user mode do all that reliable connections can to each
	other, over a link that loses, damages, doubles and reorders packets
	(tests/impair/random.rules), SIZE with each kind of recovery. Every
	byte is compared, every message and completion counted. SIZE may have k, M,
	G or T behind it. A line tells every 10 s how far it is.
	END
}

cmd_soak()
{
	[ $# -le 1 ] || wrong_call "soak takes one size: $*"
	prepare
	build_tree build "the tests" -DRDMA_CORE_SRC=/usr/src/rdma-core
	user_tests /skua/src/tests/user/as-nobody \
		sh /skua/src/tests/soak/run "${1:-$SOAK_SIZE}"
}
