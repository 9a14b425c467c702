// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The uverbs ABI against what no libibverbs would send: the whole library but
 * its connection manager, called as programs call it.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>
#include <rdma/ib_user_ioctl_cmds.h>
#include <rdma/ib_user_ioctl_verbs.h>
#include <rdma/ib_user_verbs.h>
#include <rdma/rdma_user_ioctl_cmds.h>

#include "rdma/skua-abi.h"
#include "random.h"

#define EX    IB_USER_VERBS_CMD_FLAG_EXTENDED
#define WORDS 128u

static const char device[] = "/dev/infiniband/uverbs0";

struct fixture {
	int fd;
	uint32_t buf[WORDS];
	uint8_t answer[4096];
};

struct get_context {
	struct ib_uverbs_cmd_hdr hdr;
	struct ib_uverbs_get_context core;
};

struct get_context_resp {
	struct ib_uverbs_get_context_resp core;
	struct skua_uresp_alloc_ucontext drv;
};

static int async_fd;

static void get_context(int fd)
{
	struct get_context_resp resp;
	struct get_context cmd = {
		.hdr = { IB_USER_VERBS_CMD_GET_CONTEXT, sizeof(cmd) / 4,
			 sizeof(resp) / 4 },
		.core.response = (uintptr_t)&resp,
	};

	assert_int_equal(write(fd, &cmd, sizeof(cmd)), sizeof(cmd));
	assert_true(resp.drv.flags & SKUA_UCONTEXT_IN_PROCESS);
	async_fd = resp.core.async_fd;
	/* Once is all. */
	assert_int_equal(write(fd, &cmd, sizeof(cmd)), -1);
	assert_int_equal(errno, EINVAL);
	close(async_fd);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->fd = open(device, O_RDWR | O_CLOEXEC);
	assert_true(f->fd >= 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(close(f->fd), 0);
	free(f);
	return 0;
}

enum filling { ZEROES, ONES, RANDOM, SMALL, FILLINGS };

static void fill(struct fixture *f, enum filling filling)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++) {
		uint32_t r = next_random();

		f->buf[i] = filling == ZEROES ? 0
			    : filling == ONES ? ~0u
			    : filling == SMALL ? r % 4
					      : r;
	}
}

/* A command of len bytes is taken whole, or refused with an errno. */
static void give(struct fixture *f, uint32_t command, size_t len, uint64_t resp)
{
	struct ib_uverbs_cmd_hdr hdr = { command, len / 4, 64 };
	struct ib_uverbs_ex_cmd_hdr ex = { .response = resp };
	ssize_t ret;

	if (command & EX) {
		hdr.in_words = len < 24 ? 0 : (len - 24) / 8;
		hdr.out_words = 32;
		memcpy(f->buf + 2, &ex, sizeof(ex));
	} else {
		memcpy(f->buf + 2, &resp, sizeof(resp));
	}
	memcpy(f->buf, &hdr, sizeof(hdr));
	errno = 0;
	ret = write(f->fd, f->buf, len);
	if (ret == -1)
		assert_in_range(errno, 1, 200);
	else
		assert_int_equal(ret, len);
}

static void every_length(struct fixture *f, uint32_t command)
{
	enum filling filling;
	size_t len;

	for (filling = ZEROES; filling < FILLINGS; filling++) {
		for (len = 0; len <= sizeof(f->buf); len += 4) {
			fill(f, filling);
			give(f, command, len, (uintptr_t)f->answer);
			fill(f, filling);
			give(f, command, len, 8);
		}
	}
}

static void test_truncated(void **state)
{
	struct fixture *f = *state;
	uint32_t command;

	get_context(f->fd);
	for (command = 0; command < 64; command++) {
		every_length(f, command);
		every_length(f, EX | command);
	}
	every_length(f, 0x7fffffff);
}

/* Without a context no other command is taken. */
static void test_no_context(void **state)
{
	struct fixture *f = *state;
	uint32_t command;

	for (command = 1; command < 64; command++) {
		struct ib_uverbs_cmd_hdr hdr = { command, 32, 256 };
		uint64_t resp = (uintptr_t)f->answer;

		fill(f, ZEROES);
		memcpy(f->buf, &hdr, sizeof(hdr));
		memcpy(f->buf + 2, &resp, sizeof(resp));
		assert_int_equal(write(f->fd, f->buf, 128), -1);
	}
}

