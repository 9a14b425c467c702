// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Arithmetic of packet sequence numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "rdma/psn.h"

static void test_add_wraps(void **state)
{
	(void)state;
	assert_int_equal(skua_psn_add(0xffffff, 1), 0);
	assert_int_equal(skua_psn_add(0xfffff0, 0x20), 0x10);
	/* Adding the mask is going back by one. */
	assert_int_equal(skua_psn_add(0, SKUA_PSN_MASK), 0xffffff);
	assert_int_equal(skua_psn_add(5, SKUA_PSN_MASK), 4);
}

static void test_diff_orders(void **state)
{
	(void)state;
	assert_int_equal(skua_psn_diff(7, 7), 0);
	assert_int_equal(skua_psn_diff(8, 7), 1);
	assert_int_equal(skua_psn_diff(7, 8), -1);
	assert_int_equal(skua_psn_diff(0, 0xffffff), 1);
	assert_int_equal(skua_psn_diff(0xffffff, 0), -1);
	assert_int_equal(skua_psn_diff(0x7fffff, 0), 0x7fffff);
	assert_int_equal(skua_psn_diff(0x800000, 0), -0x800000);
	/* Bits above the 24 mean nothing. */
	assert_int_equal(skua_psn_diff(0x1000001, 0), 1);
}

static void test_count(void **state)
{
	(void)state;
	assert_int_equal(skua_psn_count(0, 1024), 1);
	assert_int_equal(skua_psn_count(1, 1024), 1);
	assert_int_equal(skua_psn_count(1024, 1024), 1);
	assert_int_equal(skua_psn_count(1025, 1024), 2);
	assert_int_equal(skua_psn_count(1ull << 31, 256), SKUA_PSN_HALF);
}

static void test_mtu(void **state)
{
	uint8_t i;

	(void)state;
	for (i = 1; i <= 5; i++)
		assert_int_equal(skua_mtu_bytes(i), 128 << i);
	assert_int_equal(skua_mtu_bytes(0), 256);
	assert_int_equal(skua_mtu_bytes(6), 256);
	assert_int_equal(skua_mtu_bytes(255), 256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_wraps),
		cmocka_unit_test(test_diff_orders),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_mtu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
