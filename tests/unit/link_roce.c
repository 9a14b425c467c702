// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <string.h>

#include "link_roce.h"

#define ETH 14
#define UDP 8

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static uint16_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static bool is_v6(const uint8_t *frame)
{
	return get16(frame + 12) == 0x86dd;
}

static uint32_t ip_len(const uint8_t *frame)
{
	return is_v6(frame) ? 40 : 20;
}

static void crc(uint32_t *c, const uint8_t *p, uint32_t len)
{
	int bit;

	while (len--) {
		*c ^= *p++;
		for (bit = 0; bit < 8; bit++)
			*c = *c & 1 ? *c >> 1 ^ 0xedb88320 : *c >> 1;
	}
}

static uint32_t icrc(const uint8_t *frame, uint32_t len)
{
	uint32_t hlen = ip_len(frame) + UDP, c = 0xffffffff;
	uint8_t head[8 + 40 + UDP + 12], *ip = head + 8;

	memset(head, 0xff, 8);
	memcpy(ip, frame + ETH, hlen + 12);
	if (is_v6(frame)) {
		ip[0] |= 0x0f;
		memset(ip + 1, 0xff, 3);
		ip[7] = 0xff;
	} else {
		ip[1] = ip[8] = 0xff;
		put16(ip + 10, 0xffff);
	}
	put16(ip + hlen - 2, 0xffff);
	ip[hlen + 4] = 0xff;
	crc(&c, head, 8 + hlen + 12);
	crc(&c, frame + ETH + hlen + 12, len - ETH - hlen - 12 - 4);
	return ~c;
}

static void fill(uint8_t *p, uint32_t len, uint32_t seed)
{
	uint32_t x = seed * 2654435761u + len;

	while (len--) {
		x = x * 1664525 + 1013904223;
		*p++ = x >> 24;
	}
}

static uint16_t checksum(const uint8_t *ip)
{
	uint32_t sum = 0, i;

	for (i = 0; i < 20; i += 2)
		sum += get16(ip + i);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

uint32_t link_roce_build(const struct link_roce *r, uint8_t *frame)
{
	uint32_t hlen = r->v6 ? 40 : 20, udp_len = UDP + r->payload + 4;
	uint32_t len = ETH + hlen + udp_len, c, i;
	uint8_t *ip = frame + ETH, *udp = ip + hlen;

	memset(frame, 0, ETH + hlen + UDP);
	frame[0] = frame[6] = 0x02;
	put16(frame + 12, r->v6 ? 0x86dd : 0x0800);
	if (r->v6) {
		ip[0] = 0x60 | r->tos >> 4;
		ip[1] = r->tos << 4;
		put16(ip + 4, udp_len);
		ip[6] = 17;
		ip[7] = 64;
		memcpy(ip + 8, r->src, 16);
		memcpy(ip + 24, r->dst, 16);
	} else {
		ip[0] = 0x45;
		ip[1] = r->tos;
		put16(ip + 2, hlen + udp_len);
		put16(ip + 4, r->id);
		ip[6] = 0x40;
		ip[8] = 64;
		ip[9] = 17;
		memcpy(ip + 12, r->src, 4);
		memcpy(ip + 16, r->dst, 4);
		put16(ip + 10, checksum(ip));
	}
	put16(udp, r->sport);
	put16(udp + 2, r->dport);
	put16(udp + 4, udp_len);
	fill(udp + UDP, r->payload, r->seed);
	c = icrc(frame, len);
	for (i = 0; i < 4; i++)
		frame[len - 4 + i] = c >> 8 * i;
	return len;
}

bool link_roce_is(const struct link_roce *r, const uint8_t *frame, uint32_t len)
{
	uint8_t want[9100];
	uint32_t want_len = link_roce_build(r, want), hlen = ip_len(want);
	const uint8_t *ip = frame + ETH;

	if (len != want_len || memcmp(frame + 12, want + 12, 2))
		return false;
	if (r->v6 ? memcmp(ip, want + ETH, hlen)
		  : ip[1] != r->tos || memcmp(ip + 12, want + ETH + 12, 8))
		return false;
	if (memcmp(ip + hlen + 2, want + ETH + hlen + 2, 4))
		return false;
	return !memcmp(ip + hlen + UDP, want + ETH + hlen + UDP, r->payload);
}

bool link_roce_icrc_ok(const uint8_t *frame, uint32_t len)
{
	uint32_t c = icrc(frame, len), i;

	for (i = 0; i < 4; i++) {
		if (frame[len - 4 + i] != (uint8_t)(c >> 8 * i))
			return false;
	}
	return true;
}

uint16_t link_roce_id(const uint8_t *frame)
{
	return get16(frame + ETH + 4);
}
