/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Each datagram of a QP may be of another flow, and so of another SA. With many of
 * them, those of the datagrams that are posted are fetched before their turn.
 */
#ifndef SKUA_UD_AHEAD_H
#define SKUA_UD_AHEAD_H

#include "steer/steer.h"

/* In one turn. */
struct ud_ahead {
	struct skua_steer_out out;
	unsigned int next;
};

/* What is posted, as far as it can be seen. */
void ud_ahead_look(struct skua_qp *qp, struct ud_ahead *ahead);
/* The next of them leaves. */
void ud_ahead_next(struct ud_ahead *ahead);

#endif /* SKUA_UD_AHEAD_H */
