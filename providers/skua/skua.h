/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef __SKUA_H__
#define __SKUA_H__

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ccan/list.h>
#include <infiniband/driver.h>

#include "ring.h"
#include "skua_hwi.h"

/* QPNs have 24 bits: a directory of leaves, each made when it is needed. */
#define SKUA_QPT_BITS 12
#define SKUA_QPT_SIZE (1 << SKUA_QPT_BITS)

struct skua_qpt_leaf {
	struct skua_qp *qp[SKUA_QPT_SIZE];
	unsigned int used;
};

struct skua_dev {
	struct verbs_device vdev;
};

struct skua_context {
	struct verbs_context vctx;
	uint64_t caps; /* SKUA_HWI_CAP_* */
	uint32_t max_sge;
	uint32_t max_inline;
	uint8_t log_max_sq;
	uint8_t log_max_rq;
	uint8_t log_max_srq;
	uint8_t log_max_cq;
	bool in_process; /* SKUA_UCONTEXT_IN_PROCESS */

	pthread_mutex_t mutex; /* of what follows */
	struct list_head uars;
	struct skua_qpt_leaf *qpt[SKUA_QPT_SIZE];
};

/*
 * A doorbell page and its kick page, shared by the QPs that live on it. No kick
 * page where the engine is in the process.
 */
struct skua_uar {
	struct list_node entry;
	uint32_t index;
	unsigned int users;
	struct skua_hwi_db_slot *db;
	__le32 *kick;
};

struct skua_td {
	struct ibv_td ibtd;
	atomic_int users;
};

/* A protection domain, or a parent domain if root is set. */
struct skua_pd {
	struct ibv_pd ibpd;
	uint32_t pdn;
	atomic_int users; /* parent domains of a protection domain */
	struct skua_pd *root;
	struct skua_td *td;
};

struct skua_ah {
	struct ibv_ah ibah;
	struct skua_hwi_av av;
};

struct skua_cq {
	struct verbs_cq vcq;
	struct skua_lock lock;
	struct skua_hwi_cqe *ring;
	uint32_t mask; /* entries - 1 */
	uint32_t ci;
	uint8_t log_size;
	bool lend;	/* polling in vain lends the engine time */
	bool armed_any; /* and no event has been read since */
	uint32_t arm_sn;
	struct skua_hwi_cq_rec *rec;

	struct skua_qp *last_qp; /* of the last completion: the likely next */
	uint32_t last_qpn;
	const struct skua_hwi_cqe *cur; /* between start_poll and end_poll */

	struct skua_buf buf;
	uint32_t cqn;
};

/* Kept at the index of a WQE's first block. */
struct skua_sq_wr {
	uint64_t wr_id;
	uint32_t end; /* producer index behind this WQE */
};

struct skua_sq {
	struct skua_lock lock;
	void *ring;
	uint32_t mask; /* blocks - 1 */
	uint32_t pi;
	_Atomic(uint32_t) ci; /* moved by whoever polls the CQ */
	uint32_t max_sge;
	uint32_t max_inline;
	uint32_t ops;	    /* bit per ibv_wr_opcode; none before RTS */
	uint32_t short_ops; /* those that are one block with one SGE */
	uint8_t send_hdr;   /* bytes before the data of a SEND */
	uint8_t sig_all;    /* SKUA_HWI_WQE_SIGNALED or nothing */
	struct skua_sq_wr *wr;
	struct skua_hwi_db_slot *db;

	/* ibv_wr_*: the WQE under construction, see wr.c */
	struct skua_hwi_wqe_ctrl *wqe;
	uint32_t wqe_pi;
	uint32_t wqe_hdr;
	uint32_t start_pi;
	int err;

	struct skua_buf buf;
	uint32_t all_ops; /* what ops is from RTS on */
};

struct skua_rq {
	struct skua_lock lock;
	void *ring;
	uint32_t mask; /* entries - 1 */
	uint32_t pi;
	_Atomic(uint32_t) ci;
	uint32_t max_sge;
	uint8_t log_stride;
	uint64_t *wr_id;
	struct skua_hwi_rq_rec *rec;
	struct skua_buf buf;
};

struct skua_srq {
	struct verbs_srq vsrq;
	struct skua_lock lock;
	void *ring;
	uint32_t mask;
	uint32_t pi;
	uint32_t max_sge;
	uint8_t log_stride;
	uint64_t *wr_id; /* by tag */
	uint32_t *tags;	 /* stack of the free ones */
	uint32_t num_tags;
	struct skua_hwi_rq_rec *rec;
	struct skua_buf buf;
	uint32_t srqn;
};

