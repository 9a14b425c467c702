// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Flow actions: each is a security association of the device (§9.9), made by
 * the core's own method for ESP or by one of the driver's that can say more.
 *
 * Keys pass through here on their way to the device and are wiped behind them.
 * No way back exists. Who may not have raw packets may neither install SAs nor
 * look at them.
 */
#include <linux/slab.h>
#include <linux/string.h>
#include <rdma/uverbs_ioctl.h>
#include <rdma/uverbs_std_types.h>
#include <rdma/uverbs_types.h>

#include <rdma/skua-abi.h>

#include "skua_ib.h"
#include "skua_translate_flow.h"

#define UVERBS_MODULE_NAME skua_ib
#include <rdma/uverbs_named_ioctl.h>

static int skua_ib_sa_modify(struct skua_ib_dev *dev,
			     const struct skua_hwi_modify_sa_in *in)
{
	return skua_cmd_exec(dev->core, SKUA_HWI_CMD_MODIFY_SA, in, sizeof(*in),
			     NULL, 0);
}

static int skua_ib_sa_query(struct skua_ib_dev *dev, u32 sa,
			    struct skua_hwi_query_sa_out *out)
{
	struct skua_hwi_handle_in in = { .handle = cpu_to_le32(sa) };

	return skua_cmd_exec(dev->core, SKUA_HWI_CMD_QUERY_SA, &in, sizeof(in),
			     out, sizeof(*out));
}

/* Limits without a mask say nothing. */
static int skua_ib_sa_create(struct skua_ib_dev *dev,
			     const struct skua_hwi_create_sa_in *in,
			     struct skua_hwi_modify_sa_in *limits, u32 *sa)
{
	struct skua_hwi_handle_out out;
	int err;

	err = skua_cmd_exec(dev->core, SKUA_HWI_CMD_CREATE_SA, in, sizeof(*in),
			    &out, sizeof(out));
	if (err)
		return err;
	*sa = le32_to_cpu(out.handle);
	if (!limits->mask)
		return 0;

	limits->handle = out.handle;
	err = skua_ib_sa_modify(dev, limits);
	if (err)
		skua_cmd_destroy(dev->core, SKUA_HWI_CMD_DESTROY_SA, *sa);
	return err;
}

/* The uverbs core gives @uobj up again if this fails. */
static int skua_ib_flow_action_create(struct ib_uobject *uobj,
				      const struct skua_hwi_create_sa_in *in,
				      struct skua_hwi_modify_sa_in *limits)
{
	struct ib_device *ibdev = uobj->context->device;
	struct skua_ib_flow_action *action;
	int err;

	action = kzalloc_obj(*action);
	if (!action)
		return -ENOMEM;
	action->spi = le32_to_cpu(in->spi);
	action->esn = le32_to_cpu(in->flags) & SKUA_HWI_SA_ESN;

	err = skua_ib_sa_create(to_skua_dev(ibdev), in, limits, &action->sa);
	if (err) {
		kfree(action);
		return err;
	}
	uverbs_flow_action_fill_action(&action->ib, uobj, ibdev,
				       IB_FLOW_ACTION_ESP);
	return 0;
}

/* The core does not come here while a flow has the action: EBUSY. */
int skua_ib_destroy_flow_action(struct ib_flow_action *ibaction)
{
	struct skua_ib_flow_action *action = to_skua_flow_action(ibaction);

	skua_cmd_destroy(to_skua_dev(ibaction->device)->core,
			 SKUA_HWI_CMD_DESTROY_SA, action->sa);
	kfree(action);
	return 0;
}

/* What ibv_create_flow_action_esp() says ------------------------------------ */

static const struct uverbs_attr_spec skua_ib_esp_keymat[] = {
	[IB_UVERBS_FLOW_ACTION_ESP_KEYMAT_AES_GCM] = {
		.type = UVERBS_ATTR_TYPE_PTR_IN,
		UVERBS_ATTR_STRUCT(
			struct ib_uverbs_flow_action_esp_keymat_aes_gcm,
			aes_key),
	},
};

static const struct uverbs_attr_spec skua_ib_esp_replay[] = {
	[IB_UVERBS_FLOW_ACTION_ESP_REPLAY_NONE] = {
		.type = UVERBS_ATTR_TYPE_PTR_IN,
		UVERBS_ATTR_NO_DATA(),
	},
	[IB_UVERBS_FLOW_ACTION_ESP_REPLAY_BMP] = {
		.type = UVERBS_ATTR_TYPE_PTR_IN,
		UVERBS_ATTR_STRUCT(struct ib_uverbs_flow_action_esp_replay_bmp,
				   size),
	},
};

