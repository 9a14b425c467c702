// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The file of --ipsec as a file: who may read it, and how it is passed on. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipsec.h"

#define MAX_TEXT (4u << 20)

void *private_memory(size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		cannot("%s", strerror(ENOMEM));
	madvise(at, size, MADV_DONTDUMP);
	/* As much as the process may. */
	(void)!mlock(at, size);
	return at;
}

void private_free(void *at, size_t size)
{
	explicit_bzero(at, size);
	munmap(at, size);
}

/* Whether it is a file that lasts, not what somebody writes just now. */
static bool check_rights(const char *name, int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		cannot("%s: %s", name, strerror(errno));
	if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || S_ISCHR(st.st_mode))
		return false;
	if (!S_ISREG(st.st_mode))
		cannot("%s: not a file", name);
	/* No name leads to it: a memfd, or what a shell has of <<. */
	if (!st.st_nlink)
		return false;
	if (st.st_uid != geteuid())
		cannot("%s: belongs to somebody else", name);
	if (st.st_mode & 077)
		cannot("%s: others may read it or write to it; it has keys: chmod 600",
		       name);
	return true;
}

static size_t read_all(const char *name, int fd, char *text)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, text + len, MAX_TEXT - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			cannot("%s: %s", name, strerror(errno));
		len += n;
	} while (n && len < MAX_TEXT);
	if (len == MAX_TEXT)
		cannot("%s: too long", name);
	return len;
}

static int seal(const struct skua_ipsec_image *image)
{
	int fd = memfd_create("skua-ipsec", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, image->size) ||
	    pwrite(fd, image, image->size, 0) != (ssize_t)image->size ||
	    fcntl(fd, F_ADD_SEALS,
		  F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL))
		cannot("memfd_create: %s", strerror(errno));
	return fd;
}

int load_ipsec(const char *name)
{
	bool input = !strcmp(name, "-");
	int fd = input ? STDIN_FILENO
		       : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct skua_ipsec_image *image;
	char *text, *path = NULL;
	size_t len;

	if (fd < 0)
		cannot("%s: %s", name, strerror(errno));
	if (check_rights(name, fd)) {
		/* One file has one file of numbers, whatever it is called. */
		path = realpath(input ? "/dev/stdin" : name, NULL);
		if (!path)
			cannot("%s: %s", name, strerror(errno));
	}
	text = private_memory(MAX_TEXT);
	len = read_all(name, fd, text);
	if (!input)
		close(fd);
	image = parse_ipsec(name, text, len);
	private_free(text, MAX_TEXT);
	image->numbers = pass_on(open_numbers(path, image));
	fd = pass_on(seal(image));
	private_free(image, image->size);
	free(path);
	return fd;
}
