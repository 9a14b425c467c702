// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The ETH QP as a kind of QP: its states and what they do to its queues. */
#include "eth.h"

static int skua_eth_init(struct skua_qp *qp)
{
	(void)qp;
	return SKUA_HWI_OK;
}

static void skua_eth_fini(struct skua_qp *qp)
{
	(void)qp;
}

/* RDMA packets find their QP by number, and none of them speaks to this one. */
static void skua_eth_packet(struct skua_qp *qp, struct skua_packet *pkt)
{
	(void)qp;
	(void)pkt;
}

static void skua_eth_timer(struct skua_qp *qp)
{
	(void)qp;
}

static void skua_eth_modified(struct skua_qp *qp, uint8_t old, uint32_t mask)
{
	(void)mask;
	if (qp->attr.state != SKUA_HWI_QPS_ERR || old == SKUA_HWI_QPS_ERR)
		return;
	skua_eth_flush_sq(qp);
	skua_eth_flush_rq(qp);
}

const struct skua_qp_ops skua_eth_ops = {
	.size = sizeof(struct skua_eth_qp),
	.init = skua_eth_init,
	.fini = skua_eth_fini,
	.turn = skua_eth_turn,
	.receive = skua_eth_packet,
	.timer = skua_eth_timer,
	.modified = skua_eth_modified,
	.rq_kick = skua_eth_flush_rq,
};
