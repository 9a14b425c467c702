/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* SAs, flows and packets as the control protocol has them. */
#ifndef SKUA_IPSEC_JSON_H
#define SKUA_IPSEC_JSON_H

#include <json-c/json.h>

#include "link/watch.h"
#include "skua_ipsec.h"

struct json_object *ipsec_function_json(unsigned int i,
					const struct skua_ipsec_function *f);
struct json_object *ipsec_sa_json(const struct skua_ipsec_sa *sa);
struct json_object *ipsec_flow_json(const struct skua_ipsec_flow *flow);
/* What was watched. */
void ipsec_add_watch(struct json_object *o, const struct skua_watch *w);

#endif /* SKUA_IPSEC_JSON_H */
