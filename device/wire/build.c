// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Frames from descriptors. What the packets of one have in common is written
 * once, by skua_wire_cut(); for each, skua_wire_head() copies it and fills in
 * lengths, identification, PSN, opcode and extended headers.
 */
#include <string.h>

#include "wire/icrc.h"
#include "wire/opcode.h"
#include "wire/sum.h"
#include "wire/wire.h"

bool skua_wire_is_ipv4(const uint8_t gid[16])
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	return !memcmp(gid, prefix, sizeof(prefix));
}

/*
 * As rdma_calc_flow_label() and rdma_flow_label_to_udp_sport() of the kernel:
 * 14 bits, in the range of dynamic ports.
 */
uint16_t skua_wire_sport(uint32_t flow_label, uint32_t sqpn, uint32_t dqpn)
{
	uint64_t v = (uint64_t)sqpn * dqpn;

	flow_label &= SKUA_IPV6_FLOW_MASK;
	if (!flow_label) {
		v ^= v >> 20;
		v ^= v >> 40;
		flow_label = v & SKUA_IPV6_FLOW_MASK;
	}
	return 0xc000 | ((flow_label ^ flow_label >> 14) & 0x3fff);
}

uint16_t skua_wire_packet_sport(const struct skua_packet *pkt)
{
	if (pkt->sport)
		return pkt->sport;
	return skua_wire_sport(le32toh(pkt->av->flow_label), pkt->sqpn,
			       pkt->dqpn);
}

static uint32_t put_ethernet(const struct skua_wire_path *path, uint16_t type,
			     uint8_t *p)
{
	uint16_t vlan = le16toh(path->av->vlan);
	struct skua_eth_hdr *eth = (void *)p;
	struct skua_vlan_hdr *tag = (void *)(eth + 1);

	memcpy(eth->dmac, path->av->dmac, sizeof(eth->dmac));
	memcpy(eth->smac, path->sgid->smac, sizeof(eth->smac));
	eth->type = htobe16(type);
	if (vlan == SKUA_HWI_VLAN_NONE)
		return sizeof(*eth);
	eth->type = htobe16(SKUA_ETHERTYPE_VLAN);
	tag->tci = htobe16(vlan);
	tag->type = htobe16(type);
	return sizeof(*eth) + sizeof(*tag);
}

static uint8_t path_tclass(const struct skua_wire_path *path)
{
	uint8_t tclass = path->av->tclass;

	return path->ect ? (tclass & ~SKUA_ECN_MASK) | SKUA_ECN_ECT0 : tclass;
}

static uint32_t put_ipv4(const struct skua_wire_path *path, uint8_t *p)
{
	struct skua_ipv4_hdr *ip = (void *)p;

	ip->version_ihl = SKUA_IPV4_VERSION_IHL;
	ip->tos = path_tclass(path);
	ip->len = 0;
	ip->id = 0;
	ip->frag = htobe16(SKUA_IPV4_DF);
	ip->ttl = path->av->hop_limit;
	ip->protocol = SKUA_IP_PROTOCOL_UDP;
	ip->checksum = 0;
	memcpy(ip->src, path->sgid->gid + 12, sizeof(ip->src));
	memcpy(ip->dst, path->av->dgid + 12, sizeof(ip->dst));
	return sizeof(*ip);
}

static uint32_t put_ipv6(const struct skua_wire_path *path, uint8_t *p)
{
	uint32_t flow = le32toh(path->av->flow_label) & SKUA_IPV6_FLOW_MASK;
	struct skua_ipv6_hdr *ip = (void *)p;

	ip->version_flow = htobe32(
		SKUA_IPV6_VERSION << 28 |
		(uint32_t)path_tclass(path) << SKUA_IPV6_CLASS_SHIFT | flow);
	ip->len = 0;
	ip->next = SKUA_IP_PROTOCOL_UDP;
	ip->hop_limit = path->av->hop_limit;
	memcpy(ip->src, path->sgid->gid, sizeof(ip->src));
	memcpy(ip->dst, path->av->dgid, sizeof(ip->dst));
	return sizeof(*ip);
}

static void put_udp(const struct skua_wire_path *path, uint8_t *p)
{
	struct skua_udp_hdr *udp = (void *)p;

	udp->sport = htobe16(path->sport);
	udp->dport = htobe16(SKUA_ROCE_PORT);
	udp->len = 0;
	udp->checksum = 0;
}

/* All before the BTH, without lengths. */
static void put_path(struct skua_wire_cut *cut, const struct skua_wire_path *path)
{
	uint8_t *p = cut->head;

	cut->ipv4 = skua_wire_is_ipv4(path->av->dgid);
	cut->ip = put_ethernet(
		path, cut->ipv4 ? SKUA_ETHERTYPE_IPV4 : SKUA_ETHERTYPE_IPV6, p);
	p += cut->ip;
	p += cut->ipv4 ? put_ipv4(path, p) : put_ipv6(path, p);
	put_udp(path, p);
	cut->bth = p + sizeof(struct skua_udp_hdr) - cut->head;
	if (cut->ipv4)
		cut->ip_sum = skua_sum(0, cut->head + cut->ip,
				       sizeof(struct skua_ipv4_hdr));
}

