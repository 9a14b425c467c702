// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Queue pairs (§9.8): their rings and their life. */
#include <linux/slab.h>
#include <rdma/uverbs_ioctl.h>

#include <rdma/skua-abi.h>

#include "skua_ib.h"
#include "skua_translate_queue.h"

/* log_size and log_stride are set. */
int skua_ib_rq_alloc(struct skua_ib_dev *dev, struct skua_ib_rq *rq)
{
	size_t bytes = skua_rq_bytes(rq->log_size, rq->log_stride);
	int err;

	rq->wr_id = kvcalloc(1u << rq->log_size, sizeof(*rq->wr_id),
			     GFP_KERNEL);
	if (!rq->wr_id)
		return -ENOMEM;

	err = skua_ring_alloc(dev->core, &rq->ring, bytes);
	if (err) {
		kvfree(rq->wr_id);
		return err;
	}
	rq->rec = rq->ring.buf + bytes - sizeof(*rq->rec);
	spin_lock_init(&rq->lock);
	return 0;
}

void skua_ib_rq_free(struct skua_ib_dev *dev, struct skua_ib_rq *rq)
{
	skua_ring_free(dev->core, &rq->ring);
	kvfree(rq->wr_id);
}

/* The most blocks that a WQE of such a QP takes. */
static u32 skua_ib_wqe_blocks(const struct ib_qp_cap *cap)
{
	u32 data = max_t(u32, cap->max_send_sge * sizeof(struct skua_hwi_sge),
			 cap->max_inline_data);

	/* None of the segments before the data is longer than that of UD. */
	return DIV_ROUND_UP(sizeof(struct skua_hwi_wqe_ctrl) +
			    sizeof(struct skua_hwi_wqe_ud) + data,
			    SKUA_HWI_WQE_BB);
}

static int skua_ib_sq_layout(struct skua_ib_dev *dev,
			     const struct ib_qp_cap *cap, u8 *log_size)
{
	u64 blocks = (u64)cap->max_send_wr * skua_ib_wqe_blocks(cap);

	if (blocks > 1ull << dev->caps->log_max_sq)
		return -EINVAL;

	*log_size = skua_log2_up(blocks);
	return 0;
}

static int skua_ib_sq_alloc(struct skua_ib_dev *dev, struct skua_ib_qp *qp)
{
	struct skua_ib_sq *sq = &qp->sq;
	int err;

	sq->log_size = qp->log_sq;
	sq->max_sge = qp->cap.max_send_sge;
	sq->max_inline = qp->cap.max_inline_data;
	sq->signal_all = qp->sig_type == IB_SIGNAL_ALL_WR;
	spin_lock_init(&sq->lock);

	sq->wqe = kvcalloc(1u << sq->log_size, sizeof(*sq->wqe), GFP_KERNEL);
	if (!sq->wqe)
		return -ENOMEM;

	err = skua_ring_alloc(dev->core, &sq->ring,
			      skua_sq_bytes(sq->log_size));
	if (err)
		kvfree(sq->wqe);
	return err;
}

static void skua_ib_sq_free(struct skua_ib_dev *dev, struct skua_ib_sq *sq)
{
	skua_ring_free(dev->core, &sq->ring);
	kvfree(sq->wqe);
}

/* QP 1 is the kernel's. */
static int skua_ib_qp_type(struct skua_ib_dev *dev, enum ib_qp_type type,
			   bool user)
{
	if (type == IB_QPT_GSI)
		return user ? -EPERM : SKUA_HWI_QPT_GSI;
	return skua_qp_type(dev->caps, type);
}

static struct skua_qp_cap skua_ib_qp_cap(const struct ib_qp_init_attr *init)
{
	return (struct skua_qp_cap){
		.max_send_wr = init->cap.max_send_wr,
		.max_recv_wr = init->cap.max_recv_wr,
		.max_send_sge = init->cap.max_send_sge,
		.max_recv_sge = init->cap.max_recv_sge,
		.max_inline_data = init->cap.max_inline_data,
		.has_srq = init->srq,
	};
}

static int skua_ib_qp_check(struct skua_ib_dev *dev,
			    const struct ib_qp_init_attr *init, bool user)
{
	const struct skua_qp_cap cap = skua_ib_qp_cap(init);
	int type;

	if (init->create_flags)
		return -EOPNOTSUPP;
	if (!init->send_cq || !init->recv_cq)
		return -EINVAL;

	type = skua_ib_qp_type(dev, init->qp_type, user);
	if (type < 0)
		return type;
	return skua_qp_cap_check(dev->caps, &cap);
}

