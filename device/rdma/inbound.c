// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <errno.h>

#include "complete.h"
#include "inbound.h"

enum skua_inbound_result skua_inbound_take(struct skua_qp *qp,
					   struct skua_inbound *in)
{
	uint32_t ci = qp->rq.ci;

	if (in->have_recv)
		return SKUA_IN_OK;
	switch (skua_recv_take(qp, &in->recv)) {
	case 0:
		in->have_recv = true;
		return SKUA_IN_OK;
	case -EINVAL:
		/* A malformed entry counts as taken, a bad index does not. */
		in->have_recv = qp->rq.ci != ci;
		return in->have_recv ? SKUA_IN_BAD_RECV : SKUA_IN_RQ_LOST;
	case -ENOENT:
		skua_count(qp->fn, SKUA_HWI_CNT_OUT_OF_BUFFER, 1);
		return SKUA_IN_NO_RECV;
	default:
		return SKUA_IN_RQ_LOST;
	}
}

/*
 * With the ICRC of what came in ESP computed on the way: one look at the payload, not
 * two. If it is wrong the packet is as good as lost, and sent again to the same place;
 * nothing has told anybody to look there. In the clear this would not do: programs
 * that watch memory would see what anybody on the link made up. An ICV has said that
 * this is of a peer who may write there.
 */
static enum skua_inbound_result copy_unchecked(struct skua_qp *qp,
					       struct skua_packet *pkt,
					       struct skua_cursor *dst,
					       enum skua_inbound_result dst_lost)
{
	if (!skua_copy_icrc_out(qp->fn->adapter, dst, &pkt->icrc->part, pkt->len))
		return dst_lost;
	return skua_packet_whole(pkt) ? SKUA_IN_OK : SKUA_IN_LOST;
}

static enum skua_inbound_result copy_in(struct skua_qp *qp,
					struct skua_packet *pkt,
					const struct skua_piece *piece,
					unsigned int n,
					enum skua_inbound_result dst_lost)
{
	struct skua_cursor src, dst;

	skua_cursor_init(&dst, piece, n, 0);
	if (pkt->icrc)
		return copy_unchecked(qp, pkt, &dst, dst_lost);
	skua_cursor_init(&src, pkt->piece, pkt->npieces, pkt->payload_off);
	switch (skua_copy(qp->fn->adapter, &dst, &src, pkt->len)) {
	case SKUA_COPY_OK:
		return SKUA_IN_OK;
	case SKUA_COPY_SRC:
		pkt->payload_lost = true;
		return SKUA_IN_LOST;
	default:
		return dst_lost;
	}
}

static enum skua_inbound_result place_write(struct skua_qp *qp,
					    struct skua_inbound *in,
					    struct skua_packet *pkt)
{
	enum skua_inbound_result ret;
	struct skua_piece piece;
	uint32_t left;

	if (pkt->flags & SKUA_PKT_FIRST) {
		if (!(qp->attr.access & SKUA_HWI_ACCESS_REMOTE_WRITE))
			return SKUA_IN_INVALID;
		if (pkt->dma_len > SKUA_MAX_MESSAGE)
			return SKUA_IN_INVALID;
		in->done = 0;
		in->va = pkt->va;
		in->rkey = pkt->rkey;
		in->dma_len = pkt->dma_len;
	}
	left = in->dma_len - in->done;
	if (pkt->flags & SKUA_PKT_LAST ? pkt->len != left : pkt->len >= left)
		return SKUA_IN_INVALID;

	/* All that is to come, so that a message is refused at its start. */
	if (left) {
		piece.fn = qp->fn;
		piece.remote = NULL;
		piece.addr = in->va + in->done;
		piece.len = left;
		piece.mk = skua_mkey_check(qp->fn, in->rkey, qp->pdn, qp->qpn,
					   piece.addr, left,
					   SKUA_HWI_ACCESS_REMOTE_WRITE);
		if (!piece.mk)
			return SKUA_IN_REM_ACCESS;
	}
	if (pkt->flags & SKUA_PKT_IMM) {
		ret = skua_inbound_take(qp, in);
		if (ret)
			return ret;
	}
	if (pkt->len && !pkt->placed)
		return copy_in(qp, pkt, &piece, 1, SKUA_IN_DST_LOST);
	return SKUA_IN_OK;
}

static enum skua_inbound_result
place_send(struct skua_qp *qp, struct skua_inbound *in, struct skua_packet *pkt)
{
	struct skua_piece piece[SKUA_HWI_MAX_SGE];
	enum skua_inbound_result ret;
	int n;

	ret = skua_inbound_take(qp, in);
	if (ret)
		return ret;
	if (pkt->flags & SKUA_PKT_FIRST)
		in->done = 0;
	if (pkt->len > SKUA_MAX_MESSAGE - in->done)
		return SKUA_IN_INVALID;
	if (pkt->len > in->recv.bytes - in->done)
		return SKUA_IN_TOO_LONG;
	n = skua_pieces(qp, qp->srq ? qp->srq->pdn : qp->pdn, in->recv.sg,
			in->recv.n, in->done, pkt->len,
			SKUA_HWI_ACCESS_LOCAL_WRITE, piece);
	if (n < 0)
		return SKUA_IN_LOC_PROT;
	return copy_in(qp, pkt, piece, n, SKUA_IN_LOC_PROT);
}

