// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * A peer that is none: greetings, segments and descriptors that no sane process
 * sends, to a function that has to live on and to stay what it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "peer/shared.h"
#include "random.h"
#include "skua_device.h"
#include "skua_peers.h"

#define PORT_SIZE sizeof(struct skua_peer_port)
#define CHANNEL_SIZE sizeof(struct skua_peer_channel)

struct fixture {
	struct skua_adapter *ad;
	struct skua_function *fn;
	struct skua_peers *peers;
	void *uar;
	int wake;
};

static void raise_nothing(void *ctx, unsigned int vector)
{
	(void)ctx;
	(void)vector;
}

static int setup(void **state)
{
	static const struct skua_function_ops ops = { .raise = raise_nothing };
	struct fixture *f = calloc(1, sizeof(*f));
	struct skua_peers_config peers = { 0 };
	struct skua_function_config cfg = { .vectors = 1, .ops = &ops };

	f->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	peers.wake_fd = f->wake;
	f->ad = skua_adapter_create(NULL);
	assert_non_null(f->ad);
	f->peers = skua_peers_create(&peers);
	assert_non_null(f->peers);
	f->uar = calloc(1, SKUA_HWI_UAR_BAR_SIZE);
	cfg.uar = f->uar;
	cfg.peers = f->peers;
	f->fn = skua_function_create(f->ad, &cfg);
	assert_non_null(f->fn);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	skua_function_destroy(f->fn);
	skua_peers_destroy(f->peers);
	skua_adapter_destroy(f->ad);
	free(f->uar);
	close(f->wake);
	free(f);
	return 0;
}

static void run(struct fixture *f)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		skua_peers_service(f->peers);
		skua_adapter_poll(f->ad);
	}
}

static int dial(struct fixture *f)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	uint32_t block = skua_peers_qpn_base(f->peers) >> SKUA_PEER_QPN_BITS;
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int n = snprintf(un.sun_path + 1, sizeof(un.sun_path) - 1,
			 "skua/qp/%03x", block);

	assert_int_equal(connect(sock, (struct sockaddr *)&un,
				 offsetof(struct sockaddr_un, sun_path) + 1 + n),
			 0);
	return sock;
}

static void greet(int sock, const void *hello, size_t len, const int *fd,
		  unsigned int nfd)
{
	struct iovec iov = { (void *)hello, len };
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(4 * sizeof(int))];
	} control = { .buf = { 0 } };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (nfd) {
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(nfd * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfd * sizeof(int));
		memcpy(CMSG_DATA(c), fd, nfd * sizeof(int));
	}
	assert_int_equal(sendmsg(sock, &msg, MSG_NOSIGNAL), len);
}

/* Has the function hung up? */
static bool refused(int sock)
{
	char byte;

	return recv(sock, &byte, 1, MSG_DONTWAIT) == 0;
}

