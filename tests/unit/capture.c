// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* A capture's file: whole blocks whatever happens, and nothing uncounted. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture.h"
#include "impair_rig.h"

static char dir[] = "/tmp/skua-capture.XXXXXX";
static char path[64];

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/skua-capture.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/file", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static struct skua_capture *open_capture(uint32_t snap, uint64_t limit)
{
	const struct skua_capture_options opt = { path, snap, limit, { 0 } };
	char err[256] = "";
	struct skua_capture *cap = skua_capture_open(&opt, err, sizeof(err));

	assert_string_equal(err, "");
	assert_non_null(cap);
	assert_int_equal(skua_capture_point(cap, "first"), 0);
	return cap;
}

static void refused(const char *where, const char *why)
{
	const struct skua_capture_options opt = { .path = where };
	char err[256] = "";

	assert_null(skua_capture_open(&opt, err, sizeof(err)));
	assert_non_null(strstr(err, why));
}

static void take(struct skua_capture *cap, uint64_t time, const char *comment)
{
	uint8_t buf[SKUA_FRAME_MAX];
	const struct made m = { .payload = 1000 };
	const struct skua_frame f = make_frame(buf, &m);

	skua_capture_frame(cap, 0, SKUA_LINK_OUT, &f, time, comment);
}

static struct skua_capture_stats stats(const struct skua_capture *cap)
{
	struct skua_capture_stats s;

	skua_capture_stats(cap, &s);
	return s;
}

/* How many blocks of each type there are, and the last words of the last. */
struct found {
	unsigned int sections, interfaces, packets, statistics;
	uint64_t received, dropped;
	off_t size;
};

static struct found read_blocks(void)
{
	struct found found = { 0 };
	uint32_t head[2], tail;
	uint8_t body[16384];
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	while (fread(head, sizeof(head), 1, f)) {
		assert_in_range(head[1], 12, sizeof(body));
		assert_int_equal(head[1] % 4, 0);
		assert_int_equal(fread(body, head[1] - 12, 1, f), 1);
		assert_int_equal(fread(&tail, sizeof(tail), 1, f), 1);
		assert_int_equal(tail, head[1]);
		found.sections += head[0] == 0x0a0d0d0a;
		found.interfaces += head[0] == 1;
		found.packets += head[0] == 6;
		if (head[0] != 5)
			continue;
		found.statistics++;
		memcpy(&found.received, body + head[1] - 12 - 24, 8);
		memcpy(&found.dropped, body + head[1] - 12 - 12, 8);
	}
	found.size = ftello(f);
	fclose(f);
	return found;
}

static void until(bool (*so)(const struct skua_capture *cap),
		  const struct skua_capture *cap)
{
	int i;

	for (i = 0; i < 1000 && !so(cap); i++)
		usleep(10000);
	assert_true(so(cap));
}

static void what_was_taken_is_in_the_file(void **state)
{
	struct skua_capture *cap;
	struct found found;
	int i;

	(void)state;
	cap = open_capture(0, 0);
	for (i = 1; i <= 1000; i++)
		take(cap, i, i % 2 ? NULL : "drop: rule 1");
	skua_capture_close(cap, NULL);
	found = read_blocks();
	assert_int_equal(found.sections, 1);
	assert_int_equal(found.interfaces, 1);
	assert_int_equal(found.packets, 1000);
	assert_int_equal(found.statistics, 1);
	assert_int_equal(found.received, 1000);
	assert_int_equal(found.dropped, 0);

	/* And it is replaced. */
	skua_capture_close(open_capture(0, 0), NULL);
	assert_int_equal(read_blocks().packets, 0);
}

static bool two_packets(const struct skua_capture *cap)
{
	(void)cap;
	return read_blocks().packets == 2;
}

/* Without being closed, and without the frame that would push it out. */
static void it_can_be_read_while_it_grows(void **state)
{
	struct skua_capture *cap;

	(void)state;
	cap = open_capture(0, 0);
	take(cap, 1, NULL);
	take(cap, 2, NULL);
	until(two_packets, cap);
	skua_capture_close(cap, NULL);
}

static void long_frames_are_cut(void **state)
{
	struct skua_capture *cap;
	off_t whole;

	(void)state;
	cap = open_capture(0, 0);
	take(cap, 1, NULL);
	skua_capture_close(cap, NULL);
	whole = read_blocks().size;
	cap = open_capture(64, 0);
	take(cap, 1, NULL);
	skua_capture_close(cap, NULL);
	assert_int_equal(read_blocks().packets, 1);
	assert_int_equal(read_blocks().size, whole - (1060 - 64));
}

