// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Event files: an eventfd that counts what is queued, so that poll and epoll
 * are native, and the queue itself in memory.
 */
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include <rdma/ib_user_verbs.h>

#include "copy.h"
#include "ipsec/ipsec.h"
#include "skua_translate_event.h"
#include "uverbs.h"

/* Numbers of objects by their index: the low bits of a handle (hwi §9.1). */
#define INDEX_BITS 16

struct uv_event {
	struct list_head list;
	struct uv_object *obj;	/* NULL: of the port */
	uint32_t *reported;	/* raised when the program reads it */
	struct ib_uverbs_async_event_desc desc; /* completions: element */
};

pthread_mutex_t uv_event_lock = PTHREAD_MUTEX_INITIALIZER;
/* By device, type, and index of the number. */
static struct uv_object **bound[SKUA_USER_MAX_DEVICES][UV_TYPES];

static const struct skua_file_ops ops;

static struct uv_events *events_of(struct skua_file *f)
{
	return (struct uv_events *)((char *)f - offsetof(struct uv_events, file));
}

/* Event files ---------------------------------------------------------------- */

static struct uv_event *first(struct uv_events *e)
{
	struct uv_event *ev = NULL;

	pthread_mutex_lock(&uv_event_lock);
	if (!list_empty(&e->queue)) {
		ev = list_entry(e->queue.next, struct uv_event, list);
		list_del(&ev->list);
		if (ev->reported)
			++*ev->reported;
	}
	pthread_mutex_unlock(&uv_event_lock);
	return ev;
}

static ssize_t events_read(struct skua_file *f, void *buf, size_t len)
{
	struct uv_events *e = events_of(f);
	size_t size = e->async ? sizeof(struct ib_uverbs_async_event_desc)
			       : sizeof(struct ib_uverbs_comp_event_desc);
	struct uv_event *ev;
	int err;

	if (len < size)
		return -EINVAL;
	do {
		err = skua_file_wait(f, e->fd);
		if (err)
			return err;
		/* What was counted may have been taken back since. */
		ev = first(e);
	} while (!ev);
	err = skua_copy_user(buf, &ev->desc, size);
	free(ev);
	return err ? err : (ssize_t)size;
}

static void events_release(struct skua_file *f)
{
	struct uv_events *e = events_of(f);
	struct uv_event *ev;

	while ((ev = first(e)))
		free(ev);
	skua_file_unhide(e->fd);
	free(e);
}

static const struct skua_file_ops ops = {
	.read = events_read,
	.release = events_release,
};

int uv_events_open(const struct uv_context *ctx, bool async,
		   struct uv_events **events)
{
	struct uv_events *e = calloc(1, sizeof(*e));
	int fd, err;

	if (!e)
		return -ENOMEM;
	list_init(&e->queue);
	e->ctx = ctx;
	e->async = async;
	e->file.ops = &ops;
	fd = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
	if (fd < 0) {
		err = -errno;
		goto fail;
	}
	e->fd = skua_file_hide(fcntl(fd, F_DUPFD_CLOEXEC, 3));
	err = e->fd < 0 ? e->fd : 0;
	if (!err)
		err = skua_file_install(fd, &e->file);
	if (!err) {
		*events = e;
		return fd;
	}
	if (e->fd >= 0)
		skua_file_unhide(e->fd);
	skua_native_close(fd);
fail:
	free(e);
	return err;
}

struct uv_events *uv_events_get(const struct uv_context *ctx, int fd, bool async)
{
	struct skua_file *f = skua_file_get(fd);

	if (f && f->ops == &ops && events_of(f)->async == async &&
	    events_of(f)->ctx == ctx)
		return events_of(f);
	if (f)
		skua_file_put(f);
	return NULL;
}

/* Holds event_lock. An event that there is no memory for is lost. */
static void queue(struct uv_events *e, struct uv_object *obj, uint32_t *reported,
		  uint64_t element, uint32_t type)
{
	const uint64_t one = 1;
	struct uv_event *ev = calloc(1, sizeof(*ev));

	if (!ev)
		return;
	ev->obj = obj;
	ev->reported = reported;
	ev->desc.element = element;
	ev->desc.event_type = type;
	list_add_tail(&ev->list, &e->queue);
	if (skua_native_write(e->fd, &one, sizeof(one)) < 0)
		return;
}

/* From the device ------------------------------------------------------------- */

