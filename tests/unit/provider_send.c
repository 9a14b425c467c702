// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* ibv_post_send(): what is in the ring afterwards, and who is told. */
#include <errno.h>

#include "provider_fake.h"

#define WQE(qp, index) ((const struct skua_hwi_wqe_ctrl *)sq_block(qp, index))

static struct ibv_sge one_sge = { 0x1122334455667788, 4096, 0xabcd01 };

static struct ibv_send_wr request(enum ibv_wr_opcode opcode)
{
	struct ibv_send_wr wr = {
		.wr_id = 0x77,
		.sg_list = &one_sge,
		.num_sge = 1,
		.opcode = opcode,
		.send_flags = IBV_SEND_SIGNALED,
	};

	return wr;
}

static void post(struct skua_qp *qp, struct ibv_send_wr *wr)
{
	struct ibv_send_wr *bad;

	assert_int_equal(skua_post_send(&qp->vqp.qp, wr, &bad), 0);
}

static void refuse(struct skua_qp *qp, struct ibv_send_wr *wr, int err)
{
	struct ibv_send_wr *bad = NULL;
	uint32_t pi = slot_pi(qp);

	assert_int_equal(skua_post_send(&qp->vqp.qp, wr, &bad), err);
	assert_ptr_equal(bad, wr);
	assert_int_equal(slot_pi(qp), pi);
}

static void check_ctrl(const struct skua_hwi_wqe_ctrl *ctrl, uint8_t opcode,
		       uint8_t flags, uint8_t blocks, uint8_t num_sge)
{
	assert_int_equal(ctrl->opcode, opcode);
	assert_int_equal(ctrl->flags, flags);
	assert_int_equal(ctrl->num_bb, blocks);
	assert_int_equal(ctrl->num_sge, num_sge);
	assert_int_equal(le32toh(ctrl->rsvd), 0);
}

static void check_sge(const void *seg, const struct ibv_sge *want)
{
	const struct skua_hwi_sge *sge = seg;

	assert_int_equal(le64toh(sge->addr), want->addr);
	assert_int_equal(le32toh(sge->len), want->length);
	assert_int_equal(le32toh(sge->lkey), want->lkey);
}

static void check_remote(const void *seg, uint64_t addr, uint32_t rkey)
{
	const struct skua_hwi_wqe_remote *remote = seg;

	assert_int_equal(le64toh(remote->addr), addr);
	assert_int_equal(le32toh(remote->rkey), rkey);
}

static void test_write_is_one_block(void **state)
{
	struct skua_qp *qp = make_qp(*state, IBV_QPT_RC, 8, 1, 0, NULL);
	struct ibv_send_wr wr = request(IBV_WR_RDMA_WRITE_WITH_IMM);
	const struct skua_hwi_wqe_ctrl *ctrl = WQE(qp, 0);

	wr.imm_data = htobe32(0x01020304);
	wr.send_flags = IBV_SEND_SIGNALED | IBV_SEND_SOLICITED | IBV_SEND_FENCE;
	wr.wr.rdma.remote_addr = 0xfedcba9876543210;
	wr.wr.rdma.rkey = 0x99aa;
	post(qp, &wr);

	check_ctrl(ctrl, SKUA_HWI_WQE_WRITE_IMM,
		   SKUA_HWI_WQE_SIGNALED | SKUA_HWI_WQE_SOLICITED |
			   SKUA_HWI_WQE_FENCE,
		   1, 1);
	assert_memory_equal(&ctrl->imm, "\x01\x02\x03\x04", 4);
	assert_int_equal(le32toh(ctrl->inline_len), 0);
	check_remote(ctrl + 1, 0xfedcba9876543210, 0x99aa);
	check_sge(ctrl + 2, &one_sge);
	assert_int_equal(slot_pi(qp), 1);
	free_qp(qp);
}

