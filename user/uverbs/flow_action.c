// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Flow actions: security associations of the device. Keys pass through here, and
 * are wiped behind them.
 */
#include <rdma/ib_user_ioctl_verbs.h>

#include "forget.h"
#include "method.h"
#include "skua_translate_flow.h"

static int query(struct uv_context *ctx, uint32_t sa,
		 struct skua_hwi_query_sa_out *out)
{
	const struct skua_hwi_handle_in in = { .handle = htole32(sa) };

	return skua_user_cmd(ctx->dev, SKUA_HWI_CMD_QUERY_SA, &in, sizeof(in),
			     out, sizeof(*out));
}

static int modify(struct uv_context *ctx, const struct skua_hwi_modify_sa_in *in)
{
	return skua_user_cmd(ctx->dev, SKUA_HWI_CMD_MODIFY_SA, in, sizeof(*in),
			     NULL, 0);
}

/* Limits without a mask say nothing. */
static int create_sa(struct uv_context *ctx,
		     const struct skua_hwi_create_sa_in *in,
		     struct skua_hwi_modify_sa_in *limits, uint32_t *sa)
{
	int err = uv_create(ctx, SKUA_HWI_CMD_CREATE_SA, in, sizeof(*in), sa);

	if (err || !limits->mask)
		return err;
	limits->handle = htole32(*sa);
	err = modify(ctx, limits);
	if (err)
		uv_destroy(ctx, SKUA_HWI_CMD_DESTROY_SA, *sa);
	return err;
}

static int create(struct uv_args *a, const struct skua_hwi_create_sa_in *in,
		  struct skua_hwi_modify_sa_in *limits, uint16_t handle_id)
{
	struct uv_flow_action *act = calloc(1, sizeof(*act));
	int err;

	if (!act)
		return -ENOMEM;
	act->spi = le32toh(in->spi);
	act->esn = le32toh(in->flags) & SKUA_HWI_SA_ESN;
	err = create_sa(a->ctx, in, limits, &act->obj.number);
	if (err) {
		free(act);
		return err;
	}
	err = uv_add(a->ctx, &act->obj, UV_FLOW_ACTION);
	if (err) {
		uv_destroy(a->ctx, SKUA_HWI_CMD_DESTROY_SA, act->obj.number);
		free(act);
		return err;
	}
	a->call.made = &act->obj;
	return uv_arg_new(a, handle_id, act->obj.handle);
}

/* What ibv_create_flow_action_esp() says -------------------------------------- */

static int read_window(const struct uv_args *a, struct skua_esp *esp)
{
	struct ib_uverbs_flow_action_esp_replay_bmp bmp;
	int err;

	if (uv_arg_elem(a, UVERBS_ATTR_FLOW_ACTION_ESP_REPLAY) !=
	    IB_UVERBS_FLOW_ACTION_ESP_REPLAY_BMP)
		return 0;
	err = uv_arg_copy(a, UVERBS_ATTR_FLOW_ACTION_ESP_REPLAY, &bmp,
			  sizeof(bmp));
	if (err)
		return err;
	esp->window = bmp.size;
	return bmp.size ? 0 : -EINVAL;
}

static int read_esp(const struct uv_args *a, struct skua_esp *esp)
{
	int err;

	/* A list of pointers; the driver's own method has tunnels. */
	if (uv_arg_has(a, UVERBS_ATTR_FLOW_ACTION_ESP_ENCAP))
		return -EOPNOTSUPP;
	esp->has_esn = uv_arg_has(a, UVERBS_ATTR_FLOW_ACTION_ESP_ESN);
	esp->esn = uv_arg(a, UVERBS_ATTR_FLOW_ACTION_ESP_ESN);
	err = uv_arg_copy(a, UVERBS_ATTR_FLOW_ACTION_ESP_ATTRS, &esp->attr,
			  sizeof(esp->attr));
	if (!err)
		err = read_window(a, esp);
	return err ? err
		   : uv_arg_copy(a, UVERBS_ATTR_FLOW_ACTION_ESP_KEYMAT,
				 &esp->gcm, sizeof(esp->gcm));
}

