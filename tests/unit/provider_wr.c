// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* ibv_wr_*(): the same WQEs as by ibv_post_send(), and nothing on abort. */
#include <errno.h>

#include "provider_fake.h"

#define WQE(qp, index) ((const struct skua_hwi_wqe_ctrl *)sq_block(qp, index))

static void copy_ring(const struct skua_qp *qp, void *to, uint32_t blocks)
{
	memcpy(to, qp->sq.ring, blocks * SKUA_HWI_WQE_BB);
	memset(qp->sq.ring, 0, (qp->sq.mask + 1) * SKUA_HWI_WQE_BB);
}

/* Each request both ways, on two fresh QPs; the rings must be the same. */
static void test_same_as_post_send(void **state)
{
	struct fake *f = *state;
	struct skua_qp *a = make_qp(f, IBV_QPT_RC, 16, 2, 64, NULL);
	struct skua_qp *b = make_qp(f, IBV_QPT_RC, 16, 2, 64, NULL);
	struct ibv_qp_ex *ex = ibv_qp_to_qp_ex(&b->vqp.qp);
	struct ibv_mr mr = { .lkey = 0x501 };
	struct ibv_mw mw = {};
	struct ibv_mw_bind_info info = { &mr, 0x2000, 64,
					 IBV_ACCESS_REMOTE_WRITE };
	struct ibv_sge sge[2] = { { 0x1000, 10, 1 }, { 0x2000, 20, 2 } };
	char data[] = "some inline data";
	struct ibv_sge text = { (uintptr_t)data, 16, 0 };
	struct ibv_send_wr wr[] = {
		{ .opcode = IBV_WR_RDMA_WRITE, .wr.rdma = { 0xa000, 1 } },
		{ .opcode = IBV_WR_RDMA_WRITE_WITH_IMM, .imm_data = 9,
		  .wr.rdma = { 0xb000, 2 } },
		{ .opcode = IBV_WR_RDMA_READ, .wr.rdma = { 0xc000, 3 } },
		{ .opcode = IBV_WR_SEND },
		{ .opcode = IBV_WR_SEND_WITH_IMM, .imm_data = 10 },
		{ .opcode = IBV_WR_SEND_WITH_INV, .invalidate_rkey = 11 },
		{ .opcode = IBV_WR_ATOMIC_CMP_AND_SWP,
		  .wr.atomic = { 0xd000, 4, 5, 6 } },
		{ .opcode = IBV_WR_ATOMIC_FETCH_AND_ADD,
		  .wr.atomic = { 0xe000, 7, 0, 8 } },
		{ .opcode = IBV_WR_LOCAL_INV, .invalidate_rkey = 12 },
		{ .opcode = IBV_WR_BIND_MW,
		  .bind_mw = { &mw, 0x602, info } },
		{ .opcode = IBV_WR_SEND, .send_flags = IBV_SEND_INLINE,
		  .sg_list = &text },
		{ .opcode = IBV_WR_SEND, .sg_list = sge, .num_sge = 2 },
	};
	const size_t num = sizeof(wr) / sizeof(*wr);
	char want[16 * SKUA_HWI_WQE_BB], got[sizeof(want)];
	struct ibv_send_wr *bad;
	size_t i;

	for (i = 0; i < num; i++) {
		wr[i].wr_id = i;
		wr[i].send_flags |= IBV_SEND_SIGNALED;
		wr[i].next = i + 1 < num ? &wr[i + 1] : NULL;
		if (!wr[i].num_sge)
			wr[i].num_sge = 1;
		if (!wr[i].sg_list)
			wr[i].sg_list = sge;
	}
	assert_int_equal(skua_post_send(&a->vqp.qp, wr, &bad), 0);

	ibv_wr_start(ex);
	ex->wr_flags = IBV_SEND_SIGNALED;
	ex->wr_id = 0;
	ibv_wr_rdma_write(ex, 1, 0xa000);
	ibv_wr_set_sge(ex, 1, 0x1000, 10);
	ex->wr_id++;
	ibv_wr_rdma_write_imm(ex, 2, 0xb000, 9);
	ibv_wr_set_sge(ex, 1, 0x1000, 10);
	ex->wr_id++;
	ibv_wr_rdma_read(ex, 3, 0xc000);
	ibv_wr_set_sge(ex, 1, 0x1000, 10);
	ex->wr_id++;
	ibv_wr_send(ex);
	ibv_wr_set_sge(ex, 1, 0x1000, 10);
	ex->wr_id++;
	ibv_wr_send_imm(ex, 10);
	ibv_wr_set_sge_list(ex, 1, sge);
	ex->wr_id++;
	ibv_wr_send_inv(ex, 11);
	ibv_wr_set_sge(ex, 1, 0x1000, 10);
	ex->wr_id++;
	ibv_wr_atomic_cmp_swp(ex, 6, 0xd000, 4, 5);
	ibv_wr_set_sge(ex, 1, 0x1000, 10);
	ex->wr_id++;
	ibv_wr_atomic_fetch_add(ex, 8, 0xe000, 7);
	ibv_wr_set_sge(ex, 1, 0x1000, 10);
	ex->wr_id++;
	ibv_wr_local_inv(ex, 12);
	ex->wr_id++;
	ibv_wr_bind_mw(ex, &mw, 0x602, &info);
	ex->wr_id++;
	ibv_wr_send(ex);
	ibv_wr_set_inline_data(ex, data, 16);
	ex->wr_id++;
	ibv_wr_send(ex);
	ibv_wr_set_sge_list(ex, 2, sge);
	assert_int_equal(ibv_wr_complete(ex), 0);

	assert_int_equal(slot_pi(a), num);
	assert_int_equal(slot_pi(b), num);
	for (i = 0; i < num; i++)
		assert_int_equal(b->sq.wr[i].wr_id, a->sq.wr[i].wr_id);
	copy_ring(a, want, num);
	copy_ring(b, got, num);
	assert_memory_equal(got, want, num * SKUA_HWI_WQE_BB);
	free_qp(b);
	free_qp(a);
}

