// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Kernel completion queues (§5, §8): one CQE of 64 bytes, and the word that
 * the driver kept of the work request, make one ib_wc.
 */
#include <linux/etherdevice.h>

#include "skua_ib.h"

static const enum ib_wc_status skua_ib_wc_status[] = {
	[SKUA_HWI_CQE_OK] = IB_WC_SUCCESS,
	[SKUA_HWI_CQE_LOC_LEN_ERR] = IB_WC_LOC_LEN_ERR,
	[SKUA_HWI_CQE_LOC_QP_OP_ERR] = IB_WC_LOC_QP_OP_ERR,
	[SKUA_HWI_CQE_LOC_PROT_ERR] = IB_WC_LOC_PROT_ERR,
	[SKUA_HWI_CQE_WR_FLUSH_ERR] = IB_WC_WR_FLUSH_ERR,
	[SKUA_HWI_CQE_MW_BIND_ERR] = IB_WC_MW_BIND_ERR,
	[SKUA_HWI_CQE_LOC_ACCESS_ERR] = IB_WC_LOC_ACCESS_ERR,
	[SKUA_HWI_CQE_REM_INV_REQ_ERR] = IB_WC_REM_INV_REQ_ERR,
	[SKUA_HWI_CQE_REM_ACCESS_ERR] = IB_WC_REM_ACCESS_ERR,
	[SKUA_HWI_CQE_REM_OP_ERR] = IB_WC_REM_OP_ERR,
	[SKUA_HWI_CQE_RETRY_EXC_ERR] = IB_WC_RETRY_EXC_ERR,
	[SKUA_HWI_CQE_RNR_RETRY_EXC_ERR] = IB_WC_RNR_RETRY_EXC_ERR,
	[SKUA_HWI_CQE_REM_ABORT_ERR] = IB_WC_REM_ABORT_ERR,
	[SKUA_HWI_CQE_FATAL_ERR] = IB_WC_FATAL_ERR,
	[SKUA_HWI_CQE_GENERAL_ERR] = IB_WC_GENERAL_ERR,
};

/* The CQE @ahead of the next one, or NULL while it is still the device's. */
static struct skua_hwi_cqe *skua_ib_cqe_peek(const struct skua_ib_cq *cq,
					     u32 ahead)
{
	u32 index = cq->ci + ahead;
	struct skua_hwi_cqe *cqe = cq->ring.buf;
	u32 lap = index >> cq->log_size;

	cqe += index & ((1u << cq->log_size) - 1);
	/* The phase is 1 on lap 0. */
	if (!((le32_to_cpu(READ_ONCE(cqe->owner)) ^ lap) &
	      SKUA_HWI_OWNER_PHASE))
		return NULL;

	/* The rest of the CQE was stored before the phase. */
	dma_rmb();
	return cqe;
}

/* §6: the CQE speaks for all WQEs up to its own. */
static bool skua_ib_complete_send(struct skua_ib_qp *qp,
				  const struct skua_hwi_cqe *cqe,
				  struct ib_wc *wc)
{
	u32 index = le32_to_cpu(cqe->wqe) & ((1u << qp->sq.log_size) - 1);
	const struct skua_ib_swqe *swqe = &qp->sq.wqe[index];
	u32 done = (index - qp->sq.ci) & ((1u << qp->sq.log_size) - 1);

	if (done >= READ_ONCE(qp->sq.pi) - qp->sq.ci)
		return false;

	wc->wr_id = swqe->wr_id;
	wc->opcode = swqe->opcode;
	wc->byte_len = le32_to_cpu(cqe->byte_len);
	/* The poster may overwrite what was read above. */
	smp_store_release(&qp->sq.ci, qp->sq.ci + done + swqe->num_bb);
	return true;
}

static bool skua_ib_take_tag(struct skua_ib_qp *qp, u32 tag, struct ib_wc *wc)
{
	struct skua_ib_srq *srq;

	if (qp->ib.srq) {
		srq = to_skua_srq(qp->ib.srq);
		if (tag >> srq->rq.log_size)
			return false;
		wc->wr_id = srq->rq.wr_id[tag];
		skua_ib_srq_free_tag(srq, tag);
		return true;
	}

	if (tag >> qp->rq.log_size || READ_ONCE(qp->rq.pi) == qp->rq.ci)
		return false;
	wc->wr_id = qp->rq.wr_id[tag];
	smp_store_release(&qp->rq.ci, qp->rq.ci + 1);
	return true;
}

/* §8.1: where a datagram came from. */
static void skua_ib_wc_datagram(const struct skua_hwi_cqe *cqe,
				struct ib_wc *wc)
{
	wc->src_qp = le32_to_cpu(cqe->src_qpn);
	wc->pkey_index = le16_to_cpu(cqe->pkey_index);
	wc->sl = cqe->sl;
	wc->network_hdr_type = cqe->net == SKUA_HWI_NET_IPV4 ?
				       RDMA_NETWORK_IPV4 :
				       RDMA_NETWORK_IPV6;
	ether_addr_copy(wc->smac, cqe->smac);
	wc->wc_flags |= IB_WC_WITH_NETWORK_HDR_TYPE | IB_WC_WITH_SMAC;
	if (cqe->flags & SKUA_HWI_CQE_F_GRH)
		wc->wc_flags |= IB_WC_GRH;
	if (cqe->flags & SKUA_HWI_CQE_F_VLAN) {
		wc->vlan_id = le16_to_cpu(cqe->vlan) & VLAN_VID_MASK;
		wc->wc_flags |= IB_WC_WITH_VLAN;
	}
}

