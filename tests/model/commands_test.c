// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Commands (hwi §9): what is refused, with which status and syndrome. */
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"

static const struct skua_hwi_cmd *last(const struct model_fn *f)
{
	return &f->cmdq[(f->cmd_pi - 1) % 16];
}

static void expect(struct model_fn *f, uint16_t opcode, const void *in,
		   size_t in_len, uint8_t status, uint32_t syndrome)
{
	assert_int_equal(model_cmd(f, opcode, in, in_len, NULL, 0), status);
	assert_int_equal(le32toh(last(f)->syndrome), syndrome);
}

/* Every input, with its length and one reserved byte inside. */
static const struct {
	uint16_t opcode;
	uint8_t len;
	uint8_t rsvd;
} inputs[] = {
	{ SKUA_HWI_CMD_QUERY_DEVICE, 0, 0 },
	{ SKUA_HWI_CMD_QUERY_COUNTERS, 8, 4 },
	{ SKUA_HWI_CMD_SET_GID, 32, 10 },
	{ SKUA_HWI_CMD_SET_PORT, 16, 12 },
	{ SKUA_HWI_CMD_CREATE_EQ, 40, 25 },
	{ SKUA_HWI_CMD_MODIFY_EQ, 8, 0 },
	{ SKUA_HWI_CMD_DESTROY_EQ, 8, 4 },
	{ SKUA_HWI_CMD_CREATE_PD, 0, 0 },
	{ SKUA_HWI_CMD_DESTROY_PD, 8, 4 },
	{ SKUA_HWI_CMD_CREATE_MKEY, 48, 7 },
	{ SKUA_HWI_CMD_MODIFY_MKEY, 16, 13 },
	{ SKUA_HWI_CMD_DESTROY_MKEY, 8, 4 },
	{ SKUA_HWI_CMD_CREATE_CQ, 40, 36 },
	{ SKUA_HWI_CMD_MODIFY_CQ, 8, 0 },
	{ SKUA_HWI_CMD_DESTROY_CQ, 8, 4 },
	{ SKUA_HWI_CMD_CREATE_SRQ, 40, 34 },
	{ SKUA_HWI_CMD_MODIFY_SRQ, 8, 0 },
	{ SKUA_HWI_CMD_DESTROY_SRQ, 8, 4 },
	{ SKUA_HWI_CMD_QUERY_SRQ, 8, 4 },
	{ SKUA_HWI_CMD_CREATE_QP, 80, 28 },
	{ SKUA_HWI_CMD_MODIFY_QP, 72, 36 },
	{ SKUA_HWI_CMD_DESTROY_QP, 8, 4 },
	{ SKUA_HWI_CMD_QUERY_QP, 8, 4 },
	{ SKUA_HWI_CMD_CREATE_SA, 92, 0 },
	{ SKUA_HWI_CMD_MODIFY_SA, 48, 0 },
	{ SKUA_HWI_CMD_DESTROY_SA, 8, 4 },
	{ SKUA_HWI_CMD_QUERY_SA, 8, 4 },
	{ SKUA_HWI_CMD_CREATE_FLOW, 88, 78 },
	{ SKUA_HWI_CMD_DESTROY_FLOW, 8, 4 },
	{ SKUA_HWI_CMD_QUERY_FLOW, 8, 4 },
};

static void reserved_bytes_are_refused_where_they_are(void **state)
{
	struct model *m = model_create(1, false);
	struct model_fn *f = &m->fn[0];
	uint8_t in[SKUA_HWI_CMD_IN_LEN];
	unsigned int i, off;

	(void)state;
	for (i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		for (off = inputs[i].len; off < sizeof(in); off++) {
			memset(in, 0, sizeof(in));
			in[off] = 0x80;
			expect(f, inputs[i].opcode, in, sizeof(in),
			       SKUA_HWI_BAD_PARAM, off);
		}
		if (!inputs[i].rsvd)
			continue;
		memset(in, 0, sizeof(in));
		in[inputs[i].rsvd] = 1;
		expect(f, inputs[i].opcode, in, sizeof(in), SKUA_HWI_BAD_PARAM,
		       inputs[i].rsvd);
	}
	model_destroy(m);
}

