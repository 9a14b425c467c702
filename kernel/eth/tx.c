// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Sending frames (hwi §6): one signaled WQE a frame, of one block for a linear
 * frame and five at most. WQEs complete in order.
 */
#include <linux/dma-mapping.h>
#include <linux/slab.h>
#include <net/netdev_queues.h>

#include "eth.h"

#define SKUA_ETH_SEG 16 /* bytes; ctrl and SGE alike */

static_assert(sizeof(struct skua_hwi_wqe_ctrl) == SKUA_ETH_SEG);
static_assert(sizeof(struct skua_hwi_sge) == SKUA_ETH_SEG);

#define SKUA_ETH_TX_BB(num_sge) \
	DIV_ROUND_UP(SKUA_ETH_SEG * (1 + (num_sge)), SKUA_HWI_WQE_BB)
#define SKUA_ETH_TX_MAX_BB SKUA_ETH_TX_BB(1 + MAX_SKB_FRAGS)

static_assert(SKUA_ETH_TX_MAX_BB <= SKUA_HWI_WQE_MAX_BB);

static u32 skua_eth_tx_room(const struct skua_eth_tx *tx)
{
	return tx->mask + 1 - (READ_ONCE(tx->pi) - READ_ONCE(tx->ci));
}

/* Segment @n of the WQE that begins at block @index, modulo the ring. */
static void *skua_eth_tx_seg(struct skua_eth_tx *tx, u32 index, u32 n)
{
	size_t size = ((size_t)tx->mask + 1) << SKUA_HWI_WQE_BB_SHIFT;
	size_t offset = (size_t)(index & tx->mask) << SKUA_HWI_WQE_BB_SHIFT;

	return tx->ring.buf + ((offset + n * SKUA_ETH_SEG) & (size - 1));
}

static void skua_eth_tx_set_sge(struct skua_eth *eth, u32 n, dma_addr_t addr,
				u32 len)
{
	struct skua_hwi_sge *sge =
		skua_eth_tx_seg(&eth->tx, eth->tx.pi, 1 + n);

	sge->addr = cpu_to_le64(addr);
	sge->len = cpu_to_le32(len);
	sge->lkey = cpu_to_le32(eth->lkey);
}

/* The first of @num_sge SGEs is the linear part. The device only reads them. */
static void skua_eth_tx_unmap(struct skua_eth *eth, u32 index, u32 num_sge)
{
	struct skua_hwi_sge *sge;
	u32 i;

	for (i = 0; i < num_sge; i++) {
		sge = skua_eth_tx_seg(&eth->tx, index, 1 + i);
		if (i)
			dma_unmap_page(eth->dma_dev, le64_to_cpu(sge->addr),
				       le32_to_cpu(sge->len), DMA_TO_DEVICE);
		else
			dma_unmap_single(eth->dma_dev, le64_to_cpu(sge->addr),
					 le32_to_cpu(sge->len), DMA_TO_DEVICE);
	}
}

static int skua_eth_tx_map(struct skua_eth *eth, struct sk_buff *skb)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);
	struct skua_eth_tx *tx = &eth->tx;
	dma_addr_t dma;
	u32 i;

	dma = dma_map_single(eth->dma_dev, skb->data, skb_headlen(skb),
			     DMA_TO_DEVICE);
	if (dma_mapping_error(eth->dma_dev, dma))
		return -ENOMEM;
	skua_eth_tx_set_sge(eth, 0, dma, skb_headlen(skb));

	for (i = 0; i < shinfo->nr_frags; i++) {
		skb_frag_t *frag = &shinfo->frags[i];

		dma = skb_frag_dma_map(eth->dma_dev, frag, 0,
				       skb_frag_size(frag), DMA_TO_DEVICE);
		if (dma_mapping_error(eth->dma_dev, dma)) {
			skua_eth_tx_unmap(eth, tx->pi, 1 + i);
			return -ENOMEM;
		}
		skua_eth_tx_set_sge(eth, 1 + i, dma, skb_frag_size(frag));
	}
	return 0;
}

