// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Completion queues. */
#include <rdma/ib_user_ioctl_verbs.h>

#include "uverbs.h"

#define CQ_MODERATE 1u

static int open_cq(struct uv_call *c, struct uv_cq *cq, uint32_t cqe,
		   uint32_t vector)
{
	const struct skua_ureq_create_cq *req = c->drv;
	const struct skua_hwi_query_device_out *caps = skua_user_caps(c->ctx->dev);
	struct skua_hwi_create_cq_in in = { .log_size = req->log_size };
	void *list;
	int err;

	if (req->log_size > caps->log_max_cq || !cqe ||
	    cqe > 1u << req->log_size || vector >= skua_user_vectors())
		return -EINVAL;
	in.eqn = htole32(skua_user_eqn(c->ctx->dev, vector));
	err = uv_ring(req->buf,
		      ((uint64_t)sizeof(struct skua_hwi_cqe) << req->log_size) +
			      sizeof(struct skua_hwi_cq_rec),
		      &in.pbl, &list);
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
		cq->channel = uv_channel_get(channel);
		err = cq->channel ? 0 : -EINVAL;
		if (err)
			goto fail;
	}
	err = open_cq(c, cq, cqe, vector);
	if (err)
		goto fail;
	err = uv_events_bind(c->ctx, &cq->obj);
	if (!err)
		err = uv_add(c->ctx, &cq->obj, UV_CQ);
	if (err)
		goto fail_cq;
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

	if (in->comp_mask || in->reserved)
		return -EINVAL;
	/* Every CQE has a time stamp: that flag asks for nothing more. */
	if (in->flags & ~IB_UVERBS_CQ_FLAGS_TIMESTAMP_COMPLETION)
		return -EOPNOTSUPP;
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
	struct skua_hwi_modify_cq_in hwi;

	if (!cq || in->reserved || !in->attr_mask)
		return -EINVAL;
	if (in->attr_mask > CQ_MODERATE)
		return -EOPNOTSUPP;
	hwi = (struct skua_hwi_modify_cq_in){
		.handle = htole32(cq->obj.number),
		.moderation_count = htole16(in->attr.cq_count),
		.moderation_us = htole16(in->attr.cq_period),
	};
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
	out->async_events_reported = cq->async_reported;
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
