// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * steer_flow - flows come and go at random, and the one that is found is always
 * that which a look at all of them finds; matches that cannot be.
 */
#include <endian.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "random.h"
#include "steer/flow.h"

#define FLOWS  600u
#define ROUNDS 20000u

struct entry {
	struct skua_flow flow;
	struct skua_flow_key mask;
	bool in;
};

static struct skua_flows flows;
static struct entry all[FLOWS];

/* Few values, so that many flows match and many are alike. */
static struct skua_flow_key random_key(void)
{
	struct skua_flow_key key = {
		.fields = SKUA_HWI_FLOW_FIELDS,
		.net = SKUA_HWI_NET_IPV4,
		.dport = next_random() % 3,
		.sport = next_random() % 3,
		.qpn = next_random() % 3,
	};

	key.src[15] = next_random() % 4;
	key.dst[15] = next_random() % 4;
	return key;
}

static struct skua_flow_key random_mask(void)
{
	static const uint8_t prefixes[] = { 0, 0xff, 0xfe, 0x80 };
	struct skua_flow_key mask = {
		.dport = next_random() % 2 ? 0xffff : 0,
		.sport = next_random() % 2 ? 1 : 0,
		.qpn = next_random() % 2 ? UINT32_MAX : 0,
	};

	mask.src[15] = prefixes[next_random() % 4];
	mask.dst[15] = prefixes[next_random() % 4];
	return mask;
}

static bool matches(const struct entry *e, const struct skua_flow_key *key)
{
	unsigned int i;

	for (i = 0; i < SKUA_FLOW_KEY_WORDS; i++) {
		if ((key->word[i] & e->mask.word[i]) != e->flow.key.word[i])
			return false;
	}
	return true;
}

static struct skua_flow *look_at_all(const struct skua_flow_key *key)
{
	struct skua_flow *best = NULL;
	unsigned int i;

	for (i = 0; i < FLOWS; i++) {
		struct skua_flow *flow = &all[i].flow;

		if (!all[i].in || !matches(&all[i], key))
			continue;
		if (!best || flow->priority < best->priority ||
		    (flow->priority == best->priority && flow->age < best->age))
			best = flow;
	}
	return best;
}

static void toggle(struct entry *e)
{
	unsigned int i;

	if (e->in) {
		skua_flow_remove(&flows, &e->flow);
		e->in = false;
		return;
	}
	e->mask = random_mask();
	e->flow = (struct skua_flow){ .key = random_key(),
				      .priority = next_random() % 8 };
	for (i = 0; i < SKUA_FLOW_KEY_WORDS; i++)
		e->flow.key.word[i] &= e->mask.word[i];
	assert_int_equal(skua_flow_add(&flows, &e->flow, &e->mask), 0);
	e->in = true;
}

static void finds_the_best(void **state)
{
	struct skua_flow_key key;
	unsigned int i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		/* Few, many, and none again. */
		toggle(&all[next_random() % (i % 5000 < 1000 ? 10 : FLOWS)]);
		key = random_key();
		assert_ptr_equal(skua_flow_find(&flows, &key), look_at_all(&key));
	}
	for (i = 0; i < FLOWS; i++) {
		if (all[i].in)
			toggle(&all[i]);
	}
	assert_int_equal(flows.n, 0);
	assert_null(skua_flow_find(&flows, &key));
}

/* Matches -------------------------------------------------------------------- */

static void expect(const struct skua_hwi_flow_match *m, uint32_t bad)
{
	struct skua_flow_key key, mask;

	assert_int_equal(skua_flow_key_match(&key, &mask, m), bad);
}

#define OFFSET(field) offsetof(struct skua_hwi_flow_match, field)

static void refuses_what_cannot_be(void **state)
{
	struct skua_hwi_flow_match good = {
		.fields = htole32(SKUA_HWI_FLOW_DPORT | SKUA_HWI_FLOW_PROTO),
		.proto = 17,
		.dport = htobe16(0x1200),
		.dport_mask = htobe16(0xff00),
		.src_prefix = 100,
		.src = { [10] = 0xff, 0xff, 0x10 },
	}, m;

	(void)state;
	expect(&good, SKUA_HWI_NONE);
	m = good;
	m.fields |= htole32(1u << 30);
	expect(&m, OFFSET(fields));
	m = good;
	m.dport = htobe16(0x1234);
	expect(&m, OFFSET(dport));
	m = good;
	m.sport_mask = htobe16(1);
	expect(&m, OFFSET(sport_mask));
	m = good;
	m.src[12] = 0x11;
	expect(&m, OFFSET(src));
	m = good;
	m.src_prefix = 129;
	expect(&m, OFFSET(src_prefix));
	m = good;
	m.dst_prefix = 255;
	expect(&m, OFFSET(dst_prefix));
	m = good;
	m.spi = 1;
	expect(&m, OFFSET(spi));
	m = good;
	m.net = SKUA_HWI_NET_IPV4;
	expect(&m, OFFSET(net));
	m.fields |= htole32(SKUA_HWI_FLOW_NET);
	expect(&m, SKUA_HWI_NONE);
	m.net = SKUA_HWI_NET_NONE;
	expect(&m, OFFSET(net));
	m.net = 3;
	expect(&m, OFFSET(net));
	m = good;
	m.smac[5] = 1;
	expect(&m, OFFSET(smac));
}

/* Who asks for an address means IP; zeroes are what other packets have. */
static void prefix_means_ip(void **state)
{
	struct skua_hwi_flow_match m = { .src_prefix = 1 };
	struct skua_flow_key other = { .fields = SKUA_HWI_FLOW_ETHERTYPE };
	struct skua_flow_key ip = { .fields = SKUA_HWI_FLOW_NET, .net = 1 };
	struct skua_flow flow = { 0 };
	struct skua_flow_key mask;

	(void)state;
	assert_int_equal(skua_flow_key_match(&flow.key, &mask, &m),
			 SKUA_HWI_NONE);
	assert_int_equal(skua_flow_add(&flows, &flow, &mask), 0);
	assert_null(skua_flow_find(&flows, &other));
	assert_ptr_equal(skua_flow_find(&flows, &ip), &flow);
	skua_flow_remove(&flows, &flow);
}

static void masks_are_bounded(void **state)
{
	static struct skua_flow flow[SKUA_FLOW_MASKS + 1];
	struct skua_flow_key mask = { 0 };
	unsigned int i;

	(void)state;
	for (i = 0; i < SKUA_FLOW_MASKS; i++) {
		mask.spi = i + 1;
		assert_int_equal(skua_flow_add(&flows, &flow[i], &mask), 0);
	}
	mask.spi = i + 1;
	assert_int_equal(skua_flow_add(&flows, &flow[i], &mask), -ENOSPC);
	mask.spi = i;
	assert_int_equal(skua_flow_add(&flows, &flow[i], &mask), 0);
	for (i = 0; i <= SKUA_FLOW_MASKS; i++)
		skua_flow_remove(&flows, &flow[i]);
	assert_int_equal(flows.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_best),
		cmocka_unit_test(refuses_what_cannot_be),
		cmocka_unit_test(prefix_means_ip),
		cmocka_unit_test(masks_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
