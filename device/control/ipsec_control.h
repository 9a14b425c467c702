/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The part of the control protocol that is about IPsec. Nothing in it is a key.
 *
 *	{"cmd":"ipsec-show"}
 *	{"cmd":"ipsec-sas","function":NUMBER[,"from":NUMBER]}
 *	{"cmd":"ipsec-flows","function":NUMBER[,"from":NUMBER]}
 *	{"cmd":"ipsec-watch-start","seconds":NUMBER[,"link":NAME]}
 *	{"cmd":"ipsec-watch-stop","number":NUMBER}
 *
 * The first tells of all functions. SAs and flows come by pages, for the engine
 * waits while one is made: "next" is where the following page is "from", and is
 * missing in the last. One watch is on links at a time; its number is in the
 * answer to its start. Who does not come to stop it loses it a while after the
 * time that he wanted, to whoever asks for the next.
 */
#ifndef SKUA_IPSEC_CONTROL_H
#define SKUA_IPSEC_CONTROL_H

#include <json-c/json.h>

#include "skua_ipsec.h"

struct skua_ipsec_control;

/* NULL: no memory. owner is copied. */
struct skua_ipsec_control *
skua_ipsec_control_create(const struct skua_ipsec_owner *owner);
/* Ends the watch, too. */
void skua_ipsec_control_destroy(struct skua_ipsec_control *ic);

/*
 * The answer to a request whose "cmd" is cmd; NULL if that is none of the
 * above. Not by two threads at once, and not by the engine.
 */
struct json_object *skua_ipsec_control(struct skua_ipsec_control *ic,
				       const char *cmd,
				       struct json_object *request);

#endif /* SKUA_IPSEC_CONTROL_H */
