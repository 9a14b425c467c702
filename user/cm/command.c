// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The commands of the rdma_ucm ABI. */
#include <rdma/ib_user_sa.h>
#include <rdma/ib_user_verbs.h>

#include "cm.h"
#include "copy.h"

#define IN_MAX	512
#define OUT_MAX 1024

struct call {
	struct cm_channel *ch;
	const void *in;
	void *out;
	size_t out_len;		/* of the answer */
	const struct skua_file *from; /* MIGRATE_ID: the other channel */
};

static struct cm_id *find(struct call *c, uint32_t handle)
{
	struct cm_id *id = cm_id_get(handle);

	return id && id->ch == c->ch ? id : NULL;
}

static int create_id(struct call *c)
{
	const struct rdma_ucm_create_id *in = c->in;
	struct rdma_ucm_create_id_resp *out = c->out;
	struct cm_id *id;

	if (in->ps != RDMA_PS_TCP && in->ps != RDMA_PS_UDP)
		return -EINVAL;
	id = cm_id_new(c->ch);
	if (!id)
		return -ENOMEM;
	id->uid = in->uid;
	id->ps = in->ps;
	out->id = id->handle;
	return 0;
}

static int destroy_id(struct call *c)
{
	const struct rdma_ucm_destroy_id *in = c->in;
	struct rdma_ucm_destroy_id_resp *out = c->out;
	struct cm_id *id = find(c, in->id);

	if (!id)
		return -ENOENT;
	cm_drop_events(id);
	out->events_reported = id->reported;
	cm_id_free(id);
	return 0;
}

static int bind_addr(struct cm_id *id, const union cm_addr *a)
{
	int err;

	if (id->state != CM_IDLE || !cm_addr_known(a))
		return -EINVAL;
	if (!cm_addr_any(a)) {
		id->dev = cm_addr_device(a);
		if (!id->dev)
			return -EADDRNOTAVAIL;
	}
	id->src = *a;
	err = cm_claim(id);
	if (err == -EADDRINUSE && id->reuse)
		err = 0;
	if (!err)
		id->state = CM_BOUND;
	return err;
}

static int bind_ip(struct call *c)
{
	const struct rdma_ucm_bind_ip *in = c->in;
	union cm_addr a = { .in6 = in->addr };
	struct cm_id *id = find(c, in->id);

	return id ? bind_addr(id, &a) : -ENOENT;
}

static int take_addr(union cm_addr *to, const void *from, uint16_t size)
{
	memset(to, 0, sizeof(*to));
	if (size > sizeof(struct sockaddr_storage))
		return -EINVAL;
	memcpy(to, from, size < sizeof(*to) ? size : sizeof(*to));
	return 0;
}

static int bind_sockaddr(struct call *c)
{
	const struct rdma_ucm_bind *in = c->in;
	struct cm_id *id = find(c, in->id);
	union cm_addr a;

	if (take_addr(&a, &in->addr, in->addr_size) || !cm_addr_known(&a))
		return -EINVAL;
	return id ? bind_addr(id, &a) : -ENOENT;
}

/* The source that a host has for one of its own addresses: the same. */
static int resolve(struct cm_id *id, const union cm_addr *src,
		   const union cm_addr *dst)
{
	uint16_t port;

	if (id->state != CM_IDLE && id->state != CM_BOUND)
		return -EINVAL;
	if (!cm_addr_known(dst) || cm_addr_any(dst))
		return -EINVAL;
	if (id->state == CM_IDLE && src->sa.sa_family == dst->sa.sa_family &&
	    !cm_addr_any(src)) {
		int err = bind_addr(id, src);

		if (err)
			return err;
	}
	id->dst = *dst;
	if (!cm_addr_device(dst)) {
		cm_push(id, CM_ADDR_ERROR, -ENETUNREACH);
		return 0;
	}
	if (id->state == CM_IDLE || cm_addr_any(&id->src)) {
		port = id->state == CM_IDLE ? 0 : cm_addr_port(&id->src);
		id->src = *dst;
		cm_addr_set_port(&id->src,
				 port ? port : 32768 + id->psn % 28232);
		id->dev = cm_addr_device(&id->src);
	}
	id->state = CM_ADDR;
	cm_push(id, CM_ADDR_RESOLVED, 0);
	return 0;
}

