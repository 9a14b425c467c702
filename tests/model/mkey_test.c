// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Memory keys, fast registration and windows (hwi §9.5), seen from a peer. */
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"

#define ALL                                                           \
	(SKUA_HWI_ACCESS_LOCAL_WRITE | SKUA_HWI_ACCESS_REMOTE_WRITE | \
	 SKUA_HWI_ACCESS_REMOTE_READ | SKUA_HWI_ACCESS_REMOTE_ATOMIC)
#define LEN 16384

/* Function 1 owns the memory; function 0 writes and reads it. */
struct setup {
	struct model *m;
	struct model_fn *owner;
	struct model_mr local, mr;
};

static void setup(struct setup *s, uint8_t access)
{
	s->m = model_create(2, false);
	s->owner = &s->m->fn[1];
	s->local = model_mr(&s->m->fn[0], LEN, ALL);
	s->mr = model_mr(s->owner, LEN, access);
}

/* Over fresh QPs, as most answers end in ERR. */
static uint8_t status_of(struct setup *s, uint8_t opcode, uint64_t addr,
			 uint32_t len, uint32_t key)
{
	struct model_pair p;

	model_pair(&s->m->fn[0], s->owner, SKUA_HWI_QPT_RC, &p);
	model_send(&p.qp[0], opcode, &s->local, 0, len, addr, key);
	return model_wait(&p.cq[0]).status;
}

static uint8_t write_of(struct setup *s, uint64_t addr, uint32_t len, uint32_t key)
{
	return status_of(s, SKUA_HWI_WQE_WRITE, addr, len, key);
}

static void keys_and_ranges_are_exact(void **state)
{
	const uint8_t refused = SKUA_HWI_CQE_REM_ACCESS_ERR;
	struct setup s;

	(void)state;
	setup(&s, ALL);
	assert_int_equal(write_of(&s, s.mr.iova, LEN, s.mr.key), 0);
	assert_int_equal(write_of(&s, s.mr.iova + LEN - 1, 1, s.mr.key), 0);
	assert_int_equal(write_of(&s, s.mr.iova + LEN, 0, s.mr.key), 0);
	assert_int_equal(write_of(&s, s.mr.iova + 1, LEN, s.mr.key), refused);
	assert_int_equal(write_of(&s, s.mr.iova - 1, 1, s.mr.key), refused);
	assert_int_equal(write_of(&s, s.mr.iova + LEN, 1, s.mr.key), refused);
	assert_int_equal(write_of(&s, s.mr.iova, 1, s.mr.key ^ 1), refused);
	assert_int_equal(write_of(&s, s.mr.iova, 1, s.mr.key ^ 0x100), refused);
	assert_int_equal(write_of(&s, s.mr.iova, 1, s.mr.key ^ (1u << 31)),
			 refused);
	assert_int_equal(model_destroy_obj(s.owner, SKUA_HWI_CMD_DESTROY_MKEY,
					   s.mr.key),
			 SKUA_HWI_OK);
	assert_int_equal(write_of(&s, s.mr.iova, 1, s.mr.key), refused);
	model_destroy(s.m);
}

static void rights_are_needed_one_by_one(void **state)
{
	static const struct {
		uint8_t opcode, right;
	} need[] = {
		{ SKUA_HWI_WQE_WRITE, SKUA_HWI_ACCESS_REMOTE_WRITE },
		{ SKUA_HWI_WQE_READ, SKUA_HWI_ACCESS_REMOTE_READ },
		{ SKUA_HWI_WQE_FETCH_ADD, SKUA_HWI_ACCESS_REMOTE_ATOMIC },
	};
	unsigned int i, j;
	struct setup s;

	(void)state;
	for (j = 0; j < 3; j++) {
		setup(&s, SKUA_HWI_ACCESS_LOCAL_WRITE | need[j].right);
		for (i = 0; i < 3; i++)
			assert_int_equal(status_of(&s, need[i].opcode,
						   s.mr.iova, 8, s.mr.key),
					 i == j ? SKUA_HWI_CQE_OK
						: SKUA_HWI_CQE_REM_ACCESS_ERR);
		model_destroy(s.m);
	}
}

static void another_domain_is_refused(void **state)
{
	struct setup s;

	(void)state;
	setup(&s, ALL);
	/* QPs made from now on are of the new one. */
	s.owner->pdn = model_create_obj(s.owner, SKUA_HWI_CMD_CREATE_PD, NULL, 0);
	assert_int_equal(write_of(&s, s.mr.iova, 8, s.mr.key),
			 SKUA_HWI_CQE_REM_ACCESS_ERR);
	model_destroy(s.m);
}

