// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Page lists (§4) of user memory. */
#include <rdma/iter.h>

#include "skua_ib.h"

static unsigned long skua_ib_page_sizes(const struct skua_ib_dev *dev)
{
	return le32_to_cpu(dev->caps->page_size_cap) &
	       GENMASK(SKUA_HWI_PAGE_SHIFT_MAX, SKUA_HWI_PAGE_SHIFT_MIN);
}

static struct skua_pbl *skua_ib_pbl_build(struct skua_ib_dev *dev,
					  struct ib_umem *umem,
					  unsigned long page_size, u32 offset,
					  struct skua_hwi_pbl *hwi)
{
	struct ib_block_iter iter;
	struct skua_pbl *pbl;
	size_t count;
	u32 i = 0;

	count = ib_umem_num_dma_blocks(umem, page_size);
	if (count > U32_MAX)
		return ERR_PTR(-EINVAL);

	pbl = skua_pbl_alloc(dev->core, count, __ffs(page_size));
	if (!pbl)
		return ERR_PTR(-ENOMEM);

	rdma_umem_for_each_dma_block(umem, &iter, page_size)
		skua_pbl_set(pbl, i++, rdma_block_iter_dma_address(&iter));
	skua_pbl_hwi(pbl, offset, hwi);
	return pbl;
}

/* A memory region: with the largest pages that its address @virt allows. */
struct skua_pbl *skua_ib_umem_pbl(struct skua_ib_dev *dev, struct ib_umem *umem,
				  u64 virt, struct skua_hwi_pbl *hwi)
{
	unsigned long page_size;

	page_size = ib_umem_find_best_pgsz(umem, skua_ib_page_sizes(dev), virt);
	if (!page_size)
		return ERR_PTR(-EINVAL);

	return skua_ib_pbl_build(dev, umem, page_size, virt & (page_size - 1),
				 hwi);
}

struct ib_umem *skua_ib_ring_umem(struct skua_ib_dev *dev, u64 buf, u64 size,
				  int access)
{
	if (buf > ULONG_MAX || size > ULONG_MAX - buf)
		return ERR_PTR(-EINVAL);
	return ib_umem_get_va(&dev->ibdev, buf, size, access);
}

/* A ring: it starts where a page does, so its alignment bounds the pages. */
struct skua_pbl *skua_ib_ring_pbl(struct skua_ib_dev *dev, struct ib_umem *umem,
				  struct skua_hwi_pbl *hwi)
{
	unsigned int align = __ffs64(umem->address |
				     BIT_ULL(SKUA_HWI_PAGE_SHIFT_MAX));
	unsigned long page_size;

	if (align < SKUA_HWI_PAGE_SHIFT_MIN)
		return ERR_PTR(-EINVAL);

	page_size = ib_umem_find_best_pgsz(umem,
					   skua_ib_page_sizes(dev) &
					   GENMASK(align,
						   SKUA_HWI_PAGE_SHIFT_MIN),
					   umem->address);
	if (!page_size)
		return ERR_PTR(-EINVAL);

	return skua_ib_pbl_build(dev, umem, page_size, 0, hwi);
}
