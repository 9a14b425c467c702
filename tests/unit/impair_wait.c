// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Frames that wait: delay, rate and reorder, in a time of the test's own. */
#include "impair_rig.h"

#define US 1000ull
#define MS 1000000ull

static unsigned int send_psn(uint32_t psn)
{
	const struct made m = { .psn = psn };

	return rig_send(SKUA_LINK_OUT, &m);
}

static void a_delay_takes_its_time(void **state)
{
	(void)state;
	rig_add("delay out 2ms");
	assert_int_equal(rig_run(SKUA_LINK_OUT, 0), UINT64_MAX);
	assert_int_equal(send_psn(1), 0);
	rig.now = 1 * MS;
	assert_int_equal(send_psn(2), 0);
	assert_int_equal(rig_stats().waiting, 2);
	assert_int_equal(rig_run(SKUA_LINK_OUT, 2 * MS - 1), 2 * MS);
	assert_int_equal(rig.gones, 0);
	assert_int_equal(rig_run(SKUA_LINK_OUT, 2 * MS), 3 * MS);
	assert_int_equal(rig.gones, 1);
	assert_int_equal(rig.gone[0].psn, 1);
	assert_string_equal(rig.gone[0].comment, "delay: rule 1");
	/* A frame that comes late does not overtake those that are due. */
	skua_impair_clear(rig.im);
	assert_true(skua_impair_active(rig.im, SKUA_LINK_OUT));
	assert_int_equal(send_psn(3), 2);
	assert_int_equal(rig.gone[1].psn, 2);
	assert_int_equal(rig.gone[2].psn, 3);
	assert_false(skua_impair_active(rig.im, SKUA_LINK_OUT));
	assert_int_equal(rig_stats().delayed, 2);
}

static void jitter_stays_in_its_bounds(void **state)
{
	uint64_t due, least = UINT64_MAX, most = 0;
	int i;

	(void)state;
	rig_add("delay out 2ms jitter=200us");
	for (i = 0; i < 10000; i++) {
		assert_int_equal(send_psn(i), 0);
		due = rig_run(SKUA_LINK_OUT, rig.now) - rig.now;
		least = due < least ? due : least;
		most = due > most ? due : most;
		rig_run(SKUA_LINK_OUT, rig.now + 10 * MS);
	}
	assert_in_range(least, 1800 * US, 1801 * US);
	assert_in_range(most, 2199 * US, 2200 * US);
}

/* Whatever the delays: in order of time. */
static void many_come_in_order(void **state)
{
	uint64_t due, last = 0;
	unsigned int i;

	(void)state;
	rig_add("delay out 1s jitter=1s");
	for (i = 0; i < 2000; i++)
		send_psn(i);
	for (i = 0; i < 2000; i++) {
		due = rig_run(SKUA_LINK_OUT, last);
		assert_true(due >= last);
		last = due;
	}
	rig_run(SKUA_LINK_OUT, last);
	assert_int_equal(rig.gones, 2000);
}

static void reordered_ones_are_overtaken(void **state)
{
	static const uint32_t order[] = { 2, 3, 4, 1, 5 };
	const struct made other = { .qp = 9, .psn = 100 };
	unsigned int i;

	(void)state;
	rig_add("reorder out count=1 by=3");
	assert_int_equal(send_psn(1), 0);
	assert_int_equal(send_psn(2), 1);
	/* Another queue pair's packets do not count. */
	assert_int_equal(rig_send(SKUA_LINK_OUT, &other), 1);
	rig.gones--;
	assert_int_equal(send_psn(3), 1);
	assert_int_equal(send_psn(4), 2);
	assert_int_equal(send_psn(5), 1);
	for (i = 0; i < 5; i++)
		assert_int_equal(rig.gone[i].psn, order[i]);
	assert_string_equal(rig.gone[3].comment, "reorder: rule 1");
	assert_int_equal(rig_stats().reordered, 1);
}

