// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <stdlib.h>

#include "complete.h"
#include "rc.h"
#include "send.h"

static int rc_init(struct skua_qp *qp)
{
	struct rc_req *r = &to_rc(qp)->req;
	uint32_t n;

	if (qp->sq.log == SKUA_HWI_LOG_NONE)
		return SKUA_HWI_OK;
	n = 1u << qp->sq.log;
	if (n > RC_MAX_FLIGHTS)
		n = RC_MAX_FLIGHTS;
	r->flight = calloc(n, sizeof(*r->flight));
	if (!r->flight)
		return SKUA_HWI_NO_RESOURCES;
	r->mask = n - 1;
	return SKUA_HWI_OK;
}

/*
 * A program may leave as soon as it saw its last receive complete, and the
 * acknowledgement that its peer needs must not leave with it.
 */
static void rc_fini(struct skua_qp *qp)
{
	struct skua_rc *rc = to_rc(qp);

	rc_resp_reply(rc);
	skua_timer_clear(qp->fn->adapter, &qp->timer);
	rc_gap_reset(rc, &rc->req.gap);
	rc_gap_reset(rc, &rc->resp.gap);
	rc_hello_end(rc);
	free(rc->req.flight);
	rc->req.flight = NULL;
}

/*
 * What was posted goes first: who waits for a message waits for nothing else,
 * while who gets its ACK has time. But where the peer waits for answers, half
 * of the turn is theirs.
 */
static bool rc_turn(struct skua_qp *qp)
{
	struct skua_rc *rc = to_rc(qp);
	uint32_t whole = rc_window_turn(rc);
	uint32_t answers = rc->resp.npending ? whole / 2 : 0;
	uint32_t budget = whole - answers;
	bool more;

	more = rc_req_turn(rc, &budget);
	answers += budget;
	if (__builtin_expect(rc->hello.busy, 0))
		rc_hello_turn(rc);
	more |= rc_resp_turn(rc, &answers);
	if (qp->attr.state == SKUA_HWI_QPS_ERR) {
		skua_flush_sq(qp);
		return false;
	}
	if (!list_empty(&qp->parked))
		return false;
	/* A QP may be its own peer. */
	return more || rc->resp.npending || rc->resp.reply;
}

static void rc_receive(struct skua_qp *qp, struct skua_packet *pkt)
{
	struct skua_rc *rc = to_rc(qp);

	if (!skua_qp_receives(qp)) {
		skua_refuse(qp->fn, SKUA_REFUSED_BAD_STATE);
		return;
	}
	if (!skua_path_matches(qp, pkt)) {
		skua_refuse(qp->fn, SKUA_REFUSED_BAD_PATH);
		return;
	}
	if (__builtin_expect(pkt->op == SKUA_PKT_HELLO, 0))
		rc_hello_receive(rc, pkt);
	else if (skua_packet_is_response(pkt->op))
		rc_req_receive(rc, pkt);
	else
		rc_resp_receive(rc, pkt);
}

static void rc_timer(struct skua_qp *qp)
{
	rc_resp_timer(to_rc(qp));
	rc_req_timer(to_rc(qp));
}

static void rc_enter_error(struct skua_rc *rc, uint8_t old)
{
	struct skua_qp *qp = &rc->qp;

	qp->sq_draining = false;
	rc_req_reset(rc, 0);
	rc_gap_reset(rc, &rc->resp.gap);
	rc_hello_end(rc);
	skua_flush_sq(qp);
	skua_inbound_flush(qp, &rc->in);
	if (qp->srq && old != SKUA_HWI_QPS_ERR)
		skua_event(qp->fn, SKUA_HWI_EVENT_LAST_WQE, qp->qpn, 0);
	if (rc->resp.reply)
		skua_qp_activate(qp);
}

static void rc_modified(struct skua_qp *qp, uint8_t old, uint32_t mask)
{
	struct skua_rc *rc = to_rc(qp);

	if (mask & SKUA_HWI_QP_RQ_PSN)
		rc_resp_reset(rc, qp->attr.rq_psn);
	if (mask & SKUA_HWI_QP_SQ_PSN)
		rc_req_reset(rc, qp->attr.sq_psn);
	if (!(mask & SKUA_HWI_QP_STATE))
		return;

	switch (qp->attr.state) {
	case SKUA_HWI_QPS_RESET:
		rc_req_reset(rc, 0);
		rc_resp_reset(rc, 0);
		rc_hello_end(rc);
		rc->in.have_recv = false;
		break;
	case SKUA_HWI_QPS_RTR:
		rc_hello_begin(rc);
		break;
	case SKUA_HWI_QPS_RTS:
		if (skua_eswitch_by_link(qp->fn->adapter, &qp->attr.av))
			rc_window_begin(rc);
		qp->sq_draining = false;
		skua_qp_activate(qp);
		break;
	case SKUA_HWI_QPS_SQD:
		qp->sq_draining = true;
		if (rc->req.head == rc->req.tail)
			skua_sq_drained(qp);
		break;
	case SKUA_HWI_QPS_ERR:
		rc_enter_error(rc, old);
		break;
	}
}

static void rc_rq_kick(struct skua_qp *qp)
{
	if (qp->attr.state == SKUA_HWI_QPS_ERR)
		skua_flush_rq(qp);
}

void rc_packet_tail(const struct skua_packet *pkt, uint32_t psn, uint32_t mtu,
		    struct skua_packet *tail)
{
	uint32_t skip = skua_psn_diff(psn, pkt->psn);

	*tail = *pkt;
	tail->psn = psn;
	tail->npsn -= skip;
	tail->payload_off += (uint64_t)skip * mtu;
	tail->len -= skip * mtu;
	tail->flags &= ~SKUA_PKT_FIRST;
}

const struct skua_qp_ops skua_rc_ops = {
	.size = sizeof(struct skua_rc),
	.init = rc_init,
	.fini = rc_fini,
	.turn = rc_turn,
	.receive = rc_receive,
	.timer = rc_timer,
	.modified = rc_modified,
	.rq_kick = rc_rq_kick,
};
