/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* One rule: what its text says. Nothing here changes while frames pass. */
#ifndef SKUA_IMPAIR_RULE_H
#define SKUA_IMPAIR_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "impair.h"

enum action {
	DROP,
	CORRUPT,
	DUPLICATE,
	REORDER,
	DELAY,
	RATE,
	ECN,
	ACTIONS
};

enum where {
	WHERE_ANY,
	WHERE_PAYLOAD,
	WHERE_HEADER,	/* BTH and those that follow */
	WHERE_ICRC,
};

#define MASK24 0xffffffu

struct rule_text {
	enum action action;
	uint8_t dirs;		/* a bit for each direction */

	/* What it looks for. */
	bool roce;		/* any of the next three */
	bool has_qp, has_opcode, has_psn;
	uint32_t qp;
	uint32_t psn_first, psn_last;	/* modulo 2^24 */
	uint64_t opcodes[4];		/* a bit for each */

	/* Which of these it strikes. */
	uint64_t below;		/* a number of 64 bits that decides */
	bool always;		/* without such a number */
	uint64_t nth;		/* every one of so many */
	uint64_t count;		/* so many in all; 0: no end */
	uint64_t window;	/* ns since the first; 0: no end */

	/* What it does. */
	uint32_t bits;
	enum where where;
	uint64_t by, wait;	/* frames, ns */
	uint64_t delay, jitter;	/* ns */
	uint64_t rate;		/* bit/s */
	uint64_t limit, mark, mark_all, burst;	/* bytes */
	uint64_t mark_p;	/* billionths, at mark_all */
};

/* 0 or -EINVAL, and why in err. */
int rule_parse(struct rule_text *r, const char *text, char *err,
	       size_t errlen);
const char *rule_action(enum action a);

#endif /* SKUA_IMPAIR_RULE_H */
