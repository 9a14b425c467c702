/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* The counters of hwi §9.2 under the names that mlx5 users know. */
#ifndef SKUA_COUNTERS_H
#define SKUA_COUNTERS_H

#include "skua_hwi.h"

static const char *const skua_eth_counter_name[] = {
	[SKUA_HWI_CNT_RX_PACKETS] = "rx_packets",
	[SKUA_HWI_CNT_RX_BYTES] = "rx_bytes",
	[SKUA_HWI_CNT_RX_DROPS] = "rx_dropped",
	[SKUA_HWI_CNT_TX_PACKETS] = "tx_packets",
	[SKUA_HWI_CNT_TX_BYTES] = "tx_bytes",
	[SKUA_HWI_CNT_TX_DROPS] = "tx_dropped",
};

static const char *const skua_rdma_counter_name[] = {
	[SKUA_HWI_CNT_RX_WRITE_REQUESTS] = "rx_write_requests",
	[SKUA_HWI_CNT_RX_READ_REQUESTS] = "rx_read_requests",
	[SKUA_HWI_CNT_RX_ATOMIC_REQUESTS] = "rx_atomic_requests",
	[SKUA_HWI_CNT_OUT_OF_SEQUENCE] = "out_of_sequence",
	[SKUA_HWI_CNT_DUPLICATE_REQUEST] = "duplicate_request",
	[SKUA_HWI_CNT_RNR_NAK_RETRY_ERR] = "rnr_nak_retry_err",
	[SKUA_HWI_CNT_PACKET_SEQ_ERR] = "packet_seq_err",
	[SKUA_HWI_CNT_LOCAL_ACK_TIMEOUT_ERR] = "local_ack_timeout_err",
	[SKUA_HWI_CNT_RESP_LOCAL_LENGTH_ERROR] = "resp_local_length_error",
	[SKUA_HWI_CNT_RESP_CQE_ERROR] = "resp_cqe_error",
	[SKUA_HWI_CNT_REQ_CQE_ERROR] = "req_cqe_error",
	[SKUA_HWI_CNT_REQ_REMOTE_ACCESS_ERRORS] = "req_remote_access_errors",
	[SKUA_HWI_CNT_RESP_REMOTE_ACCESS_ERRORS] = "resp_remote_access_errors",
	[SKUA_HWI_CNT_OUT_OF_BUFFER] = "out_of_buffer",
	[SKUA_HWI_CNT_RDMA_RX_BYTES] = "rdma_rx_bytes",
	[SKUA_HWI_CNT_RDMA_TX_BYTES] = "rdma_tx_bytes",
};

static const char *const skua_link_counter_name[] = {
	[SKUA_HWI_CNT_NP_ECN_MARKED_ROCE_PACKETS] =
		"np_ecn_marked_roce_packets",
	[SKUA_HWI_CNT_NP_CNP_SENT] = "np_cnp_sent",
	[SKUA_HWI_CNT_RP_CNP_HANDLED] = "rp_cnp_handled",
	[SKUA_HWI_CNT_RP_CNP_IGNORED] = "rp_cnp_ignored",
	[SKUA_HWI_CNT_ROCE_ADP_RETRANS] = "roce_adp_retrans",
	[SKUA_HWI_CNT_ROCE_ADP_RETRANS_TO] = "roce_adp_retrans_to",
	[SKUA_HWI_CNT_ROCE_SELECTIVE_RETRANS] = "roce_selective_retrans",
	[SKUA_HWI_CNT_ROCE_REORDERED] = "roce_reordered",
	[SKUA_HWI_CNT_RX_ICRC_ENCAPSULATED] = "rx_icrc_encapsulated",
};

static const char *const skua_ipsec_counter_name[] = {
	[SKUA_HWI_CNT_IPSEC_TX_PACKETS] = "ipsec_tx_packets",
	[SKUA_HWI_CNT_IPSEC_TX_BYTES] = "ipsec_tx_bytes",
	[SKUA_HWI_CNT_IPSEC_RX_PACKETS] = "ipsec_rx_packets",
	[SKUA_HWI_CNT_IPSEC_RX_BYTES] = "ipsec_rx_bytes",
	[SKUA_HWI_CNT_IPSEC_TX_DROP_POLICY] = "ipsec_tx_drop_policy",
	[SKUA_HWI_CNT_IPSEC_TX_DROP_NO_SA] = "ipsec_tx_drop_no_sa",
	[SKUA_HWI_CNT_IPSEC_TX_DROP_SA] = "ipsec_tx_drop_sa",
	[SKUA_HWI_CNT_IPSEC_RX_DROP_POLICY] = "ipsec_rx_drop_policy",
	[SKUA_HWI_CNT_IPSEC_RX_DROP_PLAIN] = "ipsec_rx_drop_plain",
	[SKUA_HWI_CNT_IPSEC_RX_DROP_OTHER_SA] = "ipsec_rx_drop_other_sa",
	[SKUA_HWI_CNT_IPSEC_RX_UNKNOWN_SPI] = "ipsec_rx_unknown_spi",
	[SKUA_HWI_CNT_IPSEC_RX_REPLAY] = "ipsec_rx_replay",
	[SKUA_HWI_CNT_IPSEC_RX_BAD_ICV] = "ipsec_rx_bad_icv",
	[SKUA_HWI_CNT_IPSEC_RX_MALFORMED] = "ipsec_rx_malformed",
	[SKUA_HWI_CNT_IPSEC_RX_DROP_SA] = "ipsec_rx_drop_sa",
};

#endif /* SKUA_COUNTERS_H */
