// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * FILE.seq: which sequence numbers went with the keys of FILE. It outlives
 * programs and runs, and is locked for as long as a run lasts: the descriptor
 * is inherited, and the lock with it.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipsec.h"

/* It is read, and searched, as a whole. */
#define MAX_RECORDS (1u << 20)

static int open_file(const char *name, char **path)
{
	struct stat st;
	int fd;

	if (asprintf(path, "%s.seq", name) < 0)
		cannot("%s", strerror(ENOMEM));
	fd = open(*path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY,
		  0600);
	if (fd < 0 || fstat(fd, &st))
		cannot("%s: %s, and which numbers were used must be kept",
		       *path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		cannot("%s: not a file", *path);
	/* Who can set it back can have numbers used twice. */
	if (st.st_uid != geteuid() || st.st_mode & 077)
		cannot("%s: others have rights to it", *path);
	if (flock(fd, LOCK_EX | LOCK_NB))
		cannot("%s: %s", name,
		       errno == EWOULDBLOCK
			       ? "another skua-run has it, and two would use one sequence number twice"
			       : strerror(errno));
	if (st.st_size % sizeof(struct skua_ipsec_record) ||
	    st.st_size / sizeof(struct skua_ipsec_record) > MAX_RECORDS)
		cannot("%s: not a file of sequence numbers", *path);
	return fd;
}

static struct skua_ipsec_record record_of(const struct skua_ipsec_sa *sa)
{
	struct skua_ipsec_record r = {
		.spi = le32toh(sa->create.spi),
		.in = !!(le32toh(sa->create.flags) & SKUA_HWI_SA_IN),
	};

	memcpy(r.dst, sa->create.dst, sizeof(r.dst));
	return r;
}

/* In the file as it was before this run. */
static uint32_t find(const struct skua_ipsec_record *all, uint32_t n,
		     const struct skua_ipsec_record *r)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		if (!memcmp(&all[i], r, offsetof(struct skua_ipsec_record, seq)))
			break;
	}
	return i;
}

static void find_records(int fd, const char *path, struct skua_ipsec_image *image)
{
	struct skua_ipsec_record r, *all;
	uint32_t i, before, n;
	struct stat st;

	if (fstat(fd, &st))
		cannot("%s: %s", path, strerror(errno));
	before = n = st.st_size / sizeof(r);
	all = malloc(st.st_size + 1);
	if (!all)
		cannot("%s", strerror(ENOMEM));
	if (pread(fd, all, st.st_size, 0) != st.st_size)
		cannot("%s: cannot be read", path);
	for (i = 0; i < image->nsas; i++) {
		r = record_of(&image->sa[i]);
		image->sa[i].record = find(all, before, &r);
		if (image->sa[i].record < before)
			continue;
		image->sa[i].record = n;
		if (pwrite(fd, &r, sizeof(r), (off_t)n++ * sizeof(r)) != sizeof(r))
			cannot("%s: %s", path, strerror(errno));
	}
	free(all);
}

int open_numbers(const char *name, struct skua_ipsec_image *image)
{
	char *path = NULL;
	int fd = name ? open_file(name, &path)
		      : memfd_create("skua-ipsec-numbers", MFD_CLOEXEC);

	if (fd < 0)
		cannot("memfd_create: %s", strerror(errno));
	find_records(fd, path ? path : "memfd", image);
	free(path);
	return fd;
}
