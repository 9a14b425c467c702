/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * One open command file: a user context and its objects.
 *
 * ctx->lock is held while a command runs, but for the kicks and the polls of
 * the data path, which touch ctx->kick only. event_lock guards what events
 * name: the tables by number, the queues of event files, the counts of events
 * reported. Order: ctx->lock, event_lock.
 */
#ifndef SKUA_UVERBS_H
#define SKUA_UVERBS_H

#include <endian.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <rdma/ib_user_verbs.h>

#include "arena.h"
#include "device.h"
#include "file.h"
#include "list.h"
#include "rdma/skua-abi.h"
#include "skua_hwi.h"
#include "skua_translate_qp.h"

#define UV_MAX_OBJECTS (1u << 18)

enum uv_type {
	UV_PD,
	UV_MR,
	UV_MW,
	UV_AH,
	UV_CQ,
	UV_SRQ,
	UV_QP,
	UV_FLOW_ACTION,
	UV_FLOW,
	UV_TYPES,
};

struct uv_object {
	enum uv_type type;
	uint32_t handle;
	uint32_t users;		/* objects that need it */
	uint32_t number;	/* of the device: PDN, key, CQN, QPN… */
	uint64_t user_handle;
	/* Of queues: where their events go, held; or NULL. */
	struct uv_events *async;
	uint32_t async_reported;
};

/* An event file: of completions, or of asynchronous events. */
struct uv_events {
	struct skua_file file;
	const struct uv_context *ctx; /* whose it is; it may be gone */
	int fd;			/* our own descriptor of it */
	bool async;
	struct list_head queue;	/* uv_event.list */
};

struct uv_mr {
	struct uv_object obj;
	struct uv_object *pd;
	uint32_t access;
	uint64_t start, length, iova;
	struct skua_extent *extent;
};

struct uv_mw {
	struct uv_object obj;
	struct uv_object *pd;
};

struct uv_ah {
	struct uv_object obj;
	struct uv_object *pd;
};

struct uv_cq {
	struct uv_object obj;
	struct uv_events *channel; /* held; or NULL */
	uint32_t comp_reported;
};

struct uv_srq {
	struct uv_object obj;
	struct uv_object *pd;
	uint32_t max_wr, max_sge;
};

struct uv_qp {
	struct uv_object obj;
	struct uv_object *pd;
	struct uv_cq *send_cq, *recv_cq;
	struct uv_srq *srq;
	struct ib_uverbs_create_qp cap; /* as it was asked for */
	uint8_t type;		/* enum skua_hwi_qp_type */
	uint8_t slot;
	uint16_t page;
};

struct uv_flow_action {
	struct uv_object obj; /* number: of the SA */
	uint32_t spi;
	bool esn;
};

struct uv_flow {
	struct uv_object obj;
	struct uv_object *qp, *action; /* or NULL */
};

struct uv_context {
	struct skua_file file;
	struct skua_user_dev *dev;
	pthread_mutex_t lock;
	bool ready;		/* GET_CONTEXT was executed */
	struct uv_events *async; /* the first of them; held, or NULL */
	struct uv_object **object; /* by handle */
	uint32_t nobjects, free_hint;
	/* By handle of a QP: valid bit, page, slot. For the data path. */
	_Atomic uint32_t *kick;
	uint64_t pages[SKUA_HWI_UAR_PAGES]; /* of ours: slots in use */
	struct skua_hwi_db_slot *db;	    /* all pages */
};
#define UV_KICK_VALID (1u << 31)

static inline struct uv_context *uv_context_of(struct skua_file *f)
{
	return (struct uv_context *)((char *)f -
				     offsetof(struct uv_context, file));
}

/* A command, whichever way it came in. Answers are zeroed before. */
struct uv_call {
	struct uv_context *ctx;
	const void *in;		/* the core's part */
	void *out;
	const void *drv;	/* the driver's, at least as long as asked for */
	void *drv_out;
	size_t in_len, out_len;	/* of a command whose parts may grow */
	struct uv_events *async; /* for the events of what is made; or NULL */

	/* What was made, and goes again if the program cannot be told. */
	struct uv_object *made;
	int fd;			/* or -1 */
	bool opened, first_async; /* the context; its first event file */
};

/* Where the parts of a command and of its answer are in the program. */
struct uv_parts {
	const uint8_t *in, *drv;
	size_t in_len, drv_len;
	uint64_t out, drv_out;
	size_t out_len, drv_out_len;
};

