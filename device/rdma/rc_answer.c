// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * What the requester of a reliable connection gets, IBTA 9.7.5.1 and 9.7.5.2.8.
 *
 * An answer says that all requests before it were received. If a response that
 * is due before it is missing, it was lost (9.7.5.1.1, implied NAK); on a link
 * it may as well be late, and the answer is held until it is there.
 */
#include "complete.h"
#include "nic/peers.h"
#include "rc_req.h"

/* IBTA table 45, in units of 10 us. */
static const uint32_t rnr_timer[32] = {
	65536, 1,    2,	   3,	 4,    6,     8,     12,    16,	   24,	  32,
	48,    64,   96,   128,	 192,  256,   384,   512,   768,   1024,  1536,
	2048,  3072, 4096, 6144, 8192, 12288, 16384, 24576, 32768, 49152,
};

static void receive_rnr(struct skua_rc *rc, uint8_t syndrome)
{
	struct skua_adapter *ad = rc->qp.fn->adapter;
	struct rc_req *r = &rc->req;

	if (rc->qp.attr.rnr_retry != 7 &&
	    r->rnr_retries >= rc->qp.attr.rnr_retry) {
		skua_count(rc->qp.fn, SKUA_HWI_CNT_RNR_NAK_RETRY_ERR, 1);
		rc_fail_oldest(rc, SKUA_HWI_CQE_RNR_RETRY_EXC_ERR);
		return;
	}
	if (r->rnr_retries < 7)
		r->rnr_retries++;
	rc_go_back(rc);
	r->rnr_wait = true;
	r->rnr_due = ad->now +
		     10000ull * rnr_timer[syndrome & SKUA_AETH_VAL_MASK];
	rc_arm(rc, r->rnr_due);
}

static void receive_nak_seq(struct skua_rc *rc)
{
	uint64_t now = rc->qp.fn->adapter->now;
	struct rc_req *r = &rc->req;

	skua_count(rc->qp.fn, SKUA_HWI_CNT_PACKET_SEQ_ERR, 1);
	/* Unless that is done already. */
	if (r->psn == r->una || rc_fill_known(&r->fill))
		return;
	rc_window_lost(rc);
	/* It was lost again, and time is the program's measure (rc_timeout.c). */
	if (r->retries && now - r->waiting < rc_ack_timeout(rc))
		r->progress = now;
	else if (!rc_retry_left(rc))
		return;
	rc_fill_or_go_back(rc);
}

static void receive_nak(struct skua_rc *rc, uint8_t syndrome)
{
	switch (syndrome) {
	case SKUA_NAK_PSN_SEQ:
		receive_nak_seq(rc);
		break;
	case SKUA_NAK_INV_REQ:
		rc_fail_oldest(rc, SKUA_HWI_CQE_REM_INV_REQ_ERR);
		break;
	case SKUA_NAK_REM_ACCESS:
		skua_count(rc->qp.fn, SKUA_HWI_CNT_REQ_REMOTE_ACCESS_ERRORS, 1);
		rc_fail_oldest(rc, SKUA_HWI_CQE_REM_ACCESS_ERR);
		break;
	case SKUA_NAK_REM_OP:
		rc_fail_oldest(rc, SKUA_HWI_CQE_REM_OP_ERR);
		break;
	}
}

/* All before pkt has been answered. */
static void receive_ack(struct skua_rc *rc, const struct skua_packet *pkt)
{
	uint8_t kind = pkt->syndrome & SKUA_AETH_KIND_MASK;

	if (rc->req.una != pkt->psn)
		return;
	if (kind == SKUA_AETH_RNR_NAK)
		receive_rnr(rc, pkt->syndrome);
	else if (kind == SKUA_AETH_NAK)
		receive_nak(rc, pkt->syndrome);
}