/* Of the flags of a descriptor, those of its packet i. */
static uint8_t packet_flags(const struct skua_wire_cut *cut, uint32_t i)
{
	uint8_t flags = cut->pkt->flags;

	if (i)
		flags &= ~SKUA_PKT_FIRST;
	if (i != cut->n - 1)
		flags &= SKUA_PKT_FIRST;
	return flags;
}

static int packet_opcode(const struct skua_wire_cut *cut, uint32_t i)
{
	return skua_wire_opcode(cut->pkt->service, cut->pkt->op,
				packet_flags(cut, i));
}

bool skua_wire_cut(struct skua_wire_cut *cut, const struct skua_packet *pkt,
		   const struct skua_wire_path *path, uint32_t mtu)
{
	struct skua_bth *bth;

	cut->pkt = pkt;
	cut->mtu = mtu;
	cut->n = skua_packet_frames(pkt);
	if (cut->n != skua_psn_count(pkt->len, mtu) ||
	    packet_opcode(cut, 0) < 0 || packet_opcode(cut, cut->n - 1) < 0)
		return false;
	put_path(cut, path);
	bth = (void *)(cut->head + cut->bth);
	bth->pkey = htobe16(pkt->pkey);
	bth->dqpn = htobe32(pkt->dqpn & SKUA_BTH_24_MASK);
	return true;
}

uint32_t skua_wire_payload(const struct skua_wire_cut *cut, uint32_t i,
			   uint32_t *off)
{
	uint32_t left;

	*off = i * cut->mtu;
	left = cut->pkt->len - *off;
	return left < cut->mtu ? left : cut->mtu;
}

/* IBTA 9.2: what can make the other end say that something was received. */
static bool solicits(const struct skua_packet *pkt, uint8_t flags)
{
	return flags & SKUA_PKT_SOLICITED && flags & SKUA_PKT_LAST &&
	       (pkt->op == SKUA_PKT_SEND || flags & SKUA_PKT_IMM);
}

static void put_bth(const struct skua_packet *pkt, uint32_t i, uint8_t flags,
		    uint8_t opcode, uint8_t pad, struct skua_bth *bth)
{
	uint32_t psn = skua_psn_add(pkt->psn, i);

	bth->opcode = opcode;
	/* M: this is the path, and no alternate one waits (IBTA 9.2). */
	bth->flags = (solicits(pkt, flags) ? SKUA_BTH_SE : 0) |
		     SKUA_BTH_MIGREQ | pad << SKUA_BTH_PAD_SHIFT;
	bth->psn =
		htobe32(psn | (flags & SKUA_PKT_ACK_REQ ? SKUA_BTH_ACK_REQ : 0));
}

static void put_deth(const struct skua_packet *pkt, uint8_t *p)
{
	struct skua_deth *deth = (void *)p;

	deth->qkey = htobe32(pkt->qkey);
	deth->sqpn = htobe32(pkt->sqpn & SKUA_BTH_24_MASK);
}

static void put_reth(const struct skua_packet *pkt, uint8_t *p)
{
	struct skua_reth *reth = (void *)p;

	reth->va = htobe64(pkt->va);
	reth->rkey = htobe32(pkt->rkey);
	reth->dma_len = htobe32(pkt->dma_len);
}

static void put_atomic(const struct skua_packet *pkt, uint8_t *p)
{
	struct skua_atomic_eth *atomic = (void *)p;

	atomic->va = htobe64(pkt->va);
	atomic->rkey = htobe32(pkt->rkey);
	atomic->swap_add = htobe64(pkt->swap_add);
	atomic->compare = htobe64(pkt->compare);
}

static void put_aeth(const struct skua_packet *pkt, uint8_t *p)
{
	struct skua_aeth *aeth = (void *)p;

	aeth->syndrome_msn =
		htobe32((uint32_t)pkt->syndrome << SKUA_AETH_SYNDROME_SHIFT |
			(pkt->msn & SKUA_BTH_24_MASK));
}

static void put_extended(const struct skua_packet *pkt, uint8_t ext, uint8_t *p)
{
	if (ext & SKUA_EXT_DETH) {
		put_deth(pkt, p);
		p += sizeof(struct skua_deth);
	}
	if (ext & SKUA_EXT_RETH) {
		put_reth(pkt, p);
		p += sizeof(struct skua_reth);
	}
	if (ext & SKUA_EXT_ATOMIC)
		put_atomic(pkt, p);
	if (ext & SKUA_EXT_AETH) {
		put_aeth(pkt, p);
		p += sizeof(struct skua_aeth);
	}
	if (ext & SKUA_EXT_ATOMIC_ACK)
		((struct skua_atomic_ack_eth *)p)->orig = htobe64(pkt->orig);
	if (ext & SKUA_EXT_IMM)
		((struct skua_immdt *)p)->imm = pkt->imm;
	if (ext & SKUA_EXT_IETH)
		((struct skua_ieth *)p)->rkey = htobe32(pkt->inv_key);
}