static int skua_ib_qp_open(struct skua_ib_qp *qp,
			   const struct ib_qp_init_attr *init,
			   struct skua_hwi_create_qp_in *in)
{
	struct skua_ib_dev *dev = to_skua_dev(qp->ib.device);
	const struct skua_qp_parts parts = {
		.type = skua_ib_qp_type(dev, init->qp_type, false),
		.log_sq = qp->log_sq,
		.log_rq = qp->log_rq,
		.log_rq_stride = qp->log_rq_stride,
		.pdn = to_skua_pd(qp->ib.pd)->pdn,
		.send_cqn = to_skua_cq(init->send_cq)->core.cqn,
		.recv_cqn = to_skua_cq(init->recv_cq)->core.cqn,
		.srqn = init->srq ? to_skua_srq(init->srq)->srqn :
				    SKUA_HWI_NONE,
		.uar_page = qp->uar_page,
		.db_slot = qp->db_slot,
	};
	struct skua_hwi_handle_out out;
	int err;

	skua_qp_fill(in, &parts);

	err = skua_cmd_exec(dev->core, SKUA_HWI_CMD_CREATE_QP, in, sizeof(*in),
			    &out, sizeof(out));
	if (err)
		return err;

	qp->ib.qp_num = le32_to_cpu(out.handle);
	err = skua_ib_ref_publish(&dev->qps, qp->ib.qp_num, &qp->ref, qp);
	if (err)
		skua_cmd_destroy(dev->core, SKUA_HWI_CMD_DESTROY_QP,
				 qp->ib.qp_num);
	return err;
}

static void skua_ib_qp_close(struct skua_ib_qp *qp)
{
	struct skua_ib_dev *dev = to_skua_dev(qp->ib.device);

	skua_cmd_destroy(dev->core, SKUA_HWI_CMD_DESTROY_QP, qp->ib.qp_num);
	skua_ib_ref_withdraw(&dev->qps, qp->ib.qp_num, &qp->ref);
}

/* Kernel QPs --------------------------------------------------------------- */

static int skua_ib_kernel_queues_alloc(struct skua_ib_qp *qp, bool has_srq,
				       struct skua_hwi_create_qp_in *in)
{
	struct skua_ib_dev *dev = to_skua_dev(qp->ib.device);
	const struct ib_qp_cap *cap = &qp->cap;
	int err;

	qp->log_sq = SKUA_HWI_LOG_NONE;
	qp->log_rq = SKUA_HWI_LOG_NONE;

	if (cap->max_send_wr) {
		err = skua_ib_sq_layout(dev, cap, &qp->log_sq);
		if (err)
			return err;
		err = skua_ib_sq_alloc(dev, qp);
		if (err)
			return err;
		in->sq = qp->sq.ring.pbl;
	}

	if (has_srq || !cap->max_recv_wr)
		return 0;

	err = skua_rq_layout(dev->caps, dev->caps->log_max_rq, cap->max_recv_wr,
			     cap->max_recv_sge, &qp->rq.log_size,
			     &qp->rq.log_stride);
	if (err)
		goto err_sq;
	err = skua_ib_rq_alloc(dev, &qp->rq);
	if (err)
		goto err_sq;
	qp->rq.max_sge = cap->max_recv_sge;
	qp->log_rq = qp->rq.log_size;
	qp->log_rq_stride = qp->rq.log_stride;
	in->rq = qp->rq.ring.pbl;
	return 0;

err_sq:
	if (cap->max_send_wr)
		skua_ib_sq_free(dev, &qp->sq);
	return err;
}

static void skua_ib_kernel_queues_free(struct skua_ib_qp *qp)
{
	struct skua_ib_dev *dev = to_skua_dev(qp->ib.device);

	if (qp->log_rq != SKUA_HWI_LOG_NONE)
		skua_ib_rq_free(dev, &qp->rq);
	if (qp->log_sq != SKUA_HWI_LOG_NONE)
		skua_ib_sq_free(dev, &qp->sq);
}

static void skua_ib_qp_link(struct skua_ib_cq *cq, struct list_head *node,
			    struct list_head *list)
{
	spin_lock_irq(&cq->lock);
	list_add_tail(node, list);
	spin_unlock_irq(&cq->lock);
}

static void skua_ib_qp_unlink(struct skua_ib_cq *cq, struct list_head *node)
{
	spin_lock_irq(&cq->lock);
	list_del(node);
	spin_unlock_irq(&cq->lock);
}

