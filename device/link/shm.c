// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * shm:NAME - frames in memory that two processes share (shm.h).
 *
 * The other end may write anything at any time to both rings. Its indices are
 * read once and can claim no more than the ring has; a length is read once and
 * is at most that of a slot; where slots lie is never read from the ring.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "shm.h"

/* An engine that never sleeps looks at the sockets once in so many polls. */
#define POLLS_UNSEEN 16384

static struct skua_shm *shm_of(struct skua_link *l)
{
	return (struct skua_shm *)l;
}

static struct skua_shm_slot *slot_of(struct skua_shm_ring *r, uint32_t index)
{
	return &r->slot[index % SKUA_SHM_SLOTS];
}

static void serve(struct skua_shm *s)
{
	if (s->reserved || s->received)
		return;
	s->unseen = 0;
	if (s->armed && s->rx) {
		atomic_store_explicit(&s->rx->reader_asleep, 0,
				      memory_order_relaxed);
		atomic_store_explicit(&s->tx->writer_asleep, 0,
				      memory_order_relaxed);
	}
	s->armed = false;
	skua_shm_service(s);
}

/* Sending ------------------------------------------------------------------- */

/* What the window has left; nothing if the reader lies. */
static uint32_t room(struct skua_shm *s)
{
	uint32_t used;

	s->tx_tail = atomic_load_explicit(&s->tx->tail, memory_order_acquire);
	used = s->tx_head - s->tx_tail;
	return used > SKUA_SHM_WINDOW ? 0 : SKUA_SHM_WINDOW - used;
}

static unsigned int shm_reserve(struct skua_link *l, struct skua_frame *f,
				unsigned int n)
{
	struct skua_shm *s = shm_of(l);
	uint32_t left, i;

	if (s->state != SKUA_SHM_UP)
		return 0;
	left = SKUA_SHM_WINDOW - (s->tx_head - s->tx_tail);
	if (left < n || left > SKUA_SHM_WINDOW)
		left = room(s);
	s->short_of_room = left < n;
	if (s->short_of_room) {
		l->stats.tx_full++;
		n = left;
	}
	for (i = 0; i < n; i++)
		f[i].data = slot_of(s->tx, s->tx_head + i)->frame;
	s->reserved = n;
	return n;
}

static void shm_commit(struct skua_link *l, const struct skua_frame *f,
		       unsigned int n)
{
	struct skua_shm *s = shm_of(l);
	unsigned int i;

	for (i = 0; i < n; i++) {
		slot_of(s->tx, s->tx_head++)->len = f[i].len;
		l->stats.tx_bytes += f[i].len;
	}
	l->stats.tx_frames += n;
	s->reserved = 0;
}

static void wake_sleeper(struct skua_shm *s, _Atomic uint32_t *word)
{
	/* shm.h, Sleeping: the index before, the word after. */
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(word, memory_order_relaxed) &&
	    atomic_exchange(word, 0))
		skua_shm_wake(s);
}

static void shm_flush(struct skua_link *l)
{
	struct skua_shm *s = shm_of(l);

	if (s->tx_head == s->tx_shown)
		return;
	s->tx_shown = s->tx_head;
	atomic_store_explicit(&s->tx->head, s->tx_head, memory_order_release);
	wake_sleeper(s, &s->tx->reader_asleep);
}

/* Receiving ----------------------------------------------------------------- */

/* Frames that the writer has shown; none if it lies. */
static uint32_t shown(struct skua_shm *s)
{
	uint32_t n;

	s->rx_head = atomic_load_explicit(&s->rx->head, memory_order_acquire);
	n = s->rx_head - s->rx_tail;
	return n > SKUA_SHM_WINDOW ? 0 : n;
}

static void seen_nothing(struct skua_shm *s)
{
	if (s->state == SKUA_SHM_LEAVING && !s->reserved && !s->received)
		skua_shm_part(s);
	else if (++s->unseen >= POLLS_UNSEEN)
		serve(s);
}

static void shm_release(struct skua_link *l)
{
	struct skua_shm *s = shm_of(l);

	s->received = 0;
	if (s->rx_tail == s->rx_shown)
		return;
	s->rx_shown = s->rx_tail;
	atomic_store_explicit(&s->rx->tail, s->rx_tail, memory_order_release);
	wake_sleeper(s, &s->rx->writer_asleep);
}

