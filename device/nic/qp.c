// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* What all kinds of queue pairs have in common. */
#include <stdlib.h>
#include <string.h>

#include "nic.h"
#include "peers.h"

const struct skua_qp_ops *skua_qp_ops(uint8_t type)
{
	switch (type) {
	case SKUA_HWI_QPT_RC:
		return &skua_rc_ops;
	case SKUA_HWI_QPT_UC:
		return &skua_uc_ops;
	case SKUA_HWI_QPT_UD:
	case SKUA_HWI_QPT_GSI:
		return &skua_ud_ops;
	case SKUA_HWI_QPT_ETH:
		return &skua_eth_ops;
	default:
		return NULL;
	}
}

struct skua_qp *skua_qp_get(struct skua_function *fn, uint32_t qpn)
{
	if (qpn == SKUA_HWI_QP_GSI)
		return fn->gsi;
	return skua_table_get(&fn->qps, qpn);
}

void skua_qp_activate(struct skua_qp *qp)
{
	if (list_empty(&qp->active) &&
	    !atomic_load_explicit(&qp->fn->fatal, memory_order_relaxed))
		list_add_tail(&qp->active, &qp->fn->adapter->active);
}

/* §3 Polled slots: the transition to RESET sets all indices to zero. */
static void skua_qp_reset(struct skua_qp *qp)
{
	struct skua_sq *sq = &qp->sq;

	skua_peers_hide_qp(qp);
	list_del(&qp->active);
	list_del(&qp->parked);
	list_del(&sq->hot);
	skua_timer_clear(qp->fn->adapter, &qp->timer);
	skua_cc_forget(qp);
	memset(&qp->attr, 0, sizeof(qp->attr));
	qp->sq_draining = false;
	sq->pi = 0;
	sq->fetch = 0;
	sq->ci = 0;
	sq->broken = false;
	__atomic_store_n(&sq->slot->armed, htole32(1), __ATOMIC_RELAXED);
	qp->rq.pi = 0;
	qp->rq.ci = 0;
}

void skua_qp_modify(struct skua_qp *qp, uint8_t state, uint32_t mask)
{
	uint8_t old = qp->attr.state;

	if (old == SKUA_HWI_QPS_ERR && state != old)
		skua_rq_arm(qp, false);
	if (state == SKUA_HWI_QPS_RESET)
		skua_qp_reset(qp);
	qp->attr.state = state;
	skua_peers_show_qp(qp);
	qp->ops->modified(qp, old, mask);
	if (state != old)
		skua_db_heat(qp);
}

void skua_qp_error(struct skua_qp *qp)
{
	if (qp->attr.state != SKUA_HWI_QPS_ERR)
		skua_qp_modify(qp, SKUA_HWI_QPS_ERR, SKUA_HWI_QP_STATE);
}

void skua_qp_lost(struct skua_qp *qp)
{
	if (qp->attr.state == SKUA_HWI_QPS_ERR)
		return;
	skua_event(qp->fn, SKUA_HWI_EVENT_QP_FATAL, qp->qpn, 0);
	skua_qp_error(qp);
}

void skua_qp_timer(struct skua_adapter *ad, struct skua_timer *t)
{
	struct skua_qp *qp = container_of(t, struct skua_qp, timer);

	(void)ad;
	qp->ops->timer(qp);
}

void skua_qp_unpublish(struct skua_qp *qp)
{
	struct skua_function *fn = qp->fn;
	struct skua_pd *pd = skua_table_get(&fn->pds, qp->pdn);

	skua_peers_hide_qp(qp);
	list_del(&qp->active);
	list_del(&qp->parked);
	skua_db_detach(qp);
	skua_timer_clear(fn->adapter, &qp->timer);
	skua_cc_forget(qp);
	skua_timer_release(fn->adapter, 1);
	if (qp == fn->gsi)
		fn->gsi = NULL;
	else
		skua_table_remove(&fn->qps, qp->qpn);
	if (qp == fn->eth)
		fn->eth = NULL;
	qp->send_cq->refs--;
	qp->recv_cq->refs--;
	if (qp->srq)
		qp->srq->refs--;
	pd->refs--;
}

void skua_qp_free(struct skua_qp *qp)
{
	skua_ring_fini(qp->fn, &qp->sq.ring);
	skua_ring_fini(qp->fn, &qp->rq.ring);
	free(qp);
}

void skua_qp_destroy(struct skua_qp *qp)
{
	qp->ops->fini(qp);
	skua_qp_unpublish(qp);
	skua_qp_free(qp);
}

void skua_qp_freeze(struct skua_qp *qp)
{
	skua_peers_hide_qp(qp);
	list_del(&qp->active);
	list_del(&qp->parked);
	list_del(&qp->sq.hot);
	skua_timer_clear(qp->fn->adapter, &qp->timer);
	skua_cc_forget(qp);
}
