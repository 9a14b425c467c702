// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Outbound: a frame is measured, then the headers are moved down and completed,
 * the trailer is written, and the cipher does a whole burst. The payload stays
 * where it is, or is written once, by the cipher.
 */
#include <endian.h>
#include <stddef.h>
#include <string.h>

#include "ipsec/esp.h"
#include "ipsec/esp_hdr.h"
#include "ipsec/ip.h"

/* A packet between measuring and sealing. */
struct plan {
	struct skua_ip in;
	uint32_t keep;	  /* bytes of the old frame that stay in front */
	uint32_t outer;	  /* of them and the new header, those of IP */
	uint32_t head;	  /* bytes before the payload in the new frame */
	uint32_t payload; /* bytes from keep on that are protected */
	uint32_t pad;
	uint32_t total; /* bytes of the new IP packet */
	uint32_t inner; /* bytes of the old one that count */
	uint8_t next;
};

struct burst {
	struct skua_aead_job job[SKUA_ESP_BURST];
	struct skua_esp_aad aad[SKUA_ESP_BURST];
	const struct skua_sa *sa[SKUA_ESP_BURST];
	const uint8_t *ip6[SKUA_ESP_BURST]; /* of UDP in IPv6 its header */
	unsigned int n;
};

static uint32_t outer_len(const struct skua_sa *sa)
{
	return sa->flags & SKUA_SA_IPV6 ? sizeof(struct skua_ipv6_hdr) :
					  sizeof(struct skua_ipv4_hdr);
}

/* Between the IP header and the payload. */
static uint32_t between_len(const struct skua_sa *sa)
{
	return sizeof(struct skua_esp_hdr) +
	       (sa->flags & SKUA_SA_UDP ? sizeof(struct skua_udp_hdr) : 0);
}

static uint32_t pad_for(uint32_t payload)
{
	return -(payload + sizeof(struct skua_esp_trailer)) &
	       (SKUA_ESP_ALIGN - 1);
}

static bool too_big(const struct skua_sa *sa, const struct plan *p)
{
	bool ipv6 = sa->flags & SKUA_SA_TUNNEL ? sa->flags & SKUA_SA_IPV6 :
						 p->in.ipv6;
	uint32_t most = UINT16_MAX + (ipv6 ? sizeof(struct skua_ipv6_hdr) : 0);

	return p->total > most || (sa->mtu && p->total > sa->mtu);
}

/* What becomes of a frame, before anything of it is changed. */
static enum skua_esp_result measure(const struct skua_sa *sa,
				    const struct skua_esp_frame *f,
				    struct plan *p)
{
	enum skua_esp_result ret = skua_ip_look(f->data, f->len, &p->in);

	if (ret)
		return ret;
	if (sa->flags & SKUA_SA_TUNNEL) {
		p->keep = p->in.ip;
		p->outer = outer_len(sa);
		p->next = p->in.ipv6 ? SKUA_IP_PROTOCOL_IPV6 :
				       SKUA_IP_PROTOCOL_IPV4;
	} else {
		if (p->in.fragment)
			return SKUA_ESP_FRAGMENT;
		p->keep = p->in.front;
		p->outer = p->in.front - p->in.ip;
		p->next = f->data[p->in.front_at];
	}
	p->head = p->in.ip + p->outer + between_len(sa);
	p->payload = p->in.end - p->keep;
	p->pad = pad_for(p->payload);
	p->inner = p->in.end - p->in.ip;
	p->total = p->outer + between_len(sa) + p->payload + p->pad +
		   sizeof(struct skua_esp_trailer) + sa->aead.icv;
	return too_big(sa, p) ? SKUA_ESP_TOO_BIG : SKUA_ESP_OK;
}

static bool has_room(const struct skua_sa *sa, const struct skua_esp_frame *f,
		     const struct plan *p)
{
	uint32_t behind = f->len - p->in.end; /* Ethernet's padding */
	uint32_t tail = p->pad + sizeof(struct skua_esp_trailer) + sa->aead.icv;

	if (tail > behind && tail - behind > f->tailroom)
		return false;
	return f->to || p->head - p->keep <= f->headroom;
}

/* Behind the IP header. */
static uint8_t protocol(const struct skua_sa *sa)
{
	return sa->flags & SKUA_SA_UDP ? SKUA_IP_PROTOCOL_UDP :
					 SKUA_IP_PROTOCOL_ESP;
}

