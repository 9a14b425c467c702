/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The objects of skua_ib. Each begins with what the RDMA core calls it by; the
 * core allocates them (but MRs) and keeps them alive as long as others need
 * them. Numbers (§n) are sections of hwi/skua_hwi.md.
 */
#ifndef SKUA_IB_H
#define SKUA_IB_H

#include <linux/completion.h>
#include <linux/if_vlan.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <rdma/ib_umem.h>
#include <rdma/ib_verbs.h>
#include <rdma/uverbs_ioctl.h>

#include "skua_core.h"
#include "skua_translate_qp.h"

struct skua_ib_dev {
	struct ib_device ibdev;
	struct skua_core *core;
	const struct skua_hwi_query_device_out *caps;

	/* What an event or a completion names, by handle. */
	struct xarray qps;
	struct xarray cqs;
	struct xarray srqs;

	atomic_t mkey_variant;

	/* Kernel CQs, to be told when the device dies. */
	spinlock_t kernel_cqs_lock;
	struct list_head kernel_cqs;

	struct workqueue_struct *wq;
	struct work_struct flush_work;
	struct notifier_block event_nb;
	struct notifier_block netdev_nb;
};

/*
 * Keeps an object from going away under an asynchronous event: the table holds
 * one reference, each event under way another.
 */
struct skua_ib_ref {
	refcount_t count;
	struct completion free;
};

/* One doorbell page of a user context, and how the process maps it. */
struct skua_ib_user_uar {
	struct list_head node;
	struct skua_uar uar;
	struct skua_ib_mmap_entry *db;
	struct skua_ib_mmap_entry *kick;
};

struct skua_ib_mmap_entry {
	struct rdma_user_mmap_entry rdma;
	phys_addr_t phys;
};

struct skua_ib_ucontext {
	struct ib_ucontext ib;
	struct mutex lock; /* uars and their slots */
	struct list_head uars;
};

struct skua_ib_pd {
	struct ib_pd ib;
	u32 pdn;
};

struct skua_ib_ah {
	struct ib_ah ib;
	struct skua_hwi_av av;
};

struct skua_ib_mr {
	struct ib_mr ib;
	struct ib_umem *umem;	/* of the user's */
	int access;
	bool replaced;		/* by reregistration: the key is gone */

	/* Fast registration: the pages, in memory the device reads. */
	__le64 *pages;
	dma_addr_t pages_dma;
	u32 max_pages;
	u32 num_pages;
	u32 offset;		/* of the first byte in the first page */
};

struct skua_ib_mw {
	struct ib_mw ib;
};

struct skua_ib_cq {
	struct ib_cq ib;
	struct skua_core_cq core;
	struct skua_ib_ref ref;
	u8 log_size;
	struct ib_umem *umem;		/* user only; the rest is kernel only */

	struct skua_ring ring;
	struct skua_hwi_cq_rec *rec;
	spinlock_t lock;		/* all below; taken before an SRQ's */
	u32 ci;
	u32 arm_sn;
	bool armed_any;
	struct list_head send_qps;
	struct list_head recv_qps;
	struct list_head node;		/* in skua_ib_dev.kernel_cqs */
};

/* A ring of receives, of a QP or of an SRQ, in kernel memory (§7). */
struct skua_ib_rq {
	struct skua_ring ring;
	struct skua_hwi_rq_rec *rec;
	u64 *wr_id;	/* by tag */
	spinlock_t lock;
	u32 pi;
	u32 ci;
	u32 max_sge;
	u8 log_size;
	u8 log_stride;
};

struct skua_ib_srq {
	struct ib_srq ib;
	u32 srqn;
	struct skua_ib_ref ref;
	u32 max_wr;
	u32 max_sge;
	struct ib_umem *umem;	/* user only */
	struct skua_ib_rq rq;	/* kernel only */
	u32 *free_tags;		/* a stack: entries complete in any order */
	u32 num_free;
};

/* What has to be remembered of a send WQE, by its first block. */
struct skua_ib_swqe {
	u64 wr_id;
	u8 num_bb;
	enum ib_wc_opcode opcode;
};

