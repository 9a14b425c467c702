// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <string.h>

#include "packet.h"
#include "request.h"

#define RC  (1u << SKUA_HWI_QPT_RC)
#define UC  (1u << SKUA_HWI_QPT_UC)
#define UD  (1u << SKUA_HWI_QPT_UD | 1u << SKUA_HWI_QPT_GSI)
#define ALL (RC | UC | UD)

#define KNOWN_FLAGS                                                            \
	(SKUA_HWI_WQE_SIGNALED | SKUA_HWI_WQE_SOLICITED | SKUA_HWI_WQE_FENCE | \
	 SKUA_HWI_WQE_INLINE)

enum segment { NONE, REMOTE, ATOMIC, BIND, REG };

/* hwi §6, the table of opcodes; types 0: there is no such opcode. */
static const struct request_kind {
	uint8_t types;
	uint8_t segment;
	uint8_t cqe;
	bool data, may_inline;
} kinds[] = {
	[SKUA_HWI_WQE_NOP] = { ALL, NONE, SKUA_HWI_CQE_NOP, false, false },
	[SKUA_HWI_WQE_SEND] = { ALL, NONE, SKUA_HWI_CQE_SEND, true, true },
	[SKUA_HWI_WQE_SEND_IMM] = { ALL, NONE, SKUA_HWI_CQE_SEND, true, true },
	[SKUA_HWI_WQE_SEND_INV] = { RC, NONE, SKUA_HWI_CQE_SEND, true, true },
	[SKUA_HWI_WQE_WRITE] = { RC | UC, REMOTE, SKUA_HWI_CQE_WRITE, true, true },
	[SKUA_HWI_WQE_WRITE_IMM] = { RC | UC, REMOTE, SKUA_HWI_CQE_WRITE, true,
				     true },
	[SKUA_HWI_WQE_READ] = { RC, REMOTE, SKUA_HWI_CQE_READ, true, false },
	[SKUA_HWI_WQE_CMP_SWAP] = { RC, ATOMIC, SKUA_HWI_CQE_CMP_SWAP, true,
				    false },
	[SKUA_HWI_WQE_FETCH_ADD] = { RC, ATOMIC, SKUA_HWI_CQE_FETCH_ADD, true,
				     false },
	[SKUA_HWI_WQE_LOCAL_INV] = { RC | UC, NONE, SKUA_HWI_CQE_LOCAL_INV,
				     false, false },
	[SKUA_HWI_WQE_BIND_MW] = { RC | UC, BIND, SKUA_HWI_CQE_BIND_MW, false,
				   false },
	[SKUA_HWI_WQE_REG_MR] = { RC | UC, REG, SKUA_HWI_CQE_REG_MR, false,
				  false },
};

static const uint8_t segment_size[] = {
	[NONE] = 0,
	[REMOTE] = sizeof(struct skua_hwi_wqe_remote),
	[ATOMIC] = sizeof(struct skua_hwi_wqe_remote) +
		   sizeof(struct skua_hwi_wqe_atomic),
	[BIND] = sizeof(struct skua_hwi_wqe_bind),
	[REG] = sizeof(struct skua_hwi_wqe_reg),
};

uint8_t skua_request_cqe(uint8_t opcode)
{
	return opcode < sizeof(kinds) / sizeof(kinds[0]) ? kinds[opcode].cqe
							 : SKUA_HWI_CQE_NOP;
}

static void parse_remote(const uint8_t *seg, uint8_t segment,
			 struct skua_request *rq)
{
	const struct skua_hwi_wqe_remote *remote = (const void *)seg;
	const struct skua_hwi_wqe_atomic *atomic = (const void *)(remote + 1);

	rq->va = le64toh(remote->addr);
	rq->rkey = le32toh(remote->rkey);
	if (segment == ATOMIC) {
		rq->swap_add = le64toh(atomic->swap_add);
		rq->compare = le64toh(atomic->compare);
	}
}

/* The scatter/gather list; the sum of the lengths. */
static uint64_t parse_sges(const struct skua_hwi_sge *sge, struct skua_request *rq)
{
	uint64_t bytes = 0;
	unsigned int i;

	for (i = 0; i < rq->n; i++) {
		rq->sg[i].addr = le64toh(sge[i].addr);
		rq->sg[i].len = le32toh(sge[i].len);
		rq->sg[i].key = le32toh(sge[i].lkey);
		bytes += rq->sg[i].len;
	}
	return bytes;
}

int skua_request_parse(struct skua_wqe *wqe, uint8_t qp_type,
		       struct skua_request *rq)
{
	const struct skua_hwi_wqe_ctrl *ctrl = (const void *)wqe->buf;
	const struct request_kind *kind;
	uint32_t at, room;
	uint64_t bytes;

	rq->opcode = ctrl->opcode;
	rq->flags = ctrl->flags;
	rq->len = 0;
	rq->n = 0;
	rq->imm = ctrl->imm;
	rq->inline_data = NULL;
	if (rq->opcode >= sizeof(kinds) / sizeof(kinds[0]))
		return SKUA_HWI_CQE_LOC_QP_OP_ERR;
	kind = &kinds[rq->opcode];
	if (!(kind->types & (1u << qp_type)) || rq->flags & ~KNOWN_FLAGS)
		return SKUA_HWI_CQE_LOC_QP_OP_ERR;

