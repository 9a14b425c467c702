#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# skua_run.sh SKUA-RUN LIBRARY SYSFS CC - the launcher as its manual page says,
# before a library that serves fakes. Whatever CC cannot build here is left out.
set -u

dir=$(mktemp -d)
failed=0
trap 'rm -rf "$dir"' EXIT
# Both as if they were installed in one folder, which has everybody's rights.
chmod 755 "$dir"
cp "$1" "$dir/skua-run"
cp "$2" "$dir/libskua-user.so"
ln -s "$3" "$dir/sysfs"
run=$dir/skua-run
cc=$4
unset SKUA_USER LD_PRELOAD IBV_DRIVERS RDMAV_DRIVERS
# Of a skua-run that was built so: its memory is the process's until exec(), and
# it may be called with libraries preloaded.
export ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0

not_so()
{
	echo "not so: $*" >&2
	failed=1
}

# refused STATUS WORDS COMMAND... - it ends so, and says WORDS last of all.
refused()
{
	wanted=$1
	words=$2
	shift 2
	timeout 10 "$@" >"$dir/out" 2>"$dir/err"
	got=$?
	[ "$got" -eq "$wanted" ] || not_so "status $wanted, but $got: $*"
	tail -n 1 "$dir/err" | grep -q -e "$words" ||
		not_so "\"$words\": $* says $(cat "$dir/err")"
}

# prints TEXT COMMAND... - it succeeds, and that is the output's first line.
prints()
{
	wanted=$1
	shift
	got=$(timeout 10 "$@" 2>"$dir/err") ||
		not_so "it succeeds: $*: $(cat "$dir/err")"
	got=$(echo "$got" | head -n 1)
	[ "$got" = "$wanted" ] || not_so "prints $wanted, but $got: $*"
}

# file CONTENT MODE NAME - a file in the folder.
file()
{
	printf '%b' "$1" >"$dir/$3"
	chmod "$2" "$dir/$3"
}

# The command line.
refused 2 'no program' "$run"
refused 2 nonsense "$run" --nonsense true
refused 2 'devices=0' "$run" --devices 0 true
refused 2 'devices=9' "$run" --devices 9 true
refused 2 'devices=' "$run" --devices '' true
refused 2 comma "$run" --devices 1,share=all true
refused 2 'share=me' "$run" --share me true
refused 2 'recovery=none' "$run" --recovery none true
refused 2 'address=10.0.0' "$run" --address 10.0.0 true
refused 2 'address=0.0.0.0' "$run" --address 0.0.0.0 true
refused 2 'address=ff02::1' "$run" --address ff02::1 true
refused 2 'address=::1@' "$run" --address ::1@ true
refused 2 'skua1: ' "$run" --address 10.0.0.1@skua1 true
refused 2 'colour=red' env SKUA_USER=devices=2,colour=red "$run" true
refused 2 'runs no program' "$run" --print-env true
"$run" --version | grep -q '^skua-run [0-9]' || not_so "a version"
"$run" --help | grep -q -e --share || not_so "a help text"

# What is set, and that nothing else is.
lib=$(realpath "$dir/libskua-user.so")
"$run" --print-env 2>"$dir/err" >"$dir/out" || not_so "it prints"
grep -q "^LD_PRELOAD=\(libasan[^:]*:\)\?$lib$" "$dir/out" ||
	not_so "LD_PRELOAD: $(cat "$dir/out")"
grep -q SKUA_USER "$dir/out" && not_so "no SKUA_USER unless asked for"
prints devices=2,share=all,address=::1@skua1 \
	"$run" -n 2 --share=all -a ::1@skua1 printenv SKUA_USER
prints devices=2,devices=3 env SKUA_USER=devices=2 \
	"$run" -n 3 printenv SKUA_USER
prints 1 sh -c "'$run' '$run' printenv LD_PRELOAD | grep -c -o '$lib'"
if "$cc" -shared -fPIC -x c -o "$dir/other.so" /dev/null 2>"$dir/err"; then
	prints 1 sh -c "LD_PRELOAD=$dir/other.so '$run' printenv LD_PRELOAD |
		grep -c '$lib:$dir/other.so$'"
