// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Two adapters with a link that loses, doubles and reorders packets: everything
 * is done once, and right, whatever the two have agreed on.
 */
#include <stdio.h>

#include "ends.h"
#include "link/port.h"
#include "nic.h"
#include "rdma/rc.h"
#include "wire/headers.h"

#define MS    1000000ull
/* What model_attr() has the other end wait for a receive. */
#define RNR_NS 640000ull
#define BYTES (64u << 10)
/* Where in the regions: what is sent, what comes back, the counter. */
#define BACK  BYTES
#define COUNT (2 * BYTES)
#define SIZE  (2 * BYTES + 4096)
/* Retries last longer than that by far. */
#define PATIENCE_MS 2000u

static struct model_mr mr[2];
static unsigned int rounds;

static int begin(void **state, enum skua_recovery a, enum skua_recovery b)
{
	const enum skua_recovery how[2] = { a, b };
	struct ends *e;
	unsigned int i;

	ends_rc_recovery(state, how);
	e = *state;
	for (i = 0; i < 2; i++)
		mr[i] = model_mr(e->f[i], SIZE, ACCESS_ALL);
	rounds = 0;
	return 0;
}

static int selective(void **state)
{
	return begin(state, SKUA_RECOVERY_SELECTIVE, SKUA_RECOVERY_SELECTIVE);
}

static int go_back_n(void **state)
{
	return begin(state, SKUA_RECOVERY_GO_BACK_N, SKUA_RECOVERY_GO_BACK_N);
}

static int to_stranger(void **state)
{
	return begin(state, SKUA_RECOVERY_SELECTIVE, SKUA_RECOVERY_GO_BACK_N);
}

static int as_stranger(void **state)
{
	return begin(state, SKUA_RECOVERY_GO_BACK_N, SKUA_RECOVERY_SELECTIVE);
}

static struct skua_rc *rc_of(struct ends *e, unsigned int side)
{
	return to_rc(skua_qp_get(e->f[side]->fn, e->p.qp[side].qpn));
}

static void post(struct ends *e, uint8_t opcode, uint32_t at, uint32_t len,
		 uint32_t to)
{
	const struct model_wr wr = {
		.opcode = opcode,
		.flags = SKUA_HWI_WQE_SIGNALED,
		.raddr = mr[1].iova + to,
		.rkey = mr[1].key,
		.swap_add = 1,
		.num_sge = 1,
		.sge = { { mr[0].iova + at, len, mr[0].key } },
	};

	model_post(&e->p.qp[0], &wr);
}

