// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The watch on what leaves: what frames show, which matches mean them, and
 * which of them are told of. Frames are written byte by byte.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "link/watch.h"
#include "random.h"

#define V4 "0800" "45000050" "00010000" "40110000" "c0000201" "c0000202"
#define V6(next)                                                      \
	"86dd" "60000000" "0040" next "40"                            \
	"20010db8000000000000000000000001"                            \
	"20010db8000000000000000000000002"
#define MACS "020000000002" "020000000001"
#define ROCE "c00012b7003c0000" "0a00ffff00000011800000ff"

static uint8_t bytes[SKUA_FRAME_MAX];

static struct skua_frame frame(const char *hex)
{
	struct skua_frame f = { .data = bytes };
	char two[3] = "";

	for (; *hex; hex += 2) {
		memcpy(two, hex, 2);
		bytes[f.len++] = strtoul(two, NULL, 16);
	}
	return f;
}

static struct skua_seen look(const char *hex)
{
	struct skua_frame f = frame(hex);
	struct skua_seen s;

	skua_seen_look(&s, &f);
	return s;
}

static void roce(void **state)
{
	static const uint8_t src[16] = { [10] = 0xff, 0xff, 192, 0, 2, 1 };
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
	struct skua_seen s = look(MACS V4 ROCE);

	(void)state;
	assert_memory_equal(s.smac, mac, 6);
	assert_memory_equal(s.src, src, 16);
	assert_int_equal(s.net, SKUA_HWI_NET_IPV4);
	assert_int_equal(s.proto, 17);
	assert_true(s.ports && s.roce && !s.esp && !s.tagged);
	assert_int_equal(s.sport, 0xc000);
	assert_int_equal(s.dport, 4791);
	assert_int_equal(s.qpn, 0x11);
}

static void tags(void **state)
{
	struct skua_seen s = look(MACS "88a86005" "81000007" V6("11") ROCE);

	(void)state;
	assert_true(s.tagged && s.roce);
	assert_int_equal(s.vlan, 5);
	assert_int_equal(s.ethertype, 0x86dd);
	assert_int_equal(s.src[15], 1);
}

/* RFC 4303, and in UDP RFC 3948, whose IKE and keepalives are none. */
static void esp(void **state)
{
	static const char *const is[] = {
		MACS "0800" "45000050" "00010000" "40320000"
		     "c0000201" "c0000202" "0000100000000001",
		MACS "0800" "46000050" "00010000" "40320000"
		     "c0000201" "c0000202" "01010101" "0000100000000001",
		MACS V6("32") "0000100000000001",
		MACS V6("00") "3c00000000000000" "3200000000000000"
		     "0000100000000001",
		MACS V4 "1194119400180000" "0000100000000001",
		MACS V4 "1194400000180000" "0000100000000001",
	};
	static const char *const is_not[] = {
		MACS V4 "1194119400180000" "0000000000000001",
		MACS V4 "1194119400090000" "ff",
		MACS V4 "1195119500180000" "0000100000000001",
		MACS V4 ROCE,
		MACS "0806" "0001",
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(is) / sizeof(*is); i++) {
		assert_true(look(is[i]).esp);
		assert_int_equal(look(is[i]).spi, 0x1000);
	}
	for (i = 0; i < sizeof(is_not) / sizeof(*is_not); i++)
		assert_false(look(is_not[i]).esp);
}

/* A fragment has a protocol and no ports, the first one neither. */
static void fragments(void **state)
{
	static const char *const some[] = {
		MACS "0800" "45000050" "00012000" "40110000"
		     "c0000201" "c0000202" ROCE,
		MACS "0800" "45000050" "00010020" "40110000"
		     "c0000201" "c0000202" ROCE,
		MACS V6("2c") "1100000100000001" ROCE,
		MACS V6("2c") "1100000800000001" ROCE,
	};
	struct skua_seen s;
	unsigned int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		s = look(some[i]);
		assert_int_equal(s.proto, 17);
		assert_true(!s.ports && !s.roce);
	}
	/* A fragment that is all there is of a packet is still one. */
	assert_true(look(MACS V6("2c") "1100000000000001" ROCE).roce);
}

/* Every beginning of a frame, none of which may be read beyond. */
static void truncated(void **state)
{
	struct skua_frame f = frame(MACS V6("00") "3c00000000000000"
				    "1100000000000000" ROCE);
	struct skua_seen s;
	uint32_t len;

	(void)state;
	for (len = 0; len <= f.len; len++) {
		struct skua_frame part = { .data = malloc(len + !len),
					   .len = len };

		memcpy(part.data, f.data, len);
		skua_seen_look(&s, &part);
		assert_int_equal(s.roce, len == f.len);
		free(part.data);
	}
}

/* Anything else: it is looked at, and not beyond its end. */
static void random_bytes(void **state)
{
	static const char *const start[] = {
		MACS V4, MACS V6("00"), MACS "81000007" V6("2c"), MACS, "",
	};
	struct skua_hwi_flow_match any = { .dst_prefix = 128 };
	struct skua_seen s;
	unsigned int i, k;

	(void)state;
	for (i = 0; i < 20000; i++) {
		struct skua_frame f = frame(start[i % 5]), part;
		uint32_t len = f.len + next_random() % 300;

		for (; f.len < len; f.len++)
			bytes[f.len] = next_random();
		for (k = 0; len && k < 3; k++)
			bytes[next_random() % len] =
				next_random();
		part.data = malloc(len + !len);
		part.len = len;
		memcpy(part.data, bytes, len);
		skua_seen_look(&s, &part);
		memcpy(any.dst, s.dst, sizeof(any.dst));
		assert_int_equal(skua_seen_matches(&s, &any), s.net != 0);
		assert_true(!(s.roce || s.ports || s.esp) || s.net);
		free(part.data);
	}
}

