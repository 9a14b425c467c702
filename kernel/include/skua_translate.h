/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * From what verbs say to what commands say (hwi §9): pure functions that the
 * kernel driver and user mode both compile.
 */
#ifndef SKUA_TRANSLATE_H
#define SKUA_TRANSLATE_H

#include "skua_hwi.h"

#ifdef __KERNEL__
#include <asm/byteorder.h>
#define skua_le16(x) cpu_to_le16(x)
#define skua_le32(x) cpu_to_le32(x)
#else
#include <endian.h>
#define skua_le16(x) htole16(x)
#define skua_le32(x) htole32(x)
#endif

/* enum ib_qp_attr_mask: part of the uverbs ABI, and in no uapi header. */
#define SKUA_IB_QP_STATE	      (1u << 0)
#define SKUA_IB_QP_CUR_STATE	      (1u << 1)
#define SKUA_IB_QP_EN_SQD_ASYNC	      (1u << 2)
#define SKUA_IB_QP_ACCESS_FLAGS	      (1u << 3)
#define SKUA_IB_QP_PKEY_INDEX	      (1u << 4)
#define SKUA_IB_QP_PORT		      (1u << 5)
#define SKUA_IB_QP_QKEY		      (1u << 6)
#define SKUA_IB_QP_AV		      (1u << 7)
#define SKUA_IB_QP_PATH_MTU	      (1u << 8)
#define SKUA_IB_QP_TIMEOUT	      (1u << 9)
#define SKUA_IB_QP_RETRY_CNT	      (1u << 10)
#define SKUA_IB_QP_RNR_RETRY	      (1u << 11)
#define SKUA_IB_QP_RQ_PSN	      (1u << 12)
#define SKUA_IB_QP_MAX_RD_ATOMIC      (1u << 13)
#define SKUA_IB_QP_MIN_RNR_TIMER      (1u << 15)
#define SKUA_IB_QP_SQ_PSN	      (1u << 16)
#define SKUA_IB_QP_MAX_DEST_RD_ATOMIC (1u << 17)
#define SKUA_IB_QP_DEST_QPN	      (1u << 20)

/* There is no path migration, and queues do not change their size. */
#define SKUA_IB_QP_SUPPORTED                                               \
	(0xbfffu | SKUA_IB_QP_SQ_PSN | SKUA_IB_QP_MAX_DEST_RD_ATOMIC | \
	 SKUA_IB_QP_DEST_QPN)

#define SKUA_IB_ACCESS_REMOTE                                       \
	(SKUA_HWI_ACCESS_REMOTE_WRITE | SKUA_HWI_ACCESS_REMOTE_READ | \
	 SKUA_HWI_ACCESS_REMOTE_ATOMIC)

/* PSNs wrap at 24 bits (IBTA 9.7.2). */
#define SKUA_IB_PSN_MASK 0xffffffu

static inline __u32 skua_qp_attr_mask(__u32 ib)
{
	static const struct {
		__u32 ib, hwi;
	} bits[] = {
		{ SKUA_IB_QP_STATE, SKUA_HWI_QP_STATE },
		{ SKUA_IB_QP_ACCESS_FLAGS, SKUA_HWI_QP_ACCESS },
		{ SKUA_IB_QP_QKEY, SKUA_HWI_QP_QKEY },
		{ SKUA_IB_QP_AV, SKUA_HWI_QP_AV },
		{ SKUA_IB_QP_PATH_MTU, SKUA_HWI_QP_PATH_MTU },
		{ SKUA_IB_QP_TIMEOUT, SKUA_HWI_QP_TIMEOUT },
		{ SKUA_IB_QP_RETRY_CNT, SKUA_HWI_QP_RETRY_CNT },
		{ SKUA_IB_QP_RNR_RETRY, SKUA_HWI_QP_RNR_RETRY },
		{ SKUA_IB_QP_RQ_PSN, SKUA_HWI_QP_RQ_PSN },
		{ SKUA_IB_QP_MAX_RD_ATOMIC, SKUA_HWI_QP_MAX_RD },
		{ SKUA_IB_QP_MIN_RNR_TIMER, SKUA_HWI_QP_MIN_RNR_TIMER },
		{ SKUA_IB_QP_SQ_PSN, SKUA_HWI_QP_SQ_PSN },
		{ SKUA_IB_QP_MAX_DEST_RD_ATOMIC, SKUA_HWI_QP_MAX_DEST_RD },
		{ SKUA_IB_QP_DEST_QPN, SKUA_HWI_QP_DEST_QPN },
		{ SKUA_IB_QP_PKEY_INDEX, SKUA_HWI_QP_PKEY_INDEX },
		{ SKUA_IB_QP_EN_SQD_ASYNC, SKUA_HWI_QP_SQD_EVENT },
	};
	__u32 hwi = 0;
	unsigned int i;

	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (ib & bits[i].ib)
			hwi |= bits[i].hwi;
	return hwi;
}

/* Attributes as verbs number them, in host order. */
struct skua_qp_fields {
	__u32 access, qkey, rq_psn, sq_psn, dest_qpn;
	__u16 pkey_index;
	__u8 state, path_mtu, timeout, retry_cnt, rnr_retry, min_rnr_timer;
	__u8 max_rd_atomic, max_dest_rd_atomic, sqd_event;
};

/* Fields that the mask does not name may hold anything, and stay here. */
static inline void skua_qp_attr_fill(const struct skua_qp_fields *in, __u32 mask,
				     struct skua_hwi_qp_attr *out)
{
	if (mask & SKUA_IB_QP_STATE)
		out->state = in->state;
	if (mask & SKUA_IB_QP_ACCESS_FLAGS)
		out->access = in->access & SKUA_IB_ACCESS_REMOTE;
	if (mask & SKUA_IB_QP_PATH_MTU)
		out->path_mtu = in->path_mtu;
	if (mask & SKUA_IB_QP_TIMEOUT)
		out->timeout = in->timeout;
	if (mask & SKUA_IB_QP_RETRY_CNT)
		out->retry_cnt = in->retry_cnt;
	if (mask & SKUA_IB_QP_RNR_RETRY)
		out->rnr_retry = in->rnr_retry;
	if (mask & SKUA_IB_QP_MIN_RNR_TIMER)
		out->min_rnr_timer = in->min_rnr_timer;
	if (mask & SKUA_IB_QP_MAX_RD_ATOMIC)
		out->max_rd_atomic = in->max_rd_atomic;
	if (mask & SKUA_IB_QP_MAX_DEST_RD_ATOMIC)
		out->max_dest_rd_atomic = in->max_dest_rd_atomic;
	if (mask & SKUA_IB_QP_EN_SQD_ASYNC)
		out->sqd_event = !!in->sqd_event;
	if (mask & SKUA_IB_QP_PKEY_INDEX)
		out->pkey_index = skua_le16(in->pkey_index);
	if (mask & SKUA_IB_QP_QKEY)
		out->qkey = skua_le32(in->qkey);
	if (mask & SKUA_IB_QP_RQ_PSN)
		out->rq_psn = skua_le32(in->rq_psn & SKUA_IB_PSN_MASK);
	if (mask & SKUA_IB_QP_SQ_PSN)
		out->sq_psn = skua_le32(in->sq_psn & SKUA_IB_PSN_MASK);
	if (mask & SKUA_IB_QP_DEST_QPN)
		out->dest_qpn = skua_le32(in->dest_qpn);
}

#endif /* SKUA_TRANSLATE_H */
