// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Flow actions and flows of the standard verbs. Keys stay in the caller's
 * memory: libibverbs hands the kernel a pointer to them.
 */
#include <errno.h>
#include <stdlib.h>

#include "skua.h"

struct ibv_flow_action *
skua_create_flow_action_esp(struct ibv_context *ibctx,
			    struct ibv_flow_action_esp_attr *attr)
{
	struct verbs_flow_action *action;
	int err;

	if (!check_comp_mask(attr->comp_mask, IBV_FLOW_ACTION_ESP_MASK_ESN)) {
		errno = EOPNOTSUPP;
		return NULL;
	}

	action = calloc(1, sizeof(*action));
	if (!action)
		return NULL;

	err = ibv_cmd_create_flow_action_esp(ibctx, attr, action, NULL);
	if (err) {
		free(action);
		errno = err;
		return NULL;
	}
	return &action->action;
}

int skua_modify_flow_action_esp(struct ibv_flow_action *ibaction,
				struct ibv_flow_action_esp_attr *attr)
{
	if (!check_comp_mask(attr->comp_mask, IBV_FLOW_ACTION_ESP_MASK_ESN))
		return EOPNOTSUPP;
	return ibv_cmd_modify_flow_action_esp(to_verbs_flow_action(ibaction),
					      attr, NULL);
}

int skua_destroy_flow_action(struct ibv_flow_action *ibaction)
{
	struct verbs_flow_action *action = to_verbs_flow_action(ibaction);
	int err;

	err = ibv_cmd_destroy_flow_action(action);
	if (err)
		return err;
	free(action);
	return 0;
}

struct ibv_flow *skua_create_flow(struct ibv_qp *ibqp,
				  struct ibv_flow_attr *attr)
{
	struct ibv_flow *flow;
	int err;

	flow = calloc(1, sizeof(*flow));
	if (!flow)
		return NULL;

	err = ibv_cmd_create_flow(ibqp, flow, attr, NULL, 0);
	if (err) {
		free(flow);
		errno = err;
		return NULL;
	}
	return flow;
}

int skua_destroy_flow(struct ibv_flow *flow)
{
	int err;

	err = ibv_cmd_destroy_flow(flow);
	if (err)
		return err;
	free(flow);
	return 0;
}
