// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Functions that ask about a path or a descriptor without opening it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "file.h"
#include "preload.h"
#include "serve.h"

#define DEVICE_MODE (S_IFCHR | 0666)

/* The device that p names, or 0. */
static dev_t path_rdev(const struct skua_path *p)
{
	if (p->kind == SKUA_PATH_UVERBS)
		return makedev(SKUA_UVERBS_MAJOR, SKUA_UVERBS_MINOR + p->index);
	if (p->kind == SKUA_PATH_CM)
		return makedev(SKUA_CM_MAJOR, SKUA_CM_MINOR);
	return 0;
}

static dev_t fd_rdev(int fd)
{
	struct skua_file *f = skua_file_get(fd);
	dev_t rdev = 0;

	if (f) {
		rdev = f->rdev;
		skua_file_put(f);
	}
	return rdev;
}

/* stat and stat64 are one where off_t has 64 bits. */
_Static_assert(sizeof(struct stat) == sizeof(struct stat64), "one stat");

static void as_device(void *stat, dev_t rdev)
{
	struct stat *st = stat;

	if (rdev) {
		st->st_mode = DEVICE_MODE;
		st->st_rdev = rdev;
		st->st_size = 0;
	}
}

/* stat64() and fstatat64() are these under another name. */
SKUA_INTERPOSE int fstatat(int dir, const char *path, struct stat *st, int flags)
{
	struct skua_path p;
	dev_t rdev = 0;
	int ret;

	if (skua_path_find_at(&p, dir, path) != SKUA_PATH_FOREIGN)
		rdev = path_rdev(&p);
	else if (flags & AT_EMPTY_PATH && (!path || !*path))
		rdev = fd_rdev(dir);
	ret = SKUA_NEXT(fstatat)(dir, p.kind ? p.to : path, st, flags);
	if (!ret)
		as_device(st, rdev);
	return ret;
}

SKUA_INTERPOSE int stat(const char *path, struct stat *st)
{
	struct skua_path p;
	int ret;

	ret = SKUA_NEXT(stat)(skua_path_map(&p, path), st);
	if (!ret)
		as_device(st, path_rdev(&p));
	return ret;
}

SKUA_INTERPOSE int lstat(const char *path, struct stat *st)
{
	struct skua_path p;
	int ret;

	ret = SKUA_NEXT(lstat)(skua_path_map(&p, path), st);
	if (!ret)
		as_device(st, path_rdev(&p));
	return ret;
}

SKUA_INTERPOSE int fstat(int fd, struct stat *st)
{
	int ret = SKUA_NEXT(fstat)(fd, st);

	if (!ret)
		as_device(st, fd_rdev(fd));
	return ret;
}

SKUA_INTERPOSE int fstatat64(int dir, const char *path, struct stat64 *st,
			     int flags)
{
	return fstatat(dir, path, (struct stat *)st, flags);
}

SKUA_INTERPOSE int stat64(const char *path, struct stat64 *st)
{
	return stat(path, (struct stat *)st);
}

SKUA_INTERPOSE int lstat64(const char *path, struct stat64 *st)
{
	return lstat(path, (struct stat *)st);
}

SKUA_INTERPOSE int fstat64(int fd, struct stat64 *st)
{
	return fstat(fd, (struct stat *)st);
}

/* The names of these before glibc 2.33; there is one version on 64 bits. */
int __xstat(int ver, const char *path, struct stat *st);
int __lxstat(int ver, const char *path, struct stat *st);
int __fxstat(int ver, int fd, struct stat *st);
int __fxstatat(int ver, int dir, const char *path, struct stat *st, int flags);
int __xstat64(int ver, const char *path, struct stat64 *st);
int __lxstat64(int ver, const char *path, struct stat64 *st);
int __fxstat64(int ver, int fd, struct stat64 *st);
int __fxstatat64(int ver, int dir, const char *path, struct stat64 *st,
		 int flags);

SKUA_INTERPOSE int __xstat(int ver, const char *path, struct stat *st)
{
	struct skua_path p;
	int ret;

	ret = SKUA_NEXT(__xstat)(ver, skua_path_map(&p, path), st);
	if (!ret)
		as_device(st, path_rdev(&p));
	return ret;
}

SKUA_INTERPOSE int __lxstat(int ver, const char *path, struct stat *st)
{
	struct skua_path p;
	int ret;

	ret = SKUA_NEXT(__lxstat)(ver, skua_path_map(&p, path), st);
	if (!ret)
		as_device(st, path_rdev(&p));
	return ret;
}

SKUA_INTERPOSE int __fxstat(int ver, int fd, struct stat *st)
{
	int ret = SKUA_NEXT(__fxstat)(ver, fd, st);

	if (!ret)
		as_device(st, fd_rdev(fd));
	return ret;
}

SKUA_INTERPOSE int __fxstatat(int ver, int dir, const char *path,
			      struct stat *st, int flags)
{
	struct skua_path p;
	dev_t rdev = 0;
	int ret;

	if (skua_path_find_at(&p, dir, path) != SKUA_PATH_FOREIGN)
		rdev = path_rdev(&p);
	else if (flags & AT_EMPTY_PATH && (!path || !*path))
		rdev = fd_rdev(dir);
	ret = SKUA_NEXT(__fxstatat)(ver, dir, p.kind ? p.to : path, st, flags);
	if (!ret)
		as_device(st, rdev);
	return ret;
}

SKUA_INTERPOSE int __xstat64(int ver, const char *path, struct stat64 *st)
{
	return __xstat(ver, path, (struct stat *)st);
}

SKUA_INTERPOSE int __lxstat64(int ver, const char *path, struct stat64 *st)
{
	return __lxstat(ver, path, (struct stat *)st);
}