/* Pages in reverse: what is contiguous for the key is not in memory. */
static int modify(struct setup *s, uint32_t mask, uint32_t pdn, uint8_t access)
{
	struct skua_hwi_modify_mkey_in in = {
		.handle = htole32(s->mr.key),
		.mask = htole32(mask),
		.pdn = htole32(pdn),
		.access = access,
	};

	return model_cmd(s->owner, SKUA_HWI_CMD_MODIFY_MKEY, &in, sizeof(in),
			 NULL, 0);
}

static void rights_and_domain_change_in_place(void **state)
{
	const uint8_t local = SKUA_HWI_ACCESS_LOCAL_WRITE;
	struct setup s;
	uint32_t pdn;

	(void)state;
	setup(&s, ALL);
	assert_int_equal(modify(&s, SKUA_HWI_MKEY_ACCESS, 0, local), 0);
	assert_int_equal(write_of(&s, s.mr.iova, LEN, s.mr.key),
			 SKUA_HWI_CQE_REM_ACCESS_ERR);
	assert_int_equal(modify(&s, SKUA_HWI_MKEY_ACCESS, 0, ALL), 0);
	assert_int_equal(write_of(&s, s.mr.iova, LEN, s.mr.key), 0);

	pdn = model_create_obj(s.owner, SKUA_HWI_CMD_CREATE_PD, NULL, 0);
	assert_int_equal(modify(&s, SKUA_HWI_MKEY_PD, pdn, 0), 0);
	assert_int_equal(write_of(&s, s.mr.iova, LEN, s.mr.key),
			 SKUA_HWI_CQE_REM_ACCESS_ERR);
	assert_int_equal(model_destroy_obj(s.owner, SKUA_HWI_CMD_DESTROY_PD,
					   pdn), SKUA_HWI_IN_USE);
	assert_int_equal(modify(&s, SKUA_HWI_MKEY_PD, s.owner->pdn, 0), 0);
	assert_int_equal(write_of(&s, s.mr.iova, LEN, s.mr.key), 0);
	assert_int_equal(model_destroy_obj(s.owner, SKUA_HWI_CMD_DESTROY_PD,
					   pdn), 0);

	assert_int_equal(modify(&s, SKUA_HWI_MKEY_PD, pdn, 0),
			 SKUA_HWI_BAD_OBJECT);
	assert_int_equal(modify(&s, SKUA_HWI_MKEY_ACCESS, 0,
				SKUA_HWI_ACCESS_REMOTE_WRITE),
			 SKUA_HWI_BAD_PARAM);
	assert_int_equal(modify(&s, 4, 0, 0), SKUA_HWI_BAD_PARAM);
	model_destroy(s.m);
}

static void pages_may_lie_anywhere(void **state)
{
	struct skua_hwi_create_mkey_in in = {
		.access = ALL,
		.iova = htole64(0x7000000123),
		.len = htole64(LEN - 0x123),
	};
	struct setup s;
	__le64 *list;
	unsigned int i;
	uint32_t key;

	(void)state;
	setup(&s, ALL);
	list = model_alloc(s.owner, 32, 8);
	for (i = 0; i < 4; i++)
		list[i] = htole64(s.mr.iova + (3 - i) * 4096);
	in.pdn = htole32(s.owner->pdn);
	in.pbl.addr = htole64(model_iova(s.owner, list));
	in.pbl.count = htole32(4);
	in.pbl.offset = htole32(0x123);
	in.pbl.page_shift = 12;
	in.pbl.levels = 1;
	key = model_create_obj(s.owner, SKUA_HWI_CMD_CREATE_MKEY, &in,
			       sizeof(in));
	for (i = 0; i < LEN; i++)
		s.local.buf[i] = i * 3 ^ i >> 8;
	assert_int_equal(write_of(&s, 0x7000000123, LEN - 0x123, key), 0);
	assert_memory_equal(s.mr.buf + 3 * 4096 + 0x123, s.local.buf,
			    4096 - 0x123);
	for (i = 1; i < 4; i++)
		assert_memory_equal(s.mr.buf + (3 - i) * 4096,
				    s.local.buf + i * 4096 - 0x123, 4096);
	assert_int_equal(write_of(&s, 0x7000000122, 1, key),
			 SKUA_HWI_CQE_REM_ACCESS_ERR);
	model_destroy(s.m);
}

/* WQEs that the model does not know: control segment and one more. */
static void post_segment(struct model_qp *qp, uint8_t opcode, uint32_t inv_key,
			 const void *seg, size_t len)
{
	struct skua_hwi_wqe_ctrl ctrl = {
		.opcode = opcode,
		.flags = SKUA_HWI_WQE_SIGNALED,
		.num_bb = 1,
		.inv_key = htole32(inv_key),
	};
	uint8_t *at = qp->sq + (qp->sq_pi++ & ((1u << qp->log_sq) - 1)) * 64;

	memcpy(at, &ctrl, sizeof(ctrl));
	if (len)
		memcpy(at + sizeof(ctrl), seg, len);
	model_ring(qp);
}

