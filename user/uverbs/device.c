// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The device, its port, protection domains and addresses. */
#include <rdma/ib_user_ioctl_verbs.h>

#include "skua_translate_device.h"
#include "uverbs.h"

/* Values of verbs that no uapi header has: IBTA's own numbers. */
#define PORT_STATE_ACTIVE   4
#define PORT_PHYS_LINK_UP   5
#define PORT_IP_BASED_GIDS  (1u << 26)
#define LINK_LAYER_ETHERNET 2

int uv_context_open(struct uv_call *c)
{
	if (c->ctx->ready)
		return -EINVAL;
	skua_ucontext_answer(skua_user_caps(c->ctx->dev),
			     SKUA_UCONTEXT_IN_PROCESS, c->drv_out);
	c->ctx->ready = true;
	c->opened = true;
	return 0;
}

/* The first is that of all objects that name none. */
int uv_async_open(struct uv_call *c)
{
	struct uv_events *e;
	int fd = uv_events_open(c->ctx, true, &e);

	if (fd < 0)
		return fd;
	c->fd = fd;
	if (c->ctx->async)
		return 0;
	skua_file_hold(&e->file);
	c->ctx->async = e;
	c->first_async = true;
	return 0;
}

int uv_get_context(struct uv_call *c)
{
	struct ib_uverbs_get_context_resp *out = c->out;
	int err = uv_context_open(c);

	if (!err)
		err = uv_async_open(c);
	if (err)
		return err;
	out->async_fd = c->fd;
	out->num_comp_vectors = skua_user_vectors();
	return 0;
}

static void fill_device(const struct uv_context *ctx,
			struct ib_uverbs_query_device_resp *r,
			struct skua_device_attrs *can)
{
	skua_device_attrs(skua_user_caps(ctx->dev), can);
	r->fw_ver = can->fw_ver;
	r->node_guid = htobe64(ctx->dev->guid);
	r->sys_image_guid = r->node_guid;
	r->max_mr_size = can->max_mr_size;
	r->page_size_cap = can->page_size_cap;
	r->vendor_id = SKUA_HWI_PCI_VENDOR_ID;
	r->vendor_part_id = SKUA_HWI_PCI_DEVICE_ID;
	r->hw_ver = SKUA_HWI_PCI_REVISION;
	r->device_cap_flags = can->device_cap_flags;
	r->max_qp = can->max_qp;
	r->max_qp_wr = can->max_qp_wr;
	r->max_sge = can->max_sge;
	r->max_sge_rd = can->max_sge;
	r->max_cq = can->max_cq;
	r->max_cqe = can->max_cqe;
	r->max_mr = can->max_mr;
	r->max_mw = can->max_mw;
	r->max_pd = can->max_pd;
	r->max_qp_rd_atom = can->max_rd_atomic;
	r->max_qp_init_rd_atom = can->max_rd_atomic;
	r->max_res_rd_atom = can->max_res_rd_atom;
	r->max_ah = can->max_ah;
	r->max_srq = can->max_srq;
	r->max_srq_wr = can->max_srq_wr;
	r->max_srq_sge = can->max_srq_sge;
	r->max_pkeys = can->max_pkeys;
	r->atomic_cap = can->atomic_cap;
	r->phys_port_cnt = 1;
}

int uv_query_device(struct uv_call *c)
{
	struct skua_device_attrs can;

	fill_device(c->ctx, c->out, &can);
	return 0;
}

int uv_query_device_ex(struct uv_call *c)
{
	const struct ib_uverbs_ex_query_device *in = c->in;
	struct ib_uverbs_ex_query_device_resp *out = c->out;
	struct skua_device_attrs can;

	if (in->comp_mask || in->reserved)
		return -EINVAL;
	if (c->out_len < offsetof(struct ib_uverbs_ex_query_device_resp, odp_caps))
		return -ENOSPC;
	fill_device(c->ctx, &out->base, &can);
	out->response_length = c->out_len;
	out->timestamp_mask = can.timestamp_mask;
	out->hca_core_clock = can.hca_core_clock;
	out->device_cap_flags_ex = can.device_cap_flags;
	out->cq_moderation_caps.max_cq_moderation_count = can.max_cq_count;
	out->cq_moderation_caps.max_cq_moderation_period = can.max_cq_period;
	return 0;
}

/* There is no Ethernet port that could be down. */
void uv_fill_port(const struct uv_context *ctx,
		  struct ib_uverbs_query_port_resp *out)
{
	struct skua_port_attrs can;