static unsigned int shm_receive(struct skua_link *l, struct skua_frame *f,
				unsigned int n)
{
	struct skua_shm *s = shm_of(l);
	uint32_t left = 0, len;
	bool none_out = !s->received;
	unsigned int got = 0;

	if (s->armed)
		serve(s);
	if (s->state >= SKUA_SHM_UP) {
		left = s->rx_head - s->rx_tail;
		if (!left || left > SKUA_SHM_WINDOW)
			left = shown(s);
		/* Those that were not released are not the writer's yet. */
		if (left > SKUA_SHM_WINDOW - s->received)
			left = SKUA_SHM_WINDOW - s->received;
	}
	if (!left) {
		seen_nothing(s);
		return 0;
	}
	for (; left && got < n; left--) {
		struct skua_shm_slot *slot = slot_of(s->rx, s->rx_tail++);

		len = *(volatile uint32_t *)&slot->len;
		s->received++;
		if (len < SKUA_ETH_HLEN || len > l->max_frame) {
			l->stats.rx_errors++;
			continue;
		}
		f[got++] = (struct skua_frame){ .data = slot->frame, .len = len };
		l->stats.rx_bytes += len;
	}
	l->stats.rx_frames += got;
	/* Who was given nothing has nothing to release. */
	if (!got && none_out)
		shm_release(l);
	return got;
}

/* Sleeping ------------------------------------------------------------------ */

static bool shm_arm(struct skua_link *l)
{
	struct skua_shm *s = shm_of(l);

	s->armed = true;
	if (s->state < SKUA_SHM_UP)
		return true;
	atomic_store_explicit(&s->rx->reader_asleep, 1, memory_order_relaxed);
	if (s->short_of_room)
		atomic_store_explicit(&s->tx->writer_asleep, 1,
				      memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	return !shown(s) && !(s->short_of_room && room(s)) &&
	       s->state == SKUA_SHM_UP;
}

/* From beginning to end ----------------------------------------------------- */

static void shm_close(struct skua_link *l)
{
	struct skua_shm *s = shm_of(l);

	s->reserved = 0;
	s->received = 0;
	skua_shm_part(s);
	skua_link_drop(&s->host, &s->listen_fd);
	skua_link_drop(&s->host, &s->timer_fd);
	skua_link_drop(&s->host, &l->fd);
	free(s);
}

static const struct skua_link_ops shm_ops = {
	.reserve = shm_reserve,
	.commit = shm_commit,
	.flush = shm_flush,
	.receive = shm_receive,
	.release = shm_release,
	.arm = shm_arm,
	.close = shm_close,
};

/* Users have names of their own. */
static int name_socket(struct skua_shm *s, const char *name)
{
	int n = snprintf(s->name + 1, sizeof(s->name) - 1, "skua/shm/%u/%s",
			 (unsigned int)geteuid(), name);

	if (n < 0 || (size_t)n >= sizeof(s->name) - 1)
		return -ENAMETOOLONG;
	s->name_len = n + 1;
	return 0;
}

static int make_fds(struct skua_shm *s)
{
	struct epoll_event ev = { .events = EPOLLIN };

	s->link.fd = skua_link_keep(&s->host, epoll_create1(EPOLL_CLOEXEC));
	if (s->link.fd < 0)
		return s->link.fd;
	s->timer_fd = skua_link_keep(
		&s->host,
		timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
	if (s->timer_fd < 0)
		return s->timer_fd;
	ev.data.fd = s->timer_fd;
	return epoll_ctl(s->link.fd, EPOLL_CTL_ADD, s->timer_fd, &ev) ? -errno
								      : 0;
}

static struct skua_link *shm_open_link(const struct skua_link_args *args)
{
	struct skua_shm *s = calloc(1, sizeof(*s));
	int err = s ? 0 : -ENOMEM;

	if (!err) {
		s->link.ops = &shm_ops;
		s->link.max_frame = SKUA_FRAME_MAX;
		s->link.window = UINT32_MAX;
		s->link.by_memory = true;
		s->host = args->host;
		s->link.fd = -1;
		s->listen_fd = -1;
		s->sock = -1;
		s->timer_fd = -1;
		err = name_socket(s, args->rest);
	}
	if (!err)
		err = make_fds(s);
	if (!err)
		err = skua_shm_meet(s);
	if (!err)
		return &s->link;
	if (err == -EPERM)
		skua_link_say(args, "belongs to another user");
	else
		skua_link_say(args, "%s", strerror(-err));
	if (s)
		shm_close(&s->link);
	return NULL;
}

const struct skua_link_kind skua_link_shm = { "shm", shm_open_link };
