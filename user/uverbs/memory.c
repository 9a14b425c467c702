// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Memory regions and windows; and the memory of rings. */
#include <sys/mman.h>

#include "skua_translate_mkey.h"
#include "uverbs.h"

#define PAGE 4096ull

/* All of it is mapped; whether it may be written shows when it is. */
static int mapped(uint64_t first, uint64_t size)
{
	unsigned char resident[512];
	uint64_t n;

	for (; size; first += n, size -= n) {
		n = size < sizeof(resident) * PAGE ? size
						   : sizeof(resident) * PAGE;
		if (mincore((void *)(uintptr_t)first, n, resident))
			return errno == ENOMEM ? -EFAULT : -errno;
	}
	return 0;
}

/* What pinning does in the kernel: is all of it there, as it will be used? */
static int populate(uint64_t va, uint64_t len, bool write)
{
	uint64_t first = va & ~(PAGE - 1);
	uint64_t size = ((va - first + len) + PAGE - 1) & ~(PAGE - 1);
	int advice = write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ;

	if (!len)
		return 0;
	if (len > (1ull << 47) || va > (1ull << 47) - len)
		return -EFAULT;
	if (!madvise((void *)(uintptr_t)first, size, advice))
		return 0;
	if (errno == ENOMEM || errno == EFAULT)
		return -EFAULT;
	if (errno != EINVAL)
		return -errno;
	/* It may not be used so; or, before Linux 5.14, nobody can tell. */
	return madvise(NULL, 0, advice) ? mapped(first, size) : -EFAULT;
}

static uint8_t variant(void)
{
	static _Atomic uint8_t next;

	return atomic_fetch_add(&next, 7);
}

/* Remote writes and binds need local rights (IBTA 10.6.3.1, as ib_core has it). */
static int check_access(uint32_t access)
{
	const uint32_t change = SKUA_HWI_ACCESS_REMOTE_WRITE |
				SKUA_HWI_ACCESS_REMOTE_ATOMIC;

	if (access & change && !(access & SKUA_HWI_ACCESS_LOCAL_WRITE))
		return -EINVAL;
	return skua_access_check(access);
}

static int create_mr(struct uv_context *ctx, const struct uv_object *pd,
		     uint64_t start, uint64_t len, uint64_t iova,
		     uint32_t access, uint32_t *key,
		     struct skua_extent **extent)
{
	struct skua_hwi_create_mkey_in in = { .variant = variant() };
	void *list;
	int err;

	if ((start ^ iova) & (PAGE - 1) &&
	    !(access & IB_UVERBS_ACCESS_ZERO_BASED))
		return -EINVAL;
	err = check_access(access);
	if (!err)
		err = skua_mr_check(skua_user_caps(ctx->dev), start, len, iova,
				    access);
	if (!err)
		err = populate(start, len, skua_access_writes(access));
	if (!err)
		err = skua_user_pbl(start, len, &in.pbl, &list);
	if (err)
		return err;
	skua_mr_fill(&in, skua_user_caps(ctx->dev), pd->number, access, iova,
		     len);
	*extent = skua_arena_hold(start, len);
	err = uv_create(ctx, SKUA_HWI_CMD_CREATE_MKEY, &in, sizeof(in), key);
	free(list);
	if (err)
		skua_arena_drop(*extent);
	return err;
}

int uv_reg_mr(struct uv_call *c)
{
	const struct ib_uverbs_reg_mr *in = c->in;
	struct ib_uverbs_reg_mr_resp *out = c->out;
	struct uv_object *pd = uv_find(c->ctx, in->pd_handle, UV_PD);
	struct uv_mr *mr;
	int err;

	if (!pd)
		return -EINVAL;
	mr = calloc(1, sizeof(*mr));
	if (!mr)
		return -ENOMEM;
	err = create_mr(c->ctx, pd, in->start, in->length, in->hca_va,
			in->access_flags, &mr->obj.number, &mr->extent);
	if (err)
		goto fail;
	err = uv_add(c->ctx, &mr->obj, UV_MR);
	if (err) {
		uv_destroy(c->ctx, SKUA_HWI_CMD_DESTROY_MKEY, mr->obj.number);
		skua_arena_drop(mr->extent);
		goto fail;
	}
	mr->pd = pd;
	mr->access = in->access_flags;
	mr->start = in->start;
	mr->length = in->length;
	mr->iova = in->hca_va;
	pd->users++;
	c->made = &mr->obj;
	out->mr_handle = mr->obj.handle;
	out->lkey = mr->obj.number;
	out->rkey = mr->obj.number;
	return 0;
fail:
	free(mr);
	return err;
}

/* The region moves: a new key, and the old one is gone. */
static int move(struct uv_context *ctx, struct uv_mr *mr, struct uv_object *pd,
		const struct ib_uverbs_rereg_mr *in, uint32_t access)
{
	struct skua_extent *extent;
	uint32_t key;
	int err;

	err = create_mr(ctx, pd, in->start, in->length, in->hca_va, access, &key,
			&extent);
	if (err)
		return err;
	err = uv_destroy(ctx, SKUA_HWI_CMD_DESTROY_MKEY, mr->obj.number);
	if (err) {
		uv_destroy(ctx, SKUA_HWI_CMD_DESTROY_MKEY, key);
		skua_arena_drop(extent);
		return err;
	}
	skua_arena_drop(mr->extent);
	mr->extent = extent;
	mr->obj.number = key;
	mr->start = in->start;
	mr->length = in->length;
	mr->iova = in->hca_va;
	return 0;
}

