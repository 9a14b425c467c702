# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh
# What was made from what: a step leaves the hash of its inputs, and is done
# again only when they hash to something else.

stamped()
{
	[ "$(cat "$SKUA_OUT/stamp/$1" 2>/dev/null)" = "$2" ]
}

stamp()
{
	mkdir -p "$SKUA_OUT/stamp"
	printf '%s\n' "$2" >"$SKUA_OUT/stamp/$1"
}

unstamp()
{
	rm -f "$SKUA_OUT/stamp/$1"
}

# The files of the checkout, uncommitted ones too, NUL-separated; of a tree
# without git everything but out/.
source_files()
{
	if git -C "$SKUA_TOP" -c safe.directory='*' rev-parse >/dev/null 2>&1; then
		git -C "$SKUA_TOP" -c safe.directory='*' \
			ls-files -z --cached --others --exclude-standard "$@"
	else
		(cd "$SKUA_TOP" && find "${@:-.}" -path ./out -prune -o \
			\( -type f -o -type l \) -print0)
	fi
}

# hash_files < NUL-separated names - one hash of names, modes and contents.
hash_files()
{
	(cd "$SKUA_TOP" && sort -z | xargs -0 sh -c '
		for f; do
			[ -e "$f" ] || continue
			stat -c "%A %n" "$f"
			[ -d "$f" ] || sha256sum <"$f"
		done' hash | sha256sum | cut -d ' ' -f 1)
}
