// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * What a client may send: any bytes, through the real framing and handlers to
 * the real adapter, in one thread. LLVMFuzzerTestOneInput() is what libFuzzer
 * calls; random.c calls it without one.
 *
 * The input is a row of messages: a byte for the command, one for the number
 * of descriptors, one for the length of the payload in words of four bytes,
 * then the payload. Command 0xff instead sends the payload as it is, framing
 * included.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server.h"

#define RAW        0xff
#define GUEST_SIZE 0x10000
#define MAX_FDS    3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct target {
	struct vfu_server server;
	struct vfu_port port;
	struct vfu_client *client;
	int sock;		/* our end */
	int fds[MAX_FDS];	/* guest memory, an eventfd, neither */
	bool gone;
};

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void discard_replies(struct target *t)
{
	char buf[VFU_MAX_PAYLOAD];

	while (recv(t->sock, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
}

/* What the server does when a socket is readable, until it has read all. */
static void serve(struct target *t)
{
	int ret;

	while (!t->gone && (ret = vfu_receive(t->client))) {
		if (ret > 0) {
			ret = vfu_handle(t->client);
			vfu_message_clear(&t->client->msg);
		}
		t->gone = ret < 0;
		discard_replies(t);
		skua_adapter_run_commands(t->server.ad);
		skua_adapter_poll(t->server.ad);
		skua_adapter_run_interrupts(t->server.ad);
	}
}

static void send_fds(struct target *t, const void *buf, size_t len,
		     unsigned int nfds)
{
	char control[CMSG_SPACE(MAX_FDS * sizeof(int))] = { 0 };
	struct iovec iov = { .iov_base = (void *)buf, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cm;

	if (nfds) {
		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		cm = CMSG_FIRSTHDR(&msg);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(cm), t->fds, nfds * sizeof(int));
	}
	must(sendmsg(t->sock, &msg, MSG_NOSIGNAL) == (ssize_t)len);
}

static void send_message(struct target *t, uint8_t command, unsigned int nfds,
			 const uint8_t *payload, size_t len)
{
	struct {
		struct vfu_header head;
		uint8_t payload[256 * 4];
	} m = { .head = { .command = command } };

	m.head.size = sizeof(m.head) + len;
	memcpy(m.payload, payload, len);
	send_fds(t, &m, m.head.size, nfds);
}

static void setup(struct target *t)
{
	const struct vfu_version version = { 0, 0 };
	int pair[2];

	memset(t, 0, sizeof(*t));
	t->server.ad = skua_adapter_create(NULL);
	must(t->server.ad);
	must(!vfu_signal_init(&t->server.signal));
	t->port.server = &t->server;
	t->port.path = "fuzz";
	t->fds[0] = memfd_create("guest", MFD_ALLOW_SEALING);
	must(t->fds[0] >= 0 && !ftruncate(t->fds[0], GUEST_SIZE));
	t->fds[1] = eventfd(0, EFD_NONBLOCK);
	must(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	t->sock = pair[0];
	t->fds[2] = dup(pair[0]);
	t->client = vfu_client_create(&t->port, pair[1]);
	must(t->client);
	send_message(t, VFU_VERSION, 0, (const void *)&version,
		     sizeof(version));
	serve(t);
	must(!t->gone);
}

static void teardown(struct target *t)
{
	unsigned int i;

	vfu_client_destroy(t->client);
	vfu_signal_fini(&t->server.signal);
	skua_adapter_destroy(t->server.ad);
	close(t->sock);
	for (i = 0; i < MAX_FDS; i++)
		close(t->fds[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct target t;
	size_t len;

	setup(&t);
	while (size >= 3 && !t.gone) {
		len = data[2] * 4u;
		if (len > size - 3)
			len = size - 3;
		if (data[0] != RAW)
			send_message(&t, data[0], data[1] % (MAX_FDS + 1),
				     data + 3, len);
		else if (len)
			send_fds(&t, data + 3, len, data[1] % (MAX_FDS + 1));
		serve(&t);
		data += 3 + len;
		size -= 3 + len;
	}
	teardown(&t);
	return 0;
}