struct skua_qp {
	struct verbs_qp vqp;
	struct skua_sq sq;
	struct skua_rq rq;
	struct skua_srq *srq;
	__le32 *kick;
	uint32_t slot;
	struct ibv_qp_cap cap;
	struct skua_uar *uar;
};

static inline struct skua_dev *to_skua_dev(struct ibv_device *ibdev)
{
	return container_of(ibdev, struct skua_dev, vdev.device);
}

static inline struct skua_context *to_skua_ctx(struct ibv_context *ibctx)
{
	return container_of(ibctx, struct skua_context, vctx.context);
}

static inline struct skua_pd *to_skua_pd(struct ibv_pd *ibpd)
{
	return container_of(ibpd, struct skua_pd, ibpd);
}

static inline struct skua_td *to_skua_td(struct ibv_td *ibtd)
{
	return container_of(ibtd, struct skua_td, ibtd);
}

static inline struct skua_ah *to_skua_ah(struct ibv_ah *ibah)
{
	return container_of(ibah, struct skua_ah, ibah);
}

static inline struct skua_cq *to_skua_cq(struct ibv_cq *ibcq)
{
	return container_of(ibcq, struct skua_cq, vcq.cq);
}

static inline struct skua_cq *to_skua_cq_ex(struct ibv_cq_ex *ibcq)
{
	return container_of(ibcq, struct skua_cq, vcq.cq_ex);
}

static inline struct skua_srq *to_skua_srq(struct ibv_srq *ibsrq)
{
	return container_of(ibsrq, struct skua_srq, vsrq.srq);
}

static inline struct skua_qp *to_skua_qp(struct ibv_qp *ibqp)
{
	return container_of(ibqp, struct skua_qp, vqp.qp);
}

static inline struct skua_qp *to_skua_qp_ex(struct ibv_qp_ex *ibqp)
{
	return container_of(ibqp, struct skua_qp, vqp.qp_ex);
}

static inline struct verbs_flow_action *
to_verbs_flow_action(struct ibv_flow_action *ibaction)
{
	return container_of(ibaction, struct verbs_flow_action, action);
}

static inline bool skua_pd_elides_locks(struct ibv_pd *ibpd)
{
	return to_skua_pd(ibpd)->td;
}

/* skua.c */
bool is_skua_dev(struct ibv_device *ibdev);

/* verbs.c */
int skua_query_device_ex(struct ibv_context *ibctx,
			 const struct ibv_query_device_ex_input *input,
			 struct ibv_device_attr_ex *attr, size_t attr_size);
int skua_query_port(struct ibv_context *ibctx, uint8_t port,
		    struct ibv_port_attr *attr);
struct ibv_pd *skua_alloc_pd(struct ibv_context *ibctx);
struct ibv_pd *
skua_alloc_parent_domain(struct ibv_context *ibctx,
			 struct ibv_parent_domain_init_attr *attr);
int skua_dealloc_pd(struct ibv_pd *ibpd);
struct ibv_td *skua_alloc_td(struct ibv_context *ibctx,
			     struct ibv_td_init_attr *attr);
int skua_dealloc_td(struct ibv_td *ibtd);
struct ibv_mr *skua_reg_mr(struct ibv_pd *ibpd, void *addr, size_t len,
			   uint64_t iova, int access);
int skua_rereg_mr(struct verbs_mr *vmr, int flags, struct ibv_pd *ibpd,
		  void *addr, size_t len, int access);
int skua_dereg_mr(struct verbs_mr *vmr);
struct ibv_mw *skua_alloc_mw(struct ibv_pd *ibpd, enum ibv_mw_type type);
int skua_dealloc_mw(struct ibv_mw *ibmw);
struct ibv_ah *skua_create_ah(struct ibv_pd *ibpd, struct ibv_ah_attr *attr);
int skua_destroy_ah(struct ibv_ah *ibah);

/* cq.c */
struct ibv_cq *skua_create_cq(struct ibv_context *ibctx, int cqe,
			      struct ibv_comp_channel *channel, int vector);
struct ibv_cq_ex *skua_create_cq_ex(struct ibv_context *ibctx,
				    struct ibv_cq_init_attr_ex *attr);
