// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * User contexts and their doorbell pages (§3). A context gets pages as its QPs
 * need slots, 64 QPs to a page, and keeps them until it is closed.
 */
#include <linux/slab.h>
#include <rdma/uverbs_ioctl.h>

#include <rdma/skua-abi.h>

#include "skua_ib.h"
#include "skua_translate_device.h"

static struct skua_ib_mmap_entry *
to_skua_mmap_entry(struct rdma_user_mmap_entry *rdma_entry)
{
	return container_of(rdma_entry, struct skua_ib_mmap_entry, rdma);
}

static struct skua_ib_mmap_entry *
skua_ib_mmap_insert(struct skua_ib_ucontext *uc, phys_addr_t phys)
{
	struct skua_ib_mmap_entry *entry;
	int err;

	entry = kzalloc_obj(*entry);
	if (!entry)
		return ERR_PTR(-ENOMEM);

	entry->phys = phys;
	err = rdma_user_mmap_entry_insert(&uc->ib, &entry->rdma,
					  SKUA_HWI_UAR_PAGE_SIZE);
	if (err) {
		kfree(entry);
		return ERR_PTR(err);
	}
	return entry;
}

void skua_ib_mmap_free(struct rdma_user_mmap_entry *rdma_entry)
{
	kfree(to_skua_mmap_entry(rdma_entry));
}

/*
 * Uncached, as the driver itself maps these pages: a doorbell must not linger
 * in a write-combining buffer, and armed is to be read from the device.
 */
int skua_ib_mmap(struct ib_ucontext *ibuc, struct vm_area_struct *vma)
{
	struct rdma_user_mmap_entry *rdma_entry;
	int err;

	rdma_entry = rdma_user_mmap_entry_get(ibuc, vma);
	if (!rdma_entry)
		return -EINVAL;

	err = rdma_user_mmap_io(ibuc, vma,
				to_skua_mmap_entry(rdma_entry)->phys >>
					PAGE_SHIFT,
				SKUA_HWI_UAR_PAGE_SIZE,
				pgprot_noncached(vma->vm_page_prot),
				rdma_entry);
	rdma_user_mmap_entry_put(rdma_entry);
	return err;
}

static struct skua_ib_user_uar *skua_ib_uar_add(struct skua_ib_dev *dev,
						struct skua_ib_ucontext *uc)
{
	struct skua_ib_user_uar *page;
	int err;

	page = kzalloc_obj(*page);
	if (!page)
		return ERR_PTR(-ENOMEM);

	err = skua_uar_alloc(dev->core, &page->uar, true);
	if (err)
		goto err_page;

	page->db = skua_ib_mmap_insert(uc, page->uar.db_phys);
	if (IS_ERR(page->db)) {
		err = PTR_ERR(page->db);
		goto err_uar;
	}
	page->kick = skua_ib_mmap_insert(uc, page->uar.kick_phys);
	if (IS_ERR(page->kick)) {
		err = PTR_ERR(page->kick);
		goto err_db;
	}
	list_add_tail(&page->node, &uc->uars);
	return page;

err_db:
	rdma_user_mmap_entry_remove(&page->db->rdma);
err_uar:
	skua_uar_free(dev->core, &page->uar);
err_page:
	kfree(page);
	return ERR_PTR(err);
}

/*
 * The context's mappings are gone when it goes: each held the file open, or the
 * RDMA core has zapped them. So the page can have another owner at once.
 */
static void skua_ib_uar_del(struct skua_ib_dev *dev,
			    struct skua_ib_user_uar *page)
{
	list_del(&page->node);
	rdma_user_mmap_entry_remove(&page->db->rdma);
	rdma_user_mmap_entry_remove(&page->kick->rdma);
	skua_uar_free(dev->core, &page->uar);
	kfree(page);
}

static struct skua_ib_user_uar *skua_ib_uar_find(struct skua_ib_dev *dev,
						 struct skua_ib_ucontext *uc)
{
	struct skua_ib_user_uar *page;

	list_for_each_entry(page, &uc->uars, node)
		if (!bitmap_full(page->uar.used, SKUA_HWI_DB_SLOTS))
			return page;

	return skua_ib_uar_add(dev, uc);
}

struct skua_ib_user_uar *skua_ib_slot_get(struct skua_ib_dev *dev,
					  struct skua_ib_ucontext *uc,
					  u8 *slot)
{
	struct skua_hwi_db_slot __iomem *slots;
	struct skua_ib_user_uar *page;

	guard(mutex)(&uc->lock);

	page = skua_ib_uar_find(dev, uc);
	if (IS_ERR(page))
		return page;

	*slot = find_first_zero_bit(page->uar.used, SKUA_HWI_DB_SLOTS);
	__set_bit(*slot, page->uar.used);

	/* §3: zero before CREATE_QP, whatever the last QP left there. */
	slots = page->uar.db;
	writel(0, &slots[*slot].pi);
	return page;
}

void skua_ib_slot_put(struct skua_ib_ucontext *uc,
		      struct skua_ib_user_uar *page, u8 slot)
{
	guard(mutex)(&uc->lock);
	__clear_bit(slot, page->uar.used);
}

int skua_ib_alloc_ucontext(struct ib_ucontext *ibuc, struct ib_udata *udata)
{
	struct skua_ib_ucontext *uc = to_skua_ucontext(ibuc);
	struct skua_ib_dev *dev = to_skua_dev(ibuc->device);
	struct skua_uresp_alloc_ucontext resp;
	int err;

	/* With larger pages a process would see doorbells of others. */
	if (PAGE_SIZE != SKUA_HWI_UAR_PAGE_SIZE)
		return -EOPNOTSUPP;

	err = ib_is_udata_in_empty(udata);
	if (err)
		return err;

	mutex_init(&uc->lock);
	INIT_LIST_HEAD(&uc->uars);

	skua_ucontext_answer(dev->caps, 0, &resp);
	return ib_respond_udata(udata, resp);
}

void skua_ib_dealloc_ucontext(struct ib_ucontext *ibuc)
{
	struct skua_ib_ucontext *uc = to_skua_ucontext(ibuc);
	struct skua_ib_dev *dev = to_skua_dev(ibuc->device);
	struct skua_ib_user_uar *page, *next;

	list_for_each_entry_safe(page, next, &uc->uars, node)
		skua_ib_uar_del(dev, page);
	mutex_destroy(&uc->lock);
}

/* The RDMA core zaps the mappings; that it may do so is all it asks here. */
void skua_ib_disassociate_ucontext(struct ib_ucontext *ibuc)
{
}
