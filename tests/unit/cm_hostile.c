// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Any bytes on the sockets between processes, from those who connect and from
 * those who are connected to: what another process can do at worst.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rdma/ib_user_ioctl_verbs.h>

#include "cm/peer.h"
#include "cm_calls.h"
#include "random.h"

#define ROUNDS 2000

static socklen_t name(struct sockaddr_un *un)
{
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	return offsetof(struct sockaddr_un, sun_path) + 1 +
	       snprintf(un->sun_path + 1, sizeof(un->sun_path) - 1,
			"skua/cm/%04x/%u/any4", RDMA_PS_TCP, PORT);
}

/* Somebody who connects to the listener by himself. */
static int stranger(void)
{
	struct sockaddr_un un;
	socklen_t len = name(&un);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&un, len), 0);
	return fd;
}

/* Somebody who listens by himself. */
static int impostor(void)
{
	struct sockaddr_un un;
	socklen_t len = name(&un);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&un, len), 0);
	assert_int_equal(listen(fd, 16), 0);
	return fd;
}

/* A message as the library sends it. */
static struct ucm_msg sound(enum ucm_msg_type type)
{
	struct ucm_msg msg = {
		.magic = UCM_MSG_MAGIC,
		.type = type,
		.src = { .family = AF_INET, .port = 40000 },
		.dst = { .family = AF_INET, .port = PORT },
		.ps = RDMA_PS_TCP,
		.qp_type = IB_UVERBS_QPT_RC,
		.qpn = 0x333,
		.responder_resources = 1,
		.initiator_depth = 1,
	};
	static const uint8_t localhost[16] = {
		[10] = 0xff, 0xff, 127, 0, 0, 1
	};

	memcpy(msg.src.raw, localhost, 16);
	memcpy(msg.dst.raw, localhost, 16);
	memcpy(msg.sgid, localhost, 16);
	memcpy(msg.dgid, localhost, 16);
	return msg;
}

/* One to three of its bytes are others. */
static void spoil(struct ucm_msg *msg)
{
	unsigned int n = next_random() % 3 + 1;

	while (n--)
		((uint8_t *)msg)[next_random() % offsetof(struct ucm_msg,
							  private_data)] =
			next_random();
}

static bool say(int fd, const struct ucm_msg *msg, size_t len)
{
	return send(fd, msg, len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)len;
}

/* Anything of the right kind, or nearly. */
static void babble(int fd)
{
	struct ucm_msg msg = sound(next_random() % UCM_MSG_TYPES);

	if (next_random() % 2)
		spoil(&msg);
	say(fd, &msg, next_random() % 8 ? sizeof(msg) :
					  next_random() % sizeof(msg));
}

/* Take what events there are, and do with them what a program would. */
static void serve(int fd)
{
	struct rdma_ucm_event_resp ev;

	while (!get_event(fd, &ev)) {
		if (ev.event != CONNECT_REQUEST)
			continue;
		assert_int_equal(ev.uid, 100);
		assert_true(ev.param.conn.private_data_len <= 92);
		accept_as(fd, ev.id, 300);
		if (next_random() % 2)
			disconnect(fd, ev.id);
		destroy(fd, ev.id);
	}
}

static void assert_works(int s)
{
	int c = channel();
	uint32_t id;

	id = resolved(c, RDMA_PS_TCP, "127.0.0.1", PORT);
	assert_int_equal(connect_to(c, id, 0), 0);
	id = expect(s, CONNECT_REQUEST).id;
	assert_int_equal(accept_as(s, id, 300), 0);
	expect(c, CONNECT_RESPONSE);
	assert_true(destroy(s, id) >= 0);
	close(c);
}

/* Those who are silent, or send anything, keep nobody else from connecting. */
static void test_strangers(void **state)
{
	uint8_t junk[2048];
	int fd[200], s = channel();
	unsigned int i;

	(void)state;
	server(s, RDMA_PS_TCP, "0.0.0.0", PORT);
	for (i = 0; i < 200; i++) {
		fd[i] = stranger();
		memset(junk, i, sizeof(junk));
		if (i % 4)
			(void)!send(fd[i], junk, i * 10, MSG_NOSIGNAL);
		if (i % 4 == 2)
			shutdown(fd[i], SHUT_WR);
	}
	assert_works(s);
	for (i = 0; i < 200; i++)
		close(fd[i]);
	expect_none(s);
	close(s);
}

