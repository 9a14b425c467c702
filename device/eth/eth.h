/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* The ETH QP: the function's Ethernet rings. */
#ifndef SKUA_ETH_H
#define SKUA_ETH_H

#include "nic.h"

#define SKUA_ETH_HLEN 14u
/* Header and one VLAN tag, without FCS (§6). */
#define SKUA_ETH_MAX_FRAME (SKUA_MAX_MTU + SKUA_ETH_HLEN + 4)

struct skua_eth_qp {
	struct skua_qp qp;
	uint8_t frame[SKUA_ETH_MAX_FRAME]; /* the one being sent */
};

/* tx.c */
bool skua_eth_turn(struct skua_qp *qp);
void skua_eth_flush_sq(struct skua_qp *qp);
/* rx.c */
void skua_eth_flush_rq(struct skua_qp *qp);

#endif /* SKUA_ETH_H */