static int skua_ib_esp_window(struct uverbs_attr_bundle *attrs,
			      struct skua_esp *esp)
{
	struct ib_uverbs_flow_action_esp_replay_bmp bmp;
	int err;

	if (!uverbs_attr_is_valid(attrs, UVERBS_ATTR_FLOW_ACTION_ESP_REPLAY) ||
	    uverbs_attr_get_enum_id(attrs,
				    UVERBS_ATTR_FLOW_ACTION_ESP_REPLAY) !=
		    IB_UVERBS_FLOW_ACTION_ESP_REPLAY_BMP)
		return 0;

	err = uverbs_copy_from_or_zero(&bmp, attrs,
				       UVERBS_ATTR_FLOW_ACTION_ESP_REPLAY);
	if (err)
		return err;
	if (!bmp.size)
		return -EINVAL;
	esp->window = bmp.size;
	return 0;
}

static int skua_ib_esp_esn(struct uverbs_attr_bundle *attrs,
			   struct skua_esp *esp)
{
	esp->has_esn =
		uverbs_attr_is_valid(attrs, UVERBS_ATTR_FLOW_ACTION_ESP_ESN);
	if (!esp->has_esn)
		return 0;
	return uverbs_copy_from(&esp->esn, attrs,
				UVERBS_ATTR_FLOW_ACTION_ESP_ESN);
}

static int skua_ib_esp_read(struct uverbs_attr_bundle *attrs,
			    struct skua_esp *esp)
{
	int err;

	/* A list of pointers; skuadv_create_flow_action_esp() has tunnels. */
	if (uverbs_attr_is_valid(attrs, UVERBS_ATTR_FLOW_ACTION_ESP_ENCAP))
		return -EOPNOTSUPP;

	err = uverbs_copy_from_or_zero(&esp->attr, attrs,
				       UVERBS_ATTR_FLOW_ACTION_ESP_ATTRS);
	if (err)
		return err;
	err = skua_ib_esp_esn(attrs, esp);
	if (err)
		return err;
	err = skua_ib_esp_window(attrs, esp);
	if (err)
		return err;
	return uverbs_copy_from_or_zero(&esp->gcm, attrs,
					UVERBS_ATTR_FLOW_ACTION_ESP_KEYMAT);
}

static int UVERBS_HANDLER(UVERBS_METHOD_FLOW_ACTION_ESP_CREATE)(
	struct uverbs_attr_bundle *attrs)
{
	struct ib_uobject *uobj = uverbs_attr_get_uobject(
		attrs, UVERBS_ATTR_CREATE_FLOW_ACTION_ESP_HANDLE);
	struct skua_hwi_modify_sa_in limits;
	struct skua_hwi_create_sa_in in;
	struct skua_esp esp = {};
	int err;

	if (!rdma_uattrs_has_raw_cap(attrs))
		return -EPERM;

	err = skua_ib_esp_read(attrs, &esp);
	if (err)
		goto out_esp;
	err = skua_esp_sa(&esp, &in);
	if (err)
		goto out_esp;
	skua_esp_limits(&esp, &limits);
	err = skua_ib_flow_action_create(uobj, &in, &limits);
	memzero_explicit(&in, sizeof(in));
out_esp:
	memzero_explicit(&esp, sizeof(esp));
	return err;
}

/* Extended sequence numbers are all that the standard lets change. */
static int UVERBS_HANDLER(UVERBS_METHOD_FLOW_ACTION_ESP_MODIFY)(
	struct uverbs_attr_bundle *attrs)
{
	struct skua_ib_flow_action *action = to_skua_flow_action(
		uverbs_attr_get_obj(attrs,
				    UVERBS_ATTR_MODIFY_FLOW_ACTION_ESP_HANDLE));
	struct skua_ib_dev *dev = to_skua_dev(action->ib.device);
	struct skua_hwi_modify_sa_in in;
	struct skua_hwi_query_sa_out now;
	u32 esn;
	int err;

	if (!rdma_uattrs_has_raw_cap(attrs))
		return -EPERM;
	if (uverbs_attr_is_valid(attrs, UVERBS_ATTR_FLOW_ACTION_ESP_ATTRS) ||
	    uverbs_attr_is_valid(attrs, UVERBS_ATTR_FLOW_ACTION_ESP_KEYMAT) ||
	    uverbs_attr_is_valid(attrs, UVERBS_ATTR_FLOW_ACTION_ESP_REPLAY) ||
	    uverbs_attr_is_valid(attrs, UVERBS_ATTR_FLOW_ACTION_ESP_ENCAP))
		return -EOPNOTSUPP;
	if (!action->esn)
		return -EINVAL;

