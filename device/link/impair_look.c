// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * What device/wire would refuse is a packet here, too, as long as it has all
 * its headers: what is wrong on a wire may be hit once more.
 */
#include <endian.h>
#include <stddef.h>
#include <stdio.h>

#include "wire/headers.h"
#include "wire/opcode.h"

#include "impair_look.h"

#define ETHERTYPE_QINQ 0x88a8u	/* IEEE 802.1ad */
#define MAX_TAGS       2

#define LEAST_UDP \
	(sizeof(struct skua_udp_hdr) + sizeof(struct skua_bth) + SKUA_ICRC_LEN)

const char *opcode_name(uint8_t opcode, char name[OPCODE_NAME])
{
	/* IBTA 9.2.1: three bits say the transport, and five the operation. */
	static const char *const transports[8] = { "rc", "uc", [3] = "ud" };
	static const char *const operations[32] = {
		"send-first", "send-middle", "send-last",
		"send-last-with-immediate", "send-only",
		"send-only-with-immediate", "rdma-write-first",
		"rdma-write-middle", "rdma-write-last",
		"rdma-write-last-with-immediate", "rdma-write-only",
		"rdma-write-only-with-immediate", "rdma-read-request",
		"rdma-read-response-first", "rdma-read-response-middle",
		"rdma-read-response-last", "rdma-read-response-only",
		"acknowledge", "atomic-acknowledge", "cmpswap", "fetchadd",
		[22] = "send-last-with-invalidate",
		[23] = "send-only-with-invalidate",
	};

	if (!skua_wire_opcodes[opcode].known)
		return NULL;
	if (opcode == SKUA_BTH_CNP)
		return "cnp";
	if (opcode == SKUA_BTH_HELLO)
		return "skua-hello";
	if (opcode == SKUA_BTH_SACK)
		return "skua-sack";
	snprintf(name, OPCODE_NAME, "%s-%s", transports[opcode >> 5],
		 operations[opcode & 31]);
	return name;
}

/* Where IP begins; 0 for anything else. */
static uint32_t find_ip(struct look *l, const struct skua_frame *f)
{
	const struct skua_eth_hdr *eth = (const void *)f->data;
	uint32_t off = sizeof(*eth), type, tags = 0;
	const struct skua_vlan_hdr *tag;

	if (f->len < off)
		return 0;
	type = be16toh(eth->type);
	while ((type == SKUA_ETHERTYPE_VLAN || type == ETHERTYPE_QINQ) &&
	       tags++ < MAX_TAGS && f->len - off >= sizeof(*tag)) {
		tag = (const void *)(f->data + off);
		type = be16toh(tag->type);
		off += sizeof(*tag);
	}
	if (type == SKUA_ETHERTYPE_IPV4 &&
	    f->len - off >= sizeof(struct skua_ipv4_hdr))
		l->ip = 4;
	else if (type == SKUA_ETHERTYPE_IPV6 &&
		 f->len - off >= sizeof(struct skua_ipv6_hdr))
		l->ip = 6;
	return l->ip ? off : 0;
}

/* Where UDP begins; 0 for anything else, such as a later fragment. */
static uint32_t find_udp(const struct look *l, const struct skua_frame *f)
{
	const struct skua_ipv4_hdr *ip4 = (const void *)(f->data + l->l3);
	const struct skua_ipv6_hdr *ip6 = (const void *)(f->data + l->l3);
	uint32_t len = (ip4->version_ihl & 15) * 4;

	if (l->ip == 6)
		return ip6->next == SKUA_IP_PROTOCOL_UDP ?
		       l->l3 + sizeof(*ip6) : 0;
	if (ip4->protocol != SKUA_IP_PROTOCOL_UDP || len < sizeof(*ip4) ||
	    be16toh(ip4->frag) & SKUA_IPV4_OFFSET)
		return 0;
	return l->l3 + len;
}

static void look_at_roce(struct look *l, const struct skua_frame *f,
			 uint32_t off, uint32_t len)
{
	const struct skua_bth *bth = (const void *)(f->data + off);
	uint32_t headers = sizeof(*bth) + skua_wire_opcodes[bth->opcode].ext_len;

	l->roce = true;
	l->opcode = bth->opcode;
	l->qp = be32toh(bth->dqpn) & SKUA_BTH_24_MASK;
	l->psn = be32toh(bth->psn) & SKUA_BTH_24_MASK;
	l->bth = off;
	l->icrc = off + len - SKUA_ICRC_LEN;
	l->payload = headers <= len - SKUA_ICRC_LEN ? off + headers : l->icrc;
}

void look_at(struct look *l, const struct skua_frame *f)
{
	const struct skua_udp_hdr *udp;
	uint32_t off, len;

	*l = (struct look){ 0 };
	l->l3 = find_ip(l, f);
	off = l->ip ? find_udp(l, f) : 0;
	if (!off || off > f->len || f->len - off < LEAST_UDP)
		return;
	udp = (const void *)(f->data + off);
	len = be16toh(udp->len);
	if (be16toh(udp->dport) != SKUA_ROCE_PORT || len < LEAST_UDP ||
	    len > f->len - off)
		return;
	look_at_roce(l, f, off + sizeof(*udp), len - sizeof(*udp));
}

unsigned int look_ecn(const struct look *l, const struct skua_frame *f)
{
	const uint8_t *w = f->data + l->l3;

	return (l->ip == 4 ? w[1] : w[1] >> 4) & SKUA_ECN_MASK;
}

/* RFC 1624, equation 3: the checksum of a header in which m became n. */
static uint16_t checksum_update(uint16_t sum, uint16_t m, uint16_t n)
{
	uint32_t s = (uint16_t)~sum + (uint32_t)(uint16_t)~m + n;

	s = (s & 0xffff) + (s >> 16);
	s = (s & 0xffff) + (s >> 16);
	return ~s;
}

void look_mark(const struct look *l, struct skua_frame *f)
{
	struct skua_ipv6_hdr *ip6 = (void *)(f->data + l->l3);
	struct skua_ipv4_hdr *ip = (void *)(f->data + l->l3);
	const uint8_t was = ip->tos;

	if (l->ip == 6) {
		ip6->version_flow |=
			htobe32(SKUA_ECN_CE << SKUA_IPV6_CLASS_SHIFT);
		return;
	}
	/* TOS is the lower half of a word of the sum, and its only change. */
	ip->tos |= SKUA_ECN_CE;
	ip->checksum = htobe16(checksum_update(be16toh(ip->checksum), was,
					       ip->tos));
}
