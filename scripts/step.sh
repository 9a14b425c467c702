# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh
# A long step: its output goes to a log, the person sees that it is alive.

STEP_PID=

# step NAME WHAT COMMAND... - run COMMAND (a program or a function) with its
# output in out/log/NAME.log; on failure show the end of that log and stop.
step()
{
	step_log=$SKUA_OUT/log/$1.log
	step_what=$2
	step_start=$(date +%s)
	shift 2

	mkdir -p "$SKUA_OUT/log"
	say "== $step_what (log: $step_log)"
	( "$@" ) >"$step_log" 2>&1 </dev/null &
	STEP_PID=$!
	step_watch
	step_status=0
	wait "$STEP_PID" || step_status=$?
	STEP_PID=
	if [ "$step_status" -ne 0 ]; then
		tail -n 30 "$step_log" | sed 's/^/   | /' >&2
		die "failed: $step_what; the whole log is in $step_log"
	fi
	say "   done after $(step_seconds) s"
}

step_seconds()
{
	echo $(($(date +%s) - step_start))
}

# A line that counts on a terminal, one line every half minute elsewhere.
step_watch()
{
	step_shown=0
	while kill -0 "$STEP_PID" 2>/dev/null; do
		step_now=$(step_seconds)
		if [ -t 1 ]; then
			printf '   %s s\r' "$step_now"
		elif [ $((step_now - step_shown)) -ge 30 ]; then
			say "   still running after $step_now s"
			step_shown=$step_now
		fi
		sleep 0.2
	done
}

# attended COMMAND... - run COMMAND so that a signal to the front-end ends it at
# once: a shell waits for a foreground command before it looks at signals.
attended()
{
	{ ( "$@" ) <&8 & } 8<&0
	STEP_PID=$!
	attended_status=0
	wait "$STEP_PID" || attended_status=$?
	STEP_PID=
	return "$attended_status"
}

# What an interrupted front-end has to end: the command that runs.
step_abort()
{
	if [ -n "$STEP_PID" ]; then
		kill "$STEP_PID" 2>/dev/null
		wait "$STEP_PID" 2>/dev/null
		STEP_PID=
	fi
}
