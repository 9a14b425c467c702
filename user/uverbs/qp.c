// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Queue pairs. */
#include <rdma/ib_user_ioctl_verbs.h>

#include "skua_translate_queue.h"
#include "uverbs.h"

/* Doorbells ---------------------------------------------------------------- */

/* Pages belong to one context at a time: nobody else maps them. */
static _Atomic bool page_taken[SKUA_USER_MAX_DEVICES][SKUA_HWI_UAR_PAGES];

static bool take_page(const struct uv_context *ctx, unsigned int page)
{
	bool no = false;

	return atomic_compare_exchange_strong(
		&page_taken[ctx->dev->index][page], &no, true);
}

static int take_slot(struct uv_context *ctx, struct uv_qp *qp)
{
	unsigned int page, slot;

	for (page = 0; page < SKUA_USER_UAR_PAGES; page++) {
		if (ctx->pages[page] && ~ctx->pages[page])
			break;
	}
	if (page == SKUA_USER_UAR_PAGES) {
		for (page = 0; page < SKUA_USER_UAR_PAGES; page++) {
			if (!ctx->pages[page] && take_page(ctx, page))
				break;
		}
		if (page == SKUA_USER_UAR_PAGES)
			return -ENOMEM;
	}
	slot = __builtin_ctzll(~ctx->pages[page]);
	ctx->pages[page] |= 1ull << slot;
	qp->page = page;
	qp->slot = slot;
	/* hwi §3: zero before CREATE_QP, whatever the last QP left there. */
	ctx->db[page * SKUA_HWI_DB_SLOTS + slot].pi = 0;
	return 0;
}

static void give_slot(struct uv_context *ctx, const struct uv_qp *qp)
{
	ctx->pages[qp->page] &= ~(1ull << qp->slot);
	if (!ctx->pages[qp->page])
		atomic_store(&page_taken[ctx->dev->index][qp->page], false);
}

void uv_doorbells_forked(void)
{
	memset(page_taken, 0, sizeof(page_taken));
}

/* Creation ----------------------------------------------------------------- */

static int check(const struct uv_call *c, const struct ib_uverbs_create_qp *in,
		 uint8_t *hwi_type)
{
	const struct skua_hwi_query_device_out *caps = skua_user_caps(c->ctx->dev);
	const struct skua_qp_cap cap = {
		.max_send_wr = in->max_send_wr,
		.max_recv_wr = in->max_recv_wr,
		.max_send_sge = in->max_send_sge,
		.max_recv_sge = in->max_recv_sge,
		.max_inline_data = in->max_inline_data,
		.has_srq = in->is_srq,
	};
	int type = skua_qp_type(caps, in->qp_type);
	int err;

	if (type < 0)
		return type;
	*hwi_type = type;
	err = skua_qp_cap_check(caps, &cap);
	return err ? err : skua_qp_req_check(caps, &cap, c->drv);
}

static int find_parts(struct uv_context *ctx, const struct ib_uverbs_create_qp *in,
		      struct uv_qp *qp)
{
	qp->pd = uv_find(ctx, in->pd_handle, UV_PD);
	qp->send_cq = uv_find(ctx, in->send_cq_handle, UV_CQ);
	qp->recv_cq = uv_find(ctx, in->recv_cq_handle, UV_CQ);
	if (in->is_srq)
		qp->srq = uv_find(ctx, in->srq_handle, UV_SRQ);
	return qp->pd && qp->send_cq && qp->recv_cq && (!in->is_srq || qp->srq)
		       ? 0
		       : -EINVAL;
}

static int open_qp(struct uv_call *c, struct uv_qp *qp)
{
	const struct skua_ureq_create_qp *req = c->drv;
	const struct skua_qp_parts parts = {
		.type = qp->type,
		.log_sq = req->log_sq,
		.log_rq = req->log_rq,
		.log_rq_stride = req->log_rq_stride,
		.pdn = qp->pd->number,
		.send_cqn = qp->send_cq->obj.number,
		.recv_cqn = qp->recv_cq->obj.number,
		.srqn = qp->srq ? qp->srq->obj.number : SKUA_HWI_NONE,
		.uar_page = qp->page,
		.db_slot = qp->slot,
	};
	struct skua_hwi_create_qp_in in = { 0 };
	void *sq_list = NULL, *rq_list = NULL;
	int err = 0;

	skua_qp_fill(&in, &parts);
	if (req->log_sq != SKUA_HWI_LOG_NONE)
		err = uv_ring(req->sq_buf, skua_sq_bytes(req->log_sq), &in.sq,
			      &sq_list);
	if (!err && req->log_rq != SKUA_HWI_LOG_NONE)
		err = uv_ring(req->rq_buf,
			      skua_rq_bytes(req->log_rq, req->log_rq_stride),
			      &in.rq, &rq_list);
	if (!err)
		err = uv_create(c->ctx, SKUA_HWI_CMD_CREATE_QP, &in, sizeof(in),
				&qp->obj.number);
	free(sq_list);
	free(rq_list);
	return err;
}

