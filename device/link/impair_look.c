// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <stddef.h>
#include <stdio.h>

#include "impair_look.h"

#define ETH_LEN  14
#define VLAN_LEN 4
#define IP6_LEN  40
#define UDP_LEN  8
#define BTH_LEN  12
#define ICRC_LEN 4

#define ETH_IP4  0x0800
#define ETH_IP6  0x86dd
#define ETH_VLAN 0x8100
#define ETH_QINQ 0x88a8
#define IP_UDP   17
#define ROCE     4791	/* IBTA A17.3.1 */

static uint32_t be16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static uint32_t be24(const uint8_t *p)
{
	return p[0] << 16 | p[1] << 8 | p[2];
}

/* IBTA 9.2.1: three bits of transport, five of operation. */
enum transport {
	RC = 0,
	UC = 1,
	UD = 3,
	CNP = 4,	/* A17.9.3 */
	XRC = 5,
};

#define ON(transport) (1u << (transport))
#define RELIABLE      (ON(RC) | ON(XRC))
#define CONNECTED     (RELIABLE | ON(UC))

/* Extended headers between the BTH and the payload, IBTA table 38. */
static const struct operation {
	const char *name;
	uint8_t transports;
	uint8_t headers;
	bool response;
} operations[32] = {
	[0] = { "send-first", CONNECTED, 0, false },
	[1] = { "send-middle", CONNECTED, 0, false },
	[2] = { "send-last", CONNECTED, 0, false },
	[3] = { "send-last-with-immediate", CONNECTED, 4, false },
	[4] = { "send-only", CONNECTED | ON(UD), 0, false },
	[5] = { "send-only-with-immediate", CONNECTED | ON(UD), 4, false },
	[6] = { "rdma-write-first", CONNECTED, 16, false },
	[7] = { "rdma-write-middle", CONNECTED, 0, false },
	[8] = { "rdma-write-last", CONNECTED, 0, false },
	[9] = { "rdma-write-last-with-immediate", CONNECTED, 4, false },
	[10] = { "rdma-write-only", CONNECTED, 16, false },
	[11] = { "rdma-write-only-with-immediate", CONNECTED, 20, false },
	[12] = { "rdma-read-request", RELIABLE, 16, false },
	[13] = { "rdma-read-response-first", RELIABLE, 4, true },
	[14] = { "rdma-read-response-middle", RELIABLE, 0, true },
	[15] = { "rdma-read-response-last", RELIABLE, 4, true },
	[16] = { "rdma-read-response-only", RELIABLE, 4, true },
	[17] = { "acknowledge", RELIABLE, 4, true },
	[18] = { "atomic-acknowledge", RELIABLE, 12, true },
	[19] = { "cmpswap", RELIABLE, 28, false },
	[20] = { "fetchadd", RELIABLE, 28, false },
	[22] = { "send-last-with-invalidate", RELIABLE, 4, false },
	[23] = { "send-only-with-invalidate", RELIABLE, 4, false },
	[28] = { "flush", RELIABLE, 20, false },
	[29] = { "atomic-write", RELIABLE, 16, false },
};

const char *opcode_name(uint8_t opcode, char name[OPCODE_NAME])
{
	static const char *const prefixes[8] = {
		[RC] = "rc", [UC] = "uc", [UD] = "ud", [XRC] = "xrc",
	};
	const struct operation *op = &operations[opcode & 31];
	unsigned int transport = opcode >> 5;

	if (opcode == CNP << 5)
		return "cnp";
	if (!(op->transports & ON(transport)))
		return NULL;
	snprintf(name, OPCODE_NAME, "%s-%s", prefixes[transport], op->name);
	return name;
}

static uint32_t extended_headers(uint8_t opcode)
{
	const struct operation *op = &operations[opcode & 31];
	unsigned int transport = opcode >> 5;
	uint32_t len = op->headers;

	if (transport == CNP)
		return 16;
	if (transport == UD)
		len += 8;
	if (transport == XRC && !op->response)
		len += 4;
	return len;
}

/* Where IP begins; 0 for anything else. */
static uint32_t find_ip(struct look *l, const struct skua_frame *f)
{
	uint32_t off = ETH_LEN, type, tags = 0;

	if (f->len < ETH_LEN)
		return 0;
	type = be16(f->data + 12);
	while ((type == ETH_VLAN || type == ETH_QINQ) && tags++ < 2 &&
	       f->len - off >= VLAN_LEN) {
		type = be16(f->data + off + 2);
		off += VLAN_LEN;
	}
	if (type == ETH_IP4 && f->len - off >= 20)
		l->ip = 4;
	else if (type == ETH_IP6 && f->len - off >= IP6_LEN)
		l->ip = 6;
	return l->ip ? off : 0;
}

/* Where UDP begins; 0 for anything else, such as a later fragment. */
static uint32_t find_udp(const struct look *l, const uint8_t *ip)
{
	if (l->ip == 6)
		return ip[6] == IP_UDP ? l->l3 + IP6_LEN : 0;
	if (ip[9] != IP_UDP || be16(ip + 6) & 0x1fff || (ip[0] & 15) < 5)
		return 0;
	return l->l3 + (ip[0] & 15) * 4;
}

void look_at(struct look *l, const struct skua_frame *f)
{
	uint32_t udp, len, headers;
	const uint8_t *bth;

	*l = (struct look){ 0 };
	l->l3 = find_ip(l, f);
	if (!l->ip)
		return;
	udp = find_udp(l, f->data + l->l3);
	if (!udp || udp > f->len ||
	    f->len - udp < UDP_LEN + BTH_LEN + ICRC_LEN ||
	    be16(f->data + udp + 2) != ROCE)
		return;
	len = be16(f->data + udp + 4);
	if (len < UDP_LEN + BTH_LEN + ICRC_LEN || len > f->len - udp)
		return;
	bth = f->data + udp + UDP_LEN;
	l->roce = true;
	l->opcode = bth[0];
	l->qp = be24(bth + 5);
	l->psn = be24(bth + 9);
	l->bth = udp + UDP_LEN;
	l->icrc = udp + len - ICRC_LEN;
	headers = UDP_LEN + BTH_LEN + extended_headers(l->opcode);
	l->payload = headers <= len - ICRC_LEN ? udp + headers : l->icrc;
}

unsigned int look_ecn(const struct look *l, const struct skua_frame *f)
{
	const uint8_t *w = f->data + l->l3;

	return (l->ip == 4 ? w[1] : w[1] >> 4) & ECN_CE;
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
	uint8_t *w = f->data + l->l3;
	uint16_t old = be16(w), sum;

	if (l->ip == 6) {
		w[1] |= ECN_CE << 4;
		return;
	}
	w[1] |= ECN_CE;
	sum = checksum_update(be16(w + 10), old, be16(w));
	w[10] = sum >> 8;
	w[11] = sum;
}
