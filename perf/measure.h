/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* What the programs share that measure anything. */
#ifndef SKUA_PERF_MEASURE_H
#define SKUA_PERF_MEASURE_H

#include <stdint.h>

#include "skua_clock.h"

static inline int64_t now_ns(void)
{
	return skua_clock_ns();
}

/* What this thread had of a processor: the time of others is not in it. */
static inline int64_t thread_ns(void)
{
	return skua_read_clock(CLOCK_THREAD_CPUTIME_ID);
}

/* For qsort() of doubles. */
static inline int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

#endif /* SKUA_PERF_MEASURE_H */
