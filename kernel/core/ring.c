// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Rings in kernel memory (hwi §4): one coherent block that the device sees as
 * a single page, hence rounded up to a power of two, whose alignment
 * dma_alloc_coherent() guarantees.
 */
#include <linux/dma-mapping.h>
#include <linux/log2.h>

#include "core.h"

int skua_ring_alloc(struct skua_core *core, struct skua_ring *ring, size_t size)
{
	unsigned int shift = max(order_base_2(size), SKUA_HWI_PAGE_SHIFT_MIN);

	if (!size || shift > SKUA_HWI_PAGE_SHIFT_MAX)
		return -EINVAL;

	ring->size = (size_t)1 << shift;
	ring->buf = dma_alloc_coherent(&core->pdev->dev, ring->size, &ring->dma,
				       GFP_KERNEL);
	if (!ring->buf)
		return -ENOMEM;

	ring->pbl = (struct skua_hwi_pbl){
		.addr = cpu_to_le64(ring->dma),
		.count = cpu_to_le32(1),
		.page_shift = shift,
	};
	return 0;
}
EXPORT_SYMBOL_GPL(skua_ring_alloc);

void skua_ring_free(struct skua_core *core, struct skua_ring *ring)
{
	dma_free_coherent(&core->pdev->dev, ring->size, ring->buf, ring->dma);
	ring->buf = NULL;
}
EXPORT_SYMBOL_GPL(skua_ring_free);
