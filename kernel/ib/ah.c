// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Address vectors (§6). The device has no address handles: the vector travels
 * in each UD WQE and in the attributes of an RC or UC QP. So an AH is made
 * without a command, and in atomic context too, as the CM wants.
 */
#include <linux/etherdevice.h>
#include <rdma/ib_cache.h>
#include <rdma/uverbs_ioctl.h>

#include <rdma/skua-abi.h>

#include "skua_ib.h"

static_assert(SKUA_VLAN_VIDS == VLAN_N_VID);
static_assert(SKUA_VLAN_PCP_SHIFT == VLAN_PRIO_SHIFT);

int skua_ib_av_fill(const struct rdma_ah_attr *attr, struct skua_hwi_av *av)
{
	const struct ib_global_route *grh = rdma_ah_read_grh(attr);
	struct skua_path path = {
		.flow_label = grh->flow_label,
		.sgid_index = grh->sgid_index,
		.hop_limit = grh->hop_limit,
		.tclass = grh->traffic_class,
		.sl = rdma_ah_get_sl(attr),
	};
	int err;

	if (attr->type != RDMA_AH_ATTR_TYPE_ROCE ||
	    !(rdma_ah_get_ah_flags(attr) & IB_AH_GRH) || !grh->sgid_attr)
		return -EINVAL;

	err = rdma_read_gid_l2_fields(grh->sgid_attr, &path.vlan, NULL);
	if (err)
		return err;

	ether_addr_copy(path.dmac, attr->roce.dmac);
	memcpy(path.dgid, grh->dgid.raw, sizeof(path.dgid));
	skua_av_fill(&path, av);
	return 0;
}

void skua_ib_av_read(struct ib_device *ibdev, const struct skua_hwi_av *av,
		     struct rdma_ah_attr *attr)
{
	struct skua_path path;
	union ib_gid dgid;

	skua_av_read(av, &path);
	memcpy(dgid.raw, path.dgid, sizeof(dgid.raw));
	attr->type = rdma_ah_find_type(ibdev, SKUA_IB_PORT);
	rdma_ah_set_port_num(attr, SKUA_IB_PORT);
	rdma_ah_set_sl(attr, path.sl);
	rdma_ah_set_grh(attr, &dgid, path.flow_label, path.sgid_index,
			path.hop_limit, path.tclass);
	ether_addr_copy(attr->roce.dmac, path.dmac);
}

int skua_ib_create_ah(struct ib_ah *ibah, struct rdma_ah_init_attr *init,
		      struct ib_udata *udata)
{
	struct skua_ib_ah *ah = to_skua_ah(ibah);
	struct skua_uresp_create_ah resp = {};
	int err;

	err = ib_is_udata_in_empty(udata);
	if (err)
		return err;

	err = skua_ib_av_fill(init->ah_attr, &ah->av);
	if (err || !udata)
		return err;

	skua_av_answer(&ah->av, &resp);
	return ib_respond_udata(udata, resp);
}

int skua_ib_query_ah(struct ib_ah *ibah, struct rdma_ah_attr *attr)
{
	memset(attr, 0, sizeof(*attr));
	skua_ib_av_read(ibah->device, &to_skua_ah(ibah)->av, attr);
	return 0;
}

int skua_ib_destroy_ah(struct ib_ah *ibah, u32 flags)
{
	return 0;
}
