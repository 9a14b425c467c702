// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "conn.h"

/* No request is nested deeper than an object in an object. */
#define DEPTH 4

struct json_object *control_success(void)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "ok", json_object_new_boolean(1));
	return o;
}

struct json_object *control_failure(const char *fmt, ...)
{
	struct json_object *o = json_object_new_object();
	char why[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	json_object_object_add(o, "ok", json_object_new_boolean(0));
	json_object_object_add(o, "error", json_object_new_string(why));
	return o;
}

/* The one value that the line is, white space around it or not; or NULL. */
static struct json_object *parse(const char *line, size_t len)
{
	struct json_tokener *tok = json_tokener_new_ex(DEPTH);
	struct json_object *o;

	while (len && strchr(" \t\r", line[len - 1]))
		len--;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT |
				    JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(tok, line, len);
	if (json_tokener_get_error(tok) != json_tokener_success ||
	    json_tokener_get_parse_end(tok) != len) {
		json_object_put(o);
		o = NULL;
	}
	json_tokener_free(tok);
	return o;
}

static struct json_object *answer_line(const char *line, size_t len,
				       control_answer answer, void *ctx)
{
	struct json_object *request = parse(line, len), *cmd, *o;

	if (json_object_is_type(request, json_type_object) &&
	    json_object_object_get_ex(request, "cmd", &cmd) &&
	    json_object_is_type(cmd, json_type_string))
		o = answer(ctx, json_object_get_string(cmd), request);
	else
		o = control_failure("a request is an object with a string "
				    "\"cmd\"");
	json_object_put(request);
	return o;
}

/* Never waits: who does not read the answers loses the connection. */
static int send_line(int fd, struct json_object *o)
{
	const char *text = json_object_to_json_string_ext(o,
					JSON_C_TO_STRING_NOSLASHESCAPE);
	size_t len = strlen(text);
	struct iovec iov[2] = {
		{ .iov_base = (char *)text, .iov_len = len },
		{ .iov_base = "\n", .iov_len = 1 },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t n = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);

	return n == (ssize_t)len + 1 ? 0 : -1;
}

/* Answer every whole line in the buffer. */
static int answer_lines(struct control_conn *cn, control_answer answer,
			void *ctx)
{
	struct json_object *o;
	char *end;
	int err;

	while ((end = memchr(cn->line, '\n', cn->len))) {
		*end = '\0';
		o = answer_line(cn->line, end - cn->line, answer, ctx);
		err = send_line(cn->fd, o);
		json_object_put(o);
		if (err)
			return err;
		end++;
		cn->len -= end - cn->line;
		memmove(cn->line, end, cn->len);
	}
	return cn->len == sizeof(cn->line) ? -1 : 0;
}

int control_conn_ready(struct control_conn *cn, control_answer answer,
		       void *ctx)
{
	ssize_t n = recv(cn->fd, cn->line + cn->len, sizeof(cn->line) - cn->len,
			 MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return -1;
	cn->len += n;
	return answer_lines(cn, answer, ctx);
}
