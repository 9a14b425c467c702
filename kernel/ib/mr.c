// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Memory regions (§9.5): of users, of the kernel by fast registration, all. */
#include <linux/dma-mapping.h>
#include <linux/slab.h>
#include <rdma/uverbs_ioctl.h>

#include "skua_ib.h"
#include "skua_translate_mkey.h"

static_assert(SKUA_IB_REREG_TRANS == (u32)IB_MR_REREG_TRANS);
static_assert(SKUA_IB_REREG_PD == (u32)IB_MR_REREG_PD);
static_assert(SKUA_IB_REREG_ACCESS == (u32)IB_MR_REREG_ACCESS);
static_assert(SKUA_IB_REREG_ALL == (u32)IB_MR_REREG_SUPPORTED);

int skua_ib_create_mkey(struct skua_ib_dev *dev,
			struct skua_hwi_create_mkey_in *in, u32 *key)
{
	struct skua_hwi_handle_out out;
	int err;

	/* The device gives out an index again: a stale key must not match. */
	in->variant = atomic_inc_return(&dev->mkey_variant);
	err = skua_cmd_exec(dev->core, SKUA_HWI_CMD_CREATE_MKEY, in,
			    sizeof(*in), &out, sizeof(out));
	if (err)
		return err;

	*key = le32_to_cpu(out.handle);
	return 0;
}

/* Refused while windows are bound to it, so it may fail. */
int skua_ib_destroy_mkey(struct skua_ib_dev *dev, u32 key)
{
	struct skua_hwi_handle_in in = { .handle = cpu_to_le32(key) };
	int err;

	err = skua_cmd_exec(dev->core, SKUA_HWI_CMD_DESTROY_MKEY, &in,
			    sizeof(in), NULL, 0);
	return skua_core_dead(dev->core) ? 0 : err;
}

static int skua_ib_mr_create(struct skua_ib_mr *mr, struct ib_pd *ibpd,
			     struct skua_hwi_create_mkey_in *in)
{
	u32 key;
	int err;

	err = skua_ib_create_mkey(to_skua_dev(ibpd->device), in, &key);
	if (err)
		return err;

	mr->ib.lkey = key;
	mr->ib.rkey = key;
	return 0;
}

struct ib_mr *skua_ib_get_dma_mr(struct ib_pd *ibpd, int access)
{
	struct skua_hwi_create_mkey_in in = {
		.type = SKUA_HWI_MKEY_PHYS,
		.pdn = cpu_to_le32(to_skua_pd(ibpd)->pdn),
		.access = skua_access_of(to_skua_dev(ibpd->device)->caps, access),
	};
	struct skua_ib_mr *mr;
	int err;

	err = skua_access_check(access);
	if (err)
		return ERR_PTR(err);

	mr = kzalloc_obj(*mr);
	if (!mr)
		return ERR_PTR(-ENOMEM);

	mr->access = access;
	err = skua_ib_mr_create(mr, ibpd, &in);
	if (err) {
		kfree(mr);
		return ERR_PTR(err);
	}
	return &mr->ib;
}

/* Makes the key for @umem, and does not take it over if it fails. */
static struct skua_ib_mr *skua_ib_mr_from_umem(struct ib_pd *ibpd,
					       struct ib_umem *umem, u64 virt,
					       int access)
{
	struct skua_ib_dev *dev = to_skua_dev(ibpd->device);
	struct skua_hwi_create_mkey_in in = {};
	struct skua_ib_mr *mr;
	struct skua_pbl *pbl;
	int err;

	mr = kzalloc_obj(*mr);
	if (!mr)
		return ERR_PTR(-ENOMEM);

	/* Pages are cut by the address that the device counts from. */
	pbl = skua_ib_umem_pbl(dev, umem,
			       access & IB_ZERO_BASED ? umem->address : virt,
			       &in.pbl);
	if (IS_ERR(pbl)) {
		err = PTR_ERR(pbl);
		goto err_mr;
	}

	mr->umem = umem;
	mr->access = access;
	mr->ib.iova = virt;
	mr->ib.length = umem->length;
	skua_mr_fill(&in, dev->caps, to_skua_pd(ibpd)->pdn, access, virt,
		     umem->length);
	err = skua_ib_mr_create(mr, ibpd, &in);
	skua_pbl_free(pbl);
	if (err)
		goto err_mr;
	return mr;

err_mr:
	kfree(mr);
	return ERR_PTR(err);
}

