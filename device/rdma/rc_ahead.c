// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Requests that the responder gets before their turn, IBTA 9.7.5.2.8.
 *
 * Within the adapter that means that one was lost, and the requester is told so
 * at once. On a link it may be late: what came is held, and a NAK is sent only
 * when the packet did not come for a while. What the requester then repeats
 * needlessly, for it goes back to the lost one, are duplicates.
 */
#include "complete.h"
#include "rc.h"

static void tell(struct skua_rc *rc)
{
	rc->resp.told = true;
	rc->resp.asked = true;
	rc_gap_asked(rc, &rc->resp.gap, rc->resp.epsn);
	rc_resp_answer(rc, SKUA_NAK_PSN_SEQ);
}

static void hold(struct skua_rc *rc, struct skua_packet *pkt)
{
	struct rc_resp *rs = &rc->resp;
	int32_t ahead = skua_psn_diff(pkt->psn, rs->epsn);

	if (ahead >= (int32_t)SKUA_REORDER_WINDOW ||
	    !rc_resp_well_formed(rc, pkt))
		return;
	if (skua_reorder_has(&rs->gap.held, pkt->psn)) {
		rs->needless++;
		if (rc_gap_again(&rs->gap, pkt->psn, rs->asked)) {
			rs->asked = false;
			rs->told = false;
		}
		return;
	}
	pkt->placed = skua_inbound_place_ahead(&rc->qp, &rc->in, pkt,
					       (uint64_t)ahead * rc_mtu(rc)) ||
		      rc_early_place(rc, pkt);
	rc_gap_hold(rc, &rs->gap, pkt);
}

/* Say what came, or what did not. */
static void missed(struct skua_rc *rc)
{
	struct rc_resp *rs = &rc->resp;

	if (!rc->hello.agreed) {
		if (!rs->told)
			rc_gap_open(rc, &rs->gap);
		return;
	}
	rs->gap.open = true;
	rs->sack = true;
	if (!rs->reply)
		rc_resp_answer(rc, SKUA_AETH_ACK | SKUA_AETH_NO_CREDIT);
}

void rc_resp_ahead(struct skua_rc *rc, struct skua_packet *pkt)
{
	struct rc_resp *rs = &rc->resp;

	skua_count(rc->qp.fn, SKUA_HWI_CNT_OUT_OF_SEQUENCE, 1);
	if (skua_eswitch_by_link(rc->qp.fn->adapter, &rc->qp.attr.av)) {
		hold(rc, pkt);
		missed(rc);
	} else if (!rs->told) {
		tell(rc);
	}
}

void rc_resp_timer(struct skua_rc *rc)
{
	struct rc_resp *rs = &rc->resp;

	if (!rs->gap.due || rs->failed)
		return;
	if (rc->qp.fn->adapter->now < rs->gap.due)
		rc_arm(rc, rs->gap.due);
	else
		tell(rc);
}

static void count(struct skua_rc *rc, uint32_t npsn)
{
	skua_count_link(rc->qp.fn, SKUA_HWI_CNT_ROCE_REORDERED, npsn);
}

/* Of what was placed only what it ends is left to be done. False: there is none. */
static bool execute_placed(struct skua_rc *rc)
{
	struct rc_resp *rs = &rc->resp;
	struct skua_packet pkt;

	if (!skua_reorder_take_placed(rc->qp.fn->adapter, &rs->gap.held,
				      rs->epsn, &pkt))
		return false;
	count(rc, pkt.npsn);
	rc_resp_execute(rc, &pkt);
	return true;
}

/* A copy. */
static bool execute_held(struct skua_rc *rc)
{
	struct skua_adapter *ad = rc->qp.fn->adapter;
	struct rc_resp *rs = &rc->resp;
	uint32_t psn = rs->epsn;
	struct skua_held *held = skua_reorder_take(&rs->gap.held, psn);

	if (!held)
		return false;
	count(rc, 1);
	rc_resp_execute(rc, &held->pkt);
	skua_reorder_free(ad, held);
	skua_reorder_pass(ad, &rs->gap.held, psn, rs->epsn);
	return true;
}

/*
 * told: the requester goes back anyway, and what is still missing was lost
 * again only if something behind it comes.
 */
void rc_resp_held(struct skua_rc *rc, uint32_t psn, bool told)
{
	struct rc_resp *rs = &rc->resp;

	rs->gap.due = 0;
	skua_reorder_pass(rc->qp.fn->adapter, &rs->gap.held, psn, rs->epsn);
	while (!rs->failed && !rs->told &&
	       (execute_placed(rc) || execute_held(rc)))
		;
	rc_early_passed(rc);
	if (!rs->gap.held.n)
		rc_gap_close(&rs->gap);
	else if (rc->hello.agreed)
		rs->sack = true;
	else if (!told && !rs->told)
		rc_gap_open(rc, &rs->gap);
}
