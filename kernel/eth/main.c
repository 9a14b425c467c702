// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * skua_eth: the net_device, and its life on the auxiliary bus.
 *
 * Queues and the ETH QP exist while the interface is up. A change of MTU or
 * ring sizes takes them down and builds them anew.
 */
#include <linux/auxiliary_bus.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <net/netdev_queues.h>

#include "eth.h"

static int skua_eth_set_port(struct skua_eth *eth, const u8 *mac)
{
	u32 flags = eth->port_flags | (eth->running ? SKUA_HWI_PORT_UP : 0);
	struct skua_hwi_set_port_in in = {
		.mtu = cpu_to_le16(eth->ndev->mtu),
		.flags = cpu_to_le32(flags),
	};

	ether_addr_copy(in.mac, mac);
	return skua_cmd_exec(eth->core, SKUA_HWI_CMD_SET_PORT, &in, sizeof(in),
			     NULL, 0);
}

static void skua_eth_do_later(struct skua_eth *eth, enum skua_eth_work what)
{
	set_bit(what, &eth->todo);
	schedule_work(&eth->work);
}

/* §8.2: any error moves the ETH QP to ERR, where only a new QP helps. */
void skua_eth_qp_failed(struct skua_eth *eth, const struct skua_hwi_cqe *cqe)
{
	if (cqe->status != SKUA_HWI_CQE_WR_FLUSH_ERR && net_ratelimit())
		netdev_err(eth->ndev, "%s completed with status %u (0x%x)\n",
			   cqe->opcode & SKUA_HWI_CQE_IS_RECV ? "receive" :
								"send",
			   cqe->status, le32_to_cpu(cqe->vendor_err));
	skua_eth_do_later(eth, SKUA_ETH_WORK_RESTART);
}

static int skua_eth_poll(struct napi_struct *napi, int budget)
{
	struct skua_eth *eth = container_of(napi, struct skua_eth, napi);
	int done;

	skua_eth_tx_clean(eth, budget);
	/* netpoll asks for sent frames alone. */
	if (!budget)
		return 0;

	done = skua_eth_rx_clean(eth, budget);
	if (done == budget || skua_eth_rx_starved(eth))
		return budget;

	/* No event comes while a CQ is not armed: that is the mask. */
	if (napi_complete_done(napi, done)) {
		bool more = skua_eth_cq_arm(&eth->tx.cq);

		if (skua_eth_cq_arm(&eth->rx.cq) || more)
			napi_schedule(napi);
	}
	return done;
}

/* The device says whether there is a carrier; events only say "ask again". */
static void skua_eth_update_link(struct skua_eth *eth)
{
	struct skua_hwi_query_device_out out;
	int err;

	err = skua_cmd_exec(eth->core, SKUA_HWI_CMD_QUERY_DEVICE, NULL, 0, &out,
			    sizeof(out));
	if (!err && eth->running && out.port_up)
		netif_carrier_on(eth->ndev);
	else
		netif_carrier_off(eth->ndev);
}

static void skua_eth_start(struct skua_eth *eth)
{
	struct net_device *ndev = eth->ndev;

	netif_napi_set_irq(&eth->napi, skua_comp_irq(eth->core, 0));
	napi_enable(&eth->napi);
	netif_queue_set_napi(ndev, 0, NETDEV_QUEUE_TYPE_RX, &eth->napi);
	netif_queue_set_napi(ndev, 0, NETDEV_QUEUE_TYPE_TX, &eth->napi);
	netif_start_queue(ndev);

	/* The first poll arms both CQs. */
	local_bh_disable();
	napi_schedule(&eth->napi);
	local_bh_enable();
}

static void skua_eth_stop(struct skua_eth *eth)
{
	struct net_device *ndev = eth->ndev;

	netif_carrier_off(ndev);
	netif_tx_disable(ndev);
	netif_queue_set_napi(ndev, 0, NETDEV_QUEUE_TYPE_RX, NULL);
	netif_queue_set_napi(ndev, 0, NETDEV_QUEUE_TYPE_TX, NULL);
	napi_disable(&eth->napi);
}

static int skua_eth_up(struct skua_eth *eth)
{
	int err;

	err = skua_eth_tx_create(eth);
	if (err)
		return err;

	err = skua_eth_rx_create(eth);
	if (err)
		goto err_tx;

	err = skua_eth_qp_create(eth);
	if (err)
		goto err_rx;

	err = skua_eth_rx_fill(eth, GFP_KERNEL);
	if (err)
		goto err_qp;

	eth->running = true;
	skua_eth_start(eth);

	err = skua_eth_set_port(eth, eth->ndev->dev_addr);
	if (err)
		goto err_start;

	skua_eth_update_link(eth);
	return 0;

err_start:
	eth->running = false;
	skua_eth_stop(eth);
err_qp:
	skua_eth_qp_destroy(eth);
err_rx:
	skua_eth_rx_destroy(eth);
err_tx:
	skua_eth_tx_destroy(eth);
	return err;
}