/* The address may come before or after the data. */
static void test_ud(void **state)
{
	struct fake *f = *state;
	struct skua_qp *qp = make_qp(f, IBV_QPT_UD, 4, 1, 32, NULL);
	struct ibv_qp_ex *ex = ibv_qp_to_qp_ex(&qp->vqp.qp);
	struct ibv_ah *ah = make_ah(f);
	char hello[] = "Hello, world";
	struct ibv_data_buf buf[2] = { { hello, 7 }, { hello + 7, 6 } };
	const struct skua_hwi_wqe_ud *ud;
	uint32_t i;

	ibv_wr_start(ex);
	ex->wr_flags = 0;
	ibv_wr_send(ex);
	ibv_wr_set_ud_addr(ex, ah, 0x21, 0x31);
	ibv_wr_set_inline_data_list(ex, 2, buf);
	ibv_wr_send_imm(ex, 1);
	ibv_wr_set_inline_data_list(ex, 2, buf);
	ibv_wr_set_ud_addr(ex, ah, 0x21, 0x31);
	assert_int_equal(ibv_wr_complete(ex), 0);

	for (i = 0; i < 4; i += 2) {
		ud = (const void *)(WQE(qp, i) + 1);
		assert_int_equal(WQE(qp, i)->num_bb, 2);
		assert_int_equal(WQE(qp, i)->flags, SKUA_HWI_WQE_INLINE);
		assert_int_equal(le32toh(WQE(qp, i)->inline_len), 13);
		assert_int_equal(le32toh(ud->dqpn), 0x21);
		assert_memory_equal(&ud->av, &to_skua_ah(ah)->av,
				    sizeof(ud->av));
		assert_string_equal(sq_block(qp, i + 1), "Hello, world");
	}
	assert_int_equal(slot_pi(qp), 4);
	skua_destroy_ah(ah);
	free_qp(qp);
}

static void test_abort(void **state)
{
	struct fake *f = *state;
	struct skua_qp *qp = make_qp(f, IBV_QPT_RC, 4, 1, 0, NULL);
	struct ibv_qp_ex *ex = ibv_qp_to_qp_ex(&qp->vqp.qp);

	qp->sq.db->armed = htole32(1);
	ibv_wr_start(ex);
	ibv_wr_send(ex);
	ibv_wr_set_sge(ex, 1, 2, 3);
	ibv_wr_abort(ex);
	assert_int_equal(slot_pi(qp), 0);
	ibv_wr_start(ex);
	assert_int_equal(ibv_wr_complete(ex), 0);
	assert_int_equal(take_kick(f), FAKE_NO_KICK);

	ibv_wr_start(ex);
	ibv_wr_send(ex);
	assert_int_equal(ibv_wr_complete(ex), 0);
	assert_int_equal(slot_pi(qp), 1);
	assert_int_equal(take_kick(f), qp->slot);
	free_qp(qp);
}

