// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Partners at the other end of a link: machines that know us by our datagrams
 * alone. Any of them may be lost, come twice or be made up by somebody: what
 * was said is kept, and said again when the answer fails to come (§12.9.7) or
 * the question comes again; and a datagram counts only if it comes from where
 * the connection leads and names it as both ends do.
 */
#include <sys/random.h>

#include "cm.h"
#include "gsi.h"
#include "serve.h"

/*
 * We answer within 4.096 us * 2^17, half a second, and so may others; without
 * an answer we ask that often again. All in all it is 8 s until a partner
 * counts as unreachable; one whose program takes longer says so (MRA).
 */
#define TIMEOUT	    17
#define MAX_RETRIES 15
/* What we ask for when the program takes longer: a minute. */
#define SERVICE_TIMEOUT 24
/* Whatever others ask for, we are not as fast, or as slow. */
#define AGAIN_MIN_MS 50
#define AGAIN_MAX_MS 10000
/* What connections want of path and QP: as qp_attr.c has them. */
#define ACK_TIMEOUT 17
/* Of datagrams that are heard before others get their turn. */
#define HEAR_MAX 64

static struct skua_user_gsi *gsi[SKUA_USER_MAX_DEVICES];

bool ucm_by_wire(void)
{
	return skua_user_link();
}

static int start_device(struct skua_user_dev *dev)
{
	struct skua_user_gsi **g = &gsi[dev->index];
	int err;

	if (*g)
		return 0;
	err = skua_uverbs_start(dev);
	if (err)
		return err;
	*g = skua_user_gsi_create(dev);
	return *g ? ucm_watch_gsi(skua_user_gsi_fd(*g), dev->index) : -errno;
}

int ucm_wire_start(const struct ucm_id *id)
{
	unsigned int i;
	int err = 0;

	if (id->dev)
		return start_device(id->dev);
	for (i = 0; !err && i < skua_user_devices(); i++)
		err = start_device(skua_user_device(i));
	return err;
}

void ucm_forget_wire(void)
{
	memset(gsi, 0, sizeof(gsi));
}

/* Saying ------------------------------------------------------------------- */

static uint32_t random32(void)
{
	uint32_t val;

	if (getrandom(&val, sizeof(val), GRND_NONBLOCK) != sizeof(val))
		val = ucm_now();
	return val;
}

/* Handles are below 2^16; what is above cannot be guessed by others. */
static uint32_t local_id(struct ucm_id *id)
{
	_Static_assert(UCM_MAX_IDS <= 1 << 16, "a half of it");

	if (!id->wire.local)
		id->wire.local = (random32() | 1) << 16 | id->handle;
	return id->wire.local;
}

/* 4.096 us * 2^timeout, within reason. */
static uint32_t milliseconds(uint8_t timeout)
{
	uint64_t ms = (4096ull << (timeout & 31)) / 1000000;

	return ms < AGAIN_MIN_MS ? AGAIN_MIN_MS :
	       ms > AGAIN_MAX_MS ? AGAIN_MAX_MS :
				   ms;
}

static void send_sent(const struct ucm_id *id)
{
	skua_user_gsi_send(gsi[id->dev->index], id->sgid, id->dgid,
			   id->wire.sent);
}

static bool is_ud(const struct ucm_id *id)
{
	return id->qp_type == IB_UVERBS_QPT_UD;
}

/* What is refused, or put off, by what the peer said last. */
static uint8_t about(const struct ucm_id *id)
{
	switch (id->link) {
	case UCM_LINK_REQ_RCVD:
		return UCM_ABOUT_REQ;
	case UCM_LINK_REP_RCVD:
		return UCM_ABOUT_REP;
	default:
		return UCM_ABOUT_OTHER;
	}
}

/*
 * Who the partner takes us for beside the QPN (§12.9.8.3.1). The devices of all
 * processes have the same GUIDs, but not the same address on a link.
 */
static uint64_t own_guid(const struct ucm_id *id)
{
	uint64_t guid[2];

	memcpy(guid, id->sgid, sizeof(guid));
	return id->dev->guid ^ guid[0] ^ guid[1];
}

