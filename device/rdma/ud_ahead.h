/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Each datagram of a QP may be of another flow, and so of another SA. With many of
 * them, those of the datagrams that are posted are fetched before their turn.
 */
#ifndef SKUA_UD_AHEAD_H
#define SKUA_UD_AHEAD_H

#include "steer/steer.h"

/* What is posted, of SKUA_STEER_OUT WQEs at most; it holds for one turn. */
void ud_ahead_look(struct skua_qp *qp, struct skua_steer_out *out);

#endif /* SKUA_UD_AHEAD_H */
