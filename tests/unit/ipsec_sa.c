// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* SAs: which ones there can be, their ends, and the table of them. */
#include <endian.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "ipsec/sa_table.h"
#include "ipsec/siphash.h"
#include "ipsec_hex.h"
#include "mapping.h"
#include "wire/headers.h"

#define MANY 100000u

static const uint8_t material[36] = { 1, 2, 3 };
static struct skua_sa_table *table;
static unsigned int events[SKUA_SA_EVENTS];

static void count_event(void *ctx, struct skua_sa *sa, enum skua_sa_event event)
{
	assert_ptr_equal(ctx, &table);
	assert_ptr_equal(skua_sa_get(table, sa->handle), sa);
	events[event]++;
}

static int begin(void **state)
{
	(void)state;
	memset(events, 0, sizeof(events));
	return skua_sa_table_create(13, count_event, &table, &table);
}

static int end(void **state)
{
	(void)state;
	skua_sa_table_destroy(table);
	return 0;
}

static struct skua_sa_config in_config(uint32_t spi)
{
	return (struct skua_sa_config){
		.flags = SKUA_SA_IN,
		.spi = spi,
		.dst = { { 192, 0, 2, 1 } },
		.material = material,
		.material_len = 20,
		.icv_len = 16,
		.window = 32,
	};
}

static struct skua_sa_config out_config(uint32_t flags)
{
	return (struct skua_sa_config){
		.flags = flags,
		.spi = 0x1000,
		.dst = { { 192, 0, 2, 1 } },
		.material = material,
		.material_len = 20,
		.icv_len = 16,
		.hop_limit = 64,
		.udp_sport = SKUA_ESP_UDP_PORT,
		.udp_dport = SKUA_ESP_UDP_PORT,
	};
}

static struct skua_sa *add(const struct skua_sa_config *cfg)
{
	struct skua_sa *sa;

	assert_int_equal(skua_sa_add(table, cfg, &sa), 0);
	return sa;
}

static struct skua_sa *find(uint32_t spi, const struct skua_sa_address *dst,
			    bool ipv6)
{
	struct skua_sa_id id = skua_sa_id(spi, dst->byte, ipv6);

	return skua_sa_find(table, skua_sa_hash(table, &id), &id);
}

static uint64_t hash_of(const struct skua_sa_config *cfg)
{
	struct skua_sa_id id = skua_sa_id(cfg->spi, cfg->dst.byte, false);

	return skua_sa_hash(table, &id);
}

/* Configurations ----------------------------------------------------------- */

static void refused(struct skua_sa_config cfg)
{
	struct skua_sa *sa;

	assert_int_equal(skua_sa_add(table, &cfg, &sa), -EINVAL);
	assert_int_equal(skua_sa_count(table), 0);
}

/* cfg with one field changed. */
#define REFUSED(cfg, field, ...)                       \
	do {                                           \
		struct skua_sa_config changed_ = (cfg); \
		changed_.field = __VA_ARGS__;          \
		refused(changed_);                     \
	} while (0)

static void what_cannot_be(void **state)
{
	struct skua_sa_config in = in_config(256), out = out_config(0);
	struct skua_sa_address ipv6 = { { 0x20, 1, 0xd, 0xb8, [15] = 1 } };
	uint32_t i;

	(void)state;
	REFUSED(in, flags, SKUA_SA_IN | (SKUA_SA_FLAGS + 1));
	REFUSED(in, flags, SKUA_SA_IN | 1u << 31);
	for (i = 0; i < 256; i++)
		REFUSED(in, spi, i);
	REFUSED(in, dst, ipv6);
	REFUSED(in, window, SKUA_REPLAY_MAX + 1);
	REFUSED(in, window, UINT32_MAX);
	REFUSED(in, dscp, 64);
	for (i = 0; i <= 40; i++)
		if (i != 20 && i != 28 && i != 36)
			REFUSED(in, material_len, i);
	for (i = 0; i <= UINT8_MAX; i++)
		if (i != 8 && i != 12 && i != 16)
			REFUSED(in, icv_len, i);
	REFUSED(out, window, 32);
	out.flags = SKUA_SA_TUNNEL;
	REFUSED(out, hop_limit, 0);
	REFUSED(out, src, ipv6);
	out.flags = SKUA_SA_UDP;
	REFUSED(out, udp_sport, 0);
	REFUSED(out, udp_dport, 0);
	in.window = 0;
	REFUSED(in, flags, SKUA_SA_IN | SKUA_SA_ESN);
}

