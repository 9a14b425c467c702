// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Methods by ioctl(2): which are served, and how ill-formed ones are refused. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/ib_user_ioctl_verbs.h>
#include <rdma/rdma_user_ioctl_cmds.h>

#include "skua_translate_event.h"
#include "uverbs/uverbs.h"
#include "uverbs_client.h"
#include "uverbs_ioctl.h"

static struct method query_port(struct ib_uverbs_query_port_resp_ex *resp)
{
	struct method m = method(UVERBS_OBJECT_DEVICE,
				 UVERBS_METHOD_QUERY_PORT);

	memset(resp, 0xff, sizeof(*resp));
	add(&m, UVERBS_ATTR_QUERY_PORT_PORT_NUM, 8, 1);
	add_out(&m, UVERBS_ATTR_QUERY_PORT_RESP, resp, sizeof(*resp));
	return m;
}

static void test_query_port(void **state)
{
	struct client *c = *state;
	struct ib_uverbs_query_port_resp_ex resp;
	struct method m = query_port(&resp);

	assert_int_equal(run(c->fd, &m), 0);
	assert_true(m.attr[1].flags & UVERBS_ATTR_F_VALID_OUTPUT);
	assert_int_equal(resp.legacy_resp.gid_tbl_len, SKUA_HWI_MAX_GID);
	assert_int_equal(resp.port_cap_flags2, 0);
	m = query_port(&resp);
	m.attr[0].data = 2;
	assert_int_equal(run(c->fd, &m), EINVAL);
}

/* As ib_uverbs says it, for libibverbs tells by it what to try next. */
static void test_ill_formed(void **state)
{
	struct client *c = *state;
	struct ib_uverbs_query_port_resp_ex resp;
	struct method m = query_port(&resp);

	add(&m, 12, 0, 0);
	assert_int_equal(run(c->fd, &m), EPROTONOSUPPORT);
	m.attr[2].flags = 0;
	assert_int_equal(run(c->fd, &m), 0);
	add(&m, UVERBS_ATTR_UHW_IN, 0, 0);
	assert_int_equal(run(c->fd, &m), EPROTONOSUPPORT);

	m = query_port(&resp);
	add(&m, UVERBS_ATTR_QUERY_PORT_PORT_NUM, 8, 1);
	assert_int_equal(run(c->fd, &m), EINVAL);
	m = query_port(&resp);
	m.hdr.num_attrs = 1;
	assert_int_equal(run(c->fd, &m), EINVAL);
	m = query_port(&resp);
	m.attr[0].len = 4;
	assert_int_equal(run(c->fd, &m), EINVAL);
	m = query_port(&resp);
	m.attr[1].len = 8;
	assert_int_equal(run(c->fd, &m), EINVAL);
	m = query_port(&resp);
	m.attr[0].attr_data.reserved = 1;
	assert_int_equal(run(c->fd, &m), EINVAL);
	m = query_port(&resp);
	m.attr[1].data = CLIENT_NOWHERE;
	assert_int_equal(run(c->fd, &m), EFAULT);
	m = query_port(&resp);
	m.hdr.driver_id = 1;
	assert_int_equal(run(c->fd, &m), EINVAL);
	m = query_port(&resp);
	m.hdr.reserved2 = 1;
	assert_int_equal(run(c->fd, &m), EPROTONOSUPPORT);
	m = query_port(&resp);
	m.hdr.method_id = 77;
	assert_int_equal(run(c->fd, &m), EPROTONOSUPPORT);
	m.hdr.object_id = UVERBS_OBJECT_DM;
	m.hdr.method_id = UVERBS_METHOD_DM_ALLOC;
	assert_int_equal(run(c->fd, &m), EPROTONOSUPPORT);
}

static int get_context(int fd, void *resp, uint32_t *vectors)
{
	struct method m = method(UVERBS_OBJECT_DEVICE,
				 UVERBS_METHOD_GET_CONTEXT);

	add_out(&m, UVERBS_ATTR_GET_CONTEXT_NUM_COMP_VECTORS, vectors,
		sizeof(*vectors));
	add_out(&m, UVERBS_ATTR_UHW_OUT, resp,
		sizeof(struct skua_uresp_alloc_ucontext));
	return run(fd, &m);
}

