// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../nic/list.h"
#include "control.h"
#include "stats.h"

#define CONTROL_LINE_MAX 1024

struct control {
	struct vfu_server *server;
	struct vfu_watch watch;
	struct list_head conns;
	char *path;
};

struct conn {
	struct control *ctl;
	struct vfu_watch watch;
	struct list_head entry;
	char line[CONTROL_LINE_MAX];
	size_t len;
};

static void conn_close(struct conn *cn)
{
	list_del(&cn->entry);
	close(cn->watch.fd);
	free(cn);
}

static struct json_object *failure(const char *why)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "ok", json_object_new_boolean(0));
	json_object_object_add(o, "error", json_object_new_string(why));
	return o;
}

static struct json_object *answer(struct control *ctl, const char *line)
{
	struct json_object *req = json_tokener_parse(line), *cmd, *o;

	if (!json_object_object_get_ex(req, "cmd", &cmd) ||
	    !json_object_is_type(cmd, json_type_string)) {
		o = failure("a request is an object with a string \"cmd\"");
	} else if (strcmp(json_object_get_string(cmd), "stats")) {
		o = failure("no such command");
	} else {
		o = json_object_new_object();
		json_object_object_add(o, "ok", json_object_new_boolean(1));
		json_object_object_add(o, "functions",
				       stats_json(ctl->server));
	}
	json_object_put(req);
	return o;
}

/* Never waits: who does not read the answers loses the connection. */
static int send_line(int fd, struct json_object *o)
{
	const char *text = json_object_to_json_string_ext(o,
						JSON_C_TO_STRING_PLAIN);
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
static int serve_lines(struct conn *cn)
{
	struct json_object *o;
	char *end;
	int err;

	while ((end = memchr(cn->line, '\n', cn->len))) {
		*end++ = '\0';
		o = answer(cn->ctl, cn->line);
		err = send_line(cn->watch.fd, o);
		json_object_put(o);
		if (err)
			return err;
		cn->len -= end - cn->line;
		memmove(cn->line, end, cn->len);
	}
	return cn->len == sizeof(cn->line) ? -1 : 0;
}

static void conn_ready(void *ctx)
{
	struct conn *cn = ctx;
	ssize_t n = recv(cn->watch.fd, cn->line + cn->len,
			 sizeof(cn->line) - cn->len, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		conn_close(cn);
		return;
	}
	cn->len += n;
	if (serve_lines(cn))
		conn_close(cn);
}

static void listen_ready(void *ctx)
{
	struct control *ctl = ctx;
	struct conn *cn;
	int fd = accept4(ctl->watch.fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	cn = calloc(1, sizeof(*cn));
	if (!cn) {
		close(fd);
		return;
	}
	cn->ctl = ctl;
	cn->watch = (struct vfu_watch){ fd, conn_ready, cn };
	list_add_tail(&cn->entry, &ctl->conns);
	if (vfu_server_watch(ctl->server, &cn->watch))
		conn_close(cn);
}

struct control *control_create(struct vfu_server *s, const char *path)
{
	struct control *ctl = calloc(1, sizeof(*ctl));
	int fd, err;

	if (!ctl)
		return NULL;
	ctl->server = s;
	list_init(&ctl->conns);
	ctl->path = strdup(path);
	fd = ctl->path ? vfu_listen(path) : -ENOMEM;
	if (fd < 0) {
		err = -fd;
		goto err_free;
	}
	ctl->watch = (struct vfu_watch){ fd, listen_ready, ctl };
	err = -vfu_server_watch(s, &ctl->watch);
	if (!err)
		return ctl;
	close(fd);
err_free:
	free(ctl->path);
	free(ctl);
	errno = err;
	return NULL;
}

void control_destroy(struct control *ctl)
{
	struct conn *cn, *tmp;

	list_for_each_entry_safe(cn, tmp, &ctl->conns, entry)
		conn_close(cn);
	close(ctl->watch.fd);
	unlink(ctl->path);
	free(ctl->path);
	free(ctl);
}
