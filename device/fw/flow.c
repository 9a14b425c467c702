// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Flows (§9.10). */
#include <string.h>

#include "fw.h"
#include "steer/steer.h"

#define BAD(field) BAD_PARAM(c, skua_hwi_create_flow_in, field)

/* Who protects: an SA, those of a reqid, or nobody. */
static int check_action(struct skua_call *c,
			const struct skua_hwi_create_flow_in *in)
{
	if (in->action > SKUA_HWI_FLOW_PROTECT)
		return BAD(action);
	if (in->action != SKUA_HWI_FLOW_PROTECT) {
		if (in->sa)
			return BAD(sa);
		return in->reqid ? BAD(reqid) : SKUA_HWI_OK;
	}
	if (!in->reqid != (le32toh(in->sa) != SKUA_HWI_NONE))
		return BAD(reqid);
	return SKUA_HWI_OK;
}

static int find_sa(struct skua_call *c, const struct skua_hwi_create_flow_in *in,
		   struct skua_flow *flow)
{
	struct skua_steer_sa *s;

	if (in->action != SKUA_HWI_FLOW_PROTECT || in->reqid)
		return SKUA_HWI_OK;
	s = skua_steer_get_sa(c->fn, le32toh(in->sa));
	if (!s)
		return BAD_OBJECT(c, skua_hwi_create_flow_in, sa);
	if (s->sa->flags & SKUA_SA_CRYPTO ||
	    !!(s->sa->flags & SKUA_SA_IN) !=
		    (in->direction == SKUA_HWI_FLOW_INGRESS))
		return SKUA_HWI_BAD_STATE;
	flow->sa = s->sa;
	return SKUA_HWI_OK;
}

int skua_cmd_create_flow(struct skua_call *c)
{
	const struct skua_hwi_create_flow_in *in = c->in;
	struct skua_flow flow = { 0 };
	struct skua_flow_key mask;
	uint32_t bad, handle;
	int status, err;

	if (in->action == SKUA_HWI_FLOW_PROTECT && !c->fn->adapter->has_ipsec)
		return SKUA_HWI_NOT_SUPPORTED;
	bad = skua_flow_key_match(&flow.key, &mask, &in->match);
	if (bad != SKUA_HWI_NONE)
		return skua_fail(c, SKUA_HWI_BAD_PARAM, bad);
	if (in->direction > SKUA_HWI_FLOW_INGRESS)
		return BAD(direction);
	status = check_action(c, in);
	if (!status)
		status = find_sa(c, in, &flow);
	if (status)
		return status;
	flow.match = in->match;
	flow.priority = le32toh(in->priority);
	flow.direction = in->direction;
	flow.action = in->action;
	skua_engine_lock(c->fn->adapter);
	err = skua_steer_add_flow(c->fn, &flow, &mask, le32toh(in->reqid),
				  &handle);
	skua_engine_unlock(c->fn->adapter);
	if (err)
		return SKUA_HWI_NO_RESOURCES;
	skua_out_handle(c, handle);
	return SKUA_HWI_OK;
}

int skua_cmd_destroy_flow(struct skua_call *c)
{
	struct skua_flow *flow = skua_steer_get_flow(c->fn, skua_in_handle(c));

	if (!flow)
		return BAD_OBJECT(c, skua_hwi_handle_in, handle);
	skua_engine_lock(c->fn->adapter);
	skua_steer_remove_flow(c->fn, flow);
	skua_engine_unlock(c->fn->adapter);
	return SKUA_HWI_OK;
}

int skua_cmd_query_flow(struct skua_call *c)
{
	struct skua_flow *flow = skua_steer_get_flow(c->fn, skua_in_handle(c));
	struct skua_hwi_query_flow_out *out = c->out;

	if (!flow)
		return BAD_OBJECT(c, skua_hwi_handle_in, handle);
	skua_engine_lock(c->fn->adapter);
	out->packets = htole64(flow->packets);
	out->bytes = htole64(flow->bytes);
	skua_engine_unlock(c->fn->adapter);
	return SKUA_HWI_OK;
}
