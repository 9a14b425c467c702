/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * What the tests of device/rdma share: two functions with a QP each and a
 * region each, and packets that get lost on the way.
 */
#ifndef SKUA_RIG_H
#define SKUA_RIG_H

#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"

#define RIG_MR_SIZE (4u << 20)

#define ACCESS_ALL                                                      \
	(SKUA_HWI_ACCESS_LOCAL_WRITE | SKUA_HWI_ACCESS_REMOTE_WRITE | \
	 SKUA_HWI_ACCESS_REMOTE_READ | SKUA_HWI_ACCESS_REMOTE_ATOMIC | \
	 SKUA_HWI_ACCESS_MW_BIND)

/* Bit n: the n-th packet that matches. */
struct rig_fault {
	int op;			/* enum skua_packet_op, or -1: any */
	uint64_t drop, twice;
	unsigned int seen, dropped, doubled;
};

struct rig {
	struct model *m;
	struct model_pair p;
	struct model_mr mr[2];
	struct rig_fault fault;
};

/* cmocka fixtures: a pair of this kind between two functions. */
int rig_rc(void **state);
int rig_uc(void **state);
int rig_ud(void **state);
/* Two functions and nothing else. */
int rig_bare(void **state);
int rig_teardown(void **state);

/* From now on count packets, and lose or double some. */
void rig_faults(struct rig *r, int op, uint64_t drop, uint64_t twice);
/* Let time pass until cq has a completion; fails after 100 s of it. */
struct skua_hwi_cqe rig_await(struct rig *r, struct model_cq *cq);

/* Fill the region of side i with bytes that depend on seed and place. */
void rig_fill(struct rig *r, unsigned int i, uint32_t seed);
/* Post and ring; the index of the WQE. */
uint32_t rig_post(struct model_qp *qp, const struct model_wr *wr);
/* The next completion: of this WQE or tag, with this status. */
struct skua_hwi_cqe rig_expect(struct model_cq *cq, uint32_t wqe,
			       uint8_t status);
void rig_expect_none(struct model_cq *cq);
void rig_expect_event(struct model_fn *f, uint8_t type, uint32_t obj);
void rig_expect_no_event(struct model_fn *f);
uint64_t rig_counter(struct model_fn *f, enum skua_hwi_rdma_counter which);
uint64_t rig_link_counter(struct model_fn *f, enum skua_hwi_link_counter which);
uint8_t rig_state(struct model_qp *qp);

/* A pair with other attributes than model_attr() gives; side 0 sends. */
void rig_reconnect(struct rig *r, void (*change)(struct skua_hwi_qp_attr *));

#define RIG_TEST(test, kind) \
	cmocka_unit_test_setup_teardown(test, rig_##kind, rig_teardown)

#endif /* SKUA_RIG_H */
