// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Flow actions and flows of the standard verbs, as the device has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "skua_translate_flow.h"

#define SPI 0x12345678u

static struct skua_esp esp_in(void)
{
	struct skua_esp esp = {
		.attr = { .spi = SPI, .flags = SKUA_ESP_FLAGS_NEEDED },
		.gcm = { .key_len = 32, .icv_len = 16 },
		.window = 64,
	};

	memset(esp.gcm.aes_key, 0xaa, sizeof(esp.gcm.aes_key));
	memset(&esp.gcm.salt, 0xbb, sizeof(esp.gcm.salt));
	return esp;
}

static struct skua_esp esp_out(void)
{
	struct skua_esp esp = esp_in();

	esp.attr.flags |= IB_UVERBS_FLOW_ACTION_ESP_FLAGS_ENCRYPT;
	esp.window = 0;
	return esp;
}

static void test_esp(void **state)
{
	struct skua_hwi_create_sa_in sa;
	struct skua_esp esp = esp_in();

	(void)state;
	assert_int_equal(skua_esp_sa(&esp, &sa), 0);
	assert_int_equal(le32toh(sa.spi), SPI);
	assert_int_equal(le32toh(sa.flags),
			 SKUA_HWI_SA_IN | SKUA_HWI_SA_BY_FLOW);
	assert_int_equal(le16toh(sa.window), 64);
	assert_int_equal(sa.key_len, 36);
	assert_int_equal(sa.key[31], 0xaa);
	assert_int_equal(sa.key[32], 0xbb);
	assert_true(skua_all_zero(sa.dst, sizeof(sa.dst)));

	/* What is behind the key is zero, whatever was there. */
	esp = esp_out();
	esp.gcm.key_len = 16;
	esp.has_esn = true;
	memset(&sa, 0xff, sizeof(sa));
	assert_int_equal(skua_esp_sa(&esp, &sa), 0);
	assert_int_equal(le32toh(sa.flags), SKUA_HWI_SA_ESN);
	assert_int_equal(sa.key_len, 20);
	assert_true(skua_all_zero(sa.key + 20, sizeof(sa.key) - 20));
}

#define REFUSED(err, make, change)                                \
	do {                                                      \
		struct skua_esp esp = make();                     \
		struct skua_hwi_create_sa_in sa;                  \
								  \
		esp.change;                                       \
		assert_int_equal(skua_esp_sa(&esp, &sa), -(err)); \
	} while (0)

static void test_esp_refused(void **state)
{
	(void)state;
	REFUSED(EOPNOTSUPP, esp_in,
		attr.flags = IB_UVERBS_FLOW_ACTION_ESP_FLAGS_TRANSPORT);
	REFUSED(EOPNOTSUPP, esp_in,
		attr.flags = IB_UVERBS_FLOW_ACTION_ESP_FLAGS_FULL_OFFLOAD);
	REFUSED(EOPNOTSUPP, esp_in, attr.flags |= 1u << 31);
	REFUSED(EOPNOTSUPP, esp_in, attr.tfc_pad = 1);
	REFUSED(EOPNOTSUPP, esp_in, gcm.iv_algo = 1);
	REFUSED(EOPNOTSUPP, esp_out, gcm.iv = 1);
	REFUSED(EINVAL, esp_in, attr.spi = 255);
	REFUSED(EINVAL, esp_in, window = 4097);
	REFUSED(EINVAL, esp_in, window = 0x10040);
	REFUSED(EINVAL, esp_out, window = 64);
	REFUSED(EINVAL, esp_in, gcm.key_len = 20);
	REFUSED(EINVAL, esp_in, gcm.key_len = 0x110);
	REFUSED(EINVAL, esp_in, gcm.key_len = 0);
	REFUSED(EINVAL, esp_in, gcm.icv_len = 4);
	REFUSED(EINVAL, esp_in, gcm.icv_len = 128);
	REFUSED(EINVAL, esp_in, has_esn = true; esp.window = 0);
}

static void test_esp_limits(void **state)
{
	struct skua_hwi_modify_sa_in in;
	struct skua_esp esp = esp_in();

	(void)state;
	skua_esp_limits(&esp, &in);
	assert_int_equal(in.mask, 0);

	/* Without ESN the upper half is nobody's. */
	esp.esn = 7;
	esp.attr.seq = 5;
	esp.attr.hard_limit_pkts = 9;
	skua_esp_limits(&esp, &in);
	assert_int_equal(le64toh(in.seq), 5);
	assert_int_equal(le64toh(in.hard_packets), 9);
	assert_int_equal(le32toh(in.mask),
			 SKUA_HWI_SA_SET_SEQ | SKUA_HWI_SA_SET_LIMITS);

	esp.has_esn = true;
	skua_esp_limits(&esp, &in);
	assert_int_equal(le64toh(in.seq), 7ull << 32 | 5);
}

