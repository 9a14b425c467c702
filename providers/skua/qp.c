// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Queue pairs: sizes, doorbells, states, and the table by number. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <ccan/minmax.h>

#include "compat.h"
#include "wqe.h"

/* What fits one block with one SGE, see send.c. */
#define SKUA_OPS_SHORT                                                 \
	(SKUA_OP(RDMA_WRITE) | SKUA_OP(RDMA_WRITE_WITH_IMM) |          \
	 SKUA_OP(RDMA_READ) | SKUA_OP(SEND) | SKUA_OP(SEND_WITH_IMM) | \
	 SKUA_OP(SEND_WITH_INV))

/* hwi §6 and §10: what the type of QP has, and the device. */
static uint32_t skua_ops_of(enum ibv_qp_type type, uint64_t caps)
{
	uint32_t ops = SKUA_OP(SEND) | SKUA_OP(SEND_WITH_IMM);

	if (type == IBV_QPT_UD)
		return ops;
	ops |= SKUA_OP(RDMA_WRITE) | SKUA_OP(RDMA_WRITE_WITH_IMM);
	if (caps & SKUA_HWI_CAP_MW)
		ops |= SKUA_OP(BIND_MW);
	if (caps & SKUA_HWI_CAP_FAST_REG)
		ops |= SKUA_OP(LOCAL_INV);
	if (type == IBV_QPT_UC)
		return ops;
	ops |= SKUA_OP(RDMA_READ);
	if (caps & SKUA_HWI_CAP_FAST_REG)
		ops |= SKUA_OP(SEND_WITH_INV);
	if (caps & SKUA_HWI_CAP_ATOMIC)
		ops |= SKUA_OP(ATOMIC_CMP_AND_SWP) |
		       SKUA_OP(ATOMIC_FETCH_AND_ADD);
	return ops;
}

static void *skua_map_page(struct skua_context *ctx, int prot, uint64_t off)
{
	void *page = mmap(NULL, SKUA_HWI_UAR_PAGE_SIZE, prot, MAP_SHARED,
			  ctx->vctx.context.cmd_fd, off);

	return page == MAP_FAILED ? NULL : page;
}

static struct skua_uar *
skua_uar_get_locked(struct skua_context *ctx,
		    const struct skua_create_qp_resp *resp)
{
	struct skua_uar *uar;

	list_for_each(&ctx->uars, uar, entry) {
		if (uar->index == resp->uar_index) {
			uar->users++;
			return uar;
		}
	}

	uar = calloc(1, sizeof(*uar));
	if (!uar)
		return NULL;
	uar->index = resp->uar_index;
	uar->users = 1;
	uar->db = skua_map_page(ctx, PROT_READ | PROT_WRITE, resp->db_mmap_off);
	if (!uar->db)
		goto err_free;
	if (!ctx->in_process) {
		uar->kick = skua_map_page(ctx, PROT_WRITE, resp->kick_mmap_off);
		if (!uar->kick)
			goto err_unmap;
	}
	list_add(&ctx->uars, &uar->entry);
	return uar;

err_unmap:
	munmap(uar->db, SKUA_HWI_UAR_PAGE_SIZE);
err_free:
	free(uar);
	return NULL;
}

static struct skua_uar *skua_uar_get(struct skua_context *ctx,
				     const struct skua_create_qp_resp *resp)
{
	struct skua_uar *uar;

	if (resp->db_slot >= SKUA_HWI_DB_SLOTS)
		return NULL;
	pthread_mutex_lock(&ctx->mutex);
	uar = skua_uar_get_locked(ctx, resp);
	pthread_mutex_unlock(&ctx->mutex);
	return uar;
}

static void skua_uar_put(struct skua_context *ctx, struct skua_uar *uar)
{
	pthread_mutex_lock(&ctx->mutex);
	if (!--uar->users) {
		list_del(&uar->entry);
		if (uar->kick)
			munmap(uar->kick, SKUA_HWI_UAR_PAGE_SIZE);
		munmap(uar->db, SKUA_HWI_UAR_PAGE_SIZE);
		free(uar);
	}
	pthread_mutex_unlock(&ctx->mutex);
}

int skua_qpt_insert(struct skua_context *ctx, struct skua_qp *qp)
{
	uint32_t qpn = qp->vqp.qp.qp_num;
	struct skua_qpt_leaf **leaf;
	int err = 0;

	if (qpn >> (2 * SKUA_QPT_BITS))
		return EINVAL;
	leaf = &ctx->qpt[qpn >> SKUA_QPT_BITS];

	pthread_mutex_lock(&ctx->mutex);
	if (!*leaf)
		*leaf = calloc(1, sizeof(**leaf));
	if (*leaf) {
		(*leaf)->used++;
		(*leaf)->qp[qpn % SKUA_QPT_SIZE] = qp;
	} else {
		err = ENOMEM;
	}
	pthread_mutex_unlock(&ctx->mutex);
	return err;
}

