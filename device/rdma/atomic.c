// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <stdatomic.h>

#include "atomic.h"

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

enum skua_atomic_result skua_atomic(struct skua_qp *qp,
				    const struct skua_packet *pkt, uint64_t *orig)
{
	uint64_t len = sizeof(uint64_t);
	const struct skua_mkey *mk;
	void *host;

	if (pkt->va % sizeof(uint64_t))
		return SKUA_ATOMIC_MISALIGNED;
	mk = skua_mkey_check(qp->fn, pkt->rkey, qp->pdn, qp->qpn, pkt->va, len,
			     SKUA_HWI_ACCESS_REMOTE_ATOMIC);
	if (!mk)
		return SKUA_ATOMIC_DENIED;
	host = skua_mkey_span(qp->fn, mk, pkt->va, &len, true);
	if (!host)
		return SKUA_ATOMIC_LOST;
	/* A zero-based region may start anywhere in its page. */
	if (len < sizeof(uint64_t) || (uintptr_t)host % sizeof(uint64_t))
		return SKUA_ATOMIC_MISALIGNED;

	if (pkt->op == SKUA_PKT_CMP_SWAP)
		*orig = compare_swap(host, pkt->compare, pkt->swap_add);
	else
		*orig = fetch_add(host, pkt->swap_add);
	return SKUA_ATOMIC_OK;
}