static void test_esp_move(void **state)
{
	struct skua_hwi_query_sa_out now = { .seq = htole64(3ull << 32 | 4) };
	struct skua_hwi_modify_sa_in in;

	(void)state;
	assert_int_equal(skua_esp_move(1, 2, &now, &in), -EINVAL);
	assert_int_equal(skua_esp_move(1, 3, &now, &in), 0);
	assert_int_equal(skua_esp_move(1, 4, &now, &in), 1);
	assert_int_equal(le32toh(in.handle), 1);
	assert_int_equal(le32toh(in.mask), SKUA_HWI_SA_SET_SEQ);
	assert_int_equal(le64toh(in.seq), 4ull << 32);
}

static struct skua_flow begin(uint32_t flags)
{
	struct skua_flow flow;

	assert_int_equal(skua_flow_begin(&flow, 0, flags, 1, 3), 0);
	return flow;
}

static void test_flow_begin(void **state)
{
	struct skua_flow flow;
	uint32_t flag;

	(void)state;
	flow = begin(0);
	assert_int_equal(flow.in.direction, SKUA_HWI_FLOW_INGRESS);
	assert_int_equal(flow.in.action, SKUA_HWI_FLOW_ALLOW);
	assert_int_equal(le32toh(flow.in.priority), 3);
	flow = begin(SKUA_IB_FLOW_FLAG_EGRESS);
	assert_int_equal(flow.in.direction, SKUA_HWI_FLOW_EGRESS);

	assert_int_equal(skua_flow_begin(&flow, 1, 0, 1, 0), -EOPNOTSUPP);
	assert_int_equal(skua_flow_begin(&flow, 0, 0, 0, 0), -EINVAL);
	assert_int_equal(skua_flow_begin(&flow, 0, 0, 2, 0), -EINVAL);
	for (flag = 1; flag; flag <<= 1)
		if (flag != SKUA_IB_FLOW_FLAG_EGRESS)
			assert_int_equal(skua_flow_begin(&flow, 0, flag, 1, 0),
					 -EOPNOTSUPP);
}

