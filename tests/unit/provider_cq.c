// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Completion queues: decoding, laps, arming, and QPs that go away. */
#include <errno.h>

#include "provider_fake.h"

static void post_sends(struct skua_qp *qp, uint64_t wr_id, int num)
{
	struct ibv_send_wr wr = { .opcode = IBV_WR_SEND }, *bad;

	for (; num; num--) {
		wr.wr_id = wr_id++;
		assert_int_equal(skua_post_send(&qp->vqp.qp, &wr, &bad), 0);
	}
}

static int poll(struct fake *f, int num, struct ibv_wc *wc)
{
	return skua_poll_cq(ibv_cq_ex_to_cq(f->cq), num, wc);
}

static const struct skua_hwi_cq_rec *rec(struct fake *f)
{
	return to_skua_cq_ex(f->cq)->rec;
}

static void test_laps(void **state)
{
	struct fake *f = *state;
	struct skua_qp *qp = make_qp(f, IBV_QPT_RC, 64, 1, 0, NULL);
	struct ibv_wc wc[16];
	uint32_t i;

	assert_int_equal(poll(f, 16, wc), 0);
	for (i = 0; i < 50; i++) {
		post_sends(qp, i, 1);
		put_cqe(f, qp->vqp.qp.qp_num, SKUA_HWI_CQE_SEND, i);
		assert_int_equal(poll(f, 16, wc), 1);
		assert_int_equal(wc[0].wr_id, i);
		assert_int_equal(le32toh(rec(f)->ci), i + 1);
		assert_int_equal(poll(f, 16, wc), 0);
	}

	/* A full ring, taken in two goes. */
	post_sends(qp, 50, 16);
	for (; i < 66; i++)
		put_cqe(f, qp->vqp.qp.qp_num, SKUA_HWI_CQE_SEND, i);
	assert_int_equal(poll(f, 5, wc), 5);
	assert_int_equal(le32toh(rec(f)->ci), 55);
	assert_int_equal(poll(f, 16, wc), 11);
	assert_int_equal(wc[10].wr_id, 65);
	free_qp(qp);
}

static void test_fields(void **state)
{
	struct fake *f = *state;
	struct skua_qp *qp = make_qp(f, IBV_QPT_RC, 4, 1, 0, NULL);
	struct ibv_recv_wr rwr = { .wr_id = 5 }, *bad;
	struct skua_hwi_cqe *cqe;
	struct ibv_wc wc;

	assert_int_equal(skua_post_recv(&qp->vqp.qp, &rwr, &bad), 0);
	cqe = put_cqe(f, qp->vqp.qp.qp_num, SKUA_HWI_CQE_RECV, 0);
	cqe->byte_len = htole32(1234);
	cqe->imm = htobe32(0x0a0b0c0d);
	cqe->src_qpn = htole32(0x55);
	cqe->pkey_index = htole16(0);
	cqe->sl = 3;
	cqe->flags = SKUA_HWI_CQE_F_GRH | SKUA_HWI_CQE_F_IMM;
	memset(&wc, 0xff, sizeof(wc));
	assert_int_equal(poll(f, 1, &wc), 1);
	assert_int_equal(wc.wr_id, 5);
	assert_int_equal(wc.status, IBV_WC_SUCCESS);
	assert_int_equal(wc.opcode, IBV_WC_RECV);
	assert_int_equal(wc.byte_len, 1234);
	assert_int_equal(be32toh(wc.imm_data), 0x0a0b0c0d);
	assert_int_equal(wc.qp_num, qp->vqp.qp.qp_num);
	assert_int_equal(wc.src_qp, 0x55);
	assert_int_equal(wc.wc_flags, IBV_WC_GRH | IBV_WC_WITH_IMM);
	assert_int_equal(wc.pkey_index, 0);
	assert_int_equal(wc.slid, 0);
	assert_int_equal(wc.sl, 3);
	assert_int_equal(wc.dlid_path_bits, 0);

	assert_int_equal(skua_post_recv(&qp->vqp.qp, &rwr, &bad), 0);
	cqe = put_cqe(f, qp->vqp.qp.qp_num, SKUA_HWI_CQE_RECV, 1);
	cqe->inv_key = htole32(0x12345601);
	cqe->flags = SKUA_HWI_CQE_F_INV;
	assert_int_equal(poll(f, 1, &wc), 1);
	assert_int_equal(wc.wc_flags, IBV_WC_WITH_INV);
	assert_int_equal(wc.invalidated_rkey, 0x12345601);
	free_qp(qp);
}

