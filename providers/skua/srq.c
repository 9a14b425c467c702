// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Shared receive queues: making, changing, and getting buffers back. */
#include <errno.h>
#include <stdlib.h>

#include <ccan/minmax.h>
#include <util/util.h>

#include "compat.h"
#include "skua.h"

uint8_t skua_rq_log_stride(uint32_t max_sge)
{
	size_t len = sizeof(struct skua_hwi_rwqe) +
		     max_sge * sizeof(struct skua_hwi_sge);

	return max_t(uint8_t, skua_ring_log(len), SKUA_HWI_RQ_MIN_LOG_STRIDE);
}

uint32_t skua_rq_max_sge(uint8_t log_stride)
{
	return ((1u << log_stride) - sizeof(struct skua_hwi_rwqe)) /
	       sizeof(struct skua_hwi_sge);
}

/* A buffer came back by completion or with the QP that had it. */
uint64_t skua_srq_retire(struct skua_srq *srq, uint32_t tag)
{
	struct skua_lock *held;
	uint64_t wr_id;

	tag &= srq->mask;
	held = skua_lock_call(&srq->lock);
	wr_id = srq->wr_id[tag];
	if (likely(srq->num_tags <= srq->mask))
		srq->tags[srq->num_tags++] = tag;
	skua_unlock_call(held);
	return wr_id;
}

int skua_srq_init(struct skua_srq *srq, uint8_t log_size, uint8_t log_stride,
		  bool elide_lock)
{
	uint32_t i, size = 1u << log_size;
	size_t ring_len = (size_t)size << log_stride;
	int err;

	srq->wr_id = calloc(size, sizeof(*srq->wr_id));
	srq->tags = calloc(size, sizeof(*srq->tags));
	if (!srq->wr_id || !srq->tags) {
		err = ENOMEM;
		goto err_free;
	}
	err = skua_buf_alloc(&srq->buf, ring_len + sizeof(*srq->rec));
	if (err)
		goto err_free;

	srq->mask = size - 1;
	srq->log_stride = log_stride;
	srq->ring = srq->buf.addr;
	srq->rec = srq->ring + ring_len;
	for (i = 0; i < size; i++)
		srq->tags[i] = srq->mask - i;
	srq->num_tags = size;
	skua_lock_init(&srq->lock, elide_lock);
	return 0;

err_free:
	free(srq->tags);
	free(srq->wr_id);
	return err;
}

void skua_srq_fini(struct skua_srq *srq)
{
	skua_lock_destroy(&srq->lock);
	skua_buf_free(&srq->buf);
	free(srq->tags);
	free(srq->wr_id);
}

struct ibv_srq *skua_create_srq(struct ibv_pd *ibpd,
				struct ibv_srq_init_attr *attr)
{
	struct skua_context *ctx = to_skua_ctx(ibpd->context);
	struct skua_create_srq_resp resp = {};
	struct skua_create_srq cmd = {};
	uint8_t log_size, log_stride;
	struct skua_srq *srq;
	int err;

	if (!attr->attr.max_wr || attr->attr.max_wr > 1u << ctx->log_max_srq ||
	    attr->attr.max_sge > ctx->max_sge) {
		errno = EINVAL;
		return NULL;
	}
	log_size = skua_ring_log(attr->attr.max_wr);
	log_stride = skua_rq_log_stride(attr->attr.max_sge);

	srq = calloc(1, sizeof(*srq));
	if (!srq)
		return NULL;
	err = skua_srq_init(srq, log_size, log_stride,
			    skua_pd_elides_locks(ibpd));
	if (err)
		goto err_free;

	cmd.buf = (uintptr_t)srq->buf.addr;
	cmd.log_size = log_size;
	cmd.log_stride = log_stride;
	err = ibv_cmd_create_srq(ibpd, &srq->vsrq.srq, attr, &cmd.ibv_cmd,
				 sizeof(cmd), &resp.ibv_resp, sizeof(resp));
	if (err)
		goto err_fini;

	srq->srqn = resp.srqn;
	srq->max_sge = min(skua_rq_max_sge(log_stride), ctx->max_sge);
	attr->attr.max_wr = 1u << log_size;
	attr->attr.max_sge = srq->max_sge;
	return &srq->vsrq.srq;

err_fini:
	skua_srq_fini(srq);
err_free:
	free(srq);
	errno = err;
	return NULL;
}

struct ibv_srq *skua_create_srq_ex(struct ibv_context *ibctx,
				   struct ibv_srq_init_attr_ex *attr)
{
	struct ibv_srq_init_attr basic = {
		.srq_context = attr->srq_context,
		.attr = attr->attr,
	};
	struct ibv_srq *ibsrq;

	if (!check_comp_mask(attr->comp_mask, IBV_SRQ_INIT_ATTR_TYPE |
						      IBV_SRQ_INIT_ATTR_PD) ||
	    (attr->comp_mask & IBV_SRQ_INIT_ATTR_TYPE &&
	     attr->srq_type != IBV_SRQT_BASIC)) {
		errno = EOPNOTSUPP;
		return NULL;
	}
	if (!(attr->comp_mask & IBV_SRQ_INIT_ATTR_PD)) {
		errno = EINVAL;
		return NULL;
	}

	ibsrq = skua_create_srq(attr->pd, &basic);
	if (!ibsrq)
		return NULL;
	ibsrq->srq_context = attr->srq_context;
	ibsrq->pd = attr->pd;
	attr->attr = basic.attr;
	return ibsrq;
}

int skua_modify_srq(struct ibv_srq *ibsrq, struct ibv_srq_attr *attr,
		    int attr_mask)
{
	struct ibv_modify_srq cmd;

	return ibv_cmd_modify_srq(ibsrq, attr, attr_mask, &cmd, sizeof(cmd));
}

int skua_query_srq(struct ibv_srq *ibsrq, struct ibv_srq_attr *attr)
{
	struct skua_srq *srq = to_skua_srq(ibsrq);
	struct ibv_query_srq cmd;
	int err;

	err = ibv_cmd_query_srq(ibsrq, attr, &cmd, sizeof(cmd));
	if (err)
		return err;
	attr->max_wr = srq->mask + 1;
	attr->max_sge = srq->max_sge;
	return 0;
}

int skua_destroy_srq(struct ibv_srq *ibsrq)
{
	struct skua_srq *srq = to_skua_srq(ibsrq);
	int err;

	err = ibv_cmd_destroy_srq(ibsrq);
	if (err)
		return err;
	skua_srq_fini(srq);
	free(srq);
	return 0;
}
