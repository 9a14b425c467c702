// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Counters (§9.2) under the names that they have elsewhere. */
#include "skua_ib.h"

/* The LINK group stands behind the RDMA group, which is full. */
#define SKUA_IB_LINK_STAT(counter) (SKUA_HWI_COUNTERS_LEN + (counter))

static const struct rdma_stat_desc skua_ib_stats[] = {
	[SKUA_HWI_CNT_RX_WRITE_REQUESTS].name = "rx_write_requests",
	[SKUA_HWI_CNT_RX_READ_REQUESTS].name = "rx_read_requests",
	[SKUA_HWI_CNT_RX_ATOMIC_REQUESTS].name = "rx_atomic_requests",
	[SKUA_HWI_CNT_OUT_OF_SEQUENCE].name = "out_of_sequence",
	[SKUA_HWI_CNT_DUPLICATE_REQUEST].name = "duplicate_request",
	[SKUA_HWI_CNT_RNR_NAK_RETRY_ERR].name = "rnr_nak_retry_err",
	[SKUA_HWI_CNT_PACKET_SEQ_ERR].name = "packet_seq_err",
	[SKUA_HWI_CNT_LOCAL_ACK_TIMEOUT_ERR].name = "local_ack_timeout_err",
	[SKUA_HWI_CNT_RESP_LOCAL_LENGTH_ERROR].name =
		"resp_local_length_error",
	[SKUA_HWI_CNT_RESP_CQE_ERROR].name = "resp_cqe_error",
	[SKUA_HWI_CNT_REQ_CQE_ERROR].name = "req_cqe_error",
	[SKUA_HWI_CNT_REQ_REMOTE_ACCESS_ERRORS].name =
		"req_remote_access_errors",
	[SKUA_HWI_CNT_RESP_REMOTE_ACCESS_ERRORS].name =
		"resp_remote_access_errors",
	[SKUA_HWI_CNT_OUT_OF_BUFFER].name = "out_of_buffer",
	[SKUA_HWI_CNT_RDMA_RX_BYTES].name = "rdma_rx_bytes",
	[SKUA_HWI_CNT_RDMA_TX_BYTES].name = "rdma_tx_bytes",
	[SKUA_IB_LINK_STAT(SKUA_HWI_CNT_NP_ECN_MARKED_ROCE_PACKETS)].name =
		"np_ecn_marked_roce_packets",
	[SKUA_IB_LINK_STAT(SKUA_HWI_CNT_NP_CNP_SENT)].name =
		"np_cnp_sent",
	[SKUA_IB_LINK_STAT(SKUA_HWI_CNT_RP_CNP_HANDLED)].name =
		"rp_cnp_handled",
	[SKUA_IB_LINK_STAT(SKUA_HWI_CNT_RP_CNP_IGNORED)].name =
		"rp_cnp_ignored",
	[SKUA_IB_LINK_STAT(SKUA_HWI_CNT_ROCE_ADP_RETRANS)].name =
		"roce_adp_retrans",
	[SKUA_IB_LINK_STAT(SKUA_HWI_CNT_ROCE_ADP_RETRANS_TO)].name =
		"roce_adp_retrans_to",
	[SKUA_IB_LINK_STAT(SKUA_HWI_CNT_ROCE_SELECTIVE_RETRANS)].name =
		"roce_selective_retrans",
	[SKUA_IB_LINK_STAT(SKUA_HWI_CNT_ROCE_REORDERED)].name =
		"roce_reordered",
	[SKUA_IB_LINK_STAT(SKUA_HWI_CNT_RX_ICRC_ENCAPSULATED)].name =
		"rx_icrc_encapsulated",
};
static_assert(ARRAY_SIZE(skua_ib_stats) ==
	      SKUA_IB_LINK_STAT(SKUA_HWI_LINK_COUNTERS));

struct rdma_hw_stats *skua_ib_alloc_port_stats(struct ib_device *ibdev,
					       u32 port)
{
	return rdma_alloc_hw_stats_struct(skua_ib_stats,
					  ARRAY_SIZE(skua_ib_stats),
					  RDMA_HW_STATS_DEFAULT_LIFESPAN);
}

/* The first n of a group. */
static int skua_ib_query_counters(struct skua_core *core, u32 group,
				  u64 *value, unsigned int n)
{
	struct skua_hwi_query_counters_in in = {
		.group = cpu_to_le32(group),
	};
	struct skua_hwi_query_counters_out out;
	unsigned int i;
	int err;

	err = skua_cmd_exec(core, SKUA_HWI_CMD_QUERY_COUNTERS, &in, sizeof(in),
			    &out, sizeof(out));
	if (err)
		return err;
	for (i = 0; i < n; i++)
		value[i] = le64_to_cpu(out.counter[i]);
	return 0;
}

int skua_ib_get_hw_stats(struct ib_device *ibdev, struct rdma_hw_stats *stats,
			 u32 port, int index)
{
	struct skua_core *core = to_skua_dev(ibdev)->core;
	int err;

	if (port != SKUA_IB_PORT)
		return -EINVAL;

	err = skua_ib_query_counters(core, SKUA_HWI_COUNTERS_RDMA, stats->value,
				     SKUA_HWI_COUNTERS_LEN);
	if (!err)
		err = skua_ib_query_counters(core, SKUA_HWI_COUNTERS_LINK,
					     stats->value +
						     SKUA_IB_LINK_STAT(0),
					     SKUA_HWI_LINK_COUNTERS);
	return err ? err : ARRAY_SIZE(skua_ib_stats);
}