static void use_parts(struct uv_qp *qp, int n)
{
	qp->pd->users += n;
	qp->send_cq->obj.users += n;
	qp->recv_cq->obj.users += n;
	if (qp->srq)
		qp->srq->obj.users += n;
}

static void fill_resp(struct uv_call *c, const struct uv_qp *qp,
		      struct ib_uverbs_create_qp_resp *out)
{
	struct skua_uresp_create_qp *drv = c->drv_out;

	out->qp_handle = qp->obj.handle;
	out->qpn = qp->obj.number;
	out->max_send_wr = qp->cap.max_send_wr;
	out->max_recv_wr = qp->cap.max_recv_wr;
	out->max_send_sge = qp->cap.max_send_sge;
	out->max_recv_sge = qp->cap.max_recv_sge;
	out->max_inline_data = qp->cap.max_inline_data;
	drv->db_mmap_off = (uint64_t)qp->page << SKUA_HWI_UAR_PAGE_SHIFT;
	drv->uar_index = qp->page;
	drv->db_slot = qp->slot;
}

static int create(struct uv_call *c, const struct ib_uverbs_create_qp *in,
		  struct ib_uverbs_create_qp_resp *out)
{
	struct uv_qp *qp = calloc(1, sizeof(*qp));
	int err;

	if (!qp)
		return -ENOMEM;
	qp->obj.type = UV_QP;
	qp->obj.user_handle = in->user_handle;
	qp->cap = *in;
	err = check(c, in, &qp->type);
	if (!err)
		err = find_parts(c->ctx, in, qp);
	if (!err)
		err = take_slot(c->ctx, qp);
	if (err)
		goto fail;
	err = open_qp(c, qp);
	if (err)
		goto fail_slot;
	err = uv_events_bind(c, &qp->obj);
	if (!err)
		err = uv_add(c->ctx, &qp->obj, UV_QP);
	if (err)
		goto fail_qp;
	use_parts(qp, 1);
	c->made = &qp->obj;
	atomic_store_explicit(&c->ctx->kick[qp->obj.handle],
			      UV_KICK_VALID |
				      qp->page * SKUA_HWI_DB_SLOTS | qp->slot,
			      memory_order_release);
	fill_resp(c, qp, out);
	return 0;

fail_qp:
	uv_destroy(c->ctx, SKUA_HWI_CMD_DESTROY_QP, qp->obj.number);
	uv_events_unbind(c->ctx, &qp->obj);
fail_slot:
	give_slot(c->ctx, qp);
fail:
	free(qp);
	return err;
}

int uv_create_qp(struct uv_call *c)
{
	return create(c, c->in, c->out);
}

int uv_create_qp_ex(struct uv_call *c)
{
	const struct ib_uverbs_ex_create_qp *in = c->in;
	struct ib_uverbs_ex_create_qp_resp *out = c->out;
	const struct ib_uverbs_create_qp basic = {
		.user_handle = in->user_handle,
		.pd_handle = in->pd_handle,
		.send_cq_handle = in->send_cq_handle,
		.recv_cq_handle = in->recv_cq_handle,
		.srq_handle = in->srq_handle,
		.max_send_wr = in->max_send_wr,
		.max_recv_wr = in->max_recv_wr,
		.max_send_sge = in->max_send_sge,
		.max_recv_sge = in->max_recv_sge,
		.max_inline_data = in->max_inline_data,
		.sq_sig_all = in->sq_sig_all,
		.qp_type = in->qp_type,
		.is_srq = in->is_srq,
	};

	if (in->comp_mask || in->create_flags)
		return -EOPNOTSUPP;
	if (c->out_len < sizeof(*out))
		return -ENOSPC;
	out->response_length = sizeof(*out);
	return create(c, &basic, &out->base);
}

