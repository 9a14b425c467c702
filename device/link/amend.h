/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Changing two bytes that an ICRC covers, and the ICRC with them, without a
 * look at the rest: CRCs are linear.
 */
#ifndef SKUA_LINK_AMEND_H
#define SKUA_LINK_AMEND_H

#include <stdint.h>

/* Of the last distance; a packet is amended where the one before it was. */
struct skua_amend {
	uint32_t distance, factor;
};

/* field, a 16-bit number in network order, lies before icrc. */
void skua_amend16(struct skua_amend *am, uint8_t *field, uint16_t value,
		  uint8_t *icrc);

#endif /* SKUA_LINK_AMEND_H */
