// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Reliable connection: every error status, its events, and the flush. */
#include "rig.h"

#define SIGNALED SKUA_HWI_WQE_SIGNALED

static struct model_wr write_wr(struct rig *r)
{
	return (struct model_wr){
		.opcode = SKUA_HWI_WQE_WRITE,
		.flags = SIGNALED,
		.raddr = r->mr[1].iova,
		.rkey = r->mr[1].key,
		.num_sge = 1,
		.sge[0] = { r->mr[0].iova, 64, r->mr[0].key },
	};
}

/*
 * wr between a good WRITE before it and two behind it, of which one is
 * unsignaled: it fails with status, in its place, and the others are flushed.
 */
static void expect_failure(struct rig *r, const struct model_wr *wr,
			   uint8_t status)
{
	struct model_wr good = write_wr(r);
	uint32_t at[4];

	model_recv(&r->p.qp[0], 501, &r->mr[0], 0, 64);
	model_recv(&r->p.qp[0], 502, &r->mr[0], 0, 64);
	at[0] = model_post(&r->p.qp[0], &good);
	at[1] = model_post(&r->p.qp[0], wr);
	good.flags = 0;
	at[2] = model_post(&r->p.qp[0], &good);
	good.flags = SIGNALED;
	at[3] = rig_post(&r->p.qp[0], &good);

	assert_int_equal(rig_await(r, &r->p.cq[0]).wqe, htole32(at[0]));
	assert_int_equal(rig_await(r, &r->p.cq[0]).status, status);
	rig_expect(&r->p.cq[0], at[2], SKUA_HWI_CQE_WR_FLUSH_ERR);
	rig_expect(&r->p.cq[0], at[3], SKUA_HWI_CQE_WR_FLUSH_ERR);
	rig_expect(&r->p.cq[0], 501, SKUA_HWI_CQE_WR_FLUSH_ERR);
	rig_expect(&r->p.cq[0], 502, SKUA_HWI_CQE_WR_FLUSH_ERR);
	rig_expect_none(&r->p.cq[0]);
	assert_int_equal(rig_state(&r->p.qp[0]), SKUA_HWI_QPS_ERR);

	/* And so is what is posted now, to either queue. */
	at[0] = rig_post(&r->p.qp[0], &good);
	rig_expect(&r->p.cq[0], at[0], SKUA_HWI_CQE_WR_FLUSH_ERR);
	model_recv(&r->p.qp[0], 503, &r->mr[0], 0, 64);
	rig_expect(&r->p.cq[0], 503, SKUA_HWI_CQE_WR_FLUSH_ERR);
	rig_expect_no_event(&r->m->fn[0]);
}

static void test_bad_opcode(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = { .opcode = 0x77, .flags = 0 };

	expect_failure(r, &wr, SKUA_HWI_CQE_LOC_QP_OP_ERR);
	assert_int_equal(rig_state(&r->p.qp[1]), SKUA_HWI_QPS_RTS);
}

static void test_bad_flags(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = write_wr(r);

	wr.flags |= 0x80;
	expect_failure(r, &wr, SKUA_HWI_CQE_LOC_QP_OP_ERR);
}

static void test_inline_read(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = write_wr(r);

	wr.opcode = SKUA_HWI_WQE_READ;
	wr.num_sge = 0;
	wr.inline_data = "12345678";
	wr.inline_len = 8;
	expect_failure(r, &wr, SKUA_HWI_CQE_LOC_QP_OP_ERR);
}

static void test_atomic_length(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = write_wr(r);

	wr.opcode = SKUA_HWI_WQE_FETCH_ADD;
	expect_failure(r, &wr, SKUA_HWI_CQE_LOC_LEN_ERR);
}

static void test_too_long(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = write_wr(r);

	wr.num_sge = 2;
	wr.sge[0].len = 0x80000000;
	wr.sge[1] = wr.sge[0];
	wr.sge[1].len = 1;
	expect_failure(r, &wr, SKUA_HWI_CQE_LOC_LEN_ERR);
}

