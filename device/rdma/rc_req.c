// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The requester of a reliable connection, IBTA 9.7.5, 9.7.6 and 9.9.2.
 *
 * It goes back to una and sends again from there (go-back-N), reading WQEs
 * anew: the driver leaves them alone until they complete. One that did not
 * fails like any malformed WQE.
 */
#include <errno.h>

#include "complete.h"
#include "nic/peers.h"
#include "rc.h"
#include "request.h"
#include "send.h"

/* What a WQE without payload counts for in a turn. */
#define WQE_COST 64u

/* IBTA table 45, in units of 10 us. */
static const uint32_t rnr_timer[32] = {
	65536, 1,    2,	   3,	 4,    6,     8,     12,    16,	   24,	  32,
	48,    64,   96,   128,	 192,  256,   384,   512,   768,   1024,  1536,
	2048,  3072, 4096, 6144, 8192, 12288, 16384, 24576, 32768, 49152,
};

static struct rc_flight *flight_at(struct rc_req *r, uint32_t i)
{
	return &r->flight[i & r->mask];
}

static bool works(const struct skua_rc *rc)
{
	return rc->qp.attr.state == SKUA_HWI_QPS_RTS ||
	       rc->qp.attr.state == SKUA_HWI_QPS_SQD;
}

static bool wants_turn(const struct skua_rc *rc)
{
	return rc->req.next != rc->req.tail || rc->qp.sq.fetch != rc->qp.sq.pi;
}

void rc_req_reset(struct skua_rc *rc, uint32_t psn)
{
	struct rc_req *r = &rc->req;

	skua_timer_clear(rc->qp.fn->adapter, &rc->qp.timer);
	r->head = 0;
	r->next = 0;
	r->tail = 0;
	r->una = psn & SKUA_PSN_MASK;
	r->psn = r->una;
	r->max = r->una;
	r->reads = 0;
	r->retries = 0;
	r->rnr_retries = 0;
	r->rnr_wait = false;
	r->quick = 0;
	r->rtt = (struct rc_rtt){ 0 };
	r->direct = 0;
	r->skip = 0;
	r->generation = 0;
	r->answered = 0;
}

/* Completion --------------------------------------------------------------- */

/* The oldest flight is over. False: nothing of the queue is left to look at. */
static bool finish(struct skua_rc *rc)
{
	struct rc_req *r = &rc->req;
	struct rc_flight f = *flight_at(r, r->head);
	bool response = skua_request_has_response(f.opcode);
	uint32_t end = f.index + f.num_bb;

	if (r->head == r->next)
		r->next++;
	else if (response)
		r->reads--;
	r->head++;

	if (!f.status && !(f.flags & SKUA_HWI_WQE_SIGNALED)) {
		rc->qp.sq.ci = end;
		return true;
	}
	if (!skua_complete_send(&rc->qp, f.index, end, f.opcode,
				response ? f.len : 0, f.status)) {
		skua_qp_lost(&rc->qp);
		return false;
	}
	if (f.status) {
		skua_qp_error(&rc->qp);
		return false;
	}
	return true;
}

static void moved(struct skua_rc *rc, uint32_t una)
{
	struct rc_req *r = &rc->req;

	r->una = una;
	r->retries = 0;
	r->rnr_retries = 0;
	r->quick = 0;
	r->progress = rc->qp.fn->adapter->now;
	r->waiting = r->progress;
	rc_rtt_answered(rc);
}

/*
 * All PSNs before target were received by the peer, except that a READ or
 * atomic is over only with its response: una stops there. Completes what is
 * over. False: the send queue is stopped.
 */
static bool advance(struct skua_rc *rc, uint32_t target)
{
	struct rc_req *r = &rc->req;
	uint32_t head = r->head, una = r->una;

	while (r->head != r->tail) {
		struct rc_flight *f = flight_at(r, r->head);
		uint32_t end = skua_psn_add(f->psn, f->npsn);

		if (!f->status && r->una != end) {
			if (skua_request_has_response(f->opcode))
				break;
			if (skua_psn_diff(target, end) < 0) {
				if (skua_psn_diff(target, r->una) > 0)
					moved(rc, target);
				break;
			}
			moved(rc, end);
		}
		if (!finish(rc))
			return false;
	}
	/* An answer to the first attempt can overtake the second. */
	if (skua_psn_diff(r->psn, r->una) < 0)
		r->psn = r->una;
	if (r->head == r->tail && rc->qp.sq_draining)
		skua_sq_drained(&rc->qp);
	if ((r->head != head || r->una != una) && wants_turn(rc))
		skua_qp_activate(&rc->qp);
	return true;
}

