// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "server.h"
#include "vfu_peer.h"

#define PATIENCE_S 10

char rig_path[RIG_PORTS][64];
const uint8_t rig_mac[6] = { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55 };

static char dir[] = "/tmp/vfu-XXXXXX";
static struct vfu_server server;
static pthread_t thread;

static void *run(void *arg)
{
	(void)arg;
	vfu_server_run(&server);
	return NULL;
}

int rig_start(void **state)
{
	unsigned int i;

	(void)state;
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(vfu_server_init(&server, NULL), 0);
	for (i = 0; i < RIG_PORTS; i++) {
		snprintf(rig_path[i], sizeof(rig_path[i]), "%s/%u", dir, i);
		assert_int_equal(vfu_server_add(&server, rig_path[i], rig_mac),
				 0);
	}
	return pthread_create(&thread, NULL, run, NULL);
}

int rig_stop(void **state)
{
	(void)state;
	vfu_server_stop(&server);
	pthread_join(thread, NULL);
	vfu_server_fini(&server);
	/* Fails unless the server removed its sockets. */
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(fake_fns, 0);
	return 0;
}

int peer_connect(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct timeval tv = { .tv_sec = PATIENCE_S };
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(sock >= 0);
	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	strcpy(addr.sun_path, path);
	assert_int_equal(connect(sock, (void *)&addr, sizeof(addr)), 0);
	return sock;
}

int peer_open(const char *path)
{
	static const char hello[] = "\0\0\0\0{\"capabilities\":{}}";
	int sock = peer_connect(path);

	assert_int_equal(peer_call(sock, VFU_VERSION, hello, sizeof(hello), -1,
				   NULL), 0);
	return sock;
}

void peer_close(int sock)
{
	shutdown(sock, SHUT_WR);
	assert_true(peer_dropped(sock));
	close(sock);
}

void peer_send_raw(int sock, const void *buf, size_t len, const int *fds,
		   unsigned int nfds)
{
	char control[CMSG_SPACE(64 * sizeof(int))] = { 0 };
	struct iovec iov = { .iov_base = (void *)buf, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cm;

	assert_true(nfds <= 64);
	if (nfds) {
		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		cm = CMSG_FIRSTHDR(&msg);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(cm), fds, nfds * sizeof(int));
	}
	assert_int_equal(sendmsg(sock, &msg, MSG_NOSIGNAL), len);
}

void peer_send(int sock, uint16_t command, const void *payload, size_t len,
	       const int *fds, unsigned int nfds)
{
	static uint16_t id;
	struct vfu_header head = {
		.id = ++id,
		.command = command,
		.size = sizeof(head) + len,
	};
	uint8_t buf[sizeof(head) + VFU_MAX_PAYLOAD];

	assert_true(len <= VFU_MAX_PAYLOAD);
	memcpy(buf, &head, sizeof(head));
	if (len)
		memcpy(buf + sizeof(head), payload, len);
	peer_send_raw(sock, buf, head.size, fds, nfds);
}

static void read_all(int sock, void *buf, size_t len)
{
	if (len)
		assert_int_equal(recv(sock, buf, len, MSG_WAITALL), len);
}

void peer_receive(int sock, struct peer_reply *r)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &r->head, sizeof(r->head) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cm;

	assert_int_equal(recvmsg(sock, &msg, MSG_WAITALL), sizeof(r->head));
	cm = CMSG_FIRSTHDR(&msg);
	r->fd = -1;
	if (cm)
		memcpy(&r->fd, CMSG_DATA(cm), sizeof(int));
	assert_in_range(r->head.size, sizeof(r->head),
			sizeof(r->head) + sizeof(r->data));
	r->len = r->head.size - sizeof(r->head);
	read_all(sock, r->data, r->len);
}

uint32_t peer_call(int sock, uint16_t command, const void *payload, size_t len,
		   int fd, struct peer_reply *r)
{
	static struct peer_reply unwanted;

	if (!r)
		r = &unwanted;
	peer_send(sock, command, payload, len, &fd, fd >= 0);
	peer_receive(sock, r);
	assert_int_equal(r->head.command, command);
	assert_int_equal(r->head.flags & VFU_FLAG_TYPE_MASK, VFU_TYPE_REPLY);
	assert_int_equal(!!(r->head.flags & VFU_FLAG_ERROR), !!r->head.error);
	return r->head.error;
}

bool peer_dropped(int sock)
{
	char c;
	ssize_t n = recv(sock, &c, 1, 0);

	return !n || (n < 0 && errno == ECONNRESET);
}

uint32_t peer_read(int sock, uint32_t region, uint64_t off, uint32_t count,
		   void *data)
{
	struct vfu_region_access a = { off, region, count };
	struct peer_reply r;
	uint32_t err = peer_call(sock, VFU_REGION_READ, &a, sizeof(a), -1, &r);

	if (!err) {
		assert_int_equal(r.len, sizeof(a) + count);
		assert_memory_equal(r.data, &a, sizeof(a));
		memcpy(data, r.data + sizeof(a), count);
	}
	return err;
}

uint32_t peer_write(int sock, uint32_t region, uint64_t off, uint32_t count,
		    const void *data)
{
	struct vfu_region_access a = { off, region, count };
	uint8_t buf[sizeof(a) + VFU_MAX_ACCESS];

	memcpy(buf, &a, sizeof(a));
	memcpy(buf + sizeof(a), data, count);
	return peer_call(sock, VFU_REGION_WRITE, buf, sizeof(a) + count, -1,
			 NULL);
}

uint32_t peer_map(int sock, uint64_t iova, uint64_t size, uint64_t offset,
		  uint32_t flags, int fd)
{
	struct vfu_dma_map map = {
		.argsz = sizeof(map),
		.flags = flags,
		.offset = offset,
		.iova = iova,
		.size = size,
	};

	return peer_call(sock, VFU_DMA_MAP, &map, sizeof(map), fd, NULL);
}

uint32_t peer_unmap(int sock, uint64_t iova, uint64_t size, uint32_t flags)
{
	struct vfu_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.flags = flags,
		.iova = iova,
		.size = size,
	};

	return peer_call(sock, VFU_DMA_UNMAP, &unmap, sizeof(unmap), -1, NULL);
}

uint32_t peer_irqs(int sock, uint32_t start, uint32_t count, const int *fds,
		   unsigned int nfds)
{
	struct vfio_irq_set set = {
		.argsz = sizeof(set),
		.flags = VFIO_IRQ_SET_DATA_EVENTFD |
			 VFIO_IRQ_SET_ACTION_TRIGGER,
		.index = VFIO_PCI_MSIX_IRQ_INDEX,
		.start = start,
		.count = count,
	};
	struct peer_reply r;

	peer_send(sock, VFU_DEVICE_SET_IRQS, &set, sizeof(set), fds, nfds);
	peer_receive(sock, &r);
	return r.head.error;
}

int peer_memory(uint64_t size, bool sealable)
{
	int fd = memfd_create("guest", MFD_CLOEXEC |
			      (sealable ? MFD_ALLOW_SEALING : 0));

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	return fd;
}
