/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Rules at work: what impair.c and impair_act.c share. */
#ifndef SKUA_IMPAIR_ACT_H
#define SKUA_IMPAIR_ACT_H

#include "impair.h"
#include "impair_random.h"
#include "impair_rule.h"
#include "impair_wait.h"

/* What a rule has come to in one direction. */
struct side {
	uint64_t stream;	/* of random numbers, one for each match */
	uint64_t matched, struck;
	struct list_head held;	/* slots of a reorder */
	uint64_t busy_until;	/* a rate: ns, when all that waits has gone, */
	uint64_t rest;		/* and the fraction of it, in parts of rate */
};

struct rule {
	unsigned int number;
	char written[SKUA_IMPAIR_TEXT];
	struct rule_text text;
	bool began;		/* the window: both directions have the same */
	uint64_t end;
	struct skua_impair_rule n;	/* its counters only */
	struct side side[SKUA_LINK_DIRS];
};

struct skua_impair {
	uint64_t seed;
	struct rule *rule[SKUA_IMPAIR_RULES];
	unsigned int rules, last;
	unsigned int looking[SKUA_LINK_DIRS];	/* rules, */
	unsigned int copying[SKUA_LINK_DIRS];	/* and those not in place */
	struct wait_pool pool;
	struct wait_queue queue[SKUA_LINK_DIRS];
	struct skua_impair_stats stats;
	skua_impair_emit lost;
};

/* One call of skua_impair_frame() or _run(). */
struct stage {
	struct skua_impair *im;
	enum skua_link_dir dir;
	uint64_t now;
	/* Through the rules after p->after. */
	void (*pass)(struct stage *st, struct passing *p);
	skua_impair_emit emit;
	void *ctx;
};

/* Does p go on to the next rule? */
bool rule_pass(struct stage *st, struct rule *r, struct passing *p);

#endif /* SKUA_IMPAIR_ACT_H */
