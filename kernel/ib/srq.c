// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Shared receive queues (§7, §9.7). */
#include <linux/slab.h>
#include <rdma/uverbs_ioctl.h>

#include <rdma/skua-abi.h>

#include "skua_ib.h"
#include "skua_translate_queue.h"

static_assert(SKUA_IB_SRQ_LIMIT == (u32)IB_SRQ_LIMIT);

static int skua_ib_srq_open(struct skua_ib_srq *srq, u8 log_size, u8 log_stride,
			    u32 limit, const struct skua_hwi_pbl *pbl)
{
	struct skua_ib_dev *dev = to_skua_dev(srq->ib.device);
	struct skua_hwi_create_srq_in in = { .pbl = *pbl };
	struct skua_hwi_handle_out out;
	int err;

	skua_srq_fill(&in, to_skua_pd(srq->ib.pd)->pdn, limit, log_size,
		      log_stride);
	err = skua_cmd_exec(dev->core, SKUA_HWI_CMD_CREATE_SRQ, &in, sizeof(in),
			    &out, sizeof(out));
	if (err)
		return err;

	srq->srqn = le32_to_cpu(out.handle);
	err = skua_ib_ref_publish(&dev->srqs, srq->srqn, &srq->ref, srq);
	if (err)
		skua_cmd_destroy(dev->core, SKUA_HWI_CMD_DESTROY_SRQ,
				 srq->srqn);
	return err;
}

static void skua_ib_srq_close(struct skua_ib_srq *srq)
{
	struct skua_ib_dev *dev = to_skua_dev(srq->ib.device);

	skua_cmd_destroy(dev->core, SKUA_HWI_CMD_DESTROY_SRQ, srq->srqn);
	skua_ib_ref_withdraw(&dev->srqs, srq->srqn, &srq->ref);
}

static int skua_ib_create_kernel_srq(struct skua_ib_srq *srq,
				     struct ib_srq_attr *attr)
{
	struct skua_ib_dev *dev = to_skua_dev(srq->ib.device);
	struct skua_ib_rq *rq = &srq->rq;
	int err;

	err = skua_rq_layout(dev->caps, dev->caps->log_max_srq, attr->max_wr,
			     attr->max_sge, &rq->log_size, &rq->log_stride);
	if (err)
		return err;
	rq->max_sge = attr->max_sge;

	err = skua_ib_rq_alloc(dev, rq);
	if (err)
		return err;

	srq->free_tags = kvmalloc_array(1u << rq->log_size,
					sizeof(*srq->free_tags), GFP_KERNEL);
	if (!srq->free_tags) {
		err = -ENOMEM;
		goto err_rq;
	}
	while (srq->num_free < 1u << rq->log_size) {
		srq->free_tags[srq->num_free] = srq->num_free;
		srq->num_free++;
	}

	err = skua_ib_srq_open(srq, rq->log_size, rq->log_stride,
			       attr->srq_limit, &rq->ring.pbl);
	if (err)
		goto err_tags;

	attr->max_wr = 1u << rq->log_size;
	return 0;

err_tags:
	kvfree(srq->free_tags);
err_rq:
	skua_ib_rq_free(dev, rq);
	return err;
}

static int skua_ib_create_user_srq(struct skua_ib_srq *srq,
				   struct ib_srq_attr *attr,
				   struct ib_udata *udata)
{
	struct skua_ib_dev *dev = to_skua_dev(srq->ib.device);
	struct skua_uresp_create_srq resp = {};
	struct skua_ureq_create_srq req;
	struct skua_hwi_pbl hwi_pbl;
	struct skua_pbl *pbl;
	int err;

	err = ib_copy_validate_udata_in(udata, req, rsvd);
	if (err)
		return err;
	err = skua_srq_req_check(dev->caps, attr->max_wr, attr->max_sge, &req);
	if (err)
		return err;

