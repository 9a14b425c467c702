// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <errno.h>
#include <sys/epoll.h>
#include <sys/mman.h>

#include "queue.h"

#define QUEUE_SIZE ((size_t)SKUA_QUEUE_SLOTS * SKUA_FRAME_SLOT)

int skua_queue_create(struct skua_queue *q)
{
	void *p = mmap(NULL, QUEUE_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	q->mem = p;
	return 0;
}

void skua_queue_destroy(struct skua_queue *q)
{
	if (q->mem)
		munmap(q->mem, QUEUE_SIZE);
	q->mem = NULL;
}

unsigned int skua_queue_reserve(struct skua_queue *q, struct skua_frame *f,
				unsigned int n)
{
	uint32_t left = SKUA_QUEUE_SLOTS - skua_queue_len(q), i;

	if (n > left)
		n = left;
	for (i = 0; i < n; i++)
		f[i].data = skua_queue_frame(q, q->head + i);
	q->reserved = n;
	return n;
}

void skua_queue_commit(struct skua_queue *q, struct skua_link_stats *stats,
		       const struct skua_frame *f, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		q->len[q->head++ % SKUA_QUEUE_SLOTS] = f[i].len;
		stats->tx_bytes += f[i].len;
	}
	stats->tx_frames += n;
	q->reserved = false;
}

void skua_queue_done(struct skua_queue *q, unsigned int n)
{
	q->tail += n;
	/* The memory that was written last is the one in the caches. */
	if (q->tail == q->head && !q->reserved)
		q->tail = q->head = 0;
}

void skua_link_await(struct skua_link *l, int fd, bool want, bool *wanted)
{
	struct epoll_event ev = { .events = EPOLLIN };

	if (want == *wanted)
		return;
	if (want)
		ev.events |= EPOLLOUT;
	if (!epoll_ctl(l->fd, EPOLL_CTL_MOD, fd, &ev))
		*wanted = want;
}
