#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# skuactl_link.sh SKUACTL CONTROL_FAKE - "skuactl link" as its manual page says.
# shellcheck source=tests/unit/skuactl.sh
set -u

part="link"
. "$(dirname "$0")/skuactl.sh"

refused 2 "unknown command: link (skuactl --help lists them)"
refused 2 "unknown command: link dance (skuactl --help lists them)" dance
refused 2 "unknown command: link impair it (skuactl --help lists them)" impair it
refused 2 "either a rule or --file is needed" impair add
refused 2 "an argument is missing" impair seed
refused 2 "not a number: x" impair seed x
refused 2 "not the number of a rule: -1" impair clear -- -1
refused 2 "unexpected argument: 2" impair clear 1 2
refused 2 "not an option of this command: -S" impair list --snap 5
refused 2 "not a size such as 100MiB: 5 apples" capture start -S "5 apples" f
refused 1 "line 1: p=2: not a number from 0 to 1" impair add drop out p=2
refused 1 "no such link: x" impair add -l x drop out
refused 1 "there is no capture" capture stop
refused 1 "$dir/no: No such file or directory" impair add -f "$dir/no"
refused 1 "/no/where: No such file or directory" capture start /no/where

says "shm:pair: rule 1" impair add -l shm:pair drop in psn=0-0xffffff
printf '# two\ncorrupt out p=0.5 where=icrc\nduplicate out nth=3\n' >"$dir/rules"
says "udp:198.51.100.1: rule 1
udp:198.51.100.1: rule 2
shm:pair: rule 2
shm:pair: rule 3" impair add -f "$dir/rules"
says "udp:198.51.100.1: rule 3" impair add -l udp:198.51.100.1 -f - <<END
ecn in p=0.1
END
ask impair list | awk '
	NR == 1 && $2 == "NUMBER" { titles = 1 }
	$1 == "shm:pair" && $2 == 1 && /drop in psn=0-0xffffff$/ { rule = 1 }
	END { exit !(titles && rule && NR == 7) }' ||
	not_so "a table of rules: $(ask impair list)"
says "" impair seed 0xffffffffffffffff
ask link show >/dev/null 2>&1 && not_so "a stray word is refused"
ask show | grep -q '18446744073709551615' || not_so "the seed is shown"
ask show --json | grep -q '"name": *"udp:198.51.100.1"' ||
	not_so "links as JSON"
says "" impair clear -l shm:pair 2
refused 1 "shm:pair has no rule 2" impair clear -l shm:pair 2

(cd "$dir" && ask capture start ours.pcapng) || not_so "a capture starts"
refused 1 "there is a capture: $dir/ours.pcapng" capture start "$dir/other"
sleep 0.3
ask show | grep -q "^capture $dir/ours.pcapng: [1-9]" ||
	not_so "the capture is shown"
ask capture stop | grep -q "^$dir/ours.pcapng: [1-9].* frames, 0 dropped, " ||
	not_so "what was captured is told"
says "" impair clear
says "LINK  NUMBER  SEEN  MATCHED  STRUCK  LOST  MARKED  RULE" impair list

# names - the opcodes that tshark knows and an adapter has, as rules name them.
names()
{
	tshark -G values 2>/dev/null |
		sed -n 's/.*infiniband\.bth\.opcode.*(\([RU][CD]\)) - /\1-/p' |
		grep -v -e ^RD -e Reserved -e FLUSH -e 'ATOMIC WRITE' |
		tr 'A-Z ' 'a-z-'
}

if command -v tshark >/dev/null; then
	names | sed 's/^/drop out opcode=/' >"$dir/names"
	[ "$(wc -l <"$dir/names")" -ge 36 ] || not_so "tshark knows opcodes"
	ask impair add -l shm:pair -f "$dir/names" >/dev/null ||
		not_so "opcodes have the names that tshark gives them"
	tshark -r "$dir/ours.pcapng" -T fields -e frame.comment \
		-Y 'frame.interface_name == "shm:pair" && frame.comment' \
		2>/dev/null | grep -q '^drop: rule 1$' ||
		not_so "tshark reads what was dropped"
fi

judge
