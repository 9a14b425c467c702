// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Functions that open what a path names. */
#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
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
	if (!writes) {
		skua_path_opened(p, fd);
		return fd;
	}
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
static bool try_open(int *fd, int dir, const char *path, int flags)
{
	struct skua_path p;

	if (skua_path_find_at(&p, dir, path) == SKUA_PATH_FOREIGN)
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

	if (try_open(&fd, AT_FDCWD, path, flags))
		return fd;
	return skua_new_fd(SKUA_NEXT(open)(path, flags, mode));
}

SKUA_INTERPOSE int open64(const char *path, int flags, ...)
{
	mode_t mode = MODE_ARGUMENT(flags);
	int fd;

	if (try_open(&fd, AT_FDCWD, path, flags))
		return fd;
	return skua_new_fd(SKUA_NEXT(open64)(path, flags, mode));
}

SKUA_INTERPOSE int openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = MODE_ARGUMENT(flags);
	int fd;

	if (try_open(&fd, dir, path, flags))
		return fd;
	return skua_new_fd(SKUA_NEXT(openat)(dir, path, flags, mode));
}

SKUA_INTERPOSE int openat64(int dir, const char *path, int flags, ...)
{
	mode_t mode = MODE_ARGUMENT(flags);
	int fd;

	if (try_open(&fd, dir, path, flags))
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

	if (try_open(&fd, AT_FDCWD, path, flags))
		return fd;
	return skua_new_fd(SKUA_NEXT(__open_2)(path, flags));
}

SKUA_INTERPOSE int __open64_2(const char *path, int flags)
{
	int fd;

	if (try_open(&fd, AT_FDCWD, path, flags))
		return fd;
	return skua_new_fd(SKUA_NEXT(__open64_2)(path, flags));
}

SKUA_INTERPOSE int __openat_2(int dir, const char *path, int flags)
{
	int fd;

	if (try_open(&fd, dir, path, flags))
		return fd;
	return skua_new_fd(SKUA_NEXT(__openat_2)(dir, path, flags));
}

SKUA_INTERPOSE int __openat64_2(int dir, const char *path, int flags)
{
	int fd;

	if (try_open(&fd, dir, path, flags))
		return fd;
	return skua_new_fd(SKUA_NEXT(__openat64_2)(dir, path, flags));
}

/* A text for a stream of this mode, or -errno. */
static int stream_text(const struct skua_path *p, const char *mode)
{
	bool plain = mode[0] == 'r';
	int flags = O_RDONLY;

	for (mode++; *mode && *mode != ','; mode++) {
		if (*mode == '+')
			plain = false;
		else if (*mode == 'e')
			flags |= O_CLOEXEC;
	}
	return plain ? skua_text_open(p, flags) : -EACCES;
}

static FILE *fopen_text(const struct skua_path *p, const char *mode)
{
	int fd = skua_return(stream_text(p, mode));
	FILE *file;

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
	return fopen(path, mode);
}

/* As it ends, so does the stream that was there. */
SKUA_INTERPOSE FILE *freopen(const char *path, const char *mode, FILE *file)
{
	struct skua_path p;
	char name[32];
	int fd;

	if (skua_path_find(&p, path) != SKUA_PATH_TEXT)
		return SKUA_NEXT(freopen)(p.kind ? p.to : path, mode, file);
	fd = skua_return(stream_text(&p, mode));
	if (fd < 0) {
		int err = errno;

		fclose(file);
		errno = err;
		return NULL;
	}
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	file = SKUA_NEXT(freopen)(name, mode, file);
	skua_native_close(fd);
	return file;
}

SKUA_INTERPOSE FILE *freopen64(const char *path, const char *mode, FILE *file)
{
	return freopen(path, mode, file);
}

/* Folders ---------------------------------------------------------------------- */

SKUA_INTERPOSE DIR *opendir(const char *path)
{
	struct skua_path p;
	DIR *dir = SKUA_NEXT(opendir)(skua_path_map(&p, path));

	if (dir && p.kind != SKUA_PATH_FOREIGN)
		skua_path_opened(&p, dirfd(dir));
	return dir;
}

SKUA_INTERPOSE int scandirat(int at, const char *path, struct dirent ***list,
			     int (*want)(const struct dirent *),
			     int (*cmp)(const struct dirent **,
					const struct dirent **))
{
	struct skua_path p;

	return SKUA_NEXT(scandirat)(at, skua_path_map_at(&p, at, path), list,
				    want, cmp);
}

SKUA_INTERPOSE int scandir(const char *path, struct dirent ***list,
			   int (*want)(const struct dirent *),
			   int (*cmp)(const struct dirent **,
				      const struct dirent **))
{
	return scandirat(AT_FDCWD, path, list, want, cmp);
}

SKUA_INTERPOSE int scandirat64(int at, const char *path, struct dirent64 ***list,
			       int (*want)(const struct dirent64 *),
			       int (*cmp)(const struct dirent64 **,
					  const struct dirent64 **))
{
	struct skua_path p;

	return SKUA_NEXT(scandirat64)(at, skua_path_map_at(&p, at, path), list,
				      want, cmp);
}

SKUA_INTERPOSE int scandir64(const char *path, struct dirent64 ***list,
			     int (*want)(const struct dirent64 *),
			     int (*cmp)(const struct dirent64 **,
					const struct dirent64 **))
{
	return scandirat64(AT_FDCWD, path, list, want, cmp);
}

/*
 * libc looks for names by calls of its own, unless it is told to use others:
 * those that it would be linked with are ours.
 */
static void *glob_opendir(const char *path)
{
	return opendir(path);
}

static struct dirent *glob_readdir(void *dir)
{
	return readdir(dir);
}

static void glob_closedir(void *dir)
{
	closedir(dir);
}

SKUA_INTERPOSE int glob(const char *pattern, int flags,
			int (*failed)(const char *path, int err), glob_t *found)
{
	int ret;

	if (flags & GLOB_ALTDIRFUNC)
		return SKUA_NEXT(glob)(pattern, flags, failed, found);
	found->gl_opendir = glob_opendir;
	found->gl_readdir = glob_readdir;
	found->gl_closedir = glob_closedir;
	found->gl_stat = stat;
	found->gl_lstat = lstat;
	ret = SKUA_NEXT(glob)(pattern, flags | GLOB_ALTDIRFUNC, failed, found);
	found->gl_flags &= ~GLOB_ALTDIRFUNC;
	return ret;
}

_Static_assert(sizeof(glob_t) == sizeof(glob64_t), "one glob");

SKUA_INTERPOSE int glob64(const char *pattern, int flags,
			  int (*failed)(const char *path, int err),
			  glob64_t *found)
{
	return glob(pattern, flags, failed, (glob_t *)found);
}