static void test_opcodes(void **state)
{
	static const struct {
		enum ibv_wr_opcode verbs;
		uint8_t hwi;
		int sge_at; /* in 16 bytes */
	} ops[] = {
		{ IBV_WR_RDMA_WRITE, SKUA_HWI_WQE_WRITE, 2 },
		{ IBV_WR_SEND, SKUA_HWI_WQE_SEND, 1 },
		{ IBV_WR_SEND_WITH_IMM, SKUA_HWI_WQE_SEND_IMM, 1 },
		{ IBV_WR_SEND_WITH_INV, SKUA_HWI_WQE_SEND_INV, 1 },
		{ IBV_WR_RDMA_READ, SKUA_HWI_WQE_READ, 2 },
		{ IBV_WR_ATOMIC_CMP_AND_SWP, SKUA_HWI_WQE_CMP_SWAP, 3 },
		{ IBV_WR_ATOMIC_FETCH_AND_ADD, SKUA_HWI_WQE_FETCH_ADD, 3 },
	};
	struct skua_qp *qp = make_qp(*state, IBV_QPT_RC, 8, 1, 0, NULL);
	const struct skua_hwi_wqe_ctrl *ctrl;
	struct ibv_send_wr wr;
	size_t i;

	for (i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
		wr = request(ops[i].verbs);
		post(qp, &wr);
		ctrl = WQE(qp, i);
		check_ctrl(ctrl, ops[i].hwi, SKUA_HWI_WQE_SIGNALED, 1, 1);
		check_sge(ctrl + ops[i].sge_at, &one_sge);
	}
	free_qp(qp);
}

static void test_atomics(void **state)
{
	struct skua_qp *qp = make_qp(*state, IBV_QPT_RC, 8, 1, 0, NULL);
	struct ibv_send_wr wr = request(IBV_WR_ATOMIC_CMP_AND_SWP);
	const struct skua_hwi_wqe_atomic *seg;

	wr.wr.atomic.remote_addr = 0x1000;
	wr.wr.atomic.rkey = 5;
	wr.wr.atomic.compare_add = 11;
	wr.wr.atomic.swap = 22;
	post(qp, &wr);
	check_remote(WQE(qp, 0) + 1, 0x1000, 5);
	seg = (const void *)(WQE(qp, 0) + 2);
	assert_int_equal(le64toh(seg->compare), 11);
	assert_int_equal(le64toh(seg->swap_add), 22);

	wr.opcode = IBV_WR_ATOMIC_FETCH_AND_ADD;
	post(qp, &wr);
	seg = (const void *)(WQE(qp, 1) + 2);
	assert_int_equal(le64toh(seg->swap_add), 11);
	free_qp(qp);
}

static void test_keys(void **state)
{
	struct skua_qp *qp = make_qp(*state, IBV_QPT_RC, 8, 1, 0, NULL);
	struct ibv_mr mr = { .lkey = 0x501, .pd = qp->vqp.qp.pd };
	struct ibv_mw mw = { .rkey = 0x6fe, .pd = qp->vqp.qp.pd };
	struct ibv_send_wr wr = request(IBV_WR_LOCAL_INV);
	struct ibv_mw_bind bind = {
		.wr_id = 5,
		.bind_info = {
			.mr = &mr,
			.addr = 0x2000,
			.length = 0x1000,
			.mw_access_flags = IBV_ACCESS_REMOTE_READ,
		},
	};
	const struct skua_hwi_wqe_bind *seg;

	wr.invalidate_rkey = 0x1234;
	post(qp, &wr);
	check_ctrl(WQE(qp, 0), SKUA_HWI_WQE_LOCAL_INV, SKUA_HWI_WQE_SIGNALED, 1,
		   0);
	assert_int_equal(le32toh(WQE(qp, 0)->inv_key), 0x1234);

	assert_int_equal(skua_bind_mw(&qp->vqp.qp, &mw, &bind), 0);
	check_ctrl(WQE(qp, 1), SKUA_HWI_WQE_BIND_MW, 0, 1, 0);
	seg = (const void *)(WQE(qp, 1) + 1);
	assert_int_equal(mw.rkey, 0x6ff);
	assert_int_equal(le32toh(seg->mw_key), 0x6ff);
	assert_int_equal(le32toh(seg->mr_key), 0x501);
	assert_int_equal(le64toh(seg->addr), 0x2000);
	assert_int_equal(le64toh(seg->len), 0x1000);
	assert_int_equal(seg->access, SKUA_HWI_ACCESS_REMOTE_READ);

	/* The key is wrapped within its variant, and kept when refused. */
	assert_int_equal(skua_bind_mw(&qp->vqp.qp, &mw, &bind), 0);
	assert_int_equal(mw.rkey, 0x600);
	bind.bind_info.mw_access_flags = IBV_ACCESS_MW_BIND;
	assert_int_equal(skua_bind_mw(&qp->vqp.qp, &mw, &bind), EINVAL);
	assert_int_equal(mw.rkey, 0x600);

	/* Local rights are nothing that a window has. */
	bind.bind_info.mw_access_flags = IBV_ACCESS_LOCAL_WRITE |
					 IBV_ACCESS_REMOTE_READ;
	assert_int_equal(skua_bind_mw(&qp->vqp.qp, &mw, &bind), 0);
	seg = (const void *)(WQE(qp, 3) + 1);
	assert_int_equal(seg->access, SKUA_HWI_ACCESS_REMOTE_READ);
	free_qp(qp);
}

