// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* What goes in comes out: every kind of SA, frame and length. */
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ipsec/esp.h"
#include "ipsec/esp_hdr.h"
#include "ipsec/ip.h"
#include "ipsec_frames.h"
#include "ipsec_hex.h"

static uint8_t plain[ROOM], other[ROOM];

static const struct ipsec_plain small[] = {
	{ .protocol = 17, .payload = 40, .extension = IPSEC_NO_EXTENSION },
	{ .protocol = 6, .payload = 41, .options = 8, .vlan = true, .df = true,
	  .tos = 0xb8 },
	{ .protocol = 1, .payload = 0, .options = 40, .padding = 6 },
	{ .ipv6 = true, .protocol = 17, .payload = 42, .flow = 0xabcde,
	  .tos = 0x2e, .extension = IPSEC_NO_EXTENSION },
	{ .ipv6 = true, .protocol = 17, .payload = 43, .vlan = true,
	  .extension = { 0, 43, 60 } },
	{ .ipv6 = true, .protocol = 58, .payload = 1, .padding = 3,
	  .extension = { 60, 43, 60 } },
	{ .ipv6 = true, .protocol = 59, .payload = 0,
	  .extension = IPSEC_NO_EXTENSION },
};

#define SMALL (sizeof(small) / sizeof(*small))

/* A transport SA is of the family of its packets, a tunnel takes both. */
static bool fits(const struct ipsec_kind *k, const struct ipsec_plain *p)
{
	if (k->flags & SKUA_SA_TUNNEL)
		return true;
	/* Nothing behind ESP would be a dummy packet. */
	return p->protocol != 59 && p->ipv6 == !!(k->flags & SKUA_SA_IPV6);
}

static void there_and_back(struct ipsec_pair *pair, const struct ipsec_kind *k,
			   const struct ipsec_plain *p)
{
	uint32_t len = ipsec_plain(p, plain);
	uint32_t packet = len - p->padding;
	struct ipsec_box box = ipsec_box(plain, len);
	uint8_t *at;

	ipsec_seal(pair, &box);
	assert_true(box.f.data >= box.memory);
	if (p->payload >= 16)
		assert_null(memmem(box.f.data, box.f.len,
				   plain + packet - p->payload, p->payload));
	at = ipsec_esp(&box);
	assert_int_equal((box.f.data + box.f.len - at) % 4, 0);
	assert_int_equal(ipsec_open(pair, &box), SKUA_ESP_OK);
	assert_ptr_equal(box.f.sa, pair->in);
	assert_ptr_equal(box.f.sa->owner, k);
	assert_int_equal(box.f.len, packet);
	assert_memory_equal(box.f.data, plain, packet);
	ipsec_unbox(&box);
}

static void all_small(const struct ipsec_kind *k)
{
	struct ipsec_pair pair = ipsec_pair(k);
	unsigned int i, n = 0;

	for (i = 0; i < SMALL; i++) {
		if (!fits(k, &small[i]))
			continue;
		there_and_back(&pair, k, &small[i]);
		n++;
	}
	assert_true(pair.out->packets == n && pair.in->packets == n);
	assert_true(pair.out->bytes == pair.in->bytes);
	ipsec_unpair(&pair);
}

static void every_kind(void **state)
{
	static const uint32_t modes[] = {
		0, SKUA_SA_TUNNEL, SKUA_SA_IPV6, SKUA_SA_TUNNEL | SKUA_SA_IPV6,
	};
	struct ipsec_kind k = { .window = 64 };
	uint32_t i, esn, udp;

	(void)state;
	for (i = 0; i < 4; i++)
		for (esn = 0; esn < 2; esn++)
			for (udp = 0; udp < 2; udp++)
				for (k.key = 20; k.key <= 36; k.key += 8)
					for (k.icv = 8; k.icv <= 16;
					     k.icv += 4) {
						k.flags = modes[i] |
							  esn * SKUA_SA_ESN |
							  udp * SKUA_SA_UDP;
						all_small(&k);
					}
}

/*
 * Every length that a packet of the path MTU has, then some up to the longest.
 */
