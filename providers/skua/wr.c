// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The ibv_wr_*() way of posting, hwi §6.
 *
 * A request is started as a complete WQE without data: sq->wqe is its first
 * block, sq->wqe_pi the index of that block, sq->pi already stands behind it.
 * The setter of SGEs or inline data moves sq->pi further if the data needs
 * more blocks. The doorbell rings once, in ibv_wr_complete(); ibv_wr_abort(),
 * or an error on the way, takes sq->pi back to sq->start_pi. sq->lock is held
 * from ibv_wr_start() to the end.
 */
#include <errno.h>

#include <ccan/array_size.h>

#include "wqe.h"

static inline struct skua_sq *to_sq(struct ibv_qp_ex *ibqp)
{
	return &to_skua_qp_ex(ibqp)->sq;
}

/* Returns where the next segment goes, or NULL after an error. */
static inline void *skua_wr_begin(struct ibv_qp_ex *ibqp, uint8_t opcode,
				  uint32_t hdr_len, __be32 imm)
{
	struct skua_sq *sq = to_sq(ibqp);
	struct skua_hwi_wqe_ctrl *ctrl;

	if (unlikely(sq->err))
		return NULL;
	if (unlikely(!skua_sq_room(sq, sq->pi))) {
		sq->err = ENOMEM;
		return NULL;
	}

	ctrl = skua_sq_block(sq, sq->pi);
	skua_set_ctrl(ctrl, opcode,
		      skua_wqe_flags(ibqp->wr_flags) | sq->sig_all, 1, 0);
	ctrl->imm = imm;
	ctrl->inline_len = 0;
	skua_sq_remember(sq, sq->pi, ibqp->wr_id, 1);

	sq->wqe = ctrl;
	sq->wqe_hdr = hdr_len;
	sq->wqe_pi = sq->pi++;
	return ctrl + 1;
}

/* The WQE gets len bytes of data; false if they do not fit. */
static inline bool skua_wr_extend(struct skua_sq *sq, uint32_t len)
{
	uint32_t blocks = skua_wqe_blocks(sq->wqe_hdr + len);

	if (unlikely(blocks > skua_sq_room(sq, sq->wqe_pi))) {
		sq->err = ENOMEM;
		return false;
	}
	sq->wqe->num_bb = blocks;
	sq->pi = sq->wqe_pi + blocks;
	sq->wr[sq->wqe_pi & sq->mask].end = sq->pi;
	return true;
}

static inline void skua_wr_rdma(struct ibv_qp_ex *ibqp, uint8_t opcode,
				uint32_t rkey, uint64_t addr, __be32 imm)
{
	struct skua_hwi_wqe_remote *seg;

	seg = skua_wr_begin(ibqp, opcode, SKUA_HDR_RDMA, imm);
	if (likely(seg))
		skua_set_remote(seg, addr, rkey);
}

static void skua_wr_rdma_write(struct ibv_qp_ex *ibqp, uint32_t rkey,
			       uint64_t addr)
{
	skua_wr_rdma(ibqp, SKUA_HWI_WQE_WRITE, rkey, addr, 0);
}

static void skua_wr_rdma_write_imm(struct ibv_qp_ex *ibqp, uint32_t rkey,
				   uint64_t addr, __be32 imm)
{
	skua_wr_rdma(ibqp, SKUA_HWI_WQE_WRITE_IMM, rkey, addr, imm);
}

static void skua_wr_rdma_read(struct ibv_qp_ex *ibqp, uint32_t rkey,
			      uint64_t addr)
{
	skua_wr_rdma(ibqp, SKUA_HWI_WQE_READ, rkey, addr, 0);
}

static inline void skua_wr_atomic(struct ibv_qp_ex *ibqp, uint8_t opcode,
				  uint32_t rkey, uint64_t addr,
				  uint64_t swap_add, uint64_t compare)
{
	struct skua_hwi_wqe_remote *seg;

	seg = skua_wr_begin(ibqp, opcode, SKUA_HDR_ATOMIC, 0);
	if (unlikely(!seg))
		return;
	skua_set_remote(seg, addr, rkey);
	skua_set_atomic((struct skua_hwi_wqe_atomic *)(seg + 1), swap_add,
			compare);
}

static void skua_wr_cmp_swp(struct ibv_qp_ex *ibqp, uint32_t rkey,
			    uint64_t addr, uint64_t compare, uint64_t swap)
{
	skua_wr_atomic(ibqp, SKUA_HWI_WQE_CMP_SWAP, rkey, addr, swap, compare);
}

