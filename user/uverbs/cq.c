// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Completion queues. */
#include <rdma/ib_user_ioctl_verbs.h>

#include "skua_translate_queue.h"
#include "uverbs.h"

#define CQ_MODERATE 1u

static int open_cq(struct uv_call *c, struct uv_cq *cq, uint32_t cqe,
		   uint32_t vector)
{
	const struct skua_ureq_create_cq *req = c->drv;
	struct skua_hwi_create_cq_in in = { 0 };
	void *list = NULL;
	int err;

	if (vector >= skua_user_vectors())
		return -EINVAL;
	err = skua_cq_req_check(skua_user_caps(c->ctx->dev), cqe, req);
	if (err)
		return err;
	skua_cq_fill(&in, req->log_size, skua_user_eqn(c->ctx->dev, vector));
	err = uv_ring(req->buf, skua_cq_bytes(req->log_size), &in.pbl, &list);
	if (!err)
		err = uv_create(c->ctx, SKUA_HWI_CMD_CREATE_CQ, &in, sizeof(in),
				&cq->obj.number);
	free(list);
	return err;
}

static int create(struct uv_call *c, uint64_t user_handle, uint32_t cqe,
		  uint32_t vector, int channel,
		  struct ib_uverbs_create_cq_resp *out)
{
	const struct skua_ureq_create_cq *req = c->drv;
	struct skua_uresp_create_cq *drv = c->drv_out;
	struct uv_cq *cq = calloc(1, sizeof(*cq));
	int err;

	if (!cq)
		return -ENOMEM;
	cq->obj.type = UV_CQ;
	cq->obj.user_handle = user_handle;
	if (channel >= 0) {
		cq->channel = uv_events_get(c->ctx, channel, false);
		err = cq->channel ? 0 : -EBADF;
		if (err)
			goto fail;
	}
	err = open_cq(c, cq, cqe, vector);
	if (err)
		goto fail;
	err = uv_events_bind(c, &cq->obj);
	if (!err)
		err = uv_add(c->ctx, &cq->obj, UV_CQ);
	if (err)
		goto fail_cq;
	c->made = &cq->obj;
	out->cq_handle = cq->obj.handle;
	out->cqe = 1u << req->log_size;
	drv->cqn = cq->obj.number;
	return 0;

fail_cq:
	uv_destroy(c->ctx, SKUA_HWI_CMD_DESTROY_CQ, cq->obj.number);
	uv_events_unbind(c->ctx, &cq->obj);
fail:
	if (cq->channel)
		skua_file_put(&cq->channel->file);
	free(cq);
	return err;
}

int uv_create_cq(struct uv_call *c)
{
	const struct ib_uverbs_create_cq *in = c->in;

	return create(c, in->user_handle, in->cqe, in->comp_vector,
		      in->comp_channel, c->out);
}

int uv_create_cq_ex(struct uv_call *c)
{
	const struct ib_uverbs_ex_create_cq *in = c->in;
	struct ib_uverbs_ex_create_cq_resp *out = c->out;
	int err;

	if (in->comp_mask || in->reserved)
		return -EINVAL;
	err = skua_cq_flags_check(in->flags);
	if (err)
		return err;
	if (c->out_len < sizeof(*out))
		return -ENOSPC;
	out->response_length = sizeof(*out);
	return create(c, in->user_handle, in->cqe, in->comp_vector,
		      in->comp_channel, &out->base);
}

int uv_modify_cq_ex(struct uv_call *c)
{
	const struct ib_uverbs_ex_modify_cq *in = c->in;
	struct uv_cq *cq = uv_find(c->ctx, in->cq_handle, UV_CQ);
	struct skua_hwi_modify_cq_in hwi = { 0 };

	if (!cq || in->reserved || !in->attr_mask)
		return -EINVAL;
	if (in->attr_mask > CQ_MODERATE)
		return -EOPNOTSUPP;
	skua_cq_moderate(&hwi, cq->obj.number, in->attr.cq_count,
			 in->attr.cq_period);
	return skua_user_cmd(c->ctx->dev, SKUA_HWI_CMD_MODIFY_CQ, &hwi,
			     sizeof(hwi), NULL, 0);
}

int uv_destroy_cq(struct uv_call *c)
{
	const struct ib_uverbs_destroy_cq *in = c->in;
	struct ib_uverbs_destroy_cq_resp *out = c->out;
	struct uv_cq *cq = uv_find(c->ctx, in->cq_handle, UV_CQ);
	int err;

	if (!cq)
		return -EINVAL;
	if (cq->obj.users)
		return -EBUSY;
	err = uv_destroy(c->ctx, SKUA_HWI_CMD_DESTROY_CQ, cq->obj.number);
	if (err)
		return err;
	uv_events_unbind(c->ctx, &cq->obj);
	out->comp_events_reported = cq->comp_reported;
	out->async_events_reported = cq->obj.async_reported;
	if (cq->channel)
		skua_file_put(&cq->channel->file);
	uv_remove(c->ctx, &cq->obj);
	return 0;
}

void uv_cq_free(struct uv_context *ctx, struct uv_cq *cq)
{
	uv_destroy(ctx, SKUA_HWI_CMD_DESTROY_CQ, cq->obj.number);
	uv_events_unbind(ctx, &cq->obj);
	if (cq->channel)
		skua_file_put(&cq->channel->file);
	uv_remove(ctx, &cq->obj);
}