static void unknown_opcodes_are_refused(void **state)
{
	struct model *m = model_create(1, false);
	struct skua_hwi_cmd cmd = {};
	unsigned int opcode, i, known;

	(void)state;
	for (opcode = 0; opcode < 0x200; opcode++) {
		for (known = 0, i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++)
			known |= inputs[i].opcode == opcode;
		if (!known)
			expect(&m->fn[0], opcode, NULL, 0, SKUA_HWI_BAD_OPCODE,
			       0);
	}
	cmd.opcode = htole16(SKUA_HWI_CMD_QUERY_DEVICE);
	cmd.rsvd0 = 1;
	assert_int_equal(model_cmd_raw(&m->fn[0], &cmd), SKUA_HWI_BAD_PARAM);
	model_destroy(m);
}

static void stale_handles_are_refused(void **state)
{
	static const uint16_t destroy[] = {
		SKUA_HWI_CMD_DESTROY_PD,  SKUA_HWI_CMD_DESTROY_CQ,
		SKUA_HWI_CMD_DESTROY_SRQ, SKUA_HWI_CMD_DESTROY_QP,
		SKUA_HWI_CMD_DESTROY_EQ,  SKUA_HWI_CMD_DESTROY_MKEY,
	};
	const uint32_t wild[] = { 0xffffffff, 0x7fffffff, 0x00ffffff, 0x10000 };
	struct model *m = model_create(1, false);
	struct model_fn *f = &m->fn[0];
	uint32_t pdn, again;
	unsigned int i, j;

	(void)state;
	pdn = model_create_obj(f, SKUA_HWI_CMD_CREATE_PD, NULL, 0);
	assert_int_equal(model_destroy_obj(f, SKUA_HWI_CMD_DESTROY_PD, pdn),
			 SKUA_HWI_OK);
	assert_int_equal(model_destroy_obj(f, SKUA_HWI_CMD_DESTROY_PD, pdn),
			 SKUA_HWI_BAD_OBJECT);
	again = model_create_obj(f, SKUA_HWI_CMD_CREATE_PD, NULL, 0);
	assert_int_not_equal(again, pdn);
	assert_int_equal(model_destroy_obj(f, SKUA_HWI_CMD_DESTROY_PD, pdn),
			 SKUA_HWI_BAD_OBJECT);
	for (i = 0; i < sizeof(destroy) / sizeof(destroy[0]); i++) {
		for (j = 0; j < sizeof(wild) / sizeof(wild[0]); j++)
			assert_int_equal(model_destroy_obj(f, destroy[i], wild[j]),
					 SKUA_HWI_BAD_OBJECT);
	}
	model_destroy(m);
}

