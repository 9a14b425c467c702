// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* What the peer says, or says no more, and which events that makes. */
#include "cm.h"

/* How long a queue pair's packets may be under way after its end. */
#define TIMEWAIT_MS 500

/* What the peer offers to do is what we may ask of it, and the reverse. */
static void fill_conn(struct rdma_ucm_conn_param *conn,
		      const struct ucm_msg *msg, size_t data)
{
	conn->qp_num = msg->qpn;
	conn->srq = msg->srq;
	conn->responder_resources = msg->initiator_depth;
	conn->initiator_depth = msg->responder_resources;
	conn->flow_control = msg->flow_control;
	conn->retry_count = msg->retry_count;
	conn->rnr_retry_count = msg->rnr_retry_count;
	memcpy(conn->private_data, msg->private_data, data);
	conn->private_data_len = data;
}

static void fill_ud(const struct ucm_id *id, struct rdma_ucm_ud_param *ud,
		    const struct ucm_msg *msg, size_t data)
{
	memcpy(ud->private_data, msg->private_data, data);
	ud->private_data_len = data;
	if (msg->type != UCM_MSG_REP)
		return;
	ud->qp_num = msg->qpn;
	ud->qkey = msg->qkey;
	ucm_fill_ah(id, &ud->ah_attr);
}

/* With what the peer said; to the program, if it knows the identifier. */
static void tell(struct ucm_id *id, enum ucm_event_type type, int status,
		 const struct ucm_msg *msg, size_t data)
{
	struct ucm_event *ev;

	if (!id->uid)
		return;
	ev = ucm_new_event(id, type, status);
	if (!ev)
		return;
	if (id->qp_type == IB_UVERBS_QPT_UD)
		fill_ud(id, &ev->resp.param.ud, msg, data);
	else
		fill_conn(&ev->resp.param.conn, msg, data);
	ev->resp.ece = msg->ece;
	ucm_queue_event(ev);
}

static void heard_rep(struct ucm_id *id, const struct ucm_msg *msg)
{
	struct ucm_conn *conn = &id->conn;

	if (id->link != UCM_LINK_REQ_SENT)
		return;
	if (id->qp_type == IB_UVERBS_QPT_UD) {
		ucm_hang_up(id);
		conn->qkey = msg->qkey;
		tell(id, UCM_ESTABLISHED, 0, msg, ucm_reply_data(id));
		return;
	}
	conn->remote_qpn = msg->qpn;
	conn->remote_psn = msg->psn;
	conn->responder_resources = msg->initiator_depth;
	conn->initiator_depth = msg->responder_resources;
	conn->rnr_retry_count = msg->rnr_retry_count;
	id->link = UCM_LINK_REP_RCVD;
	ucm_set_deadline(id, 0);
	tell(id, UCM_CONNECT_RESPONSE, 0, msg, ucm_reply_data(id));
}

static void heard_rtu(struct ucm_id *id)
{
	if (id->link != UCM_LINK_REP_SENT)
		return;
	id->link = UCM_LINK_ESTABLISHED;
	ucm_set_deadline(id, 0);
	ucm_tell(id, UCM_ESTABLISHED, 0);
}

static void heard_rej(struct ucm_id *id, const struct ucm_msg *msg)
{
	if (id->link < UCM_LINK_REQ_SENT || id->link > UCM_LINK_REP_RCVD)
		return;
	ucm_hang_up(id);
	if (id->qp_type == IB_UVERBS_QPT_UD)
		tell(id, UCM_UNREACHABLE, msg->reason, msg, ucm_reply_data(id));
	else
		tell(id, UCM_REJECTED, msg->reason, msg, UCM_REJECT_DATA);
}

void ucm_disconnected(struct ucm_id *id, int status)
{
	ucm_hang_up(id);
	id->link = UCM_LINK_TIMEWAIT;
	id->state = UCM_DISCONNECT;
	ucm_set_deadline(id, ucm_now() + TIMEWAIT_MS);
	ucm_tell(id, UCM_DISCONNECTED, status);
}

