// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <endian.h>
#include <stddef.h>
#include <string.h>

#include "ipsec/ip.h"
#include "ipsec/sa.h"
#include "rdma/packet.h"
#include "steer/key.h"
#include "wire/wire.h"

/* Protocols whose header begins with two ports. */
#define PROTOCOL_TCP	 6u
#define PROTOCOL_DCCP	 33u
#define PROTOCOL_SCTP	 132u
#define PROTOCOL_UDPLITE 136u

/* From descriptors ---------------------------------------------------------- */

static void set_vlan(struct skua_flow_key *key, uint16_t tci)
{
	if (tci == SKUA_HWI_VLAN_NONE)
		return;
	key->vlan = tci & SKUA_VLAN_VID_MASK;
	key->fields |= SKUA_HWI_FLOW_VLAN;
}

void skua_flow_key_rdma(struct skua_flow_key *key, const struct skua_packet *pkt)
{
	const struct skua_hwi_av *av = pkt->av;
	bool ipv4 = skua_wire_is_ipv4(av->dgid);

	memset(key, 0, sizeof(*key));
	memcpy(key->src, pkt->sgid->gid, sizeof(key->src));
	memcpy(key->dst, av->dgid, sizeof(key->dst));
	memcpy(key->dmac, av->dmac, sizeof(key->dmac));
	memcpy(key->smac, pkt->sgid->smac, sizeof(key->smac));
	key->ethertype = ipv4 ? SKUA_ETHERTYPE_IPV4 : SKUA_ETHERTYPE_IPV6;
	key->net = ipv4 ? SKUA_HWI_NET_IPV4 : SKUA_HWI_NET_IPV6;
	key->proto = SKUA_IP_PROTOCOL_UDP;
	key->sport = skua_wire_packet_sport(pkt);
	key->dport = SKUA_ROCE_PORT;
	key->qpn = pkt->dqpn;
	key->fields = SKUA_HWI_FLOW_FIELDS &
		      ~(SKUA_HWI_FLOW_VLAN | SKUA_HWI_FLOW_SPI);
	set_vlan(key, le16toh(av->vlan));
}

/* From frames --------------------------------------------------------------- */

/* The bytes of a frame that follow what was looked at. */
struct rest {
	const uint8_t *p;
	uint32_t len;
};

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static void set_spi(struct skua_flow_key *key, const uint8_t *p)
{
	key->spi = get32(p);
	key->fields |= SKUA_HWI_FLOW_SPI;
}

/* Behind UDP may be a BTH, or ESP (RFC 3948 2.2: zeroes would be IKE). */
static void look_udp(struct skua_flow_key *key, struct rest r)
{
	const struct skua_udp_hdr *udp = (const void *)r.p;
	const struct skua_bth *bth = (const void *)(udp + 1);

	if (key->dport == SKUA_ROCE_PORT && r.len >= sizeof(*udp) + sizeof(*bth)) {
		key->qpn = be32toh(bth->dqpn) & SKUA_BTH_24_MASK;
		key->fields |= SKUA_HWI_FLOW_QPN;
	}
	if (key->dport == SKUA_ESP_UDP_PORT && r.len >= sizeof(*udp) + 8 &&
	    get32((const uint8_t *)(udp + 1)))
		set_spi(key, (const uint8_t *)(udp + 1));
}

static void look_ports(struct skua_flow_key *key, struct rest r)
{
	if (r.len < 4)
		return;
	key->sport = r.p[0] << 8 | r.p[1];
	key->dport = r.p[2] << 8 | r.p[3];
	key->fields |= SKUA_HWI_FLOW_SPORT | SKUA_HWI_FLOW_DPORT;
	if (key->proto == SKUA_IP_PROTOCOL_UDP)
		look_udp(key, r);
}

static void look_protocol(struct skua_flow_key *key, struct rest r)
{
	switch (key->proto) {
	case PROTOCOL_TCP:
	case PROTOCOL_DCCP:
	case PROTOCOL_SCTP:
	case PROTOCOL_UDPLITE:
	case SKUA_IP_PROTOCOL_UDP:
		look_ports(key, r);
		break;
	case SKUA_IP_PROTOCOL_ESP:
		if (r.len >= 4)
			set_spi(key, r.p);
		break;
	}
}

static void set_ipv4(uint8_t gid[16], const uint8_t ipv4[4])
{
	memset(gid + 10, 0xff, 2);
	memcpy(gid + 12, ipv4, 4);
}

static void set_addresses(struct skua_flow_key *key, const uint8_t *ip, bool ipv6)
{
	const struct skua_ipv4_hdr *ip4 = (const void *)ip;
	const struct skua_ipv6_hdr *ip6 = (const void *)ip;

	if (ipv6) {
		memcpy(key->src, ip6->src, sizeof(key->src));
		memcpy(key->dst, ip6->dst, sizeof(key->dst));
	} else {
		set_ipv4(key->src, ip4->src);
		set_ipv4(key->dst, ip4->dst);
	}
	key->net = ipv6 ? SKUA_HWI_NET_IPV6 : SKUA_HWI_NET_IPV4;
	key->fields |= SKUA_HWI_FLOW_NET | SKUA_HWI_FLOW_PROTO;
}