fi
prints 3 "$run" -n 3 sh -c 'ls /sys/class/infiniband | wc -l'

# The program's own ways to end.
refused 7 . "$run" sh -c 'echo ended >&2; exit 7'
timeout 10 sh -c "'$run' sh -c 'kill -TERM \$\$'; exit \$?" 2>"$dir/err"
[ $? -eq 143 ] || not_so "a signal ends it"
prints -x "$run" -- echo -x
prints "x -n" "$run" echo x -n

# Programs that cannot be run.
refused 127 'not found' "$run" no-such-program-anywhere
refused 127 'No such file' "$run" "$dir/no/such"
refused 126 'not a program' "$run" "$dir"
file 'echo\n' 644 plain
refused 126 'Permission denied' "$run" "$dir/plain"
file '#!/no/such/interpreter\n' 755 lost
refused 127 '/no/such/interpreter: No such file' "$run" "$dir/lost"
file 'echo shell' 755 no-magic
prints shell "$run" "$dir/no-magic"
file '#! /bin/sh -e\necho script $1\n' 755 script
prints 'script 1' "$run" "$dir/script" 1

# Damaged programs: refused, or left to the kernel as env(1) leaves them to it.
damaged()
{
	chmod 755 "$dir/damaged"
	timeout 10 env "$dir/damaged" -c true 2>"$dir/err"
	wanted=$?
	timeout 10 "$run" "$dir/damaged" -c true 2>"$dir/err"
	got=$?
	[ $got -eq 126 ] || [ $got -eq $wanted ] ||
		not_so "clean on a damaged program: $1: $got, not $wanted"
}

for len in 4 5 16 20 52 63 64 65 100 400 1000; do
	head -c "$len" /bin/sh >"$dir/damaged"
	damaged "the first $len bytes"
done
for at in 32 36 40 54 56 80 96; do
	cp /bin/sh "$dir/damaged"
	printf '\377\377\377\377\377\377\377\377' |
		dd of="$dir/damaged" bs=1 seek=$at conv=notrunc 2>"$dir/err"
	damaged "0xff at $at"
done
printf '\177ELF\001\001\001' | dd of="$dir/damaged" conv=notrunc 2>"$dir/err"
refused 126 'another machine' "$run" "$dir/damaged"

echo 'int main(void) { return 0; }' >"$dir/main.c"
if "$cc" -static -o "$dir/static" "$dir/main.c" 2>"$dir/err"; then
	refused 126 static "$run" "$dir/static"
fi
if "$cc" -Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1 -o "$dir/musl" \
	"$dir/main.c" 2>"$dir/err"; then
	refused 126 musl "$run" "$dir/musl"
fi
if "$cc" -Wl,--dynamic-linker=/no/loader -o "$dir/loader" \
	"$dir/main.c" 2>"$dir/err"; then
	refused 126 'loader /no/loader' "$run" "$dir/loader"
fi
if "$cc" -fsanitize=address -o "$dir/asan" "$dir/main.c" 2>"$dir/err"; then
	ASAN_OPTIONS=detect_leaks=0 timeout 60 "$run" "$dir/asan" 2>"$dir/err" ||
		not_so "a program with its sanitizer: $(cat "$dir/err")"
fi
if [ "$(id -u)" -eq 0 ]; then
	cp /bin/sh "$dir/setuid"
	chown 65534:65534 "$dir/setuid"
	chmod 4755 "$dir/setuid"
	refused 126 setuid "$run" "$dir/setuid" -c true
	chmod 2755 "$dir/setuid"
	refused 126 setgid "$run" "$dir/setuid" -c true
	# Nothing is gained where exec() gives no rights.
	setpriv --no-new-privs "$run" "$dir/setuid" -c true 2>"$dir/err" ||
		not_so "setgid without effect: $(cat "$dir/err")"
fi

# A library that cannot be used.
mkdir "$dir/with space"
cp "$run" "$dir/libskua-user.so" "$dir/with space"
refused 125 'no folder sysfs' "$dir/with space/skua-run" true
ln -s "$3" "$dir/with space/sysfs"
refused 125 'no such name' "$dir/with space/skua-run" true
rm "$dir/libskua-user.so"
refused 125 'no libskua-user.so' "$run" true
exit "$failed"
