// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <string.h>

#include "psn.h"
#include "rc_score.h"

static uint32_t time_of(uint64_t ns)
{
	return ns >> 10;
}

static bool get(const uint64_t *map, uint32_t psn)
{
	return map[psn % RC_SCORE / 64] >> (psn % 64) & 1;
}

static void set(uint64_t *map, uint32_t psn)
{
	map[psn % RC_SCORE / 64] |= 1ull << (psn % 64);
}

static void clear(uint64_t *map, uint32_t psn)
{
	map[psn % RC_SCORE / 64] &= ~(1ull << (psn % 64));
}

/* PSNs of [from, to), which begins with one of a word, that the word has. */
static uint32_t in_word(uint32_t from, uint32_t to)
{
	uint32_t n = (to - from) & SKUA_PSN_MASK, left = 64 - from % 64;

	return n < left ? n : left;
}

/* Of n PSNs from psn on, all of a word. */
static uint64_t mask_of(uint32_t psn, uint32_t n)
{
	return (n == 64 ? ~0ull : (1ull << n) - 1) << (psn % 64);
}

static uint32_t clip(uint32_t from, uint32_t to)
{
	uint32_t n = (to - from) & SKUA_PSN_MASK;

	return n < RC_SCORE ? to : skua_psn_add(from, RC_SCORE);
}

void rc_score_reset(struct rc_score *s, uint64_t now)
{
	memset(s->way, 0, sizeof(s->way));
	memset(s->lost, 0, sizeof(s->lost));
	memset(s->again, 0, sizeof(s->again));
	memset(s->here, 0, sizeof(s->here));
	s->nlost = 0;
	s->nagain = 0;
	s->nhere = 0;
	s->newest = time_of(now) - 1;
	s->newest_psn = 0;
	s->measured = false;
}

static void not_lost(struct rc_score *s, uint32_t psn)
{
	if (!get(s->lost, psn))
		return;
	clear(s->lost, psn);
	s->nlost--;
}

static void not_again(struct rc_score *s, uint32_t psn)
{
	if (!get(s->again, psn))
		return;
	clear(s->again, psn);
	s->nagain--;
}

void rc_score_sent(struct rc_score *s, uint32_t psn, uint32_t n, uint64_t now)
{
	uint32_t time = time_of(now);

	for (; n; n--, psn++) {
		set(s->way, psn);
		s->sent[psn % RC_SCORE] = time;
	}
}

void rc_score_asked(struct rc_score *s, uint32_t psn, uint32_t n, uint64_t now)
{
	for (; n; n--, psn++)
		s->sent[psn % RC_SCORE] = time_of(now);
}

uint64_t rc_score_age(const struct rc_score *s, uint32_t psn, uint64_t now)
{
	return (uint64_t)(time_of(now) - s->sent[psn % RC_SCORE]) << 10;
}

void rc_score_repeated(struct rc_score *s, uint32_t psn, uint32_t n,
		       uint64_t now)
{
	rc_score_sent(s, psn, n, now);
	for (; n; n--, psn++) {
		not_lost(s, psn);
		if (get(s->again, psn))
			continue;
		set(s->again, psn);
		s->nagain++;
	}
}

/* Of packets that were sent at the same time, the one with the higher PSN. */
static bool before_newest(const struct rc_score *s, uint32_t psn)
{
	int32_t d = (int32_t)(s->sent[psn % RC_SCORE] - s->newest);

	return d < 0 || (!d && skua_psn_diff(psn, s->newest_psn) < 0);
}

/* RFC 8985, 6.2, step 2: what was sent twice may have arrived the first time. */
static void learn(struct rc_score *s, uint32_t psn, uint64_t now)
{
	uint32_t took = time_of(now) - s->sent[psn % RC_SCORE];
	bool again = get(s->again, psn);

	if (again && took < s->least)
		return;
	if (!again && took < s->least)
		s->least = took;
	if (before_newest(s, psn))
		return;
	s->newest = s->sent[psn % RC_SCORE];
	s->newest_psn = psn & SKUA_PSN_MASK;
	s->took = took;
	s->measured = !again;
}

