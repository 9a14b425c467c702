/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * What the two ends of a shared-memory link share, and what each keeps.
 *
 * Each end makes a ring that it writes and the other reads, and hands it over
 * on a socket. The socket then carries wake-ups, one message each, and its end
 * says that the process is gone. It is sent to rather than an eventfd of the
 * other end because no flag of the other end can make that block.
 *
 * Sleeping: who goes to sleep sets its word, has a full barrier, and looks
 * once more; who publishes an index has a full barrier, and looks at the word.
 * One of the two sees the other. As long as both are awake no call is made.
 */
#ifndef SKUA_LINK_SHM_H
#define SKUA_LINK_SHM_H

#include <assert.h>
#include <stdatomic.h>

#include "kind.h"

#define SKUA_SHM_MAGIC	 0x53686d4cu
#define SKUA_SHM_VERSION 2u
/*
 * Frames that may be under way, and slots for them. There are more slots, so that
 * one has left the nearer caches of its reader when it is written again: taking
 * lines away from another processor costs as much as copying them.
 */
#define SKUA_SHM_WINDOW 256u
#define SKUA_SHM_SLOTS	512u

struct skua_shm_slot {
	uint32_t len;
	uint8_t rsvd[SKUA_FRAME_SKEW - 4];
	uint8_t frame[SKUA_FRAME_SLOT - SKUA_FRAME_SKEW];
};
static_assert(sizeof(struct skua_shm_slot) == SKUA_FRAME_SLOT, "slot");
static_assert(SKUA_FRAME_SLOT - SKUA_FRAME_SKEW >= SKUA_FRAME_MAX, "slot");

/* Indices count slots, free-running. Each line of words has one writer. */
struct skua_shm_ring {
	_Atomic uint32_t head; /* by the writer of the ring */
	uint8_t rsvd0[60];
	_Atomic uint32_t tail; /* by its reader */
	uint8_t rsvd1[60];
	/* Set by who sleeps, cleared by who wakes it: for frames, for room. */
	_Atomic uint32_t reader_asleep;
	uint8_t rsvd2[60];
	_Atomic uint32_t writer_asleep;
	uint8_t rsvd3[60];
	struct skua_shm_slot slot[SKUA_SHM_SLOTS];
};
static_assert(sizeof(struct skua_shm_ring) ==
		      256 + SKUA_SHM_SLOTS * sizeof(struct skua_shm_slot),
	      "ring");

/* The first message each way; the ring, a sealed memfd, comes with it. */
struct skua_shm_hello {
	uint32_t magic, version;
	uint32_t slots, slot_size;
	uint64_t ring_size;
};

enum skua_shm_state {
	SKUA_SHM_ALONE,
	SKUA_SHM_GREETING, /* said hello, heard none */
	SKUA_SHM_UP,
	SKUA_SHM_LEAVING, /* the other end has gone, its frames have not */
};

struct skua_shm {
	struct skua_link link;
	struct skua_link_host host;
	enum skua_shm_state state;
	bool armed;	    /* fd was, or is, slept on */
	bool short_of_room; /* the last reserve gave fewer */
	uint32_t unseen;    /* polls in vain since the sockets were served */

	struct skua_shm_ring *tx, *rx;
	/* Where we are, and what of it was published. */
	uint32_t tx_head, tx_shown, rx_tail, rx_shown;
	/* What the other end said last. */
	uint32_t tx_tail, rx_head;
	uint32_t reserved, received; /* frames that are out */

	int listen_fd, sock, timer_fd;
	uint32_t name_len;
	char name[108]; /* of the socket, abstract */
};

/* Meet the other end, or wait for it. 0 or -errno. */
int skua_shm_meet(struct skua_shm *s);
/* Whatever the sockets have to say. Nothing is reserved or received. */
void skua_shm_service(struct skua_shm *s);
/* The other end is not there, or is not one, any longer. */
void skua_shm_part(struct skua_shm *s);
void skua_shm_wake(struct skua_shm *s);

#endif /* SKUA_LINK_SHM_H */
