// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <endian.h>
#include <string.h>

#include "kind.h"
#include "segment.h"
#include "wire/sum.h"

#define TCP	  6
#define TCP_HLEN  20u
#define IPV4_HLEN 20u
#define IPV6_HLEN 40u

/* Places in headers: RFC 791, RFC 8200, RFC 9293. */
#define IPV4_LENGTH   2u
#define IPV4_ID	      4u
#define IPV4_PROTOCOL 9u
#define IPV4_CHECKSUM 10u
#define IPV4_SOURCE   12u
#define IPV6_LENGTH   4u
#define IPV6_NEXT     6u
#define IPV6_SOURCE   8u
#define TCP_SEQUENCE  4u
#define TCP_OFFSET    12u
#define TCP_FLAGS     13u
#define TCP_CHECKSUM  16u

#define FLAG_FIN 0x01u
#define FLAG_PSH 0x08u
#define FLAG_CWR 0x80u

static bool find_tcp(struct skua_segments *s)
{
	const uint8_t *ip = s->frame + SKUA_ETH_HLEN;

	if (s->len < SKUA_ETH_HLEN + IPV6_HLEN)
		return false;
	s->ipv4 = ip[0] >> 4 == 4;
	if (s->ipv4) {
		s->l4 = SKUA_ETH_HLEN + (ip[0] & 15) * 4;
		return s->l4 >= SKUA_ETH_HLEN + IPV4_HLEN &&
		       ip[IPV4_PROTOCOL] == TCP;
	}
	s->l4 = SKUA_ETH_HLEN + IPV6_HLEN;
	return ip[0] >> 4 == 6 && ip[IPV6_NEXT] == TCP;
}

bool skua_segments_begin(struct skua_segments *s, const uint8_t *frame,
			 uint32_t len, uint32_t mss)
{
	*s = (struct skua_segments){ .frame = frame, .len = len, .mss = mss };
	if (!mss || !find_tcp(s) || s->len < s->l4 + TCP_HLEN)
		return false;
	s->head = s->l4 + (frame[s->l4 + TCP_OFFSET] >> 4) * 4;
	return s->head >= s->l4 + TCP_HLEN && s->head < len &&
	       mss <= SKUA_FRAME_MAX - s->head;
}

static void put_ip(const struct skua_segments *s, uint8_t *out, uint32_t len)
{
	uint8_t *ip = out + SKUA_ETH_HLEN;

	if (!s->ipv4) {
		skua_put16(ip + IPV6_LENGTH, len - s->l4);
		return;
	}
	skua_put16(ip + IPV4_LENGTH, len - SKUA_ETH_HLEN);
	skua_put16(ip + IPV4_ID, skua_get16(ip + IPV4_ID) + s->index);
	skua_put16(ip + IPV4_CHECKSUM, 0);
	skua_put16(ip + IPV4_CHECKSUM,
	      ~skua_sum(0, ip, s->l4 - SKUA_ETH_HLEN));
}

/* The addresses are in front of what is summed up, the rest is added. */
static void put_checksum(const struct skua_segments *s, uint8_t *out,
			 uint32_t len)
{
	uint32_t from = SKUA_ETH_HLEN + (s->ipv4 ? IPV4_SOURCE : IPV6_SOURCE);
	uint32_t pseudo = TCP + len - s->l4;

	skua_put16(out + s->l4 + TCP_CHECKSUM, 0);
	pseudo += skua_sum(0, out + from, s->ipv4 ? 8 : 32);
	skua_put16(out + s->l4 + TCP_CHECKSUM,
	      ~skua_sum(pseudo, out + s->l4, len - s->l4));
}

uint32_t skua_segments_next(struct skua_segments *s, uint8_t *out)
{
	uint32_t left = s->len - s->head - s->done, sequence;
	uint32_t part = left < s->mss ? left : s->mss;
	uint8_t *tcp = out + s->l4;

	memcpy(out, s->frame, s->head);
	memcpy(out + s->head, s->frame + s->head + s->done, part);
	memcpy(&sequence, tcp + TCP_SEQUENCE, sizeof(sequence));
	sequence = htobe32(be32toh(sequence) + s->done);
	memcpy(tcp + TCP_SEQUENCE, &sequence, sizeof(sequence));
	/* The first says that the window was reduced, the last that data ends. */
	if (s->done)
		tcp[TCP_FLAGS] &= ~FLAG_CWR;
	if (part < left)
		tcp[TCP_FLAGS] &= ~(FLAG_FIN | FLAG_PSH);
	put_ip(s, out, s->head + part);
	put_checksum(s, out, s->head + part);
	s->done += part;
	s->index++;
	return s->head + part;
}