static int segment(size_t size, int seals)
{
	int fd = memfd_create("hostile", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static struct skua_peer_hello sane_hello(void)
{
	return (struct skua_peer_hello){
		.magic = SKUA_PEER_MAGIC,
		.version = SKUA_PEER_VERSION,
		.block = 7,
		.arena_size = 0,
	};
}

static void expect_refusal(struct fixture *f, const void *hello, size_t len,
			   const int *fd, unsigned int nfd)
{
	int sock = dial(f);

	run(f);
	greet(sock, hello, len, fd, nfd);
	run(f);
	assert_true(refused(sock));
	close(sock);
	run(f);
}

static void test_greetings(void **state)
{
	struct fixture *f = *state;
	struct skua_peer_hello hello = sane_hello(), bad;
	int channel = segment(CHANNEL_SIZE, F_SEAL_SHRINK);
	int port = segment(PORT_SIZE, F_SEAL_SHRINK);
	int small = segment(4096, F_SEAL_SHRINK);
	int loose = segment(CHANNEL_SIZE, 0);
	int file = open("/dev/zero", O_RDWR | O_CLOEXEC);
	const int good[] = { channel, port, port };
	const int cases[][2] = {
		{ small, port },  { channel, small }, { loose, port },
		{ channel, loose }, { file, port },   { channel, file },
	};
	unsigned int i;

	bad = hello;
	bad.magic ^= 1;
	expect_refusal(f, &bad, sizeof(bad), good, 2);
	bad = hello;
	bad.version++;
	expect_refusal(f, &bad, sizeof(bad), good, 2);
	bad = hello;
	bad.block = SKUA_PEER_BLOCKS;
	expect_refusal(f, &bad, sizeof(bad), good, 2);
	expect_refusal(f, &hello, sizeof(hello) - 1, good, 2);
	expect_refusal(f, &hello, sizeof(hello), good, 0);
	expect_refusal(f, &hello, sizeof(hello), good, 1);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_refusal(f, &hello, sizeof(hello), cases[i], 2);
	close(channel);
	close(port);
	close(small);
	close(loose);
	close(file);
}

/* Who connects and says nothing, or goes at once, costs a descriptor. */
static void test_silent(void **state)
{
	struct fixture *f = *state;
	int sock[64];
	unsigned int i;

	for (i = 0; i < 64; i++) {
		sock[i] = dial(f);
		skua_peers_service(f->peers);
	}
	for (i = 0; i < 64; i++)
		close(sock[i]);
	for (i = 0; i < 16; i++)
		run(f);
}

/* A descriptor with an error in one place, or any bytes at all. */
static uint32_t write_record(struct skua_peer_channel *ch, uint32_t at,
			     uint32_t qpn)
{
	uint32_t word[11 * SKUA_PEER_LINE / 4], i, lines;
	struct skua_peer_record *rec = (void *)word;

	for (i = 0; i < sizeof(word) / 4; i++)
		word[i] = next_random();
	if (next_random() % 4) {
		rec->lines = 1 + next_random() % 10;
		rec->op %= 8;
		rec->service %= 4;
		rec->has %= 8;
		rec->len = next_random() % 512;
		rec->nrefs = next_random() % 3;
		rec->dqpn = qpn | next_random() % 8;
	}
	lines = rec->lines;
	for (i = 0; i < sizeof(word) / SKUA_PEER_LINE; i++)
		memcpy(ch->ring[(at + i) % SKUA_PEER_RING],
		       (uint8_t *)word + i * SKUA_PEER_LINE, SKUA_PEER_LINE);
	return lines;
}

static void test_descriptors(void **state)
{
	struct fixture *f = *state;
	struct skua_peer_hello hello = sane_hello();
	uint32_t qpn = skua_peers_qpn_base(f->peers), head;
	unsigned int round, i;

	for (round = 0; round < 300; round++) {
		int fd[2] = { segment(CHANNEL_SIZE, F_SEAL_SHRINK),
			      segment(PORT_SIZE, F_SEAL_SHRINK) };
		struct skua_peer_channel *ch =
			mmap(NULL, CHANNEL_SIZE, PROT_READ | PROT_WRITE,
			     MAP_SHARED, fd[0], 0);
		int sock = dial(f);

		assert_ptr_not_equal(ch, MAP_FAILED);
		greet(sock, &hello, sizeof(hello), fd, 2);
		run(f);
		for (i = 0, head = 0; i < 50; i++) {
			head += write_record(ch, head, qpn);
			skua_adapter_poll(f->ad);
			skua_adapter_rest(f->ad);
		}
		close(sock);
		run(f);
		munmap(ch, CHANNEL_SIZE);
		close(fd[0]);
		close(fd[1]);
	}
}

/* Each function has a block, and no two the same. */
static void test_blocks(void **state)
{
	struct skua_peers_config cfg = { .wake_fd = -1 };
	struct skua_peers *p[32];
	unsigned int i, j;

	(void)state;
	for (i = 0; i < 32; i++) {
		p[i] = skua_peers_create(&cfg);
		assert_non_null(p[i]);
		assert_int_not_equal(skua_peers_qpn_base(p[i]), 0);
		for (j = 0; j < i; j++)
			assert_int_not_equal(skua_peers_qpn_base(p[i]),
					     skua_peers_qpn_base(p[j]));
	}
	for (i = 0; i < 32; i++)
		skua_peers_destroy(p[i]);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(greetings), TEST(silent), TEST(descriptors), TEST(blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