/* Of a fragment nothing is said about what is behind the IP headers. */
static uint32_t look_ip(struct skua_flow_key *key, const uint8_t *frame,
			uint32_t len)
{
	struct skua_ip ip;

	if (skua_ip_look(frame, len, &ip))
		return len;
	set_addresses(key, frame + ip.ip, ip.ipv6);
	key->proto = frame[ip.ipv6 && ip.fragment ? ip.last : ip.last_at];
	if (!ip.fragment)
		look_protocol(key, (struct rest){ frame + ip.last,
						  ip.end - ip.last });
	return ip.end - ip.ip;
}

uint32_t skua_flow_key_frame(struct skua_flow_key *key, const uint8_t *frame,
			     uint32_t len)
{
	const struct skua_eth_hdr *eth = (const void *)frame;
	const struct skua_vlan_hdr *tag = (const void *)(eth + 1);

	memset(key, 0, sizeof(*key));
	memcpy(key->dmac, eth->dmac, sizeof(key->dmac));
	memcpy(key->smac, eth->smac, sizeof(key->smac));
	key->ethertype = be16toh(eth->type);
	key->fields = SKUA_HWI_FLOW_DMAC | SKUA_HWI_FLOW_SMAC |
		      SKUA_HWI_FLOW_ETHERTYPE;
	if (key->ethertype == SKUA_ETHERTYPE_VLAN &&
	    len >= sizeof(*eth) + sizeof(*tag)) {
		set_vlan(key, be16toh(tag->tci));
		key->ethertype = be16toh(tag->type);
	}
	return look_ip(key, frame, len);
}

/* From matches --------------------------------------------------------------- */

#define OFFSET(field) offsetof(struct skua_hwi_flow_match, field)

static bool none(const void *p, size_t len)
{
	const uint8_t *byte = p;

	while (len && !byte[len - 1])
		len--;
	return !len;
}

/* A field of the match, and how it becomes one of the key. */
#define EXACT(bit, field, value)                               \
	do {                                                   \
		if (m->fields & htole32(bit)) {                \
			key->field = (value);                  \
			mask->field = (typeof(mask->field))-1; \
		} else if (!none(&m->field, sizeof(m->field))) \
			return OFFSET(field);                  \
	} while (0)

#define MAC(bit, field)                                  \
	do {                                             \
		if (m->fields & htole32(bit)) {          \
			memcpy(key->field, m->field, 6); \
			memset(mask->field, 0xff, 6);    \
		} else if (!none(m->field, 6))           \
			return OFFSET(field);            \
	} while (0)

#define PORT(bit, field)                                            \
	do {                                                        \
		if (!(m->fields & htole32(bit)) && m->field##_mask) \
			return OFFSET(field##_mask);                \
		if (m->field & ~m->field##_mask)                    \
			return OFFSET(field);                       \
		key->field = be16toh(m->field);                     \
		mask->field = be16toh(m->field##_mask);             \
	} while (0)

/* False: there are bits behind the prefix. */
static bool prefix(uint8_t *key, uint8_t *mask, const uint8_t addr[16],
		   uint8_t bits)
{
	unsigned int i;

	for (i = 0; i < 16; i++) {
		unsigned int n = bits > 8 ? 8 : bits;

		mask[i] = (uint8_t)(0xff00u >> n);
		key[i] = addr[i];
		if (addr[i] & ~mask[i])
			return false;
		bits -= n;
	}
	return true;
}

static uint32_t match_addresses(struct skua_flow_key *key,
				struct skua_flow_key *mask,
				const struct skua_hwi_flow_match *m)
{
	if (m->src_prefix > 128)
		return OFFSET(src_prefix);
	if (m->dst_prefix > 128)
		return OFFSET(dst_prefix);
	if (!prefix(key->src, mask->src, m->src, m->src_prefix))
		return OFFSET(src);
	if (!prefix(key->dst, mask->dst, m->dst, m->dst_prefix))
		return OFFSET(dst);
	/* Who has addresses says so. */
	if (m->src_prefix || m->dst_prefix)
		key->fields |= SKUA_HWI_FLOW_NET;
	return SKUA_HWI_NONE;
}

uint32_t skua_flow_key_match(struct skua_flow_key *key,
			     struct skua_flow_key *mask,
			     const struct skua_hwi_flow_match *m)
{
	uint32_t bad;

	memset(key, 0, sizeof(*key));
	memset(mask, 0, sizeof(*mask));
	if (le32toh(m->fields) & ~SKUA_HWI_FLOW_FIELDS)
		return OFFSET(fields);
	if (m->net > SKUA_HWI_NET_IPV6 ||
	    (m->fields & htole32(SKUA_HWI_FLOW_NET) && !m->net))
		return OFFSET(net);
	key->fields = le32toh(m->fields);
	MAC(SKUA_HWI_FLOW_DMAC, dmac);
	MAC(SKUA_HWI_FLOW_SMAC, smac);
	EXACT(SKUA_HWI_FLOW_ETHERTYPE, ethertype, be16toh(m->ethertype));
	EXACT(SKUA_HWI_FLOW_VLAN, vlan, le16toh(m->vlan));
	EXACT(SKUA_HWI_FLOW_NET, net, m->net);
	EXACT(SKUA_HWI_FLOW_PROTO, proto, m->proto);
	EXACT(SKUA_HWI_FLOW_SPI, spi, be32toh(m->spi));
	EXACT(SKUA_HWI_FLOW_QPN, qpn, le32toh(m->qpn));
	PORT(SKUA_HWI_FLOW_SPORT, sport);
	PORT(SKUA_HWI_FLOW_DPORT, dport);
	bad = match_addresses(key, mask, m);
	mask->fields = key->fields;
	return bad;
}
