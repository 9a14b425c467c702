// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Which packets a rule strikes, and what drop, corrupt, duplicate and ecn do. */

#include "impair_rig.h"

static unsigned int send_many(unsigned int n)
{
	const struct made m = { .opcode = RC_SEND_ONLY };
	uint8_t buf[SKUA_FRAME_MAX];
	struct skua_frame f = make_frame(buf, &m);
	unsigned int gone = 0;

	while (n--)
		gone += rig_frame(SKUA_LINK_OUT, f);
	return gone;
}

/* A bound of five standard deviations, each side. */
static void probabilities_are_kept(void **state)
{
	static const struct {
		const char *rule;
		unsigned int n, expected, within;
	} cases[] = {
		{ "drop out p=0.01", 1000000, 10000, 500 },
		{ "drop out p=0.5", 100000, 50000, 800 },
		{ "drop out p=0.0001", 100000, 10, 16 },
		{ "drop out p=0", 10000, 0, 0 },
		{ "drop out p=1", 10000, 10000, 0 },
		{ "drop out", 10000, 10000, 0 },
	};
	unsigned int i, lost;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rig_add(cases[i].rule);
		lost = cases[i].n - send_many(cases[i].n);
		assert_in_range(lost + cases[i].within, cases[i].expected,
				cases[i].expected + 2 * cases[i].within);
		assert_int_equal(rig_rule(0).matched, cases[i].n);
		assert_int_equal(rig_rule(0).struck, lost);
		skua_impair_clear(rig.im);
	}
}

/* A bit for each of the next 64 packets: is it lost? */
static uint64_t fates(enum skua_link_dir dir)
{
	const struct made m = { .opcode = RC_SEND_ONLY };
	uint64_t lost = 0;
	int i;

	for (i = 0; i < 64; i++)
		lost |= (uint64_t)!rig_send(dir, &m) << i;
	return lost;
}

static void a_seed_is_a_fate(void **state)
{
	uint64_t first, again, in;

	(void)state;
	rig_add("drop both p=0.5");
	first = fates(SKUA_LINK_OUT);
	again = fates(SKUA_LINK_OUT);
	assert_int_not_equal(first, again);
	skua_impair_seed(rig.im, 0);
	assert_int_equal(rig_rule(0).seen, 0);
	assert_int_equal(fates(SKUA_LINK_OUT), first);
	/* What happens the other way does not count. */
	in = fates(SKUA_LINK_IN);
	assert_int_not_equal(in, first);
	assert_int_equal(fates(SKUA_LINK_OUT), again);

	skua_impair_seed(rig.im, 1);
	assert_int_not_equal(fates(SKUA_LINK_OUT), first);
	assert_int_equal(rig_stats().seed, 1);
}

/* Nor do packets that it does not match, time, or the rules behind it. */
static void nothing_else_changes_it(void **state)
{
	const struct made other = { .qp = 8 }, m = { .qp = 7 };
	uint64_t alone = 0, among = 0;
	int i;

	(void)state;
	rig_add("drop out qp=7 p=0.5");
	for (i = 0; i < 64; i++)
		alone |= (uint64_t)!rig_send(SKUA_LINK_OUT, &m) << i;
	skua_impair_clear(rig.im);
	rig_add("drop out qp=7 p=0.5");
	rig_add("corrupt out p=0.5");
	for (i = 0; i < 64; i++) {
		assert_int_equal(rig_send(SKUA_LINK_OUT, &other), 1);
		rig.now += i * 1000;
		among |= (uint64_t)!rig_send(SKUA_LINK_OUT, &m) << i;
	}
	assert_int_equal(alone, among);
}