static void test_ud(void **state)
{
	struct fake *f = *state;
	struct skua_qp *qp = make_qp(f, IBV_QPT_UD, 4, 1, 0, NULL);
	struct ibv_send_wr wr = request(IBV_WR_SEND);
	const struct skua_hwi_wqe_ud *ud = (const void *)(WQE(qp, 0) + 1);

	wr.wr.ud.ah = make_ah(f);
	wr.wr.ud.remote_qpn = 0x4321;
	wr.wr.ud.remote_qkey = 0x11111111;
	post(qp, &wr);

	check_ctrl(WQE(qp, 0), SKUA_HWI_WQE_SEND, SKUA_HWI_WQE_SIGNALED, 2, 1);
	assert_memory_equal(ud->av.dmac, "\x02\x11\x22\x33\x44\x55", 6);
	assert_int_equal(le16toh(ud->av.vlan), SKUA_HWI_VLAN_NONE);
	assert_int_equal(ud->av.dgid[15], 9);
	assert_int_equal(le32toh(ud->av.flow_label), 0x12345);
	assert_int_equal(ud->av.sgid_index, 4);
	assert_int_equal(ud->av.hop_limit, 64);
	assert_int_equal(ud->av.tclass, 8);
	assert_int_equal(ud->av.sl, 5);
	assert_int_equal(le32toh(ud->dqpn), 0x4321);
	assert_int_equal(le32toh(ud->qkey), 0x11111111);
	check_sge(sq_block(qp, 1), &one_sge);
	assert_int_equal(slot_pi(qp), 2);

	wr.opcode = IBV_WR_RDMA_WRITE;
	refuse(qp, &wr, EINVAL);
	skua_destroy_ah(wr.wr.ud.ah);
	free_qp(qp);
}

/* A WQE of several blocks whose SGEs go on at the start of the ring. */
static void test_sges_wrap(void **state)
{
	struct fake *f = *state;
	struct skua_qp *qp = make_qp(f, IBV_QPT_RC, 4, 10, 0, NULL);
	struct ibv_send_wr wr = request(IBV_WR_RDMA_WRITE);
	uint32_t size = qp->sq.mask + 1, first;
	struct ibv_sge list[10];
	struct ibv_wc wc;
	int i;

	assert_int_equal(size, 16);
	for (first = 0; first < size - 1; first++) {
		post(qp, &wr);
		put_cqe(f, qp->vqp.qp.qp_num, SKUA_HWI_CQE_WRITE, first);
		assert_int_equal(skua_poll_cq(ibv_cq_ex_to_cq(f->cq), 1, &wc),
				 1);
	}

	for (i = 0; i < 10; i++)
		list[i] = (struct ibv_sge){ 0x1000 * i, 100 + i, i };
	wr.sg_list = list;
	wr.num_sge = 10;
	post(qp, &wr);

	check_ctrl(WQE(qp, first), SKUA_HWI_WQE_WRITE, SKUA_HWI_WQE_SIGNALED, 3,
		   10);
	check_sge(WQE(qp, first) + 2, &list[0]);
	check_sge(WQE(qp, first) + 3, &list[1]);
	for (i = 2; i < 10; i++)
		check_sge((char *)qp->sq.ring + 16 * (i - 2), &list[i]);
	assert_int_equal(slot_pi(qp), size + 2);
	free_qp(qp);
}

