// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Completion queues, hwi §5 and §8.
 *
 * Polling one completion reads one cache line of the ring and writes one
 * ibv_wc; the queue that the work came from gives back its slot on the way.
 * No system call, no allocation; the one lock is cq->lock, and srq->lock for
 * as long as it takes to put back the tag of an SRQ's buffer.
 */
#include <errno.h>
#include <stdlib.h>

#include <ccan/array_size.h>
#include <util/util.h>

#include "compat.h"
#include "skua.h"

/* The opcodes were numbered so that nothing has to be translated. */
#define SAME_OPCODE(cqe, wc)                                       \
	static_assert((int)SKUA_HWI_CQE_##cqe == (int)IBV_WC_##wc, \
		      "CQE opcode differs from the verbs")
SAME_OPCODE(SEND, SEND);
SAME_OPCODE(WRITE, RDMA_WRITE);
SAME_OPCODE(READ, RDMA_READ);
SAME_OPCODE(CMP_SWAP, COMP_SWAP);
SAME_OPCODE(FETCH_ADD, FETCH_ADD);
SAME_OPCODE(BIND_MW, BIND_MW);
SAME_OPCODE(LOCAL_INV, LOCAL_INV);
SAME_OPCODE(RECV, RECV);
SAME_OPCODE(RECV_WRITE_IMM, RECV_RDMA_WITH_IMM);

static const uint8_t skua_wc_status[] = {
	[SKUA_HWI_CQE_OK] = IBV_WC_SUCCESS,
	[SKUA_HWI_CQE_LOC_LEN_ERR] = IBV_WC_LOC_LEN_ERR,
	[SKUA_HWI_CQE_LOC_QP_OP_ERR] = IBV_WC_LOC_QP_OP_ERR,
	[SKUA_HWI_CQE_LOC_PROT_ERR] = IBV_WC_LOC_PROT_ERR,
	[SKUA_HWI_CQE_WR_FLUSH_ERR] = IBV_WC_WR_FLUSH_ERR,
	[SKUA_HWI_CQE_MW_BIND_ERR] = IBV_WC_MW_BIND_ERR,
	[SKUA_HWI_CQE_LOC_ACCESS_ERR] = IBV_WC_LOC_ACCESS_ERR,
	[SKUA_HWI_CQE_REM_INV_REQ_ERR] = IBV_WC_REM_INV_REQ_ERR,
	[SKUA_HWI_CQE_REM_ACCESS_ERR] = IBV_WC_REM_ACCESS_ERR,
	[SKUA_HWI_CQE_REM_OP_ERR] = IBV_WC_REM_OP_ERR,
	[SKUA_HWI_CQE_RETRY_EXC_ERR] = IBV_WC_RETRY_EXC_ERR,
	[SKUA_HWI_CQE_RNR_RETRY_EXC_ERR] = IBV_WC_RNR_RETRY_EXC_ERR,
	[SKUA_HWI_CQE_REM_ABORT_ERR] = IBV_WC_REM_ABORT_ERR,
	[SKUA_HWI_CQE_FATAL_ERR] = IBV_WC_FATAL_ERR,
	[SKUA_HWI_CQE_GENERAL_ERR] = IBV_WC_GENERAL_ERR,
};

static enum ibv_wc_status skua_status(const struct skua_hwi_cqe *cqe)
{
	if (cqe->status >= ARRAY_SIZE(skua_wc_status))
		return IBV_WC_GENERAL_ERR;
	return skua_wc_status[cqe->status];
}

static inline unsigned int skua_wc_flags(const struct skua_hwi_cqe *cqe)
{
	static_assert(SKUA_HWI_CQE_F_GRH == (int)IBV_WC_GRH &&
			      SKUA_HWI_CQE_F_IMM == (int)IBV_WC_WITH_IMM &&
			      SKUA_HWI_CQE_F_INV << 1 == (int)IBV_WC_WITH_INV,
		      "CQE flags differ from the verbs");

	return (cqe->flags & (SKUA_HWI_CQE_F_GRH | SKUA_HWI_CQE_F_IMM)) |
	       (cqe->flags & SKUA_HWI_CQE_F_INV) << 1;
}

