/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * An SA of the device, and its sequence numbers.
 *
 * The device counts for itself, and a process may be killed at any time. So a
 * range of numbers is written down as used before the first of them is, and a
 * hard limit keeps the device from passing its end. Half way through, an event
 * has a thread write down the next one (live_serve()). A process that ends in
 * order gives back what is left.
 */
#ifndef SKUA_USER_IPSEC_LIVE_H
#define SKUA_USER_IPSEC_LIVE_H

#include <stdatomic.h>

#include "device.h"
#include "image.h"

struct live {
	struct skua_user_dev *dev;
	uint32_t handle, spi, line, record;
	bool in, esn;
	bool soft_told, hard_told;
	_Atomic bool due; /* an event came */
	struct skua_ipsec_limits limits;
	uint64_t base;	   /* its sequence number at first */
	uint64_t reserved; /* out: numbers up to it are written down */
};

/*
 * What sa says, and where it stands in the file numbers, before the device has
 * it: live_sync() of all that were prepared comes first. 0 or -errno: -EDQUOT,
 * its limits or numbers are spent.
 */
int live_prepare(struct live *l, const struct skua_ipsec_sa *sa, int numbers);
/* What is written down is there even if the machine loses its power next. */
int live_sync(int numbers);
/* The device has it now, and nothing else has. */
int live_start(struct live *l);
/* After an event. name is that of the file, for what there is to say. */
void live_serve(struct live *l, int numbers, const char *name);
void live_end(struct live *l, int numbers);

#endif /* SKUA_USER_IPSEC_LIVE_H */
