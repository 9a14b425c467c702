/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Impairment: what a bad link does to frames, on purpose and repeatably.
 *
 * Rules are tried in order for each frame of their direction; the same seed
 * and the same frames meet the same fate. Frames that wait are copies.
 */
#ifndef SKUA_IMPAIR_H
#define SKUA_IMPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link.h"

enum skua_link_dir {
	SKUA_LINK_OUT,
	SKUA_LINK_IN,
};

struct skua_impair;

struct skua_impair *skua_impair_create(void);
void skua_impair_destroy(struct skua_impair *im);

/*
 * Not by the engine, but with its lock held. rule is one rule of text, such
 * as "drop out p=0.01" or "corrupt in opcode=rc-write-last nth=3 count=1".
 * 0 or -errno, and why in err.
 */
int skua_impair_add(struct skua_impair *im, const char *rule, char *err,
		    size_t errlen);
void skua_impair_clear(struct skua_impair *im);
void skua_impair_seed(struct skua_impair *im, uint64_t seed);

/* Does any rule look at dir, or any frame of it wait? */
bool skua_impair_active(const struct skua_impair *im, enum skua_link_dir dir);

/*
 * A frame goes on. comment says what struck it, NULL if nothing did; the
 * frame is valid during the call only.
 */
typedef void (*skua_impair_emit)(void *ctx, const struct skua_frame *f,
				 const char *comment);

/* f may be changed in place. now in ns. Calls emit no, one or two times. */
void skua_impair_frame(struct skua_impair *im, enum skua_link_dir dir,
		       struct skua_frame *f, uint64_t now,
		       skua_impair_emit emit, void *ctx);
/* The frames whose time has come; and when the next one's comes, or UINT64_MAX. */
uint64_t skua_impair_run(struct skua_impair *im, enum skua_link_dir dir,
			 uint64_t now, skua_impair_emit emit, void *ctx);

#endif /* SKUA_IMPAIR_H */
