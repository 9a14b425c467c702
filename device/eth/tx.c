// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Frames from the driver to the e-switch: each is gathered into one piece, so
 * that nobody can change it any more, and handed on.
 */
#include <errno.h>
#include <string.h>

#include "eth.h"
#include "steer/steer.h"

/* False: the completion queue is in error. */
static bool skua_eth_complete(struct skua_qp *qp, const struct skua_wqe *wqe,
			      uint8_t status)
{
	const struct skua_hwi_wqe_ctrl *ctrl = (const void *)wqe->buf;
	struct skua_hwi_cqe cqe = {
		.qpn = htole32(qp->qpn),
		.wqe = htole32(wqe->index),
		.opcode = ctrl->opcode == SKUA_HWI_WQE_NOP ? SKUA_HWI_CQE_NOP
							   : SKUA_HWI_CQE_ETH_TX,
		.status = status,
	};

	/* The blocks are free before the driver can know it. */
	qp->sq.ci = wqe->index + wqe->num_bb;
	if (!status && !(ctrl->flags & SKUA_HWI_WQE_SIGNALED))
		return true;
	return skua_cq_push(qp->send_cq, &cqe, false);
}

void skua_eth_flush_sq(struct skua_qp *qp)
{
	struct skua_sq *sq = &qp->sq;
	struct skua_wqe wqe;

	while (!sq->broken && sq->fetch != sq->pi) {
		if (skua_sq_read(qp, sq->fetch, &wqe)) {
			sq->broken = true;
			skua_event(qp->fn, SKUA_HWI_EVENT_QP_FATAL, qp->qpn, 0);
			return;
		}
		sq->fetch += wqe.num_bb;
		if (!skua_eth_complete(qp, &wqe, SKUA_HWI_CQE_WR_FLUSH_ERR))
			return;
	}
}

static int skua_eth_gather_sge(struct skua_eth_qp *eq, size_t at,
			       const struct skua_hwi_sge *sge)
{
	uint64_t addr = le64toh(sge->addr), left = le32toh(sge->len), part;
	struct skua_function *fn = eq->qp.fn;
	const struct skua_mkey *mk;
	const void *p;

	if (!left)
		return SKUA_HWI_CQE_OK;
	mk = skua_mkey_check(fn, le32toh(sge->lkey), eq->qp.pdn, eq->qp.qpn,
			     addr, left, 0);
	if (!mk)
		return SKUA_HWI_CQE_LOC_PROT_ERR;
	for (; left; left -= part, addr += part, at += part) {
		part = left;
		p = skua_mkey_span(fn, mk, addr, &part, false);
		if (!p)
			return SKUA_HWI_CQE_LOC_PROT_ERR;
		memcpy(eq->frame + at, p, part);
	}
	return SKUA_HWI_CQE_OK;
}

/* The checks of §6 that need no memory but the WQE; *len is the frame's. */
static int skua_eth_check(const struct skua_eth_qp *eq,
			  const struct skua_wqe *wqe, uint64_t *len)
{
	const struct skua_hwi_wqe_ctrl *ctrl = (const void *)wqe->buf;
	const struct skua_hwi_sge *sge = (const void *)(ctrl + 1);
	size_t room = wqe->num_bb * SKUA_HWI_WQE_BB - sizeof(*ctrl);
	unsigned int i;

	*len = le32toh(ctrl->inline_len);
	if (ctrl->flags & SKUA_HWI_WQE_INLINE) {
		if (ctrl->num_sge || *len > SKUA_HWI_MAX_INLINE || *len > room)
			return SKUA_HWI_CQE_LOC_QP_OP_ERR;
	} else {
		if (*len || ctrl->num_sge > SKUA_HWI_MAX_SGE ||
		    ctrl->num_sge * sizeof(*sge) > room)
			return SKUA_HWI_CQE_LOC_QP_OP_ERR;
		for (i = 0; i < ctrl->num_sge; i++)
			*len += le32toh(sge[i].len);
	}
	if (*len < SKUA_ETH_HLEN || *len > eq->qp.fn->mtu + SKUA_ETH_HLEN + 4)
		return SKUA_HWI_CQE_LOC_LEN_ERR;
	return SKUA_HWI_CQE_OK;
}

