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
# Of each family that takes our paths or our descriptors: all of it.
missing=$(
	for name in access close closefrom close_range copy_file_range dup dup2 \
		dup3 eaccess euidaccess faccessat fallocate fallocate64 fcntl \
		fcntl64 fopen fopen64 freopen freopen64 fstat fstat64 fstatat \
		fstatat64 ftruncate ftruncate64 glob glob64 ioctl lseek lseek64 \
		lstat lstat64 mremap munmap open open64 openat openat64 opendir \
		posix_fallocate posix_fallocate64 pread pread64 preadv preadv64 \
		pwrite pwrite64 pwritev pwritev64 read readlink readlinkat readv \
		realpath scandir scandir64 scandirat scandirat64 sendfile \
		sendfile64 socket splice stat stat64 statx write writev \
		__open_2 __open64_2 __openat_2 __openat64_2 __pread_chk \
		__pread64_chk __read_chk __readlink_chk __readlinkat_chk \
		__realpath_chk; do
		grep -qx "$name" "$dir/ours" || echo "$name"
	done
)
if [ -n "$missing" ]; then
	echo "not so: $1 defines $missing" >&2
	exit 1
fi
if comm -23 "$dir/ours" "$dir/libc" | grep .; then
	echo "not so: libc has all that $1 defines" >&2
	exit 1
fi
