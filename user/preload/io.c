// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Less usual ways to read and write, and what must not reach the descriptors
 * that back our files: these have a size and a position, which files of the
 * kernel's RDMA devices have not.
 */
#include <fcntl.h>
#include <limits.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include "file.h"
#include "preload.h"
#include "table.h"

static bool served(int fd)
{
	return skua_file_ours(fd) && !skua_file_hidden(fd);
}

typedef ssize_t (*transfer_fn)(int fd, void *buf, size_t len);

static ssize_t write_from(int fd, void *buf, size_t len)
{
	return write(fd, buf, len);
}

/* One call for each piece, as Linux does for files that know no vectors. */
static ssize_t each(transfer_fn transfer, int fd, const struct iovec *iov, int n)
{
	ssize_t sum = 0, ret;
	int i;

	if (n < 0 || n > IOV_MAX)
		return skua_return(-EINVAL);
	if (n && !iov)
		return skua_return(-EFAULT);
	for (i = 0; i < n; i++) {
		ret = transfer(fd, iov[i].iov_base, iov[i].iov_len);
		if (ret < 0)
			return sum ? sum : ret;
		sum += ret;
		if ((size_t)ret != iov[i].iov_len)
			break;
	}
	return sum;
}

SKUA_INTERPOSE ssize_t readv(int fd, const struct iovec *iov, int n)
{
	return served(fd) ? each(read, fd, iov, n) : SKUA_NEXT(readv)(fd, iov, n);
}

SKUA_INTERPOSE ssize_t writev(int fd, const struct iovec *iov, int n)
{
	return served(fd) ? each(write_from, fd, iov, n)
			  : SKUA_NEXT(writev)(fd, iov, n);
}

/* At a position. */
SKUA_INTERPOSE ssize_t pread(int fd, void *buf, size_t len, off_t off)
{
	return served(fd) ? skua_return(-ESPIPE)
			  : SKUA_NEXT(pread)(fd, buf, len, off);
}

SKUA_INTERPOSE ssize_t pwrite(int fd, const void *buf, size_t len, off_t off)
{
	return served(fd) ? skua_return(-ESPIPE)
			  : SKUA_NEXT(pwrite)(fd, buf, len, off);
}

SKUA_INTERPOSE ssize_t preadv(int fd, const struct iovec *iov, int n, off_t off)
{
	return served(fd) ? skua_return(-ESPIPE)
			  : SKUA_NEXT(preadv)(fd, iov, n, off);
}

SKUA_INTERPOSE ssize_t pwritev(int fd, const struct iovec *iov, int n, off_t off)
{
	return served(fd) ? skua_return(-ESPIPE)
			  : SKUA_NEXT(pwritev)(fd, iov, n, off);
}

SKUA_INTERPOSE off_t lseek(int fd, off_t off, int whence)
{
	return served(fd) ? skua_return(-ESPIPE)
			  : SKUA_NEXT(lseek)(fd, off, whence);
}

SKUA_INTERPOSE int ftruncate(int fd, off_t len)
{
	return served(fd) ? skua_return(-EINVAL) : SKUA_NEXT(ftruncate)(fd, len);
}

SKUA_INTERPOSE int fallocate(int fd, int mode, off_t off, off_t len)
{
	return served(fd) ? skua_return(-ENODEV)
			  : SKUA_NEXT(fallocate)(fd, mode, off, len);
}

SKUA_INTERPOSE int posix_fallocate(int fd, off_t off, off_t len)
{
	return served(fd) ? ENODEV : SKUA_NEXT(posix_fallocate)(fd, off, len);
}

/* From one descriptor to the other. */
SKUA_INTERPOSE ssize_t sendfile(int out, int in, off_t *off, size_t len)
{
	return served(out) || served(in)
		       ? skua_return(-EINVAL)
		       : SKUA_NEXT(sendfile)(out, in, off, len);
}

SKUA_INTERPOSE ssize_t splice(int in, off64_t *in_off, int out,
			      off64_t *out_off, size_t len, unsigned int flags)
{
	return served(out) || served(in)
		       ? skua_return(-EINVAL)
		       : SKUA_NEXT(splice)(in, in_off, out, out_off, len, flags);
}

SKUA_INTERPOSE ssize_t copy_file_range(int in, off64_t *in_off, int out,
				       off64_t *out_off, size_t len,
				       unsigned int flags)
{
	return served(out) || served(in)
		       ? skua_return(-EINVAL)
		       : SKUA_NEXT(copy_file_range)(in, in_off, out, out_off,
						    len, flags);
}

/* The same where off_t has 64 bits. */
SKUA_INTERPOSE ssize_t pread64(int fd, void *buf, size_t len, off64_t off)
{
	return pread(fd, buf, len, off);
}

SKUA_INTERPOSE ssize_t pwrite64(int fd, const void *buf, size_t len, off64_t off)
{
	return pwrite(fd, buf, len, off);
}

SKUA_INTERPOSE ssize_t preadv64(int fd, const struct iovec *iov, int n,
				off64_t off)
{
	return preadv(fd, iov, n, off);
}

SKUA_INTERPOSE ssize_t pwritev64(int fd, const struct iovec *iov, int n,
				 off64_t off)
{
	return pwritev(fd, iov, n, off);
}

SKUA_INTERPOSE off64_t lseek64(int fd, off64_t off, int whence)
{
	return lseek(fd, off, whence);
}

SKUA_INTERPOSE int ftruncate64(int fd, off64_t len)
{
	return ftruncate(fd, len);
}

SKUA_INTERPOSE int fallocate64(int fd, int mode, off64_t off, off64_t len)
{
	return fallocate(fd, mode, off, len);
}

SKUA_INTERPOSE int posix_fallocate64(int fd, off64_t off, off64_t len)
{
	return posix_fallocate(fd, off, len);
}

SKUA_INTERPOSE ssize_t sendfile64(int out, int in, off64_t *off, size_t len)
{
	return sendfile(out, in, off, len);
}

/* What the fortified headers call in their place. */
ssize_t __pread_chk(int fd, void *buf, size_t len, off_t off, size_t size);
ssize_t __pread64_chk(int fd, void *buf, size_t len, off64_t off, size_t size);

SKUA_INTERPOSE ssize_t __pread_chk(int fd, void *buf, size_t len, off_t off,
				   size_t size)
{
	return served(fd) ? skua_return(-ESPIPE)
			  : SKUA_NEXT(__pread_chk)(fd, buf, len, off, size);
}

SKUA_INTERPOSE ssize_t __pread64_chk(int fd, void *buf, size_t len, off64_t off,
				     size_t size)
{
	return __pread_chk(fd, buf, len, off, size);
}