/* Attributes --------------------------------------------------------------- */

static struct skua_qp_fields fields_of(const struct ib_uverbs_modify_qp *in)
{
	return (struct skua_qp_fields){
		.port = in->port_num,
		.state = in->qp_state,
		.access = in->qp_access_flags,
		.path_mtu = in->path_mtu,
		.timeout = in->timeout,
		.retry_cnt = in->retry_cnt,
		.rnr_retry = in->rnr_retry,
		.min_rnr_timer = in->min_rnr_timer,
		.max_rd_atomic = in->max_rd_atomic,
		.max_dest_rd_atomic = in->max_dest_rd_atomic,
		.sqd_event = in->en_sqd_async_notify,
		.pkey_index = in->pkey_index,
		.qkey = in->qkey,
		.rq_psn = in->rq_psn,
		.sq_psn = in->sq_psn,
		.dest_qpn = in->dest_qp_num,
	};
}

static int fill_av(struct uv_context *ctx, const struct ib_uverbs_qp_dest *dest,
		   struct skua_hwi_av *av)
{
	struct skua_path path = {
		.flow_label = dest->flow_label,
		.sgid_index = dest->sgid_index,
		.hop_limit = dest->hop_limit,
		.tclass = dest->traffic_class,
		.sl = dest->sl,
	};

	if (!dest->is_global || dest->port_num != SKUA_IB_PORT)
		return -EINVAL;
	memcpy(path.dgid, dest->dgid, sizeof(path.dgid));
	return uv_av(ctx, &path, av);
}

static int query(struct uv_context *ctx, const struct uv_qp *qp,
		 struct skua_hwi_query_qp_out *out)
{
	struct skua_hwi_handle_in in = { .handle = htole32(qp->obj.number) };

	return skua_user_cmd(ctx->dev, SKUA_HWI_CMD_QUERY_QP, &in, sizeof(in),
			     out, sizeof(*out));
}

/*
 * The two attributes that hwi §9.8 does not know, in the transitions where
 * IBTA 11.2.5.2 wants or allows them.
 */
static int check_transition(uint8_t type, uint8_t from,
			    const struct ib_uverbs_modify_qp *in)
{
	uint32_t mask = in->attr_mask;
	uint8_t to = mask & SKUA_IB_QP_STATE ? in->qp_state : from;
	bool rc = type == SKUA_HWI_QPT_RC;

	if (mask & SKUA_IB_QP_CUR_STATE &&
	    (in->cur_qp_state != from || to != SKUA_HWI_QPS_RTS ||
	     (rc && from == SKUA_HWI_QPS_SQE)))
		return -EINVAL;
	if (from == SKUA_HWI_QPS_RESET && to == SKUA_HWI_QPS_INIT)
		return mask & SKUA_IB_QP_PORT ? 0 : -EINVAL;
	if (to == from && (to == SKUA_HWI_QPS_INIT ||
			   (rc && to == SKUA_HWI_QPS_SQD)))
		return 0;
	return mask & SKUA_IB_QP_PORT ? -EINVAL : 0;
}

static int check_modify(struct uv_context *ctx, const struct uv_qp *qp,
			const struct ib_uverbs_modify_qp *in)
{
	struct skua_hwi_query_qp_out now;
	int err = query(ctx, qp, &now);

	return err ? err : check_transition(qp->type, now.attr.state, in);
}

static int execute(struct uv_context *ctx, const struct uv_qp *qp,
		   const struct ib_uverbs_modify_qp *in,
		   const struct skua_qp_fields *fields)
{
	struct skua_hwi_modify_qp_in hwi = {
		.handle = htole32(qp->obj.number),
		.mask = htole32(skua_qp_attr_mask(in->attr_mask)),
	};
	int err = 0;

	/* A port alone, of which the device has one. */
	if (!hwi.mask)
		return 0;
	skua_qp_attr_fill(fields, in->attr_mask, &hwi.attr);
	if (in->attr_mask & SKUA_IB_QP_AV)
		err = fill_av(ctx, &in->dest, &hwi.attr.av);
	return err ? err
		   : skua_user_cmd(ctx->dev, SKUA_HWI_CMD_MODIFY_QP, &hwi,
				   sizeof(hwi), NULL, 0);
}