static uint64_t value_at(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static void await(struct ends *e, unsigned int n)
{
	struct skua_hwi_cqe cqe;
	unsigned int ms = 0;

	while (n) {
		if (!model_poll(&e->p.cq[0], &cqe)) {
			ends_advance(e, MS);
			assert_in_range(++ms, 1, PATIENCE_MS);
			continue;
		}
		assert_int_equal(cqe.status, SKUA_HWI_CQE_OK);
		n--;
	}
}

/* A WRITE, a SEND, an atomic, and a READ of what was written, at a time. */
static void round_of_all(struct ends *e)
{
	struct skua_hwi_cqe cqe;
	uint32_t i;

	for (i = 0; i < BYTES; i++)
		mr[0].buf[i] = i * 7 + i / 4096 + rounds;
	model_recv(&e->p.qp[1], 3, &mr[1], BACK, BYTES);
	post(e, SKUA_HWI_WQE_WRITE, 0, BYTES, 0);
	post(e, SKUA_HWI_WQE_SEND, 0, BYTES, 0);
	post(e, SKUA_HWI_WQE_FETCH_ADD, COUNT, 8, COUNT);
	post(e, SKUA_HWI_WQE_READ, BACK, BYTES, 0);
	model_ring(&e->p.qp[0]);
	ends_run(e);
	await(e, 4);

	assert_memory_equal(mr[0].buf, mr[1].buf, BYTES);
	assert_memory_equal(mr[0].buf, mr[1].buf + BACK, BYTES);
	assert_memory_equal(mr[0].buf, mr[0].buf + BACK, BYTES);
	assert_int_equal(value_at(mr[0].buf + COUNT), rounds);
	assert_int_equal(value_at(mr[1].buf + COUNT), ++rounds);
	assert_true(model_poll(&e->p.cq[1], &cqe));
	assert_int_equal(cqe.status, SKUA_HWI_CQE_OK);
	assert_int_equal(le32toh(cqe.byte_len), BYTES);
	assert_false(model_poll(&e->p.cq[1], &cqe));
}

static bool both_agree(struct ends *e)
{
	return rc_of(e, 0)->hello.agreed && rc_of(e, 1)->hello.agreed;
}

static void agreed(void **state)
{
	round_of_all(*state);
	assert_true(both_agree(*state));
}

static void not_agreed(void **state)
{
	round_of_all(*state);
	assert_false(both_agree(*state));
}

/* Each packet of a round, there and back, meets what. */
static void each(struct ends *e, const char *what, const char *how)
{
	unsigned int side, nth;
	char rule[80];

	round_of_all(e);
	for (side = 0; side < 2; side++) {
		for (nth = 1; nth <= 40; nth++) {
			snprintf(rule, sizeof(rule), "%s out nth=%u count=1%s",
				 what, nth, how);
			ends_impair(e, side, rule);
			round_of_all(e);
		}
	}
}

static void each_lost(void **state)
{
	each(*state, "drop", "");
}

static void each_doubled(void **state)
{
	each(*state, "duplicate", "");
}

static void each_late(void **state)
{
	each(*state, "reorder", " by=5");
}

static void random_faults(void **state)
{
	struct ends *e = *state;
	unsigned int side, i;

	for (side = 0; side < 2; side++) {
		ends_impair(e, side, "drop out p=0.03");
		ends_impair(e, side, "duplicate out p=0.02");
		ends_impair(e, side, "corrupt out p=0.01");
		ends_impair(e, side, "reorder out p=0.03 by=4 wait=100us");
	}
	for (i = 0; i < 150; i++)
		round_of_all(e);
}

/* Only what was lost, and no more than that, is sent again. */
static void only_the_lost(void **state)
{
	struct ends *e = *state;

	round_of_all(e);
	ends_impair(e, 0, "drop out opcode=rc-rdma-write-middle nth=3 count=3");
	round_of_all(e);
	assert_int_equal(ends_counter(e, 0, SKUA_HWI_CNT_ROCE_SELECTIVE_RETRANS),
			 3);
	assert_int_equal(ends_counter(e, 0, SKUA_HWI_CNT_ROCE_ADP_RETRANS), 0);
	assert_int_equal(ends_counter(e, 0, SKUA_HWI_CNT_ROCE_ADP_RETRANS_TO), 0);
}

/* What leaves that side with the nth PSN from now on is lost so often. */
static void lose_nth(struct ends *e, unsigned int side, uint32_t nth,
		     unsigned int count)
{
	char rule[64];

	snprintf(rule, sizeof(rule), "drop out psn=%#x count=%u",
		 skua_psn_add(rc_of(e, 0)->req.una, nth), count);
	ends_impair(e, side, rule);
}

/* A message from a side to the other, of which one packet is lost three times. */
static void lose_thrice(struct ends *e, unsigned int side, uint8_t opcode)
{
	uint32_t i;

	round_of_all(e);
	for (i = 0; i < BYTES; i++)
		mr[side].buf[i] = i * 5 + 1;
	lose_nth(e, side, 5, 3);
	post(e, opcode, 0, BYTES, 0);
	model_ring(&e->p.qp[0]);
	ends_run(e);
}

static void arrived(struct ends *e)
{
	struct skua_hwi_cqe cqe;

	assert_true(model_poll(&e->p.cq[0], &cqe));
	assert_int_equal(cqe.status, SKUA_HWI_CQE_OK);
	assert_memory_equal(mr[0].buf, mr[1].buf, BYTES);
	assert_int_equal(ends_counter(e, 0, SKUA_HWI_CNT_ROCE_ADP_RETRANS_TO), 0);
}

/*
 * The packet that is asked for is lost once more, and once more: those behind it
 * tell of that each time, and no time passes.
 */
static void lost_again(void **state)
{
	struct ends *e = *state;

	lose_thrice(e, 0, SKUA_HWI_WQE_WRITE);
	arrived(e);
	assert_int_equal(rig_counter(e->f[0], SKUA_HWI_CNT_PACKET_SEQ_ERR), 3);
}

static void response_lost_again(void **state)
{
	lose_thrice(*state, 1, SKUA_HWI_WQE_READ);
	arrived(*state);
}

/* So many WRITEs, one behind the other in memory. */
static void post_writes(struct ends *e, unsigned int n, uint32_t len)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		post(e, SKUA_HWI_WQE_WRITE, i * len, len, i * len);
}

