// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * A hostile guest (principle P6): function 0 does what no driver would, at
 * random but from fixed seeds. Nothing may crash or hang (the sanitizers
 * watch), no memory beyond what it mapped may change, and functions 1 and 2
 * must not notice.
 */
#include <endian.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"

#define ACCESS                                                        \
	(SKUA_HWI_ACCESS_LOCAL_WRITE | SKUA_HWI_ACCESS_REMOTE_WRITE | \
	 SKUA_HWI_ACCESS_REMOTE_READ | SKUA_HWI_ACCESS_REMOTE_ATOMIC)

/* xorshift64*, so that a failure can be repeated. */
static uint64_t seed;

static uint64_t rnd(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return seed * 0x2545f4914f6cdd1dull;
}

static uint32_t below(uint32_t n)
{
	return (rnd() >> 32) % n;
}

/* Numbers that checks trip over. */
static uint64_t edge(void)
{
	static const uint64_t edges[] = {
		0,
		1,
		2,
		3,
		7,
		63,
		64,
		255,
		256,
		0x7fffffff,
		0x80000000,
		0xffffffff,
		0x100000000,
		UINT64_MAX,
		UINT64_MAX - 4095,
		1ull << 63,
		MODEL_RAM_IOVA,
		MODEL_RAM_IOVA - 1,
		MODEL_RAM_IOVA + MODEL_RAM_SIZE - 1,
		MODEL_RAM_IOVA + MODEL_RAM_SIZE,
		MODEL_RAM_IOVA - 4096,
	};

	return edges[below(sizeof(edges) / sizeof(edges[0]))];
}

/* Change a few fields of a structure that was right. */
static void mutate(void *buf, size_t len, unsigned int times)
{
	uint8_t *p = buf;
	uint64_t v;
	size_t size;

	while (times--) {
		size = 1u << below(4);
		v = below(2) ? edge() : rnd();
		memcpy(p + below(len / size) * size, &v, size);
	}
}

/* The innocent: they write to each other and look at what arrived. */
struct bystanders {
	struct model_pair p;
	struct model_mr src, dst;
	uint8_t next;
};

static void bystanders_up(struct model *m, struct bystanders *b)
{
	model_pair(&m->fn[1], &m->fn[2], SKUA_HWI_QPT_RC, &b->p);
	b->src = model_mr(&m->fn[1], 4096, ACCESS);
	b->dst = model_mr(&m->fn[2], 4096, ACCESS);
	b->next = 1;
}

static void bystanders_work(struct bystanders *b)
{
	memset(b->src.buf, b->next++, 4096);
	model_send(&b->p.qp[0], SKUA_HWI_WQE_WRITE, &b->src, 0, 4096,
		   b->dst.iova, b->dst.key);
	assert_int_equal(model_wait(&b->p.cq[0]).status, SKUA_HWI_CQE_OK);
	assert_memory_equal(b->src.buf, b->dst.buf, 4096);
}

/* Start over, with all of the memory. */
static void reborn(struct model_fn *f)
{
	skua_function_reset(f->fn);
	f->brk = 0;
	f->next_slot = 0;
	model_up(f);
}

static uint32_t some_handle(const struct model_fn *f, const uint32_t *made,
			    unsigned int n)
{
	if (n && below(4))
		return made[below(n)];
	return below(2) ? f->pdn : (uint32_t)rnd();
}

