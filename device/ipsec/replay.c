// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ipsec/replay.h"

/* One more than the window covers, a power of two. */
static uint32_t words_of(uint32_t size)
{
	uint32_t need = (size + 63) / 64 + 1, words = 1;

	while (words < need)
		words *= 2;
	return words;
}

int skua_replay_init(struct skua_replay *r, uint32_t size, bool esn)
{
	uint32_t words = words_of(size);

	*r = (struct skua_replay){
		.size = size,
		.mask = words - 1,
		.map = r->few,
		.esn = esn,
	};
	if (words > SKUA_REPLAY_FEW)
		r->map = calloc(words, sizeof(*r->map));
	return r->map ? 0 : -ENOMEM;
}

void skua_replay_fini(struct skua_replay *r)
{
	if (r->map != r->few)
		free(r->map);
}

/*
 * A2.2: the window lies in one subspace of 2^32 numbers (case A), or across the
 * border of two (case B). What is below its lower edge is of the next subspace,
 * in case B of the one that top is in.
 */
bool skua_replay_guess(const struct skua_replay *r, uint32_t low,
		       uint64_t *seq)
{
	uint32_t top = r->top, high = r->top >> 32;
	uint32_t edge = top - (r->size - 1);
	bool across = top < r->size - 1;

	if (!r->esn) {
		*seq = low;
		return true;
	}
	if (!across && low < edge) {
		if (high == UINT32_MAX)
			return false;
		high++;
	} else if (across && low >= edge) {
		if (!high)
			return false;
		high--;
	}
	*seq = (uint64_t)high << 32 | low;
	return true;
}

static uint64_t *word_of(struct skua_replay *r, uint64_t seq)
{
	return &r->map[seq / 64 & r->mask];
}

bool skua_replay_fresh(const struct skua_replay *r, uint64_t seq)
{
	if (!r->size)
		return true;
	if (!seq)
		return false; /* 3.3.3: the first is 1 */
	if (seq > r->top)
		return true;
	if (r->top - seq >= r->size)
		return false;
	return !(r->map[seq / 64 & r->mask] >> seq % 64 & 1);
}

/* Words that top enters are of numbers which have not come. */
static void advance(struct skua_replay *r, uint64_t seq)
{
	uint64_t words = seq / 64 - r->top / 64, i;

	if (words > r->mask)
		words = r->mask + 1;
	for (i = 0; i < words; i++)
		*word_of(r, seq - i * 64) = 0;
	r->top = seq;
}

bool skua_replay_mark(struct skua_replay *r, uint64_t seq)
{
	if (!skua_replay_fresh(r, seq))
		return false;
	if (seq > r->top)
		advance(r, seq);
	*word_of(r, seq) |= 1ull << seq % 64;
	return true;
}

void skua_replay_move(struct skua_replay *r, uint64_t top)
{
	r->top = top;
	memset(r->map, 0xff, sizeof(*r->map) * (r->mask + 1));
	/* But for what is behind top in its own word. */
	*word_of(r, top) = UINT64_MAX >> (63 - top % 64);
}
