// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Doorbells: polled, armed, kicked, and lied to (hwi §3). */
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "model.h"

#define LONG_NS 100000000ull /* longer than any queue is polled in vain */

struct setup {
	struct model *m;
	struct model_cq cq;
	struct model_qp qp;
};

static void setup(struct setup *s, bool threaded)
{
	s->m = model_create(1, threaded);
	model_cq(&s->m->fn[0], &s->cq, 8);
	model_qp(&s->m->fn[0], &s->qp, SKUA_HWI_QPT_UD, &s->cq, &s->cq, NULL, 4,
		 4);
}

static const struct model_wr nop = {
	.opcode = SKUA_HWI_WQE_NOP,
	.flags = SKUA_HWI_WQE_SIGNALED,
};

static uint64_t kicks(const struct setup *s)
{
	struct skua_function_stats st;

	skua_function_stats(s->m->fn[0].fn, &st);
	return st.kicks;
}

static void a_new_queue_is_armed(void **state)
{
	struct setup s;

	(void)state;
	setup(&s, false);
	assert_int_equal(le32toh(s.qp.slot->armed), 1);
	model_ready(&s.qp, 1);
	model_run(s.m);
	model_destroy(s.m);
}

static void a_queue_in_use_needs_no_kick(void **state)
{
	struct setup s;
	uint64_t before;
	unsigned int i;

	(void)state;
	setup(&s, false);
	model_ready(&s.qp, 1);
	model_post(&s.qp, &nop);
	model_ring(&s.qp);
	model_wait(&s.cq);
	before = kicks(&s);
	for (i = 0; i < 1000; i++) {
		model_post(&s.qp, &nop);
		model_ring(&s.qp);
		assert_int_equal(model_wait(&s.cq).status, SKUA_HWI_CQE_OK);
	}
	assert_int_equal(kicks(&s), before);
	model_destroy(s.m);
}

static void an_idle_queue_is_armed_and_wakes_up(void **state)
{
	struct setup s;
	uint64_t before;

	(void)state;
	setup(&s, false);
	model_ready(&s.qp, 1);
	model_post(&s.qp, &nop);
	model_ring(&s.qp);
	model_wait(&s.cq);
	assert_int_equal(s.qp.slot->armed, 0);
	model_advance(s.m, LONG_NS);
	assert_int_equal(le32toh(s.qp.slot->armed), 1);
	before = kicks(&s);
	model_post(&s.qp, &nop);
	model_ring(&s.qp);
	assert_int_equal(model_wait(&s.cq).status, SKUA_HWI_CQE_OK);
	assert_int_equal(kicks(&s), before + 1);
	assert_int_equal(s.qp.slot->armed, 0);
	model_destroy(s.m);
}

static void a_post_before_rts_is_found_in_rts(void **state)
{
	struct setup s;
	struct skua_hwi_cqe cqe;

	(void)state;
	setup(&s, false);
	model_post(&s.qp, &nop);
	model_ring(&s.qp);
	assert_false(model_poll(&s.cq, &cqe));
	model_ready(&s.qp, 1);
	assert_int_equal(model_wait(&s.cq).status, SKUA_HWI_CQE_OK);
	model_destroy(s.m);
}

static unsigned int fatal_events(struct setup *s)
{
	struct skua_hwi_eqe eqe;
	unsigned int n = 0;

	while (model_event(&s->m->fn[0].eq[0], &eqe))
		n += eqe.type == SKUA_HWI_EVENT_QP_FATAL &&
		     le32toh(eqe.obj) == s->qp.qpn;
	return n;
}

static void an_impossible_index_breaks_the_queue(void **state)
{
	static const uint32_t jumps[] = { 17, 0x80000000, 0xffffffff };
	struct skua_hwi_qp_attr attr = { .state = SKUA_HWI_QPS_RESET };
	struct setup s;
	struct skua_hwi_cqe cqe;
	unsigned int i;

	(void)state;
	setup(&s, false);
	for (i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
		model_ready(&s.qp, 1);
		model_post(&s.qp, &nop);
		model_ring(&s.qp);
		model_wait(&s.cq);
		s.qp.sq_pi += jumps[i];
		model_ring(&s.qp);
		assert_false(model_poll(&s.cq, &cqe));
		assert_int_equal(fatal_events(&s), 1);
		/* Nothing is looked at any more … */
		s.qp.sq_pi = 2;
		model_ring(&s.qp);
		assert_false(model_poll(&s.cq, &cqe));
		/* … until the queue starts afresh. */
		assert_int_equal(model_modify(&s.qp, SKUA_HWI_QP_STATE, &attr),
				 SKUA_HWI_OK);
		s.qp.sq_pi = 0;
		s.qp.slot->pi = 0;
	}
	model_ready(&s.qp, 1);
	model_post(&s.qp, &nop);
	model_ring(&s.qp);
	assert_int_equal(model_wait(&s.cq).status, SKUA_HWI_CQE_OK);
	model_destroy(s.m);
}

static void kicks_for_nobody_do_nothing(void **state)
{
	struct setup s;
	struct skua_hwi_cqe cqe;
	uint32_t page;

	(void)state;
	setup(&s, false);
	for (page = 0; page < SKUA_HWI_UAR_PAGES + 10; page++) {
		skua_function_kick(s.m->fn[0].fn, page, page);
		skua_function_kick(s.m->fn[0].fn, page, ~0u);
	}
	skua_function_kick(s.m->fn[0].fn, UINT32_MAX, 0);
	assert_false(model_poll(&s.cq, &cqe));
	model_destroy(s.m);
}

static void pause_us(long us)
{
	struct timespec ts = { .tv_nsec = us * 1000 };

	nanosleep(&ts, NULL);
}

/*
 * The race of §3: posts that come about when the device falls asleep. It polls
 * in vain for about a millisecond.
 */
static void no_post_is_lost_when_falling_asleep(void **state)
{
	struct setup s;
	unsigned int i;

	(void)state;
	setup(&s, true);
	model_ready(&s.qp, 1);
	for (i = 0; i < 1500; i++) {
		pause_us(i % 3 ? 900 + i % 250 : 10);
		model_post(&s.qp, &nop);
		model_ring(&s.qp);
		assert_int_equal(model_wait(&s.cq).status, SKUA_HWI_CQE_OK);
	}
	assert_true(kicks(&s) > 0);
	model_destroy(s.m);
}

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* Principle P3; the bar of the specification is 1 % of a core. */
static void an_idle_adapter_costs_nothing(void **state)
{
	struct setup s;
	uint64_t start;

	(void)state;
	setup(&s, true);
	model_ready(&s.qp, 1);
	model_post(&s.qp, &nop);
	model_ring(&s.qp);
	model_wait(&s.cq);
	pause_us(100000);
	start = cpu_ns();
	pause_us(500000);
	assert_true(cpu_ns() - start < 5000000);
	model_destroy(s.m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_queue_is_armed),
		cmocka_unit_test(a_queue_in_use_needs_no_kick),
		cmocka_unit_test(an_idle_queue_is_armed_and_wakes_up),
		cmocka_unit_test(a_post_before_rts_is_found_in_rts),
		cmocka_unit_test(an_impossible_index_breaks_the_queue),
		cmocka_unit_test(kicks_for_nobody_do_nothing),
		cmocka_unit_test(no_post_is_lost_when_falling_asleep),
		cmocka_unit_test(an_idle_adapter_costs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
