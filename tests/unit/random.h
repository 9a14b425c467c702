/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* The same numbers in each run of a test: who fails, fails again. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

static inline uint32_t next_random(void)
{
	static uint64_t x = 0x853c49e6748fea9bull;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x >> 16;
}

#endif /* RANDOM_H */