static void every_length(void **state)
{
	static const uint32_t modes[] = {
		0, SKUA_SA_TUNNEL | SKUA_SA_IPV6 | SKUA_SA_UDP | SKUA_SA_ESN,
	};
	struct ipsec_plain p = { .protocol = 17 };
	struct ipsec_kind k = { .key = 20, .icv = 16, .window = 32 };
	struct ipsec_pair pair;
	uint32_t i, longest;

	(void)state;
	for (i = 0; i < 2; i++) {
		k.flags = modes[i];
		pair = ipsec_pair(&k);
		longest = skua_esp_inner_mtu(pair.out, i ? 65575 : 65535) - 20;
		for (p.payload = 0; p.payload < longest;
		     p.payload += p.payload < 1600 ? 1 : 1277)
			there_and_back(&pair, &k, &p);
		p.payload = longest;
		there_and_back(&pair, &k, &p);
		ipsec_unpair(&pair);
	}
}

/* From memory that stays as it was, and back by way of a copy. */
static void elsewhere(void **state)
{
	struct ipsec_kind k = { .key = 20, .icv = 16, .window = 32 };
	struct ipsec_plain p = { .protocol = 17, .payload = 1000 };
	static const uint32_t modes[] = { 0, SKUA_SA_TUNNEL | SKUA_SA_IPV6 };
	struct ipsec_pair pair;
	struct ipsec_box box;
	uint32_t i, len;

	(void)state;
	for (i = 0; i < 2; i++) {
		k.flags = modes[i];
		pair = ipsec_pair(&k);
		len = ipsec_plain(&p, plain);
		box = ipsec_box(plain, len);
		box.f.headroom = 0;
		box.f.to = other;
		ipsec_seal(&pair, &box);
		assert_ptr_equal(box.f.data, other);
		assert_memory_equal(box.memory + SKUA_ESP_HEADROOM, plain, len);
		box.f.to = box.memory;
		assert_int_equal(ipsec_open(&pair, &box), SKUA_ESP_OK);
		assert_int_equal(box.f.len, len);
		assert_memory_equal(box.f.data, plain, len);
		ipsec_unbox(&box);
		ipsec_unpair(&pair);
	}
}

/* More than one burst, of two SAs by turns, in reverse order. */
static void bursts(void **state)
{
	enum { N = 3 * SKUA_ESP_BURST + 5 };
	struct ipsec_kind k = { .key = 20, .icv = 16, .window = 256 };
	struct ipsec_plain p = { .protocol = 17, .payload = 100 };
	struct ipsec_pair pair = ipsec_pair(&k);
	struct skua_sa_config cfg;
	struct skua_sa *out2, *in2;
	struct ipsec_box box[2 * N];
	struct skua_esp_frame f[2 * N];
	uint32_t len = ipsec_plain(&p, plain), i;

	(void)state;
	cfg = ipsec_config(&k, false);
	cfg.spi++;
	assert_int_equal(skua_sa_add(pair.table, &cfg, &out2), 0);
	cfg = ipsec_config(&k, true);
	cfg.spi++;
	assert_int_equal(skua_sa_add(pair.table, &cfg, &in2), 0);
	for (i = 0; i < 2 * N; i++) {
		box[i] = ipsec_box(plain, len);
		f[i] = box[i].f;
		f[i].sa = i < N ? pair.out : out2;
	}
	assert_int_equal(skua_esp_out(f, 2 * N), 2 * N);
	for (i = 0; i < 2 * N; i++)
		box[i].f = f[i];
	for (i = 0; i < 2 * N; i++)
		f[i] = box[i % 2 ? i / 2 : 2 * N - 1 - i / 2].f;
	assert_int_equal(skua_esp_in(pair.table, f, 2 * N), 2 * N);
	for (i = 0; i < 2 * N; i++) {
		assert_ptr_equal(f[i].sa, i % 2 ? pair.in : in2);
		assert_int_equal(f[i].len, len);
		assert_memory_equal(f[i].data, plain, len);
		ipsec_unbox(&box[i]);
	}
	ipsec_unpair(&pair);
}

static uint32_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

