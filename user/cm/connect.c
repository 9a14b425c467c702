// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The part of making and ending connections that programs ask for. */
#include <netinet/in.h>

#include "cm.h"

#define MAX_BACKLOG 1024
/*
 * The peer's library says at once that it has a request; only then is its
 * program waited for, as long as the kernel's retries take.
 */
#define RECEIPT_MS 10000
#define ANSWER_MS  60000
#define GOODBYE_MS 5000
/*
 * A server that was just spoken to may be about to listen: what a wire's round
 * trip leaves to it has to be given here.
 */
#define REFUSED_MS 100
#define RETRY_MS   10

#define EVENT_COMM_EST 4	/* of enum ib_event_type */

size_t ucm_request_data(const struct ucm_id *id)
{
	/* The CM's own header: annex A11. */
	size_t header = id->src.family == AF_IB ? 0 : 36;

	return (id->qp_type == IB_UVERBS_QPT_UD ? 216 : 92) - header;
}

size_t ucm_reply_data(const struct ucm_id *id)
{
	return id->qp_type == IB_UVERBS_QPT_UD ? 136 : 196;
}

static uint8_t at_most_7(uint8_t count)
{
	return count < 7 ? count : 7;
}

static void fill_param(struct ucm_id *id, struct ucm_msg *msg,
		       const struct rdma_ucm_conn_param *param,
		       const struct rdma_ucm_ece *ece)
{
	id->conn.responder_resources = param->responder_resources;
	id->conn.initiator_depth = param->initiator_depth;
	memset(msg, 0, sizeof(*msg));
	id->conn.qpn = param->qp_num & 0xffffff;
	msg->qpn = id->conn.qpn;
	msg->psn = id->conn.psn;
	msg->srq = param->srq;
	msg->responder_resources = param->responder_resources;
	msg->initiator_depth = param->initiator_depth;
	msg->flow_control = param->flow_control;
	msg->retry_count = at_most_7(param->retry_count);
	msg->rnr_retry_count = at_most_7(param->rnr_retry_count);
	msg->ece = *ece;
	memcpy(msg->private_data, param->private_data, param->private_data_len);
}

bool ucm_say(struct ucm_id *id, struct ucm_msg *msg, enum ucm_msg_type type)
{
	if (!ucm_by_wire())
		return ucm_peer_send(id->peer_fd, msg, type);
	msg->type = type;
	ucm_wire_say(id, msg);
	return true;
}

/* The peer's answer is due in so many milliseconds. */
static void await(struct ucm_id *id, uint64_t ms)
{
	ucm_set_deadline(id, ucm_now() + ucm_wire_patience(id, ms));
}

static void give_up(struct ucm_id *id, int err)
{
	id->link = UCM_LINK_CLOSED;
	ucm_set_deadline(id, 0);
	ucm_tell(id, UCM_UNREACHABLE, err);
}

/* To whoever has the port on this machine. */
static bool reach_peer(struct ucm_id *id)
{
	struct ucm_msg refusal = {
		.type = UCM_MSG_REJ,
		.reason = id->qp_type == IB_UVERBS_QPT_UD ?
				  UCM_SIDR_UNSUPPORTED :
				  UCM_REJ_INVALID_SERVICE_ID,
	};
	int fd, err;

	fd = ucm_connect_port(id->req.ps, &id->dst);
	/* Nobody yet, or so many before us that we cannot even queue. */
	if (fd == -EAGAIN ||
	    (fd == -ECONNREFUSED && ucm_now() < id->refused)) {
		ucm_set_deadline(id, ucm_now() + RETRY_MS);
		return false;
	}
	/* An address that nobody listens on may be nobody's at all. */
	if (fd == -ECONNREFUSED && !ucm_is_here(&id->dst))
		fd = -EHOSTUNREACH;
	if (fd == -ECONNREFUSED) {
		ucm_heard(id, &refusal);
		return false;
	}
	if (fd < 0) {
		give_up(id, fd);
		return false;
	}
	id->peer_fd = fd;
	err = ucm_watch_peer(id);
	if (err) {
		ucm_hang_up(id);
		give_up(id, err);
	}
	return !err;
}

void ucm_send_request(struct ucm_id *id)
{
	int err;

	if (ucm_by_wire()) {
		err = ucm_wire_start(id);
		if (err) {
			give_up(id, err);
			return;
		}
		id->conn.mtu = skua_user_mtu(id->dev);
	} else if (!reach_peer(id)) {
		return;
	}
	if (ucm_say(id, &id->req, UCM_MSG_REQ))
		await(id, RECEIPT_MS);
	else
		ucm_lost_peer(id);
}