int uv_create_esp(struct uv_args *a)
{
	struct skua_hwi_modify_sa_in limits;
	struct skua_hwi_create_sa_in in;
	struct skua_esp esp = { 0 };
	int err = read_esp(a, &esp);

	if (!err)
		err = skua_esp_sa(&esp, &in);
	if (!err) {
		skua_esp_limits(&esp, &limits);
		err = create(a, &in, &limits,
			     UVERBS_ATTR_CREATE_FLOW_ACTION_ESP_HANDLE);
	}
	skua_forget(&in, sizeof(in));
	skua_forget(&esp, sizeof(esp));
	return err;
}

/* Extended sequence numbers are all that the standard lets change. */
int uv_modify_esp(struct uv_args *a)
{
	const struct uv_flow_action *act =
		uv_arg_object(a, UVERBS_ATTR_MODIFY_FLOW_ACTION_ESP_HANDLE);
	struct skua_hwi_modify_sa_in in;
	struct skua_hwi_query_sa_out now;
	int err;

	if (uv_arg_has(a, UVERBS_ATTR_FLOW_ACTION_ESP_ATTRS) ||
	    uv_arg_has(a, UVERBS_ATTR_FLOW_ACTION_ESP_KEYMAT) ||
	    uv_arg_has(a, UVERBS_ATTR_FLOW_ACTION_ESP_REPLAY) ||
	    uv_arg_has(a, UVERBS_ATTR_FLOW_ACTION_ESP_ENCAP))
		return -EOPNOTSUPP;
	if (!act->esn)
		return -EINVAL;
	err = query(a->ctx, act->obj.number, &now);
	if (err)
		return err;
	err = skua_esp_move(act->obj.number,
			    uv_arg(a, UVERBS_ATTR_FLOW_ACTION_ESP_ESN), &now,
			    &in);
	return err > 0 ? modify(a->ctx, &in) : err;
}

int uv_destroy_flow_action(struct uv_args *a)
{
	struct uv_object *obj =
		uv_arg_object(a, UVERBS_ATTR_DESTROY_FLOW_ACTION_HANDLE);
	int err;

	if (obj->users)
		return -EBUSY;
	err = uv_destroy(a->ctx, SKUA_HWI_CMD_DESTROY_SA, obj->number);
	if (!err)
		uv_remove(a->ctx, obj);
	return err;
}

/* What the driver's own methods say -------------------------------------------- */

int uv_create_sa(struct uv_args *a)
{
	struct skua_hwi_modify_sa_in limits;
	struct skua_hwi_create_sa_in in;
	int err;

	err = uv_arg_copy(a, SKUA_IB_ATTR_FLOW_ACTION_ESP_CREATE_LIMITS,
			  &limits, sizeof(limits));
	if (err)
		return err;
	if (limits.handle)
		return -EINVAL;
	err = uv_arg_copy(a, SKUA_IB_ATTR_FLOW_ACTION_ESP_CREATE_SA, &in,
			  sizeof(in));
	if (!err)
		err = skua_sa_check(&in);
	if (!err)
		err = create(a, &in, &limits,
			     SKUA_IB_ATTR_FLOW_ACTION_ESP_CREATE_HANDLE);
	skua_forget(&in, sizeof(in));
	return err;
}

int uv_query_sa(struct uv_args *a)
{
	const struct uv_object *obj =
		uv_arg_object(a, SKUA_IB_ATTR_FLOW_ACTION_QUERY_SA_HANDLE);
	struct skua_hwi_query_sa_out out;
	int err = query(a->ctx, obj->number, &out);

	return err ? err
		   : uv_arg_out(a, SKUA_IB_ATTR_FLOW_ACTION_QUERY_SA_RESP, &out,
				sizeof(out));
}