static void fill(struct ucm_id *id, struct ucm_mad *m, const struct ucm_msg *msg)
{
	*m = (struct ucm_mad){
		.msg = *msg,
		.local = local_id(id),
		.remote = id->wire.remote,
		.guid = own_guid(id),
		.dreq_qpn = id->conn.remote_qpn,
		.timeout = TIMEOUT,
		.my_timeout = msg->type == UCM_MSG_MRA ? SERVICE_TIMEOUT :
							 TIMEOUT,
		.max_retries = MAX_RETRIES,
		.mtu = id->conn.mtu,
		.ack_timeout = ACK_TIMEOUT,
		.about = about(id),
	};
	m->msg.qp_type = id->qp_type;
	/* Answers have the transaction's number; a DREQ starts another. */
	m->tid = id->wire.passive && msg->type != UCM_MSG_DREQ ?
			 id->wire.tid :
			 m->local;
	if (!is_ud(id) || !id->wire.passive)
		return;
	/* §12.11.1.2: the reply names request and service. */
	m->local = id->wire.remote;
	m->msg.ps = ucm_port_space(id);
	m->msg.dst.port = id->src.port;
}

void ucm_wire_say(struct ucm_id *id, const struct ucm_msg *msg)
{
	struct ucm_mad m;

	if (!id->wire.passive) {
		id->wire.again_ms = milliseconds(TIMEOUT);
		id->wire.retries = MAX_RETRIES;
	}
	fill(id, &m, msg);
	ucm_mad_write(&m, id->wire.sent);
	id->wire.sent_type = msg->type;
	id->wire.again = id->wire.retries;
	send_sent(id);
}

/* Only these three are answered; of datagrams' only the first is. */
static bool awaits_answer(const struct ucm_id *id)
{
	return id->link == UCM_LINK_REQ_SENT || id->link == UCM_LINK_REP_SENT ||
	       id->link == UCM_LINK_DREQ_SENT;
}

uint64_t ucm_wire_patience(const struct ucm_id *id, uint64_t ms)
{
	return ucm_by_wire() ? id->wire.again_ms : ms;
}

bool ucm_wire_again(struct ucm_id *id)
{
	if (!ucm_by_wire() || !awaits_answer(id) || !id->wire.again)
		return false;
	id->wire.again--;
	send_sent(id);
	ucm_set_deadline(id, ucm_now() + id->wire.again_ms);
	return true;
}

/* To somebody that no identifier is about. */
static void answer(struct skua_user_dev *dev,
		   const struct skua_user_gsi_path *path,
		   const struct ucm_mad *heard, struct ucm_mad *m)
{
	uint8_t mad[UCM_MAD_LEN];

	m->tid = heard->tid;
	m->remote = heard->local;
	m->local = heard->msg.qp_type == IB_UVERBS_QPT_UD ? heard->local :
							    heard->remote;
	m->msg.qp_type = heard->msg.qp_type;
	m->msg.ps = heard->msg.ps;
	m->msg.dst.port = heard->msg.dst.port;
	ucm_mad_write(m, mad);
	skua_user_gsi_send(gsi[dev->index], path->to, path->from, mad);
}

static void refuse(struct skua_user_dev *dev,
		   const struct skua_user_gsi_path *path,
		   const struct ucm_mad *heard, uint32_t reason)
{
	struct ucm_mad m = {
		.msg = { .type = UCM_MSG_REJ, .reason = reason },
		.about = heard->msg.type == UCM_MSG_REP ? UCM_ABOUT_REP :
							  UCM_ABOUT_REQ,
	};

	answer(dev, path, heard, &m);
}

/* Requests ----------------------------------------------------------------- */

static bool is_from(const struct ucm_id *id,
		    const struct skua_user_gsi_path *path)
{
	return !memcmp(id->dgid, path->from, 16) &&
	       !memcmp(id->sgid, path->to, 16);
}

/* The identifier that the same request has made, if it came before. */
static struct ucm_id *find_request(const struct ucm_mad *m,
				   const struct skua_user_gsi_path *path)
{
	struct ucm_id *id = NULL;

	while ((id = ucm_next_id(id)))
		if (id->wire.passive && id->wire.remote == m->local &&
		    id->wire.tid == m->tid && is_from(id, path) &&
		    is_ud(id) == (m->msg.qp_type == IB_UVERBS_QPT_UD))
			return id;
	return NULL;
}

