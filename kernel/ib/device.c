// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* What the device and its port can do, for whoever asks. */
#include <linux/pci.h>
#include <rdma/ib_addr.h>
#include <rdma/ib_mad.h>
#include <rdma/uverbs_ioctl.h>

#include "skua_ib.h"

/* RoCE has one P_Key, the default. */
#define SKUA_IB_PKEY_TABLE_LEN 1
#define SKUA_IB_DEFAULT_PKEY   0xffff

/* The device clock counts ns (§2). */
#define SKUA_IB_CLOCK_KHZ 1000000

static void skua_ib_query_caps(struct skua_ib_dev *dev,
			       struct ib_device_attr *attr)
{
	attr->device_cap_flags = IB_DEVICE_SYS_IMAGE_GUID |
				 IB_DEVICE_PORT_ACTIVE_EVENT |
				 IB_DEVICE_RC_RNR_NAK_GEN |
				 IB_DEVICE_CURR_QP_STATE_MOD |
				 IB_DEVICE_N_NOTIFY_CQ;
	if (skua_ib_has(dev, SKUA_HWI_CAP_FAST_REG)) {
		attr->device_cap_flags |= IB_DEVICE_MEM_MGT_EXTENSIONS;
		attr->max_fast_reg_page_list_len =
			le32_to_cpu(dev->caps->max_fast_reg_pages);
	}
	if (skua_ib_has(dev, SKUA_HWI_CAP_MW)) {
		/* §9.5: a type 2 window belongs to its PD and its QP. */
		attr->device_cap_flags |= IB_DEVICE_MEM_WINDOW |
					  IB_DEVICE_MEM_WINDOW_TYPE_2B;
		attr->max_mw = le32_to_cpu(dev->caps->max_mkey);
	}
	if (skua_ib_has(dev, SKUA_HWI_CAP_ATOMIC))
		attr->atomic_cap = IB_ATOMIC_HCA;
	if (skua_ib_has(dev, SKUA_HWI_CAP_SRQ)) {
		attr->max_srq = le32_to_cpu(dev->caps->max_srq);
		attr->max_srq_wr = 1 << dev->caps->log_max_srq;
		attr->max_srq_sge = skua_ib_max_sge(dev);
	}
}

int skua_ib_query_device(struct ib_device *ibdev, struct ib_device_attr *attr,
			 struct ib_udata *udata)
{
	struct skua_ib_dev *dev = to_skua_dev(ibdev);
	const struct skua_hwi_query_device_out *caps = dev->caps;
	struct pci_dev *pdev = skua_core_pdev(dev->core);
	int err;

	err = ib_no_udata_io(udata);
	if (err)
		return err;

	*attr = (struct ib_device_attr){
		.fw_ver = le64_to_cpu(caps->fw_version),
		.sys_image_guid = ibdev->node_guid,
		.max_mr_size = le64_to_cpu(caps->max_mr_size),
		.page_size_cap = le32_to_cpu(caps->page_size_cap),
		.vendor_id = pdev->vendor,
		.vendor_part_id = pdev->device,
		.hw_ver = pdev->revision,
		.max_qp = le32_to_cpu(caps->max_qp),
		.max_qp_wr = 1 << min(caps->log_max_sq, caps->log_max_rq),
		.max_send_sge = skua_ib_max_sge(dev),
		.max_recv_sge = skua_ib_max_sge(dev),
		.max_sge_rd = skua_ib_max_sge(dev),
		.max_cq = le32_to_cpu(caps->max_cq),
		.max_cqe = 1 << caps->log_max_cq,
		.max_mr = le32_to_cpu(caps->max_mkey),
		.max_pd = le32_to_cpu(caps->max_pd),
		.max_qp_rd_atom = caps->max_rd_atomic,
		.max_qp_init_rd_atom = caps->max_rd_atomic,
		.max_res_rd_atom = min_t(u64, INT_MAX,
					 (u64)caps->max_rd_atomic *
					 le32_to_cpu(caps->max_qp)),
		.max_ah = INT_MAX,
		.max_pkeys = SKUA_IB_PKEY_TABLE_LEN,
		.timestamp_mask = U64_MAX,
		.hca_core_clock = SKUA_IB_CLOCK_KHZ,
		.cq_caps.max_cq_moderation_count = U16_MAX,
		.cq_caps.max_cq_moderation_period = U16_MAX,
	};
	skua_ib_query_caps(dev, attr);
	return 0;
}

/* The nearest pair of width and speed that is not above the nominal speed. */
static void skua_ib_port_speed(u8 gbps, struct ib_port_attr *attr)
{
	static const struct {
		u8 gbps;
		u8 width;
		u16 speed;
	} table[] = {
		{ 200, IB_WIDTH_4X, IB_SPEED_HDR },
		{ 100, IB_WIDTH_4X, IB_SPEED_EDR },
		{ 50, IB_WIDTH_1X, IB_SPEED_HDR },
		{ 40, IB_WIDTH_4X, IB_SPEED_QDR },
		{ 25, IB_WIDTH_1X, IB_SPEED_EDR },
		{ 10, IB_WIDTH_1X, IB_SPEED_FDR10 },
		{ 0, IB_WIDTH_1X, IB_SPEED_SDR },
	};
	unsigned int i = 0;

	while (gbps < table[i].gbps)
		i++;
	attr->active_width = table[i].width;
	attr->active_speed = table[i].speed;
}

int skua_ib_query_port(struct ib_device *ibdev, u32 port,
		       struct ib_port_attr *attr)
{
	struct skua_ib_dev *dev = to_skua_dev(ibdev);
	struct net_device *ndev;

	attr->gid_tbl_len = min_t(u32, le32_to_cpu(dev->caps->max_gid),
				  SKUA_HWI_MAX_GID);
	attr->pkey_tbl_len = SKUA_IB_PKEY_TABLE_LEN;
	attr->ip_gids = true;
	attr->port_cap_flags = IB_PORT_CM_SUP;
	attr->max_msg_sz = 1u << 31;
	attr->max_vl_num = 1;
	attr->max_mtu = iboe_get_mtu(le16_to_cpu(dev->caps->max_mtu));
	attr->active_mtu = attr->max_mtu;
	attr->state = IB_PORT_DOWN;
	attr->phys_state = IB_PORT_PHYS_STATE_DISABLED;
	skua_ib_port_speed(dev->caps->speed_gbps, attr);

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
