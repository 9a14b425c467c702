// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <stdatomic.h>

#include "atomic.h"

/* What the guard calls. */
struct operation {
	const struct skua_packet *pkt;
	void *at;
	uint64_t orig;
};

static uint64_t compare_swap(_Atomic uint64_t *p, uint64_t compare, uint64_t swap)
{
	uint64_t old = htole64(compare);

	atomic_compare_exchange_strong(p, &old, htole64(swap));
	return le64toh(old);
}

static uint64_t fetch_add(_Atomic uint64_t *p, uint64_t add)
{
	uint64_t old;

	/* Guest memory is little-endian; where we are too, one step does. */
	if (BYTE_ORDER == LITTLE_ENDIAN)
		return atomic_fetch_add(p, add);
	old = atomic_load(p);
	while (!atomic_compare_exchange_weak(p, &old, htole64(le64toh(old) + add)))
		;
	return le64toh(old);
}

static void operate(void *arg)
{
	struct operation *op = arg;

	if (op->pkt->op == SKUA_PKT_CMP_SWAP)
		op->orig = compare_swap(op->at, op->pkt->compare,
					op->pkt->swap_add);
	else
		op->orig = fetch_add(op->at, op->pkt->swap_add);
}

enum skua_atomic_result skua_atomic(struct skua_qp *qp,
				    const struct skua_packet *pkt, uint64_t *orig)
{
	uint64_t len = sizeof(uint64_t);
	struct skua_adapter *ad = qp->fn->adapter;
	struct operation op = { .pkt = pkt };
	const struct skua_mkey *mk;

	if (pkt->va % sizeof(uint64_t))
		return SKUA_ATOMIC_MISALIGNED;
	mk = skua_mkey_check(qp->fn, pkt->rkey, qp->pdn, qp->qpn, pkt->va, len,
			     SKUA_HWI_ACCESS_REMOTE_ATOMIC);
	if (!mk)
		return SKUA_ATOMIC_DENIED;
	op.at = skua_mkey_span(qp->fn, mk, pkt->va, &len, true);
	if (!op.at)
		return SKUA_ATOMIC_LOST;
	/* A zero-based region may start anywhere in its page. */
	if (len < sizeof(uint64_t) || (uintptr_t)op.at % sizeof(uint64_t))
		return SKUA_ATOMIC_MISALIGNED;

	if (!ad->cfg.guard)
		operate(&op);
	else if (ad->cfg.guard(operate, &op))
		return SKUA_ATOMIC_LOST;
	*orig = op.orig;
	return SKUA_ATOMIC_OK;
}
