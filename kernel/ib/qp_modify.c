// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Attributes of a queue pair (§9.8), from and to those of the RDMA core. */
#include <rdma/uverbs_ioctl.h>

#include "skua_ib.h"
#include "skua_translate.h"

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

/* What would not fit into the device's fields; it checks the rest itself. */
static int skua_ib_attr_check(const struct ib_qp_attr *attr, int mask)
{
	if ((mask & IB_QP_PORT && attr->port_num != SKUA_IB_PORT) ||
	    (mask & IB_QP_PATH_MTU && (attr->path_mtu < IB_MTU_256 ||
				       attr->path_mtu > IB_MTU_4096)) ||
	    (mask & IB_QP_DEST_QPN && attr->dest_qp_num > IB_QPN_MASK))
		return -EINVAL;
	return 0;
}

static void skua_ib_attr_fill(const struct ib_qp_attr *attr, int mask,
			      struct skua_hwi_qp_attr *out)
{
	const struct skua_qp_fields in = {
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

	skua_qp_attr_fill(&in, mask, out);
}

static int skua_ib_modify_exec(struct skua_ib_qp *qp,
			       const struct ib_qp_attr *attr, int mask,
			       enum ib_qp_state new_state)
{
	struct skua_ib_dev *dev = to_skua_dev(qp->ib.device);
	struct skua_hwi_modify_qp_in in = {
		.handle = cpu_to_le32(qp->ib.qp_num),
		.mask = cpu_to_le32(skua_qp_attr_mask(mask)),
	};
	int err;

	skua_ib_attr_fill(attr, mask, &in.attr);
	if (mask & IB_QP_AV) {
		err = skua_ib_av_fill(&attr->ah_attr, &in.attr.av);
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
	enum ib_qp_state cur_state, new_state;
	int err;

	err = ib_no_udata_io(udata);
	if (err)
		return err;
	if (mask & ~SKUA_IB_QP_SUPPORTED)
		return -EOPNOTSUPP;

	guard(mutex)(&qp->lock);

	/* The device may have moved on; a user who knows says from where. */
	cur_state = mask & IB_QP_CUR_STATE ? attr->cur_qp_state : qp->state;
	new_state = mask & IB_QP_STATE ? attr->qp_state : cur_state;
	if (!ib_modify_qp_is_ok(cur_state, new_state, ibqp->qp_type, mask))
		return -EINVAL;

	err = skua_ib_attr_check(attr, mask);
	if (err)
		return err;
	err = skua_ib_modify_exec(qp, attr, mask, new_state);
	if (err)
		return err;

	if (new_state == IB_QPS_RESET && !qp->user_uar)
		skua_ib_qp_rewind(qp);
	WRITE_ONCE(qp->state, new_state);
	return 0;
}

static void skua_ib_attr_read(struct ib_qp *ibqp,
			      const struct skua_hwi_query_qp_out *out,
			      struct ib_qp_attr *attr)
{
	const struct skua_hwi_qp_attr *hwi = &out->attr;

	attr->qp_state = hwi->state;
	attr->cur_qp_state = hwi->state;
	attr->path_mtu = hwi->path_mtu;
	attr->path_mig_state = IB_MIG_MIGRATED;
	attr->qkey = le32_to_cpu(hwi->qkey);
	attr->rq_psn = le32_to_cpu(hwi->rq_psn);
	attr->sq_psn = le32_to_cpu(hwi->sq_psn);
	attr->dest_qp_num = le32_to_cpu(hwi->dest_qpn);
	attr->qp_access_flags = hwi->access;
	attr->pkey_index = le16_to_cpu(hwi->pkey_index);
	attr->en_sqd_async_notify = hwi->sqd_event;
	attr->sq_draining = out->sq_draining;
	attr->max_rd_atomic = hwi->max_rd_atomic;
	attr->max_dest_rd_atomic = hwi->max_dest_rd_atomic;
	attr->min_rnr_timer = hwi->min_rnr_timer;
	attr->timeout = hwi->timeout;
	attr->retry_cnt = hwi->retry_cnt;
	attr->rnr_retry = hwi->rnr_retry;
	attr->port_num = SKUA_IB_PORT;
	if (ibqp->qp_type == IB_QPT_RC || ibqp->qp_type == IB_QPT_UC)
		skua_ib_av_read(ibqp->device, &hwi->av, &attr->ah_attr);
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