/* Numbers and IVs go up by one, also when nobody sends what came out. */
static void no_iv_twice(void **state)
{
	struct ipsec_kind k = { .flags = SKUA_SA_ESN, .key = 20, .icv = 16,
				.window = 64 };
	struct ipsec_plain p = { .protocol = 17, .payload = 100 };
	struct ipsec_pair pair = ipsec_pair(&k);
	const struct skua_esp_hdr *esp;
	struct ipsec_box box;
	uint64_t want;

	(void)state;
	skua_sa_go_on_from(pair.out, UINT32_MAX - 3ull);
	skua_sa_go_on_from(pair.in, UINT32_MAX - 3ull);
	for (want = UINT32_MAX - 2ull; want < UINT32_MAX + 8ull; want++) {
		box = ipsec_box(plain, ipsec_plain(&p, plain));
		if (want % 3 == 0) { /* refused: not even begun */
			box.f.len = 30;
			assert_int_equal(ipsec_try_seal(pair.out, &box),
					 SKUA_ESP_TRUNCATED);
			box.f.len = 134;
		}
		ipsec_seal(&pair, &box);
		esp = (const void *)ipsec_esp(&box);
		assert_int_equal(be32toh(esp->seq), (uint32_t)want);
		assert_true(be64toh(esp->iv) == want);
		if (want % 2) /* the others are lost */
			assert_int_equal(ipsec_open(&pair, &box), SKUA_ESP_OK);
		ipsec_unbox(&box);
	}
	assert_true(pair.in->replay.top == UINT32_MAX + 6ull);
	ipsec_unpair(&pair);
}

static void to_the_last_number(void **state)
{
	static const uint32_t flags[] = { 0, SKUA_SA_ESN };
	struct ipsec_plain p = { .protocol = 17, .payload = 100 };
	struct ipsec_kind k = { .key = 20, .icv = 16, .window = 64 };
	struct ipsec_pair pair;
	struct ipsec_box box;
	uint32_t i, n;

	(void)state;
	for (i = 0; i < 2; i++) {
		k.flags = flags[i];
		pair = ipsec_pair(&k);
		skua_sa_go_on_from(pair.out,
				   (i ? UINT64_MAX : UINT32_MAX) - 2);
		skua_sa_go_on_from(pair.in, (i ? UINT64_MAX : UINT32_MAX) - 2);
		for (n = 0; n < 4; n++) {
			box = ipsec_box(plain, ipsec_plain(&p, plain));
			assert_int_equal(ipsec_try_seal(pair.out, &box),
					 n < 2 ? SKUA_ESP_OK :
						 SKUA_ESP_EXHAUSTED);
			if (n < 2)
				assert_int_equal(ipsec_open(&pair, &box),
						 SKUA_ESP_OK);
			ipsec_unbox(&box);
		}
		assert_true(pair.out->refused[SKUA_ESP_EXHAUSTED] == 2);
		ipsec_unpair(&pair);
	}
}

