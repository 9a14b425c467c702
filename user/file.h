/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The file descriptors that this library serves in place of the kernel: what
 * a program gets when it opens /dev/infiniband/uverbs0 or rdma_cm, and the
 * event files made through them. Each is backed by a real descriptor, so that
 * poll, epoll, fcntl and dup work on it natively; only the calls below are
 * intercepted.
 */
#ifndef SKUA_USER_FILE_H
#define SKUA_USER_FILE_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

struct skua_file;

/*
 * Any thread may call any of these, several at a time. All return what the
 * system call would, with -errno for failure. NULL: there is no such call, and
 * it fails with EINVAL; an ioctl is left to the descriptor that backs the file.
 */
struct skua_file_ops {
	ssize_t (*write)(struct skua_file *f, const void *buf, size_t len);
	ssize_t (*read)(struct skua_file *f, void *buf, size_t len);
	int (*ioctl)(struct skua_file *f, unsigned long req, void *arg);
	/*
	 * The last descriptor was closed and the last call has returned. Frees
	 * f and what it leads to.
	 */
	void (*release)(struct skua_file *f);
};

struct skua_file {
	const struct skua_file_ops *ops;
	dev_t rdev;		/* fstat() says: this character device; 0: native */
	_Atomic uint32_t refs;	/* file.c's: descriptors, and calls under way */
};

/*
 * Have fd, which the caller opened and owns, served by f from now on; the one
 * reference to f there is belongs to fd. 0 or -EMFILE; then fd is as before.
 */
int skua_file_install(int fd, struct skua_file *f);
/* The file that fd is served by, with a reference; NULL: none of ours. */
struct skua_file *skua_file_get(int fd);
void skua_file_hold(struct skua_file *f);
void skua_file_put(struct skua_file *f);

/*
 * Within a call on f: take one off the count of the eventfd fd, which waits for
 * it as the file's flags say. As in the kernel's read() and write() the thread may be cancelled while it waits,
 * and the call is over then. 0 or -errno.
 */
int skua_file_wait(struct skua_file *f, int fd);

/*
 * A descriptor that this library uses for itself: moved out of the way of the
 * program's own numbers, and kept open when the program closes what it does
 * not know. Takes fd over, also on failure; the new number or -errno.
 */
int skua_file_hide(int fd);
/* Close a hidden descriptor. */
void skua_file_unhide(int fd);

/* System calls as the kernel has them, past our own interception; -1, errno. */
ssize_t skua_native_read(int fd, void *buf, size_t len);
ssize_t skua_native_write(int fd, const void *buf, size_t len);
int skua_native_close(int fd);

#endif /* SKUA_USER_FILE_H */
