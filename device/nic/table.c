// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Objects named by handle: index below, generation above. The generation
 * changes when an index becomes free, so that a handle which outlived its
 * object finds nothing (§9.1).
 */
#include <errno.h>
#include <stdlib.h>

#include "nic.h"

int skua_table_init(struct skua_table *t, uint8_t log, uint8_t gen_bits,
		    uint32_t first)
{
	*t = (struct skua_table){
		.log = log,
		.gen_bits = gen_bits,
		.high = first,
		.max = 1u << log,
	};
	/* Untouched pages of both cost nothing. */
	t->slot = calloc(t->max, sizeof(*t->slot));
	t->gen = calloc(t->max, sizeof(*t->gen));
	if (!t->slot || !t->gen) {
		skua_table_fini(t);
		return -ENOMEM;
	}
	return 0;
}

void skua_table_fini(struct skua_table *t)
{
	free(t->slot);
	free(t->gen);
	free(t->free);
	*t = (struct skua_table){ 0 };
}

int skua_table_add(struct skua_table *t, void *obj, uint32_t *handle)
{
	uint32_t index;

	if (t->nfree) {
		index = t->free[--t->nfree];
	} else if (t->high < t->max) {
		/* Room for every index in use, so that removing cannot fail. */
		if (!((t->used + 1) & t->used)) {
			uint32_t cap = 2 * (t->used + 1);
			uint32_t *grown = realloc(t->free, cap * sizeof(*grown));

			if (!grown)
				return -ENOMEM;
			t->free = grown;
		}
		index = t->high++;
	} else {
		return -ENOSPC;
	}
	t->slot[index] = obj;
	t->used++;
	*handle = t->base ^ ((uint32_t)t->gen[index] << t->log | index);
	return 0;
}

void *skua_table_get(const struct skua_table *t, uint32_t handle)
{
	uint32_t index = handle & (t->max - 1);

	if ((handle ^ t->base) >> t->log != t->gen[index])
		return NULL;
	return t->slot[index];
}

void *skua_table_remove(struct skua_table *t, uint32_t handle)
{
	uint32_t index = handle & (t->max - 1);
	void *obj = skua_table_get(t, handle);

	if (!obj)
		return NULL;
	t->slot[index] = NULL;
	t->gen[index] = (t->gen[index] + 1) & ((1u << t->gen_bits) - 1);
	t->free[t->nfree++] = index;
	t->used--;
	return obj;
}
