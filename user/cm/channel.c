// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Event channels: an eventfd that counts what is queued, so that poll and epoll
 * are native, and the queue itself in memory.
 */
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cm.h"
#include "guard.h"
#include "serve.h"

pthread_mutex_t cm_lock = PTHREAD_MUTEX_INITIALIZER;

struct cm_channel *cm_channel_of(struct skua_file *f)
{
	return (struct cm_channel *)((char *)f -
				     offsetof(struct cm_channel, file));
}

static void release(struct skua_file *f)
{
	struct cm_channel *ch = cm_channel_of(f);

	pthread_mutex_lock(&cm_lock);
	cm_ids_close(ch);
	pthread_mutex_unlock(&cm_lock);
	skua_file_unhide(ch->fd);
	free(ch);
}

static const struct skua_file_ops ops = {
	.write = cm_write,
	.release = release,
};

int cm_channel_open(int flags)
{
	struct cm_channel *ch = calloc(1, sizeof(*ch));
	int fd, err = skua_user_guard_start();

	if (!ch || err) {
		free(ch);
		return err ? err : -ENOMEM;
	}
	list_init(&ch->queue);
	ch->file.ops = &ops;
	ch->file.rdev = makedev(SKUA_CM_MAJOR, SKUA_CM_MINOR);
	fd = eventfd(0, EFD_SEMAPHORE |
				(flags & O_CLOEXEC ? EFD_CLOEXEC : 0) |
				(flags & O_NONBLOCK ? EFD_NONBLOCK : 0));
	if (fd < 0) {
		err = -errno;
		goto fail;
	}
	ch->fd = skua_file_hide(fcntl(fd, F_DUPFD_CLOEXEC, 3));
	err = ch->fd < 0 ? ch->fd : skua_file_install(fd, &ch->file);
	if (!err)
		return fd;
	if (ch->fd >= 0)
		skua_file_unhide(ch->fd);
	skua_native_close(fd);
fail:
	free(ch);
	return err;
}

static struct cm_event *event_new(struct cm_id *id, enum cm_event_type type,
				  int status)
{
	struct cm_event *ev = calloc(1, sizeof(*ev));

	if (!ev)
		return NULL;
	ev->id = id;
	ev->resp.uid = id->uid;
	ev->resp.id = id->handle;
	ev->resp.event = type;
	ev->resp.status = status;
	return ev;
}

static void queue(struct cm_channel *ch, struct cm_event *ev)
{
	const uint64_t one = 1;

	list_add_tail(&ev->list, &ch->queue);
	if (skua_native_write(ch->fd, &one, sizeof(one)) < 0)
		return;
}

void cm_push_conn(struct cm_id *id, enum cm_event_type type, int status,
		  const struct rdma_ucm_conn_param *param)
{
	struct cm_event *ev = event_new(id, type, status);

	if (!ev)
		return;
	if (param)
		ev->resp.param.conn = *param;
	queue(id->ch, ev);
}

void cm_push(struct cm_id *id, enum cm_event_type type, int status)
{
	cm_push_conn(id, type, status, NULL);
}

void cm_push_request(struct cm_id *listener, struct cm_id *id)
{
	struct cm_event *ev = event_new(listener, CM_CONNECT_REQUEST, 0);

	if (!ev)
		return;
	ev->resp.id = id->handle;
	if (cm_is_ud(id)) {
		ev->resp.param.ud.private_data_len = id->peer.private_data_len;
		memcpy(ev->resp.param.ud.private_data, id->peer.private_data,
		       sizeof(id->peer.private_data));
	} else {
		ev->resp.param.conn = id->peer;
	}
	queue(listener->ch, ev);
}

void cm_push_ud(struct cm_id *id, const struct rdma_ucm_conn_param *param)
{
	struct cm_event *ev = event_new(id, CM_ESTABLISHED, 0);
	struct rdma_ucm_ud_param *ud;
	uint8_t sgid[16];

	if (!ev)
		return;
	ud = &ev->resp.param.ud;
	ud->qp_num = param->qp_num;
	ud->qkey = param->qkey;
	ud->private_data_len = param->private_data_len;
	memcpy(ud->private_data, param->private_data, sizeof(ud->private_data));
	cm_addr_gid(&id->src, sgid);
	cm_addr_gid(&id->dst, ud->ah_attr.grh.dgid);
	ud->ah_attr.grh.sgid_index = skua_user_find_gid(id->dev, sgid);
	ud->ah_attr.grh.hop_limit = 64;
	ud->ah_attr.is_global = 1;
	ud->ah_attr.port_num = 1;
	queue(id->ch, ev);
}

/* Not more than was counted: a reader that is quicker finds nothing. */
static void uncount(struct cm_channel *ch)
{
	struct iovec iov = { &(uint64_t){ 0 }, sizeof(uint64_t) };

	if (preadv2(ch->fd, &iov, 1, -1, RWF_NOWAIT) < 0)
		return;
}

void cm_drop_events(struct cm_id *id)
{
	struct cm_event *ev, *next;
	struct cm_id *request;

	list_for_each_entry_safe (ev, next, &id->ch->queue, list) {
		if (ev->id != id && ev->resp.id != id->handle)
			continue;
		list_del(&ev->list);
		uncount(id->ch);
		/* A request that nobody will ever see. */
		request = ev->id == id && ev->resp.id != id->handle
				  ? cm_id_get(ev->resp.id)
				  : NULL;
		free(ev);
		if (request)
			cm_id_free(request);
	}
}

void cm_move_events(struct cm_id *id, struct cm_channel *to)
{
	struct cm_event *ev, *next;

	list_for_each_entry_safe (ev, next, &id->ch->queue, list) {
		if (ev->id != id)
			continue;
		list_del(&ev->list);
		uncount(id->ch);
		queue(to, ev);
	}
	id->ch = to;
}

static struct cm_event *first(struct cm_channel *ch)
{
	struct cm_event *ev = NULL;

	pthread_mutex_lock(&cm_lock);
	if (!list_empty(&ch->queue)) {
		ev = list_entry(ch->queue.next, struct cm_event, list);
		list_del(&ev->list);
		ev->id->reported++;
	}
	pthread_mutex_unlock(&cm_lock);
	return ev;
}

int cm_get_event(struct cm_channel *ch, struct rdma_ucm_event_resp *resp)
{
	struct cm_event *ev;
	uint64_t one;

	do {
		if (skua_native_read(ch->fd, &one, sizeof(one)) < 0)
			return -errno;
		/* What was counted may have been taken back since. */
		ev = first(ch);
	} while (!ev);
	*resp = ev->resp;
	free(ev);
	return 0;
}

int skua_cm_open(int flags)
{
	return cm_channel_open(flags);
}

void skua_cm_forked(void)
{
	pthread_mutex_init(&cm_lock, NULL);
	cm_ids_forked();
	cm_socket_forked();
}