/* A command that could be right: small numbers, page lists in memory. */
static void plausible(struct model_fn *f, struct skua_hwi_cmd *cmd,
		      const uint32_t *made, unsigned int n)
{
	static const struct {
		uint16_t opcode;
		uint8_t len;	    /* bytes that may be other than zero */
		uint8_t handles[4]; /* offsets + 1 of what names an object */
		uint8_t pbl[2];	    /* offsets + 1 */
	} shapes[] = {
		{ SKUA_HWI_CMD_QUERY_DEVICE, 0, {}, {} },
		{ SKUA_HWI_CMD_QUERY_COUNTERS, 4, {}, {} },
		{ SKUA_HWI_CMD_SET_GID, 32, {}, {} },
		{ SKUA_HWI_CMD_SET_PORT, 12, {}, {} },
		{ SKUA_HWI_CMD_CREATE_EQ, 40, {}, { 1 } },
		{ SKUA_HWI_CMD_MODIFY_EQ, 8, { 1 }, {} },
		{ SKUA_HWI_CMD_DESTROY_EQ, 4, { 1 }, {} },
		{ SKUA_HWI_CMD_CREATE_PD, 0, {}, {} },
		{ SKUA_HWI_CMD_DESTROY_PD, 4, { 1 }, {} },
		{ SKUA_HWI_CMD_CREATE_MKEY, 24, { 1 }, { 25 } },
		{ SKUA_HWI_CMD_MODIFY_MKEY, 13, { 1, 9 }, {} },
		{ SKUA_HWI_CMD_DESTROY_MKEY, 4, { 1 }, {} },
		{ SKUA_HWI_CMD_CREATE_CQ, 32, { 29 }, { 1 } },
		{ SKUA_HWI_CMD_MODIFY_CQ, 8, { 1 }, {} },
		{ SKUA_HWI_CMD_DESTROY_CQ, 4, { 1 }, {} },
		{ SKUA_HWI_CMD_CREATE_SRQ, 34, { 25 }, { 1 } },
		{ SKUA_HWI_CMD_MODIFY_SRQ, 8, { 1 }, {} },
		{ SKUA_HWI_CMD_DESTROY_SRQ, 4, { 1 }, {} },
		{ SKUA_HWI_CMD_QUERY_SRQ, 4, { 1 }, {} },
		{ SKUA_HWI_CMD_CREATE_QP, 23, { 5, 9, 13, 17 }, { 33, 57 } },
		{ SKUA_HWI_CMD_MODIFY_QP, 28, { 1 }, {} },
		{ SKUA_HWI_CMD_DESTROY_QP, 4, { 1 }, {} },
		{ SKUA_HWI_CMD_QUERY_QP, 4, { 1 }, {} },
	};
	unsigned int s = below(sizeof(shapes) / sizeof(shapes[0])), i;
	struct skua_hwi_pbl pbl = {
		.addr = htole64(MODEL_RAM_IOVA +
				below(MODEL_RAM_SIZE >> 12) * 4096ull),
		.count = htole32(1 + below(600)),
		.page_shift = 12 + below(3),
		.levels = below(3),
	};
	uint32_t handle;

	memset(cmd, 0, sizeof(*cmd));
	cmd->opcode = htole16(shapes[s].opcode);
	for (i = 0; i < shapes[s].len; i++)
		cmd->in[i] = below(2) ? 0 : below(8);
	for (i = 0; i < 2; i++) {
		if (shapes[s].pbl[i])
			memcpy(cmd->in + shapes[s].pbl[i] - 1, &pbl, sizeof(pbl));
	}
	for (i = 0; i < 4; i++) {
		handle = htole32(some_handle(f, made, n));
		if (shapes[s].handles[i])
			memcpy(cmd->in + shapes[s].handles[i] - 1, &handle, 4);
	}
}

static void any_bytes_in_commands(void **state)
{
	struct model *m = model_create(3, false);
	struct model_fn *f = &m->fn[0];
	struct skua_hwi_handle_out out;
	struct skua_hwi_cmd cmd;
	struct bystanders b;
	uint32_t made[64];
	unsigned int i, j, n = 0;

	(void)state;
	seed = 0x5eed0001;
	bystanders_up(m, &b);
	for (i = 0; i < 20000; i++) {
		plausible(f, &cmd, made, n);
		mutate(cmd.in, sizeof(cmd.in), below(4));
		if (!below(50))
			for (j = 0; j < sizeof(cmd); j++)
				((uint8_t *)&cmd)[j] = rnd();
		if (!model_cmd_raw(f, &cmd)) {
			memcpy(&out, f->cmdq[(f->cmd_pi - 1) % 16].out,
			       sizeof(out));
			made[n++ % 64] = le32toh(out.handle);
			n = n > 64 ? 64 : n;
		}
		if (i % 500)
			continue;
		/* Its memory was full of lists: make it so again. */
		for (j = 0; j < MODEL_RAM_SIZE; j += 8 + below(4096))
			*(uint64_t *)(f->ram + (j & ~7u)) =
				MODEL_RAM_IOVA +
				below(MODEL_RAM_SIZE >> 12) * 4096ull;
		reborn(f);
		n = 0;
		bystanders_work(&b);
	}
	model_destroy(m);
}

