// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <linux/ethtool.h>
#include <linux/log2.h>

#include "eth.h"

static void skua_eth_get_drvinfo(struct net_device *ndev,
				 struct ethtool_drvinfo *info)
{
	struct skua_eth *eth = netdev_priv(ndev);
	u64 fw = le64_to_cpu(skua_core_caps(eth->core)->fw_version);

	strscpy(info->driver, KBUILD_MODNAME, sizeof(info->driver));
	strscpy(info->bus_info, dev_name(eth->dma_dev), sizeof(info->bus_info));
	snprintf(info->fw_version, sizeof(info->fw_version), "%u.%u.%u",
		 upper_32_bits(fw), (u16)(fw >> 16), (u16)fw);
}

static int skua_eth_get_link_ksettings(struct net_device *ndev,
				       struct ethtool_link_ksettings *ks)
{
	struct skua_eth *eth = netdev_priv(ndev);

	ethtool_link_ksettings_zero_link_mode(ks, supported);
	ethtool_link_ksettings_zero_link_mode(ks, advertising);
	ks->base.port = PORT_OTHER;
	ks->base.autoneg = AUTONEG_DISABLE;
	ks->base.speed = SPEED_UNKNOWN;
	ks->base.duplex = DUPLEX_UNKNOWN;
	if (netif_carrier_ok(ndev)) {
		ks->base.speed = skua_core_caps(eth->core)->speed_gbps * 1000;
		ks->base.duplex = DUPLEX_FULL;
	}
	return 0;
}

static u8 skua_eth_tx_log_max(const struct skua_eth *eth)
{
	return min_t(u8, skua_core_caps(eth->core)->log_max_sq,
		     SKUA_ETH_TX_LOG_MAX);
}

static u8 skua_eth_rx_log_max(const struct skua_eth *eth)
{
	return min_t(u8, skua_core_caps(eth->core)->log_max_rq,
		     SKUA_ETH_RX_LOG_MAX);
}

/* Pending counts 64-byte blocks for tx, of which a linear frame needs one. */
static void skua_eth_get_ringparam(struct net_device *ndev,
				   struct ethtool_ringparam *ring,
				   struct kernel_ethtool_ringparam *kring,
				   struct netlink_ext_ack *extack)
{
	struct skua_eth *eth = netdev_priv(ndev);

	ring->tx_max_pending = 1u << skua_eth_tx_log_max(eth);
	ring->rx_max_pending = 1u << skua_eth_rx_log_max(eth);
	ring->tx_pending = 1u << eth->tx_log;
	ring->rx_pending = 1u << eth->rx_log;
}

static int skua_eth_set_ringparam(struct net_device *ndev,
				  struct ethtool_ringparam *ring,
				  struct kernel_ethtool_ringparam *kring,
				  struct netlink_ext_ack *extack)
{
	struct skua_eth *eth = netdev_priv(ndev);
	u8 old_tx = eth->tx_log, old_rx = eth->rx_log;
	int err;

	if (ring->tx_pending < 1u << SKUA_ETH_TX_LOG_MIN ||
	    ring->rx_pending < 1u << SKUA_ETH_RX_LOG_MIN) {
		NL_SET_ERR_MSG_FMT(extack, "at least tx %u, rx %u",
				   1u << SKUA_ETH_TX_LOG_MIN,
				   1u << SKUA_ETH_RX_LOG_MIN);
		return -EINVAL;
	}

	/* ethtool checked them against the maxima, which are powers of two. */
	eth->tx_log = order_base_2(ring->tx_pending);
	eth->rx_log = order_base_2(ring->rx_pending);
	if (eth->tx_log == old_tx && eth->rx_log == old_rx)
		return 0;

	err = skua_eth_restart(eth);
	if (err) {
		eth->tx_log = old_tx;
		eth->rx_log = old_rx;
		skua_eth_restart(eth);
	}
	return err;
}

static int skua_eth_get_coalesce(struct net_device *ndev,
				 struct ethtool_coalesce *ec,
				 struct kernel_ethtool_coalesce *kec,
				 struct netlink_ext_ack *extack)
{
	struct skua_eth *eth = netdev_priv(ndev);

	ec->tx_coalesce_usecs = eth->tx_mod.usecs;
	ec->tx_max_coalesced_frames = eth->tx_mod.frames;
	ec->rx_coalesce_usecs = eth->rx_mod.usecs;
	ec->rx_max_coalesced_frames = eth->rx_mod.frames;
	return 0;
}

static int skua_eth_set_coalesce(struct net_device *ndev,
				 struct ethtool_coalesce *ec,
				 struct kernel_ethtool_coalesce *kec,
				 struct netlink_ext_ack *extack)
{
	struct skua_eth *eth = netdev_priv(ndev);
	int err;

	if (max(ec->tx_coalesce_usecs, ec->tx_max_coalesced_frames) > U16_MAX ||
	    max(ec->rx_coalesce_usecs, ec->rx_max_coalesced_frames) > U16_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "at most %u", U16_MAX);
		return -ERANGE;
	}

	eth->tx_mod.usecs = ec->tx_coalesce_usecs;
	eth->tx_mod.frames = ec->tx_max_coalesced_frames;
	eth->rx_mod.usecs = ec->rx_coalesce_usecs;
	eth->rx_mod.frames = ec->rx_max_coalesced_frames;
	if (!eth->running)
		return 0;

	err = skua_eth_cq_moderate(eth, &eth->tx.cq, &eth->tx_mod);
	if (err)
		return err;
	return skua_eth_cq_moderate(eth, &eth->rx.cq, &eth->rx_mod);
}

struct skua_eth_counter {
	char name[ETH_GSTRING_LEN];
	unsigned int index;
};

