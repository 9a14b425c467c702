/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * TCP segments of one long frame, as hardware would cut it: the kernel hands
 * on what a program of this machine sends, or what came in many frames, in one
 * piece and with the length that each is to have.
 */
#ifndef SKUA_LINK_SEGMENT_H
#define SKUA_LINK_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

/* IPv6 has a limit of 64 KiB behind its header. */
#define SKUA_SEGMENT_LONGEST (65535u + 14 + 40)

struct skua_segments {
	const uint8_t *frame;
	uint32_t len, mss;
	uint32_t l4, head; /* the TCP header, and what is behind it */
	uint32_t done;	   /* bytes of payload */
	uint16_t index;
	bool ipv4;
};

/* Of a frame that stays where it is. False: it is none that can be cut. */
bool skua_segments_begin(struct skua_segments *s, const uint8_t *frame,
			 uint32_t len, uint32_t mss);
/* The length of the next one; no more than head + mss bytes. */
uint32_t skua_segments_next(struct skua_segments *s, uint8_t *out);

static inline bool skua_segments_left(const struct skua_segments *s)
{
	return s->done < s->len - s->head;
}

#endif /* SKUA_LINK_SEGMENT_H */
