/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* What the device and its port can do (hwi §9.2), as verbs put it. */
#ifndef SKUA_TRANSLATE_DEVICE_H
#define SKUA_TRANSLATE_DEVICE_H

#include <rdma/ib_user_verbs.h>
#include <rdma/skua-abi.h>

#include "skua_translate.h"

/* RoCE has one P_Key, the default. */
#define SKUA_IB_PKEY_TABLE_LEN 1

/* The device clock counts ns (hwi §2). */
#define SKUA_IB_CLOCK_KHZ 1000000

/* Verbs have ints for numbers of which there is no end here. */
#define SKUA_IB_PLENTY 0x7fffffff

#define SKUA_IB_ATOMIC_HCA 1

/* SGEs of a WQE or of a receive (hwi §6, §7). */
static inline __u32 skua_max_sge(const struct skua_hwi_query_device_out *caps)
{
	return caps->max_sge < SKUA_HWI_MAX_SGE ? caps->max_sge :
						  SKUA_HWI_MAX_SGE;
}

struct skua_device_attrs {
	__u64 fw_ver, max_mr_size, page_size_cap, device_cap_flags;
	__u64 timestamp_mask;
	__u32 max_qp, max_qp_wr, max_sge, max_cq, max_cqe, max_mr, max_mw;
	__u32 max_pd, max_ah, max_srq, max_srq_wr, max_srq_sge;
	__u32 max_rd_atomic, max_res_rd_atom, max_fast_reg_pages;
	__u32 hca_core_clock;
	__u16 max_pkeys, max_cq_count, max_cq_period;
	__u8 atomic_cap;
};

/* hwi §10: what the device cannot do is zero. */
static inline void
skua_device_optional(const struct skua_hwi_query_device_out *caps,
		     struct skua_device_attrs *out)
{
	if (skua_has(caps, SKUA_HWI_CAP_FAST_REG)) {
		out->device_cap_flags |= IB_UVERBS_DEVICE_MEM_MGT_EXTENSIONS;
		out->max_fast_reg_pages = le32_to_cpu(caps->max_fast_reg_pages);
	}
	if (skua_has(caps, SKUA_HWI_CAP_MW)) {
		/* hwi §9.5: a type 2 window belongs to its PD and its QP. */
		out->device_cap_flags |= IB_UVERBS_DEVICE_MEM_WINDOW |
					 IB_UVERBS_DEVICE_MEM_WINDOW_TYPE_2B;
		out->max_mw = le32_to_cpu(caps->max_mkey);
	}
	if (skua_has(caps, SKUA_HWI_CAP_FLOW))
		out->device_cap_flags |=
			IB_UVERBS_DEVICE_MANAGED_FLOW_STEERING;
	if (skua_has(caps, SKUA_HWI_CAP_ATOMIC))
		out->atomic_cap = SKUA_IB_ATOMIC_HCA;
	if (skua_has(caps, SKUA_HWI_CAP_SRQ)) {
		out->max_srq = le32_to_cpu(caps->max_srq);
		out->max_srq_wr = 1u << caps->log_max_srq;
		out->max_srq_sge = skua_max_sge(caps);
	}
}

static inline void
skua_device_attrs(const struct skua_hwi_query_device_out *caps,
		  struct skua_device_attrs *out)
{
	__u64 res = (__u64)caps->max_rd_atomic * le32_to_cpu(caps->max_qp);
	__u8 log_wr = caps->log_max_sq < caps->log_max_rq ? caps->log_max_sq :
							    caps->log_max_rq;

