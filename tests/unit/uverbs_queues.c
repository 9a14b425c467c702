// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Queues in user mode: which are made, and what is left of those that are not. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <rdma/ib_user_ioctl_verbs.h>

#include "skua_translate_qp.h"
#include "uverbs/uverbs.h"
#include "uverbs_client.h"

static uint32_t make_cq(struct client *c)
{
	struct client_cq_resp resp;

	assert_int_equal(client_create_cq(c, -1, 0, &resp), 0);
	return resp.core.cq_handle;
}

static uint32_t make_qp(struct client *c, uint32_t cq)
{
	const struct client_qp qp = client_qp(c, cq);
	struct client_qp_resp resp;

	assert_int_equal(client_create_qp(c, &qp, &resp), 0);
	return resp.core.qp_handle;
}

/* What was asked for has to fit into the rings that were brought. */
static void test_qp_checks(void **state)
{
	struct client *c = *state;
	const struct client_qp good = client_qp(c, make_cq(c));
	struct client_qp_resp resp;
	struct client_qp qp;

	assert_int_equal(client_create_qp(c, &good, &resp), 0);
#define REFUSED(field, value)                                            \
	do {                                                             \
		qp = good;                                               \
		qp.field = value;                                        \
		assert_int_equal(client_create_qp(c, &qp, &resp), EINVAL); \
	} while (0)
	REFUSED(core.max_send_wr, 65);
	REFUSED(core.max_recv_wr, 17);
	REFUSED(core.max_recv_sge, 4);
	REFUSED(core.max_send_sge, SKUA_HWI_MAX_SGE + 1);
	REFUSED(core.max_inline_data, SKUA_HWI_MAX_INLINE + 1);
	REFUSED(drv.log_sq, SKUA_HWI_LOG_NONE);
	REFUSED(drv.log_rq, SKUA_HWI_LOG_NONE);
	REFUSED(drv.log_sq, SKUA_HWI_SQ_MAX_LOG + 1);
	REFUSED(drv.log_rq_stride, SKUA_HWI_RQ_MAX_LOG_STRIDE + 1);
	REFUSED(drv.rsvd[4], 1);
#undef REFUSED
	qp = good;
	qp.core.max_send_wr = 64;
	assert_int_equal(client_create_qp(c, &qp, &resp), 0);
}

static void test_reserved(void **state)
{
	struct client *c = *state;
	struct skua_ureq_create_srq req = {
		.buf = (uintptr_t)c->mem,
		.log_size = 4,
		.log_stride = 6,
	};
	struct client_srq_resp srq;
	struct client_cq_resp cq;

	assert_int_equal(client_create_srq(c, &req, &srq), 0);
	req.rsvd[5] = 1;
	assert_int_equal(client_create_srq(c, &req, &srq), EINVAL);
	assert_int_equal(client_create_cq(c, -1, 0, &cq), 0);
	assert_int_equal(client_create_cq(c, -1, 1, &cq), EINVAL);
}

static int modify(struct client *c, uint32_t qp, uint32_t mask, uint8_t to,
		  uint8_t cur)
{
	const struct ib_uverbs_modify_qp in = {
		.qp_handle = qp,
		.attr_mask = mask,
		.qp_state = to,
		.cur_qp_state = cur,
		.port_num = SKUA_IB_PORT,
	};

	return client_modify_qp(c, &in);
}

#define INIT_MASK \
	(SKUA_IB_QP_STATE | SKUA_IB_QP_PKEY_INDEX | SKUA_IB_QP_QKEY)
#define RTS_MASK (SKUA_IB_QP_STATE | SKUA_IB_QP_SQ_PSN)

