# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh
# The host's own limit program, which the guest's figures are compared with.

prepare_memcpy()
{
	memcpy_inputs=$(printf 'perf/memcpy_limit.c\0' | hash_files)
	if ! stamped memcpy "$memcpy_inputs" || [ ! -e "$SKUA_OUT/memcpy-limit" ]; then
		in_root gcc -std=gnu11 -O2 -Wall -Wextra -o /skua/out/memcpy-limit \
			/skua/src/perf/memcpy_limit.c ||
			die "failed: building perf/memcpy_limit.c"
		stamp memcpy "$memcpy_inputs"
	fi
}