static void objects_in_use_are_not_destroyed(void **state)
{
	struct model *m = model_create(1, false);
	struct model_fn *f = &m->fn[0];
	struct model_cq cq;
	struct model_srq srq;
	struct model_qp qp, with_srq;

	(void)state;
	model_cq(f, &cq, 4);
	model_srq(f, &srq, 4);
	model_qp(f, &qp, SKUA_HWI_QPT_RC, &cq, &cq, NULL, 4, 4);
	model_qp(f, &with_srq, SKUA_HWI_QPT_RC, &cq, &cq, &srq, 4, 0);
#define DESTROY(kind, handle) \
	model_destroy_obj(f, SKUA_HWI_CMD_DESTROY_##kind, handle)
	assert_int_equal(DESTROY(EQ, f->eq[1].eqn), SKUA_HWI_IN_USE);
	assert_int_equal(DESTROY(CQ, cq.cqn), SKUA_HWI_IN_USE);
	assert_int_equal(DESTROY(SRQ, srq.srqn), SKUA_HWI_IN_USE);
	assert_int_equal(DESTROY(PD, f->pdn), SKUA_HWI_IN_USE);
	assert_int_equal(DESTROY(QP, qp.qpn), SKUA_HWI_OK);
	assert_int_equal(DESTROY(CQ, cq.cqn), SKUA_HWI_IN_USE);
	assert_int_equal(DESTROY(QP, with_srq.qpn), SKUA_HWI_OK);
	assert_int_equal(DESTROY(SRQ, srq.srqn), SKUA_HWI_OK);
	assert_int_equal(DESTROY(CQ, cq.cqn), SKUA_HWI_OK);
	assert_int_equal(DESTROY(PD, f->pdn), SKUA_HWI_OK);
	assert_int_equal(DESTROY(EQ, f->eq[1].eqn), SKUA_HWI_OK);
	model_destroy(m);
}

static void page_lists_are_checked(void **state)
{
	struct model *m = model_create(1, false);
	struct model_fn *f = &m->fn[0];
	struct skua_hwi_create_cq_in good = {
		.log_size = 8, .eqn = htole32(SKUA_HWI_NONE),
	}, in;
	const size_t bytes = (64 << 8) + 64;
	void *ring = model_alloc(f, bytes, 4096);

	(void)state;
	model_pbl(f, ring, bytes, &good.pbl);
#define REFUSED(field, value, why, where)                                       \
	do {                                                                    \
		in = good;                                                      \
		in.field = value;                                               \
		expect(f, SKUA_HWI_CMD_CREATE_CQ, &in, sizeof(in), why, where); \
	} while (0)
#define AT(name) offsetof(struct skua_hwi_pbl, name)
	REFUSED(pbl.levels, 3, SKUA_HWI_BAD_PARAM, AT(levels));
	REFUSED(pbl.levels, 0, SKUA_HWI_BAD_PARAM, AT(count));
	REFUSED(pbl.page_shift, 11, SKUA_HWI_BAD_PARAM, AT(page_shift));
	REFUSED(pbl.page_shift, 31, SKUA_HWI_BAD_PARAM, AT(page_shift));
	REFUSED(pbl.count, 0, SKUA_HWI_BAD_PARAM, AT(count));
	REFUSED(pbl.count, htole32(4), SKUA_HWI_BAD_PARAM, AT(count));
	REFUSED(pbl.count, htole32(~0u), SKUA_HWI_BAD_PARAM, AT(count));
	REFUSED(pbl.offset, htole32(64), SKUA_HWI_BAD_PARAM, AT(offset));
	REFUSED(pbl.addr, good.pbl.addr | htole64(4), SKUA_HWI_BAD_PARAM,
		AT(addr));
	REFUSED(pbl.addr, 0, SKUA_HWI_BAD_ADDRESS, 0);
	REFUSED(pbl.addr, htole64(-8ull), SKUA_HWI_BAD_ADDRESS, 0);
	REFUSED(pbl.addr, htole64(MODEL_RAM_IOVA + MODEL_RAM_SIZE - 8),
		SKUA_HWI_BAD_ADDRESS, 0);
	REFUSED(log_size, 23, SKUA_HWI_BAD_PARAM,
		offsetof(struct skua_hwi_create_cq_in, log_size));
	REFUSED(log_size, 9, SKUA_HWI_BAD_PARAM, AT(count));
	REFUSED(eqn, htole32(99), SKUA_HWI_BAD_OBJECT,
		offsetof(struct skua_hwi_create_cq_in, eqn));
	model_create_obj(f, SKUA_HWI_CMD_CREATE_CQ, &good, sizeof(good));
	model_destroy(m);
}

/* Level 2, with a last list page that is not full. */
static void two_level_page_lists_work(void **state)
{
	enum { PAGES = 1025 };
	struct model *m = model_create(2, false);
	struct model_fn *f = &m->fn[0];
	struct skua_hwi_create_mkey_in in = {
		.pdn = htole32(f->pdn),
		.access = SKUA_HWI_ACCESS_LOCAL_WRITE,
		.len = htole64(PAGES * 4096ull - 100),
	};
	uint8_t *buf = model_alloc(f, PAGES * 4096, 4096);
	__le64 *top = model_alloc(f, 3 * sizeof(*top), 8), *list;
	struct model_mr src, dst = {};
	struct model_pair p;
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		list = model_alloc(f, 4096, 4096);
		top[i] = htole64(model_iova(f, list));
		for (unsigned int j = 0; j < 512; j++)
			list[j] = htole64(i * 512 + j < PAGES
						  ? model_iova(f, buf) +
							    (i * 512 + j) * 4096ull
						  : 7); /* not to be looked at */
	}
	in.iova = htole64(100);
	in.pbl.addr = htole64(model_iova(f, top));
	in.pbl.count = htole32(PAGES);
	in.pbl.offset = htole32(100);
	in.pbl.page_shift = 12;
	in.pbl.levels = 2;
	dst.key = model_create_obj(f, SKUA_HWI_CMD_CREATE_MKEY, &in, sizeof(in));
	src = model_mr(&m->fn[1], 12288, SKUA_HWI_ACCESS_REMOTE_READ);
	memset(src.buf, 0x5c, 8192);
	/* The last two pages, up to the region's very end. */
	dst.iova = (PAGES - 2) * 4096ull;
	model_pair(f, &m->fn[1], SKUA_HWI_QPT_RC, &p);
	model_send(&p.qp[0], SKUA_HWI_WQE_READ, &dst, 0, 8193, src.iova, src.key);
	assert_int_equal(model_wait(&p.cq[0]).status, SKUA_HWI_CQE_LOC_PROT_ERR);
	model_pair(f, &m->fn[1], SKUA_HWI_QPT_RC, &p);
	model_send(&p.qp[0], SKUA_HWI_WQE_READ, &dst, 0, 8192, src.iova, src.key);
	assert_int_equal(model_wait(&p.cq[0]).status, SKUA_HWI_CQE_OK);
	assert_memory_equal(buf + (PAGES - 2) * 4096, src.buf, 8192);
	model_destroy(m);
}

