// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Unreliable datagrams, IBTA 9.8.3, and the GSI, which is UD on QPN 1. */
#include <string.h>

#include "complete.h"
#include "grh.h"
#include "send.h"
#include "ud_ahead.h"
#include "unreliable.h"

/* IBTA 10.2.5: a controlled Q_Key in the WQE stands for the QP's own. */
#define QKEY_CONTROLLED 0x80000000u

static int ud_transmit(struct skua_un *un, struct skua_request *rq,
		       uint32_t *budget)
{
	const struct skua_hwi_wqe_ud *ud = rq->segment;
	struct skua_piece piece[SKUA_HWI_MAX_SGE];
	uint32_t qkey = le32toh(ud->qkey);
	struct skua_qp *qp = &un->qp;
	struct skua_packet pkt;
	int n;

	if (rq->len > skua_ud_mtu(qp->fn->mtu))
		return SKUA_HWI_CQE_LOC_LEN_ERR;
	if (skua_un_must_wait(un, rq, &ud->av,
			      le32toh(ud->dqpn) & SKUA_PSN_MASK))
		return SKUA_HWI_CQE_OK;
	un->sending = false;
	n = skua_request_pieces(qp, rq, 0, rq->len, 0, piece);
	if (n < 0)
		return SKUA_HWI_CQE_LOC_PROT_ERR;
	skua_request_packet(rq, 0, rq->len, &pkt);
	pkt.service = SKUA_HWI_QPT_UD;
	pkt.dqpn = le32toh(ud->dqpn) & SKUA_PSN_MASK;
	pkt.qkey = qkey & QKEY_CONTROLLED ? qp->attr.qkey : qkey;
	pkt.psn = un->psn;
	pkt.npsn = 1;
	pkt.mtu = skua_ud_mtu(qp->fn->mtu);
	pkt.piece = piece;
	pkt.npieces = n;
	pkt.payload_off = 0;

	if (__builtin_expect(!!un->ahead, 0))
		skua_steer_expect_out(un->ahead);
	un->psn = skua_psn_add(un->psn, 1);
	*budget -= *budget < rq->len ? *budget : rq->len;
	if (!skua_send(qp, &ud->av, &pkt))
		return SKUA_HWI_CQE_LOC_PROT_ERR;
	return SKUA_HWI_CQE_OK;
}

static bool ud_turn(struct skua_qp *qp)
{
	struct skua_un *un = to_un(qp);
	struct skua_steer_out ahead;
	bool more;

	if (__builtin_expect(skua_steer_many_flows(qp->fn), 0)) {
		ud_ahead_look(qp, &ahead);
		un->ahead = &ahead;
	}
	more = skua_un_turn(un, ud_transmit);
	un->ahead = NULL;
	return more;
}

/* The IP header and the datagram, in this order, to the held receive. */
static enum skua_inbound_result ud_place(struct skua_un *un,
					 struct skua_packet *pkt)
{
	struct skua_piece piece[SKUA_HWI_MAX_SGE], head;
	uint8_t grh[SKUA_GRH_LEN];
	struct skua_qp *qp = &un->qp;
	struct skua_cursor src, dst;
	enum skua_inbound_result ret;
	int n;

	ret = skua_inbound_take(qp, &un->in);
	if (ret)
		return ret;
	if (un->in.recv.bytes < SKUA_GRH_LEN + (uint64_t)pkt->len)
		return SKUA_IN_TOO_LONG;
	n = skua_pieces(qp, qp->srq ? qp->srq->pdn : qp->pdn, un->in.recv.sg,
			un->in.recv.n, 0, SKUA_GRH_LEN + (uint64_t)pkt->len,
			SKUA_HWI_ACCESS_LOCAL_WRITE, piece);
	if (n < 0)
		return SKUA_IN_LOC_PROT;

