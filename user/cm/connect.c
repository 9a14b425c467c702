// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The life of a connection (IBTA 12.9), and of a datagram service (12.11). */
#include <rdma/ib_user_verbs.h>

#include "cm.h"

#define MTU_4096      5
#define QPS_INIT      1
#define QPS_RTR	      2
#define QPS_RTS	      3
#define UDP_QKEY      0x01234567u
#define HOP_LIMIT     64
#define ACK_TIMEOUT   14	/* 67 ms */
#define MIN_RNR_TIMER 0		/* 655 ms, as ib_cm has it */

/* enum ib_qp_attr_mask, as skua_translate.h has it for the device. */
#define M_STATE	     (1u << 0)
#define M_ACCESS     (1u << 3)
#define M_PKEY_INDEX (1u << 4)
#define M_PORT	     (1u << 5)
#define M_QKEY	     (1u << 6)
#define M_AV	     (1u << 7)
#define M_PATH_MTU   (1u << 8)
#define M_TIMEOUT    (1u << 9)
#define M_RETRY_CNT  (1u << 10)
#define M_RNR_RETRY  (1u << 11)
#define M_RQ_PSN     (1u << 12)
#define M_MAX_RD     (1u << 13)
#define M_RNR_TIMER  (1u << 15)
#define M_SQ_PSN     (1u << 16)
#define M_MAX_DEST   (1u << 17)
#define M_DEST_QPN   (1u << 20)

#define ACCESS_WRITE 2u
#define ACCESS_READ  (4u | 8u)	/* with atomics */

/* What one side can answer is what the other may ask for at once. */
static void turn(struct rdma_ucm_conn_param *p)
{
	uint8_t depth = p->initiator_depth;

	p->initiator_depth = p->responder_resources;
	p->responder_resources = depth;
}

struct cm_id *cm_called(struct cm_id *listener, int sock)
{
	struct cm_id *id = cm_id_new(listener->ch);

	if (!id) {
		skua_file_unhide(sock);
		return NULL;
	}
	id->sock = sock;
	id->ps = listener->ps;
	id->listener = listener->handle;
	id->ack_timeout = listener->ack_timeout;
	id->timeout_set = listener->timeout_set;
	id->passive = true;
	id->state = CM_CALLED;
	return id;
}

/* A request: for an id of the listener's channel, if that still listens. */
static void requested(struct cm_id *id, const struct cm_message *m)
{
	struct cm_id *listener = cm_id_get(id->listener);

	id->src = m->dst;
	id->dst = m->src;
	id->dev = cm_addr_known(&id->src) ? cm_addr_device(&id->src) : NULL;
	if (!listener || listener->state != CM_LISTEN ||
	    listener->ps != id->ps || !id->dev || !cm_addr_known(&id->dst) ||
	    cm_addr_port(&id->src) != cm_addr_port(&listener->src)) {
		cm_id_free(id);
		return;
	}
	id->ch = listener->ch;
	id->state = CM_REQUESTED;
	id->peer = m->param;
	id->peer_psn = m->psn & 0xffffff;
	turn(&id->peer);
	id->own.responder_resources = id->peer.responder_resources;
	id->own.initiator_depth = id->peer.initiator_depth;
	cm_push_request(listener, id);
}

static void replied(struct cm_id *id, const struct cm_message *m)
{
	if (id->state != CM_CONNECTING)
		return;
	id->peer = m->param;
	id->peer_psn = m->psn & 0xffffff;
	if (cm_is_ud(id)) {
		id->state = CM_CONNECTED;
		cm_push_ud(id, &id->peer);
		return;
	}
	turn(&id->peer);
	id->own.responder_resources = id->peer.responder_resources;
	id->own.initiator_depth = id->peer.initiator_depth;
	id->state = CM_REPLIED;
	cm_push_conn(id, CM_CONNECT_RESPONSE, 0, &id->peer);
}

static void closed(struct cm_id *id)
{
	enum cm_state was = id->state;

	id->state = CM_CLOSED;
	if (was == CM_CONNECTED || was == CM_REPLIED)
		cm_push(id, CM_DISCONNECTED, 0);
}

void cm_heard(struct cm_id *id, const struct cm_message *m)
{
	switch (m->kind) {
	case CM_REQ:
		if (id->state == CM_CALLED)
			requested(id, m);
		break;
	case CM_REP:
		replied(id, m);
		break;
	case CM_RTU:
		if (id->state != CM_REPLIED || !id->passive)
			break;
		id->state = CM_CONNECTED;
		cm_push_conn(id, CM_ESTABLISHED, 0, &id->peer);
		break;
	case CM_REJ:
		if (id->state != CM_CONNECTING && id->state != CM_REPLIED)
			break;
		id->state = CM_CLOSED;
		cm_push_conn(id, CM_REJECTED, m->reason, &m->param);
		break;
	case CM_DREQ:
		closed(id);
		break;
	}
}

/* The other process has gone, or let go of its id. */
void cm_lost(struct cm_id *id)
{
	cm_hang_up(id);
	if (id->state == CM_CALLED) {
		cm_id_free(id);
		return;
	}
	if (id->state == CM_CONNECTING) {
		id->state = CM_CLOSED;
		cm_push(id, CM_REJECTED, CM_REJ_CONSUMER);
		return;
	}
	/* That is how a datagram service ends, and nobody is told. */
	if (!cm_is_ud(id) && id->state != CM_CLOSED &&
	    (!id->passive || id->state != CM_REQUESTED))
		closed(id);
}