static int resolve_ip(struct call *c)
{
	const struct rdma_ucm_resolve_ip *in = c->in;
	union cm_addr src = { .in6 = in->src_addr }, dst = { .in6 = in->dst_addr };
	struct cm_id *id = find(c, in->id);

	return id ? resolve(id, &src, &dst) : -ENOENT;
}

static int resolve_addr(struct call *c)
{
	const struct rdma_ucm_resolve_addr *in = c->in;
	struct cm_id *id = find(c, in->id);
	union cm_addr src, dst;

	if (take_addr(&src, &in->src_addr, in->src_size) ||
	    take_addr(&dst, &in->dst_addr, in->dst_size))
		return -EINVAL;
	return id ? resolve(id, &src, &dst) : -ENOENT;
}

static int resolve_route(struct call *c)
{
	const struct rdma_ucm_resolve_route *in = c->in;
	struct cm_id *id = find(c, in->id);

	if (!id)
		return -ENOENT;
	if (id->state != CM_ADDR)
		return -EINVAL;
	id->state = CM_ROUTE;
	cm_push(id, CM_ROUTE_RESOLVED, 0);
	return 0;
}

static int query_route(struct call *c)
{
	const struct rdma_ucm_query *in = c->in;
	struct rdma_ucm_query_route_resp *out = c->out;
	struct ib_user_path_rec *path = &out->ib_route[0];
	struct cm_id *id = find(c, in->id);

	if (!id)
		return -ENOENT;
	c->out_len = offsetof(struct rdma_ucm_query_route_resp, ibdev_index);
	memcpy(&out->src_addr, &id->src, sizeof(out->src_addr));
	memcpy(&out->dst_addr, &id->dst, sizeof(out->dst_addr));
	if (!id->dev)
		return 0;
	out->node_guid = htobe64(id->dev->guid);
	out->port_num = 1;
	cm_addr_gid(&id->src, path->sgid);
	cm_addr_gid(&id->dst, path->dgid);
	path->pkey = htobe16(0xffff);
	if (id->state < CM_ROUTE && !id->passive)
		return 0;
	out->num_paths = 1;
	path->reversible = 1;
	path->mtu_selector = 2;
	path->mtu = 5;
	path->rate_selector = 2;
	path->rate = 16;
	path->hop_limit = 64;
	return 0;
}

static int connect_id(struct call *c)
{
	const struct rdma_ucm_connect *in = c->in;
	struct cm_id *id = find(c, in->id);

	if (!in->conn_param.valid)
		return -EINVAL;
	return id ? cm_connect(id, &in->conn_param) : -ENOENT;
}

static int listen_id(struct call *c)
{
	const struct rdma_ucm_listen *in = c->in;
	struct cm_id *id = find(c, in->id);
	int err = 0;

	if (!id)
		return -ENOENT;
	if (id->state == CM_IDLE) {
		id->src.in.sin_family = AF_INET;
		err = bind_addr(id, &(union cm_addr){
					    .in.sin_family = AF_INET });
	}
	if (!err && id->state != CM_BOUND)
		err = -EINVAL;
	if (!err && id->sock < 0)
		err = -EADDRINUSE;
	return err ? err : cm_listen(id, in->backlog);
}

static int accept_id(struct call *c)
{
	const struct rdma_ucm_accept *in = c->in;
	struct cm_id *id = find(c, in->id);

	if (!id)
		return -ENOENT;
	if (in->conn_param.valid)
		id->uid = in->uid;
	return cm_accept(id, &in->conn_param);
}

static int reject_id(struct call *c)
{
	const struct rdma_ucm_reject *in = c->in;
	struct rdma_ucm_conn_param param = { 0 };
	struct cm_id *id = find(c, in->id);

	if (!id)
		return -ENOENT;
	static_assert(sizeof(in->private_data) > UINT8_MAX,
		      "private data may be longer than there is room for");
	param.private_data_len = in->private_data_len;
	memcpy(param.private_data, in->private_data, in->private_data_len);
	return cm_reject(id, in->reason, &param);
}

