// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Inbound, RFC 4303 3.4: for a burst the SAs are found and replays refused; the
 * cipher opens what is left; then each packet is marked in the window of its
 * SA, and only now anybody looks at what was in it.
 */
#include <assert.h>
#include <endian.h>
#include <stddef.h>
#include <string.h>

#include "ipsec/esp.h"
#include "ipsec/esp_hdr.h"
#include "ipsec/ip.h"
#include "ipsec/sa_table.h"

/* A packet between being found to be ESP and being what was in it. */
struct opening {
	struct skua_esp_frame *f;
	struct skua_sa *sa;
	struct skua_ip ip;
	uint8_t *data; /* the frame, or a copy of it, */
	uint32_t have; /* in which so much of it is */
	uint32_t esp;  /* where ESP begins, */
	uint32_t len;  /* how long it is, */
	struct skua_sa_id id;
	uint64_t seq;
	uint64_t hash;
	bool udp; /* and whether in UDP */
	struct skua_esp_aad aad;
};

struct burst {
	struct skua_sa_table *t;
	struct opening open[SKUA_ESP_BURST];
	struct skua_aead_job job[SKUA_ESP_BURST];
	unsigned int n; /* of open */
};

/* ESP or not --------------------------------------------------------------- */

/*
 * RFC 3948 2: behind port 4500 are also IKE, with zeroes where ESP has its SPI,
 * and keepalives of a byte.
 */
static enum skua_esp_result look_udp(struct opening *o)
{
	const struct skua_udp_hdr *udp = (const void *)(o->data + o->ip.last);
	uint32_t left = o->ip.end - o->ip.last, len;
	static const uint8_t ike[4];

	if (left < sizeof(*udp))
		return SKUA_ESP_NOT_ESP;
	len = be16toh(udp->len);
	if (be16toh(udp->dport) != SKUA_ESP_UDP_PORT || len > left ||
	    len < sizeof(*udp) + sizeof(ike) ||
	    !memcmp(udp + 1, ike, sizeof(ike)))
		return SKUA_ESP_NOT_ESP;
	o->udp = true;
	o->esp = o->ip.last + sizeof(*udp);
	o->len = len - sizeof(*udp);
	return SKUA_ESP_OK;
}

/* RFC 4303 3.4.1: who wants to have ESP opened reassembles first. */
static enum skua_esp_result look_fragment(const struct opening *o)
{
	uint8_t protocol = o->data[o->ip.ipv6 ? o->ip.last : o->ip.last_at];

	return protocol == SKUA_IP_PROTOCOL_ESP ? SKUA_ESP_FRAGMENT
						: SKUA_ESP_NOT_ESP;
}

static enum skua_esp_result look(struct opening *o, uint32_t len)
{
	enum skua_esp_result ret = skua_ip_look(o->data, len, &o->ip);

	if (ret)
		return ret == SKUA_ESP_NOT_IP ? SKUA_ESP_NOT_ESP : ret;
	if (o->ip.fragment)
		return look_fragment(o);
	switch (o->data[o->ip.last_at]) {
	case SKUA_IP_PROTOCOL_ESP:
		o->udp = false;
		o->esp = o->ip.last;
		o->len = o->ip.end - o->esp;
		return SKUA_ESP_OK;
	case SKUA_IP_PROTOCOL_UDP:
		return look_udp(o);
	default:
		return SKUA_ESP_NOT_ESP;
	}
}

/* What of it is copied ------------------------------------------------------ */

/* With a tag, all options of IPv4, and UDP; of IPv6 without extension headers. */
#define HEAD	128u
#define MAX_IHL 60u
static_assert(sizeof(struct skua_eth_hdr) + sizeof(struct skua_vlan_hdr) +
			      MAX_IHL + sizeof(struct skua_udp_hdr) +
			      sizeof(struct skua_esp_hdr) <= HEAD,
	      "what is looked at of most ESP");