static bool has_ended(const struct skua_capture *cap)
{
	return stats(cap).ended;
}

static void a_limit_ends_it(void **state)
{
	struct skua_capture *cap;
	struct found found;
	int i;

	(void)state;
	cap = open_capture(0, 100000);
	for (i = 1; i <= 1000; i++)
		take(cap, i, NULL);
	until(has_ended, cap);
	assert_int_equal(stats(cap).ended, EFBIG);
	take(cap, i, NULL);
	skua_capture_close(cap, NULL);
	found = read_blocks();
	assert_in_range(found.size, 90000, 100000);
	assert_int_equal(found.statistics, 1);
	assert_in_range(found.packets, 80, 90);
}

/* As a full disk: a write that stops in the middle of a block. */
static void a_failed_write_ends_it_at_a_block(void **state)
{
	struct rlimit old, less;
	struct skua_capture *cap;
	int i;

	(void)state;
	getrlimit(RLIMIT_FSIZE, &old);
	less = old;
	less.rlim_cur = 5000;
	cap = open_capture(0, 0);
	take(cap, 1, NULL);
	while (!stats(cap).bytes)
		usleep(1000);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &less), 0);
	for (i = 0; i < 100; i++)
		take(cap, 2, NULL);
	until(has_ended, cap);
	setrlimit(RLIMIT_FSIZE, &old);
	take(cap, 3, NULL);
	assert_true(stats(cap).dropped > 0);
	skua_capture_close(cap, NULL);
	assert_true(read_blocks().packets < 100);
}

static int open_pipe(void)
{
	int fd;

	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	return fd;
}

static void a_closed_pipe_ends_it(void **state)
{
	struct skua_capture *cap;
	int fd = open_pipe();

	(void)state;
	cap = open_capture(0, 0);
	close(fd);
	take(cap, 1, NULL);
	until(has_ended, cap);
	assert_int_equal(stats(cap).ended, EPIPE);
	skua_capture_close(cap, NULL);
}

/* Nobody waits for who does not read: it drops, counts, and can be closed. */
static void a_slow_reader_loses_frames(void **state)
{
	struct skua_capture *cap;
	uint64_t dropped;
	int fd = open_pipe(), i;

	(void)state;
	cap = open_capture(0, 0);
	for (i = 0; i < 30000; i++)
		take(cap, 1, NULL);
	assert_int_equal(stats(cap).frames, 30000);
	dropped = stats(cap).dropped;
	assert_in_range(dropped, 30000 - 17000, 30000 - 15000);
	skua_capture_close(cap, NULL);
	close(fd);
}

static void bad_places_are_refused(void **state)
{
	(void)state;
	refused("/tmp", "directory");
	refused("/dev/full", "Invalid");
	refused("/no/such/folder", "No such file");
	assert_int_equal(mkfifo(path, 0600), 0);
	refused(path, "nobody reads");
}

static void points_are_bounded(void **state)
{
	struct skua_capture *cap;
	char name[300];
	unsigned int i;

	(void)state;
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	cap = open_capture(0, 0);
	for (i = 1; i < SKUA_CAPTURE_POINTS; i++)
		assert_int_equal(skua_capture_point(cap, name), i);
	assert_int_equal(skua_capture_point(cap, name), -ENOSPC);
	skua_capture_close(cap, NULL);
	assert_int_equal(read_blocks().interfaces, SKUA_CAPTURE_POINTS);
}

/* Bursts and pauses, so that the thread naps, sleeps and is woken. */
static void nothing_is_lost_between(void **state)
{
	struct skua_capture *cap;
	unsigned int i, j, n = 0;

	(void)state;
	cap = open_capture(0, 0);
	srandom(1);
	for (i = 0; i < 200; i++) {
		for (j = random() % 50; j; j--, n++)
			take(cap, n + 1, NULL);
		if (i % 4 == 0)
			usleep(random() % 25000);
	}
	assert_int_equal(stats(cap).dropped, 0);
	skua_capture_close(cap, NULL);
	assert_int_equal(read_blocks().packets, n);
}

#define test(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(what_was_taken_is_in_the_file),
		test(it_can_be_read_while_it_grows),
		test(long_frames_are_cut),
		test(a_limit_ends_it),
		test(a_failed_write_ends_it_at_a_block),
		test(a_closed_pipe_ends_it),
		test(a_slow_reader_loses_frames),
		test(bad_places_are_refused),
		test(points_are_bounded),
		test(nothing_is_lost_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
