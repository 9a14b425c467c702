/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * skua_eth: the netdev of a function on its ETH QP (hwi §6 to §8). One send
 * queue and one receive queue, a CQ each, one NAPI context for both.
 */
#ifndef SKUA_ETH_H
#define SKUA_ETH_H

#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>

#include "skua_core.h"

#define SKUA_ETH_MAX_MTU     9000
#define SKUA_ETH_TX_LOG      10 /* blocks */
#define SKUA_ETH_TX_LOG_MIN  7
#define SKUA_ETH_TX_LOG_MAX  13
#define SKUA_ETH_RX_LOG      9 /* frames */
#define SKUA_ETH_RX_LOG_MIN  6
#define SKUA_ETH_RX_LOG_MAX  12

struct skua_eth_cq {
	struct skua_core_cq core_cq;
	struct napi_struct *napi;
	struct skua_ring ring;
	struct skua_hwi_cq_rec *rec;
	u32 ci;
	u32 sn;
	u8 log_size;
};

/* What stands in a block of the send queue that begins a WQE. */
struct skua_eth_tx_buf {
	struct sk_buff *skb;
	u8 num_bb;
	u8 num_sge;
};

struct skua_eth_tx {
	struct skua_eth_cq cq;
	struct skua_ring ring;
	struct skua_eth_tx_buf *bufs;
	struct skua_db db;
	u32 mask;	/* blocks - 1 */
	u32 max_sge;
	u32 pi;		/* written by xmit, under the queue's lock */
	u32 ci;		/* written by NAPI */
};

struct skua_eth_rx_buf {
	void *va;	/* from the page pool; NULL when taken */
	u32 truesize;
};

struct skua_eth_rx {
	struct skua_eth_cq cq;
	struct skua_ring ring;
	struct skua_hwi_rq_rec *rec;
	struct skua_eth_rx_buf *bufs;
	struct page_pool *pool;
	u32 mask;	/* entries - 1 */
	u32 buf_len;	/* of a frame */
	u32 pi;
	u32 ci;
};

struct skua_eth_moderation {
	u16 usecs;
	u16 frames;
};

enum skua_eth_work {
	SKUA_ETH_WORK_LINK,
	SKUA_ETH_WORK_RESTART,
};

struct skua_eth_ipsec;

struct skua_eth {
	struct net_device *ndev;
	struct skua_core *core;
	struct device *dma_dev;
	u32 pdn;
	u32 lkey;
	u32 port_flags;		/* SKUA_HWI_PORT_PROMISC, _ALLMULTI */
	struct skua_eth_ipsec *ipsec; /* NULL: the device knows none */

	struct notifier_block nb;
	struct work_struct work;
	unsigned long todo;	/* bits of enum skua_eth_work */

	u8 tx_log;
	u8 rx_log;
	struct skua_eth_moderation tx_mod;
	struct skua_eth_moderation rx_mod;

	/* Below: while the interface is up; of rtnl_lock(). */
	bool running;
	u32 qpn;
	struct skua_eth_tx tx;
	struct skua_eth_rx rx;
	struct napi_struct napi;
};

/* cq.c */
int skua_eth_cq_create(struct skua_eth *eth, struct skua_eth_cq *cq,
		       u8 log_size, const struct skua_eth_moderation *mod);
void skua_eth_cq_destroy(struct skua_eth *eth, struct skua_eth_cq *cq);
int skua_eth_cq_moderate(struct skua_eth *eth, struct skua_eth_cq *cq,
			 const struct skua_eth_moderation *mod);
struct skua_hwi_cqe *skua_eth_cq_next(struct skua_eth_cq *cq);
void skua_eth_cq_advance(struct skua_eth_cq *cq);
bool skua_eth_cq_arm(struct skua_eth_cq *cq);

/* qp.c */
int skua_eth_pd_create(struct skua_eth *eth);
void skua_eth_pd_destroy(struct skua_eth *eth);
int skua_eth_qp_create(struct skua_eth *eth);
void skua_eth_qp_destroy(struct skua_eth *eth);

/* tx.c */
int skua_eth_tx_create(struct skua_eth *eth);
void skua_eth_tx_destroy(struct skua_eth *eth);
netdev_tx_t skua_eth_xmit(struct sk_buff *skb, struct net_device *ndev);
void skua_eth_tx_clean(struct skua_eth *eth, int budget);

/* rx.c */
int skua_eth_rx_create(struct skua_eth *eth);
void skua_eth_rx_destroy(struct skua_eth *eth);
int skua_eth_rx_fill(struct skua_eth *eth, gfp_t gfp);
int skua_eth_rx_clean(struct skua_eth *eth, int budget);
bool skua_eth_rx_starved(const struct skua_eth *eth);

/* ethtool.c */
extern const struct ethtool_ops skua_eth_ethtool_ops;

/* ipsec.c */
#ifdef CONFIG_XFRM_OFFLOAD
int skua_eth_ipsec_init(struct skua_eth *eth);
void skua_eth_ipsec_cleanup(struct skua_eth *eth);
void skua_eth_ipsec_event(struct skua_eth *eth, u32 handle);
void skua_eth_ipsec_rx(struct skua_eth *eth, struct sk_buff *skb, u32 handle);
bool skua_eth_ipsec_tx(struct sk_buff *skb, u32 *handle);
#else
static inline int skua_eth_ipsec_init(struct skua_eth *eth)
{
	return 0;
}

static inline void skua_eth_ipsec_cleanup(struct skua_eth *eth)
{
}

static inline void skua_eth_ipsec_event(struct skua_eth *eth, u32 handle)
{
}

static inline void skua_eth_ipsec_rx(struct skua_eth *eth, struct sk_buff *skb,
				     u32 handle)
{
}

static inline bool skua_eth_ipsec_tx(struct sk_buff *skb, u32 *handle)
{
	return false;
}
#endif

/* main.c */
int skua_eth_restart(struct skua_eth *eth);
void skua_eth_qp_failed(struct skua_eth *eth, const struct skua_hwi_cqe *cqe);

#endif /* SKUA_ETH_H */
