// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Of many flows and SAs none is in a cache. What a packet needs is found and fetched
 * in steps, each some packets before its own, and a key in parts between other work:
 * a processor waits for few lines at a time.
 */
#include <assert.h>

#include "ipsec/esp.h"
#include "rdma/packet.h"
#include "steer/steer.h"

/* As many are in some cache of any processor. */
#define FEW 256u

/*
 * What is fetched too late is waited for; what is fetched too early has left the
 * nearest cache again.
 */
#define SLOT_AHEAD	16u
#define SA_AHEAD	8u
#define OUT_FLOW_AHEAD	4u
#define OUT_SA_AHEAD	2u

static_assert(SA_AHEAD <= SLOT_AHEAD, "its slot says which SA it is");

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

/* Where the next one has its SA. */
static void look(struct skua_steer_ahead *ahead)
{
	unsigned int i = ahead->looked++;
	const struct skua_frame *f = &ahead->f[i];
	struct skua_sa_table *sas = many_sas(ahead->ad, f);

	if (sas && !skua_esp_peek(sas, f->data, f->len, &ahead->hint[i].hash))
		sas = NULL;
	ahead->hint[i].sas = sas;
	ahead->hint[i].sa = NULL;
}

/* Which that is, of the next one. */
static void expect(struct skua_steer_ahead *ahead)
{
	unsigned int i = ahead->expected++;

	if (ahead->hint[i].sas)
		ahead->hint[i].sa =
			skua_sa_expect(ahead->hint[i].sas, ahead->hint[i].hash);
}

struct skua_sa *skua_steer_expect_in(struct skua_steer_ahead *ahead,
				     unsigned int i)
{
	while (ahead->looked < ahead->n && ahead->looked <= i + SLOT_AHEAD)
		look(ahead);
	while (ahead->expected < ahead->n && ahead->expected <= i + SA_AHEAD)
		expect(ahead);
	return ahead->hint[i].sa;
}

const struct skua_aead_key *
skua_steer_key_ahead(const struct skua_steer_ahead *ahead, unsigned int i)
{
	const struct skua_sa *sa = i < ahead->expected ? ahead->hint[i].sa : NULL;

	return sa ? skua_sa_key(sa) : NULL;
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
	const struct skua_sa *sa = flow ? flow->sa : NULL;

	out->steer->soon = sa ? skua_sa_key(sa) : NULL;
	if (sa)
		__builtin_prefetch(sa);
}

void skua_steer_expect_out(struct skua_steer_out *out)
{
	unsigned int i = out->next++, flow = i ? i + OUT_FLOW_AHEAD : 0;

	for (; flow <= i + OUT_FLOW_AHEAD; flow++)
		expect_flow(out, flow);
	expect_sa(out, i + OUT_SA_AHEAD);
	skua_steer_fetch_soon(out->steer, 0);
}
