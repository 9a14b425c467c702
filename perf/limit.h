/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* What programs share that measure the machine, or a link, without an adapter. */
#ifndef SKUA_PERF_LIMIT_H
#define SKUA_PERF_LIMIT_H

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "measure.h"

static inline void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* Stay on the first CPU or on the last. */
static inline void pin(int last)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(last ? sysconf(_SC_NPROCESSORS_ONLN) - 1 : 0, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Pages that are there; kind is MAP_SHARED or MAP_PRIVATE. */
static inline void *map(size_t size, int kind)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       kind | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	return p;
}

#endif /* SKUA_PERF_LIMIT_H */
