/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * A ring of records between two threads that never wait for each other: one
 * reserves, fills and commits, one looks and releases.
 */
#ifndef SKUA_CAPTURE_RING_H
#define SKUA_CAPTURE_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define CAPTURE_RING_SIZE (16u << 20)

struct record {
	uint32_t size;		/* with this header; 0: it goes on at the start */
	uint32_t len;		/* of the frame */
	uint32_t kept;		/* and of what follows of it, then */
	uint16_t comment;	/* so many characters */
	uint8_t point;
	uint8_t dir;
	uint64_t time;
	uint8_t data[];
};

struct capture_ring {
	uint8_t *mem;
	_Alignas(64) _Atomic uint64_t head;	/* written up to here */
	_Alignas(64) _Atomic uint64_t tail;	/* and read */
};

/* 0 or -ENOMEM */
int capture_ring_init(struct capture_ring *r);
void capture_ring_fini(struct capture_ring *r);

/* Room for a record with so many bytes of data, or NULL. */
struct record *capture_ring_reserve(struct capture_ring *r, uint32_t bytes);
/* Bytes in the ring with it. */
uint64_t capture_ring_commit(struct capture_ring *r, struct record *rec);

const struct record *capture_ring_look(struct capture_ring *r);
void capture_ring_release(struct capture_ring *r, const struct record *rec);

#endif /* SKUA_CAPTURE_RING_H */