static void test_opcodes(void **state)
{
	static const struct {
		uint8_t hwi;
		enum ibv_wc_opcode verbs;
	} ops[] = {
		{ SKUA_HWI_CQE_SEND, IBV_WC_SEND },
		{ SKUA_HWI_CQE_WRITE, IBV_WC_RDMA_WRITE },
		{ SKUA_HWI_CQE_READ, IBV_WC_RDMA_READ },
		{ SKUA_HWI_CQE_CMP_SWAP, IBV_WC_COMP_SWAP },
		{ SKUA_HWI_CQE_FETCH_ADD, IBV_WC_FETCH_ADD },
		{ SKUA_HWI_CQE_BIND_MW, IBV_WC_BIND_MW },
		{ SKUA_HWI_CQE_LOCAL_INV, IBV_WC_LOCAL_INV },
	};
	struct fake *f = *state;
	struct skua_qp *qp = make_qp(f, IBV_QPT_RC, 8, 1, 0, NULL);
	struct ibv_wc wc;
	size_t i;

	for (i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
		post_sends(qp, i, 1);
		put_cqe(f, qp->vqp.qp.qp_num, ops[i].hwi, i);
		memset(&wc, 0xff, sizeof(wc));
		assert_int_equal(poll(f, 1, &wc), 1);
		assert_int_equal(wc.opcode, ops[i].verbs);
		assert_int_equal(wc.wc_flags, 0);
	}
	free_qp(qp);
}

/* All of IBTA 11.6.2, and one that no version of the interface has. */
static void test_statuses(void **state)
{
	static const enum ibv_wc_status want[] = {
		IBV_WC_SUCCESS, IBV_WC_LOC_LEN_ERR, IBV_WC_LOC_QP_OP_ERR,
		IBV_WC_LOC_PROT_ERR, IBV_WC_WR_FLUSH_ERR, IBV_WC_MW_BIND_ERR,
		IBV_WC_LOC_ACCESS_ERR, IBV_WC_REM_INV_REQ_ERR,
		IBV_WC_REM_ACCESS_ERR, IBV_WC_REM_OP_ERR, IBV_WC_RETRY_EXC_ERR,
		IBV_WC_RNR_RETRY_EXC_ERR, IBV_WC_REM_ABORT_ERR,
		IBV_WC_FATAL_ERR, IBV_WC_GENERAL_ERR, IBV_WC_GENERAL_ERR,
	};
	struct fake *f = *state;
	struct skua_qp *qp = make_qp(f, IBV_QPT_RC, 32, 1, 0, NULL);
	struct ibv_poll_cq_attr attr = {};
	struct skua_hwi_cqe *cqe;
	struct ibv_wc wc;
	uint32_t i;

	for (i = 0; i < sizeof(want) / sizeof(*want); i++) {
		post_sends(qp, 2 * i, 2);
		cqe = put_cqe(f, qp->vqp.qp.qp_num, SKUA_HWI_CQE_SEND, 2 * i);
		cqe->status = i;
		cqe->vendor_err = htole32(0xbad);
		assert_int_equal(poll(f, 1, &wc), 1);
		assert_int_equal(wc.status, want[i]);
		assert_int_equal(wc.wr_id, 2 * i);
		assert_int_equal(wc.qp_num, qp->vqp.qp.qp_num);
		if (i)
			assert_int_equal(wc.vendor_err, 0xbad);

		cqe = put_cqe(f, qp->vqp.qp.qp_num, 0, 2 * i + 1);
		cqe->status = i;
		assert_int_equal(ibv_start_poll(f->cq, &attr), 0);
		assert_int_equal(f->cq->status, want[i]);
		ibv_end_poll(f->cq);
	}

	/* Of a failed receive only bit 7 of the opcode is defined. */
	cqe = put_cqe(f, qp->vqp.qp.qp_num, SKUA_HWI_CQE_IS_RECV | 0x55, 0);
	cqe->status = SKUA_HWI_CQE_WR_FLUSH_ERR;
	qp->rq.wr_id[0] = 99;
	assert_int_equal(poll(f, 1, &wc), 1);
	assert_int_equal(wc.wr_id, 99);
	assert_int_equal(wc.status, IBV_WC_WR_FLUSH_ERR);
	free_qp(qp);
}

