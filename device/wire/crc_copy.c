// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * A copy whose CRC is computed on the way: what was loaded for the one is there for
 * the other, and while stores wait for a cache there is work. ISA-L does one of them.
 */
#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "wire/crc.h"

#ifdef __x86_64__
#include <immintrin.h>

#define WIDE \
	__attribute__((target("avx512f,avx512bw,avx512vl,pclmul,vpclmulqdq")))
#define LANE 64u
#define STEP (4 * LANE)
static_assert(STEP == SKUA_CRC32_COPY, "the least that is done so");

/*
 * To add 16 bytes to those that come so many bytes later, their halves are multiplied
 * by these powers of x modulo the polynomial (Gopal and others, "Fast CRC Computation
 * for Generic Polynomials Using PCLMULQDQ", Intel 2009). In this order of bits a number
 * is reflected, and a product of two is short of a factor x, so that they have one more.
 */
#define BY_STEP 0x1322d1430, 0x11542778a /* x^(8 * 256 -/+ 32) */
#define BY_LANE 0x1c6e41596, 0x154442bd4 /* x^(8 * 64 -/+ 32) */
#define BY_PART 0x0ccaa009e, 0x1751997d0 /* x^(8 * 16 -/+ 32) */

WIDE static inline __m512i fold(__m512i sum, __m512i by, __m512i more)
{
	return _mm512_ternarylogic_epi64(_mm512_clmulepi64_epi128(sum, by, 0x00),
					 _mm512_clmulepi64_epi128(sum, by, 0x11),
					 more, 0x96);
}

WIDE static inline __m128i fold_part(__m128i sum, __m128i more)
{
	const __m128i by = _mm_set_epi64x(BY_PART);
	__m128i low = _mm_clmulepi64_si128(sum, by, 0x00);
	__m128i high = _mm_clmulepi64_si128(sum, by, 0x11);

	return _mm_xor_si128(_mm_xor_si128(low, high), more);
}

WIDE static inline __m512i copy_lane(uint8_t *to, const uint8_t *from)
{
	__m512i lane = _mm512_loadu_si512(from);

	_mm512_storeu_si512(to, lane);
	return lane;
}

WIDE static inline __m128i fold_lane(__m512i sum)
{
	__m128i part = _mm512_castsi512_si128(sum);

	part = fold_part(part, _mm512_extracti32x4_epi32(sum, 1));
	part = fold_part(part, _mm512_extracti32x4_epi32(sum, 2));
	return fold_part(part, _mm512_extracti32x4_epi32(sum, 3));
}

/*
 * Whole steps, at least one. These bytes that have the same remainder go to *left.
 * Four sums, so that none waits for its last product before others are under way.
 */
WIDE static void copy_steps(uint32_t crc, uint8_t *to, const uint8_t *from,
			    uint64_t len, __m128i *left)
{
	const __m512i by_step = _mm512_broadcast_i32x4(_mm_set_epi64x(BY_STEP));
	const __m512i by_lane = _mm512_broadcast_i32x4(_mm_set_epi64x(BY_LANE));
	__m512i a, b, c, d;
	uint64_t at;

	a = copy_lane(to, from);
	b = copy_lane(to + LANE, from + LANE);
	c = copy_lane(to + 2 * LANE, from + 2 * LANE);
	d = copy_lane(to + 3 * LANE, from + 3 * LANE);
	a = _mm512_xor_si512(a, _mm512_zextsi128_si512(_mm_cvtsi32_si128(~crc)));
	for (at = STEP; at < len; at += STEP) {
		const uint8_t *p = from + at;
		uint8_t *q = to + at;

		a = fold(a, by_step, copy_lane(q, p));
		b = fold(b, by_step, copy_lane(q + LANE, p + LANE));
		c = fold(c, by_step, copy_lane(q + 2 * LANE, p + 2 * LANE));
		d = fold(d, by_step, copy_lane(q + 3 * LANE, p + 3 * LANE));
	}
	b = fold(a, by_lane, b);
	c = fold(b, by_lane, c);
	d = fold(c, by_lane, d);
	_mm_storeu_si128(left, fold_lane(d));
}

static bool wide(void)
{
	return __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512vl") &&
	       __builtin_cpu_supports("vpclmulqdq");
}

/* How much of it was copied. */
static uint64_t copy_wide(uint32_t *crc, uint8_t *to, const uint8_t *from,
			  uint64_t len)
{
	uint64_t steps = len - len % STEP;
	__m128i left;

	if (!steps || !wide())
		return 0;
	copy_steps(*crc, to, from, steps, &left);
	/* All ones begins a CRC with none: what came before is in these bytes. */
	*crc = skua_crc32(UINT32_MAX, (const uint8_t *)&left, sizeof(left));
	return steps;
}
#endif

uint32_t skua_crc32_copy(uint32_t crc, uint8_t *to, const uint8_t *from,
			 uint64_t len, const uint8_t *kept)
{
	uint64_t done = 0;

#ifdef __x86_64__
	done = copy_wide(&crc, to, from, len);
#endif
	if (done == len)
		return crc;
	memcpy(to + done, from + done, len - done);
	return skua_crc32(crc, kept + done, len - done);
}
