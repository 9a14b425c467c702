// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * DCQCN: Zhu et al., Congestion Control for Large-Scale RDMA Deployments,
 * SIGCOMM 2015, section 5.
 *
 * The reaction point cuts the rate of a QP by a half of alpha, an estimate of
 * how congested the way is, and then raises it in steps, one each time_reset
 * and one each byte_reset: half way back to what it was, then beyond it,
 * slowly at first. No timer runs for that: when the QP wants to send, the steps
 * that have become due meanwhile are made up for. It is forgotten that a QP was
 * ever slowed down once it is back at the full rate.
 *
 * Rates are in kbit/s, so that a byte takes 8000000 / rate ns.
 */
#include <stdlib.h>
#include <string.h>

#include "cc.h"
#include "complete.h"
#include "send.h"
#include "wire/headers.h"

#define BIT_TIME  8000000ull
#define ALPHA_ONE (1u << 20)
#define US	  1000ull
/* What was not sent in time may be sent later, as much as in so long. */
#define BURST_NS 2000000ull
/* And a QP is not woken for less than that. */
#define QUANTUM_NS 20000ull
/* It takes so long to tell how much a QP sends; */
#define MEASURE_NS 2000000ull
/* and a rate is not more than so many times of it when it is cut. */
#define CLAMP 2
/* Steps that are made up for at a time; a pause was longer than all of them. */
#define MAX_STEPS 4096u
/* Headers of a packet with payload; most have no more. */
#define HEADERS                                                         \
	(sizeof(struct skua_eth_hdr) + sizeof(struct skua_ipv4_hdr) +   \
	 sizeof(struct skua_udp_hdr) + sizeof(struct skua_bth) + SKUA_ICRC_LEN)

struct skua_cc {
	struct skua_qp *qp;
	struct list_head limited; /* on adapter->limited */
	struct skua_timer timer;  /* the QP may send again */
	uint64_t rate, target;
	uint64_t paid;		/* when what was sent so far is paid for */
	uint32_t alpha;
	uint64_t alpha_at;	/* when it was last changed */
	uint64_t cut_at;	/* and the rate cut */
	uint64_t step_at;	/* when the present time_reset began */
	uint64_t step_bytes;	/* of the present byte_reset */
	uint32_t steps, byte_steps;
	uint64_t since, used;	/* bytes since then */
	uint64_t bytes, cnps;
};

static uint64_t param_rate(const struct skua_adapter *ad,
			   enum skua_cc_param param)
{
	return ad->cc[param] * 1000ull;
}

static uint64_t param_time(const struct skua_adapter *ad,
			   enum skua_cc_param param)
{
	return ad->cc[param] * US;
}

/* Begin and end ------------------------------------------------------------ */

static void fire(struct skua_adapter *ad, struct skua_timer *t)
{
	struct skua_cc *cc = container_of(t, struct skua_cc, timer);

	(void)ad;
	list_del(&cc->qp->parked);
	skua_qp_activate(cc->qp);
}

static struct skua_cc *begin(struct skua_qp *qp)
{
	struct skua_adapter *ad = qp->fn->adapter;
	uint64_t first = param_rate(ad, SKUA_CC_RP_RATE_TO_SET_ON_FIRST_CNP);
	struct skua_cc *cc;

	if (skua_timer_reserve(ad, 1))
		return NULL;
	cc = calloc(1, sizeof(*cc));
	if (!cc) {
		skua_timer_release(ad, 1);
		return NULL;
	}
	cc->qp = qp;
	cc->timer.fire = fire;
	cc->rate = first ? first : param_rate(ad, SKUA_CC_RP_MAX_RATE);
	cc->alpha = ad->cc[SKUA_CC_RP_INITIAL_ALPHA_VALUE] * (ALPHA_ONE / 1024);
	cc->since = ad->now;
	cc->paid = ad->now;
	list_init(&cc->limited);
	list_add_tail(&cc->limited, &ad->limited);
	qp->cc = cc;
	return cc;
}

static void wake(struct skua_cc *cc)
{
	if (!cc->timer.heap)
		return;
	skua_timer_clear(cc->qp->fn->adapter, &cc->timer);
	list_del(&cc->qp->parked);
}

void skua_cc_forget(struct skua_qp *qp)
{
	struct skua_cc *cc = qp->cc;

	if (!cc)
		return;
	wake(cc);
	qp->cc = NULL;
	list_del(&cc->limited);
	skua_timer_release(qp->fn->adapter, 1);
	free(cc);
}

/* Rates -------------------------------------------------------------------- */