static void test_inline(void **state)
{
	struct fake *f = *state;
	struct skua_qp *qp = make_qp(f, IBV_QPT_RC, 2, 2, 200, NULL);
	struct ibv_send_wr wr = request(IBV_WR_SEND);
	struct ibv_sge list[2];
	char data[200], got[200];
	struct ibv_wc wc;
	uint32_t size = qp->sq.mask + 1, i;

	assert_int_equal(size, 8);
	for (i = 0; i < sizeof(data); i++)
		data[i] = i;
	list[0] = (struct ibv_sge){ (uintptr_t)data, 50, 0 };
	list[1] = (struct ibv_sge){ (uintptr_t)data + 50, 150, 0 };
	wr.sg_list = list;
	wr.num_sge = 2;
	wr.send_flags = IBV_SEND_INLINE | IBV_SEND_SIGNALED;

	/* 216 bytes are four blocks: behind six others it wraps. */
	post(qp, &wr);
	assert_memory_equal(WQE(qp, 0) + 1, data, 200);
	wr.num_sge = 1;
	wr.opcode = IBV_WR_RDMA_WRITE;
	post(qp, &wr);
	assert_memory_equal(WQE(qp, 4) + 2, data, 50);
	check_ctrl(WQE(qp, 4), SKUA_HWI_WQE_WRITE,
		   SKUA_HWI_WQE_INLINE | SKUA_HWI_WQE_SIGNALED, 2, 0);
	put_cqe(f, qp->vqp.qp.qp_num, SKUA_HWI_CQE_SEND, 0);
	put_cqe(f, qp->vqp.qp.qp_num, SKUA_HWI_CQE_WRITE, 4);
	assert_int_equal(skua_poll_cq(ibv_cq_ex_to_cq(f->cq), 1, &wc), 1);

	wr.num_sge = 2;
	wr.opcode = IBV_WR_SEND;
	post(qp, &wr);
	check_ctrl(WQE(qp, 6), SKUA_HWI_WQE_SEND,
		   SKUA_HWI_WQE_INLINE | SKUA_HWI_WQE_SIGNALED, 4, 0);
	assert_int_equal(le32toh(WQE(qp, 6)->inline_len), 200);
	memcpy(got, WQE(qp, 6) + 1, 112);
	memcpy(got + 112, qp->sq.ring, 88);
	assert_memory_equal(got, data, 200);

	list[1].length = qp->sq.max_inline - 49;
	refuse(qp, &wr, EINVAL);
	/* The sum of the lengths is 4 more than nothing, in 32 bits. */
	list[0].length = 0xffffff00;
	list[1].length = 0x104;
	refuse(qp, &wr, EINVAL);
	wr.opcode = IBV_WR_RDMA_READ;
	list[0].length = list[1].length = 4;
	refuse(qp, &wr, EINVAL);
	free_qp(qp);
}