static void test_bad_lkey(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = write_wr(r);

	wr.sge[0].lkey ^= 1;
	wr.flags = 0;
	expect_failure(r, &wr, SKUA_HWI_CQE_LOC_PROT_ERR);
}

/* The range ends inside of the message: its last segment fails. */
static void test_lkey_range(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = write_wr(r);

	wr.num_sge = 2;
	wr.sge[0].len = RIG_MR_SIZE - 4096;
	wr.sge[1] = wr.sge[0];
	wr.sge[1].addr += RIG_MR_SIZE - 8;
	wr.sge[1].len = 9;
	expect_failure(r, &wr, SKUA_HWI_CQE_LOC_PROT_ERR);
}

static void test_read_not_writable(void **state)
{
	struct rig *r = *state;
	struct model_mr ro = model_mr(&r->m->fn[0], 4096, 0);
	struct model_wr wr = write_wr(r);

	wr.opcode = SKUA_HWI_WQE_READ;
	wr.sge[0].addr = ro.iova;
	wr.sge[0].lkey = ro.key;
	expect_failure(r, &wr, SKUA_HWI_CQE_LOC_PROT_ERR);
}

static void test_bind_refused(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = { .opcode = SKUA_HWI_WQE_BIND_MW };

	/* num_bb says one block, which is what the segment needs: all zero. */
	expect_failure(r, &wr, SKUA_HWI_CQE_MW_BIND_ERR);
}

static void test_local_inv_refused(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = {
		.opcode = SKUA_HWI_WQE_LOCAL_INV,
		.imm = r->mr[0].key,
	};

	expect_failure(r, &wr, SKUA_HWI_CQE_LOC_QP_OP_ERR);
}

/* Memory that is unmapped behind a good key, at either end. */
static void unmap(struct rig *r, unsigned int i)
{
	struct model_fn *f = &r->m->fn[i];
	uint64_t lost = r->mr[i].iova + RIG_MR_SIZE - 4096;
	uint64_t end = MODEL_RAM_IOVA + MODEL_RAM_SIZE;
	uint8_t *host = r->mr[i].buf + RIG_MR_SIZE - 4096;

	assert_int_equal(skua_dma_unmap(f->fn, MODEL_RAM_IOVA, MODEL_RAM_SIZE,
					NULL, NULL),
			 0);
	assert_int_equal(skua_dma_map(f->fn, MODEL_RAM_IOVA,
				      lost - MODEL_RAM_IOVA, f->ram, true),
			 0);
	assert_int_equal(skua_dma_map(f->fn, lost + 4096, end - lost - 4096,
				      host + 4096, true),
			 0);
}

static void test_source_unmapped(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = write_wr(r);

	unmap(r, 0);
	wr.sge[0].len = RIG_MR_SIZE;
	expect_failure(r, &wr, SKUA_HWI_CQE_LOC_PROT_ERR);
	assert_int_equal(rig_state(&r->p.qp[1]), SKUA_HWI_QPS_RTS);
}

static void test_target_unmapped(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = write_wr(r);

	unmap(r, 1);
	wr.sge[0].len = RIG_MR_SIZE;
	expect_failure(r, &wr, SKUA_HWI_CQE_REM_OP_ERR);
	assert_int_equal(rig_state(&r->p.qp[1]), SKUA_HWI_QPS_ERR);
	rig_expect_event(&r->m->fn[1], SKUA_HWI_EVENT_QP_FATAL, r->p.qp[1].qpn);
}

static void test_read_source_unmapped(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = write_wr(r);

	unmap(r, 1);
	wr.opcode = SKUA_HWI_WQE_READ;
	wr.sge[0].len = RIG_MR_SIZE;
	expect_failure(r, &wr, SKUA_HWI_CQE_REM_OP_ERR);
}