static void tables_that_cannot_be(void **state)
{
	struct skua_sa_table *t;

	(void)state;
	assert_int_equal(skua_sa_table_create(0, NULL, NULL, &t), -EINVAL);
	assert_int_equal(skua_sa_table_create(SKUA_SA_MAX + 1, NULL, NULL, &t),
			 -EINVAL);
	assert_int_equal(skua_sa_table_create(UINT32_MAX, NULL, NULL, &t),
			 -EINVAL);
}

/* Numbers ------------------------------------------------------------------ */

static void no_number_twice(uint32_t flags, uint64_t last)
{
	struct skua_sa_config cfg = out_config(flags);
	struct skua_sa *sa = add(&cfg);
	struct skua_sa_state at;

	assert_true(skua_sa_next_seq(sa) == 1);
	assert_true(skua_sa_next_seq(sa) == 2);
	skua_sa_read_state(sa, &at);
	assert_true(at.seq == 2);
	assert_int_equal(skua_sa_go_on_from(sa, 1), -EINVAL);
	assert_int_equal(skua_sa_go_on_from(sa, 0), -EINVAL);
	if (last < UINT64_MAX)
		assert_int_equal(skua_sa_go_on_from(sa, last + 1), -EINVAL);
	assert_int_equal(skua_sa_go_on_from(sa, last - 2), 0);
	assert_true(skua_sa_next_seq(sa) == last - 1);
	assert_int_equal(events[SKUA_SA_EXHAUSTED], 0);
	assert_true(skua_sa_next_seq(sa) == last);
	assert_int_equal(events[SKUA_SA_EXHAUSTED], 1);
	assert_true(skua_sa_next_seq(sa) == 0);
	assert_true(skua_sa_next_seq(sa) == 0);
	assert_int_equal(events[SKUA_SA_EXHAUSTED], 1);
	assert_int_equal(skua_sa_go_on_from(sa, 3), -EINVAL);
	skua_sa_read_state(sa, &at);
	assert_true(at.seq == last);
}

static void numbers_end(void **state)
{
	(void)state;
	no_number_twice(0, UINT32_MAX);
	events[SKUA_SA_EXHAUSTED] = 0;
	no_number_twice(SKUA_SA_ESN, UINT64_MAX);
}

static void read_back(void **state)
{
	struct skua_sa_config cfg = in_config(0x1000);
	struct skua_sa_state at;
	struct skua_sa *sa;

	(void)state;
	cfg.window = 100;
	sa = add(&cfg);
	skua_sa_read_state(sa, &at);
	assert_true(at.seq == 0 && at.map[0] == 0);
	skua_replay_mark(&sa->replay, 1);
	skua_replay_mark(&sa->replay, 2);
	skua_replay_mark(&sa->replay, 70);
	skua_sa_read_state(sa, &at);
	assert_true(at.seq == 70);
	assert_true(at.map[0] == 1);
	assert_true(at.map[1] == (1ull << 4 | 1ull << 5));
	assert_int_equal(skua_sa_go_on_from(sa, 69), -EINVAL);
	assert_int_equal(skua_sa_go_on_from(sa, 1ull << 32), -EINVAL);
	assert_int_equal(skua_sa_go_on_from(sa, 5000), 0);
	skua_sa_read_state(sa, &at);
	assert_true(at.seq == 5000);
	assert_true(at.map[0] == UINT64_MAX);
	assert_true(at.map[1] == (1ull << 36) - 1);
	assert_true(skua_replay_fresh(&sa->replay, 5001));
}

/* Limits ------------------------------------------------------------------- */

