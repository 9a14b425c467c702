// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <arpa/inet.h>
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "ipsec_json.h"
#include "skua_counters.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const uint8_t mapped[12] = { [10] = 0xff, 0xff };

static void add(struct json_object *o, const char *name, uint64_t v)
{
	json_object_object_add(o, name, json_object_new_uint64(v));
}

static void add_text(struct json_object *o, const char *name, const char *text)
{
	json_object_object_add(o, name, json_object_new_string(text));
}


static void add_hex(struct json_object *o, const char *name, uint32_t v)
{
	char text[16];

	snprintf(text, sizeof(text), "0x%08x", v);
	add_text(o, name, text);
}

static void add_mac(struct json_object *o, const char *name,
		    const uint8_t m[6])
{
	char text[18];

	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", m[0],
		 m[1], m[2], m[3], m[4], m[5]);
	add_text(o, name, text);
}

static bool is_ipv4(const uint8_t addr[16])
{
	return !memcmp(addr, mapped, sizeof(mapped));
}

static void address(const uint8_t addr[16], char text[INET6_ADDRSTRLEN])
{
	if (is_ipv4(addr))
		inet_ntop(AF_INET, addr + 12, text, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, addr, text, INET6_ADDRSTRLEN);
}

static void add_address(struct json_object *o, const char *name,
			const uint8_t addr[16])
{
	char text[INET6_ADDRSTRLEN];

	address(addr, text);
	add_text(o, name, text);
}

static void add_prefix(struct json_object *o, const char *name,
		       const uint8_t addr[16], uint8_t bits)
{
	const bool ipv4 = is_ipv4(addr) && bits >= 96;
	char text[INET6_ADDRSTRLEN], whole[INET6_ADDRSTRLEN + 5];

	if (!bits)
		return;
	address(addr, text);
	snprintf(whole, sizeof(whole), "%s/%u", text, ipv4 ? bits - 96 : bits);
	add_text(o, name, whole);
}

/* Functions ----------------------------------------------------------------- */

struct json_object *ipsec_function_json(unsigned int i,
					const struct skua_ipsec_function *f)
{
	struct json_object *o = json_object_new_object();
	struct json_object *counters = json_object_new_object();
	unsigned int c;

	add(o, "function", i);
	add(o, "port", f->port);
	add_mac(o, "mac", f->mac);
	add(o, "sas", f->sas);
	add(o, "flows", f->flows);
	for (c = 0; c < COUNT(skua_ipsec_counter_name); c++)
		add(counters, skua_ipsec_counter_name[c], f->counter[c]);
	json_object_object_add(o, "counters", counters);
	return o;
}

/* SAs ----------------------------------------------------------------------- */

struct bit {
	uint32_t val;
	const char *name;
};

static const struct bit flags[] = {
	{ SKUA_HWI_SA_ESN, "esn" },
	{ SKUA_HWI_SA_UDP, "udp" },
	{ SKUA_HWI_SA_OWN_DSCP, "own-dscp" },
	{ SKUA_HWI_SA_SET_DSCP, "set-dscp" },
	{ SKUA_HWI_SA_NO_ECN, "no-ecn" },
	{ SKUA_HWI_SA_MAY_FRAGMENT, "may-fragment" },
	{ SKUA_HWI_SA_BY_FLOW, "by-flow" },
	{ SKUA_HWI_SA_CRYPTO, "crypto" },
};

static const struct bit events[] = {
	{ SKUA_HWI_SA_EVENT_SOFT, "soft" },
	{ SKUA_HWI_SA_EVENT_HARD, "hard" },
	{ SKUA_HWI_SA_EVENT_EXHAUSTED, "exhausted" },
};

/* The names of those that are set. */
static void add_bits(struct json_object *o, const char *name, uint32_t val,
		     const struct bit *bit, size_t n)
{
	struct json_object *list = json_object_new_array();

	for (; n; n--, bit++)
		if (val & bit->val)
			json_object_array_add(
				list, json_object_new_string(bit->name));
	json_object_object_add(o, name, list);
}

/* Those that there are: most SAs have few or none. */
static void add_limits(struct json_object *o, const struct skua_ipsec_sa *sa)
{
	struct json_object *limits = json_object_new_object();

	if (sa->soft_packets)
		add(limits, "soft_packets", sa->soft_packets);
	if (sa->soft_bytes)
		add(limits, "soft_bytes", sa->soft_bytes);
	if (sa->hard_packets)
		add(limits, "hard_packets", sa->hard_packets);
	if (sa->hard_bytes)
		add(limits, "hard_bytes", sa->hard_bytes);
	json_object_object_add(o, "limits", limits);
}

static void add_refused(struct json_object *o, const struct skua_ipsec_sa *sa)
{
	struct json_object *refused = json_object_new_object();
	unsigned int i;

	for (i = 0; i < SKUA_ESP_RESULTS; i++)
		if (sa->refused[i])
			add(refused, skua_esp_result_name[i], sa->refused[i]);
	json_object_object_add(o, "refused", refused);
	if (sa->last != SKUA_ESP_OK)
		add_text(o, "last_refusal", skua_esp_result_name[sa->last]);
}

struct json_object *ipsec_sa_json(const struct skua_ipsec_sa *sa)
{
	struct json_object *o = json_object_new_object();