static void skua_wr_fetch_add(struct ibv_qp_ex *ibqp, uint32_t rkey,
			      uint64_t addr, uint64_t add)
{
	skua_wr_atomic(ibqp, SKUA_HWI_WQE_FETCH_ADD, rkey, addr, add, 0);
}

static void skua_wr_send(struct ibv_qp_ex *ibqp)
{
	skua_wr_begin(ibqp, SKUA_HWI_WQE_SEND, to_sq(ibqp)->send_hdr, 0);
}

static void skua_wr_send_imm(struct ibv_qp_ex *ibqp, __be32 imm)
{
	skua_wr_begin(ibqp, SKUA_HWI_WQE_SEND_IMM, to_sq(ibqp)->send_hdr, imm);
}

static void skua_wr_send_inv(struct ibv_qp_ex *ibqp, uint32_t rkey)
{
	skua_wr_begin(ibqp, SKUA_HWI_WQE_SEND_INV, SKUA_HDR_SEND,
		      (__force __be32)htole32(rkey));
}

static void skua_wr_local_inv(struct ibv_qp_ex *ibqp, uint32_t rkey)
{
	skua_wr_begin(ibqp, SKUA_HWI_WQE_LOCAL_INV, SKUA_HDR_SEND,
		      (__force __be32)htole32(rkey));
}

static void skua_wr_bind_mw(struct ibv_qp_ex *ibqp, struct ibv_mw *mw,
			    uint32_t rkey, const struct ibv_mw_bind_info *info)
{
	struct skua_sq *sq = to_sq(ibqp);
	struct skua_hwi_wqe_bind *seg;

	seg = skua_wr_begin(ibqp, SKUA_HWI_WQE_BIND_MW, SKUA_HDR_BIND, 0);
	if (likely(seg))
		sq->err = skua_set_bind(seg, rkey, info);
}

static void skua_wr_set_ud_addr(struct ibv_qp_ex *ibqp, struct ibv_ah *ah,
				uint32_t qpn, uint32_t qkey)
{
	struct skua_sq *sq = to_sq(ibqp);

	if (likely(!sq->err))
		skua_set_ud((struct skua_hwi_wqe_ud *)(sq->wqe + 1), ah, qpn,
			    qkey);
}

static void skua_wr_set_sge(struct ibv_qp_ex *ibqp, uint32_t lkey,
			    uint64_t addr, uint32_t len)
{
	struct skua_sq *sq = to_sq(ibqp);
	struct skua_wqe_cursor at;

	if (unlikely(sq->err) ||
	    unlikely(!skua_wr_extend(sq, sizeof(struct skua_hwi_sge))))
		return;
	sq->wqe->num_sge = 1;
	at = skua_wqe_at(sq, sq->wqe_pi, sq->wqe_hdr);
	skua_set_sge((struct skua_hwi_sge *)(at.ring + at.off), addr, len,
		     lkey);
}

static void skua_wr_set_sge_list(struct ibv_qp_ex *ibqp, size_t num_sge,
				 const struct ibv_sge *list)
{
	struct skua_sq *sq = to_sq(ibqp);
	struct skua_wqe_cursor at;
	size_t i;

	if (unlikely(sq->err))
		return;
	if (unlikely(num_sge > sq->max_sge)) {
		sq->err = EINVAL;
		return;
	}
	if (unlikely(!skua_wr_extend(sq,
				     num_sge * sizeof(struct skua_hwi_sge))))
		return;
	sq->wqe->num_sge = num_sge;
	at = skua_wqe_at(sq, sq->wqe_pi, sq->wqe_hdr);
	for (i = 0; i < num_sge; i++)
		skua_put_sge(&at, &list[i]);
}

static void skua_wr_set_inline_data_list(struct ibv_qp_ex *ibqp, size_t num_buf,
					 const struct ibv_data_buf *list)
{
	struct skua_sq *sq = to_sq(ibqp);
	struct skua_wqe_cursor at;
	size_t i, len = 0;

	if (unlikely(sq->err))
		return;
	for (i = 0; i < num_buf; i++) {
		if (unlikely(list[i].length > sq->max_inline - len)) {
			sq->err = EINVAL;
			return;
		}
		len += list[i].length;
	}
	if (unlikely(!skua_wr_extend(sq, len)))
		return;
	sq->wqe->flags |= SKUA_HWI_WQE_INLINE;
	sq->wqe->inline_len = htole32(len);
	at = skua_wqe_at(sq, sq->wqe_pi, sq->wqe_hdr);
	for (i = 0; i < num_buf; i++)
		skua_put_data(&at, list[i].addr, list[i].length);
}

