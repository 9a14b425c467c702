// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Congestion control: who is told, what a QP makes of it, and what it takes no
 * notice of. All with clocks that stand still until they are moved.
 */
#include <errno.h>

#include "ends.h"

#include "link/port.h"
#include "skua_cc.h"
#include "wire/wire.h"

#define US   1000ull
#define MS   1000000ull
#define MBIT 1000ull
#define PACKETS 5

static void set(struct ends *e, const char *text)
{
	unsigned int i;
	char why[128];

	for (i = 0; i < 2; i++)
		assert_int_equal(skua_adapter_cc_set(e->m[i]->ad, text, why,
						     sizeof(why)), 0);
}

static bool limited(struct ends *e, unsigned int side, struct skua_cc_qp *qp)
{
	unsigned int n = skua_adapter_cc_qps(e->m[side]->ad, qp, 1);

	assert_in_range(n, 0, 1);
	return n;
}

static uint64_t rate(struct ends *e, unsigned int side)
{
	struct skua_cc_qp qp;

	assert_true(limited(e, side, &qp));
	assert_int_equal(qp.qpn, e->p.qp[side].qpn);
	assert_int_equal(qp.dest_qpn, e->p.qp[!side].qpn);
	assert_memory_equal(qp.mac, e->f[side]->mac, 6);
	return qp.rate;
}

static void expect(struct ends *e, unsigned int side,
		   enum skua_hwi_link_counter which, uint64_t n)
{
	assert_int_equal(ends_counter(e, side, which), n);
}

/* A notification to QP qpn of side 0. */
struct cnp {
	struct skua_hwi_av av;
	struct skua_gid sgid;
	uint16_t pkey;
	uint32_t qpn;
};

static struct cnp cnp_to(struct ends *e)
{
	struct cnp c = {
		.av = { .hop_limit = 64,
			.vlan = htole16(SKUA_HWI_VLAN_NONE) },
		.pkey = SKUA_PKEY_DEFAULT,
		.qpn = e->p.qp[0].qpn,
	};

	memcpy(c.av.dmac, e->f[0]->mac, 6);
	memcpy(c.av.dgid, e->f[0]->gid, 16);
	memcpy(c.sgid.smac, e->f[1]->mac, 6);
	memcpy(c.sgid.gid, e->f[1]->gid, 16);
	return c;
}

static void send_cnp(struct ends *e, const struct cnp *c)
{
	const struct skua_wire_path path = { .av = &c->av, .sgid = &c->sgid,
					     .sport = 0xc000 };
	uint8_t frame[SKUA_WIRE_MAX_FRAME];
	uint32_t len = skua_wire_cnp(&path, c->pkey, c->qpn, 0, frame);

	assert_true(skua_link_port_eth(e->m[1]->ad->link, frame, len));
	ends_run(e);
}

/* Its sender is told of marked packets, but not of each. */
static void marked(void **state)
{
	struct ends *e = *state;
	struct skua_cc_qp qp;

	ends_post(e, SKUA_HWI_WQE_WRITE);
	assert_false(limited(e, 0, &qp));
	ends_impair(e, 0, "ecn out");
	set(e, "np_min_time_between_cnps=50");
	ends_post(e, SKUA_HWI_WQE_WRITE);
	expect(e, 1, SKUA_HWI_CNT_NP_ECN_MARKED_ROCE_PACKETS, PACKETS);
	expect(e, 1, SKUA_HWI_CNT_NP_CNP_SENT, 1);
	expect(e, 0, SKUA_HWI_CNT_RP_CNP_HANDLED, 1);
	expect(e, 0, SKUA_HWI_CNT_RP_CNP_IGNORED, 0);
	assert_true(limited(e, 0, &qp));
	assert_false(limited(e, 1, &qp));
	ends_advance(e, 49 * US);
	ends_post(e, SKUA_HWI_WQE_WRITE);
	expect(e, 1, SKUA_HWI_CNT_NP_CNP_SENT, 1);
	ends_advance(e, US);
	ends_post(e, SKUA_HWI_WQE_WRITE);
	expect(e, 1, SKUA_HWI_CNT_NP_CNP_SENT, 2);
	assert_true(limited(e, 0, &qp));
	assert_int_equal(qp.cnps, 2);
}