/* What the device counted, drops for want of a buffer among it. */
static const struct skua_eth_counter skua_eth_counters[] = {
	{ "rx_packets_phy", SKUA_HWI_CNT_RX_PACKETS },
	{ "rx_bytes_phy", SKUA_HWI_CNT_RX_BYTES },
	{ "rx_discards_phy", SKUA_HWI_CNT_RX_DROPS },
	{ "tx_packets_phy", SKUA_HWI_CNT_TX_PACKETS },
	{ "tx_bytes_phy", SKUA_HWI_CNT_TX_BYTES },
	{ "tx_discards_phy", SKUA_HWI_CNT_TX_DROPS },
};

/* RDMA packets among them, and SAs that verbs made. */
static const struct skua_eth_counter skua_eth_ipsec_counters[] = {
	{ "ipsec_tx_packets", SKUA_HWI_CNT_IPSEC_TX_PACKETS },
	{ "ipsec_tx_bytes", SKUA_HWI_CNT_IPSEC_TX_BYTES },
	{ "ipsec_tx_drop_policy", SKUA_HWI_CNT_IPSEC_TX_DROP_POLICY },
	{ "ipsec_tx_drop_no_sa", SKUA_HWI_CNT_IPSEC_TX_DROP_NO_SA },
	{ "ipsec_tx_drop_sa", SKUA_HWI_CNT_IPSEC_TX_DROP_SA },
	{ "ipsec_rx_packets", SKUA_HWI_CNT_IPSEC_RX_PACKETS },
	{ "ipsec_rx_bytes", SKUA_HWI_CNT_IPSEC_RX_BYTES },
	{ "ipsec_rx_drop_policy", SKUA_HWI_CNT_IPSEC_RX_DROP_POLICY },
	{ "ipsec_rx_drop_plain", SKUA_HWI_CNT_IPSEC_RX_DROP_PLAIN },
	{ "ipsec_rx_drop_other_sa", SKUA_HWI_CNT_IPSEC_RX_DROP_OTHER_SA },
	{ "ipsec_rx_drop_sa", SKUA_HWI_CNT_IPSEC_RX_DROP_SA },
	{ "ipsec_rx_unknown_spi", SKUA_HWI_CNT_IPSEC_RX_UNKNOWN_SPI },
	{ "ipsec_rx_replay", SKUA_HWI_CNT_IPSEC_RX_REPLAY },
	{ "ipsec_rx_bad_icv", SKUA_HWI_CNT_IPSEC_RX_BAD_ICV },
	{ "ipsec_rx_malformed", SKUA_HWI_CNT_IPSEC_RX_MALFORMED },
};

static_assert(ARRAY_SIZE(skua_eth_ipsec_counters) == SKUA_HWI_IPSEC_COUNTERS);

static int skua_eth_get_sset_count(struct net_device *ndev, int sset)
{
	struct skua_eth *eth = netdev_priv(ndev);

	if (sset != ETH_SS_STATS)
		return -EOPNOTSUPP;
	return ARRAY_SIZE(skua_eth_counters) +
	       (eth->ipsec ? ARRAY_SIZE(skua_eth_ipsec_counters) : 0);
}

static void skua_eth_get_strings(struct net_device *ndev, u32 sset, u8 *data)
{
	struct skua_eth *eth = netdev_priv(ndev);
	unsigned int i;

	if (sset != ETH_SS_STATS)
		return;
	for (i = 0; i < ARRAY_SIZE(skua_eth_counters); i++)
		ethtool_puts(&data, skua_eth_counters[i].name);
	for (i = 0; eth->ipsec && i < ARRAY_SIZE(skua_eth_ipsec_counters); i++)
		ethtool_puts(&data, skua_eth_ipsec_counters[i].name);
}

static void skua_eth_get_counters(struct skua_eth *eth,
				  enum skua_hwi_counter_group group,
				  const struct skua_eth_counter *counters,
				  unsigned int n, u64 *data)
{
	struct skua_hwi_query_counters_in in = {
		.group = cpu_to_le32(group),
	};
	struct skua_hwi_query_counters_out out = {};
	unsigned int i;

	/* A dead device counted nothing. */
	skua_cmd_exec(eth->core, SKUA_HWI_CMD_QUERY_COUNTERS, &in, sizeof(in),
		      &out, sizeof(out));
	for (i = 0; i < n; i++)
		data[i] = le64_to_cpu(out.counter[counters[i].index]);
}

static void skua_eth_get_stats(struct net_device *ndev,
			       struct ethtool_stats *stats, u64 *data)
{
	struct skua_eth *eth = netdev_priv(ndev);

	skua_eth_get_counters(eth, SKUA_HWI_COUNTERS_ETH, skua_eth_counters,
			      ARRAY_SIZE(skua_eth_counters), data);
	if (eth->ipsec)
		skua_eth_get_counters(eth, SKUA_HWI_COUNTERS_IPSEC,
				      skua_eth_ipsec_counters,
				      ARRAY_SIZE(skua_eth_ipsec_counters),
				      data + ARRAY_SIZE(skua_eth_counters));
}

const struct ethtool_ops skua_eth_ethtool_ops = {
	.supported_coalesce_params = ETHTOOL_COALESCE_USECS |
				     ETHTOOL_COALESCE_MAX_FRAMES,
	.get_drvinfo = skua_eth_get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = skua_eth_get_link_ksettings,
	.get_ringparam = skua_eth_get_ringparam,
	.set_ringparam = skua_eth_set_ringparam,
	.get_coalesce = skua_eth_get_coalesce,
	.set_coalesce = skua_eth_set_coalesce,
	.get_sset_count = skua_eth_get_sset_count,
	.get_strings = skua_eth_get_strings,
	.get_ethtool_stats = skua_eth_get_stats,
	.get_ts_info = ethtool_op_get_ts_info,
};