/* RFC 4301 5.1.2: what the outer header has of the inner one. */
static void outer_headers(void **state)
{
	struct ipsec_plain p = { .payload = 100, .protocol = 17, .tos = 0x2e,
				 .df = true, .flow = 0x54321,
				 .extension = IPSEC_NO_EXTENSION };
	struct ipsec_kind k = { .key = 20, .icv = 16, .window = 64 };
	struct skua_sa_config cfg;
	struct ipsec_pair pair;
	struct ipsec_box box;
	struct skua_sa *out;
	const uint8_t *ip;
	uint32_t i;

	(void)state;
	for (i = 0; i < 32; i++) {
		p.ipv6 = i & 1;
		k.flags = SKUA_SA_TUNNEL | (i & 2 ? SKUA_SA_IPV6 : 0) |
			  (i & 4 ? SKUA_SA_OWN_DSCP : 0) |
			  (i & 8 ? SKUA_SA_NO_ECN : 0) |
			  (i & 16 ? SKUA_SA_MAY_FRAGMENT : 0);
		pair = ipsec_pair(&k);
		cfg = ipsec_config(&k, false);
		cfg.dscp = 33;
		assert_int_equal(skua_sa_add(pair.table, &cfg, &out), 0);
		box = ipsec_box(plain, ipsec_plain(&p, plain));
		assert_int_equal(ipsec_try_seal(out, &box), SKUA_ESP_OK);
		ip = box.f.data + 14;
		if (i & 2) {
			assert_int_equal((get16(ip) >> 4 & 0xff),
					 (i & 4 ? 33 << 2 : 0x2c) |
						 (i & 8 ? 0 : 2));
			assert_int_equal((get16(ip) << 16 | get16(ip + 2)) &
						 0xfffff,
					 i & 1 ? 0x54321 : 0);
			assert_int_equal(ip[6], 50);
			assert_int_equal(ip[7], 61);
			assert_int_equal(get16(ip + 4), box.f.len - 14 - 40);
			assert_memory_equal(ip + 8, &cfg.src, 16);
			assert_memory_equal(ip + 24, &cfg.dst, 16);
		} else {
			assert_int_equal(ip[1], (i & 4 ? 33 << 2 : 0x2c) |
							(i & 8 ? 0 : 2));
			assert_int_equal(get16(ip + 2), box.f.len - 14);
			assert_int_equal(get16(ip + 6), i & 16 ? 0 : 0x4000);
			assert_int_equal(ip[8], 61);
			assert_int_equal(ip[9], 50);
			assert_memory_equal(ip + 12, &cfg.src, 4);
			assert_memory_equal(ip + 16, &cfg.dst, 4);
		}
		assert_int_equal(get16(box.f.data + 12),
				 i & 2 ? 0x86dd : 0x0800);
		assert_int_equal(ipsec_open(&pair, &box), SKUA_ESP_OK);
		assert_int_equal(get16(box.f.data + 12),
				 i & 1 ? 0x86dd : 0x0800);
		ipsec_unbox(&box);
		ipsec_unpair(&pair);
	}
}

enum { NOT, ECT1, ECT0, CE, DROP };

/* A packet that says "in", whose outer header comes to say "out". */
static void one_mark(struct ipsec_pair *pair, bool six, uint8_t in,
		     uint8_t out, uint8_t want)
{
	struct ipsec_plain p = { .ipv6 = six, .payload = 100, .protocol = 17,
				 .tos = 0x48 | in,
				 .extension = IPSEC_NO_EXTENSION };
	struct ipsec_box box = ipsec_box(plain, ipsec_plain(&p, plain));

	ipsec_seal(pair, &box);
	assert_int_equal(box.f.data[15], p.tos);
	box.f.data[15] = 0x88 | out;
	ipsec_fix_ipv4(box.f.data + 14);
	if (want == DROP) {
		assert_int_equal(ipsec_open(pair, &box), SKUA_ESP_BAD_ECN);
		ipsec_unbox(&box);
		return;
	}
	assert_int_equal(ipsec_open(pair, &box), SKUA_ESP_OK);
	/* As if it had been sent so. */
	if (six) {
		plain[15] = (plain[15] & 0xcf) | want << 4;
	} else {
		plain[15] = 0x48 | want;
		ipsec_fix_ipv4(plain + 14);
	}
	assert_memory_equal(box.f.data, plain, box.f.len);
	ipsec_unbox(&box);
}

/* RFC 6040, figure 4: rows are the inner field, columns the outer one. */
static void congestion(void **state)
{
	static const uint8_t want[4][4] = {
		[NOT] = { [NOT] = NOT, [ECT0] = NOT, [ECT1] = NOT,
			  [CE] = DROP },
		[ECT0] = { [NOT] = ECT0, [ECT0] = ECT0, [ECT1] = ECT1,
			   [CE] = CE },
		[ECT1] = { [NOT] = ECT1, [ECT0] = ECT1, [ECT1] = ECT1,
			   [CE] = CE },
		[CE] = { [NOT] = CE, [ECT0] = CE, [ECT1] = CE, [CE] = CE },
	};
	struct ipsec_kind k = { .flags = SKUA_SA_TUNNEL, .key = 20, .icv = 16,
				.window = 64 };
	struct ipsec_pair pair = ipsec_pair(&k);
	uint32_t in, out;

	(void)state;
	for (in = 0; in < 4; in++) {
		for (out = 0; out < 4; out++) {
			one_mark(&pair, false, in, out, want[in][out]);
			one_mark(&pair, true, in, out, want[in][out]);
		}
	}
	assert_true(pair.in->refused[SKUA_ESP_BAD_ECN] == 2);
	ipsec_unpair(&pair);
}

