// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * skua_ib: the RDMA device of a function, an auxiliary driver of skua_core.
 */
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <rdma/uverbs_ioctl.h>

#include <rdma/skua-abi.h>

#include "skua_ib.h"

static const struct ib_device_ops skua_ib_ops = {
	.owner = THIS_MODULE,
	.driver_id = RDMA_DRIVER_UNKNOWN,
	.uverbs_abi_ver = SKUA_UVERBS_ABI_VERSION,
	.uverbs_robust_udata = 1,

	.add_gid = skua_ib_add_gid,
	.alloc_hw_port_stats = skua_ib_alloc_port_stats,
	.alloc_pd = skua_ib_alloc_pd,
	.alloc_ucontext = skua_ib_alloc_ucontext,
	.create_ah = skua_ib_create_ah,
	.create_cq = skua_ib_create_cq,
	.create_flow = skua_ib_create_flow,
	.create_qp = skua_ib_create_qp,
	.create_user_ah = skua_ib_create_ah,
	.create_user_cq = skua_ib_create_user_cq,
	.dealloc_pd = skua_ib_dealloc_pd,
	.dealloc_ucontext = skua_ib_dealloc_ucontext,
	.del_gid = skua_ib_del_gid,
	.dereg_mr = skua_ib_dereg_mr,
	.destroy_ah = skua_ib_destroy_ah,
	.destroy_cq = skua_ib_destroy_cq,
	.destroy_flow = skua_ib_destroy_flow,
	.destroy_flow_action = skua_ib_destroy_flow_action,
	.destroy_qp = skua_ib_destroy_qp,
	.disassociate_ucontext = skua_ib_disassociate_ucontext,
	.fill_res_cq_entry = skua_ib_fill_res_cq,
	.fill_res_mr_entry = skua_ib_fill_res_mr,
	.fill_res_qp_entry = skua_ib_fill_res_qp,
	.fill_res_srq_entry = skua_ib_fill_res_srq,
	.get_dev_fw_str = skua_ib_get_dev_fw_str,
	.get_dma_mr = skua_ib_get_dma_mr,
	.get_hw_stats = skua_ib_get_hw_stats,
	.get_link_layer = skua_ib_get_link_layer,
	.get_port_immutable = skua_ib_get_port_immutable,
	.mmap = skua_ib_mmap,
	.mmap_free = skua_ib_mmap_free,
	.modify_cq = skua_ib_modify_cq,
	.modify_qp = skua_ib_modify_qp,
	.poll_cq = skua_ib_poll_cq,
	.post_recv = skua_ib_post_recv,
	.post_send = skua_ib_post_send,
	.query_ah = skua_ib_query_ah,
	.query_device = skua_ib_query_device,
	.query_pkey = skua_ib_query_pkey,
	.query_port = skua_ib_query_port,
	.query_qp = skua_ib_query_qp,
	.reg_user_mr = skua_ib_reg_user_mr,
	.req_notify_cq = skua_ib_req_notify_cq,
	.rereg_user_mr = skua_ib_rereg_user_mr,

	INIT_RDMA_OBJ_SIZE(ib_ah, skua_ib_ah, ib),
	INIT_RDMA_OBJ_SIZE(ib_cq, skua_ib_cq, ib),
	INIT_RDMA_OBJ_SIZE(ib_pd, skua_ib_pd, ib),
	INIT_RDMA_OBJ_SIZE(ib_qp, skua_ib_qp, ib),
	INIT_RDMA_OBJ_SIZE(ib_ucontext, skua_ib_ucontext, ib),
};

static const struct ib_device_ops skua_ib_srq_ops = {
	.create_srq = skua_ib_create_srq,
	.destroy_srq = skua_ib_destroy_srq,
	.modify_srq = skua_ib_modify_srq,
	.post_srq_recv = skua_ib_post_srq_recv,
	.query_srq = skua_ib_query_srq,

	INIT_RDMA_OBJ_SIZE(ib_srq, skua_ib_srq, ib),
};

static const struct ib_device_ops skua_ib_mw_ops = {
	.alloc_mw = skua_ib_alloc_mw,
	.dealloc_mw = skua_ib_dealloc_mw,

	INIT_RDMA_OBJ_SIZE(ib_mw, skua_ib_mw, ib),
};

static const struct ib_device_ops skua_ib_fast_reg_ops = {
	.alloc_mr = skua_ib_alloc_mr,
	.map_mr_sg = skua_ib_map_mr_sg,
};