static const uint8_t qp_types[] = {
	SKUA_HWI_QPT_RC,  SKUA_HWI_QPT_UC,  SKUA_HWI_QPT_UD,
	SKUA_HWI_QPT_GSI, SKUA_HWI_QPT_ETH,
};

/* One queue pair of function 0 and one that it talks to. */
struct victim {
	struct model_pair p;
	struct model_mr mr[2];
};

static void victim_up(struct model *m, uint8_t type, struct victim *v)
{
	model_pair(&m->fn[0], &m->fn[3], type, &v->p);
	v->mr[0] = model_mr(&m->fn[0], 65536, ACCESS);
	v->mr[1] = model_mr(&m->fn[3], 65536, ACCESS);
}

static void random_wr(struct victim *v, struct model_wr *wr)
{
	static const uint8_t opcodes[] = {
		SKUA_HWI_WQE_NOP,	SKUA_HWI_WQE_SEND,
		SKUA_HWI_WQE_SEND_IMM,	SKUA_HWI_WQE_SEND_INV,
		SKUA_HWI_WQE_WRITE,	SKUA_HWI_WQE_WRITE_IMM,
		SKUA_HWI_WQE_READ,	SKUA_HWI_WQE_CMP_SWAP,
		SKUA_HWI_WQE_FETCH_ADD, SKUA_HWI_WQE_LOCAL_INV,
		SKUA_HWI_WQE_BIND_MW,	SKUA_HWI_WQE_REG_MR,
		SKUA_HWI_WQE_ETH,
	};
	bool ud = v->p.qp[0].type == SKUA_HWI_QPT_UD ||
		  v->p.qp[0].type == SKUA_HWI_QPT_GSI;
	unsigned int i;

	*wr = (struct model_wr){
		.opcode = opcodes[below(sizeof(opcodes))],
		.flags = below(8),
		.imm = rnd(),
		.raddr = v->mr[1].iova + below(65536),
		.rkey = v->mr[1].key,
		.ud_peer = ud ? &v->p.qp[1] : NULL,
		.ud_qkey = 0x11111111,
		.num_sge = below(4),
	};
	for (i = 0; i < wr->num_sge; i++) {
		wr->sge[i].addr = v->mr[0].iova + below(32768);
		wr->sge[i].len = below(4) ? below(32768) : 8;
		wr->sge[i].lkey = v->mr[0].key;
	}
}

/* A doorbell value: mostly where it belongs. */
static void random_ring(struct model_qp *qp)
{
	if (!below(40))
		qp->sq_pi = below(2) ? rnd() : edge();
	model_ring(qp);
	if (!below(20))
		skua_function_kick(qp->f->fn, below(2) ? rnd() : below(1024),
				   rnd());
}

static void any_bytes_in_queues(void **state)
{
	struct model *m = model_create(4, false);
	struct bystanders b;
	struct model_wr wr;
	struct victim v;
	unsigned int i, j;
	uint32_t at;

	(void)state;
	seed = 0x5eed0002;
	bystanders_up(m, &b);
	for (i = 0; i < 1000; i++) {
		reborn(&m->fn[0]);
		reborn(&m->fn[3]);
		victim_up(m, qp_types[i % sizeof(qp_types)], &v);
		for (j = 0; j < 8; j++)
			model_recv(&v.p.qp[1], j, &v.mr[1], j * 4096, 40000);
		for (j = 0; j < 20; j++) {
			random_wr(&v, &wr);
			at = model_post(&v.p.qp[0], &wr) % 256;
			if (below(3))
				mutate(v.p.qp[0].sq + at * 64, 64, below(3));
			if (!below(20))
				mutate(v.p.qp[1].rq, 64 * 8 + 64, 3);
			if (!below(20))
				mutate(v.p.qp[1].rq_rec, 64, 1);
			if (!below(40))
				mutate(v.p.cq[0].rec, 64, 1);
			random_ring(&v.p.qp[0]);
			model_run(m);
		}
		model_advance(m, 10000000000ull);
		bystanders_work(&b);
	}
	model_destroy(m);
}