static void the_last_one_comes_by_itself(void **state)
{
	(void)state;
	rig_add("reorder out by=1 count=1");
	send_psn(1);
	assert_int_equal(rig_run(SKUA_LINK_OUT, 0), 10 * MS);
	rig_run(SKUA_LINK_OUT, 10 * MS);
	assert_int_equal(rig.gone[0].psn, 1);
	skua_impair_seed(rig.im, 0);
	send_psn(2);
	/* It belongs to nothing any more, and comes all the same. */
	assert_int_equal(skua_impair_remove(rig.im, 1), 0);
	assert_int_equal(skua_impair_remove(rig.im, 1), -2);
	assert_int_equal(send_psn(3), 2);
	assert_int_equal(rig.gone[1].psn, 2);
}

/* Held ones that are overtaken by ones that are held. */
static void all_reordered_is_none(void **state)
{
	int i;

	(void)state;
	rig_add("reorder out by=2");
	for (i = 1; i <= 10; i++)
		send_psn(i);
	assert_int_equal(rig.gones, 8);
	for (i = 1; i <= 8; i++)
		assert_int_equal(rig.gone[i - 1].psn, i);
}

/* 8 Mbit/s are a byte in a microsecond. */
static void a_rate_is_kept(void **state)
{
	const struct made m = { .payload = 942 };	/* 1000 bytes in all */
	uint64_t due;
	int i;

	(void)state;
	rig_add("rate out 8mbit limit=10000");
	for (i = 0; i < 11; i++)
		rig_send(SKUA_LINK_OUT, &m);
	assert_int_equal(rig.gones, 0);
	assert_int_equal(rig.losts, 1);
	assert_string_equal(rig.lost.comment, "rate: rule 1 (full)");
	for (i = 1; i <= 10; i++) {
		due = rig_run(SKUA_LINK_OUT, i * 1000 * US);
		assert_int_equal(rig.gones, i);
		assert_int_equal(due, i < 10 ? (i + 1) * 1000 * US :
				 UINT64_MAX);
	}
	assert_int_equal(rig_rule(0).lost, 1);
	assert_int_equal(rig_stats().dropped, 1);
	assert_int_equal(rig_stats().delayed, 10);
}

static void a_rate_is_exact_in_the_long_run(void **state)
{
	const struct made m = { 0 };		/* 58 bytes */
	uint64_t due = 0;
	int i;

	(void)state;
	rig_add("rate out 7gbit");
	for (i = 0; i < 7000; i++) {
		rig_send(SKUA_LINK_OUT, &m);
		due = rig_run(SKUA_LINK_OUT, rig.now);
		rig_run(SKUA_LINK_OUT, due);
	}
	assert_int_equal(due, 7000 * 58 * 8 / 7);
}

static void a_burst_passes(void **state)
{
	const struct made m = { .payload = 942 };
	int i;

	(void)state;
	rig_add("rate out 8mbit burst=3000");
	rig.now = 1000 * MS;
	for (i = 0; i < 5; i++)
		rig_send(SKUA_LINK_OUT, &m);
	assert_int_equal(rig.gones, 3);
	assert_string_equal(rig.gone[0].comment, "");
	assert_int_equal(rig_run(SKUA_LINK_OUT, rig.now), 1001 * MS);
	rig_run(SKUA_LINK_OUT, 1002 * MS);
	assert_int_equal(rig.gones, 5);
	assert_string_equal(rig.gone[4].comment, "rate: rule 1");
	/* Tokens come back no faster than the rate. */
	rig.now = 1003 * MS;
	assert_int_equal(rig_send(SKUA_LINK_OUT, &m), 1);
	assert_int_equal(rig_send(SKUA_LINK_OUT, &m), 0);
}

static void a_long_queue_marks(void **state)
{
	struct made m = { .payload = 942, .ecn = 2 };
	int i;

	(void)state;
	rig_add("rate out 8mbit limit=10000 ecn=2500");
	for (i = 0; i < 5; i++)
		rig_send(SKUA_LINK_OUT, &m);
	m.ecn = 0;
	rig_send(SKUA_LINK_OUT, &m);
	rig_run(SKUA_LINK_OUT, 100 * MS);
	for (i = 0; i < 6; i++)
		assert_int_equal(rig.gone[i].data[15],
				 i < 3 ? 2 : i < 5 ? 3 : 0);
	assert_int_equal(ip4_sum(rig.gone[4].data + 14), 0xffff);
	assert_string_equal(rig.gone[4].comment,
			    "rate: rule 1 (CE), rate: rule 1");
	assert_int_equal(rig_rule(0).marked, 2);
	assert_int_equal(rig_stats().marked, 2);
}