int ucm_connect(struct ucm_call *c)
{
	const struct rdma_ucm_connect *cmd = c->in;
	struct ucm_msg *req;
	struct ucm_id *id;
	int err;

	id = ucm_find_bound(c, cmd->id, &err);
	if (!id)
		return err;
	if (!cmd->conn_param.valid || id->state != UCM_ROUTE ||
	    cmd->conn_param.private_data_len > ucm_request_data(id))
		return -EINVAL;
	req = &id->req;
	fill_param(id, req, &cmd->conn_param, &cmd->ece);
	id->conn.retry_count = req->retry_count;
	id->conn.rnr_retry_count = req->rnr_retry_count;
	req->src = id->src;
	req->dst = id->dst;
	memcpy(req->sgid, id->sgid, 16);
	memcpy(req->dgid, id->dgid, 16);
	req->ps = ucm_port_space(id);
	req->qp_type = id->qp_type;
	req->tos = id->tos;
	id->state = UCM_CONNECT;
	id->link = UCM_LINK_REQ_SENT;
	id->refused = ucm_now() + REFUSED_MS;
	id->give_up = ucm_now() + RECEIPT_MS;
	ucm_send_request(id);
	return 0;
}

void ucm_await_answer(struct ucm_id *id)
{
	ucm_set_deadline(id, ucm_now() + ANSWER_MS);
}

/* As listen() on a socket that nobody has bound. */
static int bind_any(struct ucm_id *id)
{
	static const struct ucm_addr any = {
		.family = AF_INET,
		.raw = { [10] = 0xff, [11] = 0xff },
	};

	return id->state == UCM_IDLE ? ucm_bind_addr(id, &any, true) : 0;
}

int ucm_listen(struct ucm_call *c)
{
	const struct rdma_ucm_listen *cmd = c->in;
	struct ucm_id *id;
	int err;

	id = ucm_find(c, cmd->id, &err);
	if (!id)
		return err;
	err = bind_any(id);
	if (err)
		return err;
	if (id->state != UCM_BOUND)
		return -EINVAL;
	id->backlog = cmd->backlog - 1 < MAX_BACKLOG ? cmd->backlog :
						       MAX_BACKLOG;
	err = ucm_listen_port(id);
	if (!err)
		err = ucm_by_wire() ? ucm_wire_start(id) :
				      ucm_watch_listener(id);
	if (!err)
		id->state = UCM_LISTEN;
	return err;
}

static void send_reply(struct ucm_id *id, struct ucm_msg *rep)
{
	if (!ucm_say(id, rep, UCM_MSG_REP)) {
		ucm_lost_peer(id);
	} else if (id->qp_type == IB_UVERBS_QPT_UD) {
		/* There is nothing more to be said. */
		ucm_hang_up(id);
	} else {
		id->link = UCM_LINK_REP_SENT;
		await(id, ANSWER_MS);
	}
}

static int accept_request(struct ucm_id *id, const struct rdma_ucm_accept *cmd)
{
	struct ucm_msg rep;

	if (id->link != UCM_LINK_REQ_RCVD)
		return -EINVAL;
	if (cmd->conn_param.private_data_len > ucm_reply_data(id)) {
		ucm_say_goodbye(id);
		ucm_hang_up(id);
		return -EINVAL;
	}
	fill_param(id, &rep, &cmd->conn_param, &cmd->ece);
	id->conn.qkey = cmd->conn_param.qkey ? cmd->conn_param.qkey :
					       UCM_UDP_QKEY;
	rep.qkey = id->conn.qkey;
	id->uid = cmd->uid;
	send_reply(id, &rep);
	return 0;
}

/* The program has seen the reply and its queue pair is ready. */
static int confirm_reply(struct ucm_id *id)
{
	struct ucm_msg rtu = { 0 };

	if (id->link != UCM_LINK_REP_RCVD)
		return -EINVAL;
	id->link = UCM_LINK_ESTABLISHED;
	if (!ucm_say(id, &rtu, UCM_MSG_RTU))
		ucm_lost_peer(id);
	return 0;
}

