// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Unreliable connection: a message arrives whole or not at all. */
#include "rig.h"

#include "rdma/packet.h"

#define MIB (1u << 20)

static void test_operations(void **state)
{
	struct rig *r = *state;
	static const uint32_t sizes[] = { 0, 1, 4097, 262145, 3 * MIB };
	struct model_wr wr = { .opcode = SKUA_HWI_WQE_WRITE_IMM, .imm = 9 };
	struct skua_hwi_cqe cqe;
	unsigned int i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		rig_fill(r, 0, i);
		model_recv(&r->p.qp[1], i, &r->mr[1], 0, RIG_MR_SIZE);
		model_send(&r->p.qp[0], SKUA_HWI_WQE_SEND, &r->mr[0], 3,
			   sizes[i], 0, 0);
		rig_expect(&r->p.cq[0], 2 * i, 0);
		cqe = rig_expect(&r->p.cq[1], i, 0);
		assert_int_equal(le32toh(cqe.byte_len), sizes[i]);
		assert_memory_equal(r->mr[1].buf, r->mr[0].buf + 3, sizes[i]);

		rig_fill(r, 0, 100 + i);
		model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 3,
			   sizes[i], r->mr[1].iova + 5, r->mr[1].key);
		rig_expect(&r->p.cq[0], 2 * i + 1, 0);
		assert_memory_equal(r->mr[1].buf + 5, r->mr[0].buf + 3, sizes[i]);
	}
	model_recv(&r->p.qp[1], 77, &r->mr[1], 0, 8);
	rig_post(&r->p.qp[0], &wr);
	cqe = rig_expect(&r->p.cq[1], 77, 0);
	assert_int_equal(cqe.opcode, SKUA_HWI_CQE_RECV_WRITE_IMM);
	assert_int_equal(be32toh(cqe.imm), 9);
}

/* Whichever packet is lost, its message is, and its receive serves the next. */
static void test_lost(void **state)
{
	struct rig *r = *state;
	struct skua_hwi_cqe cqe;
	unsigned int n;

	for (n = 0; n < 4; n++) {
		rig_faults(r, SKUA_PKT_SEND, 1ull << n, 0);
		model_recv(&r->p.qp[1], n, &r->mr[1], 0, MIB);
		model_send(&r->p.qp[0], SKUA_HWI_WQE_SEND, &r->mr[0], 0, MIB, 0,
			   0);
		rig_expect(&r->p.cq[0], 2 * n, 0);
		rig_expect_none(&r->p.cq[1]);
		assert_int_equal(r->fault.dropped, 1);
		rig_fill(r, 0, n);
		model_send(&r->p.qp[0], SKUA_HWI_WQE_SEND, &r->mr[0], 0, 1000,
			   0, 0);
		rig_expect(&r->p.cq[0], 2 * n + 1, 0);
		cqe = rig_expect(&r->p.cq[1], n, 0);
		assert_int_equal(le32toh(cqe.byte_len), 1000);
		assert_memory_equal(r->mr[1].buf, r->mr[0].buf, 1000);
	}
}

static void test_no_receive(void **state)
{
	struct rig *r = *state;

	model_send(&r->p.qp[0], SKUA_HWI_WQE_SEND, &r->mr[0], 0, 8, 0, 0);
	rig_expect(&r->p.cq[0], 0, 0);
	assert_int_equal(rig_counter(&r->m->fn[1], SKUA_HWI_CNT_OUT_OF_BUFFER),
			 1);
	model_recv(&r->p.qp[1], 1, &r->mr[1], 0, 8);
	rig_expect_none(&r->p.cq[1]);
}

static void test_bad_rkey(void **state)
{
	struct rig *r = *state;

	r->mr[1].buf[0] = 7;
	model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 0, 8,
		   r->mr[1].iova, r->mr[1].key ^ 1);
	rig_expect(&r->p.cq[0], 0, 0);
	assert_int_equal(r->mr[1].buf[0], 7);
	assert_int_equal(rig_state(&r->p.qp[1]), SKUA_HWI_QPS_RTS);
}