static bool is_connected(const struct ucm_id *id)
{
	return id->link == UCM_LINK_ESTABLISHED ||
	       id->link == UCM_LINK_DREQ_SENT;
}

static void heard_dreq(struct ucm_id *id)
{
	struct ucm_msg drep = { 0 };

	/* The peer's RTU may be what it never sent. */
	if (!is_connected(id) && id->link != UCM_LINK_REP_SENT)
		return;
	ucm_say(id, &drep, UCM_MSG_DREP);
	ucm_disconnected(id, 0);
}

void ucm_heard(struct ucm_id *id, const struct ucm_msg *msg)
{
	switch (msg->type) {
	case UCM_MSG_MRA:
		if (id->link == UCM_LINK_REQ_SENT)
			ucm_await_answer(id);
		break;
	case UCM_MSG_REP:
		heard_rep(id, msg);
		break;
	case UCM_MSG_RTU:
		heard_rtu(id);
		break;
	case UCM_MSG_REJ:
		heard_rej(id, msg);
		break;
	case UCM_MSG_DREQ:
		heard_dreq(id);
		break;
	case UCM_MSG_DREP:
		if (id->link == UCM_LINK_DREQ_SENT)
			ucm_disconnected(id, 0);
		break;
	}
}

/*
 * The peer has closed, or its process has ended: what the kernel would say to
 * us when it destroys the other identifier (§12.9.9).
 */
void ucm_lost_peer(struct ucm_id *id)
{
	struct ucm_msg rej = {
		.type = UCM_MSG_REJ,
		.reason = id->qp_type == IB_UVERBS_QPT_UD ? UCM_SIDR_REJECT :
							    UCM_REJ_CONSUMER,
	};

	if (is_connected(id))
		ucm_disconnected(id, 0);
	else if (id->link <= UCM_LINK_REP_RCVD)
		heard_rej(id, &rej);
}

static bool has_gid(const struct skua_user_dev *dev, const uint8_t gid[16])
{
	return skua_user_find_gid(dev, gid) >= 0;
}

/* Which device the peer means; one that we are bound to is the only one. */
static struct skua_user_dev *device_for(const struct ucm_id *listener,
					const struct ucm_msg *msg)
{
	unsigned int i;

	if (listener->dev)
		return has_gid(listener->dev, msg->dgid) ? listener->dev : NULL;
	for (i = 0; i < skua_user_devices(); i++)
		if (has_gid(skua_user_device(i), msg->dgid))
			return skua_user_device(i);
	return NULL;
}

/* The peer has asked for what this listener offers. 0 or why not. */
static uint32_t check_request(const struct ucm_id *listener,
			      const struct ucm_msg *msg,
			      struct skua_user_dev **dev)
{
	bool ud = listener->qp_type == IB_UVERBS_QPT_UD;
	uint8_t mac[6];

	if (msg->type != UCM_MSG_REQ || listener->state != UCM_LISTEN ||
	    msg->ps != ucm_port_space(listener) ||
	    msg->dst.port != listener->src.port ||
	    !ucm_addr_size(msg->dst.family) ||
	    msg->src.family != msg->dst.family ||
	    (msg->qp_type == IB_UVERBS_QPT_UD) != ud ||
	    (!ucm_addr_is_any(&listener->src) &&
	     memcmp(msg->dst.raw, listener->src.raw, 16)))
		return ud ? UCM_SIDR_UNSUPPORTED : UCM_REJ_INVALID_SERVICE_ID;
	*dev = device_for(listener, msg);
	if (!*dev || skua_user_resolve(*dev, msg->sgid, mac))
		return ud ? UCM_SIDR_REJECT : UCM_REJ_INVALID_GID;
	if (!listener->backlog)
		return ud ? UCM_SIDR_REJECT : UCM_REJ_CONSUMER;
	return 0;
}

