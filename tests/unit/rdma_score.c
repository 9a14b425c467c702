// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Which of the packets under way are lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "rdma/psn.h"
#include "rdma/rc_score.h"
#include "random.h"

#define T     1024ull	/* the unit of its times */
#define FIRST 0xfffff0u /* PSNs wrap behind that */

static struct rc_score score;

static uint32_t psn(uint32_t i)
{
	return skua_psn_add(FIRST, i);
}

static int begin(void **state)
{
	(void)state;
	memset(&score, 0, sizeof(score));
	score.least = UINT32_MAX;
	rc_score_reset(&score, 0);
	return 0;
}

static uint32_t lost(uint32_t *at)
{
	uint32_t n = rc_score_lost(&score, FIRST, psn(RC_SCORE), at);

	*at = skua_psn_diff(*at, FIRST);
	return n;
}

static uint64_t look(uint64_t late, uint64_t now)
{
	return rc_score_look(&score, FIRST, psn(RC_SCORE), late, now);
}

/* What was sent before one that has come, and not what was sent after it. */
static void before_what_came(void **state)
{
	uint32_t at;

	(void)state;
	rc_score_sent(&score, FIRST, 40, 100 * T);
	assert_int_equal(look(0, 1000 * T), 0);
	assert_int_equal(score.nlost, 0);
	rc_score_arrived(&score, psn(20), 110 * T);
	rc_score_arrived(&score, psn(10), 110 * T);
	assert_int_equal(look(0, 110 * T), 0);
	assert_int_equal(score.nlost, 19);
	assert_int_equal(lost(&at), 10);
	assert_int_equal(at, 0);
}

/* Not before packets are no longer late. */
static void not_while_late(void **state)
{
	(void)state;
	rc_score_sent(&score, FIRST, 2, 100 * T);
	rc_score_arrived(&score, psn(1), 110 * T);
	assert_int_equal(look(50 * T, 110 * T), 50 * T);
	assert_int_equal(look(50 * T, 159 * T), T);
	assert_int_equal(score.nlost, 0);
	look(50 * T, 160 * T);
	assert_int_equal(score.nlost, 1);
	/* It came after all. */
	rc_score_arrived(&score, FIRST, 161 * T);
	assert_int_equal(score.nlost, 0);
}

/* A repetition is found to be lost by what was sent after it. */
static void lost_twice(void **state)
{
	uint32_t at;

	(void)state;
	rc_score_sent(&score, FIRST, 3, 100 * T);
	rc_score_arrived(&score, psn(2), 110 * T);
	look(0, 110 * T);
	assert_int_equal(lost(&at), 2);
	rc_score_repeated(&score, FIRST, 2, 120 * T);
	assert_int_equal(score.nlost, 0);
	assert_int_equal(score.nagain, 2);
	look(0, 1000 * T);
	assert_int_equal(score.nlost, 0);
	rc_score_sent(&score, psn(3), 1, 130 * T);
	rc_score_arrived(&score, psn(3), 140 * T);
	look(0, 140 * T);
	assert_int_equal(lost(&at), 2);
	assert_int_equal(at, 0);
}

/* What was acknowledged is neither, and leaves nothing for later PSNs. */
static void passed(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < 5 * RC_SCORE; i += 16) {
		rc_score_sent(&score, psn(i), 16, (100 + i) * T);
		rc_score_arrived(&score, psn(i + 15), (110 + i) * T);
		rc_score_look(&score, psn(i), psn(i + 16), 0, (110 + i) * T);
		assert_int_equal(score.nlost, 15);
		rc_score_repeated(&score, psn(i), 8, (111 + i) * T);
		assert_int_equal(score.nagain, 8);
		rc_score_passed(&score, psn(i), psn(i + 16), (112 + i) * T);
		assert_int_equal(score.nlost, 0);
		assert_int_equal(score.nagain, 0);
	}
	for (i = 0; i < RC_SCORE_WORDS; i++)
		assert_int_equal(score.way[i] | score.lost[i] | score.again[i],
				 0);
}

/* Those behind a gap, once each, until the gap is closed. */
static void held(void **state)
{
	uint32_t i;

	(void)state;
	rc_score_sent(&score, FIRST, 200, 100 * T);
	for (i = 10; i < 200; i += 2) {
		rc_score_sacked(&score, psn(i), 110 * T);
		rc_score_sacked(&score, psn(i), 111 * T);
	}
	assert_int_equal(score.nhere, 95);
	rc_score_passed(&score, FIRST, psn(11), 112 * T);
	assert_int_equal(score.nhere, 94);
	rc_score_passed(&score, psn(11), psn(150), 113 * T);
	assert_int_equal(score.nhere, 25);
	rc_score_passed(&score, psn(150), psn(200), 114 * T);
	assert_int_equal(score.nhere, 0);
	for (i = 0; i < RC_SCORE_WORDS; i++)
		assert_int_equal(score.here[i], 0);
}