struct skua_ib_sq {
	struct skua_ring ring;
	struct skua_ib_swqe *wqe;
	spinlock_t lock;
	u32 pi;		/* blocks, free-running, as is ci */
	u32 ci;
	u32 max_sge;
	u32 max_inline;
	u8 log_size;
	bool signal_all;
};

struct skua_ib_qp {
	struct ib_qp ib;
	struct skua_ib_ref ref;
	struct mutex lock; /* state, and the order of MODIFY_QP */
	enum ib_qp_state state;
	struct ib_qp_cap cap;
	enum ib_sig_type sig_type;
	u8 log_sq;
	u8 log_rq;
	u8 log_rq_stride;
	u16 uar_page;
	u8 db_slot;

	struct ib_umem *sq_umem;	/* user only */
	struct ib_umem *rq_umem;
	struct skua_ib_user_uar *user_uar;

	struct skua_db db;		/* kernel only */
	struct skua_ib_sq sq;
	struct skua_ib_rq rq;
	struct list_head send_node;	/* in the CQs, under their locks */
	struct list_head recv_node;
};

/* A security association of the device. */
struct skua_ib_flow_action {
	struct ib_flow_action ib;
	u32 sa;
	u32 spi;
	bool esn;
};

struct skua_ib_flow {
	struct ib_flow ib;
	u32 handle;
};

static inline struct skua_ib_dev *to_skua_dev(struct ib_device *ib)
{
	return container_of(ib, struct skua_ib_dev, ibdev);
}

static inline struct skua_ib_ucontext *to_skua_ucontext(struct ib_ucontext *ib)
{
	return container_of(ib, struct skua_ib_ucontext, ib);
}

static inline struct skua_ib_pd *to_skua_pd(struct ib_pd *ib)
{
	return container_of(ib, struct skua_ib_pd, ib);
}

static inline struct skua_ib_ah *to_skua_ah(struct ib_ah *ib)
{
	return container_of(ib, struct skua_ib_ah, ib);
}

static inline struct skua_ib_mr *to_skua_mr(struct ib_mr *ib)
{
	return container_of(ib, struct skua_ib_mr, ib);
}

static inline struct skua_ib_cq *to_skua_cq(struct ib_cq *ib)
{
	return container_of(ib, struct skua_ib_cq, ib);
}

static inline struct skua_ib_srq *to_skua_srq(struct ib_srq *ib)
{
	return container_of(ib, struct skua_ib_srq, ib);
}

static inline struct skua_ib_qp *to_skua_qp(struct ib_qp *ib)
{
	return container_of(ib, struct skua_ib_qp, ib);
}

static inline struct skua_ib_flow_action *
to_skua_flow_action(struct ib_flow_action *ib)
{
	return container_of(ib, struct skua_ib_flow_action, ib);
}

static inline struct skua_ib_flow *to_skua_flow(struct ib_flow *ib)
{
	return container_of(ib, struct skua_ib_flow, ib);
}

static inline bool skua_ib_has(const struct skua_ib_dev *dev, u64 cap)
{
	return skua_has(dev->caps, cap);
}

/* device.c */
int skua_ib_query_device(struct ib_device *ibdev, struct ib_device_attr *attr,
			 struct ib_udata *udata);
int skua_ib_query_port(struct ib_device *ibdev, u32 port,
		       struct ib_port_attr *attr);
int skua_ib_query_pkey(struct ib_device *ibdev, u32 port, u16 index, u16 *pkey);
int skua_ib_get_port_immutable(struct ib_device *ibdev, u32 port,
			       struct ib_port_immutable *immutable);
enum rdma_link_layer skua_ib_get_link_layer(struct ib_device *ibdev, u32 port);
void skua_ib_get_dev_fw_str(struct ib_device *ibdev, char *str);

/* gid.c */
int skua_ib_add_gid(const struct ib_gid_attr *attr, void **context);
int skua_ib_del_gid(const struct ib_gid_attr *attr, void **context);

/* netdev.c */
int skua_ib_netdev_register(struct skua_ib_dev *dev);
void skua_ib_netdev_unregister(struct skua_ib_dev *dev);

