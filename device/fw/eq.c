// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Event queues (§9.4). */
#include <stdlib.h>

#include "fw.h"

int skua_cmd_create_eq(struct skua_call *c)
{
	const struct skua_hwi_create_eq_in *in = c->in;
	uint32_t flags = le32toh(in->flags), vector = le32toh(in->vector);
	uint32_t field = 0;
	struct skua_function *fn = c->fn;
	struct skua_eq *eq;
	int status, err;

	if (in->log_size > SKUA_HWI_EQ_MAX_LOG)
		return BAD_PARAM(c, skua_hwi_create_eq_in, log_size);
	if (vector >= fn->cfg.vectors)
		return BAD_PARAM(c, skua_hwi_create_eq_in, vector);
	if (flags & ~SKUA_HWI_EQ_ASYNC)
		return BAD_PARAM(c, skua_hwi_create_eq_in, flags);
	if (flags & SKUA_HWI_EQ_ASYNC && fn->async_eq)
		return SKUA_HWI_BAD_STATE;

	eq = calloc(1, sizeof(*eq));
	if (!eq)
		return SKUA_HWI_NO_RESOURCES;
	eq->fn = fn;
	eq->log = in->log_size;
	eq->vector = vector;
	eq->flags = flags;
	list_init(&eq->waiting);
	list_init(&eq->blocked);
	list_init(&eq->dirty);
	status = skua_ring_init(fn, &eq->ring, &in->pbl,
				(sizeof(struct skua_hwi_eqe) << eq->log) +
					sizeof(struct skua_hwi_cq_rec),
				&field);
	if (status) {
		free(eq);
		return skua_fail_pbl(c, status,
				     offsetof(struct skua_hwi_create_eq_in, pbl),
				     field);
	}

	skua_engine_lock(fn->adapter);
	err = skua_table_add(&fn->eqs, eq, &eq->eqn);
	if (!err) {
		skua_irq_setup(eq, le32toh(in->moderation_ns));
		if (flags & SKUA_HWI_EQ_ASYNC)
			fn->async_eq = eq;
	}
	skua_engine_unlock(fn->adapter);
	if (err) {
		skua_ring_fini(fn, &eq->ring);
		free(eq);
		return SKUA_HWI_NO_RESOURCES;
	}
	skua_out_handle(c, eq->eqn);
	return SKUA_HWI_OK;
}

int skua_cmd_modify_eq(struct skua_call *c)
{
	const struct skua_hwi_modify_eq_in *in = c->in;
	struct skua_eq *eq = skua_table_get(&c->fn->eqs, le32toh(in->handle));

	if (!eq)
		return BAD_OBJECT(c, skua_hwi_modify_eq_in, handle);
	skua_irq_setup(eq, le32toh(in->moderation_ns));
	return SKUA_HWI_OK;
}

int skua_cmd_destroy_eq(struct skua_call *c)
{
	struct skua_function *fn = c->fn;
	struct skua_eq *eq = skua_table_get(&fn->eqs, skua_in_handle(c));

	if (!eq)
		return BAD_OBJECT(c, skua_hwi_handle_in, handle);
	if (eq->refs)
		return SKUA_HWI_IN_USE;
	skua_engine_lock(fn->adapter);
	skua_eq_destroy(eq);
	skua_engine_unlock(fn->adapter);
	return SKUA_HWI_OK;
}
