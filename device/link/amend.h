/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Changing two bytes that an ICRC covers, and the ICRC with them, without a
 * look at the rest: CRCs are linear.
 */
#ifndef SKUA_LINK_AMEND_H
#define SKUA_LINK_AMEND_H

#include <stdint.h>

#define SKUA_AMEND_LENGTHS 8u
#define SKUA_AMEND_EFFECTS 256u

/*
 * What was computed before: messages are cut into packets of two or three
 * lengths, and batches change them in the same ways.
 */
struct skua_amend {
	struct {
		uint32_t distance, factor; /* of a field from the ICRC */
	} length[SKUA_AMEND_LENGTHS];
	struct {
		uint32_t distance, change, effect;
	} known[SKUA_AMEND_EFFECTS];
};

/* field, a 16-bit number in network order, lies before icrc. */
void skua_amend16(struct skua_amend *am, uint8_t *field, uint16_t value,
		  uint8_t *icrc);

#endif /* SKUA_LINK_AMEND_H */
