// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include <cmocka.h>

#include "model.h"

#define MODEL_CMDQ_LOG 4
#define MODEL_PAGE     (1u << SKUA_HWI_PAGE_SHIFT_MIN)
#define MODEL_EQ_LOG   8
#define MODEL_WAIT_NS  5000000000ull
#define MODEL_PASSES   100000

static uint64_t wall_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void pause_us(long us)
{
	struct timespec ts = { .tv_nsec = us * 1000 };

	nanosleep(&ts, NULL);
}

static uint64_t model_now(void *ctx)
{
	return ((struct model *)ctx)->now;
}

static void model_raise(void *ctx, unsigned int vector)
{
	struct model_fn *f = ctx;

	__atomic_fetch_add(&f->irqs[vector], 1, __ATOMIC_SEQ_CST);
}

static const struct skua_function_ops model_ops = { .raise = model_raise };

void *model_alloc(struct model_fn *f, size_t size, size_t align)
{
	uint64_t at = (f->brk + align - 1) & ~(uint64_t)(align - 1);

	assert_true(at <= MODEL_RAM_SIZE && size <= MODEL_RAM_SIZE - at);
	f->brk = at + size;
	memset(f->ram + at, 0, size);
	return f->ram + at;
}

uint64_t model_iova(const struct model_fn *f, const void *p)
{
	return MODEL_RAM_IOVA + (uint64_t)((const uint8_t *)p - f->ram);
}

void model_run(struct model *m)
{
	unsigned int pass, n;

	if (m->threaded) {
		pause_us(200);
		return;
	}
	for (pass = 0; pass < MODEL_PASSES; pass++) {
		n = skua_adapter_run_commands(m->ad);
		n += skua_adapter_poll(m->ad);
		n += skua_adapter_run_interrupts(m->ad);
		if (!n)
			return;
	}
	fail_msg("the engine does not come to rest");
}

void model_advance(struct model *m, uint64_t ns)
{
	assert_false(m->threaded);
	m->now += ns;
	model_run(m);
}

int model_cmd_raw(struct model_fn *f, const struct skua_hwi_cmd *cmd)
{
	uint32_t slot = f->cmd_pi & ((1u << MODEL_CMDQ_LOG) - 1);
	struct skua_hwi_cmd *e = &f->cmdq[slot];
	uint64_t end = wall_ns() + MODEL_WAIT_NS;

	memcpy(e, cmd, sizeof(*e));
	e->state = SKUA_HWI_CMD_POSTED;
	f->cmd_pi++;
	skua_function_write(f->fn, SKUA_HWI_REG_CMDQ_PI, 4, f->cmd_pi);
	if (!f->m->threaded)
		skua_adapter_run_commands(f->m->ad);
	while (__atomic_load_n(&e->state, __ATOMIC_ACQUIRE) !=
	       SKUA_HWI_CMD_DONE) {
		if (!f->m->threaded || wall_ns() > end)
			fail_msg("command %#x got no answer",
				 le16toh(cmd->opcode));
		pause_us(20);
	}
	return e->status;
}

int model_cmd(struct model_fn *f, uint16_t opcode, const void *in,
	      size_t in_len, void *out, size_t out_len)
{
	uint32_t slot = f->cmd_pi & ((1u << MODEL_CMDQ_LOG) - 1);
	struct skua_hwi_cmd cmd = { .opcode = htole16(opcode) };
	int status;

	assert_true(in_len <= sizeof(cmd.in) && out_len <= sizeof(cmd.out));
	if (in_len)
		memcpy(cmd.in, in, in_len);
	status = model_cmd_raw(f, &cmd);
	if (out)
		memcpy(out, f->cmdq[slot].out, out_len);
	return status;
}

uint32_t model_create_obj(struct model_fn *f, uint16_t opcode, const void *in,
			  size_t in_len)
{
	struct skua_hwi_handle_out out;

	uint32_t slot = f->cmd_pi & ((1u << MODEL_CMDQ_LOG) - 1);
	int status = model_cmd(f, opcode, in, in_len, &out, sizeof(out));

	if (status)
		fail_msg("command %#x: status %d, syndrome %u", opcode, status,
			 le32toh(f->cmdq[slot].syndrome));
	return le32toh(out.handle);
}

