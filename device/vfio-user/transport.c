// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Framing on a stream socket. A read never goes past the end of the message
 * that is under way, so descriptors that arrive belong to that message.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server.h"

void vfu_message_clear(struct vfu_message *m)
{
	unsigned int i;

	for (i = 0; i < m->nfds; i++)
		if (m->fds[i] >= 0)
			close(m->fds[i]);
	m->nfds = 0;
	m->have = 0;
	m->in_len = 0;
	m->out_len = 0;
	m->out_fd = -1;
}

/* Keep what came along; -EPROTO when it is more than was agreed on. */
static int take_fds(struct vfu_message *m, struct msghdr *msg)
{
	int err = msg->msg_flags & MSG_CTRUNC ? -EPROTO : 0;
	struct cmsghdr *cm;
	size_t n, i;
	int fd;

	for (cm = CMSG_FIRSTHDR(msg); cm; cm = CMSG_NXTHDR(msg, cm)) {
		if (cm->cmsg_level != SOL_SOCKET || cm->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cm->cmsg_len - CMSG_LEN(0)) / sizeof(fd);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(cm) + i * sizeof(fd), sizeof(fd));
			if (m->nfds < VFU_MAX_FDS) {
				m->fds[m->nfds++] = fd;
			} else {
				close(fd);
				err = -EPROTO;
			}
		}
	}
	return err;
}

static int receive_some(struct vfu_client *c, void *buf, uint32_t len)
{
	char control[CMSG_SPACE(VFU_MAX_FDS * sizeof(int))];
	struct iovec iov = { .iov_base = buf, .iov_len = len };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n;
	int err;

	n = recvmsg(c->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if (!n)
		return -ECONNRESET;
	err = take_fds(&c->msg, &msg);
	if (err)
		return err;
	c->msg.have += n;
	return 0;
}

int vfu_receive(struct vfu_client *c)
{
	struct vfu_message *m = &c->msg;
	const uint32_t head = sizeof(m->head);
	int err;

	while (m->have < head) {
		err = receive_some(c, (uint8_t *)&m->head + m->have,
				   head - m->have);
		if (err)
			return err == -EAGAIN ? 0 : err;
	}
	if (m->head.size < head || m->head.size - head > sizeof(m->in))
		return -EMSGSIZE;
	m->in_len = m->head.size - head;
	while (m->have < m->head.size) {
		err = receive_some(c, m->in + m->have - head,
				   m->head.size - m->have);
		if (err)
			return err == -EAGAIN ? 0 : err;
	}
	return 1;
}

/*
 * A client that does not read its replies until the socket is full is broken:
 * a proper one waits for each, and they are small.
 */
int vfu_reply(struct vfu_client *c, int error)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	uint32_t len = error ? 0 : c->msg.out_len;
	struct vfu_header head = {
		.id = c->msg.head.id,
		.command = c->msg.head.command,
		.size = sizeof(head) + len,
		.flags = VFU_TYPE_REPLY | (error ? VFU_FLAG_ERROR : 0),
		.error = error,
	};
	struct iovec iov[2] = {
		{ .iov_base = &head, .iov_len = sizeof(head) },
		{ .iov_base = c->msg.out, .iov_len = len },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	struct cmsghdr *cm;
	ssize_t n;

	if (!error && c->msg.out_fd >= 0) {
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		cm = CMSG_FIRSTHDR(&msg);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cm), &c->msg.out_fd, sizeof(int));
	}
	do {
		n = sendmsg(c->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (uint32_t)n == head.size ? 0 : -EPIPE;
}
