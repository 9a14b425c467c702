// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Page lists (hwi §4). One page needs no list, up to 512 pages fill one list
 * page, and more of them stand behind an array of list-page addresses.
 */
#include <linux/dma-mapping.h>
#include <linux/slab.h>

#include "core.h"

#define SKUA_PBL_LIST_SIZE (1 << SKUA_HWI_PBL_LIST_SHIFT)

struct skua_pbl_list {
	__le64 *addr;
	dma_addr_t dma;
};

struct skua_pbl {
	struct device *dev;
	u32 count;
	u8 page_shift;
	u8 levels;
	__le64 page;		/* levels 0 */
	struct skua_pbl_list top; /* levels 2: addresses of the lists */
	size_t top_size;
	u32 num_lists;
	struct skua_pbl_list list[] __counted_by(num_lists);
};

static int skua_pbl_list_alloc(struct skua_pbl *pbl, struct skua_pbl_list *list,
			       size_t size)
{
	list->addr = dma_alloc_coherent(pbl->dev, size, &list->dma, GFP_KERNEL);
	return list->addr ? 0 : -ENOMEM;
}

static int skua_pbl_alloc_lists(struct skua_pbl *pbl)
{
	u32 i;
	int err;

	for (i = 0; i < pbl->num_lists; i++) {
		err = skua_pbl_list_alloc(pbl, &pbl->list[i],
					  SKUA_PBL_LIST_SIZE);
		if (err)
			return err;
	}
	if (pbl->levels < 2)
		return 0;

	err = skua_pbl_list_alloc(pbl, &pbl->top, pbl->top_size);
	if (err)
		return err;
	for (i = 0; i < pbl->num_lists; i++)
		pbl->top.addr[i] = cpu_to_le64(pbl->list[i].dma);
	return 0;
}

struct skua_pbl *skua_pbl_alloc(struct skua_core *core, u32 count,
				unsigned int page_shift)
{
	u32 num_lists = 0;
	struct skua_pbl *pbl;

	if (!count || page_shift < SKUA_HWI_PAGE_SHIFT_MIN ||
	    page_shift > SKUA_HWI_PAGE_SHIFT_MAX)
		return NULL;
	if (count > 1)
		num_lists = DIV_ROUND_UP_ULL(count, SKUA_HWI_PBL_LIST_LEN);

	pbl = kvzalloc_flex(*pbl, list, num_lists);
	if (!pbl)
		return NULL;

	pbl->dev = &core->pdev->dev;
	pbl->count = count;
	pbl->page_shift = page_shift;
	pbl->num_lists = num_lists;
	pbl->levels = min(num_lists, 2u);
	pbl->top_size = array_size(num_lists, sizeof(__le64));
	if (skua_pbl_alloc_lists(pbl)) {
		skua_pbl_free(pbl);
		return NULL;
	}
	return pbl;
}
EXPORT_SYMBOL_GPL(skua_pbl_alloc);

void skua_pbl_set(struct skua_pbl *pbl, u32 index, dma_addr_t page)
{
	__le64 addr = cpu_to_le64(page);

	if (WARN_ON_ONCE(index >= pbl->count))
		return;

	if (!pbl->levels)
		pbl->page = addr;
	else
		pbl->list[index / SKUA_HWI_PBL_LIST_LEN]
			.addr[index % SKUA_HWI_PBL_LIST_LEN] = addr;
}
EXPORT_SYMBOL_GPL(skua_pbl_set);

void skua_pbl_hwi(const struct skua_pbl *pbl, u32 offset,
		  struct skua_hwi_pbl *out)
{
	*out = (struct skua_hwi_pbl){
		.count = cpu_to_le32(pbl->count),
		.offset = cpu_to_le32(offset),
		.page_shift = pbl->page_shift,
		.levels = pbl->levels,
	};

	switch (pbl->levels) {
	case 0:
		out->addr = pbl->page;
		break;
	case 1:
		out->addr = cpu_to_le64(pbl->list[0].dma);
		break;
	default:
		out->addr = cpu_to_le64(pbl->top.dma);
	}
}
EXPORT_SYMBOL_GPL(skua_pbl_hwi);

void skua_pbl_free(struct skua_pbl *pbl)
{
	u32 i;

	if (!pbl)
		return;

	if (pbl->top.addr)
		dma_free_coherent(pbl->dev, pbl->top_size, pbl->top.addr,
				  pbl->top.dma);
	for (i = 0; i < pbl->num_lists && pbl->list[i].addr; i++)
		dma_free_coherent(pbl->dev, SKUA_PBL_LIST_SIZE,
				  pbl->list[i].addr, pbl->list[i].dma);
	kvfree(pbl);
}
EXPORT_SYMBOL_GPL(skua_pbl_free);
