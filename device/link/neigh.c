// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kind.h"
#include "neigh.h"
#include "port.h"
#include "steer/steer.h"
#include "wire/sum.h"

#define ENTRIES 64u
/* What was heard is believed for so long (RFC 4861, REACHABLE_TIME). */
#define FRESH_NS 30000000000ull
/* And who does not answer is asked again. */
#define ASK_NS 250000000ull

#define ETH_ARP	 0x0806
#define ETH_IPV6 0x86dd

/* RFC 826, behind the Ethernet header. */
#define ARP_OP	   (SKUA_ETH_HLEN + 6)
#define ARP_SMAC   (SKUA_ETH_HLEN + 8)
#define ARP_SIP	   (SKUA_ETH_HLEN + 14)
#define ARP_DMAC   (SKUA_ETH_HLEN + 18)
#define ARP_DIP	   (SKUA_ETH_HLEN + 24)
#define ARP_LEN	   (SKUA_ETH_HLEN + 28)
#define ARP_ASK	   1
#define ARP_ANSWER 2
/* Ethernet pads to that. */
#define ARP_FRAME  60

/* RFC 4861, §4.3 and §4.4, with one option. */
#define IP6	   SKUA_ETH_HLEN
#define IP6_NEXT   (IP6 + 6)
#define IP6_HOPS   (IP6 + 7)
#define IP6_SRC	   (IP6 + 8)
#define IP6_DST	   (IP6 + 24)
#define ND	   (IP6 + 40)
#define ND_FLAGS   (ND + 4)
#define ND_TARGET  (ND + 8)
#define ND_OPTION  (ND + 24)
#define ND_FRAME   (ND_OPTION + 8)
#define ICMPV6	   58
#define ND_ASK	   135
#define ND_ANSWER  136
#define ND_SOLICITED 0x40
#define ND_OVERRIDE  0x20
#define OPT_SOURCE 1
#define OPT_TARGET 2

struct entry {
	uint8_t ip[16];
	uint8_t mac[6];
	bool known;
	uint64_t when;		/* it was heard, or asked for */
};

struct skua_neigh {
	struct skua_adapter *ad;
	struct entry entry[ENTRIES];
	unsigned int n;
};

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
static const uint8_t nobody[16];

struct skua_neigh *skua_neigh_create(struct skua_adapter *ad)
{
	struct skua_neigh *n = calloc(1, sizeof(*n));

	if (n)
		n->ad = ad;
	return n;
}

void skua_neigh_destroy(struct skua_neigh *n)
{
	free(n);
}

/* The Ethernet address of one of our own, or NULL. */
static const uint8_t *own_mac(const struct skua_neigh *n, const uint8_t ip[16])
{
	const struct skua_function *fn;
	unsigned int f, i;

	for (f = 0; f < SKUA_MAX_FUNCTIONS; f++) {
		fn = n->ad->fn[f];
		for (i = 0; fn && i < SKUA_HWI_MAX_GID; i++)
			if (fn->gid[i].valid &&
			    !memcmp(fn->gid[i].gid, ip, 16))
				return fn->gid[i].smac;
	}
	return NULL;
}

static struct entry *find(struct skua_neigh *n, const uint8_t ip[16])
{
	unsigned int i;

	for (i = 0; i < n->n; i++)
		if (!memcmp(n->entry[i].ip, ip, 16))
			return &n->entry[i];
	return NULL;
}

static void learn(struct skua_neigh *n, const uint8_t ip[16],
		  const uint8_t mac[6])
{
	struct entry *e = find(n, ip);

	/* A group is no neighbour. */
	if (!e || mac[0] & 1)
		return;
	memcpy(e->mac, mac, 6);
	e->known = true;
	e->when = skua_now(n->ad);
}

static void put_eth(uint8_t *f, const uint8_t dst[6], const uint8_t src[6],
		    uint16_t type)
{
	memcpy(f, dst, 6);
	memcpy(f + 6, src, 6);
	skua_put16(f + 12, type);
}

/* ARP ---------------------------------------------------------------------- */