static void expect_access_failure(struct rig *r, const struct model_wr *wr)
{
	model_recv(&r->p.qp[1], 600, &r->mr[1], 0, 64);
	expect_failure(r, wr, SKUA_HWI_CQE_REM_ACCESS_ERR);
	rig_expect_event(&r->m->fn[1], SKUA_HWI_EVENT_QP_ACCESS_ERR,
			 r->p.qp[1].qpn);
	rig_expect(&r->p.cq[1], 600, SKUA_HWI_CQE_WR_FLUSH_ERR);
	assert_int_equal(rig_state(&r->p.qp[1]), SKUA_HWI_QPS_ERR);
	assert_int_equal(rig_counter(&r->m->fn[0],
				     SKUA_HWI_CNT_REQ_REMOTE_ACCESS_ERRORS),
			 1);
	assert_int_equal(rig_counter(&r->m->fn[1],
				     SKUA_HWI_CNT_RESP_REMOTE_ACCESS_ERRORS),
			 1);
}

static void test_bad_rkey(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = write_wr(r);

	wr.rkey ^= 1;
	expect_access_failure(r, &wr);
}

static void test_rkey_range(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = write_wr(r);

	/* Refused at its start: nothing of it is written. */
	wr.sge[0].len = RIG_MR_SIZE;
	wr.raddr++;
	memset(r->mr[0].buf, 1, RIG_MR_SIZE);
	r->mr[1].buf[100] = 77;
	expect_access_failure(r, &wr);
	assert_int_equal(r->mr[1].buf[100], 77);
}

static void test_rkey_wraps(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = write_wr(r);

	wr.raddr = UINT64_MAX - 10;
	expect_access_failure(r, &wr);
}

static void test_read_bad_rkey(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = write_wr(r);

	wr.opcode = SKUA_HWI_WQE_READ;
	wr.rkey ^= 1;
	expect_access_failure(r, &wr);
}

static void test_atomic_read_only(void **state)
{
	struct rig *r = *state;
	struct model_mr ro =
		model_mr(&r->m->fn[1], 4096, SKUA_HWI_ACCESS_REMOTE_READ);
	struct model_wr wr = write_wr(r);

	wr.opcode = SKUA_HWI_WQE_CMP_SWAP;
	wr.sge[0].len = 8;
	wr.raddr = ro.iova;
	wr.rkey = ro.key;
	expect_access_failure(r, &wr);
}

static void expect_invalid(struct rig *r, const struct model_wr *wr)
{
	expect_failure(r, wr, SKUA_HWI_CQE_REM_INV_REQ_ERR);
	rig_expect_event(&r->m->fn[1], SKUA_HWI_EVENT_QP_REQ_ERR, r->p.qp[1].qpn);
	assert_int_equal(rig_state(&r->p.qp[1]), SKUA_HWI_QPS_ERR);
}

static void test_atomic_misaligned(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = write_wr(r);

	wr.opcode = SKUA_HWI_WQE_FETCH_ADD;
	wr.sge[0].len = 8;
	wr.raddr += 4;
	expect_invalid(r, &wr);
}

static void no_reads(struct skua_hwi_qp_attr *attr)
{
	attr->access &= ~SKUA_HWI_ACCESS_REMOTE_READ;
}

static void test_read_not_allowed(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = write_wr(r);

	rig_reconnect(r, no_reads);
	wr.opcode = SKUA_HWI_WQE_READ;
	expect_invalid(r, &wr);
}

static void no_read_depth(struct skua_hwi_qp_attr *attr)
{
	attr->max_dest_rd_atomic = 0;
}

static void test_read_depth(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = write_wr(r);

	rig_reconnect(r, no_read_depth);
	wr.opcode = SKUA_HWI_WQE_READ;
	expect_invalid(r, &wr);
}

static void test_recv_too_small(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = {
		.opcode = SKUA_HWI_WQE_SEND,
		.num_sge = 1,
		.sge[0] = { r->mr[0].iova, 600000, r->mr[0].key },
	};

	model_recv(&r->p.qp[1], 1, &r->mr[1], 0, 599999);
	model_recv(&r->p.qp[1], 2, &r->mr[1], 0, 600000);
	expect_failure(r, &wr, SKUA_HWI_CQE_REM_INV_REQ_ERR);
	rig_expect(&r->p.cq[1], 1, SKUA_HWI_CQE_LOC_LEN_ERR);
	rig_expect(&r->p.cq[1], 2, SKUA_HWI_CQE_WR_FLUSH_ERR);
	rig_expect_no_event(&r->m->fn[1]);
	assert_int_equal(rig_counter(&r->m->fn[1],
				     SKUA_HWI_CNT_RESP_LOCAL_LENGTH_ERROR),
			 1);
}

