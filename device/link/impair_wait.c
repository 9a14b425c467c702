// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "impair_wait.h"

#define POOL_BYTES (WAIT_SLOTS * sizeof(struct slot))

int wait_pool_init(struct wait_pool *pool)
{
	void *mem;

	if (pool->slots)
		return 0;
	mem = mmap(NULL, POOL_BYTES, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (mem == MAP_FAILED)
		return -ENOMEM;
	pool->slots = mem;
	return 0;
}

void wait_pool_fini(struct wait_pool *pool)
{
	if (pool->slots)
		munmap(pool->slots, POOL_BYTES);
}

static struct slot *take(struct wait_pool *pool)
{
	struct slot *s = pool->free;

	if (s)
		pool->free = s->next;
	else if (pool->slots && pool->used < WAIT_SLOTS)
		s = &pool->slots[pool->used++];
	return s;
}

struct slot *wait_copy(struct wait_pool *pool, const struct passing *p)
{
	struct slot *s;

	if (p->f.len > sizeof(s->data))
		return NULL;
	s = take(pool);
	if (!s)
		return NULL;
	s->p = *p;
	memcpy(s->data, p->f.data, p->f.len);
	s->p.f.data = s->data;
	list_init(&s->held);
	return s;
}

void wait_free(struct wait_pool *pool, struct slot *s)
{
	s->next = pool->free;
	pool->free = s;
}

int wait_queue_init(struct wait_queue *q)
{
	q->heap = calloc(WAIT_SLOTS + 1, sizeof(*q->heap));
	return q->heap ? 0 : -ENOMEM;
}

void wait_queue_fini(struct wait_queue *q)
{
	free(q->heap);
}

static bool before(const struct slot *a, const struct slot *b)
{
	return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void put(struct wait_queue *q, struct slot *s, uint32_t i)
{
	q->heap[i] = s;
	s->heap = i;
}

static void sift_up(struct wait_queue *q, struct slot *s, uint32_t i)
{
	for (; i > 1 && before(s, q->heap[i / 2]); i /= 2)
		put(q, q->heap[i / 2], i);
	put(q, s, i);
}

static void sift_down(struct wait_queue *q, struct slot *s, uint32_t i)
{
	uint32_t child;

	for (; (child = 2 * i) <= q->len; i = child) {
		if (child < q->len && before(q->heap[child + 1], q->heap[child]))
			child++;
		if (!before(q->heap[child], s))
			break;
		put(q, q->heap[child], i);
	}
	put(q, s, i);
}

void wait_add(struct wait_queue *q, struct slot *s, uint64_t due)
{
	s->due = due;
	s->order = q->order++;
	sift_up(q, s, ++q->len);
}

void wait_hurry(struct wait_queue *q, struct slot *s, uint64_t due)
{
	if (due >= s->due)
		return;
	s->due = due;
	sift_up(q, s, s->heap);
}

struct slot *wait_next(struct wait_queue *q, uint64_t now)
{
	struct slot *s, *last;

	if (!q->len || q->heap[1]->due > now)
		return NULL;
	s = q->heap[1];
	last = q->heap[q->len--];
	if (q->len)
		sift_down(q, last, 1);
	list_del(&s->held);
	return s;
}

uint64_t wait_due(const struct wait_queue *q)
{
	return q->len ? q->heap[1]->due : UINT64_MAX;
}
