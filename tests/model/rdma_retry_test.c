// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Reliable connection when packets are lost or come twice. */
#include "rig.h"

#include "rdma/packet.h"

#define SIGNALED SKUA_HWI_WQE_SIGNALED

/* Of every kind of operation one, in an order that mixes them. */
static const struct {
	uint8_t opcode;
	uint32_t len;
} traffic[] = {
	{ SKUA_HWI_WQE_WRITE, 100 },	  { SKUA_HWI_WQE_FETCH_ADD, 8 },
	{ SKUA_HWI_WQE_SEND, 327680 },	  { SKUA_HWI_WQE_READ, 300001 },
	{ SKUA_HWI_WQE_WRITE, 327000 },	  { SKUA_HWI_WQE_READ, 0 },
	{ SKUA_HWI_WQE_FETCH_ADD, 8 },	  { SKUA_HWI_WQE_SEND, 0 },
	{ SKUA_HWI_WQE_WRITE_IMM, 5000 }, { SKUA_HWI_WQE_READ, 300000 },
	{ SKUA_HWI_WQE_CMP_SWAP, 8 },	  { SKUA_HWI_WQE_WRITE, 0 },
};
#define NTRAFFIC (sizeof(traffic) / sizeof(traffic[0]))

/* At both ends operation i has its own place; counter is the peer's. */
#define PLACE(i) (8192 + (uint64_t)(i)*0x50000)
#define SPACE	 0x50000
#define COUNTER	 64

static void post_traffic(struct rig *r)
{
	unsigned int i;

	for (i = 0; i < NTRAFFIC; i++) {
		uint32_t len = traffic[i].len;
		struct model_wr wr = {
			.opcode = traffic[i].opcode,
			.flags = SIGNALED,
			.imm = i,
			.raddr = r->mr[1].iova + PLACE(i),
			.rkey = r->mr[1].key,
			.compare = 7, /* what the two additions make of it */
			.swap_add = traffic[i].opcode == SKUA_HWI_WQE_CMP_SWAP
					    ? 1000
					    : 3,
			.num_sge = 1,
			.sge[0] = { r->mr[0].iova + PLACE(i), len, r->mr[0].key },
		};

		switch (wr.opcode) {
		case SKUA_HWI_WQE_SEND:
		case SKUA_HWI_WQE_WRITE_IMM:
			model_recv(&r->p.qp[1], i, &r->mr[1], PLACE(i), SPACE);
			break;
		case SKUA_HWI_WQE_FETCH_ADD:
		case SKUA_HWI_WQE_CMP_SWAP:
			wr.raddr = r->mr[1].iova + COUNTER;
			break;
		}
		model_post(&r->p.qp[0], &wr);
	}
	model_ring(&r->p.qp[0]);
}

static void check_data(struct rig *r, const uint8_t *src, const uint8_t *dst)
{
	unsigned int i;

	for (i = 0; i < NTRAFFIC; i++) {
		uint32_t len = traffic[i].len;
		bool read = traffic[i].opcode == SKUA_HWI_WQE_READ;

		if (len == 8) /* the atomics */
			continue;
		if (read)
			assert_memory_equal(r->mr[0].buf + PLACE(i),
					    dst + PLACE(i), len);
		else
			assert_memory_equal(r->mr[1].buf + PLACE(i),
					    src + PLACE(i), len);
	}
}

/* All of it, once, in order, and with each effect had once. */
static void run_traffic(struct rig *r)
{
	uint8_t *src = malloc(RIG_MR_SIZE), *dst = malloc(RIG_MR_SIZE);
	uint64_t *counter = (uint64_t *)(r->mr[1].buf + COUNTER);
	uint32_t first = r->p.qp[0].sq_pi;
	unsigned int i;

	rig_fill(r, 0, 1);
	rig_fill(r, 1, 2);
	*counter = htole64(1);
	memcpy(src, r->mr[0].buf, RIG_MR_SIZE);
	memcpy(dst, r->mr[1].buf, RIG_MR_SIZE);
	post_traffic(r);
	for (i = 0; i < NTRAFFIC; i++) {
		struct skua_hwi_cqe cqe = rig_await(r, &r->p.cq[0]);

		assert_int_equal(cqe.status, 0);
		assert_int_equal(le32toh(cqe.wqe), first + i);
	}
	for (i = 0; i < NTRAFFIC; i++)
		if (traffic[i].opcode == SKUA_HWI_WQE_SEND ||
		    traffic[i].opcode == SKUA_HWI_WQE_WRITE_IMM)
			rig_expect(&r->p.cq[1], i, 0);
	rig_expect_none(&r->p.cq[0]);
	rig_expect_none(&r->p.cq[1]);
	check_data(r, src, dst);
	assert_int_equal(le64toh(*counter), 1000);
	free(src);
	free(dst);
}

