/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Pieces that both ways of posting a send are made of, hwi §3 and §6: WQEs in
 * place in the ring, and the doorbell.
 */
#ifndef __SKUA_WQE_H__
#define __SKUA_WQE_H__

#include <string.h>

#include "skua.h"

#define SKUA_OP(op) (1u << IBV_WR_##op)

/* Bytes of the segments before SGEs or inline data, by kind of request. */
enum {
	SKUA_HDR_SEND = sizeof(struct skua_hwi_wqe_ctrl),
	SKUA_HDR_RDMA = SKUA_HDR_SEND + sizeof(struct skua_hwi_wqe_remote),
	SKUA_HDR_ATOMIC = SKUA_HDR_RDMA + sizeof(struct skua_hwi_wqe_atomic),
	SKUA_HDR_UD = SKUA_HDR_SEND + sizeof(struct skua_hwi_wqe_ud),
	SKUA_HDR_BIND = SKUA_HDR_SEND + sizeof(struct skua_hwi_wqe_bind),
};
/* So the segments of a header are always contiguous. */
static_assert(SKUA_HDR_UD <= SKUA_HWI_WQE_BB, "header straddles a block");
static_assert(SKUA_HDR_BIND <= SKUA_HWI_WQE_BB, "header straddles a block");

static inline uint32_t skua_wqe_blocks(uint32_t len)
{
	return (len + SKUA_HWI_WQE_BB - 1) >> SKUA_HWI_WQE_BB_SHIFT;
}

static inline struct skua_hwi_wqe_ctrl *skua_sq_block(const struct skua_sq *sq,
						      uint32_t pi)
{
	return sq->ring + ((size_t)(pi & sq->mask) << SKUA_HWI_WQE_BB_SHIFT);
}

/* Blocks that may be written at pi without overtaking the device. */
static inline uint32_t skua_sq_room(struct skua_sq *sq, uint32_t pi)
{
	return sq->mask + 1 -
	       (pi - atomic_load_explicit(&sq->ci, memory_order_acquire));
}

static inline void skua_sq_remember(struct skua_sq *sq, uint32_t pi,
				    uint64_t wr_id, uint32_t blocks)
{
	struct skua_sq_wr *wr = &sq->wr[pi & sq->mask];

	wr->wr_id = wr_id;
	wr->end = pi + blocks;
}

static inline uint8_t skua_wqe_flags(unsigned int send_flags)
{
	static_assert(IBV_SEND_SIGNALED >> 1 == SKUA_HWI_WQE_SIGNALED &&
			      IBV_SEND_SOLICITED >> 1 ==
				      SKUA_HWI_WQE_SOLICITED &&
			      IBV_SEND_FENCE << 2 == SKUA_HWI_WQE_FENCE,
		      "send flags differ from the verbs");

	return ((send_flags & (IBV_SEND_SIGNALED | IBV_SEND_SOLICITED)) >> 1) |
	       ((send_flags & IBV_SEND_FENCE) << 2);
}

/* The first four bytes of a WQE in one store. */
static inline void skua_set_ctrl(struct skua_hwi_wqe_ctrl *ctrl, uint8_t opcode,
				 uint8_t flags, uint8_t blocks, uint8_t num_sge)
{
	static_assert(offsetof(struct skua_hwi_wqe_ctrl, opcode) == 0 &&
			      offsetof(struct skua_hwi_wqe_ctrl, flags) == 1 &&
			      offsetof(struct skua_hwi_wqe_ctrl, num_bb) == 2 &&
			      offsetof(struct skua_hwi_wqe_ctrl, num_sge) == 3,
		      "a WQE starts differently");

	*(__le32 *)ctrl = htole32(opcode | (uint32_t)flags << 8 |
				  (uint32_t)blocks << 16 |
				  (uint32_t)num_sge << 24);
}

static inline void skua_set_remote(struct skua_hwi_wqe_remote *seg,
				   uint64_t addr, uint32_t rkey)
{
	seg->addr = htole64(addr);
	seg->rkey = htole32(rkey);
}

static inline void skua_set_atomic(struct skua_hwi_wqe_atomic *seg,
				   uint64_t swap_add, uint64_t compare)
{
	seg->swap_add = htole64(swap_add);
	seg->compare = htole64(compare);
}

static inline void skua_set_ud(struct skua_hwi_wqe_ud *seg, struct ibv_ah *ah,
			       uint32_t qpn, uint32_t qkey)
{
	seg->av = to_skua_ah(ah)->av;
	seg->dqpn = htole32(qpn);
	seg->qkey = htole32(qkey);
}

static inline void skua_set_sge(struct skua_hwi_sge *seg, uint64_t addr,
				uint32_t len, uint32_t lkey)
{
	seg->addr = htole64(addr);
	seg->len = htole32(len);
	seg->lkey = htole32(lkey);
}

int skua_set_bind(struct skua_hwi_wqe_bind *seg, uint32_t rkey,
		  const struct ibv_mw_bind_info *info);

/* A place in a WQE that wraps with the ring. */
struct skua_wqe_cursor {
	uint8_t *ring;
	uint32_t off;
	uint32_t mask;
};

static inline struct skua_wqe_cursor
skua_wqe_at(const struct skua_sq *sq, uint32_t pi, uint32_t off)
{
	struct skua_wqe_cursor at = {
		.ring = sq->ring,
		.mask = ((sq->mask + 1) << SKUA_HWI_WQE_BB_SHIFT) - 1,
	};

	at.off = ((pi << SKUA_HWI_WQE_BB_SHIFT) + off) & at.mask;
	return at;
}

static inline void skua_put_sge(struct skua_wqe_cursor *at,
				const struct ibv_sge *sge)
{
	skua_set_sge((struct skua_hwi_sge *)(at->ring + at->off), sge->addr,
		     sge->length, sge->lkey);
	at->off = (at->off + sizeof(struct skua_hwi_sge)) & at->mask;
}

static inline void skua_put_data(struct skua_wqe_cursor *at, const void *data,
				 uint32_t len)
{
	uint32_t before_end = at->mask + 1 - at->off;

	if (unlikely(len > before_end)) {
		memcpy(at->ring + at->off, data, before_end);
		memcpy(at->ring, data + before_end, len - before_end);
	} else {
		memcpy(at->ring + at->off, data, len);
	}
	at->off = (at->off + len) & at->mask;
}

/*
 * hwi §3: the WQEs are visible before pi is; pi is stored before armed is
 * looked at. The device going to sleep does it the other way round, so one of
 * the two notices. The kick traps; it is needed once a sleep.
 */
static inline void skua_ring_sq(struct skua_qp *qp, uint32_t pi)
{
	struct skua_hwi_db_slot *db = qp->sq.db;

	qp->sq.pi = pi;
	udma_to_device_barrier();
	skua_write_le32(&db->pi, pi);
	skua_store_load_barrier();
	if (unlikely(skua_read_le32(&db->armed)))
		skua_kick(qp, qp->slot);
}

#endif /* __SKUA_WQE_H__ */