static uint8_t owner_does(struct setup *s, struct model_pair *p, uint8_t opcode,
			  uint32_t inv_key, const void *seg, size_t len)
{
	model_pair(s->owner, &s->m->fn[0], SKUA_HWI_QPT_RC, p);
	post_segment(&p->qp[0], opcode, inv_key, seg, len);
	return model_wait(&p->cq[0]).status;
}

static uint32_t make_key(struct setup *s, uint8_t type, uint32_t pages)
{
	struct skua_hwi_create_mkey_in in = {
		.pdn = htole32(s->owner->pdn),
		.type = type,
	};

	if (pages) {
		in.pbl.count = htole32(pages);
		in.pbl.page_shift = 12;
	}
	return model_create_obj(s->owner, SKUA_HWI_CMD_CREATE_MKEY, &in,
				sizeof(in));
}

static void fast_registration(void **state)
{
	struct skua_hwi_wqe_reg reg = {
		.access = ALL,
		.iova = htole64(0x1000),
		.len = htole64(LEN),
	};
	struct model_pair p;
	struct setup s;
	uint32_t key;

	(void)state;
	setup(&s, ALL);
	key = make_key(&s, SKUA_HWI_MKEY_FAST, 4);
	assert_int_equal(write_of(&s, 0x1000, 8, key),
			 SKUA_HWI_CQE_REM_ACCESS_ERR);
	key ^= 0x77;
	reg.key = htole32(key);
	model_pbl(s.owner, s.mr.buf, LEN, &reg.pbl);
#define REG()  owner_does(&s, &p, SKUA_HWI_WQE_REG_MR, 0, &reg, sizeof(reg))
#define INV(k) owner_does(&s, &p, SKUA_HWI_WQE_LOCAL_INV, k, NULL, 0)
	assert_int_equal(REG(), SKUA_HWI_CQE_OK);
	assert_int_equal(write_of(&s, 0x1000, LEN, key), SKUA_HWI_CQE_OK);
	assert_int_equal(write_of(&s, 0x1000, LEN, key ^ 0x77),
			 SKUA_HWI_CQE_REM_ACCESS_ERR);
	/* Twice is once too often. */
	assert_int_equal(REG(), SKUA_HWI_CQE_LOC_QP_OP_ERR);
	assert_int_equal(INV(key ^ 1), SKUA_HWI_CQE_LOC_QP_OP_ERR);
	assert_int_equal(INV(key), SKUA_HWI_CQE_OK);
	assert_int_equal(INV(key), SKUA_HWI_CQE_LOC_QP_OP_ERR);
	assert_int_equal(write_of(&s, 0x1000, 8, key),
			 SKUA_HWI_CQE_REM_ACCESS_ERR);
	/* More pages than there is room for, and pages that do not suffice. */
	reg.pbl.count = htole32(5);
	assert_int_equal(REG(), SKUA_HWI_CQE_LOC_QP_OP_ERR);
	reg.pbl.count = htole32(3);
	assert_int_equal(REG(), SKUA_HWI_CQE_LOC_QP_OP_ERR);
	reg.pbl.count = htole32(4);
	reg.iova = htole64(UINT64_MAX - 100);
	assert_int_equal(REG(), SKUA_HWI_CQE_LOC_QP_OP_ERR);
	model_destroy(s.m);
}

