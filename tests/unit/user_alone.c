// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Whether the program runs itself: by what its threads use, and by real threads. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "alone.h"
#include "skua_clock.h"

#define MS 1000000ull
/* Those that are to run may have to wait for a processor. */
#define TRIES 1000

static void it_is_by_what_others_use(void **state)
{
	struct skua_alone a = { 0 };

	(void)state;
	skua_alone_look(&a, 10 * MS, 0);
	skua_alone_look(&a, 11 * MS, 0);
	assert_true(skua_alone(&a, 11 * MS));
	skua_alone_look(&a, 12 * MS, MS / 2);
	assert_false(skua_alone(&a, 12 * MS));
	skua_alone_look(&a, 13 * MS, MS / 2 + MS / 100);
	assert_true(skua_alone(&a, 13 * MS));
}

static void clocks_may_seem_to_go_back(void **state)
{
	struct skua_alone a = { 0 };

	(void)state;
	skua_alone_look(&a, 10 * MS, 5 * MS);
	skua_alone_look(&a, 11 * MS, 5 * MS - 300);
	assert_true(skua_alone(&a, 11 * MS));
}

static _Atomic bool stop;

static void *run(void *arg)
{
	(void)arg;
	while (!atomic_load(&stop))
		;
	return NULL;
}

/* Looks for as long as it takes until the answer is that. */
static bool becomes(bool alone)
{
	const struct timespec ms2 = { .tv_nsec = 2 * MS };
	struct skua_alone a = { 0 };
	unsigned int i;

	skua_alone(&a, skua_clock_ns());
	for (i = 0; i < TRIES; i++) {
		nanosleep(&ms2, NULL);
		if (skua_alone(&a, skua_clock_ns()) == alone)
			return true;
	}
	return false;
}

static void a_thread_that_runs_is_seen(void **state)
{
	pthread_t thread;

	(void)state;
	assert_true(becomes(true));
	assert_false(pthread_create(&thread, NULL, run, NULL));
	assert_true(becomes(false));
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	assert_true(becomes(true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_by_what_others_use),
		cmocka_unit_test(clocks_may_seem_to_go_back),
		cmocka_unit_test(a_thread_that_runs_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
