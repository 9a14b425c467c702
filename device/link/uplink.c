// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Frames that do not pass from the adapter to the link, or back, as they are. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kind.h"
#include "skua_clock.h"
#include "uplink.h"

/* Frames in memory of the uplink, of a direction. */
#define STAGED	   256u
#define STAGE_SIZE ((size_t)STAGED * SKUA_FRAME_SLOT)

struct skua_uplink *skua_uplink_create(struct skua_link *link)
{
	struct skua_uplink *u = calloc(1, sizeof(*u));
	unsigned int dir;

	if (!u)
		return NULL;
	u->link = link;
	for (dir = 0; dir < SKUA_LINK_DIRS; dir++) {
		u->way[dir].uplink = u;
		u->way[dir].dir = dir;
		u->way[dir].due = UINT64_MAX;
	}
	return u;
}

static void free_stage(struct skua_uplink_way *w)
{
	if (w->mem)
		munmap(w->mem, STAGE_SIZE);
	w->mem = NULL;
	free(w->frame);
	w->frame = NULL;
}

void skua_uplink_destroy(struct skua_uplink *u)
{
	unsigned int dir;

	for (dir = 0; dir < SKUA_LINK_DIRS; dir++)
		free_stage(&u->way[dir]);
	skua_link_close(u->link);
	free(u);
}