/* So many WRITEs that are there before any time passes. */
static void write_at_once(struct ends *e, unsigned int n)
{
	struct skua_hwi_cqe cqe;
	uint32_t i;

	for (i = 0; i < BYTES; i++)
		mr[0].buf[i] = i * 3 + rc_of(e, 0)->req.una;
	for (i = 0; i < n; i++)
		post(e, SKUA_HWI_WQE_WRITE, 0, BYTES, 0);
	model_ring(&e->p.qp[0]);
	ends_run(e);
	for (i = 1; i < n; i++)
		assert_true(model_poll(&e->p.cq[0], &cqe));
	arrived(e);
}

/*
 * More is under way than goes again at once: an ACK comes that is ahead of that,
 * and it is known what the peer does with packets before their turn.
 */
static void learn_that_it_holds(struct ends *e)
{
	round_of_all(e);
	assert_false(rc_of(e, 0)->req.fill.holds);
	lose_nth(e, 0, 5, 1);
	write_at_once(e, 16);
	assert_true(rc_of(e, 0)->req.fill.holds);
	assert_int_equal(ends_counter(e, 0, SKUA_HWI_CNT_ROCE_SELECTIVE_RETRANS),
			 0);
}

/* Who is known to hold what follows gets what it misses, and one packet more. */
static void fills_what_is_missing(void **state)
{
	struct ends *e = *state;
	uint64_t twice;

	learn_that_it_holds(e);
	twice = rig_counter(e->f[1], SKUA_HWI_CNT_DUPLICATE_REQUEST);
	lose_nth(e, 0, 3, 1);
	lose_nth(e, 0, 7, 1);
	lose_nth(e, 0, 12, 1);
	write_at_once(e, 1);
	assert_int_equal(ends_counter(e, 0, SKUA_HWI_CNT_ROCE_SELECTIVE_RETRANS),
			 6);
	assert_int_equal(rig_counter(e->f[1], SKUA_HWI_CNT_DUPLICATE_REQUEST),
			 twice + 3);
}

/* It says so when that is lost too. */
static void filled_in_vain(void **state)
{
	struct ends *e = *state;

	learn_that_it_holds(e);
	lose_nth(e, 0, 5, 3);
	write_at_once(e, 1);
}

/* The last packet has none behind it that would tell: it is sent by the clock. */
static void last_filled_in_vain(void **state)
{
	struct ends *e = *state;
	unsigned int i;

	learn_that_it_holds(e);
	lose_nth(e, 0, 15, 3);
	post_writes(e, 2, BYTES / 2);
	for (i = 0; i < 2; i++)
		post(e, SKUA_HWI_WQE_WRITE, 0, BYTES, 0);
	model_ring(&e->p.qp[0]);
	ends_run(e);
	for (i = 0; i < 10; i++)
		ends_advance(e, MS / 20);
	await(e, 4);
	assert_int_equal(ends_counter(e, 0, SKUA_HWI_CNT_ROCE_ADP_RETRANS_TO), 0);
}

/* Who never acknowledges more than what was repeated may hold nothing. */
static void holds_no_more(void **state)
{
	struct ends *e = *state;
	char rule[64];
	uint32_t una;

	learn_that_it_holds(e);
	una = rc_of(e, 0)->req.una;
	snprintf(rule, sizeof(rule), "drop out psn=%#x-%#x count=27",
		 skua_psn_add(una, 4), skua_psn_add(una, 30));
	ends_impair(e, 0, rule);
	write_at_once(e, 3);
	assert_false(rc_of(e, 0)->req.fill.holds);
	/* 2, 4, and the last 6 of the first WRITE. */
	assert_int_equal(ends_counter(e, 0, SKUA_HWI_CNT_ROCE_SELECTIVE_RETRANS),
			 12);
}

