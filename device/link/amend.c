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

void skua_amend16(struct skua_amend *am, uint8_t *field, uint16_t value,
		  uint8_t *icrc)
{
	/* From the end of the field, and the field itself. */
	uint32_t distance = icrc - field, d, crc;

	if (am->distance != distance) {
		am->distance = distance;
		am->factor = power(distance);
	}
	/* The first byte of a message is the low one of the register. */
	d = (field[0] ^ value >> 8) | (uint32_t)(field[1] ^ (value & 0xff)) << 8;
	field[0] = value >> 8;
	field[1] = value;
	d = multiply(d, am->factor);
	memcpy(&crc, icrc, sizeof(crc));
	crc ^= d;
	memcpy(icrc, &crc, sizeof(crc));
}