static int make_stage(struct skua_uplink_way *w)
{
	void *p;

	if (w->mem)
		return 0;
	w->frame = calloc(STAGED, sizeof(*w->frame));
	if (!w->frame)
		return -ENOMEM;
	/* Its pages are there once it is used. */
	p = mmap(NULL, STAGE_SIZE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -ENOMEM;
	w->mem = p;
	return 0;
}

static uint8_t *staged(const struct skua_uplink_way *w, unsigned int i)
{
	return w->mem + (size_t)i * SKUA_FRAME_SLOT + SKUA_FRAME_SKEW;
}

/* What frames meet ---------------------------------------------------------- */

static void show(struct skua_uplink_way *w, const struct skua_frame *f,
		 const char *comment)
{
	struct skua_uplink *u = w->uplink;

	if (u->capture)
		skua_capture_frame(u->capture, u->point, w->dir, f,
				   skua_read_clock(CLOCK_REALTIME), comment);
}

static void watch(struct skua_uplink *u, const struct skua_frame *f)
{
	if (u->watch)
		skua_watch_frame(u->watch, f);
}

static void lost(void *ctx, const struct skua_frame *f, const char *comment)
{
	show(ctx, f, comment);
}

static void emit_out(void *ctx, const struct skua_frame *f, const char *comment)
{
	struct skua_uplink_way *w = ctx;
	struct skua_link *l = w->uplink->link;
	struct skua_frame to;

	show(w, f, comment);
	if (f->len > l->max_frame || !l->ops->reserve(l, &to, 1)) {
		w->overruns++;
		return;
	}
	memcpy(to.data, f->data, f->len);
	to.len = f->len;
	watch(w->uplink, &to);
	l->ops->commit(l, &to, 1);
}

static void emit_in(void *ctx, const struct skua_frame *f, const char *comment)
{
	struct skua_uplink_way *w = ctx;
	struct skua_frame *to;

	show(w, f, comment);
	if (f->len > SKUA_FRAME_MAX || w->n == STAGED) {
		w->overruns++;
		return;
	}
	to = &w->frame[w->n];
	*to = *f;
	to->data = staged(w, w->n++);
	memcpy(to->data, f->data, f->len);
}

static void emit_in_place(void *ctx, const struct skua_frame *f,
			  const char *comment)
{
	struct skua_uplink_way *w = ctx;

	show(w, f, comment);
	w->went = true;
}

/* Is the frame still one of those that go on? */
static bool impaired_in_place(struct skua_uplink_way *w, struct skua_frame *f)
{
	const struct skua_uplink *u = w->uplink;

	w->went = false;
	skua_impair_frame(u->impair, w->dir, f, u->now, emit_in_place, w);
	return w->went;
}

static skua_impair_emit emit_of(const struct skua_uplink_way *w)
{
	return w->dir == SKUA_LINK_OUT ? emit_out : emit_in;
}

/* Set-up -------------------------------------------------------------------- */

int skua_uplink_impair(struct skua_uplink *u, struct skua_impair *im)
{
	unsigned int dir;
	int err;

	for (dir = 0; im && dir < SKUA_LINK_DIRS; dir++) {
		err = make_stage(&u->way[dir]);
		if (err)
			return err;
	}
	if (im)
		skua_impair_watch(im, lost);
	u->impair = im;
	return 0;
}

void skua_uplink_capture(struct skua_uplink *u, struct skua_capture *cap,
			 unsigned int point)
{
	u->capture = cap;
	u->point = point;
}

void skua_uplink_watch(struct skua_uplink *u, struct skua_watch *w)
{
	u->watch = w;
}

/* What was staged is received before what comes on the link. */
static enum skua_uplink_mode mode_of(const struct skua_uplink_way *w)
{
	const struct skua_uplink *u = w->uplink;

	if (w->n)
		return SKUA_UPLINK_STAGED;
	if (u->impair && skua_impair_active(u->impair, w->dir))
		return skua_impair_in_place(u->impair, w->dir)
			       ? SKUA_UPLINK_IN_PLACE
			       : SKUA_UPLINK_STAGED;
	if (u->capture || (u->watch && w->dir == SKUA_LINK_OUT))
		return SKUA_UPLINK_SHOWN;
	return SKUA_UPLINK_PLAIN;
}

static void let_go(struct skua_uplink_way *w)
{
	struct skua_uplink *u = w->uplink;

	w->due = UINT64_MAX;
	if (u->impair && w->mode == SKUA_UPLINK_STAGED)
		w->due = skua_impair_run(u->impair, w->dir, u->now, emit_of(w),
					 w);
}

void skua_uplink_run(struct skua_uplink *u, uint64_t now)
{
	struct skua_uplink_way *w;

	u->now = now;
	for (w = u->way; w < u->way + SKUA_LINK_DIRS; w++) {
		w->mode = mode_of(w);
		let_go(w);
	}
	if (u->way[SKUA_LINK_OUT].mode == SKUA_UPLINK_STAGED)
		skua_uplink_flush(u);
}

uint64_t skua_uplink_due(struct skua_uplink *u)
{
	const struct skua_uplink_way *out = &u->way[SKUA_LINK_OUT];
	const struct skua_uplink_way *in = &u->way[SKUA_LINK_IN];

	/* Frames that came since may have to go before those that waited. */
	skua_uplink_run(u, u->now);
	if (in->next < in->n)
		return u->now;
	return out->due < in->due ? out->due : in->due;
}

/* Operations ---------------------------------------------------------------- */

/* No more than the link could take: who sends has to feel that it is full. */
static unsigned int link_room(struct skua_link *l, unsigned int n)
{
	struct skua_frame f[STAGED];

	n = l->ops->reserve(l, f, n < STAGED ? n : STAGED);
	l->ops->commit(l, f, 0);
	return n;
}

unsigned int skua_uplink_reserve_slow(struct skua_uplink *u,
				      struct skua_frame *f, unsigned int n)
{
	struct skua_uplink_way *w = &u->way[SKUA_LINK_OUT];
	unsigned int i;

	if (w->mode != SKUA_UPLINK_STAGED)
		return u->link->ops->reserve(u->link, f, n);
	n = link_room(u->link, n);
	for (i = 0; i < n; i++)
		f[i].data = staged(w, i);
	return n;
}

/* Those that go on close the gaps; the first of them so many. */
static unsigned int close_up(struct skua_uplink_way *w, struct skua_frame *f,
			     unsigned int n)
{
	unsigned int went = 0, i;

	for (i = 0; i < n; i++) {
		if (!impaired_in_place(w, &f[i]))
			continue;
		if (went != i) {
			memcpy(f[went].data, f[i].data, f[i].len);
			f[went].len = f[i].len;
		}
		watch(w->uplink, &f[went++]);
	}
	return went;
}

void skua_uplink_commit_slow(struct skua_uplink *u, struct skua_frame *f,
			     unsigned int n)
{
	struct skua_uplink_way *w = &u->way[SKUA_LINK_OUT];
	unsigned int i;

	if (w->mode == SKUA_UPLINK_STAGED) {
		for (i = 0; i < n; i++)
			skua_impair_frame(u->impair, w->dir, &f[i], u->now,
					  emit_out, w);
		return;
	}
	if (w->mode == SKUA_UPLINK_IN_PLACE)
		n = close_up(w, f, n);
	for (i = 0; w->mode == SKUA_UPLINK_SHOWN && i < n; i++) {
		show(w, &f[i], NULL);
		watch(u, &f[i]);
	}
	u->link->ops->commit(u->link, f, n);
}

/* Whatever one frame becomes finds room, unless others have waited for it. */
static void stage_in(struct skua_uplink *u)
{
	struct skua_uplink_way *w = &u->way[SKUA_LINK_IN];
	struct skua_link *l = u->link;
	struct skua_frame f[STAGED / 2];
	unsigned int n, i;

	n = l->ops->receive(l, f, (STAGED - w->n) / 2);
	for (i = 0; i < n; i++) {
		if (u->impair)
			skua_impair_frame(u->impair, w->dir, &f[i], u->now,
					  emit_in, w);
		else
			emit_in(w, &f[i], NULL);
	}
	l->ops->release(l);
}

/* Of what comes, that which goes on; if nothing does, it is released. */
static unsigned int sift(struct skua_uplink_way *w, struct skua_frame *f,
			 unsigned int n)
{
	struct skua_link *l = w->uplink->link;
	unsigned int came = l->ops->receive(l, f, n), went = 0, i;

	for (i = 0; i < came; i++)
		if (impaired_in_place(w, &f[i]))
			f[went++] = f[i];
	if (came && !went)
		l->ops->release(l);
	return went;
}

unsigned int skua_uplink_receive_slow(struct skua_uplink *u,
				      struct skua_frame *f, unsigned int n)
{
	struct skua_uplink_way *w = &u->way[SKUA_LINK_IN];
	unsigned int i;

	if (w->mode == SKUA_UPLINK_IN_PLACE)
		return sift(w, f, n);
	if (w->mode == SKUA_UPLINK_SHOWN) {
		n = u->link->ops->receive(u->link, f, n);
		for (i = 0; i < n; i++)
			show(w, &f[i], NULL);
		return n;
	}
	if (w->next == w->n)
		stage_in(u);
	if (n > w->n - w->next)
		n = w->n - w->next;
	memcpy(f, w->frame + w->next, n * sizeof(*f));
	w->next += n;
	return n;
}

void skua_uplink_release_slow(struct skua_uplink *u)
{
	struct skua_uplink_way *w = &u->way[SKUA_LINK_IN];

	if (w->mode != SKUA_UPLINK_STAGED) {
		u->link->ops->release(u->link);
		return;
	}
	if (w->next == w->n)
		w->next = w->n = 0;
}
