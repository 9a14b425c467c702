/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * ARP (RFC 826) and neighbour discovery (RFC 4861) for an adapter with no
 * kernel behind it: answers who asks for an address in a GID table, and asks
 * for the addresses of others.
 *
 * Nobody's word is heard who was not asked, and the table is bounded.
 */
#ifndef SKUA_NEIGH_H
#define SKUA_NEIGH_H

#include <stddef.h>
#include <stdint.h>

#include "nic.h"

struct skua_neigh;

struct skua_neigh *skua_neigh_create(struct skua_adapter *ad);
void skua_neigh_destroy(struct skua_neigh *n);

/*
 * A frame that came; its bytes may change at any time. opened: some SA has
 * opened it, and flows let it in. By the engine.
 */
void skua_neigh_frame(struct skua_neigh *n, const uint8_t *frame, size_t len,
		      bool opened);
/* As skua_adapter_neighbour(), by who has the engine. */
int skua_neigh_find(struct skua_neigh *n, const uint8_t from[16],
		    const uint8_t smac[6], const uint8_t to[16],
		    uint8_t mac[6]);

#endif /* SKUA_NEIGH_H */
