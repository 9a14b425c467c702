/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* What tests of links do with the two ends of one. */
#ifndef LINK_ENDS_H
#define LINK_ENDS_H

#include "link/link.h"

/* Fails the test, with the reason, if it cannot be opened. */
struct skua_link *link_open(const char *spec);

/* Give both ends turns until they are up; b may be NULL. */
void link_meet(struct skua_link *a, struct skua_link *b);

/* len bytes that follow from seed, behind an Ethernet header. */
void link_fill(uint8_t *data, uint32_t len, uint32_t seed);
bool link_is_filled(const uint8_t *data, uint32_t len, uint32_t seed);

/* Send one frame of len bytes; there is room. */
void link_send(struct skua_link *l, uint32_t len, uint32_t seed);
/* Receive frames and expect them filled from seed on; how many came. */
unsigned int link_expect(struct skua_link *l, uint32_t len, uint32_t seed);

/* Sleep until something happens, at most ms; false: it took longer. */
bool link_sleep(struct skua_link *l, int ms);

#endif /* LINK_ENDS_H */
