// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "compat.h"
#include "provider_fake.h"

/* Page offsets on the command fd, which is a memory file here. */
#define FAKE_DB_OFF   0
#define FAKE_KICK_OFF SKUA_HWI_UAR_PAGE_SIZE

#define FAKE_FIRST_QPN 0x012ffe /* the third is on the next leaf of the table */

static uint32_t next_qpn;

int __wrap_ibv_cmd_alloc_pd(struct ibv_context *ctx, struct ibv_pd *pd,
			    struct ibv_alloc_pd *cmd, size_t cmd_size,
			    struct ib_uverbs_alloc_pd_resp *resp,
			    size_t resp_size);
int __wrap_ibv_cmd_alloc_pd(struct ibv_context *ctx, struct ibv_pd *pd,
			    struct ibv_alloc_pd *cmd, size_t cmd_size,
			    struct ib_uverbs_alloc_pd_resp *resp,
			    size_t resp_size)
{
	pd->context = ctx;
	pd->handle = 7;
	container_of(resp, struct skua_alloc_pd_resp, ibv_resp)->pdn = 70;
	return 0;
}

int __wrap_ibv_cmd_dealloc_pd(struct ibv_pd *pd);
int __wrap_ibv_cmd_dealloc_pd(struct ibv_pd *pd)
{
	return 0;
}

int __wrap_ibv_cmd_create_ah(struct ibv_pd *pd, struct ibv_ah *ah,
			     struct ibv_ah_attr *attr,
			     struct ib_uverbs_create_ah_resp *resp,
			     size_t resp_size);
int __wrap_ibv_cmd_create_ah(struct ibv_pd *pd, struct ibv_ah *ah,
			     struct ibv_ah_attr *attr,
			     struct ib_uverbs_create_ah_resp *resp,
			     size_t resp_size)
{
	struct skua_create_ah_resp *r =
		container_of(resp, struct skua_create_ah_resp, ibv_resp);

	memcpy(r->dmac, "\x02\x11\x22\x33\x44\x55", sizeof(r->dmac));
	r->vlan = SKUA_HWI_VLAN_NONE;
	return 0;
}

int __wrap_ibv_cmd_destroy_ah(struct ibv_ah *ah);
int __wrap_ibv_cmd_destroy_ah(struct ibv_ah *ah)
{
	return 0;
}

int __wrap_ibv_cmd_create_cq_ex(struct ibv_context *ctx,
				const struct ibv_cq_init_attr_ex *attr,
				struct verbs_cq *cq,
				struct ibv_create_cq_ex *cmd, size_t cmd_size,
				struct ib_uverbs_ex_create_cq_resp *resp,
				size_t resp_size, uint32_t flags);
int __wrap_ibv_cmd_create_cq_ex(struct ibv_context *ctx,
				const struct ibv_cq_init_attr_ex *attr,
				struct verbs_cq *cq,
				struct ibv_create_cq_ex *cmd, size_t cmd_size,
				struct ib_uverbs_ex_create_cq_resp *resp,
				size_t resp_size, uint32_t flags)
{
	cq->cq.context = ctx;
	return 0;
}

int __wrap_ibv_cmd_destroy_cq(struct ibv_cq *cq);
int __wrap_ibv_cmd_destroy_cq(struct ibv_cq *cq)
{
	return 0;
}

int __wrap_ibv_cmd_create_srq(struct ibv_pd *pd, struct ibv_srq *srq,
			      struct ibv_srq_init_attr *attr,
			      struct ibv_create_srq *cmd, size_t cmd_size,
			      struct ib_uverbs_create_srq_resp *resp,
			      size_t resp_size);
int __wrap_ibv_cmd_create_srq(struct ibv_pd *pd, struct ibv_srq *srq,
			      struct ibv_srq_init_attr *attr,
			      struct ibv_create_srq *cmd, size_t cmd_size,
			      struct ib_uverbs_create_srq_resp *resp,
			      size_t resp_size)
{
	srq->context = pd->context;
	return 0;
}

int __wrap_ibv_cmd_destroy_srq(struct ibv_srq *srq);
int __wrap_ibv_cmd_destroy_srq(struct ibv_srq *srq)
{
	return 0;
}