/* Nothing but the one is asked for, and in shorter time than a READ may take. */
static void response_asked_for_again(void **state)
{
	struct ends *e = *state;
	struct skua_hwi_cqe cqe;
	unsigned int i;

	lose_thrice(e, 1, SKUA_HWI_WQE_READ);
	assert_false(model_poll(&e->p.cq[0], &cqe));
	for (i = 0; i < 10; i++)
		ends_advance(e, MS / 20);
	arrived(e);
	assert_int_equal(ends_counter(e, 0, SKUA_HWI_CNT_ROCE_SELECTIVE_RETRANS),
			 3);
}

/* Where packets are lost a READ does not wait for the whole of the one before. */
static void reads_on_a_lossy_link(void **state)
{
	struct ends *e = *state;
	struct skua_rc *rc = rc_of(e, 0);
	const uint32_t packets = BYTES / rc_mtu(rc);
	struct skua_hwi_cqe cqe;
	unsigned int i;

	round_of_all(e);
	rc->req.window = packets + 1;
	ends_impair(e, 1, "drop out");
	for (i = 0; i < 4; i++)
		post(e, SKUA_HWI_WQE_READ, 0, BYTES, 0);
	model_ring(&e->p.qp[0]);
	ends_run(e);
	assert_int_equal((rc->req.max - rc->req.una) & SKUA_PSN_MASK,
			 2 * packets);
	assert_false(model_poll(&e->p.cq[0], &cqe));
	skua_impair_clear(skua_link_port_uplink(e->m[1]->ad->link)->impair);
	await(e, 4);
}

/*
 * What finds no receive has come: that its message is repeated after the RNR timer
 * makes nothing of it lost.
 */
static void refused_is_not_lost(void **state)
{
	struct ends *e = *state;
	unsigned int i;

	round_of_all(e);
	post(e, SKUA_HWI_WQE_SEND, 0, BYTES, 0);
	model_ring(&e->p.qp[0]);
	for (i = 0; i < 20; i++)
		ends_advance(e, RNR_NS);
	assert_int_equal(rig_counter(e->f[0], SKUA_HWI_CNT_PACKET_SEQ_ERR), 0);
	assert_in_range(rig_counter(e->f[1], SKUA_HWI_CNT_OUT_OF_BUFFER), 20, 21);
	model_recv(&e->p.qp[1], 3, &mr[1], BACK, BYTES);
	await(e, 1);
	assert_memory_equal(mr[0].buf, mr[1].buf + BACK, BYTES);
}

/* What the other end holds leaves the rest of the window to others. */
static void window_without_the_held(void **state)
{
	struct ends *e = *state;
	struct skua_rc *rc = rc_of(e, 0);
	struct skua_uplink *u = skua_link_port_uplink(e->m[0]->ad->link);
	const uint32_t mtu = rc_mtu(rc);
	uint32_t una, i;
	char rule[64];

	round_of_all(e);
	una = rc->req.una;
	u->link->window = 8 * mtu;
	snprintf(rule, sizeof(rule), "drop out psn=%#x", una);
	ends_impair(e, 0, rule);
	for (i = 0; i < 8; i++)
		post(e, SKUA_HWI_WQE_WRITE, 0, 4 * mtu, 0);
	model_ring(&e->p.qp[0]);
	ends_run(e);
	assert_int_equal(rc->req.una, una);
	assert_int_equal((rc->req.max - una) & SKUA_PSN_MASK, 32);
	assert_int_equal(rc->req.score->nhere, 31);

	skua_impair_clear(u->impair);
	await(e, 8);
	assert_int_equal(rc->req.score->nhere, 0);
}