int ucm_accept(struct ucm_call *c)
{
	const struct rdma_ucm_accept *cmd = c->in;
	struct ucm_id *id;
	int err;

	id = ucm_find_bound(c, cmd->id, &err);
	if (!id)
		return err;
	if (id->state != UCM_CONNECT)
		return -EINVAL;
	if (cmd->conn_param.valid || id->qp_type == IB_UVERBS_QPT_UD)
		return accept_request(id, cmd);
	return confirm_reply(id);
}

int ucm_reject(struct ucm_call *c)
{
	const struct rdma_ucm_reject *cmd = c->in;
	struct ucm_msg msg = { .reason = cmd->reason };
	struct ucm_id *id;
	int err;

	if (!msg.reason)
		msg.reason = UCM_REJ_CONSUMER;
	if (msg.reason != UCM_REJ_CONSUMER &&
	    msg.reason != UCM_REJ_VENDOR_OPTION)
		return -EINVAL;
	id = ucm_find_bound(c, cmd->id, &err);
	if (!id)
		return err;
	if (id->link < UCM_LINK_REQ_SENT || id->link > UCM_LINK_REP_RCVD ||
	    cmd->private_data_len > UCM_REJECT_DATA)
		return -EINVAL;
	if (id->qp_type == IB_UVERBS_QPT_UD)
		msg.reason = UCM_SIDR_REJECT;
	memcpy(msg.private_data, cmd->private_data, cmd->private_data_len);
	if (ucm_by_wire() || id->peer_fd >= 0)
		ucm_say(id, &msg, UCM_MSG_REJ);
	ucm_hang_up(id);
	return 0;
}

int ucm_disconnect(struct ucm_call *c)
{
	const struct rdma_ucm_disconnect *cmd = c->in;
	struct ucm_msg dreq = { 0 };
	struct ucm_id *id;
	int err;

	id = ucm_find_bound(c, cmd->id, &err);
	if (!id)
		return err;
	if (id->link == UCM_LINK_NONE)
		return -EINVAL;
	/* If it is the peer that disconnects, it was answered already. */
	if (id->link != UCM_LINK_ESTABLISHED)
		return 0;
	id->link = UCM_LINK_DREQ_SENT;
	if (ucm_say(id, &dreq, UCM_MSG_DREQ))
		await(id, GOODBYE_MS);
	else
		ucm_lost_peer(id);
	return 0;
}

/* A receive came before the peer's RTU did: so the peer is ready. */
int ucm_notify(struct ucm_call *c)
{
	const struct rdma_ucm_notify *cmd = c->in;
	struct ucm_msg rtu = { .type = UCM_MSG_RTU };
	struct ucm_id *id;
	int err;

	id = ucm_find(c, cmd->id, &err);
	if (!id)
		return err;
	if (!id->dev || id->link == UCM_LINK_NONE ||
	    cmd->event != EVENT_COMM_EST)
		return -EINVAL;
	if (id->link == UCM_LINK_ESTABLISHED)
		return -EISCONN;
	if (id->link != UCM_LINK_REP_SENT)
		return -EINVAL;
	ucm_heard(id, &rtu);
	return 0;
}

/*
 * As the kernel does when it destroys an identifier (§12.9.9). On this machine
 * the peer takes the end of the socket for what it means (ucm_lost_peer).
 */
void ucm_say_goodbye(struct ucm_id *id)
{
	struct ucm_msg msg = { 0 };

	if (!ucm_by_wire())
		return;
	switch (id->link) {
	case UCM_LINK_REQ_SENT:
		if (id->qp_type == IB_UVERBS_QPT_UD)
			break;
		/* fall through */
	case UCM_LINK_REQ_RCVD:
	case UCM_LINK_REP_SENT:
	case UCM_LINK_REP_RCVD:
		msg.reason = id->qp_type == IB_UVERBS_QPT_UD ? UCM_SIDR_REJECT :
							       UCM_REJ_CONSUMER;
		ucm_say(id, &msg, UCM_MSG_REJ);
		break;
	case UCM_LINK_ESTABLISHED:
		ucm_say(id, &msg, UCM_MSG_DREQ);
		break;
	default:
		break;
	}
}

void ucm_hang_up(struct ucm_id *id)
{
	if (id->peer_fd >= 0)
		ucm_unwatch(id->peer_fd);
	id->peer_fd = -1;
	if (id->link != UCM_LINK_NONE)
		id->link = UCM_LINK_CLOSED;
	ucm_set_deadline(id, 0);
}
