// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Completion queues (§9.6). */
#include <stdlib.h>

#include "fw.h"

/* Into the table, with all that can fail. Engine. */
static bool skua_cq_publish(struct skua_cq *cq)
{
	struct skua_function *fn = cq->fn;

	if (skua_timer_reserve(fn->adapter, 1))
		return false;
	if (skua_table_add(&fn->cqs, cq, &cq->cqn)) {
		skua_timer_release(fn->adapter, 1);
		return false;
	}
	if (cq->eq)
		cq->eq->refs++;
	return true;
}

int skua_cmd_create_cq(struct skua_call *c)
{
	const struct skua_hwi_create_cq_in *in = c->in;
	uint32_t eqn = le32toh(in->eqn), field = 0;
	struct skua_function *fn = c->fn;
	struct skua_eq *eq = NULL;
	struct skua_cq *cq;
	bool published;
	int status;

	if (in->log_size > SKUA_HWI_CQ_MAX_LOG)
		return BAD_PARAM(c, skua_hwi_create_cq_in, log_size);
	if (eqn != SKUA_HWI_NONE) {
		eq = skua_table_get(&fn->eqs, eqn);
		if (!eq)
			return BAD_OBJECT(c, skua_hwi_create_cq_in, eqn);
	}

	cq = calloc(1, sizeof(*cq));
	if (!cq)
		return SKUA_HWI_NO_RESOURCES;
	cq->fn = fn;
	cq->log = in->log_size;
	cq->eq = eq;
	cq->mod_count = le16toh(in->moderation_count);
	cq->mod_us = le16toh(in->moderation_us);
	cq->timer.fire = skua_cq_moderated;
	list_init(&cq->dirty);
	list_init(&cq->waiting);
	status = skua_ring_init(fn, &cq->ring, &in->pbl,
				(sizeof(struct skua_hwi_cqe) << cq->log) +
					sizeof(struct skua_hwi_cq_rec),
				&field);
	if (status) {
		free(cq);
		return skua_fail_pbl(c, status,
				     offsetof(struct skua_hwi_create_cq_in, pbl),
				     field);
	}

	skua_engine_lock(fn->adapter);
	published = skua_cq_publish(cq);
	skua_engine_unlock(fn->adapter);
	if (!published) {
		skua_ring_fini(fn, &cq->ring);
		free(cq);
		return SKUA_HWI_NO_RESOURCES;
	}
	skua_out_handle(c, cq->cqn);
	return SKUA_HWI_OK;
}

int skua_cmd_modify_cq(struct skua_call *c)
{
	const struct skua_hwi_modify_cq_in *in = c->in;
	struct skua_function *fn = c->fn;
	struct skua_cq *cq = skua_table_get(&fn->cqs, le32toh(in->handle));

	if (!cq)
		return BAD_OBJECT(c, skua_hwi_modify_cq_in, handle);
	skua_engine_lock(fn->adapter);
	cq->mod_count = le16toh(in->moderation_count);
	cq->mod_us = le16toh(in->moderation_us);
	skua_engine_unlock(fn->adapter);
	return SKUA_HWI_OK;
}

int skua_cmd_destroy_cq(struct skua_call *c)
{
	struct skua_function *fn = c->fn;
	struct skua_cq *cq = skua_table_get(&fn->cqs, skua_in_handle(c));

	if (!cq)
		return BAD_OBJECT(c, skua_hwi_handle_in, handle);
	if (cq->refs)
		return SKUA_HWI_IN_USE;
	skua_engine_lock(fn->adapter);
	skua_cq_destroy(cq);
	skua_engine_unlock(fn->adapter);
	return SKUA_HWI_OK;
}