static struct skua_ib_mr *skua_ib_mr_pin(struct ib_pd *ibpd, u64 start,
					 u64 length, u64 virt, int access)
{
	struct skua_ib_dev *dev = to_skua_dev(ibpd->device);
	struct skua_ib_mr *mr;
	struct ib_umem *umem;
	int err;

	err = skua_mr_check(dev->caps, start, length, virt, access);
	if (err)
		return ERR_PTR(err);

	umem = ib_umem_get_va(&dev->ibdev, start, length, access);
	if (IS_ERR(umem))
		return ERR_CAST(umem);

	mr = skua_ib_mr_from_umem(ibpd, umem, virt, access);
	if (IS_ERR(mr))
		ib_umem_release(umem);
	return mr;
}

struct ib_mr *skua_ib_reg_user_mr(struct ib_pd *ibpd, u64 start, u64 length,
				  u64 virt, int access, struct ib_dmah *dmah,
				  struct ib_udata *udata)
{
	struct skua_ib_mr *mr;
	int err;

	if (dmah)
		return ERR_PTR(-EOPNOTSUPP);

	err = ib_no_udata_io(udata);
	if (err)
		return ERR_PTR(err);

	mr = skua_ib_mr_pin(ibpd, start, length, virt, access);
	return IS_ERR(mr) ? ERR_CAST(mr) : &mr->ib;
}

static int skua_ib_mr_modify(struct skua_ib_mr *mr, int flags, int access,
			     struct ib_pd *ibpd)
{
	struct skua_ib_dev *dev = to_skua_dev(mr->ib.device);
	struct skua_hwi_modify_mkey_in in = {};
	int err;

	err = ib_umem_check_rereg(mr->umem, flags, access);
	if (err)
		return err;

	skua_mr_modify(&in, dev->caps, mr->ib.lkey, flags, access,
		       to_skua_pd(ibpd)->pdn);
	err = skua_cmd_exec(dev->core, SKUA_HWI_CMD_MODIFY_MKEY, &in,
			    sizeof(in), NULL, 0);
	if (!err)
		mr->access = access;
	return err;
}

/*
 * Other memory makes a new region with a new key, and the RDMA core then
 * deregisters the old one. The old key goes here, where a window bound to it
 * can still stop it all.
 */
static struct ib_mr *skua_ib_mr_move(struct skua_ib_mr *old, u64 start,
				     u64 length, u64 virt, int access,
				     struct ib_pd *ibpd)
{
	struct skua_ib_dev *dev = to_skua_dev(old->ib.device);
	struct skua_ib_mr *mr;
	int err;

	mr = skua_ib_mr_pin(ibpd, start, length, virt, access);
	if (IS_ERR(mr))
		return ERR_CAST(mr);

	err = skua_ib_destroy_mkey(dev, old->ib.lkey);
	if (err) {
		skua_ib_destroy_mkey(dev, mr->ib.lkey);
		ib_umem_release(mr->umem);
		kfree(mr);
		return ERR_PTR(err);
	}
	old->replaced = true;
	return &mr->ib;
}

struct ib_mr *skua_ib_rereg_user_mr(struct ib_mr *ibmr, int flags, u64 start,
				    u64 length, u64 virt, int access,
				    struct ib_pd *ibpd, struct ib_udata *udata)
{
	struct skua_ib_mr *mr = to_skua_mr(ibmr);
	int err;

	if (flags & ~IB_MR_REREG_SUPPORTED)
		return ERR_PTR(-EOPNOTSUPP);

	err = ib_no_udata_io(udata);
	if (err)
		return ERR_PTR(err);

