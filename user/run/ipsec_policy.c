// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* A policy, in the words of ip-xfrm(8). */
#include <endian.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

#include "ipsec.h"

static struct skua_hwi_flow_match *match_of(struct skua_ipsec_flow *flow)
{
	return &flow->create.match;
}

static void add_field(struct skua_ipsec_flow *flow, uint32_t field)
{
	match_of(flow)->fields |= htole32(field);
}

static void parse_src(struct words *w, struct skua_ipsec_flow *flow)
{
	want_address(w, match_of(flow)->src, &match_of(flow)->src_prefix);
}

static void parse_dst(struct words *w, struct skua_ipsec_flow *flow)
{
	want_address(w, match_of(flow)->dst, &match_of(flow)->dst_prefix);
}

static unsigned int protocol(struct words *w)
{
	const struct words before = *w;
	struct protoent *entry;
	char name[32];

	want_word(w, "a protocol");
	if (w->len && w->text[0] >= '0' && w->text[0] <= '9') {
		*w = before;
		return want_number(w, "a protocol", 0, 255);
	}
	if (w->len >= sizeof(name))
		wrong(w, "no such protocol");
	memcpy(name, w->text, w->len);
	name[w->len] = '\0';
	/* Without the list of all there are still these. */
	if (!strcmp(name, "udp"))
		return IPPROTO_UDP;
	if (!strcmp(name, "tcp"))
		return IPPROTO_TCP;
	entry = getprotobyname(name);
	if (!entry || entry->p_proto < 0 || entry->p_proto > 255)
		wrong(w, "no such protocol");
	return entry->p_proto;
}

static void parse_proto(struct words *w, struct skua_ipsec_flow *flow)
{
	match_of(flow)->proto = protocol(w);
	add_field(flow, SKUA_HWI_FLOW_PROTO);
}

static bool has_ports(const struct skua_ipsec_flow *flow)
{
	switch (flow->create.match.proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return le32toh(flow->create.match.fields) & SKUA_HWI_FLOW_PROTO;
	default:
		return false;
	}
}

static __be16 port(struct words *w, struct skua_ipsec_flow *flow)
{
	if (!has_ports(flow))
		wrong(w, "ports go behind a proto that has them");
	return htobe16(want_number(w, "a port", 0, UINT16_MAX));
}

static void parse_sport(struct words *w, struct skua_ipsec_flow *flow)
{
	match_of(flow)->sport = port(w, flow);
	match_of(flow)->sport_mask = UINT16_MAX;
	add_field(flow, SKUA_HWI_FLOW_SPORT);
}

static void parse_dport(struct words *w, struct skua_ipsec_flow *flow)
{
	match_of(flow)->dport = port(w, flow);
	match_of(flow)->dport_mask = UINT16_MAX;
	add_field(flow, SKUA_HWI_FLOW_DPORT);
}

static void parse_dir(struct words *w, struct skua_ipsec_flow *flow)
{
	want_word(w, "a direction");
	if (word_is(w, "in"))
		flow->create.direction = SKUA_HWI_FLOW_INGRESS;
	else if (word_is(w, "out"))
		flow->create.direction = SKUA_HWI_FLOW_EGRESS;
	else
		wrong(w, "the direction is in or out");
}

static void parse_priority(struct words *w, struct skua_ipsec_flow *flow)
{
	flow->create.priority =
		htole32(want_number(w, "a priority", 0, UINT32_MAX));
}

static void parse_action(struct words *w, struct skua_ipsec_flow *flow)
{
	want_word(w, "an action");
	if (word_is(w, "block"))
		flow->create.action = SKUA_HWI_FLOW_DROP;
	else if (!word_is(w, "allow"))
		wrong(w, "the action is allow or block");
}

/* It says by which SAs; what else it may say is always so. */
static void parse_tmpl(struct words *w, struct skua_ipsec_flow *flow)
{
	if (flow->create.action == SKUA_HWI_FLOW_DROP)
		wrong(w, "action block has no tmpl");
	if (next_is(w, "proto") && !next_is(w, "esp")) {
		want_word(w, "esp");
		wrong(w, "the protocol is esp, and no other");
	}
	want_word(w, "reqid");
	if (!word_is(w, "reqid"))
		wrong(w, "a tmpl is reqid and its number");
	flow->create.reqid = htole32(want_number(w, "a reqid", 1, UINT32_MAX));
	flow->create.sa = htole32(SKUA_HWI_NONE);
	flow->create.action = SKUA_HWI_FLOW_PROTECT;
}

static const struct {
	const char *name;
	void (*parse)(struct words *w, struct skua_ipsec_flow *flow);
	bool must;
} parts[] = {
	{ "src", parse_src, true },
	{ "dst", parse_dst, true },
	{ "proto", parse_proto, false },
	{ "sport", parse_sport, false },
	{ "dport", parse_dport, false },
	{ "dir", parse_dir, true },
	{ "priority", parse_priority, false },
	{ "action", parse_action, false },
	/* The last: some of its words are those of the others. */
	{ "tmpl", parse_tmpl, false },
};
#define NPARTS (sizeof(parts) / sizeof(parts[0]))

static unsigned int part_of(const struct words *w)
{
	unsigned int i;

	for (i = 0; i < NPARTS; i++) {
		if (word_is(w, parts[i].name))
			return i;
	}
	wrong(w, "no such word in a policy");
}

/* Prefixes of IPv4 have 96 bits or more, and others fewer or not those bits. */
static bool is_ipv4(const uint8_t raw[16], uint8_t prefix)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return prefix >= 96 && !memcmp(raw, mapped, sizeof(mapped));
}

/* ::/0 is any address of IPv6, but a prefix of no bits any at all. */
static void set_family(struct words *w, struct skua_ipsec_flow *flow)
{
	struct skua_hwi_flow_match *m = match_of(flow);
	bool ipv4 = is_ipv4(m->src, m->src_prefix);

	if (ipv4 != is_ipv4(m->dst, m->dst_prefix))
		wrong(w, "src and dst are not of one family");
	m->net = ipv4 ? SKUA_HWI_NET_IPV4 : SKUA_HWI_NET_IPV6;
	add_field(flow, SKUA_HWI_FLOW_NET);
}

void parse_policy(struct words *w, struct skua_ipsec_flow *flow)
{
	bool given[NPARTS] = { false };
	unsigned int i;

	while (next_word(w)) {
		i = part_of(w);
		if (given[i])
			wrong(w, "%s is given twice", parts[i].name);
		if (given[NPARTS - 1])
			wrong(w, "nothing goes behind tmpl");
		given[i] = true;
		parts[i].parse(w, flow);
	}
	for (i = 0; i < NPARTS; i++) {
		if (parts[i].must && !given[i])
			wrong(w, "%s is missing", parts[i].name);
	}
	set_family(w, flow);
}
