// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The ICRC, against one computed bit by bit, as A17.3.3 tells it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/icrc.h"

#define IPV4_UDP 28u
#define IPV6_UDP 48u
#define MAX_LEN	 (IPV6_UDP + 4200u)

static uint32_t crc_bits(uint32_t crc, const uint8_t *p, uint32_t len)
{
	unsigned int bit;

	while (len--) {
		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return crc;
}

/* Which of the bytes from the IP header on count as ones. */
static uint8_t mask(bool ipv4, uint32_t i)
{
	const uint32_t bth = ipv4 ? IPV4_UDP : IPV6_UDP;

	if (i == bth - 2 || i == bth - 1 || i == bth + 4)
		return 0xff;
	if (ipv4)
		return i == 1 || i == 8 || i == 10 || i == 11 ? 0xff : 0;
	return i == 0 ? 0x0f : i <= 3 || i == 7 ? 0xff : 0;
}

static uint32_t slow_icrc(const uint8_t *ip, bool ipv4, uint32_t len)
{
	static const uint8_t ones[8] = { 0xff, 0xff, 0xff, 0xff,
					 0xff, 0xff, 0xff, 0xff };
	uint8_t masked[MAX_LEN];
	uint32_t i;

	for (i = 0; i < len; i++)
		masked[i] = ip[i] | mask(ipv4, i);
	return ~crc_bits(crc_bits(~0u, ones, 8), masked, len);
}

static void fill(uint8_t *p, bool ipv4)
{
	uint32_t i;

	srand(7);
	for (i = 0; i < MAX_LEN; i++)
		p[i] = rand();
	p[0] = ipv4 ? 0x45 : 0x60 | (p[0] & 0xf);
}

/* In a frame; what is in front of the packet there does not matter. */
static uint32_t icrc(const uint8_t *ip, bool ipv4, uint32_t len)
{
	static uint8_t frame[SKUA_ICRC_ROOM + MAX_LEN];

	frame[rand() % SKUA_ICRC_ROOM] = rand();
	memcpy(frame + SKUA_ICRC_ROOM, ip, len);
	return skua_icrc(frame + SKUA_ICRC_ROOM, ipv4, len);
}

static void test_same_as_slow(void **state)
{
	uint8_t ip[MAX_LEN];
	uint32_t len;
	int ipv4;

	(void)state;
	for (ipv4 = 0; ipv4 < 2; ipv4++) {
		fill(ip, ipv4);
		for (len = 60; len <= MAX_LEN; len += len < 400 ? 1 : 119)
			assert_int_equal(icrc(ip, ipv4, len),
					 slow_icrc(ip, ipv4, len));
	}
}

/* Step by step, out of a frame or into it, or over what is there. */
static void test_in_parts(void **state)
{
	static uint8_t frame[SKUA_ICRC_ROOM + MAX_LEN], elsewhere[MAX_LEN];
	uint8_t ip[MAX_LEN], *at = frame + SKUA_ICRC_ROOM;
	struct skua_icrc_part part;
	uint32_t n, len, begun;
	int ipv4;

	(void)state;
	for (ipv4 = 0; ipv4 < 2; ipv4++) {
		fill(ip, ipv4);
		memcpy(at, ip, MAX_LEN);
		skua_icrc_begin(&part, at, ipv4, MAX_LEN - 8);
		begun = part.at - at;
		assert_true(begun <= (ipv4 ? IPV4_UDP : IPV6_UDP) + 12);
		assert_ptr_equal(part.end, at + MAX_LEN - 8);
		memset(at + begun, 0, MAX_LEN - begun);
		for (n = 0; part.at < part.end; n++) {
			uint32_t left = part.end - part.at, off = part.at - at;

			len = 1 + rand() % 600;
			if (len > left)
				len = left;
			if (n % 3 == 0) {
				skua_icrc_copy_in(&part, ip + off, len);
				assert_memory_equal(at + off, ip + off, len);
				continue;
			}
			memcpy(at + off, ip + off, len);
			if (n % 3 == 1) {
				skua_icrc_copy_out(&part, elsewhere + off, len);
				assert_memory_equal(elsewhere + off, ip + off,
						    len);
			} else {
				skua_icrc_pass(&part, part.at + len);
			}
		}
		assert_ptr_equal(part.at, part.end);
		assert_int_equal(part.crc, slow_icrc(ip, ipv4, MAX_LEN - 8));
	}
}

/* What is still to be computed is, and compared. */
static void test_check(void **state)
{
	static uint8_t frame[SKUA_ICRC_ROOM + MAX_LEN];
	uint8_t *ip = frame + SKUA_ICRC_ROOM;
	struct skua_icrc_check check;
	const uint32_t len = 800;
	uint16_t id = 0;
	unsigned int n;

	(void)state;
	for (n = 0; n < 6; n++) {
		fill(ip, true);
		skua_icrc_put(ip + len, slow_icrc(ip, true, len));
		memset(ip + 4, 0, n % 3 == 1 ? 2 : 0);
		ip[700] ^= n % 3 == 2;
		check = (struct skua_icrc_check){
			.len = len - IPV4_UDP,
			.id = n < 3 ? &id : NULL,
		};
		skua_icrc_begin(&check.part, ip, true, len);
		skua_icrc_pass(&check.part, ip + 100 + 100 * n);
		assert_int_equal(skua_icrc_right(&check), n % 3 == 0 || n == 1);
		assert_int_equal(check.wrong, !(n % 3 == 0 || n == 1));
	}
}

/* Any bit that is flipped changes it, but for those that are masked. */
static void test_covers(void **state)
{
	const uint32_t len = 100;
	uint8_t ip[MAX_LEN];
	uint32_t was, i;
	int ipv4, bit;

	(void)state;
	for (ipv4 = 0; ipv4 < 2; ipv4++) {
		fill(ip, ipv4);
		was = icrc(ip, ipv4, len);
		for (i = 0; i < 8 * len; i++) {
			bit = 1 << i % 8;
			/* The version says which mask there is. */
			if (i < 8 && bit & 0xf0)
				continue;
			ip[i / 8] ^= bit;
			assert_int_equal(icrc(ip, ipv4, len) == was,
					 !!(mask(ipv4, i / 8) & bit));
			ip[i / 8] ^= bit;
		}
	}
}

static void test_byte_order(void **state)
{
	const uint8_t bytes[4] = { 0x78, 0x56, 0x34, 0x12 };
	uint8_t p[5];

	(void)state;
	skua_icrc_put(p + 1, 0x12345678);
	assert_memory_equal(p + 1, bytes, 4);
	assert_int_equal(skua_icrc_get(p + 1), 0x12345678);
}

static void set_id(uint8_t *ip, uint32_t id)
{
	ip[4] = id >> 8;
	ip[5] = id;
}

static void test_explains_id(void **state)
{
	uint16_t real_id, id;
	uint8_t ip[MAX_LEN];
	uint32_t len, real, n;

	(void)state;
	fill(ip, true);
	for (n = 0; n < 2000; n++) {
		len = IPV4_UDP + 12 + 4 * (rand() % 1030);
		real_id = rand();
		set_id(ip, real_id);
		real = icrc(ip, true, len);
		id = n % 2 ? rand() : 0;
		set_id(ip, id);
		assert_true(skua_icrc_explain(icrc(ip, true, len) ^ real,
					      len - IPV4_UDP, &id));
		assert_int_equal(id, real_id);
	}
}

/* No error of one bit elsewhere looks like another identification. */
static void test_explains_nothing_else(void **state)
{
	const uint32_t len = 1100;
	uint8_t ip[MAX_LEN];
	uint32_t real, i;
	uint16_t id = 0;

	(void)state;
	fill(ip, true);
	real = icrc(ip, true, len);
	for (i = 8; i < 8 * len; i++) {
		/* But for those that are masked, and the identification. */
		if (mask(true, i / 8) || i / 8 == 4 || i / 8 == 5)
			continue;
		ip[i / 8] ^= 1 << i % 8;
		assert_false(skua_icrc_explain(icrc(ip, true, len) ^ real,
					       len - IPV4_UDP, &id));
		ip[i / 8] ^= 1 << i % 8;
	}
	assert_int_equal(id, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_as_slow),
		cmocka_unit_test(test_in_parts),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_covers),
		cmocka_unit_test(test_byte_order),
		cmocka_unit_test(test_explains_id),
		cmocka_unit_test(test_explains_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
