// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Threads of the adapter: start, stop, sleep on a futex or on descriptors. */
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "thread.h"

int skua_thread_start(struct skua_thread *t, void *(*entry)(void *), void *arg)
{
	int err;

	if (t->fd) {
		t->rouse_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (t->rouse_fd < 0)
			return -errno;
	}
	atomic_store(&t->stop, false);
	atomic_store(&t->asleep, 0);
	err = pthread_create(&t->id, NULL, entry, arg);
	t->running = !err;
	return -err;
}

void skua_thread_stop(struct skua_thread *t)
{
	if (!t->running)
		return;
	atomic_store(&t->stop, true);
	skua_thread_wake(t);
	pthread_join(t->id, NULL);
	t->running = false;
	if (t->fd)
		close(t->rouse_fd);
}

static void sleep_on_fds(struct skua_thread *t, const struct timespec *ts)
{
	struct pollfd p[2] = {
		{ .fd = t->rouse_fd, .events = POLLIN },
		{ .fd = t->fd, .events = POLLIN },
	};
	uint64_t count;

	if (ppoll(p, 2, ts, NULL) > 0 && p[0].revents &&
	    read(t->rouse_fd, &count, sizeof(count)) < 0)
		return;
}

void skua_thread_sleep(struct skua_thread *t, uint64_t ns)
{
	struct timespec ts = {
		.tv_sec = ns / 1000000000,
		.tv_nsec = ns % 1000000000,
	};

	const struct timespec *limit = ns == SKUA_SLEEP_FOREVER ? NULL : &ts;

	if (t->fd)
		sleep_on_fds(t, limit);
	else
		syscall(SYS_futex, &t->asleep, FUTEX_WAIT_PRIVATE, 1, limit,
			NULL, 0);
	skua_thread_awake(t);
}

void skua_thread_rouse(struct skua_thread *t)
{
	const uint64_t one = 1;

	if (!atomic_exchange(&t->asleep, 0))
		return;
	if (!t->fd) {
		syscall(SYS_futex, &t->asleep, FUTEX_WAKE_PRIVATE, 1, NULL,
			NULL, 0);
		return;
	}
	/* It can only fail if the counter is full, and then it wakes as well. */
	if (write(t->rouse_fd, &one, sizeof(one)) < 0)
		return;
}
