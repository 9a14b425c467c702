// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <rdma/ib_user_ioctl_verbs.h>

#include "uverbs_client.h"

#define CQ_LOG 4

int client_open(void)
{
	int fd = open("/dev/infiniband/uverbs0", O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

int client_give(int fd, uint32_t command, void *cmd, size_t len, size_t out)
{
	const struct ib_uverbs_cmd_hdr hdr = { command, len / 4, out / 4 };

	memcpy(cmd, &hdr, sizeof(hdr));
	return write(fd, cmd, len) == (ssize_t)len ? 0 : errno;
}

int client_get_context(int fd, void *resp, int *async_fd)
{
	struct {
		struct ib_uverbs_get_context_resp core;
		struct skua_uresp_alloc_ucontext drv;
	} here;
	struct {
		struct ib_uverbs_cmd_hdr hdr;
		struct ib_uverbs_get_context core;
	} cmd = { .core.response = (uintptr_t)(resp ? resp : &here) };
	int err = client_give(fd, IB_USER_VERBS_CMD_GET_CONTEXT, &cmd,
			      sizeof(cmd), sizeof(here));

	if (!err && async_fd)
		*async_fd = here.core.async_fd;
	return err;
}

int client_alloc_pd(int fd, void *resp, uint32_t *pd)
{
	struct {
		struct ib_uverbs_alloc_pd_resp core;
		struct skua_uresp_alloc_pd drv;
	} here;
	struct {
		struct ib_uverbs_cmd_hdr hdr;
		struct ib_uverbs_alloc_pd core;
	} cmd = { .core.response = (uintptr_t)(resp ? resp : &here) };
	int err = client_give(fd, IB_USER_VERBS_CMD_ALLOC_PD, &cmd, sizeof(cmd),
			      sizeof(here));

	if (!err && pd)
		*pd = here.core.pd_handle;
	return err;
}

int client_dealloc_pd(int fd, uint32_t pd)
{
	struct {
		struct ib_uverbs_cmd_hdr hdr;
		struct ib_uverbs_dealloc_pd core;
	} cmd = { .core.pd_handle = pd };

	return client_give(fd, IB_USER_VERBS_CMD_DEALLOC_PD, &cmd, sizeof(cmd),
			   0);
}

int client_setup(void **state)
{
	struct client *c = calloc(1, sizeof(*c));

	c->fd = client_open();
	assert_int_equal(client_get_context(c->fd, NULL, &c->async_fd), 0);
	assert_int_equal(client_alloc_pd(c->fd, NULL, &c->pd), 0);
	c->mem = mmap(NULL, CLIENT_PAGES * CLIENT_PAGE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(c->mem, MAP_FAILED);
	*state = c;
	return 0;
}

int client_teardown(void **state)
{
	struct client *c = *state;

	assert_int_equal(close(c->async_fd), 0);
	assert_int_equal(close(c->fd), 0);
	munmap(c->mem, CLIENT_PAGES * CLIENT_PAGE);
	free(c);
	return 0;
}

int client_create_cq(struct client *c, int channel, uint8_t rsvd,
		     struct client_cq_resp *resp)
{
	struct {
		struct ib_uverbs_cmd_hdr hdr;
		struct ib_uverbs_create_cq core;
		struct skua_ureq_create_cq drv;
	} cmd = {
		.core = {
			.response = (uintptr_t)resp,
			.cqe = 1 << CQ_LOG,
			.comp_channel = channel,
		},
		.drv = {
			.buf = (uintptr_t)c->mem,
			.log_size = CQ_LOG,
			.rsvd = { [6] = rsvd },
		},
	};

	return client_give(c->fd, IB_USER_VERBS_CMD_CREATE_CQ, &cmd,
			   sizeof(cmd), sizeof(*resp));
}

int client_destroy_cq(struct client *c, uint32_t cq)
{
	struct ib_uverbs_destroy_cq_resp resp;
	struct {
		struct ib_uverbs_cmd_hdr hdr;
		struct ib_uverbs_destroy_cq core;
	} cmd = { .core = { .response = (uintptr_t)&resp, .cq_handle = cq } };

	return client_give(c->fd, IB_USER_VERBS_CMD_DESTROY_CQ, &cmd,
			   sizeof(cmd), sizeof(resp));
}

int client_create_channel(struct client *c, int *channel)
{
	struct ib_uverbs_create_comp_channel_resp here;
	struct {
		struct ib_uverbs_cmd_hdr hdr;
		struct ib_uverbs_create_comp_channel core;
	} cmd = { .core.response = channel ? (uintptr_t)&here : CLIENT_NOWHERE };
	int err = client_give(c->fd, IB_USER_VERBS_CMD_CREATE_COMP_CHANNEL, &cmd,
			      sizeof(cmd), sizeof(here));

	if (!err && channel)
		*channel = here.fd;
	return err;
}

int client_create_srq(struct client *c, const struct skua_ureq_create_srq *req,
		      struct client_srq_resp *resp)
{
	struct {
		struct ib_uverbs_cmd_hdr hdr;
		struct ib_uverbs_create_srq core;
		struct skua_ureq_create_srq drv;
	} cmd = {
		.core = {
			.response = (uintptr_t)resp,
			.pd_handle = c->pd,
			.max_wr = 16,
			.max_sge = 1,
		},
		.drv = *req,
	};

	return client_give(c->fd, IB_USER_VERBS_CMD_CREATE_SRQ, &cmd,
			   sizeof(cmd), sizeof(*resp));
}

struct client_qp client_qp(const struct client *c, uint32_t cq)
{
	return (struct client_qp){
		.core = {
			.pd_handle = c->pd,
			.send_cq_handle = cq,
			.recv_cq_handle = cq,
			.max_send_wr = 16,
			.max_recv_wr = 16,
			.max_send_sge = 1,
			.max_recv_sge = 1,
			.qp_type = IB_UVERBS_QPT_UD,
		},
		.drv = {
			.sq_buf = (uintptr_t)c->mem + 2 * CLIENT_PAGE,
			.rq_buf = (uintptr_t)c->mem + 4 * CLIENT_PAGE,
			.log_sq = 6,
			.log_rq = 4,
			.log_rq_stride = 6,
		},
	};
}

int client_create_qp(struct client *c, const struct client_qp *qp,
		     struct client_qp_resp *resp)
{
	struct {
		struct ib_uverbs_cmd_hdr hdr;
		struct client_qp qp;
	} cmd = { .qp = *qp };

	cmd.qp.core.response = (uintptr_t)resp;
	return client_give(c->fd, IB_USER_VERBS_CMD_CREATE_QP, &cmd,
			   sizeof(cmd), sizeof(*resp));
}

int client_destroy_qp(struct client *c, uint32_t qp)
{
	struct ib_uverbs_destroy_qp_resp resp;
	struct {
		struct ib_uverbs_cmd_hdr hdr;
		struct ib_uverbs_destroy_qp core;
	} cmd = { .core = { .response = (uintptr_t)&resp, .qp_handle = qp } };

	return client_give(c->fd, IB_USER_VERBS_CMD_DESTROY_QP, &cmd,
			   sizeof(cmd), sizeof(resp));
}

int client_modify_qp(struct client *c, const struct ib_uverbs_modify_qp *in)
{
	struct {
		struct ib_uverbs_cmd_hdr hdr;
		struct ib_uverbs_modify_qp core;
	} cmd = { .core = *in };

	return client_give(c->fd, IB_USER_VERBS_CMD_MODIFY_QP, &cmd,
			   sizeof(cmd), 0);
}
