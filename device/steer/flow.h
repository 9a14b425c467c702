/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Flows of one direction (hwi §9.10): which one decides about a packet.
 *
 * Tuple space search (Srinivasan, Suri, Varghese, SIGCOMM 1999): flows that
 * look at the same bits of a packet are in one hash table, and so the price of
 * a look-up is that of the few masks there are, not of the flows. Masks are
 * tried in the order of their best flow, until what was found is better.
 */
#ifndef SKUA_STEER_FLOW_H
#define SKUA_STEER_FLOW_H

#include <assert.h>
#include <stddef.h>

#include "steer/key.h"

struct skua_flow_mask;
struct skua_reqid;
struct skua_sa;

/*
 * A flow: the owner fills in what has no comment, and calls skua_flow_add().
 * What a look-up reads and writes is together, in two lines of the cache.
 */
struct skua_flow {
	struct skua_flow_key key; /* no bits but those of the mask */
	struct skua_flow *next;	  /* of the bucket, the worse and older */
	uint64_t priority;
	uint8_t direction, action; /* enum skua_hwi_flow_* */
	uint32_t handle;
	struct skua_sa *sa;	  /* PROTECT: by this one, */
	struct skua_reqid *reqid; /* or one of these */
	uint64_t packets, bytes;
	uint64_t age;			  /* the lower, the older */
	struct skua_flow_mask *mask;	  /* where it is */
	struct skua_hwi_flow_match match; /* for who looks at it, only */
};
static_assert(offsetof(struct skua_flow, age) <= 128,
	      "the rest is not for every packet");

/* More masks, each a look-up for each packet, are not for one function. */
#define SKUA_FLOW_MASKS 128u

struct skua_flows {
	struct skua_flow_mask **mask; /* by their best priority */
	unsigned int n;
	uint64_t born;
	/* The last look-up, and what it found: mostly the next one is the same. */
	struct skua_flow_key last;
	struct skua_flow *found;
	bool known;
	/* Of the hash: who installs flows must not choose who collides. */
	uint32_t secret[2 * SKUA_FLOW_KEY_WORDS];
};

/* 0, -ENOMEM or -ENOSPC (masks); mask has the bits of the key that count. */
int skua_flow_add(struct skua_flows *flows, struct skua_flow *flow,
		  const struct skua_flow_key *mask);
/* The flow stays its owner's. */
void skua_flow_remove(struct skua_flows *flows, struct skua_flow *flow);

/* The flow that decides about a packet, or NULL. */
struct skua_flow *skua_flow_find(struct skua_flows *flows,
				 const struct skua_flow_key *key);

/*
 * Where the first flow is that comes into question, which is fetched; NULL: there
 * are none. For as long as none is added or removed.
 */
struct skua_flow *const *skua_flow_place(const struct skua_flows *flows,
					 const struct skua_flow_key *key);

#endif /* SKUA_STEER_FLOW_H */
