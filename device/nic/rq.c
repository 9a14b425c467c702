// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Receives (§7), from a QP's own queue or its SRQ. The producer index is
 * loaded only when the entries known of have run out.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nic.h"

static struct skua_hwi_rq_rec *skua_rq_rec(struct skua_function *fn,
					   struct skua_rq *rq)
{
	return skua_ring_at(fn, &rq->ring, (1ull << rq->log) << rq->log_stride);
}

static int skua_rq_refresh(struct skua_function *fn, struct skua_rq *rq)
{
	struct skua_hwi_rq_rec *rec = skua_rq_rec(fn, rq);
	uint32_t pi;

	if (!rec)
		return -EFAULT;
	pi = le32toh(__atomic_load_n(&rec->pi, __ATOMIC_ACQUIRE));
	if (pi - rq->ci > 1u << rq->log || pi - rq->ci < rq->pi - rq->ci)
		return -EFAULT;
	rq->pi = pi;
	return 0;
}

/* Copy the entry at ci; it stays where it is. */
static int skua_rq_copy(struct skua_function *fn, struct skua_rq *rq,
			struct skua_recv *rv)
{
	uint64_t at = rq->ci & ((1u << rq->log) - 1);
	const uint8_t *entry = skua_ring_at(fn, &rq->ring, at << rq->log_stride);
	struct skua_hwi_rwqe head;
	struct skua_hwi_sge sge;
	unsigned int i, fit;

	if (!entry)
		return -EFAULT;
	memcpy(&head, entry, sizeof(head));
	fit = ((1u << rq->log_stride) - sizeof(head)) / sizeof(sge);
	if (fit > SKUA_HWI_MAX_SGE)
		fit = SKUA_HWI_MAX_SGE;
	rv->tag = le32toh(head.tag);
	rv->n = 0;
	rv->bytes = 0;
	if (head.num_sge > fit)
		return -EINVAL;
	for (i = 0; i < head.num_sge; i++) {
		memcpy(&sge, entry + sizeof(head) + i * sizeof(sge), sizeof(sge));
		rv->sg[i].addr = le64toh(sge.addr);
		rv->sg[i].len = le32toh(sge.len);
		rv->sg[i].key = le32toh(sge.lkey);
		rv->bytes += rv->sg[i].len;
	}
	rv->n = head.num_sge;
	return 0;
}

static int skua_rq_take(struct skua_function *fn, struct skua_rq *rq,
			struct skua_recv *rv)
{
	int err;

	if (rq->pi == rq->ci) {
		err = skua_rq_refresh(fn, rq);
		if (err)
			return err;
		if (rq->pi == rq->ci)
			return -ENOENT;
	}
	err = skua_rq_copy(fn, rq, rv);
	if (err != -EFAULT)
		rq->ci++;
	return err;
}

void skua_srq_check_limit(struct skua_srq *srq)
{
	if (!srq->limit || skua_rq_refresh(srq->fn, &srq->rq) ||
	    srq->rq.pi - srq->rq.ci >= srq->limit)
		return;
	srq->limit = 0;
	skua_event(srq->fn, SKUA_HWI_EVENT_SRQ_LIMIT, srq->srqn, 0);
}

static int skua_srq_take(struct skua_srq *srq, struct skua_recv *rv)
{
	int err;

	if (srq->error)
		return -EFAULT;
	err = skua_rq_take(srq->fn, &srq->rq, rv);
	if (err == -EINVAL || err == -EFAULT) {
		srq->error = true;
		skua_event(srq->fn, SKUA_HWI_EVENT_SRQ_ERR, srq->srqn, 0);
	}
	if (!err)
		skua_srq_check_limit(srq);
	return err;
}

int skua_recv_take(struct skua_qp *qp, struct skua_recv *rv)
{
	if (qp->srq)
		return skua_srq_take(qp->srq, rv);
	if (qp->rq.log == SKUA_HWI_LOG_NONE)
		return -ENOENT;
	return skua_rq_take(qp->fn, &qp->rq, rv);
}

void skua_recv_return(struct skua_qp *qp)
{
	if (qp->srq)
		qp->srq->rq.ci--;
	else
		qp->rq.ci--;
}

void skua_rq_arm(struct skua_qp *qp, bool armed)
{
	struct skua_hwi_rq_rec *rec;

	if (qp->srq || qp->rq.log == SKUA_HWI_LOG_NONE)
		return;
	rec = skua_rq_rec(qp->fn, &qp->rq);
	if (!rec)
		return;
	__atomic_store_n(&rec->armed, htole32(armed), __ATOMIC_RELAXED);
	/* §7: armed before the caller's next look at pi. */
	atomic_thread_fence(memory_order_seq_cst);
}

void skua_srq_destroy(struct skua_srq *srq)
{
	struct skua_function *fn = srq->fn;
	struct skua_pd *pd = skua_table_get(&fn->pds, srq->pdn);

	pd->refs--;
	skua_table_remove(&fn->srqs, srq->srqn);
	skua_ring_fini(fn, &srq->rq.ring);
	free(srq);
}