static void send_arp(struct skua_neigh *n, uint16_t op, const uint8_t smac[6],
		     const uint8_t sip[4], const uint8_t dmac[6],
		     const uint8_t dip[4])
{
	static const uint8_t start[] = { 0, 1, 8, 0, 6, 4 };
	static const uint8_t all[6] = { 255, 255, 255, 255, 255, 255 };
	uint8_t f[ARP_FRAME] = { 0 };

	put_eth(f, op == ARP_ASK ? all : dmac, smac, ETH_ARP);
	memcpy(f + SKUA_ETH_HLEN, start, sizeof(start));
	skua_put16(f + ARP_OP, op);
	memcpy(f + ARP_SMAC, smac, 6);
	memcpy(f + ARP_SIP, sip, 4);
	memcpy(f + ARP_DMAC, dmac, 6);
	memcpy(f + ARP_DIP, dip, 4);
	skua_link_port_own(n->ad->link, f, sizeof(f));
}

static void hear_arp(struct skua_neigh *n, const uint8_t *f)
{
	static const uint8_t start[] = { 0, 1, 8, 0, 6, 4 };
	uint8_t sender[16], target[16];
	const uint8_t *mac;

	if (memcmp(f + SKUA_ETH_HLEN, start, sizeof(start)))
		return;
	memcpy(sender, mapped, 12);
	memcpy(sender + 12, f + ARP_SIP, 4);
	memcpy(target, mapped, 12);
	memcpy(target + 12, f + ARP_DIP, 4);
	if (skua_get16(f + ARP_OP) == ARP_ANSWER)
		learn(n, sender, f + ARP_SMAC);
	if (skua_get16(f + ARP_OP) != ARP_ASK)
		return;
	mac = own_mac(n, target);
	if (mac)
		send_arp(n, ARP_ANSWER, mac, f + ARP_DIP, f + ARP_SMAC,
			 f + ARP_SIP);
}

/* Neighbour discovery ------------------------------------------------------ */

/* RFC 4443, §2.3: over addresses, length, next header and the message. */
static uint16_t checksum(const uint8_t *f, uint32_t len)
{
	return ~skua_sum(len + ICMPV6, f + IP6_SRC, ND - IP6_SRC + len);
}

static void send_nd(struct skua_neigh *n, uint8_t type, uint8_t flags,
		    const uint8_t dmac[6], const uint8_t smac[6],
		    const uint8_t src[16], const uint8_t dst[16],
		    const uint8_t target[16])
{
	uint8_t f[ND_FRAME] = { 0 };

	put_eth(f, dmac, smac, ETH_IPV6);
	f[IP6] = 0x60;
	skua_put16(f + IP6 + 4, ND_FRAME - ND);
	f[IP6_NEXT] = ICMPV6;
	f[IP6_HOPS] = 255;
	memcpy(f + IP6_SRC, src, 16);
	memcpy(f + IP6_DST, dst, 16);
	f[ND] = type;
	f[ND_FLAGS] = flags;
	memcpy(f + ND_TARGET, target, 16);
	f[ND_OPTION] = type == ND_ASK ? OPT_SOURCE : OPT_TARGET;
	f[ND_OPTION + 1] = 1;
	memcpy(f + ND_OPTION + 2, smac, 6);
	skua_put16(f + ND + 2, checksum(f, ND_FRAME - ND));
	skua_link_port_own(n->ad->link, f, sizeof(f));
}

/* The address in such an option, or else. */
static const uint8_t *option(const uint8_t *f, uint32_t end, uint8_t type,
			     const uint8_t *otherwise)
{
	uint32_t at = ND_OPTION;

	while (end - at >= 8 && f[at + 1] && f[at + 1] * 8u <= end - at) {
		if (f[at] == type)
			return f + at + 2;
		at += f[at + 1] * 8u;
	}
	return otherwise;
}

