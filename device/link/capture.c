// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The thread naps between passes and lets frames gather, so that it is woken
 * when the ring fills, or by the first frame after a time without any.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture.h"
#include "capture_file.h"
#include "capture_ring.h"
#include "pcapng.h"

#define BUFFER	   (256u << 10)
#define NAP_NS	   10000000
#define WAKE_BYTES (CAPTURE_RING_SIZE / 8)
#define PROGRAM	   "Skua " SKUA_VERSION

struct point {
	char name[PCAPNG_NAME];
	_Atomic uint64_t frames, dropped;
	uint64_t first, last;	/* times in the file, of the thread */
};

enum sleep {
	AWAKE,
	NAPPING,		/* until there is much, or for NAP_NS */
	ASLEEP,
};

struct skua_capture {
	struct capture_ring ring;
	struct point point[SKUA_CAPTURE_POINTS];
	atomic_uint points;
	_Atomic enum sleep sleep;
	sem_t wake;
	atomic_bool stop;
	atomic_int ended;	/* errno */

	/* The thread's own. */
	pthread_t thread;
	struct capture_file file;
	char *path;
	uint32_t snap;
	uint64_t limit;
	unsigned int written_points;
	size_t len;		/* in buf, of whole blocks */
	uint8_t buf[BUFFER];
};

static void finish(struct skua_capture *cap, int error)
{
	fprintf(stderr, "skua: the capture %s ends: %s\n", cap->path,
		strerror(error));
	capture_file_close(&cap->file);
	atomic_store(&cap->ended, error);
}

static void flush(struct skua_capture *cap)
{
	int err;

	if (!cap->len || atomic_load(&cap->ended))
		return;
	err = capture_file_write(&cap->file, cap->buf, cap->len, &cap->stop);
	cap->len = 0;
	if (err)
		finish(cap, -err);
}

/* Where a block of so many bytes can be written. */
static uint8_t *room(struct skua_capture *cap, size_t len)
{
	if (cap->len + len > BUFFER)
		flush(cap);
	return cap->buf + cap->len;
}

static void write_points(struct skua_capture *cap)
{
	unsigned int n = atomic_load_explicit(&cap->points,
					      memory_order_acquire);

	for (; cap->written_points < n; cap->written_points++)
		cap->len += pcapng_interface(room(cap, PCAPNG_BLOCK),
				cap->point[cap->written_points].name,
				cap->snap);
}

static void write_statistics(struct skua_capture *cap)
{
	unsigned int i;

	for (i = 0; i < cap->written_points; i++) {
		struct point *p = &cap->point[i];
		const uint64_t times[2] = { p->first, p->last };

		cap->len += pcapng_statistics(room(cap, PCAPNG_BLOCK), i, times,
					      atomic_load(&p->frames),
					      atomic_load(&p->dropped));
	}
}

static bool beyond_limit(const struct skua_capture *cap, size_t more)
{
	return cap->limit &&
	       atomic_load(&cap->file.bytes) + cap->len + more > cap->limit;
}

static void drop(struct point *p)
{
	atomic_fetch_add_explicit(&p->dropped, 1, memory_order_relaxed);
}

static void write_frame(struct skua_capture *cap, const struct record *rec)
{
	struct point *p = &cap->point[rec->point];

	write_points(cap);
	if (!atomic_load(&cap->ended) &&
	    beyond_limit(cap, PCAPNG_BLOCK * (1 + cap->written_points) +
			      rec->kept)) {
		write_statistics(cap);
		flush(cap);
		finish(cap, EFBIG);
	}
	if (atomic_load(&cap->ended)) {
		drop(p);
		return;
	}
	if (!p->first)
		p->first = rec->time;
	p->last = rec->time;
	cap->len += pcapng_packet(room(cap, PCAPNG_BLOCK + rec->kept), rec);
}

/* Did it find anything? */
static bool drain(struct skua_capture *cap)
{
	const struct record *rec;
	bool any = false;

	write_points(cap);
	while ((rec = capture_ring_look(&cap->ring))) {
		write_frame(cap, rec);
		capture_ring_release(&cap->ring, rec);
		any = true;
	}
	flush(cap);
	return any;
}

static void nap(struct skua_capture *cap)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += NAP_NS;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	sem_clockwait(&cap->wake, CLOCK_MONOTONIC, &until);
}

/*
 * Who takes a frame commits it first and looks for a sleeper then; here it is
 * the other way round, so that one of the two sees the other.
 */
