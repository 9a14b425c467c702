// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Functions that open what a path names. */
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "preload.h"
#include "serve.h"

/* Nobody makes files in sysfs, nor writes to these. */
static int open_skeleton(const struct skua_path *p, int flags)
{
	bool writes = (flags & O_ACCMODE) != O_RDONLY || flags & O_CREAT;
	int fd = SKUA_NEXT(open)(p->to, writes ? O_PATH : flags);

	if (fd < 0)
		return flags & O_CREAT ? -EACCES : -errno;
	if (!writes)
		return fd;
	skua_native_close(fd);
	return -EACCES;
}

/* What open() does for p, which is ours, or -errno. */
static int open_ours(const struct skua_path *p, int flags)
{
	switch (p->kind) {
	case SKUA_PATH_UVERBS:
		return skua_uverbs_open(skua_user_device(p->index), flags);
	case SKUA_PATH_CM:
		return skua_cm_open(flags);
	case SKUA_PATH_TEXT:
		return skua_text_open(p, flags);
	default:
		return open_skeleton(p, flags);
	}
}

/* True, and *fd what to return, if path is ours. */
static bool try_open(int *fd, const char *path, int flags)
{
	struct skua_path p;

	if (skua_path_find(&p, path) == SKUA_PATH_FOREIGN)
		return false;
	*fd = skua_return(open_ours(&p, flags));
	return true;
}

/* The mode of the functions of open()'s kind, 0 where they take none. */
#define MODE_ARGUMENT(flags)                                               \
	({                                                                 \
		mode_t mode_ = 0;                                          \
		va_list ap_;                                               \
		if ((flags)&O_CREAT || ((flags)&O_TMPFILE) == O_TMPFILE) { \
			va_start(ap_, flags);                              \
			mode_ = va_arg(ap_, mode_t);                       \
			va_end(ap_);                                       \
		}                                                          \
		mode_;                                                     \
	})

SKUA_INTERPOSE int open(const char *path, int flags, ...)
{
	mode_t mode = MODE_ARGUMENT(flags);
	int fd;

	if (try_open(&fd, path, flags))
		return fd;
	return skua_new_fd(SKUA_NEXT(open)(path, flags, mode));
}

SKUA_INTERPOSE int open64(const char *path, int flags, ...)
{
	mode_t mode = MODE_ARGUMENT(flags);
	int fd;

	if (try_open(&fd, path, flags))
		return fd;
	return skua_new_fd(SKUA_NEXT(open64)(path, flags, mode));
}

SKUA_INTERPOSE int openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = MODE_ARGUMENT(flags);
	int fd;

	if (try_open(&fd, path, flags))
		return fd;
	return skua_new_fd(SKUA_NEXT(openat)(dir, path, flags, mode));
}

SKUA_INTERPOSE int openat64(int dir, const char *path, int flags, ...)
{
	mode_t mode = MODE_ARGUMENT(flags);
	int fd;

	if (try_open(&fd, path, flags))
		return fd;
	return skua_new_fd(SKUA_NEXT(openat64)(dir, path, flags, mode));
}

/* What the fortified headers call in their place. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dir, const char *path, int flags);
int __openat64_2(int dir, const char *path, int flags);

SKUA_INTERPOSE int __open_2(const char *path, int flags)
{
	int fd;

	if (try_open(&fd, path, flags))
		return fd;
	return skua_new_fd(SKUA_NEXT(__open_2)(path, flags));
}

SKUA_INTERPOSE int __open64_2(const char *path, int flags)
{
	int fd;

	if (try_open(&fd, path, flags))
		return fd;
	return skua_new_fd(SKUA_NEXT(__open64_2)(path, flags));
}

SKUA_INTERPOSE int __openat_2(int dir, const char *path, int flags)
{
	int fd;

	if (try_open(&fd, path, flags))
		return fd;
	return skua_new_fd(SKUA_NEXT(__openat_2)(dir, path, flags));
}

SKUA_INTERPOSE int __openat64_2(int dir, const char *path, int flags)
{
	int fd;

	if (try_open(&fd, path, flags))
		return fd;
	return skua_new_fd(SKUA_NEXT(__openat64_2)(dir, path, flags));
}

/* A stream of a text; NULL with errno set. */
static FILE *fopen_text(const struct skua_path *p, const char *mode)
{
	bool plain = mode[0] == 'r';
	int fd, flags = O_RDONLY;
	FILE *file;

	for (mode++; *mode && *mode != ','; mode++) {
		if (*mode == '+')
			plain = false;
		else if (*mode == 'e')
			flags |= O_CLOEXEC;
	}
	fd = skua_return(plain ? skua_text_open(p, flags) : -EACCES);
	if (fd < 0)
		return NULL;
	file = fdopen(fd, "r");
	if (!file)
		skua_native_close(fd);
	return file;
}

SKUA_INTERPOSE FILE *fopen(const char *path, const char *mode)
{
	struct skua_path p;

	if (skua_path_find(&p, path) == SKUA_PATH_TEXT)
		return fopen_text(&p, mode);
	return SKUA_NEXT(fopen)(p.kind ? p.to : path, mode);
}

SKUA_INTERPOSE FILE *fopen64(const char *path, const char *mode)
{
	struct skua_path p;

	if (skua_path_find(&p, path) == SKUA_PATH_TEXT)
		return fopen_text(&p, mode);
	return SKUA_NEXT(fopen64)(p.kind ? p.to : path, mode);
}

SKUA_INTERPOSE DIR *opendir(const char *path)
{
	struct skua_path p;

	return SKUA_NEXT(opendir)(skua_path_map(&p, path));
}

SKUA_INTERPOSE int scandir(const char *path, struct dirent ***list,
			   int (*want)(const struct dirent *),
			   int (*cmp)(const struct dirent **,
				      const struct dirent **))
{
	struct skua_path p;

	return SKUA_NEXT(scandir)(skua_path_map(&p, path), list, want, cmp);
}

SKUA_INTERPOSE int scandir64(const char *path, struct dirent64 ***list,
			     int (*want)(const struct dirent64 *),
			     int (*cmp)(const struct dirent64 **,
					const struct dirent64 **))
{
	struct skua_path p;

	return SKUA_NEXT(scandir64)(skua_path_map(&p, path), list, want, cmp);
}