int skua_modify_cq(struct ibv_cq *ibcq, struct ibv_modify_cq_attr *attr);
int skua_destroy_cq(struct ibv_cq *ibcq);
int skua_poll_cq(struct ibv_cq *ibcq, int num_entries, struct ibv_wc *wc);
int skua_req_notify_cq(struct ibv_cq *ibcq, int solicited_only);
void skua_cq_event(struct ibv_cq *ibcq);
void skua_cq_init(struct skua_cq *cq, uint8_t log_size, bool elide_lock);
void skua_cq_forget_qp(struct skua_cq *cq, struct skua_qp *qp);

/* qp.c */
int skua_qpt_insert(struct skua_context *ctx, struct skua_qp *qp);
void skua_qpt_remove(struct skua_context *ctx, struct skua_qp *qp);
int skua_sq_init(struct skua_sq *sq, const struct skua_context *ctx,
		 struct ibv_qp_cap *cap, enum ibv_qp_type type,
		 bool elide_lock);
void skua_sq_fini(struct skua_sq *sq);
void skua_sq_allow(struct skua_sq *sq, uint32_t ops);
int skua_rq_init(struct skua_rq *rq, const struct skua_context *ctx,
		 struct ibv_qp_cap *cap, bool elide_lock);
void skua_rq_fini(struct skua_rq *rq);
struct ibv_qp *skua_create_qp(struct ibv_pd *ibpd,
			      struct ibv_qp_init_attr *attr);
struct ibv_qp *skua_create_qp_ex(struct ibv_context *ibctx,
				 struct ibv_qp_init_attr_ex *attr);
int skua_modify_qp(struct ibv_qp *ibqp, struct ibv_qp_attr *attr,
		   int attr_mask);
int skua_query_qp(struct ibv_qp *ibqp, struct ibv_qp_attr *attr, int attr_mask,
		  struct ibv_qp_init_attr *init_attr);
int skua_destroy_qp(struct ibv_qp *ibqp);

/* send.c */
int skua_post_send(struct ibv_qp *ibqp, struct ibv_send_wr *wr,
		   struct ibv_send_wr **bad_wr);
int skua_bind_mw(struct ibv_qp *ibqp, struct ibv_mw *ibmw,
		 struct ibv_mw_bind *bind);

/* flow.c */
struct ibv_flow_action *
skua_create_flow_action_esp(struct ibv_context *ibctx,
			    struct ibv_flow_action_esp_attr *attr);
int skua_modify_flow_action_esp(struct ibv_flow_action *ibaction,
				struct ibv_flow_action_esp_attr *attr);
int skua_destroy_flow_action(struct ibv_flow_action *ibaction);
struct ibv_flow *skua_create_flow(struct ibv_qp *ibqp,
				  struct ibv_flow_attr *attr);
int skua_destroy_flow(struct ibv_flow *flow);

/* kick.c */
void skua_kick(struct skua_qp *qp, uint32_t what);
void skua_lend_time(struct skua_cq *cq);

/* wr.c */
bool skua_wr_supported(uint32_t ops, uint64_t send_ops);
void skua_wr_setup(struct skua_qp *qp);

/* recv.c */
int skua_post_recv(struct ibv_qp *ibqp, struct ibv_recv_wr *wr,
		   struct ibv_recv_wr **bad_wr);
int skua_post_srq_recv(struct ibv_srq *ibsrq, struct ibv_recv_wr *wr,
		       struct ibv_recv_wr **bad_wr);

/* srq.c */
uint8_t skua_rq_log_stride(uint32_t max_sge);
uint32_t skua_rq_max_sge(uint8_t log_stride);
int skua_srq_init(struct skua_srq *srq, uint8_t log_size, uint8_t log_stride,
		  bool elide_lock);
void skua_srq_fini(struct skua_srq *srq);
struct ibv_srq *skua_create_srq(struct ibv_pd *ibpd,
				struct ibv_srq_init_attr *attr);
struct ibv_srq *skua_create_srq_ex(struct ibv_context *ibctx,
				   struct ibv_srq_init_attr_ex *attr);
int skua_modify_srq(struct ibv_srq *ibsrq, struct ibv_srq_attr *attr,
		    int attr_mask);
int skua_query_srq(struct ibv_srq *ibsrq, struct ibv_srq_attr *attr);
int skua_destroy_srq(struct ibv_srq *ibsrq);
uint64_t skua_srq_retire(struct skua_srq *srq, uint32_t tag);

#endif /* __SKUA_H__ */
