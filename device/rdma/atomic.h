/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef SKUA_ATOMIC_H
#define SKUA_ATOMIC_H

#include "nic.h"
#include "packet.h"

enum skua_atomic_result {
	SKUA_ATOMIC_OK,
	SKUA_ATOMIC_MISALIGNED,
	SKUA_ATOMIC_DENIED,	/* rkey, range or right */
	SKUA_ATOMIC_LOST,	/* memory behind a good rkey is gone */
};
/*
 * Carry out the CMP_SWAP or FETCH_ADD of pkt on 8 bytes of qp's function,
 * little-endian, atomic towards its CPUs too.
 */
enum skua_atomic_result skua_atomic(struct skua_qp *qp,
				    const struct skua_packet *pkt,
				    uint64_t *orig);

#endif /* SKUA_ATOMIC_H */
