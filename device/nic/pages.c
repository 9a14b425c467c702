// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Page lists (§4): checked, then copied out of guest memory once, so that the
 * driver may free them and cannot change them.
 */
#include <stdlib.h>
#include <string.h>

#include "nic.h"

#define SKUA_PBL_FIELD(name) offsetof(struct skua_hwi_pbl, name)

/* Checks 1 to 4 of §4: what can be said without looking at the lists. */
int skua_pages_check(const struct skua_hwi_pbl *pbl, uint64_t bytes,
		     uint32_t max_pages, uint32_t *field)
{
	uint32_t count = le32toh(pbl->count), offset = le32toh(pbl->offset);
	uint64_t addr = le64toh(pbl->addr);
	unsigned int i;

	for (i = 0; i < sizeof(pbl->rsvd); i++) {
		if (pbl->rsvd[i]) {
			*field = SKUA_PBL_FIELD(rsvd) + i;
			return SKUA_HWI_BAD_PARAM;
		}
	}
	*field = SKUA_PBL_FIELD(levels);
	if (pbl->levels > 2)
		return SKUA_HWI_BAD_PARAM;
	*field = SKUA_PBL_FIELD(page_shift);
	if (pbl->page_shift < SKUA_HWI_PAGE_SHIFT_MIN ||
	    pbl->page_shift > SKUA_HWI_PAGE_SHIFT_MAX)
		return SKUA_HWI_BAD_PARAM;
	*field = SKUA_PBL_FIELD(count);
	if (!count || count > max_pages || (!pbl->levels && count != 1))
		return SKUA_HWI_BAD_PARAM;
	*field = SKUA_PBL_FIELD(offset);
	if (offset >> pbl->page_shift)
		return SKUA_HWI_BAD_PARAM;
	*field = SKUA_PBL_FIELD(count);
	if (((uint64_t)count << pbl->page_shift) - offset < bytes)
		return SKUA_HWI_BAD_PARAM;
	*field = SKUA_PBL_FIELD(addr);
	if (addr & (pbl->levels ? 7 : (1ull << pbl->page_shift) - 1))
		return SKUA_HWI_BAD_PARAM;
	return SKUA_HWI_OK;
}

/* Copy n addresses of pages of 1 << shift bytes. */
static int skua_pages_array(struct skua_function *fn, uint64_t addr, uint32_t n,
			    uint8_t shift, uint64_t *out)
{
	const __le64 *list = skua_map_ptr(&fn->map, addr, 8ull * n, false);
	uint64_t bad = 0;
	uint32_t i;

	if (!list)
		return SKUA_HWI_BAD_ADDRESS;
	for (i = 0; i < n; i++) {
		out[i] = le64toh(__atomic_load_n(&list[i], __ATOMIC_RELAXED));
		bad |= out[i];
	}
	return bad & ((1ull << shift) - 1) ? SKUA_HWI_BAD_PARAM : SKUA_HWI_OK;
}

static int skua_pages_lists(struct skua_function *fn, uint64_t addr, uint32_t n,
			    uint8_t shift, uint64_t *out)
{
	uint32_t done, part;
	uint64_t list;
	int status;

	for (done = 0; done < n; done += part, addr += sizeof(__le64)) {
		status = skua_pages_array(fn, addr, 1, SKUA_HWI_PBL_LIST_SHIFT,
					  &list);
		if (status)
			return status;
		part = n - done;
		if (part > SKUA_HWI_PBL_LIST_LEN)
			part = SKUA_HWI_PBL_LIST_LEN;
		status = skua_pages_array(fn, list, part, shift, out + done);
		if (status)
			return status;
	}
	return SKUA_HWI_OK;
}

int skua_pages_copy(struct skua_function *fn, const struct skua_hwi_pbl *pbl,
		    struct skua_pages *out)
{
	uint64_t addr = le64toh(pbl->addr);

	out->n = le32toh(pbl->count);
	out->offset = le32toh(pbl->offset);
	out->shift = pbl->page_shift;
	switch (pbl->levels) {
	case 0:
		out->page[0] = addr;
		return SKUA_HWI_OK;
	case 1:
		return skua_pages_array(fn, addr, out->n, out->shift, out->page);
	default:
		return skua_pages_lists(fn, addr, out->n, out->shift, out->page);
	}
}

int skua_pages_reserve(struct skua_function *fn, uint32_t n,
		       struct skua_pages *out)
{
	memset(out, 0, sizeof(*out));
	if (n > SKUA_MAX_PAGES - atomic_load(&fn->pages_used))
		return SKUA_HWI_NO_RESOURCES;
	out->page = malloc(n * sizeof(*out->page));
	if (!out->page)
		return SKUA_HWI_NO_RESOURCES;
	out->n = n;
	atomic_fetch_add(&fn->pages_used, n);
	return SKUA_HWI_OK;
}

int skua_pages_read(struct skua_function *fn, const struct skua_hwi_pbl *pbl,
		    uint64_t bytes, uint32_t max_pages, struct skua_pages *out,
		    uint32_t *field)
{
	int status;

	memset(out, 0, sizeof(*out));
	status = skua_pages_check(pbl, bytes, max_pages, field);
	if (!status)
		status = skua_pages_reserve(fn, le32toh(pbl->count), out);
	if (status)
		return status;

	pthread_rwlock_rdlock(&fn->map_lock);
	status = skua_pages_copy(fn, pbl, out);
	pthread_rwlock_unlock(&fn->map_lock);
	if (status)
		skua_pages_free(fn, out);
	return status;
}

void skua_pages_free(struct skua_function *fn, struct skua_pages *pages)
{
	if (pages->page)
		atomic_fetch_sub(&fn->pages_used, pages->n);
	free(pages->page);
	memset(pages, 0, sizeof(*pages));
}
