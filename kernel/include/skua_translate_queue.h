/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Queues (hwi §5 to §7, §9.6 to §9.8): how large their rings are, whether what
 * was asked for is possible and fits into what was brought, and the commands
 * that make them.
 */
#ifndef SKUA_TRANSLATE_QUEUE_H
#define SKUA_TRANSLATE_QUEUE_H

#include <rdma/ib_user_ioctl_verbs.h>
#include <rdma/skua-abi.h>

#include "skua_translate_device.h"

/* Rings ---------------------------------------------------------------------- */

static inline __u64 skua_sq_bytes(__u8 log_size)
{
	return (__u64)SKUA_HWI_WQE_BB << log_size;
}

static inline __u64 skua_rq_bytes(__u8 log_size, __u8 log_stride)
{
	return (1ull << (log_size + log_stride)) +
	       sizeof(struct skua_hwi_rq_rec);
}

static inline __u64 skua_cq_bytes(__u8 log_size)
{
	return ((__u64)sizeof(struct skua_hwi_cqe) << log_size) +
	       sizeof(struct skua_hwi_cq_rec);
}

/* The least n with 1 << n >= num. */
static inline __u8 skua_log2_up(__u32 num)
{
	__u8 n = 0;

	while (1ull << n < num)
		n++;
	return n;
}

/* The least ring for @max_wr receives of @max_sge each. */
static inline int skua_rq_layout(const struct skua_hwi_query_device_out *caps,
				 __u8 max_log, __u32 max_wr, __u32 max_sge,
				 __u8 *log_size, __u8 *log_stride)
{
	__u32 bytes;

	if (!max_wr || max_wr > 1u << max_log || max_sge > skua_max_sge(caps))
		return -EINVAL;

	bytes = sizeof(struct skua_hwi_rwqe) +
		max_sge * sizeof(struct skua_hwi_sge);
	*log_size = skua_log2_up(max_wr);
	*log_stride = skua_log2_up(bytes);
	if (*log_stride < SKUA_HWI_RQ_MIN_LOG_STRIDE)
		*log_stride = SKUA_HWI_RQ_MIN_LOG_STRIDE;
	return 0;
}

/* What was asked for has to fit into what the program brought. */
static inline int skua_rq_check(const struct skua_hwi_query_device_out *caps,
				__u8 max_log, __u32 max_wr, __u32 max_sge,
				__u8 log_size, __u8 log_stride)
{
	__u8 least_size, least_stride;
	int err;

	err = skua_rq_layout(caps, max_log, max_wr, max_sge, &least_size,
			     &least_stride);
	if (err)
		return err;
	if (log_size < least_size || log_size > max_log ||
	    log_stride < least_stride ||
	    log_stride > SKUA_HWI_RQ_MAX_LOG_STRIDE)
		return -EINVAL;
	return 0;
}

/* Completion queues ---------------------------------------------------------- */

/* Every CQE has a time stamp: that flag asks for nothing more. */
static inline int skua_cq_flags_check(__u32 flags)
{
	return flags & ~IB_UVERBS_CQ_FLAGS_TIMESTAMP_COMPLETION ? -EOPNOTSUPP :
								  0;
}

static inline int
skua_cq_req_check(const struct skua_hwi_query_device_out *caps, __u32 cqe,
		  const struct skua_ureq_create_cq *req)
{
	if (!skua_all_zero(req->rsvd, sizeof(req->rsvd)) ||
	    req->log_size > caps->log_max_cq || !cqe ||
	    cqe > 1u << req->log_size)
		return -EINVAL;
	return 0;
}

/* The page list is the caller's, here and below. */
static inline void skua_cq_fill(struct skua_hwi_create_cq_in *in, __u8 log_size,
				__u32 eqn)
{
	in->log_size = log_size;
	in->eqn = cpu_to_le32(eqn);
}

static inline void skua_cq_moderate(struct skua_hwi_modify_cq_in *in, __u32 cqn,
				    __u16 count, __u16 period)
{
	in->handle = cpu_to_le32(cqn);
	in->moderation_count = cpu_to_le16(count);
	in->moderation_us = cpu_to_le16(period);
}

/* Shared receive queues ------------------------------------------------------ */

/* enum ib_srq_attr_mask: in no uapi header. */
#define SKUA_IB_SRQ_LIMIT (1u << 1)

static inline int
skua_srq_req_check(const struct skua_hwi_query_device_out *caps, __u32 max_wr,
		   __u32 max_sge, const struct skua_ureq_create_srq *req)
{
	if (!skua_all_zero(req->rsvd, sizeof(req->rsvd)))
		return -EINVAL;
	return skua_rq_check(caps, caps->log_max_srq, max_wr, max_sge,
			     req->log_size, req->log_stride);
}

