// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Reliable connection: every operation, when nothing goes wrong. */
#include "rig.h"

static const uint32_t sizes[] = {
	0, 1, 8, 63, 4095, 4096, 4097, 65536, 262144, 262145, 300001, 3145733,
};
#define NSIZES (sizeof(sizes) / sizeof(sizes[0]))

static void test_write(void **state)
{
	struct rig *r = *state;
	uint8_t *want = malloc(RIG_MR_SIZE);
	unsigned int i;

	for (i = 0; i < NSIZES; i++) {
		uint32_t at;

		rig_fill(r, 0, i);
		rig_fill(r, 1, 100 + i);
		memcpy(want, r->mr[1].buf, RIG_MR_SIZE);
		memcpy(want + 77, r->mr[0].buf + 5, sizes[i]);
		at = model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 5,
				sizes[i], r->mr[1].iova + 77, r->mr[1].key);
		assert_int_equal(rig_expect(&r->p.cq[0], at, 0).opcode,
				 SKUA_HWI_CQE_WRITE);
		assert_memory_equal(r->mr[1].buf, want, RIG_MR_SIZE);
	}
	rig_expect_none(&r->p.cq[1]);
	free(want);
}

static void test_read(void **state)
{
	struct rig *r = *state;
	uint8_t *want = malloc(RIG_MR_SIZE);
	unsigned int i;

	for (i = 0; i < NSIZES; i++) {
		struct skua_hwi_cqe cqe;
		uint32_t at;

		rig_fill(r, 0, i);
		rig_fill(r, 1, 100 + i);
		memcpy(want, r->mr[0].buf, RIG_MR_SIZE);
		memcpy(want + 5, r->mr[1].buf + 77, sizes[i]);
		at = model_send(&r->p.qp[0], SKUA_HWI_WQE_READ, &r->mr[0], 5,
				sizes[i], r->mr[1].iova + 77, r->mr[1].key);
		cqe = rig_expect(&r->p.cq[0], at, 0);
		assert_int_equal(cqe.opcode, SKUA_HWI_CQE_READ);
		assert_int_equal(le32toh(cqe.byte_len), sizes[i]);
		assert_memory_equal(r->mr[0].buf, want, RIG_MR_SIZE);
	}
	free(want);
}

static void test_send(void **state)
{
	struct rig *r = *state;
	unsigned int i;

	for (i = 0; i < NSIZES; i++) {
		struct skua_hwi_cqe cqe;
		uint32_t at;

		rig_fill(r, 0, i);
		memset(r->mr[1].buf, 0x55, RIG_MR_SIZE);
		model_recv(&r->p.qp[1], 40 + i, &r->mr[1], 3, RIG_MR_SIZE - 3);
		at = model_send(&r->p.qp[0], SKUA_HWI_WQE_SEND, &r->mr[0], 0,
				sizes[i], 0, 0);
		rig_expect(&r->p.cq[0], at, 0);
		cqe = rig_expect(&r->p.cq[1], 40 + i, 0);
		assert_int_equal(cqe.opcode, SKUA_HWI_CQE_RECV);
		assert_int_equal(cqe.flags, 0);
		assert_int_equal(le32toh(cqe.byte_len), sizes[i]);
		assert_int_equal(le32toh(cqe.qpn), r->p.qp[1].qpn);
		assert_memory_equal(r->mr[1].buf + 3, r->mr[0].buf, sizes[i]);
		assert_int_equal(r->mr[1].buf[3 + sizes[i]], 0x55);
	}
}

