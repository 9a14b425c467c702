// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The uplink: what is impaired, what is shown, in which order. Impairment and
 * capture are fakes: the one does what the test says, the other remembers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "link/uplink.h"
#include "link_ends.h"

#define LEN 200u

/* Fakes --------------------------------------------------------------------- */

enum fate {
	PASS,
	DROP,
	DOUBLE,
	CORRUPT,
	WAIT,
};

#define WAIT_NS 1000u

struct skua_impair {
	bool active[SKUA_LINK_DIRS];
	bool in_place;
	enum fate fate[64];
	unsigned int nth;
	skua_impair_emit lost;
	/* One frame of each direction may wait. */
	uint8_t data[SKUA_LINK_DIRS][LEN];
	uint64_t due[SKUA_LINK_DIRS];
};

void skua_impair_watch(struct skua_impair *im, skua_impair_emit lost)
{
	im->lost = lost;
}

bool skua_impair_active(const struct skua_impair *im, enum skua_link_dir dir)
{
	return im->active[dir] || im->due[dir];
}

bool skua_impair_in_place(const struct skua_impair *im, enum skua_link_dir dir)
{
	return im->in_place && !im->due[dir];
}

uint64_t skua_impair_run(struct skua_impair *im, enum skua_link_dir dir,
			 uint64_t now, skua_impair_emit emit, void *ctx)
{
	struct skua_frame f = { .data = im->data[dir], .len = LEN };

	if (im->due[dir] && im->due[dir] <= now) {
		im->due[dir] = 0;
		emit(ctx, &f, "waited");
	}
	return im->due[dir] ? im->due[dir] : UINT64_MAX;
}

void skua_impair_frame(struct skua_impair *im, enum skua_link_dir dir,
		       struct skua_frame *f, uint64_t now,
		       skua_impair_emit emit, void *ctx)
{
	switch (im->fate[im->nth++]) {
	case PASS:
		emit(ctx, f, NULL);
		break;
	case DROP:
		im->lost(ctx, f, "dropped");
		break;
	case DOUBLE:
		emit(ctx, f, NULL);
		emit(ctx, f, "doubled");
		break;
	case CORRUPT:
		f->data[100] ^= 1;
		emit(ctx, f, "corrupted");
		break;
	case WAIT:
		memcpy(im->data[dir], f->data, LEN);
		im->due[dir] = now + WAIT_NS;
		break;
	}
}

struct skua_capture {
	char seen[1024];
	unsigned int points;
};

/* A frame is a word: > or <, its first byte of payload, the comment's first. */
void skua_capture_frame(struct skua_capture *cap, unsigned int point,
			enum skua_link_dir dir, const struct skua_frame *f,
			uint64_t time, const char *comment)
{
	size_t len = strlen(cap->seen);

	assert_true(time > 1600000000ull * 1000000000);
	cap->points |= 1u << point;
	snprintf(cap->seen + len, sizeof(cap->seen) - len, "%c%u%.1s ",
		 dir == SKUA_LINK_OUT ? '>' : '<', f->data[14],
		 comment ? comment : "");
}

/* An uplink, and the bare link at its other end ----------------------------- */

struct fixture {
	struct skua_uplink *u;
	struct skua_link *far;
	struct skua_impair im;
	struct skua_capture cap;
	uint64_t now;
};

static struct fixture *begin(void)
{
	static struct fixture f;
	static unsigned int nth;
	char spec[48];

	memset(&f, 0, sizeof(f));
	snprintf(spec, sizeof(spec), "shm:uplink-%d-%u", (int)getpid(), nth++);
	f.u = skua_uplink_create(link_open(spec));
	f.far = link_open(spec);
	link_meet(f.u->link, f.far);
	f.now = 5000;
	return &f;
}

static void end(struct fixture *f)
{
	skua_uplink_destroy(f->u);
	skua_link_close(f->far);
}

static void put(struct skua_frame *f, uint8_t name)
{
	link_fill(f->data, LEN, 1);
	f->data[14] = name;
	f->len = LEN;
}

static void send_names(struct fixture *f, const char *names)
{
	unsigned int n = strlen(names), i;
	struct skua_frame fr[32];

	skua_uplink_run(f->u, f->now);
	assert_int_equal(skua_uplink_reserve(f->u, fr, n), n);
	for (i = 0; i < n; i++)
		put(&fr[i], names[i] - '0');
	skua_uplink_commit(f->u, fr, n);
	skua_uplink_flush(f->u);
}

static void far_sends(struct fixture *f, const char *names)
{
	struct skua_frame fr;

	for (; *names; names++) {
		assert_int_equal(f->far->ops->reserve(f->far, &fr, 1), 1);
		put(&fr, *names - '0');
		f->far->ops->commit(f->far, &fr, 1);
	}
	f->far->ops->flush(f->far);
}

