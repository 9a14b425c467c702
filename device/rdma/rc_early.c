// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * WRITEs that are behind one that misses something. What they bring waits for its
 * turn, as a program may look at what one WRITE brings to know that another is
 * there; it is copied once more for that. With relaxed ordering no program does so,
 * and it is placed at once. An atomic or READ before it must still be done first:
 * so all that may be missing before it has to be known to be of WRITEs.
 */
#include "rc.h"

/* Up to where all PSNs from the expected one on are those of WRITEs. */
static uint32_t known_to(const struct skua_rc *rc)
{
	const struct rc_early *e = &rc->resp.early;
	const struct skua_inbound *in = &rc->in;
	uint32_t epsn = rc->resp.epsn;

	if (e->npsn)
		return skua_psn_add(e->psn, e->npsn);
	if (!in->open || in->op != SKUA_PKT_WRITE)
		return epsn;
	return skua_psn_add(epsn,
			    skua_psn_count(in->dma_len - in->done, rc_mtu(rc)));
}

static bool begins(const struct skua_rc *rc, const struct skua_packet *pkt)
{
	return pkt->flags & SKUA_PKT_FIRST && pkt->psn == known_to(rc) &&
	       pkt->dma_len <= SKUA_MAX_MESSAGE &&
	       rc->qp.attr.access & SKUA_HWI_ACCESS_REMOTE_WRITE;
}

bool rc_early_place(struct skua_rc *rc, struct skua_packet *pkt)
{
	struct rc_early *e = &rc->resp.early;
	uint64_t off;
	uint32_t nth;

	if (pkt->op != SKUA_PKT_WRITE)
		return false;
	if (begins(rc, pkt))
		*e = (struct rc_early){
			.psn = pkt->psn,
			.npsn = skua_psn_count(pkt->dma_len, rc_mtu(rc)),
			.va = pkt->va,
			.rkey = pkt->rkey,
			.len = pkt->dma_len,
		};
	nth = (pkt->psn - e->psn) & SKUA_PSN_MASK;
	if (nth >= e->npsn || !nth != !!(pkt->flags & SKUA_PKT_FIRST))
		return false;
	off = (uint64_t)nth * rc_mtu(rc);
	return skua_inbound_place_at(&rc->qp, pkt, e->rkey,
				     SKUA_HWI_ACCESS_REMOTE_WRITE |
					     SKUA_HWI_ACCESS_RELAXED_ORDERING,
				     e->va + off, e->len - off);
}

void rc_early_passed(struct skua_rc *rc)
{
	struct rc_resp *rs = &rc->resp;
	struct rc_early *e = &rs->early;

	if (!rs->gap.held.n ||
	    skua_psn_diff(skua_psn_add(e->psn, e->npsn), rs->epsn) <= 0)
		e->npsn = 0;
}