static void test_imm(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = {
		.opcode = SKUA_HWI_WQE_SEND_IMM,
		.imm = 0x12345678,
		.flags = SKUA_HWI_WQE_SIGNALED,
	};
	struct skua_hwi_cqe cqe;

	model_recv(&r->p.qp[1], 1, &r->mr[1], 0, 100);
	model_recv(&r->p.qp[1], 2, &r->mr[1], 0, 0);
	rig_expect(&r->p.cq[0], rig_post(&r->p.qp[0], &wr), 0);
	cqe = rig_expect(&r->p.cq[1], 1, 0);
	assert_int_equal(cqe.flags, SKUA_HWI_CQE_F_IMM);
	assert_int_equal(be32toh(cqe.imm), 0x12345678);

	/* The receive of a WRITE with immediate data is not written to. */
	wr.opcode = SKUA_HWI_WQE_WRITE_IMM;
	wr.imm = 7;
	wr.raddr = r->mr[1].iova + 1000;
	wr.rkey = r->mr[1].key;
	wr.num_sge = 1;
	wr.sge[0].addr = r->mr[0].iova;
	wr.sge[0].len = 500000;
	wr.sge[0].lkey = r->mr[0].key;
	rig_fill(r, 0, 3);
	model_post(&r->p.qp[0], &wr);
	model_ring(&r->p.qp[0]);
	rig_expect(&r->p.cq[0], 1, 0);
	cqe = rig_expect(&r->p.cq[1], 2, 0);
	assert_int_equal(cqe.opcode, SKUA_HWI_CQE_RECV_WRITE_IMM);
	assert_int_equal(le32toh(cqe.byte_len), 500000);
	assert_int_equal(be32toh(cqe.imm), 7);
	assert_memory_equal(r->mr[1].buf + 1000, r->mr[0].buf, 500000);
}

static void test_inline(void **state)
{
	struct rig *r = *state;
	char text[512];
	struct model_wr wr = {
		.opcode = SKUA_HWI_WQE_WRITE,
		.flags = SKUA_HWI_WQE_SIGNALED,
		.raddr = r->mr[1].iova + 9,
		.rkey = r->mr[1].key,
		.inline_data = text,
	};
	uint32_t at;

	memset(text, 'x', sizeof(text));
	for (wr.inline_len = 0; wr.inline_len <= 512; wr.inline_len += 64) {
		memset(r->mr[1].buf, 0, 600);
		at = rig_post(&r->p.qp[0], &wr);
		rig_expect(&r->p.cq[0], at, 0);
		assert_memory_equal(r->mr[1].buf + 9, text, wr.inline_len);
		assert_int_equal(r->mr[1].buf[9 + wr.inline_len], 0);
	}
}

static void test_sges(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = {
		.opcode = SKUA_HWI_WQE_WRITE,
		.flags = SKUA_HWI_WQE_SIGNALED,
		.raddr = r->mr[1].iova,
		.rkey = r->mr[1].key,
		.num_sge = 30,
	};
	unsigned int i, at = 0;
	uint8_t *want = malloc(RIG_MR_SIZE);

	rig_fill(r, 0, 9);
	for (i = 0; i < 30; i++) {
		wr.sge[i].addr = r->mr[0].iova + i * 50000;
		wr.sge[i].len = i % 3 ? i * 1111 : 0;
		wr.sge[i].lkey = i % 3 ? r->mr[0].key : 0xbad;
		memcpy(want + at, r->mr[0].buf + i * 50000, wr.sge[i].len);
		at += wr.sge[i].len;
	}
	rig_expect(&r->p.cq[0], rig_post(&r->p.qp[0], &wr), 0);
	assert_memory_equal(r->mr[1].buf, want, at);

	/* And scattered again by a READ. */
	memset(r->mr[0].buf, 0, RIG_MR_SIZE);
	wr.opcode = SKUA_HWI_WQE_READ;
	i = rig_post(&r->p.qp[0], &wr);
	rig_expect(&r->p.cq[0], i, 0);
	for (i = 0, at = 0; i < 30; at += wr.sge[i++].len)
		assert_memory_equal(r->mr[0].buf + i * 50000, want + at,
				    wr.sge[i].len);
	free(want);
}