static void told_once(void **state)
{
	struct skua_sa_config cfg = in_config(0x1000);
	struct skua_sa *sa;
	uint32_t i;

	(void)state;
	cfg.limits = (struct skua_sa_limits){ .soft_packets = 3,
					      .hard_packets = 5 };
	sa = add(&cfg);
	for (i = 1; i <= 7; i++) {
		assert_int_equal(skua_sa_expired(sa), i > 5);
		skua_sa_account(sa, 100);
		assert_int_equal(events[SKUA_SA_SOFT], i >= 3);
		assert_int_equal(events[SKUA_SA_HARD], i >= 5);
	}
	cfg.spi++;
	cfg.limits = (struct skua_sa_limits){ .soft_bytes = 201,
					      .hard_bytes = 400 };
	memset(events, 0, sizeof(events));
	sa = add(&cfg);
	for (i = 1; i <= 7; i++) {
		assert_int_equal(skua_sa_expired(sa), i > 4);
		skua_sa_account(sa, 100);
		assert_int_equal(events[SKUA_SA_SOFT], i >= 3);
		assert_int_equal(events[SKUA_SA_HARD], i >= 4);
	}
	assert_true(sa->packets == 7 && sa->bytes == 700);
}

/* The table ---------------------------------------------------------------- */

static void found_by_three_things(void **state)
{
	struct skua_sa_config a = in_config(0x1000), b = a, c = a, d = a, o;
	struct skua_sa *sa[5], *none;
	uint32_t gone;

	(void)state;
	b.dst.byte[3] = 2;
	c.flags |= SKUA_SA_IPV6; /* the same bytes, another family */
	d.spi++;
	o = out_config(0); /* of the other direction: also the same */
	sa[0] = add(&a);
	sa[1] = add(&b);
	sa[2] = add(&c);
	sa[3] = add(&d);
	sa[4] = add(&o);
	assert_ptr_equal(find(0x1000, &a.dst, false), sa[0]);
	assert_ptr_equal(find(0x1000, &b.dst, false), sa[1]);
	assert_ptr_equal(find(0x1000, &a.dst, true), sa[2]);
	assert_ptr_equal(find(0x1001, &a.dst, false), sa[3]);
	assert_null(find(0x1001, &b.dst, false));
	assert_null(find(0x1001, &a.dst, true));
	assert_int_equal(skua_sa_add(table, &c, &none), -EEXIST);
	assert_int_equal(skua_sa_count(table), 5);
	gone = sa[2]->handle;
	skua_sa_remove(table, sa[2]);
	assert_null(skua_sa_get(table, gone));
	assert_null(find(0x1000, &a.dst, true));
	sa[2] = add(&c);
	assert_int_not_equal(sa[2]->handle, gone);
	assert_ptr_equal(find(0x1000, &a.dst, true), sa[2]);
}

/* The slab wipes it, in the end. */
static void keys_are_in_no_core_file(void **state)
{
	struct skua_sa_config cfg = in_config(0x1000);
	struct skua_sa *sa;

	(void)state;
	assert_int_equal(skua_sa_add(table, &cfg, &sa), 0);
	assert_true(mapping_has(skua_sa_key(sa), "dd"));
}

static void full(void **state)
{
	struct skua_sa_config cfg = in_config(0x1000);
	struct skua_sa *sa;

	(void)state;
	for (; cfg.spi < 0x100d; cfg.spi++)
		sa = add(&cfg);
	assert_int_equal(skua_sa_add(table, &cfg, &sa), -ENOSPC);
	sa = find(0x1007, &cfg.dst, false);
	skua_sa_remove(table, sa);
	add(&cfg);
	assert_int_equal(skua_sa_count(table), 13);
}