	at = sizeof(*ctrl);
	rq->segment = wqe->buf + at;
	if (1u << qp_type & UD && kind->data)
		at += sizeof(struct skua_hwi_wqe_ud);
	else
		at += segment_size[kind->segment];
	room = (uint32_t)wqe->num_bb << SKUA_HWI_WQE_BB_SHIFT;
	if (at > room)
		return SKUA_HWI_CQE_LOC_QP_OP_ERR;
	if (kind->segment == REMOTE || kind->segment == ATOMIC)
		parse_remote(rq->segment, kind->segment, rq);
	if (rq->opcode == SKUA_HWI_WQE_SEND_INV ||
	    rq->opcode == SKUA_HWI_WQE_LOCAL_INV)
		rq->inv_key = le32toh(ctrl->inv_key);

	if (rq->flags & SKUA_HWI_WQE_INLINE) {
		rq->len = le32toh(ctrl->inline_len);
		if (!kind->may_inline || ctrl->num_sge ||
		    rq->len > SKUA_HWI_MAX_INLINE || rq->len > room - at)
			return SKUA_HWI_CQE_LOC_QP_OP_ERR;
		rq->inline_data = wqe->buf + at;
		return SKUA_HWI_CQE_OK;
	}
	if (!kind->data)
		return SKUA_HWI_CQE_OK;

	rq->n = ctrl->num_sge;
	if (rq->n > SKUA_HWI_MAX_SGE ||
	    rq->n * sizeof(struct skua_hwi_sge) > room - at) {
		rq->n = 0;
		return SKUA_HWI_CQE_LOC_QP_OP_ERR;
	}
	bytes = parse_sges((const void *)(wqe->buf + at), rq);
	if (bytes > SKUA_MAX_MESSAGE ||
	    (kind->segment == ATOMIC && bytes != sizeof(uint64_t)))
		return SKUA_HWI_CQE_LOC_LEN_ERR;
	rq->len = bytes;
	return SKUA_HWI_CQE_OK;
}

int skua_request_local(struct skua_qp *qp, const struct skua_request *rq)
{
	switch (rq->opcode) {
	case SKUA_HWI_WQE_LOCAL_INV:
		return skua_mkey_local_inv(qp->fn, rq->inv_key, qp->pdn, qp->qpn);
	case SKUA_HWI_WQE_BIND_MW:
		return skua_mkey_bind(qp->fn, rq->segment, qp->pdn, qp->qpn);
	case SKUA_HWI_WQE_REG_MR:
		return skua_mkey_reg(qp->fn, rq->segment, qp->pdn);
	default:
		return SKUA_HWI_CQE_OK;
	}
}

int skua_request_pieces(struct skua_qp *qp, struct skua_request *rq, uint32_t off,
			uint32_t len, uint8_t access, struct skua_piece *out)
{
	if (!rq->inline_data)
		return skua_pieces(qp, qp->pdn, rq->sg, rq->n, off, len, access,
				   out);
	if (off > rq->len || len > rq->len - off)
		return -1;
	out->fn = qp->fn;
	out->mk = NULL;
	out->remote = NULL;
	out->host = (uint8_t *)rq->inline_data + off;
	out->len = len;
	return 1;
}

void skua_request_packet(const struct skua_request *rq, uint32_t off,
			 uint32_t len, struct skua_packet *pkt)
{
	pkt->flags = 0;
	pkt->skip = 0;
	if (off == 0)
		pkt->flags |= SKUA_PKT_FIRST;
	if (off + len == rq->len) {
		pkt->flags |= SKUA_PKT_LAST;
		if (rq->flags & SKUA_HWI_WQE_SOLICITED)
			pkt->flags |= SKUA_PKT_SOLICITED;
	}

	switch (rq->opcode) {
	case SKUA_HWI_WQE_WRITE_IMM:
		pkt->imm = rq->imm;
		if (pkt->flags & SKUA_PKT_LAST)
			pkt->flags |= SKUA_PKT_IMM;
		/* fallthrough */
	case SKUA_HWI_WQE_WRITE:
		pkt->op = SKUA_PKT_WRITE;
		pkt->va = rq->va;
		pkt->rkey = rq->rkey;
		pkt->dma_len = rq->len;
		break;
	case SKUA_HWI_WQE_SEND_IMM:
		pkt->op = SKUA_PKT_SEND;
		pkt->imm = rq->imm;
		if (pkt->flags & SKUA_PKT_LAST)
			pkt->flags |= SKUA_PKT_IMM;
		break;
	case SKUA_HWI_WQE_SEND_INV:
		pkt->op = SKUA_PKT_SEND;
		pkt->inv_key = rq->inv_key;
		if (pkt->flags & SKUA_PKT_LAST)
			pkt->flags |= SKUA_PKT_INV;
		break;
	default:
		pkt->op = SKUA_PKT_SEND;
		break;
	}
	pkt->len = len;
}
