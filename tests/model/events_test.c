// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Events, interrupts and how they are asked for (hwi §5). */
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"

#define COMP_VECTOR 1

struct setup {
	struct model *m;
	struct model_pair p;
	struct model_mr mr[2];
};

static void setup(struct setup *s, bool threaded)
{
	unsigned int i;

	s->m = model_create(2, threaded);
	model_pair(&s->m->fn[0], &s->m->fn[1], SKUA_HWI_QPT_RC, &s->p);
	for (i = 0; i < 2; i++)
		s->mr[i] = model_mr(&s->m->fn[i], 4096,
				    SKUA_HWI_ACCESS_LOCAL_WRITE);
}

/* A SEND from function 0 to 1, both completions still in their queues. */
static void message(struct setup *s, uint8_t flags)
{
	struct model_wr wr = {
		.opcode = SKUA_HWI_WQE_SEND,
		.flags = SKUA_HWI_WQE_SIGNALED | flags,
		.num_sge = 1,
		.sge[0] = { s->mr[0].iova, 64, s->mr[0].key },
	};

	model_recv(&s->p.qp[1], 0, &s->mr[1], 0, 64);
	model_post(&s->p.qp[0], &wr);
	model_ring(&s->p.qp[0]);
	model_run(s->m);
}

static unsigned int events(struct model_eq *eq, uint8_t type, uint32_t obj)
{
	struct skua_hwi_eqe eqe;
	unsigned int n = 0;

	while (model_event(eq, &eqe))
		n += eqe.type == type && le32toh(eqe.obj) == obj;
	return n;
}

static unsigned int comp_events(struct setup *s)
{
	return events(&s->m->fn[1].eq[1], SKUA_HWI_EVENT_COMP, s->p.cq[1].cqn);
}

static void an_armed_cq_reports_once(void **state)
{
	struct setup s;

	(void)state;
	setup(&s, false);
	message(&s, 0);
	assert_int_equal(comp_events(&s), 0);
	model_cq_arm(&s.p.cq[1], SKUA_HWI_ARM_ANY);
	message(&s, 0);
	message(&s, 0);
	assert_int_equal(comp_events(&s), 1);
	model_cq_arm(&s.p.cq[1], SKUA_HWI_ARM_ANY);
	model_run(s.m);
	assert_int_equal(comp_events(&s), 0);
	message(&s, 0);
	assert_int_equal(comp_events(&s), 1);
	model_destroy(s.m);
}

static void solicited_means_solicited_or_failed(void **state)
{
	struct setup s;
	struct skua_hwi_qp_attr attr = { .state = SKUA_HWI_QPS_ERR };

	(void)state;
	setup(&s, false);
	model_cq_arm(&s.p.cq[1], SKUA_HWI_ARM_SOLICITED);
	message(&s, 0);
	assert_int_equal(comp_events(&s), 0);
	message(&s, SKUA_HWI_WQE_SOLICITED);
	assert_int_equal(comp_events(&s), 1);
	model_cq_arm(&s.p.cq[1], SKUA_HWI_ARM_SOLICITED);
	model_recv(&s.p.qp[1], 0, &s.mr[1], 0, 64);
	assert_int_equal(model_modify(&s.p.qp[1], SKUA_HWI_QP_STATE, &attr), 0);
	model_run(s.m);
	assert_int_equal(comp_events(&s), 1);
	model_destroy(s.m);
}

static void an_armed_eq_interrupts_once(void **state)
{
	struct model_fn *f;
	unsigned int before;
	struct setup s;

	(void)state;
	setup(&s, false);
	f = &s.m->fn[1];
	before = f->irqs[COMP_VECTOR];
	model_cq_arm(&s.p.cq[1], SKUA_HWI_ARM_ANY);
	message(&s, 0);
	assert_int_equal(f->irqs[COMP_VECTOR], before);
	model_eq_arm(&f->eq[1]);
	model_cq_arm(&s.p.cq[1], SKUA_HWI_ARM_ANY);
	message(&s, 0);
	assert_int_equal(f->irqs[COMP_VECTOR], before + 1);
	model_cq_arm(&s.p.cq[1], SKUA_HWI_ARM_ANY);
	message(&s, 0);
	assert_int_equal(f->irqs[COMP_VECTOR], before + 1);
	assert_int_equal(comp_events(&s), 3);
	model_destroy(s.m);
}

