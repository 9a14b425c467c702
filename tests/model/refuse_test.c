// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Packets that are for nobody change nothing, and are counted by reason. */
#include "nic/nic.h"
#include "rdma/packet.h"
#include "rig.h"

struct stray {
	struct skua_packet pkt;
	struct skua_hwi_av av;
	struct skua_gid sgid;
};

/* A SEND without payload that side 1 takes from side 0. */
static void make(struct rig *r, struct stray *s)
{
	*s = (struct stray){
		.pkt = { .op = SKUA_PKT_SEND,
			 .service = r->p.qp[1].type,
			 .flags = SKUA_PKT_FIRST | SKUA_PKT_LAST,
			 .pkey = SKUA_PKEY_DEFAULT,
			 .dqpn = r->p.qp[1].qpn,
			 .psn = 0xfffff0,
			 .npsn = 1,
			 .mtu = 4096,
			 .sqpn = r->p.qp[0].qpn },
		.av = model_attr(&r->p.qp[0], &r->p.qp[1]).av,
		.sgid = { .valid = true },
	};
	memcpy(s->sgid.gid, r->m->fn[0].gid, sizeof(s->sgid.gid));
	s->pkt.av = &s->av;
	s->pkt.sgid = &s->sgid;
}

/* Delivered, it is refused for this reason and for no other. */
static void expect(struct rig *r, struct stray *s, enum skua_refusal why)
{
	uint64_t *refused = r->m->ad->refused;
	unsigned int i;

	memset(refused, 0, sizeof(r->m->ad->refused));
	skua_rdma_receive(r->m->fn[1].fn, &s->pkt);
	for (i = 0; i < SKUA_REFUSALS; i++)
		assert_int_equal(refused[i], i == why);
	rig_expect_none(&r->p.cq[1]);
}

static void nobody(void **state)
{
	struct rig *r = *state;
	struct stray s;

	model_recv(&r->p.qp[1], 1, &r->mr[1], 0, 64);
	make(r, &s);
	s.pkt.pkey = 0x7fff;
	expect(r, &s, SKUA_REFUSED_BAD_PKEY);
	make(r, &s);
	s.pkt.dqpn ^= 0x1000;
	expect(r, &s, SKUA_REFUSED_NO_QP);
	s.pkt.dqpn = 0xffffff;
	expect(r, &s, SKUA_REFUSED_NO_QP);
	make(r, &s);
	s.pkt.service = SKUA_HWI_QPT_UD;
	expect(r, &s, SKUA_REFUSED_BAD_SERVICE);
	make(r, &s);
	s.sgid.gid[15] ^= 1;
	expect(r, &s, SKUA_REFUSED_BAD_PATH);
	make(r, &s);
	s.av.dgid[15] ^= 1;
	expect(r, &s, SKUA_REFUSED_BAD_PATH);
	make(r, &s);
	skua_rdma_receive(r->m->fn[1].fn, &s.pkt);
	assert_int_equal(model_wait(&r->p.cq[1]).status, SKUA_HWI_CQE_OK);
}

static void other_state(void **state)
{
	const struct skua_hwi_qp_attr reset = { .state = SKUA_HWI_QPS_RESET };
	struct rig *r = *state;
	struct stray s;

	make(r, &s);
	assert_int_equal(model_modify(&r->p.qp[1], SKUA_HWI_QP_STATE, &reset),
			 SKUA_HWI_OK);
	expect(r, &s, SKUA_REFUSED_BAD_STATE);
}

static void other_qkey(void **state)
{
	struct rig *r = *state;
	struct stray s;

	make(r, &s);
	s.pkt.qkey = 1;
	expect(r, &s, SKUA_REFUSED_BAD_QKEY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(nobody, rc),	   RIG_TEST(nobody, uc),
		RIG_TEST(other_state, rc), RIG_TEST(other_state, uc),
		RIG_TEST(other_state, ud), RIG_TEST(other_qkey, ud),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