static void request_again(struct ucm_id *id)
{
	struct ucm_msg mra = { .type = UCM_MSG_MRA };

	if (id->link == UCM_LINK_REQ_RCVD) {
		/* §12.11 knows no MRA. */
		if (!is_ud(id))
			ucm_wire_say(id, &mra);
	} else if (id->link == UCM_LINK_REP_SENT ||
		   id->link == UCM_LINK_CLOSED) {
		send_sent(id);
	}
}

/*
 * A connected queue pair that asks to be connected has forgotten that it was
 * (§12.9.8.3.1): our end of it is told.
 */
static bool end_stale(const struct ucm_mad *m,
		      const struct skua_user_gsi_path *path)
{
	struct ucm_id *id = NULL;

	if (m->msg.qp_type == IB_UVERBS_QPT_UD)
		return false;
	while ((id = ucm_next_id(id))) {
		if ((id->link != UCM_LINK_ESTABLISHED &&
		     id->link != UCM_LINK_DREQ_SENT) ||
		    id->conn.remote_qpn != m->msg.qpn || is_ud(id) ||
		    !is_from(id, path))
			continue;
		ucm_disconnected(id, 0);
		return true;
	}
	return false;
}

/* How well a listener suits: 0 not at all, an address more than any. */
static unsigned int suits(const struct ucm_id *id, const struct ucm_msg *msg)
{
	if (id->state != UCM_LISTEN || ucm_port_space(id) != msg->ps ||
	    id->src.port != msg->dst.port ||
	    (id->src.family == AF_IB) != (msg->dst.family == AF_IB))
		return 0;
	if (!ucm_addr_is_any(&id->src))
		return memcmp(id->src.raw, msg->dst.raw, 16) ? 0 : 3;
	if (id->src.family == msg->dst.family)
		return 2;
	return id->src.family == AF_INET6 && !id->afonly;
}

static struct ucm_id *find_listener(const struct ucm_msg *msg)
{
	struct ucm_id *id = NULL, *best = NULL;

	while ((id = ucm_next_id(id)))
		if (suits(id, msg) > (best ? suits(best, msg) : 0))
			best = id;
	return best;
}

/* By IP addresses if the request has them, and as it is otherwise. */
static struct ucm_id *admit(const struct ucm_mad *m, uint32_t *reason)
{
	struct ucm_msg ip = m->msg;
	const struct ucm_msg *msg = &m->msg;
	struct ucm_id *listener = NULL;

	if (ucm_mad_take_ip(&ip))
		listener = find_listener(&ip);
	if (listener)
		msg = &ip;
	else
		listener = find_listener(msg);
	*reason = m->msg.qp_type == IB_UVERBS_QPT_UD ?
			  UCM_SIDR_UNSUPPORTED :
			  UCM_REJ_INVALID_SERVICE_ID;
	return listener ? ucm_admit(listener, msg, reason) : NULL;
}

static void hear_new_request(struct skua_user_dev *dev, const struct ucm_mad *m,
			     const struct skua_user_gsi_path *path)
{
	struct ucm_id *id;
	uint32_t reason;

	if (end_stale(m, path)) {
		refuse(dev, path, m, UCM_REJ_STALE);
		return;
	}
	id = admit(m, &reason);
	if (!id) {
		refuse(dev, path, m, reason);
		return;
	}
	id->wire.passive = true;
	id->wire.remote = m->local;
	id->wire.remote_known = true;
	id->wire.tid = m->tid;
	id->wire.again_ms = milliseconds(m->my_timeout);
	id->wire.retries = m->max_retries;
	id->conn.mtu = m->mtu;
}

static void hear_request(struct skua_user_dev *dev, struct ucm_mad *m,
			 const struct skua_user_gsi_path *path)
{
	struct ucm_id *id;

	if (m->msg.qp_type == IB_UVERBS_QPT_UD) {
		memcpy(m->msg.sgid, path->from, 16);
		memcpy(m->msg.dgid, path->to, 16);
		memcpy(m->msg.src.raw, path->from, 16);
		memcpy(m->msg.dst.raw, path->to, 16);
	}
	/* Nobody is told to talk to somebody else. */
	if (memcmp(m->msg.sgid, path->from, 16) ||
	    memcmp(m->msg.dgid, path->to, 16))
		return;
	id = find_request(m, path);
	if (id)
		request_again(id);
	else
		hear_new_request(dev, m, path);
}

