// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * How peers find each other: a function listens on an abstract socket that is
 * named by its block of QPNs. The name is what makes the block its own, in one
 * network namespace, and goes when the process goes, whatever way it does.
 *
 * Who wants to send connects, greets with its channel and its port, and gets
 * the port of the other in answer. The connection then says no more than that
 * both are alive.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "peer.h"
#include "skua_own_user.h"
#include "skua_peers.h"

#define GREETING_NS 2000000000ull
/* A peer that is not there is not asked for again before that. */
#define AGAIN_NS 20000000ull
/* More than that of address space no peer gets. */
#define ARENA_MAX (1ull << 40)
#define FDS	 3

struct greeting {
	struct skua_peer_hello hello;
	int fd[FDS];		/* the arena, if any, is the third */
	unsigned int n;
};

/* Descriptors -------------------------------------------------------------- */

int skua_peer_fd(struct skua_peers *peers, int fd)
{
	if (fd < 0)
		return -errno;
	return peers->cfg.keep_fd ? peers->cfg.keep_fd(fd) : fd;
}

void skua_peer_close(struct skua_peers *peers, int *fd)
{
	if (*fd >= 0 && peers->cfg.close_fd)
		peers->cfg.close_fd(*fd);
	else if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static socklen_t name_of(uint32_t block, struct sockaddr_un *un)
{
	int n;

	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	n = snprintf(un->sun_path + 1, sizeof(un->sun_path) - 1, "skua/qp/%03x",
		     block);
	return offsetof(struct sockaddr_un, sun_path) + 1 + n;
}

static int new_socket(struct skua_peers *peers)
{
	return skua_peer_fd(peers, socket(AF_UNIX,
					  SOCK_SEQPACKET | SOCK_CLOEXEC |
						  SOCK_NONBLOCK,
					  0));
}

static int watch(struct skua_peers *peers, int fd, void *what)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP,
				  .data.ptr = what };

	return epoll_ctl(peers->epoll_fd, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

int skua_peers_listen(struct skua_peers *peers, uint32_t first)
{
	struct sockaddr_un un;
	uint32_t i, block;
	int fd = new_socket(peers);

	if (fd < 0)
		return fd;
	peers->listen_fd = fd;
	/* Block 0 has the numbers that mean something (QP0, QP1). */
	for (i = 0; i < SKUA_PEER_BLOCKS - 1; i++) {
		block = 1 + (first + i) % (SKUA_PEER_BLOCKS - 1);
		if (!bind(fd, (struct sockaddr *)&un, name_of(block, &un))) {
			peers->block = block;
			if (listen(fd, SOMAXCONN))
				return -errno;
			return watch(peers, fd, peers);
		}
		if (errno != EADDRINUSE)
			return -errno;
	}
	return -ENOSPC;
}

/* Greetings ---------------------------------------------------------------- */

static int say(struct skua_peers *peers, int sock, int fd0, int fd1)
{
	struct skua_peer_hello hello = {
		.magic = SKUA_PEER_MAGIC,
		.version = SKUA_PEER_VERSION,
		.block = peers->block,
	};
	struct iovec iov = { &hello, sizeof(hello) };
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(FDS * sizeof(int))];
	} control = { .buf = { 0 } };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
	};
	struct cmsghdr *c = (struct cmsghdr *)control.buf;
	int fds[FDS] = { fd0, fd1, peers->cfg.arena_fd };
	bool arena = peers->cfg.arena_size && skua_own_users_socket(sock);
	size_t len = (arena ? FDS : FDS - 1) * sizeof(int);

	if (arena)
		hello.arena_size = peers->cfg.arena_size;
	msg.msg_controllen = CMSG_SPACE(len);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), fds, len);
	return sendmsg(sock, &msg, MSG_NOSIGNAL) == sizeof(hello) ? 0 : -EPIPE;
}

/* 0; -EAGAIN: nothing is there yet; else the peer is not one. */
static int hear(int sock, struct greeting *g)
{
	struct iovec iov = { &g->hello, sizeof(g->hello) };
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(FDS * sizeof(int))];
	} control;
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *c;
	unsigned int n = 0, i;
	ssize_t len;

	len = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (len < 0)
		return -errno;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(g->fd, CMSG_DATA(c), n * sizeof(int));
	}
	g->n = n;
	if (len == sizeof(g->hello) &&
	    n == (g->hello.arena_size ? FDS : FDS - 1) && g->hello.magic == SKUA_PEER_MAGIC &&
	    g->hello.version == SKUA_PEER_VERSION &&
	    g->hello.block < SKUA_PEER_BLOCKS)
		return 0;
	for (i = 0; i < n; i++)
		close(g->fd[i]);
	return -EPROTO;
}

