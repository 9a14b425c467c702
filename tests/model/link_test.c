// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Two adapters with a link between them: what RC does when frames are lost, on
 * clocks that stand still.
 */
#include "ends.h"
#include "link/port.h"

#define LEN ENDS_LEN
#define MS  1000000ull
/* model_attr(): 4.096 us << 14, and IBTA allows up to four times that. */
#define TIMEOUT_MS 67u
#define RETRIES	   7u

static void expect_done(struct ends *e)
{
	struct skua_hwi_cqe cqe;

	assert_true(model_poll(&e->p.cq[0], &cqe));
	assert_int_equal(cqe.status, SKUA_HWI_CQE_OK);
}

static void expect_none(struct ends *e)
{
	struct skua_hwi_cqe cqe;

	assert_false(model_poll(&e->p.cq[0], &cqe));
}

/* So that it is known how long answers take: no time at all. */
static void measure(struct ends *e)
{
	ends_post(e, SKUA_HWI_WQE_WRITE);
	expect_done(e);
}

static void moves_data(void **state)
{
	struct ends *e = *state;

	ends_fill(&e->mr[0], 1);
	ends_post(e, SKUA_HWI_WQE_WRITE);
	expect_done(e);
	assert_memory_equal(e->mr[0].buf, e->mr[1].buf, LEN);
	ends_fill(&e->mr[1], 2);
	ends_post(e, SKUA_HWI_WQE_READ);
	expect_done(e);
	assert_memory_equal(e->mr[0].buf, e->mr[1].buf, LEN);
	model_recv(&e->p.qp[1], 3, &e->mr[1], 0, LEN);
	ends_fill(&e->mr[0], 3);
	ends_post(e, SKUA_HWI_WQE_SEND);
	expect_done(e);
	assert_int_equal(model_wait(&e->p.cq[1]).status, SKUA_HWI_CQE_OK);
	assert_memory_equal(e->mr[0].buf, e->mr[1].buf, LEN);
}

/* Nothing is known of the way yet: the program's timeout is all there is. */
static void first_loss(void **state)
{
	struct ends *e = *state;

	ends_impair(e, 0, "drop out opcode=rc-rdma-write-last count=1");
	ends_fill(&e->mr[0], 4);
	ends_post(e, SKUA_HWI_WQE_WRITE);
	ends_advance(e, (TIMEOUT_MS - 2) * MS);
	expect_none(e);
	ends_advance(e, 4 * MS);
	expect_done(e);
	assert_memory_equal(e->mr[0].buf, e->mr[1].buf, LEN);
}

static void quick(struct ends *e, unsigned int end, const char *rule,
		  uint8_t opcode)
{
	measure(e);
	ends_impair(e, end, rule);
	ends_post(e, opcode);
	expect_none(e);
	ends_advance(e, MS / 2);
	expect_none(e);
	ends_advance(e, MS);
	expect_done(e);
	assert_int_equal(ends_counter(e, 0, SKUA_HWI_CNT_ROCE_ADP_RETRANS_TO), 1);
}

static void lost_last(void **state)
{
	struct ends *e = *state;

	quick(e, 0, "drop out opcode=rc-rdma-write-last count=1",
	      SKUA_HWI_WQE_WRITE);
	assert_memory_equal(e->mr[0].buf, e->mr[1].buf, LEN);
	assert_in_range(ends_counter(e, 0, SKUA_HWI_CNT_ROCE_ADP_RETRANS) +
			ends_counter(e, 0, SKUA_HWI_CNT_ROCE_SELECTIVE_RETRANS),
			1, 5);
}

static void lost_ack(void **state)
{
	quick(*state, 1, "drop out opcode=rc-acknowledge count=1",
	      SKUA_HWI_WQE_WRITE);
}

static void lost_response(void **state)
{
	struct ends *e = *state;

	ends_fill(&e->mr[1], 5);
	quick(e, 1, "drop out opcode=rc-rdma-read-response-last count=1",
	      SKUA_HWI_WQE_READ);
}