	err = uverbs_copy_from(&esn, attrs, UVERBS_ATTR_FLOW_ACTION_ESP_ESN);
	if (err)
		return err;
	err = skua_ib_sa_query(dev, action->sa, &now);
	if (err)
		return err;
	err = skua_esp_move(action->sa, esn, &now, &in);
	return err > 0 ? skua_ib_sa_modify(dev, &in) : err;
}

DECLARE_UVERBS_NAMED_METHOD(
	UVERBS_METHOD_FLOW_ACTION_ESP_CREATE,
	UVERBS_ATTR_IDR(UVERBS_ATTR_CREATE_FLOW_ACTION_ESP_HANDLE,
			UVERBS_OBJECT_FLOW_ACTION,
			UVERBS_ACCESS_NEW,
			UA_MANDATORY),
	UVERBS_ATTR_PTR_IN(UVERBS_ATTR_FLOW_ACTION_ESP_ATTRS,
			   UVERBS_ATTR_STRUCT(struct ib_uverbs_flow_action_esp,
					      hard_limit_pkts),
			   UA_MANDATORY),
	UVERBS_ATTR_PTR_IN(UVERBS_ATTR_FLOW_ACTION_ESP_ESN,
			   UVERBS_ATTR_TYPE(__u32),
			   UA_OPTIONAL),
	UVERBS_ATTR_ENUM_IN(UVERBS_ATTR_FLOW_ACTION_ESP_KEYMAT,
			    skua_ib_esp_keymat,
			    UA_MANDATORY),
	UVERBS_ATTR_ENUM_IN(UVERBS_ATTR_FLOW_ACTION_ESP_REPLAY,
			    skua_ib_esp_replay,
			    UA_OPTIONAL),
	UVERBS_ATTR_PTR_IN(UVERBS_ATTR_FLOW_ACTION_ESP_ENCAP,
			   UVERBS_ATTR_TYPE(struct ib_uverbs_flow_action_esp_encap),
			   UA_OPTIONAL));

DECLARE_UVERBS_NAMED_METHOD(
	UVERBS_METHOD_FLOW_ACTION_ESP_MODIFY,
	UVERBS_ATTR_IDR(UVERBS_ATTR_MODIFY_FLOW_ACTION_ESP_HANDLE,
			UVERBS_OBJECT_FLOW_ACTION,
			UVERBS_ACCESS_WRITE,
			UA_MANDATORY),
	UVERBS_ATTR_PTR_IN(UVERBS_ATTR_FLOW_ACTION_ESP_ATTRS,
			   UVERBS_ATTR_STRUCT(struct ib_uverbs_flow_action_esp,
					      hard_limit_pkts),
			   UA_OPTIONAL),
	UVERBS_ATTR_PTR_IN(UVERBS_ATTR_FLOW_ACTION_ESP_ESN,
			   UVERBS_ATTR_TYPE(__u32),
			   UA_MANDATORY),
	UVERBS_ATTR_ENUM_IN(UVERBS_ATTR_FLOW_ACTION_ESP_KEYMAT,
			    skua_ib_esp_keymat,
			    UA_OPTIONAL),
	UVERBS_ATTR_ENUM_IN(UVERBS_ATTR_FLOW_ACTION_ESP_REPLAY,
			    skua_ib_esp_replay,
			    UA_OPTIONAL),
	UVERBS_ATTR_PTR_IN(UVERBS_ATTR_FLOW_ACTION_ESP_ENCAP,
			   UVERBS_ATTR_TYPE(struct ib_uverbs_flow_action_esp_encap),
			   UA_OPTIONAL));

/* What skuadv_create_flow_action_esp() says --------------------------------- */

static int skua_ib_limits_read(struct uverbs_attr_bundle *attrs,
			       struct skua_hwi_modify_sa_in *limits)
{
	int err;

	*limits = (struct skua_hwi_modify_sa_in){};
	if (!uverbs_attr_is_valid(attrs,
				  SKUA_IB_ATTR_FLOW_ACTION_ESP_CREATE_LIMITS))
		return 0;
	err = uverbs_copy_from(limits, attrs,
			       SKUA_IB_ATTR_FLOW_ACTION_ESP_CREATE_LIMITS);
	if (err)
		return err;
	return limits->handle ? -EINVAL : 0;
}