static struct skua_hwi_flow_match match(uint32_t fields)
{
	struct skua_hwi_flow_match m = { .fields = htole32(fields) };

	return m;
}

/* Each field alone: as the packet has it, otherwise, and that it has none. */
static void fields(void **state)
{
	static const uint8_t mac[2][6] = { { 2, 0, 0, 0, 0, 1 },
					   { 2, 0, 0, 0, 0, 2 } };
	struct skua_seen s = look(MACS "81000007" V4 ROCE);
	struct skua_seen arp = look(MACS "0806" "0001");
	struct skua_hwi_flow_match m = match(0);

	(void)state;
#define EXPECT(field, member, right, wrong) do {         \
		m = match(SKUA_HWI_FLOW_##field);        \
		m.member = (right);                      \
		assert_true(skua_seen_matches(&s, &m));  \
		m.member = (wrong);                      \
		assert_false(skua_seen_matches(&s, &m)); \
		m.member = 0;                            \
		assert_false(skua_seen_matches(&arp, &m)); \
	} while (0)

	assert_true(skua_seen_matches(&s, &m));
	assert_true(skua_seen_matches(&arp, &m));
	EXPECT(ETHERTYPE, ethertype, htons(0x800), htons(0x86dd));
	EXPECT(VLAN, vlan, htole16(7), htole16(8));
	EXPECT(NET, net, SKUA_HWI_NET_IPV4, SKUA_HWI_NET_IPV6);
	EXPECT(PROTO, proto, 17, 6);
	EXPECT(QPN, qpn, htole32(0x11), htole32(0x12));
#undef EXPECT
	m = match(SKUA_HWI_FLOW_SMAC | SKUA_HWI_FLOW_DMAC);
	memcpy(m.smac, mac[0], 6);
	memcpy(m.dmac, mac[1], 6);
	assert_true(skua_seen_matches(&s, &m));
	memcpy(m.dmac, mac[0], 6);
	assert_false(skua_seen_matches(&s, &m));
	m = match(SKUA_HWI_FLOW_SPI);
	m.spi = htonl(0x1000);
	assert_false(skua_seen_matches(&s, &m));
	s = look(MACS V6("32") "0000100000000001");
	assert_true(skua_seen_matches(&s, &m));
	m.spi = htonl(0x1001);
	assert_false(skua_seen_matches(&s, &m));
}

static void ports(void **state)
{
	struct skua_seen s = look(MACS V4 ROCE);
	struct skua_hwi_flow_match m =
		match(SKUA_HWI_FLOW_SPORT | SKUA_HWI_FLOW_DPORT);

	(void)state;
	m.dport = htons(4791);
	m.dport_mask = 0xffff;
	m.sport = htons(0xc000);
	m.sport_mask = htons(0xf000);
	assert_true(skua_seen_matches(&s, &m));
	m.sport = htons(0xd000);
	assert_false(skua_seen_matches(&s, &m));
	m.sport = htons(0xc000);
	m.dport = htons(4790);
	assert_false(skua_seen_matches(&s, &m));
}

static void prefixes(void **state)
{
	struct skua_seen s = look(MACS V4 ROCE), arp = look(MACS "0806" "00");
	struct skua_hwi_flow_match m = match(0);
	unsigned int bits;

	(void)state;
	memcpy(m.src, s.src, 16);
	/* 192.0.2.1 and 192.0.2.3 have 126 bits in common. */
	m.src[15] = 3;
	for (bits = 0; bits <= 128; bits++) {
		m.src_prefix = bits;
		assert_int_equal(skua_seen_matches(&s, &m), bits <= 126);
		assert_int_equal(skua_seen_matches(&arp, &m), !bits);
	}
	m.src_prefix = 0;
	memcpy(m.dst, s.dst, 16);
	m.dst_prefix = 128;
	assert_true(skua_seen_matches(&s, &m));
	m.dst[0] = 1;
	assert_false(skua_seen_matches(&s, &m));
}

/* Wants whatever comes from QPN 0x11 on. */
static bool judge(void *ctx, const struct skua_seen *s,
		  struct skua_watch_verdict *v)
{
	v->flow = ++*(unsigned int *)ctx;
	return s->roce && s->qpn >= 0x11;
}

static void watched(void **state)
{
	unsigned int asked = 0, i;
	struct skua_watch w = { .judge = judge, .ctx = &asked };
	struct skua_frame f = frame(MACS V6("32") "0000100000000001");

	(void)state;
	/* About ESP nobody is asked. */
	skua_watch_frame(&w, &f);
	assert_int_equal(asked, 0);
	f = frame(MACS V4 ROCE);
	for (i = 0; i < 2 * SKUA_WATCH_SHOWN; i++) {
		f.data[49] = 0x10 + i;
		skua_watch_frame(&w, &f);
	}
	assert_int_equal(w.frames, 1 + i);
	assert_int_equal(w.esp, 1);
	assert_int_equal(w.clear, i - 1);
	for (i = 0; i < SKUA_WATCH_SHOWN; i++) {
		assert_int_equal(w.shown[i].seen.qpn, 0x11 + i);
		assert_int_equal(w.shown[i].verdict.flow, 2 + i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roce),	     cmocka_unit_test(tags),
		cmocka_unit_test(esp),	     cmocka_unit_test(fragments),
		cmocka_unit_test(truncated), cmocka_unit_test(random_bytes),
		cmocka_unit_test(fields),
		cmocka_unit_test(ports),     cmocka_unit_test(prefixes),
		cmocka_unit_test(watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
