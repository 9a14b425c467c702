// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* skuactl ipsec ...: device/control/ipsec_control.h has the requests. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "skuactl.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void add_text(struct json_object *o, const char *name, const char *text)
{
	json_object_object_add(o, name, json_object_new_string(text));
}

static void add_number(struct json_object *o, const char *name, uint64_t v)
{
	json_object_object_add(o, name, json_object_new_uint64(v));
}

static const char *text_of(struct json_object *o, const char *name)
{
	return json_object_get_string(part(o, name));
}

/* What there is ------------------------------------------------------------- */

/* All of a function's, page by page. */
static struct json_object *all_of(const struct options *opt,
				  struct json_object *function,
				  const char *cmd, const char *what)
{
	struct json_object *all = json_object_new_array(), *req, *page, *next;
	uint64_t from = 0;
	size_t i;
	bool more;

	do {
		req = request(cmd);
		add_number(req, "function",
			   json_object_get_uint64(part(function, "function")));
		add_number(req, "from", from);
		req = ask(opt->control, req);
		page = part(req, what);
		for (i = 0; i < json_object_array_length(page); i++)
			json_object_array_add(all, json_object_get(
				json_object_array_get_idx(page, i)));
		more = json_object_object_get_ex(req, "next", &next);
		if (more)
			from = json_object_get_uint64(next);
		json_object_put(req);
	} while (more);
	return all;
}

/* "a, b" of an array, "a 1, b 2" of an object; or a dash. */
static void join(struct json_object *o, const char *name)
{
	struct json_object *val = part(o, name);
	char text[512] = "-";
	size_t len = 0, i;

	if (json_object_is_type(val, json_type_array)) {
		for (i = 0; i < json_object_array_length(val); i++)
			if (len < sizeof(text))
				len += snprintf(text + len, sizeof(text) - len,
						"%s%s", i ? "," : "",
						json_object_get_string(
						json_object_array_get_idx(val, i)));
	} else {
		json_object_object_foreach(val, key, v)
			if (len < sizeof(text))
				len += snprintf(text + len, sizeof(text) - len,
						"%s%s %s", len ? ", " : "", key,
						json_object_get_string(v));
	}
	add_text(o, name, text);
}

static void print_sas(struct json_object *sas)
{
	static const struct column columns[] = {
		{ "SPI", "spi", true },
		{ "REQID", "reqid", false },
		{ "DIR", "direction", true },
		{ "MODE", "mode", true },
		{ "FROM", "src", true },
		{ "TO", "dst", true },
		{ "ICV", "icv_bits", false },
		{ "WINDOW", "window", false },
		{ "SEQ", "seq", false },
		{ "PACKETS", "packets", false },
		{ "BYTES", "bytes", false },
		{ "FLAGS", "flags", true },
		{ "LIMITS", "limits", true },
		{ "EVENTS", "events", true },
		{ "LAST", "last_refusal", true },
		{ "REFUSED", "refused", true },
	};
	size_t i, n = json_object_array_length(sas);

	for (i = 0; i < n; i++) {
		join(json_object_array_get_idx(sas, i), "flags");
		join(json_object_array_get_idx(sas, i), "limits");
		join(json_object_array_get_idx(sas, i), "events");
		join(json_object_array_get_idx(sas, i), "refused");
	}
	if (n)
		print_table(sas, columns, COUNT(columns));
}

static void print_flows(struct json_object *flows)
{
	static const struct column columns[] = {
		{ "FLOW", "handle", false },
		{ "DIR", "direction", true },
		{ "PRIORITY", "priority", false },
		{ "ACTION", "action", true },
		{ "REQID", "reqid", false },
		{ "SA", "sa", false },
		{ "PACKETS", "packets", false },
		{ "BYTES", "bytes", false },
		{ "MATCH", "match", true },
	};
	size_t i, n = json_object_array_length(flows);

	for (i = 0; i < n; i++)
		join(json_object_array_get_idx(flows, i), "match");
	if (n)
		print_table(flows, columns, COUNT(columns));
}

static void print_function(struct json_object *f)
{
	printf("function %s (port %s, %s)\n", text_of(f, "function"),
	       text_of(f, "port"), text_of(f, "mac"));
	json_object_object_foreach(part(f, "counters"), name, val)
		if (json_object_get_uint64(val))
			printf("  %-24s %s\n", name,
			       json_object_get_string(val));
	print_sas(part(f, "sas"));
	print_flows(part(f, "flows"));
}

