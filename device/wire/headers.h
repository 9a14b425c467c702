/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The bytes of a RoCEv2 packet, in their order: Ethernet, IP and UDP (annex
 * A17 of the IBTA specification), then the transport headers (IBTA 9.2, 9.3).
 * All of it big-endian, and at any address.
 */
#ifndef SKUA_WIRE_HEADERS_H
#define SKUA_WIRE_HEADERS_H

#include <assert.h>
#include <endian.h>
#include <stdint.h>

#include <linux/types.h>

/* A frame is an array of bytes, wherever it begins. */
#define SKUA_WIRE_HDR __attribute__((packed, may_alias))

#define SKUA_WIRE_SIZE(type, size) static_assert(sizeof(type) == (size), #type)

#define SKUA_ETHERTYPE_IPV4 0x0800u
#define SKUA_ETHERTYPE_VLAN 0x8100u
#define SKUA_ETHERTYPE_IPV6 0x86ddu

struct skua_eth_hdr {
	uint8_t dmac[6];
	uint8_t smac[6];
	__be16 type;
} SKUA_WIRE_HDR;
SKUA_WIRE_SIZE(struct skua_eth_hdr, 14);

/* IEEE 802.1Q, behind an EtherType that says so. */
struct skua_vlan_hdr {
	__be16 tci;
	__be16 type;
} SKUA_WIRE_HDR;
SKUA_WIRE_SIZE(struct skua_vlan_hdr, 4);

/* Bytes before the IP packet of a frame that has one. */
static inline uint32_t skua_eth_len(const uint8_t *frame)
{
	const struct skua_eth_hdr *eth = (const void *)frame;

	return eth->type == htobe16(SKUA_ETHERTYPE_VLAN) ?
		       sizeof(*eth) + sizeof(struct skua_vlan_hdr) :
		       sizeof(*eth);
}

#define SKUA_VLAN_VID_MASK  0xfffu
#define SKUA_VLAN_PCP_SHIFT 13

/* RFC 791. */
struct skua_ipv4_hdr {
	uint8_t version_ihl;
	uint8_t tos;
	__be16 len;
	__be16 id;
	__be16 frag;
	uint8_t ttl;
	uint8_t protocol;
	__be16 checksum;
	uint8_t src[4];
	uint8_t dst[4];
} SKUA_WIRE_HDR;
SKUA_WIRE_SIZE(struct skua_ipv4_hdr, 20);

#define SKUA_IPV4_VERSION_IHL 0x45u /* A17.3.1: without options */
#define SKUA_IPV4_DF	      0x4000u
#define SKUA_IPV4_OFFSET      0x1fffu
#define SKUA_IPV4_FRAGMENT    0x3fffu /* more to come, or not the first */

/* RFC 8200. */
struct skua_ipv6_hdr {
	__be32 version_flow; /* version, traffic class, flow label */
	__be16 len;	     /* of what follows the header */
	uint8_t next;
	uint8_t hop_limit;
	uint8_t src[16];
	uint8_t dst[16];
} SKUA_WIRE_HDR;
SKUA_WIRE_SIZE(struct skua_ipv6_hdr, 40);

#define SKUA_IPV6_VERSION     6u
#define SKUA_IPV6_CLASS_SHIFT 20
#define SKUA_IPV6_FLOW_MASK   0xfffffu

/* RFC 3168: the low bits of TOS and traffic class. */
#define SKUA_ECN_MASK 3u
#define SKUA_ECN_ECT0 2u
#define SKUA_ECN_CE   3u
#define SKUA_DSCP_SHIFT 2

#define SKUA_IP_PROTOCOL_UDP 17u
#define SKUA_ROCE_PORT	     4791u
#define SKUA_ESP_UDP_PORT    4500u /* RFC 3948 */

/* RFC 768. RoCEv2 leaves the checksum zero: the ICRC covers more. */
struct skua_udp_hdr {
	__be16 sport;
	__be16 dport;
	__be16 len;
	__be16 checksum;
} SKUA_WIRE_HDR;
SKUA_WIRE_SIZE(struct skua_udp_hdr, 8);

