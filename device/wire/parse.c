// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Descriptors from frames. Every length that a frame tells is compared with
 * what is left of it before anything is read there. What is wrong behind a UDP
 * header counts as a bad ICRC if that is wrong too: a bad cable did it.
 */
#include <string.h>

#include "wire/crc.h"
#include "wire/icrc.h"
#include "wire/opcode.h"
#include "wire/sum.h"
#include "wire/wire.h"

/*
 * What was not looked at yet. All headers lie in the copy, of which p is a part;
 * there is as much of it as the longest of them take.
 */
struct rest {
	const uint8_t *p;
	uint32_t len;
	const uint8_t *copy, *frame;
};

static const uint8_t *in_frame(const struct rest *r)
{
	return r->frame + (r->p - r->copy);
}

static void begin(struct rest *r, const uint8_t *frame, uint32_t len,
		  struct skua_wire_frame *f)
{
	memset(f, 0, sizeof(*f));
	/* Of a known length it is a few vectors. */
	if (len >= sizeof(f->head))
		memcpy(f->head, frame, sizeof(f->head));
	else
		memcpy(f->head, frame, len);
	*r = (struct rest){ f->head, len, f->head, frame };
}

/* The next size bytes, or NULL. */
static const void *take(struct rest *r, uint32_t size)
{
	const uint8_t *p = r->p;

	if (size > r->len)
		return NULL;
	r->p += size;
	r->len -= size;
	return p;
}

static void set_ipv4_mapped(uint8_t gid[16], const uint8_t ipv4[4])
{
	memset(gid, 0, 10);
	memset(gid + 10, 0xff, 2);
	memcpy(gid + 12, ipv4, 4);
}

/* Up to the EtherType, which goes to *type. */
static enum skua_wire_result
parse_ethernet(struct rest *r, struct skua_wire_frame *f, uint16_t *type)
{
	const struct skua_eth_hdr *eth = take(r, sizeof(*eth));
	const struct skua_vlan_hdr *tag;
	uint16_t tci = SKUA_HWI_VLAN_NONE;

	if (!eth)
		return SKUA_WIRE_TRUNCATED;
	memcpy(f->av.dmac, eth->dmac, sizeof(f->av.dmac));
	memcpy(f->sgid.smac, eth->smac, sizeof(f->sgid.smac));
	*type = be16toh(eth->type);
	if (*type == SKUA_ETHERTYPE_VLAN) {
		tag = take(r, sizeof(*tag));
		if (!tag)
			return SKUA_WIRE_TRUNCATED;
		tci = be16toh(tag->tci);
		/* IEEE 802.1Q reserves it. */
		if ((tci & SKUA_VLAN_VID_MASK) == SKUA_VLAN_VID_MASK)
			return SKUA_WIRE_NOT_ROCE;
		*type = be16toh(tag->type);
		f->av.sl = tci >> SKUA_VLAN_PCP_SHIFT;
	}
	f->av.vlan = htole16(tci);
	f->sgid.vlan = tci;
	return SKUA_WIRE_OK;
}

/*
 * What is behind the IP header, for who asks whether this is RoCE at all: no
 * length of the packet is believed yet.
 */
static enum skua_wire_result peek_udp(const struct rest *r, uint32_t ip_len)
{
	const struct skua_udp_hdr *udp;

	if (ip_len > r->len || sizeof(*udp) > r->len - ip_len)
		return SKUA_WIRE_TRUNCATED;
	udp = (const void *)(r->p + ip_len);
	return udp->dport == htobe16(SKUA_ROCE_PORT) ? SKUA_WIRE_OK
						     : SKUA_WIRE_NOT_ROCE;
}

static enum skua_wire_result check_ipv4(const struct rest *r,
					const struct skua_ipv4_hdr *ip)
{
	enum skua_wire_result ret;
	uint32_t ihl, fragment, len;

	if (sizeof(*ip) > r->len)
		return SKUA_WIRE_TRUNCATED;
	fragment = be16toh(ip->frag) & SKUA_IPV4_FRAGMENT;
	ihl = (ip->version_ihl & 0xf) * 4;
	if (ip->version_ihl >> 4 != 4 || ihl < sizeof(*ip))
		return SKUA_WIRE_BAD_IP;
	/* Of a later fragment nobody knows the port. */
	if (ip->protocol != SKUA_IP_PROTOCOL_UDP || fragment & SKUA_IPV4_OFFSET)
		return SKUA_WIRE_NOT_ROCE;
	ret = peek_udp(r, ihl);
	if (ret)
		return ret;
	if (fragment)
		return SKUA_WIRE_FRAGMENT;
	if (ihl != sizeof(*ip))
		return SKUA_WIRE_BAD_IP;
	if (skua_sum_ipv4((const uint8_t *)ip) != UINT16_MAX)
		return SKUA_WIRE_BAD_CHECKSUM;
	len = be16toh(ip->len);
	if (len > r->len)
		return SKUA_WIRE_TRUNCATED;
	return len < sizeof(*ip) ? SKUA_WIRE_BAD_LENGTH : SKUA_WIRE_OK;
}

