// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* What an identifier is bound to and leads to. */
#include <endian.h>

#include <rdma/ib_user_sa.h>

#include "cm.h"

/* Programs find the device by its GUID alone. */
#define NO_INDEX UINT32_MAX

/* IBTA vol. 1, §15.2.5.16: PathRecord. */
#define MTU_EXACTLY_4096   (2 << 6 | 5)
#define RATE_EXACTLY_25	   (2 << 6 | 15)
#define LIFETIME_EXACTLY   (2 << 6 | 16)
#define HOP_LIMIT		   64

static bool has_route(const struct ucm_id *id)
{
	return id->state == UCM_ROUTE || id->state == UCM_CONNECT ||
	       id->state == UCM_DISCONNECT;
}

static void fill_route(const struct ucm_id *id, struct ib_user_path_rec *path)
{
	memcpy(path->dgid, id->dgid, 16);
	memcpy(path->sgid, id->sgid, 16);
	path->pkey = htobe16(UCM_PKEY);
	if (!has_route(id))
		return;
	path->reversible = 1;
	path->numb_path = 1;
	path->hop_limit = HOP_LIMIT;
	path->traffic_class = id->tos;
	path->mtu_selector = MTU_EXACTLY_4096 >> 6;
	path->mtu = MTU_EXACTLY_4096 & 63;
	path->rate_selector = RATE_EXACTLY_25 >> 6;
	path->rate = RATE_EXACTLY_25 & 63;
	path->packet_life_time_selector = LIFETIME_EXACTLY >> 6;
	path->packet_life_time = LIFETIME_EXACTLY & 63;
}

int ucm_query_route(struct ucm_call *c)
{
	const struct rdma_ucm_query *cmd = c->in;
	struct rdma_ucm_query_route_resp resp = { .ibdev_index = NO_INDEX };
	struct ucm_id *id;
	int err;

	id = ucm_find(c, cmd->id, &err);
	if (!id)
		return err;
	/* There is no room for an AF_IB address. */
	if (id->src.family != AF_IB)
		ucm_addr_format(&id->src, &resp.src_addr);
	if (id->dst.family != AF_IB)
		ucm_addr_format(&id->dst, &resp.dst_addr);
	if (id->dev) {
		resp.node_guid = htobe64(id->dev->guid);
		resp.port_num = UCM_PORT_NUM;
		resp.num_paths = has_route(id);
		fill_route(id, &resp.ib_route[0]);
	}
	return ucm_answer(c, cmd->response, &resp, sizeof(resp));
}

static void fill_device(const struct ucm_id *id,
			struct rdma_ucm_query_addr_resp *resp)
{
	resp->ibdev_index = NO_INDEX;
	if (!id->dev)
		return;
	resp->node_guid = htobe64(id->dev->guid);
	resp->port_num = UCM_PORT_NUM;
	resp->pkey = htobe16(UCM_PKEY);
}

static int query_addr(struct ucm_call *c, uint64_t response,
		      const struct ucm_id *id)
{
	struct rdma_ucm_query_addr_resp resp = { 0 };

	if (c->out_len < offsetof(struct rdma_ucm_query_addr_resp, ibdev_index))
		return -ENOSPC;
	resp.src_size = ucm_addr_format(&id->src, &resp.src_addr);
	resp.dst_size = ucm_addr_format(&id->dst, &resp.dst_addr);
	fill_device(id, &resp);
	return ucm_answer(c, response, &resp, sizeof(resp));
}

static int query_gid(struct ucm_call *c, uint64_t response,
		     const struct ucm_id *id)
{
	struct rdma_ucm_query_addr_resp resp = { 0 };
	uint16_t ps = ucm_port_space(id);

	if (c->out_len < offsetof(struct rdma_ucm_query_addr_resp, ibdev_index))
		return -ENOSPC;
	ucm_addr_format_ib(&id->src, id->sgid, ps, &resp.src_addr);
	ucm_addr_format_ib(&id->dst, id->dgid, ps, &resp.dst_addr);
	resp.src_size = ucm_addr_size(AF_IB);
	resp.dst_size = ucm_addr_size(AF_IB);
	fill_device(id, &resp);
	return ucm_answer(c, response, &resp, sizeof(resp));
}

/* A PathRecord as it is on the wire. */
struct path_record {
	uint64_t service_id;
	uint8_t dgid[16], sgid[16];
	uint16_t dlid, slid;
	uint32_t flow_hop;
	uint8_t tclass;
	uint8_t reversible_numb;
	uint16_t pkey;
	uint16_t qos_sl;
	uint8_t mtu, rate, lifetime, preference;
	uint8_t reserved[6];
};

static int query_path(struct ucm_call *c, uint64_t response,
		      const struct ucm_id *id)
{
	struct {
		struct rdma_ucm_query_path_resp resp;
		struct ib_path_rec_data path;
	} answer;
	struct path_record record = {
		.flow_hop = htobe32(HOP_LIMIT),
		.tclass = id->tos,
		.reversible_numb = 1 << 7 | 1,
		.pkey = htobe16(UCM_PKEY),
		.mtu = MTU_EXACTLY_4096,
		.rate = RATE_EXACTLY_25,
		.lifetime = LIFETIME_EXACTLY,
	};
	size_t len = sizeof(answer.resp);

	_Static_assert(sizeof(record) == sizeof(answer.path.path_rec),
		       "as on the wire");
	if (c->out_len < len)
		return -ENOSPC;
	memset(&answer, 0, sizeof(answer));
	if (has_route(id)) {
		answer.resp.num_paths = 1;
		if (c->out_len >= sizeof(answer))
			len = sizeof(answer);
	}
	memcpy(record.dgid, id->dgid, 16);
	memcpy(record.sgid, id->sgid, 16);
	answer.path.flags = IB_PATH_GMP | IB_PATH_PRIMARY |
			    IB_PATH_BIDIRECTIONAL;
	memcpy(answer.path.path_rec, &record, sizeof(record));
	return ucm_answer(c, response, &answer, len);
}

int ucm_query(struct ucm_call *c)
{
	const struct rdma_ucm_query *cmd = c->in;
	struct ucm_id *id;
	int err;

	id = ucm_find(c, cmd->id, &err);
	if (!id)
		return err;
	switch (cmd->option) {
	case RDMA_USER_CM_QUERY_ADDR:
		return query_addr(c, cmd->response, id);
	case RDMA_USER_CM_QUERY_PATH:
		return query_path(c, cmd->response, id);
	case RDMA_USER_CM_QUERY_GID:
		return query_gid(c, cmd->response, id);
	default:
		return -ENOSYS;
	}
}
