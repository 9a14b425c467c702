// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* What the device and its port can do, for whoever asks. */
#include <linux/pci.h>
#include <rdma/ib_addr.h>
#include <rdma/ib_mad.h>
#include <rdma/uverbs_ioctl.h>

#include "skua_ib.h"
#include "skua_translate_device.h"

#define SKUA_IB_DEFAULT_PKEY 0xffff

static_assert(SKUA_IB_ATOMIC_HCA == (int)IB_ATOMIC_HCA);
static_assert(SKUA_IB_PORT_CM_SUP == (u32)IB_PORT_CM_SUP);
static_assert(SKUA_IB_WIDTH_1X == (int)IB_WIDTH_1X);
static_assert(SKUA_IB_WIDTH_4X == (int)IB_WIDTH_4X);
static_assert(SKUA_IB_SPEED_SDR == (int)IB_SPEED_SDR);
static_assert(SKUA_IB_SPEED_QDR == (int)IB_SPEED_QDR);
static_assert(SKUA_IB_SPEED_FDR10 == (int)IB_SPEED_FDR10);
static_assert(SKUA_IB_SPEED_EDR == (int)IB_SPEED_EDR);
static_assert(SKUA_IB_SPEED_HDR == (int)IB_SPEED_HDR);

int skua_ib_query_device(struct ib_device *ibdev, struct ib_device_attr *attr,
			 struct ib_udata *udata)
{
	struct skua_ib_dev *dev = to_skua_dev(ibdev);
	struct pci_dev *pdev = skua_core_pdev(dev->core);
	struct skua_device_attrs can;
	int err;

	err = ib_no_udata_io(udata);
	if (err)
		return err;

	skua_device_attrs(dev->caps, &can);
	*attr = (struct ib_device_attr){
		.fw_ver = can.fw_ver,
		.sys_image_guid = ibdev->node_guid,
		.max_mr_size = can.max_mr_size,
		.page_size_cap = can.page_size_cap,
		.vendor_id = pdev->vendor,
		.vendor_part_id = pdev->device,
		.hw_ver = pdev->revision,
		.device_cap_flags = can.device_cap_flags,
		.max_qp = can.max_qp,
		.max_qp_wr = can.max_qp_wr,
		.max_send_sge = can.max_sge,
		.max_recv_sge = can.max_sge,
		.max_sge_rd = can.max_sge,
		.max_cq = can.max_cq,
		.max_cqe = can.max_cqe,
		.max_mr = can.max_mr,
		.max_mw = can.max_mw,
		.max_pd = can.max_pd,
		.max_qp_rd_atom = can.max_rd_atomic,
		.max_qp_init_rd_atom = can.max_rd_atomic,
		.max_res_rd_atom = can.max_res_rd_atom,
		.max_ah = can.max_ah,
		.max_srq = can.max_srq,
		.max_srq_wr = can.max_srq_wr,
		.max_srq_sge = can.max_srq_sge,
		.max_fast_reg_page_list_len = can.max_fast_reg_pages,
		.max_pkeys = can.max_pkeys,
		.atomic_cap = can.atomic_cap,
		.timestamp_mask = can.timestamp_mask,
		.hca_core_clock = can.hca_core_clock,
		.cq_caps.max_cq_moderation_count = can.max_cq_count,
		.cq_caps.max_cq_moderation_period = can.max_cq_period,
	};
	return 0;
}

int skua_ib_query_port(struct ib_device *ibdev, u32 port,
		       struct ib_port_attr *attr)
{
	struct skua_ib_dev *dev = to_skua_dev(ibdev);
	struct skua_port_attrs can;
	struct net_device *ndev;

	skua_port_attrs(dev->caps, &can);
	attr->gid_tbl_len = can.gid_tbl_len;
	attr->pkey_tbl_len = can.pkey_tbl_len;
	attr->ip_gids = true;
	attr->port_cap_flags = can.port_cap_flags;
	attr->max_msg_sz = can.max_msg_sz;
	attr->max_vl_num = can.max_vl_num;
	attr->active_width = can.active_width;
	attr->active_speed = can.active_speed;
	attr->max_mtu = iboe_get_mtu(le16_to_cpu(dev->caps->max_mtu));
	attr->active_mtu = attr->max_mtu;
	attr->state = IB_PORT_DOWN;
	attr->phys_state = IB_PORT_PHYS_STATE_DISABLED;

	ndev = ib_device_get_netdev(ibdev, port);
	if (!ndev)
		return 0;

	attr->active_mtu = min(attr->max_mtu, iboe_get_mtu(ndev->mtu));
	attr->state = ib_get_curr_port_state(ndev);
	if (attr->state == IB_PORT_ACTIVE)
		attr->phys_state = IB_PORT_PHYS_STATE_LINK_UP;
	dev_put(ndev);
	return 0;
}

int skua_ib_query_pkey(struct ib_device *ibdev, u32 port, u16 index, u16 *pkey)
{
	if (index >= SKUA_IB_PKEY_TABLE_LEN)
		return -EINVAL;

	*pkey = SKUA_IB_DEFAULT_PKEY;
	return 0;
}

int skua_ib_get_port_immutable(struct ib_device *ibdev, u32 port,
			       struct ib_port_immutable *immutable)
{
	struct ib_port_attr attr;
	int err;

	immutable->core_cap_flags = RDMA_CORE_PORT_IBA_ROCE_UDP_ENCAP;
	err = ib_query_port(ibdev, port, &attr);
	if (err)
		return err;

	immutable->pkey_tbl_len = attr.pkey_tbl_len;
	immutable->gid_tbl_len = attr.gid_tbl_len;
	immutable->max_mad_size = IB_MGMT_MAD_SIZE;
	return 0;
}

enum rdma_link_layer skua_ib_get_link_layer(struct ib_device *ibdev, u32 port)
{
	return IB_LINK_LAYER_ETHERNET;
}

void skua_ib_get_dev_fw_str(struct ib_device *ibdev, char *str)
{
	u64 version = le64_to_cpu(to_skua_dev(ibdev)->caps->fw_version);

	snprintf(str, IB_FW_VERSION_NAME_MAX, "%u.%u.%u",
		 upper_32_bits(version), (u16)(version >> 16), (u16)version);
}