SKUA_INTERPOSE int __fxstat64(int ver, int fd, struct stat64 *st)
{
	return __fxstat(ver, fd, (struct stat *)st);
}

SKUA_INTERPOSE int __fxstatat64(int ver, int dir, const char *path,
				struct stat64 *st, int flags)
{
	return __fxstatat(ver, dir, path, (struct stat *)st, flags);
}

SKUA_INTERPOSE int statx(int dir, const char *path, int flags,
			 unsigned int mask, struct statx *st)
{
	struct skua_path p;
	dev_t rdev = 0;
	int ret;

	if (skua_path_find_at(&p, dir, path) != SKUA_PATH_FOREIGN)
		rdev = path_rdev(&p);
	else if (flags & AT_EMPTY_PATH && (!path || !*path))
		rdev = fd_rdev(dir);
	ret = SKUA_NEXT(statx)(dir, p.kind ? p.to : path, flags, mask, st);
	if (!ret && rdev) {
		st->stx_mode = DEVICE_MODE;
		st->stx_rdev_major = major(rdev);
		st->stx_rdev_minor = minor(rdev);
		st->stx_size = 0;
	}
	return ret;
}

/* Anyone may read and write the devices, and nobody can execute them. */
static bool try_access(int *ret, const struct skua_path *p, int mode)
{
	if (!path_rdev(p))
		return false;
	*ret = skua_return(mode & X_OK ? -EACCES : 0);
	return true;
}

SKUA_INTERPOSE int access(const char *path, int mode)
{
	struct skua_path p;
	int ret;

	path = skua_path_map(&p, path);
	if (try_access(&ret, &p, mode))
		return ret;
	return SKUA_NEXT(access)(path, mode);
}

SKUA_INTERPOSE int eaccess(const char *path, int mode)
{
	struct skua_path p;
	int ret;

	path = skua_path_map(&p, path);
	if (try_access(&ret, &p, mode))
		return ret;
	return SKUA_NEXT(eaccess)(path, mode);
}

SKUA_INTERPOSE int euidaccess(const char *path, int mode)
{
	return eaccess(path, mode);
}

SKUA_INTERPOSE int faccessat(int dir, const char *path, int mode, int flags)
{
	struct skua_path p;
	int ret;

	path = skua_path_map_at(&p, dir, path);
	if (try_access(&ret, &p, mode))
		return ret;
	return SKUA_NEXT(faccessat)(dir, path, mode, flags);
}

SKUA_INTERPOSE ssize_t readlink(const char *path, char *buf, size_t len)
{
	struct skua_path p;

	return SKUA_NEXT(readlink)(skua_path_map(&p, path), buf, len);
}

SKUA_INTERPOSE ssize_t readlinkat(int dir, const char *path, char *buf, size_t len)
{
	struct skua_path p;

	return SKUA_NEXT(readlinkat)(dir, skua_path_map_at(&p, dir, path), buf,
				     len);
}

ssize_t __readlink_chk(const char *path, char *buf, size_t len, size_t size);
ssize_t __readlinkat_chk(int dir, const char *path, char *buf, size_t len,
			 size_t size);
char *__realpath_chk(const char *path, char *buf, size_t size);

SKUA_INTERPOSE ssize_t __readlink_chk(const char *path, char *buf, size_t len,
				      size_t size)
{
	struct skua_path p;

	return SKUA_NEXT(__readlink_chk)(skua_path_map(&p, path), buf, len, size);
}

SKUA_INTERPOSE ssize_t __readlinkat_chk(int dir, const char *path, char *buf,
					size_t len, size_t size)
{
	struct skua_path p;

	return SKUA_NEXT(__readlinkat_chk)(dir, skua_path_map_at(&p, dir, path),
					   buf, len, size);
}

SKUA_INTERPOSE char *realpath(const char *path, char *buf)
{
	struct skua_path p;
	char *ret;

	ret = SKUA_NEXT(realpath)(skua_path_map(&p, path), buf);
	if (ret && p.kind != SKUA_PATH_FOREIGN)
		skua_path_unmap(ret);
	return ret;
}

SKUA_INTERPOSE char *__realpath_chk(const char *path, char *buf, size_t size)
{
	struct skua_path p;
	char *ret;

	ret = SKUA_NEXT(__realpath_chk)(skua_path_map(&p, path), buf, size);
	if (ret && p.kind != SKUA_PATH_FOREIGN)
		skua_path_unmap(ret);
	return ret;
}

SKUA_INTERPOSE char *canonicalize_file_name(const char *path)
{
	return realpath(path, NULL);
}

/* ls(1) asks for these, and sees an error if the path does not exist. */
SKUA_INTERPOSE ssize_t getxattr(const char *path, const char *name, void *buf,
				size_t len)
{
	struct skua_path p;

	return SKUA_NEXT(getxattr)(skua_path_map(&p, path), name, buf, len);
}

SKUA_INTERPOSE ssize_t lgetxattr(const char *path, const char *name, void *buf,
				 size_t len)
{
	struct skua_path p;

	return SKUA_NEXT(lgetxattr)(skua_path_map(&p, path), name, buf, len);
}

SKUA_INTERPOSE ssize_t listxattr(const char *path, char *buf, size_t len)
{
	struct skua_path p;

	return SKUA_NEXT(listxattr)(skua_path_map(&p, path), buf, len);
}

SKUA_INTERPOSE ssize_t llistxattr(const char *path, char *buf, size_t len)
{
	struct skua_path p;

	return SKUA_NEXT(llistxattr)(skua_path_map(&p, path), buf, len);
}
