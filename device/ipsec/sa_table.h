/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* What sa.c and sa_table.c know of each other. */
#ifndef SKUA_IPSEC_SA_TABLE_H
#define SKUA_IPSEC_SA_TABLE_H

#include "ipsec/sa.h"
#include "nic/nic.h"
#include "nic/slab.h"

/*
 * Inbound SAs by SPI and destination: open addressing, a quarter full at most,
 * and no larger than it has to be, for the sake of caches.
 * An SA is within SKUA_SA_MAX_PROBES slots of where its hash says and no slot
 * before it is empty, so that looking is bounded also for what is not there.
 */
struct skua_sa_slot {
	uint64_t hash;
	struct skua_sa *sa; /* or NULL */
};

struct skua_sa_table {
	struct skua_sa_slot *slot;
	uint64_t mask;		 /* slots, a power of two, less one */
	uint64_t key[2];	 /* of the hash */
	struct skua_slab memory; /* of SAs and their keys */
	struct skua_sa *last; /* that was found: mostly so is the next; or NULL */
	struct skua_table handles;
	skua_sa_event_fn *event;
	void *ctx;
	uint64_t refused[SKUA_ESP_RESULTS];
	uint32_t in;  /* SAs that open, */
	uint32_t any; /* and of these with ANY_DST */
};

/* Whether the fields of a configuration go together, but for the key. */
bool skua_sa_config_ok(const struct skua_sa_config *cfg);

/* The window that it gets. */
uint32_t skua_sa_window(const struct skua_sa_config *cfg);

/* All but key, handle and table. 0 or -ENOMEM. */
int skua_sa_init(struct skua_sa *sa, const struct skua_sa_config *cfg);

#endif /* SKUA_IPSEC_SA_TABLE_H */
