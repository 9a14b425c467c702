// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Completion queues (§5, §8).
 *
 * A completion touches one cache line of the ring. Whether the CQ is armed is
 * looked at once a pass for all CQs that got completions, behind one barrier.
 */
#include <stdlib.h>
#include <string.h>

#include "nic.h"

#define SKUA_CQE_LOG 6

static struct skua_hwi_cq_rec *skua_cq_rec(struct skua_cq *cq)
{
	return skua_ring_at(cq->fn, &cq->ring, (1ull << cq->log) << SKUA_CQE_LOG);
}

static bool skua_cq_lost(struct skua_cq *cq)
{
	cq->error = true;
	skua_event(cq->fn, SKUA_HWI_EVENT_CQ_ERR, cq->cqn, 0);
	return false;
}

/* The record is read only when the ring looks full by what is known. */
static bool skua_cq_room(struct skua_cq *cq)
{
	uint32_t size = 1u << cq->log;
	struct skua_hwi_cq_rec *rec;

	if (cq->pi - cq->ci < size)
		return true;
	rec = skua_cq_rec(cq);
	if (!rec)
		return false;
	cq->ci = le32toh(__atomic_load_n(&rec->ci, __ATOMIC_ACQUIRE));
	return cq->pi - cq->ci < size;
}

bool skua_cq_push(struct skua_cq *cq, struct skua_hwi_cqe *cqe, bool solicited)
{
	uint32_t at = cq->pi & ((1u << cq->log) - 1);
	uint32_t phase = ~(cq->pi >> cq->log) & SKUA_HWI_OWNER_PHASE;
	struct skua_adapter *ad = cq->fn->adapter;
	struct skua_hwi_cqe *slot;

	if (cq->error)
		return false;
	slot = skua_ring_at(cq->fn, &cq->ring, (uint64_t)at << SKUA_CQE_LOG);
	if (!slot || !skua_cq_room(cq))
		return skua_cq_lost(cq);

	cqe->timestamp = htole64(ad->now);
	memcpy(slot, cqe, offsetof(struct skua_hwi_cqe, owner));
	__atomic_store_n(&slot->owner, htole32(phase), __ATOMIC_RELEASE);
	cq->pi++;

	if (solicited || cqe->status != SKUA_HWI_CQE_OK)
		cq->solicited = true;
	if (cq->eq && list_empty(&cq->dirty))
		list_add_tail(&cq->dirty, &ad->dirty_cqs);
	return true;
}

/* The event of an armed CQ, unless moderation holds it back (§9.6). */
static void skua_cq_notify(struct skua_cq *cq, bool held)
{
	struct skua_adapter *ad = cq->fn->adapter;
	struct skua_hwi_cq_rec *rec = skua_cq_rec(cq);
	uint32_t arm, serial, kind;

	if (!rec) {
		skua_cq_lost(cq);
		return;
	}
	arm = le32toh(__atomic_load_n(&rec->arm, __ATOMIC_RELAXED));
	serial = arm >> SKUA_HWI_ARM_SN_SHIFT;
	kind = arm & SKUA_HWI_ARM_MASK;
	if (serial == cq->fired || kind == SKUA_HWI_ARM_NONE ||
	    (kind == SKUA_HWI_ARM_SOLICITED && !cq->solicited)) {
		cq->solicited = false;
		return;
	}
	if (!held && cq->mod_count && cq->mod_us &&
	    cq->pi - cq->told < cq->mod_count) {
		if (!cq->timer.heap)
			skua_timer_set(ad, &cq->timer,
				       ad->now + cq->mod_us * 1000ull);
		return;
	}
	skua_timer_clear(ad, &cq->timer);
	cq->solicited = false;
	cq->fired = serial;
	cq->told = cq->pi;
	skua_eq_comp(cq);
}

void skua_cq_moderated(struct skua_adapter *ad, struct skua_timer *t)
{
	(void)ad;
	skua_cq_notify(container_of(t, struct skua_cq, timer), true);
}

void skua_cq_flush(struct skua_adapter *ad)
{
	struct skua_cq *cq, *tmp;

	if (list_empty(&ad->dirty_cqs))
		return;
	/* §5 Add: the entries before the look at arm. */
	atomic_thread_fence(memory_order_seq_cst);
	list_for_each_entry_safe (cq, tmp, &ad->dirty_cqs, dirty) {
		list_del(&cq->dirty);
		skua_cq_notify(cq, false);
	}
}

void skua_cq_destroy(struct skua_cq *cq)
{
	struct skua_function *fn = cq->fn;

	list_del(&cq->dirty);
	list_del(&cq->waiting);
	skua_timer_clear(fn->adapter, &cq->timer);
	skua_timer_release(fn->adapter, 1);
	if (cq->eq)
		cq->eq->refs--;
	skua_table_remove(&fn->cqs, cq->cqn);
	skua_ring_fini(fn, &cq->ring);
	free(cq);
}
