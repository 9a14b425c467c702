# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh
# The host's own limit programs, which figures are compared with, and what tells of
# its processors.

make_limits()
{
	for limit in memcpy-limit pvm-limit link-limit processors; do
		in_root gcc -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra \
			-I /skua/src/device -I /skua/src/device/include -o "/skua/out/$limit" \
			"/skua/src/perf/$(echo "$limit" | tr - _).c" -lisal || return
	done
}

prepare_limits()
{
	limits_inputs=$(printf '%s\0' perf/memcpy_limit.c perf/pvm_limit.c \
		perf/link_limit.c perf/processors.c perf/limit.h \
		perf/measure.h device/include/skua_clock.h \
		device/wire/crc.h | hash_files)
	if ! stamped limits "$limits_inputs" || [ ! -e "$SKUA_OUT/processors" ]; then
		make_limits || die "failed: building the limit programs of perf/"
		stamp limits "$limits_inputs"
	fi
}
