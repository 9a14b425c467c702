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

/* How it stands on the wire, unlike all else: the lowest byte first. */
void skua_icrc_put(uint8_t *p, uint32_t icrc);
uint32_t skua_icrc_get(const uint8_t *p);

/*
 * Who reads from a UDP socket does not see the IPv4 identification, which the
 * ICRC covers. But CRCs are linear: that of the packet with another number in
 * this place differs by a value that depends on the two numbers and on how
 * many bytes are behind them, and on nothing else. wrong is the ICRC with *id
 * xor the one that came, len as above and below SKUA_ICRC_MAX_LEN. True if one
 * identification explains it, which is then in *id.
 *
 * That any of 2^16 will do leaves 16 bits of the 32: of corrupted packets one
 * in 65536 gets through. A caller who knows what numbers the sender uses can
 * tell most of these by the number found.
 */
bool skua_icrc_explain(uint32_t wrong, uint32_t len, uint16_t *id);

/* Less than 8 KiB with all the headers, as much as explain can look back. */
#define SKUA_ICRC_MAX_LEN \
	(8192u - sizeof(struct skua_ipv4_hdr) - sizeof(struct skua_udp_hdr))

#endif /* SKUA_WIRE_ICRC_H */
