/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Changing two bytes that an ICRC covers, and the ICRC with them, without a
 * look at the rest: CRCs are linear.
 */
#ifndef SKUA_LINK_AMEND_H
#define SKUA_LINK_AMEND_H

#include <stdint.h>

#define SKUA_AMEND_LENGTHS 8u

/*
 * Of one field, what was computed last for packets of a few lengths: messages
 * are cut into packets of two or three, and many are changed alike.
 */
struct skua_amend {
	struct {
		uint32_t distance, factor; /* of the field from the ICRC */
		uint32_t change, effect;
	} last[SKUA_AMEND_LENGTHS];
};

/* field, a 16-bit number in network order, lies before icrc. */
void skua_amend16(struct skua_amend *am, uint8_t *field, uint16_t value,
		  uint8_t *icrc);

#endif /* SKUA_LINK_AMEND_H */
