/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * What UC and UD have in common: nothing is acknowledged, so a WQE is over
 * once it was sent, and a send queue that fails stops in SQE.
 */
#ifndef SKUA_UNRELIABLE_H
#define SKUA_UNRELIABLE_H

#include "inbound.h"
#include "nic.h"
#include "request.h"

struct skua_un {
	struct skua_qp qp;
	/* UC: the WQE at sq.fetch is under way, and how far. */
	bool sending;
	uint32_t len, off;
	uint32_t psn;
	/* UC */
	uint32_t epsn;
	bool established;
	struct skua_inbound in;
	struct skua_steer_out *ahead; /* UD, in a turn: ud_ahead.c */
};

static inline struct skua_un *to_un(struct skua_qp *qp)
{
	return container_of(qp, struct skua_un, qp);
}

/*
 * Send from rq what *budget allows. SKUA_HWI_CQE_*; un->sending says whether
 * it was not all.
 */
typedef int (*skua_transmit_fn)(struct skua_un *un, struct skua_request *rq,
				uint32_t *budget);

/*
 * Is there no room for a packet to dqpn? Then transmit returns OK with rq still
 * being sent.
 */
bool skua_un_must_wait(struct skua_un *un, const struct skua_request *rq,
		       const struct skua_hwi_av *av, uint32_t dqpn);

bool skua_un_turn(struct skua_un *un, skua_transmit_fn transmit);
void skua_un_modified(struct skua_qp *qp, uint8_t old, uint32_t mask);
int skua_un_init(struct skua_qp *qp);
void skua_un_fini(struct skua_qp *qp);
void skua_un_timer(struct skua_qp *qp);
void skua_un_rq_kick(struct skua_qp *qp);

/* Is the QP in a state in which its responder works? */
bool skua_un_receives(const struct skua_un *un);
/*
 * A message could not be placed. Lost, too long and the like: the message is
 * dropped, and its receive waits for the next. On errors of our own: to ERR.
 */
void skua_un_not_placed(struct skua_un *un, enum skua_inbound_result result);

#endif /* SKUA_UNRELIABLE_H */
