/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The private calls of libibverbs whose arguments differ between rdma-core 56
 * (private ABI 34) and 65. Upstream has only the newer form.
 */
#ifndef __SKUA_COMPAT_H__
#define __SKUA_COMPAT_H__

#include <infiniband/driver.h>

#include "skua-abi.h"

#if IBVERBS_PABI_VERSION > 34
#define SKUA_PABI_ARG(arg) arg,
#define SKUA_PABI_LAST_ARG(arg) , arg
#else
#define SKUA_PABI_ARG(arg)
#define SKUA_PABI_LAST_ARG(arg)
#endif

static inline int skua_cmd_get_context(struct verbs_context *vctx,
				       struct ibv_get_context *cmd,
				       struct skua_alloc_ucontext_resp *resp)
{
	return ibv_cmd_get_context(vctx, cmd, sizeof(*cmd), SKUA_PABI_ARG(NULL)
				   &resp->ibv_resp, sizeof(*resp));
}

static inline int skua_cmd_create_cq(struct ibv_context *ibctx,
				     const struct ibv_cq_init_attr_ex *attr,
				     struct verbs_cq *vcq,
				     struct skua_create_cq *cmd,
				     struct skua_create_cq_resp *resp)
{
	return ibv_cmd_create_cq_ex(ibctx, attr, SKUA_PABI_ARG(NULL) vcq,
				    &cmd->ibv_cmd, sizeof(*cmd),
				    &resp->ibv_resp, sizeof(*resp), 0);
}

static inline int skua_cmd_create_qp(struct ibv_context *ibctx,
				     struct verbs_qp *vqp,
				     struct ibv_qp_init_attr_ex *attr,
				     struct skua_create_qp *cmd,
				     struct skua_create_qp_resp *resp)
{
	return ibv_cmd_create_qp_ex2(ibctx, vqp, attr, &cmd->ibv_cmd,
				     sizeof(*cmd), &resp->ibv_resp,
				     sizeof(*resp) SKUA_PABI_LAST_ARG(NULL));
}

#endif /* __SKUA_COMPAT_H__ */
