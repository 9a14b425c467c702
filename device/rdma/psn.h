/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Packet sequence numbers: 24 bits, compared modulo 2^24 (IBTA 9.7.2). Two of
 * them can be ordered while they are less than half the range apart, which is
 * why a requester leaves no more than that outstanding.
 */
#ifndef SKUA_PSN_H
#define SKUA_PSN_H

#include <stdint.h>

#define SKUA_PSN_MASK 0xffffffu
#define SKUA_PSN_HALF 0x800000u

static inline uint32_t skua_psn_add(uint32_t psn, uint32_t n)
{
	return (psn + n) & SKUA_PSN_MASK;
}

/* How far a is ahead of b: -2^23 to 2^23 - 1. */
static inline int32_t skua_psn_diff(uint32_t a, uint32_t b)
{
	return (int32_t)((a - b) << 8) >> 8;
}

/* Path MTU in bytes of an enum ib_mtu, whatever the driver wrote there. */
static inline uint32_t skua_mtu_bytes(uint8_t path_mtu)
{
	if (path_mtu < 1 || path_mtu > 5)
		path_mtu = 1;
	return 128u << path_mtu;
}

/*
 * Packets, hence PSNs, that a message of len bytes takes: at least one. mtu is
 * a power of two, and a shift a tenth of a division.
 */
static inline uint32_t skua_psn_count(uint64_t len, uint32_t mtu)
{
	return len ? (uint32_t)((len + mtu - 1) >> __builtin_ctz(mtu)) : 1;
}

#endif /* SKUA_PSN_H */
