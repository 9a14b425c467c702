// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * What the requester sends again without going back: a packet to find out
 * whether anything was lost, and with selective repeat all that was lost, and
 * nothing else.
 *
 * A packet that is repeated is made of its WQE, as when going back; but what
 * was sent since stays sent.
 */
#include <endian.h>

#include "complete.h"
#include "rc_req.h"
#include "rc_sack.h"
#include "wire/headers.h"

/* The flight that psn lies in, of those that were sent; NULL: none does. */
static struct rc_flight *find(struct rc_req *r, uint32_t psn)
{
	uint32_t from = r->head, to = r->tail, i;
	struct rc_flight *f;

	while (from != to) {
		i = from + (to - from) / 2;
		f = rc_flight_at(r, i);
		if (skua_psn_diff(psn, f->psn) < 0)
			to = i;
		else if (((psn - f->psn) & SKUA_PSN_MASK) < f->npsn)
			return f;
		else
			from = i + 1;
	}
	return NULL;
}

bool rc_again_prepare(struct skua_rc *rc, struct rc_flight *f,
		      struct skua_wqe *wqe, struct skua_request *rq)
{
	if (f->status)
		return false;
	if (rc_reread(rc, f, wqe, rq))
		return true;
	f->status = SKUA_HWI_CQE_LOC_QP_OP_ERR;
	return false;
}

static void repeated(struct skua_rc *rc, uint32_t psn, uint32_t n,
		     unsigned int counter)
{
	struct rc_req *r = &rc->req;

	skua_count_link(rc->qp.fn, counter, n);
	if (!r->score)
		rc_rtt_spoilt(rc);
	else if (skua_psn_diff(psn, r->acked) >= 0)
		rc_score_repeated(r->score, psn, n, rc->qp.fn->adapter->now);
}

uint32_t rc_repeat(struct skua_rc *rc, uint32_t psn, uint32_t n,
		   unsigned int counter, uint32_t *budget)
{
	uint32_t mtu = rc_mtu(rc), limit = rc_limit(rc), off, seg;
	struct rc_flight *f = find(&rc->req, psn);
	struct skua_request rq;
	struct skua_wqe wqe;

	if (!f || !rc_again_prepare(rc, f, &wqe, &rq))
		return 0;
	off = ((psn - f->psn) & SKUA_PSN_MASK) * mtu;
	if (skua_request_has_response(rq.opcode)) {
		if (!rc_put_request(rc, f, &rq, psn, f->len - off))
			return 0;
		repeated(rc, psn, 1, counter);
		return 1;
	}
	limit = limit < *budget ? limit : *budget;
	limit = limit < n * mtu ? limit : n * mtu;
	seg = rc_segment(f->len - off, limit < mtu ? mtu : limit, mtu);
	if (!rc_put_data(rc, f, &rq, psn, seg))
		return 0;
	*budget -= seg < *budget ? seg : *budget;
	n = skua_psn_count(seg, mtu);
	repeated(rc, psn, n, counter);
	return n;
}

/* Lost requests ------------------------------------------------------------ */

/* What cannot be repeated fails when it is the oldest. */
static void give_up(struct skua_rc *rc, uint32_t psn)
{
	rc_score_arrived(rc->req.score, psn, rc->qp.fn->adapter->now);
}

static void send_lost(struct skua_rc *rc, uint32_t *budget)
{
	struct rc_req *r = &rc->req;
	uint32_t psn, n = rc_score_lost(r->score, r->acked, r->psn, &psn);

	if (!n)
		r->score->nlost = 0;
	else if (!rc_repeat(rc, psn, n, SKUA_HWI_CNT_ROCE_SELECTIVE_RETRANS,
			    budget))
		give_up(rc, psn);
}

static void look(struct skua_rc *rc)
{
	uint64_t now = rc->qp.fn->adapter->now, next;
	struct rc_req *r = &rc->req;
	uint32_t lost = r->score->nlost;

	next = rc_score_look(r->score, r->acked, r->psn, r->patience.ns, now);
	r->look_due = next ? now + next : 0;
	if (next)
		rc_arm(rc, r->look_due);
	if (r->score->nlost == lost)
		return;
	rc_patience_needed(&r->patience, now);
	skua_qp_activate(&rc->qp);
}

void rc_again_timer(struct skua_rc *rc)
{
	if (rc->qp.fn->adapter->now < rc->req.look_due)
		rc_arm(rc, rc->req.look_due);
	else if (rc->req.score)
		look(rc);
}

static void measure(struct skua_rc *rc)
{
	struct rc_score *s = rc->req.score;

	if (!s->measured)
		return;
	s->measured = false;
	rc_rtt_sample(rc, (uint64_t)s->took << 10);
}

