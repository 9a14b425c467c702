// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * tap:NAME - a TAP interface of the kernel: what the adapter sends the machine
 * receives on it, and the other way round. One that is there already and is the
 * user's own needs no privilege.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "queue.h"

#define FRAMES	 64u
#define MEM_SIZE ((size_t)FRAMES * SKUA_FRAME_SLOT)
/* Interfaces have queues of 1000 frames, unless told otherwise. */
#define WINDOW (500u << 10)

struct tap {
	struct skua_link link;
	struct skua_link_host host;
	int fd;
	bool armed, wants_room;
	struct skua_queue queue;
	uint8_t *mem;
	unsigned int out; /* received, not released */
};

static struct tap *tap_of(struct skua_link *l)
{
	return (struct tap *)l;
}

/* Operations ---------------------------------------------------------------- */

static void tap_flush(struct skua_link *l)
{
	struct tap *t = tap_of(l);
	struct skua_queue *q = &t->queue;

	while (skua_queue_len(q)) {
		if (write(t->fd, skua_queue_frame(q, q->tail),
			  q->len[q->tail % SKUA_QUEUE_SLOTS]) < 0) {
			if (errno == EAGAIN || errno == ENOBUFS)
				return;
			l->stats.tx_errors++;
		}
		skua_queue_done(q, 1);
	}
}

static unsigned int tap_reserve(struct skua_link *l, struct skua_frame *f,
				unsigned int n)
{
	struct skua_queue *q = &tap_of(l)->queue;
	unsigned int got;

	if (skua_queue_len(q) + n > SKUA_QUEUE_SLOTS)
		tap_flush(l);
	got = skua_queue_reserve(q, f, n);
	if (got < n)
		l->stats.tx_full++;
	return got;
}

static void tap_commit(struct skua_link *l, const struct skua_frame *f,
		       unsigned int n)
{
	skua_queue_commit(&tap_of(l)->queue, &l->stats, f, n);
}

static unsigned int tap_receive(struct skua_link *l, struct skua_frame *f,
				unsigned int n)
{
	struct tap *t = tap_of(l);
	unsigned int got = 0;
	uint8_t *data;
	ssize_t len;

	if (t->armed) {
		t->armed = false;
		tap_flush(l);
	}
	while (got < n && t->out < FRAMES) {
		data = t->mem + (size_t)t->out * SKUA_FRAME_SLOT +
		       SKUA_FRAME_SKEW;
		/* A byte more than a frame may have tells that it has more. */
		len = read(t->fd, data, l->max_frame + 1);
		if (len < 0)
			break;
		if (len < SKUA_ETH_HLEN || len > l->max_frame) {
			l->stats.rx_errors++;
			continue;
		}
		t->out++;
		f[got++] = (struct skua_frame){ .data = data, .len = len };
		l->stats.rx_bytes += len;
	}
	l->stats.rx_frames += got;
	return got;
}

static void tap_release(struct skua_link *l)
{
	tap_of(l)->out = 0;
}

static bool tap_arm(struct skua_link *l)
{
	struct tap *t = tap_of(l);

	t->armed = true;
	skua_link_await(l, t->fd, skua_queue_len(&t->queue), &t->wants_room);
	return true;
}

static void tap_close(struct skua_link *l)
{
	struct tap *t = tap_of(l);

	skua_link_drop(&t->host, &t->fd);
	skua_link_drop(&t->host, &l->fd);
	skua_queue_destroy(&t->queue);
	if (t->mem)
		munmap(t->mem, MEM_SIZE);
	free(t);
}

static const struct skua_link_ops tap_ops = {
	.reserve = tap_reserve,
	.commit = tap_commit,
	.flush = tap_flush,
	.receive = tap_receive,
	.release = tap_release,
	.arm = tap_arm,
	.close = tap_close,
};

/* Opening ------------------------------------------------------------------- */

static int attach(struct tap *t, const struct skua_link_args *args)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };

	t->fd = skua_link_keep(&t->host, open("/dev/net/tun",
					      O_RDWR | O_CLOEXEC | O_NONBLOCK));
	if (t->fd < 0) {
		skua_link_say(args, "/dev/net/tun: %s", strerror(-t->fd));
		return -1;
	}
	memcpy(ifr.ifr_name, args->rest, strlen(args->rest));
	if (!ioctl(t->fd, TUNSETIFF, &ifr))
		return 0;
	if (errno == EPERM)
		skua_link_say(args,
			      "no permission: make it for the user first, with"
			      " ip tuntap add dev %s mode tap user USER",
			      args->rest);
	else if (errno == EBUSY)
		skua_link_say(args, "another program has this interface");
	else if (errno == EINVAL)
		skua_link_say(args, "this interface is no TAP interface");
	else
		skua_link_say(args, "%s", strerror(errno));
	return -1;
}

static int make_memory(struct tap *t)
{
	void *p = mmap(NULL, MEM_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	t->mem = p;
	return skua_queue_create(&t->queue);
}

static struct skua_link *tap_open(const struct skua_link_args *args)
{
	struct tap *t;
	int err;

	/* The kernel would make a number of %d. */
	if (strlen(args->rest) >= IFNAMSIZ || strpbrk(args->rest, "%/ ")) {
		skua_link_say(args, "no name of an interface");
		return NULL;
	}
	t = calloc(1, sizeof(*t));
	if (!t) {
		skua_link_say(args, "%s", strerror(ENOMEM));
		return NULL;
	}
	t->link.ops = &tap_ops;
	t->link.max_frame = SKUA_FRAME_MAX;
	t->link.window = WINDOW;
	t->link.up = true;
	t->link.fd = -1;
	t->host = args->host;
	if (attach(t, args))
		goto fail;
	err = make_memory(t);
	if (!err)
		err = skua_link_watch(&t->link, &t->host, t->fd);
	if (!err)
		return &t->link;
	skua_link_say(args, "%s", strerror(-err));
fail:
	tap_close(&t->link);
	return NULL;
}

const struct skua_link_kind skua_link_tap = { "tap", tap_open };
