// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Kernel work requests (§6, §7): each becomes a WQE of one to a few blocks of
 * 64 bytes, written in place; one doorbell for a list of them.
 */
#include "skua_ib.h"
#include "skua_translate_mkey.h"

/* A WQE in the making: it starts in block pi, and @len bytes are written. */
struct skua_ib_wqe {
	struct skua_ib_sq *sq;
	u32 pi;
	u32 len;
};

static u32 skua_ib_sq_mask(const struct skua_ib_sq *sq)
{
	return (1u << sq->log_size) - 1;
}

/*
 * Room for a segment. Segments are multiples of 16 bytes and none straddles a
 * block, so only the step from block to block has to heed the ring's end.
 */
static void *skua_ib_seg(struct skua_ib_wqe *wqe, u32 size)
{
	u32 block = wqe->pi + (wqe->len >> SKUA_HWI_WQE_BB_SHIFT);
	void *seg = wqe->sq->ring.buf +
		    ((size_t)(block & skua_ib_sq_mask(wqe->sq))
		     << SKUA_HWI_WQE_BB_SHIFT) +
		    (wqe->len & (SKUA_HWI_WQE_BB - 1));

	wqe->len += size;
	return seg;
}

static void skua_ib_put_remote(struct skua_ib_wqe *wqe, u64 addr, u32 rkey)
{
	struct skua_hwi_wqe_remote *seg = skua_ib_seg(wqe, sizeof(*seg));

	*seg = (struct skua_hwi_wqe_remote){
		.addr = cpu_to_le64(addr),
		.rkey = cpu_to_le32(rkey),
	};
}

static void skua_ib_put_atomic(struct skua_ib_wqe *wqe, u64 swap_add,
			       u64 compare)
{
	struct skua_hwi_wqe_atomic *seg = skua_ib_seg(wqe, sizeof(*seg));

	*seg = (struct skua_hwi_wqe_atomic){
		.swap_add = cpu_to_le64(swap_add),
		.compare = cpu_to_le64(compare),
	};
}

static void skua_ib_put_ud(struct skua_ib_wqe *wqe, const struct ib_ud_wr *wr)
{
	struct skua_hwi_wqe_ud *seg = skua_ib_seg(wqe, sizeof(*seg));

	*seg = (struct skua_hwi_wqe_ud){
		.av = to_skua_ah(wr->ah)->av,
		.dqpn = cpu_to_le32(wr->remote_qpn),
		.qkey = cpu_to_le32(wr->remote_qkey),
	};
}

static void skua_ib_put_reg(struct skua_ib_wqe *wqe, const struct ib_reg_wr *wr)
{
	struct skua_hwi_wqe_reg *seg = skua_ib_seg(wqe, sizeof(*seg));
	const struct skua_ib_mr *mr = to_skua_mr(wr->mr);

	*seg = (struct skua_hwi_wqe_reg){
		.key = cpu_to_le32(wr->key),
		.access = skua_access_of(to_skua_dev(mr->ib.device)->caps,
					 wr->access),
		.iova = cpu_to_le64(mr->ib.iova),
		.len = cpu_to_le64(mr->ib.length),
		.pbl.addr = cpu_to_le64(mr->pages_dma),
		.pbl.count = cpu_to_le32(mr->num_pages),
		.pbl.offset = cpu_to_le32(mr->offset),
		.pbl.page_shift = PAGE_SHIFT,
		.pbl.levels = 1,
	};
}

static void skua_ib_put_sges(struct skua_ib_wqe *wqe,
			     const struct ib_send_wr *wr)
{
	struct skua_hwi_sge *seg;
	int i;

	for (i = 0; i < wr->num_sge; i++) {
		seg = skua_ib_seg(wqe, sizeof(*seg));
		*seg = (struct skua_hwi_sge){
			.addr = cpu_to_le64(wr->sg_list[i].addr),
			.len = cpu_to_le32(wr->sg_list[i].length),
			.lkey = cpu_to_le32(wr->sg_list[i].lkey),
		};
	}
}

/* Inline data comes by kernel address, and fills each block to its end. */
static void skua_ib_put_inline(struct skua_ib_wqe *wqe,
			       const struct ib_send_wr *wr)
{
	const void *src;
	u32 left, part;
	int i;

	for (i = 0; i < wr->num_sge; i++) {
		src = (const void *)(uintptr_t)wr->sg_list[i].addr;
		for (left = wr->sg_list[i].length; left; left -= part) {
			part = min_t(u32, left,
				     SKUA_HWI_WQE_BB -
				     (wqe->len & (SKUA_HWI_WQE_BB - 1)));
			memcpy(skua_ib_seg(wqe, part), src, part);
			src += part;
		}
	}
}