int uv_modify_qp(struct uv_call *c)
{
	const struct ib_uverbs_modify_qp *in = c->in;
	struct ib_uverbs_ex_modify_qp_resp *ex = c->out;
	struct uv_qp *qp = uv_find(c->ctx, in->qp_handle, UV_QP);
	const struct skua_qp_fields fields = fields_of(in);
	int err;

	if (!qp)
		return -EINVAL;
	err = skua_qp_attr_check(&fields, in->attr_mask);
	if (!err)
		err = check_modify(c->ctx, qp, in);
	if (!err)
		err = execute(c->ctx, qp, in, &fields);
	if (err)
		return err;
	if (c->out_len >= sizeof(*ex))
		ex->response_length = sizeof(*ex);
	return 0;
}

static void fill_dest(const struct skua_hwi_av *av, struct ib_uverbs_qp_dest *dest)
{
	struct skua_path path;

	skua_av_read(av, &path);
	memcpy(dest->dgid, path.dgid, sizeof(dest->dgid));
	dest->flow_label = path.flow_label;
	dest->sgid_index = path.sgid_index;
	dest->hop_limit = path.hop_limit;
	dest->traffic_class = path.tclass;
	dest->sl = path.sl;
	dest->is_global = 1;
	dest->port_num = SKUA_IB_PORT;
}

static void fill_query(const struct uv_qp *qp,
		       const struct skua_hwi_query_qp_out *hwi,
		       struct ib_uverbs_query_qp_resp *out)
{
	struct skua_qp_fields f;

	skua_qp_attr_read(&hwi->attr, &f);
	out->qp_state = f.state;
	out->cur_qp_state = f.state;
	out->path_mtu = f.path_mtu;
	out->qkey = f.qkey;
	out->rq_psn = f.rq_psn;
	out->sq_psn = f.sq_psn;
	out->dest_qp_num = f.dest_qpn;
	out->qp_access_flags = f.access;
	out->pkey_index = f.pkey_index;
	out->sq_draining = hwi->sq_draining;
	out->max_rd_atomic = f.max_rd_atomic;
	out->max_dest_rd_atomic = f.max_dest_rd_atomic;
	out->min_rnr_timer = f.min_rnr_timer;
	out->timeout = f.timeout;
	out->retry_cnt = f.retry_cnt;
	out->rnr_retry = f.rnr_retry;
	out->port_num = f.port;
	out->max_send_wr = qp->cap.max_send_wr;
	out->max_recv_wr = qp->cap.max_recv_wr;
	out->max_send_sge = qp->cap.max_send_sge;
	out->max_recv_sge = qp->cap.max_recv_sge;
	out->max_inline_data = qp->cap.max_inline_data;
	out->sq_sig_all = qp->cap.sq_sig_all;
	if (qp->type != SKUA_HWI_QPT_UD)
		fill_dest(&hwi->attr.av, &out->dest);
}

int uv_query_qp(struct uv_call *c)
{
	const struct ib_uverbs_query_qp *in = c->in;
	struct uv_qp *qp = uv_find(c->ctx, in->qp_handle, UV_QP);
	struct skua_hwi_query_qp_out answer;
	int err;

	if (!qp)
		return -EINVAL;
	err = query(c->ctx, qp, &answer);
	if (err)
		return err;
	fill_query(qp, &answer, c->out);
	return 0;
}

static int close_qp(struct uv_context *ctx, struct uv_qp *qp)
{
	int err = uv_destroy(ctx, SKUA_HWI_CMD_DESTROY_QP, qp->obj.number);

	if (err)
		return err;
	atomic_store(&ctx->kick[qp->obj.handle], 0);
	uv_events_unbind(ctx, &qp->obj);
	use_parts(qp, -1);
	give_slot(ctx, qp);
	return 0;
}

int uv_destroy_qp(struct uv_call *c)
{
	const struct ib_uverbs_destroy_qp *in = c->in;
	struct ib_uverbs_destroy_qp_resp *out = c->out;
	struct uv_qp *qp = uv_find(c->ctx, in->qp_handle, UV_QP);
	int err;

	if (!qp)
		return -EINVAL;
	if (qp->obj.users)
		return -EBUSY;
	err = close_qp(c->ctx, qp);
	if (err)
		return err;
	out->events_reported = qp->obj.async_reported;
	uv_remove(c->ctx, &qp->obj);
	return 0;
}

void uv_qp_free(struct uv_context *ctx, struct uv_qp *qp)
{
	close_qp(ctx, qp);
	uv_remove(ctx, &qp->obj);
}