static uint32_t post_atomic(struct rig *r, uint8_t opcode, uint64_t compare,
			    uint64_t swap_add)
{
	struct model_wr wr = {
		.opcode = opcode,
		.flags = SKUA_HWI_WQE_SIGNALED,
		.raddr = r->mr[1].iova + 64,
		.rkey = r->mr[1].key,
		.compare = compare,
		.swap_add = swap_add,
		.num_sge = 1,
		.sge[0] = { r->mr[0].iova + 8, 8, r->mr[0].key },
	};

	return rig_post(&r->p.qp[0], &wr);
}

static void test_atomics(void **state)
{
	struct rig *r = *state;
	uint64_t *target = (uint64_t *)(r->mr[1].buf + 64);
	uint64_t *result = (uint64_t *)(r->mr[0].buf + 8);
	struct skua_hwi_cqe cqe;
	uint32_t at;

	*target = htole64(0xfffffffffffffff0);
	at = post_atomic(r, SKUA_HWI_WQE_FETCH_ADD, 0, 0x20);
	cqe = rig_expect(&r->p.cq[0], at, 0);
	assert_int_equal(cqe.opcode, SKUA_HWI_CQE_FETCH_ADD);
	assert_int_equal(le32toh(cqe.byte_len), 8);
	assert_int_equal(le64toh(*result), 0xfffffffffffffff0);
	assert_int_equal(le64toh(*target), 0x10);

	at = post_atomic(r, SKUA_HWI_WQE_CMP_SWAP, 0x11, 0x99);
	rig_expect(&r->p.cq[0], at, 0);
	assert_int_equal(le64toh(*result), 0x10);
	assert_int_equal(le64toh(*target), 0x10);

	at = post_atomic(r, SKUA_HWI_WQE_CMP_SWAP, 0x10, 0x99);
	rig_expect(&r->p.cq[0], at, 0);
	assert_int_equal(le64toh(*result), 0x10);
	assert_int_equal(le64toh(*target), 0x99);
}

/* Nothing is said of unsignaled WQEs, and all of a full ring are done. */
static void test_unsignaled(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = {
		.opcode = SKUA_HWI_WQE_WRITE,
		.rkey = r->mr[1].key,
		.num_sge = 1,
		.sge[0] = { r->mr[0].iova, 4, r->mr[0].key },
	};
	uint32_t lap, i;

	for (lap = 0; lap < 5; lap++) {
		for (i = 0; i < 256; i++) {
			memcpy(r->mr[0].buf + 4 * i, &(uint32_t){ lap ^ i }, 4);
			wr.sge[0].addr = r->mr[0].iova + 4 * i;
			wr.raddr = r->mr[1].iova + 4 * i;
			wr.flags = i == 255 ? SKUA_HWI_WQE_SIGNALED : 0;
			model_post(&r->p.qp[0], &wr);
		}
		model_ring(&r->p.qp[0]);
		rig_expect(&r->p.cq[0], lap * 256 + 255, 0);
		rig_expect_none(&r->p.cq[0]);
		assert_memory_equal(r->mr[1].buf, r->mr[0].buf, 1024);
	}
}

static void test_solicited(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = { .opcode = SKUA_HWI_WQE_SEND };
	struct model_fn *f = &r->m->fn[1];
	struct skua_hwi_eqe eqe;

	model_recv(&r->p.qp[1], 1, &r->mr[1], 0, 8);
	model_recv(&r->p.qp[1], 2, &r->mr[1], 0, 8);
	model_cq_arm(&r->p.cq[1], SKUA_HWI_ARM_SOLICITED);
	model_post(&r->p.qp[0], &wr);
	model_ring(&r->p.qp[0]);
	rig_expect(&r->p.cq[1], 1, 0);
	assert_false(model_event(&f->eq[1], &eqe));
	wr.flags = SKUA_HWI_WQE_SOLICITED;
	model_post(&r->p.qp[0], &wr);
	model_ring(&r->p.qp[0]);
	rig_expect(&r->p.cq[1], 2, 0);
	assert_true(model_event(&f->eq[1], &eqe));
	assert_int_equal(eqe.type, SKUA_HWI_EVENT_COMP);
	assert_int_equal(le32toh(eqe.obj), r->p.cq[1].cqn);
}

