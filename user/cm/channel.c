// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * A channel and its queue of events. The descriptor is an eventfd that counts
 * them, so that poll and O_NONBLOCK mean what they should: whoever wants an
 * event reads one off the count first.
 */
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

#include "cm.h"
#include "guard.h"
#include "serve.h"

pthread_mutex_t ucm_lock = PTHREAD_MUTEX_INITIALIZER;

static void count_up(struct ucm_channel *ch)
{
	uint64_t one = 1;

	/* The count cannot overflow: each event takes memory. */
	(void)!skua_native_write(ch->fd, &one, sizeof(one));
}

/*
 * Whoever is about to get an event may have read it off already; then there is
 * nothing to wait for here.
 */
static void count_down(struct ucm_channel *ch)
{
	uint64_t one;
	struct iovec iov = { &one, sizeof(one) };

	(void)!preadv2(ch->fd, &iov, 1, -1, RWF_NOWAIT);
}

struct ucm_event *ucm_new_event(struct ucm_id *id, enum ucm_event_type type,
				int status)
{
	struct ucm_event *ev = calloc(1, sizeof(*ev));

	if (!ev)
		return NULL;
	ev->id = id;
	ev->resp.uid = id->uid;
	ev->resp.id = id->handle;
	ev->resp.event = type;
	ev->resp.status = status;
	return ev;
}

void ucm_queue_event(struct ucm_event *ev)
{
	list_add_tail(&ev->list, &ev->id->channel->events);
	count_up(ev->id->channel);
}

void ucm_tell(struct ucm_id *id, enum ucm_event_type type, int status)
{
	struct ucm_event *ev;

	/* Before it accepts a connection, a program does not know its id. */
	if (!id->uid)
		return;
	ev = ucm_new_event(id, type, status);
	if (ev)
		ucm_queue_event(ev);
}

static void free_event(struct ucm_event *ev)
{
	list_del(&ev->list);
	free(ev);
}

void ucm_drop_events(struct ucm_id *id)
{
	struct ucm_event *ev, *tmp;
	struct ucm_id *request;

	/* Ids of requests have no events of their own: tmp stays. */
	list_for_each_entry_safe(ev, tmp, &id->channel->events, list) {
		if (ev->id != id && ev->request != id)
			continue;
		request = ev->request;
		count_down(id->channel);
		free_event(ev);
		if (request && request != id)
			ucm_destroy(request);
	}
}

void ucm_move_events(struct ucm_id *id, struct ucm_channel *to)
{
	struct ucm_event *ev, *tmp;

	list_for_each_entry_safe(ev, tmp, &id->channel->events, list) {
		if (ev->id != id)
			continue;
		count_down(id->channel);
		list_del(&ev->list);
		list_add_tail(&ev->list, &to->events);
		count_up(to);
		if (ev->request)
			ucm_move_id(ev->request, to);
	}
}

/* The lock is held. */
static int take_event(struct ucm_call *c, const struct rdma_ucm_get_event *cmd)
{
	struct ucm_channel *ch = c->channel;
	struct ucm_event *ev =
		list_entry(ch->events.next, struct ucm_event, list);
	int err;

	err = ucm_answer(c, cmd->response, &ev->resp, sizeof(ev->resp));
	if (err) {
		count_up(ch);
		return err;
	}
	ev->id->events_reported++;
	if (ev->request)
		ev->id->backlog++;
	free_event(ev);
	return 0;
}

static int wait_for_event(const struct ucm_call *c)
{
	struct ucm_channel *ch = c->channel;
	int err;

	pthread_setcancelstate(c->cancel_state, NULL);
	err = skua_file_wait(&ch->file, ch->fd);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	return err;
}

int ucm_get_event(struct ucm_call *c)
{
	struct ucm_channel *ch = c->channel;
	bool none;
	int err;

	do {
		err = wait_for_event(c);
		if (err)
			return err;
		pthread_mutex_lock(&ucm_lock);
		none = list_empty(&ch->events);
		if (!none)
			err = take_event(c, c->in);
		pthread_mutex_unlock(&ucm_lock);
	} while (none);
	return err;
}

static void release(struct skua_file *f)
{
	struct ucm_channel *ch = ucm_channel_of(f);

	pthread_mutex_lock(&ucm_lock);
	while (!list_empty(&ch->ids))
		ucm_destroy(list_entry(ch->ids.next, struct ucm_id, list));
	pthread_mutex_unlock(&ucm_lock);
	skua_file_unhide(ch->fd);
	free(ch);
}

static const struct skua_file_ops ops = {
	.write = ucm_write,
	.release = release,
};

struct ucm_channel *ucm_channel_of(struct skua_file *f)
{
	if (f->ops != &ops)
		return NULL;
	return (void *)((char *)f - offsetof(struct ucm_channel, file));
}

static int make_fds(struct ucm_channel *ch, int flags)
{
	int fd, own;

	fd = eventfd(0, EFD_SEMAPHORE | (flags & O_CLOEXEC ? EFD_CLOEXEC : 0) |
				(flags & O_NONBLOCK ? EFD_NONBLOCK : 0));
	if (fd < 0)
		return -errno;
	own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (own < 0)
		own = -errno;
	else
		own = skua_file_hide(own);
	if (own < 0) {
		skua_native_close(fd);
		return own;
	}
	ch->fd = own;
	return fd;
}

int skua_cm_open(int flags)
{
	struct ucm_channel *ch;
	int fd, err;

	if (!skua_user_devices())
		return -ENXIO;
	err = skua_user_guard_start();
	if (err)
		return err;
	ch = calloc(1, sizeof(*ch));
	if (!ch)
		return -ENOMEM;
	ch->file.ops = &ops;
	ch->file.rdev = makedev(SKUA_CM_MAJOR, SKUA_CM_MINOR);
	list_init(&ch->events);
	list_init(&ch->ids);
	fd = make_fds(ch, flags);
	if (fd < 0) {
		free(ch);
		return fd;
	}
	err = skua_file_install(fd, &ch->file);
	if (!err)
		return fd;
	skua_native_close(fd);
	skua_file_unhide(ch->fd);
	free(ch);
	return err;
}

/* Channels of the parent fail by the table of descriptors (file.h). */
void skua_cm_forked(void)
{
	pthread_mutex_init(&ucm_lock, NULL);
	ucm_forget_ids();
	ucm_forget_service();
}

void skua_cm_exit(void)
{
	struct ucm_id *id = NULL;

	/* Who holds it may be a thread that is no more. */
	if (!ucm_by_wire() || pthread_mutex_trylock(&ucm_lock))
		return;
	while ((id = ucm_next_id(id)))
		ucm_say_goodbye(id);
	pthread_mutex_unlock(&ucm_lock);
}
