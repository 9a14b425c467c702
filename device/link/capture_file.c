// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture_file.h"
#include "kind.h"

#define NAP_MS	  50
#define STOP_NAPS 4

static int failed(char *err, size_t errlen, const char *path, int error)
{
	snprintf(err, errlen, "%s: %s", path,
		 error == ENXIO ? "nobody reads from it" : strerror(error));
	return -error;
}

/* Emptied only when it is known to be a file. */
static int prepare(struct capture_file *cf)
{
	struct stat st;

	if (fstat(cf->fd, &st))
		return errno;
	cf->pipe = S_ISFIFO(st.st_mode);
	if (!cf->pipe && !S_ISREG(st.st_mode))
		return EINVAL;
	return !cf->pipe && ftruncate(cf->fd, 0) ? errno : 0;
}

int capture_file_open(struct capture_file *cf, const char *path,
		      const struct skua_link_host *host, char *err,
		      size_t errlen)
{
	int error;

	cf->host = *host;
	cf->fd = skua_link_keep(host, open(path,
					   O_WRONLY | O_CREAT | O_NONBLOCK |
						   O_CLOEXEC,
					   0666));
	if (cf->fd < 0)
		return failed(err, errlen, path, -cf->fd);
	error = prepare(cf);
	if (!error)
		return 0;
	capture_file_close(cf);
	return failed(err, errlen, path, error);
}

void capture_file_close(struct capture_file *cf)
{
	skua_link_drop(&cf->host, &cf->fd);
}

static int wait_for_reader(struct capture_file *cf, const atomic_bool *stop,
			   unsigned int *naps)
{
	struct pollfd pfd = { .fd = cf->fd, .events = POLLOUT };

	if (poll(&pfd, 1, NAP_MS) == 0 && atomic_load(stop) &&
	    ++*naps == STOP_NAPS)
		return -ETIMEDOUT;
	return 0;
}

static int write_all(struct capture_file *cf, const uint8_t *data, size_t len,
		     const atomic_bool *stop)
{
	unsigned int naps = 0;
	ssize_t n;
	int err;

	while (len) {
		n = write(cf->fd, data, len);
		if (n >= 0) {
			data += n;
			len -= n;
		} else if (errno == EAGAIN) {
			err = wait_for_reader(cf, stop, &naps);
			if (err)
				return err;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

int capture_file_write(struct capture_file *cf, const uint8_t *data, size_t len,
		       const atomic_bool *stop)
{
	uint64_t before = atomic_load(&cf->bytes);
	int err = write_all(cf, data, len, stop);

	if (!err)
		atomic_store(&cf->bytes, before + len);
	else if (!cf->pipe && ftruncate(cf->fd, before))
		return -errno;
	return err;
}