static void test_ex(void **state)
{
	struct fake *f = *state;
	struct skua_qp *qp = make_qp(f, IBV_QPT_RC, 4, 1, 0, NULL);
	struct ibv_poll_cq_attr attr = {};
	struct skua_hwi_cqe *cqe;

	assert_int_equal(ibv_start_poll(f->cq, &attr), ENOENT);

	post_sends(qp, 40, 1);
	put_cqe(f, qp->vqp.qp.qp_num, SKUA_HWI_CQE_SEND, 0);
	qp->rq.wr_id[0] = 41;
	cqe = put_cqe(f, qp->vqp.qp.qp_num, SKUA_HWI_CQE_RECV, 0);
	cqe->byte_len = htole32(77);
	cqe->imm = htobe32(88);
	cqe->src_qpn = htole32(0x99);
	cqe->vlan = htole16(0x6005);
	cqe->sl = 2;
	cqe->flags = SKUA_HWI_CQE_F_IMM | SKUA_HWI_CQE_F_VLAN;
	cqe->timestamp = htole64(0x123456789abcdef);
	cqe->vendor_err = htole32(0x31);

	assert_int_equal(ibv_start_poll(f->cq, &attr), 0);
	assert_int_equal(f->cq->wr_id, 40);
	assert_int_equal(f->cq->status, IBV_WC_SUCCESS);
	assert_int_equal(ibv_wc_read_opcode(f->cq), IBV_WC_SEND);
	assert_int_equal(ibv_next_poll(f->cq), 0);
	assert_int_equal(f->cq->wr_id, 41);
	assert_int_equal(ibv_wc_read_opcode(f->cq), IBV_WC_RECV);
	assert_int_equal(ibv_wc_read_byte_len(f->cq), 77);
	assert_int_equal(be32toh(ibv_wc_read_imm_data(f->cq)), 88);
	assert_int_equal(ibv_wc_read_qp_num(f->cq), qp->vqp.qp.qp_num);
	assert_int_equal(ibv_wc_read_src_qp(f->cq), 0x99);
	assert_int_equal(ibv_wc_read_wc_flags(f->cq), IBV_WC_WITH_IMM);
	assert_int_equal(ibv_wc_read_slid(f->cq), 0);
	assert_int_equal(ibv_wc_read_sl(f->cq), 2);
	assert_int_equal(ibv_wc_read_dlid_path_bits(f->cq), 0);
	assert_int_equal(ibv_wc_read_completion_ts(f->cq), 0x123456789abcdef);
	assert_int_equal(ibv_wc_read_cvlan(f->cq), 0x6005);
	assert_int_equal(ibv_wc_read_vendor_err(f->cq), 0x31);

	/* The entries are the caller's until it says so. */
	assert_int_equal(le32toh(rec(f)->ci), 0);
	assert_int_equal(ibv_next_poll(f->cq), ENOENT);
	ibv_end_poll(f->cq);
	assert_int_equal(le32toh(rec(f)->ci), 2);

	cqe = put_cqe(f, qp->vqp.qp.qp_num, SKUA_HWI_CQE_RECV, 0);
	cqe->inv_key = htole32(0xcafe);
	cqe->flags = SKUA_HWI_CQE_F_INV;
	assert_int_equal(ibv_start_poll(f->cq, &attr), 0);
	assert_int_equal(ibv_wc_read_invalidated_rkey(f->cq), 0xcafe);
	ibv_end_poll(f->cq);
	attr.comp_mask = 1;
	assert_int_equal(ibv_start_poll(f->cq, &attr), EINVAL);
	free_qp(qp);
}

