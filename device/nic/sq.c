// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Send queues: a WQE is copied out of the ring once, then judged (§6). */
#include <errno.h>
#include <string.h>

#include "nic.h"

int skua_sq_read(struct skua_qp *qp, uint32_t at, struct skua_wqe *wqe)
{
	const struct skua_hwi_wqe_ctrl *ctrl = (const void *)wqe->buf;
	struct skua_sq *sq = &qp->sq;
	uint32_t mask = (1u << sq->log) - 1, num_bb = 1, i;
	const void *block;

	for (i = 0; i < num_bb; i++) {
		block = skua_ring_at(qp->fn, &sq->ring,
				     (uint64_t)((at + i) & mask)
					     << SKUA_HWI_WQE_BB_SHIFT);
		if (!block)
			return -EFAULT;
		memcpy(wqe->buf + i * SKUA_HWI_WQE_BB, block, SKUA_HWI_WQE_BB);
		if (i)
			continue;
		/* The copy decides: nobody can change it any more. */
		num_bb = ctrl->num_bb;
		if (!num_bb || num_bb > SKUA_HWI_WQE_MAX_BB ||
		    num_bb > sq->pi - at)
			return -EINVAL;
	}
	wqe->index = at;
	wqe->num_bb = num_bb;
	return 0;
}
