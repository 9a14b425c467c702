// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Threads of the adapter: start, stop, sleep on a futex. */
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "thread.h"

int skua_thread_start(struct skua_thread *t, void *(*entry)(void *), void *arg)
{
	int err;

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
}

void skua_thread_sleep(struct skua_thread *t, uint64_t ns)
{
	struct timespec ts = {
		.tv_sec = ns / 1000000000,
		.tv_nsec = ns % 1000000000,
	};

	syscall(SYS_futex, &t->asleep, FUTEX_WAIT_PRIVATE, 1,
		ns == SKUA_SLEEP_FOREVER ? NULL : &ts, NULL, 0);
	skua_thread_awake(t);
}

void skua_thread_rouse(struct skua_thread *t)
{
	if (atomic_exchange(&t->asleep, 0))
		syscall(SYS_futex, &t->asleep, FUTEX_WAKE_PRIVATE, 1, NULL,
			NULL, 0);
}
