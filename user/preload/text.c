// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Files of sysfs that say what differs from one process to the next: the table
 * of GIDs, and counters, which are those of the process. The skeleton has an
 * empty file in the place of each.
 */
#include <endian.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device.h"
#include "file.h"
#include "preload.h"
#include "skua_counters.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum text_kind { TEXT_GID, TEXT_TYPE, TEXT_NDEV, TEXT_COUNTER };

struct text {
	enum text_kind kind;
	unsigned int device;
	unsigned int entry;	/* of the table, or of counter_groups */
	unsigned int counter;	/* in the group */
};

/* Below ports/1/ of a device. */
static const char *const folders[] = {
	[TEXT_GID] = "gids",
	[TEXT_TYPE] = "gid_attrs/types",
	[TEXT_NDEV] = "gid_attrs/ndevs",
	[TEXT_COUNTER] = "hw_counters",
};

#define NFOLDERS COUNT(folders)

static const struct {
	enum skua_hwi_counter_group group;
	const char *const *name;
	unsigned int n;
} counter_groups[] = {
	{ SKUA_HWI_COUNTERS_RDMA, skua_rdma_counter_name,
	  COUNT(skua_rdma_counter_name) },
	{ SKUA_HWI_COUNTERS_LINK, skua_link_counter_name,
	  COUNT(skua_link_counter_name) },
	{ SKUA_HWI_COUNTERS_IPSEC, skua_ipsec_counter_name,
	  COUNT(skua_ipsec_counter_name) },
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

static bool find_counter(struct text *t, const char *name)
{
	unsigned int g, i;

	for (g = 0; g < COUNT(counter_groups); g++) {
		for (i = 0; i < counter_groups[g].n; i++) {
			if (strcmp(counter_groups[g].name[i], name))
				continue;
			t->entry = g;
			t->counter = i;
			return true;
		}
	}
	return false;
}

/* The folder of ".../infiniband/skua0/ports/1/gids/7", and what follows it. */
static const char *find_folder(struct text *t, const char *path)
{
	const char *mark = "/infiniband/skua", *at, *found = NULL;
	unsigned int i;

	/* Links may lead through several devices; the last one counts. */
	for (at = strstr(path, mark); at; at = strstr(at + 1, mark))
		found = at + strlen(mark);
	if (!found || *found < '0' ||
	    (unsigned int)(*found - '0') >= skua_user_devices())
		return NULL;
	t->device = *found++ - '0';
	if (!skip(&found, "/ports/1/"))
		return NULL;
	for (i = 0; i < NFOLDERS; i++) {
		t->kind = i;
		if (skip(&found, folders[i]))
			return found;
	}
	return NULL;
}

static bool find_text(struct text *t, const char *path)
{
	const char *rest = find_folder(t, path);

	if (!rest || *rest != '/')
		return false;
	return t->kind == TEXT_COUNTER ? find_counter(t, rest + 1)
				       : find_entry(t, rest + 1);
}

bool skua_text_has(const char *path)
{
	struct text t;

	return find_text(&t, path);
}

unsigned int skua_text_folder(const char *path)
{
	struct text t;
	const char *rest = find_folder(&t, path);

	_Static_assert(SKUA_USER_MAX_DEVICES * NFOLDERS < 256, "a byte");
	return rest && (!*rest || !strcmp(rest, "/"))
		       ? 1 + t.device * NFOLDERS + t.kind
		       : 0;
}

void skua_text_folder_path(unsigned int folder, char *path, size_t size)
{
	folder--;
	snprintf(path, size, "/sys/class/infiniband/skua%u/ports/1/%s",
		 (unsigned int)(folder / NFOLDERS), folders[folder % NFOLDERS]);
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

/* A device that was not opened has done nothing. */
static int print_counter(char *text, size_t size, const struct text *t)
{
	const struct skua_hwi_query_counters_in in = {
		.group = htole32(counter_groups[t->entry].group),
	};
	struct skua_user_dev *dev = skua_user_device(t->device);
	struct skua_hwi_query_counters_out out = { 0 };

	if (dev->engine &&
	    skua_user_cmd(dev, SKUA_HWI_CMD_QUERY_COUNTERS, &in, sizeof(in),
			  &out, sizeof(out)))
		return 0;
	return snprintf(text, size, "%llu\n",
			(unsigned long long)le64toh(out.counter[t->counter]));
}

static int print_text(char *text, size_t size, const struct text *t)
{
	static const struct skua_user_gid zero;
	const struct skua_user_dev *dev = skua_user_device(t->device);
	bool valid = t->entry < dev->ngids;
	const struct skua_user_gid *gid = valid ? &dev->gid[t->entry] : &zero;

	if (t->kind == TEXT_COUNTER)
		return print_counter(text, size, t);
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
