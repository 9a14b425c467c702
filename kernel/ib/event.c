// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Asynchronous events (§5). They arrive in interrupt context and name objects
 * by handle; handlers of QPs want process context, so a work finds the object
 * and calls its handler. A reference keeps the object while it does.
 */
#include <linux/slab.h>

#include "skua_ib.h"
#include "skua_translate_event.h"

static_assert(SKUA_IB_EVENT_CQ_ERR == (int)IB_EVENT_CQ_ERR);
static_assert(SKUA_IB_EVENT_QP_FATAL == (int)IB_EVENT_QP_FATAL);
static_assert(SKUA_IB_EVENT_QP_REQ_ERR == (int)IB_EVENT_QP_REQ_ERR);
static_assert(SKUA_IB_EVENT_QP_ACCESS_ERR == (int)IB_EVENT_QP_ACCESS_ERR);
static_assert(SKUA_IB_EVENT_COMM_EST == (int)IB_EVENT_COMM_EST);
static_assert(SKUA_IB_EVENT_SQ_DRAINED == (int)IB_EVENT_SQ_DRAINED);
static_assert(SKUA_IB_EVENT_SRQ_ERR == (int)IB_EVENT_SRQ_ERR);
static_assert(SKUA_IB_EVENT_SRQ_LIMIT_REACHED ==
	      (int)IB_EVENT_SRQ_LIMIT_REACHED);
static_assert(SKUA_IB_EVENT_QP_LAST_WQE_REACHED ==
	      (int)IB_EVENT_QP_LAST_WQE_REACHED);

struct skua_ib_event {
	struct work_struct work;
	struct skua_ib_dev *dev;
	u32 handle;
	struct skua_verbs_event event;
};

int skua_ib_ref_publish(struct xarray *table, u32 handle,
			struct skua_ib_ref *ref, void *object)
{
	refcount_set(&ref->count, 1);
	init_completion(&ref->free);
	return xa_insert(table, handle, object, GFP_KERNEL);
}

static void skua_ib_ref_put(struct skua_ib_ref *ref)
{
	if (refcount_dec_and_test(&ref->count))
		complete(&ref->free);
}

/* No event finds the object any more, and none is still busy with it. */
void skua_ib_ref_withdraw(struct xarray *table, u32 handle,
			  struct skua_ib_ref *ref)
{
	xa_erase(table, handle);
	skua_ib_ref_put(ref);
	wait_for_completion(&ref->free);
}

static void skua_ib_qp_event(struct skua_ib_dev *dev, u32 qpn,
			     enum ib_event_type type)
{
	struct ib_event event = { .device = &dev->ibdev, .event = type };
	struct skua_ib_qp *qp;

	xa_lock(&dev->qps);
	qp = xa_load(&dev->qps, qpn);
	if (qp)
		refcount_inc(&qp->ref.count);
	xa_unlock(&dev->qps);
	if (!qp)
		return;

	event.element.qp = &qp->ib;
	if (qp->ib.event_handler)
		qp->ib.event_handler(&event, qp->ib.qp_context);
	skua_ib_ref_put(&qp->ref);
}

static void skua_ib_srq_event(struct skua_ib_dev *dev, u32 srqn,
			      enum ib_event_type type)
{
	struct ib_event event = { .device = &dev->ibdev, .event = type };
	struct skua_ib_srq *srq;

	xa_lock(&dev->srqs);
	srq = xa_load(&dev->srqs, srqn);
	if (srq)
		refcount_inc(&srq->ref.count);
	xa_unlock(&dev->srqs);
	if (!srq)
		return;

	event.element.srq = &srq->ib;
	if (srq->ib.event_handler)
		srq->ib.event_handler(&event, srq->ib.srq_context);
	skua_ib_ref_put(&srq->ref);
}

static void skua_ib_cq_event(struct skua_ib_dev *dev, u32 cqn,
			     enum ib_event_type type)
{
	struct ib_event event = { .device = &dev->ibdev, .event = type };
	struct skua_ib_cq *cq;

	xa_lock(&dev->cqs);
	cq = xa_load(&dev->cqs, cqn);
	if (cq)
		refcount_inc(&cq->ref.count);
	xa_unlock(&dev->cqs);
	if (!cq)
		return;

	event.element.cq = &cq->ib;
	if (cq->ib.event_handler)
		cq->ib.event_handler(&event, cq->ib.cq_context);
	skua_ib_ref_put(&cq->ref);
}

static void skua_ib_event_work(struct work_struct *work)
{
	struct skua_ib_event *ev = container_of(work, struct skua_ib_event,
						work);
	enum ib_event_type type = ev->event.type;
	struct skua_ib_dev *dev = ev->dev;

	switch (ev->event.owner) {
	case SKUA_EVENT_OF_QP:
		skua_ib_qp_event(dev, ev->handle, type);
		break;
	case SKUA_EVENT_OF_SRQ:
		skua_ib_srq_event(dev, ev->handle, type);
		break;
	case SKUA_EVENT_OF_CQ:
		skua_ib_cq_event(dev, ev->handle, type);
		break;
	case SKUA_EVENT_OF_NONE:
		break;
	}
	kfree(ev);
}

static void skua_ib_event_queue(struct skua_ib_dev *dev,
				const struct skua_hwi_eqe *eqe)
{
	const struct skua_verbs_event event = skua_verbs_event(eqe->type);
	struct skua_ib_event *ev;

	if (event.owner == SKUA_EVENT_OF_NONE)
		return;

	ev = kzalloc_obj(*ev, GFP_ATOMIC);
	if (!ev) {
		ibdev_warn_ratelimited(&dev->ibdev,
				       "event %#x of %#x lost: no memory\n",
				       eqe->type, le32_to_cpu(eqe->obj));
		return;
	}
	INIT_WORK(&ev->work, skua_ib_event_work);
	ev->dev = dev;
	ev->handle = le32_to_cpu(eqe->obj);
	ev->event = event;
	queue_work(dev->wq, &ev->work);
}

static void skua_ib_event_dead(struct skua_ib_dev *dev)
{
	const struct ib_event event = {
		.device = &dev->ibdev,
		.event = IB_EVENT_DEVICE_FATAL,
	};

	ib_dispatch_event(&event);
	skua_ib_flush_kick(dev);
}

static int skua_ib_event_notify(struct notifier_block *nb, unsigned long action,
				void *data)
{
	struct skua_ib_dev *dev = container_of(nb, struct skua_ib_dev,
					       event_nb);

	if (action == SKUA_EVENT_DEAD)
		skua_ib_event_dead(dev);
	else
		skua_ib_event_queue(dev, data);
	return NOTIFY_DONE;
}

int skua_ib_events_init(struct skua_ib_dev *dev)
{
	skua_ib_flush_init(dev);
	dev->wq = alloc_ordered_workqueue("skua_ib", 0);
	return dev->wq ? 0 : -ENOMEM;
}

int skua_ib_events_register(struct skua_ib_dev *dev)
{
	int err;

	dev->event_nb.notifier_call = skua_ib_event_notify;
	err = skua_event_register(dev->core, &dev->event_nb);
	if (err)
		return err;

	/* It may have died when nobody listened yet. */
	if (skua_core_dead(dev->core))
		skua_ib_event_dead(dev);
	return 0;
}

void skua_ib_events_unregister(struct skua_ib_dev *dev)
{
	skua_event_unregister(dev->core, &dev->event_nb);
}

void skua_ib_events_cleanup(struct skua_ib_dev *dev)
{
	destroy_workqueue(dev->wq);
}