static inline void skua_srq_fill(struct skua_hwi_create_srq_in *in, __u32 pdn,
				 __u32 limit, __u8 log_size, __u8 log_stride)
{
	in->pdn = cpu_to_le32(pdn);
	in->limit = cpu_to_le32(limit);
	in->log_size = log_size;
	in->log_stride = log_stride;
}

/* An SRQ keeps its size; a limit is all that can change. */
static inline int skua_srq_modify(struct skua_hwi_modify_srq_in *in, __u32 srqn,
				  __u32 mask, __u32 limit, __u32 max_wr)
{
	if (mask & ~SKUA_IB_SRQ_LIMIT)
		return -EOPNOTSUPP;
	if (limit > max_wr)
		return -EINVAL;
	in->handle = cpu_to_le32(srqn);
	in->limit = cpu_to_le32(limit);
	return 0;
}

/* Queue pairs ---------------------------------------------------------------- */

/* The types that programs may have. */
static inline int skua_qp_type(const struct skua_hwi_query_device_out *caps,
			       __u32 type)
{
	switch (type) {
	case IB_UVERBS_QPT_RC:
		return SKUA_HWI_QPT_RC;
	case IB_UVERBS_QPT_UC:
		return skua_has(caps, SKUA_HWI_CAP_UC) ? SKUA_HWI_QPT_UC :
							 -EOPNOTSUPP;
	case IB_UVERBS_QPT_UD:
		return SKUA_HWI_QPT_UD;
	default:
		return -EOPNOTSUPP;
	}
}

struct skua_qp_cap {
	__u32 max_send_wr, max_recv_wr, max_send_sge, max_recv_sge;
	__u32 max_inline_data;
	bool has_srq; /* and what is asked of an RQ means nothing */
};

static inline int skua_qp_cap_check(const struct skua_hwi_query_device_out *caps,
				    const struct skua_qp_cap *cap)
{
	if (cap->max_send_wr > 1u << caps->log_max_sq ||
	    (cap->max_recv_wr > 1u << caps->log_max_rq && !cap->has_srq) ||
	    cap->max_send_sge > skua_max_sge(caps) ||
	    cap->max_recv_sge > skua_max_sge(caps) ||
	    cap->max_inline_data > SKUA_HWI_MAX_INLINE)
		return -EINVAL;
	return 0;
}

static inline int
skua_qp_sq_check(const struct skua_hwi_query_device_out *caps,
		 const struct skua_qp_cap *cap,
		 const struct skua_ureq_create_qp *req)
{
	if (req->log_sq == SKUA_HWI_LOG_NONE)
		return cap->max_send_wr ? -EINVAL : 0;
	/* No WQE is shorter than a block. */
	if (req->log_sq > caps->log_max_sq ||
	    cap->max_send_wr > 1u << req->log_sq)
		return -EINVAL;
	return 0;
}

static inline int
skua_qp_rq_check(const struct skua_hwi_query_device_out *caps,
		 const struct skua_qp_cap *cap,
		 const struct skua_ureq_create_qp *req)
{
	if (req->log_rq == SKUA_HWI_LOG_NONE)
		return cap->max_recv_wr && !cap->has_srq ? -EINVAL : 0;
	if (cap->has_srq)
		return -EINVAL;
	/* A ring may be brought that no receive was asked for. */
	return skua_rq_check(caps, caps->log_max_rq,
			     cap->max_recv_wr ? cap->max_recv_wr : 1,
			     cap->max_recv_sge, req->log_rq,
			     req->log_rq_stride);
}

static inline int skua_qp_req_check(const struct skua_hwi_query_device_out *caps,
				    const struct skua_qp_cap *cap,
				    const struct skua_ureq_create_qp *req)
{
	int err;

	if (!skua_all_zero(req->rsvd, sizeof(req->rsvd)))
		return -EINVAL;
	err = skua_qp_sq_check(caps, cap, req);
	return err ? err : skua_qp_rq_check(caps, cap, req);
}

/* What a queue pair is made of, in host order. */
struct skua_qp_parts {
	__u32 pdn, send_cqn, recv_cqn, srqn;
	__u16 uar_page;
	__u8 type, log_sq, log_rq, log_rq_stride, db_slot;
};

static inline void skua_qp_fill(struct skua_hwi_create_qp_in *in,
				const struct skua_qp_parts *parts)
{
	in->type = parts->type;
	in->log_sq = parts->log_sq;
	in->log_rq = parts->log_rq;
	if (parts->log_rq != SKUA_HWI_LOG_NONE)
		in->log_rq_stride = parts->log_rq_stride;
	in->pdn = cpu_to_le32(parts->pdn);
	in->send_cqn = cpu_to_le32(parts->send_cqn);
	in->recv_cqn = cpu_to_le32(parts->recv_cqn);
	in->srqn = cpu_to_le32(parts->srqn);
	in->uar_page = cpu_to_le16(parts->uar_page);
	in->db_slot = parts->db_slot;
}

#endif /* SKUA_TRANSLATE_QUEUE_H */
