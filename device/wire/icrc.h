/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The invariant CRC of RoCEv2, A17.3.3: the CRC-32 of Ethernet over the packet
 * from its IP header to its padding, with 8 bytes of ones for the LRH that it
 * does not have, and with ones for what routers may change.
 */
#ifndef SKUA_WIRE_ICRC_H
#define SKUA_WIRE_ICRC_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/headers.h"

/*
 * Of a packet in its frame: the len bytes from its IP header, which has no options, up
 * to the ICRC. These have to reach to the end of a BTH, and the bytes in front of them,
 * as many as the LRH has, are read too, whatever they are.
 */
#define SKUA_ICRC_ROOM 8u
uint32_t skua_icrc(const uint8_t *ip, bool ipv4, uint32_t len);

/* One that is computed step by step: crc is that of all in front of at. */
struct skua_icrc_part {
	const uint8_t *at;
	const uint8_t *end; /* of what it covers; here it stands itself */
	uint32_t crc;
};

/* Of the same packet, as far as the BTH, or short of its end. */
void skua_icrc_begin(struct skua_icrc_part *part, const uint8_t *ip, bool ipv4,
		     uint32_t len);
/* Up to there, which may be where it is. */
void skua_icrc_pass(struct skua_icrc_part *part, const uint8_t *to);
/*
 * The next len bytes, of those that there are, are copied out of the frame, or into it,
 * which is then the caller's to write to. Elsewhere others may write meanwhile: it is
 * the ICRC of what the frame has.
 */
typedef void skua_icrc_move(struct skua_icrc_part *part, uint8_t *elsewhere,
			    uint32_t len);
skua_icrc_move skua_icrc_copy_out, skua_icrc_copy_in;

/* How it stands on the wire, unlike all else: the lowest byte first. */
void skua_icrc_put(uint8_t *p, uint32_t icrc);
uint32_t skua_icrc_get(const uint8_t *p);

/*
 * Who reads from a UDP socket does not see the IPv4 identification, which the
 * ICRC covers. But CRCs are linear: that of the packet with another number in
 * this place differs by a value that depends on the two numbers and on how
 * many bytes are behind them, and on nothing else. wrong is the ICRC with *id
 * xor the one that came, len that of what is between the UDP header and the ICRC,
 * up to SKUA_ICRC_MAX_LEN. True if one identification explains it, which is then
 * in *id.
 *
 * That any of 2^16 will do leaves 16 bits of the 32: of corrupted packets one
 * in 65536 gets through. A caller who knows what numbers the sender uses can
 * tell most of these by the number found.
 */
bool skua_icrc_explain(uint32_t wrong, uint32_t len, uint16_t *id);

/* Less than 8 KiB with all the headers, as much as explain can look back. */
#define SKUA_ICRC_MAX_LEN \
	(8192u - sizeof(struct skua_ipv4_hdr) - sizeof(struct skua_udp_hdr))

/*
 * Whether this is the ICRC that stands at p, right as it is or with another
 * identification, which is then in *id; id is NULL if that is known.
 */
bool skua_icrc_is(uint32_t icrc, const uint8_t *p, uint32_t len, uint16_t *id);

/* That question, not answered yet. */
struct skua_icrc_check {
	struct skua_icrc_part part;
	uint32_t len; /* of these two as above */
	uint16_t *id;
	bool wrong;
};

/* Computes what is left. */
bool skua_icrc_right(struct skua_icrc_check *check);

#endif /* SKUA_WIRE_ICRC_H */
