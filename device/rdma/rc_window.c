// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * How much may be under way on a link.
 *
 * Who goes back to what was lost repeats all that was under way: with W packets
 * and one of n lost, W of n + W. So once a link has lost something there are no
 * more than keep it busy, until it has been good for long. And who hears nothing
 * may be too fast for the other end, which gets little more than repetitions
 * then: little is sent until something is answered.
 */
#include "rc.h"

#define MOST  SKUA_REORDER_WINDOW
#define LOSSY 128u
#define LEAST 8u
/* So many answered without a loss are good for long. */
#define CALM 32768u

void rc_window_begin(struct skua_rc *rc)
{
	/* No more than a peer like us would hold out of order. */
	rc->req.window = MOST;
	rc->req.calm = 0;
}

void rc_window_lost(struct skua_rc *rc)
{
	struct rc_req *r = &rc->req;

	r->calm = 0;
	if (r->window > LOSSY && r->window <= MOST)
		r->window = LOSSY;
}

void rc_window_silent(struct skua_rc *rc)
{
	struct rc_req *r = &rc->req;

	rc_window_lost(rc);
	if (r->window <= LOSSY)
		r->window = r->window / 4 > LEAST ? r->window / 4 : LEAST;
}

void rc_window_moved(struct skua_rc *rc, uint32_t n)
{
	struct rc_req *r = &rc->req;

	if (r->window < LOSSY) {
		r->window = n < LOSSY - r->window ? r->window + n : LOSSY;
		return;
	}
	r->calm += n;
	if (r->calm >= CALM)
		r->window = MOST;
}
