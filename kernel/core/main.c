// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * skua_core: a Skua PCI function, from probe to remove and across resets.
 *
 * What depends on the PCI device alone (BARs, doorbell pages, devlink) lives as
 * long as the binding; what a reset of the device takes away (command queue,
 * EQs, the auxiliary devices and all that they made) is built by
 * skua_core_up() and taken down by skua_core_down().
 */
#include <linux/dma-mapping.h>
#include <linux/iopoll.h>
#include <linux/module.h>

#include "core.h"

/* §2: a reset takes less than 2 s. */
#define SKUA_RESET_TIMEOUT_US (2 * USEC_PER_SEC)

struct pci_dev *skua_core_pdev(const struct skua_core *core)
{
	return core->pdev;
}
EXPORT_SYMBOL_GPL(skua_core_pdev);

const struct skua_hwi_query_device_out *
skua_core_caps(const struct skua_core *core)
{
	return &core->caps;
}
EXPORT_SYMBOL_GPL(skua_core_caps);

/* §2: write RESET, then wait until the device is out of it, all queues off. */
int skua_core_reset(struct skua_core *core)
{
	const u32 mask = SKUA_HWI_STATUS_READY | SKUA_HWI_STATUS_CMDQ_ON |
			 SKUA_HWI_STATUS_FATAL;
	u32 status;
	int err;

	skua_reg_write(core, SKUA_HWI_REG_RESET, SKUA_HWI_RESET_MAGIC);
	err = readl_poll_timeout(core->regs + SKUA_HWI_REG_STATUS, status,
				 status == SKUA_GONE ||
				 (status & mask) == SKUA_HWI_STATUS_READY,
				 1000, SKUA_RESET_TIMEOUT_US);
	if (status == SKUA_GONE)
		return -ENODEV;
	return err;
}

static int skua_core_identify(struct skua_core *core)
{
	u32 magic = skua_reg_read(core, SKUA_HWI_REG_MAGIC);
	u32 version = skua_reg_read(core, SKUA_HWI_REG_VERSION);
	struct device *dev = &core->pdev->dev;

	if (magic != SKUA_HWI_MAGIC)
		return dev_err_probe(dev, -ENODEV, "magic is 0x%08x\n", magic);

	if (version >> 16 != SKUA_HWI_VERSION_MAJOR)
		return dev_err_probe(dev, -ENODEV,
				     "interface version %u.%u, want %u\n",
				     version >> 16, version & 0xffff,
				     SKUA_HWI_VERSION_MAJOR);
	return 0;
}

static int skua_core_up(struct skua_core *core)
{
	int err;

	err = skua_core_reset(core);
	if (err)
		return dev_err_probe(&core->pdev->dev, err, "reset failed\n");
	skua_core_revive(core);
	/* §2, bring-up: an earlier owner may have left DMA running. */
	pci_set_master(core->pdev);

	err = skua_cmdq_start(core);
	if (err)
		goto err_master;
	skua_health_start(core);

	err = skua_cmd_exec(core, SKUA_HWI_CMD_QUERY_DEVICE, NULL, 0,
			    &core->caps, sizeof(core->caps));
	if (err)
		goto err_cmdq;

	err = skua_eqs_create(core);
	if (err)
		goto err_cmdq;

	err = skua_adevs_add(core);
	if (err)
		goto err_eqs;

	set_bit(SKUA_STATE_UP, &core->state);
	return 0;

err_eqs:
	skua_eqs_destroy(core);
err_cmdq:
	skua_health_stop(core);
	skua_cmdq_stop(core);
err_master:
	pci_clear_master(core->pdev);
	return err;
}

static void skua_core_down(struct skua_core *core)
{
	if (!test_and_clear_bit(SKUA_STATE_UP, &core->state))
		return;

	/* A device that was pulled need not be asked to let go of anything. */
	skua_health_check(core);
	skua_adevs_del(core);
	skua_eqs_destroy(core);
	skua_health_stop(core);
	skua_cmdq_stop(core);
	pci_clear_master(core->pdev);
}