/* Base transport header, IBTA 9.2. */
struct skua_bth {
	uint8_t opcode;
	uint8_t flags; /* SE, M, PadCnt, TVer */
	__be16 pkey;
	__be32 dqpn; /* FECN, BECN, 6 bits reserved, DestQP */
	__be32 psn;  /* A, 7 bits reserved, PSN */
} SKUA_WIRE_HDR;
SKUA_WIRE_SIZE(struct skua_bth, 12);

#define SKUA_BTH_SE	   0x80u
#define SKUA_BTH_MIGREQ	   0x40u
#define SKUA_BTH_PAD_SHIFT 4
#define SKUA_BTH_PAD_MASK  3u
#define SKUA_BTH_TVER_MASK 0x0fu
#define SKUA_BTH_FECN	   0x80000000u
#define SKUA_BTH_BECN	   0x40000000u
#define SKUA_BTH_ACK_REQ   0x80000000u
#define SKUA_BTH_24_MASK   0x00ffffffu /* of QPN and PSN */

/* RDMA extended transport header, IBTA 9.3. */
struct skua_reth {
	__be64 va;
	__be32 rkey;
	__be32 dma_len;
} SKUA_WIRE_HDR;
SKUA_WIRE_SIZE(struct skua_reth, 16);

/* Of atomic requests. */
struct skua_atomic_eth {
	__be64 va;
	__be32 rkey;
	__be64 swap_add;
	__be64 compare;
} SKUA_WIRE_HDR;
SKUA_WIRE_SIZE(struct skua_atomic_eth, 28);

/* Of responses. */
struct skua_aeth {
	__be32 syndrome_msn; /* 8 and 24 bits */
} SKUA_WIRE_HDR;
SKUA_WIRE_SIZE(struct skua_aeth, 4);

#define SKUA_AETH_SYNDROME_SHIFT 24

/* Of responses to atomics, what was in memory before. */
struct skua_atomic_ack_eth {
	__be64 orig;
} SKUA_WIRE_HDR;
SKUA_WIRE_SIZE(struct skua_atomic_ack_eth, 8);

/* Datagram extended transport header. */
struct skua_deth {
	__be32 qkey;
	__be32 sqpn; /* 8 bits reserved */
} SKUA_WIRE_HDR;
SKUA_WIRE_SIZE(struct skua_deth, 8);

/* Immediate data: any four bytes, in no byte order. */
struct skua_immdt {
	__be32 imm;
} SKUA_WIRE_HDR;
SKUA_WIRE_SIZE(struct skua_immdt, 4);

/* Invalidate extended transport header. */
struct skua_ieth {
	__be32 rkey;
} SKUA_WIRE_HDR;
SKUA_WIRE_SIZE(struct skua_ieth, 4);

/*
 * Private to Skua, in opcodes that IBTA 9.2.1 leaves to manufacturers: what ends
 * of a connection agree upon, and which packets came before their turn. Bit by
 * bit in doc/wire.md.
 */
struct skua_hello {
	__be32 magic;
	uint8_t version;
	uint8_t flags;
	__be16 features;
	__be32 sqpn; /* 8 bits reserved */
	__be32 cookie; /* of the sender, for this connection, */
	__be32 echo; /* and of the receiver, or 0 */
} SKUA_WIRE_HDR;
SKUA_WIRE_SIZE(struct skua_hello, 20);

#define SKUA_HELLO_MAGIC     0x534b5541u /* "SKUA" */
#define SKUA_HELLO_VERSION   1u
#define SKUA_HELLO_ASKS	     0x01u /* for an answer */
#define SKUA_HELLO_SELECTIVE 0x0001u

/* Behind the AETH; as many bytes of the map as have bits. */
#define SKUA_SACK_MAP 128u
struct skua_sack {
	__be32 cookie; /* of the receiver */
	__be32 needless; /* packets that came twice, modulo 2^32 */
	uint8_t map[SKUA_SACK_MAP];
} SKUA_WIRE_HDR;
SKUA_WIRE_SIZE(struct skua_sack, 136);
#define SKUA_SACK_LEAST 8u

/* All that a congestion notification carries, A17.9: zeroes. */
struct skua_cnp_payload {
	uint8_t rsvd[16];
} SKUA_WIRE_HDR;
SKUA_WIRE_SIZE(struct skua_cnp_payload, 16);

#define SKUA_ICRC_LEN 4u

#endif /* SKUA_WIRE_HEADERS_H */