static bool in_head(const uint8_t *frame)
{
	const uint8_t *ip = frame + skua_eth_len(frame);
	const struct skua_ipv6_hdr *ip6 = (const void *)ip;

	switch (ip[-2] << 8 | ip[-1]) {
	case SKUA_ETHERTYPE_IPV4:
		return true;
	case SKUA_ETHERTYPE_IPV6:
		return ip6->next == SKUA_IP_PROTOCOL_ESP ||
		       ip6->next == SKUA_IP_PROTOCOL_UDP;
	default:
		return false;
	}
}

static void copy_rest(struct opening *o)
{
	const struct skua_esp_frame *f = o->f;

	memcpy(o->data + o->have, f->data + o->have, f->len - o->have);
	o->have = f->len;
}

/*
 * The head is all that is to be looked at. The cipher fetches the rest, which costs
 * it less than a copy would.
 */
static void copy_head(struct opening *o)
{
	const struct skua_esp_frame *f = o->f;

	o->data = f->to;
	o->have = f->len;
	if (f->len <= HEAD) {
		memcpy(f->to, f->data, f->len);
		return;
	}
	memcpy(f->to, f->data, HEAD);
	o->have = HEAD;
	if (!in_head(f->to))
		copy_rest(o);
}

/* Which SA ----------------------------------------------------------------- */

static struct skua_sa_id id_of(const uint8_t *ip, bool ipv6,
			       const struct skua_esp_hdr *esp)
{
	const struct skua_ipv4_hdr *ip4 = (const void *)ip;
	const struct skua_ipv6_hdr *ip6 = (const void *)ip;

	return skua_sa_id(be32toh(esp->spi), ipv6 ? ip6->dst : ip4->dst, ipv6);
}

/*
 * Where ESP is behind headers without options; NULL: it is not ESP, or not to be
 * seen at once.
 */
static const struct skua_esp_hdr *see(const uint8_t *frame, uint32_t len)
{
	const struct skua_eth_hdr *eth = (const void *)frame;
	const struct skua_ipv4_hdr *ip4 = (const void *)(eth + 1);
	const struct skua_ipv6_hdr *ip6 = (const void *)(eth + 1);

	if (len < sizeof(*eth) + sizeof(*ip6) + sizeof(struct skua_esp_hdr))
		return NULL;
	if (eth->type == htobe16(SKUA_ETHERTYPE_IPV4) &&
	    ip4->protocol == SKUA_IP_PROTOCOL_ESP &&
	    ip4->version_ihl == SKUA_IPV4_VERSION_IHL)
		return (const void *)(ip4 + 1);
	if (eth->type == htobe16(SKUA_ETHERTYPE_IPV6) &&
	    ip6->next == SKUA_IP_PROTOCOL_ESP)
		return (const void *)(ip6 + 1);
	return NULL;
}

bool skua_esp_seen(const uint8_t *frame, uint32_t len)
{
	return see(frame, len);
}

bool skua_esp_peek(const struct skua_sa_table *t, const uint8_t *frame,
		   uint32_t len, uint64_t *hash)
{
	const struct skua_esp_hdr *esp = see(frame, len);
	const uint8_t *ip = frame + sizeof(struct skua_eth_hdr);
	struct skua_sa_id id;

	if (!esp)
		return false;
	id = id_of(ip, (const uint8_t *)esp == ip + sizeof(struct skua_ipv6_hdr),
		   esp);
	*hash = skua_sa_hash(t, &id);
	return true;
}

/*
 * As soon as the packet is found to be ESP: the SA's slot is fetched meanwhile.
 */
static enum skua_esp_result begin(const struct skua_sa_table *t,
				  struct opening *o, struct skua_esp_frame *f)
{
	enum skua_esp_result ret;
	const struct skua_esp_hdr *esp;

	o->f = f;
	o->sa = NULL;
	o->data = f->data;
	o->have = f->len;
	if (f->to)
		copy_head(o);
	ret = look(o, f->len);
	if (ret)
		return ret;
	if (o->len < sizeof(*esp))
		return SKUA_ESP_BAD_LENGTH;
	esp = (const void *)(o->data + o->esp);
	o->id = id_of(o->data + o->ip.ip, o->ip.ipv6, esp);
	o->sa = skua_sa_guess(t, f->likely, &o->id);
	if (o->sa)
		skua_replay_expect(&o->sa->replay, be32toh(esp->seq));
	else
		o->hash = skua_sa_hash(t, &o->id);
	return SKUA_ESP_OK;
}

