// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <string.h>

#include "request.h"
#include "send.h"
#include "ud_ahead.h"

/* The first block of a WQE, which is all that is looked at. */
struct block {
	struct skua_hwi_wqe_ctrl ctrl;
	struct skua_hwi_wqe_ud ud;
};
static_assert(sizeof(struct block) == SKUA_HWI_WQE_BB, "one block");

/*
 * The driver may change it until its turn, and then it is not what was fetched;
 * nothing else depends on what is seen here.
 */
static bool look(struct skua_qp *qp, uint32_t at, struct block *b)
{
	const void *p = skua_ring_at(qp->fn, &qp->sq.ring,
				     (uint64_t)(at & ((1u << qp->sq.log) - 1))
					     << SKUA_HWI_WQE_BB_SHIFT);

	if (!p)
		return false;
	memcpy(b, p, sizeof(*b));
	return b->ctrl.num_bb;
}

void ud_ahead_look(struct skua_qp *qp, struct skua_steer_out *out)
{
	uint32_t at = qp->sq.fetch;
	struct block b;
	unsigned int i;

	out->steer = qp->fn->steer;
	out->n = 0;
	out->next = 0;
	/* Local WQEs count too: a driver may post any number of them. */
	for (i = 0; i < SKUA_STEER_OUT && (int32_t)(qp->sq.pi - at) > 0 &&
		    look(qp, at, &b);
	     i++) {
		if (!skua_request_is_local(b.ctrl.opcode))
			skua_send_ahead(qp, &b.ud.av,
					le32toh(b.ud.dqpn) & SKUA_PSN_MASK, out);
		at += b.ctrl.num_bb;
	}
}
