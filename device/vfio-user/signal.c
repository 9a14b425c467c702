// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Signal an eventfd of a client, and never wait for it.
 *
 * write() would do when the client plays along. But O_NONBLOCK belongs to the
 * open file, which we share: a client that clears it and fills the counter
 * would hold the interrupt thread, and with it every function. The kernel
 * itself signals eventfds without waiting, and refuses files that are none,
 * when asked to report the end of an I/O: here, a poll of a file that is
 * always ready.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server.h"

#define AIO_EVENTS 8

int vfu_signal_init(struct vfu_signal *s)
{
	int err;

	s->aio = 0;
	s->ready_fd = eventfd(1, EFD_CLOEXEC);
	if (s->ready_fd < 0)
		return -errno;
	if (!syscall(SYS_io_setup, AIO_EVENTS, &s->aio))
		return 0;
	err = -errno;
	close(s->ready_fd);
	return err;
}

void vfu_signal_fini(struct vfu_signal *s)
{
	syscall(SYS_io_destroy, s->aio);
	close(s->ready_fd);
}

int vfu_signal(struct vfu_signal *s, int fd)
{
	struct iocb cb = {
		.aio_lio_opcode = IOCB_CMD_POLL,
		.aio_fildes = s->ready_fd,
		.aio_buf = POLLIN,
		.aio_flags = IOCB_FLAG_RESFD,
		.aio_resfd = fd,
	};
	struct iocb *list[1] = { &cb };
	struct io_event done[AIO_EVENTS];

	if (syscall(SYS_io_submit, s->aio, 1, list) != 1)
		return -errno;
	/* Make room for the next; with no minimum this does not wait either. */
	syscall(SYS_io_getevents, s->aio, 0, AIO_EVENTS, done, NULL);
	return 0;
}
