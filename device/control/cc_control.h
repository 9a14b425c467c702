/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The part of the control protocol that is about congestion control.
 *
 *	{"cmd":"cc-show"}
 *	{"cmd":"cc-set","params":TEXT}
 *
 * TEXT is as skua_adapter_cc_set() has it. Shown are "params", an object, and
 * "qps", those that are slowed down.
 */
#ifndef SKUA_CC_CONTROL_H
#define SKUA_CC_CONTROL_H

#include <json-c/json.h>

#include "skua_cc.h"

/* As skua_link_control(). */
struct json_object *skua_cc_control(struct skua_adapter *ad, const char *cmd,
				    struct json_object *request);

#endif /* SKUA_CC_CONTROL_H */
