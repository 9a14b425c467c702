/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * RoCEv2 frames for tests of links, built and checked the long way: IBTA
 * A17.3.3, a bit at a time.
 */
#ifndef LINK_ROCE_H
#define LINK_ROCE_H

#include <stdbool.h>
#include <stdint.h>

struct link_roce {
	bool v6;
	uint8_t src[16], dst[16]; /* IPv4: the first four bytes */
	uint16_t id, sport, dport;
	uint8_t tos;
	uint32_t payload; /* bytes between UDP header and ICRC */
	uint32_t seed;	  /* what they follow from */
};

/* The length of the frame. */
uint32_t link_roce_build(const struct link_roce *r, uint8_t *frame);
/* Is the frame this one, whatever its addresses of Ethernet, id and sport? */
bool link_roce_is(const struct link_roce *r, const uint8_t *frame, uint32_t len);
/* Is the ICRC right, with id and source port as they stand in the frame? */
bool link_roce_icrc_ok(const uint8_t *frame, uint32_t len);
uint16_t link_roce_id(const uint8_t *frame);

#endif /* LINK_ROCE_H */
