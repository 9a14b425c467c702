/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Registered memory that peers may map. Pages of a region which are the
 * program's private memory are moved into a memfd, at their own addresses, so
 * that a peer reaches them by a store instead of a system call. For the
 * program nothing changes: children of a fork get copies, as of pages that
 * the kernel has pinned, and when the region goes the pages are private again.
 */
#ifndef SKUA_USER_ARENA_H
#define SKUA_USER_ARENA_H

#include <stdbool.h>
#include <stdint.h>

struct skua_extent;

/* The memfd, hidden; -1: there is none, and nothing is ever moved. */
int skua_arena_fd(void);
uint64_t skua_arena_size(void);

/*
 * Memory of a region that is about to be registered. Moves what it can, which
 * may be nothing: where another thread could write at the same time, where
 * memory is mapped otherwise, where a region that was not moved overlaps. NULL:
 * no memory for the record. To be dropped once the region is gone.
 */
struct skua_extent *skua_arena_hold(uint64_t va, uint64_t len);
void skua_arena_drop(struct skua_extent *e);

/* What of [va, va + len) was moved, in one piece; false: nothing. */
bool skua_arena_find(uint64_t va, uint64_t len, uint64_t *first,
		     uint64_t *size, uint64_t *off);

/*
 * The program unmaps this: true if something of it was moved. It is not found
 * any more.
 */
bool skua_arena_lose(uint64_t va, uint64_t len);

/*
 * The same memory again, private: the program is to do with it what a file would
 * not allow, or not in the same way. False: it cannot be, at the moment.
 */
bool skua_arena_take_back(uint64_t va, uint64_t len);

/* Threads of this library, which do not write to regions on their own. */
void skua_arena_own_thread(void);

#endif /* SKUA_USER_ARENA_H */
