// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * How the two ends of a shared-memory link meet: the first listens on an
 * abstract socket, the next connects; further ones wait in its queue. An end
 * that is left alone is a first one again, or connects to who was quicker.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "shm.h"
#include "skua_own_user.h"

/* Who could not be met is not tried again before that. */
#define AGAIN_NS 100000000L
/* Who connects and says nothing keeps others waiting for so long. */
#define SILENT_NS 900000000L
#define QUEUE	 16
#define FDS_MAX	 4
/* Wake-ups that lie on the socket; an end that keeps to shm.h has sent two. */
#define WAKES 4

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static int watch(struct skua_shm *s, int op, int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };

	return epoll_ctl(s->link.fd, op, fd, &ev) ? -errno : 0;
}

static void look_again(struct skua_shm *s, long ns)
{
	struct itimerspec in = { .it_value.tv_nsec = ns };

	timerfd_settime(s->timer_fd, 0, &in, NULL);
}

/* Rings --------------------------------------------------------------------- */

static struct skua_shm_ring *map_ring(int fd)
{
	struct skua_shm_ring *r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE,
				       MAP_SHARED, fd, 0);

	if (r == MAP_FAILED)
		return NULL;
	madvise(r, sizeof(*r), MADV_DONTFORK);
	return r;
}

static void unmap_ring(struct skua_shm_ring **r)
{
	if (*r)
		munmap(*r, sizeof(**r));
	*r = NULL;
}

/* No end gets a ring that an earlier one knows. */
static struct skua_shm_ring *make_ring(int *fd)
{
	struct skua_shm_ring *r = NULL;

	*fd = memfd_create("skua-link", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd < 0)
		return NULL;
	if (!ftruncate(*fd, sizeof(*r)) && !fcntl(*fd, F_ADD_SEALS, SEALS))
		r = map_ring(*fd);
	if (!r)
		close(*fd);
	return r;
}

/*
 * It must not be able to shrink under us, nor be of pages that may run out
 * when they are touched, as huge ones can.
 */
static struct skua_shm_ring *take_ring(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);
	struct statfs fs;
	struct stat st;

	if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstatfs(fd, &fs) ||
	    fs.f_type != TMPFS_MAGIC || fstat(fd, &st) ||
	    st.st_size != sizeof(struct skua_shm_ring))
		return NULL;
	return map_ring(fd);
}

/* Hello --------------------------------------------------------------------- */

static const struct skua_shm_hello our_hello = {
	.magic = SKUA_SHM_MAGIC,
	.version = SKUA_SHM_VERSION,
	.slots = SKUA_SHM_SLOTS,
	.slot_size = sizeof(struct skua_shm_slot),
	.ring_size = sizeof(struct skua_shm_ring),
};

static int say_hello(int sock, int fd)
{
	struct iovec iov = { (void *)&our_hello, sizeof(our_hello) };
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(fd))];
	} control = { .buf = { 0 } };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

/* The descriptors that came, all of them; the caller closes them. */
static unsigned int fds_of(struct msghdr *msg, int *fd)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	size_t len;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return 0;
	len = c->cmsg_len - CMSG_LEN(0);
	memcpy(fd, CMSG_DATA(c), len);
	return len / sizeof(*fd);
}

/* -EAGAIN: nothing was said yet. */
static int hear_hello(struct skua_shm *s)
{
	struct skua_shm_hello hello;
	struct iovec iov = { &hello, sizeof(hello) };
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(FDS_MAX * sizeof(int))];
	} control;
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	int fd[FDS_MAX];
	unsigned int n, i;
	ssize_t len;

	len = recvmsg(s->sock, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (len < 0)
		return -errno;
	n = fds_of(&msg, fd);
	if (n == 1 && len == sizeof(hello) &&
	    !memcmp(&hello, &our_hello, sizeof(hello)))
		s->rx = take_ring(fd[0]);
	for (i = 0; i < n; i++)
		close(fd[i]);
	return s->rx ? 0 : -EPROTO;
}

/* The other end ------------------------------------------------------------- */

/* Takes sock over. */
static int greet(struct skua_shm *s, int sock)
{
	int fd, err;

	s->sock = sock;
	s->tx = make_ring(&fd);
	if (!s->tx)
		return -ENOMEM;
	err = say_hello(sock, fd);
	close(fd);
	if (!err)
		err = watch(s, EPOLL_CTL_ADD, sock, EPOLLIN | EPOLLRDHUP);
	if (!err)
		s->state = SKUA_SHM_GREETING;
	return err;
}

static void leave(struct skua_shm *s)
{
	s->state = SKUA_SHM_ALONE;
	s->link.up = false;
	skua_link_drop(&s->host, &s->sock);
	unmap_ring(&s->tx);
	unmap_ring(&s->rx);
	s->tx_head = s->tx_shown = s->tx_tail = 0;
	s->rx_head = s->rx_tail = s->rx_shown = 0;
	s->short_of_room = false;
}