static int disconnect_id(struct call *c)
{
	const struct rdma_ucm_disconnect *in = c->in;
	struct cm_id *id = find(c, in->id);

	return id ? cm_disconnect(id) : -ENOENT;
}

static int init_qp_attr(struct call *c)
{
	const struct rdma_ucm_init_qp_attr *in = c->in;
	struct cm_id *id = find(c, in->id);

	return id ? cm_qp_attr(id, in->qp_state, c->out) : -ENOENT;
}

static int set_option(struct call *c)
{
	const struct rdma_ucm_set_option *in = c->in;
	struct cm_id *id = find(c, in->id);
	uint32_t value = 0;

	if (!id)
		return -ENOENT;
	if (in->level == RDMA_OPTION_IB && in->optname == RDMA_OPTION_IB_PATH)
		return 0;
	if (in->level != RDMA_OPTION_ID)
		return -ENOSYS;
	if (in->optlen < 1 || in->optlen > sizeof(value))
		return -EINVAL;
	if (skua_copy_user(&value, (void *)(uintptr_t)in->optval, in->optlen))
		return -EFAULT;
	switch (in->optname) {
	case RDMA_OPTION_ID_REUSEADDR:
		id->reuse = value;
		return 0;
	case RDMA_OPTION_ID_AFONLY:
		id->af_only = value;
		return 0;
	case RDMA_OPTION_ID_ACK_TIMEOUT:
		if (in->optlen != sizeof(id->ack_timeout))
			return -EINVAL;
		id->ack_timeout = value;
		id->timeout_set = true;
		return 0;
	case RDMA_OPTION_ID_TOS:
		return 0;
	default:
		return -ENOSYS;
	}
}

static int notify(struct call *c)
{
	const struct rdma_ucm_notify *in = c->in;

	return find(c, in->id) ? 0 : -ENOENT;
}

/* The program holds the other channel's descriptor, and so its file. */
static int migrate_id(struct call *c)
{
	const struct rdma_ucm_migrate_id *in = c->in;
	struct rdma_ucm_migrate_resp *out = c->out;
	struct cm_id *id = cm_id_get(in->id);

	if (!id || !c->from || &id->ch->file != c->from)
		return -ENOENT;
	if (id->ch != c->ch)
		cm_move_events(id, c->ch);
	out->events_reported = id->reported;
	return 0;
}

static const struct {
	uint32_t cmd;
	uint16_t in, out;
	uint16_t response;	/* where in the command the address is */
	int (*run)(struct call *c);
} commands[] = {
#define COMMAND(cmd, name, out, run)                                        \
	{                                                                   \
		RDMA_USER_CM_CMD_##cmd, sizeof(struct rdma_ucm_##name),     \
			sizeof(struct out), offsetof(struct rdma_ucm_##name, \
						     response), run         \
	}
#define COMMAND_ONLY(cmd, name, run)                                           \
	{                                                                      \
		RDMA_USER_CM_CMD_##cmd, sizeof(struct rdma_ucm_##name), 0, 0, \
			run                                                    \
	}
	COMMAND(CREATE_ID, create_id, rdma_ucm_create_id_resp, create_id),
	COMMAND(DESTROY_ID, destroy_id, rdma_ucm_destroy_id_resp, destroy_id),
	{ RDMA_USER_CM_CMD_BIND_IP,
	  offsetof(struct rdma_ucm_bind_ip, id) + sizeof(uint32_t), 0, 0,
	  bind_ip },
	COMMAND_ONLY(BIND, bind, bind_sockaddr),
	COMMAND_ONLY(RESOLVE_IP, resolve_ip, resolve_ip),
	COMMAND_ONLY(RESOLVE_ADDR, resolve_addr, resolve_addr),
	COMMAND_ONLY(RESOLVE_ROUTE, resolve_route, resolve_route),
	COMMAND(QUERY_ROUTE, query, rdma_ucm_query_route_resp, query_route),
	{ RDMA_USER_CM_CMD_CONNECT, offsetof(struct rdma_ucm_connect, ece), 0, 0,
	  connect_id },
	COMMAND_ONLY(LISTEN, listen, listen_id),
	{ RDMA_USER_CM_CMD_ACCEPT, offsetof(struct rdma_ucm_accept, ece), 0, 0,
	  accept_id },
	COMMAND_ONLY(REJECT, reject, reject_id),
	COMMAND_ONLY(DISCONNECT, disconnect, disconnect_id),
	COMMAND(INIT_QP_ATTR, init_qp_attr, ib_uverbs_qp_attr, init_qp_attr),
	COMMAND_ONLY(SET_OPTION, set_option, set_option),
	COMMAND_ONLY(NOTIFY, notify, notify),
	COMMAND(MIGRATE_ID, migrate_id, rdma_ucm_migrate_resp, migrate_id),
};

