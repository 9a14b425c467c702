// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Memory keys (§9.5): who may touch what, and where it is.
 *
 * A window has no pages of its own: it lends out a part of its region, whose
 * count of windows keeps it alive and valid.
 */
#include <stdlib.h>

#include "nic.h"
#include "peers.h"

#define SKUA_SPAN_PAGES 16

#define SKUA_ACCESS_REMOTE_CHANGE \
	(SKUA_HWI_ACCESS_REMOTE_WRITE | SKUA_HWI_ACCESS_REMOTE_ATOMIC)

static bool skua_mkey_is_mw(const struct skua_mkey *mk)
{
	return mk->type == SKUA_HWI_MKEY_MW1 || mk->type == SKUA_HWI_MKEY_MW2;
}

struct skua_mkey *skua_mkey_by_index(struct skua_function *fn, uint32_t key)
{
	return skua_table_get(&fn->mkeys, key >> 8);
}

struct skua_mkey *skua_mkey_get(struct skua_function *fn, uint32_t key)
{
	struct skua_mkey *mk = skua_mkey_by_index(fn, key);

	return mk && mk->key == key ? mk : NULL;
}

static bool skua_mkey_covers(const struct skua_mkey *mk, uint64_t addr,
			     uint64_t len)
{
	uint64_t off = addr - mk->iova;

	if (mk->type == SKUA_HWI_MKEY_PHYS)
		return !len || len - 1 <= UINT64_MAX - addr;
	return addr >= mk->iova && off <= mk->len && len <= mk->len - off;
}

struct skua_mkey *skua_mkey_check(struct skua_function *fn, uint32_t key,
				  uint32_t pdn, uint32_t qpn, uint64_t addr,
				  uint64_t len, uint8_t access)
{
	struct skua_mkey *mk = skua_mkey_get(fn, key);

	if (!mk || !mk->valid || mk->pdn != pdn ||
	    (access & mk->access) != access || !skua_mkey_covers(mk, addr, len))
		return NULL;
	if (skua_mkey_is_mw(mk)) {
		if (!(access & SKUA_ACCESS_REMOTE))
			return NULL;
		if (mk->type == SKUA_HWI_MKEY_MW2 && mk->qpn != qpn)
			return NULL;
	}
	return mk;
}

void *skua_mkey_span(struct skua_function *fn, const struct skua_mkey *mk,
		     uint64_t addr, uint64_t *len, bool write)
{
	const struct skua_pages *pages;
	uint64_t pos, size, in_page, run;
	uint32_t i, n;

	if (mk->mr)
		mk = mk->mr;
	if (mk->type == SKUA_HWI_MKEY_PHYS)
		return skua_map_span(&fn->map, addr, len, write);

	/*
	 * Pages that follow each other in DMA space are one piece. Its end is
	 * looked for only so far: the caller may use less, and ask again.
	 */
	pages = &mk->pages;
	size = 1ull << pages->shift;
	pos = pages->offset + (addr - mk->iova);
	i = pos >> pages->shift;
	in_page = pos & (size - 1);
	for (n = 1, run = size - in_page; run < *len; n++, run += size, i++) {
		if (n == SKUA_SPAN_PAGES ||
		    pages->page[i + 1] != pages->page[i] + size)
			break;
	}
	if (*len > run)
		*len = run;
	i = pos >> pages->shift;
	return skua_map_span(&fn->map, pages->page[i] + in_page, len, write);
}

bool skua_access_sane(uint8_t access)
{
	return !(access & ~SKUA_HWI_ACCESS_ALL) &&
	       (!(access & SKUA_ACCESS_REMOTE_CHANGE) ||
		(access & SKUA_HWI_ACCESS_LOCAL_WRITE));
}

void skua_mkey_unbind(struct skua_mkey *mw)
{
	if (mw->mr)
		mw->mr->windows--;
	mw->mr = NULL;
	mw->valid = false;
}

int skua_mkey_local_inv(struct skua_function *fn, uint32_t key, uint32_t pdn,
			uint32_t qpn)
{
	struct skua_mkey *mk = skua_mkey_get(fn, key);

	if (!mk || !mk->valid || mk->pdn != pdn || mk->windows)
		return SKUA_HWI_CQE_LOC_QP_OP_ERR;
	switch (mk->type) {
	case SKUA_HWI_MKEY_FAST:
		mk->valid = false;
		return SKUA_HWI_CQE_OK;
	case SKUA_HWI_MKEY_MW2:
		if (mk->qpn != qpn)
			return SKUA_HWI_CQE_LOC_QP_OP_ERR;
		skua_peers_hide_mkey(fn, mk);
		skua_mkey_unbind(mk);
		return SKUA_HWI_CQE_OK;
	default:
		return SKUA_HWI_CQE_LOC_QP_OP_ERR;
	}
}

