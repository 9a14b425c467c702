/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Where a capture goes: a file, or a pipe that somebody reads. */
#ifndef SKUA_CAPTURE_FILE_H
#define SKUA_CAPTURE_FILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link.h"

struct capture_file {
	struct skua_link_host host;
	int fd;
	bool pipe;
	_Atomic uint64_t bytes;
};

/* 0 or -errno, and why in err. */
int capture_file_open(struct capture_file *cf, const char *path,
		      const struct skua_link_host *host, char *err,
		      size_t errlen);
void capture_file_close(struct capture_file *cf);
/*
 * All of it, or -errno: then a file ends with what was written before. A pipe
 * is waited for, but not longer than a fifth of a second once
 * stop is set.
 */
int capture_file_write(struct capture_file *cf, const uint8_t *data, size_t len,
		       const atomic_bool *stop);

#endif /* SKUA_CAPTURE_FILE_H */
