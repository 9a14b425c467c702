// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The CM's datagrams: every field where IBTA vol. 1, chapter 12 has it, what is
 * written read again, and nothing out of range whatever the bytes are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>
#include <rdma/ib_user_ioctl_verbs.h>

#include "cm/mad.h"

#define HEADER 24

static const uint8_t ipv4_a[16] = { [10] = 0xff, 0xff, 10, 1, 2, 3 };
static const uint8_t ipv4_b[16] = { [10] = 0xff, 0xff, 10, 1, 2, 4 };
static const uint8_t ipv6_a[16] = { 0xfd, 1, 2, 3, 4, [15] = 5 };
static const uint8_t ipv6_b[16] = { 0xfd, 9, 8, 7, 6, [15] = 4 };

/* Every field has a value that no other has, and all bits that it may have. */
static struct ucm_mad full(enum ucm_msg_type type, uint8_t qp_type, bool ipv4)
{
	struct ucm_mad m = {
		.msg = {
			.type = type,
			.src = { .family = ipv4 ? AF_INET : AF_INET6,
				 .port = 0xa1a2 },
			.dst = { .family = ipv4 ? AF_INET : AF_INET6,
				 .port = 0xb1b2 },
			.ps = 0x0106,
			.qp_type = qp_type,
			.tos = 0x28,
			.qpn = 0xc1c2c3, .qkey = 0xd1d2d3d4, .psn = 0xe1e2e3,
			.responder_resources = 0x11, .initiator_depth = 0x12,
			.retry_count = 5, .rnr_retry_count = 6,
			.flow_control = 1, .srq = 1,
			.ece = { .vendor_id = 0x313233, .attr_mod = 0x41424344 },
		},
		.tid = 0x0102030405060708,
		.local = 0x51525354, .remote = 0x61626364,
		.guid = 0x7172737475767778,
		.dreq_qpn = 0x818283,
		.timeout = 21, .my_timeout = 11, .max_retries = 9,
		.mtu = 4, .ack_timeout = 19, .about = UCM_ABOUT_REP,
	};
	unsigned int i;

	memcpy(m.msg.src.raw, ipv4 ? ipv4_a : ipv6_a, 16);
	memcpy(m.msg.dst.raw, ipv4 ? ipv4_b : ipv6_b, 16);
	memcpy(m.msg.sgid, m.msg.src.raw, 16);
	memcpy(m.msg.dgid, m.msg.dst.raw, 16);
	for (i = 0; i < sizeof(m.msg.private_data); i++)
		m.msg.private_data[i] = i + 1;
	return m;
}

/* Bytes at an offset of the tables, which count from behind the header. */
static void assert_at(const uint8_t *mad, unsigned int at, uint64_t val,
		      unsigned int len)
{
	uint64_t found = 0;
	unsigned int i;

	for (i = 0; i < len; i++)
		found = found << 8 | mad[HEADER + at + i];
	assert_int_equal(found, val);
}

static void assert_header(const uint8_t *mad, uint16_t attr)
{
	static const uint8_t version[] = { 1, 7, 2, 3, 0, 0, 0, 0 };

	assert_memory_equal(mad, version, sizeof(version));
	assert_int_equal(mad[8], 1);
	assert_int_equal(mad[15], 8);
	assert_int_equal(mad[16] << 8 | mad[17], attr);
}

/* Table 106, and the header of annex A11. */
static void test_req(void **state)
{
	struct ucm_mad m = full(UCM_MSG_REQ, IB_UVERBS_QPT_RC, true), back;
	uint8_t mad[UCM_MAD_LEN];

	(void)state;
	ucm_mad_write(&m, mad);
	assert_header(mad, 0x10);
	assert_int_equal(mad[20] << 8 | mad[23], 0x4144);
	assert_at(mad, 0, 0x51525354, 4);
	assert_at(mad, 4, 0x00313233, 4);
	assert_at(mad, 8, 0x000000000106b1b2, 8);
	assert_at(mad, 16, 0x7172737475767778, 8);
	assert_at(mad, 28, 0xd1d2d3d4, 4);
	assert_at(mad, 32, 0xc1c2c311, 4);
	assert_at(mad, 36, 0x00000012, 4);
	assert_at(mad, 40, 21 << 3 | 0 << 1 | 1, 4);
	assert_at(mad, 44, 0xe1e2e300u | 11 << 3 | 5, 4);
	assert_at(mad, 48, 0xffff, 2);
	assert_at(mad, 50, (4 << 4 | 6) << 8 | 9 << 4 | 1 << 3, 2);
	assert_memory_equal(mad + HEADER + 56, ipv4_a, 16);
	assert_memory_equal(mad + HEADER + 72, ipv4_b, 16);
	assert_at(mad, 92, 0x28400800 | 19 << 3, 4);
	assert_at(mad, 140, 0x0040a1a2, 4);
	assert_at(mad, 144, 0, 8);
	assert_at(mad, 152, 0x000000000a010203, 8);
	assert_at(mad, 168, 0x000000000a010204, 8);
	assert_at(mad, 176, 0x01020304, 4);
	assert_at(mad, 231, 56, 1);

	assert_true(ucm_mad_read(mad, &back));
	assert_int_equal(back.msg.src.family, AF_IB);
	assert_true(ucm_mad_take_ip(&back.msg));
	/* What a REQ has no place for. */
	memset(m.msg.private_data + 56, 0, sizeof(m.msg.private_data) - 56);
	m.remote = back.remote;
	m.dreq_qpn = 0;
	m.about = 0;
	assert_memory_equal(&back, &m, sizeof(m));
}

