// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * ipsec_kernel XFRM.PCAP: packets that the kernel's IPsec made,
 * tests/vectors/xfrm says how. Each is ICMP in ESP; it is opened and sealed
 * again, which must give the same headers.
 */
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

#define CASES 8u
#define ESN   ((uint64_t)1 << 32) /* where those with ESN begin */

/* By the first digit of the SPI. */
static const struct ipsec_kind kinds[CASES + 1] = {
	[1] = { 0, 20, 16, 64 },
	[2] = { SKUA_SA_TUNNEL | SKUA_SA_ESN, 36, 16, 64 },
	[3] = { SKUA_SA_IPV6 | SKUA_SA_ESN, 36, 12, 64 },
	[4] = { SKUA_SA_TUNNEL | SKUA_SA_IPV6, 20, 8, 64 },
	[5] = { SKUA_SA_TUNNEL | SKUA_SA_IPV6, 28, 16, 64 },
	[6] = { SKUA_SA_TUNNEL, 20, 16, 64 },
	[7] = { SKUA_SA_UDP, 20, 16, 64 },
	[8] = { SKUA_SA_UDP | SKUA_SA_TUNNEL | SKUA_SA_IPV6, 20, 16, 64 },
};

static const char *path;
static uint8_t material[36];
static struct skua_sa_table *table;
static unsigned int seen[CASES + 1][2]; /* in each direction */

/* Both SAs of the direction that a frame's outer addresses tell. */
static void add_pair(uint32_t spi, const struct ipsec_kind *k,
		     const uint8_t *ip, struct skua_sa *sa[2])
{
	bool ipv6 = k->flags & SKUA_SA_IPV6;
	struct skua_sa_config cfg;
	unsigned int in;

	for (in = 0; in < 2; in++) {
		cfg = ipsec_config(k, in);
		cfg.spi = spi;
		cfg.material = material;
		cfg.hop_limit = 64;
		cfg.udp_sport = SKUA_ESP_UDP_PORT;
		memset(&cfg.src, 0, sizeof(cfg.src));
		memset(&cfg.dst, 0, sizeof(cfg.dst));
		memcpy(&cfg.src, ip + (ipv6 ? 8 : 12), ipv6 ? 16 : 4);
		memcpy(&cfg.dst, ip + (ipv6 ? 24 : 16), ipv6 ? 16 : 4);
		assert_int_equal(skua_sa_add(table, &cfg, &sa[in]), 0);
		if (k->flags & SKUA_SA_ESN)
			skua_sa_go_on_from(sa[in], ESN);
	}
}

static uint32_t sum_of(const uint8_t *p, uint32_t len)
{
	uint32_t sum = 0, i;

	for (i = 0; i + 1 < len; i += 2)
		sum += p[i] << 8 | p[i + 1];
	return i < len ? sum + (p[i] << 8) : sum;
}

/* An echo, its answer, or a complaint: all of it as it was at the other end. */
static void check_icmp(const uint8_t *frame, uint32_t len)
{
	struct skua_ip ip;
	const uint8_t *icmp;
	uint32_t sum, rest;

	assert_int_equal(skua_ip_look(frame, len, &ip), SKUA_ESP_OK);
	assert_int_equal(ip.end, len);
	icmp = frame + ip.last;
	rest = len - ip.last;
	sum = sum_of(icmp, rest);
	if (ip.ipv6)
		sum += sum_of(frame + ip.ip + 8, 32) + rest + 58;
	sum = (sum & 0xffff) + (sum >> 16);
	assert_int_equal((sum & 0xffff) + (sum >> 16), 0xffff);
	assert_int_equal(frame[ip.last_at], ip.ipv6 ? 58 : 1);
}

/* But for what each chooses for itself: identification, flow label, IV. */
static void same_headers(const uint8_t *a, const uint8_t *b, uint32_t esp)
{
	bool ipv6 = a[12] == 0x86;
	uint8_t x[128], y[128];
	uint32_t len = esp + 8;

	assert_true(len <= sizeof(x));
	memcpy(x, a, len);
	memcpy(y, b, len);
	if (ipv6) {
		memset(x + 16, 0, 2);
		memset(y + 16, 0, 2);
		x[15] &= 0xf0;
		y[15] &= 0xf0;
		/* The checksum of UDP covers the IV, too. */
		memset(x + esp - 2, 0, esp > 14 + 40 ? 2 : 0);
		memset(y + esp - 2, 0, esp > 14 + 40 ? 2 : 0);
	} else {
		memset(x + 18, 0, 2);
		memset(y + 18, 0, 2);
		memset(x + 24, 0, 2);
		memset(y + 24, 0, 2);
	}
	assert_memory_equal(x, y, len);
}

static void one_frame(const uint8_t *frame, uint32_t len)
{
	struct ipsec_box box = ipsec_box(frame, len);
	const struct skua_esp_hdr *hdr;
	struct skua_sa *sa[2];
	struct skua_ip ip;
	uint32_t spi, n, esp;

	assert_int_equal(skua_ip_look(frame, len, &ip), SKUA_ESP_OK);
	esp = ip.last + (frame[ip.last_at] == 17 ? 8 : 0);
	hdr = (const void *)(frame + esp);
	spi = be32toh(hdr->spi);
	n = spi >> 12;
	assert_true(n && n <= CASES);
	assert_int_equal(skua_sa_table_create(4, NULL, NULL, &table), 0);
	add_pair(spi, &kinds[n], frame + ip.ip, sa);
	assert_int_equal(skua_esp_in(table, &box.f, 1), 1);
	check_icmp(box.f.data, box.f.len);
	seen[n][!(spi & 1)]++;
	/* And back: as many frames later as it was. */
	skua_sa_go_on_from(sa[0], sa[1]->replay.top - 1);
	box.f.headroom = box.f.data - box.memory;
	box.f.tailroom = SKUA_ESP_TAILROOM;
	assert_int_equal(ipsec_try_seal(sa[0], &box), SKUA_ESP_OK);
	assert_int_equal(box.f.len, len);
	same_headers(frame, box.f.data, esp);
	ipsec_unbox(&box);
	skua_sa_table_destroy(table);
}

static void by_the_kernel(void **state)
{
	uint8_t frame[4096];
	uint32_t record[4], i;
	FILE *file;

	(void)state;
	for (i = 0; i < sizeof(material); i++)
		material[i] = i;
	file = fopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(fread(frame, 24, 1, file), 1);
	while (fread(record, sizeof(record), 1, file) == 1) {
		assert_true(record[2] <= sizeof(frame));
		assert_int_equal(fread(frame, record[2], 1, file), 1);
		one_frame(frame, record[2]);
	}
	fclose(file);
	for (i = 1; i <= CASES; i++) {
		assert_int_equal(seen[i][0], 4);
		if (!(kinds[i].flags & SKUA_SA_UDP))
			assert_int_equal(seen[i][1], 4);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_the_kernel),
	};

	if (argc != 2)
		return 2;
	path = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