void rc_again_passed(struct skua_rc *rc, uint32_t psn)
{
	struct rc_req *r = &rc->req;
	bool again = r->score->nagain || r->look_due;

	rc_score_passed(r->score, r->acked, psn, rc->qp.fn->adapter->now);
	if (!again) {
		measure(rc);
		return;
	}
	/* The ACK may have been due long ago. */
	r->score->measured = false;
	r->acked = psn;
	look(rc);
}

/* SACKs -------------------------------------------------------------------- */

/* How many bytes of the map there are, or -1: it is none of ours. */
static int get_sack(struct skua_rc *rc, struct skua_packet *pkt,
		    struct skua_sack *sack)
{
	struct skua_cursor src;

	if (pkt->len < SKUA_SACK_LEAST || pkt->len > sizeof(*sack) ||
	    pkt->len % 4)
		return -1;
	skua_cursor_init(&src, pkt->piece, pkt->npieces, pkt->payload_off);
	if (!skua_copy_out(rc->qp.fn->adapter, sack, &src, pkt->len) ||
	    be32toh(sack->cookie) != rc->hello.cookie)
		return -1;
	return pkt->len - SKUA_SACK_LEAST;
}

static void arrived(struct skua_rc *rc, uint32_t psn)
{
	struct rc_req *r = &rc->req;

	/* What was not sent, or not since we went back, has not come. */
	if (((psn - r->acked) & SKUA_PSN_MASK) <
		    ((r->psn - r->acked) & SKUA_PSN_MASK) &&
	    ((psn - r->acked) & SKUA_PSN_MASK) < RC_SCORE)
		rc_score_sacked(r->score, psn, rc->qp.fn->adapter->now);
}

static void learn_needless(struct skua_rc *rc, uint32_t needless)
{
	uint32_t more = needless - rc->req.needless;
	struct rc_req *r = &rc->req;

	if (!more || more > SKUA_PSN_HALF)
		return;
	r->needless = needless;
	/* What was sent as a probe, or by going back, tells nothing. */
	if (more <= r->spare)
		r->spare -= more;
	else
		rc_patience_needless(&r->patience, rc->qp.fn->adapter->now);
}

bool rc_again_sack(struct skua_rc *rc, struct skua_packet *pkt)
{
	struct rc_req *r = &rc->req;
	struct skua_sack sack = { 0 };
	uint64_t news;
	uint32_t psn;
	int len, i;

	if (!r->score)
		return false;
	len = get_sack(rc, pkt, &sack);
	if (len < 0)
		return false;
	if (skua_psn_diff(pkt->psn, r->acked) > 0) {
		rc_score_passed(r->score, r->acked, pkt->psn,
				rc->qp.fn->adapter->now);
		r->acked = pkt->psn;
	}
	for (i = 0; i < len; i += 8) {
		psn = skua_psn_add(pkt->psn, 8 * i + 1);
		news = rc_score_news(r->score, psn, rc_sack_get(&sack.map[i]));
		for (; news; news &= news - 1)
			arrived(rc, skua_psn_add(psn, __builtin_ctzll(news)));
	}
	measure(rc);
	learn_needless(rc, be32toh(sack.needless));
	look(rc);
	return true;
}

/* Silence ------------------------------------------------------------------ */

/*
 * The last packet, as RFC 8985, 7.3: it may be the lost one, it is acknowledged
 * if but the ACK was lost, and else it shows what is. Nothing of the kind holds
 * for responses.
 */
bool rc_again_probe(struct skua_rc *rc)
{
	struct rc_req *r = &rc->req;
	uint32_t last = skua_psn_add(r->max, SKUA_PSN_MASK);
	struct rc_flight *f = find(r, last);

	if (r->psn != r->max || !f || skua_request_has_response(f->opcode) ||
	    skua_request_has_response(rc_flight_at(r, r->head)->opcode))
		return false;
	r->probe = true;
	r->probed = true;
	skua_qp_activate(&rc->qp);
	return true;
}

static void send_probe(struct skua_rc *rc, uint32_t *budget)
{
	struct rc_req *r = &rc->req;

	r->probe = false;
	if (r->una == r->max || r->psn != r->max)
		return;
	r->spare++;
	rc_repeat(rc, skua_psn_add(r->max, SKUA_PSN_MASK), 1,
		  r->score ? SKUA_HWI_CNT_ROCE_SELECTIVE_RETRANS
			   : SKUA_HWI_CNT_ROCE_ADP_RETRANS,
		  budget);
}

bool rc_again(struct skua_rc *rc, uint32_t *budget)
{
	struct rc_req *r = &rc->req;

	while (rc_again_wanted(rc) && *budget) {
		if (!rc_req_works(rc) || r->rnr_wait)
			return true;
		if (!rc_may_send(rc))
			return false;
		if (r->probe)
			send_probe(rc, budget);
		else if (r->fill.wanted)
			rc_fill_send(rc, budget);
		else if (r->ask && !rc_ask(rc))
			return false;
		else if (r->score && r->score->nlost)
			send_lost(rc, budget);
	}
	return true;
}