void skua_shm_part(struct skua_shm *s)
{
	leave(s);
	if (s->listen_fd >= 0)
		watch(s, EPOLL_CTL_MOD, s->listen_fd, EPOLLIN);
	else
		look_again(s, AGAIN_NS);
}

void skua_shm_wake(struct skua_shm *s)
{
	/* A full socket has wake-ups enough, one that has ended needs none. */
	if (send(s->sock, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return;
}

/* Meeting ------------------------------------------------------------------- */

static socklen_t address(const struct skua_shm *s, struct sockaddr_un *un)
{
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, s->name, s->name_len);
	return offsetof(struct sockaddr_un, sun_path) + s->name_len;
}

static int new_socket(struct skua_shm *s)
{
	return skua_link_keep(
		&s->host,
		socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

static int be_first(struct skua_shm *s)
{
	struct sockaddr_un un;
	socklen_t len = address(s, &un);
	int fd = new_socket(s), err = 0;

	if (fd < 0)
		return fd;
	if (bind(fd, (struct sockaddr *)&un, len) || listen(fd, QUEUE))
		err = -errno;
	if (!err)
		err = watch(s, EPOLL_CTL_ADD, fd, EPOLLIN);
	if (err)
		skua_link_drop(&s->host, &fd);
	else
		s->listen_fd = fd;
	return err;
}

static int be_second(struct skua_shm *s)
{
	struct sockaddr_un un;
	socklen_t len = address(s, &un);
	int fd = new_socket(s), err = 0;

	if (fd < 0)
		return fd;
	if (connect(fd, (struct sockaddr *)&un, len))
		err = -errno;
	else if (!skua_own_users_socket(fd))
		err = -EPERM;
	if (err) {
		skua_link_drop(&s->host, &fd);
		return err;
	}
	err = greet(s, fd);
	if (err)
		leave(s);
	return err;
}

int skua_shm_meet(struct skua_shm *s)
{
	int err = be_first(s);

	if (err == -EADDRINUSE)
		err = be_second(s);
	/* It has just gone, does not listen yet, or has many in its queue. */
	if (err == -ECONNREFUSED || err == -EAGAIN) {
		look_again(s, AGAIN_NS);
		err = 0;
	}
	return err;
}

static void accept_one(struct skua_shm *s)
{
	int fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	fd = skua_link_keep(&s->host, fd);
	if (fd < 0)
		return;
	if (!skua_own_users_socket(fd)) {
		skua_link_drop(&s->host, &fd);
		return;
	}
	/* One at a time: the others stay in the queue. */
	watch(s, EPOLL_CTL_MOD, s->listen_fd, 0);
	if (greet(s, fd))
		skua_shm_part(s);
	else
		look_again(s, SILENT_NS);
}

static void drain(struct skua_shm *s)
{
	char byte;
	int i;

	for (i = 0; i < WAKES; i++) {
		if (recv(s->sock, &byte, 1, MSG_DONTWAIT) <= 0)
			return;
	}
}

static void sock_event(struct skua_shm *s, uint32_t events)
{
	int err = 0;

	if (s->state == SKUA_SHM_GREETING && events & EPOLLIN) {
		err = hear_hello(s);
		if (!err) {
			s->state = SKUA_SHM_UP;
			s->link.up = true;
		} else if (err != -EAGAIN) {
			skua_shm_part(s);
			return;
		}
	} else if (events & EPOLLIN) {
		drain(s);
	}
	if (!(events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)))
		return;
	if (s->state != SKUA_SHM_UP) {
		skua_shm_part(s);
		return;
	}
	/* What it sent before it went still counts. */
	watch(s, EPOLL_CTL_DEL, s->sock, 0);
	s->state = SKUA_SHM_LEAVING;
	s->link.up = false;
}

static void timer_event(struct skua_shm *s)
{
	uint64_t times;

	if (read(s->timer_fd, &times, sizeof(times)) < 0)
		return;
	/* Who waits in the queue of another end is silent for good reason. */
	if (s->listen_fd >= 0 && s->state == SKUA_SHM_GREETING)
		skua_shm_part(s);
	if (s->listen_fd >= 0 || s->sock >= 0)
		return;
	if (skua_shm_meet(s))
		look_again(s, AGAIN_NS);
}

void skua_shm_service(struct skua_shm *s)
{
	struct epoll_event ev[4];
	int n = epoll_wait(s->link.fd, ev, 4, 0), i;

	for (i = 0; i < n; i++) {
		int fd = ev[i].data.fd;

		if (fd == s->timer_fd)
			timer_event(s);
		else if (fd == s->sock)
			sock_event(s, ev[i].events);
		else if (fd == s->listen_fd && s->sock < 0)
			accept_one(s);
	}
}
