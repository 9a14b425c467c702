// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Unreliable connection, IBTA 9.8.2: a message arrives whole or not at all. */
#include "complete.h"
#include "send.h"
#include "unreliable.h"

static int uc_transmit(struct skua_un *un, struct skua_request *rq,
		       uint32_t *budget)
{
	struct skua_piece piece[SKUA_HWI_MAX_SGE];
	struct skua_qp *qp = &un->qp;
	uint32_t mtu = skua_mtu_bytes(qp->attr.path_mtu);
	struct skua_packet pkt;
	uint32_t off, seg, limit;
	int n;

	if (!un->sending) {
		un->len = rq->len;
		un->off = 0;
	}
	un->sending = true;
	if (skua_un_must_wait(un, rq, &qp->attr.av, qp->attr.dest_qpn))
		return SKUA_HWI_CQE_OK;
	limit = skua_eswitch_limit(qp, &qp->attr.av, qp->attr.dest_qpn, mtu);
	if (limit > *budget)
		limit = *budget;
	off = un->off;
	seg = rq->len - off;
	if (seg > limit)
		seg = limit - limit % mtu;
	if (!seg && rq->len) {
		*budget = 0;
		return SKUA_HWI_CQE_OK;
	}
	n = skua_request_pieces(qp, rq, off, seg, 0, piece);
	if (n < 0)
		return SKUA_HWI_CQE_LOC_PROT_ERR;
	skua_request_packet(rq, off, seg, &pkt);
	pkt.service = SKUA_HWI_QPT_UC;
	pkt.dqpn = qp->attr.dest_qpn;
	pkt.psn = un->psn;
	pkt.npsn = skua_psn_count(seg, mtu);
	pkt.mtu = mtu;
	pkt.piece = piece;
	pkt.npieces = n;
	pkt.payload_off = 0;

	un->psn = skua_psn_add(un->psn, pkt.npsn);
	un->off += seg;
	un->sending = un->off != rq->len;
	*budget -= seg;
	if (!skua_send(qp, &qp->attr.av, &pkt))
		return SKUA_HWI_CQE_LOC_PROT_ERR;
	return SKUA_HWI_CQE_OK;
}

static bool uc_turn(struct skua_qp *qp)
{
	return skua_un_turn(to_un(qp), uc_transmit);
}

static bool uc_well_formed(const struct skua_qp *qp, const struct skua_packet *pkt)
{
	uint32_t mtu = skua_mtu_bytes(qp->attr.path_mtu);

	if (pkt->op != SKUA_PKT_SEND && pkt->op != SKUA_PKT_WRITE)
		return false;
	if (skua_psn_count(pkt->len, mtu) != pkt->npsn)
		return false;
	return pkt->flags & SKUA_PKT_LAST || pkt->len == pkt->npsn * mtu;
}

/*
 * A packet that begins a message is always welcome; what was open before it is
 * forgotten. Any other must be the next in the open message.
 */
static void uc_receive(struct skua_qp *qp, struct skua_packet *pkt)
{
	struct skua_un *un = to_un(qp);
	enum skua_inbound_result result;

	if (!skua_un_receives(un))
		return;
	if (!skua_path_matches(qp, pkt)) {
		skua_refuse(qp->fn, SKUA_REFUSED_BAD_PATH);
		return;
	}
	if (!uc_well_formed(qp, pkt))
		return;
	if (qp->attr.state == SKUA_HWI_QPS_RTR && !un->established) {
		un->established = true;
		skua_event(qp->fn, SKUA_HWI_EVENT_COMM_EST, qp->qpn, 0);
	}
	if (pkt->flags & SKUA_PKT_FIRST || pkt->psn != un->epsn)
		un->in.open = false;
	un->epsn = skua_psn_add(pkt->psn, pkt->npsn);
	result = skua_inbound_place(qp, &un->in, pkt);
	if (result)
		skua_un_not_placed(un, result);
}

const struct skua_qp_ops skua_uc_ops = {
	.size = sizeof(struct skua_un),
	.init = skua_un_init,
	.fini = skua_un_fini,
	.turn = uc_turn,
	.receive = uc_receive,
	.timer = skua_un_timer,
	.modified = skua_un_modified,
	.rq_kick = skua_un_rq_kick,
};
