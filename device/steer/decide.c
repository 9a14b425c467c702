// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <string.h>

#include "rdma/packet.h"
#include "steer/steer.h"

static struct skua_flow *find(struct skua_function *fn,
			      enum skua_hwi_flow_direction dir,
			      const struct skua_flow_key *key, uint32_t n,
			      uint64_t bytes)
{
	struct skua_flow *flow = skua_flow_find(&fn->steer->dir[dir], key);

	if (flow) {
		flow->packets += n;
		flow->bytes += bytes;
	}
	return flow;
}

/* Transport mode leaves the addresses as they are. */
static const struct skua_steer_sa *find_sealer(struct skua_steer *st,
					       const struct skua_flow_key *key,
					       uint32_t reqid)
{
	struct skua_flow_key by = { .spi = reqid };
	struct skua_flow *way;

	memcpy(by.src, key->src, sizeof(by.src));
	memcpy(by.dst, key->dst, sizeof(by.dst));
	way = skua_flow_find(&st->sealers, &by);
	return way ? list_entry(way, struct skua_steer_sa, way) : NULL;
}

static struct skua_sa *choose(struct skua_steer *st,
			      const struct skua_flow *flow,
			      const struct skua_flow_key *key)
{
	const struct list_head *tunnels;
	const struct skua_steer_sa *s, *tunnel = NULL;

	if (flow->sa)
		return flow->sa;
	s = find_sealer(st, key, flow->reqid->reqid);
	tunnels = &flow->reqid->tunnels;
	if (!list_empty(tunnels))
		tunnel = list_entry(tunnels->next, struct skua_steer_sa, list);
	if (!s || (tunnel && tunnel->born > s->born))
		s = tunnel;
	return s ? s->sa : NULL;
}

enum skua_verdict skua_steer_out(struct skua_function *fn,
				 const struct skua_flow_key *key, uint32_t n,
				 uint64_t bytes, struct skua_sa **sa)
{
	const struct skua_flow *flow =
		find(fn, SKUA_HWI_FLOW_EGRESS, key, n, bytes);

	if (!flow || flow->action == SKUA_HWI_FLOW_ALLOW)
		return SKUA_VERDICT_PASS;
	if (flow->action == SKUA_HWI_FLOW_DROP) {
		skua_count_ipsec(fn, SKUA_HWI_CNT_IPSEC_TX_DROP_POLICY, n);
		return SKUA_VERDICT_DROP;
	}
	*sa = choose(fn->steer, flow, key);
	if (*sa)
		return SKUA_VERDICT_SEAL;
	skua_count_ipsec(fn, SKUA_HWI_CNT_IPSEC_TX_DROP_NO_SA, n);
	return SKUA_VERDICT_DROP;
}

/* Is it protected as the flow demands? */
static bool protected(const struct skua_flow *flow, const struct skua_sa *sa)
{
	if (flow->sa)
		return flow->sa == sa;
	return flow->reqid == sa->group;
}

bool skua_steer_in(struct skua_function *fn, const struct skua_flow_key *key,
		   uint32_t n, uint64_t bytes, const struct skua_sa *sa)
{
	const struct skua_flow *flow =
		find(fn, SKUA_HWI_FLOW_INGRESS, key, n, bytes);

	if (flow && flow->action == SKUA_HWI_FLOW_DROP) {
		skua_count_ipsec(fn, SKUA_HWI_CNT_IPSEC_RX_DROP_POLICY, n);
		return false;
	}
	if (flow && flow->action == SKUA_HWI_FLOW_PROTECT) {
		if (sa && protected(flow, sa))
			return true;
		skua_count_ipsec(fn,
				 sa ? SKUA_HWI_CNT_IPSEC_RX_DROP_OTHER_SA
				    : SKUA_HWI_CNT_IPSEC_RX_DROP_PLAIN,
				 n);
		return false;
	}
	/* Such an SA is there for what flows cover, and nothing else. */
	if (sa && sa->flags & SKUA_SA_ANY_DST) {
		skua_count_ipsec(fn, SKUA_HWI_CNT_IPSEC_RX_DROP_OTHER_SA, n);
		return false;
	}
	return true;
}

bool skua_steer_admits(struct skua_function *fn, const struct skua_packet *pkt)
{
	struct skua_flow_key key;

	skua_flow_key_rdma(&key, pkt);
	return skua_steer_in(fn, &key, skua_packet_frames(pkt), pkt->len,
			     pkt->sa);
}

bool skua_steer_hears(struct skua_adapter *ad, const uint8_t *frame, uint32_t len)
{
	const struct skua_flow *flow;
	struct skua_flow_key key;
	unsigned int f;

	skua_flow_key_frame(&key, frame, len);
	for (f = 0; f < SKUA_MAX_FUNCTIONS; f++) {
		if (!ad->fn[f] || !ad->fn[f]->steer)
			continue;
		/* It is counted where it is delivered. */
		flow = skua_flow_find(
			&ad->fn[f]->steer->dir[SKUA_HWI_FLOW_INGRESS], &key);
		if (flow && flow->action != SKUA_HWI_FLOW_ALLOW)
			return false;
	}
	return true;
}
