/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * What a frame on a link shows to whoever looks at it, and whether a match (hwi
 * §9.10) means it.
 *
 * This is how it is proven what leaves, so it shares nothing with the parts that
 * decide about packets: an error of theirs is none of this. It is more lenient
 * than they are. A header that is wrong is still looked at as far as it is there.
 */
#ifndef SKUA_SEEN_H
#define SKUA_SEEN_H

#include <stdbool.h>

#include "link.h"
#include "skua_hwi.h"

/* Bytes of a frame that are looked at. */
#define SKUA_SEEN_HEAD 256u

struct skua_seen {
	uint8_t dmac[6], smac[6];
	uint16_t ethertype; /* behind VLAN tags */
	uint16_t vlan;	    /* of the outer tag, if there is one */
	uint8_t net;	    /* enum skua_hwi_net */
	uint8_t proto;	    /* with net: behind extension headers */
	uint8_t src[16], dst[16]; /* with net; as GIDs are */
	uint16_t sport, dport;
	uint32_t spi, qpn;
	bool tagged, ports, roce;
	bool esp; /* in UDP, from or to port 4500, or not */
};

void skua_seen_look(struct skua_seen *s, const struct skua_frame *f);
bool skua_seen_matches(const struct skua_seen *s,
		       const struct skua_hwi_flow_match *m);

#endif /* SKUA_SEEN_H */
