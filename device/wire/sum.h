/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* The Internet checksum's sum, RFC 1071. */
#ifndef SKUA_WIRE_SUM_H
#define SKUA_WIRE_SUM_H

#include <stdint.h>
#include <string.h>

/*
 * Of len bytes, the first of which is at an even place, and of seed: both are
 * numbers in host order. A checksum is what it takes to make the sum 0xffff.
 */
uint16_t skua_sum(uint32_t seed, const uint8_t *data, uint32_t len);

/* A sum of such numbers, whose carries come back in. */
static inline uint16_t skua_sum_fold(uint64_t sum)
{
	sum = (sum & UINT32_MAX) + (sum >> 32);
	sum = (sum & UINT32_MAX) + (sum >> 32);
	sum = (sum & UINT16_MAX) + (sum >> 16);
	return (sum & UINT16_MAX) + (sum >> 16);
}

/*
 * Of an IPv4 header without options, as it lies in memory: all ones if its checksum
 * is right, and what makes it so is the complement. Word by word, for mostly it was
 * written just now, in pieces: a wider load is none of them, and waits.
 */
static inline uint16_t skua_sum_ipv4(const uint8_t *header)
{
	uint32_t sum = 0, i;
	uint16_t word;

	for (i = 0; i < 20; i += sizeof(word)) {
		memcpy(&word, header + i, sizeof(word));
		sum += word;
	}
	return skua_sum_fold(sum);
}

#endif /* SKUA_WIRE_SUM_H */
