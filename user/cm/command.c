// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Commands as the kernel takes them by write(2). Nothing of the program's
 * memory is trusted to be there: commands are copied in and answers out by
 * copies that cannot fault.
 */
#include "cm.h"
#include "copy.h"

int ucm_answer(const struct ucm_call *c, uint64_t response, const void *data,
	       size_t len)
{
	return skua_copy_user((void *)(uintptr_t)response, data,
			      len < c->out_len ? len : c->out_len);
}

static int join_mcast(struct ucm_call *c)
{
	(void)c;
	return -EOPNOTSUPP;
}

/* No group was ever joined. */
static int leave_mcast(struct ucm_call *c)
{
	(void)c;
	return -ENOENT;
}

#define END(type, member) \
	(offsetof(struct type, member) + sizeof(((struct type *)0)->member))
#define ALL(type) sizeof(struct type)

static const struct command {
	int (*run)(struct ucm_call *c); /* NULL: the kernel has none either */
	uint16_t in_min, in;
	uint16_t out_min;
	bool unlocked;		/* takes the lock itself */
} commands[] = {
	[RDMA_USER_CM_CMD_CREATE_ID] = {
		ucm_create_id, ALL(rdma_ucm_create_id),
		ALL(rdma_ucm_create_id), ALL(rdma_ucm_create_id_resp) },
	[RDMA_USER_CM_CMD_DESTROY_ID] = {
		ucm_destroy_id, END(rdma_ucm_destroy_id, id),
		ALL(rdma_ucm_destroy_id), ALL(rdma_ucm_destroy_id_resp) },
	[RDMA_USER_CM_CMD_BIND_IP] = {
		ucm_bind_ip, END(rdma_ucm_bind_ip, id),
		ALL(rdma_ucm_bind_ip) },
	[RDMA_USER_CM_CMD_RESOLVE_IP] = {
		ucm_resolve_ip, ALL(rdma_ucm_resolve_ip),
		ALL(rdma_ucm_resolve_ip) },
	[RDMA_USER_CM_CMD_RESOLVE_ROUTE] = {
		ucm_resolve_route, ALL(rdma_ucm_resolve_route),
		ALL(rdma_ucm_resolve_route) },
	[RDMA_USER_CM_CMD_QUERY_ROUTE] = {
		ucm_query_route, END(rdma_ucm_query, id), ALL(rdma_ucm_query),
		offsetof(struct rdma_ucm_query_route_resp, ibdev_index) },
	[RDMA_USER_CM_CMD_CONNECT] = {
		ucm_connect, END(rdma_ucm_connect, reserved),
		ALL(rdma_ucm_connect) },
	[RDMA_USER_CM_CMD_LISTEN] = {
		ucm_listen, ALL(rdma_ucm_listen), ALL(rdma_ucm_listen) },
	[RDMA_USER_CM_CMD_ACCEPT] = {
		ucm_accept, END(rdma_ucm_accept, reserved),
		ALL(rdma_ucm_accept) },
	[RDMA_USER_CM_CMD_REJECT] = {
		ucm_reject, ALL(rdma_ucm_reject), ALL(rdma_ucm_reject) },
	[RDMA_USER_CM_CMD_DISCONNECT] = {
		ucm_disconnect, ALL(rdma_ucm_disconnect),
		ALL(rdma_ucm_disconnect) },
	[RDMA_USER_CM_CMD_INIT_QP_ATTR] = {
		ucm_init_qp_attr, ALL(rdma_ucm_init_qp_attr),
		ALL(rdma_ucm_init_qp_attr), ALL(ib_uverbs_qp_attr) },
	[RDMA_USER_CM_CMD_GET_EVENT] = {
		ucm_get_event, ALL(rdma_ucm_get_event),
		ALL(rdma_ucm_get_event),
		offsetof(struct rdma_ucm_event_resp, reserved), true },
	[RDMA_USER_CM_CMD_SET_OPTION] = {
		ucm_set_option, ALL(rdma_ucm_set_option),
		ALL(rdma_ucm_set_option) },
	[RDMA_USER_CM_CMD_NOTIFY] = {
		ucm_notify, ALL(rdma_ucm_notify), ALL(rdma_ucm_notify) },
	[RDMA_USER_CM_CMD_JOIN_IP_MCAST] = { join_mcast },
	[RDMA_USER_CM_CMD_LEAVE_MCAST] = { leave_mcast },
	[RDMA_USER_CM_CMD_MIGRATE_ID] = {
		ucm_migrate_id, ALL(rdma_ucm_migrate_id),
		ALL(rdma_ucm_migrate_id), ALL(rdma_ucm_migrate_resp), true },
	[RDMA_USER_CM_CMD_QUERY] = {
		ucm_query, ALL(rdma_ucm_query), ALL(rdma_ucm_query) },
	[RDMA_USER_CM_CMD_BIND] = {
		ucm_bind, ALL(rdma_ucm_bind), ALL(rdma_ucm_bind) },
	[RDMA_USER_CM_CMD_RESOLVE_ADDR] = {
		ucm_resolve_addr, ALL(rdma_ucm_resolve_addr),
		ALL(rdma_ucm_resolve_addr) },
	[RDMA_USER_CM_CMD_JOIN_MCAST] = { join_mcast },
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

/* Room for any of them, aligned as they are. */
union command_in {
	struct rdma_ucm_connect connect;
	struct rdma_ucm_accept accept;
	struct rdma_ucm_reject reject;
	struct rdma_ucm_resolve_addr resolve_addr;
};

static int run(const struct command *cmd, struct ucm_call *c)
{
	int err;

	if (cmd->unlocked)
		return cmd->run(c);
	pthread_mutex_lock(&ucm_lock);
	err = cmd->run(c);
	pthread_mutex_unlock(&ucm_lock);
	return err;
}

static ssize_t execute(struct ucm_call *c, const void *buf, size_t len)
{
	const struct command *cmd;
	struct rdma_ucm_cmd_hdr hdr;
	union command_in in;
	int err;

	if (len < sizeof(hdr))
		return -EINVAL;
	err = skua_copy_user(&hdr, buf, sizeof(hdr));
	if (err)
		return err;
	if (hdr.cmd >= NCOMMANDS || hdr.in > len - sizeof(hdr))
		return -EINVAL;
	cmd = &commands[hdr.cmd];
	if (!cmd->run)
		return -ENOSYS;
	if (hdr.in < cmd->in_min)
		return -EINVAL;
	if (hdr.out < cmd->out_min)
		return -ENOSPC;
	memset(&in, 0, sizeof(in));
	c->in = &in;
	c->out_len = hdr.out;
	err = skua_copy_user(&in, (const char *)buf + sizeof(hdr),
			     hdr.in < cmd->in ? hdr.in : cmd->in);
	if (!err)
		err = run(cmd, c);
	return err ? err : (ssize_t)len;
}

ssize_t ucm_write(struct skua_file *f, const void *buf, size_t len)
{
	struct ucm_call c = { .channel = ucm_channel_of(f) };
	ssize_t ret;

	/* Not where a lock is held: only ucm_get_event() waits. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &c.cancel_state);
	ret = execute(&c, buf, len);
	pthread_setcancelstate(c.cancel_state, NULL);
	return ret;
}
