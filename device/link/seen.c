// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <arpa/inet.h>
#include <endian.h>
#include <netinet/in.h>
#include <string.h>

#include "seen.h"
#include "wire/headers.h"

#define TYPE_IPV4 0x0800u
#define TYPE_IPV6 0x86ddu
#define TYPE_VLAN 0x8100u /* IEEE 802.1Q */
#define TYPE_QINQ 0x88a8u /* IEEE 802.1ad */

#define BTH_LEN	      12u
#define ESP_LEN	      8u
#define UDP_LEN	      8u
#define FRAGMENT_LEN  8u
#define IPV4_LEN      20u
#define IPV6_LEN      40u
#define FRAGMENT_IPV4 0x3fffu /* more to come, or not the first */
#define OFFSET_IPV6   0xfff8u
#define FRAGMENT_IPV6 0xfff9u

/* The beginning of a frame, copied: others may write to where it was. */
struct head {
	uint8_t byte[SKUA_SEEN_HEAD];
	uint32_t len, at;
};

static bool has(const struct head *h, uint32_t n)
{
	return h->len - h->at >= n;
}

static const uint8_t *here(const struct head *h)
{
	return h->byte + h->at;
}

static uint16_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* As much of it as there is. */
static void skip(struct head *h, uint32_t n)
{
	h->at += n < h->len - h->at ? n : h->len - h->at;
}

static bool look_ethernet(struct skua_seen *s, struct head *h)
{
	if (!has(h, 14))
		return false;
	memcpy(s->dmac, here(h), 6);
	memcpy(s->smac, here(h) + 6, 6);
	s->ethertype = get16(here(h) + 12);
	skip(h, 14);
	while ((s->ethertype == TYPE_VLAN || s->ethertype == TYPE_QINQ) &&
	       has(h, 4)) {
		if (!s->tagged)
			s->vlan = get16(here(h)) & 0xfff;
		s->tagged = true;
		s->ethertype = get16(here(h) + 2);
		skip(h, 4);
	}
	return true;
}

/* RFC 3948 2.1 to 2.3: neither IKE, whose marker is 0, nor a keepalive. */
static bool is_esp_in_udp(const struct skua_seen *s, const struct head *h)
{
	return (s->sport == SKUA_ESP_UDP_PORT || s->dport == SKUA_ESP_UDP_PORT) &&
	       has(h, UDP_LEN + ESP_LEN) && get32(here(h) + UDP_LEN);
}

static void look_udp(struct skua_seen *s, struct head *h)
{
	if (is_esp_in_udp(s, h)) {
		s->esp = true;
		s->spi = get32(here(h) + UDP_LEN);
	} else if (s->dport == SKUA_ROCE_PORT && has(h, UDP_LEN + BTH_LEN)) {
		s->roce = true;
		s->qpn = get32(here(h) + UDP_LEN + 4) & 0xffffff;
	}
}

static void look_transport(struct skua_seen *s, struct head *h)
{
	switch (s->proto) {
	case IPPROTO_ESP:
		if (has(h, ESP_LEN))
			s->spi = get32(here(h));
		break;
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		if (!has(h, 4))
			break;
		s->ports = true;
		s->sport = get16(here(h));
		s->dport = get16(here(h) + 2);
		if (s->proto == IPPROTO_UDP)
			look_udp(s, h);
		break;
	}
}

static void map_ipv4(uint8_t to[16], const uint8_t from[4])
{
	memset(to, 0, 10);
	memset(to + 10, 0xff, 2);
	memcpy(to + 12, from, 4);
}

/* Whether a transport header follows, at its beginning. */
static bool look_ipv4(struct skua_seen *s, struct head *h)
{
	const uint8_t *ip = here(h);

	if (!has(h, IPV4_LEN) || ip[0] < 0x45 || ip[0] > 0x4f)
		return false;
	s->net = SKUA_HWI_NET_IPV4;
	s->proto = ip[9];
	map_ipv4(s->src, ip + 12);
	map_ipv4(s->dst, ip + 16);
	skip(h, (ip[0] & 15) * 4u);
	return !(get16(ip + 6) & FRAGMENT_IPV4);
}

