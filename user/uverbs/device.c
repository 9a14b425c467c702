// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The device, its port, protection domains and addresses. */
#include <rdma/ib_user_ioctl_verbs.h>

#include "uverbs.h"

#define DEVICE_CAPS                                                   \
	(IB_UVERBS_DEVICE_SYS_IMAGE_GUID |                            \
	 IB_UVERBS_DEVICE_PORT_ACTIVE_EVENT |                         \
	 IB_UVERBS_DEVICE_RC_RNR_NAK_GEN |                            \
	 IB_UVERBS_DEVICE_CURR_QP_STATE_MOD | IB_UVERBS_DEVICE_N_NOTIFY_CQ)

/* Values of verbs that no uapi header has: IBTA's own numbers. */
#define ATOMIC_HCA		  1
#define PORT_STATE_ACTIVE	  4
#define PORT_PHYS_LINK_UP	  5
#define PORT_CM_SUP		  (1u << 16)
#define PORT_IP_BASED_GIDS	  (1u << 26)
#define LINK_LAYER_ETHERNET	  2
#define MTU_4096		  5
#define WIDTH_4X		  2
#define SPEED_EDR		  32

#define CLOCK_KHZ 1000000	/* hwi §2: the device clock counts ns */

static bool has(const struct skua_hwi_query_device_out *caps, uint64_t cap)
{
	return le64toh(caps->caps) & cap;
}

int uv_get_context(struct uv_call *c)
{
	struct ib_uverbs_get_context_resp *out = c->out;
	struct skua_uresp_alloc_ucontext *drv = c->drv_out;
	const struct skua_hwi_query_device_out *caps = skua_user_caps(c->ctx->dev);
	int fd;

	if (c->ctx->ready)
		return -EINVAL;
	fd = uv_events_open(true, &c->ctx->async);
	if (fd < 0)
		return fd;
	/* Its descriptor is the program's; the events are ours too. */
	skua_file_hold(&c->ctx->async->file);
	out->async_fd = fd;
	out->num_comp_vectors = skua_user_vectors();
	drv->caps = le64toh(caps->caps);
	drv->max_sge = caps->max_sge;
	drv->max_inline = SKUA_HWI_MAX_INLINE;
	drv->log_max_sq = caps->log_max_sq;
	drv->log_max_rq = caps->log_max_rq;
	drv->log_max_srq = caps->log_max_srq;
	drv->log_max_cq = caps->log_max_cq;
	drv->flags = SKUA_UCONTEXT_IN_PROCESS;
	c->ctx->ready = true;
	return 0;
}

static void fill_device(const struct uv_context *ctx,
			struct ib_uverbs_query_device_resp *r)
{
	const struct skua_hwi_query_device_out *caps = skua_user_caps(ctx->dev);
	uint8_t log_wr = caps->log_max_sq < caps->log_max_rq ? caps->log_max_sq
							     : caps->log_max_rq;
	uint64_t res = (uint64_t)caps->max_rd_atomic * le32toh(caps->max_qp);

	r->fw_ver = le64toh(caps->fw_version);
	r->node_guid = htobe64(ctx->dev->guid);
	r->sys_image_guid = r->node_guid;
	r->max_mr_size = le64toh(caps->max_mr_size);
	r->page_size_cap = le32toh(caps->page_size_cap);
	r->vendor_id = SKUA_HWI_PCI_VENDOR_ID;
	r->vendor_part_id = SKUA_HWI_PCI_DEVICE_ID;
	r->hw_ver = SKUA_HWI_PCI_REVISION;
	r->max_qp = le32toh(caps->max_qp);
	r->max_qp_wr = 1u << log_wr;
	r->device_cap_flags = DEVICE_CAPS;
	r->max_sge = caps->max_sge;
	r->max_sge_rd = caps->max_sge;
	r->max_cq = le32toh(caps->max_cq);
	r->max_cqe = 1u << caps->log_max_cq;
	r->max_mr = le32toh(caps->max_mkey);
	r->max_pd = le32toh(caps->max_pd);
	r->max_qp_rd_atom = caps->max_rd_atomic;
	r->max_qp_init_rd_atom = caps->max_rd_atomic;
	r->max_res_rd_atom = res < INT32_MAX ? res : INT32_MAX;
	r->max_ah = INT32_MAX;
	r->max_pkeys = 1;
	r->phys_port_cnt = 1;
	if (has(caps, SKUA_HWI_CAP_ATOMIC))
		r->atomic_cap = ATOMIC_HCA;
	if (has(caps, SKUA_HWI_CAP_FAST_REG))
		r->device_cap_flags |= IB_UVERBS_DEVICE_MEM_MGT_EXTENSIONS;
	if (has(caps, SKUA_HWI_CAP_MW)) {
		r->device_cap_flags |= IB_UVERBS_DEVICE_MEM_WINDOW |
				       IB_UVERBS_DEVICE_MEM_WINDOW_TYPE_2B;
		r->max_mw = le32toh(caps->max_mkey);
	}
	if (has(caps, SKUA_HWI_CAP_SRQ)) {
		r->max_srq = le32toh(caps->max_srq);
		r->max_srq_wr = 1u << caps->log_max_srq;
		r->max_srq_sge = caps->max_sge;
	}
}

int uv_query_device(struct uv_call *c)
{
	fill_device(c->ctx, c->out);
	return 0;
}

int uv_query_device_ex(struct uv_call *c)
{
	const struct ib_uverbs_ex_query_device *in = c->in;
	struct ib_uverbs_ex_query_device_resp *out = c->out;

	if (in->comp_mask || in->reserved)
		return -EINVAL;
	if (c->out_len < offsetof(struct ib_uverbs_ex_query_device_resp, odp_caps))
		return -ENOSPC;
	fill_device(c->ctx, &out->base);
	out->response_length = c->out_len;
	out->timestamp_mask = UINT64_MAX;
	out->hca_core_clock = CLOCK_KHZ;
	out->device_cap_flags_ex = out->base.device_cap_flags;
	out->cq_moderation_caps.max_cq_moderation_count = UINT16_MAX;
	out->cq_moderation_caps.max_cq_moderation_period = UINT16_MAX;
	return 0;
}

int uv_query_port(struct uv_call *c)
{
	const struct ib_uverbs_query_port *in = c->in;
	struct ib_uverbs_query_port_resp *out = c->out;

	if (in->port_num != SKUA_IB_PORT)
		return -EINVAL;
	out->port_cap_flags = PORT_CM_SUP | PORT_IP_BASED_GIDS;
	out->max_msg_sz = 1u << 31;
	out->gid_tbl_len = SKUA_HWI_MAX_GID;
	out->pkey_tbl_len = 1;
	out->state = PORT_STATE_ACTIVE;
	out->phys_state = PORT_PHYS_LINK_UP;
	out->max_mtu = MTU_4096;
	out->active_mtu = MTU_4096;
	out->max_vl_num = 1;
	out->active_width = WIDTH_4X;
	out->active_speed = SPEED_EDR;
	out->link_layer = LINK_LAYER_ETHERNET;
	out->flags = IB_UVERBS_QPF_GRH_REQUIRED;
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
	int fd = uv_events_open(false, &e);

	if (fd < 0)
		return fd;
	out->fd = fd;
	return 0;
}
