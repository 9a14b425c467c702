// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* skuactl cc ...: device/control/cc_control.h has the requests. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "skuactl.h"

static void print_params(struct json_object *params)
{
	json_object_object_foreach(params, name, val)
		printf("%-30s %s\n", name, json_object_get_string(val));
}

static void print_qps(struct json_object *qps)
{
	static const struct column columns[] = {
		{ "FUNCTION", "mac", true },
		{ "QP", "qpn", false },
		{ "PEER", "dest_qpn", false },
		{ "RATE kbit/s", "rate_kbps", false },
		{ "TARGET kbit/s", "target_kbps", false },
		{ "ALPHA/1024", "alpha", false },
		{ "CNPS", "cnps", false },
		{ "BYTES", "bytes", false },
	};

	print_table(qps, columns, sizeof(columns) / sizeof(columns[0]));
}

void cmd_cc_show(const struct options *o, char **argv)
{
	struct json_object *answer = ask(o->control, request("cc-show"));
	struct json_object *what = part(answer, o->qp ? "qps" : "params");

	(void)argv;
	if (o->json)
		print_json(what);
	else if (o->qp)
		print_qps(what);
	else
		print_params(what);
	json_object_put(answer);
}

void cmd_cc_set(const struct options *o, char **argv)
{
	struct json_object *req = request("cc-set");
	char text[4096] = "";
	size_t len = 0;

	for (; *argv; argv++) {
		len += snprintf(text + len, sizeof(text) - len, "%s ", *argv);
		if (len >= sizeof(text))
			quit(EXIT_USAGE, "too much to be set");
	}
	json_object_object_add(req, "params", json_object_new_string(text));
	json_object_put(ask(o->control, req));
}
