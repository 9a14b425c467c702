// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Flows, of ibv_create_flow() and of the driver's own method. They act on all
 * packets of the device, whichever QP one is made with.
 */
#include "method.h"
#include "skua_translate_flow.h"

static int add(struct uv_call *c, const struct skua_hwi_create_flow_in *in,
	       struct uv_object *qp, struct uv_object *action,
	       struct uv_flow **made)
{
	struct uv_flow *flow = calloc(1, sizeof(*flow));
	int err;

	if (!flow)
		return -ENOMEM;
	err = uv_create(c->ctx, SKUA_HWI_CMD_CREATE_FLOW, in, sizeof(*in),
			&flow->obj.number);
	if (err) {
		free(flow);
		return err;
	}
	err = uv_add(c->ctx, &flow->obj, UV_FLOW);
	if (err) {
		uv_destroy(c->ctx, SKUA_HWI_CMD_DESTROY_FLOW, flow->obj.number);
		free(flow);
		return err;
	}
	flow->qp = qp;
	flow->action = action;
	if (qp)
		qp->users++;
	if (action)
		action->users++;
	c->made = &flow->obj;
	*made = flow;
	return 0;
}

void uv_flow_free(struct uv_context *ctx, struct uv_flow *flow)
{
	uv_destroy(ctx, SKUA_HWI_CMD_DESTROY_FLOW, flow->obj.number);
	if (flow->qp)
		flow->qp->users--;
	if (flow->action)
		flow->action->users--;
	uv_remove(ctx, &flow->obj);
}

/* What ibv_create_flow() says -------------------------------------------------- */

/*
 * As many bytes as the program's libibverbs knows: what it lacks is zero, and so
 * is what we lack.
 */
static int read_filters(const struct ib_uverbs_flow_spec_hdr *hdr, size_t known,
			union skua_flow_filter filter[2])
{
	const uint8_t *val = (const uint8_t *)(hdr + 1);
	size_t len = (hdr->size - sizeof(*hdr)) / 2;
	const uint8_t *mask = val + len;

	if (!len)
		return -EINVAL;
	if (len > known && !skua_all_zero(mask + known, len - known))
		return -EINVAL;
	if (len > known)
		len = known;
	memcpy(&filter[0], val, len);
	memcpy(&filter[1], mask, len);
	return 0;
}

/* 0: there is no such spec, or it is no filter. */
static size_t filter_size(uint32_t type)
{
	switch (type) {
	case SKUA_IB_FLOW_SPEC_ETH:
		return sizeof(struct ib_uverbs_flow_eth_filter);
	case SKUA_IB_FLOW_SPEC_IPV4:
		return sizeof(struct ib_uverbs_flow_ipv4_filter);
	case SKUA_IB_FLOW_SPEC_IPV6:
		return offsetof(struct ib_uverbs_flow_ipv6_filter, reserved);
	case SKUA_IB_FLOW_SPEC_TCP:
	case SKUA_IB_FLOW_SPEC_UDP:
		return sizeof(struct ib_uverbs_flow_tcp_udp_filter);
	case SKUA_IB_FLOW_SPEC_ESP:
		return sizeof(struct ib_uverbs_flow_spec_esp_filter);
	default:
		return 0;
	}
}

static int read_match(struct skua_flow *flow,
		      const struct ib_uverbs_flow_spec_hdr *hdr)
{
	union skua_flow_filter filter[2] = { 0 };
	size_t known = filter_size(hdr->type);
	int err;

	if (!known)
		return -EOPNOTSUPP;
	err = read_filters(hdr, known, filter);
	return err ? err
		   : skua_flow_match(flow, hdr->type, &filter[0], &filter[1]);
}

static int read_handle(struct uv_context *ctx, struct skua_flow *flow,
		       const struct ib_uverbs_flow_spec_hdr *hdr,
		       struct uv_flow_action **action)
{
	struct ib_uverbs_flow_spec_action_handle spec;

	if (hdr->size != sizeof(spec))
		return -EINVAL;
	memcpy(&spec, hdr, sizeof(spec));
	*action = uv_find(ctx, spec.handle, UV_FLOW_ACTION);
	if (!*action)
		return -EINVAL;
	return skua_flow_protect(flow, (*action)->obj.number);
}

static int read_spec(struct uv_context *ctx, struct skua_flow *flow,
		     const struct ib_uverbs_flow_spec_hdr *hdr,
		     struct uv_flow_action **action)
{
	switch (hdr->type) {
	case SKUA_IB_FLOW_SPEC_DROP:
		if (hdr->size != sizeof(*hdr))
			return -EINVAL;
		return skua_flow_drop(flow);
	case SKUA_IB_FLOW_SPEC_HANDLE:
		return read_handle(ctx, flow, hdr, action);
	default:
		return read_match(flow, hdr);
	}
}

