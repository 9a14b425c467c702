// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * ibv_post_send(), hwi §6.
 *
 * The request that most are, one SGE on a connected QP, is one block: 48 of
 * its 64 bytes are stored, straight into the ring, and 16 bytes of bookkeeping
 * beside it. One doorbell for a whole list. No system call, no allocation; the
 * one lock is sq->lock.
 */
#include <errno.h>

#include "wqe.h"

struct skua_op {
	uint8_t opcode;
	uint8_t hdr_len; /* of connected QPs */
};

static const struct skua_op skua_ops[] = {
	[IBV_WR_RDMA_WRITE] = { SKUA_HWI_WQE_WRITE, SKUA_HDR_RDMA },
	[IBV_WR_RDMA_WRITE_WITH_IMM] = { SKUA_HWI_WQE_WRITE_IMM,
					 SKUA_HDR_RDMA },
	[IBV_WR_SEND] = { SKUA_HWI_WQE_SEND, SKUA_HDR_SEND },
	[IBV_WR_SEND_WITH_IMM] = { SKUA_HWI_WQE_SEND_IMM, SKUA_HDR_SEND },
	[IBV_WR_RDMA_READ] = { SKUA_HWI_WQE_READ, SKUA_HDR_RDMA },
	[IBV_WR_ATOMIC_CMP_AND_SWP] = { SKUA_HWI_WQE_CMP_SWAP,
					SKUA_HDR_ATOMIC },
	[IBV_WR_ATOMIC_FETCH_AND_ADD] = { SKUA_HWI_WQE_FETCH_ADD,
					  SKUA_HDR_ATOMIC },
	[IBV_WR_LOCAL_INV] = { SKUA_HWI_WQE_LOCAL_INV, SKUA_HDR_SEND },
	[IBV_WR_BIND_MW] = { SKUA_HWI_WQE_BIND_MW, SKUA_HDR_BIND },
	[IBV_WR_SEND_WITH_INV] = { SKUA_HWI_WQE_SEND_INV, SKUA_HDR_SEND },
};

#define SKUA_OPS_RDMA \
	(SKUA_OP(RDMA_WRITE) | SKUA_OP(RDMA_WRITE_WITH_IMM) | SKUA_OP(RDMA_READ))
#define SKUA_OPS_SEND \
	(SKUA_OP(SEND) | SKUA_OP(SEND_WITH_IMM) | SKUA_OP(SEND_WITH_INV))
#define SKUA_OPS_ATOMIC \
	(SKUA_OP(ATOMIC_CMP_AND_SWP) | SKUA_OP(ATOMIC_FETCH_AND_ADD))
#define SKUA_OPS_INV    (SKUA_OP(SEND_WITH_INV) | SKUA_OP(LOCAL_INV))
#define SKUA_OPS_NODATA (SKUA_OP(LOCAL_INV) | SKUA_OP(BIND_MW))
#define SKUA_OPS_INLINE \
	((SKUA_OPS_SEND | SKUA_OPS_RDMA) & ~SKUA_OP(RDMA_READ))

static inline bool skua_op_in(uint32_t ops, uint32_t op)
{
	return op < 32 && (ops >> op) & 1;
}

/* Immediate data as it is, or the key to invalidate. */
static inline __be32 skua_imm(const struct ibv_send_wr *wr, uint32_t op)
{
	return skua_op_in(SKUA_OPS_INV, op) ?
		       (__force __be32)htole32(wr->invalidate_rkey) :
		       wr->imm_data;
}

/* IBTA 10.6.7.2.5: a window grants remote rights only, zero-based ones none. */
int skua_set_bind(struct skua_hwi_wqe_bind *seg, uint32_t rkey,
		  const struct ibv_mw_bind_info *info)
{
	const unsigned int remote = IBV_ACCESS_REMOTE_WRITE |
				    IBV_ACCESS_REMOTE_READ |
				    IBV_ACCESS_REMOTE_ATOMIC;

	/* Local rights are the region's: naming one changes nothing. */
	if (info->mw_access_flags & ~(remote | IBV_ACCESS_LOCAL_WRITE))
		return EINVAL;
	if (!info->mr && info->length)
		return EINVAL;

	memset(seg, 0, sizeof(*seg));
	seg->mw_key = htole32(rkey);
	seg->mr_key = htole32(info->mr ? info->mr->lkey : 0);
	seg->addr = htole64(info->addr);
	seg->len = htole64(info->length);
	seg->access = info->mw_access_flags & remote;
	return 0;
}

