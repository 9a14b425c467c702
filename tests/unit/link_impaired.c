// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* An uplink with the impairment and the capture that adapters have. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "link/uplink.h"
#include "link_ends.h"

#define LEN    300u
#define MS     1000000ull
#define FRAMES 10u

struct fixture {
	struct skua_uplink *u;
	struct skua_link *far;
	struct skua_impair *im;
};

static int setup(void **state)
{
	static unsigned int nth;
	struct fixture *f = calloc(1, sizeof(*f));
	char spec[48];

	snprintf(spec, sizeof(spec), "shm:impaired-%d-%u", (int)getpid(), nth++);
	f->u = skua_uplink_create(link_open(spec));
	f->far = link_open(spec);
	link_meet(f->u->link, f->far);
	f->im = skua_impair_create();
	assert_int_equal(skua_uplink_impair(f->u, f->im), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	skua_uplink_destroy(f->u);
	skua_impair_destroy(f->im);
	skua_link_close(f->far);
	free(f);
	return 0;
}

static void rule(struct fixture *f, const char *text)
{
	char why[256] = "";

	if (skua_impair_add(f->im, text, why, sizeof(why)) < 1)
		fail_msg("%s: %s", text, why);
}

static void send_ten(struct fixture *f)
{
	struct skua_frame fr[FRAMES];
	unsigned int i;

	assert_int_equal(skua_uplink_reserve(f->u, fr, FRAMES), FRAMES);
	for (i = 0; i < FRAMES; i++) {
		link_fill(fr[i].data, LEN, i);
		fr[i].len = LEN;
	}
	skua_uplink_commit(f->u, fr, FRAMES);
	skua_uplink_flush(f->u);
}

/* The seeds of the frames that came, as digits; x: none of them. */
static void append(char *seen, const struct skua_frame *f, unsigned int n)
{
	unsigned int i, seed;
	char c;

	for (i = 0; i < n; i++) {
		c = 'x';
		for (seed = 0; seed < FRAMES; seed++) {
			if (f[i].len == LEN &&
			    link_is_filled(f[i].data, LEN, seed))
				c = '0' + seed;
		}
		strncat(seen, &c, 1);
	}
}

static void far_gets(struct fixture *f, const char *want)
{
	struct skua_frame fr[32];
	char seen[64] = "";

	append(seen, fr, f->far->ops->receive(f->far, fr, 32));
	f->far->ops->release(f->far);
	assert_string_equal(seen, want);
}

static void out(void **state)
{
	struct fixture *f = *state;
	uint64_t now = 1000 * MS;

	rule(f, "drop out nth=2 count=1");
	rule(f, "duplicate out nth=3 count=1");
	rule(f, "corrupt out nth=5 count=1");
	skua_uplink_run(f->u, now);
	send_ten(f);
	/* A rule counts what those before it let through, and doubled. */
	far_gets(f, "0233x56789");
	assert_true(skua_uplink_due(f->u) == UINT64_MAX);
	skua_impair_clear(f->im);

	rule(f, "delay out 5ms");
	skua_uplink_run(f->u, now);
	send_ten(f);
	far_gets(f, "");
	assert_in_range(skua_uplink_due(f->u), now + 4 * MS, now + 6 * MS);
	skua_uplink_run(f->u, now + 6 * MS);
	far_gets(f, "0123456789");
}

static void in(void **state)
{
	struct fixture *f = *state;
	struct skua_frame fr[32];
	uint64_t now = 1000 * MS;
	char seen[64] = "";
	unsigned int n;

	rule(f, "drop in nth=1 count=1");
	rule(f, "delay in 1ms nth=4 count=1");
	for (n = 0; n < FRAMES; n++)
		link_send(f->far, LEN, n);
	while (strlen(seen) < FRAMES - 1) {
		skua_uplink_run(f->u, now);
		n = skua_uplink_receive(f->u, fr, 4);
		append(seen, fr, n);
		skua_uplink_release(f->u);
		if (!n) {
			assert_true(skua_uplink_due(f->u) > now);
			assert_true(skua_uplink_due(f->u) != UINT64_MAX);
			now = skua_uplink_due(f->u);
		}
	}
	assert_string_equal(seen, "123567894");
}

static void captured(void **state)
{
	struct skua_capture_options opt = { .path = "link_impaired.pcapng" };
	struct skua_capture_stats stats;
	struct fixture *f = *state;
	struct skua_capture *cap;
	char why[256], *text;
	struct stat st;
	int point, fd;

	cap = skua_capture_open(&opt, why, sizeof(why));
	if (!cap)
		fail_msg("%s", why);
	point = skua_capture_point(cap, "skua0");
	assert_true(point >= 0);
	skua_uplink_capture(f->u, cap, point);
	rule(f, "drop out nth=2 count=1");
	skua_uplink_run(f->u, MS);
	send_ten(f);
	skua_uplink_capture(f->u, NULL, 0);
	skua_capture_close(cap, &stats);
	/* What was dropped is shown, and why. */
	assert_int_equal(stats.frames, FRAMES);
	assert_int_equal(stats.dropped, 0);
	fd = open(opt.path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, stats.bytes);
	text = malloc(st.st_size);
	assert_int_equal(read(fd, text, st.st_size), st.st_size);
	assert_non_null(memmem(text, st.st_size, "drop", 4));
	free(text);
	close(fd);
	unlink(opt.path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(out, setup, teardown),
		cmocka_unit_test_setup_teardown(in, setup, teardown),
		cmocka_unit_test_setup_teardown(captured, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
