/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The part of the control protocol that is about links. "link" names one of
 * them, without it all are meant.
 *
 *	{"cmd":"link-show"}
 *	{"cmd":"link-impair-add","rules":TEXT[,"link":NAME]}
 *	{"cmd":"link-impair-list"[,"link":NAME]}
 *	{"cmd":"link-impair-clear"[,"number":RULE][,"link":NAME]}
 *	{"cmd":"link-impair-seed","seed":NUMBER[,"link":NAME]}
 *	{"cmd":"link-capture-start","path":FILE[,"snap":BYTES][,"limit":BYTES]
 *	 [,"link":NAME]}
 *	{"cmd":"link-capture-stop"}
 *
 * TEXT has a rule a line. Rules are added, and one is removed, on all links that
 * are meant or on none. There is one capture at a time.
 */
#ifndef SKUA_LINK_CONTROL_H
#define SKUA_LINK_CONTROL_H

#include <stdbool.h>

#include <json-c/json.h>

#include "link/capture.h"
#include "link/impair.h"
#include "link/link.h"

/* What is known of a link, valid while the lock is held. */
struct skua_link_view {
	const char *name;	/* each has another */
	bool up;
	struct skua_link_stats stats;
	struct skua_impair *impair;
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
};

struct skua_link_control;

/* NULL: no memory. host is copied. */
struct skua_link_control *
skua_link_control_create(const struct skua_link_owner *host);
/* Ends the capture, too. */
void skua_link_control_destroy(struct skua_link_control *lc);

/*
 * The answer to a request whose "cmd" is cmd; NULL if that is none of the
 * above. Not by two threads at once, and not by the engine.
 */
struct json_object *skua_link_control(struct skua_link_control *lc,
				      const char *cmd,
				      struct json_object *request);

#endif /* SKUA_LINK_CONTROL_H */
