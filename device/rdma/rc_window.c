// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * How much may be under way on a link.
 *
 * Who goes back to what was lost repeats all that was under way: with W packets
 * and one of n lost, W of n + W. So once a link has lost something there are no
 * more than keep it busy, until it has been good for long; and fewer than that if
 * it loses often. And who hears nothing may be too fast for the other end, which
 * gets little more than repetitions then: little is sent until something is
 * answered.
 *
 * A peer that is known to hold what follows (rc_fill.c) is sent only what it misses.
 * There is to be enough under way to keep it busy until that is there; but it tells
 * of one missing packet at a time, so where it often misses some there are to be
 * few of them under way.
 */
#include "rc.h"

#define MOST  SKUA_REORDER_WINDOW
#define LOSSY 192u
#define OFTEN 128u
#define LEAST 8u
#define HELD_OFTEN 320u
#define HELD	   640u
/* What is under way is in pieces, so that a NAK is heard soon. */
#define LOSSY_TURN_BYTES (64u << 10)
/* So many answered without a loss are good for long, */
#define CALM 32768u
/* and so many are not often. */
#define RARE 512u

uint32_t rc_window_turn(const struct skua_rc *rc)
{
	if (__builtin_expect(rc->req.window > HELD_OFTEN, 1))
		return SKUA_TURN_BYTES;
	return LOSSY_TURN_BYTES;
}

void rc_window_begin(struct skua_rc *rc)
{
	/* No more than a peer like us would hold out of order. */
	rc->req.window = MOST;
	rc->req.calm = 0;
}

void rc_window_lost(struct skua_rc *rc)
{
	struct rc_req *r = &rc->req;
	bool often = r->calm < RARE;
	uint32_t window;

	if (r->fill.holds)
		window = often ? HELD_OFTEN : HELD;
	else
		window = often && r->window <= LOSSY ? OFTEN : LOSSY;
	r->calm = 0;
	if (r->window > window && r->window <= MOST)
		r->window = window;
}

void rc_window_silent(struct skua_rc *rc)
{
	struct rc_req *r = &rc->req;

	rc_window_lost(rc);
	if (r->window <= HELD)
		r->window = r->window / 4 > LEAST ? r->window / 4 : LEAST;
}

void rc_window_moved(struct skua_rc *rc, uint32_t n)
{
	struct rc_req *r = &rc->req;

	if (r->window < OFTEN) {
		r->window = n < OFTEN - r->window ? r->window + n : OFTEN;
		return;
	}
	r->calm += n;
	if (r->calm >= CALM)
		r->window = MOST;
	else if (r->fill.holds)
		r->window = r->calm >= RARE ? HELD : HELD_OFTEN;
	else if (r->calm >= RARE && r->window < LOSSY)
		r->window = LOSSY;
}
