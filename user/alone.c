// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include "alone.h"
#include "skua_clock.h"

#define LOOK_NS 1000000
/* Who runs one part in so many of the time is at work. */
#define WORK_PART 8

void skua_alone_look(struct skua_alone *a, uint64_t now, uint64_t others)
{
	/* The two clocks are not read at once: it may seem to go back a little. */
	uint64_t used = others > a->others ? others - a->others : 0;

	a->alone = used * WORK_PART < now - a->looked;
	a->looked = now;
	a->others = others;
}

bool skua_alone(struct skua_alone *a, uint64_t now)
{
	if (now - a->looked > LOOK_NS)
		skua_alone_look(a, now,
				skua_read_clock(CLOCK_PROCESS_CPUTIME_ID) -
					skua_read_clock(CLOCK_THREAD_CPUTIME_ID));
	return a->alone;
}
