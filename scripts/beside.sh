# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh
# Something that runs while the front-end does something else; one at a time.

BESIDE_PID=

# beside WHAT FUNCTION [ARGUMENT...] - start FUNCTION; joined shows what it says.
beside()
{
	beside_what=$1
	shift
	mkdir -p "$SKUA_OUT/log"
	(
		trap step_abort EXIT
		trap 'exit 143' TERM
		"$@"
	) >"$SKUA_OUT/log/beside.log" 2>&1 </dev/null &
	BESIDE_PID=$!
}

# joined - wait for it and show what it has said, except that it is alive; its exit
# status.
joined()
{
	if kill -0 "$BESIDE_PID" 2>/dev/null; then
		say "== waiting for $beside_what"
	fi
	beside_status=0
	wait "$BESIDE_PID" || beside_status=$?
	BESIDE_PID=
	sed '/^   still running after/d' "$SKUA_OUT/log/beside.log"
	return "$beside_status"
}

beside_abort()
{
	if [ -n "$BESIDE_PID" ]; then
		kill "$BESIDE_PID" 2>/dev/null || :
		wait "$BESIDE_PID" 2>/dev/null || :
		BESIDE_PID=
	fi
}
