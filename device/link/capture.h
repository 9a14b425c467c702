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

#define SKUA_CAPTURE_POINTS 64u

struct skua_capture;

struct skua_capture_options {
	const char *path;
	uint32_t snap;		/* bytes of a frame at most; 0: all */
	uint64_t limit;		/* bytes of the file, its end; 0: none */
	struct skua_link_host host; /* its descriptor comes by here */
};

struct skua_capture_stats {
	uint64_t frames;	/* that passed */
	uint64_t dropped;	/* without room, or after the end */
	uint64_t bytes;		/* of the file */
	int ended;		/* errno of what ended it; 0: it goes on */
};

/*
 * NULL, and why in err. A file that exists is replaced; into a pipe it writes
 * if somebody has it open already.
 */
struct skua_capture *skua_capture_open(const struct skua_capture_options *opt,
				       char *err, size_t errlen);
/*
 * What has been taken is in the file on return, unless the reader of a pipe
 * does not read for a fifth of a second. last may be NULL.
 */
void skua_capture_close(struct skua_capture *cap,
			struct skua_capture_stats *last);

/*
 * A point with a name: an interface of pcapng; its number, or -errno. Not by
 * two threads at once.
 */
int skua_capture_point(struct skua_capture *cap, const char *name);

/* By the engine. ns since 1970; comment may be NULL. */
void skua_capture_frame(struct skua_capture *cap, unsigned int point,
			enum skua_link_dir dir, const struct skua_frame *f,
			uint64_t time, const char *comment);

void skua_capture_stats(const struct skua_capture *cap,
			struct skua_capture_stats *out);

#endif /* SKUA_CAPTURE_H */