int model_destroy_obj(struct model_fn *f, uint16_t opcode, uint32_t handle)
{
	struct skua_hwi_handle_in in = { .handle = htole32(handle) };

	return model_cmd(f, opcode, &in, sizeof(in), NULL, 0);
}

void model_pbl(struct model_fn *f, const void *p, size_t size,
	       struct skua_hwi_pbl *pbl)
{
	uint32_t pages = (size + MODEL_PAGE - 1) / MODEL_PAGE, i;
	__le64 *list = model_alloc(f, pages * sizeof(*list), sizeof(*list));

	for (i = 0; i < pages; i++)
		list[i] = htole64(model_iova(f, p) + (uint64_t)i * MODEL_PAGE);
	*pbl = (struct skua_hwi_pbl){
		.addr = htole64(model_iova(f, list)),
		.count = htole32(pages),
		.page_shift = SKUA_HWI_PAGE_SHIFT_MIN,
		.levels = 1,
	};
}

static void model_eq(struct model_fn *f, struct model_eq *eq, uint32_t vector,
		     uint32_t flags)
{
	struct skua_hwi_create_eq_in in = {
		.log_size = MODEL_EQ_LOG,
		.vector = htole32(vector),
		.flags = htole32(flags),
	};
	size_t bytes = sizeof(struct skua_hwi_eqe) << MODEL_EQ_LOG;

	memset(eq, 0, sizeof(*eq));
	eq->log = MODEL_EQ_LOG;
	eq->ring = model_alloc(f, bytes + sizeof(*eq->rec), 32768);
	eq->rec = (void *)((uint8_t *)eq->ring + bytes);
	model_pbl(f, eq->ring, bytes + sizeof(*eq->rec), &in.pbl);
	eq->eqn = model_create_obj(f, SKUA_HWI_CMD_CREATE_EQ, &in, sizeof(in));
}

static uint32_t arm_word(uint32_t sn, uint32_t what)
{
	return htole32(sn << SKUA_HWI_ARM_SN_SHIFT | what);
}

void model_eq_arm(struct model_eq *eq)
{
	__atomic_store_n(&eq->rec->ci, htole32(eq->ci), __ATOMIC_RELEASE);
	__atomic_store_n(&eq->rec->arm, arm_word(++eq->sn, SKUA_HWI_ARM_ANY),
			 __ATOMIC_SEQ_CST);
	atomic_thread_fence(memory_order_seq_cst);
}

bool model_event(struct model_eq *eq, struct skua_hwi_eqe *out)
{
	struct skua_hwi_eqe *e = &eq->ring[eq->ci & ((1u << eq->log) - 1)];
	uint32_t owner = le32toh(__atomic_load_n(&e->owner, __ATOMIC_ACQUIRE));

	if (!((owner ^ eq->ci >> eq->log) & SKUA_HWI_OWNER_PHASE))
		return false;
	*out = *e;
	eq->ci++;
	__atomic_store_n(&eq->rec->ci, htole32(eq->ci), __ATOMIC_RELEASE);
	return true;
}

static void model_gid(struct model_fn *f)
{
	struct skua_hwi_set_gid_in in = {
		.valid = 1,
		.vlan = htole16(SKUA_HWI_VLAN_NONE),
	};

	memcpy(in.smac, f->mac, sizeof(in.smac));
	memcpy(in.gid, f->gid, sizeof(in.gid));
	assert_int_equal(model_cmd(f, SKUA_HWI_CMD_SET_GID, &in, sizeof(in),
				   NULL, 0), SKUA_HWI_OK);
}

static void model_port(struct model_fn *f)
{
	struct skua_hwi_set_port_in in = {
		.mtu = htole16(9000),
		.flags = htole32(SKUA_HWI_PORT_UP),
	};

	memcpy(in.mac, f->mac, sizeof(in.mac));
	assert_int_equal(model_cmd(f, SKUA_HWI_CMD_SET_PORT, &in, sizeof(in),
				   NULL, 0), SKUA_HWI_OK);
}

