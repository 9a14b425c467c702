/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef SKUA_RC_SACK_H
#define SKUA_RC_SACK_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

/*
 * Eight bytes of the map of a SACK, of which the first bit is the highest of the
 * first byte, as a word of which it is the lowest; and back.
 */
static inline uint64_t rc_sack_turn(uint64_t v)
{
	const uint64_t m1 = 0x5555555555555555, m2 = 0x3333333333333333,
		       m4 = 0x0f0f0f0f0f0f0f0f;

	v = (v >> 1 & m1) | (v & m1) << 1;
	v = (v >> 2 & m2) | (v & m2) << 2;
	return (v >> 4 & m4) | (v & m4) << 4;
}

static inline uint64_t rc_sack_get(const uint8_t *map)
{
	uint64_t v;

	memcpy(&v, map, sizeof(v));
	return rc_sack_turn(le64toh(v));
}

static inline void rc_sack_put(uint8_t *map, uint64_t bits)
{
	uint64_t v = htole64(rc_sack_turn(bits));

	memcpy(map, &v, sizeof(v));
}

#endif /* SKUA_RC_SACK_H */