/* The opcode, the bytes between ctrl and data, and the completion's name. */
struct skua_ib_op {
	u8 opcode;
	u8 seg_len;
	enum ib_wc_opcode wc;
};

static int skua_ib_op_rc(enum ib_wr_opcode opcode, struct skua_ib_op *op)
{
	const u8 remote = sizeof(struct skua_hwi_wqe_remote);
	const u8 atomic = remote + sizeof(struct skua_hwi_wqe_atomic);
	const u8 reg = sizeof(struct skua_hwi_wqe_reg);

	switch (opcode) {
	case IB_WR_SEND:
		*op = (struct skua_ib_op){ SKUA_HWI_WQE_SEND, 0, IB_WC_SEND };
		return 0;
	case IB_WR_SEND_WITH_IMM:
		*op = (struct skua_ib_op){ SKUA_HWI_WQE_SEND_IMM, 0,
					   IB_WC_SEND };
		return 0;
	case IB_WR_SEND_WITH_INV:
		*op = (struct skua_ib_op){ SKUA_HWI_WQE_SEND_INV, 0,
					   IB_WC_SEND };
		return 0;
	case IB_WR_RDMA_WRITE:
		*op = (struct skua_ib_op){ SKUA_HWI_WQE_WRITE, remote,
					   IB_WC_RDMA_WRITE };
		return 0;
	case IB_WR_RDMA_WRITE_WITH_IMM:
		*op = (struct skua_ib_op){ SKUA_HWI_WQE_WRITE_IMM, remote,
					   IB_WC_RDMA_WRITE };
		return 0;
	case IB_WR_RDMA_READ:
		*op = (struct skua_ib_op){ SKUA_HWI_WQE_READ, remote,
					   IB_WC_RDMA_READ };
		return 0;
	case IB_WR_ATOMIC_CMP_AND_SWP:
		*op = (struct skua_ib_op){ SKUA_HWI_WQE_CMP_SWAP, atomic,
					   IB_WC_COMP_SWAP };
		return 0;
	case IB_WR_ATOMIC_FETCH_AND_ADD:
		*op = (struct skua_ib_op){ SKUA_HWI_WQE_FETCH_ADD, atomic,
					   IB_WC_FETCH_ADD };
		return 0;
	case IB_WR_LOCAL_INV:
		*op = (struct skua_ib_op){ SKUA_HWI_WQE_LOCAL_INV, 0,
					   IB_WC_LOCAL_INV };
		return 0;
	case IB_WR_REG_MR:
		*op = (struct skua_ib_op){ SKUA_HWI_WQE_REG_MR, reg,
					   IB_WC_REG_MR };
		return 0;
	default:
		return -EINVAL;
	}
}

static int skua_ib_op_ud(enum ib_wr_opcode opcode, struct skua_ib_op *op)
{
	const u8 ud = sizeof(struct skua_hwi_wqe_ud);

	switch (opcode) {
	case IB_WR_SEND:
		*op = (struct skua_ib_op){ SKUA_HWI_WQE_SEND, ud, IB_WC_SEND };
		return 0;
	case IB_WR_SEND_WITH_IMM:
		*op = (struct skua_ib_op){ SKUA_HWI_WQE_SEND_IMM, ud,
					   IB_WC_SEND };
		return 0;
	default:
		return -EINVAL;
	}
}

static bool skua_ib_is_datagram(const struct skua_ib_qp *qp)
{
	return qp->ib.qp_type == IB_QPT_UD || qp->ib.qp_type == IB_QPT_GSI;
}

static u8 skua_ib_wqe_flags(const struct skua_ib_qp *qp,
			    const struct ib_send_wr *wr)
{
	u8 flags = 0;

	if (qp->sq.signal_all || wr->send_flags & IB_SEND_SIGNALED)
		flags |= SKUA_HWI_WQE_SIGNALED;
	if (wr->send_flags & IB_SEND_SOLICITED)
		flags |= SKUA_HWI_WQE_SOLICITED;
	if (wr->send_flags & IB_SEND_FENCE)
		flags |= SKUA_HWI_WQE_FENCE;
	if (wr->send_flags & IB_SEND_INLINE)
		flags |= SKUA_HWI_WQE_INLINE;
	return flags;
}