static void test_refusals(void **state)
{
	struct fake *f = *state;
	struct skua_qp *qp = make_qp(f, IBV_QPT_UC, 4, 1, 0, NULL);
	struct ibv_sge list[SKUA_HWI_MAX_SGE + 1] = {};
	struct ibv_send_wr wr = request(IBV_WR_SEND), bad = wr, *bad_wr;

	wr.opcode = IBV_WR_RDMA_READ;
	refuse(qp, &wr, EINVAL);
	wr.opcode = IBV_WR_SEND_WITH_INV;
	refuse(qp, &wr, EINVAL);
	wr.opcode = IBV_WR_TSO;
	refuse(qp, &wr, EINVAL);
	wr.opcode = 32 + IBV_WR_SEND;
	refuse(qp, &wr, EINVAL);
	wr.opcode = 0x80000000;
	refuse(qp, &wr, EINVAL);

	wr = request(IBV_WR_SEND);
	wr.sg_list = list;
	wr.num_sge = qp->sq.max_sge + 1;
	refuse(qp, &wr, EINVAL);
	wr.num_sge = -1;
	refuse(qp, &wr, EINVAL);

	/* What stands before the bad one goes out. */
	wr = request(IBV_WR_SEND);
	wr.next = &bad;
	bad.num_sge = -1;
	assert_int_equal(skua_post_send(&qp->vqp.qp, &wr, &bad_wr), EINVAL);
	assert_ptr_equal(bad_wr, &bad);
	assert_int_equal(slot_pi(qp), 1);
	free_qp(qp);
}

static void test_states(void **state)
{
	struct fake *f = *state;
	struct skua_qp *qp = make_qp(f, IBV_QPT_RC, 4, 1, 0, NULL);
	struct ibv_send_wr wr = request(IBV_WR_SEND);
	struct ibv_wc wc;
	int i;

	post(qp, &wr);
	put_cqe(f, qp->vqp.qp.qp_num, SKUA_HWI_CQE_SEND, 0);
	assert_int_equal(skua_poll_cq(ibv_cq_ex_to_cq(f->cq), 1, &wc), 1);
	set_state(qp, IBV_QPS_ERR);
	post(qp, &wr);
	assert_int_equal(slot_pi(qp), 2);
	set_state(qp, IBV_QPS_RESET);
	assert_int_equal(slot_pi(qp), 0);
	refuse(qp, &wr, EINVAL);
	set_state(qp, IBV_QPS_INIT);
	refuse(qp, &wr, EINVAL);
	set_state(qp, IBV_QPS_RTR);
	refuse(qp, &wr, EINVAL);
	set_state(qp, IBV_QPS_RTS);
	for (i = 0; i < 4; i++)
		post(qp, &wr);
	assert_int_equal(slot_pi(qp), 4);
	refuse(qp, &wr, ENOMEM);
	free_qp(qp);
}

static void test_full_ring(void **state)
{
	struct fake *f = *state;
	struct skua_qp *qp = make_qp(f, IBV_QPT_RC, 4, 1, 0, NULL);
	struct ibv_send_wr wr = request(IBV_WR_SEND), two = wr;
	struct ibv_sge list[2] = {};
	struct ibv_wc wc;
	int i;

	wr.send_flags = 0;
	for (i = 0; i < 3; i++)
		post(qp, &wr);

	/* One block is left, and this takes two. */
	two.opcode = IBV_WR_ATOMIC_FETCH_AND_ADD;
	two.sg_list = list;
	two.num_sge = 2;
	refuse(qp, &two, ENOMEM);

	wr.wr_id = 0x1000;
	post(qp, &wr);
	refuse(qp, &wr, ENOMEM);

	/* The last completion gives back all four. */
	put_cqe(f, qp->vqp.qp.qp_num, SKUA_HWI_CQE_SEND, 3);
	assert_int_equal(skua_poll_cq(ibv_cq_ex_to_cq(f->cq), 4, &wc), 1);
	assert_int_equal(wc.wr_id, 0x1000);
	for (i = 0; i < 4; i++)
		post(qp, &wr);
	refuse(qp, &wr, ENOMEM);
	assert_int_equal(slot_pi(qp), 8);
	free_qp(qp);
}