static void windows(void **state)
{
	struct skua_hwi_wqe_bind bind = { .access = SKUA_HWI_ACCESS_REMOTE_WRITE };
	uint32_t mw, mw2, region;
	struct model_pair p;
	struct setup s;

	(void)state;
	setup(&s, SKUA_HWI_ACCESS_LOCAL_WRITE | SKUA_HWI_ACCESS_MW_BIND);
	region = s.mr.key;
	mw = make_key(&s, SKUA_HWI_MKEY_MW1, 0) ^ 0x5;
	bind.mw_key = htole32(mw);
	bind.mr_key = htole32(region);
	bind.addr = htole64(s.mr.iova + 100);
	bind.len = htole64(200);
#define BIND() owner_does(&s, &p, SKUA_HWI_WQE_BIND_MW, 0, &bind, sizeof(bind))
	assert_int_equal(BIND(), SKUA_HWI_CQE_OK);
	assert_int_equal(write_of(&s, s.mr.iova + 100, 200, mw), 0);
	assert_int_equal(write_of(&s, s.mr.iova + 99, 1, mw),
			 SKUA_HWI_CQE_REM_ACCESS_ERR);
	assert_int_equal(write_of(&s, s.mr.iova + 100, 201, mw),
			 SKUA_HWI_CQE_REM_ACCESS_ERR);
	assert_int_equal(model_destroy_obj(s.owner, SKUA_HWI_CMD_DESTROY_MKEY,
					   region),
			 SKUA_HWI_IN_USE);

	/* Outside of the region, around the end of the world, no such key. */
	bind.len = htole64(LEN);
	assert_int_equal(BIND(), SKUA_HWI_CQE_MW_BIND_ERR);
	bind.len = htole64(UINT64_MAX);
	assert_int_equal(BIND(), SKUA_HWI_CQE_MW_BIND_ERR);
	bind.len = htole64(200);
	bind.mr_key = htole32(mw);
	assert_int_equal(BIND(), SKUA_HWI_CQE_MW_BIND_ERR);
	bind.mr_key = htole32(region ^ 1);
	assert_int_equal(BIND(), SKUA_HWI_CQE_MW_BIND_ERR);
	bind.mr_key = htole32(region);
	bind.mw_key = htole32(region);
	assert_int_equal(BIND(), SKUA_HWI_CQE_MW_BIND_ERR);

	/* Unbound: nobody gets through, and the region is free. */
	bind.mw_key = htole32(mw);
	bind.len = 0;
	assert_int_equal(BIND(), SKUA_HWI_CQE_OK);
	assert_int_equal(write_of(&s, s.mr.iova + 100, 1, mw),
			 SKUA_HWI_CQE_REM_ACCESS_ERR);

	/* Type 2 belongs to the QP that bound it, and is bound once. */
	mw2 = make_key(&s, SKUA_HWI_MKEY_MW2, 0);
	bind.mw_key = htole32(mw2);
	assert_int_equal(BIND(), SKUA_HWI_CQE_MW_BIND_ERR);
	bind.len = htole64(200);
	assert_int_equal(BIND(), SKUA_HWI_CQE_OK);
	assert_int_equal(write_of(&s, s.mr.iova + 100, 1, mw2),
			 SKUA_HWI_CQE_REM_ACCESS_ERR);
	model_send(&p.qp[1], SKUA_HWI_WQE_WRITE, &s.local, 0, 200,
		   s.mr.iova + 100, mw2);
	assert_int_equal(model_wait(&p.cq[1]).status, SKUA_HWI_CQE_OK);
	post_segment(&p.qp[0], SKUA_HWI_WQE_LOCAL_INV, mw2, NULL, 0);
	assert_int_equal(model_wait(&p.cq[0]).status, SKUA_HWI_CQE_OK);
	assert_int_equal(model_destroy_obj(s.owner, SKUA_HWI_CMD_DESTROY_MKEY,
					   region),
			 SKUA_HWI_OK);
	model_destroy(s.m);
}

static void map(struct model_fn *f, uint64_t from, uint64_t to, bool writable)
{
	assert_int_equal(skua_dma_map(f->fn, MODEL_RAM_IOVA + from, to - from,
				      f->ram + from, writable),
			 0);
}

static void read_only_memory_is_not_written(void **state)
{
	uint64_t at;
	struct model_pair p;
	struct setup s;

	(void)state;
	setup(&s, ALL);
	model_pair(&s.m->fn[0], s.owner, SKUA_HWI_QPT_RC, &p);
	skua_dma_unmap(s.owner->fn, MODEL_RAM_IOVA, MODEL_RAM_SIZE, NULL, NULL);
	at = s.mr.buf - s.owner->ram;
	map(s.owner, 0, at, true);
	map(s.owner, at, at + LEN, false);
	map(s.owner, at + LEN, MODEL_RAM_SIZE, true);
	memset(s.local.buf, 0xff, LEN);
	model_send(&p.qp[0], SKUA_HWI_WQE_WRITE, &s.local, 0, LEN, s.mr.iova,
		   s.mr.key);
	assert_int_equal(model_wait(&p.cq[0]).status, SKUA_HWI_CQE_REM_OP_ERR);
	assert_int_equal(s.mr.buf[0], 0);
	model_destroy(s.m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_and_ranges_are_exact),
		cmocka_unit_test(rights_are_needed_one_by_one),
		cmocka_unit_test(another_domain_is_refused),
		cmocka_unit_test(rights_and_domain_change_in_place),
		cmocka_unit_test(pages_may_lie_anywhere),
		cmocka_unit_test(fast_registration),
		cmocka_unit_test(windows),
		cmocka_unit_test(read_only_memory_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