	skua_port_attrs(skua_user_caps(ctx->dev), &can);
	out->port_cap_flags = can.port_cap_flags | PORT_IP_BASED_GIDS;
	out->max_msg_sz = can.max_msg_sz;
	out->gid_tbl_len = can.gid_tbl_len;
	out->pkey_tbl_len = can.pkey_tbl_len;
	out->max_vl_num = can.max_vl_num;
	out->active_width = can.active_width;
	out->active_speed = can.active_speed;
	out->state = PORT_STATE_ACTIVE;
	out->phys_state = PORT_PHYS_LINK_UP;
	out->max_mtu = SKUA_IB_MTU_4096;
	out->active_mtu = skua_user_mtu(ctx->dev);
	out->link_layer = LINK_LAYER_ETHERNET;
	out->flags = IB_UVERBS_QPF_GRH_REQUIRED;
}

int uv_query_port(struct uv_call *c)
{
	const struct ib_uverbs_query_port *in = c->in;

	if (in->port_num != SKUA_IB_PORT)
		return -EINVAL;
	uv_fill_port(c->ctx, c->out);
	return 0;
}

int uv_alloc_pd(struct uv_call *c)
{
	struct ib_uverbs_alloc_pd_resp *out = c->out;
	struct skua_uresp_alloc_pd *drv = c->drv_out;
	struct uv_object *pd = calloc(1, sizeof(*pd));
	int err;

	if (!pd)
		return -ENOMEM;
	err = uv_create(c->ctx, SKUA_HWI_CMD_CREATE_PD, NULL, 0, &pd->number);
	if (err) {
		free(pd);
		return err;
	}
	err = uv_add(c->ctx, pd, UV_PD);
	if (err) {
		uv_destroy(c->ctx, SKUA_HWI_CMD_DESTROY_PD, pd->number);
		free(pd);
		return err;
	}
	c->made = pd;
	out->pd_handle = pd->handle;
	drv->pdn = pd->number;
	return 0;
}

int uv_dealloc_pd(struct uv_call *c)
{
	const struct ib_uverbs_dealloc_pd *in = c->in;
	struct uv_object *pd = uv_find(c->ctx, in->pd_handle, UV_PD);
	int err;

	if (!pd)
		return -EINVAL;
	if (pd->users)
		return -EBUSY;
	err = uv_destroy(c->ctx, SKUA_HWI_CMD_DESTROY_PD, pd->number);
	if (!err)
		uv_remove(c->ctx, pd);
	return err;
}

int uv_av(struct uv_context *ctx, struct skua_path *path,
	  struct skua_hwi_av *av)
{
	int err;

	if (path->sgid_index >= ctx->dev->ngids)
		return -EINVAL;
	err = skua_user_resolve(ctx->dev, path->dgid, path->dmac);
	if (err)
		return err;
	path->vlan = SKUA_HWI_VLAN_NONE;
	skua_av_fill(path, av);
	return 0;
}

/* The device has no address handles (hwi §6); the vector goes to the provider. */
int uv_create_ah(struct uv_call *c)
{
	const struct ib_uverbs_create_ah *in = c->in;
	struct ib_uverbs_create_ah_resp *out = c->out;
	struct skua_uresp_create_ah *drv = c->drv_out;
	struct skua_path path = {
		.flow_label = in->attr.grh.flow_label,
		.sgid_index = in->attr.grh.sgid_index,
		.hop_limit = in->attr.grh.hop_limit,
		.tclass = in->attr.grh.traffic_class,
		.sl = in->attr.sl,
	};
	struct uv_object *pd = uv_find(c->ctx, in->pd_handle, UV_PD);
	struct skua_hwi_av av;
	struct uv_ah *ah;
	int err;

	if (!pd || !in->attr.is_global || in->attr.port_num != SKUA_IB_PORT)
		return -EINVAL;
	memcpy(path.dgid, in->attr.grh.dgid, sizeof(path.dgid));
	err = uv_av(c->ctx, &path, &av);
	if (err)
		return err;
	ah = calloc(1, sizeof(*ah));
	if (!ah)
		return -ENOMEM;
	err = uv_add(c->ctx, &ah->obj, UV_AH);
	if (err) {
		free(ah);
		return err;
	}
	ah->pd = pd;
	pd->users++;
	c->made = &ah->obj;
	out->ah_handle = ah->obj.handle;
	skua_av_answer(&av, drv);
	return 0;
}

int uv_destroy_ah(struct uv_call *c)
{
	const struct ib_uverbs_destroy_ah *in = c->in;
	struct uv_ah *ah = uv_find(c->ctx, in->ah_handle, UV_AH);

	if (!ah)
		return -EINVAL;
	ah->pd->users--;
	uv_remove(c->ctx, &ah->obj);
	return 0;
}

int uv_create_comp_channel(struct uv_call *c)
{
	struct ib_uverbs_create_comp_channel_resp *out = c->out;
	struct uv_events *e;
	int fd = uv_events_open(c->ctx, false, &e);

	if (fd < 0)
		return fd;
	c->fd = fd;
	out->fd = fd;
	return 0;
}
