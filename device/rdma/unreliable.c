// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <errno.h>

#include "cc.h"
#include "complete.h"
#include "unreliable.h"

/* To SQE: only the send queue stops, and the driver brings it back. */
static void send_error(struct skua_qp *qp)
{
	if (qp->attr.state == SKUA_HWI_QPS_ERR)
		return;
	qp->attr.state = SKUA_HWI_QPS_SQE;
	skua_flush_sq(qp);
}

/* The WQE at sq.fetch is over. False: the send queue is stopped. */
static bool finish(struct skua_un *un, uint8_t num_bb,
		   const struct skua_request *rq, uint8_t status)
{
	struct skua_qp *qp = &un->qp;
	uint32_t at = qp->sq.fetch;

	un->sending = false;
	qp->sq.fetch = at + num_bb;
	if (!status && !(rq->flags & SKUA_HWI_WQE_SIGNALED)) {
		qp->sq.ci = qp->sq.fetch;
		return true;
	}
	if (!skua_complete_send(qp, at, qp->sq.fetch, rq->opcode, 0, status)) {
		skua_qp_lost(qp);
		return false;
	}
	if (status)
		send_error(qp);
	return !status;
}

/* Nobody knows where the next WQE starts: hwi §6, Malformed WQEs. */
static void lost_position(struct skua_un *un, int err)
{
	struct skua_qp *qp = &un->qp;

	un->sending = false;
	if (err != -EINVAL) {
		skua_qp_lost(qp);
		return;
	}
	skua_complete_send(qp, qp->sq.fetch, qp->sq.fetch, SKUA_HWI_WQE_NOP, 0,
			   SKUA_HWI_CQE_LOC_QP_OP_ERR);
	skua_qp_error(qp);
}

static bool step(struct skua_un *un, skua_transmit_fn transmit, uint32_t *budget)
{
	struct skua_qp *qp = &un->qp;
	struct skua_request rq;
	struct skua_wqe wqe;
	int status;

	status = skua_sq_read(qp, qp->sq.fetch, &wqe);
	if (status) {
		lost_position(un, status);
		return false;
	}
	status = skua_request_parse(&wqe, qp->type, &rq);
	if (!status && un->sending && rq.len != un->len)
		status = SKUA_HWI_CQE_LOC_QP_OP_ERR;
	if (!status)
		status = skua_request_is_local(rq.opcode)
				 ? skua_request_local(qp, &rq)
				 : transmit(un, &rq, budget);
	if (!status && un->sending)
		return true;
	/* A QP may be its own peer, and have failed as such. */
	if (qp->attr.state == SKUA_HWI_QPS_ERR)
		return false;
	return finish(un, wqe.num_bb, &rq, status);
}

/* In SQD a message that was begun is still finished. */
static bool may_send(const struct skua_un *un)
{
	const struct skua_qp *qp = &un->qp;

	if (qp->attr.state == SKUA_HWI_QPS_SQD)
		return un->sending;
	return qp->attr.state == SKUA_HWI_QPS_RTS && qp->sq.fetch != qp->sq.pi;
}

bool skua_un_turn(struct skua_un *un, skua_transmit_fn transmit)
{
	uint32_t budget = SKUA_TURN_BYTES;
	struct skua_qp *qp = &un->qp;
	unsigned int n;

	if (qp->attr.state == SKUA_HWI_QPS_ERR ||
	    qp->attr.state == SKUA_HWI_QPS_SQE) {
		skua_flush_sq(qp);
		return false;
	}
	for (n = 0; n < SKUA_TURN_WQES && budget && may_send(un) &&
		    list_empty(&qp->parked); n++)
		if (!step(un, transmit, &budget))
			break;
	if (qp->sq_draining && !un->sending)
		skua_sq_drained(qp);
	return may_send(un) && list_empty(&qp->parked);
}

bool skua_un_must_wait(struct skua_un *un, const struct skua_request *rq,
		       const struct skua_hwi_av *av, uint32_t dqpn)
{
	if (skua_cc_may_send(&un->qp) && skua_eswitch_room(&un->qp, av, dqpn))
		return false;
	un->len = rq->len;
	un->sending = true;
	return true;
}

void skua_un_modified(struct skua_qp *qp, uint8_t old, uint32_t mask)
{
	struct skua_un *un = to_un(qp);

	if (mask & SKUA_HWI_QP_RQ_PSN) {
		un->epsn = qp->attr.rq_psn & SKUA_PSN_MASK;
		un->established = false;
		un->in.open = false;
	}
	if (mask & SKUA_HWI_QP_SQ_PSN)
		un->psn = qp->attr.sq_psn & SKUA_PSN_MASK;
	if (!(mask & SKUA_HWI_QP_STATE))
		return;

	switch (qp->attr.state) {
	case SKUA_HWI_QPS_RESET:
		qp->sq_draining = false;
		un->sending = false;
		un->in.open = false;
		un->in.have_recv = false;
		break;
	case SKUA_HWI_QPS_RTS:
		qp->sq_draining = false;
		skua_qp_activate(qp);
		break;
	case SKUA_HWI_QPS_SQD:
		qp->sq_draining = true;
		if (!un->sending)
			skua_sq_drained(qp);
		break;
	case SKUA_HWI_QPS_ERR:
		qp->sq_draining = false;
		un->sending = false;
		skua_flush_sq(qp);
		skua_inbound_flush(qp, &un->in);
		if (qp->srq && old != SKUA_HWI_QPS_ERR)
			skua_event(qp->fn, SKUA_HWI_EVENT_LAST_WQE, qp->qpn, 0);
		break;
	}
}

/* Nothing to set up, to take down, or to wait for. */
int skua_un_init(struct skua_qp *qp)
{
	(void)qp;
	return SKUA_HWI_OK;
}

void skua_un_fini(struct skua_qp *qp)
{
	(void)qp;
}

void skua_un_timer(struct skua_qp *qp)
{
	(void)qp;
}

void skua_un_rq_kick(struct skua_qp *qp)
{
	if (qp->attr.state == SKUA_HWI_QPS_ERR)
		skua_flush_rq(qp);
}

bool skua_un_receives(const struct skua_un *un)
{
	switch (un->qp.attr.state) {
	case SKUA_HWI_QPS_RTR:
	case SKUA_HWI_QPS_RTS:
	case SKUA_HWI_QPS_SQD:
	case SKUA_HWI_QPS_SQE:
		return true;
	default:
		skua_refuse(un->qp.fn, SKUA_REFUSED_BAD_STATE);
		return false;
	}
}

void skua_un_not_placed(struct skua_un *un, enum skua_inbound_result result)
{
	struct skua_qp *qp = &un->qp;

	un->in.open = false;
	switch (result) {
	case SKUA_IN_BAD_RECV:
	case SKUA_IN_LOC_PROT:
		skua_inbound_fail(qp, &un->in, result);
		skua_qp_error(qp);
		break;
	case SKUA_IN_RQ_LOST:
	case SKUA_IN_CQ_ERROR:
		skua_qp_lost(qp);
		break;
	case SKUA_IN_TOO_LONG:
		skua_count(qp->fn, SKUA_HWI_CNT_RESP_LOCAL_LENGTH_ERROR, 1);
		if (qp->type != SKUA_HWI_QPT_UC)
			break;
		skua_inbound_fail(qp, &un->in, result);
		skua_qp_error(qp);
		break;
	default:
		break;
	}
}