static void the_state_machine_is_the_specified_one(void **state)
{
	enum { R, I, TR, TS, SQD, SQE, E, N };
	/* Row: from, column: to; those that need no more than a state. */
	static const bool bare[N][N] = {
		[R] = { [R] = 1, [E] = 1 },
		[I] = { [R] = 1, [I] = 1, [TR] = 1, [E] = 1 },
		[TR] = { [R] = 1, [E] = 1 },
		[TS] = { [R] = 1, [TS] = 1, [SQD] = 1, [E] = 1 },
		[SQD] = { [R] = 1, [TS] = 1, [SQD] = 1, [E] = 1 },
		[E] = { [R] = 1, [E] = 1 },
	};
	static const uint8_t path[N][5] = {
		[R] = { R },
		[I] = { R, I },
		[TR] = { R, I, TR },
		[TS] = { R, I, TR, TS },
		[SQD] = { R, I, TR, TS, SQD },
		[E] = { R, E },
	};
	const uint32_t masks[N] = {
		[I] = SKUA_HWI_QP_QKEY | SKUA_HWI_QP_PKEY_INDEX,
		[TS] = SKUA_HWI_QP_SQ_PSN,
	};
	struct model *m = model_create(1, false);
	struct skua_hwi_qp_attr attr = {};
	unsigned int from, to, i;
	struct model_cq cq;
	struct model_qp qp;
	int status;

	(void)state;
	model_cq(&m->fn[0], &cq, 4);
	model_qp(&m->fn[0], &qp, SKUA_HWI_QPT_UD, &cq, &cq, NULL, 4, 4);
	for (from = 0; from < N; from++) {
		if (from == SQE)
			continue; /* the device's own */
		for (to = 0; to <= N; to++) {
			for (i = 0; i < 5 && (!i || path[from][i]); i++) {
				attr.state = path[from][i];
				assert_int_equal(
					model_modify(&qp,
						     SKUA_HWI_QP_STATE |
							     masks[attr.state],
						     &attr),
					0);
			}
			attr.state = to;
			status = model_modify(&qp, SKUA_HWI_QP_STATE, &attr);
			if (to == N || (from == R && to == I) ||
			    (from == TR && to == TS))
				assert_int_equal(status, SKUA_HWI_BAD_PARAM);
			else
				assert_int_equal(status,
						 bare[from][to]
							 ? SKUA_HWI_OK
							 : SKUA_HWI_BAD_STATE);
		}
	}
	model_destroy(m);
}

