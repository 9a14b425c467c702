// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Having the device look at a queue (hwi §3): once a sleep of it.
 *
 * Where its engine runs in this process (SKUA_UCONTEXT_IN_PROCESS) no store of
 * ours traps, so a kick is a command, and so is the time that whoever polls in
 * vain lends to the engine. What serves these commands is in the process as
 * well: none of them is a system call.
 */
#include <unistd.h>

#include <rdma/ib_user_verbs.h>
#include <util/mmio.h>

#include "skua.h"

struct skua_cmd_post {
	struct ib_uverbs_cmd_hdr hdr;
	struct ib_uverbs_post_send core; /* POST_RECV has the same fields */
};

struct skua_cmd_poll {
	struct ib_uverbs_cmd_hdr hdr;
	struct ib_uverbs_poll_cq core;
};

#define SKUA_CMD_HDR(cmd, op)                                       \
	{                                                           \
		.command = IB_USER_VERBS_CMD_##op,                  \
		.in_words = sizeof(cmd) / 4,                        \
	}

/* A kick that is not taken is one for a device that is gone. */
static void skua_give_command(int fd, const void *cmd, size_t len)
{
	ssize_t done = write(fd, cmd, len);

	(void)done;
}

static void skua_kick_by_command(struct skua_qp *qp, uint32_t what)
{
	struct skua_cmd_post cmd = {
		.hdr = SKUA_CMD_HDR(cmd, POST_SEND),
		.core.qp_handle = qp->vqp.qp.handle,
	};

	static_assert(sizeof(struct ib_uverbs_post_recv) ==
			      sizeof(struct ib_uverbs_post_send),
		      "the two kicks differ");
	if (what & SKUA_HWI_KICK_RQ)
		cmd.hdr.command = IB_USER_VERBS_CMD_POST_RECV;
	skua_give_command(qp->vqp.qp.context->cmd_fd, &cmd, sizeof(cmd));
}

void skua_kick(struct skua_qp *qp, uint32_t what)
{
	if (qp->kick)
		mmio_write32_le(qp->kick, htole32(what));
	else
		skua_kick_by_command(qp, what);
}

void skua_lend_time(struct skua_cq *cq)
{
	struct skua_cmd_poll cmd = {
		.hdr = SKUA_CMD_HDR(cmd, POLL_CQ),
		.core.cq_handle = cq->vcq.cq.handle,
	};

	skua_give_command(cq->vcq.cq.context->cmd_fd, &cmd, sizeof(cmd));
}
