// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The CRC of a message is, but for a constant that depends on its length, the
 * remainder of the message as a polynomial over GF(2). The difference of two
 * messages that differ in one place is the difference there, d, shifted by all
 * that follows: d * x^n, modulo the CRC's polynomial.
 *
 * A polynomial is held the way CRC32 has it: the coefficient of x^31 is bit 0.
 */
#include <string.h>

#include "amend.h"

#define POLYNOMIAL 0xedb88320u
#define X0	   0x80000000u
#define X8	   0x00800000u

static uint32_t times_x(uint32_t a)
{
	return a & 1 ? a >> 1 ^ POLYNOMIAL : a >> 1;
}

static uint32_t multiply(uint32_t a, uint32_t b)
{
	uint32_t product = 0;

	for (; a; a <<= 1) {
		if (a & X0)
			product ^= b;
		b = times_x(b);
	}
	return product;
}

/* x to the power of 8 * bytes */
static uint32_t power(uint32_t bytes)
{
	uint32_t p = X0, square = X8;

	for (; bytes; bytes >>= 1) {
		if (bytes & 1)
			p = multiply(p, square);
		square = multiply(square, square);
	}
	return p;
}

static uint32_t factor(struct skua_amend *am, uint32_t distance)
{
	/* Lengths are multiples of 4. */
	typeof(*am->length) *l = &am->length[distance / 4 % SKUA_AMEND_LENGTHS];

	if (l->distance != distance) {
		l->distance = distance;
		l->factor = power(distance);
	}
	return l->factor;
}

static uint32_t effect(struct skua_amend *am, uint32_t distance, uint32_t change)
{
	/* Identifications of a batch differ in their second byte. */
	uint32_t slot = (distance * 5 + (change >> 8)) % SKUA_AMEND_EFFECTS;
	typeof(*am->known) *k = &am->known[slot];

	if (k->distance != distance || k->change != change) {
		k->distance = distance;
		k->change = change;
		k->effect = multiply(change, factor(am, distance));
	}
	return k->effect;
}

void skua_amend16(struct skua_amend *am, uint8_t *field, uint16_t value,
		  uint8_t *icrc)
{
	uint8_t high = value >> 8, low = value;
	/* The first byte of a message is the low one of the register. */
	uint32_t change = (field[0] ^ high) | (uint32_t)(field[1] ^ low) << 8;
	uint32_t crc;

	memcpy(&crc, icrc, sizeof(crc));
	crc ^= effect(am, icrc - field, change);
	memcpy(icrc, &crc, sizeof(crc));
	field[0] = high;
	field[1] = low;
}