/* hwi §5: a new serial number each time; ANY is not taken back. */
static void test_arm(void **state)
{
	struct fake *f = *state;
	struct ibv_cq *cq = ibv_cq_ex_to_cq(f->cq);

	assert_int_equal(le32toh(rec(f)->arm), 0);
	assert_int_equal(skua_req_notify_cq(cq, 1), 0);
	assert_int_equal(le32toh(rec(f)->arm), 1 << 2 | SKUA_HWI_ARM_SOLICITED);
	assert_int_equal(skua_req_notify_cq(cq, 0), 0);
	assert_int_equal(le32toh(rec(f)->arm), 2 << 2 | SKUA_HWI_ARM_ANY);
	assert_int_equal(skua_req_notify_cq(cq, 1), 0);
	assert_int_equal(le32toh(rec(f)->arm), 3 << 2 | SKUA_HWI_ARM_ANY);
	skua_cq_event(cq);
	assert_int_equal(skua_req_notify_cq(cq, 1), 0);
	assert_int_equal(le32toh(rec(f)->arm), 4 << 2 | SKUA_HWI_ARM_SOLICITED);
}

/* Completions of a destroyed QP, between others and over the ring's end. */
static void test_forget(void **state)
{
	struct fake *f = *state;
	struct skua_qp *gone = make_qp(f, IBV_QPT_RC, 64, 1, 0, NULL);
	struct skua_qp *stays = make_qp(f, IBV_QPT_RC, 64, 1, 0, NULL);
	struct skua_qp *third = make_qp(f, IBV_QPT_RC, 64, 1, 0, NULL);
	uint32_t qpn = gone->vqp.qp.qp_num;
	struct ibv_wc wc[16];
	uint32_t i;

	for (i = 0; i < 12; i++)
		put_cqe(f, qpn, SKUA_HWI_CQE_SEND, 0);
	assert_int_equal(poll(f, 16, wc), 12);

	post_sends(stays, 0, 5);
	put_cqe(f, qpn, SKUA_HWI_CQE_SEND, 0);
	put_cqe(f, stays->vqp.qp.qp_num, SKUA_HWI_CQE_SEND, 0);
	put_cqe(f, stays->vqp.qp.qp_num, SKUA_HWI_CQE_SEND, 1);
	for (i = 0; i < 4; i++)
		put_cqe(f, qpn, SKUA_HWI_CQE_SEND, 0);
	put_cqe(f, stays->vqp.qp.qp_num, SKUA_HWI_CQE_SEND, 2);
	put_cqe(f, qpn, SKUA_HWI_CQE_RECV, 0);
	put_cqe(f, stays->vqp.qp.qp_num, SKUA_HWI_CQE_SEND, 3);

	free_qp(gone);
	assert_int_equal(le32toh(rec(f)->ci), 12 + 6);
	put_cqe(f, stays->vqp.qp.qp_num, SKUA_HWI_CQE_SEND, 4);
	assert_int_equal(poll(f, 16, wc), 5);
	for (i = 0; i < 5; i++) {
		assert_int_equal(wc[i].qp_num, stays->vqp.qp.qp_num);
		assert_int_equal(wc[i].wr_id, i);
	}
	assert_int_equal(poll(f, 16, wc), 0);

	/* An entry for no QP at all is passed over. */
	post_sends(third, 7, 1);
	put_cqe(f, qpn, SKUA_HWI_CQE_SEND, 0);
	put_cqe(f, 0xff000000, SKUA_HWI_CQE_SEND, 0);
	put_cqe(f, third->vqp.qp.qp_num, SKUA_HWI_CQE_SEND, 0);
	assert_int_equal(poll(f, 16, wc), 1);
	assert_int_equal(wc[0].wr_id, 7);

	/* Nor one for the QP that was the last to complete. */
	qpn = third->vqp.qp.qp_num;
	free_qp(third);
	put_cqe(f, qpn, SKUA_HWI_CQE_SEND, 0);
	assert_int_equal(poll(f, 16, wc), 0);
	free_qp(stays);
}

