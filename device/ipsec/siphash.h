/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * SipHash-1-3 of whole words: Aumasson, Bernstein, "SipHash: a fast short-input
 * PRF" (INDOCRYPT 2012). Who does not know the key finds no collisions.
 */
#ifndef SKUA_IPSEC_SIPHASH_H
#define SKUA_IPSEC_SIPHASH_H

#include <stdint.h>

static inline uint64_t siphash_rotate(uint64_t x, unsigned int n)
{
	return x << n | x >> (64 - n);
}

static inline void siphash_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = siphash_rotate(v[1], 13) ^ v[0];
	v[0] = siphash_rotate(v[0], 32);
	v[2] += v[3];
	v[3] = siphash_rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = siphash_rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = siphash_rotate(v[1], 17) ^ v[2];
	v[2] = siphash_rotate(v[2], 32);
}

/*
 * Of n words, which are little-endian if the paper's own vectors are to match.
 */
static inline uint64_t siphash13(const uint64_t key[2], const uint64_t *word,
				 unsigned int n)
{
	uint64_t last = (uint64_t)n * 8 << 56;
	uint64_t v[4] = {
		key[0] ^ 0x736f6d6570736575ull,
		key[1] ^ 0x646f72616e646f6dull,
		key[0] ^ 0x6c7967656e657261ull,
		key[1] ^ 0x7465646279746573ull,
	};

	for (; n; n--, word++) {
		v[3] ^= *word;
		siphash_round(v);
		v[0] ^= *word;
	}
	v[3] ^= last;
	siphash_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	siphash_round(v);
	siphash_round(v);
	siphash_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#endif /* SKUA_IPSEC_SIPHASH_H */
