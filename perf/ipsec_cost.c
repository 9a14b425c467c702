// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * ipsec-cost - what ESP costs a frame, in ns of one processor.
 *
 * Bursts of frames are sealed and opened in buffers that stay in the cache, as
 * a link's do, with AES-128-GCM and ICVs of 16 bytes. A line is a length of
 * frames. "cipher" is what the cipher alone costs for as many bytes, and so
 * what no frame can be cheaper than; "out" and "in" are all of device/ipsec,
 * and the last ones are of many SAs by turns, whose keys are in no cache near
 * by. The middle of some rounds of the processor's own time, each step by
 * turns.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ipsec/esp.h"
#include "measure.h"

#define BURST	 16u
#define STRIDE	 4608u
#define MOST_SAS 10000u
#define ROUNDS	 9
#define BURSTS	 400u

enum step { CIPHER, OUT, IN, OUT_MANY, IN_MANY, STEPS };

static const char *const step_name[STEPS] = {
	"cipher", "out", "in", "out, 10000 SAs", "in, 10000 SAs",
};

static const uint8_t material[20] = { 1, 2, 3 };
static uint8_t plain[BURST][STRIDE], sealed[BURST][STRIDE];
static struct skua_sa_table *table;
static struct skua_sa *out[MOST_SAS], *in[MOST_SAS];
static uint32_t next_sa;

static void must(bool ok)
{
	if (!ok) {
		fprintf(stderr, "ipsec-cost: a wrong packet\n");
		exit(1);
	}
}

static void make_sas(void)
{
	struct skua_sa_config cfg = {
		.dst = { { 192, 0, 2, 2 } },
		.material = material,
		.material_len = sizeof(material),
		.icv_len = 16,
	};
	uint32_t i;

	must(!skua_sa_table_create(2 * MOST_SAS, NULL, NULL, &table));
	for (i = 0; i < MOST_SAS; i++) {
		cfg.spi = 0x1000 + i;
		cfg.flags = 0;
		cfg.window = 0;
		must(!skua_sa_add(table, &cfg, &out[i]));
		cfg.flags = SKUA_SA_IN;
		cfg.window = 1024;
		must(!skua_sa_add(table, &cfg, &in[i]));
	}
}

/* UDP in IPv4, len bytes with Ethernet. */
static void make_frame(uint8_t *frame, uint32_t len)
{
	uint8_t *ip = frame + 14;
	uint32_t sum = 0, i;

	memset(frame, 0, len);
	frame[12] = 8;
	ip[0] = 0x45;
	ip[2] = (len - 14) >> 8;
	ip[3] = len - 14;
	ip[8] = 64;
	ip[9] = 17;
	memcpy(ip + 12, (uint8_t[]){ 192, 0, 2, 1, 192, 0, 2, 2 }, 8);
	for (i = 0; i < 20; i += 2)
		sum += ip[i] << 8 | ip[i + 1];
	sum = ~((sum & 0xffff) + (sum >> 16));
	ip[10] = sum >> 8;
	ip[11] = sum;
}

/* As many bytes as ESP of such a frame has for the cipher. */
static double cipher_only(uint32_t len)
{
	uint32_t bytes = (len - 34 + 2 + 3) & ~3u, i;
	struct skua_aead_job job[BURST];
	double start;

	for (i = 0; i < BURST; i++)
		job[i] = (struct skua_aead_job){
			.aead = &out[0]->aead,
			.key = skua_sa_key(out[0]),
			.src = sealed[i] + SKUA_ESP_HEADROOM,
			.dst = sealed[i] + SKUA_ESP_HEADROOM,
			.len = bytes,
			.aad = sealed[i],
			.aad_len = 8,
			.iv = sealed[i] + 8,
			.icv = sealed[i] + SKUA_ESP_HEADROOM + bytes,
		};
	start = thread_ns();
	skua_aead_seal(job, BURST);
	return thread_ns() - start;
}

static double seal_burst(struct skua_esp_frame *f)
{
	double start = thread_ns(), spent;
	uint32_t n, i;

	for (i = 0; i < BURST; i++)
		skua_sa_prefetch(f[i].sa);
	n = skua_esp_out(f, BURST);
	spent = thread_ns() - start;

	must(n == BURST);
	return spent;
}

static double open_burst(struct skua_esp_frame *f)
{
	double start = thread_ns();
	uint32_t n = skua_esp_in(table, f, BURST);
	double spent = thread_ns() - start;

	must(n == BURST);
	return spent;
}

static void add_bursts(uint32_t len, double ns[STEPS])
{
	struct skua_esp_frame f[BURST];
	uint32_t i, many;

	ns[CIPHER] += cipher_only(len);
	for (many = 0; many < 2; many++) {
		for (i = 0; i < BURST; i++) {
			f[i] = (struct skua_esp_frame){
				.data = plain[i] + SKUA_ESP_HEADROOM,
				.len = len,
				.tailroom = SKUA_ESP_TAILROOM,
				.to = sealed[i],
				.sa = out[many ? (next_sa + i) % MOST_SAS : 0],
			};
		}
		ns[many ? OUT_MANY : OUT] += seal_burst(f);
		for (i = 0; i < BURST; i++)
			f[i].to = NULL;
		ns[many ? IN_MANY : IN] += open_burst(f);
	}
	next_sa += BURST;
}

/* What it takes to look at the clock is no packet's. */
static double clock_ns(void)
{
	double start = thread_ns();
	uint32_t i;

	for (i = 0; i < 1000; i++)
		thread_ns();
	return (thread_ns() - start) / 1000;
}

static void row(uint32_t len)
{
	double ns[STEPS][ROUNDS], sum[STEPS], look;
	uint32_t i, round, step;

	for (i = 0; i < BURST; i++)
		make_frame(plain[i] + SKUA_ESP_HEADROOM, len);
	for (round = 0; round < ROUNDS; round++) {
		look = clock_ns();
		memset(sum, 0, sizeof(sum));
		for (i = 0; i < BURSTS; i++)
			add_bursts(len, sum);
		for (step = 0; step < STEPS; step++)
			ns[step][round] = (sum[step] / BURSTS - look) / BURST;
	}
	printf("%5u", len);
	for (step = 0; step < STEPS; step++) {
		qsort(ns[step], ROUNDS, sizeof(**ns), by_value);
		printf(" %*.1f", (int)strlen(step_name[step]) + 3,
		       ns[step][ROUNDS / 2]);
	}
	printf("\n");
}

int main(void)
{
	static const uint32_t length[] = { 78, 142, 334, 1102, 4174 };
	uint32_t i;

	make_sas();
	printf("bytes");
	for (i = 0; i < STEPS; i++)
		printf("    %s", step_name[i]);
	printf("\n");
	for (i = 0; i < sizeof(length) / sizeof(*length); i++)
		row(length[i]);
	skua_sa_table_destroy(table);
	return 0;
}
