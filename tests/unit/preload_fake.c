// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * In the place of the two ABIs behind the preload library: a file on an
 * eventfd which takes writes of any length but 13, always reads as "fake", and
 * answers the ioctl COUNT with the number of files that were not released. A
 * device that was opened has counters.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/sysmacros.h>

#include "arena.h"
#include "preload_fake.h"
#include "serve.h"

static _Atomic unsigned int count;
static int hidden = -1;

static ssize_t fake_write(struct skua_file *f, const void *buf, size_t len)
{
	(void)f, (void)buf;
	return len == 13 ? -EILSEQ : (ssize_t)len;
}

static ssize_t fake_read(struct skua_file *f, void *buf, size_t len)
{
	(void)f;
	if (len > 4)
		len = 4;
	memcpy(buf, "fake", len);
	return len;
}

static int fake_ioctl(struct skua_file *f, unsigned long req, void *arg)
{
	(void)f, (void)arg;
	switch (req) {
	case FAKE_COUNT:
		return count;
	case FAKE_HIDDEN:
		return hidden;
	default:
		return -ENOTTY;
	}
}

static void fake_release(struct skua_file *f)
{
	count--;
	free(f);
}

static const struct skua_file_ops fake_ops = {
	.write = fake_write,
	.read = fake_read,
	.ioctl = fake_ioctl,
	.release = fake_release,
};

static int fake_open(dev_t rdev, int flags)
{
	struct skua_file *f = calloc(1, sizeof(*f));
	int fd;

	if (hidden < 0)
		hidden = skua_file_hide(eventfd(0, EFD_CLOEXEC));
	fd = eventfd(0, flags & O_CLOEXEC ? EFD_CLOEXEC : 0);
	if (!f || fd < 0)
		abort();
	f->ops = &fake_ops;
	f->rdev = rdev;
	count++;
	if (skua_file_install(fd, f))
		abort();
	return fd;
}

int skua_uverbs_open(struct skua_user_dev *dev, int flags)
{
	dev->engine = (void *)&fake_ops;
	return fake_open(makedev(SKUA_UVERBS_MAJOR,
				 SKUA_UVERBS_MINOR + dev->index),
			 flags);
}

int skua_user_cmd(struct skua_user_dev *dev, uint16_t opcode, const void *in,
		  size_t in_len, void *out, size_t out_len)
{
	const struct skua_hwi_query_counters_in *query = in;
	struct skua_hwi_query_counters_out *answer = out;
	unsigned int i;

	if (!dev->engine || opcode != SKUA_HWI_CMD_QUERY_COUNTERS ||
	    in_len != sizeof(*query) || out_len != sizeof(*answer))
		abort();
	for (i = 0; i < SKUA_HWI_COUNTERS_LEN; i++)
		answer->counter[i] =
			htole64(FAKE_COUNTER(le32toh(query->group), i));
	return 0;
}

int skua_cm_open(int flags)
{
	return fake_open(makedev(SKUA_CM_MAJOR, SKUA_CM_MINOR), flags);
}

void skua_uverbs_forked(void)
{
	hidden = -1;
}

void skua_cm_forked(void)
{
	count = 0;
}

void skua_cm_exit(void)
{
}

int skua_user_neighbour(const struct skua_user_dev *dev, const uint8_t gid[16],
			uint8_t mac[6])
{
	(void)dev, (void)gid, (void)mac;
	return -EHOSTUNREACH;
}

void skua_user_engine_forked(void)
{
}

void skua_user_engine_exit(void)
{
}

bool skua_arena_lose(uint64_t va, uint64_t len)
{
	(void)va;
	(void)len;
	return false;
}

bool skua_arena_take_back(uint64_t va, uint64_t len)
{
	(void)va;
	(void)len;
	return true;
}

void skua_user_refresh(void)
{
}