/* An answer that comes too soon for a repetition is for the first attempt. */
static void whose_answer(void **state)
{
	(void)state;
	rc_score_sent(&score, FIRST, 2, 100 * T);
	rc_score_arrived(&score, psn(1), 120 * T);
	look(0, 120 * T);
	rc_score_repeated(&score, FIRST, 1, 130 * T);
	rc_score_sent(&score, psn(2), 1, 125 * T);
	rc_score_arrived(&score, FIRST, 131 * T);
	look(0, 200 * T);
	assert_int_equal(score.nlost, 0);
}

static bool bit(const uint64_t *map, uint32_t n)
{
	return map[n % RC_SCORE / 64] >> (n % 64) & 1;
}

/* What rc_score_look() is to find, packet by packet. */
static uint64_t plain_look(struct rc_score *s, uint32_t from, uint32_t to,
			   uint32_t late, uint32_t now)
{
	uint32_t next = 0, passed, n;
	int32_t newer;

	for (; from != to; from = skua_psn_add(from, 1)) {
		n = from % RC_SCORE;
		newer = (int32_t)(s->sent[n] - s->newest);
		if (!bit(s->way, n) || newer > 0 ||
		    (!newer && skua_psn_diff(from, s->newest_psn) >= 0))
			continue;
		passed = now - s->sent[n];
		if (passed < s->took + late) {
			if (!next || s->took + late - passed < next)
				next = s->took + late - passed;
			continue;
		}
		s->way[n / 64] &= ~(1ull << (n % 64));
		s->lost[n / 64] |= 1ull << (n % 64);
		s->nlost++;
	}
	return next * T;
}

/* Whatever comes, and whatever is repeated. */
static void as_one_by_one(void **state)
{
	uint32_t una = 0, end = 0, now = 1000, late, n, at, i, found = 0;
	struct rc_score plain;
	uint64_t next;

	(void)state;
	for (i = 0; i < 20000; i++) {
		now += next_random() % 3;
		n = next_random() % 40;
		switch (next_random() % 5) {
		case 0:
			n = n < RC_SCORE - (end - una) ? n : 0;
			rc_score_sent(&score, psn(end), n, now * T);
			end += n;
			break;
		case 1:
			n = n < end - una ? n : 0;
			rc_score_passed(&score, psn(una), psn(una + n), now * T);
			una += n;
			break;
		case 2:
			n = rc_score_lost(&score, psn(una), psn(end), &at);
			rc_score_repeated(&score, at, n < 3 ? n : 3, now * T);
			break;
		default:
			at = una + next_random() % RC_SCORE;
			if (at < end)
				rc_score_sacked(&score, psn(at), now * T);
			break;
		}
		late = next_random() % 30;
		plain = score;
		next = plain_look(&plain, psn(una), psn(end), late, now);
		found += plain.nlost - score.nlost;
		assert_int_equal(rc_score_look(&score, psn(una), psn(end),
					       late * T, now * T),
				 next);
		assert_memory_equal(&score, &plain, sizeof(plain));
	}
	assert_in_range(found, 1000, UINT32_MAX);
}

/* At any place of a word, and where PSNs wrap. */
static void news(void **state)
{
	uint64_t bits, want;
	uint32_t at, i, b;

	(void)state;
	for (i = 0; i < RC_SCORE_WORDS; i++) {
		score.here[i] = (uint64_t)next_random() << 32 | next_random();
		score.way[i] = (uint64_t)next_random() << 32 | next_random();
	}
	for (i = 0; i < 2 * RC_SCORE; i++) {
		at = skua_psn_add(FIRST - RC_SCORE, i);
		bits = (uint64_t)next_random() << 32 | next_random();
		want = 0;
		for (b = 0; b < 64; b++) {
			if (bits >> b & 1 &&
			    (!bit(score.here, at + b) || bit(score.way, at + b)))
				want |= 1ull << b;
		}
		assert_true(rc_score_news(&score, at, bits) == want);
	}
}

#define TEST(fn) cmocka_unit_test_setup(fn, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(before_what_came),
		TEST(not_while_late),
		TEST(lost_twice),
		TEST(passed),
		TEST(held),
		TEST(whose_answer),
		TEST(as_one_by_one),
		TEST(news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