static void the_nth_and_so_many(void **state)
{
	(void)state;
	rig_add("drop out nth=3");
	assert_int_equal(fates(SKUA_LINK_OUT), 0x4924924924924924);
	skua_impair_clear(rig.im);
	rig_add("drop out nth=3 count=2");
	assert_int_equal(fates(SKUA_LINK_OUT), 0x24);
	assert_int_equal(fates(SKUA_LINK_OUT), 0);
	assert_int_equal(rig_rule(0).matched, 128);
	assert_int_equal(rig_rule(0).struck, 2);
	skua_impair_clear(rig.im);
	/* Each direction counts for itself. */
	rig_add("drop both count=1");
	assert_int_equal(fates(SKUA_LINK_OUT), 1);
	assert_int_equal(fates(SKUA_LINK_IN), 1);
}

static void a_window_begins_with_the_first(void **state)
{
	const struct made m = { .qp = 7 }, other = { .qp = 8 };

	(void)state;
	rig_add("drop both qp=7 for=3s");
	rig.now = 5000000000;
	assert_int_equal(rig_send(SKUA_LINK_OUT, &other), 1);
	rig.now = 9000000000;
	assert_int_equal(rig_send(SKUA_LINK_OUT, &m), 0);
	rig.now = 11999999999;
	assert_int_equal(rig_send(SKUA_LINK_OUT, &m), 0);
	assert_int_equal(rig_send(SKUA_LINK_IN, &m), 0);
	rig.now = 12000000000;
	assert_int_equal(rig_send(SKUA_LINK_OUT, &m), 1);
	assert_int_equal(rig_send(SKUA_LINK_IN, &m), 1);
}

static void lost_ones_are_told(void **state)
{
	struct made m = { .psn = 77 };

	(void)state;
	rig_add("ecn out");
	rig_add("drop out");
	assert_int_equal(rig_send(SKUA_LINK_OUT, &m), 0);
	assert_int_equal(rig.losts, 1);
	assert_int_equal(rig.lost.psn, 77);
	assert_string_equal(rig.lost.comment, "drop: rule 2");
	m.ecn = 2;
	rig_send(SKUA_LINK_OUT, &m);
	assert_string_equal(rig.lost.comment, "ecn: rule 1, drop: rule 2");
	assert_int_equal(rig_stats().dropped, 2);
	assert_int_equal(rig_rule(1).lost, 2);
	skua_impair_watch(rig.im, NULL);
	rig_send(SKUA_LINK_OUT, &m);
	assert_int_equal(rig.losts, 2);
}

/* Bits in which the two differ, and only from start to end. */
static unsigned int changed(const uint8_t *a, const uint8_t *b, uint32_t len,
			    uint32_t start, uint32_t end)
{
	unsigned int n = 0;
	uint32_t i;

	for (i = 0; i < len; i++) {
		n += __builtin_popcount(a[i] ^ b[i]);
		if (a[i] != b[i])
			assert_in_range(i, start, end - 1);
	}
	return n;
}

static void bits_are_changed_where_it_says(void **state)
{
	static const struct {
		const char *rule;
		unsigned int bits;
		uint32_t start, end;
	} cases[] = {
		{ "corrupt out bits=5", 5, 0, 14 + 20 + 8 + 12 + 48 + 4 },
		/* A write has a RETH of 16 bytes. */
		{ "corrupt out bits=3 where=payload", 3, 70, 102 },
		{ "corrupt out bits=32 where=header", 32, 42, 70 },
		{ "corrupt out bits=32 where=icrc", 32, 102, 106 },
		{ "corrupt out where=icrc", 1, 102, 106 },
	};
	const struct made m = { .opcode = 10, .payload = 48 };
	uint8_t before[SKUA_FRAME_MAX], after[SKUA_FRAME_MAX];
	struct skua_frame f = make_frame(before, &m);
	unsigned int i, j;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rig_add(cases[i].rule);
		for (j = 0; j < 1000; j++) {
			f = make_frame(after, &m);
			assert_int_equal(rig_frame(SKUA_LINK_OUT, f), 1);
			assert_int_equal(changed(before, after, f.len,
						 cases[i].start, cases[i].end),
					 cases[i].bits);
		}
		assert_string_equal(rig.gone[0].comment, "corrupt: rule 1");
		assert_int_equal(rig_stats().corrupted, (i + 1) * 1000);
		skua_impair_clear(rig.im);
	}
}