static void far_gets(struct fixture *f, const char *names)
{
	struct skua_frame fr[300];
	unsigned int n = f->far->ops->receive(f->far, fr, 300), i;

	assert_int_equal(n, strlen(names));
	for (i = 0; i < n; i++) {
		assert_int_equal(fr[i].len, LEN);
		assert_int_equal(fr[i].data[14], names[i] - '0');
	}
	f->far->ops->release(f->far);
}

/* In passes of at most burst frames. */
static void gets(struct fixture *f, const char *names, unsigned int burst)
{
	struct skua_frame fr[32];
	unsigned int got = 0, n, i;

	do {
		skua_uplink_run(f->u, f->now);
		n = skua_uplink_receive(f->u, fr, burst);
		for (i = 0; i < n; i++, got++) {
			assert_true(got < strlen(names));
			assert_int_equal(fr[i].data[14], names[got] - '0');
			assert_int_equal(fr[i].len, LEN);
		}
		skua_uplink_release(f->u);
	} while (n);
	assert_int_equal(got, strlen(names));
}

/* What is reserved is memory of the link itself. */
static void reserves_of_link(struct fixture *f)
{
	struct skua_frame a, b;

	skua_uplink_run(f->u, f->now);
	assert_int_equal(skua_uplink_reserve(f->u, &a, 1), 1);
	skua_uplink_commit(f->u, &a, 0);
	assert_int_equal(f->u->link->ops->reserve(f->u->link, &b, 1), 1);
	assert_ptr_equal(a.data, b.data);
	f->u->link->ops->commit(f->u->link, &b, 0);
}

/* Tests --------------------------------------------------------------------- */

/* Frames are in memory of the link itself, and stay there. */
static void plain(void **state)
{
	struct fixture *f = begin();

	(void)state;
	assert_int_equal(skua_uplink_impair(f->u, &f->im), 0);
	reserves_of_link(f);
	send_names(f, "123");
	far_gets(f, "123");
	far_sends(f, "45");
	gets(f, "45", 8);
	assert_int_equal(f->im.nth, 0);
	assert_true(skua_uplink_due(f->u) == UINT64_MAX);
	assert_true(skua_uplink_arm(f->u));
	end(f);
}

static void captured(void **state)
{
	struct fixture *f = begin();

	(void)state;
	skua_uplink_capture(f->u, &f->cap, 3);
	send_names(f, "12");
	far_gets(f, "12");
	far_sends(f, "34");
	gets(f, "34", 1);
	assert_string_equal(f->cap.seen, ">1 >2 <3 <4 ");
	assert_int_equal(f->cap.points, 1u << 3);
	skua_uplink_capture(f->u, NULL, 0);
	send_names(f, "5");
	far_gets(f, "5");
	assert_string_equal(f->cap.seen, ">1 >2 <3 <4 ");
	end(f);
}

static void impaired_out(void **state)
{
	static const enum fate fate[] = { PASS,	   DROP, DOUBLE,
					  CORRUPT, WAIT, PASS };
	struct fixture *f = begin();

	(void)state;
	skua_uplink_impair(f->u, &f->im);
	skua_uplink_capture(f->u, &f->cap, 0);
	memcpy(f->im.fate, fate, sizeof(fate));
	f->im.active[SKUA_LINK_OUT] = true;
	send_names(f, "123456");
	far_gets(f, "13346");
	assert_string_equal(f->cap.seen, ">1 >2d >3 >3d >4c >6 ");
	/* Nothing strikes the other direction. */
	far_sends(f, "7");
	gets(f, "7", 8);
	/* The rule goes; what waits is told of, and goes when its time comes. */
	f->im.active[SKUA_LINK_OUT] = false;
	assert_int_equal(skua_uplink_due(f->u), f->now + WAIT_NS);
	far_gets(f, "");
	f->now += WAIT_NS;
	skua_uplink_run(f->u, f->now);
	far_gets(f, "5");
	assert_true(skua_uplink_due(f->u) == UINT64_MAX);
	assert_non_null(strstr(f->cap.seen, "<7 >5w "));
	assert_false(skua_uplink_is_plain(f->u, SKUA_LINK_OUT));
	skua_uplink_capture(f->u, NULL, 0);
	skua_uplink_run(f->u, f->now);
	assert_true(skua_uplink_is_plain(f->u, SKUA_LINK_OUT));
	assert_int_equal(f->u->way[SKUA_LINK_OUT].overruns, 0);
	end(f);
}

static bool anything(void *ctx, const struct skua_seen *s,
		     struct skua_watch_verdict *v)
{
	(void)ctx;
	(void)s;
	memset(v, 0, sizeof(*v));
	return true;
}