/* RFC 4301 5.1.2.1, with ECN as RFC 6040 4.1 has it. */
static uint8_t outer_tos(const struct skua_sa *sa, uint8_t inner)
{
	uint8_t tos = inner;

	if (sa->flags & SKUA_SA_OWN_DSCP)
		tos = sa->dscp << SKUA_DSCP_SHIFT | (inner & SKUA_ECN_MASK);
	return sa->flags & SKUA_SA_NO_ECN ? tos & ~SKUA_ECN_MASK : tos;
}

/* IPv6 must not be fragmented on its way, so inside it counts as DF. */
static uint16_t outer_df(const struct skua_sa *sa, const struct plan *p,
			 const uint8_t *inner)
{
	const struct skua_ipv4_hdr *ip = (const void *)inner;

	if (sa->flags & SKUA_SA_MAY_FRAGMENT)
		return 0;
	return p->in.ipv6 ? SKUA_IPV4_DF : be16toh(ip->frag) & SKUA_IPV4_DF;
}

static void put_tunnel4(const struct skua_sa *sa, const struct plan *p,
			const uint8_t *inner, uint8_t *out)
{
	struct skua_ipv4_hdr ip = {
		.version_ihl = SKUA_IPV4_VERSION_IHL,
		.tos = outer_tos(sa, p->in.tos),
		.id = htobe16(sa->seq), /* RFC 6864: not soon again */
		.frag = htobe16(outer_df(sa, p, inner)),
		.ttl = sa->hop_limit,
		.protocol = protocol(sa),
	};

	memcpy(ip.src, &sa->src, sizeof(ip.src));
	memcpy(ip.dst, &sa->dst, sizeof(ip.dst));
	skua_ip_set_length((uint8_t *)&ip, false, p->total);
	memcpy(out, &ip, sizeof(ip));
}

/* The flow label is that of the packet inside, RFC 4301 5.1.2.2 (9). */
static void put_tunnel6(const struct skua_sa *sa, const struct plan *p,
			const uint8_t *inner, uint8_t *out)
{
	const struct skua_ipv6_hdr *old = (const void *)inner;
	uint32_t flow = p->in.ipv6 ? be32toh(old->version_flow) : 0;
	uint32_t tos = outer_tos(sa, p->in.tos);
	struct skua_ipv6_hdr ip = {
		.version_flow = htobe32(SKUA_IPV6_VERSION << 28 |
					tos << SKUA_IPV6_CLASS_SHIFT |
					(flow & SKUA_IPV6_FLOW_MASK)),
		.next = protocol(sa),
		.hop_limit = sa->hop_limit,
	};

	memcpy(ip.src, &sa->src, sizeof(ip.src));
	memcpy(ip.dst, &sa->dst, sizeof(ip.dst));
	skua_ip_set_length((uint8_t *)&ip, true, p->total);
	memcpy(out, &ip, sizeof(ip));
}

/* In front of the IP header, behind a VLAN tag if there is one. */
static void put_type(uint8_t *ip, bool ipv6)
{
	uint16_t type = ipv6 ? SKUA_ETHERTYPE_IPV6 : SKUA_ETHERTYPE_IPV4;

	ip[-2] = type >> 8;
	ip[-1] = (uint8_t)type;
}

/*
 * All headers up to UDP or ESP. True: it is IPv6. Nothing at out is read: memory of
 * a link would be waited for.
 */
static bool put_ip(const struct skua_sa *sa, const struct plan *p,
		   const uint8_t *old, uint8_t *out)
{
	bool ipv6 = sa->flags & SKUA_SA_IPV6;
	uint8_t *ip = out + p->in.ip;

	if (!(sa->flags & SKUA_SA_TUNNEL)) {
		skua_ip_move(out, old, p->keep, &p->in, p->in.front_at,
			     protocol(sa), p->total);
		return p->in.ipv6;
	}
	memmove(out, old, p->keep);
	put_type(ip, ipv6);
	if (ipv6)
		put_tunnel6(sa, p, old + p->in.ip, ip);
	else
		put_tunnel4(sa, p, old + p->in.ip, ip);
	return ipv6;
}

/* RFC 3948 2.1: the checksum is zero; skua_esp_out() makes that of IPv6. */
static void put_udp(const struct skua_sa *sa, uint8_t *out, uint32_t len)
{
	struct skua_udp_hdr udp = {
		.sport = htobe16(sa->udp_sport),
		.dport = htobe16(sa->udp_dport),
		.len = htobe16(len),
	};

	memcpy(out, &udp, sizeof(udp));
}

/* RFC 4303 2.4: 1, 2, 3… */
static void put_trailer(const struct plan *p, uint8_t *at)
{
	uint32_t i;

	for (i = 0; i < p->pad; i++)
		*at++ = i + 1;
	*at++ = p->pad;
	*at = p->next;
}

