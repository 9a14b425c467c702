#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# skuactl_ipsec.sh SKUACTL CONTROL_FAKE - "skuactl ipsec" as its manual page says.
# shellcheck source=tests/unit/skuactl.sh
set -u

part="ipsec"
. "$(dirname "$0")/skuactl.sh"

refused 2 "unexpected argument: it" show it
refused 2 "not a number of seconds: soon" verify -s soon
refused 1 "no such link: no" verify -s 0 no

ends 0 show
[ "$(grep -c ' transport ' "$dir/out")" -eq 150 ] || not_so "all SAs are shown"
[ "$(grep -c ' protect ' "$dir/out")" -eq 130 ] || not_so "all flows are shown"
grep -q '^function 3 (port 0, 02:00:00:00:00:03)$' "$dir/out" ||
	not_so "functions are shown"
grep -q '^  ipsec_rx_drop_sa  *9$' "$dir/out" || not_so "counters are shown"
grep -q '^0x00001001 .* in .* 192.0.2.2  192.0.2.1 .* bad_icv  *replay 2, bad_icv 1$' \
	"$dir/out" || not_so "what was refused is shown"
grep -q 'src 192.0.2.1/32, dst 192.0.2.0/24, proto 17' "$dir/out" ||
	not_so "matches are shown"

ends 0 show --json
python3 - "$dir/out" <<'END' || not_so "the same for programs"
import json, sys
functions = json.load(open(sys.argv[1]))
assert [f["function"] for f in functions] == [3, 5]
assert [sa["handle"] for sa in functions[0]["sas"]] == list(range(150))
assert [flow["handle"] for flow in functions[0]["flows"]] == list(range(130))
assert functions[1]["sas"] == []
assert "key" not in functions[0]["sas"][0]
END

ends 0 verify --seconds 1 shm:tight
grep -q '^0 of these left in the clear$' "$dir/out" || not_so "nothing left"
grep -q '^[1-9][0-9]* packets left, [1-9][0-9]* of them ESP$' "$dir/out" ||
	not_so "it has looked"
ends 1 verify --seconds 1 shm:leaky
grep -q '^[1-9][0-9]* of these left in the clear$' "$dir/out" ||
	not_so "what left in the clear is counted"
grep -q '0x0800  192.0.2.1  192.0.2.2 .* 4791  *17$' "$dir/out" ||
	not_so "and shown"
ends 1 verify --seconds 1 --json
python3 -c 'import json, sys; json.load(open(sys.argv[1]))["shown"][0]["qpn"]' \
	"$dir/out" || not_so "also to programs"

# Who is interrupted says what he saw; no second watch meanwhile.
"$skuactl" -c "$dir/socket" ipsec verify --seconds 60 shm:tight >"$dir/first" &
first=$!
sleep 0.5
refused 1 "there is a watch already" verify -s 1
kill "$first"
wait "$first" || not_so "it ends well when interrupted"
grep -q ' packets left, ' "$dir/first" || not_so "it tells when interrupted"

judge