void rc_score_arrived(struct rc_score *s, uint32_t psn, uint64_t now)
{
	if (get(s->way, psn))
		learn(s, psn, now);
	clear(s->way, psn);
	not_lost(s, psn);
	not_again(s, psn);
}

/* What has arrived may be under way once more. */
uint64_t rc_score_news(const struct rc_score *s, uint32_t psn, uint64_t bits)
{
	return bits & (~skua_reorder_bits(s->here, psn) |
		       skua_reorder_bits(s->way, psn));
}

void rc_score_sacked(struct rc_score *s, uint32_t psn, uint64_t now)
{
	if (!get(s->here, psn)) {
		set(s->here, psn);
		s->nhere++;
	}
	rc_score_arrived(s, psn, now);
}

void rc_score_passed(struct rc_score *s, uint32_t from, uint32_t to,
		     uint64_t now)
{
	uint64_t mask, *here;
	uint32_t psn, n;

	to = clip(from, to);
	/* All else was sent before it. */
	if (to != from && get(s->way, to - 1))
		learn(s, to - 1, now);
	for (psn = from; s->nlost + s->nagain && psn != to;
	     psn = skua_psn_add(psn, 1))
		rc_score_arrived(s, psn, now);
	for (; from != to; from = skua_psn_add(from, n)) {
		n = in_word(from, to);
		mask = mask_of(from, n);
		here = &s->here[from % RC_SCORE / 64];
		s->way[from % RC_SCORE / 64] &= ~mask;
		s->nhere -= __builtin_popcountll(*here & mask);
		*here &= ~mask;
	}
}

/* Of one that is under way: 0, lost; else how long to wait on; time units. */
static uint32_t still(const struct rc_score *s, uint32_t psn, uint32_t late,
		      uint32_t now)
{
	uint32_t passed = now - s->sent[psn % RC_SCORE];

	return passed >= s->took + late ? 0 : s->took + late - passed;
}

static void look_at(struct rc_score *s, uint32_t psn, uint32_t late,
		    uint32_t now, uint32_t *next)
{
	uint32_t left = still(s, psn, late, now);

	if (left) {
		if (!*next || left < *next)
			*next = left;
		return;
	}
	clear(s->way, psn);
	set(s->lost, psn);
	s->nlost++;
}

/*
 * Of way, a word's, those that were sent before the newest that has arrived. What
 * was sent once was so in the order of PSNs: behind the first that is newer, which
 * *rest tells of, only repetitions may be older.
 */
static void look_at_word(struct rc_score *s, uint32_t word, uint64_t way,
			 uint32_t late, uint32_t now, uint32_t *next, bool *rest)
{
	const uint64_t again = s->again[word % RC_SCORE_WORDS];
	uint32_t psn;

	if (*rest)
		way &= again;
	while (way) {
		psn = word * 64 + __builtin_ctzll(way);
		way &= way - 1;
		if (before_newest(s, psn)) {
			look_at(s, psn, late, now, next);
		} else if (!get(s->again, psn)) {
			*rest = true;
			way &= again;
		}
	}
}

uint64_t rc_score_look(struct rc_score *s, uint32_t from, uint32_t to,
		       uint64_t late, uint64_t now)
{
	uint32_t next = 0, n, word;
	bool rest = false;
	uint64_t mask;

	for (to = clip(from, to); from != to; from = skua_psn_add(from, n)) {
		n = in_word(from, to);
		word = from / 64;
		mask = mask_of(from, n);
		look_at_word(s, word, s->way[word % RC_SCORE_WORDS] & mask,
			     time_of(late), time_of(now), &next, &rest);
	}
	return (uint64_t)next << 10;
}

uint32_t rc_score_lost(const struct rc_score *s, uint32_t from, uint32_t to,
		       uint32_t *psn)
{
	uint32_t n = 0;

	to = clip(from, to);
	while (from != to && !get(s->lost, from))
		from = skua_psn_add(from, s->lost[from % RC_SCORE / 64]
					       ? 1 : in_word(from, to));
	*psn = from;
	for (; from != to && get(s->lost, from); n++)
		from = skua_psn_add(from, 1);
	return n;
}
