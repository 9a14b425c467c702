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

#define SKUA_IB_REMOTE_ACCESS                                       \
	(SKUA_HWI_ACCESS_REMOTE_WRITE | SKUA_HWI_ACCESS_REMOTE_READ | \
	 SKUA_HWI_ACCESS_REMOTE_ATOMIC)

/* PSNs wrap at 24 bits (IBTA 9.7.2). */
#define SKUA_IB_PSN_MASK 0xffffff

/* There is no path migration, and queues do not change their size. */
#define SKUA_IB_MODIFY_SUPPORTED                      \
	(IB_QP_ATTR_STANDARD_BITS & ~(IB_QP_ALT_PATH | \
				      IB_QP_PATH_MIG_STATE | IB_QP_CAP))

static const struct {
	u32 ib;
	u32 hwi;
} skua_ib_attr_bits[] = {
	{ IB_QP_STATE, SKUA_HWI_QP_STATE },
	{ IB_QP_ACCESS_FLAGS, SKUA_HWI_QP_ACCESS },
	{ IB_QP_QKEY, SKUA_HWI_QP_QKEY },
	{ IB_QP_AV, SKUA_HWI_QP_AV },
	{ IB_QP_PATH_MTU, SKUA_HWI_QP_PATH_MTU },
	{ IB_QP_TIMEOUT, SKUA_HWI_QP_TIMEOUT },
	{ IB_QP_RETRY_CNT, SKUA_HWI_QP_RETRY_CNT },
	{ IB_QP_RNR_RETRY, SKUA_HWI_QP_RNR_RETRY },
	{ IB_QP_RQ_PSN, SKUA_HWI_QP_RQ_PSN },
	{ IB_QP_MAX_QP_RD_ATOMIC, SKUA_HWI_QP_MAX_RD },
	{ IB_QP_MIN_RNR_TIMER, SKUA_HWI_QP_MIN_RNR_TIMER },
	{ IB_QP_SQ_PSN, SKUA_HWI_QP_SQ_PSN },
	{ IB_QP_MAX_DEST_RD_ATOMIC, SKUA_HWI_QP_MAX_DEST_RD },
	{ IB_QP_DEST_QPN, SKUA_HWI_QP_DEST_QPN },
	{ IB_QP_PKEY_INDEX, SKUA_HWI_QP_PKEY_INDEX },
	{ IB_QP_EN_SQD_ASYNC_NOTIFY, SKUA_HWI_QP_SQD_EVENT },
};

static u32 skua_ib_attr_mask(int mask)
{
	u32 hwi = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(skua_ib_attr_bits); i++)
		if (mask & skua_ib_attr_bits[i].ib)
			hwi |= skua_ib_attr_bits[i].hwi;
	return hwi;
}

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

/* Fields that the mask does not name may hold anything, and stay here. */
static void skua_ib_attr_fill(const struct ib_qp_attr *attr, int mask,
			      struct skua_hwi_qp_attr *out)
{
	if (mask & IB_QP_ACCESS_FLAGS)
		out->access = attr->qp_access_flags & SKUA_IB_REMOTE_ACCESS;
	if (mask & IB_QP_PATH_MTU)
		out->path_mtu = attr->path_mtu;
	if (mask & IB_QP_TIMEOUT)
		out->timeout = attr->timeout;
	if (mask & IB_QP_RETRY_CNT)
		out->retry_cnt = attr->retry_cnt;
	if (mask & IB_QP_RNR_RETRY)
		out->rnr_retry = attr->rnr_retry;
	if (mask & IB_QP_MIN_RNR_TIMER)
		out->min_rnr_timer = attr->min_rnr_timer;
	if (mask & IB_QP_MAX_QP_RD_ATOMIC)
		out->max_rd_atomic = attr->max_rd_atomic;
	if (mask & IB_QP_MAX_DEST_RD_ATOMIC)
		out->max_dest_rd_atomic = attr->max_dest_rd_atomic;
	if (mask & IB_QP_EN_SQD_ASYNC_NOTIFY)
		out->sqd_event = !!attr->en_sqd_async_notify;
	if (mask & IB_QP_PKEY_INDEX)
		out->pkey_index = cpu_to_le16(attr->pkey_index);
	if (mask & IB_QP_QKEY)
		out->qkey = cpu_to_le32(attr->qkey);
	if (mask & IB_QP_RQ_PSN)
		out->rq_psn = cpu_to_le32(attr->rq_psn & SKUA_IB_PSN_MASK);
	if (mask & IB_QP_SQ_PSN)
		out->sq_psn = cpu_to_le32(attr->sq_psn & SKUA_IB_PSN_MASK);
	if (mask & IB_QP_DEST_QPN)
		out->dest_qpn = cpu_to_le32(attr->dest_qp_num);
}

static int skua_ib_modify_exec(struct skua_ib_qp *qp,
			       const struct ib_qp_attr *attr, int mask,
			       enum ib_qp_state new_state)
{
	struct skua_ib_dev *dev = to_skua_dev(qp->ib.device);
	struct skua_hwi_modify_qp_in in = {
		.handle = cpu_to_le32(qp->ib.qp_num),
		.mask = cpu_to_le32(skua_ib_attr_mask(mask)),
	};
	int err;

	skua_ib_attr_fill(attr, mask, &in.attr);
	if (mask & IB_QP_STATE)
		in.attr.state = new_state;
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
	if (mask & ~SKUA_IB_MODIFY_SUPPORTED)
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