static void interrupts_keep_their_distance(void **state)
{
	struct skua_hwi_modify_eq_in in = { .moderation_ns = htole32(50000) };
	unsigned int i, before;
	struct model_fn *f;
	struct setup s;

	(void)state;
	setup(&s, false);
	f = &s.m->fn[1];
	in.handle = htole32(f->eq[1].eqn);
	assert_int_equal(model_cmd(f, SKUA_HWI_CMD_MODIFY_EQ, &in, sizeof(in),
				   NULL, 0),
			 SKUA_HWI_OK);
	before = f->irqs[COMP_VECTOR];
	for (i = 0; i < 3; i++) {
		model_eq_arm(&f->eq[1]);
		model_cq_arm(&s.p.cq[1], SKUA_HWI_ARM_ANY);
		message(&s, 0);
	}
	assert_int_equal(f->irqs[COMP_VECTOR], before + 1);
	model_advance(s.m, 49999);
	assert_int_equal(f->irqs[COMP_VECTOR], before + 1);
	model_advance(s.m, 1);
	assert_int_equal(f->irqs[COMP_VECTOR], before + 2);
	model_advance(s.m, 1000000);
	assert_int_equal(f->irqs[COMP_VECTOR], before + 2);
	model_destroy(s.m);
}

static void completions_are_moderated_by_count_and_time(void **state)
{
	struct skua_hwi_modify_cq_in in = {
		.moderation_count = htole16(3),
		.moderation_us = htole16(100),
	};
	struct setup s;

	(void)state;
	setup(&s, false);
	in.handle = htole32(s.p.cq[1].cqn);
	assert_int_equal(model_cmd(&s.m->fn[1], SKUA_HWI_CMD_MODIFY_CQ, &in,
				   sizeof(in), NULL, 0),
			 SKUA_HWI_OK);
	model_cq_arm(&s.p.cq[1], SKUA_HWI_ARM_ANY);
	message(&s, 0);
	message(&s, 0);
	assert_int_equal(comp_events(&s), 0);
	message(&s, 0);
	assert_int_equal(comp_events(&s), 1);
	model_cq_arm(&s.p.cq[1], SKUA_HWI_ARM_ANY);
	message(&s, 0);
	model_advance(s.m, 99999);
	assert_int_equal(comp_events(&s), 0);
	model_advance(s.m, 1);
	assert_int_equal(comp_events(&s), 1);
	model_advance(s.m, 1000000);
	assert_int_equal(comp_events(&s), 0);
	model_destroy(s.m);
}

/* 300 CQs, an EQ of 256 entries, and nobody who reads it for a while. */
static void a_full_eq_loses_no_completion_event(void **state)
{
	enum { CQS = 300 };
	static struct model_cq cq[CQS];
	static struct model_qp qp[CQS];
	struct model *m = model_create(1, false);
	struct model_fn *f = &m->fn[0];
	struct model_wr nop = {
		.opcode = SKUA_HWI_WQE_NOP,
		.flags = SKUA_HWI_WQE_SIGNALED,
	};
	struct skua_hwi_eqe eqe;
	unsigned int i, n = 0;

	(void)state;
	for (i = 0; i < CQS; i++) {
		model_cq(f, &cq[i], 2);
		model_qp(f, &qp[i], SKUA_HWI_QPT_UD, &cq[i], &cq[i], NULL, 2, 2);
		model_ready(&qp[i], 1);
		model_cq_arm(&cq[i], SKUA_HWI_ARM_ANY);
		model_post(&qp[i], &nop);
		model_ring(&qp[i]);
	}
	/* Not model_run(): an engine with events that wait keeps looking. */
	for (i = 0; i < 10; i++)
		skua_adapter_poll(m->ad);
	assert_int_equal(model_destroy_obj(f, SKUA_HWI_CMD_DESTROY_QP,
					   qp[CQS - 1].qpn),
			 SKUA_HWI_OK);
	assert_int_equal(model_destroy_obj(f, SKUA_HWI_CMD_DESTROY_CQ,
					   cq[CQS - 1].cqn),
			 SKUA_HWI_OK);
	while (model_event(&f->eq[1], &eqe)) {
		assert_int_equal(eqe.type, SKUA_HWI_EVENT_COMP);
		assert_int_equal(le32toh(eqe.obj), cq[n++].cqn);
		skua_adapter_poll(m->ad);
	}
	assert_int_equal(n, CQS - 1);
	model_destroy(m);
}

static void overflow_is_an_error_of_the_cq_and_its_qps(void **state)
{
	struct model *m = model_create(1, false);
	struct model_fn *f = &m->fn[0];
	struct model_wr nop = {
		.opcode = SKUA_HWI_WQE_NOP,
		.flags = SKUA_HWI_WQE_SIGNALED,
	};
	struct skua_hwi_handle_in in = {};
	struct skua_hwi_query_qp_out out;
	struct skua_hwi_cqe cqe;
	struct model_cq cq;
	struct model_qp qp;
	unsigned int i;

	(void)state;
	model_cq(f, &cq, 2);
	model_qp(f, &qp, SKUA_HWI_QPT_UD, &cq, &cq, NULL, 4, 2);
	model_ready(&qp, 1);
	events(&f->eq[0], 0, 0);
	for (i = 0; i < 5; i++)
		model_post(&qp, &nop);
	model_ring(&qp);
	model_run(m);
	for (i = 0; i < 4; i++)
		assert_true(model_poll(&cq, &cqe));
	assert_false(model_poll(&cq, &cqe));
	assert_int_equal(events(&f->eq[0], SKUA_HWI_EVENT_CQ_ERR, cq.cqn), 1);
	in.handle = htole32(qp.qpn);
	assert_int_equal(model_cmd(f, SKUA_HWI_CMD_QUERY_QP, &in, sizeof(in),
				   &out, sizeof(out)),
			 SKUA_HWI_OK);
	assert_int_equal(out.attr.state, SKUA_HWI_QPS_ERR);
	model_destroy(m);
}