/* What was lost with its answer is not done twice. */
static void lost_atomic_answer(void **state)
{
	struct ends *e = *state;
	struct model_wr wr = {
		.opcode = SKUA_HWI_WQE_FETCH_ADD,
		.flags = SKUA_HWI_WQE_SIGNALED,
		.raddr = e->mr[1].iova,
		.rkey = e->mr[1].key,
		.swap_add = 5,
		.num_sge = 1,
		.sge = { { e->mr[0].iova, 8, e->mr[0].key } },
	};
	uint64_t value;

	measure(e);
	memset(e->mr[1].buf, 0, 8);
	ends_impair(e, 1, "drop out opcode=rc-atomic-acknowledge count=1");
	model_post(&e->p.qp[0], &wr);
	model_ring(&e->p.qp[0]);
	ends_run(e);
	expect_none(e);
	ends_advance(e, 2 * MS);
	expect_done(e);
	memcpy(&value, e->mr[1].buf, 8);
	assert_int_equal(le64toh(value), 5);
}

/* A packet in the middle: the NAK says so, and no time passes. */
static void lost_middle(void **state)
{
	struct ends *e = *state;

	ends_impair(e, 0, "drop out opcode=rc-rdma-write-middle nth=2 count=1");
	ends_fill(&e->mr[0], 6);
	ends_post(e, SKUA_HWI_WQE_WRITE);
	expect_done(e);
	assert_memory_equal(e->mr[0].buf, e->mr[1].buf, LEN);
}

/* It is as good as lost, and counted by the port that it was for. */
static void corrupted(void **state)
{
	struct ends *e = *state;

	ends_fill(&e->mr[0], 7);
	quick(e, 0, "corrupt out where=payload opcode=rc-rdma-write-last count=1",
	      SKUA_HWI_WQE_WRITE);
	assert_memory_equal(e->mr[0].buf, e->mr[1].buf, LEN);
	assert_int_equal(ends_counter(e, 1, SKUA_HWI_CNT_RX_ICRC_ENCAPSULATED),
			 1);
	assert_int_equal(ends_counter(e, 0, SKUA_HWI_CNT_RX_ICRC_ENCAPSULATED),
			 0);
}

/* However quick repetitions are: the program decides when to give up. */
static void gives_up_in_time(void **state)
{
	struct ends *e = *state;
	struct skua_hwi_cqe cqe;
	unsigned int ms = 0;

	measure(e);
	ends_impair(e, 0, "drop both");
	ends_post(e, SKUA_HWI_WQE_WRITE);
	while (!model_poll(&e->p.cq[0], &cqe)) {
		ends_advance(e, MS);
		assert_in_range(++ms, 1, (RETRIES + 1) * 4 * TIMEOUT_MS + 10);
	}
	assert_int_equal(cqe.status, SKUA_HWI_CQE_RETRY_EXC_ERR);
	assert_in_range(ms, (RETRIES + 1) * TIMEOUT_MS,
			(RETRIES + 1) * 4 * TIMEOUT_MS + 10);
}

/* Frames that are written when a rule comes, or goes, are not lost by that. */
static void rules_come_and_go(void **state)
{
	struct ends *e = *state;

	measure(e);
	ends_impair(e, 0, "duplicate out count=2");
	ends_fill(&e->mr[0], 8);
	ends_post(e, SKUA_HWI_WQE_WRITE);
	expect_done(e);
	assert_memory_equal(e->mr[0].buf, e->mr[1].buf, LEN);
	skua_impair_clear(
		skua_link_port_uplink(e->m[0]->ad->link)->impair);
	ends_fill(&e->mr[0], 9);
	ends_post(e, SKUA_HWI_WQE_WRITE);
	expect_done(e);
	assert_memory_equal(e->mr[0].buf, e->mr[1].buf, LEN);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, ends_rc, ends_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(moves_data),	 TEST(first_loss),
		TEST(lost_last),	 TEST(lost_ack),
		TEST(lost_response),	 TEST(lost_atomic_answer),
		TEST(lost_middle),	 TEST(corrupted),
		TEST(gives_up_in_time),	 TEST(rules_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