static int skua_pci_init(struct skua_core *core)
{
	struct pci_dev *pdev = core->pdev;
	int err;

	err = pcim_enable_device(pdev);
	if (err)
		return err;

	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (err)
		return err;

	core->regs = pcim_iomap_region(pdev, SKUA_HWI_BAR_REGS, KBUILD_MODNAME);
	if (IS_ERR(core->regs))
		return PTR_ERR(core->regs);
	if (pci_resource_len(pdev, SKUA_HWI_BAR_REGS) < SKUA_HWI_REGS_SIZE)
		return -EINVAL;

	core->db = pcim_iomap_region(pdev, SKUA_HWI_BAR_DOORBELL,
				     KBUILD_MODNAME);
	if (IS_ERR(core->db))
		return PTR_ERR(core->db);

	core->kick = pcim_iomap_region(pdev, SKUA_HWI_BAR_KICK, KBUILD_MODNAME);
	return PTR_ERR_OR_ZERO(core->kick);
}

static int skua_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct skua_core *core;
	int err;

	core = skua_devlink_alloc(pdev);
	if (!core)
		return -ENOMEM;

	core->pdev = pdev;
	pci_set_drvdata(pdev, core);
	xa_init(&core->cqs);
	ATOMIC_INIT_NOTIFIER_HEAD(&core->events);
	skua_health_init(core);
	skua_cmdq_init(core);

	err = skua_pci_init(core);
	if (err)
		goto err_devlink;

	err = skua_core_identify(core);
	if (err)
		goto err_devlink;

	err = skua_uars_init(core);
	if (err)
		goto err_devlink;

	err = skua_adevs_init(core);
	if (err)
		goto err_uars;

	err = skua_core_up(core);
	if (err)
		goto err_adevs;

	skua_devlink_register(core);
	return 0;

err_adevs:
	skua_adevs_cleanup(core);
err_uars:
	skua_uars_cleanup(core);
err_devlink:
	skua_devlink_free(core);
	return err;
}

static void skua_remove(struct pci_dev *pdev)
{
	struct skua_core *core = pci_get_drvdata(pdev);

	skua_devlink_unregister(core);
	skua_core_down(core);
	skua_adevs_cleanup(core);
	skua_uars_cleanup(core);
	xa_destroy(&core->cqs);
	skua_devlink_free(core);
}

/* Reboot and kexec: nothing may write to memory that the next kernel owns. */
static void skua_shutdown(struct pci_dev *pdev)
{
	skua_core_down(pci_get_drvdata(pdev));
}

static void skua_reset_prepare(struct pci_dev *pdev)
{
	skua_core_down(pci_get_drvdata(pdev));
}

static void skua_reset_done(struct pci_dev *pdev)
{
	struct skua_core *core = pci_get_drvdata(pdev);
	int err;

	err = skua_core_up(core);
	if (err)
		dev_err(&pdev->dev, "not usable after the reset: %pe\n",
			ERR_PTR(err));
}

static const struct pci_error_handlers skua_err_handler = {
	.reset_prepare = skua_reset_prepare,
	.reset_done = skua_reset_done,
};

static const struct pci_device_id skua_ids[] = {
	{ PCI_DEVICE(SKUA_HWI_PCI_VENDOR_ID, SKUA_HWI_PCI_DEVICE_ID) },
	{}
};
MODULE_DEVICE_TABLE(pci, skua_ids);

static struct pci_driver skua_driver = {
	.name = KBUILD_MODNAME,
	.id_table = skua_ids,
	.probe = skua_probe,
	.remove = skua_remove,
	.shutdown = skua_shutdown,
	.err_handler = &skua_err_handler,
};
module_pci_driver(skua_driver);

MODULE_DESCRIPTION("Skua adapter: PCI function and core");
MODULE_LICENSE("Dual BSD/GPL");