/* What leaves that side with that PSN is lost, again and again. */
static void lose(struct ends *e, unsigned int side, uint32_t psn)
{
	char rule[64];

	snprintf(rule, sizeof(rule), "drop out psn=%#x", psn & SKUA_PSN_MASK);
	ends_impair(e, side, rule);
}

static void lose_no_more(struct ends *e, unsigned int side)
{
	skua_impair_clear(skua_link_port_uplink(e->m[side]->ad->link)->impair);
}

/* The PSN that comes next, and what it is to say. */
static uint32_t begin_early(struct ends *e, uint32_t len)
{
	uint32_t i;

	round_of_all(e);
	for (i = 0; i < len; i++)
		mr[0].buf[i] = i * 3 + i / 4096 + 1;
	memset(mr[1].buf, 0, SIZE);
	return rc_of(e, 0)->req.una;
}

static void assert_untouched(const uint8_t *p, uint32_t len)
{
	while (len--)
		assert_int_equal(*p++, 0);
}

/*
 * What is early goes where it belongs if it is of the WRITE that is open. Of the
 * next one it does not: who looks at that counts on all before it.
 */
static void early_write(void **state)
{
	const uint32_t mtu = 4096;
	struct ends *e = *state;

	lose(e, 0, begin_early(e, 8 * mtu) + 1);
	post_writes(e, 2, 4 * mtu);
	model_ring(&e->p.qp[0]);
	ends_run(e);
	assert_memory_equal(mr[1].buf, mr[0].buf, mtu);
	assert_untouched(mr[1].buf + mtu, mtu);
	assert_memory_equal(mr[1].buf + 2 * mtu, mr[0].buf + 2 * mtu, 2 * mtu);
	assert_untouched(mr[1].buf + 4 * mtu, 4 * mtu);

	lose_no_more(e, 0);
	await(e, 2);
	assert_memory_equal(mr[1].buf, mr[0].buf, 8 * mtu);
}

/* As begin_early(), with relaxed ordering; of what comes next that PSN is lost. */
static void begin_relaxed(struct ends *e, uint32_t len, uint32_t nth)
{
	mr[1] = model_mr(e->f[1], SIZE,
			 ACCESS_ALL | SKUA_HWI_ACCESS_RELAXED_ORDERING);
	lose(e, 0, begin_early(e, len) + nth);
}

/*
 * With relaxed ordering what the next ones bring need not wait, but for an atomic
 * that is before it.
 */
static void early_relaxed(void **state)
{
	const uint32_t mtu = 4096;
	struct ends *e = *state;

	begin_relaxed(e, 12 * mtu, 1);
	post_writes(e, 3, 3 * mtu);
	post(e, SKUA_HWI_WQE_FETCH_ADD, BACK, 8, COUNT);
	post(e, SKUA_HWI_WQE_WRITE, 9 * mtu, 3 * mtu, 9 * mtu);
	model_ring(&e->p.qp[0]);
	ends_run(e);
	assert_memory_equal(mr[1].buf, mr[0].buf, mtu);
	assert_untouched(mr[1].buf + mtu, mtu);
	assert_memory_equal(mr[1].buf + 2 * mtu, mr[0].buf + 2 * mtu, 7 * mtu);
	assert_untouched(mr[1].buf + 9 * mtu, 3 * mtu);
	assert_untouched(mr[1].buf + COUNT, 8);

	lose_no_more(e, 0);
	await(e, 5);
	assert_memory_equal(mr[1].buf, mr[0].buf, 12 * mtu);
	assert_int_equal(value_at(mr[1].buf + COUNT), 1);
}

/* Nobody knows what it was that was lost, and where the rest belongs. */
static void early_beginning_lost(void **state)
{
	const uint32_t mtu = 4096;
	struct ends *e = *state;

	begin_relaxed(e, 9 * mtu, 3);
	post_writes(e, 3, 3 * mtu);
	model_ring(&e->p.qp[0]);
	ends_run(e);
	assert_memory_equal(mr[1].buf, mr[0].buf, 3 * mtu);
	assert_untouched(mr[1].buf + 3 * mtu, 6 * mtu);

	lose_no_more(e, 0);
	await(e, 3);
	assert_memory_equal(mr[1].buf, mr[0].buf, 9 * mtu);
}