void skua_qpt_remove(struct skua_context *ctx, struct skua_qp *qp)
{
	uint32_t qpn = qp->vqp.qp.qp_num;
	struct skua_qpt_leaf **leaf = &ctx->qpt[qpn >> SKUA_QPT_BITS];

	pthread_mutex_lock(&ctx->mutex);
	(*leaf)->qp[qpn % SKUA_QPT_SIZE] = NULL;
	if (!--(*leaf)->used) {
		free(*leaf);
		*leaf = NULL;
	}
	pthread_mutex_unlock(&ctx->mutex);
}

/*
 * The ring holds max_send_wr WQEs of the largest kind; shorter ones leave room
 * for more. What rounding left over is given to the caller.
 */
int skua_sq_init(struct skua_sq *sq, const struct skua_context *ctx,
		 struct ibv_qp_cap *cap, enum ibv_qp_type type, bool elide_lock)
{
	uint32_t hdr = type == IBV_QPT_UD ? SKUA_HDR_UD : SKUA_HDR_RDMA;
	uint32_t data, wqe_blocks, blocks;

	skua_lock_init(&sq->lock, elide_lock);
	sq->all_ops = skua_ops_of(type, ctx->caps);
	sq->send_hdr = type == IBV_QPT_UD ? SKUA_HDR_UD : SKUA_HDR_SEND;
	if (!cap->max_send_wr) {
		cap->max_send_sge = 0;
		cap->max_inline_data = 0;
		return 0;
	}
	if (cap->max_send_sge > ctx->max_sge ||
	    cap->max_inline_data > ctx->max_inline ||
	    cap->max_send_wr > 1u << ctx->log_max_sq)
		return EINVAL;

	data = max_t(uint32_t, cap->max_inline_data,
		     cap->max_send_sge * sizeof(struct skua_hwi_sge));
	wqe_blocks = skua_wqe_blocks(hdr + data);
	blocks = 1u << skua_ring_log(cap->max_send_wr * wqe_blocks);
	if (blocks > 1u << ctx->log_max_sq)
		return EINVAL;

	sq->wr = calloc(blocks, sizeof(*sq->wr));
	if (!sq->wr)
		return ENOMEM;
	if (skua_buf_alloc(&sq->buf, (size_t)blocks << SKUA_HWI_WQE_BB_SHIFT)) {
		free(sq->wr);
		sq->wr = NULL;
		return ENOMEM;
	}

	sq->ring = sq->buf.addr;
	sq->mask = blocks - 1;
	data = (wqe_blocks << SKUA_HWI_WQE_BB_SHIFT) - hdr;
	sq->max_inline = min(data, ctx->max_inline);
	sq->max_sge = min_t(uint32_t, data / sizeof(struct skua_hwi_sge),
			    ctx->max_sge);

	cap->max_send_wr = blocks / wqe_blocks;
	cap->max_send_sge = sq->max_sge;
	cap->max_inline_data = sq->max_inline;
	return 0;
}

void skua_sq_fini(struct skua_sq *sq)
{
	skua_buf_free(&sq->buf);
	free(sq->wr);
	skua_lock_destroy(&sq->lock);
}

int skua_rq_init(struct skua_rq *rq, const struct skua_context *ctx,
		 struct ibv_qp_cap *cap, bool elide_lock)
{
	uint32_t size;
	size_t len;

	skua_lock_init(&rq->lock, elide_lock);
	if (!cap->max_recv_wr) {
		cap->max_recv_sge = 0;
		return 0;
	}
	if (cap->max_recv_sge > ctx->max_sge ||
	    cap->max_recv_wr > 1u << ctx->log_max_rq)
		return EINVAL;

	rq->log_stride = skua_rq_log_stride(cap->max_recv_sge);
	size = 1u << skua_ring_log(cap->max_recv_wr);
	len = (size_t)size << rq->log_stride;

	rq->wr_id = calloc(size, sizeof(*rq->wr_id));
	if (!rq->wr_id)
		return ENOMEM;
	if (skua_buf_alloc(&rq->buf, len + sizeof(*rq->rec))) {
		free(rq->wr_id);
		rq->wr_id = NULL;
		return ENOMEM;
	}

