/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The control protocol: a client writes requests, one JSON object a line, and
 * reads one line for each: {"ok":true,...} or {"ok":false,"error":"..."}. The
 * string "cmd" of a request says what it is.
 *
 * Whoever has a socket and a loop serves it with these; serve.h is for those
 * who have no loop.
 */
#ifndef SKUA_CONTROL_CONN_H
#define SKUA_CONTROL_CONN_H

#include <stddef.h>

#include <json-c/json.h>

/* Longer ones end the connection. */
#define CONTROL_LINE_MAX 32768

struct control_conn {
	int fd;
	size_t len;
	char line[CONTROL_LINE_MAX];
};

/*
 * The answer to a request, which is an object and has a string "cmd". The
 * caller of it puts both.
 */
typedef struct json_object *(*control_answer)(void *ctx, const char *cmd,
					      struct json_object *request);

/*
 * Answer what can be read without waiting. 0, or -1: it has ended, or does not
 * read what it asked for. The descriptor stays the caller's.
 */
int control_conn_ready(struct control_conn *cn, control_answer answer,
		       void *ctx);

/* What an answer begins with. */
struct json_object *control_success(void);
struct json_object *control_failure(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

#endif /* SKUA_CONTROL_CONN_H */
