// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <stdio.h>

#include "skuactl.h"

static void print_flat(struct json_object *o, const char *prefix)
{
	char name[96];

	json_object_object_foreach(o, key, val) {
		if (json_object_is_type(val, json_type_object)) {
			snprintf(name, sizeof(name), "%s.", key);
			print_flat(val, name);
			continue;
		}
		snprintf(name, sizeof(name), "%s%s", prefix, key);
		printf("  %-36s %s\n", name, json_object_get_string(val));
	}
}

static void print_functions(struct json_object *functions)
{
	struct json_object *fn;
	size_t i, n = json_object_array_length(functions);

	for (i = 0; i < n; i++) {
		fn = json_object_array_get_idx(functions, i);
		printf("function %zu\n", i);
		print_flat(fn, "");
	}
}

void cmd_stats(const struct options *o, char **argv)
{
	struct json_object *answer = ask(o->control, request("stats"));
	struct json_object *functions = part(answer, "functions");

	(void)argv;
	if (o->json)
		print_json(functions);
	else
		print_functions(functions);
	json_object_put(answer);
}