static enum skua_inbound_result finish(struct skua_qp *qp,
				       struct skua_inbound *in,
				       const struct skua_packet *pkt)
{
	struct skua_hwi_cqe cqe = {
		.qpn = htole32(qp->qpn),
		.wqe = htole32(in->recv.tag),
		.byte_len = htole32(in->done),
		.opcode = pkt->op == SKUA_PKT_SEND ? SKUA_HWI_CQE_RECV
						   : SKUA_HWI_CQE_RECV_WRITE_IMM,
	};

	if (pkt->flags & SKUA_PKT_IMM) {
		cqe.flags = SKUA_HWI_CQE_F_IMM;
		cqe.imm = pkt->imm;
	}
	if (pkt->flags & SKUA_PKT_INV) {
		if (skua_mkey_local_inv(qp->fn, pkt->inv_key, qp->pdn, qp->qpn))
			return SKUA_IN_REM_ACCESS;
		cqe.flags = SKUA_HWI_CQE_F_INV;
		cqe.inv_key = htole32(pkt->inv_key);
	}
	in->have_recv = false;
	if (!skua_cq_push(qp->recv_cq, &cqe, pkt->flags & SKUA_PKT_SOLICITED))
		return SKUA_IN_CQ_ERROR;
	return SKUA_IN_OK;
}

enum skua_inbound_result skua_inbound_place(struct skua_qp *qp,
					    struct skua_inbound *in,
					    struct skua_packet *pkt)
{
	bool first = pkt->flags & SKUA_PKT_FIRST;
	enum skua_inbound_result ret;

	if (first == in->open || (!first && pkt->op != in->op))
		return SKUA_IN_INVALID;
	ret = pkt->op == SKUA_PKT_WRITE ? place_write(qp, in, pkt)
					: place_send(qp, in, pkt);
	if (ret)
		return ret;

	in->op = pkt->op;
	in->done += pkt->len;
	in->open = !(pkt->flags & SKUA_PKT_LAST);
	if (in->open)
		return SKUA_IN_OK;
	if (pkt->op == SKUA_PKT_WRITE) {
		skua_count(qp->fn, SKUA_HWI_CNT_RX_WRITE_REQUESTS, 1);
		if (!(pkt->flags & SKUA_PKT_IMM))
			return SKUA_IN_OK;
	}
	return finish(qp, in, pkt);
}

bool skua_inbound_place_at(struct skua_qp *qp, struct skua_packet *pkt,
			   uint32_t rkey, uint8_t access, uint64_t addr,
			   uint32_t left)
{
	struct skua_piece piece = {
		.fn = qp->fn,
		.addr = addr,
		.len = pkt->len,
	};

	if (!pkt->len ||
	    (pkt->flags & SKUA_PKT_LAST ? pkt->len != left : pkt->len >= left))
		return false;
	piece.mk = skua_mkey_check(qp->fn, rkey, qp->pdn, qp->qpn, addr,
				   pkt->len, access);
	return piece.mk &&
	       copy_in(qp, pkt, &piece, 1, SKUA_IN_DST_LOST) == SKUA_IN_OK;
}

bool skua_inbound_place_ahead(struct skua_qp *qp, const struct skua_inbound *in,
			      struct skua_packet *pkt, uint64_t off)
{
	uint32_t left = in->dma_len - in->done;

	if (!in->open || in->op != SKUA_PKT_WRITE || pkt->op != in->op ||
	    pkt->flags & SKUA_PKT_FIRST || off >= left)
		return false;
	return skua_inbound_place_at(qp, pkt, in->rkey,
				     SKUA_HWI_ACCESS_REMOTE_WRITE,
				     in->va + in->done + off, left - off);
}

bool skua_inbound_fail(struct skua_qp *qp, struct skua_inbound *in,
		       enum skua_inbound_result result)
{
	static const uint8_t status[] = {
		[SKUA_IN_BAD_RECV] = SKUA_HWI_CQE_LOC_QP_OP_ERR,
		[SKUA_IN_TOO_LONG] = SKUA_HWI_CQE_LOC_LEN_ERR,
		[SKUA_IN_LOC_PROT] = SKUA_HWI_CQE_LOC_PROT_ERR,
		[SKUA_IN_REM_ACCESS] = SKUA_HWI_CQE_LOC_ACCESS_ERR,
		[SKUA_IN_DST_LOST] = SKUA_HWI_CQE_LOC_ACCESS_ERR,
		[SKUA_IN_CQ_ERROR] = SKUA_HWI_CQE_OK,
	};

	if (!in->have_recv || !status[result])
		return false;
	in->have_recv = false;
	skua_fail_recv(qp, in->recv.tag, status[result]);
	return true;
}

void skua_inbound_flush(struct skua_qp *qp, struct skua_inbound *in)
{
	in->open = false;
	if (in->have_recv) {
		in->have_recv = false;
		skua_fail_recv(qp, in->recv.tag, SKUA_HWI_CQE_WR_FLUSH_ERR);
	}
	skua_flush_rq(qp);
}