static void an_async_eq_that_is_lost_is_fatal(void **state)
{
	struct model *m = model_create(2, false);
	struct model_fn *f = &m->fn[0];

	(void)state;
	skua_dma_unmap(f->fn, MODEL_RAM_IOVA, MODEL_RAM_SIZE, NULL, NULL);
	/* The command queue stays; the EQ behind it does not. */
	assert_int_equal(skua_dma_map(f->fn, MODEL_RAM_IOVA, 4096, f->ram, true),
			 0);
	assert_int_equal(model_cmd(f, SKUA_HWI_CMD_CREATE_PD, NULL, 0, NULL, 0),
			 SKUA_HWI_OK);
	assert_int_equal(skua_function_read(f->fn, SKUA_HWI_REG_FATAL, 4),
			 SKUA_HWI_FATAL_EQ_DMA);
	model_destroy(m);
}

static void commands_report_themselves(void **state)
{
	struct model *m = model_create(1, false);
	struct model_fn *f = &m->fn[0];
	uint32_t slot = f->cmd_pi % 16;

	(void)state;
	events(&f->eq[0], 0, 0);
	model_create_obj(f, SKUA_HWI_CMD_CREATE_PD, NULL, 0);
	assert_int_equal(events(&f->eq[0], SKUA_HWI_EVENT_CMD, slot), 1);
	model_destroy(m);
}

/*
 * Whoever drives the engine, and found it at rest before, has to look once more
 * when a command has added completions.
 */
static void the_engine_tells_before_it_rests(void **state)
{
	const struct skua_hwi_qp_attr attr = { .state = SKUA_HWI_QPS_ERR };
	struct setup s;

	(void)state;
	setup(&s, false);
	model_recv(&s.p.qp[1], 0, &s.mr[1], 0, 64);
	model_cq_arm(&s.p.cq[1], SKUA_HWI_ARM_ANY);
	model_run(s.m);
	while (!skua_adapter_rest(s.m->ad))
		model_run(s.m);
	assert_int_equal(model_modify(&s.p.qp[1], SKUA_HWI_QP_STATE, &attr),
			 SKUA_HWI_OK);
	assert_int_equal(skua_adapter_rest(s.m->ad), 0);
	model_run(s.m);
	assert_int_equal(comp_events(&s), 1);
	while (!skua_adapter_rest(s.m->ad))
		model_run(s.m);
	model_destroy(s.m);
}

/* With threads and the race that §5 is about: arm, look, wait. */
static void no_event_is_lost_with_threads(void **state)
{
	unsigned int i, looks, told = 0, sent;
	struct skua_hwi_cqe cqe;
	struct model_fn *f;
	struct setup s;
	bool found;

	(void)state;
	setup(&s, true);
	f = &s.m->fn[1];
	for (sent = 0; sent < 3000; sent++) {
		model_recv(&s.p.qp[1], 0, &s.mr[1], 0, 64);
		model_send(&s.p.qp[0], SKUA_HWI_WQE_SEND, &s.mr[0], 0, 64, 0, 0);
		/* Arm at a different time in each round. */
		for (i = 0; i < sent % 100 * 20; i++)
			atomic_signal_fence(memory_order_seq_cst);
		model_eq_arm(&f->eq[1]);
		model_cq_arm(&s.p.cq[1], SKUA_HWI_ARM_ANY);
		/* One look; from then on the event has to say it. */
		found = model_look(&s.p.cq[1], &cqe);
		for (looks = 0; !found && !comp_events(&s); looks++) {
			if (looks > 20000)
				fail_msg("event %u is lost", sent);
			model_run(s.m);
		}
		told += !found;
		if (!found)
			model_wait(&s.p.cq[1]);
		model_wait(&s.p.cq[0]);
		comp_events(&s);
	}
	assert_true(told > 0);
	model_destroy(s.m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_armed_cq_reports_once),
		cmocka_unit_test(solicited_means_solicited_or_failed),
		cmocka_unit_test(an_armed_eq_interrupts_once),
		cmocka_unit_test(interrupts_keep_their_distance),
		cmocka_unit_test(completions_are_moderated_by_count_and_time),
		cmocka_unit_test(a_full_eq_loses_no_completion_event),
		cmocka_unit_test(overflow_is_an_error_of_the_cq_and_its_qps),
		cmocka_unit_test(an_async_eq_that_is_lost_is_fatal),
		cmocka_unit_test(commands_report_themselves),
		cmocka_unit_test(the_engine_tells_before_it_rests),
		cmocka_unit_test(no_event_is_lost_with_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
