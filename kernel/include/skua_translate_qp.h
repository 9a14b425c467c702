/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Attributes of a queue pair (hwi §9.8), and the paths among them (§6). */
#ifndef SKUA_TRANSLATE_QP_H
#define SKUA_TRANSLATE_QP_H

#include <rdma/skua-abi.h>

#include "skua_translate.h"

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

/* PSNs wrap at 24 bits (IBTA 9.7.2), and so long are QPNs. */
#define SKUA_IB_PSN_MASK 0xffffffu
#define SKUA_IB_QPN_MASK 0xffffffu

#define SKUA_IB_PORT 1

/* enum ib_mtu */
#define SKUA_IB_MTU_256	 1
#define SKUA_IB_MTU_4096 5

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
	__u32 access, qkey, rq_psn, sq_psn, dest_qpn, path_mtu;
	__u16 pkey_index;
	__u8 port, state, timeout, retry_cnt, rnr_retry, min_rnr_timer;
	__u8 max_rd_atomic, max_dest_rd_atomic, sqd_event;
};

/* What would not fit into the device's fields; it checks the rest itself. */
static inline int skua_qp_attr_check(const struct skua_qp_fields *in,
				     __u32 mask)
{
	if (mask & ~SKUA_IB_QP_SUPPORTED)
		return -EOPNOTSUPP;
	if ((mask & SKUA_IB_QP_PORT && in->port != SKUA_IB_PORT) ||
	    (mask & SKUA_IB_QP_PATH_MTU &&
	     (in->path_mtu < SKUA_IB_MTU_256 ||
	      in->path_mtu > SKUA_IB_MTU_4096)) ||
	    (mask & SKUA_IB_QP_DEST_QPN && in->dest_qpn > SKUA_IB_QPN_MASK))
		return -EINVAL;
	return 0;
}

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
		out->pkey_index = cpu_to_le16(in->pkey_index);
	if (mask & SKUA_IB_QP_QKEY)
		out->qkey = cpu_to_le32(in->qkey);
	if (mask & SKUA_IB_QP_RQ_PSN)
		out->rq_psn = cpu_to_le32(in->rq_psn & SKUA_IB_PSN_MASK);
	if (mask & SKUA_IB_QP_SQ_PSN)
		out->sq_psn = cpu_to_le32(in->sq_psn & SKUA_IB_PSN_MASK);
	if (mask & SKUA_IB_QP_DEST_QPN)
		out->dest_qpn = cpu_to_le32(in->dest_qpn);
}

static inline void skua_qp_attr_read(const struct skua_hwi_qp_attr *in,
				     struct skua_qp_fields *out)
{
	*out = (struct skua_qp_fields){
		.port = SKUA_IB_PORT,
		.state = in->state,
		.access = in->access,
		.path_mtu = in->path_mtu,
		.timeout = in->timeout,
		.retry_cnt = in->retry_cnt,
		.rnr_retry = in->rnr_retry,
		.min_rnr_timer = in->min_rnr_timer,
		.max_rd_atomic = in->max_rd_atomic,
		.max_dest_rd_atomic = in->max_dest_rd_atomic,
		.sqd_event = in->sqd_event,
		.pkey_index = le16_to_cpu(in->pkey_index),
		.qkey = le32_to_cpu(in->qkey),
		.rq_psn = le32_to_cpu(in->rq_psn),
		.sq_psn = le32_to_cpu(in->sq_psn),
		.dest_qpn = le32_to_cpu(in->dest_qpn),
	};
}

/* Paths ---------------------------------------------------------------------- */

#define SKUA_VLAN_VIDS	    4096
#define SKUA_VLAN_PCP_SHIFT 13

/* A path as verbs describe it, in host order; vlan is a VID or too large. */
struct skua_path {
	__u8 dmac[6];
	__u8 dgid[16];
	__u32 flow_label;
	__u16 vlan;
	__u8 sgid_index, hop_limit, tclass, sl;
};

static inline void skua_av_fill(const struct skua_path *path,
				struct skua_hwi_av *av)
{
	__u16 vlan = SKUA_HWI_VLAN_NONE;

	/* The service level is the priority of the frame, too. */
	if (path->vlan < SKUA_VLAN_VIDS)
		vlan = path->vlan | (path->sl & 7) << SKUA_VLAN_PCP_SHIFT;

	*av = (struct skua_hwi_av){
		.vlan = cpu_to_le16(vlan),
		.flow_label = cpu_to_le32(path->flow_label),
		.sgid_index = path->sgid_index,
		.hop_limit = path->hop_limit,
		.tclass = path->tclass,
		.sl = path->sl,
	};
	memcpy(av->dmac, path->dmac, sizeof(av->dmac));
	memcpy(av->dgid, path->dgid, sizeof(av->dgid));
}

static inline void skua_av_read(const struct skua_hwi_av *av,
				struct skua_path *path)
{
	*path = (struct skua_path){
		.flow_label = le32_to_cpu(av->flow_label),
		.vlan = le16_to_cpu(av->vlan),
		.sgid_index = av->sgid_index,
		.hop_limit = av->hop_limit,
		.tclass = av->tclass,
		.sl = av->sl,
	};
	memcpy(path->dmac, av->dmac, sizeof(path->dmac));
	memcpy(path->dgid, av->dgid, sizeof(path->dgid));
}

/* What a program cannot find out by itself; the rest it has said. */
static inline void skua_av_answer(const struct skua_hwi_av *av,
				  struct skua_uresp_create_ah *resp)
{
	memcpy(resp->dmac, av->dmac, sizeof(resp->dmac));
	resp->vlan = le16_to_cpu(av->vlan);
}

#endif /* SKUA_TRANSLATE_QP_H */