/* Scatter response data to [off, off + len) of the flight's SGEs, with access. */
static uint8_t scatter(struct skua_rc *rc, const struct rc_flight *f,
		       uint32_t off, uint32_t len, struct skua_cursor *src,
		       uint8_t access, bool *lost)
{
	struct skua_piece piece[SKUA_HWI_MAX_SGE];
	struct skua_request rq;
	struct skua_cursor dst;
	struct skua_wqe wqe;
	int n;

	if (!rc_reread(rc, f, &wqe, &rq))
		return SKUA_HWI_CQE_LOC_QP_OP_ERR;
	n = skua_request_pieces(&rc->qp, &rq, off, len, access, piece);
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

/* Are len bytes what a response of a flight with left bytes to come may have? */
static bool fits(const struct skua_rc *rc, const struct skua_packet *pkt,
		 uint32_t len, uint32_t left)
{
	if (pkt->flags & SKUA_PKT_LAST)
		return len == left;
	return len < left && len == pkt->npsn * rc_mtu(rc);
}

/* len bytes of response data for una, the place that they are expected in. */
static void receive_expected(struct skua_rc *rc, struct skua_packet *pkt,
			     struct skua_cursor *src, uint32_t len)
{
	struct rc_req *r = &rc->req;
	struct rc_flight *f = rc_flight_at(r, r->head);
	uint32_t off = ((r->una - f->psn) & SKUA_PSN_MASK) * rc_mtu(rc);
	uint8_t status = SKUA_HWI_CQE_OK;

	if (!fits(rc, pkt, len, f->len - off))
		return;
	if (len && !pkt->placed)
		status = scatter(rc, f, off, len, src,
				 SKUA_HWI_ACCESS_LOCAL_WRITE, &pkt->payload_lost);
	if (status) {
		rc_fail_oldest(rc, status);
		return;
	}
	if (pkt->payload_lost)
		return;
	rc_moved(rc, pkt->flags & SKUA_PKT_LAST ? skua_psn_add(f->psn, f->npsn)
					     : skua_psn_add(r->una, pkt->npsn));
	rc_advance(rc, r->una);
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

	if (pkt->psn != r->una || r->head == r->tail)
		return;
	/* Not what was asked for: as good as lost. */
	opcode = rc_flight_at(r, r->head)->opcode;
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

static bool is_ack(const struct skua_packet *pkt)
{
	return pkt->op == SKUA_PKT_ACK &&
	       (pkt->syndrome & SKUA_AETH_KIND_MASK) == SKUA_AETH_ACK;
}

static void receive(struct skua_rc *rc, struct skua_packet *pkt)
{
	if (pkt->op == SKUA_PKT_ACK)
		receive_ack(rc, pkt);
	else if (pkt->op != SKUA_PKT_SACK)
		receive_data(rc, pkt);
}

/* Out of order ------------------------------------------------------------- */

void rc_answer_passed(struct skua_rc *rc, uint32_t una)
{
	struct rc_req *r = &rc->req;

	skua_reorder_pass(rc->qp.fn->adapter, &r->gap.held, r->una, una);
	r->gap.due = 0;
	r->told = false;
	rc_gap_found(&r->gap);
}

/* The READ that psn, which is not answered, is of, or NULL. */
static struct rc_flight *read_of(struct rc_req *r, uint32_t psn)
{
	uint32_t i;

	for (i = r->head; i != r->tail; i++) {
		struct rc_flight *f = rc_flight_at(r, i);

		if (((psn - f->psn) & SKUA_PSN_MASK) < f->npsn)
			return f->opcode == SKUA_HWI_WQE_READ ? f : NULL;
	}
	return NULL;
}

/*
 * Put what a READ brings into its place before its turn. Only relaxed ordering
 * lets it be done of another READ than the one that is due: both may have the same
 * place. False: it was not.
 */
static bool place(struct skua_rc *rc, struct skua_packet *pkt)
{
	struct rc_req *r = &rc->req;
	uint8_t access = SKUA_HWI_ACCESS_LOCAL_WRITE;
	struct skua_cursor src;
	struct rc_flight *f;
	uint32_t off;

	if (pkt->op != SKUA_PKT_READ_RESP || !pkt->len)
		return false;
	f = read_of(r, pkt->psn);
	if (!f)
		return false;
	off = ((pkt->psn - f->psn) & SKUA_PSN_MASK) * rc_mtu(rc);
	if (!fits(rc, pkt, pkt->len, f->len - off))
		return false;
	if (f != rc_flight_at(r, r->head))
		access |= SKUA_HWI_ACCESS_RELAXED_ORDERING;
	skua_cursor_init(&src, pkt->piece, pkt->npieces, pkt->payload_off);
	return !scatter(rc, f, off, pkt->len, &src, access, &pkt->payload_lost) &&
	       !pkt->payload_lost;
}

/* Hold it, if it is a response and there is room. */
static void hold(struct skua_rc *rc, struct skua_packet *pkt)
{
	struct rc_req *r = &rc->req;

	if (is_ack(pkt) || pkt->op == SKUA_PKT_SACK ||
	    skua_psn_diff(pkt->psn, r->una) >= (int32_t)SKUA_REORDER_WINDOW)
		return;
	if (!skua_reorder_has(&r->gap.held, pkt->psn)) {
		if (r->score)
			rc_ask_came(rc, pkt->psn);
		pkt->placed = place(rc, pkt);
		rc_gap_hold(rc, &r->gap, pkt);
	} else if (rc_gap_again(&r->gap, pkt->psn, r->told)) {
		r->told = false;
	}
}

/* A response before pkt is missing. */
static void missing(struct skua_rc *rc, struct skua_packet *pkt)
{
	struct rc_req *r = &rc->req;

	if (!skua_eswitch_by_link(rc->qp.fn->adapter, &rc->qp.attr.av)) {
		if (r->psn != r->una)
			rc_retry(rc);
		return;
	}
	hold(rc, pkt);
	/* What was not asked for again yet need not wait for what was. */
	if (r->score && skua_psn_diff(pkt->psn, r->asked_to) > 0 &&
	    r->gap.due == r->ask_due)
		r->gap.due = 0;
	if (!r->told)
		rc_gap_open(rc, &r->gap);
}

/* Of what was placed only what it ends is left to be done. False: there is none. */
static bool receive_placed(struct skua_rc *rc)
{
	struct rc_req *r = &rc->req;
	struct skua_packet pkt;

	if (!skua_reorder_take_placed(rc->qp.fn->adapter, &r->gap.held, r->una,
				      &pkt))
		return false;
	receive(rc, &pkt);
	return true;
}

/* A copy. */
static bool receive_copy(struct skua_rc *rc)
{
	struct skua_held *held =
		skua_reorder_take(&rc->req.gap.held, rc->req.una);

	if (!held)
		return false;
	receive(rc, &held->pkt);
	skua_reorder_free(rc->qp.fn->adapter, held);
	return true;
}

/* What was held is due as far as nothing is missing; told: until now. */
static void receive_held(struct skua_rc *rc, bool told)
{
	struct rc_req *r = &rc->req;

	while (rc_req_works(rc) && (receive_placed(rc) || receive_copy(rc)))
		;
	if (!r->gap.held.n && r->acked == r->una)
		rc_gap_close(&r->gap);
	else if (!told && !r->told)
		rc_gap_open(rc, &r->gap);
}

void rc_answer_timer(struct skua_rc *rc)
{
	struct rc_req *r = &rc->req;

	if (rc->qp.fn->adapter->now < r->gap.due) {
		rc_arm(rc, r->gap.due);
		return;
	}
	if (r->score) {
		r->ask = true;
		skua_qp_activate(&rc->qp);
		return;
	}
	rc_gap_asked(rc, &r->gap, r->una);
	r->told = true;
	if (r->psn == r->una)
		return;
	rc_window_lost(rc);
	rc_go_back(rc);
}

/* Go on with pkt: all requests before the PSN before have been received. */
static void go_on(struct skua_rc *rc, struct skua_packet *pkt, uint32_t before)
{
	struct rc_req *r = &rc->req;
	bool told = r->told;

	if (!rc_advance(rc, before))
		return;
	if (skua_psn_diff(before, r->una) > 0) {
		missing(rc, pkt);
	} else {
		if (__builtin_expect(r->gap.open && r->score, 0) &&
		    pkt->op == SKUA_PKT_READ_RESP)
			rc_ask_came(rc, pkt->psn);
		receive(rc, pkt);
	}
	if (__builtin_expect(r->gap.open, 0) && rc_req_works(rc))
		receive_held(rc, told);
}

static void receive_sack(struct skua_rc *rc, struct skua_packet *pkt)
{
	struct rc_req *r = &rc->req;

	/* It may say that nothing is missing. */
	if (((pkt->psn - r->una) & SKUA_PSN_MASK) <=
		    ((r->max - r->una) & SKUA_PSN_MASK) &&
	    rc_again_sack(rc, pkt))
		go_on(rc, pkt, pkt->psn);
}

void rc_req_receive(struct skua_rc *rc, struct skua_packet *pkt)
{
	struct rc_req *r = &rc->req;

	if (!rc_req_works(rc))
		return;
	if (__builtin_expect(pkt->op == SKUA_PKT_SACK, 0)) {
		receive_sack(rc, pkt);
		return;
	}
	/* Older than una, or never asked for: IBTA 9.7.5.1.1, ghost. */
	if (((pkt->psn - r->una) & SKUA_PSN_MASK) >=
	    ((r->max - r->una) & SKUA_PSN_MASK)) {
		rc_gap_twice(rc, &r->gap, pkt->psn);
		return;
	}
	if (is_ack(pkt) && rc->qp.fn->peers)
		r->answered = skua_peers_generation(&rc->qp);
	go_on(rc, pkt, is_ack(pkt) ? skua_psn_add(pkt->psn, 1) : pkt->psn);
}