/* event.c */
int skua_ib_events_init(struct skua_ib_dev *dev);
int skua_ib_events_register(struct skua_ib_dev *dev);
void skua_ib_events_unregister(struct skua_ib_dev *dev);
void skua_ib_events_cleanup(struct skua_ib_dev *dev);
int skua_ib_ref_publish(struct xarray *table, u32 handle,
			struct skua_ib_ref *ref, void *object);
void skua_ib_ref_withdraw(struct xarray *table, u32 handle,
			  struct skua_ib_ref *ref);

/* ucontext.c */
int skua_ib_alloc_ucontext(struct ib_ucontext *ibuc, struct ib_udata *udata);
void skua_ib_dealloc_ucontext(struct ib_ucontext *ibuc);
void skua_ib_disassociate_ucontext(struct ib_ucontext *ibuc);
int skua_ib_mmap(struct ib_ucontext *ibuc, struct vm_area_struct *vma);
void skua_ib_mmap_free(struct rdma_user_mmap_entry *rdma_entry);
struct skua_ib_user_uar *skua_ib_slot_get(struct skua_ib_dev *dev,
					  struct skua_ib_ucontext *uc,
					  u8 *slot);
void skua_ib_slot_put(struct skua_ib_ucontext *uc,
		      struct skua_ib_user_uar *page, u8 slot);

/* pd.c, ah.c */
int skua_ib_alloc_pd(struct ib_pd *ibpd, struct ib_udata *udata);
int skua_ib_dealloc_pd(struct ib_pd *ibpd, struct ib_udata *udata);
int skua_ib_create_ah(struct ib_ah *ibah, struct rdma_ah_init_attr *init,
		      struct ib_udata *udata);
int skua_ib_query_ah(struct ib_ah *ibah, struct rdma_ah_attr *attr);
int skua_ib_destroy_ah(struct ib_ah *ibah, u32 flags);
int skua_ib_av_fill(const struct rdma_ah_attr *attr, struct skua_hwi_av *av);
void skua_ib_av_read(struct ib_device *ibdev, const struct skua_hwi_av *av,
		     struct rdma_ah_attr *attr);

/* umem.c */
struct skua_pbl *skua_ib_umem_pbl(struct skua_ib_dev *dev, struct ib_umem *umem,
				  u64 virt, struct skua_hwi_pbl *hwi);
struct ib_umem *skua_ib_ring_umem(struct skua_ib_dev *dev, u64 buf, u64 size,
				  int access);
struct skua_pbl *skua_ib_ring_pbl(struct skua_ib_dev *dev, struct ib_umem *umem,
				  struct skua_hwi_pbl *hwi);

/* mr.c, mw.c */
int skua_ib_create_mkey(struct skua_ib_dev *dev,
			struct skua_hwi_create_mkey_in *in, u32 *key);
int skua_ib_destroy_mkey(struct skua_ib_dev *dev, u32 key);
struct ib_mr *skua_ib_get_dma_mr(struct ib_pd *ibpd, int access);
struct ib_mr *skua_ib_reg_user_mr(struct ib_pd *ibpd, u64 start, u64 length,
				  u64 virt, int access, struct ib_dmah *dmah,
				  struct ib_udata *udata);
struct ib_mr *skua_ib_rereg_user_mr(struct ib_mr *ibmr, int flags, u64 start,
				    u64 length, u64 virt, int access,
				    struct ib_pd *ibpd, struct ib_udata *udata);
struct ib_mr *skua_ib_alloc_mr(struct ib_pd *ibpd, enum ib_mr_type type,
			       u32 max_num_sg);
int skua_ib_map_mr_sg(struct ib_mr *ibmr, struct scatterlist *sg, int sg_nents,
		      unsigned int *sg_offset);
int skua_ib_dereg_mr(struct ib_mr *ibmr, struct ib_udata *udata);
int skua_ib_alloc_mw(struct ib_mw *ibmw, struct ib_udata *udata);
int skua_ib_dealloc_mw(struct ib_mw *ibmw);

/* cq.c, poll.c, flush.c */
int skua_ib_create_cq(struct ib_cq *ibcq, const struct ib_cq_init_attr *attr,
		      struct uverbs_attr_bundle *attrs);
