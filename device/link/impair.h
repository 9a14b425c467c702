/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Impairment: what a bad link does to frames, on purpose and repeatably.
 *
 * Rules are tried in order for each frame of their direction; the same seed
 * and the same frames meet the same fate. Frames that wait are copies.
 *
 * man/skuactl.8.md has the grammar of rules.
 */
#ifndef SKUA_IMPAIR_H
#define SKUA_IMPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link.h"

#define SKUA_IMPAIR_TEXT 256	/* of a rule, with its end */
#define SKUA_IMPAIR_RULES 64

enum skua_link_dir {
	SKUA_LINK_OUT,
	SKUA_LINK_IN,
};

#define SKUA_LINK_DIRS 2u

struct skua_impair;

struct skua_impair *skua_impair_create(void);
void skua_impair_destroy(struct skua_impair *im);

/*
 * Not by the engine, but with its lock held. rule is one rule of text, such
 * as "drop out p=0.01" or "corrupt in opcode=rc-rdma-write-last nth=3 count=1".
 * Its number, from 1 on, or -errno, and why in err.
 */
int skua_impair_add(struct skua_impair *im, const char *rule, char *err,
		    size_t errlen);
/*
 * All lines of text, but for those that are blank or begin with '#', or none of
 * them. How many rules they are, or -errno, and which line is wrong and why.
 */
int skua_impair_script(struct skua_impair *im, const char *text, char *err,
		       size_t errlen);
/* 0, or -ENOENT. Frames that wait because of a rule that goes come at once. */
int skua_impair_remove(struct skua_impair *im, unsigned int number);
/* Numbers begin at 1 again. */
void skua_impair_clear(struct skua_impair *im);
/* All rules begin again, as if they had just been added. */
void skua_impair_seed(struct skua_impair *im, uint64_t seed);

/* Does any rule look at dir, or any frame of it wait? */
bool skua_impair_active(const struct skua_impair *im, enum skua_link_dir dir);

/*
 * Do frames of dir go on at once or not at all, and incoming ones as they are?
 * Then they need no memory of their own.
 */
bool skua_impair_in_place(const struct skua_impair *im, enum skua_link_dir dir);

/*
 * A frame goes on. comment says what struck it, NULL if nothing did; the
 * frame is valid during the call only.
 */
typedef void (*skua_impair_emit)(void *ctx, const struct skua_frame *f,
				 const char *comment);

/*
 * f may be changed in place. now in ns. Emits what skua_impair_run() would,
 * and f twice, once or not at all.
 */
void skua_impair_frame(struct skua_impair *im, enum skua_link_dir dir,
		       struct skua_frame *f, uint64_t now,
		       skua_impair_emit emit, void *ctx);
/* Frames whose time has come; and when the next one's comes, or UINT64_MAX. */
uint64_t skua_impair_run(struct skua_impair *im, enum skua_link_dir dir,
			 uint64_t now, skua_impair_emit emit, void *ctx);

/*
 * Frames that do not go on are shown to lost, with the ctx of the call in which
 * that happens: a capture can have them. NULL: to nobody.
 */
void skua_impair_watch(struct skua_impair *im, skua_impair_emit lost);

struct skua_impair_rule {
	unsigned int number;
	char text[SKUA_IMPAIR_TEXT];
	uint64_t seen;		/* frames that came as far as the rule */
	uint64_t matched;	/* and were such as it names */
	uint64_t struck;	/* and met it */
	uint64_t lost;		/* for a rate, beyond its limit */
	uint64_t marked;
};

struct skua_impair_stats {
	uint64_t seed;
	uint64_t frames;
	uint64_t dropped, corrupted, duplicated, reordered, delayed, marked;
	uint64_t overflow;	/* lost, or not doubled: too many wait */
	uint64_t waiting;
};

/* The i-th rule there is, or false. */
bool skua_impair_rule(const struct skua_impair *im, unsigned int i,
		      struct skua_impair_rule *out);
void skua_impair_stats(const struct skua_impair *im,
		       struct skua_impair_stats *out);

#endif /* SKUA_IMPAIR_H */
