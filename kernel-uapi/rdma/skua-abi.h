/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR Linux-OpenIB) */
/*
 * What skua_ib and the skua provider say to each other behind the uverbs
 * commands. Rings themselves are laid out by hwi/skua_hwi.h: a ring buffer is
 * page aligned, 1 << log entries, followed by its 64 byte record.
 */
#ifndef SKUA_ABI_USER_H
#define SKUA_ABI_USER_H

#include <linux/types.h>

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

#endif /* SKUA_ABI_USER_H */