static void test_recv_bad_lkey(void **state)
{
	struct rig *r = *state;
	struct model_mr bad = r->mr[1];
	struct model_wr wr = {
		.opcode = SKUA_HWI_WQE_SEND,
		.num_sge = 1,
		.sge[0] = { r->mr[0].iova, 8, r->mr[0].key },
	};

	bad.key ^= 0x100;
	model_recv(&r->p.qp[1], 1, &bad, 0, 64);
	expect_failure(r, &wr, SKUA_HWI_CQE_REM_OP_ERR);
	rig_expect(&r->p.cq[1], 1, SKUA_HWI_CQE_LOC_PROT_ERR);
	rig_expect_no_event(&r->m->fn[1]);
}

static void test_recv_malformed(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = { .opcode = SKUA_HWI_WQE_SEND };

	model_recv(&r->p.qp[1], 1, &r->mr[1], 0, 64);
	r->p.qp[1].rq[4] = 4; /* three SGEs fit */
	expect_failure(r, &wr, SKUA_HWI_CQE_REM_OP_ERR);
	rig_expect(&r->p.cq[1], 1, SKUA_HWI_CQE_LOC_QP_OP_ERR);
}

static void test_recv_index(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = { .opcode = SKUA_HWI_WQE_SEND };

	r->p.qp[1].rq_rec->pi = htole32(257);
	expect_failure(r, &wr, SKUA_HWI_CQE_REM_OP_ERR);
	rig_expect_event(&r->m->fn[1], SKUA_HWI_EVENT_QP_FATAL, r->p.qp[1].qpn);
	rig_expect_none(&r->p.cq[1]);
}

static void few_rnr(struct skua_hwi_qp_attr *attr)
{
	attr->rnr_retry = 2;
}

static void test_rnr_exceeded(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = { .opcode = SKUA_HWI_WQE_SEND };

	rig_reconnect(r, few_rnr);
	expect_failure(r, &wr, SKUA_HWI_CQE_RNR_RETRY_EXC_ERR);
	assert_int_equal(rig_counter(&r->m->fn[1], SKUA_HWI_CNT_OUT_OF_BUFFER),
			 3);
	assert_int_equal(
		rig_counter(&r->m->fn[0], SKUA_HWI_CNT_RNR_NAK_RETRY_ERR), 1);
	assert_int_equal(rig_state(&r->p.qp[1]), SKUA_HWI_QPS_RTS);
}

static void test_peer_gone(void **state)
{
	struct rig *r = *state;

	assert_int_equal(model_destroy_obj(&r->m->fn[1], SKUA_HWI_CMD_DESTROY_QP,
					   r->p.qp[1].qpn),
			 0);
	model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 0, 8,
		   r->mr[1].iova, r->mr[1].key);
	rig_expect_none(&r->p.cq[0]);
	assert_int_equal(rig_await(r, &r->p.cq[0]).status,
			 SKUA_HWI_CQE_RETRY_EXC_ERR);
	assert_int_equal(
		rig_counter(&r->m->fn[0], SKUA_HWI_CNT_LOCAL_ACK_TIMEOUT_ERR), 8);
}

static void test_no_gid(void **state)
{
	struct rig *r = *state;
	struct skua_hwi_set_gid_in in = {
		.vlan = htole16(SKUA_HWI_VLAN_NONE),
	};

	assert_int_equal(model_cmd(&r->m->fn[0], SKUA_HWI_CMD_SET_GID, &in,
				   sizeof(in), NULL, 0),
			 0);
	model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 0, 8,
		   r->mr[1].iova, r->mr[1].key);
	assert_int_equal(rig_await(r, &r->p.cq[0]).status,
			 SKUA_HWI_CQE_RETRY_EXC_ERR);
}