/* Lose each packet of the exchange in turn, then each once more. */
static void test_lose_each(void **state)
{
	struct rig *r = *state;
	unsigned int n = 0, packets;

	rig_faults(r, -1, 0, 0);
	run_traffic(r);
	packets = r->fault.seen;
	assert_in_range(packets, NTRAFFIC, 60);
	for (n = 0; n < packets; n++) {
		rig_faults(r, -1, 1ull << n, 0);
		run_traffic(r);
		assert_int_equal(r->fault.dropped, 1);
		/* And what is sent in its place. */
		rig_faults(r, -1, 5ull << n, 0);
		run_traffic(r);
	}
}

static void test_double_each(void **state)
{
	struct rig *r = *state;
	unsigned int n, packets;

	rig_faults(r, -1, 0, 0);
	run_traffic(r);
	packets = r->fault.seen;
	for (n = 0; n < packets; n++) {
		rig_faults(r, -1, 0, 1ull << n);
		run_traffic(r);
		assert_int_equal(r->fault.doubled, 1);
	}
	rig_faults(r, -1, 0, ~0ull);
	run_traffic(r);
	assert_in_range(rig_counter(&r->m->fn[1], SKUA_HWI_CNT_DUPLICATE_REQUEST),
			NTRAFFIC, 1000);
}

/* Heavier, but repeatable: a fifth is lost and a tenth comes twice. */
static void test_lose_many(void **state)
{
	struct rig *r = *state;
	uint64_t seed = 88172645463325252ull, drop, twice;
	unsigned int i, bit;

	for (i = 0; i < 60; i++) {
		for (bit = 0, drop = 0, twice = 0; bit < 64; bit++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			drop |= (uint64_t)(seed % 5 == 0) << bit;
			twice |= (uint64_t)(seed % 10 == 1) << bit;
		}
		rig_faults(r, -1, drop, twice);
		run_traffic(r);
	}
}

static void small_mtu(struct skua_hwi_qp_attr *attr)
{
	attr->path_mtu = 1;
}

/* 256-byte packets: many PSNs in each descriptor, and they wrap. */
static void test_small_mtu(void **state)
{
	struct rig *r = *state;
	unsigned int n;

	rig_reconnect(r, small_mtu);
	for (n = 0; n < 30; n++) {
		rig_faults(r, -1, 1ull << n, 2ull << n);
		run_traffic(r);
	}
}

static void test_sequence_nak(void **state)
{
	struct rig *r = *state;

	rig_faults(r, SKUA_PKT_WRITE, 1, 0);
	model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 0, 8,
		   r->mr[1].iova, r->mr[1].key);
	model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 0, 8,
		   r->mr[1].iova, r->mr[1].key);
	/* No time passes: the NAK is what brings the first back. */
	rig_expect(&r->p.cq[0], 0, 0);
	rig_expect(&r->p.cq[0], 1, 0);
	assert_int_equal(rig_counter(&r->m->fn[0], SKUA_HWI_CNT_PACKET_SEQ_ERR),
			 1);
	assert_int_equal(rig_counter(&r->m->fn[1], SKUA_HWI_CNT_OUT_OF_SEQUENCE),
			 1);
	assert_int_equal(
		rig_counter(&r->m->fn[0], SKUA_HWI_CNT_LOCAL_ACK_TIMEOUT_ERR), 0);
}

/* One NAK for a gap, however many packets come behind it. */
static void test_one_nak(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = {
		.opcode = SKUA_HWI_WQE_WRITE,
		.flags = SIGNALED,
		.raddr = r->mr[1].iova,
		.rkey = r->mr[1].key,
		.num_sge = 1,
		.sge[0] = { r->mr[0].iova, 8, r->mr[0].key },
	};
	unsigned int i;

	rig_faults(r, SKUA_PKT_WRITE, 1, 0);
	for (i = 0; i < 20; i++)
		model_post(&r->p.qp[0], &wr);
	model_ring(&r->p.qp[0]);
	for (i = 0; i < 20; i++)
		rig_expect(&r->p.cq[0], i, 0);
	assert_int_equal(rig_counter(&r->m->fn[0], SKUA_HWI_CNT_PACKET_SEQ_ERR),
			 1);
	assert_int_equal(rig_counter(&r->m->fn[1], SKUA_HWI_CNT_OUT_OF_SEQUENCE),
			 19);
}