static int skua_inline_len(const struct skua_sq *sq,
			   const struct ibv_send_wr *wr, uint32_t *len)
{
	uint64_t sum = 0;
	int i;

	if (!skua_op_in(SKUA_OPS_INLINE, wr->opcode))
		return EINVAL;
	for (i = 0; i < wr->num_sge; i++)
		sum += wr->sg_list[i].length;
	if (sum > sq->max_inline)
		return EINVAL;
	*len = sum;
	return 0;
}

/* Any request: several SGEs, inline data, UD, atomics, keys. */
static int skua_build(struct skua_qp *qp, const struct ibv_send_wr *wr,
		      uint32_t pi, uint32_t room, uint32_t *blocks)
{
	bool ud = qp->vqp.qp.qp_type == IBV_QPT_UD;
	uint8_t flags = skua_wqe_flags(wr->send_flags) | qp->sq.sig_all;
	struct skua_hwi_wqe_ctrl *ctrl = skua_sq_block(&qp->sq, pi);
	uint32_t num_sge = wr->num_sge, inline_len = 0;
	struct skua_hwi_wqe_remote *remote;
	uint32_t num_wr_sge = num_sge;
	const struct skua_op *op;
	struct skua_wqe_cursor at;
	uint32_t hdr_len, i;
	int err;

	if (!skua_op_in(qp->sq.ops, wr->opcode) || num_sge > qp->sq.max_sge)
		return EINVAL;
	op = &skua_ops[wr->opcode];
	hdr_len = ud ? SKUA_HDR_UD : op->hdr_len;

	if (skua_op_in(SKUA_OPS_NODATA, wr->opcode))
		num_sge = 0;
	if (wr->send_flags & IBV_SEND_INLINE) {
		err = skua_inline_len(&qp->sq, wr, &inline_len);
		if (err)
			return err;
		flags |= SKUA_HWI_WQE_INLINE;
		num_sge = 0;
	}
	*blocks = skua_wqe_blocks(hdr_len + inline_len +
				  num_sge * sizeof(struct skua_hwi_sge));
	if (*blocks > room)
		return ENOMEM;

	skua_set_ctrl(ctrl, op->opcode, flags, *blocks, num_sge);
	ctrl->imm = skua_imm(wr, wr->opcode);
	ctrl->inline_len = htole32(inline_len);

	remote = (struct skua_hwi_wqe_remote *)(ctrl + 1);
	if (ud) {
		skua_set_ud((struct skua_hwi_wqe_ud *)(ctrl + 1),
			    wr->wr.ud.ah, wr->wr.ud.remote_qpn,
			    wr->wr.ud.remote_qkey);
	} else if (skua_op_in(SKUA_OPS_RDMA, wr->opcode)) {
		skua_set_remote(remote, wr->wr.rdma.remote_addr,
				wr->wr.rdma.rkey);
	} else if (skua_op_in(SKUA_OPS_ATOMIC, wr->opcode)) {
		skua_set_remote(remote, wr->wr.atomic.remote_addr,
				wr->wr.atomic.rkey);
		if (wr->opcode == IBV_WR_ATOMIC_CMP_AND_SWP)
			skua_set_atomic((void *)(remote + 1),
					wr->wr.atomic.swap,
					wr->wr.atomic.compare_add);
		else
			skua_set_atomic((void *)(remote + 1),
					wr->wr.atomic.compare_add, 0);
	} else if (wr->opcode == IBV_WR_BIND_MW) {
		err = skua_set_bind((struct skua_hwi_wqe_bind *)(ctrl + 1),
				    wr->bind_mw.rkey, &wr->bind_mw.bind_info);
		if (err)
			return err;
	}

	at = skua_wqe_at(&qp->sq, pi, hdr_len);
	if (flags & SKUA_HWI_WQE_INLINE) {
		for (i = 0; i < num_wr_sge; i++)
			skua_put_data(&at,
				      (void *)(uintptr_t)wr->sg_list[i].addr,
				      wr->sg_list[i].length);
	} else {
		for (i = 0; i < num_sge; i++)
			skua_put_sge(&at, &wr->sg_list[i]);
	}
	return 0;
}