int __wrap_ibv_cmd_create_qp_ex2(struct ibv_context *ctx, struct verbs_qp *vqp,
				 struct ibv_qp_init_attr_ex *attr,
				 struct ibv_create_qp_ex *cmd, size_t cmd_size,
				 struct ib_uverbs_ex_create_qp_resp *resp,
				 size_t resp_size);
int __wrap_ibv_cmd_create_qp_ex2(struct ibv_context *ctx, struct verbs_qp *vqp,
				 struct ibv_qp_init_attr_ex *attr,
				 struct ibv_create_qp_ex *cmd, size_t cmd_size,
				 struct ib_uverbs_ex_create_qp_resp *resp,
				 size_t resp_size)
{
	struct skua_create_qp_resp *r =
		container_of(resp, struct skua_create_qp_resp, ibv_resp);
	struct ibv_qp *qp = &vqp->qp;

	qp->context = ctx;
	qp->pd = attr->pd;
	qp->send_cq = attr->send_cq;
	qp->recv_cq = attr->recv_cq;
	qp->srq = attr->srq;
	qp->qp_type = attr->qp_type;
	qp->qp_num = next_qpn;
	r->db_mmap_off = FAKE_DB_OFF;
	r->kick_mmap_off = FAKE_KICK_OFF;
	r->uar_index = 3;
	r->db_slot = next_qpn++ % SKUA_HWI_DB_SLOTS;
	return 0;
}

int __wrap_ibv_cmd_modify_qp(struct ibv_qp *qp, struct ibv_qp_attr *attr,
			     int mask, struct ibv_modify_qp *cmd, size_t size);
int __wrap_ibv_cmd_modify_qp(struct ibv_qp *qp, struct ibv_qp_attr *attr,
			     int mask, struct ibv_modify_qp *cmd, size_t size)
{
	return 0;
}

int __wrap_ibv_cmd_destroy_qp(struct ibv_qp *qp);
int __wrap_ibv_cmd_destroy_qp(struct ibv_qp *qp)
{
	return 0;
}

static void *map_page(int fd, off_t off)
{
	void *page = mmap(NULL, SKUA_HWI_UAR_PAGE_SIZE, PROT_READ | PROT_WRITE,
			  MAP_SHARED, fd, off);

	assert_ptr_not_equal(page, MAP_FAILED);
	return page;
}

int fake_setup(void **state)
{
	struct ibv_cq_init_attr_ex attr = {
		.cqe = 16,
		.wc_flags = IBV_WC_STANDARD_FLAGS | IBV_WC_EX_WITH_CVLAN |
			    IBV_WC_EX_WITH_COMPLETION_TIMESTAMP,
	};
	struct fake *f = calloc(1, sizeof(*f));
	int fd;

	assert_non_null(f);
	fd = memfd_create("bar", 0);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 2 * SKUA_HWI_UAR_PAGE_SIZE), 0);
	f->db = map_page(fd, FAKE_DB_OFF);
	f->kick = map_page(fd, FAKE_KICK_OFF);
	*f->kick = FAKE_NO_KICK;

	f->ctx.vctx.context.cmd_fd = fd;
	f->ctx.caps = ~0ull;
	f->ctx.max_sge = SKUA_HWI_MAX_SGE;
	f->ctx.max_inline = SKUA_HWI_MAX_INLINE;
	f->ctx.log_max_sq = SKUA_HWI_SQ_MAX_LOG;
	f->ctx.log_max_rq = SKUA_HWI_RQ_MAX_LOG;
	f->ctx.log_max_srq = SKUA_HWI_RQ_MAX_LOG;
	f->ctx.log_max_cq = SKUA_HWI_CQ_MAX_LOG;
	pthread_mutex_init(&f->ctx.mutex, NULL);
	list_head_init(&f->ctx.uars);

	next_qpn = FAKE_FIRST_QPN;
	f->pd = skua_alloc_pd(&f->ctx.vctx.context);
	assert_non_null(f->pd);
	f->cq = skua_create_cq_ex(&f->ctx.vctx.context, &attr);
	assert_non_null(f->cq);
	*state = f;
	return 0;
}

