// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include "rc.h"

/* Steps and limits of a patience, ns. */
#define STEP 8000u
#define MAX  1000000u
/* Of what happens in such a time, one packet counts. */
#define SAME 200000u
/* Repetitions that come before that of a packet which was late. */
#define BEFORE 32u
/* Of one packet it is found so often that it was lost again. */
#define AGAIN_MOST 2

void rc_patience_needed(struct rc_patience *p, uint64_t now)
{
	if (now - p->lowered < SAME)
		return;
	p->lowered = now;
	p->ns -= p->ns / 32;
}

void rc_patience_needless(struct rc_patience *p, uint64_t now)
{
	if (p->raised && now - p->raised < SAME)
		return;
	p->raised = now;
	p->lowered = now;
	p->ns = p->ns < MAX / 2 ? 2 * p->ns + STEP : MAX;
}

void rc_gap_hold(struct skua_rc *rc, struct rc_gap *gap, struct skua_packet *pkt)
{
	if (skua_reorder_put(rc->qp.fn->adapter, &gap->held, pkt))
		gap->open = true;
}

void rc_gap_open(struct skua_rc *rc, struct rc_gap *gap)
{
	struct skua_adapter *ad = rc->qp.fn->adapter;

	gap->open = true;
	atomic_store_explicit(&ad->missed, ad->now, memory_order_relaxed);
	if (gap->due)
		return;
	gap->due = ad->now + gap->patience.ns;
	rc_arm(rc, gap->due);
}

void rc_gap_asked(struct skua_rc *rc, struct rc_gap *gap, uint32_t psn)
{
	/* The one before has not come twice. */
	if (gap->asked && gap->psn != psn)
		rc_patience_needed(&gap->patience, rc->qp.fn->adapter->now);
	gap->due = 0;
	gap->asked = BEFORE;
	gap->psn = psn;
}

/*
 * What is held comes again when the other end has gone back. If it does so before
 * what is expected, that was lost again; and each time that the other end has
 * gone back, PSNs begin anew. What is lost each time is left to the requester's
 * timer.
 */
bool rc_gap_again(struct rc_gap *gap, uint32_t psn, bool asked)
{
	bool anew = !gap->back || skua_psn_diff(psn, gap->psn_back) <= 0;

	gap->back = true;
	gap->psn_back = psn;
	if (!asked || !anew || gap->again == AGAIN_MOST)
		return false;
	gap->again++;
	return true;
}

void rc_gap_found(struct rc_gap *gap)
{
	gap->back = false;
	gap->again = 0;
}

void rc_gap_twice(struct skua_rc *rc, struct rc_gap *gap, uint32_t psn)
{
	if (!gap->asked)
		return;
	gap->asked--;
	if (gap->psn == psn) {
		gap->asked = 0;
		rc_patience_needless(&gap->patience, rc->qp.fn->adapter->now);
	} else if (!gap->asked) {
		rc_patience_needed(&gap->patience, rc->qp.fn->adapter->now);
	}
}

void rc_gap_close(struct rc_gap *gap)
{
	gap->open = false;
	gap->due = 0;
}

void rc_gap_reset(struct skua_rc *rc, struct rc_gap *gap)
{
	skua_reorder_clear(rc->qp.fn->adapter, &gap->held);
	*gap = (struct rc_gap){ 0 };
}