/* One error and none of the list goes out. */
static void test_errors(void **state)
{
	struct fake *f = *state;
	struct skua_qp *qp = make_qp(f, IBV_QPT_RC, 4, 1, 0, NULL);
	struct ibv_qp_ex *ex = ibv_qp_to_qp_ex(&qp->vqp.qp);
	struct ibv_sge list[SKUA_HWI_MAX_SGE + 1] = {};
	char data[SKUA_HWI_MAX_INLINE + 1] = {};
	int i;

	ibv_wr_start(ex);
	for (i = 0; i < 5; i++)
		ibv_wr_send(ex);
	assert_int_equal(ibv_wr_complete(ex), ENOMEM);

	ibv_wr_start(ex);
	ibv_wr_send(ex);
	ibv_wr_set_sge(ex, 1, 2, 3);
	ibv_wr_send(ex);
	ibv_wr_set_sge_list(ex, qp->sq.max_sge + 1, list);
	assert_int_equal(ibv_wr_complete(ex), EINVAL);

	ibv_wr_start(ex);
	ibv_wr_send(ex);
	ibv_wr_set_inline_data(ex, data, qp->sq.max_inline + 1);
	assert_int_equal(ibv_wr_complete(ex), EINVAL);

	ibv_wr_start(ex);
	ibv_wr_send(ex);
	ibv_wr_set_inline_data(ex, data, SIZE_MAX);
	assert_int_equal(ibv_wr_complete(ex), EINVAL);

	/* Atomic with two SGEs is two blocks; the fourth is the last. */
	ibv_wr_start(ex);
	for (i = 0; i < 4; i++)
		ibv_wr_atomic_fetch_add(ex, 1, 2, 3);
	ibv_wr_set_sge_list(ex, 2, list);
	assert_int_equal(ibv_wr_complete(ex), ENOMEM);

	set_state(qp, IBV_QPS_INIT);
	ibv_wr_start(ex);
	ibv_wr_send(ex);
	assert_int_equal(ibv_wr_complete(ex), EINVAL);
	assert_int_equal(slot_pi(qp), 0);
	free_qp(qp);
}

static void test_ops_by_type(void **state)
{
	struct fake *f = *state;
	struct ibv_qp_init_attr_ex attr = {
		.send_cq = ibv_cq_ex_to_cq(f->cq),
		.recv_cq = ibv_cq_ex_to_cq(f->cq),
		.cap = { .max_send_wr = 1, .max_send_sge = 1 },
		.comp_mask = IBV_QP_INIT_ATTR_PD |
			     IBV_QP_INIT_ATTR_SEND_OPS_FLAGS,
		.pd = f->pd,
	};

	attr.qp_type = IBV_QPT_UD;
	attr.send_ops_flags = IBV_QP_EX_WITH_RDMA_WRITE;
	assert_null(skua_create_qp_ex(&f->ctx.vctx.context, &attr));
	assert_int_equal(errno, EOPNOTSUPP);
	attr.qp_type = IBV_QPT_UC;
	attr.send_ops_flags = IBV_QP_EX_WITH_RDMA_READ;
	assert_null(skua_create_qp_ex(&f->ctx.vctx.context, &attr));
	attr.qp_type = IBV_QPT_RC;
	attr.send_ops_flags = IBV_QP_EX_WITH_TSO;
	assert_null(skua_create_qp_ex(&f->ctx.vctx.context, &attr));
	f->ctx.caps = ~SKUA_HWI_CAP_ATOMIC;
	attr.send_ops_flags = IBV_QP_EX_WITH_ATOMIC_CMP_AND_SWP;
	assert_null(skua_create_qp_ex(&f->ctx.vctx.context, &attr));
	assert_int_equal(errno, EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(test_##name, fake_setup, fake_teardown)
		TEST(same_as_post_send), TEST(ud), TEST(abort), TEST(errors),
		TEST(ops_by_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
