/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * A driver for the adapter without a VM: it owns a piece of memory that is the
 * guest's RAM, speaks hwi/skua_hwi.h and nothing else, and lets a test do what
 * no sane driver would.
 *
 * Manual adapters have no threads and a clock of their own: nothing happens
 * but in model_run(). Threaded ones run as in skuad; every wait is bounded.
 * Calls that a test expects to work fail the test when they do not.
 */
#ifndef SKUA_MODEL_H
#define SKUA_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "skua_device.h"
#include "skua_hwi.h"

#define MODEL_MAX_FN   4
#define MODEL_RAM_IOVA 0x40000000ull
#define MODEL_RAM_SIZE (64ull << 20)
#define MODEL_EQS      2 /* 0: async and commands, 1: completions */

struct model;

struct model_eq {
	uint32_t eqn;
	struct skua_hwi_eqe *ring;
	struct skua_hwi_cq_rec *rec;
	uint8_t log;
	uint32_t ci, sn;
};

struct model_fn {
	struct model *m;
	struct skua_function *fn;
	uint8_t mac[6];
	uint8_t gid[16];	/* entry 0: ::ffff:10.0.0.(index + 1) */
	uint8_t *uar;
	uint8_t *ram;		/* at MODEL_RAM_IOVA */
	uint64_t brk;		/* bump allocator */
	struct skua_hwi_cmd *cmdq;
	uint32_t cmd_pi;
	struct model_eq eq[MODEL_EQS];
	uint32_t pdn;
	uint32_t next_slot;	/* doorbell slots are not reused */
	unsigned int irqs[SKUA_HWI_MAX_VECTORS];
};

struct model {
	struct skua_adapter *ad;
	bool threaded;
	uint64_t now;		/* manual: ns, moved by model_advance() */
	unsigned int nfn;
	struct model_fn fn[MODEL_MAX_FN];
};

/* An adapter with nfn functions, each up: command queue, EQs, PD, GID 0. */
struct model *model_create(unsigned int nfn, bool threaded);
void model_destroy(struct model *m);

/* Bring a function up, after reset: everything above but its memory map. */
void model_up(struct model_fn *f);

/* Manual: passes until nothing is left to do. Threaded: a short pause. */
void model_run(struct model *m);
void model_advance(struct model *m, uint64_t ns);

/* Zeroed guest memory; model_iova() is its DMA address. */
void *model_alloc(struct model_fn *f, size_t size, size_t align);
uint64_t model_iova(const struct model_fn *f, const void *p);

/* A command; its status. in_len and out_len are checked against the layout. */
int model_cmd(struct model_fn *f, uint16_t opcode, const void *in,
	      size_t in_len, void *out, size_t out_len);
/* The same for raw bytes in the whole entry. */
int model_cmd_raw(struct model_fn *f, const struct skua_hwi_cmd *cmd);
/* A create that must work; the handle. */
uint32_t model_create_obj(struct model_fn *f, uint16_t opcode, const void *in,
			  size_t in_len);
int model_destroy_obj(struct model_fn *f, uint16_t opcode, uint32_t handle);

/* levels 1 page list of size bytes at p, which is page aligned. */
void model_pbl(struct model_fn *f, const void *p, size_t size,
	       struct skua_hwi_pbl *pbl);

/* The next event of an EQ, if there is one. */
bool model_event(struct model_eq *eq, struct skua_hwi_eqe *out);
void model_eq_arm(struct model_eq *eq);

struct model_mr {
	uint32_t key;
	uint8_t *buf;
	uint64_t iova;	/* as WQEs name it */
	size_t len;
};
/* A region of fresh memory, 4 KiB pages in a level 1 list, iova = DMA. */
struct model_mr model_mr(struct model_fn *f, size_t len, uint8_t access);