/* What the SA says to it, and what of that is to be seen without a key. */
static enum skua_esp_result check(struct opening *o)
{
	const struct skua_esp_hdr *esp = (const void *)(o->data + o->esp);
	const struct skua_sa *sa = o->sa;
	uint32_t cipher;

	if (o->udp != !!(sa->flags & SKUA_SA_UDP))
		return SKUA_ESP_BAD_ENCAP;
	if (skua_sa_expired(sa))
		return SKUA_ESP_EXPIRED;
	if (o->len < sizeof(*esp) + SKUA_ESP_ALIGN + sa->aead.icv)
		return SKUA_ESP_BAD_LENGTH;
	cipher = o->len - sizeof(*esp) - sa->aead.icv;
	if (cipher % SKUA_ESP_ALIGN)
		return SKUA_ESP_BAD_LENGTH;
	if (!skua_replay_guess(&sa->replay, be32toh(esp->seq), &o->seq) ||
	    !(sa->flags & SKUA_SA_CRYPTO ||
	      skua_replay_fresh(&sa->replay, o->seq)))
		return SKUA_ESP_REPLAY;
	return SKUA_ESP_OK;
}

/* The text comes from where the frame is, if it is not in the copy. */
static void set_job(struct opening *o, struct skua_aead_job *job)
{
	uint8_t *hdr = o->data + o->esp;
	bool apart = o->have < o->f->len;
	const uint8_t *src = (apart ? o->f->data + o->esp : hdr) +
			     sizeof(struct skua_esp_hdr);

	*job = (struct skua_aead_job){
		.aead = &o->sa->aead,
		.key = skua_sa_key(o->sa),
		.src = src,
		.dst = hdr + sizeof(struct skua_esp_hdr),
		.len = o->len - sizeof(struct skua_esp_hdr) - o->sa->aead.icv,
		.aad = (const uint8_t *)&o->aad,
		.aad_len = skua_esp_set_aad(&o->aad, o->sa->spi, o->seq,
					    o->sa->flags & SKUA_SA_ESN),
		.iv = hdr + offsetof(struct skua_esp_hdr, iv),
	};
	/* Where it came to: its line is there once the cipher has read the text. */
	job->icv = (uint8_t *)src + job->len;
}

static enum skua_esp_result find(struct burst *b, struct opening *o)
{
	if (!o->sa)
		o->sa = skua_sa_find(b->t, o->hash, &o->id);
	if (!o->sa)
		o->sa = skua_sa_find_any(b->t, (uint32_t)o->id.word[0]);
	o->f->sa = o->sa;
	return o->sa ? check(o) : SKUA_ESP_UNKNOWN_SPI;
}

/* What was in it ----------------------------------------------------------- */

/* RFC 4303 2.4: the bytes of padding are 1, 2, 3… *len becomes that without. */
static bool strip(const uint8_t *text, uint32_t *len, uint8_t *next)
{
	const struct skua_esp_trailer *t;
	uint32_t i;

	*len -= sizeof(*t);
	t = (const void *)(text + *len);
	*next = t->next;
	if (t->pad_len > *len)
		return false;
	*len -= t->pad_len;
	for (i = 0; i < t->pad_len; i++)
		if (text[*len + i] != i + 1)
			return false;
	return true;
}

/*
 * Transport mode: the headers move up to the payload. What IPv6 has only in
 * front of ESP, and fragments, cannot be behind it.
 */
