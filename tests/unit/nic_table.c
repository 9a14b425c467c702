// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Tables of objects: handles, generations, and their limits. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "nic.h"

#define LOG   4
#define FIRST 2
#define ROOM  ((1u << LOG) - FIRST)

static int objs[1 << LOG];

static uint32_t add(struct skua_table *t, void *obj)
{
	uint32_t handle;

	assert_int_equal(skua_table_add(t, obj, &handle), 0);
	assert_ptr_equal(skua_table_get(t, handle), obj);
	return handle;
}

static void a_handle_dies_with_its_object(void **state)
{
	struct skua_table t;
	uint32_t old, new;

	(void)state;
	assert_int_equal(skua_table_init(&t, LOG, 8, FIRST), 0);
	old = add(&t, &objs[0]);
	assert_ptr_equal(skua_table_remove(&t, old), &objs[0]);
	assert_null(skua_table_get(&t, old));
	assert_null(skua_table_remove(&t, old));
	new = add(&t, &objs[1]);
	assert_int_not_equal(new, old);
	assert_null(skua_table_get(&t, old));
	skua_table_fini(&t);
}

static void reserved_indexes_are_never_given_out(void **state)
{
	struct skua_table t;
	uint32_t i, handle;

	(void)state;
	assert_int_equal(skua_table_init(&t, LOG, 8, FIRST), 0);
	for (i = 0; i < ROOM; i++)
		assert_true(add(&t, &objs[i]) % (1 << LOG) >= FIRST);
	assert_int_equal(skua_table_add(&t, &objs[0], &handle), -ENOSPC);
	assert_int_equal(t.used, ROOM);
	for (i = 0; i < FIRST; i++)
		assert_null(skua_table_get(&t, i));
	skua_table_fini(&t);
}

static void wild_handles_find_nothing(void **state)
{
	struct skua_table t;
	uint32_t handle, bit;

	(void)state;
	assert_int_equal(skua_table_init(&t, LOG, 0, 0), 0);
	handle = add(&t, &objs[0]);
	for (bit = 0; bit < 32; bit++)
		assert_null(skua_table_get(&t, handle ^ 1u << bit));
	assert_null(skua_table_get(&t, UINT32_MAX));
	skua_table_fini(&t);
}

/* Full and empty over and over: the stack of free indexes keeps up. */
static void indexes_come_back(void **state)
{
	uint32_t handle[ROOM], seen, round, i;
	struct skua_table t;

	(void)state;
	assert_int_equal(skua_table_init(&t, LOG, 8, FIRST), 0);
	for (round = 1; round < 600; round++) {
		uint32_t n = round % ROOM + 1;

		for (seen = 0, i = 0; i < n; i++) {
			handle[i] = add(&t, &objs[i]);
			assert_int_equal(seen >> handle[i] % (1 << LOG) & 1, 0);
			seen |= 1u << handle[i] % (1 << LOG);
			assert_true(handle[i] < 1u << (LOG + 8));
		}
		for (i = 0; i < n; i++)
			assert_ptr_equal(skua_table_remove(&t, handle[i]),
					 &objs[i]);
		assert_int_equal(t.used, 0);
	}
	skua_table_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handle_dies_with_its_object),
		cmocka_unit_test(reserved_indexes_are_never_given_out),
		cmocka_unit_test(wild_handles_find_nothing),
		cmocka_unit_test(indexes_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
