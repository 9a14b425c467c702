// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Receiving frames (hwi §7): each entry has one SGE, a buffer for the largest
 * frame of the MTU, cut from a page pool and handed to the stack as the linear
 * part of an skb. Entries are used and completed in order, so slot ci always
 * holds the buffer of the next completion.
 */
#include <linux/slab.h>
#include <net/page_pool/helpers.h>

#include "eth.h"

#define SKUA_ETH_RX_HEADROOM (NET_SKB_PAD + NET_IP_ALIGN)

struct skua_eth_rx_entry {
	struct skua_hwi_rwqe rwqe;
	struct skua_hwi_sge sge;
} __aligned(1 << SKUA_HWI_RQ_MIN_LOG_STRIDE);

static_assert(sizeof(struct skua_eth_rx_entry) ==
	      1 << SKUA_HWI_RQ_MIN_LOG_STRIDE);

static u32 skua_eth_rx_buf_size(const struct skua_eth_rx *rx)
{
	return SKB_HEAD_ALIGN(SKUA_ETH_RX_HEADROOM + rx->buf_len);
}

static int skua_eth_rx_post(struct skua_eth *eth, gfp_t gfp)
{
	struct skua_eth_rx *rx = &eth->rx;
	struct skua_eth_rx_entry *entry = rx->ring.buf;
	struct skua_eth_rx_buf *buf;
	unsigned int offset;
	struct page *page;

	buf = &rx->bufs[rx->pi & rx->mask];
	buf->truesize = skua_eth_rx_buf_size(rx);
	page = page_pool_alloc(rx->pool, &offset, &buf->truesize, gfp);
	if (!page)
		return -ENOMEM;
	buf->va = page_address(page) + offset;

	entry += rx->pi & rx->mask;
	entry->rwqe.tag = cpu_to_le32(rx->pi & rx->mask);
	entry->rwqe.num_sge = 1;
	entry->sge.addr = cpu_to_le64(page_pool_get_dma_addr(page) + offset +
				      SKUA_ETH_RX_HEADROOM);
	entry->sge.len = cpu_to_le32(rx->buf_len);
	entry->sge.lkey = cpu_to_le32(eth->lkey);
	rx->pi++;
	return 0;
}

/* Not before the QP is in INIT: until then its indices are zero (§3). */
int skua_eth_rx_fill(struct skua_eth *eth, gfp_t gfp)
{
	struct skua_eth_rx *rx = &eth->rx;
	int err = 0;

	while (!err && rx->pi - rx->ci <= rx->mask)
		err = skua_eth_rx_post(eth, gfp);

	/* The device reads pi, then the entries before it. */
	dma_wmb();
	WRITE_ONCE(rx->rec->pi, cpu_to_le32(rx->pi));
	return err;
}

/* No buffer left, and none came: no frame will ever cause an interrupt. */
bool skua_eth_rx_starved(const struct skua_eth *eth)
{
	return eth->rx.pi == eth->rx.ci;
}

static void skua_eth_rx_deliver(struct skua_eth *eth, struct sk_buff *skb,
				u32 len, const struct skua_hwi_cqe *cqe)
{
	struct net_device *ndev = eth->ndev;

	skb_reserve(skb, SKUA_ETH_RX_HEADROOM);
	skb_put(skb, len);
	skb_mark_for_recycle(skb);
	skb_record_rx_queue(skb, 0);
	skb->protocol = eth_type_trans(skb, ndev);
	if (cqe->flags & SKUA_HWI_CQE_F_CSUM_OK &&
	    ndev->features & NETIF_F_RXCSUM)
		skb->ip_summed = CHECKSUM_UNNECESSARY;
	if (cqe->flags & SKUA_HWI_CQE_F_IPSEC)
		skua_eth_ipsec_rx(eth, skb, le32_to_cpu(cqe->sa));

	dev_dstats_rx_add(ndev, len);
	napi_gro_receive(&eth->napi, skb);
}