/* A command that is not there at all, and one that ends where memory does. */
static void test_bad_pointers(void **state)
{
	struct fixture *f = *state;
	/* Behind the compiler's back, which knows that nothing is there. */
	void *volatile nowhere = (void *)8;
	size_t len;

	get_context(f->fd);
	assert_int_equal(write(f->fd, f->buf, 3), -1);
	assert_int_equal(errno, EINVAL);
	for (len = 8; len < 128; len += 8) {
		assert_int_equal(write(f->fd, nowhere, len), -1);
		assert_int_equal(errno, EFAULT);
	}
	assert_int_equal(ioctl(f->fd, RDMA_VERBS_IOCTL, (void *)8), -1);
	assert_int_equal(errno, EFAULT);
	assert_int_equal(ioctl(f->fd, 0x5401, f->answer), -1);
	assert_int_equal(errno, ENOTTY);
}

/* In order more often than not, or few methods would get all they want. */
static struct ib_uverbs_attr random_attr(struct fixture *f, unsigned int n)
{
	struct ib_uverbs_attr attr = {
		.attr_id = n,
		.len = 4 * (next_random() % 3),
		.flags = next_random() % 2 ? UVERBS_ATTR_F_MANDATORY : 0,
		.data = next_random() % 64,
	};

	if (!(next_random() % 4))
		attr.attr_id = next_random() % 16;
	if (!(next_random() % 8))
		attr.attr_id = UVERBS_ATTR_UHW_IN + next_random() % 3;
	if (!(next_random() % 4))
		attr.len = next_random() % 300;
	if (next_random() % 2)
		attr.data = (uintptr_t)f->answer;
	return attr;
}

static void test_random_methods(void **state)
{
	struct fixture *f = *state;
	struct {
		struct ib_uverbs_ioctl_hdr hdr;
		struct ib_uverbs_attr attr[12];
	} m;
	unsigned int i, n;

	get_context(f->fd);
	for (i = 0; i < 60000; i++) {
		memset(&m, 0, sizeof(m));
		m.hdr.object_id = next_random() % 17;
		m.hdr.method_id = next_random() % 7;
		m.hdr.num_attrs = next_random() % 12;
		m.hdr.length = sizeof(m.hdr) +
			       m.hdr.num_attrs * sizeof(m.attr[0]) +
			       (next_random() % 16 ? 0 : 8);
		for (n = 0; n < m.hdr.num_attrs; n++)
			m.attr[n] = random_attr(f, n);
		if (ioctl(f->fd, RDMA_VERBS_IOCTL, &m) < 0)
			assert_in_range(errno, 1, 200);
	}
}

static void test_gid_table(void **state)
{
	struct fixture *f = *state;
	struct ib_uverbs_gid_entry entry[128];
	uint64_t n = 0;
	struct {
		struct ib_uverbs_ioctl_hdr hdr;
		struct ib_uverbs_attr attr[4];
	} m = {
		.hdr = {
			.length = sizeof(m),
			.object_id = UVERBS_OBJECT_DEVICE,
			.method_id = UVERBS_METHOD_QUERY_GID_TABLE,
			.num_attrs = 4,
		},
		.attr = {
			{ .attr_id = UVERBS_ATTR_QUERY_GID_TABLE_ENTRY_SIZE,
			  .len = 8, .data = sizeof(entry[0]) },
			{ .attr_id = UVERBS_ATTR_QUERY_GID_TABLE_FLAGS,
			  .len = 4 },
			{ .attr_id = UVERBS_ATTR_QUERY_GID_TABLE_RESP_ENTRIES,
			  .len = sizeof(entry), .data = (uintptr_t)entry },
			{ .attr_id =
				  UVERBS_ATTR_QUERY_GID_TABLE_RESP_NUM_ENTRIES,
			  .len = sizeof(n), .data = (uintptr_t)&n },
		},
	};

	get_context(f->fd);
	assert_int_equal(ioctl(f->fd, RDMA_VERBS_IOCTL, &m), 0);
	assert_in_range(n, 1, 128);
	assert_int_equal(entry[0].gid_type, IB_UVERBS_GID_TYPE_ROCE_V2);
	assert_true(m.attr[2].flags & UVERBS_ATTR_F_VALID_OUTPUT);

	/* No room for one less than there are. */
	m.attr[2].len = (n - 1) * sizeof(entry[0]);
	assert_int_equal(ioctl(f->fd, RDMA_VERBS_IOCTL, &m), -1);
	assert_int_equal(errno, EINVAL);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(truncated),    TEST(no_context), TEST(bad_pointers),
		TEST(random_methods), TEST(gid_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
