/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Blocks of pcapng (IETF draft-ietf-opsawg-pcapng) in memory, in the byte order
 * of the machine. Each call returns the length of its block.
 */
#ifndef SKUA_PCAPNG_H
#define SKUA_PCAPNG_H

#include <stddef.h>
#include <stdint.h>

#include "capture_ring.h"

#define PCAPNG_NAME	64u
#define PCAPNG_COMMENT	128u
/* No block is longer, but a frame's: by the bytes of it. */
#define PCAPNG_BLOCK	(256u + PCAPNG_COMMENT)

size_t pcapng_section(uint8_t *out, const char *program);
size_t pcapng_interface(uint8_t *out, const char *name, uint32_t snap);
size_t pcapng_packet(uint8_t *out, const struct record *rec);
/* Times are of the begin and of the end, in ns. */
size_t pcapng_statistics(uint8_t *out, uint32_t interface,
			 const uint64_t times[2], uint64_t received,
			 uint64_t dropped);

#endif /* SKUA_PCAPNG_H */