/* The entry at index ci if the device has written it in this lap. */
static inline struct skua_hwi_cqe *skua_cqe_at(const struct skua_cq *cq,
					       uint32_t ci)
{
	struct skua_hwi_cqe *cqe = &cq->ring[ci & cq->mask];
	uint32_t lap = ci >> cq->log_size;

	if (!((skua_read_le32(&cqe->owner) ^ lap) & SKUA_HWI_OWNER_PHASE))
		return NULL;
	udma_from_device_barrier();
	return cqe;
}

/* Tell the device which entries it may write again. */
static inline void skua_cq_release(struct skua_cq *cq)
{
	/* What was read from the entries was read before. */
	atomic_thread_fence(memory_order_release);
	skua_write_le32(&cq->rec->ci, cq->ci);
}

/* Lock-free: a QP leaves the table when its completions have left the CQ. */
static struct skua_qp *skua_find_qp(struct skua_cq *cq, uint32_t qpn)
{
	struct skua_context *ctx = to_skua_ctx(cq->vcq.cq.context);
	struct skua_qpt_leaf *leaf;
	struct skua_qp *qp;

	if (qpn >> (2 * SKUA_QPT_BITS))
		return NULL;
	leaf = ctx->qpt[qpn >> SKUA_QPT_BITS];
	if (!leaf)
		return NULL;
	qp = leaf->qp[qpn % SKUA_QPT_SIZE];
	if (qp) {
		cq->last_qp = qp;
		cq->last_qpn = qpn;
	}
	return qp;
}

/*
 * Take the next entry and its QP. An entry for a QP that does not exist can
 * only come from a broken device; it is passed over.
 */
static inline const struct skua_hwi_cqe *skua_cq_next(struct skua_cq *cq,
						      struct skua_qp **qp)
{
	const struct skua_hwi_cqe *cqe;
	uint32_t qpn;

	do {
		cqe = skua_cqe_at(cq, cq->ci);
		if (!cqe)
			return NULL;
		cq->ci++;
		qpn = le32toh(cqe->qpn);
		if (likely(qpn == cq->last_qpn))
			*qp = cq->last_qp;
		else
			*qp = skua_find_qp(cq, qpn);
	} while (unlikely(!*qp));
	return cqe;
}

/*
 * Give the slot back to the queue that the work was posted to, and return the
 * wr_id. Whoever posts next may overwrite the wr_id once it sees ci, hence the
 * releases. A send takes along the slots of the unsignalled ones before it.
 */
static inline uint64_t skua_retire_send(struct skua_sq *sq, uint32_t wqe)
{
	struct skua_sq_wr *wr = &sq->wr[wqe & sq->mask];
	uint64_t wr_id = wr->wr_id;

	atomic_store_explicit(&sq->ci, wr->end, memory_order_release);
	return wr_id;
}

static inline uint64_t skua_retire_recv(struct skua_rq *rq, uint32_t tag)
{
	uint64_t wr_id = rq->wr_id[tag & rq->mask];
	uint32_t ci = atomic_load_explicit(&rq->ci, memory_order_relaxed);

	atomic_store_explicit(&rq->ci, ci + 1, memory_order_release);
	return wr_id;
}

static inline uint64_t skua_retire(struct skua_qp *qp,
				   const struct skua_hwi_cqe *cqe)
{
	uint32_t wqe = le32toh(cqe->wqe);

	if (!(cqe->opcode & SKUA_HWI_CQE_IS_RECV))
		return skua_retire_send(&qp->sq, wqe);
	if (qp->srq)
		return skua_srq_retire(qp->srq, wqe);
	return skua_retire_recv(&qp->rq, wqe);
}

/* What a success of either queue says. */
static inline void skua_fill_ok(struct ibv_wc *wc,
				const struct skua_hwi_cqe *cqe, uint8_t opcode)
{
	wc->status = IBV_WC_SUCCESS;
	wc->opcode = opcode;
	wc->byte_len = le32toh(cqe->byte_len);
	wc->qp_num = le32toh(cqe->qpn);
	wc->wc_flags = 0;
}