static void cut(struct skua_cc *cc)
{
	const struct skua_adapter *ad = cc->qp->fn->adapter;
	uint64_t least = cc->rate * ad->cc[SKUA_CC_RP_MIN_DEC_FAC] / 100;
	uint64_t floor = param_rate(ad, SKUA_CC_RP_MIN_RATE);
	uint32_t stays = ad->cc[SKUA_CC_RP_DCE_TCP_G];

	cc->target = cc->rate;
	cc->rate -= cc->rate * cc->alpha / (2 * ALPHA_ONE);
	if (cc->rate < least)
		cc->rate = least;
	if (cc->rate < floor)
		cc->rate = floor;
	cc->alpha = (uint64_t)cc->alpha * stays / 1024 +
		    (1024 - stays) * (ALPHA_ONE / 1024);
	cc->alpha_at = ad->now;
	cc->cut_at = ad->now;
	cc->step_at = ad->now;
	cc->step_bytes = 0;
	cc->steps = 0;
	cc->byte_steps = 0;
}

static void raise_rate(struct skua_cc *cc)
{
	const struct skua_adapter *ad = cc->qp->fn->adapter;
	uint32_t threshold = ad->cc[SKUA_CC_RP_THRESHOLD];
	uint64_t limit = param_rate(ad, SKUA_CC_RP_MAX_RATE);
	uint32_t few = cc->steps, many = cc->byte_steps;

	if (few > many) {
		few = cc->byte_steps;
		many = cc->steps;
	}
	if (few > threshold)
		cc->target += (few - threshold) *
			      param_rate(ad, SKUA_CC_RP_HAI_RATE);
	else if (many >= threshold)
		cc->target += param_rate(ad, SKUA_CC_RP_AI_RATE);
	if (cc->target > limit)
		cc->target = limit;
	cc->rate = (cc->rate + cc->target + 1) / 2;
	if (cc->rate > limit)
		cc->rate = limit;
}

/* Periods that have passed since *at, which is where the last one ended then. */
static uint32_t periods(uint64_t *at, uint64_t period, uint64_t now)
{
	uint64_t n = (now - *at) / period;

	*at += n * period;
	return n < MAX_STEPS ? n : MAX_STEPS;
}

static bool recovered(const struct skua_cc *cc)
{
	const struct skua_adapter *ad = cc->qp->fn->adapter;

	return cc->rate >= param_rate(ad, SKUA_CC_RP_MAX_RATE) &&
	       ad->now - cc->cut_at >= MEASURE_NS;
}

/* What time has done since it was last looked at. */
static void catch_up(struct skua_cc *cc)
{
	const struct skua_adapter *ad = cc->qp->fn->adapter;
	uint32_t n;

	n = periods(&cc->alpha_at, param_time(ad, SKUA_CC_RP_DCE_TCP_RTT),
		    ad->now);
	for (; n && cc->alpha; n--)
		cc->alpha = (uint64_t)cc->alpha *
			    ad->cc[SKUA_CC_RP_DCE_TCP_G] / 1024;
	n = periods(&cc->step_at, param_time(ad, SKUA_CC_RP_TIME_RESET),
		    ad->now);
	for (; n && !recovered(cc); n--) {
		cc->steps++;
		raise_rate(cc);
	}
}

/* Sending ------------------------------------------------------------------ */

bool skua_cc_due(struct skua_qp *qp)
{
	struct skua_adapter *ad = qp->fn->adapter;
	struct skua_cc *cc = qp->cc;

	catch_up(cc);
	if (!skua_cc_enabled(ad) || recovered(cc)) {
		skua_cc_forget(qp);
		return true;
	}
	wake(cc);
	if (cc->paid <= ad->now)
		return true;
	list_del(&qp->parked);
	list_add_tail(&qp->parked, &ad->paced);
	skua_timer_set(ad, &cc->timer, cc->paid + QUANTUM_NS);
	return false;
}

uint32_t skua_cc_limit(const struct skua_qp *qp, uint32_t limit, uint32_t mtu)
{
	const struct skua_cc *cc = qp->cc;
	uint64_t now = qp->fn->adapter->now, bytes;

	bytes = cc->paid < now ? (now - cc->paid) * cc->rate / BIT_TIME : 0;
	if (bytes < mtu)
		bytes = mtu;
	return bytes < limit ? bytes - bytes % mtu : limit;
}

