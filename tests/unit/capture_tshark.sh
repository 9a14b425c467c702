#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# capture_tshark.sh CAPTURE_MAKE - what tshark reads in its file, and in a pipe.
set -u

command -v tshark >/dev/null || exit 77
make=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# fields FILE - a line a packet.
fields()
{
	LC_ALL=C TZ=UTC tshark -r "$1" -T fields -E separator='|' \
		-e frame.interface_name -e frame.packet_flags_direction \
		-e frame.time_epoch -e infiniband.bth.psn \
		-e frame.comment 2>>"$dir/err"
}

cat >"$dir/wanted" <<END
udp:198.51.100.1|0x00000002|1234567890.123456790|1|
shm:pair|0x00000001|1234567890.123456791|2|
udp:198.51.100.1|0x00000002|1234567890.123456792|3|drop: rule 2
shm:pair|0x00000001|1234567890.123456793|4|corrupt: rule 1, delay: rule 3
END

"$make" "$dir/file" || exit 1
fields "$dir/file" >"$dir/got"
diff "$dir/wanted" "$dir/got" || { cat "$dir/err"; exit 1; }

mkfifo "$dir/pipe"
fields - <"$dir/pipe" >"$dir/piped" &
sleep 1
"$make" "$dir/pipe" || exit 1
wait
diff "$dir/wanted" "$dir/piped"
