// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Completion queues (§5): their life, and arming. poll.c reads them. */
#include <rdma/uverbs_ioctl.h>

#include <rdma/skua-abi.h>

#include "skua_ib.h"
#include "skua_translate_queue.h"

/* Hard interrupt context. */
static void skua_ib_cq_comp(struct skua_core_cq *core_cq)
{
	struct skua_ib_cq *cq = container_of(core_cq, struct skua_ib_cq, core);

	WRITE_ONCE(cq->armed_any, false);
	cq->ib.comp_handler(&cq->ib, cq->ib.cq_context);
}

static int skua_ib_cq_open(struct skua_ib_cq *cq,
			   const struct ib_cq_init_attr *attr,
			   const struct skua_hwi_pbl *pbl)
{
	struct skua_ib_dev *dev = to_skua_dev(cq->ib.device);
	struct skua_hwi_create_cq_in in = { .pbl = *pbl };
	struct skua_hwi_handle_out out;
	int err;

	if (attr->comp_vector >= skua_comp_vectors(dev->core))
		return -EINVAL;
	skua_cq_fill(&in, cq->log_size,
		     skua_comp_eqn(dev->core, attr->comp_vector));

	err = skua_cmd_exec(dev->core, SKUA_HWI_CMD_CREATE_CQ, &in, sizeof(in),
			    &out, sizeof(out));
	if (err)
		return err;

	cq->core.cqn = le32_to_cpu(out.handle);
	cq->core.comp = skua_ib_cq_comp;
	err = skua_cq_add(dev->core, &cq->core);
	if (err)
		goto err_destroy;

	err = skua_ib_ref_publish(&dev->cqs, cq->core.cqn, &cq->ref, cq);
	if (err)
		goto err_del;

	cq->ib.cqe = 1 << cq->log_size;
	return 0;

err_del:
	skua_cq_del_sync(dev->core, &cq->core);
err_destroy:
	skua_cmd_destroy(dev->core, SKUA_HWI_CMD_DESTROY_CQ, cq->core.cqn);
	return err;
}

static void skua_ib_cq_close(struct skua_ib_cq *cq)
{
	struct skua_ib_dev *dev = to_skua_dev(cq->ib.device);

	skua_cmd_destroy(dev->core, SKUA_HWI_CMD_DESTROY_CQ, cq->core.cqn);
	skua_cq_del_sync(dev->core, &cq->core);
	skua_ib_ref_withdraw(&dev->cqs, cq->core.cqn, &cq->ref);
}

int skua_ib_create_cq(struct ib_cq *ibcq, const struct ib_cq_init_attr *attr,
		      struct uverbs_attr_bundle *attrs)
{
	struct skua_ib_dev *dev = to_skua_dev(ibcq->device);
	struct skua_ib_cq *cq = to_skua_cq(ibcq);
	int err;

	if (attr->flags)
		return -EOPNOTSUPP;
	if (!attr->cqe || attr->cqe > 1u << dev->caps->log_max_cq)
		return -EINVAL;

	cq->log_size = order_base_2(attr->cqe);
	spin_lock_init(&cq->lock);
	INIT_LIST_HEAD(&cq->send_qps);
	INIT_LIST_HEAD(&cq->recv_qps);

	err = skua_ring_alloc(dev->core, &cq->ring,
			      skua_cq_bytes(cq->log_size));
	if (err)
		return err;
	cq->rec = cq->ring.buf +
		  (sizeof(struct skua_hwi_cqe) << cq->log_size);

	err = skua_ib_cq_open(cq, attr, &cq->ring.pbl);
	if (err) {
		skua_ring_free(dev->core, &cq->ring);
		return err;
	}

	spin_lock_irq(&dev->kernel_cqs_lock);
	list_add_tail(&cq->node, &dev->kernel_cqs);
	spin_unlock_irq(&dev->kernel_cqs_lock);
	return 0;
}

int skua_ib_create_user_cq(struct ib_cq *ibcq,
			   const struct ib_cq_init_attr *attr,
			   struct uverbs_attr_bundle *attrs)
{
	struct skua_ib_dev *dev = to_skua_dev(ibcq->device);
	struct ib_udata *udata = &attrs->driver_udata;
	struct skua_ib_cq *cq = to_skua_cq(ibcq);
	struct skua_uresp_create_cq resp = {};
	struct skua_ureq_create_cq req;
	struct skua_hwi_pbl hwi_pbl;
	struct skua_pbl *pbl;
	int err;

	err = skua_cq_flags_check(attr->flags);
	if (err)
		return err;
	err = ib_copy_validate_udata_in(udata, req, rsvd);
	if (err)
		return err;
	err = skua_cq_req_check(dev->caps, attr->cqe, &req);
	if (err)
		return err;
	cq->log_size = req.log_size;

	cq->umem = ib_umem_get_cq_buf_or_va(ibcq->device, attrs, req.buf,
					    skua_cq_bytes(cq->log_size),
					    IB_ACCESS_LOCAL_WRITE);
	if (IS_ERR(cq->umem))
		return PTR_ERR(cq->umem);

	pbl = skua_ib_ring_pbl(dev, cq->umem, &hwi_pbl);
	if (IS_ERR(pbl)) {
		err = PTR_ERR(pbl);
		goto err_umem;
	}
	err = skua_ib_cq_open(cq, attr, &hwi_pbl);
	skua_pbl_free(pbl);
	if (err)
		goto err_umem;

	resp.cqn = cq->core.cqn;
	err = ib_respond_udata(udata, resp);
	if (err)
		goto err_close;
	return 0;

err_close:
	skua_ib_cq_close(cq);
err_umem:
	ib_umem_release(cq->umem);
	return err;
}

int skua_ib_destroy_cq(struct ib_cq *ibcq, struct ib_udata *udata)
{
	struct skua_ib_dev *dev = to_skua_dev(ibcq->device);
	struct skua_ib_cq *cq = to_skua_cq(ibcq);

	if (cq->umem) {
		skua_ib_cq_close(cq);
		ib_umem_release(cq->umem);
		return 0;
	}

	spin_lock_irq(&dev->kernel_cqs_lock);
	list_del(&cq->node);
	spin_unlock_irq(&dev->kernel_cqs_lock);

	skua_ib_cq_close(cq);
	skua_ring_free(dev->core, &cq->ring);
	return 0;
}

int skua_ib_modify_cq(struct ib_cq *ibcq, u16 count, u16 period)
{
	struct skua_hwi_modify_cq_in in = {};

	skua_cq_moderate(&in, to_skua_cq(ibcq)->core.cqn, count, period);
	return skua_cmd_exec(to_skua_dev(ibcq->device)->core,
			     SKUA_HWI_CMD_MODIFY_CQ, &in, sizeof(in), NULL, 0);
}
