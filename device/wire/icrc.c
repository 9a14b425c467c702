// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <assert.h>
#include <endian.h>
#include <stddef.h>
#include <string.h>

#include "wire/crc.h"
#include "wire/icrc.h"

/* The polynomial, x^31 in the lowest bit as in all numbers below. */
#define POLYNOMIAL 0xedb88320u

/* What has something to mask, as if there were an LRH. */
struct head_ipv4 {
	uint8_t lrh[SKUA_ICRC_ROOM];
	struct skua_ipv4_hdr ip;
	struct skua_udp_hdr udp;
	struct skua_bth bth;
} SKUA_WIRE_HDR;

struct head_ipv6 {
	uint8_t lrh[SKUA_ICRC_ROOM];
	struct skua_ipv6_hdr ip;
	struct skua_udp_hdr udp;
	struct skua_bth bth;
} SKUA_WIRE_HDR;

/*
 * It becomes ones, by vectors, since the CRC loads it so: a load that spans several
 * stores has to wait until they, and all before them, are in the cache.
 */
typedef uint8_t vector __attribute__((vector_size(16)));

#define IPV4(field) offsetof(struct head_ipv4, field)
#define IPV6(field) offsetof(struct head_ipv6, field)

/* FECN, BECN and the reserved bits beside them are resv8a of the IBTA. */
static const uint8_t ones_ipv4[3 * sizeof(vector)] = {
	[0 ... SKUA_ICRC_ROOM - 1] = 0xff,
	[IPV4(ip.tos)] = 0xff,
	[IPV4(ip.ttl)] = 0xff,
	[IPV4(ip.checksum)... IPV4(ip.checksum) + 1] = 0xff,
	[IPV4(udp.checksum)... IPV4(udp.checksum) + 1] = 0xff,
	[IPV4(bth.dqpn)] = 0xff,
};

static const uint8_t ones_ipv6[4 * sizeof(vector)] = {
	[0 ... SKUA_ICRC_ROOM - 1] = 0xff,
	[IPV6(ip.version_flow)] = 0x0f, /* not the version */
	[IPV6(ip.version_flow) + 1 ... IPV6(ip.version_flow) + 3] = 0xff,
	[IPV6(ip.hop_limit)] = 0xff,
	[IPV6(udp.checksum)... IPV6(udp.checksum) + 1] = 0xff,
	[IPV6(bth.dqpn)] = 0xff,
};

static_assert(sizeof(ones_ipv4) <= sizeof(struct head_ipv4), "a BTH is enough");
static_assert(sizeof(ones_ipv6) <= sizeof(struct head_ipv6), "a BTH is enough");

/* Always inline: size is a constant for either version, and no loop remains. */
static inline __attribute__((always_inline)) struct skua_icrc_part
masked(const uint8_t *lrh, const uint8_t *ones, uint32_t size, uint32_t len)
{
	vector head[sizeof(ones_ipv6) / sizeof(vector)], mask;
	uint32_t i;

	for (i = 0; i < size / sizeof(vector); i++) {
		memcpy(&head[i], lrh + i * sizeof(vector), sizeof(vector));
		memcpy(&mask, ones + i * sizeof(vector), sizeof(vector));
		head[i] |= mask;
	}
	return (struct skua_icrc_part){
		.at = lrh + size,
		.end = lrh + SKUA_ICRC_ROOM + len,
		.crc = skua_crc32(0, (const uint8_t *)head, size),
	};
}

/* The same: most ask for all of it at once, and need no struct then. */
static inline __attribute__((always_inline)) struct skua_icrc_part
head_crc(const uint8_t *ip, bool ipv4, uint32_t len)
{
	const uint8_t *lrh = ip - SKUA_ICRC_ROOM;

	return ipv4 ? masked(lrh, ones_ipv4, sizeof(ones_ipv4), len)
		    : masked(lrh, ones_ipv6, sizeof(ones_ipv6), len);
}

void skua_icrc_begin(struct skua_icrc_part *part, const uint8_t *ip, bool ipv4,
		     uint32_t len)
{
	*part = head_crc(ip, ipv4, len);
}

void skua_icrc_pass(struct skua_icrc_part *part, const uint8_t *to)
{
	if (part->at == to)
		return;
	part->crc = skua_crc32(part->crc, part->at, to - part->at);
	part->at = to;
}

void skua_icrc_copy_out(struct skua_icrc_part *part, uint8_t *elsewhere,
			uint32_t len)
{
	part->crc =
		skua_crc32_copy(part->crc, elsewhere, part->at, len, part->at);
	part->at += len;
}

void skua_icrc_copy_in(struct skua_icrc_part *part, uint8_t *elsewhere,
		       uint32_t len)
{
	part->crc = skua_crc32_copy(part->crc, (uint8_t *)part->at, elsewhere,
				    len, part->at);
	part->at += len;
}

uint32_t skua_icrc(const uint8_t *ip, bool ipv4, uint32_t len)
{
	struct skua_icrc_part part = head_crc(ip, ipv4, len);

	return skua_crc32(part.crc, part.at, part.end - part.at);
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

bool skua_icrc_is(uint32_t icrc, const uint8_t *p, uint32_t len, uint16_t *id)
{
	uint32_t wrong = icrc ^ skua_icrc_get(p);

	return !wrong || (id && skua_icrc_explain(wrong, len, id));
}

bool skua_icrc_right(struct skua_icrc_check *check)
{
	struct skua_icrc_part *part = &check->part;

	skua_icrc_pass(part, part->end);
	check->wrong = !skua_icrc_is(part->crc, part->end, check->len, check->id);
	return !check->wrong;
}
