// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Which paths are ours. What programs look for in sysfs and in /dev/infiniband
 * is a skeleton of plain files beside this library, the same for all processes
 * that ask for as many devices: skua/sysfs/COUNT, made by user/sysfs.cmake.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "preload.h"

/* Of these folders and their content; "*": also of names that go on. */
static const char *const prefixes[] = {
	"/sys/class/infiniband*",
	"/sys/class/misc/rdma_cm",
	"/sys/devices/skua",
	"/dev/infiniband",
};

static char skeleton[SKUA_PATH_LEN / 2];
static pthread_once_t skeleton_once = PTHREAD_ONCE_INIT;

static void find_skeleton(void)
{
	char *slash, *path, beside[PATH_MAX];
	Dl_info info;

	/* A name without a folder would be looked for in the current one. */
	if (!dladdr(skeleton, &info) || !strchr(info.dli_fname, '/') ||
	    !SKUA_NEXT(realpath)(info.dli_fname, beside))
		return;
	slash = strrchr(beside, '/');
	if ((size_t)(slash - beside) + sizeof("/sysfs") > sizeof(beside))
		return;
	strcpy(slash, "/sysfs");
	path = SKUA_NEXT(realpath)(beside, NULL);
	if (path && strlen(path) < sizeof(skeleton))
		strcpy(skeleton, path);
	free(path);
}

/* True if path, from here on, is name or lies in it. */
static bool under(const char *path, const char *name)
{
	size_t len = strlen(name);

	if (name[len - 1] == '*')
		return !strncmp(path, name, len - 1);
	return !strncmp(path, name, len) && (!path[len] || path[len] == '/');
}

/*
 * path without "//" and "/./". ".." stays: what it means depends on symbolic
 * links, and those of the skeleton lead where those of sysfs would.
 */
static bool tidy(char *to, size_t size, const char *path)
{
	size_t len = 0;

	while (*path) {
		if (path[0] == '/' && path[1] == '/') {
			path++;
		} else if (path[0] == '/' && path[1] == '.' &&
			   (path[2] == '/' || !path[2])) {
			path += 2;
		} else {
			if (len + 1 >= size)
				return false;
			to[len++] = *path++;
		}
	}
	to[len] = '\0';
	return true;
}

static void find_device_file(struct skua_path *p, const char *name)
{
	size_t len = strlen("uverbs");

	if (!strcmp(name, "rdma_cm") && skua_user_devices()) {
		p->kind = SKUA_PATH_CM;
	} else if (!strncmp(name, "uverbs", len) && name[len] >= '0' &&
		   name[len] < '0' + (int)skua_user_devices() && !name[len + 1]) {
		p->kind = SKUA_PATH_UVERBS;
		p->index = name[len] - '0';
	}
}

/* Most paths end here, by their first characters. */
static bool may_be_ours(const char *path)
{
	return path && path[0] == '/' &&
	       (!strncmp(path + 1, "sys", 3) || !strncmp(path + 1, "dev", 3) ||
		path[1] == '/' || path[1] == '.');
}

enum skua_path_kind skua_path_find(struct skua_path *p, const char *path)
{
	char tidied[SKUA_PATH_LEN / 2];
	unsigned int i;

	p->kind = SKUA_PATH_FOREIGN;
	if (!may_be_ours(path) || !tidy(tidied, sizeof(tidied), path))
		return p->kind;
	for (i = 0; !under(tidied, prefixes[i]);)
		if (++i == sizeof(prefixes) / sizeof(prefixes[0]))
			return p->kind;

	pthread_once(&skeleton_once, find_skeleton);
	/* Of sysfs, the folders are at the top: class, devices. */
	path = tidied + (under(tidied, "/sys") ? strlen("/sys") : 0);
	p->kind = SKUA_PATH_SKELETON;
	if ((size_t)snprintf(p->to, sizeof(p->to), "%s/%u%s", skeleton,
			     skua_user_devices(), path) >= sizeof(p->to)) {
		p->kind = SKUA_PATH_FOREIGN;
		return p->kind;
	}
	if (!strncmp(path, "/dev/infiniband/", strlen("/dev/infiniband/")))
		find_device_file(p, path + strlen("/dev/infiniband/"));
	else if (skua_text_has(p->to))
		p->kind = SKUA_PATH_TEXT;
	return p->kind;
}

const char *skua_path_map(struct skua_path *p, const char *path)
{
	return skua_path_find(p, path) == SKUA_PATH_FOREIGN ? path : p->to;
}

void skua_path_unmap(char *path)
{
	size_t len = strlen(skeleton);
	char *rest = path + len;

	if (!len || strncmp(path, skeleton, len) || *rest != '/')
		return;
	/* The number of devices, but /devices is there for all of them. */
	if (rest[1] >= '0' && rest[1] <= '9')
		rest += 2;
	if (strncmp(rest, "/dev/", strlen("/dev/"))) {
		memmove(path + strlen("/sys"), rest, strlen(rest) + 1);
		memcpy(path, "/sys", strlen("/sys"));
	} else {
		memmove(path, rest, strlen(rest) + 1);
	}
}

/* Folders that are open -------------------------------------------------------- */

/* By descriptor: the folder of texts that it was last opened as, or 0. */
static _Atomic unsigned char text_folders[4096];

#define NTEXT_FOLDERS (int)(sizeof(text_folders) / sizeof(text_folders[0]))

void skua_path_opened(const struct skua_path *p, int dir)
{
	if (dir >= 0 && dir < NTEXT_FOLDERS)
		text_folders[dir] = skua_text_folder(p->to);
}

void skua_path_copied(int dir, int to)
{
	if (dir >= 0 && to >= 0 && dir < NTEXT_FOLDERS && to < NTEXT_FOLDERS)
		text_folders[to] = text_folders[dir];
}

/*
 * The path of an open folder, as of sysfs if it is in the skeleton. What was
 * opened before goes by what the kernel says now: the number may have been
 * given to another file since.
 */
static bool folder_path(int dir, char *path, size_t size)
{
	char link[32];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
	len = SKUA_NEXT(readlink)(link, path, size - 1);
	if (len <= 0 || (size_t)len == size - 1)
		return false;
	path[len] = '\0';
	pthread_once(&skeleton_once, find_skeleton);
	skua_path_unmap(path);
	if (!strcmp(path, "/sys/table") && dir < NTEXT_FOLDERS &&
	    text_folders[dir])
		skua_text_folder_path(text_folders[dir], path, size);
	return true;
}

enum skua_path_kind skua_path_find_at(struct skua_path *p, int dir,
				      const char *path)
{
	char whole[SKUA_PATH_LEN];
	size_t len;

	if (!path || !*path || *path == '/' || dir < 0)
		return skua_path_find(p, path);
	p->kind = SKUA_PATH_FOREIGN;
	if (!folder_path(dir, whole, sizeof(whole)))
		return p->kind;
	len = strlen(whole);
	if ((size_t)snprintf(whole + len, sizeof(whole) - len, "/%s", path) >=
	    sizeof(whole) - len)
		return p->kind;
	return skua_path_find(p, whole);
}

const char *skua_path_map_at(struct skua_path *p, int dir, const char *path)
{
	return skua_path_find_at(p, dir, path) == SKUA_PATH_FOREIGN ? path
								    : p->to;
}