/* The frame as it will be, and the cipher's job on it. */
static void build(struct burst *b, struct skua_esp_frame *f,
		  const struct plan *p, uint64_t seq)
{
	const struct skua_sa *sa = f->sa;
	const struct skua_esp_hdr esp = { htobe32(sa->spi), htobe32(seq),
					  htobe64(seq) };
	uint8_t *old = f->data, *src = old + p->keep;
	uint8_t *out = f->to ? f->to : src - p->head;
	uint8_t *dst = out + p->head, *hdr = dst - sizeof(esp);
	struct skua_aead_job *job = &b->job[b->n];
	bool ipv6 = put_ip(sa, p, old, out), udp = sa->flags & SKUA_SA_UDP;

	if (udp)
		put_udp(sa, hdr - sizeof(struct skua_udp_hdr),
			p->total - p->outer);
	memcpy(hdr, &esp, sizeof(esp));
	put_trailer(p, src + p->payload);
	*job = (struct skua_aead_job){
		.aead = &sa->aead,
		.key = skua_sa_key(sa),
		.src = src,
		.dst = dst,
		.len = p->payload + p->pad + sizeof(struct skua_esp_trailer),
		.aad = (const uint8_t *)&b->aad[b->n],
		.aad_len = skua_esp_set_aad(&b->aad[b->n], sa->spi, seq,
					    sa->flags & SKUA_SA_ESN),
		.iv = hdr + offsetof(struct skua_esp_hdr, iv),
	};
	job->icv = dst + job->len;
	f->data = out;
	f->len = p->in.ip + p->total;
	b->sa[b->n] = sa;
	b->ip6[b->n++] = ipv6 && udp ? out + p->in.ip : NULL;
}

static enum skua_esp_result take(struct burst *b, struct skua_esp_frame *f)
{
	struct skua_sa *sa = f->sa;
	enum skua_esp_result ret;
	struct plan p;
	uint64_t seq;

	ret = measure(sa, f, &p);
	if (ret)
		return ret;
	if (!has_room(sa, f, &p))
		return SKUA_ESP_NO_ROOM;
	if (skua_sa_expired(sa))
		return SKUA_ESP_EXPIRED;
	seq = skua_sa_next_seq(sa);
	if (!seq)
		return SKUA_ESP_EXHAUSTED;
	skua_sa_account(sa, p.inner);
	build(b, f, &p, seq);
	return SKUA_ESP_OK;
}

/*
 * RFC 8200 8.1 wants a checksum, and it covers what the cipher made. Where
 * things are is not read from the frame, which may be others' to write by now.
 */
static void put_udp6_checksum(const struct burst *b, unsigned int i)
{
	const struct skua_aead_job *job = &b->job[i];
	uint8_t *at = job->dst - between_len(b->sa[i]);
	struct skua_udp_hdr *udp = (void *)at;

	udp->checksum = skua_ip_udp6_checksum(
		b->ip6[i], at, job->icv + b->sa[i]->aead.icv - at);
}

static unsigned int out_burst(struct skua_esp_frame *f, unsigned int n)
{
	struct burst b;
	unsigned int i;

	b.n = 0;
	for (i = 0; i < n; i++) {
		f[i].result = take(&b, &f[i]);
		if (f[i].result)
			skua_sa_refuse(f[i].sa->table, f[i].sa, f[i].result);
	}
	skua_aead_seal(b.job, b.n);
	for (i = 0; i < b.n; i++)
		if (b.ip6[i])
			put_udp6_checksum(&b, i);
	return b.n;
}

uint32_t skua_esp_inner_mtu(const struct skua_sa *sa, uint32_t mtu)
{
	uint32_t fixed = between_len(sa) + sa->aead.icv;
	uint32_t kept = 0, room;

	if (sa->flags & SKUA_SA_TUNNEL)
		fixed += outer_len(sa);
	else
		kept = outer_len(sa);
	if (mtu < fixed + kept + SKUA_ESP_ALIGN)
		return 0;
	/* Payload, padding and trailer, in whole words. */
	room = (mtu - fixed - kept) & ~(SKUA_ESP_ALIGN - 1);
	return kept + room - sizeof(struct skua_esp_trailer);
}

unsigned int skua_esp_out(struct skua_esp_frame *f, unsigned int n)
{
	unsigned int done = 0, part;

	for (; n; n -= part, f += part) {
		part = n < SKUA_ESP_BURST ? n : SKUA_ESP_BURST;
		done += out_burst(f, part);
	}
	return done;
}
