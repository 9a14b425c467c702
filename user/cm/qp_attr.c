// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* What a queue pair is to be set to, by state of queue pair and connection. */
#include "cm.h"

/* Of enum ib_qp_state, ib_qp_attr_mask, ib_access_flags, ib_mtu. */
enum {
	QPS_INIT = 1,
	QPS_RTR,
	QPS_RTS,
	QPS_ERR = 6,
};

enum {
	QP_STATE = 1 << 0,
	QP_ACCESS_FLAGS = 1 << 3,
	QP_PKEY_INDEX = 1 << 4,
	QP_PORT = 1 << 5,
	QP_QKEY = 1 << 6,
	QP_AV = 1 << 7,
	QP_PATH_MTU = 1 << 8,
	QP_TIMEOUT = 1 << 9,
	QP_RETRY_CNT = 1 << 10,
	QP_RNR_RETRY = 1 << 11,
	QP_RQ_PSN = 1 << 12,
	QP_MAX_QP_RD_ATOMIC = 1 << 13,
	QP_MIN_RNR_TIMER = 1 << 15,
	QP_SQ_PSN = 1 << 16,
	QP_MAX_DEST_RD_ATOMIC = 1 << 17,
	QP_DEST_QPN = 1 << 20,
};

enum {
	ACCESS_REMOTE_WRITE = 1 << 1,
	ACCESS_REMOTE_READ = 1 << 2,
	ACCESS_REMOTE_ATOMIC = 1 << 3,
};

#define MTU_4096  5
#define HOP_LIMIT 64
/*
 * 4.096 us * 2^17: twice the packet life time that the kernel assumes of
 * Ethernet, for the way there and back.
 */
#define ACK_TIMEOUT 17

void ucm_fill_ah(const struct ucm_id *id, struct ib_uverbs_ah_attr *ah)
{
	int index = skua_user_find_gid(id->dev, id->sgid);

	memset(ah, 0, sizeof(*ah));
	ah->is_global = 1;
	ah->port_num = UCM_PORT_NUM;
	memcpy(ah->grh.dgid, id->dgid, 16);
	ah->grh.sgid_index = index < 0 ? 0 : index;
	ah->grh.hop_limit = HOP_LIMIT;
	ah->grh.traffic_class = id->tos;
}

static void fill_init(const struct ucm_id *id, struct ib_uverbs_qp_attr *attr)
{
	attr->qp_attr_mask = QP_STATE | QP_PKEY_INDEX | QP_PORT;
	attr->port_num = UCM_PORT_NUM;
	if (id->qp_type == IB_UVERBS_QPT_UD) {
		attr->qkey = id->conn.qkey ? id->conn.qkey : UCM_UDP_QKEY;
		attr->qp_attr_mask |= QP_QKEY;
		return;
	}
	attr->qp_attr_mask |= QP_ACCESS_FLAGS;
	if (id->link == UCM_LINK_NONE)
		return;
	attr->qp_access_flags = ACCESS_REMOTE_WRITE;
	if (id->conn.responder_resources)
		attr->qp_access_flags |= ACCESS_REMOTE_READ |
					 ACCESS_REMOTE_ATOMIC;
}

static bool is_responder(const struct ucm_id *id)
{
	return id->qp_type == IB_UVERBS_QPT_RC ||
	       id->qp_type == IB_UVERBS_QPT_XRC_TGT;
}

static bool is_requester(const struct ucm_id *id)
{
	return id->qp_type == IB_UVERBS_QPT_RC ||
	       id->qp_type == IB_UVERBS_QPT_XRC_INI;
}

static void fill_rtr(const struct ucm_id *id, struct ib_uverbs_qp_attr *attr)
{
	attr->qp_attr_mask = QP_STATE | QP_AV | QP_PATH_MTU | QP_DEST_QPN |
			     QP_RQ_PSN;
	ucm_fill_ah(id, &attr->ah_attr);
	attr->path_mtu = id->conn.mtu ? id->conn.mtu : MTU_4096;
	attr->dest_qp_num = id->conn.remote_qpn;
	attr->rq_psn = id->conn.psn;
	if (!is_responder(id))
		return;
	attr->qp_attr_mask |= QP_MAX_DEST_RD_ATOMIC | QP_MIN_RNR_TIMER;
	attr->max_dest_rd_atomic = id->conn.responder_resources;
}

static void fill_rts(const struct ucm_id *id, struct ib_uverbs_qp_attr *attr)
{
	attr->qp_attr_mask = QP_STATE | QP_SQ_PSN;
	attr->sq_psn = id->conn.remote_psn;
	if (is_requester(id)) {
		attr->qp_attr_mask |= QP_RETRY_CNT | QP_RNR_RETRY |
				      QP_MAX_QP_RD_ATOMIC;
		attr->retry_cnt = id->conn.retry_count;
		attr->rnr_retry = id->conn.rnr_retry_count;
		attr->max_rd_atomic = id->conn.initiator_depth;
	}
	if (!is_requester(id) && !is_responder(id))
		return;
	attr->qp_attr_mask |= QP_TIMEOUT;
	attr->timeout = id->ack_timeout_set ? id->ack_timeout : ACK_TIMEOUT;
}

static int fill(const struct ucm_id *id, struct ib_uverbs_qp_attr *attr)
{
	/* Without a connection, or for a datagram, there is one answer. */
	if (id->qp_type == IB_UVERBS_QPT_UD || id->link == UCM_LINK_NONE) {
		fill_init(id, attr);
		return 0;
	}
	if (id->link > UCM_LINK_ESTABLISHED)
		return -EINVAL;
	switch (attr->qp_state) {
	case QPS_INIT:
		fill_init(id, attr);
		return 0;
	case QPS_RTR:
		if (id->link == UCM_LINK_REQ_SENT)
			return -EINVAL;
		fill_rtr(id, attr);
		return 0;
	case QPS_RTS:
		if (id->link == UCM_LINK_REQ_SENT)
			return -EINVAL;
		fill_rts(id, attr);
		return 0;
	default:
		return -EINVAL;
	}
}

int ucm_init_qp_attr(struct ucm_call *c)
{
	const struct rdma_ucm_init_qp_attr *cmd = c->in;
	struct ib_uverbs_qp_attr attr = { .qp_state = cmd->qp_state };
	struct ucm_id *id;
	int err;

	if (cmd->qp_state > QPS_ERR)
		return -EINVAL;
	id = ucm_find_bound(c, cmd->id, &err);
	if (!id)
		return err;
	err = fill(id, &attr);
	if (err)
		return err;
	return ucm_answer(c, cmd->response, &attr, sizeof(attr));
}