static enum skua_esp_result close_transport(struct opening *o, uint8_t *text,
					    uint32_t len, uint8_t next)
{
	uint32_t head = o->ip.last;
	uint8_t *out = text - head;

	if (next == SKUA_IP_PROTOCOL_HOPOPT || next == SKUA_IP_PROTOCOL_ROUTING ||
	    next == SKUA_IP_PROTOCOL_FRAGMENT)
		return SKUA_ESP_BAD_NEXT;
	skua_ip_move(out, o->data, head, &o->ip, o->ip.last_at, next,
		     head - o->ip.ip + len);
	o->f->data = out;
	o->f->len = head + len;
	return SKUA_ESP_OK;
}

/*
 * The length of the packet in a tunnel, behind which may be more padding (2.7).
 */
static uint32_t inner_len(const uint8_t *text, uint32_t len, bool ipv6)
{
	const struct skua_ipv4_hdr *ip4 = (const void *)text;
	const struct skua_ipv6_hdr *ip6 = (const void *)text;
	uint32_t total, ihl;

	if (ipv6) {
		if (len < sizeof(*ip6) ||
		    be32toh(ip6->version_flow) >> 28 != SKUA_IPV6_VERSION)
			return 0;
		total = sizeof(*ip6) + be16toh(ip6->len);
		return total > len ? 0 : total;
	}
	if (len < sizeof(*ip4) || ip4->version_ihl >> 4 != 4)
		return 0;
	ihl = (ip4->version_ihl & 0xf) * 4;
	total = be16toh(ip4->len);
	return ihl < sizeof(*ip4) || total < ihl || total > len ? 0 : total;
}

/* RFC 6040 4.2, figure 4: what the two say together; false is "drop". */
static bool join_ecn(uint8_t outer, uint8_t *inner)
{
	uint8_t in = *inner & SKUA_ECN_MASK, out = outer & SKUA_ECN_MASK;

	if (!in)
		return out != SKUA_ECN_CE;
	if (out == SKUA_ECN_CE || (in == SKUA_ECN_ECT0 && out == SKUA_ECN_ECT1))
		*inner = (*inner & ~SKUA_ECN_MASK) | out;
	return true;
}

static bool set_inner_tos(const struct opening *o, uint8_t *text, bool ipv6)
{
	uint8_t was = skua_ip_tos(text, ipv6), tos = was;

	if (!(o->sa->flags & SKUA_SA_NO_ECN) && !join_ecn(o->ip.tos, &tos))
		return false;
	if (o->sa->flags & SKUA_SA_SET_DSCP)
		tos = (o->ip.tos & ~SKUA_ECN_MASK) | (tos & SKUA_ECN_MASK);
	if (tos != was)
		skua_ip_set_tos(text, ipv6, tos);
	return true;
}

/* A tunnel: the Ethernet header moves up to the packet that was in it. */
static enum skua_esp_result close_tunnel(struct opening *o, uint8_t *text,
					 uint32_t len, uint8_t next)
{
	bool ipv6 = next == SKUA_IP_PROTOCOL_IPV6;
	uint16_t type = ipv6 ? SKUA_ETHERTYPE_IPV6 : SKUA_ETHERTYPE_IPV4;

	if (!ipv6 && next != SKUA_IP_PROTOCOL_IPV4)
		return SKUA_ESP_BAD_NEXT;
	len = inner_len(text, len, ipv6);
	if (!len)
		return SKUA_ESP_BAD_INNER;
	if (!set_inner_tos(o, text, ipv6))
		return SKUA_ESP_BAD_ECN;
	memmove(text - o->ip.ip, o->data, o->ip.ip);
	text[-2] = type >> 8;
	text[-1] = (uint8_t)type;
	o->f->data = text - o->ip.ip;
	o->f->len = o->ip.ip + len;
	return SKUA_ESP_OK;
}

/* Bytes count as they do on the other side: those of the IP packet. */
static uint32_t inner_bytes(const struct opening *o, uint32_t len)
{
	if (o->sa->flags & SKUA_SA_TUNNEL)
		return len;
	return o->ip.last - o->ip.ip + len;
}

/*
 * The window only says what the upper half of the next number will be. The ICV, and
 * what Ethernet put behind it, stay.
 */
