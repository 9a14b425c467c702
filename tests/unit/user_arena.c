// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Memory that moves under a program which must not notice. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "arena.h"

#define PAGE 4096ul
#define LEN  (16 * PAGE)

static uint8_t *memory(size_t len, int prot, int flags)
{
	uint8_t *p = mmap(NULL, len, prot, flags | MAP_ANONYMOUS, -1, 0);
	size_t i;

	assert_ptr_not_equal(p, MAP_FAILED);
	for (i = 0; prot & PROT_WRITE && i < len; i++)
		p[i] = i * 7 + (i >> 12);
	return p;
}

static void check(const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		assert_int_equal(p[i], (uint8_t)(i * 7 + (i >> 12)));
}

static bool moved(const void *p, size_t len, uint64_t *first, uint64_t *size)
{
	uint64_t off;

	return skua_arena_find((uintptr_t)p, len, first, size, &off);
}

/* What a peer sees, and what the program then does. */
static uint8_t *peer_view(const void *p, size_t len)
{
	uint64_t first, size, off;
	uint8_t *view;

	assert_true(skua_arena_find((uintptr_t)p, len, &first, &size, &off));
	view = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
		    skua_arena_fd(), off);
	assert_ptr_not_equal(view, MAP_FAILED);
	return view;
}

static void test_moves(void **state)
{
	uint8_t *p = memory(LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE), *view;
	struct skua_extent *e;
	uint64_t first, size;

	(void)state;
	e = skua_arena_hold((uintptr_t)p, LEN);
	assert_non_null(e);
	check(p, LEN);
	assert_true(moved(p, LEN, &first, &size));
	assert_int_equal(first, (uintptr_t)p);
	assert_int_equal(size, LEN);
	view = peer_view(p, LEN);
	check(view, LEN);
	view[5000] ^= 0xff;
	assert_int_equal(p[5000], view[5000]);
	view[5000] ^= 0xff;

	skua_arena_drop(e);
	assert_false(moved(p, LEN, &first, &size));
	check(p, LEN);
	/* It is the program's own again. */
	p[6000]++;
	assert_int_not_equal(view[6000], p[6000]);
	munmap(view, LEN);
	munmap(p, LEN);
}