void model_up(struct model_fn *f)
{
	uint64_t base;

	f->cmdq = model_alloc(f, sizeof(*f->cmdq) << MODEL_CMDQ_LOG, 4096);
	f->cmd_pi = 0;
	base = model_iova(f, f->cmdq);
	skua_function_write(f->fn, SKUA_HWI_REG_CMDQ_BASE_LO, 4, (uint32_t)base);
	skua_function_write(f->fn, SKUA_HWI_REG_CMDQ_BASE_HI, 4, base >> 32);
	skua_function_write(f->fn, SKUA_HWI_REG_CMDQ_CTRL, 4,
			    SKUA_HWI_CMDQ_ENABLE | MODEL_CMDQ_LOG);
	model_eq(f, &f->eq[0], 0, SKUA_HWI_EQ_ASYNC);
	model_eq(f, &f->eq[1], 1, 0);
	f->pdn = model_create_obj(f, SKUA_HWI_CMD_CREATE_PD, NULL, 0);
	model_port(f);
	model_gid(f);
}

static void model_fn_create(struct model *m, unsigned int i)
{
	struct model_fn *f = &m->fn[i];
	struct skua_function_config cfg = {
		.vectors = 4,
		.ops = &model_ops,
		.ctx = f,
		.port = i,
	};
	const uint8_t mac[6] = { 0x02, 0x53, 0x4b, 0, 0, i + 1 };
	const uint8_t gid[16] = { [10] = 0xff, 0xff, 10, 0, 0, i + 1 };

	f->m = m;
	memcpy(f->mac, mac, sizeof(mac));
	memcpy(cfg.mac, mac, sizeof(mac));
	memcpy(f->gid, gid, sizeof(gid));
	f->uar = mmap(NULL, SKUA_HWI_UAR_BAR_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	f->ram = mmap(NULL, MODEL_RAM_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(f->uar != MAP_FAILED && f->ram != MAP_FAILED);
	cfg.uar = f->uar;
	f->fn = skua_function_create(m->ad, &cfg);
	assert_non_null(f->fn);
	assert_int_equal(skua_dma_map(f->fn, MODEL_RAM_IOVA, MODEL_RAM_SIZE,
				      f->ram, true), 0);
	model_up(f);
}

struct model *model_create(unsigned int nfn, bool threaded)
{
	struct model *m = calloc(1, sizeof(*m));
	struct skua_adapter_config cfg = { .now = model_now, .now_ctx = m };
	unsigned int i;

	assert_non_null(m);
	assert_true(nfn <= MODEL_MAX_FN);
	m->threaded = threaded;
	m->now = 1000000000;
	m->nfn = nfn;
	m->ad = skua_adapter_create(threaded ? NULL : &cfg);
	assert_non_null(m->ad);
	if (threaded)
		assert_int_equal(skua_adapter_start(m->ad), 0);
	for (i = 0; i < nfn; i++)
		model_fn_create(m, i);
	return m;
}

void model_destroy(struct model *m)
{
	unsigned int i;

	for (i = 0; i < m->nfn; i++)
		skua_function_destroy(m->fn[i].fn);
	skua_adapter_destroy(m->ad);
	for (i = 0; i < m->nfn; i++) {
		munmap(m->fn[i].uar, SKUA_HWI_UAR_BAR_SIZE);
		munmap(m->fn[i].ram, MODEL_RAM_SIZE);
	}
	free(m);
}

struct model_mr model_mr(struct model_fn *f, size_t len, uint8_t access)
{
	struct skua_hwi_create_mkey_in in = {
		.pdn = htole32(f->pdn),
		.type = SKUA_HWI_MKEY_MR,
		.access = access,
		.variant = 0x5a,
		.len = htole64(len),
	};
	struct model_mr mr = { .len = len };

	mr.buf = model_alloc(f, len, MODEL_PAGE);
	mr.iova = model_iova(f, mr.buf);
	in.iova = htole64(mr.iova);
	model_pbl(f, mr.buf, len, &in.pbl);
	mr.key = model_create_obj(f, SKUA_HWI_CMD_CREATE_MKEY, &in, sizeof(in));
	return mr;
}

void model_cq(struct model_fn *f, struct model_cq *cq, uint8_t log)
{
	struct skua_hwi_create_cq_in in = {
		.log_size = log,
		.eqn = htole32(f->eq[1].eqn),
	};
	size_t bytes = sizeof(struct skua_hwi_cqe) << log;

	memset(cq, 0, sizeof(*cq));
	cq->f = f;
	cq->log = log;
	cq->ring = model_alloc(f, bytes + sizeof(*cq->rec), 4096);
	cq->rec = (void *)((uint8_t *)cq->ring + bytes);
	model_pbl(f, cq->ring, bytes + sizeof(*cq->rec), &in.pbl);
	cq->cqn = model_create_obj(f, SKUA_HWI_CMD_CREATE_CQ, &in, sizeof(in));
}

void model_cq_arm(struct model_cq *cq, uint32_t what)
{
	__atomic_store_n(&cq->rec->arm, arm_word(++cq->sn, what),
			 __ATOMIC_SEQ_CST);
	atomic_thread_fence(memory_order_seq_cst);
}

bool model_look(struct model_cq *cq, struct skua_hwi_cqe *out)
{
	struct skua_hwi_cqe *e = &cq->ring[cq->ci & ((1u << cq->log) - 1)];
	uint32_t owner = le32toh(__atomic_load_n(&e->owner, __ATOMIC_ACQUIRE));

	if (!((owner ^ cq->ci >> cq->log) & SKUA_HWI_OWNER_PHASE))
		return false;
	*out = *e;
	cq->ci++;
	__atomic_store_n(&cq->rec->ci, htole32(cq->ci), __ATOMIC_RELEASE);
	return true;
}

bool model_poll(struct model_cq *cq, struct skua_hwi_cqe *out)
{
	model_run(cq->f->m);
	return model_look(cq, out);
}

struct skua_hwi_cqe model_wait(struct model_cq *cq)
{
	uint64_t end = wall_ns() + MODEL_WAIT_NS;
	struct skua_hwi_cqe cqe;

	while (!model_poll(cq, &cqe))
		if (!cq->f->m->threaded || wall_ns() > end)
			fail_msg("no completion");
	return cqe;
}

void model_srq(struct model_fn *f, struct model_srq *srq, uint8_t log)
{
	struct skua_hwi_create_srq_in in = {
		.pdn = htole32(f->pdn),
		.log_size = log,
		.log_stride = SKUA_HWI_RQ_MIN_LOG_STRIDE,
	};
	size_t bytes = 64ul << log;

	memset(srq, 0, sizeof(*srq));
	srq->f = f;
	srq->log = log;
	srq->ring = model_alloc(f, bytes + sizeof(*srq->rec), 4096);
	srq->rec = (void *)(srq->ring + bytes);
	model_pbl(f, srq->ring, bytes + sizeof(*srq->rec), &in.pbl);
	srq->srqn = model_create_obj(f, SKUA_HWI_CMD_CREATE_SRQ, &in,
				     sizeof(in));
}

void model_qp(struct model_fn *f, struct model_qp *qp, uint8_t type,
	      struct model_cq *send_cq, struct model_cq *recv_cq,
	      struct model_srq *srq, uint8_t log_sq, uint8_t log_rq)
{
	uint32_t slot = f->next_slot++;
	struct skua_hwi_create_qp_in in = {
		.type = type,
		.log_sq = log_sq,
		.log_rq = srq ? SKUA_HWI_LOG_NONE : log_rq,
		.log_rq_stride = SKUA_HWI_RQ_MIN_LOG_STRIDE,
		.pdn = htole32(f->pdn),
		.send_cqn = htole32(send_cq->cqn),
		.recv_cqn = htole32(recv_cq->cqn),
		.srqn = htole32(srq ? srq->srqn : SKUA_HWI_NONE),
		.uar_page = htole16(slot / SKUA_HWI_DB_SLOTS),
		.db_slot = slot % SKUA_HWI_DB_SLOTS,
	};
	size_t sq_bytes = (size_t)SKUA_HWI_WQE_BB << log_sq;
	size_t rq_bytes = 64ul << log_rq;

	memset(qp, 0, sizeof(*qp));
	qp->f = f;
	qp->type = type;
	qp->send_cq = send_cq;
	qp->recv_cq = recv_cq;
	qp->srq = srq;
	qp->log_sq = log_sq;
	qp->log_rq = log_rq;
	qp->uar_page = slot / SKUA_HWI_DB_SLOTS;
	qp->db_slot = slot % SKUA_HWI_DB_SLOTS;
	qp->slot = (struct skua_hwi_db_slot *)f->uar + slot;
	qp->sq = model_alloc(f, sq_bytes, 4096);
	model_pbl(f, qp->sq, sq_bytes, &in.sq);
	if (!srq) {
		qp->rq = model_alloc(f, rq_bytes + sizeof(*qp->rq_rec), 4096);
		qp->rq_rec = (void *)(qp->rq + rq_bytes);
		model_pbl(f, qp->rq, rq_bytes + sizeof(*qp->rq_rec), &in.rq);
	}
	qp->qpn = model_create_obj(f, SKUA_HWI_CMD_CREATE_QP, &in, sizeof(in));
}

int model_modify(struct model_qp *qp, uint32_t mask,
		 const struct skua_hwi_qp_attr *attr)
{
	struct skua_hwi_modify_qp_in in = {
		.handle = htole32(qp->qpn),
		.mask = htole32(mask),
		.attr = *attr,
	};

	return model_cmd(qp->f, SKUA_HWI_CMD_MODIFY_QP, &in, sizeof(in), NULL,
			 0);
}

static struct skua_hwi_av model_av(const struct model_qp *peer)
{
	struct skua_hwi_av av = {
		.vlan = htole16(SKUA_HWI_VLAN_NONE),
		.hop_limit = 64,
	};

	memcpy(av.dmac, peer->f->mac, sizeof(av.dmac));
	memcpy(av.dgid, peer->f->gid, sizeof(av.dgid));
	return av;
}

struct skua_hwi_qp_attr model_attr(const struct model_qp *qp,
				   const struct model_qp *peer)
{
	(void)qp;
	return (struct skua_hwi_qp_attr){
		.access = SKUA_HWI_ACCESS_REMOTE_WRITE |
			  SKUA_HWI_ACCESS_REMOTE_READ |
			  SKUA_HWI_ACCESS_REMOTE_ATOMIC,
		.path_mtu = 5,
		.timeout = 14,
		.retry_cnt = 7,
		.rnr_retry = 7,
		.min_rnr_timer = 12,
		.max_rd_atomic = 4,
		.max_dest_rd_atomic = 4,
		.rq_psn = htole32(0xfffff0), /* wraps around early */
		.sq_psn = htole32(0xfffff0),
		.dest_qpn = htole32(peer->qpn),
		.av = model_av(peer),
	};
}

static void model_must_modify(struct model_qp *qp, uint32_t mask,
			      const struct skua_hwi_qp_attr *attr)
{
	assert_int_equal(model_modify(qp, SKUA_HWI_QP_STATE | mask, attr),
			 SKUA_HWI_OK);
}

void model_connect(struct model_qp *qp, const struct model_qp *peer)
{
	struct skua_hwi_qp_attr attr = model_attr(qp, peer);
	bool rc = qp->type == SKUA_HWI_QPT_RC;

	attr.state = SKUA_HWI_QPS_INIT;
	model_must_modify(qp, SKUA_HWI_QP_ACCESS | SKUA_HWI_QP_PKEY_INDEX,
			  &attr);
	attr.state = SKUA_HWI_QPS_RTR;
	model_must_modify(qp, SKUA_HWI_QP_AV | SKUA_HWI_QP_PATH_MTU |
			  SKUA_HWI_QP_DEST_QPN | SKUA_HWI_QP_RQ_PSN |
			  (rc ? SKUA_HWI_QP_MAX_DEST_RD |
			   SKUA_HWI_QP_MIN_RNR_TIMER : 0), &attr);
	attr.state = SKUA_HWI_QPS_RTS;
	model_must_modify(qp, SKUA_HWI_QP_SQ_PSN |
			  (rc ? SKUA_HWI_QP_TIMEOUT | SKUA_HWI_QP_RETRY_CNT |
			   SKUA_HWI_QP_RNR_RETRY | SKUA_HWI_QP_MAX_RD : 0),
			  &attr);
}

void model_ready(struct model_qp *qp, uint32_t qkey)
{
	bool ud = qp->type == SKUA_HWI_QPT_UD || qp->type == SKUA_HWI_QPT_GSI;
	struct skua_hwi_qp_attr attr = { .qkey = htole32(qkey) };

	attr.state = SKUA_HWI_QPS_INIT;
	model_must_modify(qp, ud ? SKUA_HWI_QP_QKEY | SKUA_HWI_QP_PKEY_INDEX :
			  0, &attr);
	attr.state = SKUA_HWI_QPS_RTR;
	model_must_modify(qp, 0, &attr);
	attr.state = SKUA_HWI_QPS_RTS;
	model_must_modify(qp, ud ? SKUA_HWI_QP_SQ_PSN : 0, &attr);
}

/* A WQE is put together flat, then copied block by block into the ring. */
struct flat {
	uint8_t buf[SKUA_HWI_WQE_MAX_BB * SKUA_HWI_WQE_BB];
	size_t len;
};

static void flat_put(struct flat *w, const void *seg, size_t len)
{
	assert_true(len <= sizeof(w->buf) - w->len);
	memcpy(w->buf + w->len, seg, len);
	w->len += len;
}

static void flat_remote(struct flat *w, const struct model_wr *wr)
{
	struct skua_hwi_wqe_remote remote = {
		.addr = htole64(wr->raddr),
		.rkey = htole32(wr->rkey),
	};
	struct skua_hwi_wqe_atomic atomic = {
		.swap_add = htole64(wr->swap_add),
		.compare = htole64(wr->compare),
	};

	switch (wr->opcode) {
	case SKUA_HWI_WQE_CMP_SWAP:
	case SKUA_HWI_WQE_FETCH_ADD:
		flat_put(w, &remote, sizeof(remote));
		flat_put(w, &atomic, sizeof(atomic));
		break;
	case SKUA_HWI_WQE_WRITE:
	case SKUA_HWI_WQE_WRITE_IMM:
	case SKUA_HWI_WQE_READ:
		flat_put(w, &remote, sizeof(remote));
		break;
	}
}

static void flat_ud(struct flat *w, const struct model_wr *wr)
{
	struct skua_hwi_wqe_ud ud = {
		.av = model_av(wr->ud_peer),
		.dqpn = htole32(wr->ud_peer->qpn),
		.qkey = htole32(wr->ud_qkey),
	};

	flat_put(w, &ud, sizeof(ud));
}

static void flat_data(struct flat *w, const struct model_wr *wr)
{
	struct skua_hwi_sge sge;
	unsigned int i;

	for (i = 0; i < wr->num_sge; i++) {
		sge.addr = htole64(wr->sge[i].addr);
		sge.len = htole32(wr->sge[i].len);
		sge.lkey = htole32(wr->sge[i].lkey);
		flat_put(w, &sge, sizeof(sge));
	}
	if (wr->inline_data)
		flat_put(w, wr->inline_data, wr->inline_len);
}

uint32_t model_post(struct model_qp *qp, const struct model_wr *wr)
{
	struct skua_hwi_wqe_ctrl ctrl = {
		.opcode = wr->opcode,
		.flags = wr->flags,
		.num_sge = wr->num_sge,
		.inline_len = htole32(wr->inline_len),
	};
	uint32_t mask = (1u << qp->log_sq) - 1, at = qp->sq_pi, i;
	struct flat w = { .len = sizeof(ctrl) };

	if (wr->opcode == SKUA_HWI_WQE_SEND_INV ||
	    wr->opcode == SKUA_HWI_WQE_LOCAL_INV)
		ctrl.inv_key = htole32(wr->imm);
	else
		ctrl.imm = htonl(wr->imm);
	if (wr->inline_data)
		ctrl.flags |= SKUA_HWI_WQE_INLINE;
	if (wr->ud_peer)
		flat_ud(&w, wr);
	else
		flat_remote(&w, wr);
	flat_data(&w, wr);
	ctrl.num_bb = (w.len + SKUA_HWI_WQE_BB - 1) / SKUA_HWI_WQE_BB;
	memcpy(w.buf, &ctrl, sizeof(ctrl));
	for (i = 0; i < ctrl.num_bb; i++)
		memcpy(qp->sq + (size_t)((at + i) & mask) * SKUA_HWI_WQE_BB,
		       w.buf + (size_t)i * SKUA_HWI_WQE_BB, SKUA_HWI_WQE_BB);
	qp->sq_pi += ctrl.num_bb;
	return at;
}

void model_ring(struct model_qp *qp)
{
	__atomic_store_n(&qp->slot->pi, htole32(qp->sq_pi), __ATOMIC_SEQ_CST);
	atomic_thread_fence(memory_order_seq_cst);
	if (__atomic_load_n(&qp->slot->armed, __ATOMIC_SEQ_CST))
		skua_function_kick(qp->f->fn, qp->uar_page, qp->db_slot);
}

uint32_t model_send(struct model_qp *qp, uint8_t opcode,
		    const struct model_mr *mr, uint64_t off, uint32_t len,
		    uint64_t raddr, uint32_t rkey)
{
	struct model_wr wr = {
		.opcode = opcode,
		.flags = SKUA_HWI_WQE_SIGNALED,
		.raddr = raddr,
		.rkey = rkey,
		.num_sge = 1,
		.sge[0] = { mr->iova + off, len, mr->key },
	};
	uint32_t at = model_post(qp, &wr);

	model_ring(qp);
	return at;
}

static void put_rwqe(uint8_t *ring, uint8_t log, uint32_t pi, uint32_t tag,
		     const struct model_mr *mr, uint64_t off, uint32_t len)
{
	uint8_t *e = ring + (size_t)(pi & ((1u << log) - 1)) * 64;
	struct skua_hwi_rwqe head = { .tag = htole32(tag), .num_sge = 1 };
	struct skua_hwi_sge sge = {
		.addr = htole64(mr->iova + off),
		.len = htole32(len),
		.lkey = htole32(mr->key),
	};

	memcpy(e, &head, sizeof(head));
	memcpy(e + sizeof(head), &sge, sizeof(sge));
}

void model_recv(struct model_qp *qp, uint32_t tag, const struct model_mr *mr,
		uint64_t off, uint32_t len)
{
	put_rwqe(qp->rq, qp->log_rq, qp->rq_pi++, tag, mr, off, len);
	__atomic_store_n(&qp->rq_rec->pi, htole32(qp->rq_pi), __ATOMIC_SEQ_CST);
	atomic_thread_fence(memory_order_seq_cst);
	if (__atomic_load_n(&qp->rq_rec->armed, __ATOMIC_SEQ_CST))
		skua_function_kick(qp->f->fn, qp->uar_page,
				   qp->db_slot | SKUA_HWI_KICK_RQ);
}

void model_srq_recv(struct model_srq *srq, uint32_t tag,
		    const struct model_mr *mr, uint64_t off, uint32_t len)
{
	put_rwqe(srq->ring, srq->log, srq->pi++, tag, mr, off, len);
	__atomic_store_n(&srq->rec->pi, htole32(srq->pi), __ATOMIC_SEQ_CST);
}

void model_pair(struct model_fn *a, struct model_fn *b, uint8_t type,
		struct model_pair *p)
{
	struct model_fn *f[2] = { a, b };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		model_cq(f[i], &p->cq[i], 8);
		model_qp(f[i], &p->qp[i], type, &p->cq[i], &p->cq[i], NULL, 8,
			 8);
	}
	for (i = 0; i < 2; i++) {
		if (type == SKUA_HWI_QPT_RC || type == SKUA_HWI_QPT_UC)
			model_connect(&p->qp[i], &p->qp[!i]);
		else
			model_ready(&p->qp[i], 0x11111111);
	}
}