/* A segment of a peer; fd is closed. It must not be able to shrink. */
static void *map_segment(int fd, size_t len, int prot)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;
	void *p = MAP_FAILED;

	if (seals >= 0 && seals & F_SEAL_SHRINK && !fstat(fd, &st) &&
	    (uint64_t)st.st_size >= len)
		p = mmap(NULL, len, prot, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return NULL;
	madvise(p, len, MADV_DONTFORK);
	return p;
}

static const struct skua_peer_port *map_port(int fd)
{
	return map_segment(fd, sizeof(struct skua_peer_port), PROT_READ);
}

/* Who is at the other end? False: nobody who may be. */
static bool peer_allowed(struct skua_peers *peers, int sock, struct ucred *who)
{
	socklen_t len = sizeof(*who);

	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, who, &len))
		return false;
	if (skua_own_user(who))
		return true;
	return peers->cfg.allowed && peers->cfg.allowed(who->uid, who->gid);
}

/* Takes the arena of a greeting over. */
static struct skua_peer_memory memory_of(const struct ucred *who,
					 const struct skua_peer_port *port,
					 struct greeting *g)
{
	struct skua_peer_memory mem = { .pid = who->pid };

	mem.usable = port && skua_own_user(who) &&
		     skua_peer_memory_works(&mem, port);
	if (g->n < FDS)
		return mem;
	if (!mem.usable || g->hello.arena_size > ARENA_MAX) {
		close(g->fd[FDS - 1]);
		return mem;
	}
	mem.arena = map_segment(g->fd[FDS - 1], g->hello.arena_size,
				PROT_READ | PROT_WRITE);
	mem.arena_size = g->hello.arena_size;
	return mem;
}

static void memory_free(struct skua_peer_memory *mem)
{
	if (mem->arena)
		munmap(mem->arena, mem->arena_size);
	mem->arena = NULL;
	mem->usable = false;
}

/* To a peer ---------------------------------------------------------------- */

static struct skua_peer_channel *channel_create(int *fd)
{
	struct skua_peer_channel *ch;

