// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Write commands as ib_uverbs takes them, by write(2) or by ioctl(2): a header, the core's part,
 * the driver's part; the answer goes to an address in the command.
 *
 * Nothing of the program's memory is trusted to be there: commands are copied
 * in and answers out by copies that cannot fault.
 */
#include "copy.h"
#include "uverbs.h"

#define EX IB_USER_VERBS_CMD_FLAG_EXTENDED
/* No answer of the table is larger, nor a driver's part. */
#define PART_MAX 512
/* No core part is: that of a flow has its specs behind it. */
#define IN_MAX 1024
#define FLOW_IN                                \
	(sizeof(struct ib_uverbs_create_flow) + \
	 UV_MAX_FLOW_SPECS * UV_MAX_FLOW_SPEC)
_Static_assert(FLOW_IN <= IN_MAX, "");

struct command {
	uint32_t command;
	uint16_t in, out;	/* bytes of the core's parts */
	uint16_t drv_in, drv_out;
	int (*run)(struct uv_call *c);
	/* Extended ones may be shorter, from older programs. */
	uint16_t in_min;
};

#define IN(name)  sizeof(struct ib_uverbs_##name)
#define OUT(name) sizeof(struct ib_uverbs_##name##_resp)

static const struct command commands[] = {
	{ IB_USER_VERBS_CMD_GET_CONTEXT, IN(get_context), OUT(get_context), 0,
	  sizeof(struct skua_uresp_alloc_ucontext), uv_get_context, 0 },
	{ IB_USER_VERBS_CMD_QUERY_DEVICE, IN(query_device), OUT(query_device),
	  0, 0, uv_query_device, 0 },
	{ EX | IB_USER_VERBS_EX_CMD_QUERY_DEVICE, IN(ex_query_device),
	  OUT(ex_query_device), 0, 0, uv_query_device_ex, 8 },
	{ IB_USER_VERBS_CMD_QUERY_PORT, IN(query_port), OUT(query_port), 0, 0,
	  uv_query_port, 0 },
	{ IB_USER_VERBS_CMD_ALLOC_PD, IN(alloc_pd), OUT(alloc_pd), 0,
	  sizeof(struct skua_uresp_alloc_pd), uv_alloc_pd, 0 },
	{ IB_USER_VERBS_CMD_DEALLOC_PD, IN(dealloc_pd), 0, 0, 0, uv_dealloc_pd,
	  0 },
	{ IB_USER_VERBS_CMD_CREATE_AH, IN(create_ah), OUT(create_ah), 0,
	  sizeof(struct skua_uresp_create_ah), uv_create_ah, 0 },
	{ IB_USER_VERBS_CMD_DESTROY_AH, IN(destroy_ah), 0, 0, 0, uv_destroy_ah,
	  0 },
	{ IB_USER_VERBS_CMD_REG_MR, IN(reg_mr), OUT(reg_mr), 0, 0, uv_reg_mr,
	  0 },
	{ IB_USER_VERBS_CMD_REREG_MR, IN(rereg_mr), OUT(rereg_mr), 0, 0,
	  uv_rereg_mr, 0 },
	{ IB_USER_VERBS_CMD_DEREG_MR, IN(dereg_mr), 0, 0, 0, uv_dereg_mr, 0 },
	{ IB_USER_VERBS_CMD_ALLOC_MW, IN(alloc_mw), OUT(alloc_mw), 0, 0,
	  uv_alloc_mw, 0 },
	{ IB_USER_VERBS_CMD_DEALLOC_MW, IN(dealloc_mw), 0, 0, 0, uv_dealloc_mw,
	  0 },
	{ IB_USER_VERBS_CMD_CREATE_COMP_CHANNEL, IN(create_comp_channel),
	  OUT(create_comp_channel), 0, 0, uv_create_comp_channel, 0 },
	{ IB_USER_VERBS_CMD_CREATE_CQ, IN(create_cq), OUT(create_cq),
	  sizeof(struct skua_ureq_create_cq),
	  sizeof(struct skua_uresp_create_cq), uv_create_cq, 0 },
	{ EX | IB_USER_VERBS_EX_CMD_CREATE_CQ, IN(ex_create_cq),
	  OUT(ex_create_cq), sizeof(struct skua_ureq_create_cq),
	  sizeof(struct skua_uresp_create_cq), uv_create_cq_ex,
	  IN(ex_create_cq) },
	{ EX | IB_USER_VERBS_EX_CMD_MODIFY_CQ, IN(ex_modify_cq), 0, 0, 0,
	  uv_modify_cq_ex, IN(ex_modify_cq) },
	{ IB_USER_VERBS_CMD_DESTROY_CQ, IN(destroy_cq), OUT(destroy_cq), 0, 0,
	  uv_destroy_cq, 0 },
	{ IB_USER_VERBS_CMD_CREATE_SRQ, IN(create_srq), OUT(create_srq),
	  sizeof(struct skua_ureq_create_srq),
	  sizeof(struct skua_uresp_create_srq), uv_create_srq, 0 },
	{ IB_USER_VERBS_CMD_CREATE_XSRQ, IN(create_xsrq), OUT(create_srq),
	  sizeof(struct skua_ureq_create_srq),
	  sizeof(struct skua_uresp_create_srq), uv_create_xsrq, 0 },
	{ IB_USER_VERBS_CMD_MODIFY_SRQ, IN(modify_srq), 0, 0, 0, uv_modify_srq,
	  0 },
	{ IB_USER_VERBS_CMD_QUERY_SRQ, IN(query_srq), OUT(query_srq), 0, 0,
	  uv_query_srq, 0 },
	{ IB_USER_VERBS_CMD_DESTROY_SRQ, IN(destroy_srq), OUT(destroy_srq), 0,
	  0, uv_destroy_srq, 0 },
	{ IB_USER_VERBS_CMD_CREATE_QP, IN(create_qp), OUT(create_qp),
	  sizeof(struct skua_ureq_create_qp),
	  sizeof(struct skua_uresp_create_qp), uv_create_qp, 0 },
	{ EX | IB_USER_VERBS_EX_CMD_CREATE_QP, IN(ex_create_qp),
	  OUT(ex_create_qp), sizeof(struct skua_ureq_create_qp),
	  sizeof(struct skua_uresp_create_qp), uv_create_qp_ex,
	  offsetof(struct ib_uverbs_ex_create_qp, rwq_ind_tbl_handle) },
	{ IB_USER_VERBS_CMD_MODIFY_QP, IN(modify_qp), 0, 0, 0, uv_modify_qp, 0 },
	{ EX | IB_USER_VERBS_EX_CMD_MODIFY_QP, IN(ex_modify_qp),
	  OUT(ex_modify_qp), 0, 0, uv_modify_qp, IN(modify_qp) },
	{ IB_USER_VERBS_CMD_QUERY_QP, IN(query_qp), OUT(query_qp), 0, 0,
	  uv_query_qp, 0 },
	{ IB_USER_VERBS_CMD_DESTROY_QP, IN(destroy_qp), OUT(destroy_qp), 0, 0,
	  uv_destroy_qp, 0 },
	{ EX | IB_USER_VERBS_EX_CMD_CREATE_FLOW, FLOW_IN, OUT(create_flow), 0,
	  0, uv_create_flow, IN(create_flow) },
	{ EX | IB_USER_VERBS_EX_CMD_DESTROY_FLOW, IN(destroy_flow), 0, 0, 0,
	  uv_destroy_flow, IN(destroy_flow) },
};