/* num_bb that cannot be: the place of what follows is lost. */
static void test_lost_position(void **state)
{
	struct rig *r = *state;
	static const uint8_t bad[] = { 0, 17, 255, 3 };
	struct model_wr wr = write_wr(r);
	struct skua_hwi_qp_attr attr;
	unsigned int i;

	for (i = 0; i < sizeof(bad); i++) {
		struct model_qp *qp = &r->p.qp[0];
		uint32_t at;

		attr = model_attr(qp, &r->p.qp[1]);
		attr.state = SKUA_HWI_QPS_RESET;
		assert_int_equal(model_modify(qp, SKUA_HWI_QP_STATE, &attr), 0);
		qp->sq_pi = 0;
		qp->slot->pi = 0;
		model_connect(qp, &r->p.qp[1]);
		/* PSNs start again on one side only: nothing is sent here. */
		at = model_post(qp, &wr);
		qp->sq[64 * at + 2] = bad[i];
		rig_post(qp, &wr);
		rig_expect(&r->p.cq[0], at, SKUA_HWI_CQE_LOC_QP_OP_ERR);
		rig_expect_none(&r->p.cq[0]);
		rig_expect_event(&r->m->fn[0], SKUA_HWI_EVENT_QP_FATAL, qp->qpn);
	}
}

static void test_cq_overflow(void **state)
{
	struct rig *r = *state;
	struct model_fn *f = &r->m->fn[0];
	struct model_qp a, b;
	struct model_cq small, cq;
	struct model_wr wr = write_wr(r);
	unsigned int i;

	model_cq(f, &small, 2);
	model_cq(&r->m->fn[1], &cq, 4);
	model_qp(f, &a, SKUA_HWI_QPT_RC, &small, &small, NULL, 4, 4);
	model_qp(&r->m->fn[1], &b, SKUA_HWI_QPT_RC, &cq, &cq, NULL, 4, 4);
	model_connect(&a, &b);
	model_connect(&b, &a);
	for (i = 0; i < 5; i++)
		rig_post(&a, &wr);
	for (i = 0; i < 4; i++)
		rig_expect(&small, i, 0);
	rig_expect_none(&small);
	rig_expect_event(f, SKUA_HWI_EVENT_CQ_ERR, small.cqn);
	rig_expect_event(f, SKUA_HWI_EVENT_QP_FATAL, a.qpn);
	assert_int_equal(rig_state(&a), SKUA_HWI_QPS_ERR);
}

/* ERR by command: what is under way is flushed too. */
static void test_modify_to_error(void **state)
{
	struct rig *r = *state;
	struct skua_hwi_qp_attr attr = { .state = SKUA_HWI_QPS_ERR };
	struct model_wr send = { .opcode = SKUA_HWI_WQE_SEND };
	struct model_wr wr = write_wr(r);

	model_recv(&r->p.qp[0], 1, &r->mr[0], 0, 8);
	rig_post(&r->p.qp[0], &send); /* the peer has no receive */
	rig_post(&r->p.qp[0], &wr);
	rig_expect_none(&r->p.cq[0]);
	assert_int_equal(model_modify(&r->p.qp[0], SKUA_HWI_QP_STATE, &attr), 0);
	rig_expect(&r->p.cq[0], 0, SKUA_HWI_CQE_WR_FLUSH_ERR);
	rig_expect(&r->p.cq[0], 1, SKUA_HWI_CQE_WR_FLUSH_ERR);
	rig_expect(&r->p.cq[0], 1, SKUA_HWI_CQE_WR_FLUSH_ERR);
	rig_expect_none(&r->p.cq[0]);
}

static void unchanged(struct skua_hwi_qp_attr *attr)
{
	(void)attr;
}

/* From ERR by RESET back to work. */
static void test_recover(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = write_wr(r);

	wr.rkey ^= 1;
	rig_post(&r->p.qp[0], &wr);
	rig_expect(&r->p.cq[0], 0, SKUA_HWI_CQE_REM_ACCESS_ERR);
	rig_reconnect(r, unchanged);
	wr.rkey ^= 1;
	rig_post(&r->p.qp[0], &wr);
	rig_expect(&r->p.cq[0], 0, SKUA_HWI_CQE_OK);
	model_recv(&r->p.qp[1], 5, &r->mr[1], 0, 64);
	model_send(&r->p.qp[0], SKUA_HWI_WQE_SEND, &r->mr[0], 0, 64, 0, 0);
	rig_expect(&r->p.cq[1], 5, SKUA_HWI_CQE_OK);
}