/* Everything else ---------------------------------------------------------- */

static struct ucm_id *find_named(const struct ucm_mad *m,
				 const struct skua_user_gsi_path *path)
{
	struct ucm_id *id = ucm_id_of(m->remote & 0xffff);

	if (!id || !id->wire.local || id->wire.local != m->remote ||
	    !is_from(id, path) ||
	    (id->wire.remote_known && id->wire.remote != m->local) ||
	    is_ud(id) != (m->msg.qp_type == IB_UVERBS_QPT_UD))
		return NULL;
	return id;
}

/* Of a connection that is no more: one is content, the other gives up. */
static void hear_of_nobody(struct skua_user_dev *dev, const struct ucm_mad *m,
			   const struct skua_user_gsi_path *path)
{
	struct ucm_mad drep = { .msg = { .type = UCM_MSG_DREP } };

	if (m->msg.type == UCM_MSG_DREQ)
		answer(dev, path, m, &drep);
	else if (m->msg.type == UCM_MSG_REP &&
		 m->msg.qp_type != IB_UVERBS_QPT_UD)
		refuse(dev, path, m, UCM_REJ_INVALID_COMM_ID);
}

static void hear_rep(struct ucm_id *id, const struct ucm_mad *m)
{
	struct ucm_msg mra = { .type = UCM_MSG_MRA };

	switch (id->link) {
	case UCM_LINK_REQ_SENT:
		id->wire.remote = m->local;
		id->wire.remote_known = true;
		ucm_heard(id, &m->msg);
		break;
	case UCM_LINK_REP_RCVD:
		ucm_wire_say(id, &mra);
		break;
	case UCM_LINK_ESTABLISHED:
		if (id->wire.sent_type == UCM_MSG_RTU)
			send_sent(id);
		break;
	default:
		break;
	}
}

static void hear_mra(struct ucm_id *id, const struct ucm_mad *m)
{
	if ((m->about == UCM_ABOUT_REQ && id->link == UCM_LINK_REQ_SENT) ||
	    (m->about == UCM_ABOUT_REP && id->link == UCM_LINK_REP_SENT))
		ucm_await_answer(id);
}

static void hear_dreq(struct ucm_id *id, const struct ucm_mad *m)
{
	if (m->dreq_qpn != id->conn.qpn)
		return;
	if (id->link == UCM_LINK_TIMEWAIT &&
	    id->wire.sent_type == UCM_MSG_DREP)
		send_sent(id);
	else
		ucm_heard(id, &m->msg);
}

static void hear(struct skua_user_dev *dev, struct ucm_mad *m,
		 const struct skua_user_gsi_path *path)
{
	struct ucm_id *id;

	if (m->msg.type == UCM_MSG_REQ) {
		hear_request(dev, m, path);
		return;
	}
	id = find_named(m, path);
	if (!id) {
		hear_of_nobody(dev, m, path);
		return;
	}
	switch ((enum ucm_msg_type)m->msg.type) {
	case UCM_MSG_REP:
		hear_rep(id, m);
		break;
	case UCM_MSG_MRA:
		hear_mra(id, m);
		break;
	case UCM_MSG_DREQ:
		hear_dreq(id, m);
		break;
	default:
		ucm_heard(id, &m->msg);
		break;
	}
}

void ucm_wire_hear(uint32_t device)
{
	struct skua_user_dev *dev = skua_user_device(device);
	struct skua_user_gsi_path path;
	uint8_t mad[UCM_MAD_LEN];
	unsigned int i;
	struct ucm_mad m;

	for (i = 0; i < HEAR_MAX; i++) {
		if (!skua_user_gsi_receive(gsi[device], mad, &path))
			return;
		if (path.qpn == 1 && ucm_mad_read(mad, &m))
			hear(dev, &m, &path);
	}
}
