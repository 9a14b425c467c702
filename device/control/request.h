/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Requests, as they were checked. */
#ifndef SKUA_CONTROL_REQUEST_H
#define SKUA_CONTROL_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

enum control_field {
	FIELD_LINK,
	FIELD_RULES,
	FIELD_NUMBER,
	FIELD_SEED,
	FIELD_PATH,
	FIELD_SNAP,
	FIELD_LIMIT,
	FIELD_PORT,
	FIELD_FUNCTION,
	FIELD_FROM,
	FIELD_SECONDS,
	FIELD_PARAMS,
	FIELDS
};

#define WITH(field) (1u << (field))

struct control_request {
	const char *text[FIELDS];	/* of a string, NULL if not given */
	uint64_t number[FIELDS];	/* of a number, 0 if not given */
	unsigned int given;		/* WITH(...) */
};

/*
 * NULL, or the answer that says what is wrong with it. Strings last as long as
 * the request does.
 */
struct json_object *control_request_read(struct control_request *r,
					 struct json_object *request,
					 unsigned int needed,
					 unsigned int possible);

#endif /* SKUA_CONTROL_REQUEST_H */