/* A WQE that changes after it was begun fails; others are not touched. */
static void test_wqe_changes(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = write_wr(r);
	unsigned int i;

	wr.sge[0].len = RIG_MR_SIZE;
	rig_post(&r->p.qp[0], &wr);
	for (i = 0; i < 3; i++)
		skua_adapter_poll(r->m->ad);
	memset(r->p.qp[0].sq + 40, 0xff, 4); /* length of the SGE */
	rig_expect(&r->p.cq[0], 0, SKUA_HWI_CQE_LOC_QP_OP_ERR);
}

/* Any bytes in the queue: a completion with an error, and nothing worse. */
static void test_random_wqes(void **state)
{
	struct rig *r = *state;
	struct model_qp *qp = &r->p.qp[0];
	struct skua_hwi_cqe cqe;
	uint32_t seed = 1, i, round;

	for (round = 0; round < 300; round++) {
		rig_reconnect(r, few_rnr);
		for (i = 0; i < 256 * 64; i++) {
			seed = seed * 1664525 + 1013904223;
			qp->sq[i] = seed >> 24;
			if (i % 64 == 0)
				qp->sq[i] &= round & 1 ? 0xf : 0x13;
			if (i % 64 == 1)
				qp->sq[i] &= 0xf;
			if (i % 64 == 2)
				qp->sq[i] = 1 + qp->sq[i] % 3;
			if (i % 64 == 3)
				qp->sq[i] &= 3;
		}
		qp->sq_pi = 200;
		model_ring(qp);
		cqe = rig_await(r, &r->p.cq[0]);
		while (cqe.status == SKUA_HWI_CQE_OK)
			cqe = rig_await(r, &r->p.cq[0]);
		while (model_poll(&r->p.cq[0], &cqe) ||
		       model_poll(&r->p.cq[1], &cqe))
			;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(test_bad_opcode, rc),
		RIG_TEST(test_bad_flags, rc),
		RIG_TEST(test_inline_read, rc),
		RIG_TEST(test_atomic_length, rc),
		RIG_TEST(test_too_long, rc),
		RIG_TEST(test_bad_lkey, rc),
		RIG_TEST(test_lkey_range, rc),
		RIG_TEST(test_read_not_writable, rc),
		RIG_TEST(test_bind_refused, rc),
		RIG_TEST(test_local_inv_refused, rc),
		RIG_TEST(test_source_unmapped, rc),
		RIG_TEST(test_target_unmapped, rc),
		RIG_TEST(test_read_source_unmapped, rc),
		RIG_TEST(test_bad_rkey, rc),
		RIG_TEST(test_rkey_range, rc),
		RIG_TEST(test_rkey_wraps, rc),
		RIG_TEST(test_read_bad_rkey, rc),
		RIG_TEST(test_atomic_read_only, rc),
		RIG_TEST(test_atomic_misaligned, rc),
		RIG_TEST(test_read_not_allowed, rc),
		RIG_TEST(test_read_depth, rc),
		RIG_TEST(test_recv_too_small, rc),
		RIG_TEST(test_recv_bad_lkey, rc),
		RIG_TEST(test_recv_malformed, rc),
		RIG_TEST(test_recv_index, rc),
		RIG_TEST(test_rnr_exceeded, rc),
		RIG_TEST(test_peer_gone, rc),
		RIG_TEST(test_no_gid, rc),
		RIG_TEST(test_lost_position, rc),
		RIG_TEST(test_cq_overflow, rc),
		RIG_TEST(test_modify_to_error, rc),
		RIG_TEST(test_recover, rc),
		RIG_TEST(test_wqe_changes, rc),
		RIG_TEST(test_random_wqes, rc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