static inline void skua_fill_recv(struct ibv_wc *wc,
				  const struct skua_hwi_cqe *cqe)
{
	if (cqe->flags & SKUA_HWI_CQE_F_INV)
		wc->invalidated_rkey = le32toh(cqe->inv_key);
	else
		wc->imm_data = cqe->imm;
	wc->wc_flags = skua_wc_flags(cqe);
	wc->src_qp = le32toh(cqe->src_qpn);
	wc->pkey_index = le16toh(cqe->pkey_index);
	wc->slid = 0;
	wc->sl = cqe->sl;
	wc->dlid_path_bits = 0;
}

static void skua_fill_wc(struct ibv_wc *wc, const struct skua_hwi_cqe *cqe)
{
	if (unlikely(cqe->status)) {
		wc->status = skua_status(cqe);
		wc->vendor_err = le32toh(cqe->vendor_err);
		wc->qp_num = le32toh(cqe->qpn);
		wc->wc_flags = 0;
		return;
	}
	skua_fill_ok(wc, cqe, cqe->opcode);
	if (cqe->opcode & SKUA_HWI_CQE_IS_RECV)
		skua_fill_recv(wc, cqe);
}

/* Whatever the next entries are; n have been polled already. */
static __attribute__((noinline)) int
skua_poll_any(struct skua_cq *cq, int num_entries, struct ibv_wc *wc, int n)
{
	const struct skua_hwi_cqe *cqe;
	struct skua_qp *qp;

	for (; n < num_entries; n++, wc++) {
		cqe = skua_cq_next(cq, &qp);
		if (!cqe)
			break;
		skua_fill_wc(wc, cqe);
		wc->wr_id = skua_retire(qp, cqe);
	}
	skua_cq_release(cq);
	return n;
}

/* Successes of the QP that the last completion was of, without an SRQ. */
static int skua_poll_list(struct skua_cq *cq, int num_entries,
			  struct ibv_wc *wc)
{
	const struct skua_hwi_cqe *cqe;
	struct skua_qp *qp;
	uint8_t opcode;
	int n;

	for (n = 0; n < num_entries; n++, wc++) {
		cqe = skua_cqe_at(cq, cq->ci);
		if (!cqe)
			break;
		if (unlikely(le32toh(cqe->qpn) != cq->last_qpn || cqe->status))
			return skua_poll_any(cq, num_entries, wc, n);
		qp = cq->last_qp;
		opcode = cqe->opcode;
		if (!(opcode & SKUA_HWI_CQE_IS_RECV)) {
			skua_fill_ok(wc, cqe, opcode);
			wc->wr_id = skua_retire_send(&qp->sq,
						     le32toh(cqe->wqe));
		} else {
			if (qp->srq)
				return skua_poll_any(cq, num_entries, wc, n);
			skua_fill_ok(wc, cqe, opcode);
			skua_fill_recv(wc, cqe);
			wc->wr_id = skua_retire_recv(&qp->rq,
						     le32toh(cqe->wqe));
		}
		cq->ci++;
	}
	if (n)
		skua_cq_release(cq);
	return n;
}

static __attribute__((noinline)) int
skua_poll_locked(struct skua_cq *cq, int num_entries, struct ibv_wc *wc)
{
	int n;

	pthread_spin_lock(&cq->lock.spin);
	n = skua_poll_list(cq, num_entries, wc);
	pthread_spin_unlock(&cq->lock.spin);
	return n;
}

static inline int skua_poll_once(struct skua_cq *cq, int num_entries,
				 struct ibv_wc *wc)
{
	if (likely(skua_lock_idle(&cq->lock)))
		return skua_poll_list(cq, num_entries, wc);
	return skua_poll_locked(cq, num_entries, wc);
}

int skua_poll_cq(struct ibv_cq *ibcq, int num_entries, struct ibv_wc *wc)
{
	struct skua_cq *cq = to_skua_cq(ibcq);
	int n = skua_poll_once(cq, num_entries, wc);

	if (n || !cq->lend)
		return n;
	skua_lend_time(cq);
	return skua_poll_once(cq, num_entries, wc);
}

static int skua_cq_step(struct skua_cq *cq)
{
	struct skua_qp *qp;

	cq->cur = skua_cq_next(cq, &qp);
	if (!cq->cur)
		return ENOENT;
	cq->vcq.cq_ex.status = skua_status(cq->cur);
	cq->vcq.cq_ex.wr_id = skua_retire(qp, cq->cur);
	return 0;
}