static void test_prefix(void **state)
{
	static const struct {
		uint8_t mask[4];
		int bits;
	} want[] = {
		{ { 0, 0, 0, 0 }, 0 },
		{ { 0x80, 0, 0, 0 }, 1 },
		{ { 0xff, 0, 0, 0 }, 8 },
		{ { 0xff, 0xfe, 0, 0 }, 15 },
		{ { 0xff, 0xff, 0xff, 0xff }, 32 },
		{ { 0, 0, 0, 1 }, -EOPNOTSUPP },
		{ { 0x7f, 0, 0, 0 }, -EOPNOTSUPP },
		{ { 0xfd, 0, 0, 0 }, -EOPNOTSUPP },
		{ { 0xff, 0, 0xff, 0 }, -EOPNOTSUPP },
		{ { 0xff, 0xfe, 0x80, 0 }, -EOPNOTSUPP },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_int_equal(skua_flow_prefix(want[i].mask, 4),
				 want[i].bits);
}

static int add(struct skua_flow *flow, uint32_t type,
	       const union skua_flow_filter *val,
	       const union skua_flow_filter *mask)
{
	return skua_flow_match(flow, type, val, mask);
}

static void test_ipv4(void **state)
{
	union skua_flow_filter val = { .ipv4 = {
		.src_ip = htobe32(0xc0a80117), .dst_ip = htobe32(0x0a010203),
		.proto = 17 } };
	union skua_flow_filter mask = { .ipv4 = {
		.src_ip = htobe32(0xffffff00) } };
	static const uint8_t net[16] = { [10] = 0xff, 0xff, 0xc0, 0xa8, 1 };
	struct skua_flow flow = begin(0);
	const struct skua_hwi_flow_match *match = &flow.in.match;

	(void)state;
	assert_int_equal(add(&flow, SKUA_IB_FLOW_SPEC_IPV4, &val, &mask), 0);
	assert_int_equal(le32toh(match->fields), SKUA_HWI_FLOW_NET);
	assert_int_equal(match->net, SKUA_HWI_NET_IPV4);
	assert_int_equal(match->src_prefix, 120);
	assert_memory_equal(match->src, net, sizeof(net));
	assert_int_equal(match->dst_prefix, 0);
	assert_true(skua_all_zero(match->dst, sizeof(match->dst)));

	/* One IP header only. */
	assert_int_equal(add(&flow, SKUA_IB_FLOW_SPEC_IPV4, &val, &mask),
			 -EINVAL);
	assert_int_equal(add(&flow, SKUA_IB_FLOW_SPEC_IPV6, &val, &mask),
			 -EINVAL);

	/* A TCP packet with UDP in it. */
	flow = begin(0);
	mask.ipv4.proto = 0xff;
	assert_int_equal(add(&flow, SKUA_IB_FLOW_SPEC_IPV4, &val, &mask), 0);
	memset(&val, 0, sizeof(val));
	memset(&mask, 0, sizeof(mask));
	assert_int_equal(add(&flow, SKUA_IB_FLOW_SPEC_TCP, &val, &mask),
			 -EINVAL);
}

static void test_masks_refused(void **state)
{
	static const struct {
		uint32_t type;
		union skua_flow_filter mask;
	} bad[] = {
		{ SKUA_IB_FLOW_SPEC_ETH, { .eth.dst_mac = { 1 } } },
		{ SKUA_IB_FLOW_SPEC_ETH, { .eth.src_mac = { [5] = 0xff } } },
		{ SKUA_IB_FLOW_SPEC_ETH, { .eth.ether_type = 1 } },
		{ SKUA_IB_FLOW_SPEC_ETH, { .eth.vlan_tag = 0xffff } },
		{ SKUA_IB_FLOW_SPEC_IPV4, { .ipv4.src_ip = 0xff000000 } },
		{ SKUA_IB_FLOW_SPEC_IPV4, { .ipv4.proto = 1 } },
		{ SKUA_IB_FLOW_SPEC_IPV4, { .ipv4.tos = 0xff } },
		{ SKUA_IB_FLOW_SPEC_IPV4, { .ipv4.ttl = 0xff } },
		{ SKUA_IB_FLOW_SPEC_IPV4, { .ipv4.flags = 0xff } },
		{ SKUA_IB_FLOW_SPEC_IPV6, { .ipv6.src_ip = { 0, 1 } } },
		{ SKUA_IB_FLOW_SPEC_IPV6, { .ipv6.flow_label = 1 } },
		{ SKUA_IB_FLOW_SPEC_IPV6, { .ipv6.next_hdr = 0x0f } },
		{ SKUA_IB_FLOW_SPEC_IPV6, { .ipv6.traffic_class = 1 } },
		{ SKUA_IB_FLOW_SPEC_IPV6, { .ipv6.hop_limit = 1 } },
		{ SKUA_IB_FLOW_SPEC_ESP, { .esp.spi = 1 } },
		{ SKUA_IB_FLOW_SPEC_ESP, { .esp.seq = ~0u } },
		{ 0x22, { .esp.spi = 0 } },
		{ SKUA_IB_FLOW_SPEC_ETH | 0x100, { .esp.spi = 0 } },
		{ ~0u, { .esp.spi = 0 } },
	};
	union skua_flow_filter val;
	struct skua_flow flow;
	unsigned int i;

	(void)state;
	memset(&val, 0, sizeof(val));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		flow = begin(0);
		assert_int_equal(add(&flow, bad[i].type, &val, &bad[i].mask),
				 -EOPNOTSUPP);
	}
}

static void test_eth_ports(void **state)
{
	union skua_flow_filter val = { .eth = {
		.dst_mac = { 2, 1 }, .src_mac = { 2, 2 },
		.ether_type = htobe16(0x0800), .vlan_tag = htobe16(0xe005) } };
	union skua_flow_filter mask = { .eth = {
		.dst_mac = { 255, 255, 255, 255, 255, 255 },
		.vlan_tag = htobe16(0x0fff) } };
	struct skua_flow flow = begin(0);
	const struct skua_hwi_flow_match *match = &flow.in.match;

	(void)state;
	assert_int_equal(add(&flow, SKUA_IB_FLOW_SPEC_ETH, &val, &mask), 0);
	assert_int_equal(add(&flow, SKUA_IB_FLOW_SPEC_ETH, &val, &mask),
			 -EINVAL);
	assert_memory_equal(match->dmac, val.eth.dst_mac, 6);
	assert_true(skua_all_zero(match->smac, 6));
	assert_int_equal(le16toh(match->vlan), 5);

	val = (union skua_flow_filter){ .tcp_udp = {
		.dst_port = htobe16(4791), .src_port = htobe16(0xc123) } };
	mask = (union skua_flow_filter){ .tcp_udp = {
		.dst_port = 0xffff, .src_port = htobe16(0xc000) } };
	assert_int_equal(add(&flow, SKUA_IB_FLOW_SPEC_UDP, &val, &mask), 0);
	assert_int_equal(match->proto, 17);
	assert_int_equal(be16toh(match->dport), 4791);
	assert_int_equal(be16toh(match->sport), 0xc000);
	assert_int_equal(be16toh(match->sport_mask), 0xc000);
	assert_int_equal(le32toh(match->fields),
			 SKUA_HWI_FLOW_DMAC | SKUA_HWI_FLOW_VLAN |
				 SKUA_HWI_FLOW_PROTO | SKUA_HWI_FLOW_SPORT |
				 SKUA_HWI_FLOW_DPORT);
}