static void test_create(void **state)
{
	struct fake *f = *state;
	struct ibv_context *ctx = &f->ctx.vctx.context;
	struct ibv_cq_init_attr_ex attr = { .cqe = 5 };
	struct ibv_cq_ex *cq;
	struct ibv_cq *plain;

	plain = skua_create_cq(ctx, 1, NULL, 0);
	assert_non_null(plain);
	assert_int_equal(plain->cqe, 1);
	assert_int_equal(skua_destroy_cq(plain), 0);
	assert_null(skua_create_cq(ctx, 0, NULL, 0));
	assert_null(skua_create_cq(ctx, -1, NULL, 0));
	assert_null(skua_create_cq(ctx, (1 << SKUA_HWI_CQ_MAX_LOG) + 1, NULL,
				   0));

	attr.comp_mask = IBV_CQ_INIT_ATTR_MASK_FLAGS;
	attr.flags = IBV_CREATE_CQ_ATTR_SINGLE_THREADED;
	cq = skua_create_cq_ex(ctx, &attr);
	assert_non_null(cq);
	assert_int_equal(cq->cqe, 8);
	assert_true(to_skua_cq_ex(cq)->lock.elide);
	assert_null(cq->read_byte_len);
	assert_int_equal(skua_destroy_cq(ibv_cq_ex_to_cq(cq)), 0);

	attr.flags = IBV_CREATE_CQ_ATTR_IGNORE_OVERRUN;
	assert_null(skua_create_cq_ex(ctx, &attr));
	assert_int_equal(errno, EOPNOTSUPP);
	attr.flags = 0;
	attr.wc_flags = IBV_WC_EX_WITH_FLOW_TAG;
	assert_null(skua_create_cq_ex(ctx, &attr));
}

/* A thread domain spares the locks of what is made with it. */
static void test_thread_domain(void **state)
{
	struct fake *f = *state;
	struct ibv_context *ctx = &f->ctx.vctx.context;
	struct ibv_td_init_attr td_attr = {};
	struct ibv_td *td = skua_alloc_td(ctx, &td_attr);
	struct ibv_parent_domain_init_attr pd_attr = { .pd = f->pd, .td = td };
	struct ibv_cq_init_attr_ex cq_attr = {
		.cqe = 1,
		.comp_mask = IBV_CQ_INIT_ATTR_MASK_PD,
	};
	struct ibv_pd *plain = f->pd;
	struct ibv_cq_ex *cq;
	struct skua_qp *qp;

	f->pd = skua_alloc_parent_domain(ctx, &pd_attr);
	assert_non_null(f->pd);
	assert_int_equal(f->pd->handle, plain->handle);
	assert_int_equal(skua_dealloc_td(td), EBUSY);
	assert_int_equal(skua_dealloc_pd(plain), EBUSY);
	qp = make_qp(f, IBV_QPT_RC, 1, 1, 0, NULL);
	assert_true(qp->sq.lock.elide && qp->rq.lock.elide);
	free_qp(qp);
	cq_attr.parent_domain = f->pd;
	cq = skua_create_cq_ex(ctx, &cq_attr);
	assert_non_null(cq);
	assert_true(to_skua_cq_ex(cq)->lock.elide);
	assert_int_equal(skua_destroy_cq(ibv_cq_ex_to_cq(cq)), 0);
	cq_attr.parent_domain = plain;
	assert_null(skua_create_cq_ex(ctx, &cq_attr));

	assert_int_equal(skua_dealloc_pd(f->pd), 0);
	f->pd = plain;
	assert_int_equal(skua_dealloc_td(td), 0);
	qp = make_qp(f, IBV_QPT_RC, 1, 1, 0, NULL);
	assert_false(qp->sq.lock.elide || qp->rq.lock.elide);
	free_qp(qp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(test_##name, fake_setup, fake_teardown)
		TEST(laps), TEST(fields), TEST(opcodes), TEST(statuses),
		TEST(ex), TEST(arm), TEST(forget), TEST(create),
		TEST(thread_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
