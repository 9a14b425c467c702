// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Attributes of a queue pair (§9.8), from and to those of the RDMA core. */
#include <rdma/uverbs_ioctl.h>

#include "skua_ib.h"

/* The device numbers states and MTUs as the RDMA core does. */
static_assert(SKUA_HWI_QPS_RESET == (int)IB_QPS_RESET);
static_assert(SKUA_HWI_QPS_INIT == (int)IB_QPS_INIT);
static_assert(SKUA_HWI_QPS_RTR == (int)IB_QPS_RTR);
static_assert(SKUA_HWI_QPS_RTS == (int)IB_QPS_RTS);
static_assert(SKUA_HWI_QPS_SQD == (int)IB_QPS_SQD);
static_assert(SKUA_HWI_QPS_SQE == (int)IB_QPS_SQE);
static_assert(SKUA_HWI_QPS_ERR == (int)IB_QPS_ERR);

static_assert(SKUA_IB_QP_STATE == (u32)IB_QP_STATE);
static_assert(SKUA_IB_QP_SUPPORTED ==
	      (u32)(IB_QP_ATTR_STANDARD_BITS &
		    ~(IB_QP_ALT_PATH | IB_QP_PATH_MIG_STATE | IB_QP_CAP)));

static_assert(SKUA_IB_MTU_256 == (int)IB_MTU_256);
static_assert(SKUA_IB_MTU_4096 == (int)IB_MTU_4096);
static_assert(SKUA_IB_QPN_MASK == IB_QPN_MASK);

static struct skua_qp_fields skua_ib_attr_fields(const struct ib_qp_attr *attr)
{
	return (struct skua_qp_fields){
		.port = attr->port_num,
		.state = attr->qp_state,
		.access = attr->qp_access_flags,
		.path_mtu = attr->path_mtu,
		.timeout = attr->timeout,
		.retry_cnt = attr->retry_cnt,
		.rnr_retry = attr->rnr_retry,
		.min_rnr_timer = attr->min_rnr_timer,
		.max_rd_atomic = attr->max_rd_atomic,
		.max_dest_rd_atomic = attr->max_dest_rd_atomic,
		.sqd_event = attr->en_sqd_async_notify,
		.pkey_index = attr->pkey_index,
		.qkey = attr->qkey,
		.rq_psn = attr->rq_psn,
		.sq_psn = attr->sq_psn,
		.dest_qpn = attr->dest_qp_num,
	};
}

static int skua_ib_modify_exec(struct skua_ib_qp *qp,
			       const struct skua_qp_fields *fields,
			       const struct rdma_ah_attr *ah_attr, int mask,
			       enum ib_qp_state new_state)
{
	struct skua_ib_dev *dev = to_skua_dev(qp->ib.device);
	struct skua_hwi_modify_qp_in in = {
		.handle = cpu_to_le32(qp->ib.qp_num),
		.mask = cpu_to_le32(skua_qp_attr_mask(mask)),
	};
	int err;

	/* A port alone, of which the device has one. */
	if (!in.mask)
		return 0;

	skua_qp_attr_fill(fields, mask, &in.attr);
	if (mask & IB_QP_AV) {
		err = skua_ib_av_fill(ah_attr, &in.attr.av);
		if (err)
			return err;
	}

	err = skua_cmd_exec(dev->core, SKUA_HWI_CMD_MODIFY_QP, &in, sizeof(in),
			    NULL, 0);
	/* A QP of a dead device is in error, or can be forgotten. */
	if (err && skua_core_dead(dev->core) &&
	    (new_state == IB_QPS_ERR || new_state == IB_QPS_RESET))
		return 0;
	return err;
}

int skua_ib_modify_qp(struct ib_qp *ibqp, struct ib_qp_attr *attr, int mask,
		      struct ib_udata *udata)
{
	struct skua_ib_qp *qp = to_skua_qp(ibqp);
	const struct skua_qp_fields fields = skua_ib_attr_fields(attr);
	enum ib_qp_state cur_state, new_state;
	int err;

