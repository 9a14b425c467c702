// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Posting receives to a QP and to an SRQ, hwi §7.
 *
 * The device completes an RQ in order, so the tag of an entry is its place. It
 * completes an SRQ in whatever order its QPs finish; there the tag names a
 * wr_id, and the place is free as soon as any one of the buffers is.
 */
#include <errno.h>

#include "skua.h"

static inline void skua_set_rwqe(struct skua_hwi_rwqe *rwqe, uint32_t tag,
				 const struct ibv_recv_wr *wr)
{
	struct skua_hwi_sge *sge = (struct skua_hwi_sge *)(rwqe + 1);
	int i;

	rwqe->tag = htole32(tag);
	rwqe->num_sge = wr->num_sge;
	for (i = 0; i < wr->num_sge; i++) {
		sge[i].addr = htole64(wr->sg_list[i].addr);
		sge[i].len = htole32(wr->sg_list[i].length);
		sge[i].lkey = htole32(wr->sg_list[i].lkey);
	}
}

/* hwi §7: the device arms the record when it flushes; else it looks. */
static inline void skua_ring_rq(struct skua_qp *qp)
{
	struct skua_hwi_rq_rec *rec = qp->rq.rec;

	udma_to_device_barrier();
	skua_write_le32(&rec->pi, qp->rq.pi);
	skua_store_load_barrier();
	if (unlikely(skua_read_le32(&rec->armed)))
		skua_kick(qp, qp->slot | SKUA_HWI_KICK_RQ);
}

int skua_post_recv(struct ibv_qp *ibqp, struct ibv_recv_wr *wr,
		   struct ibv_recv_wr **bad_wr)
{
	struct skua_qp *qp = to_skua_qp(ibqp);
	struct skua_rq *rq = &qp->rq;
	struct skua_lock *held;
	uint32_t pi, room, idx;
	int err = 0;

	/* IBTA 10.8.3.2: a receive needs a QP that left RESET. */
	if (unlikely(!rq->ring || ibqp->state == IBV_QPS_RESET)) {
		*bad_wr = wr;
		return EINVAL;
	}

	held = skua_lock_call(&rq->lock);
	pi = rq->pi;
	room = rq->mask + 1 -
	       (pi - atomic_load_explicit(&rq->ci, memory_order_acquire));
	for (; wr; wr = wr->next) {
		if (unlikely((uint32_t)wr->num_sge > rq->max_sge)) {
			err = EINVAL;
			break;
		}
		if (unlikely(!room--)) {
			err = ENOMEM;
			break;
		}
		idx = pi++ & rq->mask;
		rq->wr_id[idx] = wr->wr_id;
		skua_set_rwqe(rq->ring + ((size_t)idx << rq->log_stride), idx,
			      wr);
	}
	if (unlikely(err))
		*bad_wr = wr;
	if (likely(pi != rq->pi)) {
		rq->pi = pi;
		skua_ring_rq(qp);
	}
	skua_unlock_call(held);
	return err;
}

int skua_post_srq_recv(struct ibv_srq *ibsrq, struct ibv_recv_wr *wr,
		       struct ibv_recv_wr **bad_wr)
{
	struct skua_srq *srq = to_skua_srq(ibsrq);
	struct skua_lock *held;
	uint32_t tag, idx;
	int err = 0;

	held = skua_lock_call(&srq->lock);
	for (; wr; wr = wr->next) {
		if (unlikely((uint32_t)wr->num_sge > srq->max_sge)) {
			err = EINVAL;
			break;
		}
		if (unlikely(!srq->num_tags)) {
			err = ENOMEM;
			break;
		}
		tag = srq->tags[--srq->num_tags];
		srq->wr_id[tag] = wr->wr_id;
		idx = srq->pi++ & srq->mask;
		skua_set_rwqe(srq->ring + ((size_t)idx << srq->log_stride), tag,
			      wr);
	}
	if (unlikely(err))
		*bad_wr = wr;

	/* Nothing sleeps on an SRQ: its record has no use for armed. */
	udma_to_device_barrier();
	skua_write_le32(&srq->rec->pi, srq->pi);
	skua_unlock_call(held);
	return err;
}