struct model_cq {
	struct model_fn *f;
	uint32_t cqn;
	struct skua_hwi_cqe *ring;
	struct skua_hwi_cq_rec *rec;
	uint8_t log;
	uint32_t ci, sn;
};
void model_cq(struct model_fn *f, struct model_cq *cq, uint8_t log);
/* One completion if there is one now. */
bool model_look(struct model_cq *cq, struct skua_hwi_cqe *out);
/* The same after model_run(). */
bool model_poll(struct model_cq *cq, struct skua_hwi_cqe *out);
/* A completion that must come (threaded: within 5 s). */
struct skua_hwi_cqe model_wait(struct model_cq *cq);
void model_cq_arm(struct model_cq *cq, uint32_t what);

struct model_srq {
	struct model_fn *f;
	uint32_t srqn;
	uint8_t *ring;
	struct skua_hwi_rq_rec *rec;
	uint8_t log;
	uint32_t pi;
};
void model_srq(struct model_fn *f, struct model_srq *srq, uint8_t log);

struct model_qp {
	struct model_fn *f;
	uint32_t qpn;
	uint8_t type;
	uint8_t *sq;		/* NULL: none */
	uint8_t log_sq, log_rq;
	uint32_t sq_pi, rq_pi;
	uint8_t *rq;
	struct skua_hwi_rq_rec *rq_rec;
	uint32_t uar_page, db_slot;
	struct skua_hwi_db_slot *slot;
	struct model_cq *send_cq, *recv_cq;
	struct model_srq *srq;
};
/* log_sq in blocks, log_rq in entries of 64 bytes (3 SGEs). */
void model_qp(struct model_fn *f, struct model_qp *qp, uint8_t type,
	      struct model_cq *send_cq, struct model_cq *recv_cq,
	      struct model_srq *srq, uint8_t log_sq, uint8_t log_rq);
/* MODIFY_QP; command status. */
int model_modify(struct model_qp *qp, uint32_t mask,
		 const struct skua_hwi_qp_attr *attr);
/* Attributes of a sane connection: MTU 4096, timeout 14, retries 7. */
struct skua_hwi_qp_attr model_attr(const struct model_qp *qp,
				   const struct model_qp *peer);
/* To RTS in the three steps of the IBTA, with model_attr(). */
void model_connect(struct model_qp *qp, const struct model_qp *peer);
/* UD, GSI and ETH. */
void model_ready(struct model_qp *qp, uint32_t qkey);

struct model_wr {
	uint8_t opcode, flags;
	uint32_t imm;		/* host order, or the key to invalidate */
	uint64_t raddr;
	uint32_t rkey;
	uint64_t compare, swap_add;
	const struct model_qp *ud_peer;
	uint32_t ud_qkey;
	unsigned int num_sge;
	struct {
		uint64_t addr;
		uint32_t len;
		uint32_t lkey;
	} sge[SKUA_HWI_MAX_SGE];
	const void *inline_data;
	uint32_t inline_len;
};
/* Writes the WQE; index of its first block. model_ring() makes it visible. */
uint32_t model_post(struct model_qp *qp, const struct model_wr *wr);
void model_ring(struct model_qp *qp);
/* One SGE of mr from off; then rings. */
uint32_t model_send(struct model_qp *qp, uint8_t opcode,
		    const struct model_mr *mr, uint64_t off, uint32_t len,
		    uint64_t raddr, uint32_t rkey);
/* One receive with one SGE, to the QP or to an SRQ. */
void model_recv(struct model_qp *qp, uint32_t tag, const struct model_mr *mr,
		uint64_t off, uint32_t len);
void model_srq_recv(struct model_srq *srq, uint32_t tag,
		    const struct model_mr *mr, uint64_t off, uint32_t len);

/* Two connected QPs of one kind with a CQ each, for most tests. */
struct model_pair {
	struct model_cq cq[2];
	struct model_qp qp[2];
};
void model_pair(struct model_fn *a, struct model_fn *b, uint8_t type,
		struct model_pair *p);

#endif /* SKUA_MODEL_H */