static int UVERBS_HANDLER(SKUA_IB_METHOD_FLOW_ACTION_ESP_CREATE)(
	struct uverbs_attr_bundle *attrs)
{
	struct ib_uobject *uobj = uverbs_attr_get_uobject(
		attrs, SKUA_IB_ATTR_FLOW_ACTION_ESP_CREATE_HANDLE);
	struct skua_hwi_modify_sa_in limits;
	struct skua_hwi_create_sa_in in;
	int err;

	if (!rdma_uattrs_has_raw_cap(attrs))
		return -EPERM;

	err = skua_ib_limits_read(attrs, &limits);
	if (err)
		return err;
	err = uverbs_copy_from(&in, attrs,
			       SKUA_IB_ATTR_FLOW_ACTION_ESP_CREATE_SA);
	if (!err)
		err = skua_sa_check(&in);
	if (!err)
		err = skua_ib_flow_action_create(uobj, &in, &limits);
	memzero_explicit(&in, sizeof(in));
	return err;
}

static int UVERBS_HANDLER(SKUA_IB_METHOD_FLOW_ACTION_QUERY_SA)(
	struct uverbs_attr_bundle *attrs)
{
	struct skua_ib_flow_action *action = to_skua_flow_action(
		uverbs_attr_get_obj(attrs,
				    SKUA_IB_ATTR_FLOW_ACTION_QUERY_SA_HANDLE));
	struct skua_hwi_query_sa_out out;
	int err;

	if (!rdma_uattrs_has_raw_cap(attrs))
		return -EPERM;

	err = skua_ib_sa_query(to_skua_dev(action->ib.device), action->sa,
			       &out);
	if (err)
		return err;
	return uverbs_copy_to(attrs, SKUA_IB_ATTR_FLOW_ACTION_QUERY_SA_RESP,
			      &out, sizeof(out));
}

DECLARE_UVERBS_NAMED_METHOD(
	SKUA_IB_METHOD_FLOW_ACTION_ESP_CREATE,
	UVERBS_ATTR_IDR(SKUA_IB_ATTR_FLOW_ACTION_ESP_CREATE_HANDLE,
			UVERBS_OBJECT_FLOW_ACTION,
			UVERBS_ACCESS_NEW,
			UA_MANDATORY),
	UVERBS_ATTR_PTR_IN(SKUA_IB_ATTR_FLOW_ACTION_ESP_CREATE_SA,
			   UVERBS_ATTR_TYPE(struct skua_hwi_create_sa_in),
			   UA_MANDATORY),
	UVERBS_ATTR_PTR_IN(SKUA_IB_ATTR_FLOW_ACTION_ESP_CREATE_LIMITS,
			   UVERBS_ATTR_TYPE(struct skua_hwi_modify_sa_in),
			   UA_OPTIONAL));

DECLARE_UVERBS_NAMED_METHOD(
	SKUA_IB_METHOD_FLOW_ACTION_QUERY_SA,
	UVERBS_ATTR_IDR(SKUA_IB_ATTR_FLOW_ACTION_QUERY_SA_HANDLE,
			UVERBS_OBJECT_FLOW_ACTION,
			UVERBS_ACCESS_READ,
			UA_MANDATORY),
	UVERBS_ATTR_PTR_OUT(SKUA_IB_ATTR_FLOW_ACTION_QUERY_SA_RESP,
			    UVERBS_ATTR_TYPE(struct skua_hwi_query_sa_out),
			    UA_MANDATORY));

ADD_UVERBS_METHODS(skua_ib_flow_action_methods,
		   UVERBS_OBJECT_FLOW_ACTION,
		   &UVERBS_METHOD(UVERBS_METHOD_FLOW_ACTION_ESP_CREATE),
		   &UVERBS_METHOD(UVERBS_METHOD_FLOW_ACTION_ESP_MODIFY),
		   &UVERBS_METHOD(SKUA_IB_METHOD_FLOW_ACTION_ESP_CREATE),
		   &UVERBS_METHOD(SKUA_IB_METHOD_FLOW_ACTION_QUERY_SA));

const struct uapi_definition skua_ib_flow_action_defs[] = {
	UAPI_DEF_CHAIN_OBJ_TREE(UVERBS_OBJECT_FLOW_ACTION,
				&skua_ib_flow_action_methods),
	{},
};