static int alloc_async(int fd, int *async_fd)
{
	struct method m = method(UVERBS_OBJECT_ASYNC_EVENT,
				 UVERBS_METHOD_ASYNC_EVENT_ALLOC);
	int err;

	add(&m, UVERBS_ATTR_ASYNC_EVENT_ALLOC_FD_HANDLE, 0, 0);
	err = run(fd, &m);
	*async_fd = m.attr[0].data_s64;
	return err;
}

static void test_context(void **state)
{
	struct ib_uverbs_query_port_resp_ex port;
	struct method m = query_port(&port);
	struct skua_uresp_alloc_ucontext resp;
	uint32_t vectors = 0, again = 0;
	uint64_t support = 0;
	int fd = client_open();
	int async_fd;

	(void)state;
	assert_int_equal(run(fd, &m), EINVAL);
	assert_int_equal(alloc_async(fd, &async_fd), EINVAL);
	assert_int_equal(get_context(fd, (void *)(uintptr_t)CLIENT_NOWHERE,
				     &vectors), EFAULT);
	assert_int_equal(get_context(fd, &resp, &vectors), 0);
	assert_true(resp.flags & SKUA_UCONTEXT_IN_PROCESS);
	assert_int_equal(get_context(fd, &resp, &vectors), EINVAL);

	m = method(UVERBS_OBJECT_DEVICE, UVERBS_METHOD_QUERY_CONTEXT);
	add_out(&m, UVERBS_ATTR_QUERY_CONTEXT_NUM_COMP_VECTORS, &again,
		sizeof(again));
	add_out(&m, UVERBS_ATTR_QUERY_CONTEXT_CORE_SUPPORT, &support,
		sizeof(support));
	assert_int_equal(run(fd, &m), 0);
	assert_int_equal(again, vectors);
	assert_int_equal(support, IB_UVERBS_CORE_SUPPORT_OPTIONAL_MR_ACCESS);

	assert_int_equal(alloc_async(fd, &async_fd), 0);
	assert_int_equal(fcntl(async_fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(close(async_fd), 0);
	assert_int_equal(close(fd), 0);
}

/* 16 entries, in the first page. */
static struct method cq_method(struct client *c, struct skua_ureq_create_cq *req,
			       uint32_t *cqe, struct skua_uresp_create_cq *resp)
{
	struct method m = method(UVERBS_OBJECT_CQ, UVERBS_METHOD_CQ_CREATE);

	*req = (struct skua_ureq_create_cq){
		.buf = (uintptr_t)c->mem,
		.log_size = 4,
	};
	add(&m, UVERBS_ATTR_CREATE_CQ_HANDLE, 0, 0);
	add(&m, UVERBS_ATTR_CREATE_CQ_CQE, 4, 16);
	add(&m, UVERBS_ATTR_CREATE_CQ_USER_HANDLE, 8, 1);
	add(&m, UVERBS_ATTR_CREATE_CQ_COMP_VECTOR, 4, 0);
	add_out(&m, UVERBS_ATTR_CREATE_CQ_RESP_CQE, cqe, sizeof(*cqe));
	add(&m, UVERBS_ATTR_UHW_IN, sizeof(*req), (uintptr_t)req);
	add_out(&m, UVERBS_ATTR_UHW_OUT, resp, sizeof(*resp));
	return m;
}

static uint32_t make_cq(struct client *c)
{
	struct skua_uresp_create_cq resp;
	struct skua_ureq_create_cq req;
	uint32_t cqe = 0;
	struct method m = cq_method(c, &req, &cqe, &resp);

	assert_int_equal(run(c->fd, &m), 0);
	assert_int_equal(cqe, 16);
	return m.attr[0].data;
}

static int destroy(struct client *c, uint16_t object, uint16_t id,
		   uint64_t handle, void *resp, uint16_t len)
{
	struct method m = method(object, id);

	/* All of them have the handle first, and then the answer. */
	add(&m, 0, 0, handle);
	if (len)
		add_out(&m, 1, resp, len);
	return run(c->fd, &m);
}

static int destroy_cq(struct client *c, uint64_t cq)
{
	struct ib_uverbs_destroy_cq_resp resp;

	return destroy(c, UVERBS_OBJECT_CQ, UVERBS_METHOD_CQ_DESTROY, cq, &resp,
		       sizeof(resp));
}

static void test_cq(void **state)
{
	struct client *c = *state;
	struct skua_uresp_create_cq resp;
	struct skua_ureq_create_cq req;
	uint32_t cqe;
	struct method m;

	m = cq_method(c, &req, &cqe, &resp);
	m.hdr.num_attrs -= 2;
	assert_int_equal(run(c->fd, &m), EINVAL);
	m = cq_method(c, &req, &cqe, &resp);
	m.attr[6].data = CLIENT_NOWHERE;
	assert_int_equal(run(c->fd, &m), EFAULT);
	m = cq_method(c, &req, &cqe, &resp);
	add(&m, UVERBS_ATTR_CREATE_CQ_EVENT_FD, 0, STDERR_FILENO);
	assert_int_equal(run(c->fd, &m), EBADF);
	m = cq_method(c, &req, &cqe, &resp);
	add(&m, UVERBS_ATTR_CREATE_CQ_COMP_CHANNEL, 0, c->async_fd);
	assert_int_equal(run(c->fd, &m), EBADF);
	m = cq_method(c, &req, &cqe, &resp);
	add(&m, UVERBS_ATTR_CREATE_CQ_EVENT_FD, 0, c->async_fd);
	assert_int_equal(run(c->fd, &m), 0);

	assert_int_equal(destroy_cq(c, m.attr[0].data), 0);
	assert_int_equal(destroy_cq(c, m.attr[0].data), ENOENT);
	assert_int_equal(destroy_cq(c, c->pd), EINVAL);
	assert_int_equal(destroy_cq(c, ~0ull), EINVAL);
}

static bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

/* Events go to the file that was named, and else to the first. */
static void test_async(void **state)
{
	struct client *c = *state;
	struct skua_hwi_eqe eqe = { .type = SKUA_HWI_EVENT_CQ_ERR };
	struct ib_uverbs_async_event_desc desc;
	struct skua_uresp_create_cq resp;
	struct skua_ureq_create_cq req;
	uint32_t cqe;
	struct method m;
	int second;

	assert_int_equal(alloc_async(c->fd, &second), 0);
	m = cq_method(c, &req, &cqe, &resp);
	add(&m, UVERBS_ATTR_CREATE_CQ_EVENT_FD, 0, second);
	assert_int_equal(run(c->fd, &m), 0);
	eqe.obj = htole32(resp.cqn);
	uv_event(skua_user_device(0), &eqe);
	assert_true(readable(second));
	assert_false(readable(c->async_fd));
	assert_int_equal(read(second, &desc, sizeof(desc)), sizeof(desc));
	assert_int_equal(desc.element, 1);
	assert_int_equal(desc.event_type, SKUA_IB_EVENT_CQ_ERR);

	m = cq_method(c, &req, &cqe, &resp);
	assert_int_equal(run(c->fd, &m), 0);
	eqe.obj = htole32(resp.cqn);
	uv_event(skua_user_device(0), &eqe);
	assert_false(readable(second));
	assert_true(readable(c->async_fd));
	assert_int_equal(close(second), 0);
}

static struct method qp_method(struct client *c, uint32_t cq,
			       struct client_qp *qp,
			       struct ib_uverbs_qp_cap *cap,
			       struct ib_uverbs_qp_cap *got, uint32_t *qpn)
{
	struct method m = method(UVERBS_OBJECT_QP, UVERBS_METHOD_QP_CREATE);

	*qp = client_qp(c, cq);
	*cap = (struct ib_uverbs_qp_cap){
		.max_send_wr = qp->core.max_send_wr,
		.max_recv_wr = qp->core.max_recv_wr,
		.max_send_sge = qp->core.max_send_sge,
		.max_recv_sge = qp->core.max_recv_sge,
	};
	add(&m, UVERBS_ATTR_CREATE_QP_HANDLE, 0, 0);
	add(&m, UVERBS_ATTR_CREATE_QP_PD_HANDLE, 0, c->pd);
	add(&m, UVERBS_ATTR_CREATE_QP_SEND_CQ_HANDLE, 0, cq);
	add(&m, UVERBS_ATTR_CREATE_QP_RECV_CQ_HANDLE, 0, cq);
	add(&m, UVERBS_ATTR_CREATE_QP_USER_HANDLE, 8, 1);
	add(&m, UVERBS_ATTR_CREATE_QP_CAP, sizeof(*cap), (uintptr_t)cap);
	add(&m, UVERBS_ATTR_CREATE_QP_TYPE, 8, qp->core.qp_type);
	add_out(&m, UVERBS_ATTR_CREATE_QP_RESP_CAP, got, sizeof(*got));
	add_out(&m, UVERBS_ATTR_CREATE_QP_RESP_QP_NUM, qpn, sizeof(*qpn));
	add(&m, UVERBS_ATTR_UHW_IN, sizeof(qp->drv), (uintptr_t)&qp->drv);
	return m;
}

static void test_qp(void **state)
{
	struct client *c = *state;
	struct ib_uverbs_destroy_qp_resp gone;
	struct ib_uverbs_qp_cap cap, got;
	uint32_t qpn, cq = make_cq(c);
	struct client_qp qp;
	struct method m;

	m = qp_method(c, cq, &qp, &cap, &got, &qpn);
	m.attr[2].data = c->pd;
	assert_int_equal(run(c->fd, &m), EINVAL);
	m = qp_method(c, cq, &qp, &cap, &got, &qpn);
	m.attr[1].data = 12345;
	assert_int_equal(run(c->fd, &m), ENOENT);
	m = qp_method(c, cq, &qp, &cap, &got, &qpn);
	add(&m, UVERBS_ATTR_CREATE_QP_FLAGS, 4, 1u << 30);
	assert_int_equal(run(c->fd, &m), EINVAL);
	m = qp_method(c, cq, &qp, &cap, &got, &qpn);
	add(&m, UVERBS_ATTR_CREATE_QP_FLAGS, 4,
	    IB_UVERBS_QP_CREATE_SCATTER_FCS);
	assert_int_equal(run(c->fd, &m), EOPNOTSUPP);

	/* Nothing of a QP stays whose number cannot be told. */
	m = qp_method(c, cq, &qp, &cap, &got, &qpn);
	m.attr[8].data = CLIENT_NOWHERE;
	assert_int_equal(run(c->fd, &m), EFAULT);
	assert_int_equal(destroy_cq(c, cq), 0);

	cq = make_cq(c);
	m = qp_method(c, cq, &qp, &cap, &got, &qpn);
	add(&m, UVERBS_ATTR_CREATE_QP_FLAGS, 4, IB_UVERBS_QP_CREATE_SQ_SIG_ALL);
	assert_int_equal(run(c->fd, &m), 0);
	assert_int_equal(got.max_recv_wr, 16);
	assert_int_equal(destroy_cq(c, cq), EBUSY);
	assert_int_equal(destroy(c, UVERBS_OBJECT_QP, UVERBS_METHOD_QP_DESTROY,
				 m.attr[0].data, &gone, sizeof(gone)), 0);
	assert_int_equal(destroy_cq(c, cq), 0);
}

static void test_srq(void **state)
{
	struct client *c = *state;
	struct skua_ureq_create_srq req = {
		.buf = (uintptr_t)c->mem,
		.log_size = 4,
		.log_stride = 6,
	};
	struct ib_uverbs_destroy_srq_resp gone;
	uint32_t wr = 0, sge = 0;
	struct method m = method(UVERBS_OBJECT_SRQ, UVERBS_METHOD_SRQ_CREATE);

	add(&m, UVERBS_ATTR_CREATE_SRQ_HANDLE, 0, 0);
	add(&m, UVERBS_ATTR_CREATE_SRQ_TYPE, 8, 0);
	add(&m, UVERBS_ATTR_CREATE_SRQ_USER_HANDLE, 8, 1);
	add(&m, UVERBS_ATTR_CREATE_SRQ_PD_HANDLE, 0, c->pd);
	add(&m, UVERBS_ATTR_CREATE_SRQ_MAX_WR, 4, 16);
	add(&m, UVERBS_ATTR_CREATE_SRQ_MAX_SGE, 4, 1);
	add(&m, UVERBS_ATTR_CREATE_SRQ_LIMIT, 4, 0);
	add_out(&m, UVERBS_ATTR_CREATE_SRQ_RESP_MAX_WR, &wr, sizeof(wr));
	add_out(&m, UVERBS_ATTR_CREATE_SRQ_RESP_MAX_SGE, &sge, sizeof(sge));
	add(&m, UVERBS_ATTR_UHW_IN, sizeof(req), (uintptr_t)&req);
	assert_int_equal(run(c->fd, &m), 0);
	assert_int_equal(wr, 16);
	assert_int_equal(destroy(c, UVERBS_OBJECT_PD, UVERBS_METHOD_PD_DESTROY,
				 c->pd, NULL, 0), EBUSY);
	assert_int_equal(destroy(c, UVERBS_OBJECT_SRQ, UVERBS_METHOD_SRQ_DESTROY,
				 m.attr[0].data, &gone, sizeof(gone)), 0);
	assert_int_equal(destroy(c, UVERBS_OBJECT_PD, UVERBS_METHOD_PD_DESTROY,
				 c->pd, NULL, 0), 0);
}

static void test_mr(void **state)
{
	struct client *c = *state;
	struct ib_uverbs_reg_mr_resp resp;
	struct {
		struct ib_uverbs_cmd_hdr hdr;
		struct ib_uverbs_reg_mr core;
	} cmd = {
		.core = {
			.response = (uintptr_t)&resp,
			.start = (uintptr_t)c->mem,
			.length = 100,
			.hca_va = 3 * CLIENT_PAGE,
			.pd_handle = c->pd,
			.access_flags = IB_UVERBS_ACCESS_LOCAL_WRITE,
		},
	};
	struct method m = method(UVERBS_OBJECT_MR, UVERBS_METHOD_QUERY_MR);
	uint64_t length = 0, iova = 0;
	uint32_t lkey = 0, rkey = 0;

	assert_int_equal(client_give(c->fd, IB_USER_VERBS_CMD_REG_MR, &cmd,
				     sizeof(cmd), sizeof(resp)), 0);
	add(&m, UVERBS_ATTR_QUERY_MR_HANDLE, 0, resp.mr_handle);
	add_out(&m, UVERBS_ATTR_QUERY_MR_RESP_LKEY, &lkey, sizeof(lkey));
	add_out(&m, UVERBS_ATTR_QUERY_MR_RESP_RKEY, &rkey, sizeof(rkey));
	add_out(&m, UVERBS_ATTR_QUERY_MR_RESP_LENGTH, &length, sizeof(length));
	add_out(&m, UVERBS_ATTR_QUERY_MR_RESP_IOVA, &iova, sizeof(iova));
	assert_int_equal(run(c->fd, &m), 0);
	assert_int_equal(lkey, resp.lkey);
	assert_int_equal(rkey, resp.rkey);
	assert_int_equal(length, 100);
	assert_int_equal(iova, 3 * CLIENT_PAGE);
	assert_int_equal(destroy(c, UVERBS_OBJECT_MR, UVERBS_METHOD_MR_DESTROY,
				 resp.mr_handle, NULL, 0), 0);
	assert_int_equal(run(c->fd, &m), ENOENT);
}

/* The object is there, and the driver lacks what it is asked for. */
static void test_advise(void **state)
{
	struct client *c = *state;
	struct ib_uverbs_sge sge = { 0 };
	struct method m = method(UVERBS_OBJECT_MR, UVERBS_METHOD_ADVISE_MR);

	add(&m, UVERBS_ATTR_ADVISE_MR_PD_HANDLE, 0, c->pd);
	add(&m, UVERBS_ATTR_ADVISE_MR_ADVICE, 8, 0);
	add(&m, UVERBS_ATTR_ADVISE_MR_FLAGS, 4, 0);
	add(&m, UVERBS_ATTR_ADVISE_MR_SGE_LIST, sizeof(sge), (uintptr_t)&sge);
	assert_int_equal(run(c->fd, &m), EOPNOTSUPP);
	m.attr[0].data = 999;
	assert_int_equal(run(c->fd, &m), ENOENT);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(test_##name, client_setup, \
					client_teardown)
	const struct CMUnitTest tests[] = {
		TEST(query_port), TEST(ill_formed), TEST(context), TEST(cq),
		TEST(async),	  TEST(qp),	    TEST(srq),	   TEST(mr),
		TEST(advise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
