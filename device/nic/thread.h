/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * A thread of the adapter, and how it sleeps when it finds nothing to do
 * without losing what comes meanwhile.
 *
 * The thread: skua_thread_doze(); look for work once more; skua_thread_sleep()
 * if there is none, else skua_thread_awake(). Others: make the work visible by
 * a sequentially consistent operation, then skua_thread_wake(). The argument
 * is that of §3: one of the two sees what the other stored. Waking a thread
 * that is awake, or does not run, costs one load.
 */
#ifndef SKUA_THREAD_H
#define SKUA_THREAD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct skua_thread {
	pthread_t id;
	bool running;
	/*
	 * A descriptor that wakes it too, and one that rouse writes to, since
	 * nobody can wait for a futex and a descriptor; 0, both: none.
	 */
	int fd, rouse_fd;
	_Atomic bool stop;
	_Atomic uint32_t asleep;
};

#define SKUA_SLEEP_FOREVER UINT64_MAX

/* 0 or -errno. */
int skua_thread_start(struct skua_thread *t, void *(*entry)(void *), void *arg);
/* Has stop seen, and waits. Harmless when the thread does not run. */
void skua_thread_stop(struct skua_thread *t);

void skua_thread_sleep(struct skua_thread *t, uint64_t ns);
void skua_thread_rouse(struct skua_thread *t);

static inline bool skua_thread_stopping(const struct skua_thread *t)
{
	return atomic_load(&t->stop);
}

static inline void skua_thread_doze(struct skua_thread *t)
{
	atomic_store(&t->asleep, 1);
}

static inline void skua_thread_awake(struct skua_thread *t)
{
	atomic_store_explicit(&t->asleep, 0, memory_order_relaxed);
}

static inline void skua_thread_wake(struct skua_thread *t)
{
	if (atomic_load(&t->asleep))
		skua_thread_rouse(t);
}

#endif /* SKUA_THREAD_H */