static const struct command *find(uint32_t command)
{
	unsigned int i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (commands[i].command == command)
			return &commands[i];
	}
	return NULL;
}

/* The core's part has the length that the ABI gives it, the driver the rest. */
static int split(const struct command *cmd, const struct ib_uverbs_cmd_hdr *hdr,
		 const uint8_t *buf, size_t len, struct uv_parts *p)
{
	size_t out_len = hdr->out_words * 4u;

	if (hdr->in_words * 4u != len)
		return -EINVAL;
	p->in = buf + sizeof(*hdr);
	p->drv_len = len - sizeof(*hdr);
	if (p->drv_len < cmd->in)
		return -ENOSPC;
	p->in_len = cmd->in;
	p->drv = p->in + cmd->in;
	p->drv_len -= cmd->in;
	if (!cmd->out)
		return 0;
	if (out_len < cmd->out)
		return -ENOSPC;
	/* Every command with an answer begins with its address. */
	if (skua_copy_user(&p->out, p->in, sizeof(p->out)))
		return -EFAULT;
	p->out_len = cmd->out;
	p->drv_out = p->out + cmd->out;
	p->drv_out_len = out_len - cmd->out;
	return 0;
}

static int split_ex(const struct command *cmd,
		    const struct ib_uverbs_cmd_hdr *hdr, const uint8_t *buf,
		    size_t len, struct uv_parts *p)
{
	struct ib_uverbs_ex_cmd_hdr ex;
	size_t in_len = hdr->in_words * 8u;

	if (len < sizeof(*hdr) + sizeof(ex))
		return -EINVAL;
	if (skua_copy_user(&ex, buf + sizeof(*hdr), sizeof(ex)))
		return -EFAULT;
	len -= sizeof(*hdr) + sizeof(ex);
	if (ex.cmd_hdr_reserved || in_len + ex.provider_in_words * 8u != len)
		return -EINVAL;
	if (in_len < cmd->in_min)
		return -ENOSPC;
	p->in = buf + sizeof(*hdr) + sizeof(ex);
	p->in_len = in_len;
	p->drv = p->in + in_len;
	p->drv_len = ex.provider_in_words * 8u;
	p->out = ex.response;
	p->out_len = hdr->out_words * 8u;
	p->drv_out = p->out + p->out_len;
	p->drv_out_len = ex.provider_out_words * 8u;
	return 0;
}

