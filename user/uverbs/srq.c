// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Shared receive queues. */
#include "skua_translate_queue.h"
#include "uverbs.h"

#define SRQ_BASIC 0u

static int create(struct uv_call *c, uint64_t user_handle, uint32_t pd_handle,
		  uint32_t max_wr, uint32_t max_sge, uint32_t limit)
{
	const struct skua_ureq_create_srq *req = c->drv;
	struct ib_uverbs_create_srq_resp *out = c->out;
	struct skua_uresp_create_srq *drv = c->drv_out;
	struct uv_object *pd = uv_find(c->ctx, pd_handle, UV_PD);
	struct skua_hwi_create_srq_in in = { 0 };
	struct uv_srq *srq;
	void *list = NULL;
	int err;

	if (!pd)
		return -EINVAL;
	err = skua_srq_req_check(skua_user_caps(c->ctx->dev), max_wr, max_sge,
				 req);
	if (err)
		return err;
	skua_srq_fill(&in, pd->number, limit, req->log_size, req->log_stride);
	srq = calloc(1, sizeof(*srq));
	if (!srq)
		return -ENOMEM;
	srq->obj.type = UV_SRQ;
	srq->obj.user_handle = user_handle;
	err = uv_ring(req->buf, skua_rq_bytes(req->log_size, req->log_stride),
		      &in.pbl, &list);
	if (!err)
		err = uv_create(c->ctx, SKUA_HWI_CMD_CREATE_SRQ, &in, sizeof(in),
				&srq->obj.number);
	free(list);
	if (err)
		goto fail;
	err = uv_events_bind(c, &srq->obj);
	if (!err)
		err = uv_add(c->ctx, &srq->obj, UV_SRQ);
	if (err)
		goto fail_srq;
	srq->pd = pd;
	pd->users++;
	srq->max_wr = 1u << req->log_size;
	srq->max_sge = max_sge;
	c->made = &srq->obj;
	out->srq_handle = srq->obj.handle;
	out->max_wr = srq->max_wr;
	out->max_sge = max_sge;
	drv->srqn = srq->obj.number;
	return 0;

fail_srq:
	uv_destroy(c->ctx, SKUA_HWI_CMD_DESTROY_SRQ, srq->obj.number);
	uv_events_unbind(c->ctx, &srq->obj);
fail:
	free(srq);
	return err;
}

int uv_create_srq(struct uv_call *c)
{
	const struct ib_uverbs_create_srq *in = c->in;

	return create(c, in->user_handle, in->pd_handle, in->max_wr, in->max_sge,
		      in->srq_limit);
}

int uv_create_xsrq(struct uv_call *c)
{
	const struct ib_uverbs_create_xsrq *in = c->in;

	if (in->srq_type != SRQ_BASIC)
		return -EOPNOTSUPP;
	return create(c, in->user_handle, in->pd_handle, in->max_wr, in->max_sge,
		      in->srq_limit);
}

int uv_modify_srq(struct uv_call *c)
{
	const struct ib_uverbs_modify_srq *in = c->in;
	struct uv_srq *srq = uv_find(c->ctx, in->srq_handle, UV_SRQ);
	struct skua_hwi_modify_srq_in hwi = { 0 };
	int err;

	if (!srq)
		return -EINVAL;
	if (!in->attr_mask)
		return 0;
	err = skua_srq_modify(&hwi, srq->obj.number, in->attr_mask,
			      in->srq_limit, srq->max_wr);
	if (err)
		return err;
	return skua_user_cmd(c->ctx->dev, SKUA_HWI_CMD_MODIFY_SRQ, &hwi,
			     sizeof(hwi), NULL, 0);
}

int uv_query_srq(struct uv_call *c)
{
	const struct ib_uverbs_query_srq *in = c->in;
	struct ib_uverbs_query_srq_resp *out = c->out;
	struct uv_srq *srq = uv_find(c->ctx, in->srq_handle, UV_SRQ);
	struct skua_hwi_handle_in hwi;
	struct skua_hwi_query_srq_out answer;
	int err;

	if (!srq)
		return -EINVAL;
	hwi = (struct skua_hwi_handle_in){ .handle = htole32(srq->obj.number) };
	err = skua_user_cmd(c->ctx->dev, SKUA_HWI_CMD_QUERY_SRQ, &hwi,
			    sizeof(hwi), &answer, sizeof(answer));
	if (err)
		return err;
	out->max_wr = srq->max_wr;
	out->max_sge = srq->max_sge;
	out->srq_limit = le32toh(answer.limit);
	return 0;
}

static int close_srq(struct uv_context *ctx, struct uv_srq *srq)
{
	int err = uv_destroy(ctx, SKUA_HWI_CMD_DESTROY_SRQ, srq->obj.number);

	if (err)
		return err;
	uv_events_unbind(ctx, &srq->obj);
	srq->pd->users--;
	return 0;
}

int uv_destroy_srq(struct uv_call *c)
{
	const struct ib_uverbs_destroy_srq *in = c->in;
	struct ib_uverbs_destroy_srq_resp *out = c->out;
	struct uv_srq *srq = uv_find(c->ctx, in->srq_handle, UV_SRQ);
	int err;

	if (!srq)
		return -EINVAL;
	if (srq->obj.users)
		return -EBUSY;
	err = close_srq(c->ctx, srq);
	if (err)
		return err;
	out->events_reported = srq->obj.async_reported;
	uv_remove(c->ctx, &srq->obj);
	return 0;
}

void uv_srq_free(struct uv_context *ctx, struct uv_srq *srq)
{
	close_srq(ctx, srq);
	uv_remove(ctx, &srq->obj);
}
