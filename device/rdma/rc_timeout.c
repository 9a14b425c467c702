// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * When an answer is late.
 *
 * The timeout that the program gave is meant for any network, and is mostly a
 * thousand times as long as answers take. On a link, where packets do get lost,
 * it is measured how long that is (as RFC 6298 does), and what is not answered
 * much later is sent again. Such quick repetitions are not among those that
 * retry_cnt bounds: when a connection fails is for the program to say, and it
 * has said so in timeouts (IBTA 9.7.6.1.3).
 */
#include "rc.h"

/* Never sooner: a thread of the peer may have to wait for a processor. */
#define QUICK_MIN_NS 1000000ull
/* Quick timeouts double up to there. */
#define MAX_BACKOFF 6u

static bool measured(const struct skua_rc *rc)
{
	return skua_eswitch_by_link(rc->qp.fn->adapter, &rc->qp.attr.av);
}

void rc_rtt_sent(struct skua_rc *rc, uint32_t psn)
{
	struct rc_rtt *t = &rc->req.rtt;

	/* A score knows it of each packet. */
	if (t->timing || rc->req.score || !measured(rc))
		return;
	t->timing = true;
	t->psn = psn;
	t->sent = rc->qp.fn->adapter->now;
}

void rc_rtt_answered(struct skua_rc *rc)
{
	struct rc_rtt *t = &rc->req.rtt;

	if (!t->timing || skua_psn_diff(rc->req.una, t->psn) < 0)
		return;
	t->timing = false;
	rc_rtt_sample(rc, rc->qp.fn->adapter->now - t->sent);
}

void rc_rtt_took(struct rc_rtt *t, uint64_t ns)
{
	uint64_t off = ns > t->mean ? ns - t->mean : t->mean - ns;

	if (!t->mean) {
		t->mean = ns + 1;
		t->deviation = ns / 2;
		return;
	}
	t->deviation += off / 4 - t->deviation / 4;
	t->mean += ns / 8 - t->mean / 8;
}

void rc_rtt_sample(struct skua_rc *rc, uint64_t took)
{
	/* RFC 6298, 5.7: until then it may be that all timeouts are too short. */
	rc->req.quick = 0;
	rc_rtt_took(&rc->req.rtt, took);
}

/* Karn: nobody knows which of two an answer is for. */
void rc_rtt_spoilt(struct skua_rc *rc)
{
	rc->req.rtt.timing = false;
}

/*
 * IBTA 9.7.6.1.3 allows a timeout between one and four times the interval;
 * backing off within that spares a peer that is only slow.
 */
uint64_t rc_ack_timeout(const struct skua_rc *rc)
{
	unsigned int backoff = rc->req.retries < 2 ? rc->req.retries : 2;

	return 4096ull << (rc->qp.attr.timeout & 31) << backoff;
}

uint64_t rc_rtt_most(const struct rc_rtt *t)
{
	return t->mean + 4 * t->deviation;
}

static uint64_t quick_timeout(const struct skua_rc *rc)
{
	const struct rc_rtt *t = &rc->req.rtt;
	unsigned int quick = rc->req.quick;
	uint64_t limit = rc_ack_timeout(rc), ns;

	if (!t->mean)
		return limit;
	ns = rc_rtt_most(t);
	if (ns < QUICK_MIN_NS)
		ns = QUICK_MIN_NS;
	ns <<= quick < MAX_BACKOFF ? quick : MAX_BACKOFF;
	return ns < limit ? ns : limit;
}

uint64_t rc_deadline(const struct skua_rc *rc)
{
	uint64_t quick = rc->req.progress + quick_timeout(rc);
	uint64_t late = rc->req.waiting + rc_ack_timeout(rc);

	return quick < late ? quick : late;
}
