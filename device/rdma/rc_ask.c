// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Responses that are missing, with selective repeat: they alone are asked for, by
 * requests for parts of a READ.
 *
 * The peer sends what it is asked for ahead of what it has still to send, so
 * how long that takes is learned for itself: a whole READ takes many times as
 * long. When each was asked for stands in the score, among the packets that
 * were sent, where a READ has the first of its PSNs alone.
 */
#include "complete.h"
#include "rc_req.h"

/* They are waited for so long at least, ns; */
#define ASK_NS 100000ull
/* when one is asked for again twice as long, up to there. */
#define ASKS_DOUBLED 6u

static uint64_t ask_timeout(const struct rc_req *r)
{
	uint64_t ns = rc_rtt_most(r->asking.mean ? &r->asking : &r->rtt);

	return (ns > ASK_NS ? ns : ASK_NS)
	       << (r->asks < ASKS_DOUBLED ? r->asks : ASKS_DOUBLED);
}

/* What was, and has not come, all lies before asked_to. */
static bool was_asked_for(const struct rc_req *r, uint32_t psn)
{
	return skua_psn_diff(psn, r->asked_to) < 0;
}

/* Is psn to be asked for now? If not, it is at *due or later. */
static bool wanted(const struct rc_req *r, uint32_t psn, uint64_t now,
		   uint64_t *due)
{
	uint64_t age, timeout, then;

	if (skua_reorder_has(&r->gap.held, psn))
		return false;
	if (!was_asked_for(r, psn))
		return true;
	age = rc_score_age(r->score, psn, now);
	timeout = ask_timeout(r);
	if (age >= timeout)
		return true;
	then = now + timeout - age;
	if (then < *due)
		*due = then;
	return false;
}

/* Ask for n packets of response. False: there is no room. */
static bool ask(struct skua_rc *rc, struct rc_flight *f, uint32_t psn, uint32_t n)
{
	uint32_t done = (psn - f->psn) & SKUA_PSN_MASK, off = done * rc_mtu(rc);
	uint64_t now = rc->qp.fn->adapter->now;
	struct rc_req *r = &rc->req;
	struct skua_request rq;
	struct skua_wqe wqe;

	if (!rc_may_send(rc))
		return false;
	if (!rc_again_prepare(rc, f, &wqe, &rq) ||
	    !rc_put_request(rc, f, &rq, psn,
			    n < f->npsn - done ? n * rc_mtu(rc) : f->len - off))
		return true;
	skua_count_link(rc->qp.fn, SKUA_HWI_CNT_ROCE_SELECTIVE_RETRANS, 1);
	rc_score_asked(r->score, psn, n, now);
	if (psn != r->una)
		return true;
	/* As long as it is asked for, silence is nothing that going back mends. */
	r->progress = now;
	if (!was_asked_for(r, psn)) {
		rc_gap_asked(rc, &r->gap, psn);
		return true;
	}
	/* Now it may come twice and was lost all the same. */
	r->gap.asked = 0;
	if (r->asks < UINT8_MAX)
		r->asks++;
	return true;
}

/*
 * What is missing of f in [*from, to), at most *left times; *from moves on. False:
 * there is no room.
 */
static bool ask_flight(struct skua_rc *rc, struct rc_flight *f, uint32_t *from,
		       uint32_t to, unsigned int *left, uint64_t *due)
{
	uint64_t now = rc->qp.fn->adapter->now;
	uint32_t end = rc_flight_end(f), n;

	if (skua_psn_diff(*from, f->psn) < 0)
		*from = f->psn;
	if (skua_psn_diff(to, end) < 0)
		end = to;
	while (*left && skua_psn_diff(*from, end) < 0) {
		for (n = 0; skua_psn_diff(skua_psn_add(*from, n), end) < 0 &&
			    wanted(&rc->req, skua_psn_add(*from, n), now, due);)
			n++;
		if (n && !ask(rc, f, *from, n))
			return false;
		if (n)
			--*left;
		*from = skua_psn_add(*from, n ? n : 1);
	}
	return true;
}

/* One past the highest PSN that something behind was heard of. */
static uint32_t heard(const struct rc_req *r)
{
	uint32_t psn = skua_psn_add(r->una, SKUA_REORDER_WINDOW - 1),
		 to = r->acked;

	if (((r->max - r->una) & SKUA_PSN_MASK) < SKUA_REORDER_WINDOW)
		psn = r->max;
	while (r->gap.held.n && skua_psn_diff(psn, to) > 0 &&
	       !skua_reorder_has(&r->gap.held, psn))
		psn = skua_psn_add(psn, SKUA_PSN_MASK);
	return skua_psn_diff(psn, to) > 0 && r->gap.held.n ? psn : to;
}

bool rc_ask(struct skua_rc *rc)
{
	struct rc_req *r = &rc->req;
	uint64_t now = rc->qp.fn->adapter->now, due = now + ask_timeout(r);
	uint32_t from = r->una, to = heard(r), i;
	unsigned int left = RC_PARTS;
	bool room = true;

	/* So far the score reaches. */
	if (((to - from) & SKUA_PSN_MASK) > RC_SCORE)
		to = skua_psn_add(from, RC_SCORE);
	for (i = r->head; i != r->next && left && room; i++) {
		struct rc_flight *f = rc_flight_at(r, i);

		if (f->npsn && skua_request_has_response(f->opcode))
			room = ask_flight(rc, f, &from, to, &left, &due);
	}
	/* The peer remembers no more of them at a time. */
	if (!left)
		due = now + ASK_NS;
	else if (room)
		from = to;
	if (skua_psn_diff(from, r->asked_to) > 0)
		r->asked_to = from;
	if (!room)
		return false;
	r->ask = false;
	r->ask_due = due;
	r->gap.due = due;
	rc_arm(rc, due);
	return true;
}

void rc_ask_came(struct skua_rc *rc, uint32_t psn)
{
	struct rc_req *r = &rc->req;

	if (!was_asked_for(r, psn))
		return;
	/* Karn, as for all answers. */
	if (!r->asks)
		rc_rtt_took(&r->asking, rc_score_age(r->score, psn,
						     rc->qp.fn->adapter->now));
	if (psn == r->una)
		r->asks = 0;
}