	skua_grh_build(pkt, grh);
	head.mk = NULL;
	head.remote = NULL;
	head.host = grh;
	head.len = sizeof(grh);
	skua_cursor_init(&dst, piece, n, 0);
	skua_cursor_init(&src, &head, 1, 0);
	if (skua_copy(qp->fn->adapter, &dst, &src, sizeof(grh)))
		return SKUA_IN_LOC_PROT;
	skua_cursor_init(&src, pkt->piece, pkt->npieces, pkt->payload_off);
	switch (skua_copy(qp->fn->adapter, &dst, &src, pkt->len)) {
	case SKUA_COPY_OK:
		return SKUA_IN_OK;
	case SKUA_COPY_SRC:
		pkt->payload_lost = true;
		return SKUA_IN_LOST;
	default:
		return SKUA_IN_LOC_PROT;
	}
}

static enum skua_inbound_result ud_complete(struct skua_un *un,
					    const struct skua_packet *pkt)
{
	uint16_t vlan = le16toh(pkt->av->vlan);
	struct skua_hwi_cqe cqe = {
		.qpn = htole32(un->qp.qpn),
		.wqe = htole32(un->in.recv.tag),
		.byte_len = htole32(SKUA_GRH_LEN + pkt->len),
		.src_qpn = htole32(pkt->sqpn),
		.opcode = SKUA_HWI_CQE_RECV,
		.flags = SKUA_HWI_CQE_F_GRH,
		.net = skua_grh_is_ipv4(pkt) ? SKUA_HWI_NET_IPV4
					     : SKUA_HWI_NET_IPV6,
		.sl = pkt->av->sl,
	};

	memcpy(cqe.smac, pkt->sgid->smac, sizeof(cqe.smac));
	if (vlan != SKUA_HWI_VLAN_NONE) {
		cqe.flags |= SKUA_HWI_CQE_F_VLAN;
		cqe.vlan = htole16(vlan);
	}
	if (pkt->flags & SKUA_PKT_IMM) {
		cqe.flags |= SKUA_HWI_CQE_F_IMM;
		cqe.imm = pkt->imm;
	}
	un->in.have_recv = false;
	if (!skua_cq_push(un->qp.recv_cq, &cqe, pkt->flags & SKUA_PKT_SOLICITED))
		return SKUA_IN_CQ_ERROR;
	return SKUA_IN_OK;
}

static bool ud_wanted(struct skua_un *un, const struct skua_packet *pkt)
{
	struct skua_qp *qp = &un->qp;

	if (!skua_un_receives(un) || pkt->op != SKUA_PKT_SEND)
		return false;
	if (pkt->qkey != qp->attr.qkey) {
		skua_refuse(qp->fn, SKUA_REFUSED_BAD_QKEY);
		return false;
	}
	if (!skua_own_gid(qp->fn, pkt->av->dgid)) {
		skua_refuse(qp->fn, SKUA_REFUSED_BAD_PATH);
		return false;
	}
	return true;
}

static void ud_receive(struct skua_qp *qp, struct skua_packet *pkt)
{
	struct skua_un *un = to_un(qp);
	enum skua_inbound_result result;

	if (!ud_wanted(un, pkt))
		return;
	result = ud_place(un, pkt);
	if (!result)
		result = ud_complete(un, pkt);
	if (!result)
		return;
	/* hwi §7: a datagram that is dropped takes no receive. */
	if (result == SKUA_IN_TOO_LONG || result == SKUA_IN_LOST) {
		un->in.have_recv = false;
		skua_recv_return(qp);
	}
	skua_un_not_placed(un, result);
}

const struct skua_qp_ops skua_ud_ops = {
	.size = sizeof(struct skua_un),
	.init = skua_un_init,
	.fini = skua_un_fini,
	.turn = ud_turn,
	.receive = ud_receive,
	.timer = skua_un_timer,
	.modified = skua_un_modified,
	.rq_kick = skua_un_rq_kick,
};