/* IBTA 11.2.5.2: who says where the QP is has to be right. */
static void test_cur_state(void **state)
{
	struct client *c = *state;
	uint32_t qp = make_qp(c, make_cq(c));

	assert_int_equal(modify(c, qp, INIT_MASK | SKUA_IB_QP_PORT,
				SKUA_HWI_QPS_INIT, 0), 0);
	assert_int_equal(modify(c, qp, SKUA_IB_QP_STATE | SKUA_IB_QP_CUR_STATE,
				SKUA_HWI_QPS_RTR, SKUA_HWI_QPS_INIT), EINVAL);
	assert_int_equal(modify(c, qp, SKUA_IB_QP_STATE, SKUA_HWI_QPS_RTR, 0),
			 0);
	assert_int_equal(modify(c, qp, RTS_MASK | SKUA_IB_QP_CUR_STATE,
				SKUA_HWI_QPS_RTS, SKUA_HWI_QPS_RTS), EINVAL);
	assert_int_equal(modify(c, qp, RTS_MASK | SKUA_IB_QP_CUR_STATE,
				SKUA_HWI_QPS_RTS, 7), EINVAL);
	assert_int_equal(modify(c, qp, RTS_MASK | SKUA_IB_QP_CUR_STATE,
				SKUA_HWI_QPS_RTS, SKUA_HWI_QPS_RTR), 0);
}

static void test_port(void **state)
{
	struct client *c = *state;
	uint32_t qp = make_qp(c, make_cq(c));

	assert_int_equal(modify(c, qp, INIT_MASK, SKUA_HWI_QPS_INIT, 0),
			 EINVAL);
	assert_int_equal(modify(c, qp, INIT_MASK | SKUA_IB_QP_PORT,
				SKUA_HWI_QPS_INIT, 0), 0);
	assert_int_equal(modify(c, qp, SKUA_IB_QP_PORT, 0, 0), 0);
	assert_int_equal(modify(c, qp, SKUA_IB_QP_STATE | SKUA_IB_QP_PORT,
				SKUA_HWI_QPS_RTR, 0), EINVAL);
	assert_int_equal(modify(c, qp, SKUA_IB_QP_STATE, SKUA_HWI_QPS_RTR, 0),
			 0);
	assert_int_equal(modify(c, qp, RTS_MASK | SKUA_IB_QP_PORT,
				SKUA_HWI_QPS_RTS, 0), EINVAL);
	assert_int_equal(modify(c, qp, RTS_MASK, SKUA_HWI_QPS_RTS, 0), 0);
	assert_int_equal(modify(c, qp, SKUA_IB_QP_STATE | SKUA_IB_QP_PORT,
				SKUA_HWI_QPS_RTS, 0), EINVAL);
	assert_int_equal(modify(c, qp, SKUA_IB_QP_STATE, SKUA_HWI_QPS_SQD, 0),
			 0);
	/* In SQD only services that have a path have a port (RC). */
	assert_int_equal(modify(c, qp, SKUA_IB_QP_PORT, 0, 0), EINVAL);
}

/* hwi §3: what the last QP left in a slot is not the next one's. */
static void test_doorbell(void **state)
{
	struct client *c = *state;
	uint32_t cq = make_cq(c);
	const struct client_qp qp = client_qp(c, cq);
	struct skua_hwi_db_slot *db;
	struct client_qp_resp resp;
	uint32_t slot;

	assert_int_equal(client_create_qp(c, &qp, &resp), 0);
	slot = resp.drv.db_slot;
	db = mmap(NULL, SKUA_HWI_UAR_PAGE_SIZE, PROT_READ | PROT_WRITE,
		  MAP_SHARED, c->fd, resp.drv.db_mmap_off);
	assert_ptr_not_equal(db, MAP_FAILED);
	db[slot].pi = htole32(3);
	assert_int_equal(client_destroy_qp(c, resp.core.qp_handle), 0);
	assert_int_equal(client_create_qp(c, &qp, &resp), 0);
	assert_int_equal(resp.drv.db_slot, slot);
	assert_int_equal(db[slot].pi, 0);
	munmap(db, SKUA_HWI_UAR_PAGE_SIZE);
}