int skua_ib_create_user_cq(struct ib_cq *ibcq,
			   const struct ib_cq_init_attr *attr,
			   struct uverbs_attr_bundle *attrs);
int skua_ib_modify_cq(struct ib_cq *ibcq, u16 count, u16 period);
int skua_ib_destroy_cq(struct ib_cq *ibcq, struct ib_udata *udata);
int skua_ib_req_notify_cq(struct ib_cq *ibcq, enum ib_cq_notify_flags flags);
int skua_ib_poll_cq(struct ib_cq *ibcq, int num_entries, struct ib_wc *wc);
void skua_ib_cq_scrub(struct skua_ib_cq *cq, struct skua_ib_qp *qp);
int skua_ib_flush_cq(struct skua_ib_cq *cq, int num_entries, struct ib_wc *wc);
void skua_ib_flush_init(struct skua_ib_dev *dev);
void skua_ib_flush_kick(struct skua_ib_dev *dev);

/* srq.c */
int skua_ib_create_srq(struct ib_srq *ibsrq, struct ib_srq_init_attr *init,
		       struct ib_udata *udata);
int skua_ib_modify_srq(struct ib_srq *ibsrq, struct ib_srq_attr *attr,
		       enum ib_srq_attr_mask mask, struct ib_udata *udata);
int skua_ib_query_srq(struct ib_srq *ibsrq, struct ib_srq_attr *attr);
int skua_ib_destroy_srq(struct ib_srq *ibsrq, struct ib_udata *udata);
void skua_ib_srq_free_tag(struct skua_ib_srq *srq, u32 tag);

/* qp.c, qp_modify.c */
int skua_ib_create_qp(struct ib_qp *ibqp, struct ib_qp_init_attr *init,
		      struct ib_udata *udata);
int skua_ib_destroy_qp(struct ib_qp *ibqp, struct ib_udata *udata);
int skua_ib_modify_qp(struct ib_qp *ibqp, struct ib_qp_attr *attr, int mask,
		      struct ib_udata *udata);
int skua_ib_query_qp(struct ib_qp *ibqp, struct ib_qp_attr *attr, int mask,
		     struct ib_qp_init_attr *init);
int skua_ib_rq_alloc(struct skua_ib_dev *dev, struct skua_ib_rq *rq);
void skua_ib_rq_free(struct skua_ib_dev *dev, struct skua_ib_rq *rq);
void skua_ib_qp_rewind(struct skua_ib_qp *qp);

/* post.c */
int skua_ib_post_send(struct ib_qp *ibqp, const struct ib_send_wr *wr,
		      const struct ib_send_wr **bad_wr);
int skua_ib_post_recv(struct ib_qp *ibqp, const struct ib_recv_wr *wr,
		      const struct ib_recv_wr **bad_wr);
int skua_ib_post_srq_recv(struct ib_srq *ibsrq, const struct ib_recv_wr *wr,
			  const struct ib_recv_wr **bad_wr);

/* flow_action.c, flow.c */
extern const struct uapi_definition skua_ib_flow_action_defs[];
extern const struct uapi_definition skua_ib_flow_defs[];
int skua_ib_destroy_flow_action(struct ib_flow_action *ibaction);
struct ib_flow *skua_ib_create_flow(struct ib_qp *ibqp,
				    struct ib_flow_attr *attr,
				    struct ib_udata *udata);
int skua_ib_destroy_flow(struct ib_flow *ibflow);

/* stats.c, res.c */
struct rdma_hw_stats *skua_ib_alloc_port_stats(struct ib_device *ibdev,
					       u32 port);
int skua_ib_get_hw_stats(struct ib_device *ibdev, struct rdma_hw_stats *stats,
			 u32 port, int index);
int skua_ib_fill_res_qp(struct sk_buff *msg, struct ib_qp *ibqp);
int skua_ib_fill_res_cq(struct sk_buff *msg, struct ib_cq *ibcq);
int skua_ib_fill_res_srq(struct sk_buff *msg, struct ib_srq *ibsrq);
int skua_ib_fill_res_mr(struct sk_buff *msg, struct ib_mr *ibmr);

#endif /* SKUA_IB_H */
