// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Queue memory: the host address of each page, looked up once for each
 * generation of the memory map. Rings start on a page and entries are no
 * larger than a page, so no entry straddles two (§4).
 */
#include <stdlib.h>

#include "nic.h"

int skua_ring_init(struct skua_function *fn, struct skua_ring *ring,
		   const struct skua_hwi_pbl *pbl, uint64_t bytes,
		   uint32_t *field)
{
	uint64_t max_pages = (bytes >> SKUA_HWI_PAGE_SHIFT_MIN) + 1;
	int status;

	*ring = (struct skua_ring){ .bytes = bytes };
	if (pbl->offset) {
		*field = offsetof(struct skua_hwi_pbl, offset);
		return SKUA_HWI_BAD_PARAM;
	}
	status = skua_pages_read(fn, pbl, bytes, max_pages, &ring->pages, field);
	if (status)
		return status;
	ring->host = calloc(ring->pages.n, sizeof(*ring->host));
	if (!ring->host) {
		skua_pages_free(fn, &ring->pages);
		return SKUA_HWI_NO_RESOURCES;
	}
	ring->gen = fn->map.gen - 1; /* resolve at the first use */
	return SKUA_HWI_OK;
}

void skua_ring_fini(struct skua_function *fn, struct skua_ring *ring)
{
	free(ring->host);
	ring->host = NULL;
	skua_pages_free(fn, &ring->pages);
}

void skua_ring_resolve(struct skua_function *fn, struct skua_ring *ring)
{
	uint64_t left = ring->bytes, part = 1ull << ring->pages.shift;
	uint32_t i;

	for (i = 0; i < ring->pages.n; i++, left -= part) {
		if (part > left)
			part = left;
		ring->host[i] = part ? skua_map_ptr(&fn->map, ring->pages.page[i],
						    part, true)
				     : NULL;
	}
	ring->gen = fn->map.gen;
}