static void skua_eth_down(struct skua_eth *eth)
{
	int err;

	/* After a failed restart there is nothing to take down. */
	if (!eth->running)
		return;

	eth->running = false;
	skua_eth_stop(eth);
	err = skua_eth_set_port(eth, eth->ndev->dev_addr);
	if (err && !skua_core_dead(eth->core))
		netdev_warn(eth->ndev, "port stays up: %pe\n", ERR_PTR(err));

	skua_eth_qp_destroy(eth);
	skua_eth_rx_destroy(eth);
	skua_eth_tx_destroy(eth);
}

/* New queues, if there are any. Under rtnl_lock(). */
int skua_eth_restart(struct skua_eth *eth)
{
	int err;

	if (!netif_running(eth->ndev))
		return 0;

	skua_eth_down(eth);
	err = skua_eth_up(eth);
	if (err && !skua_core_dead(eth->core))
		netdev_err(eth->ndev, "queues are gone: %pe\n", ERR_PTR(err));
	return err;
}

static int skua_eth_open(struct net_device *ndev)
{
	return skua_eth_up(netdev_priv(ndev));
}

static int skua_eth_close(struct net_device *ndev)
{
	skua_eth_down(netdev_priv(ndev));
	return 0;
}

static int skua_eth_set_mac(struct net_device *ndev, void *addr)
{
	struct skua_eth *eth = netdev_priv(ndev);
	struct sockaddr *sa = addr;
	int err;

	err = eth_prepare_mac_addr_change(ndev, addr);
	if (err)
		return err;

	err = skua_eth_set_port(eth, sa->sa_data);
	if (err)
		return err;

	eth_commit_mac_addr_change(ndev, addr);
	return 0;
}

/*
 * The device filters by its one address and knows no multicast lists: members
 * of any group get all groups. More unicast addresses make the stack ask for
 * promiscuous mode, since IFF_UNICAST_FLT is not set.
 */
static int skua_eth_set_rx_mode(struct net_device *ndev,
				struct netdev_hw_addr_list *uc,
				struct netdev_hw_addr_list *mc)
{
	struct skua_eth *eth = netdev_priv(ndev);

	eth->port_flags = 0;
	if (ndev->flags & IFF_PROMISC)
		eth->port_flags |= SKUA_HWI_PORT_PROMISC;
	if (ndev->flags & IFF_ALLMULTI || !netdev_hw_addr_list_empty(mc))
		eth->port_flags |= SKUA_HWI_PORT_ALLMULTI;

	return skua_eth_set_port(eth, ndev->dev_addr);
}

static int skua_eth_change_mtu(struct net_device *ndev, int mtu)
{
	struct skua_eth *eth = netdev_priv(ndev);
	int old = ndev->mtu;
	int err;

	WRITE_ONCE(ndev->mtu, mtu);
	err = skua_eth_restart(eth);
	if (err) {
		WRITE_ONCE(ndev->mtu, old);
		skua_eth_restart(eth);
	}
	return err;
}

static void skua_eth_tx_timeout(struct net_device *ndev, unsigned int txqueue)
{
	skua_eth_do_later(netdev_priv(ndev), SKUA_ETH_WORK_RESTART);
}

static const struct net_device_ops skua_eth_netdev_ops = {
	.ndo_open = skua_eth_open,
	.ndo_stop = skua_eth_close,
	.ndo_start_xmit = skua_eth_xmit,
	.ndo_set_rx_mode_async = skua_eth_set_rx_mode,
	.ndo_set_mac_address = skua_eth_set_mac,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_change_mtu = skua_eth_change_mtu,
	.ndo_tx_timeout = skua_eth_tx_timeout,
};

static void skua_eth_work(struct work_struct *work)
{
	struct skua_eth *eth = container_of(work, struct skua_eth, work);

	rtnl_lock();
	if (test_and_clear_bit(SKUA_ETH_WORK_RESTART, &eth->todo))
		skua_eth_restart(eth);
	if (test_and_clear_bit(SKUA_ETH_WORK_LINK, &eth->todo))
		skua_eth_update_link(eth);
	rtnl_unlock();
}

/* Interrupt context. */
static int skua_eth_event(struct notifier_block *nb, unsigned long action,
			  void *data)
{
	struct skua_eth *eth = container_of(nb, struct skua_eth, nb);
	const struct skua_hwi_eqe *eqe = data;
	u32 obj = eqe ? le32_to_cpu(eqe->obj) : 0;

	switch (action) {
	case SKUA_HWI_EVENT_PORT_STATE:
	case SKUA_EVENT_DEAD:
		skua_eth_do_later(eth, SKUA_ETH_WORK_LINK);
		break;
	case SKUA_HWI_EVENT_QP_FATAL:
		if (obj == READ_ONCE(eth->qpn))
			skua_eth_do_later(eth, SKUA_ETH_WORK_RESTART);
		break;
	case SKUA_HWI_EVENT_CQ_ERR:
		if (obj == READ_ONCE(eth->tx.cq.core_cq.cqn) ||
		    obj == READ_ONCE(eth->rx.cq.core_cq.cqn))
			skua_eth_do_later(eth, SKUA_ETH_WORK_RESTART);
		break;
	case SKUA_HWI_EVENT_SA:
		skua_eth_ipsec_event(eth, obj);
		break;
	}
	return NOTIFY_DONE;
}