/* Of 1000 frames that come when so many wait before them. */
static unsigned int marks(unsigned int before)
{
	struct made m = { .payload = 942, .ecn = 2 };
	uint64_t was;
	int i;

	while (before--)
		rig_send(SKUA_LINK_OUT, &m);
	was = rig_rule(0).marked;
	for (i = 0; i < 1000; i++) {
		rig_send(SKUA_LINK_OUT, &m);
		rig_run(SKUA_LINK_OUT, rig.now + 1000 * US);
	}
	rig_run(SKUA_LINK_OUT, rig.now + 100 * MS);
	return rig_rule(0).marked - was;
}

static void the_longer_the_more_marks(void **state)
{
	(void)state;
	rig_add("rate out 8mbit limit=10000 ecn=2000 ecn-max=6000 ecn-p=0.5");
	assert_int_equal(marks(2), 0);
	assert_in_range(marks(4), 200, 300);
	assert_int_equal(marks(6), 1000);
}

/* A delay in front of a rate, a drop behind both. */
static void rules_are_a_row(void **state)
{
	const struct made m = { .payload = 942 };

	(void)state;
	rig_add("delay out 1ms");
	rig_add("rate out 8mbit");
	rig_add("drop out nth=2");
	rig_send(SKUA_LINK_OUT, &m);
	rig_send(SKUA_LINK_OUT, &m);
	assert_int_equal(rig_run(SKUA_LINK_OUT, 1 * MS), 2 * MS);
	assert_int_equal(rig_run(SKUA_LINK_OUT, 2 * MS), 3 * MS);
	assert_int_equal(rig.gones, 1);
	assert_string_equal(rig.gone[0].comment,
			    "delay: rule 1, rate: rule 2");
	rig_run(SKUA_LINK_OUT, 3 * MS);
	assert_int_equal(rig.gones, 1);
	assert_string_equal(rig.lost.comment,
			    "delay: rule 1, rate: rule 2, drop: rule 3");
}

/* No more than so many wait; the rest is lost, and counted. */
static void waiting_is_bounded(void **state)
{
	const struct made m = { 0 };
	uint8_t buf[SKUA_FRAME_MAX + 1];
	struct skua_frame f = { .data = buf, .len = sizeof(buf) };
	unsigned int i;

	(void)state;
	memset(buf, 0, sizeof(buf));
	rig_add("duplicate out");
	rig_add("delay both 1s");
	for (i = 0; i < 10000; i++)
		rig_send(SKUA_LINK_OUT, &m);
	assert_int_equal(rig_stats().waiting, 8192);
	assert_true(rig_stats().overflow > 0);
	assert_string_equal(rig.lost.comment,
			    "delay: rule 2 (too many wait)");
	rig_run(SKUA_LINK_OUT, 1000 * MS);
	assert_int_equal(rig.gones, 8192);
	assert_int_equal(rig_stats().waiting, 0);
	/* Room again, but not for a frame that no link carries. */
	rig_send(SKUA_LINK_IN, &m);
	rig_frame(SKUA_LINK_IN, f);
	assert_int_equal(rig_stats().waiting, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rig_test(a_delay_takes_its_time),
		rig_test(jitter_stays_in_its_bounds),
		rig_test(many_come_in_order),
		rig_test(reordered_ones_are_overtaken),
		rig_test(the_last_one_comes_by_itself),
		rig_test(all_reordered_is_none),
		rig_test(a_rate_is_kept),
		rig_test(a_rate_is_exact_in_the_long_run),
		rig_test(the_longer_the_more_marks),
		rig_test(a_burst_passes),
		rig_test(a_long_queue_marks),
		rig_test(rules_are_a_row),
		rig_test(waiting_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