static void attributes_are_checked_and_kept(void **state)
{
	struct model *m = model_create(2, false);
	struct skua_hwi_handle_in in = {};
	struct skua_hwi_query_qp_out out;
	struct skua_hwi_qp_attr attr, bad;
	struct model_pair p;

	(void)state;
	model_pair(&m->fn[0], &m->fn[1], SKUA_HWI_QPT_RC, &p);
	in.handle = htole32(p.qp[0].qpn);
	assert_int_equal(model_cmd(&m->fn[0], SKUA_HWI_CMD_QUERY_QP, &in,
				   sizeof(in), &out, sizeof(out)),
			 SKUA_HWI_OK);
	attr = model_attr(&p.qp[0], &p.qp[1]);
	attr.state = SKUA_HWI_QPS_RTS;
	assert_memory_equal(&out.attr, &attr, sizeof(attr));

	/* A refused MODIFY_QP has changed nothing. */
	bad = attr;
	bad.access = 0;
	bad.min_rnr_timer = 32;
	assert_int_equal(model_modify(&p.qp[0],
				      SKUA_HWI_QP_ACCESS |
					      SKUA_HWI_QP_MIN_RNR_TIMER,
				      &bad),
			 SKUA_HWI_BAD_PARAM);
	assert_int_equal(le32toh(last(&m->fn[0])->syndrome),
			 offsetof(struct skua_hwi_modify_qp_in,
				  attr.min_rnr_timer));
	assert_int_equal(model_modify(&p.qp[0], SKUA_HWI_QP_DEST_QPN, &attr),
			 SKUA_HWI_BAD_PARAM);
	assert_int_equal(model_cmd(&m->fn[0], SKUA_HWI_CMD_QUERY_QP, &in,
				   sizeof(in), &out, sizeof(out)),
			 SKUA_HWI_OK);
	assert_memory_equal(&out.attr, &attr, sizeof(attr));
	model_destroy(m);
}

static void a_slot_has_one_qp(void **state)
{
	struct model *m = model_create(1, false);
	struct model_fn *f = &m->fn[0];
	struct skua_hwi_create_qp_in in = {
		.type = SKUA_HWI_QPT_UD,
		.log_sq = SKUA_HWI_LOG_NONE,
		.log_rq = SKUA_HWI_LOG_NONE,
		.pdn = htole32(f->pdn),
		.srqn = htole32(SKUA_HWI_NONE),
		.uar_page = htole16(SKUA_HWI_UAR_PAGES - 1),
		.db_slot = 63,
	};
	struct model_cq cq;
	uint32_t qpn;

	(void)state;
	model_cq(f, &cq, 4);
	in.send_cqn = in.recv_cqn = htole32(cq.cqn);
	qpn = model_create_obj(f, SKUA_HWI_CMD_CREATE_QP, &in, sizeof(in));
	expect(f, SKUA_HWI_CMD_CREATE_QP, &in, sizeof(in), SKUA_HWI_IN_USE, 0);
	assert_int_equal(DESTROY(QP, qpn), SKUA_HWI_OK);
	model_create_obj(f, SKUA_HWI_CMD_CREATE_QP, &in, sizeof(in));
	in.db_slot = 64;
	expect(f, SKUA_HWI_CMD_CREATE_QP, &in, sizeof(in), SKUA_HWI_BAD_PARAM,
	       offsetof(struct skua_hwi_create_qp_in, db_slot));
	in.db_slot = 0;
	in.uar_page = htole16(SKUA_HWI_UAR_PAGES);
	expect(f, SKUA_HWI_CMD_CREATE_QP, &in, sizeof(in), SKUA_HWI_BAD_PARAM,
	       offsetof(struct skua_hwi_create_qp_in, uar_page));
	model_destroy(m);
}