	*out = (struct skua_device_attrs){
		.fw_ver = le64_to_cpu(caps->fw_version),
		.max_mr_size = le64_to_cpu(caps->max_mr_size),
		.page_size_cap = le32_to_cpu(caps->page_size_cap),
		.device_cap_flags = IB_UVERBS_DEVICE_SYS_IMAGE_GUID |
				    IB_UVERBS_DEVICE_PORT_ACTIVE_EVENT |
				    IB_UVERBS_DEVICE_RC_RNR_NAK_GEN |
				    IB_UVERBS_DEVICE_CURR_QP_STATE_MOD |
				    IB_UVERBS_DEVICE_N_NOTIFY_CQ,
		.timestamp_mask = ~0ull,
		.max_qp = le32_to_cpu(caps->max_qp),
		.max_qp_wr = 1u << log_wr,
		.max_sge = skua_max_sge(caps),
		.max_cq = le32_to_cpu(caps->max_cq),
		.max_cqe = 1u << caps->log_max_cq,
		.max_mr = le32_to_cpu(caps->max_mkey),
		.max_pd = le32_to_cpu(caps->max_pd),
		.max_ah = SKUA_IB_PLENTY,
		.max_rd_atomic = caps->max_rd_atomic,
		.max_res_rd_atom = res < SKUA_IB_PLENTY ? res : SKUA_IB_PLENTY,
		.hca_core_clock = SKUA_IB_CLOCK_KHZ,
		.max_pkeys = SKUA_IB_PKEY_TABLE_LEN,
		.max_cq_count = 0xffff,
		.max_cq_period = 0xffff,
	};
	skua_device_optional(caps, out);
}

/* Numbers of IBTA that are in no uapi header. */
#define SKUA_IB_PORT_CM_SUP (1u << 16)
#define SKUA_IB_WIDTH_1X    1
#define SKUA_IB_WIDTH_4X    2
#define SKUA_IB_SPEED_SDR   1
#define SKUA_IB_SPEED_QDR   4
#define SKUA_IB_SPEED_FDR10 8
#define SKUA_IB_SPEED_EDR   32
#define SKUA_IB_SPEED_HDR   64

struct skua_port_attrs {
	__u32 port_cap_flags, max_msg_sz, gid_tbl_len;
	__u16 pkey_tbl_len, active_speed;
	__u8 max_vl_num, active_width;
};

/* The nearest pair of width and speed that is not above the nominal speed. */
static inline void skua_port_speed(__u8 gbps, struct skua_port_attrs *out)
{
	static const struct {
		__u8 gbps, width;
		__u16 speed;
	} table[] = {
		{ 200, SKUA_IB_WIDTH_4X, SKUA_IB_SPEED_HDR },
		{ 100, SKUA_IB_WIDTH_4X, SKUA_IB_SPEED_EDR },
		{ 50, SKUA_IB_WIDTH_1X, SKUA_IB_SPEED_HDR },
		{ 40, SKUA_IB_WIDTH_4X, SKUA_IB_SPEED_QDR },
		{ 25, SKUA_IB_WIDTH_1X, SKUA_IB_SPEED_EDR },
		{ 10, SKUA_IB_WIDTH_1X, SKUA_IB_SPEED_FDR10 },
		{ 0, SKUA_IB_WIDTH_1X, SKUA_IB_SPEED_SDR },
	};
	unsigned int i = 0;

	while (gbps < table[i].gbps)
		i++;
	out->active_width = table[i].width;
	out->active_speed = table[i].speed;
}

/* State and MTU are those of the Ethernet port: each side asks its own. */
static inline void
skua_port_attrs(const struct skua_hwi_query_device_out *caps,
		struct skua_port_attrs *out)
{
	__u32 gids = le32_to_cpu(caps->max_gid);

	*out = (struct skua_port_attrs){
		.port_cap_flags = SKUA_IB_PORT_CM_SUP,
		.max_msg_sz = 1u << 31,
		.gid_tbl_len = gids < SKUA_HWI_MAX_GID ? gids :
							 SKUA_HWI_MAX_GID,
		.pkey_tbl_len = SKUA_IB_PKEY_TABLE_LEN,
		.max_vl_num = 1,
	};
	skua_port_speed(caps->speed_gbps, out);
}

static inline void
skua_ucontext_answer(const struct skua_hwi_query_device_out *caps, __u32 flags,
		     struct skua_uresp_alloc_ucontext *resp)
{
	*resp = (struct skua_uresp_alloc_ucontext){
		.caps = le64_to_cpu(caps->caps),
		.max_sge = skua_max_sge(caps),
		.max_inline = SKUA_HWI_MAX_INLINE,
		.log_max_sq = caps->log_max_sq,
		.log_max_rq = caps->log_max_rq,
		.log_max_srq = caps->log_max_srq,
		.log_max_cq = caps->log_max_cq,
		.flags = flags,
	};
}

#endif /* SKUA_TRANSLATE_DEVICE_H */
