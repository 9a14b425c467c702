// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Files of sysfs that say what differs from one process to the next: the table
 * of GIDs. The skeleton has an empty file in the place of each.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device.h"
#include "file.h"
#include "preload.h"

enum text_kind { TEXT_GID, TEXT_TYPE, TEXT_NDEV };

struct text {
	enum text_kind kind;
	unsigned int device;
	unsigned int entry;
};

/* Below ports/1/ of a device. */
static const struct {
	const char *folder;
	enum text_kind kind;
} folders[] = {
	{ "gids/", TEXT_GID },
	{ "gid_attrs/types/", TEXT_TYPE },
	{ "gid_attrs/ndevs/", TEXT_NDEV },
};

/* The rest of *path if it begins with text. */
static bool skip(const char **path, const char *text)
{
	size_t len = strlen(text);

	if (strncmp(*path, text, len))
		return false;
	*path += len;
	return true;
}

/* A number as the kernel names files; it ends the path. */
static bool find_entry(struct text *t, const char *digits)
{
	t->entry = 0;
	if (!*digits || (digits[0] == '0' && digits[1]))
		return false;
	for (; *digits; digits++) {
		if (*digits < '0' || *digits > '9')
			return false;
		t->entry = t->entry * 10 + (*digits - '0');
		if (t->entry >= SKUA_HWI_MAX_GID)
			return false;
	}
	return true;
}

/* path is ".../infiniband/skua0/ports/1/gids/7" or of the like. */
static bool find_text(struct text *t, const char *path)
{
	const char *mark = "/infiniband/skua", *at, *found = NULL;
	unsigned int i;

	/* Links may lead through several devices; the last one counts. */
	for (at = strstr(path, mark); at; at = strstr(at + 1, mark))
		found = at + strlen(mark);
	if (!found || *found < '0' ||
	    (unsigned int)(*found - '0') >= skua_user_devices())
		return false;
	t->device = *found++ - '0';
	if (!skip(&found, "/ports/1/"))
		return false;
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (skip(&found, folders[i].folder)) {
			t->kind = folders[i].kind;
			return find_entry(t, found);
		}
	}
	return false;
}

bool skua_text_has(const char *path)
{
	struct text t;

	return find_text(&t, path);
}

/* The kernel shows a GID as eight groups of all four digits. */
static int print_gid(char *text, size_t size, const uint8_t raw[16])
{
	return snprintf(text, size,
			"%02x%02x:%02x%02x:%02x%02x:%02x%02x:"
			"%02x%02x:%02x%02x:%02x%02x:%02x%02x\n",
			raw[0], raw[1], raw[2], raw[3], raw[4], raw[5], raw[6],
			raw[7], raw[8], raw[9], raw[10], raw[11], raw[12],
			raw[13], raw[14], raw[15]);
}

static int print_text(char *text, size_t size, const struct text *t)
{
	static const struct skua_user_gid zero;
	const struct skua_user_dev *dev = skua_user_device(t->device);
	bool valid = t->entry < dev->ngids;
	const struct skua_user_gid *gid = valid ? &dev->gid[t->entry] : &zero;

	if (t->kind == TEXT_GID)
		return print_gid(text, size, gid->raw);
	/* Reading the attributes of a free entry is an error to the kernel. */
	if (!valid)
		return 0;
	if (t->kind == TEXT_TYPE)
		return snprintf(text, size, "RoCE v2\n");
	return snprintf(text, size, "%s\n", gid->ifname);
}

int skua_text_open(const struct skua_path *p, int flags)
{
	int fd, len, err;
	char text[64];
	struct text t;

	if ((flags & O_ACCMODE) != O_RDONLY)
		return -EACCES;
	if (flags & O_DIRECTORY)
		return -ENOTDIR;
	if (!find_text(&t, p->to))
		return -ENOENT;
	fd = memfd_create("skua-sysfs",
			  MFD_ALLOW_SEALING |
				  (flags & O_CLOEXEC ? MFD_CLOEXEC : 0));
	if (fd < 0)
		return -errno;
	len = print_text(text, sizeof(text), &t);
	if (pwrite(fd, text, len, 0) != len ||
	    SKUA_NEXT(fcntl)(fd, F_ADD_SEALS,
			     F_SEAL_SEAL | F_SEAL_WRITE | F_SEAL_GROW |
				     F_SEAL_SHRINK)) {
		err = -errno;
		skua_native_close(fd);
		return err;
	}
	return fd;
}