/*
 * A response that was lost shows when something behind it is answered: it is
 * asked for again at once, and only what is missing of it.
 */
static void test_implied_nak(void **state)
{
	struct rig *r = *state;

	rig_faults(r, SKUA_PKT_READ_RESP, 4, 0);
	rig_fill(r, 1, 7);
	model_send(&r->p.qp[0], SKUA_HWI_WQE_READ, &r->mr[0], 0, 1000000,
		   r->mr[1].iova, r->mr[1].key);
	model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 2000000, 8,
		   r->mr[1].iova + 2000000, r->mr[1].key);
	rig_expect(&r->p.cq[0], 0, 0);
	rig_expect(&r->p.cq[0], 1, 0);
	assert_int_equal(r->fault.dropped, 1);
	assert_memory_equal(r->mr[0].buf, r->mr[1].buf, 1000000);
	assert_int_equal(
		rig_counter(&r->m->fn[1], SKUA_HWI_CNT_RX_READ_REQUESTS), 1);
	assert_in_range(rig_counter(&r->m->fn[0], SKUA_HWI_CNT_RDMA_RX_BYTES),
			1000000 - (256 << 10), 1000000 + (256 << 10));
}

/* The timer waits for the interval that was asked for, then longer. */
static void test_timeout(void **state)
{
	struct rig *r = *state;
	const uint64_t interval = 4096ull << 14;

	rig_faults(r, SKUA_PKT_WRITE, 3, 0);
	model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 0, 8,
		   r->mr[1].iova, r->mr[1].key);
	model_run(r->m);
	model_advance(r->m, interval - 1);
	assert_int_equal(r->fault.seen, 1);
	model_advance(r->m, 1);
	assert_int_equal(r->fault.seen, 2);
	model_advance(r->m, 2 * interval - 1);
	rig_expect_none(&r->p.cq[0]);
	model_advance(r->m, 1);
	rig_expect(&r->p.cq[0], 0, 0);
	assert_int_equal(
		rig_counter(&r->m->fn[0], SKUA_HWI_CNT_LOCAL_ACK_TIMEOUT_ERR), 2);
}

static void no_timer(struct skua_hwi_qp_attr *attr)
{
	attr->timeout = 0;
}

static void test_no_timeout(void **state)
{
	struct rig *r = *state;

	rig_reconnect(r, no_timer);
	rig_faults(r, SKUA_PKT_WRITE, 1, 0);
	model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 0, 8,
		   r->mr[1].iova, r->mr[1].key);
	model_advance(r->m, 3600ull * 1000000000);
	rig_expect_none(&r->p.cq[0]);
	assert_int_equal(r->fault.seen, 1);
}

static void two_retries(struct skua_hwi_qp_attr *attr)
{
	attr->retry_cnt = 2;
}

static void test_retry_count(void **state)
{
	struct rig *r = *state;

	/* Two lost in a row are made good, every time; three are too many. */
	rig_reconnect(r, two_retries);
	rig_faults(r, SKUA_PKT_WRITE, 0x3b, 0);
	model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 0, 8,
		   r->mr[1].iova, r->mr[1].key);
	assert_int_equal(rig_await(r, &r->p.cq[0]).status, 0);
	model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 0, 8,
		   r->mr[1].iova, r->mr[1].key);
	assert_int_equal(rig_await(r, &r->p.cq[0]).status,
			 SKUA_HWI_CQE_RETRY_EXC_ERR);
	assert_int_equal(r->fault.seen, 6);
}

/* min_rnr_timer 12 is 640 us; 7 retries are for ever. */
static void test_rnr(void **state)
{
	struct rig *r = *state;
	unsigned int i;

	rig_faults(r, SKUA_PKT_SEND, 0, 0);
	model_send(&r->p.qp[0], SKUA_HWI_WQE_SEND, &r->mr[0], 0, 8, 0, 0);
	model_run(r->m);
	for (i = 1; i < 100; i++) {
		assert_int_equal(r->fault.seen, i);
		model_advance(r->m, 639999);
		assert_int_equal(r->fault.seen, i);
		model_advance(r->m, 1);
	}
	model_recv(&r->p.qp[1], 1, &r->mr[1], 0, 8);
	rig_expect_none(&r->p.cq[0]);
	model_advance(r->m, 640000);
	rig_expect(&r->p.cq[0], 0, 0);
	rig_expect(&r->p.cq[1], 1, 0);
}

