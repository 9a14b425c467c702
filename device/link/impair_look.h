/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* A light look into a frame: as much as rules want to know, no checks. */
#ifndef SKUA_IMPAIR_LOOK_H
#define SKUA_IMPAIR_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "link.h"

struct look {
	uint8_t ip;		/* 4 or 6; 0: neither */
	bool roce;		/* a whole RoCEv2 packet, the rest is valid */
	uint8_t opcode;
	uint16_t l3;		/* where the IP header begins */
	uint16_t bth, payload, icrc;	/* where these begin */
	uint32_t qp, psn;
};

void look_at(struct look *l, const struct skua_frame *f);

/* The ECN field; and to set it to CE. Only of IP. */
unsigned int look_ecn(const struct look *l, const struct skua_frame *f);
void look_mark(const struct look *l, struct skua_frame *f);

/*
 * "rc-rdma-write-last" of an opcode of the BTH, in memory of the caller; NULL
 * for those without a name.
 */
#define OPCODE_NAME 48
const char *opcode_name(uint8_t opcode, char name[OPCODE_NAME]);

#endif /* SKUA_IMPAIR_LOOK_H */
