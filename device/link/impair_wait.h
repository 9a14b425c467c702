/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Frames that wait: copies in memory of a fixed size, in order of the time at
 * which they go on, and of arrival when that is the same.
 */
#ifndef SKUA_IMPAIR_WAIT_H
#define SKUA_IMPAIR_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "../nic/list.h"
#include "impair_look.h"
#include "link.h"

#define WAIT_SLOTS 8192u
#define COMMENT    128

/* A frame on its way through the rules. */
struct passing {
	struct skua_frame f;
	struct look look;	/* at what it was when it came */
	bool doubled;
	unsigned int after;	/* the last rule that it has met */
	char comment[COMMENT];
};

struct slot {
	struct passing p;
	uint64_t due, order;
	uint32_t heap;		/* where it is in the heap, from 1 on */
	struct slot *next;	/* free */
	struct list_head held;	/* by a rule, until it has been overtaken */
	uint64_t left;		/* by so many more frames */
	uint8_t data[SKUA_FRAME_MAX];
};

/* Slots are not touched before they are needed. */
struct wait_pool {
	struct slot *slots, *free;
	uint32_t used;		/* slots that have ever been in use */
};

struct wait_queue {
	struct slot **heap;	/* from 1 on */
	uint32_t len;
	uint64_t order;
};

/* 0 or -ENOMEM; again and again if need be. */
int wait_pool_init(struct wait_pool *pool);
void wait_pool_fini(struct wait_pool *pool);
/* A copy of p and its frame, or NULL: no room. */
struct slot *wait_copy(struct wait_pool *pool, const struct passing *p);
void wait_free(struct wait_pool *pool, struct slot *s);

int wait_queue_init(struct wait_queue *q);
void wait_queue_fini(struct wait_queue *q);
void wait_add(struct wait_queue *q, struct slot *s, uint64_t due);
/* Sooner than it was to be. */
void wait_hurry(struct wait_queue *q, struct slot *s, uint64_t due);
/* The first one, if it is due; it is not in the queue any more. */
struct slot *wait_next(struct wait_queue *q, uint64_t now);
uint64_t wait_due(const struct wait_queue *q);

#endif /* SKUA_IMPAIR_WAIT_H */