	add(o, "handle", sa->handle);
	add_hex(o, "spi", sa->spi);
	add(o, "reqid", sa->reqid);
	add_text(o, "direction", sa->flags & SKUA_HWI_SA_IN ? "in" : "out");
	add_text(o, "mode", sa->flags & SKUA_HWI_SA_TUNNEL ? "tunnel" :
							     "transport");
	add_address(o, "src", sa->src);
	add_address(o, "dst", sa->dst);
	if (sa->udp_sport || sa->udp_dport) {
		add(o, "udp_sport", sa->udp_sport);
		add(o, "udp_dport", sa->udp_dport);
	}
	add_bits(o, "flags", sa->flags, flags, COUNT(flags));
	add(o, "icv_bits", sa->icv_len * 8u);
	add(o, "window", sa->window);
	add(o, "mtu", sa->mtu);
	add(o, "seq", sa->seq);
	add(o, "packets", sa->packets);
	add(o, "bytes", sa->bytes);
	add_limits(o, sa);
	add_refused(o, sa);
	add_bits(o, "events", sa->events, events, COUNT(events));
	return o;
}

/* Flows --------------------------------------------------------------------- */

static void add_port(struct json_object *o, const char *name, __be16 port,
		     __be16 mask)
{
	char text[16];

	if (mask == htons(0xffff)) {
		add(o, name, ntohs(port));
		return;
	}
	snprintf(text, sizeof(text), "0x%x/0x%x", ntohs(port), ntohs(mask));
	add_text(o, name, text);
}

static void add_match_ether(struct json_object *o,
			    const struct skua_hwi_flow_match *m,
			    uint32_t fields)
{
	char text[8];

	if (fields & SKUA_HWI_FLOW_DMAC)
		add_mac(o, "dmac", m->dmac);
	if (fields & SKUA_HWI_FLOW_SMAC)
		add_mac(o, "smac", m->smac);
	if (fields & SKUA_HWI_FLOW_ETHERTYPE) {
		snprintf(text, sizeof(text), "0x%04x", ntohs(m->ethertype));
		add_text(o, "ethertype", text);
	}
	if (fields & SKUA_HWI_FLOW_VLAN)
		add(o, "vlan", le16toh(m->vlan));
}

static struct json_object *match_json(const struct skua_hwi_flow_match *m)
{
	struct json_object *o = json_object_new_object();
	const uint32_t fields = le32toh(m->fields);

	add_prefix(o, "src", m->src, m->src_prefix);
	add_prefix(o, "dst", m->dst, m->dst_prefix);
	add_match_ether(o, m, fields);
	if (fields & SKUA_HWI_FLOW_NET)
		add_text(o, "net", m->net == SKUA_HWI_NET_IPV4 ? "ipv4" :
				   m->net == SKUA_HWI_NET_IPV6 ? "ipv6" :
								 "none");
	if (fields & SKUA_HWI_FLOW_PROTO)
		add(o, "proto", m->proto);
	if (fields & SKUA_HWI_FLOW_SPORT)
		add_port(o, "sport", m->sport, m->sport_mask);
	if (fields & SKUA_HWI_FLOW_DPORT)
		add_port(o, "dport", m->dport, m->dport_mask);
	if (fields & SKUA_HWI_FLOW_SPI)
		add_hex(o, "spi", ntohl(m->spi));
	if (fields & SKUA_HWI_FLOW_QPN)
		add(o, "qpn", le32toh(m->qpn));
	return o;
}

struct json_object *ipsec_flow_json(const struct skua_ipsec_flow *flow)
{
	static const char *const action[] = {
		[SKUA_HWI_FLOW_ALLOW] = "allow",
		[SKUA_HWI_FLOW_DROP] = "drop",
		[SKUA_HWI_FLOW_PROTECT] = "protect",
	};
	struct json_object *o = json_object_new_object();

	add(o, "handle", flow->handle);
	add_text(o, "direction", flow->direction == SKUA_HWI_FLOW_EGRESS ?
					 "egress" : "ingress");
	add(o, "priority", flow->priority);
	add_text(o, "action", action[flow->action]);
	if (flow->action == SKUA_HWI_FLOW_PROTECT) {
		if (flow->sa != SKUA_HWI_NONE)
			add(o, "sa", flow->sa);
		else
			add(o, "reqid", flow->reqid);
	}
	json_object_object_add(o, "match", match_json(&flow->match));
	add(o, "packets", flow->packets);
	add(o, "bytes", flow->bytes);
	return o;
}

/* What was watched ---------------------------------------------------------- */

static struct json_object *seen_json(const struct skua_seen *s,
				     const struct skua_watch_verdict *v)
{
	struct json_object *o = json_object_new_object();
	char text[8];

	add_mac(o, "function", v->mac);
	add(o, "flow", v->flow);
	add_mac(o, "smac", s->smac);
	add_mac(o, "dmac", s->dmac);
	snprintf(text, sizeof(text), "0x%04x", s->ethertype);
	add_text(o, "ethertype", text);
	if (s->net) {
		add_address(o, "src", s->src);
		add_address(o, "dst", s->dst);
		add(o, "proto", s->proto);
	}
	if (s->ports) {
		add(o, "sport", s->sport);
		add(o, "dport", s->dport);
	}
	if (s->roce)
		add(o, "qpn", s->qpn);
	return o;
}

void ipsec_add_watch(struct json_object *o, const struct skua_watch *w)
{
	struct json_object *packets = json_object_new_array();
	unsigned int i;

	add(o, "packets", w->frames);
	add(o, "bytes", w->bytes);
	add(o, "esp", w->esp);
	add(o, "clear", w->clear);
	for (i = 0; i < SKUA_WATCH_SHOWN && i < w->clear; i++)
		json_object_array_add(packets, seen_json(&w->shown[i].seen,
							 &w->shown[i].verdict));
	json_object_object_add(o, "shown", packets);
}
