// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Objects that are no rings: device, domains, memory, addresses. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "compat.h"
#include "skua.h"

int skua_query_device_ex(struct ibv_context *ibctx,
			 const struct ibv_query_device_ex_input *input,
			 struct ibv_device_attr_ex *attr, size_t attr_size)
{
	struct ib_uverbs_ex_query_device_resp resp = {};
	size_t resp_size = sizeof(resp);
	uint64_t fw;
	int err;

	err = ibv_cmd_query_device_any(ibctx, input, attr, attr_size, &resp,
				       &resp_size);
	if (err)
		return err;

	/* hwi §9: major << 32 | minor << 16 | patch */
	fw = resp.base.fw_ver;
	snprintf(attr->orig_attr.fw_ver, sizeof(attr->orig_attr.fw_ver),
		 "%" PRIu64 ".%" PRIu64 ".%" PRIu64, fw >> 32,
		 (fw >> 16) & 0xffff, fw & 0xffff);
	return 0;
}

int skua_query_port(struct ibv_context *ibctx, uint8_t port,
		    struct ibv_port_attr *attr)
{
	struct ibv_query_port cmd;

	return ibv_cmd_query_port(ibctx, port, attr, &cmd, sizeof(cmd));
}

struct ibv_pd *skua_alloc_pd(struct ibv_context *ibctx)
{
	struct skua_alloc_pd_resp resp = {};
	struct ibv_alloc_pd cmd = {};
	struct skua_pd *pd;
	int err;

	pd = calloc(1, sizeof(*pd));
	if (!pd)
		return NULL;

	err = ibv_cmd_alloc_pd(ibctx, &pd->ibpd, &cmd, sizeof(cmd),
			       &resp.ibv_resp, sizeof(resp));
	if (err) {
		free(pd);
		errno = err;
		return NULL;
	}
	pd->pdn = resp.pdn;
	return &pd->ibpd;
}

/*
 * A parent domain is its protection domain with a thread domain beside it,
 * which makes the locks of what is created with it unnecessary.
 */
struct ibv_pd *
skua_alloc_parent_domain(struct ibv_context *ibctx,
			 struct ibv_parent_domain_init_attr *attr)
{
	struct skua_pd *root, *pd;

	if (ibv_check_alloc_parent_domain(attr))
		return NULL;

	/* The rings' memory is ours to choose; a context for it is harmless. */
	if (!check_comp_mask(attr->comp_mask,
			     IBV_PARENT_DOMAIN_INIT_ATTR_PD_CONTEXT)) {
		errno = EOPNOTSUPP;
		return NULL;
	}

	pd = calloc(1, sizeof(*pd));
	if (!pd)
		return NULL;

	root = to_skua_pd(attr->pd);
	if (root->root)
		root = root->root;
	ibv_initialize_parent_domain(&pd->ibpd, &root->ibpd);
	pd->pdn = root->pdn;
	pd->root = root;
	atomic_fetch_add(&root->users, 1);
	if (attr->td) {
		pd->td = to_skua_td(attr->td);
		atomic_fetch_add(&pd->td->users, 1);
	}
	return &pd->ibpd;
}

int skua_dealloc_pd(struct ibv_pd *ibpd)
{
	struct skua_pd *pd = to_skua_pd(ibpd);
	int err;

	if (pd->root) {
		if (pd->td)
			atomic_fetch_sub(&pd->td->users, 1);
		atomic_fetch_sub(&pd->root->users, 1);
		free(pd);
		return 0;
	}

	if (atomic_load(&pd->users))
		return EBUSY;
	err = ibv_cmd_dealloc_pd(ibpd);
	if (err)
		return err;
	free(pd);
	return 0;
}

struct ibv_td *skua_alloc_td(struct ibv_context *ibctx,
			     struct ibv_td_init_attr *attr)
{
	struct skua_td *td;

	if (attr->comp_mask) {
		errno = EINVAL;
		return NULL;
	}

	td = calloc(1, sizeof(*td));
	if (!td)
		return NULL;
	td->ibtd.context = ibctx;
	return &td->ibtd;
}