static int skua_start_poll(struct ibv_cq_ex *ibcq,
			   struct ibv_poll_cq_attr *attr)
{
	struct skua_cq *cq = to_skua_cq_ex(ibcq);
	int ret;

	if (unlikely(attr->comp_mask))
		return EINVAL;

	skua_lock(&cq->lock);
	ret = skua_cq_step(cq);
	if (ret && cq->lend) {
		skua_lend_time(cq);
		ret = skua_cq_step(cq);
	}
	if (ret)
		skua_unlock(&cq->lock);
	return ret;
}

static int skua_next_poll(struct ibv_cq_ex *ibcq)
{
	return skua_cq_step(to_skua_cq_ex(ibcq));
}

static void skua_end_poll(struct ibv_cq_ex *ibcq)
{
	struct skua_cq *cq = to_skua_cq_ex(ibcq);

	skua_cq_release(cq);
	skua_unlock(&cq->lock);
}

static enum ibv_wc_opcode skua_read_opcode(struct ibv_cq_ex *ibcq)
{
	return to_skua_cq_ex(ibcq)->cur->opcode;
}

static uint32_t skua_read_vendor_err(struct ibv_cq_ex *ibcq)
{
	return le32toh(to_skua_cq_ex(ibcq)->cur->vendor_err);
}

static uint32_t skua_read_byte_len(struct ibv_cq_ex *ibcq)
{
	return le32toh(to_skua_cq_ex(ibcq)->cur->byte_len);
}

/* Also behind ibv_wc_read_invalidated_rkey(), which wants host order. */
static __be32 skua_read_imm_data(struct ibv_cq_ex *ibcq)
{
	const struct skua_hwi_cqe *cqe = to_skua_cq_ex(ibcq)->cur;

	if (cqe->flags & SKUA_HWI_CQE_F_INV)
		return (__force __be32)le32toh(cqe->inv_key);
	return cqe->imm;
}

static uint32_t skua_read_qp_num(struct ibv_cq_ex *ibcq)
{
	return le32toh(to_skua_cq_ex(ibcq)->cur->qpn);
}

static uint32_t skua_read_src_qp(struct ibv_cq_ex *ibcq)
{
	return le32toh(to_skua_cq_ex(ibcq)->cur->src_qpn);
}

static unsigned int skua_read_wc_flags(struct ibv_cq_ex *ibcq)
{
	return skua_wc_flags(to_skua_cq_ex(ibcq)->cur);
}

static uint32_t skua_read_slid(struct ibv_cq_ex *ibcq)
{
	return 0; /* RoCE has no LIDs */
}

static uint8_t skua_read_sl(struct ibv_cq_ex *ibcq)
{
	return to_skua_cq_ex(ibcq)->cur->sl;
}

static uint8_t skua_read_dlid_path_bits(struct ibv_cq_ex *ibcq)
{
	return 0;
}

static uint64_t skua_read_completion_ts(struct ibv_cq_ex *ibcq)
{
	return le64toh(to_skua_cq_ex(ibcq)->cur->timestamp);
}

static uint16_t skua_read_cvlan(struct ibv_cq_ex *ibcq)
{
	const struct skua_hwi_cqe *cqe = to_skua_cq_ex(ibcq)->cur;

	return cqe->flags & SKUA_HWI_CQE_F_VLAN ? le16toh(cqe->vlan) : 0;
}

static void skua_cq_fill_ex(struct ibv_cq_ex *cq, uint64_t wc_flags)
{
	cq->start_poll = skua_start_poll;
	cq->next_poll = skua_next_poll;
	cq->end_poll = skua_end_poll;
	cq->read_opcode = skua_read_opcode;
	cq->read_vendor_err = skua_read_vendor_err;
	cq->read_wc_flags = skua_read_wc_flags;
	if (wc_flags & IBV_WC_EX_WITH_BYTE_LEN)
		cq->read_byte_len = skua_read_byte_len;
	if (wc_flags & IBV_WC_EX_WITH_IMM)
		cq->read_imm_data = skua_read_imm_data;
	if (wc_flags & IBV_WC_EX_WITH_QP_NUM)
		cq->read_qp_num = skua_read_qp_num;
	if (wc_flags & IBV_WC_EX_WITH_SRC_QP)
		cq->read_src_qp = skua_read_src_qp;
	if (wc_flags & IBV_WC_EX_WITH_SLID)
		cq->read_slid = skua_read_slid;
	if (wc_flags & IBV_WC_EX_WITH_SL)
		cq->read_sl = skua_read_sl;
	if (wc_flags & IBV_WC_EX_WITH_DLID_PATH_BITS)
		cq->read_dlid_path_bits = skua_read_dlid_path_bits;
	if (wc_flags & IBV_WC_EX_WITH_COMPLETION_TIMESTAMP)
		cq->read_completion_ts = skua_read_completion_ts;
	if (wc_flags & IBV_WC_EX_WITH_CVLAN)
		cq->read_cvlan = skua_read_cvlan;
}

