// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Datagrams, and the GSI. */
#include "rig.h"

#define QKEY 0x11111111

static struct model_wr datagram(struct rig *r, uint32_t len)
{
	return (struct model_wr){
		.opcode = SKUA_HWI_WQE_SEND,
		.flags = SKUA_HWI_WQE_SIGNALED,
		.ud_peer = &r->p.qp[1],
		.ud_qkey = QKEY,
		.num_sge = 1,
		.sge[0] = { r->mr[0].iova, len, r->mr[0].key },
	};
}

static uint32_t sum16(const uint8_t *p, unsigned int len)
{
	uint32_t sum = 0;

	for (; len; len -= 2, p += 2)
		sum += p[0] << 8 | p[1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void test_send(void **state)
{
	struct rig *r = *state;
	static const uint32_t sizes[] = { 0, 1, 8, 1023, 4096 };
	const uint8_t *ip = r->mr[1].buf + 20;
	struct skua_hwi_cqe cqe;
	struct model_wr wr;
	unsigned int i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		rig_fill(r, 0, i);
		memset(r->mr[1].buf, 0x55, 5000);
		wr = datagram(r, sizes[i]);
		model_recv(&r->p.qp[1], i, &r->mr[1], 0, 5000);
		rig_expect(&r->p.cq[0], rig_post(&r->p.qp[0], &wr), 0);
		cqe = rig_expect(&r->p.cq[1], i, 0);
		assert_int_equal(le32toh(cqe.byte_len), sizes[i] + 40);
		assert_int_equal(cqe.flags, SKUA_HWI_CQE_F_GRH);
		assert_int_equal(cqe.net, SKUA_HWI_NET_IPV4);
		assert_int_equal(le32toh(cqe.src_qpn), r->p.qp[0].qpn);
		assert_memory_equal(cqe.smac, r->m->fn[0].mac, 6);
		assert_memory_equal(r->mr[1].buf + 40, r->mr[0].buf, sizes[i]);
		assert_int_equal(r->mr[1].buf[40 + sizes[i]], 0x55);

		/* RFC 791; UDP, BTH, DETH and ICRC besides the padded data. */
		assert_int_equal(ip[0], 0x45);
		assert_int_equal(ip[2] << 8 | ip[3],
				 20 + 8 + 12 + 8 + (sizes[i] + 3) / 4 * 4 + 4);
		assert_int_equal(ip[8], 64);
		assert_int_equal(ip[9], 17);
		assert_int_equal(sum16(ip, 20), 0xffff);
		assert_memory_equal(ip + 12, r->m->fn[0].gid + 12, 4);
		assert_memory_equal(ip + 16, r->m->fn[1].gid + 12, 4);
	}
}

static void set_gid(struct model_fn *f, uint8_t index, const uint8_t gid[16])
{
	struct skua_hwi_set_gid_in in = {
		.index = index,
		.valid = 1,
		.vlan = htole16(SKUA_HWI_VLAN_NONE),
	};

	memcpy(in.smac, f->mac, 6);
	memcpy(in.gid, gid, 16);
	assert_int_equal(
		model_cmd(f, SKUA_HWI_CMD_SET_GID, &in, sizeof(in), NULL, 0), 0);
}

static void test_ipv6(void **state)
{
	struct rig *r = *state;
	const uint8_t *ip = r->mr[1].buf;
	struct skua_hwi_cqe cqe;
	struct model_wr wr = datagram(r, 9);
	unsigned int i;

	for (i = 0; i < 2; i++) {
		r->m->fn[i].gid[0] = 0xfd;
		set_gid(&r->m->fn[i], 0, r->m->fn[i].gid);
	}
	wr.opcode = SKUA_HWI_WQE_SEND_IMM;
	wr.imm = 0xabcdef;
	model_recv(&r->p.qp[1], 1, &r->mr[1], 0, 5000);
	rig_expect(&r->p.cq[0], rig_post(&r->p.qp[0], &wr), 0);
	cqe = rig_expect(&r->p.cq[1], 1, 0);
	assert_int_equal(cqe.net, SKUA_HWI_NET_IPV6);
	assert_int_equal(cqe.flags, SKUA_HWI_CQE_F_GRH | SKUA_HWI_CQE_F_IMM);
	assert_int_equal(be32toh(cqe.imm), 0xabcdef);
	assert_int_equal(ip[0] >> 4, 6);
	assert_int_equal(ip[4] << 8 | ip[5], 8 + 12 + 8 + 4 + 12 + 4);
	assert_int_equal(ip[6], 17);
	assert_int_equal(ip[7], 64);
	assert_memory_equal(ip + 8, r->m->fn[0].gid, 16);
	assert_memory_equal(ip + 24, r->m->fn[1].gid, 16);
}

/* What is not for this QP is dropped, and its receive stays. */
static void test_dropped(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = datagram(r, 8);
	struct model_qp nobody = r->p.qp[1];
	uint8_t gid[16];

	model_recv(&r->p.qp[1], 1, &r->mr[1], 0, 100);
	wr.ud_qkey ^= 1;
	rig_expect(&r->p.cq[0], rig_post(&r->p.qp[0], &wr), 0);
	wr.ud_qkey ^= 1;
	nobody.qpn ^= 0x10;
	wr.ud_peer = &nobody;
	rig_expect(&r->p.cq[0], rig_post(&r->p.qp[0], &wr), 0);
	nobody.qpn = r->p.qp[1].qpn;
	memcpy(gid, r->m->fn[1].gid, 16);
	r->m->fn[1].gid[15] ^= 0x80;
	rig_expect(&r->p.cq[0], rig_post(&r->p.qp[0], &wr), 0);
	memcpy(r->m->fn[1].gid, gid, 16);
	rig_expect_none(&r->p.cq[1]);
	rig_expect(&r->p.cq[0], rig_post(&r->p.qp[0], &wr), 0);
	rig_expect(&r->p.cq[1], 1, 0);
	/* Nobody left to receive it. */
	rig_expect(&r->p.cq[0], rig_post(&r->p.qp[0], &wr), 0);
	assert_int_equal(rig_counter(&r->m->fn[1], SKUA_HWI_CNT_OUT_OF_BUFFER),
			 1);
}

static void test_controlled_qkey(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = datagram(r, 8);

	model_recv(&r->p.qp[1], 1, &r->mr[1], 0, 100);
	wr.ud_qkey = 0x80000000;
	rig_expect(&r->p.cq[0], rig_post(&r->p.qp[0], &wr), 0);
	rig_expect(&r->p.cq[1], 1, 0);
}

/* Too long for the receive: dropped, and the receive waits for the next. */
static void test_recv_too_small(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = datagram(r, 9);

	model_recv(&r->p.qp[1], 1, &r->mr[1], 0, 48);
	model_recv(&r->p.qp[1], 2, &r->mr[1], 0, 48);
	rig_expect(&r->p.cq[0], rig_post(&r->p.qp[0], &wr), 0);
	rig_expect_none(&r->p.cq[1]);
	wr = datagram(r, 8);
	rig_expect(&r->p.cq[0], rig_post(&r->p.qp[0], &wr), 0);
	rig_expect(&r->p.cq[1], 1, 0);
	rig_expect(&r->p.cq[0], rig_post(&r->p.qp[0], &wr), 0);
	rig_expect(&r->p.cq[1], 2, 0);
}

static void test_recv_bad_lkey(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = datagram(r, 8);
	struct model_mr bad = r->mr[1];

	bad.key ^= 1;
	model_recv(&r->p.qp[1], 1, &bad, 0, 100);
	rig_expect(&r->p.cq[0], rig_post(&r->p.qp[0], &wr), 0);
	rig_expect(&r->p.cq[1], 1, SKUA_HWI_CQE_LOC_PROT_ERR);
	assert_int_equal(rig_state(&r->p.qp[1]), SKUA_HWI_QPS_ERR);
}

static void expect_sqe(struct rig *r, const struct model_wr *wr, uint8_t status)
{
	struct skua_hwi_qp_attr attr = { .state = SKUA_HWI_QPS_RTS };

	rig_expect(&r->p.cq[0], rig_post(&r->p.qp[0], wr), status);
	assert_int_equal(rig_state(&r->p.qp[0]), SKUA_HWI_QPS_SQE);
	assert_int_equal(model_modify(&r->p.qp[0], SKUA_HWI_QP_STATE, &attr), 0);
}

static void test_send_errors(void **state)
{
	struct rig *r = *state;
	struct model_wr wr = datagram(r, 4097);

	expect_sqe(r, &wr, SKUA_HWI_CQE_LOC_LEN_ERR);
	wr = datagram(r, 8);
	wr.sge[0].lkey ^= 1;
	expect_sqe(r, &wr, SKUA_HWI_CQE_LOC_PROT_ERR);
	wr = datagram(r, 8);
	wr.opcode = SKUA_HWI_WQE_WRITE;
	expect_sqe(r, &wr, SKUA_HWI_CQE_LOC_QP_OP_ERR);
	wr = datagram(r, 8);
	model_recv(&r->p.qp[1], 1, &r->mr[1], 0, 100);
	rig_expect(&r->p.cq[0], rig_post(&r->p.qp[0], &wr), 0);
	rig_expect(&r->p.cq[1], 1, 0);
}

/* With a port MTU of 1500 a datagram has at most 1024 bytes. */
static void test_mtu(void **state)
{
	struct rig *r = *state;
	struct skua_hwi_set_port_in in = {
		.mtu = htole16(1500),
		.flags = htole32(SKUA_HWI_PORT_UP),
	};
	struct model_wr wr = datagram(r, 1025);

	memcpy(in.mac, r->m->fn[0].mac, 6);
	assert_int_equal(model_cmd(&r->m->fn[0], SKUA_HWI_CMD_SET_PORT, &in,
				   sizeof(in), NULL, 0),
			 0);
	expect_sqe(r, &wr, SKUA_HWI_CQE_LOC_LEN_ERR);
	wr = datagram(r, 1024);
	model_recv(&r->p.qp[1], 1, &r->mr[1], 0, 2000);
	rig_expect(&r->p.cq[0], rig_post(&r->p.qp[0], &wr), 0);
	rig_expect(&r->p.cq[1], 1, 0);
}

/* The GSI answers to QPN 1, whatever its peer is. */
static void test_gsi(void **state)
{
	struct rig *r = *state;
	struct model_pair g;
	struct model_wr wr = datagram(r, 256);
	struct skua_hwi_cqe cqe;
	uint32_t at;

	model_pair(&r->m->fn[0], &r->m->fn[1], SKUA_HWI_QPT_GSI, &g);
	assert_int_equal(g.qp[0].qpn, SKUA_HWI_QP_GSI);
	wr.ud_peer = &g.qp[1];
	wr.ud_qkey = 0x80010000;
	rig_fill(r, 0, 1);
	model_recv(&g.qp[1], 5, &r->mr[1], 0, 296);
	rig_expect(&g.cq[0], rig_post(&g.qp[0], &wr), 0);
	cqe = rig_expect(&g.cq[1], 5, 0);
	assert_int_equal(le32toh(cqe.src_qpn), SKUA_HWI_QP_GSI);
	assert_memory_equal(r->mr[1].buf + 40, r->mr[0].buf, 256);

	/* To itself, too. */
	wr.ud_peer = &g.qp[0];
	model_recv(&g.qp[0], 6, &r->mr[0], 4096, 296);
	at = rig_post(&g.qp[0], &wr);
	rig_expect(&g.cq[0], 6, 0);
	rig_expect(&g.cq[0], at, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(test_send, ud),
		RIG_TEST(test_ipv6, ud),
		RIG_TEST(test_dropped, ud),
		RIG_TEST(test_controlled_qkey, ud),
		RIG_TEST(test_recv_too_small, ud),
		RIG_TEST(test_recv_bad_lkey, ud),
		RIG_TEST(test_send_errors, ud),
		RIG_TEST(test_mtu, ud),
		RIG_TEST(test_gsi, ud),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
