/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Links, as those see them who look at them and change what they do. */
#ifndef SKUA_LINK_OWNER_H
#define SKUA_LINK_OWNER_H

#include <stdbool.h>

#include "capture.h"
#include "impair.h"
#include "link.h"

struct skua_adapter;

/* What is known of a link, valid while the lock is held. */
struct skua_link_view {
	const char *name;	/* each has another */
	bool up;
	struct skua_link_stats stats;
	const uint64_t *refused;	/* by enum skua_wire_result */
	const uint64_t *unwanted;	/* by enum skua_refusal */
	uint64_t lost;			/* for want of room */
	struct skua_impair *impair;
	struct skua_capture *capture;	/* where its frames go, or NULL */
};

/* Whoever has links says what they are; all but lock with the lock held. */
struct skua_link_owner {
	void *ctx;
	void (*lock)(void *ctx);	/* the engine's */
	void (*unlock)(void *ctx);
	/* The i-th link, or false. */
	bool (*view)(void *ctx, unsigned int i, struct skua_link_view *view);
	/* Its frames go to this point of cap from now on; NULL: to none. */
	void (*capture)(void *ctx, unsigned int i, struct skua_capture *cap,
			unsigned int point);
	/* The same for ports, which are numbered from 0 on. */
	unsigned int ports;
	void (*capture_port)(void *ctx, unsigned int i,
			     struct skua_capture *cap, unsigned int point);
	/* Where frames of a port go, or NULL. */
	struct skua_capture *(*port_captured)(void *ctx, unsigned int i);
	/* Descriptors that are opened for them come by here. */
	struct skua_link_host host;
};

/* The adapter, which has one link or none, and so many ports. */
struct skua_link_owner skua_link_owner_of(struct skua_adapter *ad,
					  unsigned int ports);

#endif /* SKUA_LINK_OWNER_H */
