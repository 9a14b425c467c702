// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <string.h>

#include "grh.h"

#define IPPROTO_UDP_NUMBER 17

#define IPV6_LEN 40u
#define IPV4_LEN 20u
#define UDP_LEN	 8u
#define BTH_LEN	 12u
#define DETH_LEN 8u
#define IMM_LEN	 4u
#define ICRC_LEN 4u
/* The longest headers of any transport: XRCETH and AtomicETH. */
#define MAX_EXTRA_LEN 32u

static const uint8_t v4_mapped[12] = { [10] = 0xff, [11] = 0xff };

bool skua_grh_is_ipv4(const struct skua_packet *pkt)
{
	return !memcmp(pkt->av->dgid, v4_mapped, sizeof(v4_mapped));
}

uint32_t skua_ud_mtu(uint32_t eth_mtu)
{
	uint32_t mtu = 4096;

	while (mtu > 256 &&
	       mtu + IPV6_LEN + UDP_LEN + BTH_LEN + MAX_EXTRA_LEN + ICRC_LEN >
		       eth_mtu)
		mtu >>= 1;
	return mtu;
}

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

/* UDP header and what follows it, padded to four bytes. */
static uint32_t udp_len(const struct skua_packet *pkt)
{
	return UDP_LEN + BTH_LEN + DETH_LEN +
	       (pkt->flags & SKUA_PKT_IMM ? IMM_LEN : 0) +
	       ((pkt->len + 3) & ~3u) + ICRC_LEN;
}

/* RFC 791: ones' complement of the ones' complement sum. */
static uint32_t ipv4_checksum(const uint8_t *ip)
{
	uint32_t sum = 0;
	unsigned int i;

	for (i = 0; i < IPV4_LEN; i += 2)
		sum += (uint32_t)ip[i] << 8 | ip[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static void build_ipv4(const struct skua_packet *pkt, uint8_t *ip)
{
	ip[0] = 0x45;
	ip[1] = pkt->av->tclass;
	put16(ip + 2, IPV4_LEN + udp_len(pkt));
	ip[6] = 0x40; /* don't fragment */
	ip[8] = pkt->av->hop_limit;
	ip[9] = IPPROTO_UDP_NUMBER;
	memcpy(ip + 12, pkt->sgid->gid + 12, 4);
	memcpy(ip + 16, pkt->av->dgid + 12, 4);
	put16(ip + 10, ipv4_checksum(ip));
}

static void build_ipv6(const struct skua_packet *pkt, uint8_t *ip)
{
	uint32_t flow = le32toh(pkt->av->flow_label) & 0xfffff;

	ip[0] = 0x60 | pkt->av->tclass >> 4;
	ip[1] = pkt->av->tclass << 4 | flow >> 16;
	put16(ip + 2, flow);
	put16(ip + 4, udp_len(pkt));
	ip[6] = IPPROTO_UDP_NUMBER;
	ip[7] = pkt->av->hop_limit;
	memcpy(ip + 8, pkt->sgid->gid, 16);
	memcpy(ip + 24, pkt->av->dgid, 16);
}

void skua_grh_build(const struct skua_packet *pkt, uint8_t grh[SKUA_GRH_LEN])
{
	memset(grh, 0, SKUA_GRH_LEN);
	if (skua_grh_is_ipv4(pkt))
		build_ipv4(pkt, grh + SKUA_GRH_LEN - IPV4_LEN);
	else
		build_ipv6(pkt, grh);
}