void skua_cq_init(struct skua_cq *cq, uint8_t log_size, bool elide_lock)
{
	cq->log_size = log_size;
	cq->mask = (1u << log_size) - 1;
	cq->ring = cq->buf.addr;
	cq->rec = (struct skua_hwi_cq_rec *)(cq->ring + cq->mask + 1);
	cq->last_qpn = SKUA_HWI_NONE;
	skua_lock_init(&cq->lock, elide_lock);
}

static struct skua_cq *skua_make_cq(struct ibv_context *ibctx,
				    const struct ibv_cq_init_attr_ex *attr,
				    bool elide_lock)
{
	struct skua_context *ctx = to_skua_ctx(ibctx);
	struct skua_create_cq_resp resp = {};
	struct skua_create_cq cmd = {};
	struct skua_cq *cq;
	uint8_t log_size;
	int err;

	if (!attr->cqe || attr->cqe > 1u << ctx->log_max_cq) {
		errno = EINVAL;
		return NULL;
	}
	log_size = skua_ring_log(attr->cqe);

	cq = calloc(1, sizeof(*cq));
	if (!cq)
		return NULL;

	err = skua_buf_alloc(&cq->buf,
			     ((size_t)sizeof(*cq->ring) << log_size) +
				     sizeof(*cq->rec));
	if (err)
		goto err_free;
	skua_cq_init(cq, log_size, elide_lock);
	cq->lend = to_skua_ctx(ibctx)->in_process;

	cmd.buf = (uintptr_t)cq->buf.addr;
	cmd.log_size = log_size;
	err = skua_cmd_create_cq(ibctx, attr, &cq->vcq, &cmd, &resp);
	if (err)
		goto err_buf;
	cq->vcq.cq.cqe = 1 << log_size;
	cq->cqn = resp.cqn;
	return cq;

err_buf:
	skua_lock_destroy(&cq->lock);
	skua_buf_free(&cq->buf);
err_free:
	free(cq);
	errno = err;
	return NULL;
}

struct ibv_cq *skua_create_cq(struct ibv_context *ibctx, int cqe,
			      struct ibv_comp_channel *channel, int vector)
{
	struct ibv_cq_init_attr_ex attr = {
		.cqe = cqe,
		.channel = channel,
		.comp_vector = vector,
	};
	struct skua_cq *cq;

	cq = skua_make_cq(ibctx, &attr, false);
	return cq ? &cq->vcq.cq : NULL;
}

#define SKUA_CQ_WC_FLAGS                                               \
	(IBV_WC_STANDARD_FLAGS | IBV_WC_EX_WITH_COMPLETION_TIMESTAMP | \
	 IBV_WC_EX_WITH_CVLAN)

struct ibv_cq_ex *skua_create_cq_ex(struct ibv_context *ibctx,
				    struct ibv_cq_init_attr_ex *attr)
{
	/* Every CQE has a timestamp: nothing to ask of the kernel. */
	struct ibv_cq_init_attr_ex kernel_attr = {
		.cqe = attr->cqe,
		.channel = attr->channel,
		.comp_vector = attr->comp_vector,
	};
	bool elide_lock = false;
	struct skua_cq *cq;