/* One SGE, connected, WRITE, READ or SEND: one block. */
static inline void skua_build_short(struct skua_sq *sq,
				    const struct ibv_send_wr *wr, uint32_t op,
				    uint32_t pi)
{
	const struct ibv_sge *sge = wr->sg_list;
	struct skua_hwi_wqe_ctrl *ctrl = skua_sq_block(sq, pi);
	struct skua_hwi_wqe_remote *remote;

	skua_set_ctrl(ctrl, skua_ops[op].opcode,
		      skua_wqe_flags(wr->send_flags) | sq->sig_all, 1, 1);
	ctrl->imm = skua_imm(wr, op);
	ctrl->inline_len = 0;

	remote = (struct skua_hwi_wqe_remote *)(ctrl + 1);
	if (likely(skua_op_in(SKUA_OPS_RDMA, op))) {
		skua_set_remote(remote, wr->wr.rdma.remote_addr,
				wr->wr.rdma.rkey);
		remote++;
	}
	skua_set_sge((struct skua_hwi_sge *)remote, sge->addr, sge->length,
		     sge->lkey);
}

/* Post the list from the first request on that is not short, or has no room. */
static __attribute__((noinline)) int
skua_post_any(struct skua_qp *qp, struct ibv_send_wr *wr,
	      struct ibv_send_wr **bad_wr, uint32_t pi)
{
	struct skua_sq *sq = &qp->sq;
	uint32_t blocks;
	int err = 0;

	for (; wr; wr = wr->next) {
		err = skua_build(qp, wr, pi, skua_sq_room(sq, pi), &blocks);
		if (unlikely(err)) {
			*bad_wr = wr;
			break;
		}
		skua_sq_remember(sq, pi, wr->wr_id, blocks);
		pi += blocks;
	}
	if (pi != sq->pi)
		skua_ring_sq(qp, pi);
	return err;
}

static int skua_post_list(struct skua_qp *qp, struct ibv_send_wr *wr,
			  struct ibv_send_wr **bad_wr)
{
	struct skua_sq *sq = &qp->sq;
	uint32_t pi = sq->pi;
	uint32_t room = skua_sq_room(sq, pi);
	uint32_t op;

	do {
		op = wr->opcode;
		if (unlikely(!room || !skua_op_in(sq->short_ops, op) ||
			     wr->num_sge != 1 ||
			     wr->send_flags & IBV_SEND_INLINE))
			return skua_post_any(qp, wr, bad_wr, pi);
		skua_build_short(sq, wr, op, pi);
		skua_sq_remember(sq, pi, wr->wr_id, 1);
		pi++;
		room--;
		wr = wr->next;
	} while (wr);

	skua_ring_sq(qp, pi);
	return 0;
}

static __attribute__((noinline)) int
skua_post_locked(struct skua_qp *qp, struct ibv_send_wr *wr,
		 struct ibv_send_wr **bad_wr)
{
	int err;

	pthread_spin_lock(&qp->sq.lock.spin);
	err = skua_post_list(qp, wr, bad_wr);
	pthread_spin_unlock(&qp->sq.lock.spin);
	return err;
}

int skua_post_send(struct ibv_qp *ibqp, struct ibv_send_wr *wr,
		   struct ibv_send_wr **bad_wr)
{
	struct skua_qp *qp = to_skua_qp(ibqp);

	if (unlikely(!wr))
		return 0;
	if (likely(skua_lock_idle(&qp->sq.lock)))
		return skua_post_list(qp, wr, bad_wr);
	return skua_post_locked(qp, wr, bad_wr);
}

/* A type 1 window; the new key is made here, not by the caller. */
int skua_bind_mw(struct ibv_qp *ibqp, struct ibv_mw *ibmw,
		 struct ibv_mw_bind *bind)
{
	struct ibv_send_wr *bad_wr, wr = {
		.wr_id = bind->wr_id,
		.opcode = IBV_WR_BIND_MW,
		.send_flags = bind->send_flags,
		.bind_mw = {
			.mw = ibmw,
			.rkey = ibv_inc_rkey(ibmw->rkey),
			.bind_info = bind->bind_info,
		},
	};
	int err;

	if (ibmw->pd->handle != ibqp->pd->handle ||
	    (bind->bind_info.mr &&
	     bind->bind_info.mr->pd->handle != ibqp->pd->handle))
		return EPERM;

	err = skua_post_send(ibqp, &wr, &bad_wr);
	if (!err)
		ibmw->rkey = wr.bind_mw.rkey;
	return err;
}