/* READs in any number wait their turn; a fenced WRITE sends what they read. */
static void test_fence(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = {
		.opcode = SKUA_HWI_WQE_READ,
		.rkey = r->mr[1].key,
		.num_sge = 1,
		.sge[0] = { r->mr[0].iova, 100000, r->mr[0].key },
	};
	uint32_t i;

	rig_fill(r, 1, 5);
	for (i = 0; i < 20; i++) {
		wr.raddr = r->mr[1].iova + i * 100000;
		wr.sge[0].addr = r->mr[0].iova + i * 100000;
		model_post(&r->p.qp[0], &wr);
	}
	wr.opcode = SKUA_HWI_WQE_WRITE;
	wr.flags = SKUA_HWI_WQE_FENCE | SKUA_HWI_WQE_SIGNALED;
	wr.raddr = r->mr[1].iova + 2100000;
	model_post(&r->p.qp[0], &wr);
	model_ring(&r->p.qp[0]);
	rig_expect(&r->p.cq[0], 20, 0);
	assert_memory_equal(r->mr[0].buf, r->mr[1].buf, 2000000);
	assert_memory_equal(r->mr[1].buf + 2100000, r->mr[1].buf + 1900000,
			    100000);
}

/* FAST key: registered by a WQE, used and invalidated by the peer. */
static void test_fast_reg(void **state)
{
	struct rig *r = *state;
	struct model_fn *f = &r->m->fn[1];
	struct skua_hwi_create_mkey_in in = {
		.pdn = htole32(f->pdn),
		.type = SKUA_HWI_MKEY_FAST,
		.pbl = { .count = htole32(4), .page_shift = 12 },
	};
	struct model_qp *qp = &r->p.qp[1];
	struct skua_hwi_wqe_ctrl ctrl = {
		.opcode = SKUA_HWI_WQE_REG_MR,
		.flags = SKUA_HWI_WQE_SIGNALED,
		.num_bb = 1,
	};
	struct skua_hwi_wqe_reg reg = {
		.access = ACCESS_ALL & ~SKUA_HWI_ACCESS_MW_BIND,
		.iova = htole64(0x1000),
		.len = htole64(8192),
	};
	struct model_wr inv = {
		.opcode = SKUA_HWI_WQE_SEND_INV,
		.flags = SKUA_HWI_WQE_SIGNALED,
	};
	uint64_t *list = model_alloc(f, 16, 4096);
	struct skua_hwi_cqe cqe;
	uint32_t key, at;

	key = model_create_obj(f, SKUA_HWI_CMD_CREATE_MKEY, &in, sizeof(in));
	key = (key & ~0xffu) | 0x31;
	list[0] = htole64(r->mr[1].iova + 4096);
	list[1] = htole64(r->mr[1].iova);
	reg.key = htole32(key);
	reg.pbl.addr = htole64(model_iova(f, list));
	reg.pbl.count = htole32(2);
	reg.pbl.page_shift = 12;
	reg.pbl.levels = 1;
	memcpy(qp->sq, &ctrl, sizeof(ctrl));
	memcpy(qp->sq + sizeof(ctrl), &reg, sizeof(reg));
	qp->sq_pi = 1;
	model_ring(qp);
	cqe = rig_expect(&r->p.cq[1], 0, 0);
	assert_int_equal(cqe.opcode, SKUA_HWI_CQE_REG_MR);

	rig_fill(r, 0, 1);
	at = model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 0, 8192,
			0x1000, key);
	rig_expect(&r->p.cq[0], at, 0);
	assert_memory_equal(r->mr[1].buf + 4096, r->mr[0].buf, 4096);
	assert_memory_equal(r->mr[1].buf, r->mr[0].buf + 4096, 4096);

	inv.imm = key;
	model_recv(qp, 9, &r->mr[1], 0, 8);
	at = rig_post(&r->p.qp[0], &inv);
	rig_expect(&r->p.cq[0], at, 0);
	cqe = rig_expect(&r->p.cq[1], 9, 0);
	assert_int_equal(cqe.flags, SKUA_HWI_CQE_F_INV);
	assert_int_equal(le32toh(cqe.inv_key), key);

	at = model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 0, 8,
			0x1000, key);
	rig_expect(&r->p.cq[0], at, SKUA_HWI_CQE_REM_ACCESS_ERR);
}

