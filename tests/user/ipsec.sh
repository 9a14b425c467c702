# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
# shellcheck shell=sh disable=SC2034 # for who includes it
# Two programs with IPsec between them: PEER has the address $A, HERE $B.

. /skua/src/tests/user/lib.sh

A=198.51.100.1 B=198.51.100.2 GCM="aead 'rfc4106(gcm(aes))'"
# From PEER and from HERE, with the salt behind them.
KEY_A=0x000102030405060708090a0b0c0d0e0f5a5a5a01
KEY_B=0x101112131415161718191a1b1c1d1e1f5a5a5a02
KEY_A256=0x000102030405060708090a0b0c0d0e0f202122232425262728292a2b2c2d2e2f5a5a5a03
KEY_B256=0x101112131415161718191a1b1c1d1e1f303132333435363738393a3b3c3d3e3f5a5a5a04

# keys_file NAME - made of standard input, and nobody else's to read.
keys_file()
{
	(umask 077 && cat >"$1")
}

# states NAME OWN OTHER KEY_OUT KEY_IN MODE OUT IN - the SAs of the side that has
# OWN, with the words OUT and IN behind them, and policies for RoCE.
states()
{
	keys_file "$1" <<-END
		state src $2 dst $3 spi 0x1${2##*.}00 reqid 7 mode $6 dir out $GCM $4 128 $7
		state src $3 dst $2 spi 0x1${3##*.}00 reqid 7 mode $6 dir in $GCM $5 128 $8
		policy src $2 dst $3 proto udp dport 4791 dir out tmpl reqid 7
		policy src $3 dst $2 proto udp dport 4791 dir in tmpl reqid 7
	END
}

# both_states MODE OUT IN - of both sides: $SCRATCH/peer and $SCRATCH/here.
both_states()
{
	states "$SCRATCH/peer" $A $B $KEY_A $KEY_B "$1" "$2" "$3"
	states "$SCRATCH/here" $B $A $KEY_B $KEY_A "$1" "$2" "$3"
}

CAPTURE=$SCRATCH/capture.pcapng
PEER="skua-run --link shm:ipsec.$$ --address $A --ipsec $SCRATCH/peer --"
HERE="skua-run --link shm:ipsec.$$ --address $B --ipsec $SCRATCH/here --capture $CAPTURE --"

# by_udp - the same by sockets of two addresses of loopback.
by_udp()
{
	A=127.0.0.2 B=127.0.0.3
	PEER="skua-run --link udp:$A,esp --ipsec $SCRATCH/peer --"
	HERE="skua-run --link udp:$B,esp --ipsec $SCRATCH/here --capture $CAPTURE --"
}

# sees FILTER [OPTION]... - how many packets of the capture it finds.
sees()
{
	sees_filter=$1
	shift
	tshark -n -r "$CAPTURE" -Y "$sees_filter" "$@" 2>/dev/null | wc -l
}

# sa_of_tshark SRC DST KEY [ESN BITS] - a line of its table.
sa_of_tshark()
{
	printf '"IPv4","%s","%s","0x00001%d00","AES-GCM with 16 octet ICV [RFC4106]","%s","NULL","","%s"\n' \
		"$1" "$2" "${1##*.}" "$3" "${4-32-bit}"
}

# opened FILTER - the same of what is inside, for who has the keys.
opened()
{
	sees "$1" -o esp.enable_encryption_decode:TRUE \
		-o "uat:esp_sa:$(sa_of_tshark $A $B "$TSHARK_A")" \
		-o "uat:esp_sa:$(sa_of_tshark $B $A "$TSHARK_B")"
}
TSHARK_A=$KEY_A TSHARK_B=$KEY_B

# only_esp - nothing left in the clear.
only_esp()
{
	clear=$(sees '!esp')
	[ "$clear" -eq 0 ] || fail "$clear packets in the clear"
	[ "$(sees esp)" -gt 0 ] || fail "no ESP was seen"
}

# datagrams COUNT - from HERE to PEER; what the ends say is in $SCRATCH/sent and
# $SCRATCH/came.
datagrams()
{
	rm -f "$SCRATCH/qpn" "$SCRATCH/stop"
	# shellcheck disable=SC2086
	$PEER /skua/src/tests/user/datagrams.py receive "$SCRATCH/qpn" \
		"$SCRATCH/stop" >"$SCRATCH/came" 2>&1 &
	# shellcheck disable=SC2086
	$HERE /skua/src/tests/user/datagrams.py send "$A" "$SCRATCH/qpn" \
		"$1" >"$SCRATCH/sent" 2>&1 || fail "$(cat "$SCRATCH"/sent "$SCRATCH"/came)"
	touch "$SCRATCH/stop"
	wait $! || fail "$(cat "$SCRATCH/came")"
}

# says_so FILE LINE... - these, each, and no other.
says_so()
{
	said_in=$SCRATCH/$1
	shift
	printf '%s\n' "$@" | sort >"$SCRATCH/wanted"
	sort "$said_in" | diff "$SCRATCH/wanted" - ||
		fail "$said_in is not as wanted"
}