static size_t at_most(size_t len, size_t max)
{
	return len < max ? len : max;
}

/* What we do not know of must be zero: it would ask for something. */
static int check_rest(const struct command *cmd, const struct uv_parts *p)
{
	uint8_t byte;
	size_t i;

	for (i = cmd->in; i < p->in_len; i++) {
		if (skua_copy_user(&byte, p->in + i, 1))
			return -EFAULT;
		if (byte)
			return -EOPNOTSUPP;
	}
	return 0;
}

static int answer(const struct uv_parts *p, const struct command *cmd,
		  const void *out, const void *drv_out)
{
	size_t len = at_most(p->out_len, cmd->out);

	if (skua_copy_user((void *)(uintptr_t)p->out, out, len))
		return -EFAULT;
	return skua_copy_user((void *)(uintptr_t)p->drv_out, drv_out,
		       at_most(p->drv_out_len, cmd->drv_out));
}

static int run(struct uv_call *c, const struct command *cmd,
	       const struct uv_parts *p)
{
	uint8_t in[IN_MAX] = { 0 }, out[PART_MAX] = { 0 };
	uint8_t drv[PART_MAX] = { 0 }, drv_out[PART_MAX] = { 0 };
	int err = check_rest(cmd, p);

	if (err)
		return err;
	if (p->drv_len < cmd->drv_in)
		return -EINVAL;
	if (skua_copy_user(in, p->in, at_most(p->in_len, cmd->in)) ||
	    skua_copy_user(drv, p->drv, cmd->drv_in))
		return -EFAULT;
	if (!c->ctx->ready && cmd->run != uv_get_context)
		return -EINVAL;
	c->in = in;
	c->out = out;
	c->drv = drv;
	c->drv_out = drv_out;
	c->in_len = at_most(p->in_len, cmd->in);
	c->out_len = at_most(p->out_len, cmd->out);
	err = cmd->run(c);
	return err ? err : answer(p, cmd, out, drv_out);
}

