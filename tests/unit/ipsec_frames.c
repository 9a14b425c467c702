// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ipsec/esp_hdr.h"
#include "ipsec_frames.h"
#include "ipsec_hex.h"

static const uint8_t material[SKUA_AEAD_MAX_KEY] = { 9, 8, 7, 6, 5 };

static const struct skua_sa_address ipv4[2] = {
	{ { 192, 0, 2, 1 } },
	{ { 192, 0, 2, 2 } },
};
static const struct skua_sa_address ipv6[2] = {
	{ { 0x20, 1, 0xd, 0xb8, [15] = 1 } },
	{ { 0x20, 1, 0xd, 0xb8, [15] = 2 } },
};

static void put16(uint8_t *p, uint32_t val)
{
	p[0] = val >> 8;
	p[1] = val;
}

void ipsec_fix_ipv4(uint8_t *ip)
{
	uint32_t sum = 0, len = (ip[0] & 0xf) * 4, i;

	put16(ip + 10, 0);
	for (i = 0; i < len; i += 2)
		sum += (uint32_t)ip[i] << 8 | ip[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, ~sum);
}

static uint8_t *put_ipv4(const struct ipsec_plain *p, uint8_t *ip)
{
	uint32_t len = 20 + p->options;

	memset(ip, 0, len);
	ip[0] = 0x40 | len / 4;
	ip[1] = p->tos;
	put16(ip + 2, len + p->payload);
	put16(ip + 4, 0x1234);
	ip[6] = p->df ? 0x40 : 0;
	ip[8] = 64;
	ip[9] = p->protocol;
	memcpy(ip + 12, &ipv4[0], 4);
	memcpy(ip + 16, &ipv4[1], 4);
	memset(ip + 20, 1, p->options); /* NOP */
	ipsec_fix_ipv4(ip);
	return ip + len;
}

/* Every extension header has 16 bytes. */
static uint8_t *put_ipv6(const struct ipsec_plain *p, uint8_t *ip)
{
	uint8_t *next = ip + 6, *at = ip + 40;
	uint32_t first = 6u << 28 | (uint32_t)p->tos << 20 | p->flow, i;

	memset(ip, 0, 40);
	put16(ip, first >> 16);
	put16(ip + 2, first);
	ip[7] = 64;
	memcpy(ip + 8, &ipv6[0], 16);
	memcpy(ip + 24, &ipv6[1], 16);
	for (i = 0; i < 3 && p->extension[i] != 0xff; i++) {
		*next = p->extension[i];
		next = at;
		memset(at, 0, 16);
		at[1] = 1;
		at[2] = 1; /* PadN, for options */
		at[3] = 12;
		at += 16;
	}
	*next = p->protocol;
	put16(ip + 4, at - ip - 40 + p->payload);
	return at;
}

uint32_t ipsec_plain(const struct ipsec_plain *p, uint8_t *out)
{
	uint8_t *at = out + 12;

	ipsec_random_bytes(out, 12);
	if (p->vlan) {
		put16(at, SKUA_ETHERTYPE_VLAN);
		put16(at + 2, 0x6007);
		at += 4;
	}
	put16(at, p->ipv6 ? SKUA_ETHERTYPE_IPV6 : SKUA_ETHERTYPE_IPV4);
	at = p->ipv6 ? put_ipv6(p, at + 2) : put_ipv4(p, at + 2);
	ipsec_random_bytes(at, p->payload);
	memset(at + p->payload, 0, p->padding);
	return at + p->payload + p->padding - out;
}

struct ipsec_box ipsec_box(const uint8_t *frame, uint32_t len)
{
	struct ipsec_box box = {
		.memory = malloc(SKUA_ESP_HEADROOM + len + SKUA_ESP_TAILROOM),
		.f = {
			.len = len,
			.headroom = SKUA_ESP_HEADROOM,
			.tailroom = SKUA_ESP_TAILROOM,
		},
	};

	assert_non_null(box.memory);
	box.f.data = box.memory + SKUA_ESP_HEADROOM;
	memcpy(box.f.data, frame, len);
	return box;
}

void ipsec_unbox(struct ipsec_box *box)
{
	free(box->memory);
	box->memory = NULL;
}

struct skua_sa_config ipsec_config(const struct ipsec_kind *kind, bool in)
{
	struct skua_sa_config cfg = {
		.flags = kind->flags | (in ? SKUA_SA_IN : 0),
		.spi = IPSEC_SPI,
		.src = ipv4[0],
		.dst = ipv4[1],
		.material = material,
		.material_len = kind->key,
		.icv_len = kind->icv,
		.hop_limit = 61,
		.udp_sport = 40000,
		.udp_dport = SKUA_ESP_UDP_PORT,
		.window = in ? kind->window : 0,
		.owner = (void *)kind,
	};

	if (kind->flags & SKUA_SA_IPV6) {
		cfg.src = ipv6[0];
		cfg.dst = ipv6[1];
	}
	return cfg;
}

struct ipsec_pair ipsec_pair(const struct ipsec_kind *kind)
{
	struct skua_sa_config out = ipsec_config(kind, false);
	struct skua_sa_config in = ipsec_config(kind, true);
	struct ipsec_pair pair;

	assert_int_equal(skua_sa_table_create(4, NULL, NULL, &pair.table), 0);
	assert_int_equal(skua_sa_add(pair.table, &out, &pair.out), 0);
	assert_int_equal(skua_sa_add(pair.table, &in, &pair.in), 0);
	return pair;
}

void ipsec_unpair(struct ipsec_pair *pair)
{
	skua_sa_table_destroy(pair->table);
}

enum skua_esp_result ipsec_try_seal(struct skua_sa *sa, struct ipsec_box *box)
{
	unsigned int n;

	box->f.sa = sa;
	n = skua_esp_out(&box->f, 1);
	assert_int_equal(n, box->f.result == SKUA_ESP_OK);
	return box->f.result;
}

void ipsec_seal(struct ipsec_pair *pair, struct ipsec_box *box)
{
	assert_int_equal(ipsec_try_seal(pair->out, box), SKUA_ESP_OK);
}

enum skua_esp_result ipsec_open(struct ipsec_pair *pair, struct ipsec_box *box)
{
	unsigned int n = skua_esp_in(pair->table, &box->f, 1);

	assert_int_equal(n, box->f.result == SKUA_ESP_OK);
	return box->f.result;
}

uint8_t *ipsec_esp(const struct ipsec_box *box)
{
	static const uint8_t spi[4] = { 0x12, 0x34, 0x56, 0x78 };
	uint8_t *at = memmem(box->f.data, box->f.len, spi, sizeof(spi));

	assert_non_null(at);
	return at;
}

void ipsec_reseal(struct ipsec_pair *pair, struct ipsec_box *box, uint64_t seq,
		  const uint8_t *text, uint32_t len)
{
	struct skua_esp_hdr *esp = (void *)ipsec_esp(box);
	struct skua_esp_aad aad;
	struct skua_aead_job job = {
		.aead = &pair->out->aead,
		.key = skua_sa_key(pair->out),
		.src = text,
		.dst = (uint8_t *)(esp + 1),
		.len = len,
		.aad = (uint8_t *)&aad,
		.iv = (uint8_t *)&esp->iv,
		.icv = (uint8_t *)(esp + 1) + len,
	};

	esp->seq = htobe32(seq);
	job.aad_len = skua_esp_set_aad(&aad, IPSEC_SPI, seq,
				       pair->in->flags & SKUA_SA_ESN);
	skua_aead_seal(&job, 1);
}
