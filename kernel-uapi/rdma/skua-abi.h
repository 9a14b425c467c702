/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR Linux-OpenIB) */
/*
 * What skua_ib and the skua provider say to each other behind the uverbs
 * commands. Rings themselves are laid out by hwi/skua_hwi.h: a ring buffer is
 * page aligned, 1 << log entries, followed by its 64 byte record.
 */
#ifndef SKUA_ABI_USER_H
#define SKUA_ABI_USER_H

#include <linux/types.h>
#include <rdma/ib_user_ioctl_cmds.h>

#define SKUA_UVERBS_ABI_VERSION 1

/*
 * Page offsets given out as *_mmap_off go to mmap() on the command fd, one
 * page each. The doorbell page is read-write memory; the kick page is
 * write-only and every write to it traps.
 */
struct skua_uresp_alloc_ucontext {
	__aligned_u64 caps;		/* SKUA_HWI_CAP_* */
	__u32 max_sge;
	__u32 max_inline;
	__u8 log_max_sq;		/* blocks */
	__u8 log_max_rq;
	__u8 log_max_srq;
	__u8 log_max_cq;
	__u32 flags;			/* SKUA_UCONTEXT_* */
};

/*
 * The adapter's engine runs in the process itself (user mode): no store traps.
 * A kick is a POST_SEND command without work requests, or POST_RECV for the
 * receive queue, and the *_mmap_off of kick pages mean nothing; a CQ that is
 * polled in vain lends the engine its time by a POLL_CQ command for no entry.
 */
#define SKUA_UCONTEXT_IN_PROCESS (1u << 0)

struct skua_uresp_alloc_pd {
	__u32 pdn;
	__u32 rsvd;
};

struct skua_ureq_create_cq {
	__aligned_u64 buf;	/* ring of 1 << log_size CQEs, then record */
	__u8 log_size;
	__u8 rsvd[7];
};

struct skua_uresp_create_cq {
	__u32 cqn;
	__u32 rsvd;
};

struct skua_ureq_create_srq {
	__aligned_u64 buf;
	__u8 log_size;
	__u8 log_stride;
	__u8 rsvd[6];
};

struct skua_uresp_create_srq {
	__u32 srqn;
	__u32 rsvd;
};

struct skua_ureq_create_qp {
	__aligned_u64 sq_buf;	/* blocks only: the SQ has no record */
	__aligned_u64 rq_buf;
	__u8 log_sq;		/* SKUA_HWI_LOG_NONE: no such queue */
	__u8 log_rq;
	__u8 log_rq_stride;
	__u8 rsvd[5];
};

struct skua_uresp_create_qp {
	__aligned_u64 db_mmap_off;
	__aligned_u64 kick_mmap_off;
	__u32 uar_index;	/* one mapping serves all QPs with this index */
	__u32 db_slot;
};

struct skua_uresp_create_ah {
	__u8 dmac[6];
	__u16 vlan;		/* or SKUA_HWI_VLAN_NONE */
};

/*
 * What the standard flow actions and flows cannot say. The structures are those
 * of hwi/skua_hwi.h, 9.9 and 9.10, so that they stand once; what a field may
 * hold is said there, and below where it is less. Flows act on the function,
 * not on one queue pair. CAP_NET_RAW is needed for all but destroying.
 */

enum skua_ib_flow_action_methods {
	SKUA_IB_METHOD_FLOW_ACTION_ESP_CREATE = (1U << UVERBS_ID_NS_SHIFT),
	SKUA_IB_METHOD_FLOW_ACTION_QUERY_SA,
};

/* Made is an action like others, destroyed by the core's method. */
enum skua_ib_flow_action_esp_create_attrs {
	SKUA_IB_ATTR_FLOW_ACTION_ESP_CREATE_HANDLE = (1U << UVERBS_ID_NS_SHIFT),
	/* struct skua_hwi_create_sa_in, without SKUA_HWI_SA_CRYPTO */
	SKUA_IB_ATTR_FLOW_ACTION_ESP_CREATE_SA,
	/* optional: struct skua_hwi_modify_sa_in, its handle zero */
	SKUA_IB_ATTR_FLOW_ACTION_ESP_CREATE_LIMITS,
};

enum skua_ib_flow_action_query_sa_attrs {
	SKUA_IB_ATTR_FLOW_ACTION_QUERY_SA_HANDLE = (1U << UVERBS_ID_NS_SHIFT),
	SKUA_IB_ATTR_FLOW_ACTION_QUERY_SA_RESP, /* skua_hwi_query_sa_out */
};

enum skua_ib_flow_methods {
	SKUA_IB_METHOD_FLOW_CREATE = (1U << UVERBS_ID_NS_SHIFT),
	SKUA_IB_METHOD_FLOW_QUERY,
};

/*
 * An SA is never named by its number: sa is SKUA_HWI_NONE if the action is
 * SKUA_HWI_FLOW_PROTECT, by the flow action or else by reqid.
 */
enum skua_ib_flow_create_attrs {
	SKUA_IB_ATTR_FLOW_CREATE_HANDLE = (1U << UVERBS_ID_NS_SHIFT),
	SKUA_IB_ATTR_FLOW_CREATE_FLOW,	 /* struct skua_hwi_create_flow_in */
	SKUA_IB_ATTR_FLOW_CREATE_ACTION, /* optional: a flow action */
};

enum skua_ib_flow_query_attrs {
	SKUA_IB_ATTR_FLOW_QUERY_HANDLE = (1U << UVERBS_ID_NS_SHIFT),
	SKUA_IB_ATTR_FLOW_QUERY_RESP, /* struct skua_hwi_query_flow_out */
};

#endif /* SKUA_ABI_USER_H */
