// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vfu_fake.h"

struct skua_function *fake_fn[4];
unsigned int fake_fns;

struct skua_function *skua_function_create(struct skua_adapter *ad,
					   const struct skua_function_config *cfg)
{
	struct skua_function *fn = calloc(1, sizeof(*fn));

	(void)ad;
	if (!fn || fake_fns == 4)
		abort();
	fn->cfg = *cfg;
	memmove(fake_fn + 1, fake_fn, fake_fns++ * sizeof(fn));
	fake_fn[0] = fn;
	return fn;
}

/* The owner has to have taken its memory back. */
void skua_function_destroy(struct skua_function *fn)
{
	unsigned int i = 0;

	if (fn->ranges)
		abort();
	while (fake_fn[i] != fn)
		i++;
	fake_fns--;
	memmove(fake_fn + i, fake_fn + i + 1, (fake_fns - i) * sizeof(fn));
	free(fn);
}

void skua_function_reset(struct skua_function *fn)
{
	fn->resets++;
}

uint64_t skua_function_read(struct skua_function *fn, uint64_t off,
			    unsigned int size)
{
	(void)fn;
	return size == 8 ? FAKE_REG_VALUE + off :
			   (uint32_t)(FAKE_REG_VALUE + off);
}

void skua_function_write(struct skua_function *fn, uint64_t off,
			 unsigned int size, uint64_t val)
{
	fn->written.off = off;
	fn->written.size = size;
	fn->written.val = val;
	fn->written.n++;
}

void skua_function_kick(struct skua_function *fn, uint32_t page, uint32_t val)
{
	fn->kicked.page = page;
	fn->kicked.val = val;
	fn->kicked.n++;
}

int skua_dma_map(struct skua_function *fn, uint64_t iova, uint64_t size,
		 void *host, bool writable)
{
	unsigned int i;

	for (i = 0; i < fn->ranges; i++)
		if (fn->range[i].iova - iova < size ||
		    iova - fn->range[i].iova < fn->range[i].size)
			return -EEXIST;
	if (fn->ranges == FAKE_RANGES)
		return -ENOSPC;
	fn->range[fn->ranges++] =
		(struct fake_range){ iova, size, host, writable };
	return 0;
}

int skua_dma_unmap(struct skua_function *fn, uint64_t iova, uint64_t size,
		   void (*removed)(void *ctx, void *host, uint64_t size),
		   void *ctx)
{
	struct fake_range r;
	unsigned int i;

	if (!size)
		return -EINVAL;
	for (i = 0; i < fn->ranges;) {
		r = fn->range[i];
		if (r.iova - iova >= size || r.size > size - (r.iova - iova)) {
			i++;
			continue;
		}
		fn->range[i] = fn->range[--fn->ranges];
		removed(ctx, r.host, r.size);
	}
	return 0;
}
