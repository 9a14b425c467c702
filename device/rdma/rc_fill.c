// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Going back no further than to what was lost.
 *
 * IBTA 9.7.5.2.8 has a responder drop what is behind a missing packet, so the
 * requester goes back and sends all of it again. Ours hold it (rc_ahead.c), as
 * others may: then the first packet is answered by an ACK that is ahead of what
 * was sent again so far, and the rest is repeated for nothing. Nobody says what
 * kind a peer is, but that ACK shows it. From then on only the missing packet is
 * sent again, and each ACK that ends at the next missing one has that sent, as
 * RFC 6582 does. If never more than what was repeated is acknowledged, the
 * requester goes back as ever.
 */
#include "rc_req.h"

/*
 * With the missing packet goes the one behind it: that comes twice, which has a
 * peer that misses the first again say so at once.
 */
#define FILL 2u
/* Of a run of missing packets twice as many go each time, up to there. */
#define FILL_MOST 8u
/* They are waited for so long at least, ns; each time twice as long, up to there. */
#define FILL_NS	      100000ull
#define FILLS_DOUBLED 6u

static void again(struct skua_rc *rc)
{
	rc->req.fill.wanted = true;
	skua_qp_activate(&rc->qp);
}

/* una is missing, and perhaps more of the n behind it. */
static void fill(struct skua_rc *rc, uint32_t n, bool told_by_ack)
{
	struct rc_req *r = &rc->req;
	struct rc_fill *f = &r->fill;

	f->hole = r->una;
	f->sent = r->una;
	f->n = n;
	f->told_by_ack = told_by_ack;
	f->times = 0;
	again(rc);
}

bool rc_fill_known(struct rc_fill *f)
{
	bool known = f->on && f->told_by_ack;

	f->told_by_ack = false;
	return known;
}

static void go_back(struct skua_rc *rc)
{
	rc_go_back(rc);
	/* Who has agreed to selective repeat goes back for other reasons. */
	rc->req.fill.gone_back = !rc->req.score;
}

/* A READ that is sent again is answered again, all of it. */
static bool is_costly(struct rc_req *r)
{
	return skua_request_has_response(rc_flight_at(r, r->head)->opcode);
}

void rc_fill_or_go_back(struct skua_rc *rc)
{
	struct rc_req *r = &rc->req;
	struct rc_fill *f = &r->fill;

	if (r->score || !f->holds || r->psn != r->max || is_costly(r)) {
		go_back(rc);
		return;
	}
	f->on = true;
	f->whole = r->psn;
	fill(rc, FILL, false);
}

static uint64_t timeout(const struct rc_req *r)
{
	uint64_t ns = rc_rtt_most(&r->rtt);

	return (ns > FILL_NS ? ns : FILL_NS) << r->fill.times;
}

void rc_fill_send(struct skua_rc *rc, uint32_t *budget)
{
	struct rc_req *r = &rc->req;
	struct rc_fill *f = &r->fill;
	uint32_t n;

	f->wanted = false;
	n = rc_repeat(rc, r->una, f->n, SKUA_HWI_CNT_ROCE_SELECTIVE_RETRANS,
		      budget);
	f->sent = skua_psn_add(r->una, n);
	f->due = rc->qp.fn->adapter->now + timeout(r);
	rc_arm(rc, f->due);
	if (f->times < FILLS_DOUBLED)
		f->times++;
}

/* It may be lost too, or the ACK, and nothing tells of that. */
void rc_fill_timer(struct skua_rc *rc)
{
	struct rc_fill *f = &rc->req.fill;

	if (!f->on || f->wanted)
		return;
	if (rc->qp.fn->adapter->now < f->due)
		rc_arm(rc, f->due);
	else
		again(rc);
}

static void fill_next(struct skua_rc *rc)
{
	struct rc_req *r = &rc->req;
	struct rc_fill *f = &r->fill;

	if (r->una == f->hole)
		return;
	if (skua_psn_diff(r->una, f->whole) >= 0 || is_costly(r)) {
		f->on = false;
		f->wanted = false;
		return;
	}
	/* More of what was sent again is due. */
	if (skua_psn_diff(r->una, f->sent) < 0)
		return;
	if (r->una != f->sent) {
		fill(rc, FILL, true);
	} else if (f->n < FILL_MOST) {
		fill(rc, 2 * f->n, true);
	} else {
		f->holds = false;
		go_back(rc);
	}
}

void rc_fill_moved(struct skua_rc *rc)
{
	struct rc_req *r = &rc->req;
	struct rc_fill *f = &r->fill;

	if (f->on) {
		fill_next(rc);
		return;
	}
	if (skua_psn_diff(r->psn, r->una) < 0)
		f->holds = true;
	f->gone_back = !f->holds && r->psn != r->max;
}
