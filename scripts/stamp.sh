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

checkout_git()
{
	git -C "$SKUA_TOP" -c safe.directory='*' "$@"
}

# Is this a checkout, and can it be asked what belongs to it?
in_checkout()
{
	checkout_git rev-parse >/dev/null 2>&1
}

# The files of the checkout, uncommitted ones too, NUL-separated; of a tree
# without git everything but out/.
source_files()
{
	if in_checkout; then
		checkout_git ls-files -z --cached --others --exclude-standard
	else
		find "$SKUA_TOP" -path "$SKUA_TOP/out" -prune -o \
			\( -type f -o -type l \) -printf '%P\0'
	fi
}

# existing_files < names - without those that were deleted and are still known
# to git.
existing_files()
{
	(cd "$SKUA_TOP" && sort -z -u | xargs -0 sh -c '
		for f; do
			[ ! -e "$f" ] || printf "%s\0" "$f"
		done' existing)
}

# hash_files < names - one hash of names, modes and contents.
hash_files()
{
	existing_files | (cd "$SKUA_TOP" && xargs -0 sh -c '
		for f; do
			stat -c "%A %n" "$f"
			sha256sum <"$f"
		done' hash) | sha256sum | cut -d ' ' -f 1
}

# note_time NAME, checked NAME - hashes were compared between these two calls,
# and were right: what changes later is younger than that.
note_time()
{
	mkdir -p "$SKUA_OUT/stamp"
	: >"$SKUA_OUT/stamp/$1.begun"
}

checked()
{
	mv "$SKUA_OUT/stamp/$1.begun" "$SKUA_OUT/stamp/$1.checked"
}

# unchanged_since NAME - no file or directory of the checkout is younger.
unchanged_since()
{
	[ -e "$SKUA_OUT/stamp/$1.checked" ] &&
	[ -z "$(find "$SKUA_TOP" \( -path "$SKUA_OUT" -o -path "$SKUA_TOP/out" -o \
			-path "$SKUA_TOP/.git" -o -name __pycache__ \) -prune -o \
		-newer "$SKUA_OUT/stamp/$1.checked" -print -quit)" ]
}