/* Who is not told because nobody wants to does not say that he can be, either. */
static void off(void **state)
{
	struct ends *e = *state;
	struct skua_cc_qp qp;

	ends_impair(e, 0, "ecn out");
	set(e, "off");
	ends_post(e, SKUA_HWI_WQE_WRITE);
	expect(e, 1, SKUA_HWI_CNT_NP_ECN_MARKED_ROCE_PACKETS, 0);
	set(e, "on");
	ends_post(e, SKUA_HWI_WQE_WRITE);
	expect(e, 0, SKUA_HWI_CNT_RP_CNP_HANDLED, 1);
	assert_true(limited(e, 0, &qp));
	set(e, "off");
	ends_post(e, SKUA_HWI_WQE_WRITE);
	assert_false(limited(e, 0, &qp));
}

/* Of a READ it is the responder that is too fast. */
static void responder(void **state)
{
	struct ends *e = *state;
	struct skua_cc_qp qp;

	ends_impair(e, 1, "ecn out");
	set(e, "rp_rate_to_set_on_first_cnp=20");
	ends_fill(&e->mr[1], 1);
	ends_post(e, SKUA_HWI_WQE_READ);
	expect(e, 0, SKUA_HWI_CNT_NP_CNP_SENT, 1);
	expect(e, 1, SKUA_HWI_CNT_RP_CNP_HANDLED, 1);
	assert_false(limited(e, 0, &qp));
	assert_in_range(rate(e, 1), 10 * MBIT, 11 * MBIT);
	assert_int_equal(model_wait(&e->p.cq[0]).status, SKUA_HWI_CQE_OK);

	/* What took no time takes 16 ms at 10 Mbit/s, but for one packet. */
	set(e, "rp_time_reset=1000000 rp_byte_reset=1000000 rp_dce_tcp_rtt=1000000");
	ends_fill(&e->mr[1], 2);
	ends_post(e, SKUA_HWI_WQE_READ);
	ends_advance(e, 5 * MS);
	rig_expect_none(&e->p.cq[0]);
}

/* A message of five packets, the first of which goes at once. */
static void slow(struct ends *e)
{
	unsigned int ms;

	ends_post(e, SKUA_HWI_WQE_WRITE);
	for (ms = 1; memcmp(e->mr[0].buf, e->mr[1].buf, ENDS_LEN); ms++) {
		assert_in_range(ms, 1, 20);
		ends_advance(e, MS);
	}
	assert_in_range(ms, 13, 16);
}

static void paced(void **state)
{
	struct ends *e = *state;
	struct cnp c = cnp_to(e);

	set(e, "rp_time_reset=1000000 rp_rate_to_set_on_first_cnp=20");
	send_cnp(e, &c);
	assert_in_range(rate(e, 0), 10 * MBIT, 11 * MBIT);
	ends_fill(&e->mr[0], 3);
	slow(e);
	assert_in_range(rate(e, 0), 10 * MBIT, 11 * MBIT);
}

