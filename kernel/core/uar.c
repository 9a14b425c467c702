// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Doorbell pages (hwi §3). A page is handed out whole to a user context; the
 * kernel's own queues share pages, slot by slot.
 */
#include <linux/bitmap.h>
#include <linux/slab.h>

#include "core.h"

static void __iomem *skua_uar_db(struct skua_core *core, u32 index)
{
	return core->db + index * SKUA_HWI_UAR_PAGE_SIZE;
}

/* Nothing of a page's last owner reaches the next; the rest is the device's. */
static void skua_uar_clear(struct skua_core *core, u32 index)
{
	struct skua_hwi_db_slot __iomem *slot = skua_uar_db(core, index);
	unsigned int i;

	for (i = 0; i < SKUA_HWI_DB_SLOTS; i++)
		writel(0, &slot[i].pi);
}

int skua_uar_alloc(struct skua_core *core, struct skua_uar *uar, bool map)
{
	resource_size_t offset;
	int index;

	index = ida_alloc_max(&core->uars, core->uar_pages - 1, GFP_KERNEL);
	if (index < 0)
		return index;

	skua_uar_clear(core, index);

	offset = (resource_size_t)index * SKUA_HWI_UAR_PAGE_SIZE;
	*uar = (struct skua_uar){
		.index = index,
		.db_phys = pci_resource_start(core->pdev,
					      SKUA_HWI_BAR_DOORBELL) + offset,
		.kick_phys = pci_resource_start(core->pdev,
						SKUA_HWI_BAR_KICK) + offset,
	};
	if (map) {
		uar->db = core->db + offset;
		uar->kick = core->kick + offset;
	}
	return 0;
}
EXPORT_SYMBOL_GPL(skua_uar_alloc);

void skua_uar_free(struct skua_core *core, struct skua_uar *uar)
{
	ida_free(&core->uars, uar->index);
}
EXPORT_SYMBOL_GPL(skua_uar_free);

/* A page of the kernel's own. */
struct skua_db_page {
	struct list_head node;
	struct skua_uar uar;
};

static struct skua_db_page *skua_db_page_add(struct skua_core *core)
{
	struct skua_db_page *page;
	int err;

	page = kzalloc_obj(*page);
	if (!page)
		return ERR_PTR(-ENOMEM);

	err = skua_uar_alloc(core, &page->uar, true);
	if (err) {
		kfree(page);
		return ERR_PTR(err);
	}
	list_add(&page->node, &core->db_pages);
	return page;
}

static struct skua_db_page *skua_db_page_get(struct skua_core *core)
{
	struct skua_db_page *page;

	list_for_each_entry(page, &core->db_pages, node)
		if (!bitmap_full(page->uar.used, SKUA_HWI_DB_SLOTS))
			return page;

	return skua_db_page_add(core);
}

int skua_db_alloc(struct skua_core *core, struct skua_db *db)
{
	struct skua_hwi_db_slot __iomem *slots;
	struct skua_db_page *page;
	unsigned int slot;

	guard(mutex)(&core->db_lock);

	page = skua_db_page_get(core);
	if (IS_ERR(page))
		return PTR_ERR(page);

	slot = find_first_zero_bit(page->uar.used, SKUA_HWI_DB_SLOTS);
	__set_bit(slot, page->uar.used);

	slots = page->uar.db;
	*db = (struct skua_db){
		.slot = &slots[slot],
		.kick = page->uar.kick,
		.uar_page = page->uar.index,
		.db_slot = slot,
	};
	writel(0, &db->slot->pi);
	return 0;
}
EXPORT_SYMBOL_GPL(skua_db_alloc);

void skua_db_free(struct skua_core *core, struct skua_db *db)
{
	struct skua_db_page *page;

	guard(mutex)(&core->db_lock);

	list_for_each_entry(page, &core->db_pages, node) {
		if (page->uar.index != db->uar_page)
			continue;

		__clear_bit(db->db_slot, page->uar.used);
		if (bitmap_empty(page->uar.used, SKUA_HWI_DB_SLOTS)) {
			list_del(&page->node);
			skua_uar_free(core, &page->uar);
			kfree(page);
		}
		return;
	}
}
EXPORT_SYMBOL_GPL(skua_db_free);

void skua_db_ring(struct skua_db *db, u32 pi)
{
	/* §3: writel() orders it after the blocks; then a full barrier. */
	writel(pi, &db->slot->pi);
	mb();
	if (readl(&db->slot->armed))
		writel(db->db_slot, db->kick);
}
EXPORT_SYMBOL_GPL(skua_db_ring);

void skua_db_kick_rq(struct skua_db *db)
{
	writel(SKUA_HWI_KICK_RQ | db->db_slot, db->kick);
}
EXPORT_SYMBOL_GPL(skua_db_kick_rq);

int skua_uars_init(struct skua_core *core)
{
	u32 pages = skua_reg_read(core, SKUA_HWI_REG_UAR_PAGES);
	u64 len = min(pci_resource_len(core->pdev, SKUA_HWI_BAR_DOORBELL),
		      pci_resource_len(core->pdev, SKUA_HWI_BAR_KICK));

	if (!pages || pages > len / SKUA_HWI_UAR_PAGE_SIZE)
		return dev_err_probe(&core->pdev->dev, -EINVAL,
				     "%u doorbell pages in %llu bytes\n",
				     pages, len);

	core->uar_pages = pages;
	ida_init(&core->uars);
	mutex_init(&core->db_lock);
	INIT_LIST_HEAD(&core->db_pages);
	return 0;
}

void skua_uars_cleanup(struct skua_core *core)
{
	ida_destroy(&core->uars);
}
