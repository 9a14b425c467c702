// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Flows (§9.10), of ibv_create_flow() and of the driver's own method. They act
 * on all packets of the function, whichever QP one is made with.
 */
#include <linux/slab.h>
#include <rdma/uverbs_ioctl.h>
#include <rdma/uverbs_std_types.h>
#include <rdma/uverbs_types.h>

#include <rdma/skua-abi.h>

#include "skua_ib.h"
#include "skua_translate_flow.h"

#define UVERBS_MODULE_NAME skua_ib
#include <rdma/uverbs_named_ioctl.h>

static_assert(SKUA_IB_FLOW_ATTR_NORMAL == IB_FLOW_ATTR_NORMAL);
static_assert(SKUA_IB_FLOW_FLAG_EGRESS == IB_FLOW_ATTR_FLAGS_EGRESS);
static_assert(SKUA_IB_FLOW_SPEC_ETH == (int)IB_FLOW_SPEC_ETH);
static_assert(SKUA_IB_FLOW_SPEC_IPV4 == (int)IB_FLOW_SPEC_IPV4);
static_assert(SKUA_IB_FLOW_SPEC_IPV6 == (int)IB_FLOW_SPEC_IPV6);
static_assert(SKUA_IB_FLOW_SPEC_ESP == (int)IB_FLOW_SPEC_ESP);
static_assert(SKUA_IB_FLOW_SPEC_TCP == (int)IB_FLOW_SPEC_TCP);
static_assert(SKUA_IB_FLOW_SPEC_UDP == (int)IB_FLOW_SPEC_UDP);
static_assert(SKUA_IB_FLOW_SPEC_DROP == (int)IB_FLOW_SPEC_ACTION_DROP);
static_assert(SKUA_IB_FLOW_SPEC_HANDLE == (int)IB_FLOW_SPEC_ACTION_HANDLE);

/* The core's specs have the filters of the ABI, but at places of their own. */
static_assert(sizeof(struct ib_flow_eth_filter) ==
	      sizeof(struct ib_uverbs_flow_eth_filter));
static_assert(sizeof(struct ib_flow_ipv4_filter) ==
	      sizeof(struct ib_uverbs_flow_ipv4_filter));
static_assert(sizeof(struct ib_flow_ipv6_filter) ==
	      offsetof(struct ib_uverbs_flow_ipv6_filter, reserved));
static_assert(sizeof(struct ib_flow_tcp_udp_filter) ==
	      sizeof(struct ib_uverbs_flow_tcp_udp_filter));
static_assert(sizeof(struct ib_flow_esp_filter) ==
	      sizeof(struct ib_uverbs_flow_spec_esp_filter));

static struct skua_ib_flow *
skua_ib_flow_add(struct skua_ib_dev *dev,
		 const struct skua_hwi_create_flow_in *in)
{
	struct skua_hwi_handle_out out;
	struct skua_ib_flow *flow;
	int err;

	flow = kzalloc_obj(*flow);
	if (!flow)
		return ERR_PTR(-ENOMEM);

	err = skua_cmd_exec(dev->core, SKUA_HWI_CMD_CREATE_FLOW, in,
			    sizeof(*in), &out, sizeof(out));
	if (err) {
		kfree(flow);
		return ERR_PTR(err);
	}
	flow->handle = le32_to_cpu(out.handle);
	return flow;
}

int skua_ib_destroy_flow(struct ib_flow *ibflow)
{
	struct skua_ib_flow *flow = to_skua_flow(ibflow);

	skua_cmd_destroy(to_skua_dev(ibflow->device)->core,
			 SKUA_HWI_CMD_DESTROY_FLOW, flow->handle);
	kfree(flow);
	return 0;
}

/* What ibv_create_flow() says ----------------------------------------------- */

static int skua_ib_flow_match(struct skua_flow *flow,
			      const union ib_flow_spec *spec, const void *val,
			      const void *mask, size_t len)
{
	union skua_flow_filter filter[2] = {};

	memcpy(&filter[0], val, len);
	memcpy(&filter[1], mask, len);
	return skua_flow_match(flow, spec->type, &filter[0], &filter[1]);
}

