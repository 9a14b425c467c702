/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Congestion control on links: who receives packets that met congestion tells
 * their sender (IBTA annex A17.9), and who is told sends more slowly.
 *
 * A QP that was not told has no state of this, and it costs it one comparison
 * a packet.
 */
#ifndef SKUA_RDMA_CC_H
#define SKUA_RDMA_CC_H

#include "nic.h"
#include "packet.h"

static inline bool skua_cc_enabled(const struct skua_adapter *ad)
{
	return ad->cc[SKUA_CC_ENABLE];
}

/* Sending ------------------------------------------------------------------ */

bool skua_cc_due(struct skua_qp *qp);
void skua_cc_charge(struct skua_qp *qp, const struct skua_packet *pkt);

/* May qp send by now? If not, it is parked and gets a turn when it may. */
static inline bool skua_cc_may_send(struct skua_qp *qp)
{
	return __builtin_expect(!qp->cc, 1) || skua_cc_due(qp);
}

/* It has sent this. */
static inline void skua_cc_sent(struct skua_qp *qp,
				const struct skua_packet *pkt)
{
	if (__builtin_expect(!!qp->cc, 0))
		skua_cc_charge(qp, pkt);
}

/* Receiving ---------------------------------------------------------------- */

/*
 * A packet for fn came with the mark CE. Is its sender to be told now? Then
 * *dqpn is the QP there.
 */
bool skua_cc_marked(struct skua_function *fn, const struct skua_packet *pkt,
		    uint32_t *dqpn);
/* A notification; of pkt only the path, pkey and dqpn are known. */
void skua_cc_notified(struct skua_function *fn, const struct skua_packet *pkt);

#endif /* SKUA_RDMA_CC_H */