/* hwi §3: a kick if, and only if, the device is asleep. */
static void test_doorbell(void **state)
{
	struct fake *f = *state;
	struct skua_qp *qp = make_qp(f, IBV_QPT_RC, 8, 1, 0, NULL);
	struct skua_qp *other = make_qp(f, IBV_QPT_RC, 8, 1, 0, NULL);
	struct ibv_send_wr wr = request(IBV_WR_SEND), next = wr;

	assert_ptr_not_equal(qp->sq.db, other->sq.db);
	post(qp, &wr);
	assert_int_equal(take_kick(f), FAKE_NO_KICK);

	qp->sq.db->armed = htole32(1);
	post(other, &wr);
	assert_int_equal(take_kick(f), FAKE_NO_KICK);
	wr.next = &next;
	post(qp, &wr);
	assert_int_equal(slot_pi(qp), 3);
	assert_int_equal(take_kick(f), qp->slot);
	qp->sq.db->armed = 0;

	/* The word in the page is the one that the provider mapped. */
	assert_int_equal(le32toh(f->db[qp->slot].pi), 3);
	free_qp(other);
	free_qp(qp);
}

static void test_index_wraps(void **state)
{
	struct fake *f = *state;
	struct skua_qp *qp = make_qp(f, IBV_QPT_RC, 4, 1, 0, NULL);
	struct ibv_send_wr wr = request(IBV_WR_SEND);
	struct ibv_wc wc;
	uint32_t i;

	qp->sq.pi = 0xfffffffe;
	atomic_store(&qp->sq.ci, 0xfffffffe);
	for (i = 0; i < 4; i++)
		post(qp, &wr);
	assert_int_equal(slot_pi(qp), 2);
	refuse(qp, &wr, ENOMEM);
	put_cqe(f, qp->vqp.qp.qp_num, SKUA_HWI_CQE_SEND, 0xffffffff);
	assert_int_equal(skua_poll_cq(ibv_cq_ex_to_cq(f->cq), 1, &wc), 1);
	post(qp, &wr);
	post(qp, &wr);
	refuse(qp, &wr, ENOMEM);
	free_qp(qp);
}

static void test_sizes(void **state)
{
	struct fake *f = *state;
	struct ibv_qp_init_attr attr = {
		.send_cq = ibv_cq_ex_to_cq(f->cq),
		.recv_cq = ibv_cq_ex_to_cq(f->cq),
		.cap = { .max_send_wr = 100, .max_send_sge = 30,
			 .max_recv_wr = 5, .max_recv_sge = 4,
			 .max_inline_data = 512 },
		.qp_type = IBV_QPT_RC,
	};
	struct ibv_qp *qp = skua_create_qp(f->pd, &attr);

	/* 544 bytes are nine blocks, 900 of them a ring of 1024. */
	assert_non_null(qp);
	assert_int_equal(attr.cap.max_send_wr, 113);
	assert_int_equal(attr.cap.max_recv_wr, 8);
	assert_int_equal(attr.cap.max_recv_sge, 7);
	assert_int_equal(attr.cap.max_inline_data, 512);
	assert_int_equal(skua_destroy_qp(qp), 0);

	attr.cap.max_inline_data = 513;
	assert_null(skua_create_qp(f->pd, &attr));
	attr.cap.max_inline_data = 0;
	attr.cap.max_send_wr = 0xffffffff;
	assert_null(skua_create_qp(f->pd, &attr));
	attr.cap.max_send_wr = 1;
	attr.cap.max_send_sge = 31;
	assert_null(skua_create_qp(f->pd, &attr));
	attr.cap.max_send_sge = 1;
	attr.cap.max_recv_wr = (1 << SKUA_HWI_RQ_MAX_LOG) + 1;
	assert_null(skua_create_qp(f->pd, &attr));
	attr.cap.max_recv_wr = 1;
	attr.qp_type = IBV_QPT_RAW_PACKET;
	assert_null(skua_create_qp(f->pd, &attr));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(test_##name, fake_setup, fake_teardown)
		TEST(write_is_one_block), TEST(opcodes), TEST(atomics),
		TEST(keys), TEST(ud), TEST(sges_wrap), TEST(inline),
		TEST(refusals), TEST(states), TEST(full_ring), TEST(doorbell),
		TEST(index_wraps), TEST(sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
