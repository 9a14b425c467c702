// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The anti-replay window, beside a list of all numbers that came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ipsec/replay.h"
#include "ipsec_hex.h"

#define WALK 30000u /* packets */
#define LIST (1u << 20) /* numbers from the first on */

static const uint32_t sizes[] = {
	0, 1, 2, 31, 32, 33, 63, 64, 65, 127, 128, 1000, 1024, 4095, 4096,
};

#define SIZES (sizeof(sizes) / sizeof(*sizes))

static struct skua_replay *make(uint32_t size, bool esn, uint64_t top)
{
	struct skua_replay *r = malloc(sizeof(*r));

	assert_non_null(r);
	assert_int_equal(skua_replay_init(r, size, esn), 0);
	if (top)
		skua_replay_move(r, top);
	return r;
}

static void unmake(struct skua_replay *r)
{
	skua_replay_fini(r);
	free(r);
}

/* What has come is kept in a list: base + i is came[i]. */
static struct list {
	uint64_t base, top;
	uint8_t came[LIST];
} list;

static bool fresh(uint32_t size, uint64_t seq)
{
	if (!size)
		return true;
	if (!seq || (seq <= list.top && list.top - seq >= size))
		return false;
	return seq > list.top || !list.came[seq - list.base];
}

/* Mostly a little ahead or behind, often at an edge of the window. */
static uint64_t pick(uint32_t size)
{
	uint32_t r = ipsec_random();
	int64_t by;

	switch (r % 8) {
	case 0:
		by = -(int64_t)size + r / 8 % 4 - 1;
		break;
	case 1:
		by = r / 8 % (size + 70);
		break;
	case 2:
		by = -(int64_t)(r / 8 % (size + 70));
		break;
	default:
		by = (int64_t)(r / 8 % 4) - 1;
	}
	if (by < 0 && list.top - list.base < (uint64_t)-by)
		return list.base;
	return list.top + by;
}

static void walk(uint32_t size, bool esn, uint64_t from)
{
	struct skua_replay *r = make(size, esn, from);
	uint64_t seq, guess;
	uint32_t i;
	bool ok;

	memset(&list, 0, sizeof(list));
	list.base = from > 8192 ? from - 8192 : 0;
	list.top = from;
	memset(list.came, 1, from - list.base + 1);
	for (i = 0; i < WALK; i++) {
		seq = pick(size);
		if (seq - list.base >= sizeof(list.came))
			break;
		ok = fresh(size, seq);
		if (ok) {
			assert_true(skua_replay_guess(r, (uint32_t)seq,
						      &guess));
			assert_true(guess == seq);
		}
		assert_int_equal(skua_replay_fresh(r, seq), ok);
		assert_int_equal(skua_replay_mark(r, seq), ok);
		if (ok) {
			list.came[seq - list.base] = 1;
			if (seq > list.top)
				list.top = seq;
		}
		if (size)
			assert_true(r->top == list.top);
	}
	assert_true(i > 1000);
	unmake(r);
}

static void every_number_once(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < SIZES; i++) {
		walk(sizes[i], false, 0);
		walk(sizes[i], false, 1000000);
		if (!sizes[i])
			continue;
		/* Across 2^32, and many times 2^32. */
		walk(sizes[i], true, 0);
		walk(sizes[i], true, UINT32_MAX - 5000ull);
		walk(sizes[i], true, (77ull << 32) - 300);
	}
}

static void edges(void **state)
{
	struct skua_replay *r;
	uint32_t i, n;

	(void)state;
	for (i = 0; i < SIZES; i++) {
		n = sizes[i];
		if (!n)
			continue;
		r = make(n, false, 0);
		assert_false(skua_replay_fresh(r, 0));
		assert_true(skua_replay_mark(r, 100000));
		assert_false(skua_replay_mark(r, 100000));
		assert_false(skua_replay_fresh(r, 100000 - n));
		if (n > 1)
			assert_true(skua_replay_mark(r, 100000 - n + 1));
		assert_false(skua_replay_fresh(r, 100000 - n + 1));
		/* A long way, and nothing from before is left in the window. */
		assert_true(skua_replay_mark(r, UINT32_MAX));
		if (n > 1)
			assert_true(skua_replay_fresh(r, UINT32_MAX - n + 1));
		unmake(r);
	}
}

/* Without a window nothing is a replay, and the highest number is known. */
static void no_window(void **state)
{
	struct skua_replay *r = make(0, false, 0);

	(void)state;
	assert_true(skua_replay_mark(r, 0));
	assert_true(skua_replay_mark(r, 7));
	assert_true(skua_replay_mark(r, 7));
	assert_true(skua_replay_mark(r, 3));
	assert_true(r->top == 7);
	unmake(r);
}

/*
 * A2.2: a packet's number is the one from the lower edge of the window on, up
 * to 2^32 - 1 above it, that ends in these bits.
 */
static void guesses(void **state)
{
	static const uint64_t tops[] = {
		0, 1, 5, 63, 64, 4095, 4096, 5000, UINT32_MAX - 1, UINT32_MAX,
		UINT32_MAX + 1ull, UINT32_MAX + 50ull, UINT32_MAX + 5000ull,
		(5ull << 32) + 31, (9ull << 32) - 2, UINT64_MAX - (1ull << 32),
		UINT64_MAX - 5000, UINT64_MAX - 1, UINT64_MAX,
	};
	struct skua_replay *r;
	uint64_t edge, want, seq;
	uint32_t i, j, k, low;
	bool ok, below;

	(void)state;
	for (i = 1; i < SIZES; i++) {
		for (j = 0; j < sizeof(tops) / sizeof(*tops); j++) {
			r = make(sizes[i], true, tops[j]);
			edge = tops[j] - (sizes[i] - 1);
			below = tops[j] < sizes[i] - 1; /* edge is under 0 */
			for (k = 0; k < 2000; k++) {
				low = k < 1000 ? ipsec_random() :
						 (uint32_t)edge + k - 1500;
				want = edge + (uint32_t)(low - (uint32_t)edge);
				ok = below ? want < edge : want >= edge;
				assert_int_equal(skua_replay_guess(r, low,
								   &seq), ok);
				if (ok)
					assert_true(seq == want);
			}
			unmake(r);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_number_once),
		cmocka_unit_test(edges),
		cmocka_unit_test(no_window),
		cmocka_unit_test(guesses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
