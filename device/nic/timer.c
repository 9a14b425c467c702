// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Timers: a binary heap by due time, so that only those that are due cost
 * anything. Each timer knows its place in the heap and can be moved at once.
 *
 * heap_cap is kept above the number of timers that exist (skua_timer_reserve),
 * so that setting one cannot fail.
 */
#include <errno.h>
#include <stdlib.h>

#include "nic.h"

int skua_timer_reserve(struct skua_adapter *ad, uint32_t n)
{
	struct skua_timer **grown;
	uint32_t cap;

	if (ad->timers + n > ad->heap_cap) {
		cap = 2 * (ad->timers + n);
		grown = realloc(ad->heap, cap * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		ad->heap = grown;
		ad->heap_cap = cap;
	}
	ad->timers += n;
	return 0;
}

void skua_timer_release(struct skua_adapter *ad, uint32_t n)
{
	ad->timers -= n;
}

static void skua_heap_put(struct skua_adapter *ad, uint32_t i,
			  struct skua_timer *t)
{
	ad->heap[i] = t;
	t->heap = i + 1;
}

/* Move t, whose place is i, to where it belongs. */
static void skua_heap_sift(struct skua_adapter *ad, uint32_t i,
			   struct skua_timer *t)
{
	uint32_t child;

	while (i && ad->heap[(i - 1) / 2]->due > t->due) {
		skua_heap_put(ad, i, ad->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	while ((child = 2 * i + 1) < ad->heap_len) {
		if (child + 1 < ad->heap_len &&
		    ad->heap[child + 1]->due < ad->heap[child]->due)
			child++;
		if (ad->heap[child]->due >= t->due)
			break;
		skua_heap_put(ad, i, ad->heap[child]);
		i = child;
	}
	skua_heap_put(ad, i, t);
}

void skua_timer_set(struct skua_adapter *ad, struct skua_timer *t, uint64_t due)
{
	t->due = due;
	if (!t->heap)
		t->heap = ++ad->heap_len;
	skua_heap_sift(ad, t->heap - 1, t);
}

void skua_timer_clear(struct skua_adapter *ad, struct skua_timer *t)
{
	uint32_t i = t->heap - 1;
	struct skua_timer *last;

	if (!t->heap)
		return;
	t->heap = 0;
	last = ad->heap[--ad->heap_len];
	if (last != t)
		skua_heap_sift(ad, i, last);
}

unsigned int skua_timers_run(struct skua_adapter *ad)
{
	unsigned int n = 0;

	while (ad->heap_len && ad->heap[0]->due <= ad->now) {
		struct skua_timer *t = ad->heap[0];

		skua_timer_clear(ad, t);
		t->fire(ad, t);
		n++;
	}
	return n;
}
