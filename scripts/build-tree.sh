# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh
# The build tree out/build, configured once and built anew when sources change:
# where the unit and model tests run. What the guest runs are the packages.

configure_tree()
{
	in_root cmake -G Ninja -S /skua/src -B /skua/out/build \
		-DCMAKE_BUILD_TYPE=RelWithDebInfo \
		-DRDMA_CORE_SRC=/usr/src/rdma-core
}

compile_tree()
{
	in_root cmake --build /skua/out/build --parallel 2
}

build_tree()
{
	[ -e "$SKUA_OUT/build/build.ninja" ] ||
		step configure "configuring the build tree" configure_tree
	step compile "building the tests" compile_tree
}
