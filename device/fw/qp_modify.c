// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * MODIFY_QP: the state machine of §9.8 and IBTA 11.2.5.2 as a table, which
 * says for each transition and service what must and what may be given.
 */
#include <string.h>

#include "fw.h"

#define ST(name) SKUA_HWI_QPS_##name
#define A(name)	 SKUA_HWI_QP_##name

enum { RC, UC, UD, KINDS };

struct skua_transition {
	uint8_t from, to;
	uint32_t must[KINDS], may[KINDS];
};

#define ADDR_RC (A(AV) | A(PATH_MTU) | A(DEST_QPN) | A(RQ_PSN) | A(MAX_DEST_RD))
#define RETRY	(A(TIMEOUT) | A(RETRY_CNT) | A(RNR_RETRY) | A(MAX_RD))
#define PATH_RC (A(AV) | A(TIMEOUT) | A(RETRY_CNT) | A(RNR_RETRY))

static const struct skua_transition transitions[] = {
	{ ST(RESET), ST(INIT),
	  .must = { A(PKEY_INDEX) | A(ACCESS), A(PKEY_INDEX) | A(ACCESS),
		    A(PKEY_INDEX) | A(QKEY) } },
	{ ST(INIT), ST(INIT),
	  .may = { A(PKEY_INDEX) | A(ACCESS), A(PKEY_INDEX) | A(ACCESS),
		   A(PKEY_INDEX) | A(QKEY) } },
	{ ST(INIT), ST(RTR),
	  .must = { ADDR_RC | A(MIN_RNR_TIMER),
		    A(AV) | A(PATH_MTU) | A(DEST_QPN) | A(RQ_PSN), 0 },
	  .may = { A(PKEY_INDEX) | A(ACCESS), A(PKEY_INDEX) | A(ACCESS),
		   A(PKEY_INDEX) | A(QKEY) } },
	{ ST(RTR), ST(RTS), .must = { A(SQ_PSN) | RETRY, A(SQ_PSN), A(SQ_PSN) },
	  .may = { A(ACCESS) | A(MIN_RNR_TIMER), A(ACCESS), A(QKEY) } },
	{ ST(RTS), ST(RTS),
	  .may = { A(ACCESS) | A(MIN_RNR_TIMER), A(ACCESS), A(QKEY) } },
	{ ST(RTS), ST(SQD), .may = { A(SQD_EVENT), A(SQD_EVENT), A(SQD_EVENT) } },
	{ ST(SQD), ST(SQD),
	  .may = { PATH_RC | A(MAX_RD) | A(MAX_DEST_RD) | A(PKEY_INDEX) |
			   A(ACCESS) | A(MIN_RNR_TIMER),
		   A(AV) | A(PKEY_INDEX) | A(ACCESS), A(PKEY_INDEX) | A(QKEY) } },
	{ ST(SQD), ST(RTS),
	  .may = { A(ACCESS) | A(MIN_RNR_TIMER), A(ACCESS), A(QKEY) } },
	{ ST(SQE), ST(RTS), .may = { 0, A(ACCESS), A(QKEY) } },
};

static bool skua_state_of(uint8_t type, uint8_t state)
{
	if (state == ST(SQE))
		return type != SKUA_HWI_QPT_ETH && type != SKUA_HWI_QPT_RC;
	return state != ST(SQD) || type != SKUA_HWI_QPT_ETH;
}

/* Attributes that must and may come with the transition; false: there is none. */
static bool skua_transition_find(uint8_t type, uint8_t from, uint8_t to,
				 uint32_t *must, uint32_t *may)
{
	static const uint8_t kind_of[] = {
		[SKUA_HWI_QPT_RC] = RC,
		[SKUA_HWI_QPT_UC] = UC,
		[SKUA_HWI_QPT_UD] = UD,
		[SKUA_HWI_QPT_GSI] = UD,
	};
	unsigned int i;

	*must = 0;
	*may = 0;
	if (to == ST(RESET) || to == ST(ERR))
		return true;
	if (!skua_state_of(type, to))
		return false;
	for (i = 0; i < sizeof(transitions) / sizeof(transitions[0]); i++) {
		const struct skua_transition *t = &transitions[i];

		if (t->from != from || t->to != to)
			continue;
		if (type != SKUA_HWI_QPT_ETH) {
			*must = t->must[kind_of[type]];
			*may = *must | t->may[kind_of[type]];
		}
		return true;
	}
	return false;
}

