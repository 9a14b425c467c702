// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The auxiliary devices of a function. "eth" exists while the function is up;
 * "ib" exists while skua_eth has announced a netdev, since a RoCE device needs
 * one from its first breath.
 *
 * Adding and deleting a device runs the probe and remove of its driver, which
 * call back into the core, so no lock of the core's is held meanwhile. None is
 * needed: "eth" comes and goes under the lock of the PCI device, and "ib" in
 * the probe and remove of "eth", under the lock of that device. Both take
 * rtnl_lock() inside, so skua_core_set_netdev() must be called without it.
 */
#include <linux/idr.h>
#include <linux/slab.h>

#include "core.h"

static DEFINE_IDA(skua_adev_ids);

static void skua_adev_release(struct device *dev)
{
	kfree(container_of(dev, struct skua_adev, adev.dev));
}

static struct skua_adev *skua_adev_add(struct skua_core *core, const char *name)
{
	struct skua_adev *sadev;
	int err;

	sadev = kzalloc_obj(*sadev);
	if (!sadev)
		return ERR_PTR(-ENOMEM);

	sadev->core = core;
	sadev->adev.name = name;
	sadev->adev.id = core->id;
	sadev->adev.dev.parent = &core->pdev->dev;
	sadev->adev.dev.release = skua_adev_release;

	err = auxiliary_device_init(&sadev->adev);
	if (err) {
		kfree(sadev);
		return ERR_PTR(err);
	}

	err = auxiliary_device_add(&sadev->adev);
	if (err) {
		auxiliary_device_uninit(&sadev->adev);
		return ERR_PTR(err);
	}
	return sadev;
}

static void skua_adev_del(struct skua_adev *sadev)
{
	if (!sadev)
		return;

	auxiliary_device_delete(&sadev->adev);
	auxiliary_device_uninit(&sadev->adev);
}

int skua_adevs_add(struct skua_core *core)
{
	struct skua_adev *eth = skua_adev_add(core, SKUA_AUX_ETH);

	if (IS_ERR(eth))
		return PTR_ERR(eth);

	core->eth = eth;
	return 0;
}

void skua_adevs_del(struct skua_core *core)
{
	skua_adev_del(core->eth);
	core->eth = NULL;
}

static void skua_netdev_store(struct skua_core *core, struct net_device *ndev)
{
	struct net_device *old;

	spin_lock(&core->netdev_lock);
	old = core->ndev;
	if (old)
		netdev_put(old, &core->ndev_tracker);
	core->ndev = ndev;
	if (ndev)
		netdev_hold(ndev, &core->ndev_tracker, GFP_ATOMIC);
	spin_unlock(&core->netdev_lock);
}

void skua_core_set_netdev(struct skua_core *core, struct net_device *ndev)
{
	struct skua_adev *ib;

	if (ndev) {
		skua_netdev_store(core, ndev);
		ib = skua_adev_add(core, SKUA_AUX_IB);
		if (IS_ERR(ib)) {
			dev_warn(&core->pdev->dev, "no RDMA device: %pe\n", ib);
			ib = NULL;
		}
		core->ib = ib;
		return;
	}

	skua_adev_del(core->ib);
	core->ib = NULL;
	skua_netdev_store(core, NULL);
}
EXPORT_SYMBOL_GPL(skua_core_set_netdev);

struct net_device *skua_core_get_netdev(struct skua_core *core)
{
	struct net_device *ndev;

	spin_lock(&core->netdev_lock);
	ndev = core->ndev;
	dev_hold(ndev);
	spin_unlock(&core->netdev_lock);
	return ndev;
}
EXPORT_SYMBOL_GPL(skua_core_get_netdev);

int skua_adevs_init(struct skua_core *core)
{
	int id = ida_alloc(&skua_adev_ids, GFP_KERNEL);

	if (id < 0)
		return id;

	core->id = id;
	spin_lock_init(&core->netdev_lock);
	return 0;
}

void skua_adevs_cleanup(struct skua_core *core)
{
	ida_free(&skua_adev_ids, core->id);
}