/* SPIs by somebody who knows the key of the hash: it is another one soon. */
static void chosen_spis(void **state)
{
	struct skua_sa_config cfg = in_config(0);
	struct skua_sa *sa[SKUA_SA_MAX_PROBES + 8];
	/* It has so many slots in the end, and a part of them before. */
	const uint64_t mask = 8 * SKUA_SA_MAX_PROBES - 1;
	uint64_t key, home;
	uint32_t n = 0;

	(void)state;
	skua_sa_table_destroy(table);
	assert_int_equal(skua_sa_table_create(128, NULL, NULL, &table), 0);
	key = table->key[0];
	cfg.spi = 256;
	home = hash_of(&cfg) & mask;
	for (; table->key[0] == key; cfg.spi++) {
		if ((hash_of(&cfg) & mask) != home)
			continue;
		assert_true(n < SKUA_SA_MAX_PROBES + 1);
		sa[n++] = add(&cfg);
	}
	assert_int_equal(n, SKUA_SA_MAX_PROBES + 1);
	assert_int_equal(table->mask, mask);
	while (n--) {
		assert_ptr_equal(find(sa[n]->spi, &cfg.dst, false), sa[n]);
		assert_true(skua_sa_probes(table, sa[n]) < 8);
	}
}

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static double find_ns(uint32_t n, const struct skua_sa_address *dst)
{
	double start = now_ns();
	uint32_t i, rounds = 200000;

	for (i = 0; i < rounds; i++)
		assert_non_null(find(0x1000 + i * 7919u % n, dst, false));
	return (now_ns() - start) / rounds;
}

/* Half of them go and come again, so that holes were closed. */
static void a_hundred_thousand(void **state)
{
	struct skua_sa_config cfg = in_config(0);
	static struct skua_sa *sa[MANY];
	unsigned int probes, most = 0;
	double one = 0, many;
	uint32_t i;

	(void)state;
	skua_sa_table_destroy(table);
	assert_int_equal(skua_sa_table_create(MANY, NULL, NULL, &table), 0);
	cfg.window = 0;
	for (i = 0; i < MANY; i++) {
		cfg.spi = 0x1000 + i;
		sa[i] = add(&cfg);
		if (!i)
			one = find_ns(1, &cfg.dst);
	}
	assert_int_equal(skua_sa_count(table), MANY);
	for (i = 0; i < MANY; i += 2)
		skua_sa_remove(table, sa[i]);
	for (i = 0; i < MANY; i++)
		assert_ptr_equal(find(0x1000 + i, &cfg.dst, false),
				 i % 2 ? sa[i] : NULL);
	for (i = 0; i < MANY; i += 2) {
		cfg.spi = 0x1000 + i;
		sa[i] = add(&cfg);
	}
	for (i = 0; i < MANY; i++) {
		assert_ptr_equal(find(0x1000 + i, &cfg.dst, false), sa[i]);
		assert_ptr_equal(skua_sa_get(table, sa[i]->handle), sa[i]);
		probes = skua_sa_probes(table, sa[i]);
		most = probes > most ? probes : most;
	}
	assert_true(most <= SKUA_SA_MAX_PROBES);
	many = find_ns(MANY, &cfg.dst);
	printf("look-up: 1 SA %.1f ns, %u SAs %.1f ns (%.2f), "
	       "at most %u probes\n", one, MANY, many, many / one, most);
}

/*
 * Of the vectors that the paper's authors give for SipHash-1-3 those of whole
 * words: the key is 00…0f, the message 00…07 or nothing.
 */
static void siphash(void **state)
{
	static const uint8_t bytes[16] = { 0, 1, 2,  3,  4,  5,	 6,  7,
					   8, 9, 10, 11, 12, 13, 14, 15 };
	uint64_t key[2], word[2];

	(void)state;
	memcpy(key, bytes, sizeof(key));
	memcpy(word, bytes, sizeof(word));
	key[0] = le64toh(key[0]);
	key[1] = le64toh(key[1]);
	word[0] = le64toh(word[0]);
	assert_true(siphash13(key, word, 1) == 0x369095118d299a8eull);
	assert_true(siphash13(key, word, 0) == 0xabac0158050fc4dcull);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_cannot_be),
		TEST(tables_that_cannot_be),
		TEST(numbers_end),
		TEST(read_back),
		TEST(told_once),
		TEST(found_by_three_things),
		TEST(keys_are_in_no_core_file),
		TEST(full),
		TEST(chosen_spis),
		TEST(a_hundred_thousand),
		cmocka_unit_test(siphash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
