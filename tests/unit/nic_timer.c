// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Timers: whatever is set, moved and cleared, they fire in order of time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "nic.h"

#define TIMERS 500

static struct skua_adapter ad;
static struct skua_timer timer[TIMERS];
static uint64_t last_due;
static unsigned int fired;

static void fire(struct skua_adapter *a, struct skua_timer *t)
{
	assert_ptr_equal(a, &ad);
	assert_true(t->due >= last_due);
	assert_true(t->due <= ad.now);
	assert_int_equal(t->heap, 0);
	last_due = t->due;
	fired++;
}

static int setup(void **state)
{
	unsigned int i;

	(void)state;
	ad = (struct skua_adapter){ 0 };
	last_due = 0;
	fired = 0;
	for (i = 0; i < TIMERS; i++)
		timer[i] = (struct skua_timer){ .fire = fire };
	return skua_timer_reserve(&ad, TIMERS);
}

static int teardown(void **state)
{
	(void)state;
	free(ad.heap);
	return 0;
}

static void they_fire_in_order(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < TIMERS; i++)
		skua_timer_set(&ad, &timer[i], i * 7919 % 1000);
	ad.now = 499;
	skua_timers_run(&ad);
	for (i = 0; i < TIMERS; i++)
		assert_int_equal(timer[i].heap == 0, timer[i].due <= 499);
	ad.now = 1000;
	skua_timers_run(&ad);
	assert_int_equal(fired, TIMERS);
	assert_int_equal(ad.heap_len, 0);
}

static void they_can_be_moved_and_cleared(void **state)
{
	unsigned int i, left = 0;

	(void)state;
	srandom(1);
	for (i = 0; i < 20000; i++) {
		struct skua_timer *t = &timer[random() % TIMERS];

		if (random() % 3)
			skua_timer_set(&ad, t, random());
		else
			skua_timer_clear(&ad, t);
	}
	for (i = 0; i < TIMERS; i++)
		left += timer[i].heap != 0;
	assert_int_equal(ad.heap_len, left);
	ad.now = UINT64_MAX;
	assert_int_equal(skua_timers_run(&ad), left);
	assert_int_equal(fired, left);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(they_fire_in_order, setup,
						teardown),
		cmocka_unit_test_setup_teardown(they_can_be_moved_and_cleared,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