/* An object whose handle cannot be told is not left behind. */
static void test_no_answer(void **state)
{
	void *nowhere = (void *)(uintptr_t)CLIENT_NOWHERE;
	struct client *c = *state;
	const struct skua_ureq_create_srq req = {
		.buf = (uintptr_t)c->mem,
		.log_size = 4,
		.log_stride = 6,
	};
	uint32_t cq = make_cq(c), pd, next;
	struct client_qp qp = client_qp(c, cq);
	int fd, next_fd, other = client_open();

	assert_int_equal(client_create_qp(c, &qp, nowhere), EFAULT);
	assert_int_equal(client_create_srq(c, &req, nowhere), EFAULT);
	assert_int_equal(client_destroy_cq(c, cq), 0);
	assert_int_equal(client_dealloc_pd(c->fd, c->pd), 0);

	assert_int_equal(client_alloc_pd(c->fd, NULL, &pd), 0);
	assert_int_equal(client_alloc_pd(c->fd, nowhere, NULL), EFAULT);
	assert_int_equal(client_create_cq(c, -1, 0, nowhere), EFAULT);
	assert_int_equal(client_alloc_pd(c->fd, NULL, &next), 0);
	assert_int_equal(next, pd + 1);

	assert_int_equal(client_create_channel(c, &fd), 0);
	assert_int_equal(client_create_channel(c, NULL), EFAULT);
	assert_int_equal(client_create_channel(c, &next_fd), 0);
	assert_int_equal(next_fd, fd + 1);
	assert_int_equal(close(fd), 0);
	assert_int_equal(close(next_fd), 0);

	assert_int_equal(client_get_context(other, nowhere, NULL), EFAULT);
	assert_int_equal(client_get_context(other, NULL, &fd), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(close(other), 0);
}

/* A channel is a descriptor, and of this context. */
static void test_channel(void **state)
{
	struct client *c = *state, *other;
	struct client_cq_resp resp;
	int channel, foreign;

	assert_int_equal(client_setup((void **)&other), 0);
	assert_int_equal(client_create_channel(c, &channel), 0);
	assert_int_equal(client_create_channel(other, &foreign), 0);
	assert_int_equal(client_create_cq(c, channel, 0, &resp), 0);
	assert_int_equal(client_create_cq(c, foreign, 0, &resp), EBADF);
	assert_int_equal(client_create_cq(c, 0x7fffffff, 0, &resp), EBADF);
	assert_int_equal(client_create_cq(c, STDERR_FILENO, 0, &resp), EBADF);
	assert_int_equal(client_create_cq(c, c->async_fd, 0, &resp), EBADF);
	assert_int_equal(close(foreign), 0);
	assert_int_equal(close(channel), 0);
	assert_int_equal(client_teardown((void **)&other), 0);
}

/* The child's; 0 if all is as it should be. */
static int in_child(struct uv_cq *parents)
{
	const struct skua_hwi_eqe eqe = {
		.type = SKUA_HWI_EVENT_COMP,
		.obj = htole32(parents->obj.number),
	};
	struct client_qp_resp resp;
	struct client_qp qp;
	struct client *c;

	uv_event(skua_user_device(0), &eqe);
	if (!list_empty(&parents->channel->queue))
		return 1;
	client_setup((void **)&c);
	qp = client_qp(c, make_cq(c));
	if (client_create_qp(c, &qp, &resp))
		return 2;
	return resp.drv.uar_index ? 3 : 0;
}

/* The child of a fork has neither objects of the parent nor its doorbells. */
static void test_fork(void **state)
{
	struct client *c = *state;
	struct client_cq_resp resp;
	struct uv_context *ctx;
	struct skua_file *f;
	int status, channel;
	struct uv_cq *cq;
	pid_t child;

	assert_int_equal(client_create_channel(c, &channel), 0);
	assert_int_equal(client_create_cq(c, channel, 0, &resp), 0);
	make_qp(c, resp.core.cq_handle);
	f = skua_file_get(c->fd);
	ctx = uv_context_of(f);
	cq = uv_find(ctx, resp.core.cq_handle, UV_CQ);
	child = fork();
	if (!child)
		_exit(in_child(cq));
	skua_file_put(f);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(close(channel), 0);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(test_##name, client_setup, \
					client_teardown)
	const struct CMUnitTest tests[] = {
		TEST(qp_checks), TEST(reserved),  TEST(cur_state),
		TEST(port),	 TEST(doorbell),  TEST(no_answer),
		TEST(channel),	 TEST(fork),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