static void paced_ud(void **state)
{
	struct ends *e = *state;
	struct model_wr wr = {
		.opcode = SKUA_HWI_WQE_SEND,
		.flags = SKUA_HWI_WQE_SIGNALED,
		.ud_peer = &e->p.qp[1],
		.ud_qkey = 0x11111111,
		.num_sge = 1,
		.sge = { { e->mr[0].iova, 1000, e->mr[0].key } },
	};
	struct skua_hwi_cqe cqe;
	struct skua_cc_qp qp;
	unsigned int i;

	set(e, "rp_time_reset=1000000 rp_rate_to_set_on_first_cnp=20");
	ends_impair(e, 0, "ecn out count=1");
	for (i = 0; i < 3; i++)
		model_recv(&e->p.qp[1], i, &e->mr[1], 0, 2000);
	rig_post(&e->p.qp[0], &wr);
	ends_run(e);
	expect(e, 1, SKUA_HWI_CNT_NP_CNP_SENT, 1);
	assert_true(limited(e, 0, &qp));
	assert_in_range(qp.rate, 10 * MBIT, 11 * MBIT);
	for (i = 0; i < 2; i++)
		rig_post(&e->p.qp[0], &wr);
	ends_run(e);
	for (i = 0; i < 2; i++)
		assert_true(model_poll(&e->p.cq[1], &cqe));
	ends_advance(e, 800 * US);
	assert_false(model_poll(&e->p.cq[1], &cqe));
	ends_advance(e, 100 * US);
	assert_true(model_poll(&e->p.cq[1], &cqe));
}

/* Half of the way back at each step, and after some beyond. */
static void recovers_in_time(void **state)
{
	struct ends *e = *state;
	struct cnp c = cnp_to(e);
	struct skua_cc_qp qp;
	uint64_t was;

	set(e, "rp_rate_to_set_on_first_cnp=1000 rp_time_reset=300 "
	       "rp_threshold=5 rp_ai_rate=5");
	send_cnp(e, &c);
	was = rate(e, 0);
	assert_in_range(was, 500 * MBIT, 501 * MBIT);
	ends_advance(e, 299 * US);
	assert_int_equal(rate(e, 0), was);
	ends_advance(e, US);
	assert_in_range(rate(e, 0), 750 * MBIT, 751 * MBIT);
	ends_advance(e, 3 * 300 * US);
	assert_in_range(rate(e, 0), 968 * MBIT, 970 * MBIT);
	assert_true(limited(e, 0, &qp));
	assert_int_equal(qp.target, 1000 * MBIT);
	ends_advance(e, 300 * US);
	assert_true(limited(e, 0, &qp));
	assert_int_equal(qp.target, 1005 * MBIT);
	/* Alpha says how bad it is, and it is not any more. */
	assert_in_range(qp.alpha, 900, 1022);
	/* Cut again, from where it has come to. */
	send_cnp(e, &c);
	assert_in_range(rate(e, 0), 480 * MBIT, 560 * MBIT);

	/* And in the end nothing remains of it. */
	set(e, "rp_max_rate=1200");
	ends_advance(e, 400 * MS);
	ends_post(e, SKUA_HWI_WQE_WRITE);
	assert_false(limited(e, 0, &qp));
}

static void recovers_by_bytes(void **state)
{
	struct ends *e = *state;
	struct cnp c = cnp_to(e);
	struct skua_cc_qp qp;

	set(e, "rp_rate_to_set_on_first_cnp=1000 rp_time_reset=1000000 "
	       "rp_threshold=5 rp_ai_rate=5 rp_byte_reset=20000");
	send_cnp(e, &c);
	ends_post(e, SKUA_HWI_WQE_WRITE);
	ends_advance(e, MS);
	assert_in_range(rate(e, 0), 750 * MBIT, 751 * MBIT);
	assert_true(limited(e, 0, &qp));
	assert_int_equal(qp.target, 1000 * MBIT);
	assert_in_range(qp.bytes, ENDS_LEN, ENDS_LEN + PACKETS * 100);
}

/* Time and bytes agree that all is well. */
static void hurries(void **state)
{
	struct ends *e = *state;
	struct cnp c = cnp_to(e);
	struct skua_cc_qp qp;

	set(e, "rp_rate_to_set_on_first_cnp=1000 rp_time_reset=1000 "
	       "rp_threshold=1 rp_ai_rate=1 rp_hai_rate=100 "
	       "rp_byte_reset=20000");
	send_cnp(e, &c);
	ends_post(e, SKUA_HWI_WQE_WRITE);
	ends_advance(e, MS);
	ends_post(e, SKUA_HWI_WQE_WRITE);
	ends_advance(e, MS);
	assert_true(limited(e, 0, &qp));
	assert_in_range(qp.target, 1100 * MBIT, 1110 * MBIT);
}

