// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Shared receive queues (§9.7). */
#include <stdlib.h>

#include "fw.h"

int skua_cmd_create_srq(struct skua_call *c)
{
	const struct skua_hwi_create_srq_in *in = c->in;
	struct skua_function *fn = c->fn;
	struct skua_srq *srq;
	struct skua_pd *pd;
	uint32_t field = 0;
	int status, err;

	if (in->log_size > SKUA_HWI_RQ_MAX_LOG)
		return BAD_PARAM(c, skua_hwi_create_srq_in, log_size);
	if (in->log_stride < SKUA_HWI_RQ_MIN_LOG_STRIDE ||
	    in->log_stride > SKUA_HWI_RQ_MAX_LOG_STRIDE)
		return BAD_PARAM(c, skua_hwi_create_srq_in, log_stride);
	if (le32toh(in->limit) > 1u << in->log_size)
		return BAD_PARAM(c, skua_hwi_create_srq_in, limit);
	pd = skua_table_get(&fn->pds, le32toh(in->pdn));
	if (!pd)
		return BAD_OBJECT(c, skua_hwi_create_srq_in, pdn);

	srq = calloc(1, sizeof(*srq));
	if (!srq)
		return SKUA_HWI_NO_RESOURCES;
	srq->fn = fn;
	srq->pdn = pd->pdn;
	srq->limit = le32toh(in->limit);
	srq->rq.log = in->log_size;
	srq->rq.log_stride = in->log_stride;
	status = skua_ring_init(fn, &srq->rq.ring, &in->pbl,
				skua_rq_bytes(&srq->rq), &field);
	if (status) {
		free(srq);
		return skua_fail_pbl(c, status,
				     offsetof(struct skua_hwi_create_srq_in, pbl),
				     field);
	}

	skua_engine_lock(fn->adapter);
	err = skua_table_add(&fn->srqs, srq, &srq->srqn);
	if (!err)
		pd->refs++;
	skua_engine_unlock(fn->adapter);
	if (err) {
		skua_ring_fini(fn, &srq->rq.ring);
		free(srq);
		return SKUA_HWI_NO_RESOURCES;
	}
	skua_out_handle(c, srq->srqn);
	return SKUA_HWI_OK;
}

int skua_cmd_modify_srq(struct skua_call *c)
{
	const struct skua_hwi_modify_srq_in *in = c->in;
	struct skua_function *fn = c->fn;
	struct skua_srq *srq = skua_table_get(&fn->srqs, le32toh(in->handle));

	if (!srq)
		return BAD_OBJECT(c, skua_hwi_modify_srq_in, handle);
	if (le32toh(in->limit) > 1u << srq->rq.log)
		return BAD_PARAM(c, skua_hwi_modify_srq_in, limit);
	skua_engine_lock(fn->adapter);
	srq->limit = le32toh(in->limit);
	skua_srq_check_limit(srq);
	skua_engine_unlock(fn->adapter);
	return SKUA_HWI_OK;
}

int skua_cmd_destroy_srq(struct skua_call *c)
{
	struct skua_function *fn = c->fn;
	struct skua_srq *srq = skua_table_get(&fn->srqs, skua_in_handle(c));

	if (!srq)
		return BAD_OBJECT(c, skua_hwi_handle_in, handle);
	if (srq->refs)
		return SKUA_HWI_IN_USE;
	skua_engine_lock(fn->adapter);
	skua_srq_destroy(srq);
	skua_engine_unlock(fn->adapter);
	return SKUA_HWI_OK;
}

int skua_cmd_query_srq(struct skua_call *c)
{
	struct skua_function *fn = c->fn;
	struct skua_srq *srq = skua_table_get(&fn->srqs, skua_in_handle(c));
	struct skua_hwi_query_srq_out *out = c->out;

	if (!srq)
		return BAD_OBJECT(c, skua_hwi_handle_in, handle);
	skua_engine_lock(fn->adapter);
	out->limit = htole32(srq->limit);
	skua_engine_unlock(fn->adapter);
	return SKUA_HWI_OK;
}
