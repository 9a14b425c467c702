// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <string.h>

#include "conn.h"
#include "request.h"

static const struct field {
	const char *name;
	bool text;
	uint64_t max;
} fields[FIELDS] = {
	[FIELD_LINK] = { "link", true, 0 },
	[FIELD_RULES] = { "rules", true, 0 },
	[FIELD_NUMBER] = { "number", false, UINT32_MAX },
	[FIELD_SEED] = { "seed", false, UINT64_MAX },
	[FIELD_PATH] = { "path", true, 0 },
	[FIELD_SNAP] = { "snap", false, UINT32_MAX },
	[FIELD_LIMIT] = { "limit", false, INT64_MAX },
	[FIELD_PORT] = { "port", true, 0 },
	[FIELD_FUNCTION] = { "function", false, UINT32_MAX },
	[FIELD_FROM] = { "from", false, UINT32_MAX },
	[FIELD_SECONDS] = { "seconds", false, 86400 },
	[FIELD_PARAMS] = { "params", true, 0 },
};

/* Without a NUL in it, which would hide the rest. */
static bool read_text(struct control_request *r, unsigned int i,
		      struct json_object *val)
{
	if (!json_object_is_type(val, json_type_string))
		return false;
	r->text[i] = json_object_get_string(val);
	return strlen(r->text[i]) == (size_t)json_object_get_string_len(val);
}

static bool read_number(struct control_request *r, unsigned int i,
			struct json_object *val)
{
	if (!json_object_is_type(val, json_type_int) ||
	    json_object_get_int64(val) < 0)
		return false;
	r->number[i] = json_object_get_uint64(val);
	return r->number[i] <= fields[i].max;
}

static struct json_object *read_field(struct control_request *r,
				      const char *key, struct json_object *val,
				      unsigned int possible)
{
	unsigned int i;

	for (i = 0; i < FIELDS; i++)
		if (!strcmp(fields[i].name, key))
			break;
	if (i == FIELDS || !(possible & WITH(i)))
		return control_failure("unknown field: %s", key);
	if (fields[i].text && !read_text(r, i, val))
		return control_failure("not a text: %s", key);
	if (!fields[i].text && !read_number(r, i, val))
		return control_failure("not a number from 0 to %llu: %s",
				       (unsigned long long)fields[i].max, key);
	r->given |= WITH(i);
	return NULL;
}

struct json_object *control_request_read(struct control_request *r,
					 struct json_object *request,
					 unsigned int needed,
					 unsigned int possible)
{
	struct json_object *wrong;
	unsigned int i;

	memset(r, 0, sizeof(*r));
	json_object_object_foreach(request, key, val) {
		if (!strcmp(key, "cmd"))
			continue;
		wrong = read_field(r, key, val, needed | possible);
		if (wrong)
			return wrong;
	}
	for (i = 0; i < FIELDS; i++)
		if (needed & WITH(i) && !(r->given & WITH(i)))
			return control_failure("missing field: %s",
					       fields[i].name);
	return NULL;
}
