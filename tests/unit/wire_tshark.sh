#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# wire_tshark.sh WIRE_ROUND WIRE_VECTORS - tshark has nothing to say against the
# frames of the first, and the second reads in them what tshark does. Whether
# an ICRC is right tshark does not know.

set -eu

command -v tshark >/dev/null || { echo "no tshark"; exit 77; }
decode=$(dirname "$0")/../vectors/decode
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

"$1" "$dir/pcap"
sh "$decode" "$dir/pcap" -Y '_ws.expert || _ws.malformed || !infiniband' \
	>"$dir/bad"
if [ "$(wc -l <"$dir/bad")" -ne 1 ]; then
	head "$dir/bad"
	exit 1
fi
sh "$decode" "$dir/pcap" >"$dir/fields"
"$2" "$dir/pcap" "$dir/fields"
