// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Receive queues and SRQs: entries, tags, room. */
#include <errno.h>

#include "provider_fake.h"

static struct ibv_sge sges[3] = { { 0x1000, 10, 1 },
				  { 0x2000, 20, 2 },
				  { 0x3000, 30, 3 } };

static void check_rwqe(const void *entry, uint32_t tag, uint8_t num_sge)
{
	const struct skua_hwi_rwqe *rwqe = entry;
	const struct skua_hwi_sge *sge = (const void *)(rwqe + 1);
	int i;

	assert_int_equal(le32toh(rwqe->tag), tag);
	assert_int_equal(rwqe->num_sge, num_sge);
	for (i = 0; i < num_sge; i++) {
		assert_int_equal(le64toh(sge[i].addr), sges[i].addr);
		assert_int_equal(le32toh(sge[i].len), sges[i].length);
		assert_int_equal(le32toh(sge[i].lkey), sges[i].lkey);
	}
}

static void test_rq(void **state)
{
	struct fake *f = *state;
	struct ibv_cq *cq = ibv_cq_ex_to_cq(f->cq);
	struct skua_qp *qp = make_qp(f, IBV_QPT_RC, 3, 3, 0, NULL);
	struct ibv_recv_wr wr = { .sg_list = sges, .num_sge = 3 }, *bad;
	struct ibv_wc wc[4];
	int i;

	/* 16 bytes and three SGEs are 64; three entries become four. */
	assert_int_equal(qp->rq.log_stride, 6);
	assert_int_equal(qp->rq.mask, 3);
	for (i = 0; i < 4; i++) {
		wr.wr_id = 100 + i;
		assert_int_equal(skua_post_recv(&qp->vqp.qp, &wr, &bad), 0);
		check_rwqe((char *)qp->rq.ring + 64 * i, i, 3);
	}
	assert_int_equal(le32toh(qp->rq.rec->pi), 4);
	assert_ptr_equal(qp->rq.rec, (char *)qp->rq.ring + 256);
	assert_int_equal(skua_post_recv(&qp->vqp.qp, &wr, &bad), ENOMEM);
	assert_ptr_equal(bad, &wr);

	put_cqe(f, qp->vqp.qp.qp_num, SKUA_HWI_CQE_RECV, 0);
	put_cqe(f, qp->vqp.qp.qp_num, SKUA_HWI_CQE_RECV_WRITE_IMM, 1);
	assert_int_equal(skua_poll_cq(cq, 4, wc), 2);
	assert_int_equal(wc[0].wr_id, 100);
	assert_int_equal(wc[0].opcode, IBV_WC_RECV);
	assert_int_equal(wc[1].wr_id, 101);
	assert_int_equal(wc[1].opcode, IBV_WC_RECV_RDMA_WITH_IMM);

	wr.num_sge = 1;
	assert_int_equal(skua_post_recv(&qp->vqp.qp, &wr, &bad), 0);
	check_rwqe(qp->rq.ring, 0, 1);
	assert_int_equal(skua_post_recv(&qp->vqp.qp, &wr, &bad), 0);
	assert_int_equal(skua_post_recv(&qp->vqp.qp, &wr, &bad), ENOMEM);
	assert_int_equal(le32toh(qp->rq.rec->pi), 6);
	free_qp(qp);
}

static void test_rq_refusals(void **state)
{
	struct fake *f = *state;
	struct skua_qp *qp = make_qp(f, IBV_QPT_RC, 4, 1, 0, NULL);
	struct ibv_recv_wr bad_one = { .num_sge = 4, .sg_list = sges };
	struct ibv_recv_wr wr = { .next = &bad_one }, *bad;

	assert_int_equal(skua_post_recv(&qp->vqp.qp, &wr, &bad), EINVAL);
	assert_ptr_equal(bad, &bad_one);
	assert_int_equal(le32toh(qp->rq.rec->pi), 1);
	bad_one.num_sge = -1;
	assert_int_equal(skua_post_recv(&qp->vqp.qp, &bad_one, &bad), EINVAL);
	assert_int_equal(le32toh(qp->rq.rec->pi), 1);
	free_qp(qp);
}

/* hwi §7: the device asks to be told once it flushes. */
static void test_rq_kick(void **state)
{
	struct fake *f = *state;
	struct skua_qp *qp = make_qp(f, IBV_QPT_RC, 4, 1, 0, NULL);
	struct ibv_recv_wr wr = {}, *bad;

	assert_int_equal(skua_post_recv(&qp->vqp.qp, &wr, &bad), 0);
	assert_int_equal(take_kick(f), FAKE_NO_KICK);
	qp->rq.rec->armed = htole32(1);
	assert_int_equal(skua_post_recv(&qp->vqp.qp, &wr, &bad), 0);
	assert_int_equal(take_kick(f), qp->slot | SKUA_HWI_KICK_RQ);
	free_qp(qp);
}

static void test_rq_reset(void **state)
{
	struct fake *f = *state;
	struct skua_qp *qp = make_qp(f, IBV_QPT_RC, 2, 1, 0, NULL);
	struct ibv_recv_wr wr = {}, *bad;
	struct ibv_wc wc;
	int i;

	for (i = 0; i < 2; i++)
		assert_int_equal(skua_post_recv(&qp->vqp.qp, &wr, &bad), 0);
	put_cqe(f, qp->vqp.qp.qp_num, SKUA_HWI_CQE_RECV, 0);
	set_state(qp, IBV_QPS_RESET);
	assert_int_equal(skua_poll_cq(ibv_cq_ex_to_cq(f->cq), 1, &wc), 0);
	assert_int_equal(le32toh(qp->rq.rec->pi), 0);
	assert_int_equal(skua_post_recv(&qp->vqp.qp, &wr, &bad), EINVAL);
	set_state(qp, IBV_QPS_INIT);
	for (i = 0; i < 2; i++)
		assert_int_equal(skua_post_recv(&qp->vqp.qp, &wr, &bad), 0);
	assert_int_equal(skua_post_recv(&qp->vqp.qp, &wr, &bad), ENOMEM);
	free_qp(qp);
}