static void service_qps_are_single(void **state)
{
	static const uint8_t types[] = { SKUA_HWI_QPT_GSI, SKUA_HWI_QPT_ETH };
	struct model *m = model_create(1, false);
	struct model_fn *f = &m->fn[0];
	struct model_cq cq;
	struct model_qp qp;
	unsigned int i;

	(void)state;
	model_cq(f, &cq, 4);
	for (i = 0; i < 2; i++) {
		struct skua_hwi_create_qp_in in = {
			.type = types[i],
			.log_sq = 4,
			.log_rq = 4,
			.log_rq_stride = 6,
			.pdn = htole32(f->pdn),
			.send_cqn = htole32(cq.cqn),
			.recv_cqn = htole32(cq.cqn),
			.srqn = htole32(SKUA_HWI_NONE),
			.uar_page = htole16(9),
			.db_slot = i,
		};
		void *ring = model_alloc(f, 8192, 4096);

		model_pbl(f, ring, 64 << 4, &in.sq);
		model_pbl(f, ring, (64 << 4) + 64, &in.rq);
		model_qp(f, &qp, types[i], &cq, &cq, NULL, 4, 4);
		assert_int_equal(qp.qpn == SKUA_HWI_QP_GSI, !i);
		expect(f, SKUA_HWI_CMD_CREATE_QP, &in, sizeof(in),
		       SKUA_HWI_BAD_STATE, 0);
		assert_int_equal(DESTROY(QP, qp.qpn), SKUA_HWI_OK);
		model_create_obj(f, SKUA_HWI_CMD_CREATE_QP, &in, sizeof(in));
	}
	model_destroy(m);
}

static void a_command_queue_that_is_wrong_is_fatal(void **state)
{
	struct model *m = model_create(2, false);
	struct skua_function *fn = m->fn[0].fn;
	struct skua_hwi_eqe eqe;
	bool told = false;

	(void)state;
	skua_function_write(fn, SKUA_HWI_REG_CMDQ_PI, 4, m->fn[0].cmd_pi + 17);
	model_run(m);
	assert_int_equal(skua_function_read(fn, SKUA_HWI_REG_STATUS, 4),
			 SKUA_HWI_STATUS_READY | SKUA_HWI_STATUS_FATAL);
	assert_int_equal(skua_function_read(fn, SKUA_HWI_REG_FATAL, 4),
			 SKUA_HWI_FATAL_CMDQ_INDEX);
	while (model_event(&m->fn[0].eq[0], &eqe))
		told |= eqe.type == SKUA_HWI_EVENT_FATAL;
	assert_true(told);
	assert_int_equal(skua_function_read(m->fn[1].fn, SKUA_HWI_REG_STATUS, 4),
			 SKUA_HWI_STATUS_READY | SKUA_HWI_STATUS_CMDQ_ON);

	/* Only a reset helps, and it does. */
	skua_function_write(fn, SKUA_HWI_REG_RESET, 4, SKUA_HWI_RESET_MAGIC);
	assert_int_equal(skua_function_read(fn, SKUA_HWI_REG_STATUS, 4),
			 SKUA_HWI_STATUS_READY);
	skua_function_write(fn, SKUA_HWI_REG_CMDQ_BASE_LO, 4, 0x1000);
	skua_function_write(fn, SKUA_HWI_REG_CMDQ_CTRL, 4,
			    SKUA_HWI_CMDQ_ENABLE | 2);
	skua_function_write(fn, SKUA_HWI_REG_CMDQ_PI, 4, 1);
	model_run(m);
	assert_int_equal(skua_function_read(fn, SKUA_HWI_REG_FATAL, 4),
			 SKUA_HWI_FATAL_CMDQ_DMA);
	skua_function_reset(fn);
	model_up(&m->fn[0]);
	model_destroy(m);
}

