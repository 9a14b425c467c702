// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Of many flows and SAs none is in a cache. Where those are that the next packets
 * need is looked up for some packets at once, so that memory works on all of it
 * together, and each is fetched some packets before its own.
 */
#include "ipsec/esp.h"
#include "rdma/packet.h"
#include "steer/steer.h"

/* As many are in some cache of any processor. */
#define FEW 256u

/*
 * What is fetched too late is waited for; what is fetched too early has left the
 * nearest cache again.
 */
#define SA_AHEAD	8u
#define OUT_FLOW_AHEAD	4u
#define OUT_SA_AHEAD	2u

/* Packets that come ---------------------------------------------------------- */

static struct skua_sa_table *many_sas(struct skua_adapter *ad,
				      const struct skua_frame *f)
{
	const struct skua_function *fn = skua_eswitch_lookup(ad, f->data);

	if (!fn || !fn->steer || !fn->steer->sas ||
	    skua_sa_count(fn->steer->sas) <= FEW)
		return NULL;
	return fn->steer->sas;
}

void skua_steer_look_ahead(struct skua_adapter *ad, const struct skua_frame *f,
			   unsigned int n, struct skua_steer_ahead *ahead)
{
	struct skua_sa_table *sas;
	unsigned int i;

	ahead->n = 0;
	if (!ad->steered)
		return;
	for (i = 0; i < n; i++) {
		sas = many_sas(ad, &f[i]);
		if (sas && !skua_esp_peek(sas, f[i].data, f[i].len,
					  &ahead->hint[i].hash))
			sas = NULL;
		ahead->hint[i].sas = sas;
		if (sas)
			ahead->n = n;
	}
}

struct skua_sa *skua_steer_expect_in(const struct skua_steer_ahead *ahead,
				     unsigned int i)
{
	unsigned int sa = i ? i + SA_AHEAD : 0;

	for (; sa <= i + SA_AHEAD && sa < ahead->n; sa++)
		if (ahead->hint[sa].sas)
			skua_sa_expect(ahead->hint[sa].sas, ahead->hint[sa].hash);
	if (i >= ahead->n || !ahead->hint[i].sas)
		return NULL;
	return skua_sa_likely(ahead->hint[i].sas, ahead->hint[i].hash);
}

/* Packets that leave --------------------------------------------------------- */

bool skua_steer_many_flows(const struct skua_function *fn)
{
	return fn->steer && fn->steer->flows.used > FEW;
}

void skua_steer_look_ahead_out(struct skua_function *fn,
			       const struct skua_packet *pkt,
			       struct skua_steer_out *out)
{
	struct skua_flow_key key;

	skua_flow_key_rdma(&key, pkt);
	out->place[out->n++] =
		skua_flow_place(&fn->steer->dir[SKUA_HWI_FLOW_EGRESS], &key);
}

static void expect_flow(const struct skua_steer_out *out, unsigned int i)
{
	const char *flow;

	if (i >= out->n || !out->place[i])
		return;
	flow = (const char *)*out->place[i];
	__builtin_prefetch(flow);
	__builtin_prefetch(flow + 64);
}

static void expect_sa(const struct skua_steer_out *out, unsigned int i)
{
	const struct skua_flow *flow =
		i < out->n && out->place[i] ? *out->place[i] : NULL;

	if (flow && flow->sa)
		skua_sa_prefetch(flow->sa);
}

void skua_steer_expect_out(struct skua_steer_out *out)
{
	unsigned int i = out->next++, flow = i ? i + OUT_FLOW_AHEAD : 0;

	for (; flow <= i + OUT_FLOW_AHEAD; flow++)
		expect_flow(out, flow);
	expect_sa(out, i + OUT_SA_AHEAD);
}
