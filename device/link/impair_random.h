/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Numbers that decide fates: Steele, Lea, Flood, "Fast splittable pseudorandom
 * number generators" (OOPSLA 2014), known as splitmix64. Its n-th output is a
 * function of the state it began with and of n, so that a packet's fate does
 * not depend on what else was drawn before.
 */
#ifndef SKUA_IMPAIR_RANDOM_H
#define SKUA_IMPAIR_RANDOM_H

#include <stdint.h>

#define SPLITMIX64_GAMMA 0x9e3779b97f4a7c15ull

/* Output n, counted from 1, of a generator that began with state. */
static inline uint64_t splitmix64(uint64_t state, uint64_t n)
{
	uint64_t z = state + n * SPLITMIX64_GAMMA;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/* Below n, from the upper bits of r. */
static inline uint64_t random_below(uint64_t r, uint64_t n)
{
	return (unsigned __int128)r * n >> 64;
}

#endif /* SKUA_IMPAIR_RANDOM_H */
