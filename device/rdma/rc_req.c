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
#include "rc_req.h"
#include "send.h"

/* What a WQE without payload counts for in a turn. */
#define WQE_COST 64u

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
	r->acked = r->una;
	r->reads = 0;
	r->retries = 0;
	r->rnr_retries = 0;
	r->rnr_wait = false;
	r->quick = 0;
	r->window = SKUA_PSN_HALF;
	r->told = false;
	r->probe = false;
	r->fill = (struct rc_fill){ 0 };
	r->ask = false;
	r->look_due = 0;
	if (r->score)
		rc_score_reset(r->score, rc->qp.fn->adapter->now);
	r->asks = 0;
	r->asked_to = r->una;
	r->asking = (struct rc_rtt){ 0 };
	r->spare = 0;
	rc_gap_reset(rc, &r->gap);
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
	struct rc_flight f = *rc_flight_at(r, r->head);
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

void rc_moved(struct skua_rc *rc, uint32_t una)
{
	struct rc_req *r = &rc->req;

	if (__builtin_expect(r->gap.open, 0))
		rc_answer_passed(rc, una);
	if (r->window < SKUA_REORDER_WINDOW)
		rc_window_moved(rc, (una - r->una) & SKUA_PSN_MASK);
	r->una = una;
	r->retries = 0;
	r->rnr_retries = 0;
	r->probed = false;
	r->progress = rc->qp.fn->adapter->now;
	r->waiting = r->progress;
	rc_rtt_answered(rc);
}

bool rc_advance(struct skua_rc *rc, uint32_t target)
{
	struct rc_req *r = &rc->req;
	uint32_t head = r->head, una = r->una;

	if (skua_psn_diff(target, r->acked) > 0) {
		if (__builtin_expect(!!r->score, 0))
			rc_again_passed(rc, target);
		r->acked = target;
	}
	while (r->head != r->tail) {
		struct rc_flight *f = rc_flight_at(r, r->head);
		uint32_t end = rc_flight_end(f);

		if (!f->status && r->una != end) {
			if (skua_request_has_response(f->opcode))
				break;
			if (skua_psn_diff(r->acked, end) < 0) {
				if (skua_psn_diff(r->acked, r->una) > 0)
					rc_moved(rc, r->acked);
				break;
			}
			rc_moved(rc, end);
		}
		if (!finish(rc))
			return false;
	}
	if (__builtin_expect(r->fill.gone_back | r->fill.on, 0))
		rc_fill_moved(rc);
	/* An answer to the first attempt can overtake the second. */
	if (skua_psn_diff(r->psn, r->una) < 0)
		r->psn = r->una;
	if (r->head == r->tail && rc->qp.sq_draining)
		skua_sq_drained(&rc->qp);
	if ((r->head != head || r->una != una) && wants_turn(rc))
		skua_qp_activate(&rc->qp);
	return true;
}

void rc_fail_oldest(struct skua_rc *rc, uint8_t status)
{
	rc_flight_at(&rc->req, rc->req.head)->status = status;
	rc_advance(rc, rc->req.una);
}

/* Retries ------------------------------------------------------------------ */

void rc_go_back(struct skua_rc *rc)
{
	struct rc_req *r = &rc->req;

	r->next = r->head;
	r->psn = r->una;
	r->reads = 0;
	r->probe = false;
	r->fill = (struct rc_fill){ .holds = r->fill.holds };
	r->ask = false;
	r->asks = 0;
	r->asked_to = r->una;
	if (r->score) {
		r->spare += (r->max - r->acked) & SKUA_PSN_MASK;
		rc_score_reset(r->score, rc->qp.fn->adapter->now);
	}
	rc_rtt_spoilt(rc);
	skua_qp_activate(&rc->qp);
}

bool rc_retry_left(struct skua_rc *rc)
{
	struct rc_req *r = &rc->req;

	if (r->retries >= rc->qp.attr.retry_cnt) {
		rc_fail_oldest(rc, SKUA_HWI_CQE_RETRY_EXC_ERR);
		return false;
	}
	r->retries++;
	r->progress = rc->qp.fn->adapter->now;
	r->waiting = r->progress;
	return true;
}

void rc_retry(struct skua_rc *rc)
{
	if (rc_retry_left(rc))
		rc_go_back(rc);
}

/*
 * The timer is not touched by every ACK: when it expires it looks how long
 * una has stood still, and sleeps on for the rest.
 */
static void arm_timer(struct skua_rc *rc)
{
	if (rc->qp.attr.timeout)
		rc_arm(rc, rc_deadline(rc));
}