/* Two READs of three packets each, of whose responses the second is lost. */
static void lose_response(struct ends *e, const uint32_t mtu)
{
	uint32_t psn = begin_early(e, 0), i;

	for (i = 0; i < 6 * mtu; i++)
		mr[1].buf[i] = i * 5 + i / 4096 + 1;
	memset(mr[0].buf, 0, 6 * mtu);
	lose(e, 1, psn + 1);
	for (i = 0; i < 6 * mtu; i += 3 * mtu)
		post(e, SKUA_HWI_WQE_READ, i, 3 * mtu, i);
	model_ring(&e->p.qp[0]);
	ends_run(e);
	assert_memory_equal(mr[0].buf, mr[1].buf, mtu);
	assert_untouched(mr[0].buf + mtu, mtu);
	assert_memory_equal(mr[0].buf + 2 * mtu, mr[1].buf + 2 * mtu, mtu);
}

static void response_found(struct ends *e, uint32_t len)
{
	lose_no_more(e, 1);
	await(e, 2);
	assert_memory_equal(mr[0].buf, mr[1].buf, len);
	assert_int_equal(e->m[0]->ad->reordered, 0);
}

/* What a READ brings behind what is missing of it has its place; the next waits. */
static void early_read(void **state)
{
	const uint32_t mtu = 4096;
	struct ends *e = *state;

	lose_response(e, mtu);
	assert_untouched(mr[0].buf + 3 * mtu, 3 * mtu);
	response_found(e, 6 * mtu);
}

static void early_read_relaxed(void **state)
{
	const uint32_t mtu = 4096;
	struct ends *e = *state;

	mr[0] = model_mr(e->f[0], SIZE,
			 ACCESS_ALL | SKUA_HWI_ACCESS_RELAXED_ORDERING);
	lose_response(e, mtu);
	assert_memory_equal(mr[0].buf + 3 * mtu, mr[1].buf + 3 * mtu, 3 * mtu);
	response_found(e, 6 * mtu);
}

/* The end of one and the beginning of another are lost, and nobody can see it. */
static void early_send(void **state)
{
	const uint32_t mtu = 4096, room = 6 * mtu;
	struct ends *e = *state;
	uint32_t psn = begin_early(e, 4 * mtu), i;

	lose(e, 0, psn + 1);
	lose(e, 0, psn + 2);
	for (i = 0; i < 2; i++) {
		model_recv(&e->p.qp[1], 3, &mr[1], i * room, room);
		post(e, SKUA_HWI_WQE_SEND, i * 2 * mtu, 2 * mtu, 0);
	}
	model_ring(&e->p.qp[0]);
	ends_run(e);
	assert_memory_equal(mr[1].buf, mr[0].buf, mtu);
	assert_untouched(mr[1].buf + mtu, 2 * room - mtu);

	lose_no_more(e, 0);
	await(e, 2);
	for (i = 0; i < 2; i++) {
		assert_memory_equal(mr[1].buf + i * room,
				    mr[0].buf + i * 2 * mtu, 2 * mtu);
		assert_untouched(mr[1].buf + i * room + 2 * mtu,
				 room - 2 * mtu);
	}
}

/* A stranger that knows none of the HELLOs hears eight at most. */
static void stranger_is_let_alone(void **state)
{
	struct ends *e = *state;
	unsigned int i;

	ends_impair(e, 1, "drop in opcode=skua-hello");
	for (i = 0; i < 400; i++) {
		round_of_all(e);
		ends_advance(e, MS);
	}
	assert_false(both_agree(e));
	assert_int_equal(rc_of(e, 0)->hello.asked, 8);
	assert_int_equal(ends_counter(e, 0, SKUA_HWI_CNT_ROCE_SELECTIVE_RETRANS),
			 0);
}

/* Hostile ------------------------------------------------------------------ */

