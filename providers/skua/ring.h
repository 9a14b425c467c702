/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * What every ring needs: the memory that the device reads, the lock that its
 * owner takes, and the order in which the two sides see each other's stores.
 */
#ifndef __SKUA_RING_H__
#define __SKUA_RING_H__

#include <endian.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <linux/types.h>
#include <ccan/ilog.h>
#include <util/compiler.h>
#include <util/udma_barrier.h>

/* The C library's word that there is one thread; not every one gives it. */
#ifdef __GLIBC_PREREQ
#if __GLIBC_PREREQ(2, 32)
#include <sys/single_threaded.h>
#define skua_single_threaded __libc_single_threaded
#endif
#endif
#ifndef skua_single_threaded
#define skua_single_threaded false
#endif

/* Zeroed, page aligned and kept out of children. */
struct skua_buf {
	void *addr;
	size_t len;
};

int skua_buf_alloc(struct skua_buf *buf, size_t len);
void skua_buf_free(struct skua_buf *buf);

/* log2 of the smallest ring that holds num entries. */
static inline uint8_t skua_ring_log(uint32_t num)
{
	return num > 1 ? ilog32_nz(num - 1) : 0;
}

/*
 * A spinlock that is not taken where the application promised to serialise:
 * by a thread domain, or by IBV_CREATE_CQ_ATTR_SINGLE_THREADED.
 */
struct skua_lock {
	pthread_spinlock_t spin;
	bool elide;
};

static inline void skua_lock_init(struct skua_lock *lock, bool elide)
{
	pthread_spin_init(&lock->spin, PTHREAD_PROCESS_PRIVATE);
	lock->elide = elide;
}

static inline void skua_lock_destroy(struct skua_lock *lock)
{
	pthread_spin_destroy(&lock->spin);
}

static inline void skua_lock(struct skua_lock *lock)
{
	if (!lock->elide)
		pthread_spin_lock(&lock->spin);
}

static inline void skua_unlock(struct skua_lock *lock)
{
	if (!lock->elide)
		pthread_spin_unlock(&lock->spin);
}

/*
 * For a critical section that is over before control returns to the
 * application: the C library knows when there is no second thread to exclude,
 * and none can be created meanwhile.
 */
static inline bool skua_lock_idle(const struct skua_lock *lock)
{
	return skua_single_threaded || lock->elide;
}

/* Returns what to unlock. */
static inline struct skua_lock *skua_lock_call(struct skua_lock *lock)
{
	if (skua_lock_idle(lock))
		return NULL;
	pthread_spin_lock(&lock->spin);
	return lock;
}

static inline void skua_unlock_call(struct skua_lock *held)
{
	if (held)
		pthread_spin_unlock(&held->spin);
}

/* Loads and stores of words that the device may touch at the same time. */
static inline uint32_t skua_read_le32(const __le32 *word)
{
	return le32toh(*(const volatile __le32 *)word);
}

static inline void skua_write_le32(__le32 *word, uint32_t value)
{
	*(volatile __le32 *)word = htole32(value);
}

/*
 * Orders a store before a later load, which no udma or mmio barrier does. Both
 * sides of the armed/kick protocol (hwi §3) and of CQ arming (hwi §5) store one
 * word, then load the other's: with a full barrier between the two on each
 * side, at least one of them sees what the other stored.
 *
 * On x86 the compiler's fence is a locked instruction, which an emulated CPU
 * runs as a call into its emulator; mfence stays inline there.
 */
static inline void skua_store_load_barrier(void)
{
#if defined(__x86_64__)
	asm volatile("mfence" ::: "memory");
#else
	atomic_thread_fence(memory_order_seq_cst);
#endif
}

#endif /* __SKUA_RING_H__ */