static bool skua_ib_complete_recv(struct skua_ib_qp *qp,
				  const struct skua_hwi_cqe *cqe,
				  struct ib_wc *wc)
{
	if (!skua_ib_take_tag(qp, le32_to_cpu(cqe->wqe), wc))
		return false;

	wc->opcode = IB_WC_RECV;
	if (cqe->status != SKUA_HWI_CQE_OK)
		return true;

	wc->byte_len = le32_to_cpu(cqe->byte_len);
	if (cqe->opcode == SKUA_HWI_CQE_RECV_WRITE_IMM)
		wc->opcode = IB_WC_RECV_RDMA_WITH_IMM;
	if (cqe->flags & SKUA_HWI_CQE_F_IMM) {
		wc->ex.imm_data = cqe->imm;
		wc->wc_flags |= IB_WC_WITH_IMM;
	}
	if (cqe->flags & SKUA_HWI_CQE_F_INV) {
		wc->ex.invalidate_rkey = le32_to_cpu(cqe->inv_key);
		wc->wc_flags |= IB_WC_WITH_INVALIDATE;
	}
	if (qp->ib.qp_type == IB_QPT_UD || qp->ib.qp_type == IB_QPT_GSI)
		skua_ib_wc_datagram(cqe, wc);
	return true;
}

/* False: the CQE is of a QP that is gone, or makes no sense. */
static bool skua_ib_complete(struct skua_ib_cq *cq,
			     const struct skua_hwi_cqe *cqe, struct ib_wc *wc)
{
	struct skua_ib_dev *dev = to_skua_dev(cq->ib.device);
	bool recv = cqe->opcode & SKUA_HWI_CQE_IS_RECV;
	struct skua_ib_qp *qp;

	qp = xa_load(&dev->qps, le32_to_cpu(cqe->qpn));
	if (!qp || (recv ? qp->ib.recv_cq : qp->ib.send_cq) != &cq->ib)
		return false;

	*wc = (struct ib_wc){
		.qp = &qp->ib,
		.vendor_err = le32_to_cpu(cqe->vendor_err),
		.port_num = SKUA_IB_PORT,
		.status = cqe->status < ARRAY_SIZE(skua_ib_wc_status) ?
				  skua_ib_wc_status[cqe->status] :
				  IB_WC_GENERAL_ERR,
	};
	return recv ? skua_ib_complete_recv(qp, cqe, wc) :
		      skua_ib_complete_send(qp, cqe, wc);
}

int skua_ib_poll_cq(struct ib_cq *ibcq, int num_entries, struct ib_wc *wc)
{
	struct skua_ib_dev *dev = to_skua_dev(ibcq->device);
	struct skua_ib_cq *cq = to_skua_cq(ibcq);
	const struct skua_hwi_cqe *cqe;
	unsigned long flags;
	int n = 0;

	spin_lock_irqsave(&cq->lock, flags);
	while (n < num_entries && (cqe = skua_ib_cqe_peek(cq, 0))) {
		if (skua_ib_complete(cq, cqe, &wc[n]))
			n++;
		cq->ci++;
	}
	WRITE_ONCE(cq->rec->ci, cpu_to_le32(cq->ci));

	if (n < num_entries && unlikely(skua_core_dead(dev->core)))
		n += skua_ib_flush_cq(cq, num_entries - n, &wc[n]);
	spin_unlock_irqrestore(&cq->lock, flags);
	return n;
}

int skua_ib_req_notify_cq(struct ib_cq *ibcq, enum ib_cq_notify_flags flags)
{
	struct skua_ib_cq *cq = to_skua_cq(ibcq);
	unsigned long irqflags;
	u32 kind;
	int ret;

	spin_lock_irqsave(&cq->lock, irqflags);
	/* IBTA 11.4.2.2: what was asked for stays asked for. */
	if ((flags & IB_CQ_SOLICITED_MASK) == IB_CQ_NEXT_COMP)
		WRITE_ONCE(cq->armed_any, true);
	kind = READ_ONCE(cq->armed_any) ? SKUA_HWI_ARM_ANY :
					  SKUA_HWI_ARM_SOLICITED;

	/* Serial 0 is never answered. */
	if (!(++cq->arm_sn << SKUA_HWI_ARM_SN_SHIFT))
		cq->arm_sn++;
	WRITE_ONCE(cq->rec->arm,
		   cpu_to_le32(cq->arm_sn << SKUA_HWI_ARM_SN_SHIFT | kind));
	/* §5: either the device sees arm, or we see its CQE. */
	mb();
	ret = (flags & IB_CQ_REPORT_MISSED_EVENTS) && skua_ib_cqe_peek(cq, 0);
	spin_unlock_irqrestore(&cq->lock, irqflags);
	return ret;
}

/* §8.3: forget the CQEs of a QP that is destroyed or in RESET. */
void skua_ib_cq_scrub(struct skua_ib_cq *cq, struct skua_ib_qp *qp)
{
	struct skua_hwi_cqe *cqe;
	u32 ahead;

	spin_lock_irq(&cq->lock);
	for (ahead = 0; ahead >> cq->log_size == 0; ahead++) {
		cqe = skua_ib_cqe_peek(cq, ahead);
		if (!cqe)
			break;
		if (le32_to_cpu(cqe->qpn) != qp->ib.qp_num)
			continue;

		if (qp->ib.srq && cqe->opcode & SKUA_HWI_CQE_IS_RECV)
			skua_ib_srq_free_tag(to_skua_srq(qp->ib.srq),
					     le32_to_cpu(cqe->wqe));
		cqe->qpn = cpu_to_le32(SKUA_HWI_NONE);
	}
	spin_unlock_irq(&cq->lock);
}