/* As if the QP of that side had sent it. */
static void inject(struct ends *e, unsigned int side, struct skua_packet *pkt,
		   const void *payload, uint32_t len)
{
	struct skua_function *fn = e->f[side]->fn;
	struct skua_qp *qp = skua_qp_get(fn, e->p.qp[side].qpn);
	struct skua_piece piece = { .host = (uint8_t *)payload, .len = len };

	pkt->service = SKUA_HWI_QPT_RC;
	pkt->av = &qp->attr.av;
	pkt->sgid = &fn->gid[0];
	pkt->pkey = SKUA_PKEY_DEFAULT;
	pkt->dqpn = qp->attr.dest_qpn;
	pkt->sqpn = qp->qpn;
	pkt->npsn = 1;
	pkt->mtu = 4096;
	pkt->piece = &piece;
	pkt->npieces = 1;
	pkt->len = len;
	skua_eswitch_room(qp, &qp->attr.av, qp->attr.dest_qpn);
	skua_eswitch_rdma(fn, pkt);
	ends_run(e);
}

static void reset(struct ends *e, unsigned int side)
{
	const struct skua_hwi_qp_attr attr = { .state = SKUA_HWI_QPS_RESET };

	assert_int_equal(model_modify(&e->p.qp[side], SKUA_HWI_QP_STATE, &attr),
			 SKUA_HWI_OK);
}

/* What is never due is held within bounds, and given back with the QP. */
static void flood(void **state)
{
	static const uint8_t junk[4096];
	struct ends *e = *state;
	struct skua_adapter *ad = e->m[1]->ad;
	uint32_t i;

	round_of_all(e);
	for (i = 0; i < 3 * SKUA_REORDER_WINDOW; i++) {
		struct skua_packet pkt = {
			.op = SKUA_PKT_WRITE,
			.psn = skua_psn_add(rc_of(e, 1)->resp.epsn,
					    500 + i * 2654435761u % 10000),
		};

		inject(e, 0, &pkt, junk, sizeof(junk));
		assert_true(ad->reordered <= SKUA_REORDER_WINDOW);
	}
	assert_true(ad->reordered > 0);
	round_of_all(e);
	reset(e, 1);
	assert_int_equal(ad->reordered, 0);
}

static void send_sack(struct ends *e, uint32_t psn, uint32_t cookie, int len)
{
	struct skua_packet pkt = {
		.op = SKUA_PKT_SACK,
		.flags = SKUA_PKT_FIRST | SKUA_PKT_LAST,
		.syndrome = SKUA_AETH_ACK | SKUA_AETH_NO_CREDIT,
		.psn = psn & SKUA_PSN_MASK,
	};
	struct skua_sack sack = { .cookie = htobe32(cookie) };

	memset(sack.map, 0xff, sizeof(sack.map));
	inject(e, 1, &pkt, &sack, len);
}

/* Of another connection, too short, or about what was never sent. */
static void sacks_that_lie(void **state)
{
	struct ends *e = *state;
	uint32_t cookie, una;
	int i;

	round_of_all(e);
	cookie = rc_of(e, 0)->hello.cookie;
	una = rc_of(e, 0)->req.una;
	for (i = -3; i < 3; i++) {
		send_sack(e, una + i, cookie + 1, sizeof(struct skua_sack));
		send_sack(e, una + i, cookie, sizeof(struct skua_sack));
		send_sack(e, una + i, cookie, 4);
		send_sack(e, una + i * 100000, cookie, 12);
	}
	round_of_all(e);
}

/* Who claims to have what it never got has it sent all the same. */
static void sack_of_the_lost(void **state)
{
	struct ends *e = *state;
	struct skua_rc *rc = rc_of(e, 0);

	round_of_all(e);
	ends_impair(e, 0, "drop out opcode=rc-rdma-write-* count=16");
	model_recv(&e->p.qp[1], 3, &mr[1], BACK, BYTES);
	mr[0].buf[5]++;
	post(e, SKUA_HWI_WQE_WRITE, 0, BYTES, 0);
	model_ring(&e->p.qp[0]);
	ends_run(e);
	send_sack(e, rc->req.una, rc->hello.cookie, sizeof(struct skua_sack));
	await(e, 1);
	assert_memory_equal(mr[0].buf, mr[1].buf, BYTES);
}

