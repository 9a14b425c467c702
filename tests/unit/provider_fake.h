/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * A kernel and a device for the provider's tests: the uverbs commands that
 * the provider gives succeed without a kernel, doorbell and kick pages are
 * memory, and completions are written by the test.
 */
#ifndef SKUA_TEST_PROVIDER_FAKE_H
#define SKUA_TEST_PROVIDER_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "skua.h"

struct fake {
	struct skua_context ctx;
	struct skua_hwi_db_slot *db; /* the doorbell page */
	__le32 *kick;		     /* the kick page */
	struct ibv_pd *pd;
	struct ibv_cq_ex *cq; /* of all QPs that make_qp() makes */
	uint32_t cq_pi;
};

int fake_setup(void **state);
int fake_teardown(void **state);

/* A QP in RTS with at least these capabilities. */
struct skua_qp *make_qp(struct fake *f, enum ibv_qp_type type, uint32_t wrs,
			uint32_t sges, uint32_t inline_len,
			struct ibv_srq *srq);
void free_qp(struct skua_qp *qp);
void set_state(struct skua_qp *qp, enum ibv_qp_state state);
struct ibv_ah *make_ah(struct fake *f);

/* The device: the next completion, successful and zero but for these fields. */
struct skua_hwi_cqe *put_cqe(struct fake *f, uint32_t qpn, uint8_t opcode,
			     uint32_t wqe);
uint32_t slot_pi(const struct skua_qp *qp);

/* The block of the SQ at that index, whatever the lap. */
const void *sq_block(const struct skua_qp *qp, uint32_t index);

#define FAKE_NO_KICK 0xdeadbeefu
uint32_t take_kick(struct fake *f);

#endif
