// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* What the functions have done, under the names that mlx5 users know. */
#include <stdio.h>
#include <string.h>

#include "stats.h"

static const char *const eth_names[] = {
	[SKUA_HWI_CNT_RX_PACKETS] = "rx_packets",
	[SKUA_HWI_CNT_RX_BYTES] = "rx_bytes",
	[SKUA_HWI_CNT_RX_DROPS] = "rx_dropped",
	[SKUA_HWI_CNT_TX_PACKETS] = "tx_packets",
	[SKUA_HWI_CNT_TX_BYTES] = "tx_bytes",
	[SKUA_HWI_CNT_TX_DROPS] = "tx_dropped",
};

static const char *const rdma_names[] = {
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

static void add(struct json_object *o, const char *name, uint64_t v)
{
	json_object_object_add(o, name, json_object_new_uint64(v));
}

static struct json_object *counters(const char *const *names, size_t n,
				    const uint64_t *val)
{
	struct json_object *o = json_object_new_object();
	size_t i;

	for (i = 0; i < n; i++)
		add(o, names[i], val[i]);
	return o;
}

static void add_live(struct json_object *o, const struct vfu_client *c)
{
	struct skua_function_stats st;
	struct json_object *objects = json_object_new_object();

	skua_function_stats(c->fn, &st);
	add(o, "irqs", st.interrupts);
	add(o, "commands", st.commands);
	add(o, "command_errors", st.command_errors);
	add(objects, "qp", st.qps);
	add(objects, "cq", st.cqs);
	add(objects, "srq", st.srqs);
	add(objects, "mkey", st.mkeys);
	add(objects, "pd", st.pds);
	add(objects, "eq", st.eqs);
	json_object_object_add(o, "objects", objects);
	json_object_object_add(o, "eth",
		counters(eth_names, sizeof(eth_names) / sizeof(eth_names[0]),
			 st.eth));
	json_object_object_add(o, "rdma",
		counters(rdma_names,
			 sizeof(rdma_names) / sizeof(rdma_names[0]), st.rdma));
}

static struct json_object *port_json(const struct vfu_port *p)
{
	struct json_object *o = json_object_new_object();
	const uint8_t *m = p->mac;
	char mac[18];

	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1],
		 m[2], m[3], m[4], m[5]);
	json_object_object_add(o, "socket", json_object_new_string(p->path));
	json_object_object_add(o, "mac", json_object_new_string(mac));
	json_object_object_add(o, "connected",
			       json_object_new_boolean(!!p->client));
	add(o, "region_reads", p->region_reads);
	add(o, "region_writes", p->region_writes);
	add(o, "kicks", p->kicks);
	if (p->client)
		add_live(o, p->client);
	return o;
}

struct json_object *stats_json(const struct vfu_server *s)
{
	struct json_object *list = json_object_new_array();
	unsigned int i;

	for (i = 0; i < s->ports; i++)
		json_object_array_add(list, port_json(&s->port[i]));
	return list;
}
