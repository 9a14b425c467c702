/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef SKUA_CLOCK_H
#define SKUA_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t skua_read_clock(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* ns since some time before the machine started; never goes back. */
static inline uint64_t skua_clock_ns(void)
{
	return skua_read_clock(CLOCK_MONOTONIC);
}

#endif /* SKUA_CLOCK_H */
