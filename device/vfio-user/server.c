// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Sockets, connections, and the one thread that serves them. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listen.h"
#include "server.h"

/* What an epoll event is about: the low bits of a pointer say. */
enum { EV_PORT = 0, EV_CLIENT = 1, EV_WATCH = 2, EV_STOP = 3, EV_MASK = 3 };

void vfu_log(const struct vfu_port *p, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "skuad: %s: ", p->path);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static int epoll_add(struct vfu_server *s, int fd, void *what, int kind)
{
	struct epoll_event ev = {
		.events = EPOLLIN,
		.data.u64 = (uint64_t)(uintptr_t)what | kind,
	};

	return epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

int vfu_server_init(struct vfu_server *s, struct skua_adapter *ad)
{
	int err;

	memset(s, 0, sizeof(*s));
	s->ad = ad;
	err = vfu_signal_init(&s->signal);
	if (err)
		return err;
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	s->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->epoll_fd >= 0 && s->stop_fd >= 0)
		err = epoll_add(s, s->stop_fd, NULL, EV_STOP);
	else
		err = -errno;
	if (err)
		vfu_server_fini(s);
	return err;
}

static bool is_zero(const uint8_t mac[6])
{
	static const uint8_t zero[6];

	return !memcmp(mac, zero, sizeof(zero));
}

/* Locally administered, unicast, and another one in every process. */
static void make_mac(uint8_t mac[6])
{
	if (getrandom(mac, 6, 0) != 6)
		memset(mac, 0x5a, 6);
	mac[0] = (mac[0] & 0xfc) | 0x02;
}

int vfu_server_add(struct vfu_server *s, const char *path, const uint8_t mac[6])
{
	struct vfu_port *p;
	int fd;

	p = realloc(s->port, (s->ports + 1) * sizeof(*p));
	if (!p)
		return -ENOMEM;
	s->port = p;
	p += s->ports;
	memset(p, 0, sizeof(*p));
	p->server = s;
	p->index = s->ports;
	memcpy(p->mac, mac, sizeof(p->mac));
	if (is_zero(mac))
		make_mac(p->mac);
	p->path = strdup(path);
	if (!p->path)
		return -ENOMEM;
	fd = skua_listen(path);
	if (fd < 0) {
		free(p->path);
		return fd;
	}
	p->listen_fd = fd;
	s->ports++;
	return 0;
}

int vfu_server_watch(struct vfu_server *s, struct vfu_watch *w)
{
	return epoll_add(s, w->fd, w, EV_WATCH);
}

static void drop(struct vfu_client *c, int err)
{
	struct vfu_port *p = c->port;

	vfu_log(p, "client gone: %s", strerror(-err));
	p->client = NULL;
	vfu_client_destroy(c); /* closing the socket leaves the epoll set */
}

/* A client that ended may have left messages that we have not read yet. */
static bool hung_up(const struct vfu_client *c)
{
	struct pollfd p = { .fd = c->fd };

	return poll(&p, 1, 0) == 1 && p.revents & (POLLHUP | POLLERR);
}

static void accept_client(struct vfu_port *p)
{
	struct vfu_client *c;
	int fd;

	fd = accept4(p->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return;
	if (p->client && hung_up(p->client))
		drop(p->client, -ECONNRESET);
	if (p->client) {
		vfu_log(p, "second client refused: one is connected");
		close(fd);
		return;
	}
	c = vfu_client_create(p, fd);
	if (!c || epoll_add(p->server, fd, c, EV_CLIENT)) {
		vfu_log(p, "client refused: %s", strerror(errno));
		if (c)
			vfu_client_destroy(c);
		else
			close(fd);
		return;
	}
	p->client = c;
	vfu_log(p, "client connected");
}

/* One message a turn, so that no client can keep the thread to itself. */
static void serve_client(struct vfu_client *c)
{
	int ret = vfu_receive(c);

	if (ret > 0) {
		ret = vfu_handle(c);
		vfu_message_clear(&c->msg);
	}
	if (ret < 0)
		drop(c, ret);
}

/* True: stop. One event a time, as a handler may end what another is about. */
static bool serve_one(struct vfu_server *s)
{
	struct epoll_event ev;
	struct vfu_watch *w;
	void *what;

	if (epoll_wait(s->epoll_fd, &ev, 1, -1) < 1)
		return false;
	what = (void *)(uintptr_t)(ev.data.u64 & ~(uint64_t)EV_MASK);
	switch (ev.data.u64 & EV_MASK) {
	case EV_PORT:
		accept_client(what);
		break;
	case EV_CLIENT:
		serve_client(what);
		break;
	case EV_WATCH:
		w = what;
		w->ready(w->ctx);
		break;
	case EV_STOP:
		return true;
	}
	return false;
}

int vfu_server_run(struct vfu_server *s)
{
	unsigned int i;
	int err;

	/* Only now: the array of ports does not move any more. */
	for (i = 0; i < s->ports; i++) {
		err = epoll_add(s, s->port[i].listen_fd, &s->port[i], EV_PORT);
		if (err)
			return err;
	}
	while (!serve_one(s))
		;
	return 0;
}

void vfu_server_stop(struct vfu_server *s)
{
	const uint64_t one = 1;
	ssize_t n = write(s->stop_fd, &one, sizeof(one));

	(void)n; /* full means that it was written before */
}

void vfu_server_fini(struct vfu_server *s)
{
	struct vfu_port *p;
	unsigned int i;

	for (i = 0; i < s->ports; i++) {
		p = &s->port[i];
		if (p->client)
			vfu_client_destroy(p->client);
		close(p->listen_fd);
		unlink(p->path);
		free(p->path);
	}
	free(s->port);
	if (s->stop_fd >= 0)
		close(s->stop_fd);
	if (s->epoll_fd >= 0)
		close(s->epoll_fd);
	vfu_signal_fini(&s->signal);
}
