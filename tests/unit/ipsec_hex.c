// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <stdio.h>
#include <stdlib.h>

#include "ipsec_hex.h"

uint32_t ipsec_hex(const char *digits, uint8_t *out, uint32_t max)
{
	unsigned int byte;
	uint32_t n;

	for (n = 0; *digits; n++, digits += 2) {
		if (n == max || sscanf(digits, "%2x", &byte) != 1)
			abort();
		out[n] = byte;
	}
	return n;
}

/* Marsaglia, "Xorshift RNGs", 2003. */
uint32_t ipsec_random(void)
{
	static uint64_t x = 88172645463325252ull;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x >> 16;
}

void ipsec_random_bytes(uint8_t *out, uint32_t len)
{
	while (len--)
		*out++ = ipsec_random();
}
