// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Queue pairs (§9.8), but for MODIFY_QP. */
#include <stdlib.h>
#include <string.h>

#include "fw.h"

/* What the input names, once it has been found. */
struct skua_qp_parts {
	struct skua_pd *pd;
	struct skua_cq *send_cq, *recv_cq;
	struct skua_srq *srq;
};

/* GSI and ETH: one of each, with both queues of its own. */
static bool skua_qp_is_service(uint8_t type)
{
	return type == SKUA_HWI_QPT_GSI || type == SKUA_HWI_QPT_ETH;
}

static bool skua_pbl_zero(const struct skua_hwi_pbl *pbl)
{
	static const struct skua_hwi_pbl zero;

	return !memcmp(pbl, &zero, sizeof(zero));
}

static int skua_qp_check_sq(struct skua_call *c)
{
	const struct skua_hwi_create_qp_in *in = c->in;

	if (in->log_sq != SKUA_HWI_LOG_NONE)
		return in->log_sq <= SKUA_HWI_SQ_MAX_LOG
			       ? SKUA_HWI_OK
			       : BAD_PARAM(c, skua_hwi_create_qp_in, log_sq);
	if (skua_qp_is_service(in->type))
		return BAD_PARAM(c, skua_hwi_create_qp_in, log_sq);
	if (!skua_pbl_zero(&in->sq))
		return BAD_PARAM(c, skua_hwi_create_qp_in, sq);
	return SKUA_HWI_OK;
}

static int skua_qp_check_rq(struct skua_call *c)
{
	const struct skua_hwi_create_qp_in *in = c->in;
	bool has_srq = in->srqn != htole32(SKUA_HWI_NONE);

	if (has_srq && skua_qp_is_service(in->type))
		return BAD_PARAM(c, skua_hwi_create_qp_in, srqn);
	if (in->log_rq == SKUA_HWI_LOG_NONE) {
		if (skua_qp_is_service(in->type))
			return BAD_PARAM(c, skua_hwi_create_qp_in, log_rq);
		if (!skua_pbl_zero(&in->rq))
			return BAD_PARAM(c, skua_hwi_create_qp_in, rq);
		return SKUA_HWI_OK;
	}
	if (has_srq || in->log_rq > SKUA_HWI_RQ_MAX_LOG)
		return BAD_PARAM(c, skua_hwi_create_qp_in, log_rq);
	if (in->log_rq_stride < SKUA_HWI_RQ_MIN_LOG_STRIDE ||
	    in->log_rq_stride > SKUA_HWI_RQ_MAX_LOG_STRIDE)
		return BAD_PARAM(c, skua_hwi_create_qp_in, log_rq_stride);
	return SKUA_HWI_OK;
}

static int skua_qp_check_in(struct skua_call *c)
{
	const struct skua_hwi_create_qp_in *in = c->in;
	int status;

	if (!skua_qp_ops(in->type))
		return BAD_PARAM(c, skua_hwi_create_qp_in, type);
	if (le16toh(in->uar_page) >= SKUA_HWI_UAR_PAGES)
		return BAD_PARAM(c, skua_hwi_create_qp_in, uar_page);
	if (in->db_slot >= SKUA_HWI_DB_SLOTS)
		return BAD_PARAM(c, skua_hwi_create_qp_in, db_slot);
	if (in->flags)
		return BAD_PARAM(c, skua_hwi_create_qp_in, flags);
	status = skua_qp_check_sq(c);
	return status ? status : skua_qp_check_rq(c);
}

static int skua_qp_find_parts(struct skua_call *c, struct skua_qp_parts *p)
{
	const struct skua_hwi_create_qp_in *in = c->in;
	struct skua_function *fn = c->fn;
	uint32_t srqn = le32toh(in->srqn);

	p->pd = skua_table_get(&fn->pds, le32toh(in->pdn));
	if (!p->pd)
		return BAD_OBJECT(c, skua_hwi_create_qp_in, pdn);
	p->send_cq = skua_table_get(&fn->cqs, le32toh(in->send_cqn));
	if (!p->send_cq)
		return BAD_OBJECT(c, skua_hwi_create_qp_in, send_cqn);
	p->recv_cq = skua_table_get(&fn->cqs, le32toh(in->recv_cqn));
	if (!p->recv_cq)
		return BAD_OBJECT(c, skua_hwi_create_qp_in, recv_cqn);
	p->srq = NULL;
	if (srqn != SKUA_HWI_NONE) {
		p->srq = skua_table_get(&fn->srqs, srqn);
		if (!p->srq)
			return BAD_OBJECT(c, skua_hwi_create_qp_in, srqn);
	}
	return SKUA_HWI_OK;
}

static uint32_t skua_qp_slot(const struct skua_hwi_create_qp_in *in)
{
	return le16toh(in->uar_page) * SKUA_HWI_DB_SLOTS + in->db_slot;
}

static int skua_qp_rings(struct skua_call *c, struct skua_qp *qp)
{
	const struct skua_hwi_create_qp_in *in = c->in;
	uint32_t field = 0;
	int status;

	if (qp->sq.log != SKUA_HWI_LOG_NONE) {
		status = skua_ring_init(c->fn, &qp->sq.ring, &in->sq,
					(uint64_t)SKUA_HWI_WQE_BB << qp->sq.log,
					&field);
		if (status)
			return skua_fail_pbl(
				c, status,
				offsetof(struct skua_hwi_create_qp_in, sq),
				field);
	}
	if (qp->rq.log != SKUA_HWI_LOG_NONE) {
		status = skua_ring_init(c->fn, &qp->rq.ring, &in->rq,
					skua_rq_bytes(&qp->rq), &field);
		if (status)
			return skua_fail_pbl(
				c, status,
				offsetof(struct skua_hwi_create_qp_in, rq),
				field);
	}
	return SKUA_HWI_OK;
}

