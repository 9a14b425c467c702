/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Frames that wait to be handed to the kernel, in the order of their indices:
 * those in [tail, head) have been committed, those behind them reserved.
 */
#ifndef SKUA_LINK_QUEUE_H
#define SKUA_LINK_QUEUE_H

#include "kind.h"

#define SKUA_QUEUE_SLOTS 256u

struct skua_queue {
	uint8_t *mem;
	uint32_t head, tail; /* free-running */
	bool reserved;	     /* somebody writes behind head */
	uint32_t len[SKUA_QUEUE_SLOTS];
};

int skua_queue_create(struct skua_queue *q);
void skua_queue_destroy(struct skua_queue *q);

unsigned int skua_queue_reserve(struct skua_queue *q, struct skua_frame *f,
				unsigned int n);
void skua_queue_commit(struct skua_queue *q, struct skua_link_stats *stats,
		       const struct skua_frame *f, unsigned int n);
/* The first n have been sent, or never will be. */
void skua_queue_done(struct skua_queue *q, unsigned int n);

/*
 * Have l->fd, which watches fd, tell of room there if want, and not otherwise.
 * wanted is whether it does so.
 */
void skua_link_await(struct skua_link *l, int fd, bool want, bool *wanted);

static inline uint32_t skua_queue_len(const struct skua_queue *q)
{
	return q->head - q->tail;
}

static inline uint8_t *skua_queue_frame(const struct skua_queue *q, uint32_t index)
{
	return q->mem + (size_t)(index % SKUA_QUEUE_SLOTS) * SKUA_FRAME_SLOT +
	       SKUA_FRAME_SKEW;
}

#endif /* SKUA_LINK_QUEUE_H */