static void hear_ask(struct skua_neigh *n, const uint8_t *f, uint32_t end)
{
	static const uint8_t all_nodes[16] = { 0xff, 2, [15] = 1 };
	static const uint8_t all_macs[6] = { 0x33, 0x33, 0, 0, 0, 1 };
	const uint8_t *mac = own_mac(n, f + ND_TARGET);

	if (!mac)
		return;
	/* Who has no address yet is told with everybody (§7.2.4). */
	if (!memcmp(f + IP6_SRC, nobody, 16))
		send_nd(n, ND_ANSWER, ND_OVERRIDE, all_macs, mac,
			f + ND_TARGET, all_nodes, f + ND_TARGET);
	else
		send_nd(n, ND_ANSWER, ND_SOLICITED | ND_OVERRIDE,
			option(f, end, OPT_SOURCE, f + 6), mac, f + ND_TARGET,
			f + IP6_SRC, f + ND_TARGET);
}

static void hear_nd(struct skua_neigh *n, const uint8_t *f, size_t len)
{
	uint32_t icmp = skua_get16(f + IP6 + 4);

	/* No router has passed it on (§7.1). */
	if (f[IP6] >> 4 != 6 || f[IP6_HOPS] != 255 ||
	    icmp < ND_OPTION - ND || icmp > len - ND || f[ND + 1] ||
	    checksum(f, icmp))
		return;
	if (f[ND] == ND_ASK)
		hear_ask(n, f, ND + icmp);
	else if (f[ND] == ND_ANSWER)
		learn(n, f + ND_TARGET,
		      option(f, ND + icmp, OPT_TARGET, f + 6));
}

/* Both --------------------------------------------------------------------- */

/* Such messages have few options, and these come first. */
#define COPY_MAX 256u

void skua_neigh_frame(struct skua_neigh *n, const uint8_t *frame, size_t len,
		      bool opened)
{
	uint8_t f[COPY_MAX];
	bool arp, nd;

	if (len < SKUA_ETH_HLEN || len > sizeof(f))
		return;
	memcpy(f, frame, len);
	arp = skua_get16(f + 12) == ETH_ARP && len >= ARP_LEN;
	nd = skua_get16(f + 12) == ETH_IPV6 && len >= ND_OPTION &&
	     f[IP6_NEXT] == ICMPV6;
	/* Most are neither: ESP, say. Flows are asked about those that are. */
	if (!(arp || nd) || !(opened || skua_steer_hears(n->ad, f, len)))
		return;
	if (arp)
		hear_arp(n, f);
	else
		hear_nd(n, f, len);
}

static void ask(struct skua_neigh *n, const uint8_t from[16],
		const uint8_t smac[6], const uint8_t to[16])
{
	/* RFC 4291, §2.7.1, and RFC 2464, §7. */
	uint8_t group[16] = { 0xff, 2, [11] = 1, [12] = 0xff };
	uint8_t mac[6] = { 0x33, 0x33, 0xff };

	if (!memcmp(to, mapped, 12)) {
		send_arp(n, ARP_ASK, smac, from + 12, nobody, to + 12);
		return;
	}
	memcpy(group + 13, to + 13, 3);
	memcpy(mac + 3, to + 13, 3);
	send_nd(n, ND_ASK, 0, mac, smac, from, group, to);
}

/* A new one, in the place of the oldest if there is no other. */
static struct entry *add(struct skua_neigh *n, const uint8_t ip[16])
{
	struct entry *e = &n->entry[0];
	unsigned int i;

	if (n->n < ENTRIES)
		e = &n->entry[n->n++];
	else
		for (i = 1; i < ENTRIES; i++)
			if (n->entry[i].when < e->when)
				e = &n->entry[i];
	*e = (struct entry){ 0 };
	memcpy(e->ip, ip, 16);
	return e;
}

int skua_neigh_find(struct skua_neigh *n, const uint8_t from[16],
		    const uint8_t smac[6], const uint8_t to[16],
		    uint8_t mac[6])
{
	struct entry *e = find(n, to);
	uint64_t now = skua_now(n->ad);
	const uint8_t *own = own_mac(n, to);

	if (own) {
		memcpy(mac, own, 6);
		return 0;
	}
	if (e && e->known && now - e->when < FRESH_NS) {
		memcpy(mac, e->mac, 6);
		return 0;
	}
	if (!e)
		e = add(n, to);
	if (e->known || !e->when || now - e->when >= ASK_NS) {
		e->known = false;
		e->when = now;
		ask(n, from, smac, to);
		skua_link_port_flush(n->ad->link);
	}
	return -EAGAIN;
}