	rq->ring = rq->buf.addr;
	rq->rec = rq->ring + len;
	rq->mask = size - 1;
	rq->max_sge = min(skua_rq_max_sge(rq->log_stride), ctx->max_sge);
	cap->max_recv_wr = size;
	cap->max_recv_sge = rq->max_sge;
	return 0;
}

void skua_rq_fini(struct skua_rq *rq)
{
	skua_buf_free(&rq->buf);
	free(rq->wr_id);
	skua_lock_destroy(&rq->lock);
}

static void skua_fill_create_qp(struct skua_create_qp *cmd,
				const struct skua_qp *qp)
{
	cmd->sq_buf = (uintptr_t)qp->sq.buf.addr;
	cmd->rq_buf = (uintptr_t)qp->rq.buf.addr;
	cmd->log_sq = SKUA_HWI_LOG_NONE;
	cmd->log_rq = SKUA_HWI_LOG_NONE;
	if (qp->sq.ring)
		cmd->log_sq = skua_ring_log(qp->sq.mask + 1);
	if (qp->rq.ring) {
		cmd->log_rq = skua_ring_log(qp->rq.mask + 1);
		cmd->log_rq_stride = qp->rq.log_stride;
	}
}

static int skua_check_qp_attr(const struct ibv_qp_init_attr_ex *attr)
{
	if (!check_comp_mask(attr->comp_mask,
			     IBV_QP_INIT_ATTR_PD |
				     IBV_QP_INIT_ATTR_CREATE_FLAGS |
				     IBV_QP_INIT_ATTR_SEND_OPS_FLAGS))
		return EOPNOTSUPP;
	if (attr->comp_mask & IBV_QP_INIT_ATTR_CREATE_FLAGS &&
	    attr->create_flags)
		return EOPNOTSUPP;
	if (!(attr->comp_mask & IBV_QP_INIT_ATTR_PD))
		return EINVAL;
	if (attr->qp_type != IBV_QPT_RC && attr->qp_type != IBV_QPT_UC &&
	    attr->qp_type != IBV_QPT_UD)
		return EOPNOTSUPP;
	return 0;
}

static struct ibv_qp *skua_make_qp(struct ibv_context *ibctx,
				   struct ibv_qp_init_attr_ex *attr)
{
	struct skua_context *ctx = to_skua_ctx(ibctx);
	struct skua_create_qp_resp resp = {};
	struct skua_create_qp cmd = {};
	struct skua_qp *qp;
	bool elide_locks;
	int err;

	err = skua_check_qp_attr(attr);
	if (err)
		goto err_out;
	elide_locks = skua_pd_elides_locks(attr->pd);

	qp = calloc(1, sizeof(*qp));
	if (!qp)
		return NULL;

	qp->cap = attr->cap;
	if (attr->srq) {
		qp->srq = to_skua_srq(attr->srq);
		qp->cap.max_recv_wr = 0;
	}
	err = skua_sq_init(&qp->sq, ctx, &qp->cap, attr->qp_type, elide_locks);
	if (err)
		goto err_free;
	err = skua_rq_init(&qp->rq, ctx, &qp->cap, elide_locks);
	if (err)
		goto err_sq;
	if (attr->comp_mask & IBV_QP_INIT_ATTR_SEND_OPS_FLAGS &&
	    !skua_wr_supported(qp->sq.all_ops, attr->send_ops_flags)) {
		err = EOPNOTSUPP;
		goto err_rq;
	}
	qp->sq.sig_all = attr->sq_sig_all ? SKUA_HWI_WQE_SIGNALED : 0;

	skua_fill_create_qp(&cmd, qp);
	err = skua_cmd_create_qp(ibctx, &qp->vqp, attr, &cmd, &resp);
	if (err)
		goto err_rq;

	qp->uar = skua_uar_get(ctx, &resp);
	if (!qp->uar) {
		err = ENOMEM;
		goto err_destroy;
	}
	qp->kick = qp->uar->kick;
	qp->slot = resp.db_slot;
	qp->sq.db = &qp->uar->db[resp.db_slot];
	skua_write_le32(&qp->sq.db->pi, 0);

	err = skua_qpt_insert(ctx, qp);
	if (err)
		goto err_uar;

	if (attr->comp_mask & IBV_QP_INIT_ATTR_SEND_OPS_FLAGS) {
		skua_wr_setup(qp);
		qp->vqp.comp_mask |= VERBS_QP_EX;
	}
	attr->cap = qp->cap;
	return &qp->vqp.qp;

err_uar:
	skua_uar_put(ctx, qp->uar);
err_destroy:
	ibv_cmd_destroy_qp(&qp->vqp.qp);
err_rq:
	skua_rq_fini(&qp->rq);
err_sq:
	skua_sq_fini(&qp->sq);
err_free:
	free(qp);
err_out:
	errno = err;
	return NULL;
}