static int respond(uint64_t to, const void *from, size_t len, size_t room)
{
	return skua_copy_user((void *)(uintptr_t)to, from,
			      len < room ? len : room);
}

/* The one that waits; without the lock. */
static int get_event(struct cm_channel *ch, const uint8_t *in, size_t room)
{
	const struct rdma_ucm_get_event *cmd = (const void *)in;
	struct rdma_ucm_event_resp resp;
	int err;

	if (room < offsetof(struct rdma_ucm_event_resp, reserved))
		return -ENOSPC;
	err = cm_get_event(ch, &resp);
	return err ? err : respond(cmd->response, &resp, sizeof(resp), room);
}

static int execute(struct cm_channel *ch, unsigned int i, const uint8_t *in,
		   size_t room)
{
	uint8_t out[OUT_MAX] __attribute__((aligned(8))) = { 0 };
	struct call c = { ch, in, out, commands[i].out, NULL };
	struct skua_file *from = NULL;
	uint64_t response;
	int err;

	if (room < offsetof(struct rdma_ucm_query_route_resp, node_guid) +
			   (commands[i].out < 8 ? commands[i].out : 8))
		return -ENOSPC;
	/* Held and let go without the lock, which its end would take. */
	if (commands[i].cmd == RDMA_USER_CM_CMD_MIGRATE_ID)
		from = skua_file_get(
			((const struct rdma_ucm_migrate_id *)in)->fd);
	c.from = from;
	pthread_mutex_lock(&cm_lock);
	err = commands[i].run(&c);
	pthread_mutex_unlock(&cm_lock);
	if (from)
		skua_file_put(from);
	if (err || !commands[i].out)
		return err;
	memcpy(&response, in + commands[i].response, sizeof(response));
	return respond(response, out, c.out_len, room);
}

static int dispatch(struct cm_channel *ch, const struct rdma_ucm_cmd_hdr *hdr,
		    const uint8_t *in, size_t len)
{
	unsigned int i;

	if (hdr->cmd == RDMA_USER_CM_CMD_GET_EVENT)
		return len < sizeof(struct rdma_ucm_get_event)
			       ? -EINVAL
			       : get_event(ch, in, hdr->out);
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (commands[i].cmd != hdr->cmd)
			continue;
		return len < commands[i].in ? -EINVAL
					    : execute(ch, i, in, hdr->out);
	}
	return hdr->cmd > RDMA_USER_CM_CMD_JOIN_MCAST ? -EINVAL : -ENOSYS;
}

ssize_t cm_write(struct skua_file *f, const void *buf, size_t len)
{
	uint8_t in[IN_MAX] __attribute__((aligned(8))) = { 0 };
	struct rdma_ucm_cmd_hdr hdr;
	size_t in_len;
	int err;

	if (len < sizeof(hdr))
		return -EINVAL;
	if (skua_copy_user(&hdr, buf, sizeof(hdr)))
		return -EFAULT;
	if (hdr.in > len - sizeof(hdr))
		return -EINVAL;
	in_len = hdr.in < sizeof(in) ? hdr.in : sizeof(in);
	if (skua_copy_user(in, (const uint8_t *)buf + sizeof(hdr), in_len))
		return -EFAULT;
	err = dispatch(cm_channel_of(f), &hdr, in, in_len);
	return err ? err : (ssize_t)len;
}