static void test_transports(void **state)
{
	struct ucm_mad m = full(UCM_MSG_REQ, IB_UVERBS_QPT_XRC_INI, false), back;
	uint8_t mad[UCM_MAD_LEN];

	(void)state;
	ucm_mad_write(&m, mad);
	assert_at(mad, 43, 21 << 3 | 3 << 1 | 1, 1);
	assert_at(mad, 51, 9 << 4 | 1 << 3 | 1, 1);
	assert_true(ucm_mad_read(mad, &back));
	assert_int_equal(back.msg.qp_type, IB_UVERBS_QPT_XRC_TGT);
	assert_true(ucm_mad_take_ip(&back.msg));
	assert_int_equal(back.msg.dst.family, AF_INET6);
	assert_memory_equal(back.msg.dst.raw, ipv6_b, 16);

	m.msg.qp_type = IB_UVERBS_QPT_UC;
	ucm_mad_write(&m, mad);
	assert_true(ucm_mad_read(mad, &back));
	assert_int_equal(back.msg.qp_type, IB_UVERBS_QPT_UC);

	/* Reliable datagrams, and another extension. */
	mad[HEADER + 43] = 2 << 1;
	assert_false(ucm_mad_read(mad, &back));
	mad[HEADER + 43] = 3 << 1;
	mad[HEADER + 51] = 2;
	assert_false(ucm_mad_read(mad, &back));
}

/* Table 110 */
static void test_rep(void **state)
{
	struct ucm_mad m = full(UCM_MSG_REP, IB_UVERBS_QPT_RC, true), back;
	uint8_t mad[UCM_MAD_LEN];

	(void)state;
	ucm_mad_write(&m, mad);
	assert_header(mad, 0x13);
	assert_at(mad, 0, 0x5152535461626364, 8);
	assert_at(mad, 8, 0xd1d2d3d4c1c2c331, 8);
	assert_at(mad, 16, 0x00000032e1e2e333, 8);
	assert_at(mad, 24, 0x111201d0, 4);
	assert_at(mad, 28, 0x7172737475767778, 8);
	assert_at(mad, 36, 1, 1);
	assert_at(mad, 231, 196, 1);
	assert_true(ucm_mad_read(mad, &back));
	assert_int_equal(back.msg.qpn, 0xc1c2c3);
	assert_int_equal(back.msg.psn, 0xe1e2e3);
	assert_int_equal(back.msg.ece.vendor_id, 0x313233);
	assert_int_equal(back.msg.rnr_retry_count, 6);
	assert_true(back.msg.srq && back.msg.flow_control);
	assert_int_equal(back.remote, 0x61626364);
	assert_memory_equal(back.msg.private_data, m.msg.private_data, 196);
}

/* Tables 107, 108, 111, 112 and 113 */
static void test_short(void **state)
{
	static const struct {
		enum ucm_msg_type type;
		uint16_t attr;
		uint64_t at_8;
	} cases[] = {
		{ UCM_MSG_MRA, 0x11, 0x4058000000000000 },
		{ UCM_MSG_REJ, 0x12, 0x4000001c00000000 },
		{ UCM_MSG_RTU, 0x14, 0 },
		{ UCM_MSG_DREQ, 0x15, 0x8182830000000000 },
		{ UCM_MSG_DREP, 0x16, 0 },
	};
	struct ucm_mad m, back;
	uint8_t mad[UCM_MAD_LEN];
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		m = full(cases[i].type, IB_UVERBS_QPT_RC, true);
		m.msg.reason = UCM_REJ_CONSUMER;
		ucm_mad_write(&m, mad);
		assert_header(mad, cases[i].attr);
		assert_at(mad, 0, 0x5152535461626364, 8);
		assert_at(mad, 8, cases[i].at_8, 8);
		assert_true(ucm_mad_read(mad, &back));
		assert_int_equal(back.msg.type, cases[i].type);
		assert_int_equal(back.local, m.local);
		assert_int_equal(back.remote, m.remote);
		if (cases[i].type == UCM_MSG_REJ) {
			assert_int_equal(back.msg.reason, UCM_REJ_CONSUMER);
			assert_at(mad, 84, 1, 1);
			assert_memory_equal(back.msg.private_data,
					    m.msg.private_data, 148);
		}
	}
}