/* Neither is agreed to by what is not a HELLO of this connection. */
static void hellos_that_lie(void **state)
{
	struct ends *e = *state;
	struct skua_hello good = {
		.magic = htobe32(SKUA_HELLO_MAGIC),
		.version = SKUA_HELLO_VERSION,
		.features = htobe16(SKUA_HELLO_SELECTIVE),
		.sqpn = htobe32(e->p.qp[1].qpn),
		.cookie = htobe32(7),
		.echo = htobe32(8),
	}, bad[6];
	struct skua_packet pkt;
	unsigned int i;

	/* The true peer never hears of the cookie. */
	ends_impair(e, 0, "drop out opcode=skua-hello");
	for (i = 0; i < 6; i++)
		bad[i] = good;
	for (i = 0; i < 5; i++)
		bad[i].echo = htobe32(rc_of(e, 0)->hello.cookie);
	bad[0].magic++;
	bad[1].version++;
	bad[2].features = 0;
	bad[3].sqpn ^= htobe32(1);
	bad[4].cookie = 0;
	for (i = 0; i < 6; i++) {
		pkt = (struct skua_packet){
			.op = SKUA_PKT_HELLO,
			.flags = SKUA_PKT_FIRST | SKUA_PKT_LAST,
		};
		inject(e, 1, &pkt, &bad[i], sizeof(bad[i]));
		assert_false(rc_of(e, 0)->hello.agreed);
	}
	pkt = (struct skua_packet){
		.op = SKUA_PKT_HELLO,
		.flags = SKUA_PKT_FIRST | SKUA_PKT_LAST,
	};
	inject(e, 1, &pkt, &good, sizeof(good) - 4);
	assert_false(rc_of(e, 0)->hello.agreed);
	round_of_all(e);
}

/* What was agreed ends with the connection. */
static void agreed_anew(void **state)
{
	struct ends *e = *state;
	uint32_t cookie;

	round_of_all(e);
	cookie = rc_of(e, 0)->hello.cookie;
	reset(e, 0);
	assert_false(rc_of(e, 0)->hello.agreed);
	assert_null(rc_of(e, 0)->req.score);
	assert_int_not_equal(cookie, 0);
	assert_int_equal(rc_of(e, 0)->hello.cookie, 0);
}

#define IN(how, fn)                                         \
	{                                                   \
#fn ", " #how, fn, how, ends_teardown, NULL \
	}
#define IN_ALL(fn)                                                 \
	IN(selective, fn), IN(go_back_n, fn), IN(to_stranger, fn), \
		IN(as_stranger, fn)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN(selective, agreed),
		IN(go_back_n, not_agreed),
		IN(to_stranger, not_agreed),
		IN(as_stranger, not_agreed),
		IN_ALL(each_lost),
		IN_ALL(each_doubled),
		IN_ALL(each_late),
		IN_ALL(random_faults),
		IN(selective, only_the_lost),
		IN(go_back_n, lost_again),
		IN(to_stranger, lost_again),
		IN(go_back_n, fills_what_is_missing),
		IN(to_stranger, fills_what_is_missing),
		IN(go_back_n, filled_in_vain),
		IN(go_back_n, last_filled_in_vain),
		IN(go_back_n, holds_no_more),
		IN(go_back_n, response_lost_again),
		IN(to_stranger, response_lost_again),
		IN(selective, response_asked_for_again),
		IN(selective, reads_on_a_lossy_link),
		IN(go_back_n, reads_on_a_lossy_link),
		IN_ALL(refused_is_not_lost),
		IN(selective, window_without_the_held),
		IN_ALL(early_write),
		IN_ALL(early_relaxed),
		IN_ALL(early_beginning_lost),
		IN_ALL(early_read),
		IN_ALL(early_read_relaxed),
		IN_ALL(early_send),
		IN(selective, stranger_is_let_alone),
		IN(selective, flood),
		IN(go_back_n, flood),
		IN(selective, sacks_that_lie),
		IN(go_back_n, sacks_that_lie),
		IN(selective, sack_of_the_lost),
		IN(selective, hellos_that_lie),
		IN(selective, agreed_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
