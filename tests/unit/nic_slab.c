// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Memory for objects of one size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "mapping.h"
#include "slab.h"

#define SIZE 200u /* four lines of the cache have room */
#define MAX  8192u

static struct skua_slab slab;

static int begin(void **state)
{
	(void)state;
	return skua_slab_init(&slab, SIZE, MAX, false);
}

static int end(void **state)
{
	(void)state;
	skua_slab_fini(&slab);
	skua_slab_fini(&slab); /* as one that never was */
	return 0;
}

static char *get(void)
{
	static const char none[SIZE];
	char *object = skua_slab_get(&slab);

	assert_non_null(object);
	assert_int_equal((uintptr_t)object % 64, 0);
	assert_memory_equal(object, none, SIZE);
	memset(object, 0xa5, SIZE);
	return object;
}

static void as_many_as_were_asked_for(void **state)
{
	static char *object[MAX];
	unsigned int round, i;

	(void)state;
	for (round = 0; round < 2; round++) {
		for (i = 0; i < MAX; i++)
			object[i] = get();
		assert_null(skua_slab_get(&slab));
		for (i = 0; i < MAX; i++)
			skua_slab_put(&slab, object[i]);
	}
	skua_slab_put(&slab, NULL);
}

/* get() sees to it that nothing is left of who had the place before. */
static void places_are_used_again(void **state)
{
	char *a = get(), *b = get();

	(void)state;
	skua_slab_put(&slab, a);
	assert_ptr_equal(get(), a);
	skua_slab_put(&slab, b);
	assert_ptr_equal(get(), b);
}

static void huge_pages_are_for_many(void **state)
{
	char *first = get();
	unsigned int i;

	(void)state;
	assert_false(mapping_has(first, "hg"));
	for (i = 1; i < MAX; i++)
		get();
	/* Or there are none on this machine. */
	assert_int_equal(mapping_has(first, "hg"),
			 access("/sys/kernel/mm/transparent_hugepage", F_OK) == 0);
}

static void secrets_are_in_no_core_file(void **state)
{
	(void)state;
	assert_false(mapping_has(get(), "dd"));
	skua_slab_fini(&slab);
	assert_int_equal(skua_slab_init(&slab, SIZE, MAX, true), 0);
	assert_true(mapping_has(get(), "dd"));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(as_many_as_were_asked_for),
		TEST(places_are_used_again),
		TEST(huge_pages_are_for_many),
		TEST(secrets_are_in_no_core_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