/* Where the object with this number would be; NULL: there never was one. */
static struct uv_object **place_of(const struct skua_user_dev *dev,
				   enum uv_type type, uint32_t number)
{
	struct uv_object **table = bound[dev->index][type];

	return table ? table + (number & ((1u << INDEX_BITS) - 1)) : NULL;
}

static struct uv_object *lookup(const struct skua_user_dev *dev,
				enum uv_type type, uint32_t number)
{
	struct uv_object **place = place_of(dev, type, number);

	return place && *place && (*place)->number == number ? *place : NULL;
}

int uv_events_bind(struct uv_call *c, struct uv_object *obj)
{
	const struct skua_user_dev *dev = c->ctx->dev;
	struct uv_object ***table = &bound[dev->index][obj->type];
	int err = 0;

	obj->async = c->async ? c->async : c->ctx->async;
	if (obj->async)
		skua_file_hold(&obj->async->file);
	pthread_mutex_lock(&uv_event_lock);
	if (!*table)
		*table = calloc(1u << INDEX_BITS, sizeof(**table));
	if (*table)
		*place_of(dev, obj->type, obj->number) = obj;
	else
		err = -ENOMEM;
	pthread_mutex_unlock(&uv_event_lock);
	return err;
}

static void take_back(struct uv_events *e, const struct uv_object *obj)
{
	struct uv_event *ev, *next;

	list_for_each_entry_safe (ev, next, &e->queue, list) {
		struct iovec iov = { &(uint64_t){ 0 }, sizeof(uint64_t) };

		if (ev->obj != obj)
			continue;
		list_del(&ev->list);
		free(ev);
		/* If a reader is quicker it finds nothing, and waits on. */
		if (preadv2(e->fd, &iov, 1, -1, RWF_NOWAIT) < 0)
			continue;
	}
}

void uv_events_unbind(struct uv_context *ctx, struct uv_object *obj)
{
	struct uv_object **place;

	pthread_mutex_lock(&uv_event_lock);
	place = place_of(ctx->dev, obj->type, obj->number);
	if (place && *place == obj)
		*place = NULL;
	if (obj->async)
		take_back(obj->async, obj);
	if (obj->type == UV_CQ && ((struct uv_cq *)obj)->channel)
		take_back(((struct uv_cq *)obj)->channel, obj);
	pthread_mutex_unlock(&uv_event_lock);
	if (obj->async)
		skua_file_put(&obj->async->file);
	obj->async = NULL;
}

/* Objects of the parent: the child has none of these numbers. */
void uv_events_forked(void)
{
	unsigned int dev, type;

	pthread_mutex_init(&uv_event_lock, NULL);
	for (dev = 0; dev < SKUA_USER_MAX_DEVICES; dev++) {
		for (type = 0; type < UV_TYPES; type++) {
			free(bound[dev][type]);
			bound[dev][type] = NULL;
		}
	}
}

static void complete(struct skua_user_dev *dev, uint32_t cqn)
{
	struct uv_cq *cq = (struct uv_cq *)lookup(dev, UV_CQ, cqn);

	if (cq && cq->channel)
		queue(cq->channel, &cq->obj, &cq->comp_reported,
		      cq->obj.user_handle, 0);
}

static const enum uv_type type_of[] = {
	[SKUA_EVENT_OF_QP] = UV_QP,
	[SKUA_EVENT_OF_SRQ] = UV_SRQ,
	[SKUA_EVENT_OF_CQ] = UV_CQ,
};

static void happened(struct skua_user_dev *dev, struct skua_verbs_event event,
		     uint32_t number)
{
	struct uv_object *obj = lookup(dev, type_of[event.owner], number);

	if (obj && obj->async)
		queue(obj->async, obj, &obj->async_reported, obj->user_handle,
		      event.type);
}

void uv_event(struct skua_user_dev *dev, const struct skua_hwi_eqe *eqe)
{
	const struct skua_verbs_event event = skua_verbs_event(eqe->type);
	uint32_t number = le32toh(eqe->obj);

	if (eqe->type == SKUA_HWI_EVENT_SA) {
		skua_user_ipsec_event(dev, eqe);
		return;
	}
	pthread_mutex_lock(&uv_event_lock);
	if (eqe->type == SKUA_HWI_EVENT_COMP)
		complete(dev, number);
	else if (event.owner != SKUA_EVENT_OF_NONE)
		happened(dev, event, number);
	pthread_mutex_unlock(&uv_event_lock);
}
