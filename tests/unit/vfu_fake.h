/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * A stand-in for the adapter behind the vfio-user server: it remembers what
 * it was told. Look at it only after the reply to the message in question.
 */
#ifndef SKUA_TEST_VFU_FAKE_H
#define SKUA_TEST_VFU_FAKE_H

#include "skua_device.h"

#define FAKE_RANGES    8
#define FAKE_REG_VALUE 0x1122334455667788ull

struct fake_range {
	uint64_t iova, size;
	void *host;
	bool writable;
};

struct skua_function {
	struct skua_function_config cfg;
	struct fake_range range[FAKE_RANGES];
	unsigned int ranges;
	unsigned int resets;
	struct {
		uint64_t off, val;
		unsigned int size, n;
	} written;
	struct {
		uint32_t page, val;
		unsigned int n;
	} kicked;
};

/* The functions that exist, newest first in [0]. */
extern struct skua_function *fake_fn[4];
extern unsigned int fake_fns;

#endif /* SKUA_TEST_VFU_FAKE_H */
