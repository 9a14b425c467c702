// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include "rig.h"

#include "nic/nic.h"
#include "rdma/packet.h"

static int rig_create(void **state, int type)
{
	struct rig *r = calloc(1, sizeof(*r));
	unsigned int i;

	r->m = model_create(2, false);
	*state = r;
	if (type < 0)
		return 0;
	model_pair(&r->m->fn[0], &r->m->fn[1], type, &r->p);
	for (i = 0; i < 2; i++)
		r->mr[i] = model_mr(&r->m->fn[i], RIG_MR_SIZE, ACCESS_ALL);
	return 0;
}

int rig_rc(void **state)
{
	return rig_create(state, SKUA_HWI_QPT_RC);
}

int rig_uc(void **state)
{
	return rig_create(state, SKUA_HWI_QPT_UC);
}

int rig_ud(void **state)
{
	return rig_create(state, SKUA_HWI_QPT_UD);
}

int rig_bare(void **state)
{
	return rig_create(state, -1);
}

int rig_teardown(void **state)
{
	struct rig *r = *state;

	model_destroy(r->m);
	free(r);
	return 0;
}

static int fault(void *ctx, struct skua_packet *pkt)
{
	struct rig_fault *f = ctx;
	uint64_t bit;

	if (f->op >= 0 && f->op != pkt->op)
		return 1;
	bit = f->seen < 64 ? 1ull << f->seen : 0;
	f->seen++;
	if (f->drop & bit) {
		f->dropped++;
		return 0;
	}
	if (f->twice & bit) {
		f->doubled++;
		return 2;
	}
	return 1;
}

void rig_faults(struct rig *r, int op, uint64_t drop, uint64_t twice)
{
	r->fault = (struct rig_fault){ .op = op, .drop = drop, .twice = twice };
	r->m->ad->fault_ctx = &r->fault;
	r->m->ad->fault = fault;
}

struct skua_hwi_cqe rig_await(struct rig *r, struct model_cq *cq)
{
	struct skua_hwi_cqe cqe;
	unsigned int ms;

	for (ms = 0; ms < 100000; ms++) {
		if (model_poll(cq, &cqe))
			return cqe;
		model_advance(r->m, 1000000);
	}
	fail_msg("no completion");
	return cqe;
}

/* Repeats after a prime number of bytes, so that no packet looks like another. */
#define PERIOD 65521u

void rig_fill(struct rig *r, unsigned int i, uint32_t seed)
{
	uint8_t *p = r->mr[i].buf;
	size_t at, len;

	for (at = 0; at < PERIOD; at++) {
		seed = seed * 1664525 + 1013904223;
		p[at] = seed >> 24;
	}
	for (; at < r->mr[i].len; at += len) {
		len = r->mr[i].len - at < PERIOD ? r->mr[i].len - at : PERIOD;
		memcpy(p + at, p, len);
	}
}

uint32_t rig_post(struct model_qp *qp, const struct model_wr *wr)
{
	uint32_t at = model_post(qp, wr);

	model_ring(qp);
	return at;
}

struct skua_hwi_cqe rig_expect(struct model_cq *cq, uint32_t wqe, uint8_t status)
{
	struct skua_hwi_cqe cqe = model_wait(cq);

	assert_int_equal(cqe.status, status);
	assert_int_equal(le32toh(cqe.wqe), wqe);
	return cqe;
}

void rig_expect_none(struct model_cq *cq)
{
	struct skua_hwi_cqe cqe;

	assert_false(model_poll(cq, &cqe));
}

static bool next_event(struct model_fn *f, struct skua_hwi_eqe *eqe)
{
	model_run(f->m);
	while (model_event(&f->eq[0], eqe))
		if (eqe->type != SKUA_HWI_EVENT_CMD &&
		    eqe->type != SKUA_HWI_EVENT_PORT_STATE)
			return true;
	return false;
}

void rig_expect_event(struct model_fn *f, uint8_t type, uint32_t obj)
{
	struct skua_hwi_eqe eqe;

	assert_true(next_event(f, &eqe));
	assert_int_equal(eqe.type, type);
	assert_int_equal(le32toh(eqe.obj), obj);
}

void rig_expect_no_event(struct model_fn *f)
{
	struct skua_hwi_eqe eqe;

	assert_false(next_event(f, &eqe));
}

static uint64_t counter(struct model_fn *f, uint32_t group, unsigned int which)
{
	struct skua_hwi_query_counters_in in = { .group = htole32(group) };
	struct skua_hwi_query_counters_out out;

	assert_int_equal(model_cmd(f, SKUA_HWI_CMD_QUERY_COUNTERS, &in,
				   sizeof(in), &out, sizeof(out)),
			 SKUA_HWI_OK);
	return le64toh(out.counter[which]);
}

uint64_t rig_counter(struct model_fn *f, enum skua_hwi_rdma_counter which)
{
	return counter(f, SKUA_HWI_COUNTERS_RDMA, which);
}

uint64_t rig_link_counter(struct model_fn *f, enum skua_hwi_link_counter which)
{
	return counter(f, SKUA_HWI_COUNTERS_LINK, which);
}

uint8_t rig_state(struct model_qp *qp)
{
	struct skua_hwi_handle_in in = { .handle = htole32(qp->qpn) };
	struct skua_hwi_query_qp_out out;

	assert_int_equal(model_cmd(qp->f, SKUA_HWI_CMD_QUERY_QP, &in,
				   sizeof(in), &out, sizeof(out)),
			 SKUA_HWI_OK);
	return out.attr.state;
}

static void modify(struct model_qp *qp, uint8_t state, uint32_t mask,
		   struct skua_hwi_qp_attr *attr)
{
	attr->state = state;
	assert_int_equal(model_modify(qp, SKUA_HWI_QP_STATE | mask, attr),
			 SKUA_HWI_OK);
}

void rig_reconnect(struct rig *r, void (*change)(struct skua_hwi_qp_attr *))
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct model_qp *qp = &r->p.qp[i];
		struct skua_hwi_qp_attr attr = model_attr(qp, &r->p.qp[!i]);

		change(&attr);
		modify(qp, SKUA_HWI_QPS_RESET, 0, &attr);
		qp->sq_pi = 0;
		qp->rq_pi = 0;
		qp->slot->pi = 0;
		qp->rq_rec->pi = 0;
		modify(qp, SKUA_HWI_QPS_INIT,
		       SKUA_HWI_QP_ACCESS | SKUA_HWI_QP_PKEY_INDEX, &attr);
		modify(qp, SKUA_HWI_QPS_RTR,
		       SKUA_HWI_QP_AV | SKUA_HWI_QP_PATH_MTU |
			       SKUA_HWI_QP_DEST_QPN | SKUA_HWI_QP_RQ_PSN |
			       SKUA_HWI_QP_MAX_DEST_RD |
			       SKUA_HWI_QP_MIN_RNR_TIMER,
		       &attr);
		modify(qp, SKUA_HWI_QPS_RTS,
		       SKUA_HWI_QP_SQ_PSN | SKUA_HWI_QP_TIMEOUT |
			       SKUA_HWI_QP_RETRY_CNT | SKUA_HWI_QP_RNR_RETRY |
			       SKUA_HWI_QP_MAX_RD,
		       &attr);
	}
}