static int skua_qp_check_attr(struct skua_call *c, uint32_t mask)
{
	const struct skua_hwi_modify_qp_in *in = c->in;
	const struct skua_hwi_qp_attr *attr = &in->attr;
	const struct {
		uint32_t bit, max, val, off;
	} checks[] = {
#define CHECK(bit, field, max, val) \
	{ A(bit), max, val, offsetof(struct skua_hwi_modify_qp_in, attr.field) }
		CHECK(STATE, state, ST(ERR), attr->state),
		CHECK(PATH_MTU, path_mtu, 5, attr->path_mtu),
		CHECK(TIMEOUT, timeout, 31, attr->timeout),
		CHECK(RETRY_CNT, retry_cnt, 7, attr->retry_cnt),
		CHECK(RNR_RETRY, rnr_retry, 7, attr->rnr_retry),
		CHECK(MIN_RNR_TIMER, min_rnr_timer, 31, attr->min_rnr_timer),
		CHECK(MAX_RD, max_rd_atomic, SKUA_MAX_RD_ATOMIC,
		      attr->max_rd_atomic),
		CHECK(MAX_DEST_RD, max_dest_rd_atomic, SKUA_MAX_RD_ATOMIC,
		      attr->max_dest_rd_atomic),
		CHECK(SQD_EVENT, sqd_event, 1, attr->sqd_event),
		CHECK(PKEY_INDEX, pkey_index, 0, le16toh(attr->pkey_index)),
		CHECK(RQ_PSN, rq_psn, 0xffffff, le32toh(attr->rq_psn)),
		CHECK(SQ_PSN, sq_psn, 0xffffff, le32toh(attr->sq_psn)),
		CHECK(DEST_QPN, dest_qpn, 0xffffff, le32toh(attr->dest_qpn)),
		CHECK(AV, av.sgid_index, SKUA_HWI_MAX_GID - 1,
		      attr->av.sgid_index),
#undef CHECK
	};
	unsigned int i;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (mask & checks[i].bit && checks[i].val > checks[i].max)
			return skua_fail(c, SKUA_HWI_BAD_PARAM, checks[i].off);
	}
	if (mask & A(PATH_MTU) && !attr->path_mtu)
		return BAD_PARAM(c, skua_hwi_modify_qp_in, attr.path_mtu);
	if (mask & A(ACCESS) && attr->access & ~SKUA_ACCESS_REMOTE)
		return BAD_PARAM(c, skua_hwi_modify_qp_in, attr.access);
	return SKUA_HWI_OK;
}

static void skua_qp_store_attr(struct skua_qp *qp, uint32_t mask,
			       const struct skua_hwi_qp_attr *in)
{
	struct skua_qp_attr *attr = &qp->attr;

#define STORE(bit, field, val)             \
	do {                               \
		if (mask & A(bit))         \
			attr->field = val; \
	} while (0)
	STORE(ACCESS, access, in->access);
	STORE(QKEY, qkey, le32toh(in->qkey));
	STORE(AV, av, in->av);
	STORE(PATH_MTU, path_mtu, in->path_mtu);
	STORE(TIMEOUT, timeout, in->timeout);
	STORE(RETRY_CNT, retry_cnt, in->retry_cnt);
	STORE(RNR_RETRY, rnr_retry, in->rnr_retry);
	STORE(RQ_PSN, rq_psn, le32toh(in->rq_psn));
	STORE(MAX_RD, max_rd_atomic, in->max_rd_atomic);
	STORE(MIN_RNR_TIMER, min_rnr_timer, in->min_rnr_timer);
	STORE(SQ_PSN, sq_psn, le32toh(in->sq_psn));
	STORE(MAX_DEST_RD, max_dest_rd_atomic, in->max_dest_rd_atomic);
	STORE(DEST_QPN, dest_qpn, le32toh(in->dest_qpn));
	STORE(PKEY_INDEX, pkey_index, le16toh(in->pkey_index));
	STORE(SQD_EVENT, sqd_event, in->sqd_event);
#undef STORE
}

/* The engine moves QPs to ERR and SQE by itself: from is known under its lock. */
static int skua_qp_transit(struct skua_call *c, struct skua_qp *qp, uint32_t mask)
{
	const struct skua_hwi_modify_qp_in *in = c->in;
	uint8_t from = qp->attr.state;
	uint8_t to = mask & A(STATE) ? in->attr.state : from;
	uint32_t must, may;

	if (!skua_transition_find(qp->type, from, to, &must, &may))
		return SKUA_HWI_BAD_STATE;
	mask &= ~A(STATE);
	if ((mask & must) != must || mask & ~may)
		return BAD_PARAM(c, skua_hwi_modify_qp_in, mask);
	skua_qp_store_attr(qp, mask, &in->attr);
	skua_qp_modify(qp, to, mask | (to != from ? A(STATE) : 0));
	return SKUA_HWI_OK;
}

int skua_cmd_modify_qp(struct skua_call *c)
{
	const struct skua_hwi_modify_qp_in *in = c->in;
	uint32_t mask = le32toh(in->mask);
	struct skua_function *fn = c->fn;
	struct skua_qp *qp;
	int status;

	if (!mask || mask & ~SKUA_HWI_QP_ATTR_ALL)
		return BAD_PARAM(c, skua_hwi_modify_qp_in, mask);
	status = skua_qp_check_attr(c, mask);
	if (status)
		return status;
	qp = skua_qp_get(fn, le32toh(in->handle));
	if (!qp)
		return BAD_OBJECT(c, skua_hwi_modify_qp_in, handle);

	skua_engine_lock(fn->adapter);
	status = skua_qp_transit(c, qp, mask);
	skua_engine_unlock(fn->adapter);
	return status;
}
