// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * A dead device completes nothing, and kernel users drain their QPs before
 * they let go of them. So what it left in kernel queues is flushed here, in
 * place of the CQEs that IBTA 10.3.1 has for a QP in error.
 */
#include "skua_ib.h"

static void skua_ib_flush_wc(struct skua_ib_qp *qp, u64 wr_id,
			     enum ib_wc_opcode opcode, struct ib_wc *wc)
{
	*wc = (struct ib_wc){
		.wr_id = wr_id,
		.status = IB_WC_WR_FLUSH_ERR,
		.opcode = opcode,
		.qp = &qp->ib,
	};
}

static int skua_ib_flush_sq(struct skua_ib_qp *qp, int num_entries,
			    struct ib_wc *wc)
{
	u32 pi = smp_load_acquire(&qp->sq.pi);
	const struct skua_ib_swqe *swqe;
	int n = 0;

	while (n < num_entries && qp->sq.ci != pi) {
		swqe = &qp->sq.wqe[qp->sq.ci & ((1u << qp->sq.log_size) - 1)];
		skua_ib_flush_wc(qp, swqe->wr_id, swqe->opcode, &wc[n++]);
		smp_store_release(&qp->sq.ci, qp->sq.ci + swqe->num_bb);
	}
	return n;
}

static int skua_ib_flush_rq(struct skua_ib_qp *qp, int num_entries,
			    struct ib_wc *wc)
{
	u32 pi = smp_load_acquire(&qp->rq.pi);
	u32 tag;
	int n = 0;

	while (n < num_entries && qp->rq.ci != pi) {
		tag = qp->rq.ci & ((1u << qp->rq.log_size) - 1);
		skua_ib_flush_wc(qp, qp->rq.wr_id[tag], IB_WC_RECV, &wc[n++]);
		smp_store_release(&qp->rq.ci, qp->rq.ci + 1);
	}
	return n;
}

/* Called with the CQ's lock held. */
int skua_ib_flush_cq(struct skua_ib_cq *cq, int num_entries, struct ib_wc *wc)
{
	struct skua_ib_qp *qp;
	int n = 0;

	list_for_each_entry(qp, &cq->send_qps, send_node)
		n += skua_ib_flush_sq(qp, num_entries - n, &wc[n]);
	list_for_each_entry(qp, &cq->recv_qps, recv_node)
		n += skua_ib_flush_rq(qp, num_entries - n, &wc[n]);
	return n;
}

static void skua_ib_flush_work(struct work_struct *work)
{
	struct skua_ib_dev *dev = container_of(work, struct skua_ib_dev,
					       flush_work);
	struct skua_ib_cq *cq;

	spin_lock_irq(&dev->kernel_cqs_lock);
	list_for_each_entry(cq, &dev->kernel_cqs, node)
		/* Whoever polls without events does so anyway. */
		if (cq->ib.comp_handler && cq->ib.poll_ctx != IB_POLL_DIRECT)
			cq->ib.comp_handler(&cq->ib, cq->ib.cq_context);
	spin_unlock_irq(&dev->kernel_cqs_lock);
}

void skua_ib_flush_init(struct skua_ib_dev *dev)
{
	INIT_WORK(&dev->flush_work, skua_ib_flush_work);
}

/* Make all kernel users poll: at death, and after each post from then on. */
void skua_ib_flush_kick(struct skua_ib_dev *dev)
{
	queue_work(dev->wq, &dev->flush_work);
}
