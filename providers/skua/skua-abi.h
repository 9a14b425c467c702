/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* The uverbs commands that carry a driver part, from rdma/skua-abi.h. */
#ifndef __SKUA_ABI_H__
#define __SKUA_ABI_H__

#include <infiniband/kern-abi.h>
#include <kernel-abi/skua-abi.h>
#include <rdma/skua-abi.h>

DECLARE_DRV_CMD(skua_alloc_ucontext, IB_USER_VERBS_CMD_GET_CONTEXT, empty,
		skua_uresp_alloc_ucontext);
DECLARE_DRV_CMD(skua_alloc_pd, IB_USER_VERBS_CMD_ALLOC_PD, empty,
		skua_uresp_alloc_pd);
DECLARE_DRV_CMD(skua_create_cq, IB_USER_VERBS_EX_CMD_CREATE_CQ,
		skua_ureq_create_cq, skua_uresp_create_cq);
DECLARE_DRV_CMD(skua_create_srq, IB_USER_VERBS_CMD_CREATE_SRQ,
		skua_ureq_create_srq, skua_uresp_create_srq);
DECLARE_DRV_CMD(skua_create_qp, IB_USER_VERBS_EX_CMD_CREATE_QP,
		skua_ureq_create_qp, skua_uresp_create_qp);
DECLARE_DRV_CMD(skua_create_ah, IB_USER_VERBS_CMD_CREATE_AH, empty,
		skua_uresp_create_ah);

#endif /* __SKUA_ABI_H__ */
