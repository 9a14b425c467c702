/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The anti-replay window of an SA, RFC 4303 3.4.3 and Appendix A2. Sequence
 * numbers have 64 bits; a packet carries the lower 32. The window is a ring of
 * words with one more than it needs, so that moving it clears whole words and
 * shifts nothing (RFC 6479).
 */
#ifndef SKUA_IPSEC_REPLAY_H
#define SKUA_IPSEC_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#define SKUA_REPLAY_MAX 4096u /* bits */
/* Of a map that needs no memory of its own: a window of up to 1024 bits. */
#define SKUA_REPLAY_FEW 32u

/* It stays where it is: map may be a part of it. */
struct skua_replay {
	uint64_t top;  /* the highest number that was authentic, or 0 */
	uint32_t size; /* bits; 0: nothing is a replay */
	uint32_t mask; /* words in map, a power of two, less one */
	uint64_t *map;
	bool esn;
	uint64_t few[SKUA_REPLAY_FEW];
};

/* A window of SKUA_REPLAY_MAX bits at most; nothing has come yet. 0 or -ENOMEM. */
int skua_replay_init(struct skua_replay *r, uint32_t size, bool esn);
void skua_replay_fini(struct skua_replay *r);

/*
 * The whole number of a packet that carries low: with extended numbers the one
 * that it can only be, by the window (A2.2). False if there is none, as it
 * would be before the first or behind the last.
 */
bool skua_replay_guess(const struct skua_replay *r, uint32_t low,
		       uint64_t *seq);

/* A packet that carries low is near. */
static inline void skua_replay_expect(const struct skua_replay *r, uint32_t low)
{
	__builtin_prefetch(&r->map[low / 64 & r->mask]);
}

/* Whether a packet may have this number: the window has it, and it is new. */
bool skua_replay_fresh(const struct skua_replay *r, uint64_t seq);

/* It was authentic. False if another packet had the number meanwhile. */
bool skua_replay_mark(struct skua_replay *r, uint64_t seq);

/* Go on from top, as if all up to it had come. */
void skua_replay_move(struct skua_replay *r, uint64_t top);

#endif /* SKUA_IPSEC_REPLAY_H */
