// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The thread that hears listeners, peers and the clock; it starts when there is
 * something to hear and sleeps until there is.
 */
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "arena.h"
#include "cm.h"
#include "skua_clock.h"

/* What an event of epoll is of, beside a handle, an index or a device. */
enum source {
	OF_TIMER,
	OF_LISTENER,
	OF_PEER,
	OF_STRANGER,
	OF_GSI,
};

/* Without descriptors or memory, nobody is let in for so long. */
#define PAUSE_MS 100

static int epoll_fd = -1, timer_fd = -1;
static uint64_t timer_at;	/* 0: not armed */

uint64_t ucm_now(void)
{
	return skua_clock_ns() / 1000000;
}

static void arm_timer(uint64_t when)
{
	struct itimerspec its = {
		.it_value = { when / 1000, when % 1000 * 1000000 },
	};

	timer_at = when;
	timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &its, NULL);
}

static void wake_by(uint64_t when)
{
	if (timer_fd >= 0 && (!timer_at || when < timer_at))
		arm_timer(when);
}

static int watch(int fd, uint32_t events, enum source of, uint32_t which)
{
	struct epoll_event ev = {
		.events = events,
		.data.u64 = (uint64_t)of << 32 | which,
	};

	/* A stranger's becomes a peer's, a listener pauses. */
	if (!epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &ev))
		return 0;
	if (errno != EEXIST || epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &ev))
		return -errno;
	return 0;
}

void ucm_unwatch(int fd)
{
	/* Not by closing: a child may have the file open for a moment. */
	if (epoll_fd >= 0)
		epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, NULL);
	skua_file_unhide(fd);
}

/* Those that come in one go, so that nobody waits for them to end. */
#define LET_IN_MAX 64

static void hear_listener(struct ucm_id *id)
{
	unsigned int i;
	int fd;

	for (i = 0; i < LET_IN_MAX && id->port_fd >= 0; i++) {
		fd = accept4(id->port_fd, NULL, NULL,
			     SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0) {
			ucm_let_in(id, fd);
			continue;
		}
		if (errno != EAGAIN && errno != EINTR &&
		    errno != ECONNABORTED) {
			watch(id->port_fd, 0, OF_LISTENER, id->handle);
			ucm_set_deadline(id, ucm_now() + PAUSE_MS);
		}
		break;
	}
}

/*
 * One message: what is left wakes the thread again, with others heard between.
 * More than there are kinds of is no conversation.
 */
static void hear_peer(struct ucm_id *id)
{
	struct ucm_msg msg;
	int ret = ucm_peer_receive(id->peer_fd, &msg);

	if (ret < 0 || (ret && id->heard++ >= UCM_MSG_TYPES))
		ucm_lost_peer(id);
	else if (ret)
		ucm_heard(id, &msg);
}

static void check_deadline(struct ucm_id *id, uint64_t now)
{
	if (!id->deadline || id->deadline > now)
		return;
	id->deadline = 0;
	if (id->state == UCM_LISTEN)
		watch(id->port_fd, EPOLLIN, OF_LISTENER, id->handle);
	else
		ucm_late(id);
}

static void hear_clock(void)
{
	uint64_t now = ucm_now(), next = ucm_check_strangers(now), count;
	struct ucm_id *id = NULL;

	(void)!skua_native_read(timer_fd, &count, sizeof(count));
	while ((id = ucm_next_id(id))) {
		check_deadline(id, now);
		if (id->deadline && id->deadline < next)
			next = id->deadline;
	}
	arm_timer(next == UINT64_MAX ? 0 : next);
}

/* What it was of may be gone by now, or have a successor: all is looked up. */
static void hear(uint64_t data)
{
	uint32_t which = data;
	struct ucm_id *id = ucm_id_of(which);

	switch ((enum source)(data >> 32)) {
	case OF_TIMER:
		hear_clock();
		break;
	case OF_LISTENER:
		if (id && id->state == UCM_LISTEN)
			hear_listener(id);
		break;
	case OF_PEER:
		if (id && id->peer_fd >= 0)
			hear_peer(id);
		break;
	case OF_STRANGER:
		ucm_hear_stranger(which);
		break;
	case OF_GSI:
		ucm_wire_hear(which);
		break;
	}
}

static void *serve(void *arg)
{
	struct epoll_event ev[16];
	int i, n, fd = epoll_fd;

	prctl(PR_SET_NAME, "skua-cm");
	for (;;) {
		n = epoll_wait(fd, ev, 16, -1);
		pthread_mutex_lock(&ucm_lock);
		for (i = 0; i < n; i++)
			hear(ev[i].data.u64);
		pthread_mutex_unlock(&ucm_lock);
	}
	return arg;
}

static int start_thread(void)
{
	sigset_t all, old;
	pthread_attr_t attr;
	pthread_t thread;
	int err;

	/* Signals are the program's. */
	sigfillset(&all);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&thread, &attr, serve, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	if (!err)
		skua_arena_own_thread();
	return -err;
}

static int hidden(int fd)
{
	return fd < 0 ? -errno : skua_file_hide(fd);
}

static int start(void)
{
	int err;

	if (epoll_fd >= 0)
		return 0;
	epoll_fd = hidden(epoll_create1(EPOLL_CLOEXEC));
	timer_fd = hidden(timerfd_create(CLOCK_MONOTONIC,
					 TFD_CLOEXEC | TFD_NONBLOCK));
	err = epoll_fd < 0 ? epoll_fd : timer_fd < 0 ? timer_fd : 0;
	if (!err)
		err = watch(timer_fd, EPOLLIN, OF_TIMER, 0);
	if (!err)
		err = start_thread();
	if (!err)
		return 0;
	if (timer_fd >= 0)
		skua_file_unhide(timer_fd);
	if (epoll_fd >= 0)
		skua_file_unhide(epoll_fd);
	ucm_forget_service();
	return err;
}

int ucm_watch_peer(struct ucm_id *id)
{
	int err = start();

	return err ? err : watch(id->peer_fd, EPOLLIN, OF_PEER, id->handle);
}

int ucm_watch_listener(struct ucm_id *id)
{
	int err = start();

	return err ? err : watch(id->port_fd, EPOLLIN, OF_LISTENER, id->handle);
}

int ucm_watch_stranger(int fd, uint32_t index, uint64_t deadline)
{
	wake_by(deadline);
	return watch(fd, EPOLLIN, OF_STRANGER, index);
}

int ucm_watch_gsi(int fd, uint32_t device)
{
	int err = start();

	return err ? err : watch(fd, EPOLLIN, OF_GSI, device);
}

void ucm_set_deadline(struct ucm_id *id, uint64_t when)
{
	id->deadline = when;
	/* A deadline without the thread: it does not matter how it ends. */
	if (when && !start())
		wake_by(when);
}

/* The child of a fork: descriptors are closed by their table. */
void ucm_forget_service(void)
{
	epoll_fd = -1;
	timer_fd = -1;
	timer_at = 0;
	ucm_forget_strangers();
	ucm_forget_wire();
}