#define SKUA_IB_FLOW_MATCH(_flow, _spec, _member)                           \
	skua_ib_flow_match(_flow, _spec, &(_spec)->_member.val,             \
			   &(_spec)->_member.mask,                          \
			   sizeof((_spec)->_member.val))

static int skua_ib_flow_spec(struct skua_flow *flow,
			     const union ib_flow_spec *spec, u32 *spi)
{
	struct skua_ib_flow_action *action;

	switch (spec->type) {
	case IB_FLOW_SPEC_ACTION_DROP:
		return skua_flow_drop(flow);
	case IB_FLOW_SPEC_ACTION_HANDLE:
		action = to_skua_flow_action(spec->action.act);
		*spi = action->spi;
		return skua_flow_protect(flow, action->sa);
	case IB_FLOW_SPEC_ETH:
		return SKUA_IB_FLOW_MATCH(flow, spec, eth);
	case IB_FLOW_SPEC_IPV4:
		return SKUA_IB_FLOW_MATCH(flow, spec, ipv4);
	case IB_FLOW_SPEC_IPV6:
		return SKUA_IB_FLOW_MATCH(flow, spec, ipv6);
	case IB_FLOW_SPEC_TCP:
	case IB_FLOW_SPEC_UDP:
		return SKUA_IB_FLOW_MATCH(flow, spec, tcp_udp);
	case IB_FLOW_SPEC_ESP:
		return SKUA_IB_FLOW_MATCH(flow, spec, esp);
	default:
		return -EOPNOTSUPP;
	}
}

static int skua_ib_flow_read(const struct ib_flow_attr *attr,
			     struct skua_flow *flow)
{
	const union ib_flow_spec *spec = attr->flows;
	unsigned int i;
	u32 spi = 0;
	int err;

	err = skua_flow_begin(flow, attr->type, attr->flags, attr->port,
			      attr->priority);
	if (err)
		return err;

	for (i = 0; i < attr->num_of_specs; i++) {
		err = skua_ib_flow_spec(flow, spec, &spi);
		if (err)
			return err;
		spec = (const void *)spec + spec->size;
	}
	return skua_flow_end(flow, spi);
}

struct ib_flow *skua_ib_create_flow(struct ib_qp *ibqp,
				    struct ib_flow_attr *attr,
				    struct ib_udata *udata)
{
	struct skua_ib_flow *added;
	struct skua_flow flow;
	int err;

	err = ib_no_udata_io(udata);
	if (err)
		return ERR_PTR(err);
	err = skua_ib_flow_read(attr, &flow);
	if (err)
		return ERR_PTR(err);

	added = skua_ib_flow_add(to_skua_dev(ibqp->device), &flow.in);
	return IS_ERR(added) ? ERR_CAST(added) : &added->ib;
}

/* What skuadv_create_flow() says -------------------------------------------- */

/* The flow holds its action: destroying that is EBUSY meanwhile. */
static struct ib_uflow_resources *
skua_ib_flow_resources(struct skua_ib_flow_action *action)
{
	struct ib_uflow_resources *res;

	res = flow_resources_alloc(1);
	if (!res)
		return NULL;
	if (action)
		flow_resources_add(res, IB_FLOW_SPEC_ACTION_HANDLE,
				   &action->ib);
	return res;
}

static int UVERBS_HANDLER(SKUA_IB_METHOD_FLOW_CREATE)(
	struct uverbs_attr_bundle *attrs)
{
	struct ib_uobject *uobj = uverbs_attr_get_uobject(
		attrs, SKUA_IB_ATTR_FLOW_CREATE_HANDLE);
	struct ib_device *ibdev = uobj->context->device;
	struct skua_ib_flow_action *action = NULL;
	struct skua_hwi_create_flow_in in;
	struct ib_uflow_resources *res;
	struct skua_ib_flow *flow;
	int err;

