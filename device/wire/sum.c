// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <endian.h>
#include <string.h>

#include "wire/sum.h"

/* RFC 1071 2 (B): words of memory may be added as they are, and swapped then. */
uint16_t skua_sum(uint32_t seed, const uint8_t *data, uint32_t len)
{
	uint64_t sum = 0;
	uint32_t word;

	for (; len >= sizeof(word); len -= sizeof(word), data += sizeof(word)) {
		memcpy(&word, data, sizeof(word));
		sum += word;
	}
	word = 0;
	memcpy(&word, data, len);
	return skua_sum_fold(be16toh(skua_sum_fold(sum + word)) + (uint64_t)seed);
}
