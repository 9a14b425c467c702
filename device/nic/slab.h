/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Objects of one size side by side, for kinds that there may be very many of and
 * that packets ask for. Scattered over the heap each would be in a page of its own,
 * and a TLB has not entries for all; here, when there are many, they are in huge
 * pages. Each begins a line of the cache.
 */
#ifndef SKUA_SLAB_H
#define SKUA_SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct skua_slab {
	char *base;
	size_t size;	/* of an object */
	uint32_t *free; /* stack of places that were used before */
	uint32_t nfree, high, max;
	bool huge; /* pages were asked for */
};

/*
 * Room for max objects, 1 or more; what is not used takes address space only.
 * secret: they are in no core file. 0 or -ENOMEM.
 */
int skua_slab_init(struct skua_slab *s, size_t size, uint32_t max, bool secret);

/* Wipes what is left. One that is all zero is fine. */
void skua_slab_fini(struct skua_slab *s);

/* All zero; NULL: there are max. */
void *skua_slab_get(struct skua_slab *s);

/* Wipes it. NULL is fine. */
void skua_slab_put(struct skua_slab *s, void *object);

#endif /* SKUA_SLAB_H */