/* Lengths of a frame with so many bytes from the BTH to the padding. */
static void put_lengths(const struct skua_wire_cut *cut, uint32_t len,
			uint16_t id, uint8_t *frame)
{
	struct skua_udp_hdr *udp = (void *)(frame + cut->bth - sizeof(*udp));
	struct skua_ipv6_hdr *ipv6;
	struct skua_ipv4_hdr *ipv4;

	len += sizeof(*udp) + SKUA_ICRC_LEN;
	udp->len = htobe16(len);
	if (!cut->ipv4) {
		ipv6 = (void *)(frame + cut->ip);
		ipv6->len = htobe16(len);
		return;
	}
	ipv4 = (void *)(frame + cut->ip);
	len += sizeof(*ipv4);
	ipv4->len = htobe16(len);
	ipv4->id = htobe16(id);
	ipv4->checksum = htobe16(~skua_sum_fold(cut->ip_sum + len + id));
}

uint32_t skua_wire_head(const struct skua_wire_cut *cut, uint32_t i,
			uint16_t id, uint8_t *frame)
{
	const struct skua_packet *pkt = cut->pkt;
	uint8_t opcode = packet_opcode(cut, i);
	const struct skua_wire_opcode *o = &skua_wire_opcodes[opcode];
	uint32_t off, payload = skua_wire_payload(cut, i, &off);
	uint32_t len = sizeof(struct skua_bth) + o->ext_len;
	uint8_t pad = -payload & SKUA_BTH_PAD_MASK;
	uint8_t *bth = frame + cut->bth;

	memcpy(frame, cut->head, cut->bth + sizeof(struct skua_bth));
	put_lengths(cut, len + payload + pad, id, frame);
	put_bth(pkt, i, packet_flags(cut, i), opcode, pad, (void *)bth);
	put_extended(pkt, o->ext, bth + sizeof(struct skua_bth));
	return cut->bth + len;
}

uint32_t skua_wire_seal(uint8_t *frame, uint32_t len)
{
	uint8_t *ip = frame + skua_eth_len(frame);
	bool ipv4 = *ip >> 4 != SKUA_IPV6_VERSION;
	uint8_t *udp = ip + (ipv4 ? sizeof(struct skua_ipv4_hdr)
				  : sizeof(struct skua_ipv6_hdr));
	struct skua_bth *bth = (void *)(udp + sizeof(struct skua_udp_hdr));
	uint8_t pad = bth->flags >> SKUA_BTH_PAD_SHIFT & SKUA_BTH_PAD_MASK;

	memset(frame + len, 0, pad);
	len += pad;
	skua_icrc_put(frame + len, skua_icrc(ip, ipv4, frame + len - ip));
	return len + SKUA_ICRC_LEN;
}

void skua_wire_begin_seal(const struct skua_wire_cut *cut, uint8_t *frame,
			  uint32_t head, uint32_t payload,
			  struct skua_icrc_part *icrc)
{
	uint32_t len = head + payload, pad = -payload & SKUA_BTH_PAD_MASK;

	memset(frame + len, 0, pad);
	skua_icrc_begin(icrc, frame + cut->ip, cut->ipv4, len + pad - cut->ip);
	skua_icrc_pass(icrc, frame + head);
}

uint32_t skua_wire_end_seal(uint8_t *frame, struct skua_icrc_part *icrc)
{
	uint8_t *end = frame + (icrc->end - frame);

	skua_icrc_pass(icrc, end);
	skua_icrc_put(end, icrc->crc);
	return end + SKUA_ICRC_LEN - frame;
}

uint32_t skua_wire_cnp(const struct skua_wire_path *path, uint16_t pkey,
		       uint32_t dqpn, uint16_t id, uint8_t *frame)
{
	const uint32_t len =
		sizeof(struct skua_bth) + sizeof(struct skua_cnp_payload);
	/* Nobody would do anything about one that met congestion itself. */
	const struct skua_wire_path plain = { path->av, path->sgid, path->sport,
					      false };
	struct skua_wire_cut cut;
	struct skua_bth *bth;

	put_path(&cut, &plain);
	memcpy(frame, cut.head, cut.bth);
	put_lengths(&cut, len, id, frame);
	bth = (void *)(frame + cut.bth);
	memset(bth, 0, len);
	bth->opcode = SKUA_BTH_CNP;
	bth->pkey = htobe16(pkey);
	bth->dqpn = htobe32(SKUA_BTH_BECN | (dqpn & SKUA_BTH_24_MASK));
	return skua_wire_seal(frame, cut.bth + len);
}
