#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# skuad_program.sh SKUAD SKUACTL - the two programs as their manual pages say.
set -u

skuad=$1 skuactl=$2
dir=$(mktemp -d)
pid=
failed=0

trap '[ -z "$pid" ] || kill "$pid"; rm -rf "$dir"' EXIT

not_so()
{
	echo "not so: $*" >&2
	failed=1
}

# refused STATUS COMMAND... - it ends with that status and one line.
refused()
{
	wanted=$1
	shift
	timeout 10 "$@" >"$dir/out" 2>"$dir/err"
	got=$?
	[ "$got" -eq "$wanted" ] || not_so "status $wanted, but $got: $*"
	[ "$(wc -l <"$dir/err")" -eq 1 ] || not_so "one line of error: $*"
}

# until_is COMMAND... - wait a while for it to become true.
until_is()
{
	tries=100
	while ! "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.1
	done
}

# start OPTION... - a skuad in the background, once it is ready.
start()
{
	: >"$dir/log"
	"$skuad" "$@" 2>>"$dir/log" &
	pid=$!
	until_is grep -q '^skuad: ready$' "$dir/log" ||
		not_so "ready: skuad $*"
}

# stop SIGNAL STATUS
stop()
{
	kill -s "$1" "$pid"
	wait "$pid"
	got=$?
	pid=
	[ "$got" -eq "$2" ] || not_so "status $2 after $1, but $got"
}

refused 2 "$skuad"
refused 2 "$skuad" --function
refused 2 "$skuad" --nonsense
refused 2 "$skuad" -f "$dir/a" stray
refused 2 "$skuad" -f "$dir/a,mac=1:2:3"
refused 2 "$skuad" -f "$dir/a,mac=01:00:00:00:00:01"
refused 2 "$skuad" -f "$dir/a,colour=red"
refused 2 "$skuad" -f ,mac=02:00:00:00:00:01
refused 1 "$skuad" -f "$dir/no/such/folder"
refused 2 "$skuactl"
refused 2 "$skuactl" nonsense
refused 2 "$skuactl" stats stray
refused 1 "$skuactl" -c "$dir/nobody" stats

"$skuad" --version | grep -q '^skuad [0-9]' || not_so "a version"
"$skuad" --help | grep -q -e --function || not_so "a help text"

# A file that is no socket stays.
echo precious >"$dir/file"
refused 1 "$skuad" -f "$dir/file"
grep -q precious "$dir/file" || not_so "other people's files stay"

start -f "$dir/a,mac=02:00:00:00:00:01" -f "$dir/b" -c "$dir/control"
"$skuactl" -c "$dir/control" stats | grep -q '02:00:00:00:00:01' ||
	not_so "the statistics name the MAC"
"$skuactl" -c "$dir/control" stats --json |
	grep -q '"connected": *false' || not_so "statistics as JSON"
"$skuactl" -c "$dir/control" link show | grep -q '^LINK ' ||
	not_so "links can be asked for"
refused 1 "$skuactl" -c "$dir/control" link impair add drop out
# One function's client cannot use up the descriptors of all.
awk '/^Max open files/ { exit $4 != $5 }' "/proc/$pid/limits" ||
	not_so "the limit of open files is raised"
# A socket in use stays with who has it.
refused 1 "$skuad" -f "$dir/a"
stop KILL 137
[ -S "$dir/a" ] || not_so "a killed skuad leaves its socket"

# What a killed one left is replaced; one that ends leaves nothing.
start -f "$dir/a" -f "$dir/b" -c "$dir/control"
stop TERM 0

# Congestion control: at the start, and later.
refused 2 "$skuad" -f "$dir/a" --cc
refused 2 "$skuad" -f "$dir/a" --cc rp_ai_rate=0
start -f "$dir/a" -c "$dir/control" -C rp_ai_rate=7 --cc off
cc()
{
	"$skuactl" -c "$dir/control" cc "$@"
}
cc show | grep -q '^rp_ai_rate  *7$' || not_so "a parameter is set"
cc show | grep -q '^enable  *0$' || not_so "it is off"
cc set on np_cnp_dscp=26 || not_so "parameters can be set"
cc show --json | grep -q '"np_cnp_dscp": *26' || not_so "they are, as JSON"
refused 1 "$skuactl" -c "$dir/control" cc set rp_ai_rate=9 np_cnp_dscp=64
refused 2 "$skuactl" -c "$dir/control" cc set
cc show | grep -q '^rp_ai_rate  *7$' || not_so "all or none are set"
cc show --qp | grep -q '^FUNCTION .* RATE kbit/s ' || not_so "QPs are shown"
stop TERM 0

# With a link: it is there, bears rules and is captured.
start -f "$dir/a" -c "$dir/control" -l "shm:program.$$"
link()
{
	"$skuactl" -c "$dir/control" link "$@"
}
link show | grep -q "^shm:program.$$  *down  *0 " || not_so "the link is shown"
link impair add "drop out p=0.5" >/dev/null || not_so "a rule is added"
link impair list | grep -q "^shm:program.$$ .* drop out p=0.5$" ||
	not_so "the rule is there"
link capture start "$dir/capture" || not_so "a capture starts"
refused 1 "$skuactl" -c "$dir/control" link capture start "$dir/other"
# With a capture under way, too.
stop INT 0
[ -s "$dir/capture" ] || not_so "the capture was written"

start -f "$dir/a"
stop INT 0
for socket in a b control; do
	[ ! -e "$dir/$socket" ] || not_so "$socket is removed"
done
exit "$failed"