/* The provider must have unmapped its doorbells and emptied its QP table. */
int fake_teardown(void **state)
{
	struct fake *f = *state;
	size_t i;

	assert_int_equal(skua_destroy_cq(ibv_cq_ex_to_cq(f->cq)), 0);
	assert_int_equal(skua_dealloc_pd(f->pd), 0);
	assert_true(list_empty(&f->ctx.uars));
	for (i = 0; i < SKUA_QPT_SIZE; i++)
		assert_null(f->ctx.qpt[i]);
	munmap(f->db, SKUA_HWI_UAR_PAGE_SIZE);
	munmap(f->kick, SKUA_HWI_UAR_PAGE_SIZE);
	close(f->ctx.vctx.context.cmd_fd);
	free(f);
	return 0;
}

void set_state(struct skua_qp *qp, enum ibv_qp_state state)
{
	struct ibv_qp_attr attr = { .qp_state = state };

	assert_int_equal(skua_modify_qp(&qp->vqp.qp, &attr, IBV_QP_STATE), 0);
	qp->vqp.qp.state = state; /* as ibv_modify_qp() does */
}

struct skua_qp *make_qp(struct fake *f, enum ibv_qp_type type, uint32_t wrs,
			uint32_t sges, uint32_t inline_len, struct ibv_srq *srq)
{
	struct ibv_qp_init_attr_ex attr = {
		.send_cq = ibv_cq_ex_to_cq(f->cq),
		.recv_cq = ibv_cq_ex_to_cq(f->cq),
		.srq = srq,
		.cap = {
			.max_send_wr = wrs,
			.max_recv_wr = wrs,
			.max_send_sge = sges,
			.max_recv_sge = sges,
			.max_inline_data = inline_len,
		},
		.qp_type = type,
		.comp_mask = IBV_QP_INIT_ATTR_PD |
			     IBV_QP_INIT_ATTR_SEND_OPS_FLAGS,
		.pd = f->pd,
		.send_ops_flags = IBV_QP_EX_WITH_SEND |
				  IBV_QP_EX_WITH_SEND_WITH_IMM,
	};
	struct ibv_qp *ibqp;

	if (type == IBV_QPT_RC)
		attr.send_ops_flags = IBV_QP_EX_WITH_TSO - 1;
	ibqp = skua_create_qp_ex(&f->ctx.vctx.context, &attr);
	assert_non_null(ibqp);
	assert_true(attr.cap.max_send_wr >= wrs);
	assert_true(attr.cap.max_send_sge >= sges);
	assert_true(attr.cap.max_inline_data >= inline_len);
	set_state(to_skua_qp(ibqp), IBV_QPS_RTS);
	return to_skua_qp(ibqp);
}

void free_qp(struct skua_qp *qp)
{
	assert_int_equal(skua_destroy_qp(&qp->vqp.qp), 0);
}

struct ibv_ah *make_ah(struct fake *f)
{
	struct ibv_ah_attr attr = {
		.is_global = 1,
		.sl = 5,
		.grh = {
			.dgid.raw = { 0xfe, 0x80, [15] = 9 },
			.flow_label = 0x12345,
			.sgid_index = 4,
			.hop_limit = 64,
			.traffic_class = 8,
		},
	};
	struct ibv_ah *ah = skua_create_ah(f->pd, &attr);

	assert_non_null(ah);
	return ah;
}

/* hwi §8: the owner word, last, says which lap the entry is of. */
struct skua_hwi_cqe *put_cqe(struct fake *f, uint32_t qpn, uint8_t opcode,
			     uint32_t wqe)
{
	struct skua_cq *cq = to_skua_cq_ex(f->cq);
	struct skua_hwi_cqe *cqe = &cq->ring[f->cq_pi & cq->mask];
	uint32_t lap = f->cq_pi++ / (cq->mask + 1);

	memset(cqe, 0, offsetof(struct skua_hwi_cqe, owner));
	cqe->qpn = htole32(qpn);
	cqe->opcode = opcode;
	cqe->wqe = htole32(wqe);
	cqe->owner = htole32(~lap & SKUA_HWI_OWNER_PHASE);
	return cqe;
}

uint32_t slot_pi(const struct skua_qp *qp)
{
	return le32toh(qp->sq.db->pi);
}

const void *sq_block(const struct skua_qp *qp, uint32_t index)
{
	return (const char *)qp->sq.ring +
	       (index & qp->sq.mask) * SKUA_HWI_WQE_BB;
}

uint32_t take_kick(struct fake *f)
{
	uint32_t kick = le32toh(*f->kick);

	*f->kick = FAKE_NO_KICK;
	return kick;
}
