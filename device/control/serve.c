// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve.h"

#define CONNS 16	/* at a time; others wait for their turn */

/* In the order of struct control_server's pfd. */
enum {
	STOP,
	LISTEN,
	FIRST
};

struct control_server {
	struct skua_link_host host;
	control_answer answer;
	void *ctx;
	pthread_t thread;
	struct pollfd pfd[FIRST + CONNS];
	struct control_conn *conn[CONNS];
	unsigned int conns;
};

static int keep(const struct control_server *cs, int fd)
{
	return fd >= 0 && cs->host.keep_fd ? cs->host.keep_fd(fd) : fd;
}

static void let_go(const struct control_server *cs, int fd)
{
	if (cs->host.close_fd)
		cs->host.close_fd(fd);
	else
		close(fd);
}

static void accept_one(struct control_server *cs)
{
	struct control_conn *cn;
	int fd = keep(cs, accept4(cs->pfd[LISTEN].fd, NULL, NULL,
				  SOCK_CLOEXEC));

	if (fd < 0)
		return;
	cn = calloc(1, sizeof(*cn));
	if (!cn) {
		let_go(cs, fd);
		return;
	}
	cn->fd = fd;
	cs->pfd[FIRST + cs->conns] = (struct pollfd){ fd, POLLIN, 0 };
	cs->conn[cs->conns++] = cn;
}

/* The last one takes the place of one that goes. */
static void drop(struct control_server *cs, unsigned int i)
{
	let_go(cs, cs->conn[i]->fd);
	free(cs->conn[i]);
	cs->conns--;
	cs->conn[i] = cs->conn[cs->conns];
	cs->pfd[FIRST + i] = cs->pfd[FIRST + cs->conns];
}

static void serve_all(struct control_server *cs)
{
	unsigned int i;

	for (i = cs->conns; i--; )
		if (cs->pfd[FIRST + i].revents &&
		    control_conn_ready(cs->conn[i], cs->answer, cs->ctx))
			drop(cs, i);
	if (cs->pfd[LISTEN].revents)
		accept_one(cs);
}

static void *serve(void *arg)
{
	struct control_server *cs = arg;

	while (!cs->pfd[STOP].revents) {
		cs->pfd[LISTEN].events = cs->conns < CONNS ? POLLIN : 0;
		if (poll(cs->pfd, FIRST + cs->conns, -1) > 0)
			serve_all(cs);
	}
	while (cs->conns)
		drop(cs, cs->conns - 1);
	return NULL;
}

/* Signals are the program's: its threads have them. */
static int start(struct control_server *cs)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&cs->thread, NULL, serve, cs);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!err)
		pthread_setname_np(cs->thread, "skua-control");
	return err;
}

struct control_server *control_serve(int listen_fd,
				     const struct skua_link_host *host,
				     control_answer answer, void *ctx)
{
	struct control_server *cs = calloc(1, sizeof(*cs));
	int fd, err;

	if (!cs)
		return NULL;
	cs->answer = answer;
	cs->ctx = ctx;
	if (host)
		cs->host = *host;
	fd = keep(cs, eventfd(0, EFD_CLOEXEC));
	cs->pfd[STOP] = (struct pollfd){ fd, POLLIN, 0 };
	cs->pfd[LISTEN] = (struct pollfd){ listen_fd, POLLIN, 0 };
	err = fd < 0 ? EMFILE : start(cs);
	if (!err)
		return cs;
	if (fd >= 0)
		let_go(cs, fd);
	free(cs);
	errno = err;
	return NULL;
}

void control_server_stop(struct control_server *cs)
{
	eventfd_write(cs->pfd[STOP].fd, 1);
	pthread_join(cs->thread, NULL);
	let_go(cs, cs->pfd[STOP].fd);
	free(cs);
}
