// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* From the e-switch to the QP. */
#include "complete.h"
#include "packet.h"

void skua_rdma_receive(struct skua_function *fn, struct skua_packet *pkt)
{
	struct skua_qp *qp;
	uint8_t service;

	if (pkt->pkey != SKUA_PKEY_DEFAULT)
		return;
	qp = pkt->dqpn == SKUA_HWI_QP_GSI ? fn->gsi : skua_qp_get(fn, pkt->dqpn);
	if (!qp)
		return;
	service = qp->type == SKUA_HWI_QPT_GSI ? SKUA_HWI_QPT_UD : qp->type;
	if (service != pkt->service)
		return;
	skua_count(fn, SKUA_HWI_CNT_RDMA_RX_BYTES, pkt->len);
	qp->ops->receive(qp, pkt);
}