/* The answer, or what it answers, seems to be lost. */
static void timed_out(struct skua_rc *rc)
{
	struct rc_req *r = &rc->req;
	uint64_t now = rc->qp.fn->adapter->now;

	skua_count(rc->qp.fn, SKUA_HWI_CNT_LOCAL_ACK_TIMEOUT_ERR, 1);
	if (now - r->waiting >= rc_ack_timeout(rc)) {
		rc_window_silent(rc);
		rc_retry(rc);
		return;
	}
	skua_count_link(rc->qp.fn, SKUA_HWI_CNT_ROCE_ADP_RETRANS_TO, 1);
	if (r->quick < UINT8_MAX)
		r->quick++;
	r->progress = now;
	/* Who has said what it misses says so again with selective repeat only. */
	if ((r->score || !r->probed) && rc_again_probe(rc))
		return;
	skua_count_link(rc->qp.fn, SKUA_HWI_CNT_ROCE_ADP_RETRANS,
			(r->psn - r->una) & SKUA_PSN_MASK);
	rc_window_silent(rc);
	rc_go_back(rc);
}

static void rnr_over(struct skua_rc *rc)
{
	struct rc_req *r = &rc->req;

	if (rc->qp.fn->adapter->now < r->rnr_due) {
		rc_arm(rc, r->rnr_due);
		return;
	}
	r->rnr_wait = false;
	r->progress = rc->qp.fn->adapter->now;
	r->waiting = r->progress;
	skua_qp_activate(&rc->qp);
}

void rc_req_timer(struct skua_rc *rc)
{
	struct rc_req *r = &rc->req;

	if (!rc_req_works(rc))
		return;
	if (r->rnr_wait) {
		rnr_over(rc);
		return;
	}
	if (r->gap.due)
		rc_answer_timer(rc);
	if (r->look_due)
		rc_again_timer(rc);
	if (r->fill.on)
		rc_fill_timer(rc);
	if (!rc->qp.attr.timeout || r->una == r->max)
		return;
	if (rc->qp.fn->adapter->now >= rc_deadline(rc)) {
		timed_out(rc);
		if (!rc_req_works(rc))
			return;
	}
	arm_timer(rc);
}

/* Sending ------------------------------------------------------------------ */

bool rc_reread(struct skua_rc *rc, const struct rc_flight *f,
	       struct skua_wqe *wqe, struct skua_request *rq)
{
	return !skua_sq_read(&rc->qp, f->index, wqe) &&
	       !skua_request_parse(wqe, rc->qp.type, rq) &&
	       wqe->num_bb == f->num_bb && rq->opcode == f->opcode &&
	       rq->len == f->len;
}

/* n packets with all up to psn, of which answer is the first that has an answer. */
static void sent(struct skua_rc *rc, uint32_t psn, uint32_t n, uint32_t answer)
{
	struct rc_req *r = &rc->req;

	if (r->una == r->max) {
		r->progress = rc->qp.fn->adapter->now;
		r->waiting = r->progress;
	}
	if (__builtin_expect(!!r->score, 0))
		rc_score_sent(r->score, r->psn, n, rc->qp.fn->adapter->now);
	r->psn = psn;
	if (((psn - r->una) & SKUA_PSN_MASK) > ((r->max - r->una) & SKUA_PSN_MASK)) {
		r->max = psn;
		rc_rtt_sent(rc, answer);
	}
	arm_timer(rc);
}

/*
 * May n more PSNs be outstanding? Anything may be sent on its own; nothing is
 * longer than half of all PSNs. A READ is one packet, and goes as soon as there is
 * room for that; but where packets are lost, there are to be no more responses
 * than can be held. What the peer holds, for want of one before it, fills no buffer
 * on the way.
 */
static bool window(struct skua_rc *rc, uint32_t n, bool read)
{
	struct rc_req *r = &rc->req;
	uint32_t under_way = (r->psn - r->una) & SKUA_PSN_MASK, most = r->window;

	if (!under_way)
		return true;
	if (read && most < SKUA_REORDER_WINDOW && under_way < most)
		most = SKUA_REORDER_WINDOW;
	if (under_way + n > most)
		return false;
	if (__builtin_expect(!!r->score, 0))
		under_way -= r->score->nhere;
	return under_way + n <= skua_eswitch_window(&rc->qp, &rc->qp.attr.av,
						    rc_mtu(rc));
}

bool rc_put_data(struct skua_rc *rc, struct rc_flight *f,
		 struct skua_request *rq, uint32_t psn, uint32_t seg)
{
	struct skua_piece piece[SKUA_HWI_MAX_SGE];
	uint32_t mtu = rc_mtu(rc);
	uint32_t off = ((psn - f->psn) & SKUA_PSN_MASK) * mtu;
	struct skua_packet pkt;
	int n;

	n = skua_request_pieces(&rc->qp, rq, off, seg, 0, piece);
	if (n < 0) {
		f->status = SKUA_HWI_CQE_LOC_PROT_ERR;
		return false;
	}
	skua_request_packet(rq, off, seg, &pkt);
	pkt.service = SKUA_HWI_QPT_RC;
	pkt.dqpn = rc->qp.attr.dest_qpn;
	pkt.psn = psn;
	pkt.npsn = skua_psn_count(seg, mtu);
	pkt.mtu = mtu;
	pkt.skip = off ? 0 : f->skip;
	pkt.piece = piece;
	pkt.npieces = n;
	pkt.payload_off = 0;
	/* A long message takes many turns: the timer must see it move. */
	pkt.flags |= SKUA_PKT_ACK_REQ;
	if (!skua_send(&rc->qp, &rc->qp.attr.av, &pkt))
		f->status = SKUA_HWI_CQE_LOC_PROT_ERR;
	return true;
}