void cmd_ipsec_show(const struct options *o, char **argv)
{
	struct json_object *answer = ask(o->control, request("ipsec-show"));
	struct json_object *functions = part(answer, "functions"), *f;
	size_t i, n = json_object_array_length(functions);

	(void)argv;
	for (i = 0; i < n; i++) {
		f = json_object_array_get_idx(functions, i);
		json_object_object_add(f, "sas",
				       all_of(o, f, "ipsec-sas", "sas"));
		json_object_object_add(f, "flows",
				       all_of(o, f, "ipsec-flows", "flows"));
		if (!o->json)
			print_function(f);
	}
	if (o->json)
		print_json(functions);
	json_object_put(answer);
}

/* Verification -------------------------------------------------------------- */

/* What egress flows demand protection of: how many, and of what so far. */
struct demand {
	uint64_t flows, packets;
};

static void add_demand(struct json_object *flows, struct demand *d)
{
	struct json_object *flow;
	size_t i, n = json_object_array_length(flows);

	for (i = 0; i < n; i++) {
		flow = json_object_array_get_idx(flows, i);
		if (strcmp(text_of(flow, "direction"), "egress") ||
		    strcmp(text_of(flow, "action"), "protect"))
			continue;
		d->flows++;
		d->packets += json_object_get_uint64(part(flow, "packets"));
	}
}

static struct demand demand(const struct options *o)
{
	struct json_object *answer = ask(o->control, request("ipsec-show"));
	struct json_object *functions = part(answer, "functions"), *flows;
	struct demand d = { 0 };
	size_t i, n = json_object_array_length(functions);

	for (i = 0; i < n; i++) {
		flows = all_of(o, json_object_array_get_idx(functions, i),
			       "ipsec-flows", "flows");
		add_demand(flows, &d);
		json_object_put(flows);
	}
	json_object_put(answer);
	return d;
}

static void wake(int sig)
{
	(void)sig;
}

/* Who is interrupted tells what he has seen so far. */
static void wait_for(uint64_t seconds)
{
	const struct sigaction act = { .sa_handler = wake };

	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	sleep(seconds);
}

static struct json_object *watch(const struct options *o, const char *link)
{
	struct json_object *req = request("ipsec-watch-start"), *answer;

	add_number(req, "seconds", o->seconds);
	if (link)
		add_text(req, "link", link);
	answer = ask(o->control, req);
	wait_for(o->seconds);
	req = request("ipsec-watch-stop");
	add_number(req, "number",
		   json_object_get_uint64(part(answer, "number")));
	json_object_put(answer);
	return ask(o->control, req);
}

static void print_shown(struct json_object *shown)
{
	static const struct column columns[] = {
		{ "FUNCTION", "function", true },
		{ "FLOW", "flow", false },
		{ "TYPE", "ethertype", true },
		{ "FROM", "src", true },
		{ "TO", "dst", true },
		{ "PROTO", "proto", false },
		{ "SPORT", "sport", false },
		{ "DPORT", "dport", false },
		{ "QPN", "qpn", false },
	};

	if (json_object_array_length(shown))
		print_table(shown, columns, COUNT(columns));
}

static void print_verdict(struct json_object *seen)
{
	if (!json_object_get_uint64(part(seen, "flows")))
		puts("no flow protects what is sent");
	printf("%s packets left, %s of them ESP\n", text_of(seen, "packets"),
	       text_of(seen, "esp"));
	printf("%s packets were to be protected by flows, of which there are "
	       "%s\n", text_of(seen, "covered"), text_of(seen, "flows"));
	printf("%s of these left in the clear\n", text_of(seen, "clear"));
	print_shown(part(seen, "shown"));
}

void cmd_ipsec_verify(const struct options *o, char **argv)
{
	struct demand before = demand(o), after;
	struct json_object *seen = watch(o, *argv);
	bool clear = json_object_get_uint64(part(seen, "clear"));

	after = demand(o);
	/* Flows that went meanwhile took what they had counted with them. */
	add_number(seen, "covered", after.packets > before.packets ?
				    after.packets - before.packets : 0);
	add_number(seen, "flows", after.flows);
	if (o->json) {
		json_object_object_del(seen, "ok");
		print_json(seen);
	} else {
		print_verdict(seen);
	}
	json_object_put(seen);
	if (clear)
		exit(EXIT_FAILED);
}
