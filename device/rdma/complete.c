// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include "complete.h"
#include "request.h"

bool skua_complete_send(struct skua_qp *qp, uint32_t index, uint32_t end,
			uint8_t wqe_opcode, uint32_t byte_len, uint8_t status)
{
	struct skua_hwi_cqe cqe = {
		.qpn = htole32(qp->qpn),
		.wqe = htole32(index),
		.byte_len = htole32(byte_len),
		.opcode = skua_request_cqe(wqe_opcode),
		.status = status,
	};

	qp->sq.ci = end;
	if (status)
		skua_count(qp->fn, SKUA_HWI_CNT_REQ_CQE_ERROR, 1);
	return skua_cq_push(qp->send_cq, &cqe, status != SKUA_HWI_CQE_OK);
}

bool skua_fail_recv(struct skua_qp *qp, uint32_t tag, uint8_t status)
{
	struct skua_hwi_cqe cqe = {
		.qpn = htole32(qp->qpn),
		.wqe = htole32(tag),
		.opcode = SKUA_HWI_CQE_RECV,
		.status = status,
	};

	skua_count(qp->fn, SKUA_HWI_CNT_RESP_CQE_ERROR, 1);
	return skua_cq_push(qp->recv_cq, &cqe, true);
}

void skua_flush_sq(struct skua_qp *qp)
{
	struct skua_sq *sq = &qp->sq;
	struct skua_wqe wqe;

	while (!sq->broken && sq->ci != sq->pi) {
		uint32_t at = sq->ci;

		if (skua_sq_read(qp, at, &wqe)) {
			sq->broken = true;
			skua_event(qp->fn, SKUA_HWI_EVENT_QP_FATAL, qp->qpn, 0);
			break;
		}
		if (!skua_complete_send(qp, at, at + wqe.num_bb, SKUA_HWI_WQE_NOP,
					0, SKUA_HWI_CQE_WR_FLUSH_ERR))
			break;
	}
	sq->fetch = sq->ci;
}

static void flush_posted(struct skua_qp *qp)
{
	struct skua_recv rv;
	uint32_t ci;

	/* A malformed entry is taken all the same, and flushed like others. */
	do {
		ci = qp->rq.ci;
		skua_recv_take(qp, &rv);
	} while (qp->rq.ci != ci &&
		 skua_fail_recv(qp, rv.tag, SKUA_HWI_CQE_WR_FLUSH_ERR));
}

void skua_flush_rq(struct skua_qp *qp)
{
	if (qp->srq || qp->rq.log == SKUA_HWI_LOG_NONE)
		return;
	flush_posted(qp);
	/* Posted between the look and the arming: hwi §7. */
	skua_rq_arm(qp, true);
	flush_posted(qp);
}

void skua_sq_drained(struct skua_qp *qp)
{
	qp->sq_draining = false;
	if (qp->attr.sqd_event)
		skua_event(qp->fn, SKUA_HWI_EVENT_SQ_DRAINED, qp->qpn, 0);
}