/* Takes the header, and leaves out of the rest what is not of the packet. */
static enum skua_wire_result parse_ipv4(struct rest *r, struct skua_wire_frame *f)
{
	const struct skua_ipv4_hdr *ip = (const void *)r->p;
	enum skua_wire_result ret = check_ipv4(r, ip);

	if (ret)
		return ret;
	r->len = be16toh(ip->len);
	take(r, sizeof(*ip));
	f->ipv4 = true;
	f->id = be16toh(ip->id);
	f->av.tclass = ip->tos;
	f->av.hop_limit = ip->ttl;
	set_ipv4_mapped(f->sgid.gid, ip->src);
	set_ipv4_mapped(f->av.dgid, ip->dst);
	return SKUA_WIRE_OK;
}

/* A packet with extension headers is somebody else's: A17.3.1. */
static enum skua_wire_result check_ipv6(const struct rest *r,
					const struct skua_ipv6_hdr *ip)
{
	enum skua_wire_result ret;

	if (sizeof(*ip) > r->len)
		return SKUA_WIRE_TRUNCATED;
	if (be32toh(ip->version_flow) >> 28 != SKUA_IPV6_VERSION)
		return SKUA_WIRE_BAD_IP;
	if (ip->next != SKUA_IP_PROTOCOL_UDP)
		return SKUA_WIRE_NOT_ROCE;
	ret = peek_udp(r, sizeof(*ip));
	if (ret)
		return ret;
	return be16toh(ip->len) > r->len - sizeof(*ip) ? SKUA_WIRE_TRUNCATED
						       : SKUA_WIRE_OK;
}

static enum skua_wire_result parse_ipv6(struct rest *r, struct skua_wire_frame *f)
{
	const struct skua_ipv6_hdr *ip = (const void *)r->p;
	enum skua_wire_result ret = check_ipv6(r, ip);
	uint32_t flow;

	if (ret)
		return ret;
	take(r, sizeof(*ip));
	r->len = be16toh(ip->len);
	flow = be32toh(ip->version_flow);
	f->av.flow_label = htole32(flow & SKUA_IPV6_FLOW_MASK);
	f->av.tclass = flow >> SKUA_IPV6_CLASS_SHIFT;
	f->av.hop_limit = ip->hop_limit;
	memcpy(f->sgid.gid, ip->src, sizeof(ip->src));
	memcpy(f->av.dgid, ip->dst, sizeof(ip->dst));
	return SKUA_WIRE_OK;
}

/* The length of a UDP datagram is that of the IP packet, or one of them lies. */
static enum skua_wire_result parse_udp(struct rest *r, struct skua_wire_frame *f)
{
	uint32_t len = r->len;
	const struct skua_udp_hdr *udp = take(r, sizeof(*udp));

	if (!udp || be16toh(udp->len) != len)
		return SKUA_WIRE_BAD_LENGTH;
	f->pkt.sport = be16toh(udp->sport);
	return SKUA_WIRE_OK;
}

/* From the BTH to the ICRC, if they are there and not too far apart. */
static enum skua_wire_result check_length(const struct rest *r)
{
	const uint32_t least = sizeof(struct skua_bth) + SKUA_ICRC_LEN;

	if (r->len < least || r->len & 3 ||
	    r->len - least >
		    SKUA_WIRE_MAX_PAYLOAD + sizeof(struct skua_atomic_eth))
		return SKUA_WIRE_BAD_LENGTH;
	return SKUA_WIRE_OK;
}

static void get_deth(const struct skua_deth *deth, struct skua_packet *pkt)
{
	pkt->qkey = be32toh(deth->qkey);
	pkt->sqpn = be32toh(deth->sqpn) & SKUA_BTH_24_MASK;
}

static void get_reth(const struct skua_reth *reth, struct skua_packet *pkt)
{
	pkt->va = be64toh(reth->va);
	pkt->rkey = be32toh(reth->rkey);
	pkt->dma_len = be32toh(reth->dma_len);
}

static void get_atomic(const struct skua_atomic_eth *atomic,
		       struct skua_packet *pkt)
{
	pkt->va = be64toh(atomic->va);
	pkt->rkey = be32toh(atomic->rkey);
	pkt->swap_add = be64toh(atomic->swap_add);
	pkt->compare = be64toh(atomic->compare);
}

