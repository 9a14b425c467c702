/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* What the programs share that measure the machine itself. */
#ifndef SKUA_PERF_LIMIT_H
#define SKUA_PERF_LIMIT_H

#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static inline void fail(const char *what)
{
	perror(what);
	exit(1);
}

static inline int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
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

/* For qsort() of doubles. */
static inline int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

#endif /* SKUA_PERF_LIMIT_H */