static void test_recv_too_small(void **state)
{
	struct rig *r = *state;

	model_recv(&r->p.qp[1], 1, &r->mr[1], 0, 7);
	model_send(&r->p.qp[0], SKUA_HWI_WQE_SEND, &r->mr[0], 0, 8, 0, 0);
	rig_expect(&r->p.cq[0], 0, 0);
	rig_expect(&r->p.cq[1], 1, SKUA_HWI_CQE_LOC_LEN_ERR);
	assert_int_equal(rig_state(&r->p.qp[1]), SKUA_HWI_QPS_ERR);
}

/* A bad send stops the send queue in SQE; receives go on; RTS mends it. */
static void test_sqe(void **state)
{
	struct rig *r = *state;
	struct skua_hwi_qp_attr attr = { .state = SKUA_HWI_QPS_RTS };
	struct model_mr bad = r->mr[0];

	bad.key ^= 1;
	model_send(&r->p.qp[0], SKUA_HWI_WQE_READ, &r->mr[0], 0, 8,
		   r->mr[1].iova, r->mr[1].key);
	model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 0, 8,
		   r->mr[1].iova, r->mr[1].key);
	rig_expect(&r->p.cq[0], 0, SKUA_HWI_CQE_LOC_QP_OP_ERR);
	rig_expect(&r->p.cq[0], 1, SKUA_HWI_CQE_WR_FLUSH_ERR);
	assert_int_equal(rig_state(&r->p.qp[0]), SKUA_HWI_QPS_SQE);

	model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 0, 8,
		   r->mr[1].iova, r->mr[1].key);
	rig_expect(&r->p.cq[0], 2, SKUA_HWI_CQE_WR_FLUSH_ERR);
	model_recv(&r->p.qp[0], 33, &r->mr[0], 0, 8);
	model_send(&r->p.qp[1], SKUA_HWI_WQE_SEND, &r->mr[1], 0, 8, 0, 0);
	rig_expect(&r->p.cq[0], 33, 0);

	assert_int_equal(model_modify(&r->p.qp[0], SKUA_HWI_QP_STATE, &attr), 0);
	model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 0, 8,
		   r->mr[1].iova, r->mr[1].key);
	rig_expect(&r->p.cq[0], 3, 0);
	model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &bad, 0, 8, r->mr[1].iova,
		   r->mr[1].key);
	rig_expect(&r->p.cq[0], 4, SKUA_HWI_CQE_LOC_PROT_ERR);
}

static void test_loopback(void **state)
{
	struct rig *r = *state;
	struct model_fn *f = &r->m->fn[0];
	struct model_mr mr = model_mr(f, MIB, ACCESS_ALL);
	struct skua_hwi_cqe cqe;
	struct model_cq cq;
	struct model_qp qp;

	model_cq(f, &cq, 6);
	model_qp(f, &qp, SKUA_HWI_QPT_UC, &cq, &cq, NULL, 6, 6);
	model_connect(&qp, &qp);
	memset(mr.buf, 0x42, MIB / 2);
	model_recv(&qp, 99, &mr, MIB / 2, MIB / 2);
	model_send(&qp, SKUA_HWI_WQE_SEND, &mr, 0, MIB / 2, 0, 0);
	rig_expect(&cq, 99, 0);
	rig_expect(&cq, 0, 0);
	assert_memory_equal(mr.buf, mr.buf + MIB / 2, MIB / 2);

	/* It may even put itself into ERR: no receive is long enough. */
	model_recv(&qp, 98, &mr, 0, 1);
	model_send(&qp, SKUA_HWI_WQE_SEND, &mr, 0, 2, 0, 0);
	rig_expect(&cq, 98, SKUA_HWI_CQE_LOC_LEN_ERR);
	assert_true(model_poll(&cq, &cqe));
	assert_int_equal(cqe.status, SKUA_HWI_CQE_WR_FLUSH_ERR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(test_operations, uc),
		RIG_TEST(test_lost, uc),
		RIG_TEST(test_no_receive, uc),
		RIG_TEST(test_bad_rkey, uc),
		RIG_TEST(test_recv_too_small, uc),
		RIG_TEST(test_sqe, uc),
		RIG_TEST(test_loopback, bare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