/* However many there are: it goes on, and not more slowly than it must. */
static void storm(void **state)
{
	struct ends *e = *state;
	struct cnp c = cnp_to(e);
	struct skua_cc_qp qp;
	unsigned int i;

	set(e, "rp_min_rate=10 rp_rate_reduce_monitor_period=0 "
	       "rp_time_reset=1000000");
	for (i = 0; i < 300; i++)
		send_cnp(e, &c);
	expect(e, 0, SKUA_HWI_CNT_RP_CNP_HANDLED, 300);
	assert_int_equal(rate(e, 0), 10 * MBIT);
	assert_true(limited(e, 0, &qp));
	assert_int_equal(qp.cnps, 300);
	assert_in_range(qp.alpha, 1000, 1024);
	ends_fill(&e->mr[0], 4);
	slow(e);
}

/* Of those that come too soon after another, no notice is taken. */
static void cuts_apart(void **state)
{
	struct ends *e = *state;
	struct cnp c = cnp_to(e);

	set(e, "rp_rate_to_set_on_first_cnp=1000 rp_min_dec_fac=50 "
	       "rp_rate_reduce_monitor_period=200 rp_time_reset=1000000");
	send_cnp(e, &c);
	ends_advance(e, 199 * US);
	send_cnp(e, &c);
	assert_in_range(rate(e, 0), 500 * MBIT, 501 * MBIT);
	ends_advance(e, US);
	send_cnp(e, &c);
	assert_in_range(rate(e, 0), 250 * MBIT, 300 * MBIT);
}

/* A rate is no use that is far from what the QP sends. */
static void clamps(void **state)
{
	struct ends *e = *state;
	struct cnp c = cnp_to(e);

	set(e, "rp_rate_reduce_monitor_period=2000 rp_time_reset=1000000 "
	       "rp_dce_tcp_rtt=1000000");
	send_cnp(e, &c);
	assert_in_range(rate(e, 0), 50000 * MBIT, 50100 * MBIT);
	ends_post(e, SKUA_HWI_WQE_WRITE);
	ends_advance(e, 2 * MS);
	send_cnp(e, &c);
	/* 20 kB in 2 ms are 80 Mbit/s, and half of twice of that remains. */
	assert_in_range(rate(e, 0), 80 * MBIT, 84 * MBIT);
}

static void ignored(void **state)
{
	const struct skua_hwi_qp_attr reset = { .state = SKUA_HWI_QPS_RESET };
	struct ends *e = *state;
	struct cnp c = cnp_to(e);
	struct skua_cc_qp qp;

	c.qpn = 0xfffffe;
	send_cnp(e, &c);
	c.qpn = SKUA_HWI_QP_GSI;
	send_cnp(e, &c);
	c = cnp_to(e);
	c.pkey = 0x7fff;
	send_cnp(e, &c);
	c = cnp_to(e);
	c.sgid.gid[15]++;
	send_cnp(e, &c);
	c = cnp_to(e);
	c.av.dgid[15] += 5;
	send_cnp(e, &c);
	c = cnp_to(e);
	set(e, "off");
	send_cnp(e, &c);
	set(e, "on");
	expect(e, 0, SKUA_HWI_CNT_RP_CNP_IGNORED, 6);
	expect(e, 0, SKUA_HWI_CNT_RP_CNP_HANDLED, 0);
	assert_false(limited(e, 0, &qp));
	send_cnp(e, &c);
	expect(e, 0, SKUA_HWI_CNT_RP_CNP_HANDLED, 1);
	assert_true(limited(e, 0, &qp));
	/* A QP that begins anew knows nothing of it. */
	assert_int_equal(model_modify(&e->p.qp[0], SKUA_HWI_QP_STATE, &reset),
			 SKUA_HWI_OK);
	assert_false(limited(e, 0, &qp));
	send_cnp(e, &c);
	expect(e, 0, SKUA_HWI_CNT_RP_CNP_IGNORED, 7);
}