int skua_mkey_reg(struct skua_function *fn, const struct skua_hwi_wqe_reg *wqe,
		  uint32_t pdn)
{
	uint32_t key = le32toh(wqe->key), field;
	struct skua_mkey *mk = skua_mkey_by_index(fn, key);
	uint64_t iova = le64toh(wqe->iova), len = le64toh(wqe->len);

	if (!mk || mk->type != SKUA_HWI_MKEY_FAST || mk->valid ||
	    mk->pdn != pdn || !skua_access_sane(wqe->access) ||
	    (len && len - 1 > UINT64_MAX - iova))
		return SKUA_HWI_CQE_LOC_QP_OP_ERR;
	if (skua_pages_check(&wqe->pbl, len, mk->capacity, &field) ||
	    skua_pages_copy(fn, &wqe->pbl, &mk->pages))
		return SKUA_HWI_CQE_LOC_QP_OP_ERR;
	mk->key = key;
	mk->access = wqe->access;
	mk->iova = iova;
	mk->len = len;
	mk->valid = true;
	return SKUA_HWI_CQE_OK;
}

/* The region that a window of pdn may be bound to as wqe asks, or NULL. */
static struct skua_mkey *skua_mkey_bindable(struct skua_function *fn,
					    const struct skua_hwi_wqe_bind *wqe,
					    uint32_t pdn)
{
	struct skua_mkey *mr = skua_mkey_get(fn, le32toh(wqe->mr_key));

	if (!mr || !mr->valid || mr->pdn != pdn ||
	    (mr->type != SKUA_HWI_MKEY_MR && mr->type != SKUA_HWI_MKEY_FAST) ||
	    !(mr->access & SKUA_HWI_ACCESS_MW_BIND) ||
	    !skua_mkey_covers(mr, le64toh(wqe->addr), le64toh(wqe->len)))
		return NULL;
	if (wqe->access & SKUA_ACCESS_REMOTE_CHANGE &&
	    !(mr->access & SKUA_HWI_ACCESS_LOCAL_WRITE))
		return NULL;
	return mr;
}

int skua_mkey_bind(struct skua_function *fn, const struct skua_hwi_wqe_bind *wqe,
		   uint32_t pdn, uint32_t qpn)
{
	uint32_t key = le32toh(wqe->mw_key);
	struct skua_mkey *mw = skua_mkey_by_index(fn, key);
	struct skua_mkey *mr = NULL;

	if (!mw || !skua_mkey_is_mw(mw) || mw->pdn != pdn ||
	    wqe->access & ~SKUA_ACCESS_REMOTE)
		return SKUA_HWI_CQE_MW_BIND_ERR;
	if (mw->type == SKUA_HWI_MKEY_MW2 && (mw->valid || !wqe->len))
		return SKUA_HWI_CQE_MW_BIND_ERR;
	if (wqe->len) {
		mr = skua_mkey_bindable(fn, wqe, pdn);
		if (!mr)
			return SKUA_HWI_CQE_MW_BIND_ERR;
		mr->windows++;
	}
	skua_peers_hide_mkey(fn, mw);
	skua_mkey_unbind(mw);
	mw->key = key;
	mw->qpn = qpn;
	mw->access = wqe->access;
	mw->iova = le64toh(wqe->addr);
	mw->len = le64toh(wqe->len);
	mw->mr = mr;
	mw->valid = mr;
	skua_peers_show_mkey(fn, mw);
	return SKUA_HWI_CQE_OK;
}

void skua_mkey_destroy(struct skua_function *fn, struct skua_mkey *mk)
{
	struct skua_pd *pd = skua_table_get(&fn->pds, mk->pdn);

	skua_peers_hide_mkey(fn, mk);
	skua_mkey_unbind(mk);
	pd->refs--;
	skua_table_remove(&fn->mkeys, mk->key >> 8);
	/* n of a FAST mkey is what it maps now: capacity was paid for. */
	if (mk->type == SKUA_HWI_MKEY_FAST)
		mk->pages.n = mk->capacity;
	skua_pages_free(fn, &mk->pages);
	free(mk);
}

void skua_pd_destroy(struct skua_function *fn, struct skua_pd *pd)
{
	skua_table_remove(&fn->pds, pd->pdn);
	free(pd);
}