/* command.c, ioctl.c */
ssize_t uv_write(struct skua_file *f, const void *buf, size_t len);
int uv_ioctl(struct skua_file *f, unsigned long req, void *arg);
/* Under ctx->lock. What was made on the way to an error is the caller's to undo. */
int uv_command_parts(struct uv_call *c, uint32_t command,
		     const struct uv_parts *p);

/* object.c */
int uv_add(struct uv_context *ctx, struct uv_object *obj, enum uv_type type);
void *uv_find(struct uv_context *ctx, uint32_t handle, enum uv_type type);
void uv_remove(struct uv_context *ctx, struct uv_object *obj);
void uv_undo(struct uv_call *c);
/* Everything, in an order in which nobody is left who needs it. */
void uv_remove_all(struct uv_context *ctx);
int uv_create(struct uv_context *ctx, uint16_t opcode, const void *in,
	      size_t len, uint32_t *number);
int uv_destroy(struct uv_context *ctx, uint16_t opcode, uint32_t number);

/* event.c */
extern pthread_mutex_t uv_event_lock;
int uv_events_open(const struct uv_context *ctx, bool async,
		   struct uv_events **events);
/* The event file of ctx behind a descriptor, held; NULL: it is none. */
struct uv_events *uv_events_get(const struct uv_context *ctx, int fd,
				bool async);
void uv_event(struct skua_user_dev *dev, const struct skua_hwi_eqe *eqe);
/* Events of its number lead to obj from now on, and to a file of c. */
int uv_events_bind(struct uv_call *c, struct uv_object *obj);
/* Nothing leads to it, and no event of it is queued. */
void uv_events_unbind(struct uv_context *ctx, struct uv_object *obj);
void uv_events_forked(void);

/* device.c */
int uv_get_context(struct uv_call *c);
/* Its two halves: the context, and a file of events. */
int uv_context_open(struct uv_call *c);
int uv_async_open(struct uv_call *c);
int uv_query_device(struct uv_call *c);
int uv_query_device_ex(struct uv_call *c);
int uv_query_port(struct uv_call *c);
void uv_fill_port(const struct uv_context *ctx,
		  struct ib_uverbs_query_port_resp *out);
int uv_alloc_pd(struct uv_call *c);
int uv_dealloc_pd(struct uv_call *c);
int uv_create_ah(struct uv_call *c);
int uv_destroy_ah(struct uv_call *c);
int uv_create_comp_channel(struct uv_call *c);
/* The Ethernet part of path is filled in here. */
int uv_av(struct uv_context *ctx, struct skua_path *path,
	  struct skua_hwi_av *av);

/* memory.c */
int uv_reg_mr(struct uv_call *c);
int uv_rereg_mr(struct uv_call *c);
int uv_dereg_mr(struct uv_call *c);
int uv_alloc_mw(struct uv_call *c);
int uv_dealloc_mw(struct uv_call *c);
/* Page list of a ring at buf, checked as the kernel's pinning would. */
int uv_ring(uint64_t buf, uint64_t len, struct skua_hwi_pbl *pbl, void **list);

/* cq.c */
int uv_create_cq(struct uv_call *c);
int uv_create_cq_ex(struct uv_call *c);
int uv_modify_cq_ex(struct uv_call *c);
int uv_destroy_cq(struct uv_call *c);
void uv_cq_free(struct uv_context *ctx, struct uv_cq *cq);

/* srq.c */
int uv_create_srq(struct uv_call *c);
int uv_create_xsrq(struct uv_call *c);
int uv_modify_srq(struct uv_call *c);
int uv_query_srq(struct uv_call *c);
int uv_destroy_srq(struct uv_call *c);
void uv_srq_free(struct uv_context *ctx, struct uv_srq *srq);

/* qp.c */
int uv_create_qp(struct uv_call *c);
int uv_create_qp_ex(struct uv_call *c);
int uv_modify_qp(struct uv_call *c);
int uv_query_qp(struct uv_call *c);
int uv_destroy_qp(struct uv_call *c);
void uv_qp_free(struct uv_context *ctx, struct uv_qp *qp);
void uv_doorbells_forked(void);

/* flow.c. As many specs as ib_uverbs takes, and bytes of any that we know. */
#define UV_MAX_FLOW_SPECS 10
#define UV_MAX_FLOW_SPEC  sizeof(struct ib_uverbs_flow_spec_ipv6)
int uv_create_flow(struct uv_call *c);
int uv_destroy_flow(struct uv_call *c);
void uv_flow_free(struct uv_context *ctx, struct uv_flow *flow);

#endif /* SKUA_UVERBS_H */