	err = ib_no_udata_io(udata);
	if (err)
		return err;
	err = skua_qp_attr_check(&fields, mask);
	if (err)
		return err;

	guard(mutex)(&qp->lock);

	/* The device may have moved on; a user who knows says from where. */
	cur_state = mask & IB_QP_CUR_STATE ? attr->cur_qp_state : qp->state;
	new_state = mask & IB_QP_STATE ? attr->qp_state : cur_state;
	if (!ib_modify_qp_is_ok(cur_state, new_state, ibqp->qp_type, mask))
		return -EINVAL;

	err = skua_ib_modify_exec(qp, &fields, &attr->ah_attr, mask, new_state);
	if (err)
		return err;

	/* Where it stays is as the device says, not as the caller does. */
	if (!(mask & IB_QP_STATE))
		return 0;
	if (new_state == IB_QPS_RESET && !qp->user_uar)
		skua_ib_qp_rewind(qp);
	WRITE_ONCE(qp->state, new_state);
	return 0;
}

static void skua_ib_attr_read(struct ib_qp *ibqp,
			      const struct skua_hwi_query_qp_out *out,
			      struct ib_qp_attr *attr)
{
	struct skua_qp_fields f;

	skua_qp_attr_read(&out->attr, &f);
	attr->qp_state = f.state;
	attr->cur_qp_state = f.state;
	attr->path_mtu = f.path_mtu;
	attr->path_mig_state = IB_MIG_MIGRATED;
	attr->qkey = f.qkey;
	attr->rq_psn = f.rq_psn;
	attr->sq_psn = f.sq_psn;
	attr->dest_qp_num = f.dest_qpn;
	attr->qp_access_flags = f.access;
	attr->pkey_index = f.pkey_index;
	attr->en_sqd_async_notify = f.sqd_event;
	attr->sq_draining = out->sq_draining;
	attr->max_rd_atomic = f.max_rd_atomic;
	attr->max_dest_rd_atomic = f.max_dest_rd_atomic;
	attr->min_rnr_timer = f.min_rnr_timer;
	attr->timeout = f.timeout;
	attr->retry_cnt = f.retry_cnt;
	attr->rnr_retry = f.rnr_retry;
	attr->port_num = f.port;
	if (ibqp->qp_type == IB_QPT_RC || ibqp->qp_type == IB_QPT_UC)
		skua_ib_av_read(ibqp->device, &out->attr.av, &attr->ah_attr);
}

int skua_ib_query_qp(struct ib_qp *ibqp, struct ib_qp_attr *attr, int mask,
		     struct ib_qp_init_attr *init)
{
	struct skua_ib_qp *qp = to_skua_qp(ibqp);
	struct skua_hwi_handle_in in = { .handle = cpu_to_le32(ibqp->qp_num) };
	struct skua_hwi_query_qp_out out;
	int err;

	guard(mutex)(&qp->lock);

	err = skua_cmd_exec(to_skua_dev(ibqp->device)->core,
			    SKUA_HWI_CMD_QUERY_QP, &in, sizeof(in), &out,
			    sizeof(out));
	if (err)
		return err;
	if (out.attr.state > SKUA_HWI_QPS_ERR)
		return -EIO;

	WRITE_ONCE(qp->state, out.attr.state);
	memset(attr, 0, sizeof(*attr));
	skua_ib_attr_read(ibqp, &out, attr);
	attr->cap = qp->cap;

	memset(init, 0, sizeof(*init));
	init->event_handler = ibqp->event_handler;
	init->qp_context = ibqp->qp_context;
	init->send_cq = ibqp->send_cq;
	init->recv_cq = ibqp->recv_cq;
	init->srq = ibqp->srq;
	init->cap = qp->cap;
	init->sq_sig_type = qp->sig_type;
	init->qp_type = ibqp->qp_type;
	return 0;
}