static void get_aeth(const struct skua_aeth *aeth, struct skua_packet *pkt)
{
	uint32_t v = be32toh(aeth->syndrome_msn);

	pkt->syndrome = v >> SKUA_AETH_SYNDROME_SHIFT;
	pkt->msn = v & SKUA_BTH_24_MASK;
}

/* p has the length that the table says. */
static void get_extended(const uint8_t *p, uint8_t ext, struct skua_packet *pkt)
{
	if (ext & SKUA_EXT_DETH) {
		get_deth((const void *)p, pkt);
		p += sizeof(struct skua_deth);
	}
	if (ext & SKUA_EXT_RETH) {
		get_reth((const void *)p, pkt);
		p += sizeof(struct skua_reth);
	}
	if (ext & SKUA_EXT_ATOMIC)
		get_atomic((const void *)p, pkt);
	if (ext & SKUA_EXT_AETH) {
		get_aeth((const void *)p, pkt);
		p += sizeof(struct skua_aeth);
	}
	if (ext & SKUA_EXT_ATOMIC_ACK)
		pkt->orig =
			be64toh(((const struct skua_atomic_ack_eth *)p)->orig);
	if (ext & SKUA_EXT_IMM)
		pkt->imm = ((const struct skua_immdt *)p)->imm;
	if (ext & SKUA_EXT_IETH)
		pkt->inv_key = be32toh(((const struct skua_ieth *)p)->rkey);
}

/* The last word of the BTH. */
static void get_psn(uint32_t word, struct skua_packet *pkt)
{
	pkt->flags &= ~SKUA_PKT_ACK_REQ;
	if (word & SKUA_BTH_ACK_REQ)
		pkt->flags |= SKUA_PKT_ACK_REQ;
	pkt->psn = word & SKUA_BTH_24_MASK;
}

static void get_bth(const struct skua_bth *bth, struct skua_wire_frame *f)
{
	const struct skua_wire_opcode *o = &skua_wire_opcodes[bth->opcode];
	uint32_t dqpn = be32toh(bth->dqpn);
	struct skua_packet *pkt = &f->pkt;

	f->opcode = bth->opcode;
	f->cnp = bth->opcode == SKUA_BTH_CNP;
	f->pad = bth->flags >> SKUA_BTH_PAD_SHIFT & SKUA_BTH_PAD_MASK;
	f->migreq = bth->flags & SKUA_BTH_MIGREQ;
	f->fecn = dqpn & SKUA_BTH_FECN;
	f->becn = dqpn & SKUA_BTH_BECN;
	pkt->service = o->service;
	pkt->op = o->op;
	pkt->flags =
		o->flags | (bth->flags & SKUA_BTH_SE ? SKUA_PKT_SOLICITED : 0);
	pkt->pkey = be16toh(bth->pkey);
	pkt->dqpn = dqpn & SKUA_BTH_24_MASK;
	pkt->npsn = 1;
	get_psn(be32toh(bth->psn), pkt);
}

/* What is left is the payload. It is padded only where a message ends. */
static enum skua_wire_result get_payload(const struct rest *r,
					 const struct skua_wire_opcode *o,
					 struct skua_wire_frame *f)
{
	if (f->pad > r->len || (f->pad && !(o->flags & SKUA_PKT_LAST)))
		return SKUA_WIRE_BAD_PAD;
	if (r->len > o->payload)
		return SKUA_WIRE_BAD_LENGTH;
	f->payload.host = (uint8_t *)in_frame(r);
	f->payload.len = r->len - f->pad;
	f->pkt.len = f->payload.len;
	f->pkt.piece = &f->payload;
	f->pkt.npieces = 1;
	return SKUA_WIRE_OK;
}

/* From the BTH to the padding; there is a BTH. */
static enum skua_wire_result parse_transport(struct rest *r,
					     struct skua_wire_frame *f)
{
	const struct skua_bth *bth = take(r, sizeof(*bth));
	const struct skua_wire_opcode *o = &skua_wire_opcodes[bth->opcode];
	const uint8_t *ext;

	if (bth->flags & SKUA_BTH_TVER_MASK)
		return SKUA_WIRE_BAD_TVER;
	if (!o->known)
		return SKUA_WIRE_BAD_OPCODE;
	ext = take(r, o->ext_len);
	if (!ext)
		return SKUA_WIRE_BAD_LENGTH;
	if (!o->ext_len)
		f->last_word = (const uint8_t *)&bth->psn - r->copy;
	get_bth(bth, f);
	get_extended(ext, o->ext, &f->pkt);
	f->ecn = f->av.tclass & SKUA_ECN_MASK;
	f->pkt.av = &f->av;
	f->pkt.sgid = &f->sgid;
	f->sgid.valid = true;
	return get_payload(r, o, f);
}