/* What the provider gives on the data path: the header, and a queue's handle. */
struct hot {
	struct ib_uverbs_cmd_hdr hdr;
	union {
		struct ib_uverbs_poll_cq poll;
		struct ib_uverbs_post_send post; /* POST_RECV is the same */
	};
};

/* No lock, and nothing but the handle is looked at. */
static int kick(struct uv_context *ctx, uint32_t handle, uint32_t what)
{
	uint32_t k;

	if (handle >= UV_MAX_OBJECTS)
		return -EINVAL;
	k = atomic_load_explicit(&ctx->kick[handle], memory_order_acquire);
	if (!(k & UV_KICK_VALID))
		return -EINVAL;
	skua_user_kick(ctx->dev, (k & ~UV_KICK_VALID) / SKUA_HWI_DB_SLOTS,
		       (k % SKUA_HWI_DB_SLOTS) | what);
	return 0;
}

/* -EAGAIN: it is another command. */
static int hot_command(struct uv_context *ctx, const void *buf, size_t len)
{
	struct hot cmd;

	if (len > sizeof(cmd) || len < offsetof(struct hot, poll) +
					       sizeof(cmd.poll) || !ctx->ready)
		return -EAGAIN;
	if (skua_copy_user(&cmd, buf, len))
		return -EFAULT;
	switch (cmd.hdr.command) {
	case IB_USER_VERBS_CMD_POLL_CQ:
		skua_user_progress(ctx->dev);
		return 0;
	case IB_USER_VERBS_CMD_POST_SEND:
		return kick(ctx, cmd.post.qp_handle, 0);
	case IB_USER_VERBS_CMD_POST_RECV:
		return kick(ctx, cmd.post.qp_handle, SKUA_HWI_KICK_RQ);
	default:
		return -EAGAIN;
	}
}

/* As the kernel has it for what does not exist, and for what it lacks. */
static int unknown(uint32_t command)
{
	return command & EX || command > IB_USER_VERBS_CMD_OPEN_QP ? -EINVAL
								   : -EOPNOTSUPP;
}

int uv_command_parts(struct uv_call *c, uint32_t command,
		     const struct uv_parts *p)
{
	const struct command *cmd = find(command);

	if (!cmd)
		return unknown(command);
	if (p->in_len < (command & EX ? cmd->in_min : cmd->in) ||
	    (!(command & EX) && p->out_len < cmd->out))
		return -ENOSPC;
	return run(c, cmd, p);
}

static ssize_t command(struct uv_context *ctx, const void *buf, size_t len)
{
	struct uv_call c = { .ctx = ctx, .fd = -1 };
	struct ib_uverbs_cmd_hdr hdr;
	const struct command *cmd;
	struct uv_parts p = { 0 };
	int err;

	if (len < sizeof(hdr))
		return -EINVAL;
	if (skua_copy_user(&hdr, buf, sizeof(hdr)))
		return -EFAULT;
	cmd = find(hdr.command);
	if (!cmd)
		return unknown(hdr.command);
	err = hdr.command & EX ? split_ex(cmd, &hdr, buf, len, &p)
			       : split(cmd, &hdr, buf, len, &p);
	if (err)
		return err;
	pthread_mutex_lock(&ctx->lock);
	err = run(&c, cmd, &p);
	if (err)
		uv_undo(&c);
	pthread_mutex_unlock(&ctx->lock);
	return err ? err : (ssize_t)len;
}

ssize_t uv_write(struct skua_file *f, const void *buf, size_t len)
{
	struct uv_context *ctx = uv_context_of(f);
	int err = hot_command(ctx, buf, len);

	if (err == -EAGAIN)
		return command(ctx, buf, len);
	return err ? err : (ssize_t)len;
}