/* Behind a receiver that was not ready everything stays in order. */
static void test_rnr_order(void **state)
{
	struct rig *r = *state;
	unsigned int i;

	for (i = 0; i < 8; i++)
		model_send(&r->p.qp[0],
			   i & 1 ? SKUA_HWI_WQE_WRITE : SKUA_HWI_WQE_SEND,
			   &r->mr[0], i * 8, 8, r->mr[1].iova + i * 8,
			   r->mr[1].key);
	model_run(r->m);
	for (i = 0; i < 4; i++) {
		rig_expect_none(&r->p.cq[1]);
		model_recv(&r->p.qp[1], i, &r->mr[1], 4096, 8);
		model_advance(r->m, 640000);
		rig_expect(&r->p.cq[1], i, 0);
		rig_expect(&r->p.cq[0], 2 * i, 0);
		rig_expect(&r->p.cq[0], 2 * i + 1, 0);
	}
}

/* A long message that resumes in its middle is cut in other places. */
static void test_resume(void **state)
{
	struct rig *r = *state;
	unsigned int n;

	for (n = 0; n < 16; n++) {
		rig_faults(r, -1, 1ull << n, 0);
		rig_fill(r, 0, n);
		model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 0, 64,
			   r->mr[1].iova, r->mr[1].key);
		model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 0,
			   RIG_MR_SIZE, r->mr[1].iova, r->mr[1].key);
		assert_int_equal(rig_await(r, &r->p.cq[0]).status, 0);
		assert_int_equal(rig_await(r, &r->p.cq[0]).status, 0);
		assert_memory_equal(r->mr[1].buf, r->mr[0].buf, RIG_MR_SIZE);
	}
}

/* A message that takes longer than the timeout is no reason to repeat it. */
static void test_slow_message(void **state)
{
	struct rig *r = *state;
	unsigned int i;

	rig_faults(r, SKUA_PKT_WRITE, 0, 0);
	model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 0, RIG_MR_SIZE,
		   r->mr[1].iova, r->mr[1].key);
	for (i = 0; i < 100; i++) {
		r->m->now += 30000000; /* the timeout is 67 ms */
		skua_adapter_poll(r->m->ad);
	}
	rig_expect(&r->p.cq[0], 0, 0);
	assert_int_equal(r->fault.seen, RIG_MR_SIZE / (256 << 10));
	assert_int_equal(
		rig_counter(&r->m->fn[0], SKUA_HWI_CNT_LOCAL_ACK_TIMEOUT_ERR), 0);
}

struct crossing {
	struct skua_function *to;
	struct skua_packet first;
	unsigned int reads;
};

/* The first READ comes once more, just before the fifth. */
static int cross(void *ctx, struct skua_packet *pkt)
{
	struct crossing *c = ctx;

	if (pkt->op != SKUA_PKT_READ)
		return 1;
	if (!c->reads++)
		c->first = *pkt;
	else if (c->reads == 5)
		skua_rdma_receive(c->to, &c->first);
	return 1;
}

/*
 * A repeated READ crosses its answer, after which the requester may send one
 * more: that is not one too many.
 */
static void test_read_crosses_answer(void **state)
{
	struct rig *r = *state;
	struct crossing c = { .to = r->m->fn[1].fn };
	unsigned int i;

	r->m->ad->fault_ctx = &c;
	r->m->ad->fault = cross;
	rig_fill(r, 1, 9);
	for (i = 0; i < 6; i++)
		model_send(&r->p.qp[0], SKUA_HWI_WQE_READ, &r->mr[0],
			   i * 600000, 600000, r->mr[1].iova + i * 600000,
			   r->mr[1].key);
	for (i = 0; i < 6; i++)
		rig_expect(&r->p.cq[0], i, 0);
	assert_int_equal(c.reads, 6);
	assert_int_equal(
		rig_counter(&r->m->fn[1], SKUA_HWI_CNT_DUPLICATE_REQUEST), 1);
	assert_memory_equal(r->mr[0].buf, r->mr[1].buf, 6 * 600000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(test_lose_each, rc),
		RIG_TEST(test_double_each, rc),
		RIG_TEST(test_lose_many, rc),
		RIG_TEST(test_small_mtu, rc),
		RIG_TEST(test_sequence_nak, rc),
		RIG_TEST(test_one_nak, rc),
		RIG_TEST(test_implied_nak, rc),
		RIG_TEST(test_read_crosses_answer, rc),
		RIG_TEST(test_timeout, rc),
		RIG_TEST(test_no_timeout, rc),
		RIG_TEST(test_retry_count, rc),
		RIG_TEST(test_rnr, rc),
		RIG_TEST(test_rnr_order, rc),
		RIG_TEST(test_resume, rc),
		RIG_TEST(test_slow_message, rc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