static enum skua_esp_result finish_crypto(struct opening *o,
					  const struct skua_aead_job *job)
{
	uint8_t *icv = job->dst + job->len;

	if (icv != job->icv)
		memcpy(icv, job->icv, o->data + o->f->len - icv);
	if (skua_replay_fresh(&o->sa->replay, o->seq))
		skua_replay_mark(&o->sa->replay, o->seq);
	skua_sa_account(o->sa, o->ip.end - o->ip.ip);
	o->f->data = o->data;
	return SKUA_ESP_OK;
}

static enum skua_esp_result finish(struct opening *o,
				   const struct skua_aead_job *job)
{
	uint32_t len = job->len;
	uint8_t next;

	if (!job->ok)
		return SKUA_ESP_BAD_ICV;
	/* Others of the burst may have come in between. */
	if (skua_sa_expired(o->sa))
		return SKUA_ESP_EXPIRED;
	if (o->sa->flags & SKUA_SA_CRYPTO)
		return finish_crypto(o, job);
	if (!skua_replay_mark(&o->sa->replay, o->seq))
		return SKUA_ESP_REPLAY;
	if (!strip(job->dst, &len, &next))
		return SKUA_ESP_BAD_PADDING;
	if (next == SKUA_IP_PROTOCOL_NONE)
		return SKUA_ESP_DUMMY;
	skua_sa_account(o->sa, inner_bytes(o, len));
	if (o->sa->flags & SKUA_SA_TUNNEL)
		return close_tunnel(o, job->dst, len, next);
	return close_transport(o, job->dst, len, next);
}

/* Bursts ------------------------------------------------------------------- */

static void refuse(struct burst *b, struct skua_esp_frame *f,
		   enum skua_esp_result result)
{
	f->result = result;
	if (result > SKUA_ESP_NOT_ESP)
		skua_sa_refuse(b->t, f->sa, result);
}

/* It may be somebody else's, as it is. */
static void refuse_unopened(struct burst *b, struct opening *o,
			    enum skua_esp_result result)
{
	copy_rest(o);
	refuse(b, o->f, result);
}

/* Those that are ESP. The first key comes meanwhile, each other beside the cipher. */
static void sort_out(struct burst *b, struct skua_esp_frame *f, unsigned int n)
{
	enum skua_esp_result ret;

	for (b->n = 0; n; n--, f++) {
		f->sa = NULL;
		ret = begin(b->t, &b->open[b->n], f);
		if (ret)
			refuse_unopened(b, &b->open[b->n], ret);
		else if (!b->n++ && b->open->sa)
			skua_aead_prefetch(skua_sa_key(b->open->sa));
	}
}

/* What one needs comes while others are worked on. */
static void expect(const struct burst *b)
{
	const struct opening *o;

	for (o = b->open; o < b->open + b->n; o++)
		if (!o->sa)
			skua_sa_expect(b->t, o->hash);
}

static unsigned int in_burst(struct burst *b)
{
	struct skua_aead_job *job = b->job;
	enum skua_esp_result ret;
	struct opening *o;
	unsigned int ok = 0;

	if (b->n > 1)
		expect(b);
	for (o = b->open; o < b->open + b->n; o++) {
		ret = find(b, o);
		o->f->result = ret;
		if (ret)
			refuse_unopened(b, o, ret);
		else
			set_job(o, job++);
	}
	skua_aead_open(b->job, job - b->job);
	job = b->job;
	for (o = b->open; o < b->open + b->n; o++) {
		if (o->f->result)
			continue;
		ret = finish(o, job++);
		if (ret)
			refuse(b, o->f, ret);
		else
			ok++;
	}
	return ok;
}

unsigned int skua_esp_in(struct skua_sa_table *t, struct skua_esp_frame *f,
			 unsigned int n)
{
	unsigned int ok = 0, part;
	struct burst b;

	b.t = t;
	for (; n; n -= part, f += part) {
		part = n < SKUA_ESP_BURST ? n : SKUA_ESP_BURST;
		sort_out(&b, f, part);
		ok += in_burst(&b);
	}
	return ok;
}