/* Methods beyond those of the core; a device without flows refuses them. */
static const struct uapi_definition skua_ib_defs[] = {
	UAPI_DEF_CHAIN(skua_ib_flow_action_defs),
	UAPI_DEF_CHAIN(skua_ib_flow_defs),
	{},
};

/* §10: what the device cannot do, the RDMA core is not offered. */
static void skua_ib_set_ops(struct skua_ib_dev *dev)
{
	ib_set_device_ops(&dev->ibdev, &skua_ib_ops);
	if (skua_ib_has(dev, SKUA_HWI_CAP_SRQ))
		ib_set_device_ops(&dev->ibdev, &skua_ib_srq_ops);
	if (skua_ib_has(dev, SKUA_HWI_CAP_MW))
		ib_set_device_ops(&dev->ibdev, &skua_ib_mw_ops);
	if (skua_ib_has(dev, SKUA_HWI_CAP_FAST_REG))
		ib_set_device_ops(&dev->ibdev, &skua_ib_fast_reg_ops);
}

static void skua_ib_dev_init(struct skua_ib_dev *dev, struct skua_core *core)
{
	struct pci_dev *pdev = skua_core_pdev(core);
	struct ib_device *ibdev = &dev->ibdev;

	dev->core = core;
	dev->caps = skua_core_caps(core);
	xa_init(&dev->qps);
	xa_init(&dev->cqs);
	xa_init(&dev->srqs);
	spin_lock_init(&dev->kernel_cqs_lock);
	INIT_LIST_HEAD(&dev->kernel_cqs);

	ibdev->node_type = RDMA_NODE_IB_CA;
	ibdev->node_guid = cpu_to_be64(le64_to_cpu(dev->caps->guid));
	ibdev->phys_port_cnt = 1;
	ibdev->num_comp_vectors = skua_comp_vectors(core);
	ibdev->dev.parent = &pdev->dev;
	ibdev->driver_def = skua_ib_defs;
	skua_ib_set_ops(dev);
}

static int skua_ib_probe(struct auxiliary_device *adev,
			 const struct auxiliary_device_id *id)
{
	struct skua_core *core = skua_adev_core(adev);
	struct pci_dev *pdev = skua_core_pdev(core);
	struct skua_ib_dev *dev;
	int err;

	dev = ib_alloc_device(skua_ib_dev, ibdev);
	if (!dev)
		return -ENOMEM;
	skua_ib_dev_init(dev, core);

	err = skua_ib_events_init(dev);
	if (err)
		goto err_dealloc;

	/* Registers the netdev that is there, too, before GIDs are wanted. */
	err = skua_ib_netdev_register(dev);
	if (err)
		goto err_events;

	dma_set_max_seg_size(&pdev->dev, UINT_MAX);
	err = ib_register_device(&dev->ibdev, "skua%d", &pdev->dev);
	if (err)
		goto err_netdev;

	err = skua_ib_events_register(dev);
	if (err)
		goto err_unregister;

	auxiliary_set_drvdata(adev, dev);
	return 0;

err_unregister:
	ib_unregister_device(&dev->ibdev);
err_netdev:
	skua_ib_netdev_unregister(dev);
err_events:
	skua_ib_events_cleanup(dev);
err_dealloc:
	ib_dealloc_device(&dev->ibdev);
	return err;
}

static void skua_ib_remove(struct auxiliary_device *adev)
{
	struct skua_ib_dev *dev = auxiliary_get_drvdata(adev);

	skua_ib_events_unregister(dev);
	skua_ib_netdev_unregister(dev);
	ib_unregister_device(&dev->ibdev);
	skua_ib_events_cleanup(dev);
	ib_dealloc_device(&dev->ibdev);
}

static const struct auxiliary_device_id skua_ib_id_table[] = {
	{ .name = "skua_core." SKUA_AUX_IB },
	{}
};
MODULE_DEVICE_TABLE(auxiliary, skua_ib_id_table);

static struct auxiliary_driver skua_ib_driver = {
	.name = SKUA_AUX_IB,
	.probe = skua_ib_probe,
	.remove = skua_ib_remove,
	.id_table = skua_ib_id_table,
};
module_auxiliary_driver(skua_ib_driver);

MODULE_DESCRIPTION("RDMA driver for the Skua RoCEv2 adapter");
MODULE_LICENSE("Dual BSD/GPL");