int skua_dealloc_td(struct ibv_td *ibtd)
{
	struct skua_td *td = to_skua_td(ibtd);

	if (atomic_load(&td->users))
		return EBUSY;
	free(td);
	return 0;
}

struct ibv_mr *skua_reg_mr(struct ibv_pd *ibpd, void *addr, size_t len,
			   uint64_t iova, int access)
{
	struct ib_uverbs_reg_mr_resp resp;
	struct ibv_reg_mr cmd;
	struct verbs_mr *vmr;
	int err;

	vmr = calloc(1, sizeof(*vmr));
	if (!vmr)
		return NULL;

	err = ibv_cmd_reg_mr(ibpd, addr, len, iova, access, vmr, &cmd,
			     sizeof(cmd), &resp, sizeof(resp));
	if (err) {
		free(vmr);
		errno = err;
		return NULL;
	}
	return &vmr->ibv_mr;
}

int skua_rereg_mr(struct verbs_mr *vmr, int flags, struct ibv_pd *ibpd,
		  void *addr, size_t len, int access)
{
	struct ib_uverbs_rereg_mr_resp resp;
	struct ibv_rereg_mr cmd;

	return ibv_cmd_rereg_mr(vmr, flags, addr, len, (uintptr_t)addr, access,
				ibpd, &cmd, sizeof(cmd), &resp, sizeof(resp));
}

int skua_dereg_mr(struct verbs_mr *vmr)
{
	int err;

	err = ibv_cmd_dereg_mr(vmr);
	if (err)
		return err;
	free(vmr);
	return 0;
}

struct ibv_mw *skua_alloc_mw(struct ibv_pd *ibpd, enum ibv_mw_type type)
{
	struct ib_uverbs_alloc_mw_resp resp;
	struct ibv_alloc_mw cmd;
	struct ibv_mw *ibmw;
	int err;

	ibmw = calloc(1, sizeof(*ibmw));
	if (!ibmw)
		return NULL;

	err = ibv_cmd_alloc_mw(ibpd, type, ibmw, &cmd, sizeof(cmd), &resp,
			       sizeof(resp));
	if (err) {
		free(ibmw);
		errno = err;
		return NULL;
	}
	return ibmw;
}

int skua_dealloc_mw(struct ibv_mw *ibmw)
{
	int err;

	err = ibv_cmd_dealloc_mw(ibmw);
	if (err)
		return err;
	free(ibmw);
	return 0;
}

/* The address vector is made once, here, and copied into each datagram. */
struct ibv_ah *skua_create_ah(struct ibv_pd *ibpd, struct ibv_ah_attr *attr)
{
	struct skua_create_ah_resp resp = {};
	struct skua_ah *ah;
	int err;

	/* IBTA A17: RoCE addresses are GIDs. */
	if (!attr->is_global) {
		errno = EINVAL;
		return NULL;
	}

	ah = calloc(1, sizeof(*ah));
	if (!ah)
		return NULL;

	err = ibv_cmd_create_ah(ibpd, &ah->ibah, attr, &resp.ibv_resp,
				sizeof(resp));
	if (err) {
		free(ah);
		errno = err;
		return NULL;
	}

	memcpy(ah->av.dmac, resp.dmac, sizeof(ah->av.dmac));
	ah->av.vlan = htole16(resp.vlan);
	memcpy(ah->av.dgid, attr->grh.dgid.raw, sizeof(ah->av.dgid));
	ah->av.flow_label = htole32(attr->grh.flow_label);
	ah->av.sgid_index = attr->grh.sgid_index;
	ah->av.hop_limit = attr->grh.hop_limit;
	ah->av.tclass = attr->grh.traffic_class;
	ah->av.sl = attr->sl;
	return &ah->ibah;
}

int skua_destroy_ah(struct ibv_ah *ibah)
{
	int err;

	err = ibv_cmd_destroy_ah(ibah);
	if (err)
		return err;
	free(to_skua_ah(ibah));
	return 0;
}