/* Tables 119 and 120 */
static void test_sidr(void **state)
{
	struct ucm_mad m = full(UCM_MSG_REQ, IB_UVERBS_QPT_UD, false), back;
	uint8_t mad[UCM_MAD_LEN];

	(void)state;
	m.msg.ps = 0x0111;
	ucm_mad_write(&m, mad);
	assert_header(mad, 0x17);
	assert_at(mad, 0, 0x51525354ffff0000, 8);
	assert_at(mad, 8, 0x000000000111b1b2, 8);
	assert_at(mad, 16, 0x0060a1a2, 4);
	assert_memory_equal(mad + HEADER + 36, ipv6_b, 16);
	assert_at(mad, 52, 1, 1);
	assert_at(mad, 231, 180, 1);
	assert_true(ucm_mad_read(mad, &back));
	assert_int_equal(back.msg.qp_type, IB_UVERBS_QPT_UD);
	assert_true(ucm_mad_take_ip(&back.msg));
	assert_memory_equal(back.msg.src.raw, ipv6_a, 16);
	assert_int_equal(back.msg.src.port, 0xa1a2);
	assert_memory_equal(back.msg.private_data, m.msg.private_data, 180);

	m.msg.type = UCM_MSG_REP;
	ucm_mad_write(&m, mad);
	assert_header(mad, 0x18);
	assert_at(mad, 0, 0x5152535400000000, 8);
	assert_at(mad, 8, 0xc1c2c300, 4);
	assert_at(mad, 12, 0x000000000111b1b2, 8);
	assert_at(mad, 20, 0xd1d2d3d4, 4);
	assert_at(mad, 96, 1, 1);
	assert_true(ucm_mad_read(mad, &back));
	assert_int_equal(back.msg.type, UCM_MSG_REP);
	assert_int_equal(back.remote, m.local);

	m.msg.type = UCM_MSG_REJ;
	m.msg.reason = UCM_SIDR_REJECT;
	ucm_mad_write(&m, mad);
	assert_at(mad, 4, 2, 1);
	assert_true(ucm_mad_read(mad, &back));
	assert_int_equal(back.msg.type, UCM_MSG_REJ);
	assert_int_equal(back.msg.reason, UCM_SIDR_REJECT);
}

/* Without IP addresses, all of the private data is the program's. */
static void test_gids(void **state)
{
	struct ucm_mad m = full(UCM_MSG_REQ, IB_UVERBS_QPT_RC, false), back;
	uint8_t mad[UCM_MAD_LEN];

	(void)state;
	m.msg.src.family = AF_IB;
	ucm_mad_write(&m, mad);
	assert_at(mad, 140, 1, 1);
	assert_true(ucm_mad_read(mad, &back));
	assert_false(ucm_mad_take_ip(&back.msg));
	assert_int_equal(back.msg.dst.family, AF_IB);
	assert_memory_equal(back.msg.dst.raw, ipv6_b, 16);
	assert_memory_equal(back.msg.private_data, m.msg.private_data, 92);
}

/* Other classes, versions and methods are others' business. */
static void test_others(void **state)
{
	struct ucm_mad m = full(UCM_MSG_RTU, IB_UVERBS_QPT_RC, true), back;
	uint8_t mad[UCM_MAD_LEN];
	unsigned int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		ucm_mad_write(&m, mad);
		mad[i] ^= 1;
		assert_false(ucm_mad_read(mad, &back));
	}
	/* LAP, and what there is none of. */
	ucm_mad_write(&m, mad);
	mad[17] = 0x19;
	assert_false(ucm_mad_read(mad, &back));
	mad[16] = 1;
	mad[17] = 0x10;
	assert_false(ucm_mad_read(mad, &back));
}

static void test_any_bytes(void **state)
{
	static uint32_t seed = 1;
	uint8_t mad[UCM_MAD_LEN];
	unsigned int i, round, read = 0;
	struct ucm_mad m;

	(void)state;
	for (round = 0; round < 20000; round++) {
		for (i = 0; i < sizeof(mad); i++) {
			seed = seed * 1664525 + 1013904223;
			mad[i] = seed >> 24;
		}
		memcpy(mad, "\1\7\2\3", 4);
		mad[16] = 0;
		mad[17] = 0x10 + round % 16;
		if (!ucm_mad_read(mad, &m))
			continue;
		read++;
		assert_true(m.msg.type < UCM_MSG_TYPES);
		assert_true(m.msg.qpn <= 0xffffff && m.msg.psn <= 0xffffff);
		assert_true(m.msg.retry_count <= 7 && m.timeout <= 31 &&
			    m.msg.rnr_retry_count <= 7 && m.my_timeout <= 31);
		assert_true(m.msg.type != UCM_MSG_REQ || m.mtu <= 5);
		ucm_mad_take_ip(&m.msg);
	}
	assert_true(read > 8000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_req),
		cmocka_unit_test(test_transports),
		cmocka_unit_test(test_rep),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_sidr),
		cmocka_unit_test(test_gids),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