/* What the SA's owner asked for instead. */
static void old_tunnels(void **state)
{
	struct ipsec_plain p = { .payload = 100, .protocol = 17, .tos = 0x48 };
	struct ipsec_kind k = { .flags = SKUA_SA_TUNNEL | SKUA_SA_NO_ECN |
					 SKUA_SA_SET_DSCP,
				.key = 20, .icv = 16, .window = 64 };
	struct ipsec_pair pair = ipsec_pair(&k);
	struct ipsec_box box;

	(void)state;
	box = ipsec_box(plain, ipsec_plain(&p, plain));
	ipsec_seal(&pair, &box);
	box.f.data[15] = 0x8b;
	ipsec_fix_ipv4(box.f.data + 14);
	assert_int_equal(ipsec_open(&pair, &box), SKUA_ESP_OK);
	assert_int_equal(box.f.data[15], 0x88);
	ipsec_unbox(&box);
	ipsec_unpair(&pair);
}

/* RFC 8200 8.1: UDP in IPv6 has a checksum, in IPv4 RFC 3948 wants none. */
static void udp_checksums(void **state)
{
	struct ipsec_plain p = { .protocol = 6,
				 .extension = IPSEC_NO_EXTENSION };
	struct ipsec_kind k = { .key = 20, .icv = 12, .window = 64 };
	struct ipsec_pair pair;
	struct ipsec_box box;
	const uint8_t *ip;
	uint32_t i, len, sum;

	(void)state;
	for (p.payload = 0; p.payload < 200; p.payload++) {
		p.ipv6 = p.payload & 1;
		k.flags = SKUA_SA_UDP | (p.ipv6 ? SKUA_SA_IPV6 : 0);
		pair = ipsec_pair(&k);
		box = ipsec_box(plain, ipsec_plain(&p, plain));
		ipsec_seal(&pair, &box);
		ip = box.f.data + 14;
		if (!p.ipv6) {
			assert_int_equal(get16(ip + 26), 0);
			assert_int_equal(get16(ip + 24), box.f.len - 34);
		} else {
			len = box.f.len - 14 - 40;
			assert_int_equal(get16(ip + 44), len);
			assert_int_not_equal(get16(ip + 46), 0);
			sum = len + 17;
			for (i = 8; i < 40 + len; i += 2)
				sum += get16(ip + i);
			sum = (sum & 0xffff) + (sum >> 16);
			sum = (sum & 0xffff) + (sum >> 16);
			assert_int_equal(sum, 0xffff);
		}
		assert_int_equal(get16(ip + (p.ipv6 ? 40 : 20)), 40000);
		assert_int_equal(get16(ip + (p.ipv6 ? 42 : 22)), 4500);
		ipsec_unbox(&box);
		ipsec_unpair(&pair);
	}
}

/* And a sum of zero is told by all ones, RFC 768. */
static void udp_checksum_of_zero(void **state)
{
	uint8_t ip[40] = { 0x60 }, udp[12] = { 1, 2, 3, 4, 0, 12 };
	uint16_t sum;

	(void)state;
	ipsec_random_bytes(ip + 8, 32);
	sum = skua_ip_udp6_checksum(ip, udp, sizeof(udp));
	memcpy(udp + 8, &sum, sizeof(sum));
	assert_int_equal(skua_ip_udp6_checksum(ip, udp, sizeof(udp)), 0xffff);
}