static int skua_eth_gather(struct skua_eth_qp *eq, const struct skua_wqe *wqe,
			   uint64_t *len)
{
	const struct skua_hwi_wqe_ctrl *ctrl = (const void *)wqe->buf;
	const struct skua_hwi_sge *sge = (const void *)(ctrl + 1);
	int status = skua_eth_check(eq, wqe, len);
	size_t at = 0;
	unsigned int i;

	if (status)
		return status;
	if (ctrl->flags & SKUA_HWI_WQE_INLINE) {
		memcpy(eq->frame, ctrl + 1, *len);
		return SKUA_HWI_CQE_OK;
	}
	for (i = 0; !status && i < ctrl->num_sge; i++) {
		status = skua_eth_gather_sge(eq, at, &sge[i]);
		at += le32toh(sge[i].len);
	}
	return status;
}

static void skua_eth_transmit(struct skua_function *fn, const void *frame,
			      size_t len)
{
	if (!skua_function_port_up(fn) || !skua_eswitch_eth(fn, frame, len)) {
		fn->eth_cnt[SKUA_HWI_CNT_TX_DROPS]++;
		return;
	}
	fn->eth_cnt[SKUA_HWI_CNT_TX_PACKETS]++;
	fn->eth_cnt[SKUA_HWI_CNT_TX_BYTES] += len;
}

/* Execute one WQE; its status. */
static int skua_eth_send(struct skua_eth_qp *eq, const struct skua_wqe *wqe)
{
	const struct skua_hwi_wqe_ctrl *ctrl = (const void *)wqe->buf;
	const uint8_t flags = SKUA_HWI_WQE_SIGNALED | SKUA_HWI_WQE_SOLICITED |
			      SKUA_HWI_WQE_FENCE | SKUA_HWI_WQE_INLINE |
			      SKUA_HWI_WQE_IPSEC;
	uint64_t len;
	int status;

	if (ctrl->flags & ~flags || (ctrl->flags & SKUA_HWI_WQE_IPSEC &&
				     ctrl->opcode != SKUA_HWI_WQE_ETH))
		return SKUA_HWI_CQE_LOC_QP_OP_ERR;
	if (ctrl->opcode == SKUA_HWI_WQE_NOP)
		return SKUA_HWI_CQE_OK;
	if (ctrl->opcode != SKUA_HWI_WQE_ETH)
		return SKUA_HWI_CQE_LOC_QP_OP_ERR;
	status = skua_eth_gather(eq, wqe, &len);
	if (status)
		return status;
	/* An SA may go while frames wait for it: they are lost, not the queue. */
	if (ctrl->flags & SKUA_HWI_WQE_IPSEC &&
	    !skua_steer_seal_made(eq->qp.fn, le32toh(ctrl->sa), eq->frame, len))
		eq->qp.fn->eth_cnt[SKUA_HWI_CNT_TX_DROPS]++;
	else
		skua_eth_transmit(eq->qp.fn, eq->frame, len);
	return status;
}

/* A WQE whose extent is not known: nothing behind it can be found (§6). */
static void skua_eth_lost(struct skua_qp *qp, int err)
{
	struct skua_wqe wqe = { .index = qp->sq.fetch, .num_bb = 1 };

	qp->sq.broken = true;
	if (err == -EINVAL &&
	    skua_eth_complete(qp, &wqe, SKUA_HWI_CQE_LOC_QP_OP_ERR))
		skua_qp_error(qp);
	else
		skua_qp_lost(qp);
}

bool skua_eth_turn(struct skua_qp *qp)
{
	struct skua_eth_qp *eq = container_of(qp, struct skua_eth_qp, qp);
	struct skua_sq *sq = &qp->sq;
	unsigned int n;
	struct skua_wqe wqe;
	int status, err;

	if (qp->attr.state == SKUA_HWI_QPS_ERR) {
		skua_eth_flush_sq(qp);
		return false;
	}
	for (n = 0; n < SKUA_TURN_WQES && sq->fetch != sq->pi; n++) {
		if (qp->attr.state != SKUA_HWI_QPS_RTS)
			return false;
		err = skua_sq_read(qp, sq->fetch, &wqe);
		if (err) {
			skua_eth_lost(qp, err);
			return false;
		}
		sq->fetch += wqe.num_bb;
		status = skua_eth_send(eq, &wqe);
		if (!skua_eth_complete(qp, &wqe, status)) {
			skua_qp_lost(qp);
			return false;
		}
		if (status)
			skua_qp_error(qp);
	}
	return sq->fetch != sq->pi && qp->attr.state == SKUA_HWI_QPS_RTS;
}