	if (!rdma_uattrs_has_raw_cap(attrs))
		return -EPERM;

	if (uverbs_attr_is_valid(attrs, SKUA_IB_ATTR_FLOW_CREATE_ACTION))
		action = to_skua_flow_action(uverbs_attr_get_obj(
			attrs, SKUA_IB_ATTR_FLOW_CREATE_ACTION));
	err = uverbs_copy_from(&in, attrs, SKUA_IB_ATTR_FLOW_CREATE_FLOW);
	if (err)
		return err;
	err = skua_flow_name_sa(&in, action ? action->sa : SKUA_HWI_NONE);
	if (err)
		return err;

	res = skua_ib_flow_resources(action);
	if (!res)
		return -ENOMEM;
	flow = skua_ib_flow_add(to_skua_dev(ibdev), &in);
	if (IS_ERR(flow)) {
		ib_uverbs_flow_resources_free(res);
		return PTR_ERR(flow);
	}
	ib_set_flow(uobj, &flow->ib, NULL, ibdev, res);
	return 0;
}

static int UVERBS_HANDLER(SKUA_IB_METHOD_FLOW_QUERY)(
	struct uverbs_attr_bundle *attrs)
{
	struct skua_ib_flow *flow = to_skua_flow(
		uverbs_attr_get_obj(attrs, SKUA_IB_ATTR_FLOW_QUERY_HANDLE));
	struct skua_hwi_handle_in in = { .handle = cpu_to_le32(flow->handle) };
	struct skua_hwi_query_flow_out out;
	int err;

	if (!rdma_uattrs_has_raw_cap(attrs))
		return -EPERM;

	err = skua_cmd_exec(to_skua_dev(flow->ib.device)->core,
			    SKUA_HWI_CMD_QUERY_FLOW, &in, sizeof(in), &out,
			    sizeof(out));
	if (err)
		return err;
	return uverbs_copy_to(attrs, SKUA_IB_ATTR_FLOW_QUERY_RESP, &out,
			      sizeof(out));
}

DECLARE_UVERBS_NAMED_METHOD(
	SKUA_IB_METHOD_FLOW_CREATE,
	UVERBS_ATTR_IDR(SKUA_IB_ATTR_FLOW_CREATE_HANDLE,
			UVERBS_OBJECT_FLOW,
			UVERBS_ACCESS_NEW,
			UA_MANDATORY),
	UVERBS_ATTR_PTR_IN(SKUA_IB_ATTR_FLOW_CREATE_FLOW,
			   UVERBS_ATTR_TYPE(struct skua_hwi_create_flow_in),
			   UA_MANDATORY),
	UVERBS_ATTR_IDR(SKUA_IB_ATTR_FLOW_CREATE_ACTION,
			UVERBS_OBJECT_FLOW_ACTION,
			UVERBS_ACCESS_READ,
			UA_OPTIONAL));

DECLARE_UVERBS_NAMED_METHOD(
	SKUA_IB_METHOD_FLOW_QUERY,
	UVERBS_ATTR_IDR(SKUA_IB_ATTR_FLOW_QUERY_HANDLE,
			UVERBS_OBJECT_FLOW,
			UVERBS_ACCESS_READ,
			UA_MANDATORY),
	UVERBS_ATTR_PTR_OUT(SKUA_IB_ATTR_FLOW_QUERY_RESP,
			    UVERBS_ATTR_TYPE(struct skua_hwi_query_flow_out),
			    UA_MANDATORY));

ADD_UVERBS_METHODS(skua_ib_flow_methods,
		   UVERBS_OBJECT_FLOW,
		   &UVERBS_METHOD(SKUA_IB_METHOD_FLOW_CREATE),
		   &UVERBS_METHOD(SKUA_IB_METHOD_FLOW_QUERY));

const struct uapi_definition skua_ib_flow_defs[] = {
	UAPI_DEF_CHAIN_OBJ_TREE(UVERBS_OBJECT_FLOW, &skua_ib_flow_methods),
	{},
};
