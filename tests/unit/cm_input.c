// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The rdma_ucm ABI against what no librdmacm would send: the whole library,
 * called as programs call it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <rdma/rdma_user_cm.h>

#include "random.h"

#define WORDS 160u

struct fixture {
	int fd;
	uint32_t buf[WORDS];
	uint8_t answer[4096];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->fd = open("/dev/infiniband/rdma_cm", O_RDWR | O_CLOEXEC | O_NONBLOCK);
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

/* Zeroes, ones, small numbers, any. */
static void fill(struct fixture *f, unsigned int filling)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++) {
		uint32_t r = next_random();

		f->buf[i] = filling == 0   ? 0
			    : filling == 1 ? ~0u
			    : filling == 2 ? r % 4
					   : r;
	}
}

static ssize_t give(struct fixture *f, uint32_t cmd, size_t len)
{
	struct rdma_ucm_cmd_hdr hdr = {
		.cmd = cmd,
		.in = len > sizeof(hdr) ? len - sizeof(hdr) : 0,
		.out = sizeof(f->answer),
	};
	ssize_t ret;

	memcpy(f->buf, &hdr, sizeof(hdr));
	errno = 0;
	ret = write(f->fd, f->buf, len);
	if (ret == -1)
		assert_in_range(errno, 1, 200);
	else
		assert_int_equal(ret, len);
	return ret;
}

static void test_truncated(void **state)
{
	struct fixture *f = *state;
	uint64_t response[] = { (uintptr_t)f->answer, 8 };
	unsigned int filling, where, i;
	uint32_t cmd;
	size_t len;

	for (cmd = 0; cmd < 30; cmd++) {
		for (filling = 0; filling < 4; filling++) {
			for (len = 0; len <= sizeof(f->buf); len += 4) {
				for (i = 0; i < 4; i++) {
					where = 2 + i / 2 * 2;
					fill(f, filling);
					memcpy(f->buf + where, &response[i % 2],
					       sizeof(response[0]));
					give(f, cmd, len);
				}
			}
		}
	}
}

static uint32_t create(struct fixture *f, uint16_t ps)
{
	struct rdma_ucm_create_id cmd = {
		.uid = 1,
		.response = (uintptr_t)f->answer,
		.ps = ps,
	};
	struct rdma_ucm_create_id_resp resp;

	memset(f->buf, 0, sizeof(f->buf));
	memcpy(f->buf + 2, &cmd, sizeof(cmd));
	assert_true(give(f, RDMA_USER_CM_CMD_CREATE_ID, 8 + sizeof(cmd)) > 0);
	memcpy(&resp, f->answer, sizeof(resp));
	return resp.id;
}

static int bind_to(struct fixture *f, uint32_t id, uint16_t port)
{
	struct rdma_ucm_bind_ip cmd = { .id = id };
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(port) };

	memcpy(&cmd.addr, &in, sizeof(in));
	memset(f->buf, 0, sizeof(f->buf));
	memcpy(f->buf + 2, &cmd, sizeof(cmd));
	return give(f, RDMA_USER_CM_CMD_BIND_IP, 8 + sizeof(cmd)) > 0 ? 0
								      : -errno;
}

/* A port is one id's, and free again with it. */
static void test_ports(void **state)
{
	struct fixture *f = *state;
	struct rdma_ucm_destroy_id cmd = { .response = (uintptr_t)f->answer };
	uint32_t a = create(f, RDMA_PS_TCP), b = create(f, RDMA_PS_TCP);
	uint32_t c = create(f, RDMA_PS_UDP);

	assert_int_equal(bind_to(f, a, 7171), 0);
	assert_int_equal(bind_to(f, a, 7172), -EINVAL);
	assert_int_equal(bind_to(f, b, 7171), -EADDRINUSE);
	assert_int_equal(bind_to(f, c, 7171), 0);
	cmd.id = a;
	memcpy(f->buf + 2, &cmd, sizeof(cmd));
	assert_true(give(f, RDMA_USER_CM_CMD_DESTROY_ID, 8 + sizeof(cmd)) > 0);
	assert_int_equal(bind_to(f, b, 7171), 0);
	assert_int_equal(bind_to(f, 999999, 7171), -ENOENT);
}

/* No event, and the channel says so in every way. */
static void test_no_event(void **state)
{
	struct fixture *f = *state;
	struct rdma_ucm_get_event cmd = { .response = (uintptr_t)f->answer };
	struct pollfd p = { .fd = f->fd, .events = POLLIN };

	memset(f->buf, 0, sizeof(f->buf));
	memcpy(f->buf + 2, &cmd, sizeof(cmd));
	assert_int_equal(give(f, RDMA_USER_CM_CMD_GET_EVENT, 8 + sizeof(cmd)),
			 -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(poll(&p, 1, 0), 0);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(truncated), TEST(ports), TEST(no_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