static void fail_oldest(struct skua_rc *rc, uint8_t status)
{
	flight_at(&rc->req, rc->req.head)->status = status;
	advance(rc, rc->req.una);
}

/* Retries ------------------------------------------------------------------ */

static void go_back(struct skua_rc *rc)
{
	struct rc_req *r = &rc->req;

	r->next = r->head;
	r->psn = r->una;
	r->reads = 0;
	rc_rtt_spoilt(rc);
	skua_qp_activate(&rc->qp);
}

static void retry(struct skua_rc *rc)
{
	struct rc_req *r = &rc->req;

	if (r->retries >= rc->qp.attr.retry_cnt) {
		fail_oldest(rc, SKUA_HWI_CQE_RETRY_EXC_ERR);
		return;
	}
	r->retries++;
	r->progress = rc->qp.fn->adapter->now;
	r->waiting = r->progress;
	go_back(rc);
}

/*
 * The timer is not touched by every ACK: when it expires it looks how long
 * una has stood still, and sleeps on for the rest.
 */
static void arm_timer(struct skua_rc *rc)
{
	struct skua_adapter *ad = rc->qp.fn->adapter;
	uint64_t due;

	if (!rc->qp.attr.timeout)
		return;
	due = rc_deadline(rc);
	if (!rc->qp.timer.heap || due < rc->qp.timer.due)
		skua_timer_set(ad, &rc->qp.timer, due);
}

/* The answer, or what it answers, seems to be lost. */
static void timed_out(struct skua_rc *rc)
{
	struct rc_req *r = &rc->req;
	uint64_t now = rc->qp.fn->adapter->now;

	skua_count(rc->qp.fn, SKUA_HWI_CNT_LOCAL_ACK_TIMEOUT_ERR, 1);
	if (now - r->waiting >= rc_ack_timeout(rc)) {
		retry(rc);
		return;
	}
	skua_count_link(rc->qp.fn, SKUA_HWI_CNT_ROCE_ADP_RETRANS_TO, 1);
	skua_count_link(rc->qp.fn, SKUA_HWI_CNT_ROCE_ADP_RETRANS,
			(r->psn - r->una) & SKUA_PSN_MASK);
	if (r->quick < UINT8_MAX)
		r->quick++;
	r->progress = now;
	go_back(rc);
}

void rc_req_timer(struct skua_rc *rc)
{
	struct rc_req *r = &rc->req;

	if (!works(rc))
		return;
	if (r->rnr_wait) {
		r->rnr_wait = false;
		r->progress = rc->qp.fn->adapter->now;
		r->waiting = r->progress;
		skua_qp_activate(&rc->qp);
		return;
	}
	if (r->una == r->max)
		return;
	if (rc->qp.fn->adapter->now >= rc_deadline(rc)) {
		timed_out(rc);
		if (!works(rc))
			return;
	}
	arm_timer(rc);
}

/* Responses ---------------------------------------------------------------- */

/*
 * Everything before psn has arrived. True if nothing else is missing; else a
 * response was lost (IBTA 9.7.5.1.1, implied NAK), and unless we have gone back
 * for it already, we do.
 */
static bool acked_before(struct skua_rc *rc, uint32_t psn)
{
	struct rc_req *r = &rc->req;

	if (!advance(rc, psn))
		return false;
	if (skua_psn_diff(psn, r->una) <= 0)
		return true;
	if (r->psn != r->una)
		retry(rc);
	return false;
}

static void receive_rnr(struct skua_rc *rc, uint8_t syndrome)
{
	struct skua_adapter *ad = rc->qp.fn->adapter;
	struct rc_req *r = &rc->req;

	if (rc->qp.attr.rnr_retry != 7 &&
	    r->rnr_retries >= rc->qp.attr.rnr_retry) {
		skua_count(rc->qp.fn, SKUA_HWI_CNT_RNR_NAK_RETRY_ERR, 1);
		fail_oldest(rc, SKUA_HWI_CQE_RNR_RETRY_EXC_ERR);
		return;
	}
	if (r->rnr_retries < 7)
		r->rnr_retries++;
	go_back(rc);
	r->rnr_wait = true;
	skua_timer_set(
		ad, &rc->qp.timer,
		ad->now + 10000ull * rnr_timer[syndrome & SKUA_AETH_VAL_MASK]);
}