static int skua_ib_create_kernel_qp(struct skua_ib_qp *qp,
				    const struct ib_qp_init_attr *init)
{
	struct skua_ib_dev *dev = to_skua_dev(qp->ib.device);
	struct skua_ib_cq *send_cq = to_skua_cq(init->send_cq);
	struct skua_ib_cq *recv_cq = to_skua_cq(init->recv_cq);
	struct skua_hwi_create_qp_in in = {};
	int err;

	err = skua_ib_kernel_queues_alloc(qp, init->srq, &in);
	if (err)
		return err;

	err = skua_db_alloc(dev->core, &qp->db);
	if (err)
		goto err_queues;
	qp->uar_page = qp->db.uar_page;
	qp->db_slot = qp->db.db_slot;

	err = skua_ib_qp_open(qp, init, &in);
	if (err)
		goto err_db;

	skua_ib_qp_link(send_cq, &qp->send_node, &send_cq->send_qps);
	skua_ib_qp_link(recv_cq, &qp->recv_node, &recv_cq->recv_qps);
	return 0;

err_db:
	skua_db_free(dev->core, &qp->db);
err_queues:
	skua_ib_kernel_queues_free(qp);
	return err;
}

static void skua_ib_destroy_kernel_qp(struct skua_ib_qp *qp)
{
	struct skua_ib_dev *dev = to_skua_dev(qp->ib.device);
	struct skua_ib_cq *send_cq = to_skua_cq(qp->ib.send_cq);
	struct skua_ib_cq *recv_cq = to_skua_cq(qp->ib.recv_cq);

	/* No CQE is added and none finds the QP, then none is left (§8.3). */
	skua_ib_qp_close(qp);
	skua_ib_qp_unlink(send_cq, &qp->send_node);
	skua_ib_qp_unlink(recv_cq, &qp->recv_node);
	skua_ib_cq_scrub(send_cq, qp);
	if (recv_cq != send_cq)
		skua_ib_cq_scrub(recv_cq, qp);

	skua_db_free(dev->core, &qp->db);
	skua_ib_kernel_queues_free(qp);
}

/*
 * §3: in RESET the device starts from zero, and so do we. What has completed
 * and was not polled is forgotten.
 */
void skua_ib_qp_rewind(struct skua_ib_qp *qp)
{
	struct skua_ib_cq *send_cq = to_skua_cq(qp->ib.send_cq);
	struct skua_ib_cq *recv_cq = to_skua_cq(qp->ib.recv_cq);

	skua_ib_cq_scrub(send_cq, qp);
	if (recv_cq != send_cq)
		skua_ib_cq_scrub(recv_cq, qp);

	qp->sq.pi = 0;
	qp->sq.ci = 0;
	skua_db_ring(&qp->db, 0);

	qp->rq.pi = 0;
	qp->rq.ci = 0;
	if (qp->log_rq != SKUA_HWI_LOG_NONE)
		WRITE_ONCE(qp->rq.rec->pi, 0);
}

/* User QPs ----------------------------------------------------------------- */

static int skua_ib_user_sq_pin(struct skua_ib_qp *qp,
			       const struct skua_ureq_create_qp *req,
			       struct skua_hwi_create_qp_in *in,
			       struct skua_pbl **pbl)
{
	struct skua_ib_dev *dev = to_skua_dev(qp->ib.device);
	struct ib_umem *umem;

	if (req->log_sq == SKUA_HWI_LOG_NONE)
		return 0;

	umem = skua_ib_ring_umem(dev, req->sq_buf,
				 skua_sq_bytes(req->log_sq), 0);
	if (IS_ERR(umem))
		return PTR_ERR(umem);
	qp->sq_umem = umem;

	*pbl = skua_ib_ring_pbl(dev, umem, &in->sq);
	return PTR_ERR_OR_ZERO(*pbl);
}

static int skua_ib_user_rq_pin(struct skua_ib_qp *qp,
			       const struct skua_ureq_create_qp *req,
			       struct skua_hwi_create_qp_in *in,
			       struct skua_pbl **pbl)
{
	struct skua_ib_dev *dev = to_skua_dev(qp->ib.device);
	struct ib_umem *umem;

	if (req->log_rq == SKUA_HWI_LOG_NONE)
		return 0;

	umem = skua_ib_ring_umem(dev, req->rq_buf,
				 skua_rq_bytes(req->log_rq, req->log_rq_stride),
				 IB_ACCESS_LOCAL_WRITE);
	if (IS_ERR(umem))
		return PTR_ERR(umem);
	qp->rq_umem = umem;

	*pbl = skua_ib_ring_pbl(dev, umem, &in->rq);
	return PTR_ERR_OR_ZERO(*pbl);
}

