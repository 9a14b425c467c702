// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

#include "capture_ring.h"

#define MASK (CAPTURE_RING_SIZE - 1)

int capture_ring_init(struct capture_ring *r)
{
	void *mem = mmap(NULL, CAPTURE_RING_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (mem == MAP_FAILED)
		return -ENOMEM;
	r->mem = mem;
	return 0;
}

void capture_ring_fini(struct capture_ring *r)
{
	munmap(r->mem, CAPTURE_RING_SIZE);
}

static struct record *at(const struct capture_ring *r, uint64_t pos)
{
	return (struct record *)(r->mem + (pos & MASK));
}

/* Records begin at multiples of 8: there is always room for a size of 0. */
struct record *capture_ring_reserve(struct capture_ring *r, uint32_t bytes)
{
	uint64_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
	uint32_t size = (sizeof(struct record) + bytes + 7) & ~7u;
	uint32_t to_end = CAPTURE_RING_SIZE - (head & MASK);
	uint32_t skip = to_end < size ? to_end : 0;
	struct record *rec;

	if (CAPTURE_RING_SIZE - (head - tail) < (uint64_t)skip + size)
		return NULL;
	if (skip) {
		at(r, head)->size = 0;
		head += skip;
		atomic_store_explicit(&r->head, head, memory_order_release);
	}
	rec = at(r, head);
	rec->size = size;
	return rec;
}

uint64_t capture_ring_commit(struct capture_ring *r, struct record *rec)
{
	uint64_t head = atomic_load_explicit(&r->head, memory_order_relaxed);

	head += rec->size;
	atomic_store_explicit(&r->head, head, memory_order_seq_cst);
	return head - atomic_load_explicit(&r->tail, memory_order_relaxed);
}

const struct record *capture_ring_look(struct capture_ring *r)
{
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	uint64_t head = atomic_load_explicit(&r->head, memory_order_seq_cst);

	if (tail == head)
		return NULL;
	if (at(r, tail)->size)
		return at(r, tail);
	tail += CAPTURE_RING_SIZE - (tail & MASK);
	atomic_store_explicit(&r->tail, tail, memory_order_release);
	return tail == head ? NULL : at(r, tail);
}

void capture_ring_release(struct capture_ring *r, const struct record *rec)
{
	uint64_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	atomic_store_explicit(&r->tail, tail + rec->size,
			      memory_order_release);
}