static void test_srq(void **state)
{
	struct rig *r = *state;
	struct model_fn *f = &r->m->fn[1];
	struct model_srq srq;
	struct model_cq cq;
	struct model_qp a[2], b[2];
	struct model_mr mr0 = model_mr(&r->m->fn[0], 4096, ACCESS_ALL);
	struct model_mr mr1 = model_mr(f, 65536, ACCESS_ALL);
	struct model_cq send_cq;
	struct skua_hwi_qp_attr attr = { .state = SKUA_HWI_QPS_ERR };
	unsigned int i;

	model_srq(f, &srq, 4);
	model_cq(f, &cq, 6);
	model_cq(&r->m->fn[0], &send_cq, 6);
	for (i = 0; i < 2; i++) {
		model_qp(&r->m->fn[0], &a[i], SKUA_HWI_QPT_RC, &send_cq,
			 &send_cq, NULL, 4, 4);
		model_qp(f, &b[i], SKUA_HWI_QPT_RC, &cq, &cq, &srq, 4, 0);
		model_connect(&a[i], &b[i]);
		model_connect(&b[i], &a[i]);
	}
	for (i = 0; i < 10; i++)
		model_srq_recv(&srq, i, &mr1, i * 4096, 4096);
	for (i = 0; i < 10; i++) {
		mr0.buf[0] = i;
		model_send(&a[i % 2], SKUA_HWI_WQE_SEND, &mr0, 0, 100, 0, 0);
		rig_expect(&send_cq, i / 2, 0);
		assert_int_equal(le32toh(rig_expect(&cq, i, 0).qpn),
				 b[i % 2].qpn);
		assert_int_equal(mr1.buf[i * 4096], i);
	}

	/* ERR leaves the SRQ alone. */
	model_srq_recv(&srq, 77, &mr1, 0, 4096);
	assert_int_equal(model_modify(&b[0], SKUA_HWI_QP_STATE, &attr), 0);
	rig_expect_event(f, SKUA_HWI_EVENT_LAST_WQE, b[0].qpn);
	rig_expect_none(&cq);
	model_send(&a[1], SKUA_HWI_WQE_SEND, &mr0, 0, 100, 0, 0);
	rig_expect(&cq, 77, 0);
}

/* A QP may be connected to a QP of its own function, and to itself. */
static void test_loopback(void **state)
{
	struct rig *r = *state;
	struct model_fn *f = &r->m->fn[0];
	struct model_mr mr = model_mr(f, 1 << 20, ACCESS_ALL);
	struct model_cq cq;
	struct model_qp qp;
	unsigned int i;

	model_cq(f, &cq, 6);
	model_qp(f, &qp, SKUA_HWI_QPT_RC, &cq, &cq, NULL, 6, 6);
	model_connect(&qp, &qp);
	memset(mr.buf, 0x42, 300000);
	for (i = 0; i < 10; i++) {
		model_send(&qp, SKUA_HWI_WQE_WRITE, &mr, 0, 300000,
			   mr.iova + 500000, mr.key);
		rig_expect(&cq, 3 * i, 0);
		assert_memory_equal(mr.buf, mr.buf + 500000, 300000);
		model_send(&qp, SKUA_HWI_WQE_READ, &mr, 0, 300000,
			   mr.iova + 400000, mr.key);
		rig_expect(&cq, 3 * i + 1, 0);
		model_recv(&qp, 99, &mr, 700000, 300000);
		model_send(&qp, SKUA_HWI_WQE_SEND, &mr, 0, 300000, 0, 0);
		rig_expect(&cq, 99, 0);
		rig_expect(&cq, 3 * i + 2, 0);
	}
}