static enum skua_wire_result parse_ip(struct rest *r, struct skua_wire_frame *f)
{
	enum skua_wire_result ret;
	uint16_t type;

	ret = parse_ethernet(r, f, &type);
	if (ret)
		return ret;
	f->ip = r->p - r->copy;
	if (type == SKUA_ETHERTYPE_IPV4)
		return parse_ipv4(r, f);
	if (type == SKUA_ETHERTYPE_IPV6)
		return parse_ipv6(r, f);
	return SKUA_WIRE_NOT_ROCE;
}

/* All but the ICRC; if that was found it is at icrc_at. */
static enum skua_wire_result parse_headers(const uint8_t *frame, uint32_t len,
					   struct skua_wire_frame *f)
{
	enum skua_wire_result ret;
	struct rest r;

	begin(&r, frame, len, f);
	ret = parse_ip(&r, f);
	if (!ret)
		ret = parse_udp(&r, f);
	if (!ret)
		ret = check_length(&r);
	if (ret)
		return ret;
	r.len -= SKUA_ICRC_LEN;
	f->icrc_at = r.p - r.copy + r.len;
	ret = parse_transport(&r, f);
	if (!ret)
		f->len = len;
	return ret;
}

/*
 * Most frames differ from the one before in the last word of the BTH and the payload,
 * and in nothing else. Then that was all looked at.
 */
static bool alike(const struct skua_wire_frame *f, const uint8_t *frame,
		  uint32_t len)
{
	return f->len == len && f->last_word &&
	       !memcmp(f->head, frame, f->last_word);
}

/* What is not as it was, and what the receivers of that one have set. */
static void parse_alike(const uint8_t *frame, struct skua_wire_frame *f)
{
	const struct skua_ipv4_hdr *ip = (const void *)(f->head + f->ip);
	struct skua_packet *pkt = &f->pkt;
	uint32_t psn;

	memcpy(&psn, frame + f->last_word, sizeof(psn));
	memcpy(f->head + f->last_word, &psn, sizeof(psn));
	get_psn(be32toh(psn), pkt);
	f->payload.host = (uint8_t *)frame + f->last_word + sizeof(psn);
	f->id = f->ipv4 ? be16toh(ip->id) : 0;
	f->icrc.wrong = false;
	skua_packet_unseen(pkt);
}

/* The middle or end of a WRITE, not too short: who gets it knows where it belongs. */
static bool continues_write(const struct skua_packet *pkt)
{
	return pkt->service == SKUA_HWI_QPT_RC && pkt->op == SKUA_PKT_WRITE &&
	       !(pkt->flags & (SKUA_PKT_FIRST | SKUA_PKT_IMM)) &&
	       pkt->len >= SKUA_CRC32_COPY;
}

static bool icrc_ok(const uint8_t *frame, enum skua_wire_trust trust,
		    struct skua_wire_frame *f)
{
	const uint8_t *ip = frame + f->ip, *icrc = frame + f->icrc_at;
	uint16_t *id = f->ipv4 && trust != SKUA_WIRE_EXACT ? &f->id : NULL;
	/* Of IPv4. */
	uint32_t len = icrc - ip - sizeof(struct skua_ipv4_hdr) -
		       sizeof(struct skua_udp_hdr);

	if (trust != SKUA_WIRE_OPENED || !continues_write(&f->pkt))
		return skua_icrc_is(skua_icrc(ip, f->ipv4, icrc - ip), icrc,
				    len, id);
	skua_icrc_begin(&f->icrc.part, ip, f->ipv4, icrc - ip);
	skua_icrc_pass(&f->icrc.part, f->payload.host);
	f->icrc.len = len;
	f->icrc.id = id;
	f->pkt.icrc = &f->icrc;
	return true;
}

enum skua_wire_result skua_wire_parse_next(const uint8_t *frame, uint32_t len,
					   enum skua_wire_trust trust,
					   struct skua_wire_frame *out)
{
	enum skua_wire_result ret = SKUA_WIRE_OK;

	if (alike(out, frame, len))
		parse_alike(frame, out);
	else
		ret = parse_headers(frame, len, out);
	if (out->icrc_at && !icrc_ok(frame, trust, out))
		return SKUA_WIRE_BAD_ICRC;
	return ret;
}

enum skua_wire_result skua_wire_parse(const uint8_t *frame, uint32_t len,
				      struct skua_wire_frame *out)
{
	out->len = 0;
	return skua_wire_parse_next(frame, len, SKUA_WIRE_EXACT, out);
}

enum skua_wire_result skua_wire_parse_guessed(const uint8_t *frame,
					      uint32_t len,
					      struct skua_wire_frame *out)
{
	out->len = 0;
	return skua_wire_parse_next(frame, len, SKUA_WIRE_ANY_ID, out);
}
