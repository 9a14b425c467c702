// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <endian.h>
#include <stddef.h>
#include <string.h>

#include "wire/crc.h"
#include "wire/icrc.h"

/* That of the 8 bytes of ones. */
#define LRH_CRC 0x2144df1cu
/* The polynomial, x^31 in the lowest bit as in all numbers below. */
#define POLYNOMIAL 0xedb88320u

/* The headers that have something to mask. */
struct head_ipv4 {
	struct skua_ipv4_hdr ip;
	struct skua_udp_hdr udp;
	struct skua_bth bth;
} SKUA_WIRE_HDR;

struct head_ipv6 {
	struct skua_ipv6_hdr ip;
	struct skua_udp_hdr udp;
	struct skua_bth bth;
} SKUA_WIRE_HDR;

/* FECN, BECN and the reserved bits beside them are resv8a of the IBTA. */
static void mask_transport(struct skua_udp_hdr *udp, struct skua_bth *bth)
{
	udp->checksum = 0xffff;
	bth->dqpn |= htobe32(~SKUA_BTH_24_MASK);
}

static uint32_t head_crc_ipv4(const uint8_t *ip, const uint8_t *bth)
{
	struct head_ipv4 h;

	memcpy(&h, ip, offsetof(struct head_ipv4, bth));
	memcpy(&h.bth, bth, sizeof(h.bth));
	h.ip.tos = 0xff;
	h.ip.ttl = 0xff;
	h.ip.checksum = 0xffff;
	mask_transport(&h.udp, &h.bth);
	return skua_crc32(LRH_CRC, (const uint8_t *)&h, sizeof(h));
}

static uint32_t head_crc_ipv6(const uint8_t *ip, const uint8_t *bth)
{
	struct head_ipv6 h;

	memcpy(&h, ip, offsetof(struct head_ipv6, bth));
	memcpy(&h.bth, bth, sizeof(h.bth));
	h.ip.version_flow |= htobe32(0x0fffffff); /* all but the version */
	h.ip.hop_limit = 0xff;
	mask_transport(&h.udp, &h.bth);
	return skua_crc32(LRH_CRC, (const uint8_t *)&h, sizeof(h));
}

uint32_t skua_icrc(const uint8_t *ip, const uint8_t *bth, uint32_t len)
{
	uint32_t crc = ip[0] >> 4 == SKUA_IPV6_VERSION ? head_crc_ipv6(ip, bth)
						       : head_crc_ipv4(ip, bth);

	return skua_crc32(crc, bth + sizeof(struct skua_bth),
			  len - sizeof(struct skua_bth));
}

void skua_icrc_put(uint8_t *p, uint32_t icrc)
{
	icrc = htole32(icrc);
	memcpy(p, &icrc, sizeof(icrc));
}

uint32_t skua_icrc_get(const uint8_t *p)
{
	uint32_t icrc;

	memcpy(&icrc, p, sizeof(icrc));
	return le32toh(icrc);
}

/* The product of two polynomials, modulo that of the CRC. */
static uint32_t multiply(uint32_t a, uint32_t b)
{
	uint32_t product = 0;

	/* Without branches, which nobody could predict. */
	for (; a; a <<= 1) {
		product ^= b & -(a >> 31);
		b = b >> 1 ^ (POLYNOMIAL & -(b & 1));
	}
	return product;
}

/* x^(-8 * 2^i): times this, a CRC is what it was 2^i bytes of zero ago. */
static const uint32_t rewind_by[] = {
	0x6567cb95, 0xd7125358, 0x5b358fd3, 0x2e9bb40b, 0x12a59a49,
	0x8df9403d, 0x5139de12, 0xba340226, 0x29c45641, 0x12fbc105,
	0xecd30c55, 0x3755ebd8, 0x24ee460c,
};

/*
 * What the two bytes of the identification differ by, a polynomial of degree
 * 15 at most, was multiplied by x^32, as CRCs are, and by x^8 for each byte
 * behind them.
 */
bool skua_icrc_explain(uint32_t wrong, uint32_t len, uint16_t *id)
{
	uint32_t bytes = sizeof(wrong) + len + sizeof(struct skua_udp_hdr) +
			 sizeof(struct skua_ipv4_hdr) -
			 offsetof(struct skua_ipv4_hdr, frag);
	unsigned int i;

	for (i = 0; i < sizeof(rewind_by) / sizeof(rewind_by[0]); i++)
		if (bytes >> i & 1)
			wrong = multiply(wrong, rewind_by[i]);
	if (wrong & 0xffff)
		return false;
	/* The byte that goes first is the lower one here. */
	*id ^= (wrong >> 16 & 0xff) << 8 | wrong >> 24;
	return true;
}