static void skua_ib_user_queues_unpin(struct skua_ib_qp *qp)
{
	ib_umem_release(qp->rq_umem);
	ib_umem_release(qp->sq_umem);
}

/* Pins the rings and makes the QP; the page lists do not outlive it. */
static int skua_ib_user_qp_open(struct skua_ib_qp *qp,
				const struct ib_qp_init_attr *init,
				const struct skua_ureq_create_qp *req)
{
	struct skua_hwi_create_qp_in in = {};
	struct skua_pbl *sq_pbl = NULL;
	struct skua_pbl *rq_pbl = NULL;
	int err;

	err = skua_ib_user_sq_pin(qp, req, &in, &sq_pbl);
	if (err)
		goto out_unpin;
	err = skua_ib_user_rq_pin(qp, req, &in, &rq_pbl);
	if (err)
		goto out_sq_pbl;

	err = skua_ib_qp_open(qp, init, &in);

	if (rq_pbl)
		skua_pbl_free(rq_pbl);
out_sq_pbl:
	if (sq_pbl)
		skua_pbl_free(sq_pbl);
out_unpin:
	if (err)
		skua_ib_user_queues_unpin(qp);
	return err;
}

static int skua_ib_create_user_qp(struct skua_ib_qp *qp,
				  const struct ib_qp_init_attr *init,
				  struct ib_udata *udata)
{
	struct skua_ib_ucontext *uc = rdma_udata_to_drv_context(
		udata, struct skua_ib_ucontext, ib);
	struct skua_ib_dev *dev = to_skua_dev(qp->ib.device);
	struct skua_uresp_create_qp resp = {};
	const struct skua_qp_cap cap = skua_ib_qp_cap(init);
	struct skua_ureq_create_qp req;
	int err;

	err = ib_copy_validate_udata_in(udata, req, rsvd);
	if (err)
		return err;
	err = skua_qp_req_check(dev->caps, &cap, &req);
	if (err)
		return err;
	qp->log_sq = req.log_sq;
	qp->log_rq = req.log_rq;
	qp->log_rq_stride = req.log_rq_stride;

	qp->user_uar = skua_ib_slot_get(dev, uc, &qp->db_slot);
	if (IS_ERR(qp->user_uar))
		return PTR_ERR(qp->user_uar);
	qp->uar_page = qp->user_uar->uar.index;

	err = skua_ib_user_qp_open(qp, init, &req);
	if (err)
		goto err_slot;

	resp.db_mmap_off = rdma_user_mmap_get_offset(&qp->user_uar->db->rdma);
	resp.kick_mmap_off =
		rdma_user_mmap_get_offset(&qp->user_uar->kick->rdma);
	resp.uar_index = qp->uar_page;
	resp.db_slot = qp->db_slot;
	err = ib_respond_udata(udata, resp);
	if (err)
		goto err_close;
	return 0;

err_close:
	skua_ib_qp_close(qp);
	skua_ib_user_queues_unpin(qp);
err_slot:
	skua_ib_slot_put(uc, qp->user_uar, qp->db_slot);
	return err;
}

static void skua_ib_destroy_user_qp(struct skua_ib_qp *qp,
				    struct ib_udata *udata)
{
	struct skua_ib_ucontext *uc = rdma_udata_to_drv_context(
		udata, struct skua_ib_ucontext, ib);

	skua_ib_qp_close(qp);
	skua_ib_user_queues_unpin(qp);
	skua_ib_slot_put(uc, qp->user_uar, qp->db_slot);
}

int skua_ib_create_qp(struct ib_qp *ibqp, struct ib_qp_init_attr *init,
		      struct ib_udata *udata)
{
	struct skua_ib_qp *qp = to_skua_qp(ibqp);
	int err;

	err = skua_ib_qp_check(to_skua_dev(ibqp->device), init, udata);
	if (err)
		return err;

	mutex_init(&qp->lock);
	qp->state = IB_QPS_RESET;
	qp->cap = init->cap;
	qp->sig_type = init->sq_sig_type;

	return udata ? skua_ib_create_user_qp(qp, init, udata) :
		       skua_ib_create_kernel_qp(qp, init);
}

int skua_ib_destroy_qp(struct ib_qp *ibqp, struct ib_udata *udata)
{
	struct skua_ib_qp *qp = to_skua_qp(ibqp);

	if (qp->user_uar)
		skua_ib_destroy_user_qp(qp, udata);
	else
		skua_ib_destroy_kernel_qp(qp);
	mutex_destroy(&qp->lock);
	return 0;
}