static bool look_ipv6(struct skua_seen *s, struct head *h)
{
	const uint8_t *ip = here(h);
	bool whole = true;

	if (!has(h, IPV6_LEN) || ip[0] >> 4 != 6)
		return false;
	s->net = SKUA_HWI_NET_IPV6;
	s->proto = ip[6];
	memcpy(s->src, ip + 8, 16);
	memcpy(s->dst, ip + 24, 16);
	skip(h, IPV6_LEN);
	while (has(h, FRAGMENT_LEN)) {
		const uint8_t *next = here(h);

		if (s->proto == IPPROTO_FRAGMENT) {
			whole = whole && !(get16(next + 2) & FRAGMENT_IPV6);
			s->proto = next[0];
			skip(h, FRAGMENT_LEN);
			/* No header follows in any but the first. */
			if (get16(next + 2) & OFFSET_IPV6)
				break;
		} else if (s->proto == IPPROTO_HOPOPTS ||
			   s->proto == IPPROTO_ROUTING ||
			   s->proto == IPPROTO_DSTOPTS) {
			s->proto = next[0];
			skip(h, 8 + next[1] * 8u);
		} else {
			break;
		}
	}
	return whole;
}

void skua_seen_look(struct skua_seen *s, const struct skua_frame *f)
{
	struct head h;
	bool transport = false;

	memset(s, 0, sizeof(*s));
	h.at = 0;
	h.len = f->len < SKUA_SEEN_HEAD ? f->len : SKUA_SEEN_HEAD;
	memcpy(h.byte, f->data, h.len);
	if (!look_ethernet(s, &h))
		return;
	if (s->ethertype == TYPE_IPV4)
		transport = look_ipv4(s, &h);
	else if (s->ethertype == TYPE_IPV6)
		transport = look_ipv6(s, &h);
	s->esp = s->net && s->proto == IPPROTO_ESP;
	if (transport)
		look_transport(s, &h);
}

/* The first bits of an address, also of one that the packet has not. */
static bool within(const struct skua_seen *s, const uint8_t addr[16],
		   const uint8_t of[16], uint8_t bits)
{
	uint8_t whole = bits / 8, mask = 0xff00 >> bits % 8;

	if (!bits)
		return true;
	if (!s->net || memcmp(addr, of, whole))
		return false;
	return !(bits % 8) || !((addr[whole] ^ of[whole]) & mask);
}

bool skua_seen_matches(const struct skua_seen *s,
		       const struct skua_hwi_flow_match *m)
{
	const uint32_t fields = le32toh(m->fields);
#define DIFFERS(field, same) ((fields & SKUA_HWI_FLOW_##field) && !(same))

	if (DIFFERS(DMAC, !memcmp(s->dmac, m->dmac, 6)) ||
	    DIFFERS(SMAC, !memcmp(s->smac, m->smac, 6)) ||
	    DIFFERS(ETHERTYPE, s->ethertype == ntohs(m->ethertype)) ||
	    DIFFERS(VLAN, s->tagged && s->vlan == le16toh(m->vlan)) ||
	    DIFFERS(NET, s->net && s->net == m->net) ||
	    DIFFERS(PROTO, s->net && s->proto == m->proto))
		return false;
	if (DIFFERS(SPORT, s->ports && !((s->sport ^ ntohs(m->sport)) &
					 ntohs(m->sport_mask))) ||
	    DIFFERS(DPORT, s->ports && !((s->dport ^ ntohs(m->dport)) &
					 ntohs(m->dport_mask))) ||
	    DIFFERS(SPI, s->esp && s->spi == ntohl(m->spi)) ||
	    DIFFERS(QPN, s->roce && s->qpn == le32toh(m->qpn)))
		return false;
#undef DIFFERS
	return within(s, s->src, m->src, m->src_prefix) &&
	       within(s, s->dst, m->dst, m->dst_prefix);
}
