// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Frames from the e-switch into the driver's receives (§7). */
#include <errno.h>
#include <string.h>

#include "eth.h"
#include "ipsec/sa.h"

/* False: the completion queue is in error. */
static bool skua_eth_complete_rx(struct skua_qp *qp, uint32_t tag, size_t len,
				 uint8_t status, const struct skua_sa *sa)
{
	struct skua_hwi_cqe cqe = {
		.qpn = htole32(qp->qpn),
		.wqe = htole32(tag),
		.byte_len = htole32(len),
		.opcode = SKUA_HWI_CQE_ETH_RX,
		.status = status,
	};

	if (sa && !status) {
		cqe.sa = htole32(sa->handle);
		cqe.flags = SKUA_HWI_CQE_F_IPSEC;
	}
	return skua_cq_push(qp->recv_cq, &cqe, false);
}

static void skua_eth_flush_posted(struct skua_qp *qp)
{
	struct skua_recv rv;
	int err;

	for (;;) {
		err = skua_recv_take(qp, &rv);
		if (err == -ENOENT || err == -EFAULT)
			return;
		if (!skua_eth_complete_rx(qp, rv.tag, 0,
					  SKUA_HWI_CQE_WR_FLUSH_ERR, NULL))
			return;
	}
}

void skua_eth_flush_rq(struct skua_qp *qp)
{
	skua_eth_flush_posted(qp);
	/* §7: and what is posted between the look and the arming. */
	skua_rq_arm(qp, true);
	skua_eth_flush_posted(qp);
}

static int skua_eth_scatter(struct skua_qp *qp, const struct skua_recv *rv,
			    const uint8_t *frame, uint64_t left)
{
	struct skua_function *fn = qp->fn;
	uint64_t addr, len, part;
	struct skua_mkey *mk;
	unsigned int i;
	void *p;

	for (i = 0; left && i < rv->n; i++) {
		addr = rv->sg[i].addr;
		len = rv->sg[i].len < left ? rv->sg[i].len : left;
		if (!len)
			continue;
		mk = skua_mkey_check(fn, rv->sg[i].key, qp->pdn, qp->qpn, addr,
				     len, SKUA_HWI_ACCESS_LOCAL_WRITE);
		if (!mk)
			return SKUA_HWI_CQE_LOC_PROT_ERR;
		for (left -= len; len; len -= part) {
			part = len;
			p = skua_mkey_span(fn, mk, addr, &part, true);
			if (!p)
				return SKUA_HWI_CQE_LOC_PROT_ERR;
			memcpy(p, frame, part);
			frame += part;
			addr += part;
		}
	}
	return SKUA_HWI_CQE_OK;
}

/* Into the next receive; false: the frame is dropped. */
static bool skua_eth_put(struct skua_qp *qp, const void *frame, size_t len,
			 const struct skua_sa *sa)
{
	struct skua_recv rv;
	int status, err;

	err = skua_recv_take(qp, &rv);
	if (err == -ENOENT)
		return false;
	if (err == -EINVAL) {
		status = SKUA_HWI_CQE_LOC_QP_OP_ERR;
	} else if (err) {
		skua_qp_lost(qp);
		return false;
	} else if (rv.bytes < len) {
		skua_recv_return(qp);
		return false;
	} else {
		status = skua_eth_scatter(qp, &rv, frame, len);
	}
	if (!skua_eth_complete_rx(qp, rv.tag, status ? 0 : len, status, sa))
		skua_qp_lost(qp);
	else if (status)
		skua_qp_error(qp);
	return !status;
}

void skua_eth_receive(struct skua_function *fn, const void *frame, size_t len,
		      const struct skua_sa *sa)
{
	struct skua_qp *qp = fn->eth;

	if (!qp || qp->attr.state < SKUA_HWI_QPS_RTR ||
	    qp->attr.state == SKUA_HWI_QPS_ERR ||
	    !skua_eth_put(qp, frame, len, sa)) {
		fn->eth_cnt[SKUA_HWI_CNT_RX_DROPS]++;
		return;
	}
	fn->eth_cnt[SKUA_HWI_CNT_RX_PACKETS]++;
	fn->eth_cnt[SKUA_HWI_CNT_RX_BYTES] += len;
}