static void skua_wr_set_inline_data(struct ibv_qp_ex *ibqp, void *addr,
				    size_t len)
{
	struct ibv_data_buf buf = { .addr = addr, .length = len };

	skua_wr_set_inline_data_list(ibqp, 1, &buf);
}

static void skua_wr_start(struct ibv_qp_ex *ibqp)
{
	struct skua_sq *sq = to_sq(ibqp);

	skua_lock(&sq->lock);
	sq->start_pi = sq->pi;
	sq->err = sq->ops ? 0 : EINVAL;
}

static int skua_wr_complete(struct ibv_qp_ex *ibqp)
{
	struct skua_qp *qp = to_skua_qp_ex(ibqp);
	struct skua_sq *sq = &qp->sq;
	int err = sq->err;

	if (unlikely(err))
		sq->pi = sq->start_pi;
	else if (likely(sq->pi != sq->start_pi))
		skua_ring_sq(qp, sq->pi);
	skua_unlock(&sq->lock);
	return err;
}

static void skua_wr_abort(struct ibv_qp_ex *ibqp)
{
	struct skua_sq *sq = to_sq(ibqp);

	sq->pi = sq->start_pi;
	skua_unlock(&sq->lock);
}

static const struct {
	uint64_t flag;
	uint32_t op;
} skua_wr_ops[] = {
	{ IBV_QP_EX_WITH_RDMA_WRITE, SKUA_OP(RDMA_WRITE) },
	{ IBV_QP_EX_WITH_RDMA_WRITE_WITH_IMM, SKUA_OP(RDMA_WRITE_WITH_IMM) },
	{ IBV_QP_EX_WITH_SEND, SKUA_OP(SEND) },
	{ IBV_QP_EX_WITH_SEND_WITH_IMM, SKUA_OP(SEND_WITH_IMM) },
	{ IBV_QP_EX_WITH_RDMA_READ, SKUA_OP(RDMA_READ) },
	{ IBV_QP_EX_WITH_ATOMIC_CMP_AND_SWP, SKUA_OP(ATOMIC_CMP_AND_SWP) },
	{ IBV_QP_EX_WITH_ATOMIC_FETCH_AND_ADD, SKUA_OP(ATOMIC_FETCH_AND_ADD) },
	{ IBV_QP_EX_WITH_LOCAL_INV, SKUA_OP(LOCAL_INV) },
	{ IBV_QP_EX_WITH_BIND_MW, SKUA_OP(BIND_MW) },
	{ IBV_QP_EX_WITH_SEND_WITH_INV, SKUA_OP(SEND_WITH_INV) },
};

bool skua_wr_supported(uint32_t ops, uint64_t send_ops)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(skua_wr_ops); i++)
		if (skua_wr_ops[i].op & ops)
			send_ops &= ~skua_wr_ops[i].flag;
	return !send_ops;
}

/* A caller uses only those it asked for, and these were supported. */
void skua_wr_setup(struct skua_qp *qp)
{
	struct ibv_qp_ex *ex = &qp->vqp.qp_ex;

	ex->wr_start = skua_wr_start;
	ex->wr_complete = skua_wr_complete;
	ex->wr_abort = skua_wr_abort;
	ex->wr_set_ud_addr = skua_wr_set_ud_addr;
	ex->wr_set_sge = skua_wr_set_sge;
	ex->wr_set_sge_list = skua_wr_set_sge_list;
	ex->wr_set_inline_data = skua_wr_set_inline_data;
	ex->wr_set_inline_data_list = skua_wr_set_inline_data_list;

	ex->wr_rdma_write = skua_wr_rdma_write;
	ex->wr_rdma_write_imm = skua_wr_rdma_write_imm;
	ex->wr_send = skua_wr_send;
	ex->wr_send_imm = skua_wr_send_imm;
	ex->wr_send_inv = skua_wr_send_inv;
	ex->wr_rdma_read = skua_wr_rdma_read;
	ex->wr_atomic_cmp_swp = skua_wr_cmp_swp;
	ex->wr_atomic_fetch_add = skua_wr_fetch_add;
	ex->wr_local_inv = skua_wr_local_inv;
	ex->wr_bind_mw = skua_wr_bind_mw;
}