static int change(struct uv_context *ctx, struct uv_mr *mr, struct uv_object *pd,
		  uint32_t flags, uint32_t access)
{
	struct skua_hwi_modify_mkey_in in = { 0 };
	int err = check_access(access);

	/* It may be memory that cannot be written. */
	if (!err && skua_access_writes(access) &&
	    !skua_access_writes(mr->access))
		err = populate(mr->start, mr->length, true);
	if (err)
		return err;
	skua_mr_modify(&in, skua_user_caps(ctx->dev), mr->obj.number, flags,
		       access, pd->number);
	return skua_user_cmd(ctx->dev, SKUA_HWI_CMD_MODIFY_MKEY, &in, sizeof(in),
			     NULL, 0);
}

int uv_rereg_mr(struct uv_call *c)
{
	const struct ib_uverbs_rereg_mr *in = c->in;
	struct ib_uverbs_rereg_mr_resp *out = c->out;
	struct uv_mr *mr = uv_find(c->ctx, in->mr_handle, UV_MR);
	uint32_t access;
	struct uv_object *pd;
	int err;

	if (!mr || !in->flags)
		return -EINVAL;
	if (in->flags & ~SKUA_IB_REREG_ALL)
		return -EOPNOTSUPP;
	pd = in->flags & SKUA_IB_REREG_PD ? uv_find(c->ctx, in->pd_handle, UV_PD)
				  : mr->pd;
	if (!pd)
		return -EINVAL;
	access = in->flags & SKUA_IB_REREG_ACCESS ? in->access_flags : mr->access;
	err = in->flags & SKUA_IB_REREG_TRANS ? move(c->ctx, mr, pd, in, access)
				      : change(c->ctx, mr, pd, in->flags, access);
	if (err)
		return err;
	mr->pd->users--;
	pd->users++;
	mr->pd = pd;
	mr->access = access;
	out->lkey = mr->obj.number;
	out->rkey = mr->obj.number;
	return 0;
}

int uv_dereg_mr(struct uv_call *c)
{
	const struct ib_uverbs_dereg_mr *in = c->in;
	struct uv_mr *mr = uv_find(c->ctx, in->mr_handle, UV_MR);
	int err;

	if (!mr)
		return -EINVAL;
	err = uv_destroy(c->ctx, SKUA_HWI_CMD_DESTROY_MKEY, mr->obj.number);
	if (err)
		return err;
	skua_arena_drop(mr->extent);
	mr->pd->users--;
	uv_remove(c->ctx, &mr->obj);
	return 0;
}

int uv_alloc_mw(struct uv_call *c)
{
	const struct ib_uverbs_alloc_mw *in = c->in;
	struct ib_uverbs_alloc_mw_resp *out = c->out;
	struct uv_object *pd = uv_find(c->ctx, in->pd_handle, UV_PD);
	struct skua_hwi_create_mkey_in hwi = { .variant = variant() };
	struct uv_mw *mw;
	int err;

	if (!pd)
		return -EINVAL;
	err = skua_mw_fill(&hwi, pd->number, in->mw_type);
	if (err)
		return err;
	mw = calloc(1, sizeof(*mw));
	if (!mw)
		return -ENOMEM;
	err = uv_create(c->ctx, SKUA_HWI_CMD_CREATE_MKEY, &hwi, sizeof(hwi),
			&mw->obj.number);
	if (!err) {
		err = uv_add(c->ctx, &mw->obj, UV_MW);
		if (err)
			uv_destroy(c->ctx, SKUA_HWI_CMD_DESTROY_MKEY,
				   mw->obj.number);
	}
	if (err) {
		free(mw);
		return err;
	}
	mw->pd = pd;
	pd->users++;
	c->made = &mw->obj;
	out->mw_handle = mw->obj.handle;
	out->rkey = mw->obj.number;
	return 0;
}

/* The key has another variant by now if it was bound: the index counts. */
int uv_dealloc_mw(struct uv_call *c)
{
	const struct ib_uverbs_dealloc_mw *in = c->in;
	struct uv_mw *mw = uv_find(c->ctx, in->mw_handle, UV_MW);
	int err;

	if (!mw)
		return -EINVAL;
	err = uv_destroy(c->ctx, SKUA_HWI_CMD_DESTROY_MKEY, mw->obj.number);
	if (err)
		return err;
	mw->pd->users--;
	uv_remove(c->ctx, &mw->obj);
	return 0;
}

int uv_ring(uint64_t buf, uint64_t len, struct skua_hwi_pbl *pbl, void **list)
{
	int err;

	*list = NULL;
	if (buf & (PAGE - 1))
		return -EINVAL;
	err = populate(buf, len, true);
	return err ? err : skua_user_ring_pbl(buf, len, pbl, list);
}