static void skua_ib_put_segs(struct skua_ib_wqe *wqe,
			     const struct skua_ib_qp *qp,
			     const struct ib_send_wr *wr)
{
	if (skua_ib_is_datagram(qp)) {
		skua_ib_put_ud(wqe, ud_wr(wr));
		return;
	}

	switch (wr->opcode) {
	case IB_WR_RDMA_WRITE:
	case IB_WR_RDMA_WRITE_WITH_IMM:
	case IB_WR_RDMA_READ:
		skua_ib_put_remote(wqe, rdma_wr(wr)->remote_addr,
				   rdma_wr(wr)->rkey);
		break;
	case IB_WR_ATOMIC_CMP_AND_SWP:
		skua_ib_put_remote(wqe, atomic_wr(wr)->remote_addr,
				   atomic_wr(wr)->rkey);
		skua_ib_put_atomic(wqe, atomic_wr(wr)->swap,
				   atomic_wr(wr)->compare_add);
		break;
	case IB_WR_ATOMIC_FETCH_AND_ADD:
		skua_ib_put_remote(wqe, atomic_wr(wr)->remote_addr,
				   atomic_wr(wr)->rkey);
		skua_ib_put_atomic(wqe, atomic_wr(wr)->compare_add, 0);
		break;
	case IB_WR_REG_MR:
		skua_ib_put_reg(wqe, reg_wr(wr));
		break;
	default:
		break;
	}
}

static void skua_ib_put_key(struct skua_hwi_wqe_ctrl *ctrl,
			    const struct ib_send_wr *wr)
{
	switch (wr->opcode) {
	case IB_WR_SEND_WITH_IMM:
	case IB_WR_RDMA_WRITE_WITH_IMM:
		ctrl->imm = wr->ex.imm_data;
		break;
	case IB_WR_SEND_WITH_INV:
	case IB_WR_LOCAL_INV:
		ctrl->inv_key = cpu_to_le32(wr->ex.invalidate_rkey);
		break;
	default:
		break;
	}
}

static u64 skua_ib_wr_bytes(const struct ib_send_wr *wr)
{
	u64 bytes = 0;
	int i;

	for (i = 0; i < wr->num_sge; i++)
		bytes += wr->sg_list[i].length;
	return bytes;
}

/* Called with the SQ's lock held. */
static int skua_ib_post_one(struct skua_ib_qp *qp, const struct ib_send_wr *wr)
{
	struct skua_ib_sq *sq = &qp->sq;
	struct skua_ib_wqe wqe = { .sq = sq, .pi = sq->pi };
	struct skua_hwi_wqe_ctrl *ctrl;
	bool is_inline = wr->send_flags & IB_SEND_INLINE;
	u32 data_len, num_bb;
	struct skua_ib_op op;
	int err;

	err = skua_ib_is_datagram(qp) ? skua_ib_op_ud(wr->opcode, &op) :
					skua_ib_op_rc(wr->opcode, &op);
	if (err)
		return err;
	if (wr->num_sge < 0 || wr->num_sge > sq->max_sge)
		return -EINVAL;
	if (is_inline && skua_ib_wr_bytes(wr) > sq->max_inline)
		return -EINVAL;

	data_len = is_inline ? skua_ib_wr_bytes(wr) :
			       wr->num_sge * sizeof(struct skua_hwi_sge);
	num_bb = DIV_ROUND_UP(sizeof(*ctrl) + op.seg_len + data_len,
			      SKUA_HWI_WQE_BB);
	if (num_bb > SKUA_HWI_WQE_MAX_BB)
		return -EINVAL;
	/* Pairs with the release in polling: these blocks are ours again. */
	if (sq->pi + num_bb - smp_load_acquire(&sq->ci) > 1u << sq->log_size)
		return -ENOMEM;

	ctrl = skua_ib_seg(&wqe, sizeof(*ctrl));
	*ctrl = (struct skua_hwi_wqe_ctrl){
		.opcode = op.opcode,
		.flags = skua_ib_wqe_flags(qp, wr),
		.num_bb = num_bb,
		.num_sge = is_inline ? 0 : wr->num_sge,
		.inline_len = cpu_to_le32(is_inline ? data_len : 0),
	};
	skua_ib_put_key(ctrl, wr);
	skua_ib_put_segs(&wqe, qp, wr);
	if (is_inline)
		skua_ib_put_inline(&wqe, wr);
	else
		skua_ib_put_sges(&wqe, wr);

	sq->wqe[sq->pi & skua_ib_sq_mask(sq)] = (struct skua_ib_swqe){
		.wr_id = wr->wr_id,
		.num_bb = num_bb,
		.opcode = op.wc,
	};
	smp_store_release(&sq->pi, sq->pi + num_bb);
	return 0;
}

int skua_ib_post_send(struct ib_qp *ibqp, const struct ib_send_wr *wr,
		      const struct ib_send_wr **bad_wr)
{
	struct skua_ib_dev *dev = to_skua_dev(ibqp->device);
	struct skua_ib_qp *qp = to_skua_qp(ibqp);
	unsigned long flags;
	int err = 0;
	u32 pi;

	/* IBTA 10.8.2: the send queue takes nothing before RTS. */
	if (READ_ONCE(qp->state) < IB_QPS_RTS ||
	    qp->log_sq == SKUA_HWI_LOG_NONE) {
		*bad_wr = wr;
		return -EINVAL;
	}

	spin_lock_irqsave(&qp->sq.lock, flags);
	pi = qp->sq.pi;
	for (; wr; wr = wr->next) {
		err = skua_ib_post_one(qp, wr);
		if (err) {
			*bad_wr = wr;
			break;
		}
	}
	if (qp->sq.pi != pi)
		skua_db_ring(&qp->db, qp->sq.pi);
	spin_unlock_irqrestore(&qp->sq.lock, flags);

	if (unlikely(skua_core_dead(dev->core)))
		skua_ib_flush_kick(dev);
	return err;
}