/* RFC 4303 3.1.1: options for the destination need not be read on the way. */
static void where_options_are(void **state)
{
	struct ipsec_plain p = { .ipv6 = true, .protocol = 17, .payload = 100,
				 .extension = { 60, 43, 60 } };
	struct ipsec_kind k = { .flags = SKUA_SA_IPV6, .key = 20, .icv = 16,
				.window = 64 };
	struct ipsec_pair pair = ipsec_pair(&k);
	struct ipsec_box box = ipsec_box(plain, ipsec_plain(&p, plain));

	(void)state;
	ipsec_seal(&pair, &box);
	assert_int_equal(ipsec_esp(&box) - box.f.data, 14 + 40 + 32);
	assert_int_equal(box.f.data[14 + 6], 60);
	assert_int_equal(box.f.data[14 + 40], 43);
	assert_int_equal(box.f.data[14 + 56], 50);
	/* Others may leave them in front. */
	ipsec_unbox(&box);
	p.protocol = 50;
	p.payload = 16 + 4 + 16;
	box = ipsec_box(plain, ipsec_plain(&p, plain));
	memcpy(box.f.data + 14 + 88, (uint8_t[]){ 0x12, 0x34, 0x56, 0x78 }, 4);
	ipsec_reseal(&pair, &box, 1, (uint8_t[]){ 7, 7, 0, 17 }, 4);
	assert_int_equal(ipsec_open(&pair, &box), SKUA_ESP_OK);
	assert_int_equal(box.f.len, 14 + 88 + 2);
	assert_int_equal(box.f.data[14 + 72], 17);
	ipsec_unbox(&box);
	ipsec_unpair(&pair);
}

/* The longest packet that fits is what is said, and one byte more does not. */
static void path_mtu(void **state)
{
	struct ipsec_plain p = { .protocol = 17,
				 .extension = IPSEC_NO_EXTENSION };
	struct ipsec_kind k = { .key = 20, .window = 64 };
	uint32_t flags, inner, head, most;
	struct ipsec_pair pair;
	struct ipsec_box box;

	(void)state;
	for (flags = 0; flags < 32; flags++) {
		k.flags = (flags & 1 ? SKUA_SA_TUNNEL : 0) |
			  (flags & 2 ? SKUA_SA_IPV6 : 0) |
			  (flags & 4 ? SKUA_SA_UDP : 0);
		k.icv = flags & 8 ? 8 : 16;
		p.ipv6 = flags & 2;
		head = p.ipv6 ? 40 : 20;
		pair = ipsec_pair(&k);
		most = flags & 16 ? 1500 + flags : (p.ipv6 ? 65575 : 65535);
		inner = skua_esp_inner_mtu(pair.out, most);
		pair.out->mtu = flags & 16 ? most : 0;
		p.payload = inner - head;
		box = ipsec_box(plain, ipsec_plain(&p, plain));
		ipsec_seal(&pair, &box);
		assert_true(box.f.len - 14 <= most);
		assert_true(box.f.len - 14 > most - 4);
		ipsec_unbox(&box);
		p.payload++;
		box = ipsec_box(plain, ipsec_plain(&p, plain));
		assert_int_equal(ipsec_try_seal(pair.out, &box),
				 SKUA_ESP_TOO_BIG);
		assert_memory_equal(box.f.data, plain, box.f.len);
		ipsec_unbox(&box);
		assert_int_equal(skua_esp_inner_mtu(pair.out, 0), 0);
		assert_int_equal(skua_esp_inner_mtu(pair.out, head + 16), 0);
		ipsec_unpair(&pair);
	}
}

static void room_around(void **state)
{
	struct ipsec_plain p = { .protocol = 17, .payload = 100 };
	struct ipsec_kind k = { .flags = SKUA_SA_TUNNEL | SKUA_SA_UDP |
					 SKUA_SA_IPV6,
				.key = 20, .icv = 16, .window = 64 };
	struct ipsec_pair pair = ipsec_pair(&k);
	struct ipsec_box box = ipsec_box(plain, ipsec_plain(&p, plain));

	(void)state;
	box.f.headroom = SKUA_ESP_HEADROOM - 1;
	assert_int_equal(ipsec_try_seal(pair.out, &box),
			 SKUA_ESP_NO_ROOM);
	box.f.headroom++;
	box.f.tailroom = 17; /* 120 + 2 is two bytes short of whole words */
	assert_int_equal(ipsec_try_seal(pair.out, &box),
			 SKUA_ESP_NO_ROOM);
	assert_true(pair.out->seq == 0);
	box.f.tailroom = 20;
	ipsec_seal(&pair, &box);
	ipsec_unbox(&box);
	ipsec_unpair(&pair);
}