	srq->umem = skua_ib_ring_umem(dev, req.buf,
				      skua_rq_bytes(req.log_size,
						    req.log_stride),
				      IB_ACCESS_LOCAL_WRITE);
	if (IS_ERR(srq->umem))
		return PTR_ERR(srq->umem);

	pbl = skua_ib_ring_pbl(dev, srq->umem, &hwi_pbl);
	if (IS_ERR(pbl)) {
		err = PTR_ERR(pbl);
		goto err_umem;
	}
	err = skua_ib_srq_open(srq, req.log_size, req.log_stride,
			       attr->srq_limit, &hwi_pbl);
	skua_pbl_free(pbl);
	if (err)
		goto err_umem;

	attr->max_wr = 1u << req.log_size;
	resp.srqn = srq->srqn;
	err = ib_respond_udata(udata, resp);
	if (err)
		goto err_close;
	return 0;

err_close:
	skua_ib_srq_close(srq);
err_umem:
	ib_umem_release(srq->umem);
	return err;
}

int skua_ib_create_srq(struct ib_srq *ibsrq, struct ib_srq_init_attr *init,
		       struct ib_udata *udata)
{
	struct skua_ib_srq *srq = to_skua_srq(ibsrq);
	int err;

	if (init->srq_type != IB_SRQT_BASIC)
		return -EOPNOTSUPP;

	err = udata ? skua_ib_create_user_srq(srq, &init->attr, udata) :
		      skua_ib_create_kernel_srq(srq, &init->attr);
	if (err)
		return err;

	srq->max_wr = init->attr.max_wr;
	srq->max_sge = init->attr.max_sge;
	return 0;
}

int skua_ib_modify_srq(struct ib_srq *ibsrq, struct ib_srq_attr *attr,
		       enum ib_srq_attr_mask mask, struct ib_udata *udata)
{
	struct skua_ib_srq *srq = to_skua_srq(ibsrq);
	struct skua_hwi_modify_srq_in in = {};
	int err;

	err = ib_no_udata_io(udata);
	if (err)
		return err;

	if (!mask)
		return 0;
	err = skua_srq_modify(&in, srq->srqn, mask, attr->srq_limit,
			      srq->max_wr);
	if (err)
		return err;

	return skua_cmd_exec(to_skua_dev(ibsrq->device)->core,
			     SKUA_HWI_CMD_MODIFY_SRQ, &in, sizeof(in), NULL, 0);
}

int skua_ib_query_srq(struct ib_srq *ibsrq, struct ib_srq_attr *attr)
{
	struct skua_ib_srq *srq = to_skua_srq(ibsrq);
	struct skua_hwi_handle_in in = { .handle = cpu_to_le32(srq->srqn) };
	struct skua_hwi_query_srq_out out;
	int err;

	err = skua_cmd_exec(to_skua_dev(ibsrq->device)->core,
			    SKUA_HWI_CMD_QUERY_SRQ, &in, sizeof(in), &out,
			    sizeof(out));
	if (err)
		return err;

	attr->max_wr = srq->max_wr;
	attr->max_sge = srq->max_sge;
	attr->srq_limit = le32_to_cpu(out.limit);
	return 0;
}

int skua_ib_destroy_srq(struct ib_srq *ibsrq, struct ib_udata *udata)
{
	struct skua_ib_srq *srq = to_skua_srq(ibsrq);

	skua_ib_srq_close(srq);
	if (srq->umem) {
		ib_umem_release(srq->umem);
		return 0;
	}
	kvfree(srq->free_tags);
	skua_ib_rq_free(to_skua_dev(ibsrq->device), &srq->rq);
	return 0;
}

/* The tags come from the device: none may overflow the stack. */
void skua_ib_srq_free_tag(struct skua_ib_srq *srq, u32 tag)
{
	unsigned long flags;

	spin_lock_irqsave(&srq->rq.lock, flags);
	if (!(tag >> srq->rq.log_size) &&
	    !(srq->num_free >> srq->rq.log_size))
		srq->free_tags[srq->num_free++] = tag;
	spin_unlock_irqrestore(&srq->rq.lock, flags);
}