/* An entry in slot pi; it is published by its caller. */
static int skua_ib_put_rwqe(struct skua_ib_rq *rq, const struct ib_recv_wr *wr,
			    u32 tag)
{
	struct skua_hwi_rwqe *rwqe;
	struct skua_hwi_sge *sge;
	int i;

	if (wr->num_sge < 0 || wr->num_sge > rq->max_sge)
		return -EINVAL;

	rwqe = rq->ring.buf + ((size_t)(rq->pi & ((1u << rq->log_size) - 1))
			       << rq->log_stride);
	*rwqe = (struct skua_hwi_rwqe){
		.tag = cpu_to_le32(tag),
		.num_sge = wr->num_sge,
	};
	sge = (struct skua_hwi_sge *)(rwqe + 1);
	for (i = 0; i < wr->num_sge; i++)
		sge[i] = (struct skua_hwi_sge){
			.addr = cpu_to_le64(wr->sg_list[i].addr),
			.len = cpu_to_le32(wr->sg_list[i].length),
			.lkey = cpu_to_le32(wr->sg_list[i].lkey),
		};
	rq->wr_id[tag] = wr->wr_id;
	smp_store_release(&rq->pi, rq->pi + 1);
	return 0;
}

static void skua_ib_rq_publish(struct skua_ib_rq *rq)
{
	/* The entries before the index that shows them. */
	dma_wmb();
	WRITE_ONCE(rq->rec->pi, cpu_to_le32(rq->pi));
}

static int skua_ib_post_one_recv(struct skua_ib_rq *rq,
				 const struct ib_recv_wr *wr)
{
	u32 mask = (1u << rq->log_size) - 1;

	/* Pairs with the release in polling. */
	if (rq->pi - smp_load_acquire(&rq->ci) > mask)
		return -ENOMEM;
	return skua_ib_put_rwqe(rq, wr, rq->pi & mask);
}

int skua_ib_post_recv(struct ib_qp *ibqp, const struct ib_recv_wr *wr,
		      const struct ib_recv_wr **bad_wr)
{
	struct skua_ib_dev *dev = to_skua_dev(ibqp->device);
	struct skua_ib_qp *qp = to_skua_qp(ibqp);
	unsigned long flags;
	int err = 0;

	if (READ_ONCE(qp->state) == IB_QPS_RESET ||
	    qp->log_rq == SKUA_HWI_LOG_NONE) {
		*bad_wr = wr;
		return -EINVAL;
	}

	spin_lock_irqsave(&qp->rq.lock, flags);
	for (; wr; wr = wr->next) {
		err = skua_ib_post_one_recv(&qp->rq, wr);
		if (err) {
			*bad_wr = wr;
			break;
		}
	}
	skua_ib_rq_publish(&qp->rq);
	/* §7: in ERR the device sleeps, and wants to flush what comes. */
	mb();
	if (READ_ONCE(qp->rq.rec->armed))
		skua_db_kick_rq(&qp->db);
	spin_unlock_irqrestore(&qp->rq.lock, flags);

	if (unlikely(skua_core_dead(dev->core)))
		skua_ib_flush_kick(dev);
	return err;
}

static int skua_ib_post_one_srq(struct skua_ib_srq *srq,
				const struct ib_recv_wr *wr)
{
	int err;

	if (!srq->num_free)
		return -ENOMEM;

	err = skua_ib_put_rwqe(&srq->rq, wr, srq->free_tags[srq->num_free - 1]);
	if (!err)
		srq->num_free--;
	return err;
}

int skua_ib_post_srq_recv(struct ib_srq *ibsrq, const struct ib_recv_wr *wr,
			  const struct ib_recv_wr **bad_wr)
{
	struct skua_ib_srq *srq = to_skua_srq(ibsrq);
	unsigned long flags;
	int err = 0;

	spin_lock_irqsave(&srq->rq.lock, flags);
	for (; wr; wr = wr->next) {
		err = skua_ib_post_one_srq(srq, wr);
		if (err) {
			*bad_wr = wr;
			break;
		}
	}
	skua_ib_rq_publish(&srq->rq);
	spin_unlock_irqrestore(&srq->rq.lock, flags);
	return err;
}