/* So many specs have to be in len bytes, and nothing else. */
static int read_specs(struct uv_context *ctx, struct skua_flow *flow,
		      const uint8_t *at, size_t len, unsigned int n,
		      struct uv_flow_action **action)
{
	uint64_t spec[UV_MAX_FLOW_SPEC / sizeof(uint64_t)];
	struct ib_uverbs_flow_spec_hdr hdr;
	int err;

	for (; n; n--, at += hdr.size, len -= hdr.size) {
		if (len < sizeof(hdr))
			return -EINVAL;
		memcpy(&hdr, at, sizeof(hdr));
		if (hdr.size < sizeof(hdr) || hdr.size > len || hdr.reserved)
			return -EINVAL;
		if (hdr.size > sizeof(spec))
			return -EOPNOTSUPP;
		memcpy(spec, at, hdr.size);
		err = read_spec(ctx, flow, (void *)spec, action);
		if (err)
			return err;
	}
	return len ? -EINVAL : 0;
}

/* As ib_uverbs has it: flows go with QPs of these types. */
static struct uv_object *find_qp(struct uv_context *ctx, uint32_t handle)
{
	struct uv_qp *qp = uv_find(ctx, handle, UV_QP);

	return qp && qp->type == SKUA_HWI_QPT_UD ? &qp->obj : NULL;
}

int uv_create_flow(struct uv_call *c)
{
	const struct ib_uverbs_create_flow *in = c->in;
	const struct ib_uverbs_flow_attr *attr = &in->flow_attr;
	struct ib_uverbs_create_flow_resp *out = c->out;
	struct uv_object *qp = find_qp(c->ctx, in->qp_handle);
	struct uv_flow_action *action = NULL;
	struct skua_flow flow;
	struct uv_flow *made;
	int err;

	if (in->comp_mask || !qp || attr->num_of_specs > UV_MAX_FLOW_SPECS ||
	    attr->size > c->in_len - sizeof(*in))
		return -EINVAL;
	err = skua_flow_begin(&flow, attr->type, attr->flags, attr->port,
			      attr->priority);
	if (!err)
		err = read_specs(c->ctx, &flow, (const uint8_t *)(in + 1),
				 attr->size, attr->num_of_specs, &action);
	if (!err)
		err = skua_flow_end(&flow, action ? action->spi : 0);
	if (!err)
		err = add(c, &flow.in, qp, action ? &action->obj : NULL, &made);
	if (err)
		return err;
	out->flow_handle = made->obj.handle;
	return 0;
}

int uv_destroy_flow(struct uv_call *c)
{
	const struct ib_uverbs_destroy_flow *in = c->in;
	struct uv_flow *flow = uv_find(c->ctx, in->flow_handle, UV_FLOW);

	if (in->comp_mask || !flow)
		return -EINVAL;
	uv_flow_free(c->ctx, flow);
	return 0;
}

/* What the driver's own methods say -------------------------------------------- */

int uv_create_any_flow(struct uv_args *a)
{
	struct uv_object *action =
		uv_arg_object(a, SKUA_IB_ATTR_FLOW_CREATE_ACTION);
	struct skua_hwi_create_flow_in in;
	struct uv_flow *made;
	int err;

	err = uv_arg_copy(a, SKUA_IB_ATTR_FLOW_CREATE_FLOW, &in, sizeof(in));
	if (!err)
		err = skua_flow_name_sa(&in, action ? action->number
						    : SKUA_HWI_NONE);
	if (!err)
		err = add(&a->call, &in, NULL, action, &made);
	return err ? err
		   : uv_arg_new(a, SKUA_IB_ATTR_FLOW_CREATE_HANDLE,
				made->obj.handle);
}

int uv_query_flow(struct uv_args *a)
{
	const struct uv_object *obj =
		uv_arg_object(a, SKUA_IB_ATTR_FLOW_QUERY_HANDLE);
	const struct skua_hwi_handle_in in = { .handle = htole32(obj->number) };
	struct skua_hwi_query_flow_out out;
	int err = skua_user_cmd(a->ctx->dev, SKUA_HWI_CMD_QUERY_FLOW, &in,
				sizeof(in), &out, sizeof(out));

	return err ? err
		   : uv_arg_out(a, SKUA_IB_ATTR_FLOW_QUERY_RESP, &out,
				sizeof(out));
}
