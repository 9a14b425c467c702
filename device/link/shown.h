/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Capture at the port of a function: what the e-switch takes from it (OUT) and
 * gives to it (IN), as the frames that a link would carry, wherever they go.
 */
#ifndef SKUA_SHOWN_H
#define SKUA_SHOWN_H

#include "capture.h"

struct skua_adapter;
struct skua_function;
struct skua_packet;

/* Where a port is shown. */
struct skua_shown {
	struct skua_capture *capture;	/* NULL: nowhere */
	unsigned int point;
};

/*
 * Ports have the numbers of skua_function_config; whatever function has this
 * one, now or later. With the engine's lock held. NULL: to nobody any more.
 */
void skua_shown_set(struct skua_adapter *ad, unsigned int port,
		    struct skua_capture *cap, unsigned int point);
/* A new function of its port. */
void skua_shown_attach(struct skua_function *fn);

/* By the engine, if fn->shown. */
void skua_shown_rdma(struct skua_function *fn, enum skua_link_dir dir,
		     const struct skua_packet *pkt);
void skua_shown_frame(struct skua_function *fn, enum skua_link_dir dir,
		    const void *frame, size_t len);

#endif /* SKUA_SHOWN_H */