/* Strangers cannot have notifications sent to others. */
static void marked_by_strangers(void **state)
{
	struct ends *e = *state;
	struct skua_hwi_set_gid_in in = {
		.valid = 1,
		.vlan = htole16(SKUA_HWI_VLAN_NONE),
	};

	ends_impair(e, 0, "ecn out");
	memcpy(in.smac, e->f[0]->mac, sizeof(in.smac));
	memcpy(in.gid, e->f[0]->gid, sizeof(in.gid));
	in.gid[15] += 7;
	assert_int_equal(model_cmd(e->f[0], SKUA_HWI_CMD_SET_GID, &in,
				   sizeof(in), NULL, 0), SKUA_HWI_OK);
	ends_post(e, SKUA_HWI_WQE_WRITE);
	expect(e, 1, SKUA_HWI_CNT_NP_ECN_MARKED_ROCE_PACKETS, 0);
	expect(e, 1, SKUA_HWI_CNT_NP_CNP_SENT, 0);
}

static void parameters(void **state)
{
	static const struct {
		const char *text, *why;
	} refused[] = {
		{ "rp_ai_rate", "not NAME=VALUE, on or off: rp_ai_rate" },
		{ "rp_ai_rate=",
		  "rp_ai_rate=: not a number from 1 to 1000000" },
		{ "rp_ai_rate=0",
		  "rp_ai_rate=0: not a number from 1 to 1000000" },
		{ "rp_ai_rate=-1",
		  "rp_ai_rate=-1: not a number from 1 to 1000000" },
		{ "rp_ai_rate=1000001",
		  "rp_ai_rate=1000001: not a number from 1 to 1000000" },
		{ "rp_ai_rate=18446744073709551617",
		  "rp_ai_rate=18446744073709551617: not a number from 1 to 1000000" },
		{ "rp_ai_rate=7x",
		  "rp_ai_rate=7x: not a number from 1 to 1000000" },
		{ "np_cnp_dscp=64",
		  "np_cnp_dscp=64: not a number from 0 to 63" },
		{ "rp_speed=5", "no such parameter: rp_speed" },
		{ "rp_min_rate=20 rp_max_rate=10",
		  "rp_min_rate is above rp_max_rate" },
		{ "rp_ai_rate=7 maybe", "not NAME=VALUE, on or off: maybe" },
	};
	struct skua_adapter *ad = ((struct ends *)*state)->m[0]->ad;
	uint32_t was[SKUA_CC_PARAMS];
	unsigned int i, k;
	char why[128];

	for (k = 0; k < SKUA_CC_PARAMS; k++)
		was[k] = skua_adapter_cc(ad, k);
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		assert_int_equal(skua_adapter_cc_set(ad, refused[i].text, why,
						     sizeof(why)), -EINVAL);
		assert_string_equal(why, refused[i].why);
		for (k = 0; k < SKUA_CC_PARAMS; k++)
			assert_int_equal(skua_adapter_cc(ad, k), was[k]);
	}
	assert_int_equal(skua_adapter_cc_set(ad, " rp_ai_rate=7  off ", why,
					     sizeof(why)), 0);
	assert_int_equal(skua_adapter_cc(ad, SKUA_CC_RP_AI_RATE), 7);
	assert_int_equal(skua_adapter_cc(ad, SKUA_CC_ENABLE), 0);
}

#define TEST(fn, kind) \
	cmocka_unit_test_setup_teardown(fn, ends_##kind, ends_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(marked, rc),
		TEST(off, rc),
		TEST(responder, rc),
		TEST(paced, rc),
		TEST(paced, uc),
		TEST(paced_ud, ud),
		TEST(recovers_in_time, rc),
		TEST(recovers_by_bytes, rc),
		TEST(hurries, rc),
		TEST(storm, rc),
		TEST(cuts_apart, rc),
		TEST(clamps, rc),
		TEST(ignored, rc),
		TEST(marked_by_strangers, rc),
		TEST(parameters, rc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
