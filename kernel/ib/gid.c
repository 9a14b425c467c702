// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The GID table (§9.3): the RDMA core decides, the device keeps a copy. */
#include <linux/etherdevice.h>
#include <rdma/ib_cache.h>

#include "skua_ib.h"

static int skua_ib_set_gid(const struct ib_gid_attr *attr,
			   const struct skua_hwi_set_gid_in *in)
{
	struct skua_ib_dev *dev = to_skua_dev(attr->device);

	return skua_cmd_exec(dev->core, SKUA_HWI_CMD_SET_GID, in, sizeof(*in),
			     NULL, 0);
}

int skua_ib_add_gid(const struct ib_gid_attr *attr, void **context)
{
	struct skua_hwi_set_gid_in in = {
		.index = attr->index,
		.valid = 1,
	};
	u16 vlan;
	int err;

	err = rdma_read_gid_l2_fields(attr, &vlan, in.smac);
	if (err)
		return err;
	if (vlan >= VLAN_N_VID)
		vlan = SKUA_HWI_VLAN_NONE;
	in.vlan = cpu_to_le16(vlan);
	memcpy(in.gid, attr->gid.raw, sizeof(in.gid));

	return skua_ib_set_gid(attr, &in);
}

int skua_ib_del_gid(const struct ib_gid_attr *attr, void **context)
{
	struct skua_hwi_set_gid_in in = {
		.index = attr->index,
		.vlan = cpu_to_le16(SKUA_HWI_VLAN_NONE),
	};
	int err;

	err = skua_ib_set_gid(attr, &in);
	return skua_core_dead(to_skua_dev(attr->device)->core) ? 0 : err;
}