static void receive_nak(struct skua_rc *rc, uint8_t syndrome)
{
	switch (syndrome) {
	case SKUA_NAK_PSN_SEQ:
		skua_count(rc->qp.fn, SKUA_HWI_CNT_PACKET_SEQ_ERR, 1);
		retry(rc);
		break;
	case SKUA_NAK_INV_REQ:
		fail_oldest(rc, SKUA_HWI_CQE_REM_INV_REQ_ERR);
		break;
	case SKUA_NAK_REM_ACCESS:
		skua_count(rc->qp.fn, SKUA_HWI_CNT_REQ_REMOTE_ACCESS_ERRORS, 1);
		fail_oldest(rc, SKUA_HWI_CQE_REM_ACCESS_ERR);
		break;
	case SKUA_NAK_REM_OP:
		fail_oldest(rc, SKUA_HWI_CQE_REM_OP_ERR);
		break;
	}
}

static void receive_ack(struct skua_rc *rc, const struct skua_packet *pkt)
{
	uint8_t kind = pkt->syndrome & SKUA_AETH_KIND_MASK;

	if (kind == SKUA_AETH_ACK) {
		if (rc->qp.fn->peers)
			rc->req.answered = skua_peers_generation(&rc->qp);
		acked_before(rc, skua_psn_add(pkt->psn, 1));
		return;
	}
	if (!acked_before(rc, pkt->psn) || rc->req.una != pkt->psn)
		return;
	if (kind == SKUA_AETH_RNR_NAK)
		receive_rnr(rc, pkt->syndrome);
	else if (kind == SKUA_AETH_NAK)
		receive_nak(rc, pkt->syndrome);
}

/* Read the WQE of a flight again. False: it is not the one that was begun. */
static bool reread(struct skua_rc *rc, const struct rc_flight *f,
		   struct skua_wqe *wqe, struct skua_request *rq)
{
	return !skua_sq_read(&rc->qp, f->index, wqe) &&
	       !skua_request_parse(wqe, rc->qp.type, rq) &&
	       wqe->num_bb == f->num_bb && rq->opcode == f->opcode &&
	       rq->len == f->len;
}

/* Scatter response data to [off, off + len) of the flight's SGEs. */
static uint8_t scatter(struct skua_rc *rc, const struct rc_flight *f,
		       uint32_t off, uint32_t len, struct skua_cursor *src,
		       bool *lost)
{
	struct skua_piece piece[SKUA_HWI_MAX_SGE];
	struct skua_request rq;
	struct skua_cursor dst;
	struct skua_wqe wqe;
	int n;

	if (!reread(rc, f, &wqe, &rq))
		return SKUA_HWI_CQE_LOC_QP_OP_ERR;
	n = skua_request_pieces(&rc->qp, &rq, off, len,
				SKUA_HWI_ACCESS_LOCAL_WRITE, piece);
	if (n < 0)
		return SKUA_HWI_CQE_LOC_PROT_ERR;
	skua_cursor_init(&dst, piece, n, 0);
	switch (skua_copy(rc->qp.fn->adapter, &dst, src, len)) {
	case SKUA_COPY_OK:
		return SKUA_HWI_CQE_OK;
	case SKUA_COPY_SRC:
		*lost = true;
		return SKUA_HWI_CQE_OK;
	default:
		return SKUA_HWI_CQE_LOC_PROT_ERR;
	}
}

/* len bytes of response data for una, the place that they are expected in. */
static void receive_expected(struct skua_rc *rc, struct skua_packet *pkt,
			     struct skua_cursor *src, uint32_t len)
{
	struct rc_req *r = &rc->req;
	struct rc_flight *f = flight_at(r, r->head);
	uint32_t off = ((r->una - f->psn) & SKUA_PSN_MASK) * rc_mtu(rc);
	uint32_t left = f->len - off;
	uint8_t status;

	if (pkt->flags & SKUA_PKT_LAST
		    ? len != left
		    : len >= left || len != pkt->npsn * rc_mtu(rc))
		return;