/* A number for the QP, in its table or beside it. */
static bool skua_qp_name(struct skua_qp *qp)
{
	struct skua_function *fn = qp->fn;

	if (qp->type == SKUA_HWI_QPT_GSI) {
		qp->qpn = SKUA_HWI_QP_GSI;
		fn->gsi = qp;
		return true;
	}
	if (skua_table_add(&fn->qps, qp, &qp->qpn))
		return false;
	if (qp->type == SKUA_HWI_QPT_ETH)
		fn->eth = qp;
	return true;
}

static void skua_qp_refer(struct skua_qp *qp, const struct skua_qp_parts *p)
{
	qp->pdn = p->pd->pdn;
	p->pd->refs++;
	qp->send_cq = p->send_cq;
	qp->send_cq->refs++;
	qp->recv_cq = p->recv_cq;
	qp->recv_cq->refs++;
	qp->srq = p->srq;
	if (qp->srq)
		qp->srq->refs++;
}

/* With all that can fail. Engine. */
static int skua_qp_publish(struct skua_qp *qp, const struct skua_qp_parts *p)
{
	struct skua_adapter *ad = qp->fn->adapter;
	int status;

	if (skua_timer_reserve(ad, 1))
		return SKUA_HWI_NO_RESOURCES;
	if (!skua_qp_name(qp)) {
		skua_timer_release(ad, 1);
		return SKUA_HWI_NO_RESOURCES;
	}
	skua_qp_refer(qp, p);
	skua_db_attach(qp);
	status = qp->ops->init(qp);
	if (status)
		skua_qp_unpublish(qp);
	return status;
}

int skua_cmd_create_qp(struct skua_call *c)
{
	const struct skua_hwi_create_qp_in *in = c->in;
	const struct skua_qp_ops *ops = skua_qp_ops(in->type);
	struct skua_function *fn = c->fn;
	struct skua_qp_parts parts;
	struct skua_qp *qp;
	int status;

	status = skua_qp_check_in(c);
	if (!status)
		status = skua_qp_find_parts(c, &parts);
	if (status)
		return status;
	if ((in->type == SKUA_HWI_QPT_GSI && fn->gsi) ||
	    (in->type == SKUA_HWI_QPT_ETH && fn->eth))
		return SKUA_HWI_BAD_STATE;
	if (fn->slot_qp[skua_qp_slot(in)])
		return SKUA_HWI_IN_USE;

	qp = calloc(1, ops->size);
	if (!qp)
		return SKUA_HWI_NO_RESOURCES;
	qp->ops = ops;
	qp->fn = fn;
	qp->type = in->type;
	qp->sq.log = in->log_sq;
	qp->sq.slot_index = skua_qp_slot(in);
	qp->rq.log = in->log_rq;
	qp->rq.log_stride = in->log_rq_stride;
	qp->timer.fire = skua_qp_timer;
	list_init(&qp->active);
	list_init(&qp->parked);
	status = skua_qp_rings(c, qp);
	if (!status) {
		skua_engine_lock(fn->adapter);
		status = skua_qp_publish(qp, &parts);
		skua_engine_unlock(fn->adapter);
	}
	if (status) {
		skua_qp_free(qp);
		return status;
	}
	skua_out_handle(c, qp->qpn);
	return SKUA_HWI_OK;
}

int skua_cmd_destroy_qp(struct skua_call *c)
{
	struct skua_function *fn = c->fn;
	struct skua_qp *qp = skua_qp_get(fn, skua_in_handle(c));

	if (!qp)
		return BAD_OBJECT(c, skua_hwi_handle_in, handle);
	skua_engine_lock(fn->adapter);
	skua_qp_destroy(qp);
	skua_engine_unlock(fn->adapter);
	return SKUA_HWI_OK;
}

static void skua_qp_attr_out(const struct skua_qp_attr *attr,
			     struct skua_hwi_qp_attr *out)
{
	*out = (struct skua_hwi_qp_attr){
		.state = attr->state,
		.access = attr->access,
		.path_mtu = attr->path_mtu,
		.timeout = attr->timeout,
		.retry_cnt = attr->retry_cnt,
		.rnr_retry = attr->rnr_retry,
		.min_rnr_timer = attr->min_rnr_timer,
		.max_rd_atomic = attr->max_rd_atomic,
		.max_dest_rd_atomic = attr->max_dest_rd_atomic,
		.sqd_event = attr->sqd_event,
		.pkey_index = htole16(attr->pkey_index),
		.qkey = htole32(attr->qkey),
		.rq_psn = htole32(attr->rq_psn),
		.sq_psn = htole32(attr->sq_psn),
		.dest_qpn = htole32(attr->dest_qpn),
		.av = attr->av,
	};
}

int skua_cmd_query_qp(struct skua_call *c)
{
	struct skua_function *fn = c->fn;
	struct skua_qp *qp = skua_qp_get(fn, skua_in_handle(c));
	struct skua_hwi_query_qp_out *out = c->out;

	if (!qp)
		return BAD_OBJECT(c, skua_hwi_handle_in, handle);
	skua_engine_lock(fn->adapter);
	skua_qp_attr_out(&qp->attr, &out->attr);
	out->sq_draining = qp->sq_draining;
	skua_engine_unlock(fn->adapter);
	return SKUA_HWI_OK;
}
