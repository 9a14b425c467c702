// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Doorbells (§3). The engine polls the slots on adapter->hot and no others; a
 * slot that has been quiet for a while is armed and leaves the list, and a
 * kick brings it back.
 *
 * A kick arrives in the transport's thread, and the writer's VMM stands still
 * until it is answered. So it does not wait for the engine: it sets a bit for
 * the slot, and the bits above it that lead the engine there. Bits cannot run
 * out of room, and kicking twice is kicking once.
 */
#include "nic.h"

/* How long a slot is polled in vain: a kick costs its writer 50 us. */
#define SKUA_IDLE_NS 1000000

static bool skua_db_polled_state(const struct skua_qp *qp)
{
	return qp->attr.state >= SKUA_HWI_QPS_RTS;
}

void skua_db_attach(struct skua_qp *qp)
{
	struct skua_function *fn = qp->fn;
	struct skua_sq *sq = &qp->sq;

	sq->slot = (struct skua_hwi_db_slot *)fn->uar + sq->slot_index;
	list_init(&sq->hot);
	fn->slot_qp[sq->slot_index] = qp;
	__atomic_store_n(&sq->slot->armed, htole32(1), __ATOMIC_RELAXED);
}

void skua_db_detach(struct skua_qp *qp)
{
	list_del(&qp->sq.hot);
	qp->fn->slot_qp[qp->sq.slot_index] = NULL;
}

void skua_db_heat(struct skua_qp *qp)
{
	struct skua_adapter *ad = qp->fn->adapter;
	struct skua_sq *sq = &qp->sq;

	if (sq->log == SKUA_HWI_LOG_NONE || sq->broken ||
	    !skua_db_polled_state(qp) || !list_empty(&sq->hot))
		return;
	sq->seen_ns = ad->now;
	list_add_tail(&sq->hot, &ad->hot);
	__atomic_store_n(&sq->slot->armed, htole32(0), __ATOMIC_RELAXED);
}

/* Stop polling, unless the driver was quicker. */
static void skua_db_cool(struct skua_qp *qp)
{
	struct skua_sq *sq = &qp->sq;

	__atomic_store_n(&sq->slot->armed, htole32(1), __ATOMIC_RELAXED);
	/* §3: armed before the last look at pi. */
	atomic_thread_fence(memory_order_seq_cst);
	if (le32toh(__atomic_load_n(&sq->slot->pi, __ATOMIC_RELAXED)) != sq->pi) {
		__atomic_store_n(&sq->slot->armed, 0, __ATOMIC_RELAXED);
		return;
	}
	list_del(&sq->hot);
}

bool skua_db_rest(struct skua_adapter *ad)
{
	struct skua_sq *sq, *tmp;

	list_for_each_entry_safe (sq, tmp, &ad->hot, hot)
		skua_db_cool(container_of(sq, struct skua_qp, sq));
	return list_empty(&ad->hot);
}

/* True if pi moved to where it may be. */
static bool skua_db_advance(struct skua_qp *qp, uint32_t pi)
{
	struct skua_sq *sq = &qp->sq;
	uint32_t filled = pi - sq->ci;

	if (filled > 1u << sq->log || filled < sq->pi - sq->ci) {
		sq->broken = true;
		list_del(&sq->hot);
		__atomic_store_n(&sq->slot->armed, htole32(1), __ATOMIC_RELAXED);
		skua_qp_lost(qp);
		return false;
	}
	sq->pi = pi;
	return true;
}

unsigned int skua_db_poll(struct skua_adapter *ad)
{
	uint64_t idle_ns = ad->cfg.idle_ns ? ad->cfg.idle_ns : SKUA_IDLE_NS;
	struct skua_sq *sq, *tmp;
	unsigned int n = 0;

	list_for_each_entry_safe (sq, tmp, &ad->hot, hot) {
		struct skua_qp *qp = container_of(sq, struct skua_qp, sq);
		uint32_t pi =
			le32toh(__atomic_load_n(&sq->slot->pi, __ATOMIC_ACQUIRE));

		if (pi != sq->pi) {
			sq->seen_ns = ad->now;
			n++;
			if (skua_db_advance(qp, pi))
				skua_qp_activate(qp);
		} else if (!list_empty(&qp->active)) {
			sq->seen_ns = ad->now;
		} else if (ad->now - sq->seen_ns > idle_ns) {
			skua_db_cool(qp);
		}
	}
	return n;
}

void skua_function_kick(struct skua_function *fn, uint32_t page, uint32_t val)
{
	uint64_t slot = 1ull << (val & SKUA_HWI_KICK_SLOT_MASK);

	if (page >= SKUA_HWI_UAR_PAGES)
		return;
	atomic_fetch_add_explicit(&fn->kicks, 1, memory_order_relaxed);
	atomic_fetch_or(val & SKUA_HWI_KICK_RQ ? &fn->kicked.rq[page]
					       : &fn->kicked.sq[page],
			slot);
	atomic_fetch_or(&fn->kicked.pages[page / 64], 1ull << page % 64);
	atomic_fetch_or(&fn->adapter->kicked_fns, 1ull << fn->index);
	skua_engine_wake(fn->adapter);
}

bool skua_db_kicked(struct skua_adapter *ad)
{
	return atomic_load(&ad->kicked_fns);
}

/* Take all bits of a word, lowest first: for (…; bits; bits &= bits - 1). */
#define for_each_taken_bit(bits, i, word)                            \
	for (bits = atomic_load_explicit(word, memory_order_relaxed) \
			    ? atomic_exchange(word, 0)               \
			    : 0;                                     \
	     bits && (i = __builtin_ctzll(bits), true); bits &= bits - 1)

static void skua_db_kicks_page(struct skua_function *fn, unsigned int page)
{
	struct skua_qp **qps = &fn->slot_qp[page * SKUA_HWI_DB_SLOTS], *qp;
	unsigned int i;
	uint64_t bits;

	for_each_taken_bit(bits, i, &fn->kicked.sq[page])
	{
		if (qps[i])
			skua_db_heat(qps[i]);
	}
	for_each_taken_bit(bits, i, &fn->kicked.rq[page])
	{
		qp = qps[i];
		if (qp && qp->attr.state == SKUA_HWI_QPS_ERR)
			qp->ops->rq_kick(qp);
	}
}

unsigned int skua_db_kicks(struct skua_adapter *ad)
{
	uint64_t fns, pages;
	unsigned int f, i, w, n = 0;

	for_each_taken_bit(fns, f, &ad->kicked_fns)
	{
		for (w = 0; ad->fn[f] && w < SKUA_HWI_UAR_PAGES / 64; w++) {
			for_each_taken_bit(pages, i, &ad->fn[f]->kicked.pages[w])
			{
				skua_db_kicks_page(ad->fn[f], w * 64 + i);
				n++;
			}
		}
	}
	return n;
}
