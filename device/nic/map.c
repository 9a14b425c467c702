// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Guest memory: which DMA addresses exist, and where they are in this process.
 *
 * A handful of ranges, sorted and disjoint. Every change raises map.gen, and
 * whoever keeps a host address (ring.c) keeps the generation beside it. The
 * writers hold map_lock and the engine lock, so that on return from unmap
 * nobody can touch the range any more.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nic.h"

#define SKUA_MAX_RANGES 4096

/* Index of the first range that ends above iova. */
static unsigned int skua_map_find(const struct skua_map *map, uint64_t iova)
{
	unsigned int lo = 0, hi = map->n;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;
		const struct skua_dma_range *r = &map->range[mid];

		if (iova >= r->iova && iova - r->iova >= r->size)
			lo = mid + 1;
		else if (iova < r->iova)
			hi = mid;
		else
			return mid;
	}
	return lo;
}

void *skua_map_span(const struct skua_map *map, uint64_t iova, uint64_t *len,
		    bool write)
{
	unsigned int i = skua_map_find(map, iova);
	const struct skua_dma_range *r = &map->range[i];
	uint64_t off;

	if (i == map->n || iova < r->iova || !r->host || (write && !r->writable))
		return NULL;
	off = iova - r->iova;
	if (*len > r->size - off)
		*len = r->size - off;
	return r->host + off;
}

void *skua_map_ptr(const struct skua_map *map, uint64_t iova, uint64_t len,
		   bool write)
{
	uint64_t span = len;
	void *p = skua_map_span(map, iova, &span, write);

	return span == len ? p : NULL;
}

/* Between these two the map may be changed. */
static void skua_map_begin(struct skua_function *fn)
{
	pthread_rwlock_wrlock(&fn->map_lock);
	skua_engine_lock(fn->adapter);
}

static void skua_map_end(struct skua_function *fn)
{
	skua_engine_unlock(fn->adapter);
	pthread_rwlock_unlock(&fn->map_lock);
}

static int skua_map_insert(struct skua_map *map, const struct skua_dma_range *r)
{
	unsigned int i = skua_map_find(map, r->iova);
	struct skua_dma_range *grown;

	if (i < map->n && (map->range[i].iova <= r->iova ||
			   map->range[i].iova - r->iova < r->size))
		return -EEXIST;
	if (map->n == SKUA_MAX_RANGES)
		return -ENOSPC;
	grown = realloc(map->range, (map->n + 1) * sizeof(*grown));
	if (!grown)
		return -ENOSPC;
	map->range = grown;
	memmove(&grown[i + 1], &grown[i], (map->n - i) * sizeof(*grown));
	grown[i] = *r;
	map->n++;
	map->gen++;
	return 0;
}

int skua_dma_map(struct skua_function *fn, uint64_t iova, uint64_t size,
		 void *host, bool writable)
{
	const struct skua_dma_range r = { iova, size, host, writable };
	int err;

	if (!size || size - 1 > UINT64_MAX - iova)
		return -EINVAL;
	/* Naturally aligned for the guest must be so for us: atomics. */
	if (host && ((uintptr_t)host ^ iova) % SKUA_HWI_UAR_PAGE_SIZE)
		return -EINVAL;

	skua_map_begin(fn);
	err = skua_map_insert(&fn->map, &r);
	skua_map_end(fn);
	return err;
}

/* Ranges [*first, *last) lie wholly inside; none may stick out. */
static int skua_map_inside(const struct skua_map *map, uint64_t iova,
			   uint64_t size, unsigned int *first, unsigned int *last)
{
	unsigned int i = skua_map_find(map, iova);

	*first = i;
	for (; i < map->n; i++) {
		const struct skua_dma_range *r = &map->range[i];

		if (r->iova >= iova && r->iova - iova >= size)
			break;
		if (r->iova < iova || r->size > size - (r->iova - iova))
			return -EINVAL;
	}
	*last = i;
	return 0;
}

int skua_dma_unmap(struct skua_function *fn, uint64_t iova, uint64_t size,
		   void (*removed)(void *ctx, void *host, uint64_t size),
		   void *ctx)
{
	struct skua_map *map = &fn->map;
	struct skua_dma_range *gone = NULL;
	unsigned int first, last, n = 0, i;
	int err;

	if (!size || size - 1 > UINT64_MAX - iova)
		return -EINVAL;

	skua_map_begin(fn);
	err = skua_map_inside(map, iova, size, &first, &last);
	if (!err && last > first) {
		n = last - first;
		gone = malloc(n * sizeof(*gone));
		if (!gone)
			err = -ENOMEM;
	}
	if (!err && n) {
		memcpy(gone, &map->range[first], n * sizeof(*gone));
		memmove(&map->range[first], &map->range[last],
			(map->n - last) * sizeof(*gone));
		map->n -= n;
		map->gen++;
	}
	skua_map_end(fn);

	for (i = 0; !err && removed && i < n; i++)
		removed(ctx, gone[i].host, gone[i].size);
	free(gone);
	return err;
}
