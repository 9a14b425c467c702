/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Completions, and the flush of hwi §8.3. */
#ifndef SKUA_COMPLETE_H
#define SKUA_COMPLETE_H

#include "nic.h"

/*
 * Complete the WQE that starts in block index and ends before block end. The
 * slots are free before the CQE can be seen, since the driver may post as soon
 * as it sees it. False: the CQ is in error, and so must the QP be.
 */
bool skua_complete_send(struct skua_qp *qp, uint32_t index, uint32_t end,
			uint8_t wqe_opcode, uint32_t byte_len, uint8_t status);

/* A receive that failed or was flushed. */
bool skua_fail_recv(struct skua_qp *qp, uint32_t tag, uint8_t status);

/* Flush what is in the send queue. */
void skua_flush_sq(struct skua_qp *qp);
/* Flush what is in the QP's own receive queue, and ask to hear of more. */
void skua_flush_rq(struct skua_qp *qp);

/* A QP in SQD has nothing outstanding. */
void skua_sq_drained(struct skua_qp *qp);

/* A packet to fn was for nobody. */
static inline void skua_refuse(struct skua_function *fn, enum skua_refusal why)
{
	fn->adapter->refused[why]++;
}

static inline void skua_count(struct skua_function *fn,
			      enum skua_hwi_rdma_counter which, uint64_t n)
{
	fn->rdma_cnt[which] += n;
}

static inline void skua_count_link(struct skua_function *fn,
				   enum skua_hwi_link_counter which, uint64_t n)
{
	fn->link_cnt[which] += n;
}

#endif /* SKUA_COMPLETE_H */
