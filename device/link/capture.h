/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Capture: a pcapng file of what passes a point of the adapter.
 *
 * The engine copies frames into a ring of bounded size, a thread writes them
 * out. A full ring drops from the capture, and counts it, never from traffic.
 */
#ifndef SKUA_CAPTURE_H
#define SKUA_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

#include "impair.h"
#include "link.h"

struct skua_capture;

/* NULL, and why in err. A file that exists is replaced. */
struct skua_capture *skua_capture_open(const char *path, char *err,
				       size_t errlen);
/* What has been taken is in the file on return. */
void skua_capture_close(struct skua_capture *cap);

/* A point with a name: an interface of pcapng; its number, or -errno. */
int skua_capture_point(struct skua_capture *cap, const char *name);

/* By the engine. ns since 1970; comment may be NULL. */
void skua_capture_frame(struct skua_capture *cap, unsigned int point,
			enum skua_link_dir dir, const struct skua_frame *f,
			uint64_t time, const char *comment);

uint64_t skua_capture_dropped(const struct skua_capture *cap);

#endif /* SKUA_CAPTURE_H */
