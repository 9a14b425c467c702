// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Commands about the whole function (§9.2). */
#include <string.h>

#include "fw.h"
#include "steer/steer.h"

#define SKUA_FW_VERSION (0ull << 32 | 1ull << 16 | 0)

/* EUI-64 of the permanent MAC. */
static uint64_t skua_guid(const uint8_t mac[6])
{
	const uint8_t eui[8] = {
		mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5],
	};
	uint64_t guid;

	memcpy(&guid, eui, sizeof(guid));
	return be64toh(guid);
}

/* All indexes of a table but the first few. */
#define MAX_OBJECTS(log, first) htole32((1u << (log)) - (first))

int skua_cmd_query_device(struct skua_call *c)
{
	const struct skua_function *fn = c->fn;
	struct skua_hwi_query_device_out *out = c->out;

	out->caps = htole64(SKUA_HWI_CAP_ATOMIC | SKUA_HWI_CAP_SRQ |
			    SKUA_HWI_CAP_UC | SKUA_HWI_CAP_MW |
			    SKUA_HWI_CAP_FAST_REG | SKUA_HWI_CAP_ETH |
			    SKUA_HWI_CAP_FLOW | SKUA_HWI_CAP_RELAXED_ORDERING);
	out->max_flow = MAX_OBJECTS(SKUA_LOG_MAX_FLOW, 0);
	if (fn->adapter->has_ipsec) {
		out->caps |= htole64(SKUA_HWI_CAP_IPSEC |
				     SKUA_HWI_CAP_IPSEC_CRYPTO);
		out->max_sa = MAX_OBJECTS(SKUA_LOG_MAX_SA, 0);
	}
	out->fw_version = htole64(SKUA_FW_VERSION);
	out->guid = htole64(skua_guid(fn->cfg.mac));
	memcpy(out->mac, fn->cfg.mac, sizeof(out->mac));
	out->max_mtu = htole16(SKUA_MAX_MTU);
	out->max_qp = MAX_OBJECTS(fn->qps.log, SKUA_HWI_QP_GSI + 1);
	out->max_cq = MAX_OBJECTS(SKUA_LOG_MAX_CQ, 1);
	out->max_srq = MAX_OBJECTS(SKUA_LOG_MAX_SRQ, 1);
	out->max_mkey = MAX_OBJECTS(SKUA_LOG_MAX_MKEY, 1);
	out->max_pd = MAX_OBJECTS(SKUA_LOG_MAX_PD, 1);
	out->max_eq = MAX_OBJECTS(SKUA_LOG_MAX_EQ, 0);
	out->max_gid = htole32(SKUA_HWI_MAX_GID);
	out->max_fast_reg_pages = htole32(SKUA_MAX_FAST_REG_PAGES);
	out->max_mr_size =
		htole64((uint64_t)SKUA_MAX_PAGES << SKUA_HWI_PAGE_SHIFT_MIN);
	out->log_max_sq = SKUA_HWI_SQ_MAX_LOG;
	out->log_max_rq = SKUA_HWI_RQ_MAX_LOG;
	out->log_max_srq = SKUA_HWI_RQ_MAX_LOG;
	out->log_max_cq = SKUA_HWI_CQ_MAX_LOG;
	out->max_sge = SKUA_HWI_MAX_SGE;
	out->max_rd_atomic = SKUA_MAX_RD_ATOMIC;
	out->port_up = skua_function_port_up(fn);
	out->speed_gbps = SKUA_SPEED_GBPS;
	out->page_size_cap = htole32((2u << SKUA_HWI_PAGE_SHIFT_MAX) -
				     (1u << SKUA_HWI_PAGE_SHIFT_MIN));
	return SKUA_HWI_OK;
}

int skua_cmd_query_counters(struct skua_call *c)
{
	const struct skua_hwi_query_counters_in *in = c->in;
	struct skua_hwi_query_counters_out *out = c->out;
	const uint64_t *from;
	unsigned int i;

	switch (le32toh(in->group)) {
	case SKUA_HWI_COUNTERS_ETH:
		from = c->fn->eth_cnt;
		break;
	case SKUA_HWI_COUNTERS_RDMA:
		from = c->fn->rdma_cnt;
		break;
	case SKUA_HWI_COUNTERS_LINK:
		from = c->fn->link_cnt;
		break;
	case SKUA_HWI_COUNTERS_IPSEC:
		from = c->fn->ipsec_cnt;
		break;
	default:
		return BAD_PARAM(c, skua_hwi_query_counters_in, group);
	}
	skua_engine_lock(c->fn->adapter);
	for (i = 0; i < SKUA_HWI_COUNTERS_LEN; i++)
		out->counter[i] = htole64(from[i]);
	skua_engine_unlock(c->fn->adapter);
	return SKUA_HWI_OK;
}