/* What overlaps arrives as if it had been copied aside first. */
static void test_overlap(void **state)
{
	struct rig *r = *state;
	struct model_fn *f = &r->m->fn[0];
	struct model_mr mr = model_mr(f, 65536, ACCESS_ALL);
	uint8_t want[4096];
	struct model_cq cq;
	struct model_qp qp;
	unsigned int i;

	model_cq(f, &cq, 6);
	model_qp(f, &qp, SKUA_HWI_QPT_RC, &cq, &cq, NULL, 6, 6);
	model_connect(&qp, &qp);
	for (i = 0; i < sizeof(want); i++)
		mr.buf[i] = want[i] = i * 7;
	model_send(&qp, SKUA_HWI_WQE_WRITE, &mr, 0, 4096, mr.iova + 10, mr.key);
	rig_expect(&cq, 0, 0);
	assert_memory_equal(mr.buf + 10, want, sizeof(want));
}

/* A bulk transfer does not hold up a small one that was posted later. */
static void test_fairness(void **state)
{
	struct rig *r = *state;
	struct model_fn *f = &r->m->fn[0];
	struct model_cq cq[2];
	struct model_qp qp[2];
	struct skua_hwi_cqe cqe;
	unsigned int i, passes;

	for (i = 0; i < 2; i++) {
		model_cq(&r->m->fn[i], &cq[i], 6);
		model_qp(&r->m->fn[i], &qp[i], SKUA_HWI_QPT_RC, &cq[i], &cq[i],
			 NULL, 6, 6);
	}
	model_connect(&qp[0], &qp[1]);
	model_connect(&qp[1], &qp[0]);
	for (i = 0; i < 16; i++)
		model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 0,
			   RIG_MR_SIZE, r->mr[1].iova, r->mr[1].key);
	model_send(&qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 0, 8, r->mr[1].iova,
		   r->mr[1].key);
	for (passes = 0; passes < 4; passes++)
		skua_adapter_poll(f->m->ad);
	assert_int_equal(cq[0].ring[0].owner, htole32(1));
	assert_int_equal(r->p.cq[0].ring[0].owner, 0);
	for (i = 0; i < 16; i++)
		rig_expect(&r->p.cq[0], i, 0);
	assert_true(model_poll(&cq[0], &cqe));
}

static void test_sqd(void **state)
{
	struct rig *r = *state;
	struct skua_hwi_qp_attr attr = {
		.state = SKUA_HWI_QPS_SQD,
		.sqd_event = 1,
	};
	uint32_t at;

	/* A message that was begun is finished, one behind it waits. */
	model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 0, RIG_MR_SIZE,
		   r->mr[1].iova, r->mr[1].key);
	skua_adapter_poll(r->m->ad);
	skua_adapter_poll(r->m->ad);
	assert_int_equal(model_modify(&r->p.qp[0],
				      SKUA_HWI_QP_STATE | SKUA_HWI_QP_SQD_EVENT,
				      &attr),
			 0);
	at = model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 0, 8,
			r->mr[1].iova, r->mr[1].key);
	rig_expect(&r->p.cq[0], 0, 0);
	rig_expect_event(&r->m->fn[0], SKUA_HWI_EVENT_SQ_DRAINED, r->p.qp[0].qpn);
	rig_expect_none(&r->p.cq[0]);

	attr.state = SKUA_HWI_QPS_RTS;
	assert_int_equal(model_modify(&r->p.qp[0], SKUA_HWI_QP_STATE, &attr), 0);
	rig_expect(&r->p.cq[0], at, 0);
	rig_expect_no_event(&r->m->fn[0]);
}