	if (!(flags & IB_MR_REREG_ACCESS))
		access = mr->access;
	err = skua_access_check(access);
	if (err)
		return ERR_PTR(err);

	if (flags & IB_MR_REREG_TRANS)
		return skua_ib_mr_move(mr, start, length, virt, access, ibpd);

	err = skua_ib_mr_modify(mr, flags, access, ibpd);
	return err ? ERR_PTR(err) : NULL;
}

struct ib_mr *skua_ib_alloc_mr(struct ib_pd *ibpd, enum ib_mr_type type,
			       u32 max_num_sg)
{
	struct skua_ib_dev *dev = to_skua_dev(ibpd->device);
	struct device *dma_dev = &skua_core_pdev(dev->core)->dev;
	struct skua_hwi_create_mkey_in in = {
		.type = SKUA_HWI_MKEY_FAST,
		.pdn = cpu_to_le32(to_skua_pd(ibpd)->pdn),
		.pbl.count = cpu_to_le32(max_num_sg),
		.pbl.page_shift = PAGE_SHIFT,
	};
	struct skua_ib_mr *mr;
	int err;

	if (type != IB_MR_TYPE_MEM_REG)
		return ERR_PTR(-EOPNOTSUPP);
	if (!max_num_sg ||
	    max_num_sg > le32_to_cpu(dev->caps->max_fast_reg_pages))
		return ERR_PTR(-EINVAL);

	mr = kzalloc_obj(*mr);
	if (!mr)
		return ERR_PTR(-ENOMEM);

	mr->max_pages = max_num_sg;
	mr->pages = dma_alloc_coherent(dma_dev,
				       array_size(max_num_sg,
						  sizeof(*mr->pages)),
				       &mr->pages_dma, GFP_KERNEL);
	if (!mr->pages) {
		err = -ENOMEM;
		goto err_mr;
	}

	err = skua_ib_mr_create(mr, ibpd, &in);
	if (err)
		goto err_pages;
	return &mr->ib;

err_pages:
	dma_free_coherent(dma_dev, array_size(max_num_sg, sizeof(*mr->pages)),
			  mr->pages, mr->pages_dma);
err_mr:
	kfree(mr);
	return ERR_PTR(err);
}

static int skua_ib_set_page(struct ib_mr *ibmr, u64 addr)
{
	struct skua_ib_mr *mr = to_skua_mr(ibmr);

	if (mr->num_pages == mr->max_pages)
		return -ENOMEM;

	mr->pages[mr->num_pages++] = cpu_to_le64(addr);
	return 0;
}

int skua_ib_map_mr_sg(struct ib_mr *ibmr, struct scatterlist *sg, int sg_nents,
		      unsigned int *sg_offset)
{
	struct skua_ib_mr *mr = to_skua_mr(ibmr);
	int mapped;

	/* The page size of a FAST key is fixed when it is made (§9.5). */
	if (ibmr->page_size != PAGE_SIZE)
		return -EINVAL;

	mr->num_pages = 0;
	mapped = ib_sg_to_pages(ibmr, sg, sg_nents, sg_offset,
				skua_ib_set_page);
	/* Now, for the caller may make the region zero-based later. */
	mr->offset = ibmr->iova & (ibmr->page_size - 1);
	return mapped;
}

int skua_ib_dereg_mr(struct ib_mr *ibmr, struct ib_udata *udata)
{
	struct skua_ib_dev *dev = to_skua_dev(ibmr->device);
	struct skua_ib_mr *mr = to_skua_mr(ibmr);
	int err;

	err = mr->replaced ? 0 : skua_ib_destroy_mkey(dev, ibmr->lkey);
	if (err)
		return err;

	if (mr->pages)
		dma_free_coherent(&skua_core_pdev(dev->core)->dev,
				  array_size(mr->max_pages, sizeof(*mr->pages)),
				  mr->pages, mr->pages_dma);
	ib_umem_release(mr->umem);
	kfree(mr);
	return 0;
}
