// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The ETH QP and what it stands on (hwi §9): a protection domain, and a memory
 * key for the function's whole DMA space, so that SGEs carry DMA addresses.
 */
#include "eth.h"

int skua_eth_pd_create(struct skua_eth *eth)
{
	struct skua_hwi_create_mkey_in in = {
		.type = SKUA_HWI_MKEY_PHYS,
		.access = SKUA_HWI_ACCESS_LOCAL_WRITE,
	};
	struct skua_hwi_handle_out out;
	int err;

	err = skua_cmd_exec(eth->core, SKUA_HWI_CMD_CREATE_PD, NULL, 0, &out,
			    sizeof(out));
	if (err)
		return err;
	eth->pdn = le32_to_cpu(out.handle);

	in.pdn = out.handle;
	err = skua_cmd_exec(eth->core, SKUA_HWI_CMD_CREATE_MKEY, &in,
			    sizeof(in), &out, sizeof(out));
	if (err) {
		skua_cmd_destroy(eth->core, SKUA_HWI_CMD_DESTROY_PD, eth->pdn);
		return err;
	}
	eth->lkey = le32_to_cpu(out.handle);
	return 0;
}

void skua_eth_pd_destroy(struct skua_eth *eth)
{
	skua_cmd_destroy(eth->core, SKUA_HWI_CMD_DESTROY_MKEY, eth->lkey);
	skua_cmd_destroy(eth->core, SKUA_HWI_CMD_DESTROY_PD, eth->pdn);
}

static int skua_eth_qp_modify(struct skua_eth *eth, u8 state)
{
	struct skua_hwi_modify_qp_in in = {
		.handle = cpu_to_le32(eth->qpn),
		.mask = cpu_to_le32(SKUA_HWI_QP_STATE),
		.attr.state = state,
	};

	return skua_cmd_exec(eth->core, SKUA_HWI_CMD_MODIFY_QP, &in,
			     sizeof(in), NULL, 0);
}

/* On the rings that tx.c and rx.c made; ready to send and receive after it. */
int skua_eth_qp_create(struct skua_eth *eth)
{
	static const u8 states[] = {
		SKUA_HWI_QPS_INIT, SKUA_HWI_QPS_RTR, SKUA_HWI_QPS_RTS,
	};
	struct skua_hwi_create_qp_in in = {
		.type = SKUA_HWI_QPT_ETH,
		.log_sq = eth->tx_log,
		.log_rq = eth->rx_log,
		.log_rq_stride = SKUA_HWI_RQ_MIN_LOG_STRIDE,
		.pdn = cpu_to_le32(eth->pdn),
		.send_cqn = cpu_to_le32(eth->tx.cq.core_cq.cqn),
		.recv_cqn = cpu_to_le32(eth->rx.cq.core_cq.cqn),
		.srqn = cpu_to_le32(SKUA_HWI_NONE),
		.uar_page = cpu_to_le16(eth->tx.db.uar_page),
		.db_slot = eth->tx.db.db_slot,
		.sq = eth->tx.ring.pbl,
		.rq = eth->rx.ring.pbl,
	};
	struct skua_hwi_handle_out out;
	unsigned int i;
	int err;

	err = skua_cmd_exec(eth->core, SKUA_HWI_CMD_CREATE_QP, &in, sizeof(in),
			    &out, sizeof(out));
	if (err)
		return err;
	eth->qpn = le32_to_cpu(out.handle);

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		err = skua_eth_qp_modify(eth, states[i]);
		if (err) {
			skua_eth_qp_destroy(eth);
			return err;
		}
	}
	return 0;
}

/* After this the device touches neither the rings nor what they point to. */
void skua_eth_qp_destroy(struct skua_eth *eth)
{
	skua_cmd_destroy(eth->core, SKUA_HWI_CMD_DESTROY_QP, eth->qpn);
}