static void skua_eth_rx_one(struct skua_eth *eth,
			    const struct skua_hwi_cqe *cqe)
{
	u32 len = le32_to_cpu(READ_ONCE(cqe->byte_len));
	struct skua_eth_rx *rx = &eth->rx;
	struct skua_eth_rx_buf *buf;
	struct sk_buff *skb;
	struct page *page;

	buf = &rx->bufs[rx->ci++ & rx->mask];
	if (unlikely(cqe->status != SKUA_HWI_CQE_OK)) {
		skua_eth_qp_failed(eth, cqe);
		goto drop;
	}
	if (unlikely(len < ETH_HLEN || len > rx->buf_len))
		goto drop;

	page = virt_to_head_page(buf->va);
	page_pool_dma_sync_for_cpu(rx->pool, page,
				   buf->va - page_address(page) +
					   SKUA_ETH_RX_HEADROOM,
				   len);

	skb = napi_build_skb(buf->va, buf->truesize);
	if (unlikely(!skb))
		goto drop;

	buf->va = NULL;
	skua_eth_rx_deliver(eth, skb, len, cqe);
	return;

drop:
	dev_dstats_rx_dropped(eth->ndev);
	page_pool_free_va(rx->pool, buf->va, true);
	buf->va = NULL;
}

int skua_eth_rx_clean(struct skua_eth *eth, int budget)
{
	struct skua_eth_rx *rx = &eth->rx;
	struct skua_hwi_cqe *cqe;
	int done = 0;

	while (done < budget && rx->ci != rx->pi &&
	       (cqe = skua_eth_cq_next(&rx->cq))) {
		skua_eth_rx_one(eth, cqe);
		skua_eth_cq_advance(&rx->cq);
		done++;
	}

	skua_eth_rx_fill(eth, GFP_ATOMIC | __GFP_NOWARN);
	return done;
}

static int skua_eth_rx_pool_create(struct skua_eth *eth)
{
	struct skua_eth_rx *rx = &eth->rx;
	struct page_pool_params params = {
		.order = get_order(skua_eth_rx_buf_size(rx)),
		.pool_size = 1u << eth->rx_log,
		.nid = dev_to_node(eth->dma_dev),
		.dev = eth->dma_dev,
		.napi = &eth->napi,
		.netdev = eth->ndev,
		.dma_dir = DMA_FROM_DEVICE,
		.flags = PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV,
	};

	params.max_len = PAGE_SIZE << params.order;
	rx->pool = page_pool_create(&params);
	return PTR_ERR_OR_ZERO(rx->pool);
}

static void skua_eth_rx_free_bufs(struct skua_eth_rx *rx)
{
	u32 i;

	for (i = 0; i <= rx->mask; i++)
		if (rx->bufs[i].va)
			page_pool_free_va(rx->pool, rx->bufs[i].va, false);
	page_pool_destroy(rx->pool);
	kvfree(rx->bufs);
}

static int skua_eth_rx_alloc_bufs(struct skua_eth *eth)
{
	struct skua_eth_rx *rx = &eth->rx;
	u32 size = 1u << eth->rx_log;
	int err;

	rx->mask = size - 1;
	rx->pi = 0;
	rx->ci = 0;
	/* Two tags: a VLAN of the stack's own on top of the caller's. */
	rx->buf_len = eth->ndev->mtu + ETH_HLEN + 2 * VLAN_HLEN;

	rx->bufs = kvzalloc_objs(*rx->bufs, size);
	if (!rx->bufs)
		return -ENOMEM;

	err = skua_eth_rx_pool_create(eth);
	if (err)
		kvfree(rx->bufs);
	return err;
}

int skua_eth_rx_create(struct skua_eth *eth)
{
	struct skua_eth_rx *rx = &eth->rx;
	size_t ring_size = sizeof(struct skua_eth_rx_entry) << eth->rx_log;
	int err;

	err = skua_eth_rx_alloc_bufs(eth);
	if (err)
		return err;

	err = skua_ring_alloc(eth->core, &rx->ring,
			      ring_size + sizeof(*rx->rec));
	if (err)
		goto err_bufs;
	rx->rec = rx->ring.buf + ring_size;

	err = skua_eth_cq_create(eth, &rx->cq, eth->rx_log, &eth->rx_mod);
	if (err)
		goto err_ring;
	return 0;

err_ring:
	skua_ring_free(eth->core, &rx->ring);
err_bufs:
	skua_eth_rx_free_bufs(rx);
	return err;
}

void skua_eth_rx_destroy(struct skua_eth *eth)
{
	struct skua_eth_rx *rx = &eth->rx;

	skua_eth_cq_destroy(eth, &rx->cq);
	skua_ring_free(eth->core, &rx->ring);
	skua_eth_rx_free_bufs(rx);
}