static void *writer(void *arg)
{
	struct skua_capture *cap = arg;
	bool any;

	while (!atomic_load(&cap->stop)) {
		any = drain(cap);
		atomic_store(&cap->sleep, any ? NAPPING : ASLEEP);
		if (any)
			nap(cap);
		else if (!capture_ring_look(&cap->ring) &&
			 cap->written_points == atomic_load(&cap->points))
			sem_wait(&cap->wake);
		atomic_store(&cap->sleep, AWAKE);
	}
	drain(cap);
	write_statistics(cap);
	flush(cap);
	return NULL;
}

/* One post for a sleep: whoever finds it asleep says that it is not. */
static void wake(struct skua_capture *cap, uint64_t waiting)
{
	enum sleep s = atomic_load(&cap->sleep);

	if (s == AWAKE || (s == NAPPING && waiting < WAKE_BYTES))
		return;
	if (atomic_compare_exchange_strong(&cap->sleep, &s, AWAKE))
		sem_post(&cap->wake);
}

/* Signals are the program's: its threads have them. */
static int start(struct skua_capture *cap)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&cap->thread, NULL, writer, cap);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!err)
		pthread_setname_np(cap->thread, "skua-capture");
	return err;
}

static void release(struct skua_capture *cap)
{
	if (cap->ring.mem)
		capture_ring_fini(&cap->ring);
	sem_destroy(&cap->wake);
	free(cap->path);
	free(cap);
}

static struct skua_capture *create(const struct skua_capture_options *opt)
{
	struct skua_capture *cap = calloc(1, sizeof(*cap));

	if (!cap)
		return NULL;
	cap->snap = opt->snap;
	cap->limit = opt->limit;
	sem_init(&cap->wake, 0, 0);
	cap->path = strdup(opt->path);
	if (cap->path && !capture_ring_init(&cap->ring))
		return cap;
	release(cap);
	return NULL;
}

struct skua_capture *skua_capture_open(const struct skua_capture_options *opt,
				       char *err, size_t errlen)
{
	struct skua_capture *cap = create(opt);
	int error;

	if (!cap) {
		snprintf(err, errlen, "%s", strerror(ENOMEM));
		return NULL;
	}
	if (capture_file_open(&cap->file, opt->path, &opt->host, err, errlen))
		goto err_release;
	cap->len = pcapng_section(cap->buf, PROGRAM);
	error = start(cap);
	if (!error)
		return cap;
	snprintf(err, errlen, "%s", strerror(error));
	capture_file_close(&cap->file);
err_release:
	release(cap);
	return NULL;
}

int skua_capture_point(struct skua_capture *cap, const char *name)
{
	unsigned int n = atomic_load(&cap->points);

	if (n == SKUA_CAPTURE_POINTS)
		return -ENOSPC;
	snprintf(cap->point[n].name, sizeof(cap->point[n].name), "%s", name);
	atomic_store(&cap->points, n + 1);
	wake(cap, WAKE_BYTES);
	return n;
}

void skua_capture_frame(struct skua_capture *cap, unsigned int point,
			enum skua_link_dir dir, const struct skua_frame *f,
			uint64_t time, const char *comment)
{
	uint32_t kept = cap->snap && cap->snap < f->len ? cap->snap : f->len;
	size_t said = comment ? strnlen(comment, PCAPNG_COMMENT - 1) : 0;
	struct point *p = &cap->point[point];
	struct record *rec = NULL;

	atomic_fetch_add_explicit(&p->frames, 1, memory_order_relaxed);
	if (!atomic_load_explicit(&cap->ended, memory_order_relaxed) &&
	    f->len <= SKUA_FRAME_MAX)
		rec = capture_ring_reserve(&cap->ring, kept + said);
	if (!rec) {
		drop(p);
		return;
	}
	rec->len = f->len;
	rec->kept = kept;
	rec->comment = said;
	rec->point = point;
	rec->dir = dir;
	rec->time = time;
	memcpy(rec->data, f->data, kept);
	if (said)
		memcpy(rec->data + kept, comment, said);
	wake(cap, capture_ring_commit(&cap->ring, rec));
}

void skua_capture_stats(const struct skua_capture *cap,
			struct skua_capture_stats *out)
{
	unsigned int i, n = atomic_load(&cap->points);

	*out = (struct skua_capture_stats){
		.bytes = atomic_load(&cap->file.bytes),
		.ended = atomic_load(&cap->ended),
	};
	for (i = 0; i < n; i++) {
		out->frames += atomic_load(&cap->point[i].frames);
		out->dropped += atomic_load(&cap->point[i].dropped);
	}
}

void skua_capture_close(struct skua_capture *cap,
			struct skua_capture_stats *last)
{
	atomic_store(&cap->stop, true);
	sem_post(&cap->wake);
	pthread_join(cap->thread, NULL);
	if (last)
		skua_capture_stats(cap, last);
	capture_file_close(&cap->file);
	release(cap);
}
