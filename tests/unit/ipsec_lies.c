// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Packets that are wrong, by those who have no key and by those who have one:
 * each is refused as what it is, is counted, and changes nothing.
 */
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ipsec/esp.h"
#include "ipsec/esp_hdr.h"
#include "ipsec/ip.h"
#include "ipsec_frames.h"
#include "ipsec_hex.h"

static uint8_t plain[ROOM];

static const struct ipsec_plain ipv4 = { .protocol = 17, .payload = 101,
					 .options = 4 };
static const struct ipsec_plain ipv6 = { .ipv6 = true, .protocol = 17,
					 .payload = 101,
					 .extension = { 0, 43, 0xff } };

static const struct ipsec_kind kinds[] = {
	{ 0, 20, 16, 64 },
	{ SKUA_SA_TUNNEL, 28, 12, 64 },
	{ SKUA_SA_UDP | SKUA_SA_ESN, 36, 8, 64 },
	{ SKUA_SA_IPV6 | SKUA_SA_ESN, 20, 16, 64 },
	{ SKUA_SA_IPV6 | SKUA_SA_UDP, 20, 16, 64 },
	{ SKUA_SA_TUNNEL | SKUA_SA_IPV6 | SKUA_SA_UDP | SKUA_SA_ESN, 20, 8,
	  64 },
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

/* Without what is behind the usual headers. */
static const struct ipsec_plain bare4 = { .protocol = 17, .payload = 101 };
static const struct ipsec_plain bare6 = { .ipv6 = true,
					  .protocol = 17,
					  .payload = 101,
					  .extension = IPSEC_NO_EXTENSION };

/* How frames are opened: in place, or to other memory; and which. */
static const struct way {
	bool apart, bare;
} in_place, apart = { .apart = true }, bare = { .apart = true, .bare = true };

static const struct way *way = &in_place;

static int choose(void **state)
{
	way = *state;
	return 0;
}

static int choose_none(void **state)
{
	(void)state;
	way = &in_place;
	return 0;
}

static struct ipsec_box sealed(struct ipsec_pair *pair)
{
	bool six = pair->out->flags & SKUA_SA_IPV6;
	const struct ipsec_plain *p = way->bare ? six ? &bare6 : &bare4
				      : six	? &ipv6
						: &ipv4;
	struct ipsec_box box = ipsec_box(plain, ipsec_plain(p, plain));

	ipsec_seal(pair, &box);
	return box;
}

/* A copy that ends where the frame does, so that whoever reads on is seen. */
static struct skua_esp_frame copy(const struct skua_esp_frame *f, uint32_t len)
{
	struct skua_esp_frame c = { .data = malloc(len ? len : 1), .len = len };

	assert_non_null(c.data);
	memcpy(c.data, f->data, len);
	return c;
}

/* What comes of c is in memory of its own, and what it was made of as it was. */
static void open_apart(struct ipsec_pair *pair, struct skua_esp_frame *c)
{
	uint32_t len = c->len, room = len + SKUA_ESP_HEADROOM + SKUA_ESP_TAILROOM;
	struct skua_esp_frame was = copy(c, len);
	uint8_t *from = c->data;

	c->to = malloc(room);
	assert_non_null(c->to);
	memset(c->to, 0xee, room);
	skua_esp_in(pair->table, c, 1);
	assert_memory_equal(from, was.data, len);
	if (c->result == SKUA_ESP_OK)
		assert_true(c->data >= c->to && c->data + c->len <= c->to + room);
	else if (c->result < SKUA_ESP_BAD_ICV)
		assert_memory_equal(c->to, was.data, len);
	free(was.data);
	free(c->to);
}

/* Open such a copy, which nothing is left of. */
static enum skua_esp_result open_copy(struct ipsec_pair *pair,
				      const struct skua_esp_frame *f,
				      uint32_t len)
{
	struct skua_esp_frame c = copy(f, len);
	uint8_t *data = c.data;

	if (way->apart)
		open_apart(pair, &c);
	else
		skua_esp_in(pair->table, &c, 1);
	if (c.result) {
		assert_ptr_equal(c.data, data);
		assert_int_equal(c.len, len);
	}
	free(data);
	return c.result;
}

/* That is refused so, counted in the table and, of its SA, there too. */
static void refused(struct ipsec_pair *pair, const struct skua_esp_frame *f,
		    uint32_t len, enum skua_esp_result want, bool of_sa)
{
	uint64_t all = skua_sa_table_refused(pair->table, want);
	uint64_t its = pair->in->refused[want];
	uint64_t packets = pair->in->packets;

	assert_int_equal(open_copy(pair, f, len), want);
	assert_true(skua_sa_table_refused(pair->table, want) == all + 1);
	assert_true(pair->in->refused[want] == its + of_sa);
	if (want < SKUA_ESP_BAD_PADDING)
		assert_true(pair->in->packets == packets);
}

static void put16(uint8_t *p, uint32_t val)
{
	p[0] = val >> 8;
	p[1] = val;
}

static uint32_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

/* The lengths of IP and UDP as if the frame had always been so long. */
static void set_lengths(const struct ipsec_box *box, uint32_t len)
{
	uint8_t *ip = box->f.data + 14;
	struct skua_ip at;

	assert_int_equal(skua_ip_look(box->f.data, box->f.len, &at), 0);
	skua_ip_set_length(ip, at.ipv6, len - 14);
	if (box->f.data[at.last_at] == 17 && len >= at.last + 8)
		put16(box->f.data + at.last + 4, len - at.last);
}

/* By the wire -------------------------------------------------------------- */

static void cut_short(void **state)
{
	enum skua_esp_result want;
	struct ipsec_pair pair;
	struct ipsec_box box;
	uint32_t i, len;

	(void)state;
	for (i = 0; i < KINDS; i++) {
		pair = ipsec_pair(&kinds[i]);
		box = sealed(&pair);
		for (len = 0; len < box.f.len; len++) {
			want = len < 14 ? SKUA_ESP_NOT_ESP : SKUA_ESP_TRUNCATED;
			if (len < 14)
				assert_int_equal(open_copy(&pair, &box.f, len),
						 want);
			else
				refused(&pair, &box.f, len, want, false);
		}
		assert_int_equal(ipsec_open(&pair, &box), SKUA_ESP_OK);
		ipsec_unbox(&box);
		ipsec_unpair(&pair);
	}
}

/* And the headers tell that it is all there is. */
static void short_and_consistent(void **state)
{
	uint32_t i, len, esp, least;
	enum skua_esp_result want;
	struct ipsec_pair pair;
	struct ipsec_box box;

	(void)state;
	for (i = 0; i < KINDS; i++) {
		pair = ipsec_pair(&kinds[i]);
		box = sealed(&pair);
		esp = ipsec_esp(&box) - box.f.data;
		least = 16 + 4 + kinds[i].icv;
		for (len = box.f.len - 1; len >= esp; len--) {
			set_lengths(&box, len);
			want = SKUA_ESP_BAD_ICV;
			if (len - esp < least || (len - esp - kinds[i].icv) % 4)
				want = SKUA_ESP_BAD_LENGTH;
			if (kinds[i].flags & SKUA_SA_UDP && len - esp < 4) {
				/* A keepalive, for all that one can tell. */
				assert_int_equal(open_copy(&pair, &box.f, len),
						 SKUA_ESP_NOT_ESP);
				continue;
			}
			refused(&pair, &box.f, len, want, len - esp >= 16);
		}
		ipsec_unbox(&box);
		ipsec_unpair(&pair);
	}
}

/* Every bit from the SPI to the last of the ICV, one at a time. */
static void turned_over(void **state)
{
	enum skua_esp_result ret;
	struct ipsec_pair pair;
	struct ipsec_box box;
	uint32_t i, bit, esp;

	(void)state;
	for (i = 0; i < KINDS; i++) {
		pair = ipsec_pair(&kinds[i]);
		box = sealed(&pair);
		esp = ipsec_esp(&box) - box.f.data;
		for (bit = 0; bit < (box.f.len - esp) * 8; bit++) {
			box.f.data[esp + bit / 8] ^= 1 << bit % 8;
			/* Number 1 is 0 with a bit less. */
			ret = bit < 32 ? SKUA_ESP_UNKNOWN_SPI :
			      bit == 56 ? SKUA_ESP_REPLAY :
					  SKUA_ESP_BAD_ICV;
			refused(&pair, &box.f, box.f.len, ret, bit >= 32);
			box.f.data[esp + bit / 8] ^= 1 << bit % 8;
		}
		assert_true(pair.in->replay.top == 0);
		assert_int_equal(ipsec_open(&pair, &box), SKUA_ESP_OK);
		ipsec_unbox(&box);
		ipsec_unpair(&pair);
	}
}

static void come_again(void **state)
{
	struct skua_esp_frame twice[2];
	struct ipsec_pair pair;
	struct ipsec_box box, next;
	uint32_t i;

	(void)state;
	for (i = 0; i < KINDS; i++) {
		pair = ipsec_pair(&kinds[i]);
		box = sealed(&pair);
		assert_int_equal(open_copy(&pair, &box.f, box.f.len),
				 SKUA_ESP_OK);
		refused(&pair, &box.f, box.f.len, SKUA_ESP_REPLAY, true);
		/* Twice in one burst. */
		next = sealed(&pair);
		twice[0] = copy(&next.f, next.f.len);
		twice[1] = copy(&next.f, next.f.len);
		next.f.data = twice[0].data;
		assert_int_equal(skua_esp_in(pair.table, twice, 2), 1);
		assert_int_equal(twice[0].result, SKUA_ESP_OK);
		assert_int_equal(twice[1].result, SKUA_ESP_REPLAY);
		free(next.f.data);
		free(twice[1].data);
		/* Nobody has to decrypt to find that a number was there. */
		box.f.data[box.f.len - 1] ^= 1;
		refused(&pair, &box.f, box.f.len, SKUA_ESP_REPLAY, true);
		assert_true(pair.in->packets == 2);
		ipsec_unbox(&box);
		ipsec_unbox(&next);
		ipsec_unpair(&pair);
	}
}

/* Whoever has no key does not move the window. */
static void from_the_future(void **state)
{
	struct ipsec_pair pair = ipsec_pair(&kinds[0]);
	struct ipsec_box box = sealed(&pair), late;
	uint32_t i;

	(void)state;
	late = ipsec_box(box.f.data, box.f.len);
	put16(ipsec_esp(&late) + 4, 0x7fff);
	refused(&pair, &late.f, late.f.len, SKUA_ESP_BAD_ICV, true);
	ipsec_unbox(&late);
	/* Sixty-four later ones, and it is too late. */
	for (i = 0; i < 64; i++) {
		late = sealed(&pair);
		if (i == 62)
			assert_int_equal(open_copy(&pair, &late.f, late.f.len),
					 SKUA_ESP_OK);
		if (i == 62)
			assert_true(skua_replay_fresh(&pair.in->replay, 1));
		if (i == 63)
			assert_int_equal(open_copy(&pair, &late.f, late.f.len),
					 SKUA_ESP_OK);
		ipsec_unbox(&late);
	}
	refused(&pair, &box.f, box.f.len, SKUA_ESP_REPLAY, true);
	ipsec_unbox(&box);
	ipsec_unpair(&pair);
}

static void whose(void **state)
{
	struct ipsec_pair pair = ipsec_pair(&kinds[0]);
	struct ipsec_box box = sealed(&pair);
	uint32_t i;

	(void)state;
	box.f.data[14 + 19] ^= 4; /* another destination */
	ipsec_fix_ipv4(box.f.data + 14);
	refused(&pair, &box.f, box.f.len, SKUA_ESP_UNKNOWN_SPI, false);
	box.f.data[14 + 19] ^= 4;
	ipsec_fix_ipv4(box.f.data + 14);
	for (i = 0; i < 256; i++) {
		memcpy(ipsec_esp(&box), &(uint32_t){ htobe32(i) }, 4);
		refused(&pair, &box.f, box.f.len, SKUA_ESP_UNKNOWN_SPI, false);
		memcpy(box.f.data + 14 + 24, &(uint32_t){ htobe32(IPSEC_SPI) },
		       4);
	}
	skua_sa_remove(pair.table, pair.in);
	pair.in = pair.out; /* which counts nothing of it */
	refused(&pair, &box.f, box.f.len, SKUA_ESP_UNKNOWN_SPI, false);
	ipsec_unbox(&box);
	ipsec_unpair(&pair);
}

/* In UDP where it should not be, and the other way round. */
static void wrong_wrapping(void **state)
{
	struct ipsec_kind bare = kinds[0], udp = bare;
	struct ipsec_pair a, b;
	struct ipsec_box box;

	(void)state;
	udp.flags |= SKUA_SA_UDP;
	a = ipsec_pair(&bare);
	b = ipsec_pair(&udp);
	box = sealed(&a);
	refused(&b, &box.f, box.f.len, SKUA_ESP_BAD_ENCAP, true);
	ipsec_unbox(&box);
	box = sealed(&b);
	refused(&a, &box.f, box.f.len, SKUA_ESP_BAD_ENCAP, true);
	ipsec_unbox(&box);
	ipsec_unpair(&a);
	ipsec_unpair(&b);
}

/* RFC 3948 2.2 and 2.3, other ports, and all that is not ESP at all. */
static void not_for_us(void **state)
{
	struct ipsec_kind k = { SKUA_SA_UDP, 20, 16, 64 };
	struct ipsec_pair pair = ipsec_pair(&k);
	struct ipsec_box box = sealed(&pair);
	uint8_t *esp = ipsec_esp(&box);
	struct skua_esp_frame c;
	uint32_t i, esp_at = esp - box.f.data;

	(void)state;
	for (i = 0; i < 6; i++) {
		c = copy(&box.f, box.f.len);
		esp = c.data + esp_at;
		if (i == 0)
			memset(esp, 0, 4); /* IKE */
		else if (i == 1)
			put16(esp - 4, 9); /* a keepalive */
		else if (i == 2)
			put16(esp - 6, 4791); /* RoCE */
		else if (i == 3)
			put16(esp - 4, 7); /* no UDP */
		else if (i == 4)
			put16(esp - 4, get16(esp - 4) + 1); /* longer than IP */
		else
			put16(c.data + 12, 0x0806); /* ARP */
		assert_int_equal(open_copy(&pair, &c, c.len), SKUA_ESP_NOT_ESP);
		free(c.data);
	}
	for (i = 0; i < SKUA_ESP_RESULTS; i++)
		assert_true(skua_sa_table_refused(pair.table, i) == 0);
	assert_int_equal(ipsec_open(&pair, &box), SKUA_ESP_OK);
	ipsec_unbox(&box);
	ipsec_unpair(&pair);
}

static void bad_headers(void **state)
{
	struct ipsec_pair pair = ipsec_pair(&kinds[0]);
	struct ipsec_box box = sealed(&pair);
	uint8_t *ip = box.f.data + 14;

	(void)state;
	ip[10] ^= 1;
	refused(&pair, &box.f, box.f.len, SKUA_ESP_BAD_IP, false);
	ip[0] = 0x44;
	ipsec_fix_ipv4(ip);
	refused(&pair, &box.f, box.f.len, SKUA_ESP_BAD_IP, false);
	ip[0] = 0x66;
	ipsec_fix_ipv4(ip);
	refused(&pair, &box.f, box.f.len, SKUA_ESP_BAD_IP, false);
	ip[0] = 0x46;
	put16(ip + 2, 23);
	ipsec_fix_ipv4(ip);
	refused(&pair, &box.f, box.f.len, SKUA_ESP_BAD_IP, false);
	put16(ip + 2, box.f.len - 14 + 1);
	ipsec_fix_ipv4(ip);
	refused(&pair, &box.f, box.f.len, SKUA_ESP_TRUNCATED, false);
	put16(ip + 2, box.f.len - 14);
	put16(ip + 6, 0x2000);
	ipsec_fix_ipv4(ip);
	refused(&pair, &box.f, box.f.len, SKUA_ESP_FRAGMENT, false);
	put16(ip + 6, 1);
	ipsec_fix_ipv4(ip);
	refused(&pair, &box.f, box.f.len, SKUA_ESP_FRAGMENT, false);
	put16(ip + 6, 0);
	ipsec_fix_ipv4(ip);
	assert_int_equal(ipsec_open(&pair, &box), SKUA_ESP_OK);
	ipsec_unbox(&box);
	ipsec_unpair(&pair);
}

/* The headers of ipv6 are hop-by-hop options at 54, and a routing header. */
static void bad_extensions(void **state)
{
	struct ipsec_pair pair = ipsec_pair(&kinds[3]);
	struct ipsec_plain many = { .ipv6 = true, .protocol = 60,
				    .payload = 200,
				    .extension = { 60, 60, 60 } };
	struct ipsec_box box = sealed(&pair);
	uint8_t *ip = box.f.data + 14;
	uint32_t i;

	(void)state;
	ip[40] = 44; /* what was a routing header is one of a fragment, */
	ip[56] = 50; /* and of ESP */
	refused(&pair, &box.f, box.f.len, SKUA_ESP_FRAGMENT, false);
	ip[56] = 17;
	assert_int_equal(open_copy(&pair, &box.f, box.f.len), SKUA_ESP_NOT_ESP);
	ip[40] = 0; /* hop-by-hop options are the first or none */
	refused(&pair, &box.f, box.f.len, SKUA_ESP_BAD_IP, false);
	ip[40] = 43;
	ip[56] = 50;
	ip[57] = 255;
	refused(&pair, &box.f, box.f.len, SKUA_ESP_TRUNCATED, false);
	ip[57] = 1;
	ip[0] = 0x70;
	refused(&pair, &box.f, box.f.len, SKUA_ESP_BAD_IP, false);
	ip[0] = 0x60;
	assert_int_equal(ipsec_open(&pair, &box), SKUA_ESP_OK);
	ipsec_unbox(&box);
	/* As many as fit. */
	box = ipsec_box(plain, ipsec_plain(&many, plain));
	ip = box.f.data + 14 + 40 + 48;
	memset(ip, 0, 200);
	for (i = 0; i < 200; i += 8)
		ip[i] = 60;
	refused(&pair, &box.f, box.f.len, SKUA_ESP_BAD_IP, false);
	ipsec_unbox(&box);
	ipsec_unpair(&pair);
}

/* By whoever has the key --------------------------------------------------- */

/* A sealed frame with room for len bytes of text, which it says it has. */
static struct ipsec_box with_text(struct ipsec_pair *pair, const uint8_t *text,
				  uint32_t len)
{
	struct ipsec_plain p = ipv4;
	struct ipsec_box box;
	uint64_t seq;

	p.payload = len + 64;
	box = ipsec_box(plain, ipsec_plain(&p, plain));
	ipsec_seal(pair, &box);
	seq = pair->out->seq;
	ipsec_reseal(pair, &box, seq, text, len);
	box.f.len = ipsec_esp(&box) - box.f.data + 16 + len + pair->out->aead.icv;
	put16(box.f.data + 16, box.f.len - 14);
	ipsec_fix_ipv4(box.f.data + 14);
	return box;
}

static void says(struct ipsec_pair *pair, const uint8_t *text, uint32_t len,
		 enum skua_esp_result want)
{
	struct ipsec_box box = with_text(pair, text, len);

	if (want)
		refused(pair, &box.f, box.f.len, want, true);
	else
		assert_int_equal(open_copy(pair, &box.f, box.f.len), want);
	/* It was authentic, and so does not come again. */
	refused(pair, &box.f, box.f.len, SKUA_ESP_REPLAY, true);
	ipsec_unbox(&box);
}

static void padding_lies(void **state)
{
	struct ipsec_pair pair = ipsec_pair(&kinds[0]);
	uint8_t text[400];
	uint32_t i, pad;

	(void)state;
	memset(text, 0xaa, sizeof(text));
	/* Every length that RFC 4303 allows, and one wrong byte in each. */
	for (pad = 0; pad <= 255; pad++) {
		for (i = 0; i < pad; i++)
			text[398 - pad + i] = i + 1;
		text[398] = pad;
		text[399] = 17;
		says(&pair, text, 400, SKUA_ESP_OK);
		for (i = 0; i < pad; i += 37) {
			text[398 - pad + i] ^= 0x80;
			says(&pair, text, 400, SKUA_ESP_BAD_PADDING);
			text[398 - pad + i] ^= 0x80;
		}
	}
	/* More than there is, by one and by all. */
	for (i = 0; i < 32; i++)
		text[i] = i + 1;
	text[30] = 30;
	text[31] = 17;
	says(&pair, text, 32, SKUA_ESP_OK);
	text[30] = 31;
	says(&pair, text, 32, SKUA_ESP_BAD_PADDING);
	text[30] = 255;
	says(&pair, text, 32, SKUA_ESP_BAD_PADDING);
	text[2] = 3;
	says(&pair, text, 4, SKUA_ESP_BAD_PADDING);
	ipsec_unpair(&pair);
}

static void next_header_lies(void **state)
{
	struct ipsec_pair transport = ipsec_pair(&kinds[0]);
	struct ipsec_pair tunnel = ipsec_pair(&kinds[1]);
	enum skua_esp_result want;
	uint8_t text[44] = { 0 };
	uint32_t i;

	(void)state;
	for (i = 0; i < 256; i++) {
		text[43] = i;
		want = i == 59 ? SKUA_ESP_DUMMY :
		       i == 0 || i == 43 || i == 44 ? SKUA_ESP_BAD_NEXT :
						      SKUA_ESP_OK;
		says(&transport, text, 44, want);
		want = i == 59 ? SKUA_ESP_DUMMY :
		       i == 4 || i == 41 ? SKUA_ESP_BAD_INNER :
					   SKUA_ESP_BAD_NEXT;
		says(&tunnel, text, 44, want);
	}
	ipsec_unpair(&transport);
	ipsec_unpair(&tunnel);
}

static void inner_lies(void **state)
{
	struct ipsec_pair pair = ipsec_pair(&kinds[1]);
	uint8_t text[64] = { 0x45, [3] = 62, [62] = 0, [63] = 4 };

	(void)state;
	says(&pair, text, 64, SKUA_ESP_OK);
	text[3] = 63;
	says(&pair, text, 64, SKUA_ESP_BAD_INNER);
	text[2] = 255;
	says(&pair, text, 64, SKUA_ESP_BAD_INNER);
	text[2] = 0;
	text[3] = 19;
	says(&pair, text, 64, SKUA_ESP_BAD_INNER);
	text[3] = 40;
	text[0] = 0x44;
	says(&pair, text, 64, SKUA_ESP_BAD_INNER);
	text[0] = 0x4b;
	says(&pair, text, 64, SKUA_ESP_BAD_INNER);
	text[0] = 0x65;
	says(&pair, text, 64, SKUA_ESP_BAD_INNER);
	/* IPv6: 62 bytes are 22 behind the header. */
	text[63] = 41;
	text[3] = 0;
	text[0] = 0x60;
	text[5] = 22;
	says(&pair, text, 64, SKUA_ESP_OK);
	text[5] = 23;
	says(&pair, text, 64, SKUA_ESP_BAD_INNER);
	text[4] = 255;
	says(&pair, text, 64, SKUA_ESP_BAD_INNER);
	text[4] = 0;
	text[5] = 0;
	text[0] = 0x45;
	says(&pair, text, 64, SKUA_ESP_BAD_INNER);
	text[18] = 0;
	text[19] = 4;
	says(&pair, text, 20, SKUA_ESP_BAD_INNER);
	ipsec_unpair(&pair);
}

/* RFC 4303 2.7: what is behind the packet in a tunnel is nobody's. */
static void more_padding(void **state)
{
	struct ipsec_pair pair = ipsec_pair(&kinds[1]);
	uint8_t text[64] = { 0x45, [3] = 30, [63] = 4 };
	struct ipsec_box box = with_text(&pair, text, 64);

	(void)state;
	assert_int_equal(ipsec_open(&pair, &box), SKUA_ESP_OK);
	assert_int_equal(box.f.len, 14 + 30);
	assert_memory_equal(box.f.data + 14, text, 30);
	ipsec_unbox(&box);
	ipsec_unpair(&pair);
}

/* Outbound, and limits ----------------------------------------------------- */

static void cannot_be_protected(void **state)
{
	struct ipsec_plain p = ipv4, six = ipv6;
	struct ipsec_pair pair = ipsec_pair(&kinds[0]);
	struct ipsec_pair tunnel = ipsec_pair(&kinds[1]);
	struct ipsec_box box = ipsec_box(plain, ipsec_plain(&p, plain));

	(void)state;
	put16(box.f.data + 12, 0x0806);
	assert_int_equal(ipsec_try_seal(pair.out, &box),
			 SKUA_ESP_NOT_IP);
	put16(box.f.data + 12, 0x0800);
	box.f.data[20] = 0x20;
	ipsec_fix_ipv4(box.f.data + 14);
	assert_int_equal(ipsec_try_seal(pair.out, &box),
			 SKUA_ESP_FRAGMENT);
	/* A tunnel carries what a router does. */
	ipsec_seal(&tunnel, &box);
	assert_int_equal(ipsec_open(&tunnel, &box), SKUA_ESP_OK);
	assert_int_equal(get16(box.f.data + 20), 0x2000);
	ipsec_unbox(&box);
	six.extension[1] = 44;
	box = ipsec_box(plain, ipsec_plain(&six, plain));
	assert_int_equal(ipsec_try_seal(pair.out, &box),
			 SKUA_ESP_FRAGMENT);
	ipsec_unbox(&box);
	assert_true(pair.out->seq == 0 && pair.out->packets == 0);
	assert_true(pair.out->refused[SKUA_ESP_FRAGMENT] == 2);
	assert_true(pair.out->refused[SKUA_ESP_NOT_IP] == 1);
	ipsec_unpair(&pair);
	ipsec_unpair(&tunnel);
}

/* A hard limit is one in the middle of a burst, too, and for both ends. */
static void behind_a_limit(void **state)
{
	enum { N = 20 };
	struct ipsec_pair pair = ipsec_pair(&kinds[0]);
	struct skua_esp_frame f[N];
	/* The seventh still may. */
	const struct skua_sa_limits out = { .hard_packets = 13 },
				    in = { .hard_bytes = 125 * 6 + 1 };
	struct ipsec_box box[N];
	uint32_t i;

	(void)state;
	for (i = 0; i < N; i++) {
		box[i] = ipsec_box(plain, ipsec_plain(&ipv4, plain));
		f[i] = box[i].f;
		f[i].sa = pair.out;
	}
	skua_sa_set_limits(pair.out, &out);
	assert_int_equal(skua_esp_out(f, N), 13);
	assert_true(pair.out->seq == 13);
	for (i = 0; i < N; i++)
		assert_int_equal(f[i].result, i < 13 ? SKUA_ESP_OK :
						       SKUA_ESP_EXPIRED);
	skua_sa_set_limits(pair.in, &in);
	assert_int_equal(skua_esp_in(pair.table, f, 13), 7);
	for (i = 0; i < 13; i++)
		assert_int_equal(f[i].result, i < 7 ? SKUA_ESP_OK :
						      SKUA_ESP_EXPIRED);
	assert_true(pair.in->replay.top == 7);
	/* Nobody asks the cipher any more. */
	f[12].data[f[12].len - 1] ^= 1;
	refused(&pair, &f[12], f[12].len, SKUA_ESP_EXPIRED, true);
	for (i = 0; i < N; i++)
		ipsec_unbox(&box[i]);
	ipsec_unpair(&pair);
}

static void every_result_has_a_name(void **state)
{
	uint32_t i, j;

	(void)state;
	for (i = 0; i < SKUA_ESP_RESULTS; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(skua_esp_result_name[i],
						skua_esp_result_name[j]);
}

#define WAY(test, way)                                                    \
	{                                                                 \
#test " " #way, test, choose, choose_none, (void *)&(way) \
	}
#define EACH_WAY(test) WAY(test, in_place), WAY(test, apart), WAY(test, bare)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH_WAY(cut_short),
		EACH_WAY(short_and_consistent),
		EACH_WAY(turned_over),
		EACH_WAY(come_again),
		EACH_WAY(from_the_future),
		EACH_WAY(padding_lies),
		EACH_WAY(next_header_lies),
		EACH_WAY(inner_lies),
		cmocka_unit_test(whose),
		cmocka_unit_test(wrong_wrapping),
		cmocka_unit_test(not_for_us),
		cmocka_unit_test(bad_headers),
		cmocka_unit_test(bad_extensions),
		cmocka_unit_test(more_padding),
		cmocka_unit_test(cannot_be_protected),
		cmocka_unit_test(behind_a_limit),
		cmocka_unit_test(every_result_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