/* What is not mapped stays as it is, whoever names it. */
static void memory_that_goes_away(void **state)
{
	struct model *m = model_create(4, false);
	struct bystanders b;
	struct model_wr wr;
	struct victim v;
	unsigned int i, j;
	uint64_t sum;

	(void)state;
	seed = 0x5eed0003;
	bystanders_up(m, &b);
	for (i = 0; i < 200; i++) {
		struct model_fn *f = &m->fn[below(2) * 3];

		reborn(&m->fn[0]);
		reborn(&m->fn[3]);
		victim_up(m, qp_types[i % sizeof(qp_types)], &v);
		for (j = 0; j < 8; j++)
			model_recv(&v.p.qp[1], j, &v.mr[1], j * 4096, 40000);
		for (j = 0; j < 8; j++) {
			random_wr(&v, &wr);
			wr.flags &= ~SKUA_HWI_WQE_INLINE;
			model_post(&v.p.qp[0], &wr);
		}
		model_ring(&v.p.qp[0]);
		for (j = below(4); j; j--)
			skua_adapter_poll(m->ad);
		assert_int_equal(skua_dma_unmap(f->fn, MODEL_RAM_IOVA,
						MODEL_RAM_SIZE, NULL, NULL),
				 0);
		for (sum = 0, j = 0; j < f->brk; j += 64)
			sum += *(uint64_t *)(f->ram + j);
		model_run(m);
		model_advance(m, 10000000000ull);
		for (j = 0; j < f->brk; j += 64)
			sum -= *(uint64_t *)(f->ram + j);
		assert_int_equal(sum, 0);
		assert_int_equal(skua_dma_map(f->fn, MODEL_RAM_IOVA,
					      MODEL_RAM_SIZE, f->ram, true),
				 0);
		bystanders_work(&b);
	}
	model_destroy(m);
}

static void addresses_that_wrap_around(void **state)
{
	static const struct {
		uint64_t addr;
		uint32_t len;
	} bad[] = {
		{ UINT64_MAX, 1 },
		{ UINT64_MAX, 2 },
		{ UINT64_MAX - 6, 8 },
		{ 0, 0x7fffffff },
		{ MODEL_RAM_IOVA - 1, 2 },
		{ MODEL_RAM_IOVA + MODEL_RAM_SIZE - 1, 2 },
		{ MODEL_RAM_IOVA + MODEL_RAM_SIZE, 1 },
		{ MODEL_RAM_IOVA, 0x7fffffff },
		{ 1ull << 63, 64 },
	};
	struct model *m = model_create(2, false);
	struct skua_hwi_create_mkey_in in = {
		.type = SKUA_HWI_MKEY_PHYS,
		.access = ACCESS,
	};
	struct model_mr all = {}, mr;
	struct model_pair p;
	unsigned int i;

	(void)state;
	in.pdn = htole32(m->fn[0].pdn);
	all.key = model_create_obj(&m->fn[0], SKUA_HWI_CMD_CREATE_MKEY, &in,
				   sizeof(in));
	mr = model_mr(&m->fn[1], 4096, ACCESS);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		/* As the local side of a WRITE … */
		model_pair(&m->fn[0], &m->fn[1], SKUA_HWI_QPT_RC, &p);
		all.iova = bad[i].addr;
		model_send(&p.qp[0], SKUA_HWI_WQE_WRITE, &all, 0, bad[i].len,
			   mr.iova, mr.key);
		assert_int_not_equal(model_wait(&p.cq[0]).status,
				     SKUA_HWI_CQE_OK);
		/* … and as the remote side of one. */
		model_pair(&m->fn[0], &m->fn[1], SKUA_HWI_QPT_RC, &p);
		model_send(&p.qp[1], SKUA_HWI_WQE_WRITE, &mr, 0,
			   bad[i].len < 4096 ? bad[i].len : 4096, bad[i].addr,
			   all.key);
		if (bad[i].len < 4096 || bad[i].addr != MODEL_RAM_IOVA)
			assert_int_not_equal(model_wait(&p.cq[1]).status,
					     SKUA_HWI_CQE_OK);
	}
	model_destroy(m);
}

