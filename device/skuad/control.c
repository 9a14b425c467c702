// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../nic/list.h"
#include "cc_control.h"
#include "conn.h"
#include "control.h"
#include "ipsec_control.h"
#include "link_control.h"
#include "listen.h"
#include "stats.h"

struct control {
	struct vfu_server *server;
	struct skua_link_control *links;
	struct skua_ipsec_control *ipsec;
	struct vfu_watch watch;
	struct list_head conns;
	char *path;
};

struct conn {
	struct control *ctl;
	struct vfu_watch watch;
	struct list_head entry;
	struct control_conn line;
};

static void conn_close(struct conn *cn)
{
	list_del(&cn->entry);
	close(cn->watch.fd);
	free(cn);
}

static struct json_object *answer(void *ctx, const char *cmd,
				  struct json_object *request)
{
	struct control *ctl = ctx;
	struct json_object *o = skua_link_control(ctl->links, cmd, request);

	if (!o)
		o = skua_cc_control(ctl->server->ad, cmd, request);
	if (!o)
		o = skua_ipsec_control(ctl->ipsec, cmd, request);
	if (o)
		return o;
	if (strcmp(cmd, "stats"))
		return control_failure("no such command: %s", cmd);
	o = control_success();
	json_object_object_add(o, "functions", stats_json(ctl->server));
	return o;
}

static void conn_ready(void *ctx)
{
	struct conn *cn = ctx;

	if (control_conn_ready(&cn->line, answer, cn->ctl))
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
	cn->line.fd = fd;
	cn->watch = (struct vfu_watch){ fd, conn_ready, cn };
	list_add_tail(&cn->entry, &ctl->conns);
	if (vfu_server_watch(ctl->server, &cn->watch))
		conn_close(cn);
}

static void release(struct control *ctl)
{
	if (ctl->links)
		skua_link_control_destroy(ctl->links);
	if (ctl->ipsec)
		skua_ipsec_control_destroy(ctl->ipsec);
	free(ctl->path);
	free(ctl);
}

struct control *control_create(struct vfu_server *s, const char *path)
{
	const struct skua_link_owner owner = skua_link_owner_of(s->ad, s->ports);
	const struct skua_ipsec_owner ipsec = skua_ipsec_owner_of(s->ad);
	struct control *ctl = calloc(1, sizeof(*ctl));
	int fd, err;

	if (!ctl)
		return NULL;
	ctl->server = s;
	list_init(&ctl->conns);
	ctl->links = skua_link_control_create(&owner);
	ctl->ipsec = skua_ipsec_control_create(&ipsec);
	ctl->path = strdup(path);
	fd = ctl->links && ctl->ipsec && ctl->path ? skua_listen(path) :
						     -ENOMEM;
	if (fd < 0) {
		err = -fd;
		goto err_release;
	}
	ctl->watch = (struct vfu_watch){ fd, listen_ready, ctl };
	err = -vfu_server_watch(s, &ctl->watch);
	if (!err)
		return ctl;
	close(fd);
err_release:
	release(ctl);
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
	release(ctl);
}