	status = len ? scatter(rc, f, off, len, src, &pkt->payload_lost)
		     : SKUA_HWI_CQE_OK;
	if (status) {
		fail_oldest(rc, status);
		return;
	}
	if (pkt->payload_lost)
		return;
	moved(rc, pkt->flags & SKUA_PKT_LAST ? skua_psn_add(f->psn, f->npsn)
					     : skua_psn_add(r->una, pkt->npsn));
	advance(rc, r->una);
}

static void receive_data(struct skua_rc *rc, struct skua_packet *pkt)
{
	struct rc_req *r = &rc->req;
	uint64_t orig = htole64(pkt->orig);
	struct skua_piece result = {
		.host = (uint8_t *)&orig,
		.len = sizeof(orig),
	};
	bool read = pkt->op == SKUA_PKT_READ_RESP;
	struct skua_cursor src;
	uint8_t opcode;

	/* A response acknowledges what was sent before its request. */
	if (!acked_before(rc, pkt->psn) || pkt->psn != r->una ||
	    r->head == r->tail)
		return;
	/* Not what was asked for: as good as lost. */
	opcode = flight_at(r, r->head)->opcode;
	if (!skua_request_has_response(opcode) ||
	    read != (opcode == SKUA_HWI_WQE_READ))
		return;
	if (read)
		skua_cursor_init(&src, pkt->piece, pkt->npieces,
				 pkt->payload_off);
	else
		skua_cursor_init(&src, &result, 1, 0);
	receive_expected(rc, pkt, &src, read ? pkt->len : sizeof(orig));
}

void rc_req_receive(struct skua_rc *rc, struct skua_packet *pkt)
{
	struct rc_req *r = &rc->req;

	if (!works(rc))
		return;
	/* Older than una, or never asked for: IBTA 9.7.5.1.1, ghost. */
	if (((pkt->psn - r->una) & SKUA_PSN_MASK) >=
	    ((r->max - r->una) & SKUA_PSN_MASK))
		return;
	if (pkt->op == SKUA_PKT_ACK)
		receive_ack(rc, pkt);
	else
		receive_data(rc, pkt);
}

/* Sending ------------------------------------------------------------------ */

static void sent(struct skua_rc *rc, uint32_t psn)
{
	struct rc_req *r = &rc->req;

	if (r->una == r->max) {
		r->progress = rc->qp.fn->adapter->now;
		r->waiting = r->progress;
	}
	r->psn = psn;
	if (((psn - r->una) & SKUA_PSN_MASK) > ((r->max - r->una) & SKUA_PSN_MASK)) {
		r->max = psn;
		rc_rtt_sent(rc, psn);
	}
	arm_timer(rc);
}

/*
 * May n more PSNs be outstanding? Anything may be sent on its own; nothing is
 * longer than half of all PSNs.
 */
static bool window(struct skua_rc *rc, uint32_t n)
{
	struct rc_req *r = &rc->req;
	uint32_t under_way = (r->psn - r->una) & SKUA_PSN_MASK;

	return !under_way ||
	       under_way + n <= skua_eswitch_window(&rc->qp, &rc->qp.attr.av,
						    rc_mtu(rc));
}

/* The next segment of a SEND or WRITE. */
static bool send_data(struct skua_rc *rc, struct rc_flight *f,
		      struct skua_request *rq, uint32_t *budget)
{
	struct skua_piece piece[SKUA_HWI_MAX_SGE];
	struct rc_req *r = &rc->req;
	uint32_t mtu = rc_mtu(rc);
	uint32_t off = ((r->psn - f->psn) & SKUA_PSN_MASK) * mtu;
	uint32_t limit = rc_limit(rc);
	uint32_t seg = rc_segment(rq->len - off,
				  *budget < limit ? *budget : limit, mtu);
	struct skua_packet pkt;
	int n;

