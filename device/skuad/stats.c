// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* What the functions have done. */
#include <stdio.h>
#include <string.h>

#include "skua_counters.h"
#include "stats.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void add(struct json_object *o, const char *name, uint64_t v)
{
	json_object_object_add(o, name, json_object_new_uint64(v));
}

static struct json_object *counters(const char *const *names, size_t n,
				    const uint64_t *val)
{
	struct json_object *o = json_object_new_object();
	size_t i;

	for (i = 0; i < n; i++)
		add(o, names[i], val[i]);
	return o;
}

static void add_live(struct json_object *o, const struct vfu_client *c)
{
	struct skua_function_stats st;
	struct json_object *objects = json_object_new_object();

	skua_function_stats(c->fn, &st);
	add(o, "irqs", st.interrupts);
	add(o, "commands", st.commands);
	add(o, "command_errors", st.command_errors);
	add(objects, "qp", st.qps);
	add(objects, "cq", st.cqs);
	add(objects, "srq", st.srqs);
	add(objects, "mkey", st.mkeys);
	add(objects, "pd", st.pds);
	add(objects, "eq", st.eqs);
	json_object_object_add(o, "objects", objects);
	json_object_object_add(o, "eth",
			       counters(skua_eth_counter_name,
					COUNT(skua_eth_counter_name), st.eth));
	json_object_object_add(o, "rdma",
			       counters(skua_rdma_counter_name,
					COUNT(skua_rdma_counter_name),
					st.rdma));
	json_object_object_add(o, "link",
			       counters(skua_link_counter_name,
					COUNT(skua_link_counter_name),
					st.link));
	json_object_object_add(o, "ipsec",
			       counters(skua_ipsec_counter_name,
					COUNT(skua_ipsec_counter_name),
					st.ipsec));
}

static struct json_object *port_json(const struct vfu_port *p)
{
	struct json_object *o = json_object_new_object();
	const uint8_t *m = p->mac;
	char mac[18];

	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1],
		 m[2], m[3], m[4], m[5]);
	json_object_object_add(o, "socket", json_object_new_string(p->path));
	json_object_object_add(o, "mac", json_object_new_string(mac));
	json_object_object_add(o, "connected",
			       json_object_new_boolean(!!p->client));
	add(o, "region_reads", p->region_reads);
	add(o, "region_writes", p->region_writes);
	add(o, "kicks", p->kicks);
	if (p->client)
		add_live(o, p->client);
	return o;
}

struct json_object *stats_json(const struct vfu_server *s)
{
	struct json_object *list = json_object_new_array();
	unsigned int i;

	for (i = 0; i < s->ports; i++)
		json_object_array_add(list, port_json(&s->port[i]));
	return list;
}