static void a_command_queue_that_cannot_be_stays_off(void **state)
{
	struct model *m = model_create(1, false);
	struct skua_function *fn = m->fn[0].fn;

	(void)state;
	skua_function_reset(fn);
	skua_function_write(fn, SKUA_HWI_REG_CMDQ_CTRL, 4,
			    SKUA_HWI_CMDQ_ENABLE | 7);
	assert_int_equal(skua_function_read(fn, SKUA_HWI_REG_STATUS, 4),
			 SKUA_HWI_STATUS_READY);
	skua_function_write(fn, SKUA_HWI_REG_CMDQ_BASE_LO, 4,
			    MODEL_RAM_IOVA + 256);
	skua_function_write(fn, SKUA_HWI_REG_CMDQ_CTRL, 4,
			    SKUA_HWI_CMDQ_ENABLE | 2);
	assert_int_equal(skua_function_read(fn, SKUA_HWI_REG_STATUS, 4),
			 SKUA_HWI_STATUS_READY);
	model_destroy(m);
}

static void reset_forgets_everything(void **state)
{
	struct model *m = model_create(2, false);
	struct model_fn *f = &m->fn[0];
	struct skua_function_stats st;
	struct model_pair p;
	struct model_mr mr;

	(void)state;
	model_pair(f, &m->fn[1], SKUA_HWI_QPT_RC, &p);
	mr = model_mr(f, 4096, 0);
	model_send(&p.qp[0], SKUA_HWI_WQE_SEND, &mr, 0, 100, 0, 0);
	skua_function_reset(f->fn);
	model_run(m);
	skua_function_stats(f->fn, &st);
	assert_int_equal(st.qps | st.cqs | st.srqs | st.mkeys | st.pds | st.eqs,
			 0);
	assert_int_equal(skua_function_read(f->fn, SKUA_HWI_REG_CMDQ_CTRL, 4), 0);
	model_up(f);
	model_pair(f, &m->fn[1], SKUA_HWI_QPT_RC, &p);
	mr = model_mr(f, 4096, 0);
	model_recv(&p.qp[1], 1, &mr, 0, 0);
	model_send(&p.qp[0], SKUA_HWI_WQE_SEND, &mr, 0, 0, 0, 0);
	assert_int_equal(model_wait(&p.cq[0]).status, SKUA_HWI_CQE_OK);
	model_destroy(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reserved_bytes_are_refused_where_they_are),
		cmocka_unit_test(unknown_opcodes_are_refused),
		cmocka_unit_test(stale_handles_are_refused),
		cmocka_unit_test(objects_in_use_are_not_destroyed),
		cmocka_unit_test(page_lists_are_checked),
		cmocka_unit_test(two_level_page_lists_work),
		cmocka_unit_test(the_state_machine_is_the_specified_one),
		cmocka_unit_test(attributes_are_checked_and_kept),
		cmocka_unit_test(a_slot_has_one_qp),
		cmocka_unit_test(service_qps_are_single),
		cmocka_unit_test(a_command_queue_that_is_wrong_is_fatal),
		cmocka_unit_test(a_command_queue_that_cannot_be_stays_off),
		cmocka_unit_test(reset_forgets_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
