// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Memory keys (§9.5). */
#include <stdlib.h>
#include <string.h>

#include "fw.h"
#include "nic/peers.h"

/* A page list of which only the fields in keep may be other than zero. */
static bool skua_pbl_empty(const struct skua_hwi_pbl *pbl,
			   const struct skua_hwi_pbl *keep)
{
	return !memcmp(pbl, keep, sizeof(*pbl));
}

static int skua_mkey_check_in(struct skua_call *c)
{
	const struct skua_hwi_create_mkey_in *in = c->in;
	uint64_t iova = le64toh(in->iova), len = le64toh(in->len);
	struct skua_hwi_pbl keep = {};

	if (in->type > SKUA_HWI_MKEY_MW2)
		return BAD_PARAM(c, skua_hwi_create_mkey_in, type);
	if (!skua_access_sane(in->access))
		return BAD_PARAM(c, skua_hwi_create_mkey_in, access);
	if (in->type == SKUA_HWI_MKEY_MR) {
		if (len && len - 1 > UINT64_MAX - iova)
			return BAD_PARAM(c, skua_hwi_create_mkey_in, len);
		return SKUA_HWI_OK;
	}
	if (iova)
		return BAD_PARAM(c, skua_hwi_create_mkey_in, iova);
	if (len)
		return BAD_PARAM(c, skua_hwi_create_mkey_in, len);
	if (in->type == SKUA_HWI_MKEY_FAST) {
		keep.count = in->pbl.count;
		keep.page_shift = in->pbl.page_shift;
		if (!keep.count || le32toh(keep.count) > SKUA_MAX_FAST_REG_PAGES)
			return BAD_PARAM(c, skua_hwi_create_mkey_in, pbl.count);
		if (keep.page_shift < SKUA_HWI_PAGE_SHIFT_MIN ||
		    keep.page_shift > SKUA_HWI_PAGE_SHIFT_MAX)
			return BAD_PARAM(c, skua_hwi_create_mkey_in,
					 pbl.page_shift);
	}
	if (!skua_pbl_empty(&in->pbl, &keep))
		return BAD_PARAM(c, skua_hwi_create_mkey_in, pbl);
	return SKUA_HWI_OK;
}

/* The pages of a region, or room for those of one to come. */
static int skua_mkey_pages(struct skua_call *c, struct skua_mkey *mk)
{
	const struct skua_hwi_create_mkey_in *in = c->in;
	uint32_t field = 0;
	int status;

	switch (mk->type) {
	case SKUA_HWI_MKEY_MR:
		status = skua_pages_read(c->fn, &in->pbl, mk->len,
					 SKUA_MAX_PAGES, &mk->pages, &field);
		return skua_fail_pbl(
			c, status,
			offsetof(struct skua_hwi_create_mkey_in, pbl), field);
	case SKUA_HWI_MKEY_FAST:
		mk->capacity = le32toh(in->pbl.count);
		return skua_pages_reserve(c->fn, mk->capacity, &mk->pages);
	default:
		return SKUA_HWI_OK;
	}
}

int skua_cmd_create_mkey(struct skua_call *c)
{
	const struct skua_hwi_create_mkey_in *in = c->in;
	struct skua_function *fn = c->fn;
	struct skua_mkey *mk;
	struct skua_pd *pd;
	uint32_t index;
	int status, err;

	status = skua_mkey_check_in(c);
	if (status)
		return status;
	pd = skua_table_get(&fn->pds, le32toh(in->pdn));
	if (!pd)
		return BAD_OBJECT(c, skua_hwi_create_mkey_in, pdn);

	mk = calloc(1, sizeof(*mk));
	if (!mk)
		return SKUA_HWI_NO_RESOURCES;
	mk->pdn = pd->pdn;
	mk->type = in->type;
	mk->access = in->access;
	mk->iova = le64toh(in->iova);
	mk->len = le64toh(in->len);
	mk->valid =
		in->type == SKUA_HWI_MKEY_MR || in->type == SKUA_HWI_MKEY_PHYS;
	status = skua_mkey_pages(c, mk);
	if (status) {
		free(mk);
		return status;
	}

	skua_engine_lock(fn->adapter);
	err = skua_table_add(&fn->mkeys, mk, &index);
	if (!err) {
		mk->key = index << 8 | in->variant;
		pd->refs++;
		skua_peers_show_mkey(fn, mk);
	}
	skua_engine_unlock(fn->adapter);
	if (err) {
		skua_pages_free(fn, &mk->pages);
		free(mk);
		return SKUA_HWI_NO_RESOURCES;
	}
	skua_out_handle(c, mk->key);
	return SKUA_HWI_OK;
}

static int skua_mkey_modify(struct skua_call *c, struct skua_mkey *mk)
{
	const struct skua_hwi_modify_mkey_in *in = c->in;
	struct skua_pd *from = skua_table_get(&c->fn->pds, mk->pdn), *to = from;
	uint32_t mask = le32toh(in->mask);

	if (mk->type != SKUA_HWI_MKEY_MR)
		return SKUA_HWI_NOT_SUPPORTED;
	if (mk->windows)
		return SKUA_HWI_IN_USE;
	if (mask & SKUA_HWI_MKEY_PD)
		to = skua_table_get(&c->fn->pds, le32toh(in->pdn));
	if (!to)
		return BAD_OBJECT(c, skua_hwi_modify_mkey_in, pdn);
	from->refs--;
	to->refs++;
	mk->pdn = to->pdn;
	if (mask & SKUA_HWI_MKEY_ACCESS)
		mk->access = in->access;
	skua_peers_show_mkey(c->fn, mk);
	return SKUA_HWI_OK;
}

int skua_cmd_modify_mkey(struct skua_call *c)
{
	const struct skua_hwi_modify_mkey_in *in = c->in;
	struct skua_mkey *mk = skua_mkey_get(c->fn, le32toh(in->handle));
	uint32_t mask = le32toh(in->mask);
	int status;

	if (mask & ~(SKUA_HWI_MKEY_ACCESS | SKUA_HWI_MKEY_PD))
		return BAD_PARAM(c, skua_hwi_modify_mkey_in, mask);
	if (mask & SKUA_HWI_MKEY_ACCESS && !skua_access_sane(in->access))
		return BAD_PARAM(c, skua_hwi_modify_mkey_in, access);
	if (!mk)
		return BAD_OBJECT(c, skua_hwi_modify_mkey_in, handle);
	/* The engine looks at rights, and binds windows. */
	skua_engine_lock(c->fn->adapter);
	status = skua_mkey_modify(c, mk);
	skua_engine_unlock(c->fn->adapter);
	return status;
}

int skua_cmd_destroy_mkey(struct skua_call *c)
{
	struct skua_function *fn = c->fn;
	struct skua_mkey *mk = skua_mkey_by_index(fn, skua_in_handle(c));
	int status = SKUA_HWI_OK;

	if (!mk)
		return BAD_OBJECT(c, skua_hwi_handle_in, handle);
	/* The engine binds windows. */
	skua_engine_lock(fn->adapter);
	if (mk->windows)
		status = SKUA_HWI_IN_USE;
	else
		skua_mkey_destroy(fn, mk);
	skua_engine_unlock(fn->adapter);
	return status;
}
