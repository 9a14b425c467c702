// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cc_control.h"
#include "conn.h"
#include "request.h"

/* More are not shown. */
#define MAX_QPS 1024u

static struct json_object *set(struct skua_adapter *ad, const char *params)
{
	char why[160];

	if (skua_adapter_cc_set(ad, params, why, sizeof(why)))
		return control_failure("%s", why);
	return control_success();
}

static void add(struct json_object *o, const char *name, uint64_t v)
{
	json_object_object_add(o, name, json_object_new_uint64(v));
}

static void add_params(struct json_object *o, struct skua_adapter *ad)
{
	struct json_object *params = json_object_new_object();
	unsigned int i;

	for (i = 0; i < SKUA_CC_PARAMS; i++)
		add(params, skua_cc_param_name[i], skua_adapter_cc(ad, i));
	json_object_object_add(o, "params", params);
}

static struct json_object *qp_json(const struct skua_cc_qp *qp)
{
	struct json_object *o = json_object_new_object();
	const uint8_t *m = qp->mac;
	char mac[18];

	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1],
		 m[2], m[3], m[4], m[5]);
	json_object_object_add(o, "mac", json_object_new_string(mac));
	add(o, "qpn", qp->qpn);
	add(o, "dest_qpn", qp->dest_qpn);
	add(o, "rate_kbps", qp->rate);
	add(o, "target_kbps", qp->target);
	add(o, "alpha", qp->alpha);
	add(o, "cnps", qp->cnps);
	add(o, "bytes", qp->bytes);
	return o;
}

static struct json_object *show(struct skua_adapter *ad)
{
	struct skua_cc_qp *qp = calloc(MAX_QPS, sizeof(*qp));
	struct json_object *o, *qps;
	unsigned int i, n;

	if (!qp)
		return control_failure("no memory");
	n = skua_adapter_cc_qps(ad, qp, MAX_QPS);
	o = control_success();
	qps = json_object_new_array();
	add_params(o, ad);
	for (i = 0; i < n && i < MAX_QPS; i++)
		json_object_array_add(qps, qp_json(&qp[i]));
	json_object_object_add(o, "qps", qps);
	free(qp);
	return o;
}

struct json_object *skua_cc_control(struct skua_adapter *ad, const char *cmd,
				    struct json_object *request)
{
	bool sets = !strcmp(cmd, "cc-set");
	struct control_request r;
	struct json_object *wrong;

	if (!sets && strcmp(cmd, "cc-show"))
		return NULL;
	wrong = control_request_read(&r, request, sets ? WITH(FIELD_PARAMS) : 0,
				     0);
	if (wrong)
		return wrong;
	return sets ? set(ad, r.text[FIELD_PARAMS]) : show(ad);
}