static struct ibv_srq *make_srq(struct fake *f, uint32_t wrs)
{
	struct ibv_srq_init_attr attr = { .attr = { wrs, 3, 0 } };
	struct ibv_srq *srq = skua_create_srq(f->pd, &attr);

	assert_non_null(srq);
	assert_int_equal(attr.attr.max_sge, 3);
	return srq;
}

/*
 * Two QPs finish their buffers in another order than that of posting; each
 * wr_id comes back once, and the places are used in order.
 */
static void test_srq(void **state)
{
	struct fake *f = *state;
	struct ibv_srq *ibsrq = make_srq(f, 4);
	struct skua_srq *srq = to_skua_srq(ibsrq);
	struct skua_qp *a = make_qp(f, IBV_QPT_RC, 4, 1, 0, ibsrq);
	struct skua_qp *b = make_qp(f, IBV_QPT_RC, 4, 1, 0, ibsrq);
	struct ibv_recv_wr wr = { .sg_list = sges, .num_sge = 2 }, *bad;
	const struct skua_hwi_rwqe *entry = srq->ring;
	uint32_t tag[4], i;
	struct ibv_wc wc[4];

	assert_int_equal(skua_post_recv(&a->vqp.qp, &wr, &bad), EINVAL);
	for (i = 0; i < 4; i++) {
		wr.wr_id = 100 + i;
		assert_int_equal(skua_post_srq_recv(ibsrq, &wr, &bad), 0);
		tag[i] = le32toh(entry[4 * i].tag);
		check_rwqe(&entry[4 * i], tag[i], 2);
	}
	assert_int_equal(skua_post_srq_recv(ibsrq, &wr, &bad), ENOMEM);
	assert_ptr_equal(bad, &wr);
	assert_int_equal(le32toh(srq->rec->pi), 4);

	put_cqe(f, b->vqp.qp.qp_num, SKUA_HWI_CQE_RECV, tag[1]);
	put_cqe(f, a->vqp.qp.qp_num, SKUA_HWI_CQE_RECV, tag[3]);
	assert_int_equal(skua_poll_cq(ibv_cq_ex_to_cq(f->cq), 4, wc), 2);
	assert_int_equal(wc[0].wr_id, 101);
	assert_int_equal(wc[1].wr_id, 103);

	for (i = 0; i < 2; i++) {
		wr.wr_id = 200 + i;
		assert_int_equal(skua_post_srq_recv(ibsrq, &wr, &bad), 0);
		assert_int_equal(srq->wr_id[le32toh(entry[4 * i].tag)],
				 200 + i);
	}
	assert_int_equal(skua_post_srq_recv(ibsrq, &wr, &bad), ENOMEM);

	/* What was there all along kept its own. */
	put_cqe(f, b->vqp.qp.qp_num, SKUA_HWI_CQE_RECV, tag[2]);
	assert_int_equal(skua_poll_cq(ibv_cq_ex_to_cq(f->cq), 4, wc), 1);
	assert_int_equal(wc[0].wr_id, 102);
	put_cqe(f, b->vqp.qp.qp_num, SKUA_HWI_CQE_RECV, tag[0]);
	assert_int_equal(skua_poll_cq(ibv_cq_ex_to_cq(f->cq), 4, wc), 1);
	assert_int_equal(wc[0].wr_id, 100);
	for (i = 0; i < 2; i++)
		assert_int_equal(skua_post_srq_recv(ibsrq, &wr, &bad), 0);

	/* A QP that goes takes nothing of the SRQ's with it. */
	put_cqe(f, a->vqp.qp.qp_num, SKUA_HWI_CQE_RECV, tag[0]);
	free_qp(a);
	assert_int_equal(skua_post_srq_recv(ibsrq, &wr, &bad), 0);
	free_qp(b);
	assert_int_equal(skua_destroy_srq(ibsrq), 0);
}

static void test_srq_refusals(void **state)
{
	struct fake *f = *state;
	struct ibv_srq_init_attr attr = { .attr = { 0, 1, 0 } };
	struct ibv_srq *srq = make_srq(f, 1);
	struct ibv_recv_wr wr = { .num_sge = 4, .sg_list = sges }, *bad;

	assert_int_equal(skua_post_srq_recv(srq, &wr, &bad), EINVAL);
	wr.num_sge = -1;
	assert_int_equal(skua_post_srq_recv(srq, &wr, &bad), EINVAL);
	assert_int_equal(le32toh(to_skua_srq(srq)->rec->pi), 0);
	assert_int_equal(skua_destroy_srq(srq), 0);

	assert_null(skua_create_srq(f->pd, &attr));
	attr.attr.max_wr = 0xffffffff;
	assert_null(skua_create_srq(f->pd, &attr));
	attr.attr.max_wr = 1;
	attr.attr.max_sge = SKUA_HWI_MAX_SGE + 1;
	assert_null(skua_create_srq(f->pd, &attr));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(test_##name, fake_setup, fake_teardown)
		TEST(rq), TEST(rq_refusals), TEST(rq_kick), TEST(rq_reset),
		TEST(srq), TEST(srq_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