struct ibv_qp *skua_create_qp_ex(struct ibv_context *ibctx,
				 struct ibv_qp_init_attr_ex *attr)
{
	return skua_make_qp(ibctx, attr);
}

struct ibv_qp *skua_create_qp(struct ibv_pd *ibpd,
			      struct ibv_qp_init_attr *attr)
{
	struct ibv_qp_init_attr_ex attr_ex = {
		.qp_context = attr->qp_context,
		.send_cq = attr->send_cq,
		.recv_cq = attr->recv_cq,
		.srq = attr->srq,
		.cap = attr->cap,
		.qp_type = attr->qp_type,
		.sq_sig_all = attr->sq_sig_all,
		.comp_mask = IBV_QP_INIT_ATTR_PD,
		.pd = ibpd,
	};
	struct ibv_qp *ibqp;

	ibqp = skua_make_qp(ibpd->context, &attr_ex);
	if (ibqp)
		attr->cap = attr_ex.cap;
	return ibqp;
}

static void skua_forget_completions(struct skua_qp *qp)
{
	struct ibv_qp *ibqp = &qp->vqp.qp;

	skua_cq_forget_qp(to_skua_cq(ibqp->recv_cq), qp);
	if (ibqp->send_cq != ibqp->recv_cq)
		skua_cq_forget_qp(to_skua_cq(ibqp->send_cq), qp);
}

/* hwi §3: RESET empties the queues on both sides. */
static void skua_reset_queues(struct skua_qp *qp)
{
	skua_forget_completions(qp);

	skua_lock(&qp->sq.lock);
	qp->sq.pi = 0;
	atomic_store(&qp->sq.ci, 0);
	skua_write_le32(&qp->sq.db->pi, 0);
	skua_unlock(&qp->sq.lock);

	if (!qp->rq.ring)
		return;
	skua_lock(&qp->rq.lock);
	qp->rq.pi = 0;
	atomic_store(&qp->rq.ci, 0);
	skua_write_le32(&qp->rq.rec->pi, 0);
	skua_unlock(&qp->rq.lock);
}

/* IBTA 10.3.1: a QP that is not ready to send takes no send requests. */
void skua_sq_allow(struct skua_sq *sq, uint32_t ops)
{
	sq->ops = sq->ring ? ops : 0;
	sq->short_ops = sq->send_hdr == SKUA_HDR_SEND ?
				sq->ops & SKUA_OPS_SHORT : 0;
}

int skua_modify_qp(struct ibv_qp *ibqp, struct ibv_qp_attr *attr, int attr_mask)
{
	struct skua_qp *qp = to_skua_qp(ibqp);
	struct ibv_modify_qp cmd = {};
	int err;

	err = ibv_cmd_modify_qp(ibqp, attr, attr_mask, &cmd, sizeof(cmd));
	if (err || !(attr_mask & IBV_QP_STATE))
		return err;

	switch (attr->qp_state) {
	case IBV_QPS_RESET:
		skua_sq_allow(&qp->sq, 0);
		skua_reset_queues(qp);
		break;
	case IBV_QPS_INIT:
	case IBV_QPS_RTR:
		skua_sq_allow(&qp->sq, 0);
		break;
	default:
		skua_sq_allow(&qp->sq, qp->sq.all_ops);
		break;
	}
	return 0;
}

int skua_query_qp(struct ibv_qp *ibqp, struct ibv_qp_attr *attr, int attr_mask,
		  struct ibv_qp_init_attr *init_attr)
{
	struct skua_qp *qp = to_skua_qp(ibqp);
	struct ibv_query_qp cmd;
	int err;

	err = ibv_cmd_query_qp(ibqp, attr, attr_mask, init_attr, &cmd,
			       sizeof(cmd));
	if (err)
		return err;
	attr->cap = qp->cap;
	init_attr->cap = qp->cap;
	return 0;
}

int skua_destroy_qp(struct ibv_qp *ibqp)
{
	struct skua_context *ctx = to_skua_ctx(ibqp->context);
	struct skua_qp *qp = to_skua_qp(ibqp);
	int err;

	err = ibv_cmd_destroy_qp(ibqp);
	if (err)
		return err;

	skua_forget_completions(qp);
	skua_qpt_remove(ctx, qp);
	skua_uar_put(ctx, qp->uar);
	skua_rq_fini(&qp->rq);
	skua_sq_fini(&qp->sq);
	free(qp);
	return 0;
}
