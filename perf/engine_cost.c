// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * engine-cost - what a message costs the engine, in ns of one processor.
 *
 * Two functions of an adapter without threads, on the driver of tests/model.
 * Blocks of WQEs are posted, the clock runs while the engine polls until all
 * of them completed, and stops while the driver takes the completions away.
 * The time for posting is not in it. Each line differs from another in one
 * step, and so the difference is what that step costs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "measure.h"
#include "model.h"

#define ROUNDS 400
#define BUFFER (16u << 20)

struct shape {
	const char *name;
	uint8_t opcode, flags;
	unsigned int batch;	/* WQEs for one doorbell */
	uint32_t len;
	bool recv;		/* each takes a receive of the peer */
};

static const struct shape shapes[] = {
	{ "NOP, unsignaled", SKUA_HWI_WQE_NOP, 0, 32, 0, false },
	{ "NOP", SKUA_HWI_WQE_NOP, SKUA_HWI_WQE_SIGNALED, 32, 0, false },
	{ "WRITE 8 B, unsignaled", SKUA_HWI_WQE_WRITE, 0, 32, 8, false },
	{ "WRITE 8 B", SKUA_HWI_WQE_WRITE, SKUA_HWI_WQE_SIGNALED, 32, 8,
	  false },
	{ "WRITE 8 B, one at a time", SKUA_HWI_WQE_WRITE,
	  SKUA_HWI_WQE_SIGNALED, 1, 8, false },
	{ "SEND 8 B", SKUA_HWI_WQE_SEND, SKUA_HWI_WQE_SIGNALED, 32, 8, true },
	{ "READ 8 B", SKUA_HWI_WQE_READ, SKUA_HWI_WQE_SIGNALED, 32, 8, false },
	{ "WRITE 4 KiB", SKUA_HWI_WQE_WRITE, SKUA_HWI_WQE_SIGNALED, 32, 4096,
	  false },
	{ "WRITE 64 KiB", SKUA_HWI_WQE_WRITE, SKUA_HWI_WQE_SIGNALED, 16,
	  64 << 10, false },
	{ "WRITE 1 MiB", SKUA_HWI_WQE_WRITE, SKUA_HWI_WQE_SIGNALED, 8, 1 << 20,
	  false },
};

static struct model *m;
static struct model_pair pair;
static struct model_mr src, dst;

static void post(const struct shape *s, unsigned int n)
{
	uint64_t off = (uint64_t)n * s->len % BUFFER;
	struct model_wr wr = {
		.opcode = s->opcode,
		.flags = s->flags,
		.raddr = dst.iova + off,
		.rkey = dst.key,
		.num_sge = s->len ? 1 : 0,
		.sge = { { src.iova + off, s->len, src.key } },
	};

	if (s->recv)
		model_recv(&pair.qp[1], n, &dst, off, s->len);
	/* The last one tells that all are done. */
	if (n == s->batch - 1)
		wr.flags |= SKUA_HWI_WQE_SIGNALED;
	model_post(&pair.qp[0], &wr);
}

/* One batch: the time that the engine spent on it. */
static double batch(const struct shape *s)
{
	struct skua_hwi_cqe cqe;
	unsigned int i;
	double start, end;

	for (i = 0; i < s->batch; i++)
		post(s, i);
	model_ring(&pair.qp[0]);

	start = now_ns();
	while (skua_adapter_poll(m->ad))
		;
	end = now_ns();

	i = 0;
	while (model_poll(&pair.cq[0], &cqe)) {
		assert_int_equal(cqe.status, SKUA_HWI_CQE_OK);
		i++;
	}
	assert_true(i >= 1);
	while (model_poll(&pair.cq[1], &cqe))
		assert_int_equal(cqe.status, SKUA_HWI_CQE_OK);
	return end - start;
}

static void measure(const struct shape *s)
{
	double best = 1e18, t;
	unsigned int i;

	/* The best is the one that nothing disturbed. */
	for (i = 0; i < ROUNDS; i++) {
		t = batch(s) / s->batch;
		if (t < best)
			best = t;
	}
	printf("%-26s %9.0f ns", s->name, best);
	if (s->len >= 4096)
		printf(" %8.1f GB/s", s->len / best);
	putchar('\n');
}

int main(void)
{
	unsigned int i;

	m = model_create(2, false);
	model_pair(&m->fn[0], &m->fn[1], SKUA_HWI_QPT_RC, &pair);
	src = model_mr(&m->fn[0], BUFFER, SKUA_HWI_ACCESS_LOCAL_WRITE);
	dst = model_mr(&m->fn[1], BUFFER, SKUA_HWI_ACCESS_LOCAL_WRITE |
					  SKUA_HWI_ACCESS_REMOTE_WRITE |
					  SKUA_HWI_ACCESS_REMOTE_READ);
	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		measure(&shapes[i]);
	model_destroy(m);
	return 0;
}
