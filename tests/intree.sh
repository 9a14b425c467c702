#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# intree.sh RDMA_CORE_SRC: the provider builds inside of an rdma-core tree.
#
# Drops the folder and the two contracts into a copy of the tree, as a patch
# for upstream would add them, and builds the provider with upstream's flags;
# a warning is an error.
set -eu

if [ $# -ne 1 ] || [ ! -f "$1/libibverbs/driver.h" ]; then
	echo "usage: $0 RDMA_CORE_SRC" >&2
	exit 2
fi
top=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

cp -R "$1" "$work/src"
cd "$work/src"
cp -R "$top/providers/skua" providers/
cp "$top/hwi/skua_hwi.h" providers/skua/
cp "$top/kernel-uapi/rdma/skua-abi.h" kernel-headers/rdma/
# One list publishes the header, the other makes kernel-abi/ from it.
sed -i 's|^  rdma/siw-abi.h|&\n  rdma/skua-abi.h|' kernel-headers/CMakeLists.txt
sed -i 's|^add_subdirectory(providers/siw)|&\nadd_subdirectory(providers/skua)|' \
	CMakeLists.txt
[ "$(grep -c skua-abi.h kernel-headers/CMakeLists.txt)" -eq 2 ]
grep -q providers/skua CMakeLists.txt

abi=$(sed -n 's/^set(IBVERBS_PABI_VERSION "\(.*\)").*/\1/p' CMakeLists.txt)
cmake -S . -B "$work/build" -Wno-dev -DIN_PLACE=1 -DNO_MAN_PAGES=1 \
	-DNO_PYVERBS=1 -DCMAKE_C_FLAGS=-Werror >"$work/log" 2>&1 ||
	{ cat "$work/log"; exit 1; }
cmake --build "$work/build" --target skua
test -e "$work/build/lib/libskua-rdmav$abi.so"