static void any_register_access(void **state)
{
	struct model *m = model_create(3, false);
	struct model_fn *f = &m->fn[0];
	struct bystanders b;
	unsigned int i;

	(void)state;
	seed = 0x5eed0004;
	bystanders_up(m, &b);
	for (i = 0; i < 20000; i++) {
		uint64_t off = below(4) ? below(20) * 4 : rnd();
		unsigned int size = 1u << below(4);

		if (below(2))
			skua_function_read(f->fn, off, size);
		else
			skua_function_write(f->fn, off, size,
					    below(2) ? edge() : rnd());
		if (!below(16))
			skua_function_kick(f->fn, rnd(), rnd());
		model_run(m);
		if (!(i % 1000)) {
			reborn(f);
			bystanders_work(&b);
		}
	}
	model_destroy(m);
}

/* With threads: traffic that does not stop while the ground moves. */
struct storm {
	struct victim v[4];
	_Atomic bool stop;
};

static void *storm_main(void *arg)
{
	struct storm *s = arg;
	uint64_t x = 1;
	unsigned int i;

	while (!atomic_load(&s->stop)) {
		for (i = 0; i < 4; i++) {
			struct model_qp *qp = &s->v[i].p.qp[0];

			/* No look at completions: everything overruns. */
			qp->sq_pi += 1 + (x >> 60);
			model_ring(qp);
			x = x * 6364136223846793005ull + 1442695040888963407ull;
		}
	}
	return NULL;
}

static void storm_fill(struct victim *v)
{
	struct model_wr wr;
	unsigned int i;

	for (i = 0; i < 100; i++) {
		random_wr(v, &wr);
		wr.opcode = i % 2 ? SKUA_HWI_WQE_WRITE : SKUA_HWI_WQE_READ;
		wr.flags = SKUA_HWI_WQE_SIGNALED;
		if (v->p.qp[0].sq_pi < 240)
			model_post(&v->p.qp[0], &wr);
	}
	v->p.qp[0].sq_pi = 0;
}

static void ground_moves(struct model *m, struct storm *s, unsigned int how)
{
	struct model_fn *f = &m->fn[below(2) * 3];
	struct victim *v = &s->v[below(4)];

	switch (how) {
	case 0:
		skua_function_reset(f->fn);
		break;
	case 1:
		skua_dma_unmap(f->fn, MODEL_RAM_IOVA, MODEL_RAM_SIZE, NULL, NULL);
		skua_dma_map(f->fn, MODEL_RAM_IOVA, MODEL_RAM_SIZE, f->ram, true);
		break;
	case 2:
		model_destroy_obj(&m->fn[3], SKUA_HWI_CMD_DESTROY_MKEY,
				  v->mr[1].key);
		break;
	case 3:
		model_destroy_obj(&m->fn[0], SKUA_HWI_CMD_DESTROY_QP,
				  v->p.qp[0].qpn);
		break;
	default:
		model_destroy_obj(&m->fn[3], SKUA_HWI_CMD_DESTROY_QP,
				  v->p.qp[1].qpn);
		break;
	}
}

static void objects_that_go_away_in_traffic(void **state)
{
	struct model *m = model_create(4, true);
	struct bystanders b;
	struct storm s = {};
	pthread_t thread;
	unsigned int i, j;

	(void)state;
	seed = 0x5eed0005;
	bystanders_up(m, &b);
	for (i = 0; i < 60; i++) {
		reborn(&m->fn[0]);
		reborn(&m->fn[3]);
		for (j = 0; j < 4; j++) {
			victim_up(m, SKUA_HWI_QPT_RC, &s.v[j]);
			storm_fill(&s.v[j]);
		}
		atomic_store(&s.stop, false);
		assert_int_equal(pthread_create(&thread, NULL, storm_main, &s),
				 0);
		for (j = 0; j < 4; j++) {
			model_run(m);
			bystanders_work(&b);
			/* Commands end with a reset: the queue is gone. */
			ground_moves(m, &s, j == 3 ? below(2) : 2 + below(3));
		}
		bystanders_work(&b);
		atomic_store(&s.stop, true);
		pthread_join(thread, NULL);
	}
	model_destroy(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_bytes_in_commands),
		cmocka_unit_test(any_bytes_in_queues),
		cmocka_unit_test(memory_that_goes_away),
		cmocka_unit_test(addresses_that_wrap_around),
		cmocka_unit_test(any_register_access),
		cmocka_unit_test(objects_that_go_away_in_traffic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
