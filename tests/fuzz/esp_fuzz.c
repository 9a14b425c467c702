// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * What comes to SAs: any bytes as a frame, and frames that were sealed with the
 * right key from any bytes and then changed in some places, for no fuzzer finds
 * an ICV. What is opened must lie in the memory of the frame and be one; what
 * was changed where it counts must not be opened, and nothing is opened twice.
 * Where a frame was, and where it goes, must make no difference.
 *
 * The first byte of the input says which pair of SAs, what is done, and where
 * the sequence numbers begin. Then
 *
 *	any bytes	the frame
 *	sealed		a number of changes, 3 bytes each: where, and by what;
 *			the text that is encrypted, with padding and trailer
 *	plain		a frame to be sealed, and opened as it is
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "ipsec/esp.h"
#include "ipsec/esp_hdr.h"
#include "ipsec/ip.h"

#define MAX_INPUT 4096u
#define PAIRS	  8u
#define SPI	  0x1000u
#define MACS	  14u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct skua_sa_table *table;
static struct skua_sa *out[PAIRS], *in[PAIRS];

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* Modes, families, UDP; the others by turns. */
static struct skua_sa_config config(unsigned int i, bool inbound)
{
	static const uint8_t material[36] = "no secret at all";
	struct skua_sa_config cfg = {
		.flags = (i & 1 ? SKUA_SA_TUNNEL : 0) |
			 (i & 2 ? SKUA_SA_IPV6 : 0) |
			 (i & 4 ? SKUA_SA_UDP : 0) |
			 (i % 3 ? SKUA_SA_ESN : 0) |
			 (inbound ? SKUA_SA_IN : 0),
		.spi = SPI + i,
		.dst = { { 10, 0, 0, 2 } },
		.material = material,
		.material_len = 20 + i % 3 * 8,
		.icv_len = 8 + i % 3 * 4,
		.hop_limit = 64,
		.udp_sport = SKUA_ESP_UDP_PORT,
		.udp_dport = SKUA_ESP_UDP_PORT,
		.window = inbound ? 64 : 0,
	};

	return cfg;
}

static void make_table(void)
{
	struct skua_sa_config cfg;
	unsigned int i;

	must(!skua_sa_table_create(2 * PAIRS, NULL, NULL, &table));
	for (i = 0; i < PAIRS; i++) {
		cfg = config(i, false);
		must(!skua_sa_add(table, &cfg, &out[i]));
		cfg = config(i, true);
		must(!skua_sa_add(table, &cfg, &in[i]));
	}
}

/* Whether numbers are in front of 2^32, or before the first. */
static bool late;

static void start_pair(unsigned int i)
{
	uint64_t seq = late && out[i]->flags & SKUA_SA_ESN ? UINT32_MAX : 0;

	struct skua_replay *r = &in[i]->replay;

	out[i]->seq = seq;
	skua_replay_fini(r);
	must(!skua_replay_init(r, r->size, r->esn));
	skua_replay_move(r, seq);
}

/* As if nothing had come. */
static void start(void)
{
	unsigned int i;

	for (i = 0; i < PAIRS; i++)
		start_pair(i);
}

/* So many bytes, and nothing behind them. */
static uint8_t *copy_of(const uint8_t *bytes, uint32_t len)
{
	uint8_t *memory = malloc(len ? len : 1);

	must(memory);
	memcpy(memory, bytes, len);
	return memory;
}

static void is_within(const struct skua_esp_frame *f, const uint8_t *memory,
		      uint32_t len)
{
	must(f->data >= memory && f->len <= len &&
	     f->data - memory <= len - f->len);
}

/* To other memory: nothing else comes of it than what f says, in place. */
static void open_apart(const uint8_t *frame, uint32_t len,
		       const struct skua_esp_frame *f)
{
	uint32_t room = SKUA_ESP_HEADROOM + len + SKUA_ESP_TAILROOM;
	uint8_t *memory = copy_of(frame, len), *to = malloc(room);
	struct skua_esp_frame g = { .data = memory, .len = len, .to = to };

	must(to);
	skua_esp_in(table, &g, 1);
	must(g.result == f->result && g.sa == f->sa && g.len == f->len);
	must(!memcmp(memory, frame, len));
	if (!g.result) {
		is_within(&g, to, room);
		must(!memcmp(g.data, f->data, g.len));
	} else {
		must(g.data == memory);
		if (g.result < SKUA_ESP_BAD_ICV)
			must(!memcmp(to, frame, len));
	}
	free(memory);
	free(to);
}

/* In memory that ends where the frame does, and then to other memory. */
static enum skua_esp_result open_bytes(const uint8_t *frame, uint32_t len)
{
	uint8_t *memory = copy_of(frame, len);
	struct skua_esp_frame f = { .data = memory, .len = len };
	struct skua_ip ip;
	uint64_t top;

	must(skua_esp_in(table, &f, 1) == (f.result == SKUA_ESP_OK));
	must(f.result < SKUA_ESP_RESULTS);
	start();
	open_apart(frame, len, &f);
	if (f.result) {
		must(f.data == memory && f.len == len);
	} else {
		is_within(&f, memory, len);
		/* What else is wrong with it is for who gets the packet. */
		if (!skua_ip_look(f.data, f.len, &ip))
			must(ip.end == f.len);
		else
			must(f.sa->flags & (SKUA_SA_TUNNEL | SKUA_SA_IPV6));
		top = f.sa->replay.top;
		f = (struct skua_esp_frame){ .data = memory, .len = len };
		memcpy(memory, frame, len);
		must(!skua_esp_in(table, &f, 1) &&
		     f.result == SKUA_ESP_REPLAY && f.sa->replay.top == top);
		f.result = SKUA_ESP_OK;
	}
	free(memory);
	return f.result;
}