void skua_cc_charge(struct skua_qp *qp, const struct skua_packet *pkt)
{
	struct skua_adapter *ad = qp->fn->adapter;
	uint64_t bytes, earliest = ad->now - BURST_NS;
	struct skua_cc *cc = qp->cc;

	if (!pkt->len)
		return;
	bytes = pkt->len + pkt->npsn * HEADERS;
	if (ad->now < BURST_NS)
		earliest = 0;
	if (cc->paid < earliest)
		cc->paid = earliest;
	cc->paid += bytes * BIT_TIME / cc->rate;
	cc->bytes += bytes;
	cc->used += bytes;
	cc->step_bytes += bytes;
	while (cc->step_bytes >= ad->cc[SKUA_CC_RP_BYTE_RESET]) {
		cc->step_bytes -= ad->cc[SKUA_CC_RP_BYTE_RESET];
		cc->byte_steps++;
		raise_rate(cc);
	}
}

/* Notifications ------------------------------------------------------------ */

/* The QP that a packet, or its echo, is for, if it comes the right way. */
static struct skua_qp *find(struct skua_function *fn,
			    const struct skua_packet *pkt)
{
	struct skua_qp *qp;

	if (pkt->pkey != SKUA_PKEY_DEFAULT)
		return NULL;
	qp = skua_qp_get(fn, pkt->dqpn);
	if (!qp || !skua_qp_receives(qp))
		return NULL;
	switch (qp->type) {
	case SKUA_HWI_QPT_RC:
	case SKUA_HWI_QPT_UC:
		return skua_path_matches(qp, pkt) ? qp : NULL;
	case SKUA_HWI_QPT_UD:
		return skua_own_gid(fn, pkt->av->dgid) ? qp : NULL;
	default:
		return NULL;
	}
}

bool skua_cc_marked(struct skua_function *fn, const struct skua_packet *pkt,
		    uint32_t *dqpn)
{
	const struct skua_adapter *ad = fn->adapter;
	struct skua_qp *qp = find(fn, pkt);

	if (!qp || qp->type != pkt->service)
		return false;
	if (qp->type == SKUA_HWI_QPT_UD && pkt->qkey != qp->attr.qkey)
		return false;
	skua_count_link(fn, SKUA_HWI_CNT_NP_ECN_MARKED_ROCE_PACKETS, 1);
	if (!skua_cc_enabled(ad) ||
	    (qp->told &&
	     ad->now - qp->told <
		     param_time(ad, SKUA_CC_NP_MIN_TIME_BETWEEN_CNPS)))
		return false;
	qp->told = ad->now;
	*dqpn = qp->type == SKUA_HWI_QPT_UD ? pkt->sqpn : qp->attr.dest_qpn;
	return true;
}

/*
 * A rate that the QP makes no use of, since it waits for answers or for a
 * processor, would have to be cut many times before it is felt.
 */
static void clamp(struct skua_cc *cc)
{
	struct skua_adapter *ad = cc->qp->fn->adapter;
	uint64_t took = ad->now - cc->since, used;

	if (took < MEASURE_NS)
		return;
	used = cc->used * BIT_TIME / took;
	if (used && CLAMP * used < cc->rate)
		cc->rate = CLAMP * used;
	cc->since = ad->now;
	cc->used = 0;
}

void skua_cc_notified(struct skua_function *fn, const struct skua_packet *pkt)
{
	const struct skua_adapter *ad = fn->adapter;
	struct skua_qp *qp = skua_cc_enabled(ad) ? find(fn, pkt) : NULL;
	struct skua_cc *cc;

	if (!qp || (!qp->cc && !begin(qp))) {
		skua_count_link(fn, SKUA_HWI_CNT_RP_CNP_IGNORED, 1);
		return;
	}
	skua_count_link(fn, SKUA_HWI_CNT_RP_CNP_HANDLED, 1);
	cc = qp->cc;
	if (cc->cnps++) {
		if (ad->now - cc->cut_at <
		    param_time(ad, SKUA_CC_RP_RATE_REDUCE_MONITOR_PERIOD))
			return;
		catch_up(cc);
		clamp(cc);
	}
	cut(cc);
}

/* For those who look ------------------------------------------------------- */

unsigned int skua_adapter_cc_qps(struct skua_adapter *ad,
				 struct skua_cc_qp *out, unsigned int max)
{
	struct skua_cc *cc, *tmp;
	unsigned int n = 0;

	skua_engine_lock(ad);
	list_for_each_entry_safe(cc, tmp, &ad->limited, limited) {
		if (n++ >= max)
			continue;
		catch_up(cc);
		*out = (struct skua_cc_qp){
			.qpn = cc->qp->qpn,
			.dest_qpn = cc->qp->attr.dest_qpn,
			.rate = cc->rate,
			.target = cc->target,
			.alpha = cc->alpha / (ALPHA_ONE / 1024),
			.cnps = cc->cnps,
			.bytes = cc->bytes,
		};
		memcpy(out->mac, cc->qp->fn->mac, sizeof(out->mac));
		out++;
	}
	skua_engine_unlock(ad);
	return n;
}