	if (!check_comp_mask(attr->comp_mask,
			     IBV_CQ_INIT_ATTR_MASK_FLAGS |
				     IBV_CQ_INIT_ATTR_MASK_PD) ||
	    !check_comp_mask(attr->wc_flags, SKUA_CQ_WC_FLAGS)) {
		errno = EOPNOTSUPP;
		return NULL;
	}
	if (attr->comp_mask & IBV_CQ_INIT_ATTR_MASK_FLAGS) {
		/* hwi §5: an overrun is always an error of the CQ. */
		if (!check_comp_mask(attr->flags,
				     IBV_CREATE_CQ_ATTR_SINGLE_THREADED)) {
			errno = EOPNOTSUPP;
			return NULL;
		}
		elide_lock = attr->flags & IBV_CREATE_CQ_ATTR_SINGLE_THREADED;
	}
	if (attr->comp_mask & IBV_CQ_INIT_ATTR_MASK_PD) {
		if (!to_skua_pd(attr->parent_domain)->root) {
			errno = EINVAL;
			return NULL;
		}
		elide_lock |= skua_pd_elides_locks(attr->parent_domain);
	}

	cq = skua_make_cq(ibctx, &kernel_attr, elide_lock);
	if (!cq)
		return NULL;
	skua_cq_fill_ex(&cq->vcq.cq_ex, attr->wc_flags);
	return &cq->vcq.cq_ex;
}

int skua_modify_cq(struct ibv_cq *ibcq, struct ibv_modify_cq_attr *attr)
{
	struct ibv_modify_cq cmd = {};

	return ibv_cmd_modify_cq(ibcq, attr, &cmd, sizeof(cmd));
}

int skua_destroy_cq(struct ibv_cq *ibcq)
{
	struct skua_cq *cq = to_skua_cq(ibcq);
	int err;

	err = ibv_cmd_destroy_cq(ibcq);
	if (err)
		return err;
	skua_lock_destroy(&cq->lock);
	skua_buf_free(&cq->buf);
	free(cq);
	return 0;
}

/*
 * hwi §5. Each request has a serial number of its own, so the device raises
 * one event for it however often it looks. A request for solicited events
 * does not take back one for any event that is still waiting (IBTA 11.4.2.2).
 */
int skua_req_notify_cq(struct ibv_cq *ibcq, int solicited_only)
{
	struct skua_cq *cq = to_skua_cq(ibcq);
	struct skua_lock *held;
	uint32_t what;

	held = skua_lock_call(&cq->lock);
	cq->armed_any |= !solicited_only;
	what = cq->armed_any ? SKUA_HWI_ARM_ANY : SKUA_HWI_ARM_SOLICITED;
	skua_write_le32(&cq->rec->arm,
			++cq->arm_sn << SKUA_HWI_ARM_SN_SHIFT | what);
	/* The caller polls once more after this. */
	skua_store_load_barrier();
	skua_unlock_call(held);
	return 0;
}

void skua_cq_event(struct ibv_cq *ibcq)
{
	struct skua_cq *cq = to_skua_cq(ibcq);
	struct skua_lock *held;

	held = skua_lock_call(&cq->lock);
	cq->armed_any = false;
	skua_unlock_call(held);
}

/*
 * Take the completions of a QP that the device has let go of out of the ring.
 * From the newest entry to the oldest, what stays moves up over what goes; an
 * owner word belongs to its place in the ring and does not move.
 */
void skua_cq_forget_qp(struct skua_cq *cq, struct skua_qp *qp)
{
	uint32_t qpn = qp->vqp.qp.qp_num;
	struct skua_hwi_cqe *cqe;
	uint32_t from, to;

	skua_lock(&cq->lock);
	if (cq->last_qp == qp) {
		cq->last_qp = NULL;
		cq->last_qpn = SKUA_HWI_NONE;
	}

	for (from = cq->ci; skua_cqe_at(cq, from); from++)
		;
	for (to = from; from != cq->ci;) {
		cqe = &cq->ring[--from & cq->mask];
		if (le32toh(cqe->qpn) == qpn) {
			if (qp->srq && cqe->opcode & SKUA_HWI_CQE_IS_RECV)
				skua_srq_retire(qp->srq, le32toh(cqe->wqe));
		} else if (--to != from) {
			memcpy(&cq->ring[to & cq->mask], cqe,
			       offsetof(struct skua_hwi_cqe, owner));
		}
	}
	cq->ci = to;
	skua_cq_release(cq);
	skua_unlock(&cq->lock);
}