/* Frames that are impaired stay in memory of the link, and close up. */
static void in_place(void **state)
{
	static const enum fate fate[] = { PASS, DROP, CORRUPT, DROP, DROP, PASS,
					  /* in: */
					  DROP, PASS, DROP, PASS, DROP };
	struct skua_watch w = { .judge = anything };
	struct fixture *f = begin();

	(void)state;
	skua_uplink_impair(f->u, &f->im);
	skua_uplink_capture(f->u, &f->cap, 0);
	skua_uplink_watch(f->u, &w);
	memcpy(f->im.fate, fate, sizeof(fate));
	f->im.in_place = true;
	f->im.active[SKUA_LINK_OUT] = true;
	f->im.active[SKUA_LINK_IN] = true;
	reserves_of_link(f);
	send_names(f, "123456");
	far_gets(f, "136");
	assert_int_equal(w.frames, 3);
	assert_string_equal(f->cap.seen, ">1 >2d >3c >4d >5d >6 ");
	far_sends(f, "1234");
	gets(f, "24", 8);
	assert_non_null(strstr(f->cap.seen, "<1d <2 <3d <4 "));
	/* A burst of which nothing is left goes back to the link. */
	far_sends(f, "5");
	gets(f, "", 8);
	assert_true(skua_uplink_arm(f->u));
	end(f);
}

/* What leaves, as often as it does, and nothing else. */
static void watched(void **state)
{
	static const enum fate fate[] = { PASS, DROP, DOUBLE };
	struct skua_watch w = { .judge = anything };
	struct fixture *f = begin();

	(void)state;
	skua_uplink_impair(f->u, &f->im);
	skua_uplink_watch(f->u, &w);
	send_names(f, "12");
	far_gets(f, "12");
	far_sends(f, "3");
	gets(f, "3", 1);
	assert_int_equal(w.frames, 2);
	assert_int_equal(w.bytes, 2 * LEN);
	memcpy(f->im.fate, fate, sizeof(fate));
	f->im.active[SKUA_LINK_OUT] = true;
	send_names(f, "456");
	far_gets(f, "466");
	assert_int_equal(w.frames, 5);
	assert_int_equal(w.clear, 5);
	f->im.active[SKUA_LINK_OUT] = false;
	skua_uplink_watch(f->u, NULL);
	send_names(f, "7");
	far_gets(f, "7");
	assert_int_equal(w.frames, 5);
	end(f);
}

static void impaired_in(void **state)
{
	static const enum fate fate[] = { DOUBLE, DROP, WAIT, PASS, CORRUPT };
	struct fixture *f = begin();

	(void)state;
	skua_uplink_impair(f->u, &f->im);
	skua_uplink_capture(f->u, &f->cap, 0);
	memcpy(f->im.fate, fate, sizeof(fate));
	f->im.active[SKUA_LINK_IN] = true;
	far_sends(f, "12345");
	gets(f, "1145", 2);
	assert_string_equal(f->cap.seen, "<1 <1d <2d <4 <5c ");
	assert_int_equal(skua_uplink_due(f->u), f->now + WAIT_NS);
	f->now += WAIT_NS;
	/* It has come, and is not slept over. */
	assert_int_equal(skua_uplink_due(f->u), f->now);
	skua_uplink_run(f->u, f->now);
	assert_false(skua_uplink_arm(f->u));
	assert_int_equal(skua_uplink_due(f->u), f->now);
	/* Whatever comes after the rule has gone stays behind it. */
	f->im.active[SKUA_LINK_IN] = false;
	far_sends(f, "67");
	gets(f, "367", 1);
	assert_true(skua_uplink_arm(f->u));
	end(f);
}

/* A link that is full is felt, and costs nothing that was to be sent. */
static void full(void **state)
{
	struct fixture *f = begin();
	struct skua_frame fr[128];
	unsigned int sent = 0, n, i;

	(void)state;
	skua_uplink_impair(f->u, &f->im);
	f->im.active[SKUA_LINK_OUT] = true;
	skua_uplink_run(f->u, f->now);
	while ((n = skua_uplink_reserve(f->u, fr, 60))) {
		for (i = 0; i < n; i++)
			put(&fr[i], 1);
		f->im.nth = 0;
		skua_uplink_commit(f->u, fr, n);
		sent += n;
	}
	skua_uplink_flush(f->u);
	assert_int_equal(f->u->way[SKUA_LINK_OUT].overruns, 0);
	for (n = 0; n < sent; n += i) {
		i = f->far->ops->receive(f->far, fr, 128);
		assert_true(i);
		f->far->ops->release(f->far);
	}
	/* One that is doubled into a full link is lost, and counted. */
	while (skua_uplink_reserve(f->u, fr, 1)) {
		put(&fr[0], 1);
		f->im.nth = 0;
		f->im.fate[0] = DOUBLE;
		skua_uplink_commit(f->u, fr, 1);
	}
	skua_uplink_flush(f->u);
	f->im.due[SKUA_LINK_OUT] = 1;
	skua_uplink_run(f->u, f->now);
	assert_int_equal(f->u->way[SKUA_LINK_OUT].overruns, 1);
	end(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain),	cmocka_unit_test(captured),
		cmocka_unit_test(impaired_out), cmocka_unit_test(impaired_in),
		cmocka_unit_test(full),		cmocka_unit_test(watched),
		cmocka_unit_test(in_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