static struct skua_flow with_esp(uint32_t spi)
{
	union skua_flow_filter val, mask;
	struct skua_flow flow = begin(0);

	memset(&val, 0, sizeof(val));
	memset(&mask, 0, sizeof(mask));
	val.ipv4.proto = SKUA_IP_PROTO_ESP;
	mask.ipv4.proto = 0xff;
	assert_int_equal(add(&flow, SKUA_IB_FLOW_SPEC_IPV4, &val, &mask), 0);
	memset(&val, 0, sizeof(val));
	memset(&mask, 0, sizeof(mask));
	val.esp.spi = htobe32(spi);
	mask.esp.spi = ~0u;
	assert_int_equal(add(&flow, SKUA_IB_FLOW_SPEC_ESP, &val, &mask), 0);
	return flow;
}

static void test_esp_spec(void **state)
{
	struct skua_flow flow = with_esp(SPI);
	const struct skua_hwi_flow_match *match = &flow.in.match;

	/* ESP that nobody opens here. */
	(void)state;
	assert_int_equal(skua_flow_drop(&flow), 0);
	assert_int_equal(skua_flow_end(&flow, 0), 0);
	assert_int_equal(flow.in.action, SKUA_HWI_FLOW_DROP);
	assert_int_equal(be32toh(match->spi), SPI);
	assert_int_equal(le32toh(match->fields),
			 SKUA_HWI_FLOW_NET | SKUA_HWI_FLOW_PROTO |
				 SKUA_HWI_FLOW_SPI);

	/* What was opened has no ESP any more. */
	flow = with_esp(SPI);
	assert_int_equal(skua_flow_protect(&flow, 5), 0);
	assert_int_equal(skua_flow_drop(&flow), -EINVAL);
	assert_int_equal(skua_flow_end(&flow, SPI), 0);
	assert_int_equal(le32toh(flow.in.sa), 5);
	assert_int_equal(le32toh(match->fields), SKUA_HWI_FLOW_NET);
	assert_int_equal(match->proto, 0);
	assert_int_equal(match->spi, 0);

	flow = with_esp(SPI + 1);
	assert_int_equal(skua_flow_protect(&flow, 5), 0);
	assert_int_equal(skua_flow_end(&flow, SPI), -EINVAL);
}

static void test_name_sa(void **state)
{
	struct skua_hwi_create_flow_in in = {
		.action = SKUA_HWI_FLOW_PROTECT,
	};

	/* A number would name the SA of somebody else. */
	(void)state;
	assert_int_equal(skua_flow_name_sa(&in, SKUA_HWI_NONE), -EINVAL);
	assert_int_equal(skua_flow_name_sa(&in, 7), -EINVAL);
	in.sa = htole32(SKUA_HWI_NONE);
	assert_int_equal(skua_flow_name_sa(&in, SKUA_HWI_NONE), 0);
	assert_int_equal(skua_flow_name_sa(&in, 7), 0);
	assert_int_equal(le32toh(in.sa), 7);

	in = (struct skua_hwi_create_flow_in){ .action = SKUA_HWI_FLOW_DROP };
	assert_int_equal(skua_flow_name_sa(&in, SKUA_HWI_NONE), 0);
	assert_int_equal(skua_flow_name_sa(&in, 7), -EINVAL);
	in.sa = htole32(1);
	assert_int_equal(skua_flow_name_sa(&in, SKUA_HWI_NONE), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_esp),
		cmocka_unit_test(test_esp_refused),
		cmocka_unit_test(test_esp_limits),
		cmocka_unit_test(test_esp_move),
		cmocka_unit_test(test_flow_begin),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_ipv4),
		cmocka_unit_test(test_masks_refused),
		cmocka_unit_test(test_eth_ports),
		cmocka_unit_test(test_esp_spec),
		cmocka_unit_test(test_name_sa),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