/*
 * The peer's program leaves at its last receive: the sender must not be left
 * without the acknowledgement.
 */
static void test_peer_leaves(void **state)
{
	struct rig *r = *state;
	struct skua_hwi_cqe *cqe = &r->p.cq[1].ring[0];
	unsigned int i;

	model_recv(&r->p.qp[1], 1, &r->mr[1], 0, 8);
	model_send(&r->p.qp[0], SKUA_HWI_WQE_SEND, &r->mr[0], 0, 8, 0, 0);
	for (i = 0; i < 10 && !cqe->owner; i++)
		skua_adapter_poll(r->m->ad);
	assert_int_not_equal(cqe->owner, 0);
	assert_int_equal(model_destroy_obj(&r->m->fn[1], SKUA_HWI_CMD_DESTROY_QP,
					   r->p.qp[1].qpn),
			 0);
	rig_expect(&r->p.cq[0], 0, 0);
}

static void test_comm_est(void **state)
{
	struct rig *r = *state;
	struct model_qp a, b;
	struct model_cq cq[2];
	struct skua_hwi_qp_attr attr;

	model_cq(&r->m->fn[0], &cq[0], 6);
	model_cq(&r->m->fn[1], &cq[1], 6);
	model_qp(&r->m->fn[0], &a, SKUA_HWI_QPT_RC, &cq[0], &cq[0], NULL, 4, 4);
	model_qp(&r->m->fn[1], &b, SKUA_HWI_QPT_RC, &cq[1], &cq[1], NULL, 4, 4);
	model_connect(&a, &b);
	attr = model_attr(&b, &a);
	attr.state = SKUA_HWI_QPS_INIT;
	assert_int_equal(model_modify(&b,
				      SKUA_HWI_QP_STATE | SKUA_HWI_QP_ACCESS |
					      SKUA_HWI_QP_PKEY_INDEX,
				      &attr),
			 0);
	attr.state = SKUA_HWI_QPS_RTR;
	assert_int_equal(model_modify(&b,
				      SKUA_HWI_QP_STATE | SKUA_HWI_QP_AV |
					      SKUA_HWI_QP_PATH_MTU |
					      SKUA_HWI_QP_DEST_QPN |
					      SKUA_HWI_QP_RQ_PSN |
					      SKUA_HWI_QP_MAX_DEST_RD |
					      SKUA_HWI_QP_MIN_RNR_TIMER,
				      &attr),
			 0);
	model_send(&a, SKUA_HWI_WQE_WRITE, &r->mr[0], 0, 8, r->mr[1].iova,
		   r->mr[1].key);
	model_send(&a, SKUA_HWI_WQE_WRITE, &r->mr[0], 0, 8, r->mr[1].iova,
		   r->mr[1].key);
	rig_expect(&cq[0], 0, 0);
	rig_expect(&cq[0], 1, 0);
	rig_expect_event(&r->m->fn[1], SKUA_HWI_EVENT_COMM_EST, b.qpn);
	rig_expect_no_event(&r->m->fn[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(test_write, rc),
		RIG_TEST(test_read, rc),
		RIG_TEST(test_send, rc),
		RIG_TEST(test_imm, rc),
		RIG_TEST(test_inline, rc),
		RIG_TEST(test_sges, rc),
		RIG_TEST(test_atomics, rc),
		RIG_TEST(test_unsignaled, rc),
		RIG_TEST(test_solicited, rc),
		RIG_TEST(test_fence, rc),
		RIG_TEST(test_fast_reg, rc),
		RIG_TEST(test_srq, bare),
		RIG_TEST(test_loopback, bare),
		RIG_TEST(test_overlap, bare),
		RIG_TEST(test_fairness, rc),
		RIG_TEST(test_sqd, rc),
		RIG_TEST(test_peer_leaves, rc),
		RIG_TEST(test_comm_est, rc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