	if (!seg && rq->len) {
		*budget = 0;
		return true;
	}
	pkt.npsn = skua_psn_count(seg, mtu);
	pkt.mtu = mtu;
	if (!window(rc, pkt.npsn))
		return false;
	n = skua_request_pieces(&rc->qp, rq, off, seg, 0, piece);
	if (n < 0) {
		f->status = SKUA_HWI_CQE_LOC_PROT_ERR;
		return true;
	}
	skua_request_packet(rq, off, seg, &pkt);
	pkt.service = SKUA_HWI_QPT_RC;
	pkt.dqpn = rc->qp.attr.dest_qpn;
	pkt.psn = r->psn;
	pkt.skip = off ? 0 : f->skip;
	pkt.piece = piece;
	pkt.npieces = n;
	pkt.payload_off = 0;
	/* A long message takes many turns: the timer must see it move. */
	pkt.flags |= SKUA_PKT_ACK_REQ;

	*budget -= seg;
	if (pkt.flags & SKUA_PKT_LAST)
		r->next++;
	sent(rc, skua_psn_add(r->psn, pkt.npsn));
	if (!skua_send(&rc->qp, &rc->qp.attr.av, &pkt))
		f->status = SKUA_HWI_CQE_LOC_PROT_ERR;
	return true;
}

/* A READ, or what is still missing of it; an atomic. */
static bool send_request(struct skua_rc *rc, struct rc_flight *f,
			 struct skua_request *rq)
{
	struct skua_piece piece[SKUA_HWI_MAX_SGE];
	struct rc_req *r = &rc->req;
	uint32_t done = (r->psn - f->psn) & SKUA_PSN_MASK;
	uint32_t off = done * rc_mtu(rc);
	struct skua_packet pkt = {
		.service = SKUA_HWI_QPT_RC,
		.flags = SKUA_PKT_FIRST | SKUA_PKT_LAST | SKUA_PKT_ACK_REQ,
		.dqpn = rc->qp.attr.dest_qpn,
		.psn = r->psn,
		.npsn = f->npsn - done,
		.mtu = rc_mtu(rc),
		.skip = done ? 0 : f->skip,
		.va = rq->va + off,
		.rkey = rq->rkey,
		.dma_len = rq->len - off,
		.swap_add = rq->swap_add,
		.compare = rq->compare,
	};

	if (!window(rc, pkt.npsn))
		return false;
	/* Find out now, not when the response is there, that it has no place. */
	if (skua_request_pieces(&rc->qp, rq, off, pkt.dma_len,
				SKUA_HWI_ACCESS_LOCAL_WRITE, piece) < 0) {
		f->status = SKUA_HWI_CQE_LOC_PROT_ERR;
		return true;
	}
	switch (rq->opcode) {
	case SKUA_HWI_WQE_READ:
		pkt.op = SKUA_PKT_READ;
		break;
	case SKUA_HWI_WQE_CMP_SWAP:
		pkt.op = SKUA_PKT_CMP_SWAP;
		break;
	default:
		pkt.op = SKUA_PKT_FETCH_ADD;
		break;
	}
	r->next++;
	r->reads++;
	sent(rc, skua_psn_add(r->psn, pkt.npsn));
	skua_send(&rc->qp, &rc->qp.attr.av, &pkt);
	return true;
}

/* Has rq to wait for what is under way (hwi §6, Execution)? */
static bool must_wait(const struct skua_rc *rc, const struct skua_request *rq)
{
	const struct rc_req *r = &rc->req;

	if (rq->flags & SKUA_HWI_WQE_FENCE && r->reads)
		return true;
	if (rq->opcode == SKUA_HWI_WQE_LOCAL_INV)
		return r->head != r->next;
	return skua_request_has_response(rq->opcode) && r->reads &&
	       r->reads >= rc->qp.attr.max_rd_atomic;
}

static struct rc_flight *begin(struct skua_rc *rc, const struct skua_wqe *wqe,
			       const struct skua_request *rq, uint8_t status)
{
	struct rc_req *r = &rc->req;
	struct rc_flight *f = flight_at(r, r->tail++);
	struct skua_sq *sq = &rc->qp.sq;

	f->index = sq->fetch;
	f->psn = r->psn;
	f->npsn = skua_request_is_local(rq->opcode)
			  ? 0
			  : skua_psn_count(rq->len, rc_mtu(rc));
	f->len = rq->len;
	f->opcode = rq->opcode;
	f->flags = rq->flags;
	f->num_bb = wqe->num_bb;
	f->status = status;
	f->packets = !rc->qp.fn->peers;
	f->skip = 0;
	sq->fetch += wqe->num_bb;
	return f;
}