static void skua_eth_netdev_setup(struct skua_eth *eth)
{
	const struct skua_hwi_query_device_out *caps =
		skua_core_caps(eth->core);
	struct net_device *ndev = eth->ndev;

	ndev->netdev_ops = &skua_eth_netdev_ops;
	ndev->ethtool_ops = &skua_eth_ethtool_ops;
	ndev->pcpu_stat_type = NETDEV_PCPU_STAT_DSTATS;
	ndev->priv_flags |= IFF_LIVE_ADDR_CHANGE;
	ndev->watchdog_timeo = 5 * HZ;

	ndev->features = NETIF_F_SG | NETIF_F_HIGHDMA | NETIF_F_RXCSUM;
	ndev->hw_features = NETIF_F_SG | NETIF_F_RXCSUM;
	ndev->vlan_features = NETIF_F_SG | NETIF_F_HIGHDMA;

	ndev->min_mtu = ETH_MIN_MTU;
	ndev->max_mtu = min_t(u32, le16_to_cpu(caps->max_mtu),
			      SKUA_ETH_MAX_MTU);
	ndev->mtu = min(ndev->mtu, ndev->max_mtu);

	if (is_valid_ether_addr(caps->mac))
		eth_hw_addr_set(ndev, caps->mac);
	else
		eth_hw_addr_random(ndev);

	netif_napi_add(ndev, &eth->napi, skua_eth_poll);
	netif_carrier_off(ndev);
}

static int skua_eth_probe(struct auxiliary_device *adev,
			  const struct auxiliary_device_id *id)
{
	struct skua_core *core = skua_adev_core(adev);
	struct net_device *ndev;
	struct skua_eth *eth;
	int err;

	if (!(le64_to_cpu(skua_core_caps(core)->caps) & SKUA_HWI_CAP_ETH))
		return -ENODEV;

	ndev = alloc_etherdev(sizeof(*eth));
	if (!ndev)
		return -ENOMEM;

	eth = netdev_priv(ndev);
	eth->ndev = ndev;
	eth->core = core;
	eth->dma_dev = &skua_core_pdev(core)->dev;
	eth->tx_log = SKUA_ETH_TX_LOG;
	eth->rx_log = SKUA_ETH_RX_LOG;
	INIT_WORK(&eth->work, skua_eth_work);
	SET_NETDEV_DEV(ndev, eth->dma_dev);
	auxiliary_set_drvdata(adev, eth);
	skua_eth_netdev_setup(eth);

	err = skua_eth_pd_create(eth);
	if (err)
		goto err_free;

	err = skua_eth_ipsec_init(eth);
	if (err)
		goto err_pd;

	eth->nb.notifier_call = skua_eth_event;
	err = skua_event_register(core, &eth->nb);
	if (err)
		goto err_ipsec;

	err = register_netdev(ndev);
	if (err)
		goto err_event;

	skua_core_set_netdev(core, ndev);
	return 0;

err_event:
	skua_event_unregister(core, &eth->nb);
	cancel_work_sync(&eth->work);
err_ipsec:
	skua_eth_ipsec_cleanup(eth);
err_pd:
	skua_eth_pd_destroy(eth);
err_free:
	free_netdev(ndev);
	return err;
}

static void skua_eth_remove(struct auxiliary_device *adev)
{
	struct skua_eth *eth = auxiliary_get_drvdata(adev);

	skua_core_set_netdev(eth->core, NULL);
	unregister_netdev(eth->ndev);
	skua_event_unregister(eth->core, &eth->nb);
	cancel_work_sync(&eth->work);
	skua_eth_ipsec_cleanup(eth);
	skua_eth_pd_destroy(eth);
	free_netdev(eth->ndev);
}

static const struct auxiliary_device_id skua_eth_ids[] = {
	{ .name = "skua_core." SKUA_AUX_ETH },
	{}
};
MODULE_DEVICE_TABLE(auxiliary, skua_eth_ids);

static struct auxiliary_driver skua_eth_driver = {
	.name = "eth",
	.probe = skua_eth_probe,
	.remove = skua_eth_remove,
	.id_table = skua_eth_ids,
};
module_auxiliary_driver(skua_eth_driver);

MODULE_DESCRIPTION("Skua adapter: Ethernet");
MODULE_LICENSE("Dual BSD/GPL");