static void test_requests(void **state)
{
	struct ucm_msg msg;
	unsigned int i, n;
	int fd, s = channel();

	(void)state;
	server(s, RDMA_PS_TCP, "0.0.0.0", PORT);
	for (i = 0; i < ROUNDS; i++) {
		fd = stranger();
		msg = sound(UCM_MSG_REQ);
		if (i % 16)
			spoil(&msg);
		say(fd, &msg, sizeof(msg));
		serve(s);
		for (n = next_random() % 4; n; n--)
			babble(fd);
		serve(s);
		close(fd);
	}
	/* Requests of those who have gone may still come. */
	while (poll(&(struct pollfd){ s, POLLIN, 0 }, 1, 100))
		serve(s);
	assert_works(s);
	close(s);
}

static void test_replies(void **state)
{
	int fd, c = channel(), s = impostor();
	struct rdma_ucm_event_resp ev;
	struct ib_uverbs_qp_attr attr;
	unsigned int i, n;
	uint32_t id;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		id = resolved(c, RDMA_PS_TCP, "127.0.0.1", PORT);
		assert_int_equal(connect_to(c, id, 0), 0);
		fd = accept(s, NULL, NULL);
		assert_true(fd >= 0);
		for (n = next_random() % 6; n; n--)
			babble(fd);
		if (!get_event(c, &ev)) {
			assert_int_equal(ev.uid, 200);
			assert_true(ev.param.conn.private_data_len <= 196);
			qp_attr(c, id, next_random() % 4, &attr);
			confirm(c, id);
		}
		for (n = next_random() % 3; n; n--)
			babble(fd);
		disconnect(c, id);
		close(fd);
		assert_true(destroy(c, id) >= 0);
	}
	close(s);
	close(c);
}

/* Who never stops talking is left alone. */
static void test_talkative(void **state)
{
	struct ucm_msg msg = sound(UCM_MSG_REQ);
	struct pollfd p = { .events = POLLOUT };
	int s = channel();

	(void)state;
	server(s, RDMA_PS_TCP, "0.0.0.0", PORT);
	p.fd = stranger();
	assert_true(say(p.fd, &msg, sizeof(msg)));
	msg.type = UCM_MSG_RTU;
	do {
		assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	} while (say(p.fd, &msg, sizeof(msg)));
	assert_true(errno == EPIPE || errno == ECONNRESET);
	close(p.fd);
	expect(s, CONNECT_REQUEST);
	assert_works(s);
	close(s);
}

/* The library as another user's process has it, which nobody shares with. */
static int as_other_user(void)
{
	int fd = channel();
	uint32_t id;

	if (setgid(65533) || setuid(65533))
		return 1;
	id = resolved(fd, RDMA_PS_TCP, "127.0.0.1", PORT);
	if (connect_to(fd, id, 0))
		return 2;
	return expect(fd, REJECTED).status == 8 ? 0 : 3;
}

/* And a program of that user which does not care whom it talks to. */
static int as_other_stranger(void)
{
	struct ucm_msg msg = sound(UCM_MSG_REQ);
	struct pollfd p = { .events = POLLIN };

	if (setgid(65533) || setuid(65533))
		return 1;
	p.fd = stranger();
	say(p.fd, &msg, sizeof(msg));
	if (poll(&p, 1, WAIT_MS) != 1 || ucm_peer_receive(p.fd, &msg) != 1)
		return 2;
	return msg.type == UCM_MSG_REJ ? 0 : 3;
}

static void assert_succeeds(int (*fn)(void))
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(fn());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_other_user(void **state)
{
	int s = channel();

	(void)state;
	if (geteuid())
		skip();
	server(s, RDMA_PS_TCP, "0.0.0.0", PORT);
	assert_succeeds(as_other_user);
	assert_succeeds(as_other_stranger);
	expect_none(s);
	assert_works(s);
	close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_talkative),
		cmocka_unit_test(test_other_user),
	};

	setenv("SKUA_USER", "address=127.0.0.1,address=::1", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
