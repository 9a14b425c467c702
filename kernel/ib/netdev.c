// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Follows the function's netdev. It may come after the RDMA device, go before
 * it, and leaves and comes back when it moves to another network namespace.
 * Port state needs nothing here: the RDMA core reports it for the netdev that
 * it was told of.
 */
#include "skua_ib.h"

static int skua_ib_netdev_event(struct notifier_block *nb, unsigned long event,
				void *ptr)
{
	struct skua_ib_dev *dev = container_of(nb, struct skua_ib_dev,
					       netdev_nb);
	struct net_device *ndev = netdev_notifier_info_to_dev(ptr);

	if (ndev->dev.parent != &skua_core_pdev(dev->core)->dev)
		return NOTIFY_DONE;

	switch (event) {
	case NETDEV_REGISTER:
		if (ib_device_set_netdev(&dev->ibdev, ndev, SKUA_IB_PORT))
			ibdev_warn(&dev->ibdev, "no netdev, so no GIDs\n");
		break;
	case NETDEV_UNREGISTER:
		ib_device_set_netdev(&dev->ibdev, NULL, SKUA_IB_PORT);
		break;
	}
	return NOTIFY_DONE;
}

/* The notifier is told of netdevs that are there already. */
int skua_ib_netdev_register(struct skua_ib_dev *dev)
{
	dev->netdev_nb.notifier_call = skua_ib_netdev_event;
	return register_netdevice_notifier(&dev->netdev_nb);
}

/*
 * Says NETDEV_UNREGISTER for each netdev, ours too: its GIDs go before the
 * RDMA device does.
 */
void skua_ib_netdev_unregister(struct skua_ib_dev *dev)
{
	unregister_netdevice_notifier(&dev->netdev_nb);
}
