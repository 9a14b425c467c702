// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Event queues (§5).
 *
 * A CQ's event that finds no room is not lost: the CQ waits on its EQ, which
 * is looked at in every pass until there is room. Whether an EQ is armed is
 * looked at once a pass for all that got entries, behind one full barrier.
 */
#include <stdlib.h>
#include <string.h>

#include "nic.h"

#define SKUA_EQE_LOG 5

static struct skua_hwi_cq_rec *skua_eq_rec(struct skua_eq *eq)
{
	return skua_ring_at(eq->fn, &eq->ring, (1ull << eq->log) << SKUA_EQE_LOG);
}

static void skua_eq_lost(struct skua_eq *eq)
{
	eq->error = true;
	if (eq == eq->fn->async_eq)
		skua_function_fatal(eq->fn, SKUA_HWI_FATAL_EQ_DMA);
}

static bool skua_eq_room(struct skua_eq *eq)
{
	uint32_t size = 1u << eq->log;
	struct skua_hwi_cq_rec *rec;

	if (eq->pi - eq->ci < size)
		return true;
	rec = skua_eq_rec(eq);
	if (!rec) {
		skua_eq_lost(eq);
		return false;
	}
	/* An impossible ci is one that leaves no room. */
	eq->ci = le32toh(__atomic_load_n(&rec->ci, __ATOMIC_ACQUIRE));
	return eq->pi - eq->ci < size;
}

static bool skua_eq_push(struct skua_eq *eq, uint8_t type, uint32_t obj,
			 uint64_t data)
{
	uint32_t at = eq->pi & ((1u << eq->log) - 1);
	struct skua_hwi_eqe eqe = {
		.type = type, .obj = htole32(obj), .data = htole64(data),
	}, *slot;
	uint32_t phase = ~(eq->pi >> eq->log) & SKUA_HWI_OWNER_PHASE;

	if (eq->error || !skua_eq_room(eq))
		return false;
	slot = skua_ring_at(eq->fn, &eq->ring, (uint64_t)at << SKUA_EQE_LOG);
	if (!slot) {
		skua_eq_lost(eq);
		return false;
	}
	memcpy(slot, &eqe, offsetof(struct skua_hwi_eqe, owner));
	__atomic_store_n(&slot->owner, htole32(phase), __ATOMIC_RELEASE);
	eq->pi++;
	list_del(&eq->dirty);
	list_add_tail(&eq->dirty, &eq->fn->adapter->dirty_eqs);
	return true;
}

void skua_eq_comp(struct skua_cq *cq)
{
	struct skua_eq *eq = cq->eq;

	/* Behind those that wait already, and once. */
	if (list_empty(&eq->waiting) &&
	    skua_eq_push(eq, SKUA_HWI_EVENT_COMP, cq->cqn, 0))
		return;
	if (eq->error || !list_empty(&cq->waiting))
		return;
	list_add_tail(&cq->waiting, &eq->waiting);
	if (list_empty(&eq->blocked))
		list_add_tail(&eq->blocked, &eq->fn->adapter->blocked_eqs);
}

void skua_event(struct skua_function *fn, uint8_t type, uint32_t obj,
		uint64_t data)
{
	if (fn->async_eq)
		skua_eq_push(fn->async_eq, type, obj, data);
}

/* Events that found no room when they were due. */
static void skua_eq_retry(struct skua_eq *eq)
{
	struct skua_cq *cq, *tmp;

	list_for_each_entry_safe (cq, tmp, &eq->waiting, waiting) {
		if (!eq->error &&
		    !skua_eq_push(eq, SKUA_HWI_EVENT_COMP, cq->cqn, 0))
			return;
		list_del(&cq->waiting);
	}
	list_del(&eq->blocked);
}

static void skua_eq_notify(struct skua_eq *eq)
{
	struct skua_hwi_cq_rec *rec = skua_eq_rec(eq);
	uint32_t arm, serial;

	if (!rec) {
		skua_eq_lost(eq);
		return;
	}
	arm = le32toh(__atomic_load_n(&rec->arm, __ATOMIC_RELAXED));
	serial = arm >> SKUA_HWI_ARM_SN_SHIFT;
	if ((arm & SKUA_HWI_ARM_MASK) == SKUA_HWI_ARM_NONE || serial == eq->fired)
		return;
	eq->fired = serial;
	skua_irq(eq);
}

void skua_eq_flush(struct skua_adapter *ad)
{
	struct skua_eq *eq, *tmp;

	list_for_each_entry_safe (eq, tmp, &ad->blocked_eqs, blocked)
		skua_eq_retry(eq);
	if (list_empty(&ad->dirty_eqs))
		return;
	/* §5 Add: the entries before the look at arm. */
	atomic_thread_fence(memory_order_seq_cst);
	list_for_each_entry_safe (eq, tmp, &ad->dirty_eqs, dirty) {
		list_del(&eq->dirty);
		skua_eq_notify(eq);
	}
}

void skua_eq_destroy(struct skua_eq *eq)
{
	struct skua_function *fn = eq->fn;

	list_del(&eq->dirty);
	list_del(&eq->blocked);
	if (fn->async_eq == eq)
		fn->async_eq = NULL;
	skua_table_remove(&fn->eqs, eq->eqn);
	skua_ring_fini(fn, &eq->ring);
	free(eq);
}