/* draft-mcgrew-gcm-test-01, section 4: packets that others made. */
static const struct {
	const char *material, *esp, *text;
	uint64_t seq;
	uint32_t flags;
} packets[] = {
	{ "4c80cdefbb5d10da906ac73c3613a6342e443b68",
	  "00004321" "00000000" "4956ed7e3b244cfe"
	  "fecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34"
	  "cfa2436f14a3f3cf65925bf1f4a13c5d15b21e1884f5ff6247aeabb786b93bce"
	  "61bc17d768fd9732" "459018148f6cbe722fd04796562dfdb4",
	  "45000048699a000080114db7c0a80102c0a801010a9bf15638d3010000010000"
	  "00000000045f736970045f756470037369700963796265726369747902646b00"
	  "00210001",
	  0x8765432100000000, SKUA_SA_ESN },
	{ "feffe9928665731c6d6a8f9467308308feffe9928665731ccafebabe",
	  "0000a5f8" "0000000a" "facedbaddecaf888"
	  "a5b1f8066029aea40e598b8122de02420938b3ab33f828e687b8858b5bfbdbd0"
	  "315b27452144cc77" "95457b9652037f5318027b5b4cd7a636",
	  "45000028a4ad4000400678800a01038f0a010612802306b8cb712602dd6bb03e"
	  "501016d07568", 10, 0 },
	{ "abbccddef00112233445566778899aababbccddef00112233445566778899aab"
	  "11223344",
	  "4a2cbfe3" "00000002" "0102030405060708"
	  "ff425c9b724599df7a3bcd510194e00d6a78107f1b0b1cbf06efae9d65a5d763"
	  "748a637985771d347f0545659f14e99def842d8e"
	  "b335f4eecfdbf831824b4c4915956c96",
	  "4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee000000000"
	  "7002400020bf0000020405b401010402", 2, 0 },
};

/* They are made for SAs in transport mode, with next header 1. */
static void packets_of_others(void **state)
{
	struct ipsec_plain p = { .protocol = 50 };
	struct ipsec_kind k = { .key = 20, .icv = 16, .window = 64 };
	uint8_t material[SKUA_AEAD_MAX_KEY], text[128];
	struct skua_sa_config cfg;
	struct ipsec_box box;
	struct ipsec_pair pair;
	struct skua_sa *sa;
	uint32_t i, len;

	(void)state;
	for (i = 0; i < sizeof(packets) / sizeof(*packets); i++) {
		pair = ipsec_pair(&k);
		cfg = ipsec_config(&k, true);
		p.payload = strlen(packets[i].esp) / 2;
		box = ipsec_box(plain, ipsec_plain(&p, plain));
		ipsec_hex(packets[i].esp, box.f.data + 34, p.payload);
		memcpy(&cfg.spi, box.f.data + 34, 4);
		cfg.spi = be32toh(cfg.spi);
		cfg.flags |= packets[i].flags;
		cfg.material = material;
		cfg.material_len = ipsec_hex(packets[i].material, material,
					     sizeof(material));
		assert_int_equal(skua_sa_add(pair.table, &cfg, &sa), 0);
		if (packets[i].seq >> 32)
			skua_sa_go_on_from(sa, packets[i].seq - 5);
		assert_int_equal(ipsec_open(&pair, &box), SKUA_ESP_OK);
		assert_true(sa->replay.top == packets[i].seq);
		len = ipsec_hex(packets[i].text, text, sizeof(text));
		assert_int_equal(box.f.len, 34 + len);
		assert_memory_equal(box.f.data + 34, text, len);
		assert_int_equal(box.f.data[14 + 9], 1);
		ipsec_unbox(&box);
		ipsec_unpair(&pair);
	}
}

/* Elsewhere the frame is whole, too, with what Ethernet put behind it. */
static void cipher_only_elsewhere(struct ipsec_pair *pair, const uint8_t *sealed,
				  const struct ipsec_box *opened)
{
	enum { PADDING = 7 };
	static uint8_t padded[ROOM], away[ROOM];
	uint32_t len = opened->f.len;
	struct skua_esp_frame f = { .data = padded,
				    .len = len + PADDING,
				    .to = away };

	memcpy(padded, sealed, len);
	memset(padded + len, 0xa5, PADDING);
	assert_int_equal(skua_esp_in(pair->table, &f, 1), 1);
	assert_ptr_equal(f.data, away);
	assert_int_equal(f.len, len + PADDING);
	assert_memory_equal(away, opened->f.data, len);
	assert_memory_equal(away + len, padded + len, PADDING);
}

