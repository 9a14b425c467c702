/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * What two processes of one machine share: the one contract of device/peer.
 *
 * Each function has a port, a segment that it alone writes, in which its peers
 * read which QPs and memory keys they may use; and a channel to each peer that
 * it sends to, a ring of packet descriptors. Both are memfds that cannot
 * shrink. A peer is a process of the same user (or of one that the user let
 * in), and nothing in a channel is trusted more than a packet from a wire.
 *
 * Using the other's memory. The user says so in its channel (an odd number in
 * its word), full barrier, and only then looks whether key and QP are valid;
 * the owner makes them invalid, full barrier, and then waits for each channel
 * whose word is odd. So either the user sees that the key is gone or the owner
 * sees the user, and a destroy that has returned leaves nobody in the memory.
 */
#ifndef SKUA_PEER_SHARED_H
#define SKUA_PEER_SHARED_H

#include <assert.h>
#include <stdatomic.h>
#include <stdint.h>

#include "skua_hwi.h"

#define SKUA_PEER_MAGIC	  0x50554b53u /* "SKUP" in memory order */
#define SKUA_PEER_VERSION 2u

/* QPNs: the block that names a function, above the number in its table. */
#define SKUA_PEER_QPN_BITS 14
#define SKUA_PEER_BLOCKS   (1u << (24 - SKUA_PEER_QPN_BITS))

#define SKUA_PEER_LOG_MKEYS 18
#define SKUA_PEER_LOG_QPS   12

/* A memory key as its owner shows it; state 0: do not use. */
struct skua_peer_mkey {
	_Atomic uint64_t state;	/* SKUA_PEER_VALID | key */
	uint32_t pdn;
	uint32_t qpn;		/* type 2 window: the QP it is bound to */
	uint64_t iova, len;
	uint64_t va;		/* where it begins in the owner */
	uint8_t type;		/* enum skua_hwi_mkey_type */
	uint8_t access;
	uint8_t rsvd[10];
	/* Pages of it that lie in the owner's arena, which peers map. */
	uint32_t arena_skip;	/* pages between that of va and the first */
	uint32_t arena_pages;
	uint32_t arena_first;	/* in the arena */
};
static_assert(sizeof(struct skua_peer_mkey) == 64, "mkey entry");
#define SKUA_PEER_VALID (1ull << 32)

/* An RC queue pair that takes requests; state 0: it does not. */
struct skua_peer_qp {
	_Atomic uint64_t state;	/* SKUA_PEER_VALID | generation */
	uint32_t qpn;
	uint32_t dest_qpn;	/* the one peer it is connected to */
	uint32_t pdn;
	uint8_t access;		/* SKUA_HWI_ACCESS_REMOTE_* */
	uint8_t rsvd[43];
};
static_assert(sizeof(struct skua_peer_qp) == 64, "QP entry");

struct skua_peer_port {
	uint32_t magic, version;
	uint64_t cookie;	/* lies at cookie_va in the owner, too */
	uint64_t cookie_va;
	uint8_t rsvd[40];
	struct skua_peer_qp qp[1u << SKUA_PEER_LOG_QPS];
	struct skua_peer_mkey mkey[1u << SKUA_PEER_LOG_MKEYS];
};

#define SKUA_PEER_LINE	    64
#define SKUA_PEER_RING_LOG  13 /* lines: 512 KiB */
#define SKUA_PEER_RING	    (1u << SKUA_PEER_RING_LOG)
/* Payload that a descriptor carries itself; more, it refers to. */
#define SKUA_PEER_INLINE    (16u << 10)

/* Each line of words has one writer, but for armed. */
struct skua_peer_channel {
	_Atomic uint32_t using; /* the sender; odd: in the receiver's memory */
	uint8_t rsvd0[60];
	_Atomic uint32_t tail;	/* the receiver: lines taken, free-running */
	_Atomic uint32_t pulling; /* the receiver; odd: in the sender's memory */
	uint8_t rsvd1[56];
	_Atomic uint32_t armed; /* both; the receiver does not look: kick */
	uint8_t rsvd2[60];
	uint8_t ring[SKUA_PEER_RING][SKUA_PEER_LINE];
};
static_assert(sizeof(struct skua_peer_channel) ==
		      (SKUA_PEER_RING + 3) * SKUA_PEER_LINE,
	      "channel");

/*
 * A descriptor is a line, and those that it says it has, in this order: extra,
 * path, payload or references to it. A small message is one line, and that is
 * all that passes from one processor to the other: the receiver polls the line
 * that the next descriptor will begin in. So the sender writes a zero to lines
 * of the one behind it, fills this one, and writes its lines last.
 */
#define SKUA_PEER_SMALL 16u /* bytes of payload in the first line itself */

struct skua_peer_record {
	_Atomic uint32_t lines;	/* of all of it; 0: it is not there yet */
	uint8_t op, service, flags, syndrome;
	uint32_t dqpn, sqpn;
	uint32_t psn, npsn, msn;
	uint32_t skip;		/* PSNs before psn that need no packet */
	uint32_t len;
	uint32_t imm;		/* or the key to invalidate */
	uint8_t has;		/* SKUA_PEER_HAS_* */
	uint8_t nrefs;		/* 0: it is the payload, not references */
	uint8_t rsvd[6];
	uint8_t small[SKUA_PEER_SMALL]; /* payload, or one reference */
};
static_assert(sizeof(struct skua_peer_record) == SKUA_PEER_LINE, "descriptor");

#define SKUA_PEER_HAS_EXTRA (1u << 0)
#define SKUA_PEER_HAS_PATH  (1u << 1) /* else it is that of the one before */
#define SKUA_PEER_HAS_SMALL (1u << 2)
#define SKUA_PEER_HAS_ALL                            \
	(SKUA_PEER_HAS_EXTRA | SKUA_PEER_HAS_PATH |  \
	 SKUA_PEER_HAS_SMALL)

struct skua_peer_extra {
	uint64_t va;
	uint32_t rkey, dma_len;
	uint32_t qkey;
	uint32_t rsvd0;
	uint64_t swap_add, compare, orig;
	uint8_t rsvd1[16];
};
static_assert(sizeof(struct skua_peer_extra) == SKUA_PEER_LINE, "extra line");

struct skua_peer_path {
	struct skua_hwi_av av;
	/* The sender's GID. */
	uint8_t sgid[16];
	uint8_t smac[6];
	uint16_t vlan;
	uint8_t rsvd[8];
};
static_assert(sizeof(struct skua_peer_path) == SKUA_PEER_LINE, "path line");

struct skua_peer_ref {
	uint64_t addr;
	uint32_t len;
	uint32_t key;
};

static_assert(sizeof(struct skua_peer_ref) <= SKUA_PEER_SMALL, "reference");

#define SKUA_PEER_MAX_LINES (3 + SKUA_PEER_INLINE / SKUA_PEER_LINE)

/*
 * The greeting on the socket, with the segments beside it; then its answer. To
 * a process of the same user the arena is given, too, the last descriptor.
 */
struct skua_peer_hello {
	uint32_t magic, version;
	uint32_t block;		/* of who speaks */
	uint32_t rsvd;
	uint64_t arena_size;	/* 0: no arena comes with it */
};

#endif /* SKUA_PEER_SHARED_H */
