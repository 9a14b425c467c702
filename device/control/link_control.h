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
 *	 [,"link":NAME][,"port":NUMBER|"all"]}
 *	{"cmd":"link-capture-stop"}
 *
 * TEXT has a rule a line. Rules are added, and one is removed, on all links that
 * are meant or on none. There is one capture at a time; with "port", a text, it
 * is of the ports of functions, and of links if "link" is there too.
 */
#ifndef SKUA_LINK_CONTROL_H
#define SKUA_LINK_CONTROL_H

#include <json-c/json.h>

#include "link/owner.h"

struct skua_link_control;

/* NULL: no memory. owner is copied. */
struct skua_link_control *
skua_link_control_create(const struct skua_link_owner *owner);
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