/*
 * The cipher only: what another SA with the same key has sealed is opened and
 * stays ESP, and sealed again it is the same.
 */
static void seal_only(const struct ipsec_plain *p)
{
	struct ipsec_kind k = { .flags = SKUA_SA_ESN, .key = 28, .icv = 12,
				.window = 64 };
	struct skua_sa_config cfg = ipsec_config(&k, false);
	struct ipsec_pair pair = ipsec_pair(&k);
	uint32_t len = ipsec_plain(p, plain);
	struct ipsec_box box = ipsec_box(plain, len);
	struct skua_sa *made;
	uint8_t *esp;

	assert_int_equal(skua_sa_go_on_from(pair.out, 5ull << 32), 0);
	ipsec_seal(&pair, &box);
	len = box.f.len;
	memcpy(other, box.f.data, len);
	skua_sa_remove(pair.table, pair.in);
	k.flags |= SKUA_SA_CRYPTO;
	k.window = 0;
	cfg.flags |= SKUA_SA_CRYPTO;
	assert_int_equal(skua_sa_add(pair.table, &cfg, &made), 0);
	cfg = ipsec_config(&k, true);
	assert_int_equal(skua_sa_add(pair.table, &cfg, &pair.in), 0);
	assert_int_equal(skua_sa_go_on_from(pair.in, 5ull << 32), 0);

	assert_int_equal(ipsec_open(&pair, &box), SKUA_ESP_OK);
	assert_ptr_equal(box.f.sa, pair.in);
	assert_int_equal(box.f.len, len);
	esp = ipsec_esp(&box);
	assert_memory_not_equal(box.f.data, other, len);
	/* The payload is there in the clear, behind ESP header and IV. */
	assert_memory_equal(esp + sizeof(struct skua_esp_hdr), plain + 34, 40);
	cipher_only_elsewhere(&pair, other, &box);
	assert_int_equal(skua_esp_seal_made(made, box.f.data, len), SKUA_ESP_OK);
	assert_memory_equal(box.f.data, other, len);
	/* Whoever numbers them, no number seals two packets. */
	assert_int_equal(skua_esp_seal_made(made, box.f.data, len),
			 SKUA_ESP_REPLAY);
	/* But who receives twice asks his driver. */
	assert_int_equal(ipsec_open(&pair, &box), SKUA_ESP_OK);
	esp[15] ^= 1;
	assert_int_equal(skua_esp_seal_made(made, box.f.data, len),
			 SKUA_ESP_EXHAUSTED);
	esp[3] ^= 1;
	assert_int_equal(skua_esp_seal_made(made, box.f.data, len),
			 SKUA_ESP_UNKNOWN_SPI);
	assert_int_equal(skua_esp_seal_made(made, box.f.data, len - 1),
			 SKUA_ESP_TRUNCATED);
	ipsec_unbox(&box);
	ipsec_unpair(&pair);
}

/* One that is copied whole, and one of which the cipher reads most. */
static void cipher_only(void **state)
{
	static const struct ipsec_plain longer = { .protocol = 17,
						   .payload = 500 };

	(void)state;
	seal_only(&small[0]);
	seal_only(&longer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind),
		cmocka_unit_test(every_length),
		cmocka_unit_test(elsewhere),
		cmocka_unit_test(bursts),
		cmocka_unit_test(no_iv_twice),
		cmocka_unit_test(to_the_last_number),
		cmocka_unit_test(outer_headers),
		cmocka_unit_test(congestion),
		cmocka_unit_test(old_tunnels),
		cmocka_unit_test(udp_checksums),
		cmocka_unit_test(udp_checksum_of_zero),
		cmocka_unit_test(where_options_are),
		cmocka_unit_test(path_mtu),
		cmocka_unit_test(room_around),
		cmocka_unit_test(packets_of_others),
		cmocka_unit_test(cipher_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
