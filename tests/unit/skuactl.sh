# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# skuactl.sh - what the tests of skuactl share: a control_fake behind a socket, and
# what is asked of it. Read by them with SKUACTL and CONTROL_FAKE as arguments.
set -u

skuactl=$1 fake=$2
dir=$(mktemp -d)
failed=0

"$fake" "$dir/socket" &
pid=$!
trap 'kill "$pid" 2>/dev/null; rm -rf "$dir"' EXIT

not_so()
{
	echo "not so: $*" >&2
	failed=1
}

# ask ARGUMENT... - of the part of skuactl that the test is about.
ask()
{
	timeout 20 "$skuactl" -c "$dir/socket" "${part:?}" "$@"
}

# ends STATUS ARGUMENT... - it ends with that status; output and error are left.
ends()
{
	wanted=$1
	shift
	ask "$@" >"$dir/out" 2>"$dir/err"
	got=$?
	[ "$got" -eq "$wanted" ] || not_so "status $wanted, but $got: $*"
}

# refused STATUS ERROR ARGUMENT... - and with one line.
refused()
{
	status=$1 error=$2
	shift 2
	ends "$status" "$@"
	[ "$(cat "$dir/err")" = "skuactl: $error" ] ||
		not_so "$error, but $(cat "$dir/err"): $*"
}

# says TEXT ARGUMENT... - it ends well, and prints that.
says()
{
	text=$1
	shift
	said=$(ask "$@" 2>&1) || not_so "it ends well: $*"
	[ "$said" = "$text" ] || not_so "it says $text, but $said: $*"
}

# The last line of a test.
judge()
{
	kill "$pid"
	wait "$pid" || not_so "the fake ends well"
	exit "$failed"
}

tries=100
until [ -S "$dir/socket" ]; do
	tries=$((tries - 1))
	[ "$tries" -gt 0 ] || { not_so "a socket"; exit 1; }
	sleep 0.1
done
