// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Guest memory as clients give it and take it back. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vfu_peer.h"

#define PAGE 4096ull
#define RW   3u
#define RO   1u

static void memory_is_shared_from_its_offset(void **state)
{
	int sock = peer_open(rig_path[0]), fd = peer_memory(4 * PAGE, true);
	const uint32_t val = 0xfeedbeef;

	(void)state;
	assert_int_equal(pwrite(fd, &val, 4, 2 * PAGE), 4);
	assert_int_equal(peer_map(sock, 0x100000, 2 * PAGE, 2 * PAGE, RW, fd),
			 0);
	assert_int_equal(fake_fn[0]->ranges, 1);
	assert_int_equal(fake_fn[0]->range[0].iova, 0x100000);
	assert_int_equal(fake_fn[0]->range[0].size, 2 * PAGE);
	assert_true(fake_fn[0]->range[0].writable);
	assert_int_equal(*(uint32_t *)fake_fn[0]->range[0].host, val);
	close(fd);
	peer_close(sock);
}

static void read_only_memory_stays_so(void **state)
{
	int sock = peer_open(rig_path[0]), fd = peer_memory(PAGE, true);

	(void)state;
	assert_int_equal(peer_map(sock, 0, PAGE, 0, RO, fd), 0);
	assert_false(fake_fn[0]->range[0].writable);
	close(fd);
	peer_close(sock);
}

static void memory_without_a_file_is_never_touched(void **state)
{
	int sock = peer_open(rig_path[0]);

	(void)state;
	assert_int_equal(peer_map(sock, 0xe0000000, PAGE, 0, RW, -1), 0);
	assert_null(fake_fn[0]->range[0].host);
	assert_int_equal(peer_unmap(sock, 0xe0000000, PAGE, 0), 0);
	assert_int_equal(fake_fn[0]->ranges, 0);
	peer_close(sock);
}

static void memory_comes_and_goes(void **state)
{
	int sock = peer_open(rig_path[0]), fd = peer_memory(8 * PAGE, true), i;

	(void)state;
	for (i = 0; i < 8; i++)
		assert_int_equal(peer_map(sock, i * PAGE, PAGE, i * PAGE, RW,
					  fd), 0);
	assert_int_equal(peer_map(sock, 0, PAGE, 0, RW, fd), EEXIST);
	assert_int_equal(peer_map(sock, 8 * PAGE, PAGE, 0, RW, fd), ENOSPC);
	assert_int_equal(peer_unmap(sock, 3 * PAGE, PAGE, 0), 0);
	assert_int_equal(fake_fn[0]->ranges, 7);
	assert_int_equal(peer_unmap(sock, 0, 0, 2), 0);
	assert_int_equal(fake_fn[0]->ranges, 0);
	close(fd);
	peer_close(sock);
}

/* The fake aborts when a function dies with memory left. */
static void a_lost_client_loses_its_memory(void **state)
{
	int sock = peer_open(rig_path[0]), fd = peer_memory(PAGE, true);

	(void)state;
	assert_int_equal(peer_map(sock, 0, PAGE, 0, RW, fd), 0);
	close(fd);
	peer_close(sock);
}

static void ranges_have_to_fit_the_file(void **state)
{
	static const struct {
		uint64_t iova, size, offset;
	} bad[] = {
		{ 0, 0, 0 },			/* nothing */
		{ 0, 5 * PAGE, 0 },		/* longer than the file */
		{ 0, PAGE, 4 * PAGE },		/* behind its end */
		{ 0, 2 * PAGE, 3 * PAGE },	/* half behind it */
		{ 0, 2 * PAGE, -PAGE },		/* offset wraps around */
		{ 0, PAGE, 1 },			/* no page starts there */
		{ -PAGE, PAGE, 0 },		/* no such address */
		{ -PAGE, 2 * PAGE, 0 },		/* address wraps around */
		{ PAGE, -PAGE, 0 },
	};
	int sock = peer_open(rig_path[0]), fd = peer_memory(4 * PAGE, true);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(peer_map(sock, bad[i].iova, bad[i].size,
					  bad[i].offset, RW, fd), EINVAL);
	assert_int_equal(fake_fn[0]->ranges, 0);
	close(fd);
	peer_close(sock);
}

/* Else an access of ours could end in SIGBUS. */
static void mapped_memory_cannot_shrink(void **state)
{
	int sock = peer_open(rig_path[0]), fd = peer_memory(PAGE, true);

	(void)state;
	assert_int_equal(peer_map(sock, 0, PAGE, 0, RW, fd), 0);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(errno, EPERM);
	close(fd);
	peer_close(sock);
}

static void memory_that_could_shrink_is_refused(void **state)
{
	int sock = peer_open(rig_path[0]), fd = peer_memory(PAGE, false);
	char path[] = "/tmp/vfu-file-XXXXXX";
	int end[2];

	(void)state;
	assert_int_not_equal(peer_map(sock, 0, PAGE, 0, RW, fd), 0);
	close(fd);
	fd = mkstemp(path);
	unlink(path);
	assert_int_equal(ftruncate(fd, PAGE), 0);
	assert_int_not_equal(peer_map(sock, 0, PAGE, 0, RW, fd), 0);
	close(fd);
	assert_int_equal(pipe(end), 0);
	assert_int_not_equal(peer_map(sock, 0, PAGE, 0, RW, end[0]), 0);
	close(end[0]);
	close(end[1]);
	assert_int_equal(fake_fn[0]->ranges, 0);
	peer_close(sock);
}

static void huge_pages_are_refused(void **state)
{
	int fd = memfd_create("huge", MFD_HUGETLB | MFD_ALLOW_SEALING), sock;

	(void)state;
	if (fd < 0)
		skip(); /* a kernel without them */
	sock = peer_open(rig_path[0]);
	assert_int_equal(ftruncate(fd, 1u << 30), 0);
	assert_int_equal(peer_map(sock, 0, 1u << 30, 0, RW, fd), EINVAL);
	close(fd);
	peer_close(sock);
}

static void memory_has_one_file(void **state)
{
	struct vfu_dma_map map = { sizeof(map), RW, 0, 0, PAGE };
	int sock = peer_open(rig_path[0]), fd = peer_memory(PAGE, true);
	const int twice[2] = { fd, fd };
	struct peer_reply r;

	(void)state;
	peer_send(sock, VFU_DMA_MAP, &map, sizeof(map), twice, 2);
	peer_receive(sock, &r);
	assert_int_equal(r.head.error, EINVAL);
	assert_int_equal(fake_fn[0]->ranges, 0);
	close(fd);
	peer_close(sock);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, rig_start, rig_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(memory_is_shared_from_its_offset),
		TEST(read_only_memory_stays_so),
		TEST(memory_without_a_file_is_never_touched),
		TEST(memory_comes_and_goes),
		TEST(a_lost_client_loses_its_memory),
		TEST(ranges_have_to_fit_the_file),
		TEST(mapped_memory_cannot_shrink),
		TEST(memory_that_could_shrink_is_refused),
		TEST(huge_pages_are_refused),
		TEST(memory_has_one_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