/* Only whole pages: what else is in the first and the last is not ours. */
static void test_edges(void **state)
{
	uint8_t *p = memory(LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	struct skua_extent *e = skua_arena_hold((uintptr_t)p + 100, LEN - 200);
	uint64_t first, size;

	(void)state;
	assert_true(moved(p + 100, LEN - 200, &first, &size));
	assert_int_equal(first, (uintptr_t)p + PAGE);
	assert_int_equal(size, LEN - 2 * PAGE);
	check(p, LEN);
	skua_arena_drop(e);
	e = skua_arena_hold((uintptr_t)p + 100, PAGE);
	assert_false(moved(p + 100, PAGE, &first, &size));
	skua_arena_drop(e);
	check(p, LEN);
	munmap(p, LEN);
}

static void test_regions_share(void **state)
{
	uint8_t *p = memory(LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	struct skua_extent *all = skua_arena_hold((uintptr_t)p, LEN / 2);
	struct skua_extent *part = skua_arena_hold((uintptr_t)p + 100, 2 * PAGE);
	struct skua_extent *beyond =
		skua_arena_hold((uintptr_t)p + LEN / 4, LEN / 2);
	uint64_t first, size;

	(void)state;
	assert_true(moved(p + 100, 2 * PAGE, &first, &size));
	/* The one that sticks out is not moved, nor is its end. */
	assert_false(moved(p + LEN / 2, LEN / 4, &first, &size));
	skua_arena_drop(all);
	assert_true(moved(p + 100, 2 * PAGE, &first, &size));
	skua_arena_drop(part);
	assert_false(moved(p + 100, 2 * PAGE, &first, &size));
	/* And nothing that overlaps it while it lives. */
	all = skua_arena_hold((uintptr_t)p, LEN);
	assert_false(moved(p, LEN, &first, &size));
	skua_arena_drop(all);
	skua_arena_drop(beyond);
	check(p, LEN);
	munmap(p, LEN);
}

static void expect_unmoved(void *p, size_t len)
{
	struct skua_extent *e = skua_arena_hold((uintptr_t)p, len);
	uint64_t first, size;

	assert_non_null(e);
	assert_false(moved(p, len, &first, &size));
	skua_arena_drop(e);
}

static void test_other_memory(void **state)
{
	uint8_t *p;

	(void)state;
#ifndef __SANITIZE_ADDRESS__ /* which has stacks in memory like any other */
	uint8_t on_stack[4 * PAGE];

	expect_unmoved(on_stack, sizeof(on_stack));
#endif
	p = memory(LEN, PROT_READ, MAP_PRIVATE);
	expect_unmoved(p, LEN);
	munmap(p, LEN);
	p = memory(LEN, PROT_READ | PROT_WRITE, MAP_SHARED);
	expect_unmoved(p, LEN);
	check(p, LEN);
	munmap(p, LEN);
	/* A hole in the middle. */
	p = memory(LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	munmap(p + 4 * PAGE, PAGE);
	expect_unmoved(p, LEN);
	check(p, 4 * PAGE);
	munmap(p, LEN);
}

/* The program unmaps first, and has something else there since. */
static void test_unmapped(void **state)
{
	uint8_t *p = memory(LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE), *q;
	struct skua_extent *e = skua_arena_hold((uintptr_t)p, LEN);

	(void)state;
	munmap(p, LEN);
	q = mmap(p, LEN / 2, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	assert_ptr_equal(q, p);
	memset(q, 0x5a, LEN / 2);
	skua_arena_drop(e);
	assert_int_equal(q[0], 0x5a);
	assert_int_equal(q[LEN / 2 - 1], 0x5a);
	munmap(q, LEN / 2);
}

/* Something else is there, and registered too, before the first region goes. */
static void test_replaced(void **state)
{
	uint8_t *p = memory(LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE), *q, *view;
	struct skua_extent *before, *after, *edge;
	uint64_t first, size;

	(void)state;
	before = skua_arena_hold((uintptr_t)p, LEN);
	view = peer_view(p, LEN);
	/* As free() does, past the library's own munmap(). */
	syscall(SYS_munmap, p, LEN);
	q = mmap(p, LEN, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	assert_ptr_equal(q, p);
	/* Less than a page, which is never moved itself. */
	edge = skua_arena_hold((uintptr_t)q + 100, 100);
	assert_false(moved(q + 100, 100, &first, &size));
	after = skua_arena_hold((uintptr_t)q, LEN);
	assert_false(moved(q, LEN, &first, &size));
	/* Who still writes to the first does so where it harms nobody. */
	memset(view, 0xff, LEN);
	assert_int_equal(q[0], 0);
	assert_int_equal(q[LEN - 1], 0);
	memset(q, 0x5a, LEN);
	skua_arena_drop(before);
	assert_int_equal(q[0], 0x5a);
	skua_arena_drop(edge);
	skua_arena_drop(after);
	assert_int_equal(q[LEN - 1], 0x5a);
	/* Now it can be moved. */
	after = skua_arena_hold((uintptr_t)q, LEN);
	assert_true(moved(q, LEN, &first, &size));
	skua_arena_drop(after);
	munmap(view, LEN);
	munmap(q, LEN);
}

/* Grown in place or elsewhere: none of it is what others have. */
static void test_remapped(void **state)
{
	uint8_t *p = memory(LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE), *grown;
	uint8_t *q = memory(LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	struct skua_extent *one = skua_arena_hold((uintptr_t)p, LEN);
	struct skua_extent *other = skua_arena_hold((uintptr_t)q, LEN);
	uint64_t first, size;

	(void)state;
	grown = mremap(p, LEN, 4 * LEN, MREMAP_MAYMOVE);
	assert_ptr_not_equal(grown, MAP_FAILED);
	check(grown, LEN);
	assert_int_equal(grown[LEN], 0);
	memset(grown + LEN, 0xee, 3 * LEN);
	assert_false(moved(p, LEN, &first, &size));
	assert_true(moved(q, LEN, &first, &size));
	check(q, LEN);
	skua_arena_drop(one);
	check(grown, LEN);
	assert_int_equal(grown[4 * LEN - 1], 0xee);
	skua_arena_drop(other);
	check(q, LEN);
	munmap(grown, 4 * LEN);
	munmap(q, LEN);
}

static void test_fork(void **state)
{
	uint8_t *p = memory(LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	struct skua_extent *e = skua_arena_hold((uintptr_t)p, LEN);
	int status, turn[2];
	uint64_t first, size;
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(turn), 0);
	assert_true(moved(p, LEN, &first, &size));
	pid = fork();
	if (!pid) {
		/* The state at the fork, whatever the parent does since. */
		bool ok = read(turn[0], &byte, 1) == 1 && p[0] == 0 &&
			  p[PAGE] == (uint8_t)(PAGE * 7 + 1) &&
			  !moved(p, LEN, &first, &size);

		memset(p, 0, LEN);
		_exit(ok ? 0 : 1);
	}
	memset(p, 0xee, PAGE);
	assert_int_equal(write(turn[1], "x", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(p[0], 0xee);
	check(p + PAGE, 0);
	assert_int_equal(p[PAGE], (uint8_t)(PAGE * 7 + 1));
	assert_true(moved(p, LEN, &first, &size));
	skua_arena_drop(e);
	close(turn[0]);
	close(turn[1]);
	munmap(p, LEN);
}

static pthread_barrier_t barrier;

static void *wait_there(void *arg)
{
	(void)arg;
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return NULL;
}

/* Somebody else might write while we copy. */
static void test_threads(void **state)
{
	uint8_t *p = memory(LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	uint8_t *q = memory(LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	struct skua_extent *before = skua_arena_hold((uintptr_t)q, LEN);
	uint64_t first, size;
	pthread_t thread;

	(void)state;
	pthread_barrier_init(&barrier, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, wait_there, NULL), 0);
	pthread_barrier_wait(&barrier);
	expect_unmoved(p, LEN);
	/* What was moved before stays where it is, and works. */
	assert_true(moved(q, LEN, &first, &size));
	skua_arena_drop(before);
	check(q, LEN);
	pthread_barrier_wait(&barrier);
	pthread_join(thread, NULL);
	munmap(p, LEN);
	munmap(q, LEN);
}

static void test_many(void **state)
{
	struct skua_extent *e[64];
	uint8_t *p[64];
	unsigned int round, i;

	(void)state;
	for (round = 0; round < 4; round++) {
		for (i = 0; i < 64; i++) {
			p[i] = memory((1 + i % 5) * PAGE,
				      PROT_READ | PROT_WRITE, MAP_PRIVATE);
			e[i] = skua_arena_hold((uintptr_t)p[i],
					       (1 + i % 5) * PAGE);
		}
		for (i = 0; i < 64; i++)
			check(p[i], (1 + i % 5) * PAGE);
		for (i = 0; i < 64; i++)
			skua_arena_drop(e[i * 37 % 64]);
		for (i = 0; i < 64; i++) {
			check(p[i], (1 + i % 5) * PAGE);
			munmap(p[i], (1 + i % 5) * PAGE);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_regions_share),
		cmocka_unit_test(test_other_memory),
		cmocka_unit_test(test_unmapped),
		cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_remapped),
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_many),
		/* Threads that have ended may still be listed for a while. */
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