int cm_connect(struct cm_id *id, const struct rdma_ucm_conn_param *param)
{
	int err;

	if (id->state != CM_ROUTE)
		return -EINVAL;
	id->own = *param;
	err = cm_dial(id);
	if (err == -ECONNREFUSED) {
		id->state = CM_CLOSED;
		cm_push(id, CM_REJECTED, CM_REJ_INVALID_SERVICE_ID);
		return 0;
	}
	if (err)
		return err;
	id->state = CM_CONNECTING;
	return cm_say(id, CM_REQ, 0);
}

int cm_accept(struct cm_id *id, const struct rdma_ucm_conn_param *param)
{
	int err;

	if (!id->passive) {
		/* librdmacm has brought its QP to RTS: IBTA 12.9.5, RTU. */
		if (id->state != CM_REPLIED)
			return -EINVAL;
		id->state = CM_CONNECTED;
		return cm_say(id, CM_RTU, 0);
	}
	if (id->state != CM_REQUESTED)
		return -EINVAL;
	if (param->valid)
		id->own = *param;
	if (cm_is_ud(id))
		id->own.qkey = UDP_QKEY;
	err = cm_say(id, CM_REP, 0);
	if (err)
		return err;
	id->state = cm_is_ud(id) ? CM_CONNECTED : CM_REPLIED;
	return 0;
}

int cm_reject(struct cm_id *id, uint32_t reason,
	      const struct rdma_ucm_conn_param *param)
{
	if (id->state != CM_REQUESTED && id->state != CM_REPLIED)
		return -EINVAL;
	id->own = *param;
	id->state = CM_CLOSED;
	cm_say(id, CM_REJ, reason ? reason : CM_REJ_CONSUMER);
	return 0;
}

int cm_disconnect(struct cm_id *id)
{
	if (id->state == CM_CLOSED)
		return 0;
	if (id->state != CM_CONNECTED && id->state != CM_REPLIED)
		return -EINVAL;
	cm_say(id, CM_DREQ, 0);
	closed(id);
	return 0;
}

static void init_attr(const struct cm_id *id, struct ib_uverbs_qp_attr *a)
{
	a->qp_attr_mask = M_STATE | M_PKEY_INDEX | M_PORT;
	a->port_num = 1;
	if (cm_is_ud(id)) {
		a->qp_attr_mask |= M_QKEY;
		a->qkey = UDP_QKEY;
		return;
	}
	a->qp_attr_mask |= M_ACCESS;
	a->qp_access_flags = ACCESS_WRITE;
	if (id->own.responder_resources)
		a->qp_access_flags |= ACCESS_READ;
}

static void rtr_attr(const struct cm_id *id, struct ib_uverbs_qp_attr *a)
{
	uint8_t sgid[16];

	a->qp_attr_mask = M_STATE;
	if (cm_is_ud(id))
		return;
	a->qp_attr_mask |= M_AV | M_PATH_MTU | M_DEST_QPN | M_RQ_PSN |
			   M_MAX_DEST | M_RNR_TIMER;
	cm_addr_gid(&id->src, sgid);
	cm_addr_gid(&id->dst, a->ah_attr.grh.dgid);
	a->ah_attr.grh.sgid_index = skua_user_find_gid(id->dev, sgid);
	a->ah_attr.grh.hop_limit = HOP_LIMIT;
	a->ah_attr.is_global = 1;
	a->ah_attr.port_num = 1;
	a->path_mtu = MTU_4096;
	a->dest_qp_num = id->peer.qp_num;
	a->rq_psn = id->peer_psn;
	a->max_dest_rd_atomic = id->own.responder_resources;
	a->min_rnr_timer = MIN_RNR_TIMER;
}

static void rts_attr(const struct cm_id *id, struct ib_uverbs_qp_attr *a)
{
	a->qp_attr_mask = M_STATE | M_SQ_PSN;
	a->sq_psn = id->psn;
	if (cm_is_ud(id))
		return;
	a->qp_attr_mask |= M_TIMEOUT | M_RETRY_CNT | M_RNR_RETRY | M_MAX_RD;
	a->timeout = id->timeout_set ? id->ack_timeout & 31 : ACK_TIMEOUT;
	a->retry_cnt = (id->passive ? id->peer : id->own).retry_count & 7;
	/* IBTA 12.7.39: how often the other side wants to be asked again. */
	a->rnr_retry = id->peer.rnr_retry_count & 7;
	a->max_rd_atomic = id->own.initiator_depth;
}

int cm_qp_attr(const struct cm_id *id, uint32_t state,
	       struct ib_uverbs_qp_attr *attr)
{
	if (!id->dev)
		return -EINVAL;
	memset(attr, 0, sizeof(*attr));
	attr->qp_state = state;
	switch (state) {
	case QPS_INIT:
		init_attr(id, attr);
		return 0;
	case QPS_RTR:
		rtr_attr(id, attr);
		return 0;
	case QPS_RTS:
		rts_attr(id, attr);
		return 0;
	default:
		return -EINVAL;
	}
}