/* Headers for pair i, up to ESP, in front of len bytes; returns how many. */
static uint32_t put_headers(unsigned int i, uint8_t *frame, uint32_t len)
{
	bool ipv6 = i & 2, udp = i & 4;
	uint32_t head = ipv6 ? 40 : 20;
	uint8_t protocol = udp ? 17 : 50, *ip = frame + MACS;

	memset(frame, 0, MACS + head + 8);
	frame[12] = ipv6 ? 0x86 : 0x08;
	frame[13] = ipv6 ? 0xdd : 0x00;
	ip[0] = ipv6 ? 0x60 : 0x45;
	ip[ipv6 ? 6 : 9] = protocol;
	memcpy(ip + (ipv6 ? 24 : 16), (uint8_t[]){ 10, 0, 0, 2 }, 4);
	if (udp) {
		memcpy(ip + head + 2, &(uint16_t){ htobe16(4500) }, 2);
		memcpy(ip + head + 4, &(uint16_t){ htobe16(8 + len) }, 2);
		len += 8;
	}
	skua_ip_set_length(ip, ipv6, head + len);
	return MACS + head + (udp ? 8 : 0);
}

/* Text as a peer with the key may send it, and what others do to it. */
static void sealed(unsigned int i, const uint8_t *data, size_t size)
{
	static uint8_t frame[MAX_INPUT + 128];
	uint32_t n = data[0] % 8, head, len, at, k;
	const uint8_t *change = data + 1;
	struct skua_esp_hdr esp;
	struct skua_esp_aad aad;
	struct skua_aead_job job;
	uint64_t seq = skua_sa_next_seq(out[i]);
	bool spoilt = false;

	if (size < 1 + 3 * n)
		return;
	data += 1 + 3 * n;
	len = size - 1 - 3 * n;
	head = put_headers(i, frame, sizeof(esp) + len + out[i]->aead.icv);
	esp = (struct skua_esp_hdr){ htobe32(SPI + i), htobe32(seq),
				     htobe64(seq) };
	memcpy(frame + head, &esp, sizeof(esp));
	job = (struct skua_aead_job){
		.aead = &out[i]->aead,
		.key = skua_sa_key(out[i]),
		.src = data,
		.dst = frame + head + sizeof(esp),
		.len = len,
		.aad = (uint8_t *)&aad,
		.iv = frame + head + 8,
		.icv = frame + head + sizeof(esp) + len,
	};
	job.aad_len = skua_esp_set_aad(&aad, SPI + i, seq,
				       out[i]->flags & SKUA_SA_ESN);
	skua_aead_seal(&job, 1);
	len = head + sizeof(esp) + len + out[i]->aead.icv;
	for (k = 0; k < n; k++, change += 3) {
		at = (change[0] << 8 | change[1]) % len;
		frame[at] ^= change[2];
		spoilt |= at >= head;
	}
	/* Changes may cancel each other out. */
	if (!spoilt || n > 1)
		open_bytes(frame, len);
	else
		must(!change[-1] || open_bytes(frame, len));
}

/* To other memory, the same number once more: it is what it is in place. */
static void seal_apart(unsigned int i, const uint8_t *data, size_t size,
		       const struct skua_esp_frame *f)
{
	uint32_t room = SKUA_ESP_HEADROOM + size + SKUA_ESP_TAILROOM;
	uint8_t *memory = malloc(size + SKUA_ESP_TAILROOM), *to = malloc(room);
	struct skua_esp_frame g = {
		.data = memory,
		.len = size,
		.tailroom = SKUA_ESP_TAILROOM,
		.to = to,
		.sa = out[i],
	};

	must(memory && to);
	memcpy(memory, data, size);
	skua_esp_out(&g, 1);
	must(g.result == f->result && g.len == f->len);
	if (!g.result)
		must(g.data == to && !memcmp(to, f->data, g.len));
	free(memory);
	free(to);
}

/* There, and by a tunnel, which goes to the SA's own address, also back. */
static void plain(unsigned int i, const uint8_t *data, size_t size)
{
	uint8_t *memory = malloc(SKUA_ESP_HEADROOM + size + SKUA_ESP_TAILROOM);
	struct skua_esp_frame f = {
		.len = size,
		.headroom = SKUA_ESP_HEADROOM,
		.tailroom = SKUA_ESP_TAILROOM,
		.sa = out[i],
	};
	struct skua_ip ip, now;

	must(memory);
	f.data = memory + SKUA_ESP_HEADROOM;
	memcpy(f.data, data, size);
	skua_esp_out(&f, 1);
	start();
	seal_apart(i, data, size, &f);
	if (!f.result) {
		must(!skua_ip_look(data, size, &ip));
		must(f.data >= memory && f.len > ip.end);
		must(!skua_ip_look(f.data, f.len, &now) && now.end == f.len);
		if (i & 1) {
			must(skua_esp_in(table, &f, 1) == 1);
			must(f.len == ip.end && !memcmp(f.data, data, ip.end));
		}
	}
	free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int i;

	if (size < 2 || size > MAX_INPUT)
		return 0;
	if (!table)
		make_table();
	i = data[0] % PAIRS;
	late = data[0] & 0x20;
	start();
	switch (data[0] / PAIRS % 4) {
	case 0:
		open_bytes(data + 1, size - 1);
		break;
	case 1:
		plain(i, data + 1, size - 1);
		break;
	default:
		sealed(i, data + 1, size - 1);
	}
	return 0;
}
