// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The CRC-32 of what is copied, against one computed bit by bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/crc.h"

#define ROOM 64u
#define MOST 5000u

static uint32_t crc_bits(uint32_t crc, const uint8_t *p, uint32_t len)
{
	unsigned int bit;

	crc = ~crc;
	while (len--) {
		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* From and to any place in a line; nothing around it is written. */
static void check(uint32_t crc, uint32_t len)
{
	static uint8_t from[ROOM + MOST], to[ROOM + MOST + ROOM];
	uint32_t here = rand() % ROOM, there = rand() % ROOM, i;

	for (i = 0; i < sizeof(from); i++)
		from[i] = rand();
	memset(to, 0x5a, sizeof(to));
	assert_int_equal(skua_crc32_copy(crc, to + there, from + here, len,
					 rand() % 2 ? to + there : from + here),
			 crc_bits(crc, from + here, len));
	assert_memory_equal(to + there, from + here, len);
	for (i = 0; i < sizeof(to); i++)
		if (i < there || i >= there + len)
			assert_int_equal(to[i], 0x5a);
}

static void test_every_length(void **state)
{
	uint32_t len;

	(void)state;
	srand(11);
	for (len = 0; len <= 1100; len++)
		check(rand(), len);
}

static void test_long_ones(void **state)
{
	uint32_t i;

	(void)state;
	check(0, 4096);
	check(UINT32_MAX, 4096);
	for (i = 0; i < 200; i++)
		check(rand(), 1100 + rand() % (MOST - 1100));
}

static void test_in_parts(void **state)
{
	static uint8_t from[MOST], to[MOST];
	uint32_t crc = 0, at, len, i;

	(void)state;
	for (i = 0; i < MOST; i++)
		from[i] = rand();
	for (at = 0; at < MOST; at += len) {
		len = 1 + rand() % 700;
		if (len > MOST - at)
			len = MOST - at;
		crc = skua_crc32_copy(crc, to + at, from + at, len, from + at);
	}
	assert_int_equal(crc, crc_bits(0, from, MOST));
	assert_memory_equal(to, from, MOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_long_ones),
		cmocka_unit_test(test_in_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
