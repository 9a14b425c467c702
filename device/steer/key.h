/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* What flows look at in a packet (hwi §9.10), in one form for all packets. */
#ifndef SKUA_STEER_KEY_H
#define SKUA_STEER_KEY_H

#include <stdint.h>

#include "nic.h"

#define SKUA_FLOW_KEY_WORDS 8u

/*
 * Numbers are in host order, addresses as GIDs have them. What a packet lacks
 * is zero, and so is its bit in fields.
 */
struct skua_flow_key {
	union {
		struct {
			uint8_t src[16], dst[16];
			uint8_t dmac[6], smac[6];
			uint16_t ethertype, vlan;
			uint16_t sport, dport;
			uint32_t spi, qpn;
			uint16_t fields; /* SKUA_HWI_FLOW_* */
			uint8_t net, proto;
		};
		uint64_t word[SKUA_FLOW_KEY_WORDS];
	};
};
static_assert(sizeof(struct skua_flow_key) == 8 * SKUA_FLOW_KEY_WORDS,
	      "a key has no holes");

/* Of an RDMA packet, as its frames would have it. */
void skua_flow_key_rdma(struct skua_flow_key *key, const struct skua_packet *pkt);

/*
 * Of a frame of len bytes, at least an Ethernet header. One whose IP header is
 * not valid is not IP. Returns the bytes of the IP packet, of others all.
 */
uint32_t skua_flow_key_frame(struct skua_flow_key *key, const uint8_t *frame,
			     uint32_t len);

/*
 * Of a match: what a packet has to have, in the bits of mask. SKUA_HWI_NONE, or
 * the offset of the field in *match that cannot be.
 */
uint32_t skua_flow_key_match(struct skua_flow_key *key,
			     struct skua_flow_key *mask,
			     const struct skua_hwi_flow_match *match);

#endif /* SKUA_STEER_KEY_H */
