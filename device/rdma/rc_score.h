/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * What became of the packets that are under way, for selective repeat.
 *
 * Which of them are lost is found as RFC 8985 (RACK) does: those that were sent
 * before one that has arrived, and for which it is later than that one took and
 * than packets are late. That holds for what was sent again, too.
 *
 * A request for a READ is one packet, whatever PSNs it takes.
 */
#ifndef SKUA_RC_SCORE_H
#define SKUA_RC_SCORE_H

#include <stdbool.h>
#include <stdint.h>

#include "reorder.h"

#define RC_SCORE       SKUA_REORDER_WINDOW
#define RC_SCORE_WORDS (RC_SCORE / 64)

/* By PSN modulo RC_SCORE. Times in units of 1024 ns. */
struct rc_score {
	uint32_t sent[RC_SCORE];	/* when */
	uint64_t way[RC_SCORE_WORDS];	/* neither arrived nor lost */
	uint64_t lost[RC_SCORE_WORDS];	/* to be sent again */
	uint64_t again[RC_SCORE_WORDS];	/* was */
	uint64_t here[RC_SCORE_WORDS];	/* arrived before one that has not */
	uint32_t nlost, nagain, nhere;
	/* Of those that have arrived, the one that was sent last. */
	uint32_t newest, newest_psn;
	uint32_t took, least;		/* how long that took, and any did */
	bool measured;			/* took is that of one sent once */
};

/* Nothing is under way. least is UINT32_MAX before that. */
void rc_score_reset(struct rc_score *s, uint64_t now);
/* At most RC_SCORE packets from psn on are sent now, for the first time or not. */
void rc_score_sent(struct rc_score *s, uint32_t psn, uint32_t n, uint64_t now);
void rc_score_repeated(struct rc_score *s, uint32_t psn, uint32_t n,
		       uint64_t now);
/*
 * Responses from psn on are asked for now; how many ns ago one was. They are of
 * requests that have arrived.
 */
void rc_score_asked(struct rc_score *s, uint32_t psn, uint32_t n, uint64_t now);
uint64_t rc_score_age(const struct rc_score *s, uint32_t psn, uint64_t now);
/*
 * One has arrived, and others before it may have not; one need not be sent any
 * more; all from from to before to have arrived.
 */
void rc_score_sacked(struct rc_score *s, uint32_t psn, uint64_t now);
void rc_score_arrived(struct rc_score *s, uint32_t psn, uint64_t now);
void rc_score_passed(struct rc_score *s, uint32_t from, uint32_t to,
		     uint64_t now);
/* Bit i: psn + i has arrived. Those of them that were not known to. */
uint64_t rc_score_news(const struct rc_score *s, uint32_t psn, uint64_t bits);
/*
 * See what is lost of [from, to) if packets are late by so many ns. How many ns
 * from now on to look again; 0: there is no need to.
 */
uint64_t rc_score_look(struct rc_score *s, uint32_t from, uint32_t to,
		       uint64_t late, uint64_t now);
/* The first of [from, to) that is lost, and how many are in a row; 0: none. */
uint32_t rc_score_lost(const struct rc_score *s, uint32_t from, uint32_t to,
		       uint32_t *psn);

#endif /* SKUA_RC_SCORE_H */
