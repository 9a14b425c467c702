// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Between processes: who listens has an abstract socket named by port space,
 * address and port, so that the name goes when the process goes. A connection
 * carries messages of one size. One thread waits for all of them.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "arena.h"
#include "cm.h"

/* Ports that are given out, as the kernel's own default. */
#define FIRST_PORT 32768
#define LAST_PORT  60999

static int epoll_fd = -1;

static socklen_t name_of(const struct cm_id *id, const union cm_addr *a,
			 bool any, struct sockaddr_un *un)
{
	char text[2 * 16 + 1] = "*";
	uint8_t gid[16];
	int n, i;

	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	cm_addr_gid(a, gid);
	for (i = 0; !any && i < 16; i++)
		sprintf(text + 2 * i, "%02x", gid[i]);
	n = snprintf(un->sun_path + 1, sizeof(un->sun_path) - 1,
		     "skua/cm/%04x/%u/%s", id->ps, cm_addr_port(a), text);
	return offsetof(struct sockaddr_un, sun_path) + 1 + n;
}

static int new_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : skua_file_hide(fd);
}

void cm_hang_up(struct cm_id *id)
{
	if (id->sock >= 0)
		skua_file_unhide(id->sock);
	id->sock = -1;
}

static bool may_talk(int sock)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &who, &len))
		return false;
	if (who.uid == geteuid() || skua_user_share() == SKUA_USER_SHARE_ALL)
		return true;
	return skua_user_share() == SKUA_USER_SHARE_GROUP &&
	       who.gid == getegid();
}

/* The thread ---------------------------------------------------------------- */

static int watch(struct cm_id *id);

static bool hear(int sock, struct cm_message *m)
{
	return recv(sock, m, sizeof(*m), MSG_DONTWAIT) == sizeof(*m) &&
	       m->magic == CM_MAGIC && m->size == sizeof(*m) &&
	       m->kind < CM_KINDS;
}

/* Whose the connection is it says itself, which is not waited for. */
static void answer(struct cm_id *listener)
{
	struct cm_id *id;
	int sock = accept4(listener->sock, NULL, NULL,
			   SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (sock < 0)
		return;
	if (!may_talk(sock)) {
		skua_native_close(sock);
		return;
	}
	sock = skua_file_hide(sock);
	if (sock < 0)
		return;
	id = cm_called(listener, sock);
	if (id && watch(id))
		cm_id_free(id);
}

static void event(uint32_t handle, uint32_t events)
{
	struct cm_id *id = cm_id_get(handle);
	struct cm_message m;

	if (!id || id->sock < 0)
		return;
	if (id->state == CM_LISTEN) {
		answer(id);
		return;
	}
	if (events & EPOLLIN && hear(id->sock, &m))
		cm_heard(id, &m);
	else if (events & (EPOLLHUP | EPOLLRDHUP | EPOLLERR))
		cm_lost(id);
}

static void *thread_main(void *arg)
{
	struct epoll_event ev[16];
	int fd = (int)(intptr_t)arg, n, i;

	prctl(PR_SET_NAME, "skua-cm");
	for (;;) {
		n = epoll_wait(fd, ev, 16, -1);
		pthread_mutex_lock(&cm_lock);
		for (i = 0; i < n; i++)
			event(ev[i].data.u32, ev[i].events);
		pthread_mutex_unlock(&cm_lock);
	}
	return NULL;
}

static int start(void)
{
	sigset_t all, old;
	pthread_t thread;
	int err;

	if (epoll_fd >= 0)
		return 0;
	epoll_fd = skua_file_hide(epoll_create1(EPOLL_CLOEXEC));
	if (epoll_fd < 0)
		return epoll_fd;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&thread, NULL, thread_main,
			     (void *)(intptr_t)epoll_fd);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!err) {
		skua_arena_own_thread();
		return 0;
	}
	skua_file_unhide(epoll_fd);
	epoll_fd = -1;
	return -err;
}

static int watch(struct cm_id *id)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP,
				  .data.u32 = id->handle };
	int err = start();

	if (err)
		return err;
	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, id->sock, &ev) ? -errno : 0;
}

/* Calls of the others -------------------------------------------------------- */

static int claim_port(struct cm_id *id)
{
	struct sockaddr_un un;
	socklen_t len = name_of(id, &id->src, cm_addr_any(&id->src), &un);

	return bind(id->sock, (struct sockaddr *)&un, len) ? -errno : 0;
}

int cm_claim(struct cm_id *id)
{
	uint32_t first, i, n = LAST_PORT - FIRST_PORT + 1;
	int err;

	id->sock = new_socket();
	if (id->sock < 0) {
		err = id->sock;
		id->sock = -1;
		return err;
	}
	if (cm_addr_port(&id->src)) {
		err = claim_port(id);
	} else {
		err = -EADDRINUSE;
		first = id->psn;
		for (i = 0; err == -EADDRINUSE && i < n; i++) {
			cm_addr_set_port(&id->src, FIRST_PORT + (first + i) % n);
			err = claim_port(id);
		}
	}
	if (err)
		cm_hang_up(id);
	return err;
}

int cm_listen(struct cm_id *id, int backlog)
{
	if (listen(id->sock, backlog > 0 ? backlog : SOMAXCONN))
		return -errno;
	id->state = CM_LISTEN;
	return watch(id);
}

int cm_dial(struct cm_id *id)
{
	struct sockaddr_un un;
	int sock = new_socket(), err, any;

	if (sock < 0)
		return sock;
	for (any = 0; any < 2; any++) {
		socklen_t len = name_of(id, &id->dst, any, &un);

		if (!connect(sock, (struct sockaddr *)&un, len))
			break;
		err = -errno;
	}
	if (any == 2 || !may_talk(sock)) {
		skua_file_unhide(sock);
		return any == 2 ? err : -ECONNREFUSED;
	}
	/* What held the name of the port is not needed any more. */
	cm_hang_up(id);
	id->sock = sock;
	return 0;
}

int cm_say(struct cm_id *id, enum cm_kind kind, uint32_t reason)
{
	struct cm_message m = {
		.magic = CM_MAGIC,
		.size = sizeof(m),
		.kind = kind,
		.reason = reason,
		.psn = id->psn,
		.src = id->src,
		.dst = id->dst,
		.param = id->own,
	};

	if (id->sock < 0 ||
	    send(id->sock, &m, sizeof(m), MSG_NOSIGNAL | MSG_DONTWAIT) !=
		    sizeof(m))
		return -ENOTCONN;
	return kind == CM_REQ ? watch(id) : 0;
}

void cm_socket_forked(void)
{
	epoll_fd = -1;
}
