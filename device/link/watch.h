/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * A watch on what leaves by a link: does a packet leave in the clear that was
 * to be protected? It looks at frames where a capture does, which is behind all
 * that could have protected them.
 *
 * ESP is taken for protected, whatever is inside. Of all else the judge says
 * whether some function would have had it protected.
 */
#ifndef SKUA_WATCH_H
#define SKUA_WATCH_H

#include "seen.h"

/* Packets in the clear that are kept to be shown: the first ones. */
#define SKUA_WATCH_SHOWN 8u

/* A flow that demands protection of a packet. */
struct skua_watch_verdict {
	uint8_t mac[6];		/* of the function */
	uint32_t flow;		/* its handle */
};

/* By the engine. False: nobody wants it protected. */
typedef bool (*skua_watch_judge)(void *ctx, const struct skua_seen *s,
				 struct skua_watch_verdict *v);

struct skua_watch {
	skua_watch_judge judge;
	void *ctx;
	uint64_t frames, bytes;	/* that left */
	uint64_t esp;		/* of these */
	uint64_t clear;		/* that should have been, and was not */
	struct {
		struct skua_seen seen;
		struct skua_watch_verdict verdict;
	} shown[SKUA_WATCH_SHOWN];
};

void skua_watch_frame(struct skua_watch *w, const struct skua_frame *f);

#endif /* SKUA_WATCH_H */