/* The WQE at r->next, which was begun before. NULL: it has to wait. */
static struct rc_flight *again(struct skua_rc *rc, struct skua_wqe *wqe,
			       struct skua_request *rq)
{
	struct rc_flight *f = flight_at(&rc->req, rc->req.next);

	if (f->status)
		return NULL;
	if (!f->npsn)
		return f;
	if (!reread(rc, f, wqe, rq)) {
		f->status = SKUA_HWI_CQE_LOC_QP_OP_ERR;
		return f;
	}
	return must_wait(rc, rq) ? NULL : f;
}

/* The next WQE of the queue. NULL: there is none, or it has to wait. */
static struct rc_flight *fetch(struct skua_rc *rc, struct skua_wqe *wqe,
			       struct skua_request *rq)
{
	struct skua_qp *qp = &rc->qp;
	struct rc_req *r = &rc->req;
	struct rc_flight *f;
	uint8_t status;

	if (qp->sq.fetch == qp->sq.pi || qp->attr.state != SKUA_HWI_QPS_RTS ||
	    r->tail - r->head > r->mask)
		return NULL;
	switch (skua_sq_read(qp, qp->sq.fetch, wqe)) {
	case 0:
		status = skua_request_parse(wqe, qp->type, rq);
		if (!status && skua_request_has_response(rq->opcode) &&
		    !qp->attr.max_rd_atomic)
			status = SKUA_HWI_CQE_LOC_QP_OP_ERR;
		break;
	case -EINVAL:
		/* It fails in its turn, and nobody knows what follows it. */
		wqe->num_bb = 0;
		rq->opcode = SKUA_HWI_WQE_NOP;
		rq->flags = 0;
		rq->len = 0;
		status = SKUA_HWI_CQE_LOC_QP_OP_ERR;
		break;
	default:
		skua_qp_lost(qp);
		return NULL;
	}
	if (!status && must_wait(rc, rq))
		return NULL;
	f = begin(rc, wqe, rq, status);
	if (!status && !f->npsn)
		f->status = skua_request_local(qp, rq);
	return f;
}

/* Nothing is under way but f, and f is over. */
static bool direct_done(struct skua_rc *rc, const struct rc_flight *f)
{
	struct rc_req *r = &rc->req;

	r->psn = skua_psn_add(f->psn, f->npsn);
	r->max = r->psn;
	if (skua_request_has_response(f->opcode))
		r->reads++;
	r->next++;
	moved(rc, r->psn);
	return advance(rc, r->psn);
}

/*
 * Begin, continue or repeat the WQE at r->next. False: it has to wait, or
 * there is none.
 */
static bool step(struct skua_rc *rc, uint32_t *budget)
{
	struct rc_req *r = &rc->req;
	struct skua_request rq;
	struct rc_flight *f;
	struct skua_wqe wqe;

	f = r->next != r->tail ? again(rc, &wqe, &rq) : fetch(rc, &wqe, &rq);
	if (!f)
		return false;
	if (f->status)
		return true;
	if (!f->npsn) {
		r->next++;
		return true;
	}
	switch (f->packets ? RC_DIRECT_NO : rc_direct(rc, f, &rq, budget)) {
	case RC_DIRECT_DONE:
		return direct_done(rc, f);
	case RC_DIRECT_MORE:
		return true;
	default:
		break;
	}
	f->packets = true;
	if (!rc_may_send(rc))
		return false;
	if (r->skip) {
		f->skip = r->skip;
		r->skip = 0;
	}
	if (skua_request_has_response(rq.opcode))
		return send_request(rc, f, &rq);
	return send_data(rc, f, &rq, budget);
}

static bool steps(struct skua_rc *rc, uint32_t *budget)
{
	unsigned int n;

	for (n = 0; n < SKUA_TURN_WQES; n++) {
		if (!works(rc) || rc->req.rnr_wait)
			return false;
		if (!*budget)
			return true;
		if (!step(rc, budget))
			return false;
		*budget -= *budget < WQE_COST ? *budget : WQE_COST;
	}
	return true;
}

bool rc_req_turn(struct skua_rc *rc, uint32_t *budget)
{
	bool more = steps(rc, budget);

	skua_peers_end(&rc->qp);
	/* What no packet will complete: local work, and local errors. */
	if (works(rc))
		advance(rc, rc->req.una);
	return more && works(rc);
}