static struct ucm_id *new_request(struct ucm_id *listener,
				  struct skua_user_dev *dev,
				  const struct ucm_msg *msg)
{
	struct ucm_id *id = ucm_new_id(listener->channel, listener->ps,
				       msg->qp_type);
	struct ucm_conn *conn;

	if (!id)
		return NULL;
	id->dev = dev;
	id->src = msg->dst;
	id->dst = msg->src;
	memcpy(id->sgid, msg->dgid, 16);
	memcpy(id->dgid, msg->sgid, 16);
	id->tos = listener->tos ? listener->tos : msg->tos;
	id->state = UCM_CONNECT;
	id->link = UCM_LINK_REQ_RCVD;
	conn = &id->conn;
	conn->remote_qpn = msg->qpn;
	conn->remote_psn = msg->psn;
	conn->responder_resources = msg->initiator_depth;
	conn->initiator_depth = msg->responder_resources;
	conn->retry_count = msg->retry_count;
	conn->rnr_retry_count = msg->rnr_retry_count;
	return id;
}

static struct ucm_event *request_event(struct ucm_id *listener,
				       struct ucm_id *id,
				       const struct ucm_msg *msg)
{
	struct ucm_event *ev = ucm_new_event(listener, UCM_CONNECT_REQUEST, 0);

	if (!ev)
		return NULL;
	ev->request = id;
	ev->resp.id = id->handle;
	if (id->qp_type == IB_UVERBS_QPT_UD)
		fill_ud(id, &ev->resp.param.ud, msg, ucm_request_data(id));
	else
		fill_conn(&ev->resp.param.conn, msg, ucm_request_data(id));
	ev->resp.ece = msg->ece;
	return ev;
}

struct ucm_id *ucm_admit(struct ucm_id *listener, const struct ucm_msg *msg,
			 uint32_t *reason)
{
	struct skua_user_dev *dev;
	struct ucm_event *ev;
	struct ucm_id *id;

	*reason = check_request(listener, msg, &dev);
	if (*reason)
		return NULL;
	*reason = UCM_REJ_CONSUMER;
	id = new_request(listener, dev, msg);
	if (!id)
		return NULL;
	ev = request_event(listener, id, msg);
	if (!ev) {
		/* Nobody has heard of it yet. */
		id->link = UCM_LINK_NONE;
		ucm_destroy(id);
		return NULL;
	}
	listener->backlog--;
	ucm_queue_event(ev);
	return id;
}

void ucm_heard_request(struct ucm_id *listener, int fd,
		       const struct ucm_msg *msg)
{
	struct ucm_msg mra = { 0 };
	struct ucm_id *id;
	uint32_t reason;

	id = ucm_admit(listener, msg, &reason);
	if (!id) {
		ucm_peer_refuse(fd, reason);
		ucm_unwatch(fd);
		return;
	}
	id->peer_fd = fd;
	if (ucm_watch_peer(id) || !ucm_say(id, &mra, UCM_MSG_MRA))
		ucm_lost_peer(id);
}

void ucm_late(struct ucm_id *id)
{
	if (ucm_wire_again(id))
		return;
	switch (id->link) {
	case UCM_LINK_REQ_SENT:
		if (!ucm_by_wire() && id->peer_fd < 0 &&
		    ucm_now() < id->give_up) {
			ucm_send_request(id);
			break;
		}
		/* fall through */
	case UCM_LINK_REP_SENT:
		ucm_hang_up(id);
		ucm_tell(id, UCM_UNREACHABLE, -ETIMEDOUT);
		break;
	case UCM_LINK_DREQ_SENT:
		ucm_disconnected(id, -ETIMEDOUT);
		break;
	case UCM_LINK_TIMEWAIT:
		id->link = UCM_LINK_CLOSED;
		ucm_tell(id, UCM_TIMEWAIT_EXIT, 0);
		break;
	default:
		break;
	}
}