/* The next segment of a SEND or WRITE. */
static bool send_data(struct skua_rc *rc, struct rc_flight *f,
		      struct skua_request *rq, uint32_t *budget)
{
	struct rc_req *r = &rc->req;
	uint32_t mtu = rc_mtu(rc);
	uint32_t left = rq->len - ((r->psn - f->psn) & SKUA_PSN_MASK) * mtu;
	uint32_t limit = rc_limit(rc);
	uint32_t seg = rc_segment(left, *budget < limit ? *budget : limit, mtu);
	uint32_t psn = r->psn, npsn;

	if (!seg && rq->len) {
		*budget = 0;
		return true;
	}
	npsn = skua_psn_count(seg, mtu);
	if (!window(rc, npsn, false))
		return false;
	if (!rc_put_data(rc, f, rq, psn, seg))
		return true;
	*budget -= seg;
	if (seg == left)
		r->next++;
	psn = skua_psn_add(psn, npsn);
	sent(rc, psn, npsn, psn);
	return true;
}

bool rc_put_request(struct skua_rc *rc, struct rc_flight *f,
		    struct skua_request *rq, uint32_t psn, uint32_t len)
{
	struct skua_piece piece[SKUA_HWI_MAX_SGE];
	uint32_t done = (psn - f->psn) & SKUA_PSN_MASK;
	uint32_t off = done * rc_mtu(rc);
	struct skua_packet pkt = {
		.service = SKUA_HWI_QPT_RC,
		.flags = SKUA_PKT_FIRST | SKUA_PKT_LAST | SKUA_PKT_ACK_REQ,
		.dqpn = rc->qp.attr.dest_qpn,
		.psn = psn,
		.npsn = skua_psn_count(len, rc_mtu(rc)),
		.mtu = rc_mtu(rc),
		.skip = done ? 0 : f->skip,
		.va = rq->va + off,
		.rkey = rq->rkey,
		.dma_len = len,
		.swap_add = rq->swap_add,
		.compare = rq->compare,
	};

	/* Find out now, not when the response is there, that it has no place. */
	if (skua_request_pieces(&rc->qp, rq, off, len,
				SKUA_HWI_ACCESS_LOCAL_WRITE, piece) < 0) {
		f->status = SKUA_HWI_CQE_LOC_PROT_ERR;
		return false;
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
	skua_send(&rc->qp, &rc->qp.attr.av, &pkt);
	return true;
}

/* A READ, or what is still missing of it; an atomic. */
static bool send_request(struct skua_rc *rc, struct rc_flight *f,
			 struct skua_request *rq)
{
	struct rc_req *r = &rc->req;
	uint32_t done = (r->psn - f->psn) & SKUA_PSN_MASK;
	uint32_t psn = r->psn, len = rq->len - done * rc_mtu(rc);

	if (!window(rc, f->npsn - done, true))
		return false;
	if (!rc_put_request(rc, f, rq, psn, len))
		return true;
	r->next++;
	r->reads++;
	/* The responses behind the first say how long the READ is. */
	sent(rc, rc_flight_end(f), 1, skua_psn_add(psn, 1));
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
	struct rc_flight *f = rc_flight_at(r, r->tail++);
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
	struct rc_flight *f = rc_flight_at(&rc->req, rc->req.next);

	if (f->status)
		return NULL;
	if (!f->npsn)
		return f;
	if (!rc_reread(rc, f, wqe, rq)) {
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
	if (!status && !f->npsn) {
		/* It may be about a key that was used before. */
		rc_direct_end(rc);
		f->status = skua_request_local(qp, rq);
	}
	return f;
}

/* Nothing is under way but f, and f is over. */
static bool direct_done(struct skua_rc *rc, const struct rc_flight *f)
{
	struct rc_req *r = &rc->req;

	r->psn = rc_flight_end(f);
	r->max = r->psn;
	if (skua_request_has_response(f->opcode))
		r->reads++;
	r->next++;
	rc_moved(rc, r->psn);
	return rc_advance(rc, r->psn);
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
		if (!rc_req_works(rc) || rc->req.rnr_wait)
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
	bool more;

	if (__builtin_expect(rc_again_wanted(rc), 0) && !rc_again(rc, budget))
		more = false;
	else
		more = steps(rc, budget);
	rc_direct_end(rc);
	/* What no packet will complete: local work, and local errors. */
	if (rc_req_works(rc))
		rc_advance(rc, rc->req.una);
	return more && rc_req_works(rc);
}
