// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * What others see of SAs and flows (skua_ipsec.h), and what a watch holds
 * against what leaves: all flows one by one, as they were asked for. That is
 * slow, and for packets in the clear only; and nothing of what decides has a
 * part in it.
 */
#include <string.h>

#include "link/port.h"
#include "link/watch.h"
#include "skua_ipsec.h"
#include "steer/steer.h"

static void lock(void *ctx)
{
	skua_engine_lock(ctx);
}

static void unlock(void *ctx)
{
	skua_engine_unlock(ctx);
}

static bool function(void *ctx, unsigned int i, struct skua_ipsec_function *out)
{
	struct skua_adapter *ad = ctx;
	struct skua_function *fn = ad->fn[i];

	if (!fn)
		return false;
	*out = (struct skua_ipsec_function){ .port = fn->cfg.port };
	memcpy(out->mac, fn->mac, sizeof(out->mac));
	memcpy(out->counter, fn->ipsec_cnt, sizeof(out->counter));
	if (fn->steer) {
		out->flows = fn->steer->flows.used;
		out->sas = fn->steer->sas ? skua_sa_count(fn->steer->sas) : 0;
	}
	return true;
}

/* SAs ----------------------------------------------------------------------- */

static uint64_t or_none(uint64_t limit)
{
	return limit == UINT64_MAX ? 0 : limit;
}

static void copy_sa(struct skua_ipsec_sa *out, const struct skua_steer_sa *s)
{
	const struct skua_sa *sa = s->sa;

	*out = (struct skua_ipsec_sa){
		.handle = sa->handle,
		.spi = sa->spi,
		.reqid = s->reqid ? s->reqid->reqid : 0,
		.flags = s->flags,
		.udp_sport = sa->udp_sport,
		.udp_dport = sa->udp_dport,
		.window = sa->replay.size,
		.mtu = sa->mtu,
		.icv_len = sa->aead.icv,
		.events = s->events,
		.seq = skua_sa_seq(sa),
		.packets = sa->packets,
		.bytes = sa->bytes,
		.soft_packets = or_none(sa->limits.soft_packets),
		.soft_bytes = or_none(sa->limits.soft_bytes),
		.hard_packets = or_none(sa->limits.hard_packets),
		.hard_bytes = or_none(sa->limits.hard_bytes),
		.last = sa->last,
	};
	memcpy(out->src, s->src, sizeof(out->src));
	memcpy(out->dst, s->dst, sizeof(out->dst));
	memcpy(out->refused, sa->refused, sizeof(out->refused));
}

static unsigned int sas(void *ctx, unsigned int i, uint32_t *from,
			struct skua_ipsec_sa *out, unsigned int max)
{
	struct skua_adapter *ad = ctx;
	const struct skua_steer *st = ad->fn[i]->steer;
	const struct skua_sa *sa;
	unsigned int n = 0;

	while (n < max) {
		sa = st && st->sas ? skua_sa_next(st->sas, from) : NULL;
		if (!sa) {
			*from = SKUA_IPSEC_END;
			break;
		}
		copy_sa(&out[n++], sa->owner);
	}
	return n;
}

/* Flows --------------------------------------------------------------------- */

static void copy_flow(struct skua_ipsec_flow *out, const struct skua_flow *flow)
{
	*out = (struct skua_ipsec_flow){
		.handle = flow->handle,
		.priority = flow->priority,
		.sa = flow->sa ? flow->sa->handle : SKUA_HWI_NONE,
		.reqid = flow->reqid ? flow->reqid->reqid : 0,
		.direction = flow->direction,
		.action = flow->action,
		.match = flow->match,
		.packets = flow->packets,
		.bytes = flow->bytes,
	};
}

/* The first flow at index *i or behind it, or NULL. */
static const struct skua_flow *next_flow(const struct skua_steer *st, uint32_t *i)
{
	const struct skua_flow *flow = NULL;

	while (st && !flow && *i < st->flows.high)
		flow = st->flows.slot[(*i)++];
	return flow;
}

static unsigned int flows(void *ctx, unsigned int i, uint32_t *from,
			  struct skua_ipsec_flow *out, unsigned int max)
{
	struct skua_adapter *ad = ctx;
	const struct skua_flow *flow;
	unsigned int n = 0;

	while (n < max) {
		flow = next_flow(ad->fn[i]->steer, from);
		if (!flow) {
			*from = SKUA_IPSEC_END;
			break;
		}
		copy_flow(&out[n++], flow);
	}
	return n;
}

/* The watch ----------------------------------------------------------------- */

/* Of flows with one priority the oldest decides. */
static bool before(const struct skua_flow *a, const struct skua_flow *b)
{
	return a->priority != b->priority ? a->priority < b->priority
					  : a->age < b->age;
}

static bool protects(const struct skua_function *fn, const struct skua_seen *s,
		     struct skua_watch_verdict *v)
{
	const struct skua_flow *flow, *decides = NULL;
	uint32_t i = 0;

	while ((flow = next_flow(fn->steer, &i))) {
		if (flow->direction == SKUA_HWI_FLOW_EGRESS &&
		    skua_seen_matches(s, &flow->match) &&
		    (!decides || before(flow, decides)))
			decides = flow;
	}
	if (!decides || decides->action != SKUA_HWI_FLOW_PROTECT)
		return false;
	memcpy(v->mac, fn->mac, sizeof(v->mac));
	v->flow = decides->handle;
	return true;
}

/* What has the address of no function may be of any. */
static bool judge(void *ctx, const struct skua_seen *s,
		  struct skua_watch_verdict *v)
{
	struct skua_adapter *ad = ctx;
	const struct skua_function *owner = skua_eswitch_lookup(ad, s->smac);
	unsigned int f;

	if (owner)
		return protects(owner, s, v);
	for (f = 0; f < SKUA_MAX_FUNCTIONS; f++) {
		if (ad->fn[f] && protects(ad->fn[f], s, v))
			return true;
	}
	return false;
}

static const char *link_name(void *ctx, unsigned int i)
{
	struct skua_adapter *ad = ctx;

	return !i && ad->link ? skua_link_port_uplink(ad->link)->link->name
			      : NULL;
}

static void watch(void *ctx, unsigned int i, struct skua_watch *w)
{
	struct skua_adapter *ad = ctx;

	(void)i;
	if (w) {
		w->judge = judge;
		w->ctx = ad;
	}
	skua_link_port_watch(ad->link, w);
}

struct skua_ipsec_owner skua_ipsec_owner_of(struct skua_adapter *ad)
{
	return (struct skua_ipsec_owner){
		.ctx = ad,
		.lock = lock,
		.unlock = unlock,
		.function = function,
		.sas = sas,
		.flows = flows,
		.link = link_name,
		.watch = watch,
	};
}