/* An acknowledgement has no payload, ARP has no ICRC. */
static void what_is_not_there_is_not_changed(void **state)
{
	struct made m = { .opcode = RC_ACK, .payload = 4 };

	(void)state;
	rig_add("corrupt out where=payload");
	rig_send(SKUA_LINK_OUT, &m);
	m.port = 53;
	rig_add("corrupt out where=icrc");
	rig_add("corrupt out where=header");
	rig_send(SKUA_LINK_OUT, &m);
	assert_int_equal(rig_stats().corrupted, 0);
}

static void a_duplicate_is_one_more(void **state)
{
	const struct made m = { .psn = 9, .payload = 8 };

	(void)state;
	rig_add("duplicate out");
	rig_add("duplicate out");	/* doubles no doubles */
	rig_add("corrupt out bits=1 nth=2");
	assert_int_equal(rig_send(SKUA_LINK_OUT, &m), 2);
	assert_string_equal(rig.gone[0].comment, "duplicate: rule 1 (copy)");
	assert_string_equal(rig.gone[1].comment,
			    "duplicate: rule 1, corrupt: rule 3");
	assert_int_equal(rig.gone[0].psn, 9);
	assert_int_equal(changed(rig.gone[0].data, rig.gone[1].data,
				 rig.gone[0].len, 0, rig.gone[0].len), 1);
	assert_int_equal(rig_stats().duplicated, 1);
	assert_int_equal(rig_stats().waiting, 0);
}

static void marks_are_set_where_they_may(void **state)
{
	struct made m = { 0 };
	const uint8_t *ip = rig.gone[0].data + 14;
	unsigned int i;

	(void)state;
	rig_add("ecn in");
	for (i = 0; i < 8; i++) {
		m.ip6 = i & 1;
		m.ecn = i / 2;
		rig.gones = 0;
		assert_int_equal(rig_send(SKUA_LINK_IN, &m), 1);
		if (m.ip6)
			assert_int_equal(ip[1] >> 4, m.ecn ? 3 : 0);
		else
			assert_int_equal(ip[1], m.ecn ? 3 : 0);
		if (!m.ip6)
			assert_int_equal(ip4_sum(ip), 0xffff);
		assert_string_equal(rig.gone[0].comment,
				    m.ecn == 1 || m.ecn == 2 ?
				    "ecn: rule 1" : "");
	}
	assert_int_equal(rig_stats().marked, 4);
}

/* Checksums of one's complement have two zeros: try every identification. */
static void checksums_stay_right(void **state)
{
	const struct made m = { .ecn = 2 };
	uint8_t buf[SKUA_FRAME_MAX];
	struct skua_frame f;
	uint32_t id;

	(void)state;
	rig_add("ecn in");
	for (id = 0; id < 0x10000; id++) {
		f = make_frame(buf, &m);
		buf[18] = id >> 8;
		buf[19] = id;
		buf[24] = 0;
		buf[25] = 0;
		f.data[24] = (uint16_t)~ip4_sum(buf + 14) >> 8;
		f.data[25] = ~ip4_sum(buf + 14) & 0xff;
		rig_frame(SKUA_LINK_IN, f);
		assert_int_equal(ip4_sum(buf + 14), 0xffff);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rig_test(probabilities_are_kept),
		rig_test(a_seed_is_a_fate),
		rig_test(nothing_else_changes_it),
		rig_test(the_nth_and_so_many),
		rig_test(a_window_begins_with_the_first),
		rig_test(lost_ones_are_told),
		rig_test(bits_are_changed_where_it_says),
		rig_test(what_is_not_there_is_not_changed),
		rig_test(a_duplicate_is_one_more),
		rig_test(marks_are_set_where_they_may),
		rig_test(checksums_stay_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
