/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Touching memory that may have gone. A guest's memory stays until it is
 * unmapped with the engine's consent; a program that the engine is part of may
 * unmap its own at any time, and then the work request fails, not the program.
 */
#ifndef SKUA_GUARD_H
#define SKUA_GUARD_H

#include <string.h>

#include "nic.h"
#include "wire/icrc.h"

/* NULL, or the address that could not be touched. */
const void *skua_guard_move(struct skua_adapter *ad, void *to, const void *from,
			    size_t len);

/* memmove(); the address that could not be touched, or NULL. */
static inline const void *skua_move(struct skua_adapter *ad, void *to,
				    const void *from, size_t len)
{
	if (__builtin_expect(ad->cfg.guard != NULL, 0))
		return skua_guard_move(ad, to, from, len);
	memmove(to, from, len);
	return NULL;
}

/* The same for one of these; with an address, nothing has become of part. */
const void *skua_guard_icrc(struct skua_adapter *ad, skua_icrc_move *move,
			    struct skua_icrc_part *part, uint8_t *elsewhere,
			    uint32_t len);

#endif /* SKUA_GUARD_H */
