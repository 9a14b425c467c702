// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <string.h>

#include "cc.h"
#include "complete.h"
#include "send.h"
#include "steer/steer.h"

/* The entry of the GID table that av names, or NULL if it is not in use. */
static const struct skua_gid *source_gid(const struct skua_function *fn,
					 const struct skua_hwi_av *av)
{
	const struct skua_gid *gid;

	if (av->sgid_index >= SKUA_HWI_MAX_GID)
		return NULL;
	gid = &fn->gid[av->sgid_index];
	return gid->valid ? gid : NULL;
}

bool skua_send(struct skua_qp *qp, const struct skua_hwi_av *av,
	       struct skua_packet *pkt)
{
	struct skua_function *fn = qp->fn;

	pkt->sgid = source_gid(fn, av);
	if (!pkt->sgid)
		return true;
	pkt->av = av;
	pkt->sport = 0;
	pkt->sqpn = qp->qpn;
	pkt->pkey = SKUA_PKEY_DEFAULT;
	skua_packet_unseen(pkt);
	skua_count(fn, SKUA_HWI_CNT_RDMA_TX_BYTES, pkt->len);
	skua_cc_sent(qp, pkt);
	skua_eswitch_rdma(fn, pkt);
	return !pkt->payload_lost;
}

void skua_send_ahead(const struct skua_qp *qp, const struct skua_hwi_av *av,
		     uint32_t dqpn, struct skua_steer_out *out)
{
	const struct skua_packet pkt = {
		.av = av,
		.sgid = source_gid(qp->fn, av),
		.sqpn = qp->qpn,
		.dqpn = dqpn,
	};

	if (pkt.sgid)
		skua_steer_look_ahead_out(qp->fn, &pkt, out);
	else
		out->place[out->n++] = NULL;
}

bool skua_path_matches(const struct skua_qp *qp, const struct skua_packet *pkt)
{
	const struct skua_hwi_av *av = &qp->attr.av;
	const struct skua_gid *own = source_gid(qp->fn, av);

	return own && !memcmp(pkt->av->dgid, own->gid, sizeof(own->gid)) &&
	       !memcmp(pkt->sgid->gid, av->dgid, sizeof(av->dgid));
}

bool skua_own_gid(const struct skua_function *fn, const uint8_t gid[16])
{
	unsigned int i;

	for (i = 0; i < SKUA_HWI_MAX_GID; i++)
		if (fn->gid[i].valid && !memcmp(fn->gid[i].gid, gid, 16))
			return true;
	return false;
}
