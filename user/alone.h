/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef SKUA_USER_ALONE_H
#define SKUA_USER_ALONE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Does the program use the processor itself? If its threads sleep, like those of
 * the passive end of a stream, the engine's may keep the processor busy. If they
 * run, they have better use for it, and may be about to post something.
 */
struct skua_alone {
	uint64_t looked; /* when, */
	uint64_t others; /* and what the program's threads had used by then */
	bool alone;
};

/*
 * Has the calling thread been the only one to run lately? now is of
 * CLOCK_MONOTONIC, in ns. It asks the system at most once in a millisecond.
 */
bool skua_alone(struct skua_alone *a, uint64_t now);

/* The other threads have used so many ns by now. For skua_alone() only. */
void skua_alone_look(struct skua_alone *a, uint64_t now, uint64_t others);

#endif /* SKUA_USER_ALONE_H */