netdev_tx_t skua_eth_xmit(struct sk_buff *skb, struct net_device *ndev)
{
	struct netdev_queue *txq = netdev_get_tx_queue(ndev, 0);
	struct skua_eth *eth = netdev_priv(ndev);
	struct skua_eth_tx *tx = &eth->tx;
	struct skua_hwi_wqe_ctrl *ctrl;
	struct skua_eth_tx_buf *buf;
	u8 num_sge, num_bb;
	u32 sa = 0;
	bool seal;

	/* Before it is mapped: the IV is written. */
	seal = skua_eth_ipsec_tx(skb, &sa);

	/* A frame on a wire has 60 bytes; frees the skb when it fails. */
	if (skb_put_padto(skb, ETH_ZLEN))
		goto dropped;

	if (skb_shinfo(skb)->nr_frags >= tx->max_sge && skb_linearize(skb))
		goto drop;

	/* The queue stops in time, so there is room for the largest WQE. */
	if (skua_eth_tx_map(eth, skb))
		goto drop;

	num_sge = 1 + skb_shinfo(skb)->nr_frags;
	num_bb = SKUA_ETH_TX_BB(num_sge);
	ctrl = skua_eth_tx_seg(tx, tx->pi, 0);
	*ctrl = (struct skua_hwi_wqe_ctrl){
		.opcode = SKUA_HWI_WQE_ETH,
		.flags = SKUA_HWI_WQE_SIGNALED |
			 (seal ? SKUA_HWI_WQE_IPSEC : 0),
		.sa = cpu_to_le32(sa),
		.num_bb = num_bb,
		.num_sge = num_sge,
	};

	buf = &tx->bufs[tx->pi & tx->mask];
	*buf = (struct skua_eth_tx_buf){
		.skb = skb,
		.num_bb = num_bb,
		.num_sge = num_sge,
	};
	skb_tx_timestamp(skb);
	WRITE_ONCE(tx->pi, tx->pi + num_bb);

	netif_txq_maybe_stop(txq, skua_eth_tx_room(tx), SKUA_ETH_TX_MAX_BB,
			     2 * SKUA_ETH_TX_MAX_BB);
	if (__netdev_tx_sent_queue(txq, skb->len, netdev_xmit_more()))
		skua_db_ring(&tx->db, tx->pi);
	return NETDEV_TX_OK;

drop:
	dev_kfree_skb_any(skb);
dropped:
	dev_dstats_tx_dropped(ndev);
	/* Frames before this one may have counted on its doorbell. */
	if (!netdev_xmit_more())
		skua_db_ring(&tx->db, tx->pi);
	return NETDEV_TX_OK;
}

void skua_eth_tx_clean(struct skua_eth *eth, int budget)
{
	struct netdev_queue *txq = netdev_get_tx_queue(eth->ndev, 0);
	unsigned int pkts = 0, bytes = 0;
	struct skua_eth_tx *tx = &eth->tx;
	struct skua_eth_tx_buf *buf;
	struct skua_hwi_cqe *cqe;
	u32 ci = tx->ci;

	while (ci != READ_ONCE(tx->pi) && (cqe = skua_eth_cq_next(&tx->cq))) {
		buf = &tx->bufs[ci & tx->mask];
		skua_eth_tx_unmap(eth, ci, buf->num_sge);

		pkts++;
		bytes += buf->skb->len;
		if (likely(cqe->status == SKUA_HWI_CQE_OK)) {
			dev_dstats_tx_add(eth->ndev, buf->skb->len);
		} else {
			skua_eth_qp_failed(eth, cqe);
			dev_dstats_tx_dropped(eth->ndev);
		}

		skua_eth_cq_advance(&tx->cq);
		ci += buf->num_bb;
		napi_consume_skb(buf->skb, budget);
		buf->skb = NULL;
	}

	WRITE_ONCE(tx->ci, ci);
	netif_txq_completed_wake(txq, pkts, bytes, skua_eth_tx_room(tx),
				 2 * SKUA_ETH_TX_MAX_BB);
}

int skua_eth_tx_create(struct skua_eth *eth)
{
	u32 max_sge = skua_core_caps(eth->core)->max_sge;
	struct skua_eth_tx *tx = &eth->tx;
	u32 size = 1u << eth->tx_log;
	int err;

	tx->mask = size - 1;
	tx->max_sge = max_sge;
	tx->pi = 0;
	tx->ci = 0;

	tx->bufs = kvzalloc_objs(*tx->bufs, size);
	if (!tx->bufs)
		return -ENOMEM;

	err = skua_ring_alloc(eth->core, &tx->ring,
			      (size_t)size << SKUA_HWI_WQE_BB_SHIFT);
	if (err)
		goto err_bufs;

	err = skua_db_alloc(eth->core, &tx->db);
	if (err)
		goto err_ring;

	err = skua_eth_cq_create(eth, &tx->cq, eth->tx_log, &eth->tx_mod);
	if (err)
		goto err_db;
	return 0;

err_db:
	skua_db_free(eth->core, &tx->db);
err_ring:
	skua_ring_free(eth->core, &tx->ring);
err_bufs:
	kvfree(tx->bufs);
	return err;
}

/* Frames whose completion never came. NAPI and xmit are quiet. */
static void skua_eth_tx_flush(struct skua_eth *eth)
{
	struct skua_eth_tx *tx = &eth->tx;
	struct skua_eth_tx_buf *buf;

	for (; tx->ci != tx->pi; tx->ci += buf->num_bb) {
		buf = &tx->bufs[tx->ci & tx->mask];
		skua_eth_tx_unmap(eth, tx->ci, buf->num_sge);
		dev_kfree_skb(buf->skb);
		dev_dstats_tx_dropped(eth->ndev);
	}
	netdev_tx_reset_queue(netdev_get_tx_queue(eth->ndev, 0));
}

void skua_eth_tx_destroy(struct skua_eth *eth)
{
	struct skua_eth_tx *tx = &eth->tx;

	skua_eth_cq_destroy(eth, &tx->cq);
	skua_eth_tx_flush(eth);
	skua_db_free(eth->core, &tx->db);
	skua_ring_free(eth->core, &tx->ring);
	kvfree(tx->bufs);
}
