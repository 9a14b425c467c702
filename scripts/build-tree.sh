# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh
# Build trees in out/, configured once and built anew when sources change: where
# the unit and model tests run. What the guest runs are the packages.

# configure_tree TREE OPTION... - out/TREE with these options for CMake.
configure_tree()
{
	configure_name=$1
	shift
	in_root cmake -G Ninja -S /skua/src -B "/skua/out/$configure_name" \
		-DCMAKE_BUILD_TYPE=RelWithDebInfo "$@"
}

# compile_tree TREE [TARGET...] - all of it, or these.
compile_tree()
{
	compile_name=$1
	shift
	in_root cmake --build "/skua/out/$compile_name" --parallel 2 \
		${1:+--target "$@"}
}

# have_tree TREE WHAT OPTION... - it is configured.
have_tree()
{
	tree=$1 tree_what=$2
	shift 2
	if ! stamped "tree-$tree" "$*" || [ ! -e "$SKUA_OUT/$tree/build.ninja" ]; then
		step "configure-$tree" "configuring $tree_what" \
			configure_tree "$tree" "$@"
		stamp "tree-$tree" "$*"
	fi
}

# build_tree TREE WHAT OPTION...
build_tree()
{
	have_tree "$@"
	step "compile-$tree" "building $tree_what" compile_tree "$tree"
}
