/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Packets that came from a link before those that they follow, until it is their
 * turn: copies, or no more than a note of those whose payload could be placed at
 * once. So what is executed is in order, whatever the link does.
 *
 * Anybody who knows a connection can send packets that are never due. All
 * connections of an adapter together hold SKUA_REORDER_MAX packets at most,
 * and one of them not more than it leaves to the others. The memory is kept for
 * the next time, until a connection ends and no packet is held.
 */
#ifndef SKUA_REORDER_H
#define SKUA_REORDER_H

#include "packet.h"

/* How far ahead a packet may be, in PSNs. A power of two. */
#define SKUA_REORDER_WINDOW 1024u
#define SKUA_REORDER_MAX    4096u
/* Payload of a packet at most. */
#define SKUA_REORDER_BYTES 4096u

struct skua_held {
	union {
		struct skua_packet pkt; /* without path; its payload is piece */
		struct skua_held *next; /* of those that are not in use */
	};
	struct skua_piece piece;
	uint8_t data[SKUA_REORDER_BYTES];
};

/* Bit i: that of psn + i, in a map by PSN modulo the window. */
static inline uint64_t skua_reorder_bits(const uint64_t *map, uint32_t psn)
{
	const uint32_t words = SKUA_REORDER_WINDOW / 64;
	uint32_t word = psn / 64, off = psn % 64;

	if (!off)
		return map[word % words];
	return map[word % words] >> off | map[(word + 1) % words] << (64 - off);
}

struct skua_reorder_slot {
	struct skua_held *held; /* NULL: it is placed, and this is all */
	uint16_t len;
	uint8_t op, flags;
};

/* By PSN modulo the window. */
struct skua_reorder_slots {
	uint64_t map[SKUA_REORDER_WINDOW / 64]; /* of those that are held */
	struct skua_reorder_slot slot[SKUA_REORDER_WINDOW];
};

struct skua_reorder {
	struct skua_reorder_slots *slots; /* there while n is not 0 */
	uint32_t n;
};

/*
 * Hold pkt, which is of one packet, less than SKUA_REORDER_WINDOW ahead of the
 * next one. False: it is not held. It was there, there is no room, or its payload
 * could not be read, as it says then.
 */
bool skua_reorder_put(struct skua_adapter *ad, struct skua_reorder *ro,
		      struct skua_packet *pkt);
static inline bool skua_reorder_has(const struct skua_reorder *ro, uint32_t psn)
{
	return ro->n &&
	       ro->slots->map[psn % SKUA_REORDER_WINDOW / 64] >> (psn % 64) & 1;
}
/*
 * What was placed from PSN psn on as one packet, *pkt, without path and payload. It
 * ends with its message, or where a packet is missing or held as a copy. False:
 * there is none.
 */
bool skua_reorder_take_placed(struct skua_adapter *ad, struct skua_reorder *ro,
			      uint32_t psn, struct skua_packet *pkt);
/* The copy of packet psn, for skua_reorder_free(), or NULL. */
struct skua_held *skua_reorder_take(struct skua_reorder *ro, uint32_t psn);
void skua_reorder_free(struct skua_adapter *ad, struct skua_held *held);
/* Those from PSN from to before PSN to are not due any more. */
void skua_reorder_pass(struct skua_adapter *ad, struct skua_reorder *ro,
		       uint32_t from, uint32_t to);
/* A connection has ended. */
void skua_reorder_clear(struct skua_adapter *ad, struct skua_reorder *ro);

#endif /* SKUA_REORDER_H */