	*fd = memfd_create("skua-channel", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd < 0)
		return NULL;
	if (ftruncate(*fd, sizeof(*ch)) ||
	    fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		goto fail;
	ch = mmap(NULL, sizeof(*ch), PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	if (ch == MAP_FAILED)
		goto fail;
	madvise(ch, sizeof(*ch), MADV_DONTFORK);
	atomic_store(&ch->armed, 1);
	return ch;
fail:
	close(*fd);
	return NULL;
}

void skua_tx_gone(struct skua_tx *tx)
{
	tx->using = false;
	struct skua_peers *peers = tx->peers;

	tx->state = SKUA_TX_NONE;
	tx->deadline = peers->adapter->now + AGAIN_NS;
	memory_free(&tx->memory);
	if (tx->ch)
		munmap(tx->ch, sizeof(*tx->ch));
	tx->ch = NULL;
	if (tx->port)
		munmap((void *)tx->port, sizeof(*tx->port));
	tx->port = NULL;
	skua_peer_close(peers, &tx->sock);
	skua_peer_close(peers, &tx->wake_fd);
	skua_tx_unpark(tx);
}

/* Everything that may block or fail is not waited for. */
static int greet(struct skua_tx *tx)
{
	struct skua_peers *peers = tx->peers;
	struct sockaddr_un un;
	int fd, err;

	tx->sock = new_socket(peers);
	if (tx->sock < 0)
		return -errno;
	if (connect(tx->sock, (struct sockaddr *)&un, name_of(tx->block, &un)))
		return -errno;
	tx->ch = channel_create(&fd);
	if (!tx->ch)
		return -ENOMEM;
	tx->head = 0;
	tx->tail = 0;
	tx->path_sent = false;
	err = say(peers, tx->sock, fd, peers->port_fd);
	close(fd);
	return err ? err : watch(peers, tx->sock, tx);
}

void skua_tx_greet(struct skua_tx *tx)
{
	uint64_t now = tx->peers->adapter->now;

	if (now < tx->deadline)
		return;
	if (greet(tx)) {
		skua_tx_gone(tx);
		return;
	}
	tx->state = SKUA_TX_GREETING;
	tx->deadline = now + GREETING_NS;
}

/* The answer. The engine is not held but while the result is stored. */
static int answer(struct skua_tx *tx, int sock)
{
	struct skua_peers *peers = tx->peers;
	const struct skua_peer_port *port;
	struct greeting g;
	struct ucred who;
	int err = hear(sock, &g);

	if (err)
		return err;
	port = map_port(g.fd[0]);
	g.fd[1] = skua_peer_fd(peers, g.fd[1]);
	if (!port || g.fd[1] < 0 || g.hello.block != tx->block ||
	    !peer_allowed(peers, sock, &who)) {
		if (port)
			munmap((void *)port, sizeof(*port));
		skua_peer_close(peers, &g.fd[1]);
		if (g.n == FDS)
			close(g.fd[FDS - 1]);
		return -EPROTO;
	}
	skua_engine_lock(peers->adapter);
	tx->port = port;
	tx->wake_fd = g.fd[1];
	tx->memory = memory_of(&who, port, &g);
	tx->state = SKUA_TX_UP;
	skua_engine_unlock(peers->adapter);
	return 0;
}

static void tx_event(struct skua_tx *tx, uint32_t events)
{
	struct skua_adapter *ad = tx->peers->adapter;
	enum skua_tx_state state;
	int err = 0, sock;

	skua_engine_lock(ad);
	state = tx->state;
	sock = tx->sock;
	skua_engine_unlock(ad);
	if (sock < 0)
		return;
	if (state == SKUA_TX_GREETING && events & EPOLLIN)
		err = answer(tx, sock);
	if ((err && err != -EAGAIN) || events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) {
		skua_engine_lock(ad);
		skua_tx_gone(tx);
		skua_engine_unlock(ad);
	}
}

/* From a peer -------------------------------------------------------------- */

bool skua_rx_alive(const struct skua_rx *rx)
{
	struct pollfd p = { .fd = rx->sock, .events = POLLRDHUP };

	return poll(&p, 1, 0) == 0;
}

void skua_rx_free(struct skua_rx *rx)
{
	skua_peer_close(rx->peers, &rx->sock);
	if (rx->ch)
		munmap(rx->ch, sizeof(*rx->ch));
	if (rx->port)
		munmap((void *)rx->port, sizeof(*rx->port));
	memory_free(&rx->memory);
	free(rx);
}

static void rx_gone(struct skua_rx *rx)
{
	struct skua_adapter *ad = rx->peers->adapter;

	skua_engine_lock(ad);
	/* What it said before it went still counts. */
	while (skua_rx_poll(rx))
		;
	list_del(&rx->list);
	skua_engine_unlock(ad);
	skua_rx_free(rx);
}

static int greeted(struct skua_rx *rx)
{
	struct skua_peers *peers = rx->peers;
	struct skua_peer_channel *ch;
	struct greeting g;
	struct ucred who;
	int err = hear(rx->sock, &g);

	if (err)
		return err;
	ch = map_segment(g.fd[0], sizeof(*ch), PROT_READ | PROT_WRITE);
	rx->port = map_port(g.fd[1]);
	if (!ch || !rx->port || !peer_allowed(peers, rx->sock, &who)) {
		if (ch)
			munmap(ch, sizeof(*ch));
		if (g.n == FDS)
			close(g.fd[FDS - 1]);
		return -EPROTO;
	}
	rx->memory = memory_of(&who, rx->port, &g);
	skua_engine_lock(peers->adapter);
	rx->ch = ch;
	rx->up = true;
	skua_engine_unlock(peers->adapter);
	return say(peers, rx->sock, peers->port_fd, peers->cfg.wake_fd);
}

static void rx_event(struct skua_rx *rx, uint32_t events)
{
	int err = 0;

	if (!rx->up && !rx->ch && events & EPOLLIN)
		err = greeted(rx);
	if ((err && err != -EAGAIN) || (rx->ch && !rx->up) ||
	    events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP))
		rx_gone(rx);
}

static void accept_peer(struct skua_peers *peers)
{
	struct skua_rx *rx;
	struct ucred who;
	int fd = accept4(peers->listen_fd, NULL, NULL,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	fd = skua_peer_fd(peers, fd);
	if (fd < 0)
		return;
	rx = peer_allowed(peers, fd, &who) ? calloc(1, sizeof(*rx)) : NULL;
	if (!rx) {
		skua_peer_close(peers, &fd);
		return;
	}
	rx->peers = peers;
	rx->sock = fd;
	list_init(&rx->list);
	skua_engine_lock(peers->adapter);
	list_add_tail(&rx->list, &peers->rx);
	skua_engine_unlock(peers->adapter);
	if (watch(peers, fd, (void *)((uintptr_t)rx | 1)))
		rx_gone(rx);
}

/* Pointers to rx are told from those to tx by their lowest bit. */
void skua_peers_service(struct skua_peers *peers)
{
	struct epoll_event ev[16];
	int n = epoll_wait(peers->epoll_fd, ev, 16, 0), i;

	for (i = 0; i < n; i++) {
		uintptr_t what = (uintptr_t)ev[i].data.ptr;

		if (what == (uintptr_t)peers)
			accept_peer(peers);
		else if (what & 1)
			rx_event((void *)(what - 1), ev[i].events);
		else
			tx_event((void *)what, ev[i].events);
	}
}
