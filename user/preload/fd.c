// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Functions that are called on a descriptor, and those that make others. */
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/netlink.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "file.h"
#include "preload.h"
#include "table.h"

SKUA_INTERPOSE ssize_t read(int fd, void *buf, size_t len)
{
	struct skua_file *f = skua_file_get(fd);
	ssize_t ret;

	if (!f)
		return SKUA_NEXT(read)(fd, buf, len);
	ret = f->ops->read ? f->ops->read(f, buf, len) : -EINVAL;
	skua_file_put(f);
	return skua_return(ret);
}

ssize_t __read_chk(int fd, void *buf, size_t len, size_t size);
void __chk_fail(void) __attribute__((noreturn));

SKUA_INTERPOSE ssize_t __read_chk(int fd, void *buf, size_t len, size_t size)
{
	if (len > size)
		__chk_fail();
	return read(fd, buf, len);
}

SKUA_INTERPOSE ssize_t write(int fd, const void *buf, size_t len)
{
	struct skua_file *f = skua_file_get(fd);
	ssize_t ret;

	if (!f)
		return SKUA_NEXT(write)(fd, buf, len);
	ret = f->ops->write ? f->ops->write(f, buf, len) : -EINVAL;
	skua_file_put(f);
	return skua_return(ret);
}

SKUA_INTERPOSE int ioctl(int fd, unsigned long req, ...)
{
	struct skua_file *f = skua_file_get(fd);
	va_list ap;
	void *arg;
	int ret;

	/* No request takes more than one argument, nor one of another size. */
	va_start(ap, req);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (req == FIOCLEX && skua_file_kept(fd))
		return skua_return(-EBADF);
	if (!f)
		return SKUA_NEXT(ioctl)(fd, req, arg);
	if (f->ops->ioctl)
		ret = skua_return(f->ops->ioctl(f, req, arg));
	else
		ret = SKUA_NEXT(ioctl)(fd, req, arg);
	skua_file_put(f);
	return ret;
}

/*
 * The number is free for others as soon as the kernel has closed it, so that
 * the table forgets it before.
 */
SKUA_INTERPOSE int close(int fd)
{
	if (skua_file_kept(fd))
		return skua_return(-EBADF);
	if (skua_file_ours(fd) && skua_own_process() && !skua_file_close(fd))
		return skua_return(-EBADF);
	return SKUA_NEXT(close)(fd);
}

/* A new number of the file behind from, should it be ours, which is held as f. */
static int new_dup(struct skua_file *f, int from, int fd)
{
	if (fd < 0 || !skua_own_process())
		goto out;
	skua_path_copied(from, fd);
	if (!f) {
		skua_new_fd(fd);
	} else if (skua_file_install_dup(fd, f)) {
		skua_native_close(fd);
		fd = skua_return(-EMFILE);
	}
out:
	if (f)
		skua_file_put(f);
	return fd;
}

SKUA_INTERPOSE int dup(int fd)
{
	struct skua_file *f = skua_file_get(fd);

	return new_dup(f, fd, SKUA_NEXT(dup)(fd));
}

/*
 * A descriptor that is to be replaced. False: nobody but this library may
 * close it, and the program may as well find its number to be too high.
 */
static bool may_replace(int fd)
{
	return !skua_file_kept(fd) &&
	       (!skua_file_hidden(fd) || !skua_own_process());
}

SKUA_INTERPOSE int dup2(int fd, int to)
{
	struct skua_file *f;

	if (!may_replace(to))
		return skua_return(-EBADF);
	if (fd == to)
		return SKUA_NEXT(dup2)(fd, to);
	f = skua_file_get(fd);
	return new_dup(f, fd, SKUA_NEXT(dup2)(fd, to));
}

SKUA_INTERPOSE int dup3(int fd, int to, int flags)
{
	struct skua_file *f;

	if (!may_replace(to))
		return skua_return(-EBADF);
	f = skua_file_get(fd);
	return new_dup(f, fd, SKUA_NEXT(dup3)(fd, to, flags));
}

SKUA_INTERPOSE int fcntl(int fd, int cmd, ...)
{
	struct skua_file *f;
	va_list ap;
	void *arg;

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (cmd == F_SETFD && skua_file_kept(fd))
		return skua_return(-EBADF);
	if (cmd != F_DUPFD && cmd != F_DUPFD_CLOEXEC)
		return SKUA_NEXT(fcntl)(fd, cmd, arg);
	f = skua_file_get(fd);
	return new_dup(f, fd, SKUA_NEXT(fcntl)(fd, cmd, arg));
}

SKUA_INTERPOSE int fcntl64(int fd, int cmd, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	return fcntl(fd, cmd, arg);
}

/* Close first to last, all of which are the program's but for those kept. */
static int close_run(unsigned int first, unsigned int last, int flags)
{
	int fd, ret = 0;

	for (; first <= last; first = fd + 1) {
		fd = first > INT_MAX ? -1 : skua_file_next_kept(first);
		if (fd < 0 || (unsigned int)fd > last)
			return SKUA_NEXT(close_range)(first, last, flags) ? -1
									  : ret;
		if ((unsigned int)fd > first &&
		    SKUA_NEXT(close_range)(first, fd - 1, flags))
			ret = -1;
	}
	return ret;
}

SKUA_INTERPOSE int close_range(unsigned int first, unsigned int last, int flags)
{
	unsigned int from = first;
	int fd, ret = 0;

	if (first > last)
		return SKUA_NEXT(close_range)(first, last, flags);
	if (flags & CLOSE_RANGE_CLOEXEC || first > INT_MAX ||
	    !skua_own_process())
		return close_run(first, last, flags);
	for (fd = skua_file_next(first); fd >= 0 && (unsigned int)fd <= last;
	     fd = skua_file_next(fd + 1)) {
		if (skua_file_close(fd))
			continue;
		if (close_run(from, fd - 1, flags))
			ret = -1;
		from = fd + 1;
	}
	return close_run(from, last, flags) ? -1 : ret;
}

SKUA_INTERPOSE void closefrom(int first)
{
	if (close_range(first < 0 ? 0 : first, UINT_MAX, 0))
		SKUA_NEXT(closefrom)(first);
}

/*
 * libibverbs asks the kernel for RDMA devices by netlink, and looks into sysfs
 * if it has no such protocol.
 */
SKUA_INTERPOSE int socket(int domain, int type, int protocol)
{
	if (domain == AF_NETLINK && protocol == NETLINK_RDMA)
		return skua_return(-EPROTONOSUPPORT);
	return skua_new_fd(SKUA_NEXT(socket)(domain, type, protocol));
}
