#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# preload_exports.sh LIBRARY CC - what is preloaded into any program must define
# nothing but what it stands in front of, the functions of libc.
set -u

exports()
{
	nm -D --defined-only "$1" | sed 's/.* //; s/@.*//' | sort -u
}

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
exports "$1" >"$dir/ours"
exports "$("$2" -print-file-name=libc.so.6)" >"$dir/libc"
grep -qx openat64 "$dir/ours" || {
	echo "not so: $1 defines openat64()" >&2
	exit 1
}
if comm -23 "$dir/ours" "$dir/libc" | grep .; then
	echo "not so: libc has all that $1 defines" >&2
	exit 1
fi
