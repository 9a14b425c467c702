// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Frames that are wrong in one place, and what the parser says of them. Each is
 * in memory of its own that ends where it does, for the sanitizers to see.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/wire.h"

#define LEN 301u /* of the payload: three bytes of padding */

/* Where the headers are in an IPv4 and in an IPv6 frame, without a VLAN. */
#define IP   14
#define UDP4 34
#define BTH4 42
#define EXT4 54
#define UDP6 54
#define BTH6 62

static const struct skua_gid sgid4 = {
	.gid = { [10] = 0xff, 0xff, 192, 0, 2, 1 },
};
static const struct skua_gid sgid6 = { .gid = { 0xfd, [15] = 1 } };

static const struct skua_hwi_av av4 = {
	.vlan = 0xffff,
	.dgid = { [10] = 0xff, 0xff, 192, 0, 2, 2 },
	.hop_limit = 64,
};
static const struct skua_hwi_av av6 = {
	.vlan = 0xffff,
	.dgid = { 0xfd, [15] = 2 },
	.hop_limit = 64,
};

/* A packet in a frame, by default a WRITE. */
static uint32_t make(const struct skua_hwi_av *av, uint8_t op, uint32_t len,
		     uint8_t *frame)
{
	const struct skua_packet pkt = {
		.service = SKUA_HWI_QPT_RC,
		.op = op,
		.flags = SKUA_PKT_FIRST | SKUA_PKT_LAST,
		.npsn = 1,
		.len = len,
	};
	const struct skua_wire_path path = {
		.av = av,
		.sgid = av == &av4 ? &sgid4 : &sgid6,
		.sport = 0xc000,
	};
	struct skua_wire_cut cut;
	uint32_t head;

	assert_true(skua_wire_cut(&cut, &pkt, &path, 4096));
	head = skua_wire_head(&cut, 0, 0, frame);
	memset(frame + head, 0x5a, len);
	return skua_wire_seal(frame, head + len);
}

static uint16_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static void fix_checksum(uint8_t *ip)
{
	uint32_t sum = 0;
	unsigned int i;

	put16(ip + 10, 0);
	for (i = 0; i < 20; i += 2)
		sum += get16(ip + i);
	sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, ~(sum + (sum >> 16)));
}

static enum skua_wire_result parse(const uint8_t *frame, uint32_t len,
				   struct skua_wire_frame *f)
{
	enum skua_wire_result ret;
	uint8_t *copy = malloc(len ? len : 1);

	memcpy(copy, frame, len);
	ret = skua_wire_parse(copy, len, f);
	free(copy);
	return ret;
}

enum fix {
	NOTHING = 0,
	CHECKSUM = 1,
	ICRC = 2,
	BOTH = 3,
};

/* At offset at, the bits of mask become those of value. */
struct change {
	uint32_t at;
	uint8_t mask, value;
	enum fix fix;
	enum skua_wire_result result;
};

static void check_change(const struct skua_hwi_av *av, uint8_t op,
			 const struct change *c)
{
	uint32_t payload = op == SKUA_PKT_WRITE ? LEN : 0;
	uint8_t frame[SKUA_WIRE_MAX_FRAME];
	struct skua_wire_frame f;
	uint32_t len;

	len = make(av, op, payload, frame);
	assert_int_equal(parse(frame, len, &f), SKUA_WIRE_OK);
	frame[c->at] = (frame[c->at] & ~c->mask) | c->value;
	if (c->fix & CHECKSUM)
		fix_checksum(frame + IP);
	/* The ICRC covers what is before it, padding included. */
	if (c->fix & ICRC) {
		uint32_t pad = frame[av == &av4 ? BTH4 + 1 : BTH6 + 1] >> 4 & 3;

		skua_wire_seal(frame, len - 4 - pad);
	}
	if (parse(frame, len, &f) != c->result)
		fail_msg("offset %u, %#x: %s, not %s", c->at, c->value,
			 skua_wire_result_name[parse(frame, len, &f)],
			 skua_wire_result_name[c->result]);
}

static void test_ipv4(void **state)
{
	static const struct change changes[] = {
		{ 13, 0xff, 0x06, NOTHING, SKUA_WIRE_NOT_ROCE },
		{ IP + 0, 0xf0, 0x60, BOTH, SKUA_WIRE_BAD_IP },
		{ IP + 0, 0x0f, 0x04, CHECKSUM, SKUA_WIRE_BAD_IP },
		{ IP + 0, 0x0f, 0x00, CHECKSUM, SKUA_WIRE_BAD_IP },
		/* Options: what is behind them is not to our port. */
		{ IP + 0, 0x0f, 0x06, CHECKSUM, SKUA_WIRE_NOT_ROCE },
		{ IP + 2, 0xff, 0x02, CHECKSUM, SKUA_WIRE_TRUNCATED },
		{ IP + 3, 0xff, 0x00, CHECKSUM, SKUA_WIRE_BAD_LENGTH },
		{ IP + 2, 0xff, 0x00, CHECKSUM, SKUA_WIRE_BAD_LENGTH },
		{ IP + 6, 0xff, 0x20, BOTH, SKUA_WIRE_FRAGMENT },
		{ IP + 6, 0xff, 0x00, BOTH, SKUA_WIRE_OK },
		{ IP + 7, 0xff, 0x01, BOTH, SKUA_WIRE_NOT_ROCE },
		{ IP + 8, 0xff, 0x3f, NOTHING, SKUA_WIRE_BAD_CHECKSUM },
		{ IP + 8, 0xff, 0x3f, CHECKSUM, SKUA_WIRE_OK },
		{ IP + 1, 0xff, 0xff, CHECKSUM, SKUA_WIRE_OK },
		{ IP + 9, 0xff, 0x06, BOTH, SKUA_WIRE_NOT_ROCE },
		{ IP + 12, 0xff, 0x01, CHECKSUM, SKUA_WIRE_BAD_ICRC },
		{ UDP4 + 0, 0xff, 0x11, NOTHING, SKUA_WIRE_BAD_ICRC },
		{ UDP4 + 0, 0xff, 0x11, ICRC, SKUA_WIRE_OK },
		{ UDP4 + 2, 0xff, 0x11, ICRC, SKUA_WIRE_NOT_ROCE },
		{ UDP4 + 4, 0xff, 0x00, ICRC, SKUA_WIRE_BAD_LENGTH },
		{ UDP4 + 4, 0xff, 0xff, ICRC, SKUA_WIRE_BAD_LENGTH },
		{ UDP4 + 6, 0xff, 0x77, NOTHING, SKUA_WIRE_OK },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		check_change(&av4, SKUA_PKT_WRITE, &changes[i]);
}

static void test_ipv6(void **state)
{
	static const struct change changes[] = {
		{ 13, 0xff, 0x00, NOTHING, SKUA_WIRE_NOT_ROCE },
		{ IP + 0, 0xf0, 0x40, ICRC, SKUA_WIRE_BAD_IP },
		{ IP + 0, 0x0f, 0x0f, NOTHING, SKUA_WIRE_OK },
		{ IP + 1, 0xff, 0xff, NOTHING, SKUA_WIRE_OK },
		{ IP + 4, 0xff, 0x02, ICRC, SKUA_WIRE_TRUNCATED },
		{ IP + 4, 0xff, 0x00, ICRC, SKUA_WIRE_BAD_LENGTH },
		/* Hop-by-hop options, and a fragment. */
		{ IP + 6, 0xff, 0x00, ICRC, SKUA_WIRE_NOT_ROCE },
		{ IP + 6, 0xff, 0x2c, ICRC, SKUA_WIRE_NOT_ROCE },
		{ IP + 7, 0xff, 0x01, NOTHING, SKUA_WIRE_OK },
		{ IP + 9, 0xff, 0x01, NOTHING, SKUA_WIRE_BAD_ICRC },
		{ UDP6 + 2, 0xff, 0x11, ICRC, SKUA_WIRE_NOT_ROCE },
		{ UDP6 + 5, 0xff, 0x00, ICRC, SKUA_WIRE_BAD_LENGTH },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		check_change(&av6, SKUA_PKT_WRITE, &changes[i]);
}

static void test_transport(void **state)
{
	static const struct change changes[] = {
		{ BTH4 + 0, 0xff, 0x0c, NOTHING, SKUA_WIRE_BAD_ICRC },
		/* A READ with a payload, and an opcode that is reserved. */
		{ BTH4 + 0, 0xff, 0x0c, ICRC, SKUA_WIRE_BAD_LENGTH },
		{ BTH4 + 0, 0xff, 0x1f, ICRC, SKUA_WIRE_BAD_OPCODE },
		{ BTH4 + 0, 0xff, 0x65, ICRC, SKUA_WIRE_OK },
		/* A CNP and a FIRST are never padded. */
		{ BTH4 + 0, 0xff, 0x81, ICRC, SKUA_WIRE_BAD_PAD },
		{ BTH4 + 0, 0xff, 0x06, ICRC, SKUA_WIRE_BAD_PAD },
		{ BTH4 + 1, 0x0f, 0x01, ICRC, SKUA_WIRE_BAD_TVER },
		{ BTH4 + 1, 0xc0, 0x80, ICRC, SKUA_WIRE_OK },
		{ BTH4 + 4, 0xff, 0xff, NOTHING, SKUA_WIRE_OK },
		{ BTH4 + 5, 0xff, 0xff, NOTHING, SKUA_WIRE_BAD_ICRC },
	};
	/* An ACK, made into what has more headers than there are bytes. */
	static const struct change longer[] = {
		{ BTH4 + 0, 0xff, 0x12, ICRC, SKUA_WIRE_BAD_LENGTH },
		{ BTH4 + 0, 0xff, 0x13, ICRC, SKUA_WIRE_BAD_LENGTH },
		{ BTH4 + 0, 0xff, 0x0b, ICRC, SKUA_WIRE_BAD_LENGTH },
		{ BTH4 + 0, 0xff, 0x03, ICRC, SKUA_WIRE_OK },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		check_change(&av4, SKUA_PKT_WRITE, &changes[i]);
	for (i = 0; i < sizeof(longer) / sizeof(longer[0]); i++)
		check_change(&av4, SKUA_PKT_ACK, &longer[i]);
}

/* More padding than there is payload. */
static void test_pad(void **state)
{
	uint8_t frame[SKUA_WIRE_MAX_FRAME];
	struct skua_wire_frame f;
	uint32_t len;

	(void)state;
	len = make(&av4, SKUA_PKT_ACK, 0, frame);
	frame[BTH4 + 1] |= 3 << 4;
	/* Three bytes before the ICRC now count as padding: those of the MSN. */
	skua_wire_seal(frame, len - 4 - 3);
	assert_int_equal(parse(frame, len, &f), SKUA_WIRE_BAD_PAD);
}

/* What is Skua's own has a most that it can say. */
static void test_private(void **state)
{
	static const struct {
		uint8_t op;
		uint32_t len;
		enum skua_wire_result want;
	} made[] = {
		{ SKUA_PKT_HELLO, 0, SKUA_WIRE_OK },
		{ SKUA_PKT_HELLO, 20, SKUA_WIRE_OK },
		{ SKUA_PKT_HELLO, 24, SKUA_WIRE_BAD_LENGTH },
		{ SKUA_PKT_HELLO, 4096, SKUA_WIRE_BAD_LENGTH },
		{ SKUA_PKT_SACK, 8, SKUA_WIRE_OK },
		{ SKUA_PKT_SACK, 136, SKUA_WIRE_OK },
		{ SKUA_PKT_SACK, 140, SKUA_WIRE_BAD_LENGTH },
	};
	uint8_t frame[SKUA_WIRE_MAX_FRAME];
	struct skua_wire_frame f;
	unsigned int i;
	uint32_t len;

	(void)state;
	for (i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		len = make(&av4, made[i].op, made[i].len, frame);
		assert_int_equal(parse(frame, len, &f), made[i].want);
	}
	/* Not even an AETH. */
	len = make(&av4, SKUA_PKT_HELLO, 0, frame);
	frame[BTH4] = 0xd5;
	skua_wire_seal(frame, len - 4);
	assert_int_equal(parse(frame, len, &f), SKUA_WIRE_BAD_LENGTH);
}

static void test_options(void **state)
{
	uint8_t frame[SKUA_WIRE_MAX_FRAME];
	struct skua_wire_frame f;
	uint32_t len;

	(void)state;
	len = make(&av4, SKUA_PKT_WRITE, LEN, frame);
	memmove(frame + UDP4 + 4, frame + UDP4, len - UDP4);
	memset(frame + UDP4, 1, 4); /* no operation */
	frame[IP] = 0x46;
	put16(frame + IP + 2, get16(frame + IP + 2) + 4);
	fix_checksum(frame + IP);
	assert_int_equal(parse(frame, len + 4, &f), SKUA_WIRE_BAD_IP);
}

/* A frame that ends early is never right; behind its end there may be padding. */
static void test_every_length(void **state)
{
	const struct skua_hwi_av *avs[] = { &av4, &av6 };
	uint8_t frame[SKUA_WIRE_MAX_FRAME + 64];
	struct skua_wire_frame f;
	uint32_t len, cut;
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		memset(frame, 0xee, sizeof(frame));
		len = make(avs[i], SKUA_PKT_WRITE, LEN, frame);
		for (cut = 0; cut < len; cut++)
			assert_int_equal(parse(frame, cut, &f),
					 SKUA_WIRE_TRUNCATED);
		for (cut = len; cut < len + 64; cut++) {
			assert_int_equal(parse(frame, cut, &f), SKUA_WIRE_OK);
			assert_int_equal(f.pkt.len, LEN);
		}
	}
}

static void test_vlan(void **state)
{
	uint8_t frame[SKUA_WIRE_MAX_FRAME];
	struct skua_hwi_av av = av6;
	struct skua_wire_frame f;
	uint32_t len;

	(void)state;
	av.vlan = htole16(7 << 13 | 5);
	len = make(&av, SKUA_PKT_WRITE, LEN, frame);
	assert_int_equal(parse(frame, 17, &f), SKUA_WIRE_TRUNCATED);
	assert_int_equal(parse(frame, len, &f), SKUA_WIRE_OK);
	put16(frame + 14, 0xffff);
	assert_int_equal(parse(frame, len, &f), SKUA_WIRE_NOT_ROCE);
	/* A tag in a tag. */
	put16(frame + 14, 5);
	put16(frame + 16, SKUA_ETHERTYPE_VLAN);
	assert_int_equal(parse(frame, len, &f), SKUA_WIRE_NOT_ROCE);
}

/* A payload as long as any, and one that is longer. */
static void test_longest(void **state)
{
	static uint8_t frame[2 * SKUA_WIRE_MAX_FRAME];
	struct skua_wire_frame f;
	uint32_t len, more;

	(void)state;
	len = make(&av4, SKUA_PKT_WRITE, 4096, frame);
	assert_int_equal(parse(frame, len, &f), SKUA_WIRE_OK);
	for (more = 4; more <= 64; more += 4) {
		put16(frame + IP + 2, len - IP + more);
		put16(frame + UDP4 + 4, len - UDP4 + more);
		fix_checksum(frame + IP);
		skua_wire_seal(frame, len - 4 + more);
		assert_int_equal(parse(frame, len + more, &f),
				 SKUA_WIRE_BAD_LENGTH);
	}
}

/* What routers on the way may change: the ICRC stays right. */
static void test_marks(void **state)
{
	uint8_t frame[SKUA_WIRE_MAX_FRAME];
	struct skua_wire_frame f;
	uint32_t len;

	(void)state;
	len = make(&av4, SKUA_PKT_WRITE, LEN, frame);
	frame[IP + 1] |= SKUA_ECN_CE;
	fix_checksum(frame + IP);
	frame[BTH4 + 4] = 0xc0;
	assert_int_equal(parse(frame, len, &f), SKUA_WIRE_OK);
	assert_int_equal(f.ecn, SKUA_ECN_CE);
	assert_true(f.fecn && f.becn);

	len = make(&av6, SKUA_PKT_WRITE, LEN, frame);
	frame[IP + 1] |= SKUA_ECN_CE << 4;
	frame[BTH6 + 4] = 0x40;
	assert_int_equal(parse(frame, len, &f), SKUA_WIRE_OK);
	assert_int_equal(f.ecn, SKUA_ECN_CE);
	assert_true(!f.fecn && f.becn);
}

static void test_names(void **state)
{
	unsigned int i, j;

	(void)state;
	for (i = 0; i < SKUA_WIRE_RESULTS; i++) {
		assert_non_null(skua_wire_result_name[i]);
		for (j = 0; j < i; j++)
			assert_string_not_equal(skua_wire_result_name[i],
						skua_wire_result_name[j]);
	}
}

/* Payload without headers of its own: a frame that many are alike to. */
static uint32_t make_middle(const struct skua_hwi_av *av, uint32_t psn,
			    uint8_t seed, uint8_t *frame)
{
	const struct skua_packet pkt = {
		.service = SKUA_HWI_QPT_RC,
		.op = SKUA_PKT_WRITE,
		.psn = psn,
		.npsn = 1,
		.len = 1024,
	};
	const struct skua_wire_path path = {
		.av = av,
		.sgid = av == &av4 ? &sgid4 : &sgid6,
		.sport = 0xc000,
	};
	struct skua_wire_cut cut;
	uint32_t head, i;

	assert_true(skua_wire_cut(&cut, &pkt, &path, 1024));
	head = skua_wire_head(&cut, 0, 0, frame);
	for (i = 0; i < pkt.len; i++)
		frame[head + i] = i * 5 + seed;
	return skua_wire_seal(frame, head + pkt.len);
}

/* All but the copy of the head, of which not all is looked at. */
static void same(const struct skua_wire_frame *a, const struct skua_wire_frame *b)
{
	const size_t head = offsetof(struct skua_wire_frame, pkt);
	struct skua_wire_frame x = *a, y = *b;

	assert_ptr_equal(a->pkt.av, &a->av);
	assert_ptr_equal(a->pkt.sgid, &a->sgid);
	assert_ptr_equal(a->pkt.piece, &a->payload);
	x.pkt.av = y.pkt.av = NULL;
	x.pkt.sgid = y.pkt.sgid = NULL;
	x.pkt.piece = y.pkt.piece = NULL;
	assert_memory_equal((char *)&x + head, (char *)&y + head,
			    sizeof(x) - head);
}

/* The same after another frame as by itself. */
static void check_next(struct skua_wire_frame *after, const uint8_t *frame,
		       uint32_t len)
{
	struct skua_wire_frame alone;
	enum skua_wire_result ret;

	ret = skua_wire_parse_next(frame, len, SKUA_WIRE_EXACT, after);
	assert_int_equal(ret, skua_wire_parse(frame, len, &alone));
	if (!ret)
		same(after, &alone);
}

/* Whatever differs from the frame before, by a bit, is seen. */
static void test_next(void **state)
{
	const struct skua_hwi_av *avs[] = { &av4, &av6 };
	uint8_t first[SKUA_WIRE_MAX_FRAME], frame[SKUA_WIRE_MAX_FRAME];
	struct skua_wire_frame f;
	uint32_t len, i, bit, bth;

	(void)state;
	for (i = 0; i < 2; i++) {
		bth = i ? BTH6 : BTH4;
		f.len = 0;
		len = make_middle(avs[i], 7, 1, first);
		check_next(&f, first, len);
		assert_true(f.last_word);
		/* What its receiver sets is not there in the next. */
		f.pkt.placed = f.pkt.payload_lost = true;
		f.pkt.sa = (const void *)first;
		assert_int_equal(make_middle(avs[i], 0xfffff8, 2, frame), len);
		check_next(&f, frame, len);
		for (bit = 0; bit < 8 * (bth + 20); bit++) {
			check_next(&f, first, len);
			memcpy(frame, first, len);
			frame[bit / 8] ^= 1 << bit % 8;
			check_next(&f, frame, len);
			if (!i)
				fix_checksum(frame + IP);
			/* Of a version, and so a length, that there is. */
			if (bit / 8 > 13 && bit / 8 != IP)
				skua_wire_seal(frame, len - 4);
			check_next(&f, first, len);
			check_next(&f, frame, len);
		}
		check_next(&f, first, len);
		check_next(&f, first, len - 1);
		check_next(&f, first, len + 1);
	}
}

/* With nothing known of the link the frame before may have had any number. */
static void test_next_guessed(void **state)
{
	uint8_t frame[SKUA_WIRE_MAX_FRAME];
	struct skua_wire_frame f = { .len = 0 };
	uint32_t len, n;

	(void)state;
	for (n = 0; n < 8; n++) {
		len = make_middle(&av4, n, n, frame);
		put16(frame + IP + 4, n % 3 * 1000);
		skua_wire_seal(frame, len - 4);
		put16(frame + IP + 4, 0);
		fix_checksum(frame + IP);
		assert_int_equal(skua_wire_parse_next(frame, len,
						      SKUA_WIRE_ANY_ID, &f),
				 SKUA_WIRE_OK);
		assert_int_equal(f.id, n % 3 * 1000);
		assert_int_equal(f.pkt.psn, n);
	}
}

/* From somebody with an SA the ICRC of most of a WRITE may wait. */
static void test_opened(void **state)
{
	const struct skua_hwi_av *avs[] = { &av4, &av6 };
	uint8_t frame[SKUA_WIRE_MAX_FRAME];
	struct skua_wire_frame f = { .len = 0 };
	uint32_t len, n;

	(void)state;
	for (n = 0; n < 12; n++) {
		len = make_middle(avs[n / 6], n, n, frame);
		frame[len - 100] ^= n % 2;
		if (n / 6 == 0 && n % 3 == 2) {
			put16(frame + IP + 4, 77);
			fix_checksum(frame + IP);
		}
		assert_int_equal(skua_wire_parse_next(frame, len,
						      SKUA_WIRE_OPENED, &f),
				 SKUA_WIRE_OK);
		assert_ptr_equal(f.pkt.icrc, &f.icrc);
		assert_ptr_equal(f.icrc.part.at, f.payload.host);
		assert_int_equal(skua_packet_whole(&f.pkt), n % 2 == 0);
		assert_int_equal(f.icrc.wrong, n % 2);
		assert_null(f.pkt.icrc);
		assert_true(skua_packet_whole(&f.pkt));
	}
	/* What begins one, and what is short. */
	for (n = 0; n < 2; n++) {
		len = make(&av4, SKUA_PKT_WRITE, n ? 100 : 301, frame);
		assert_int_equal(skua_wire_parse_next(frame, len,
						      SKUA_WIRE_OPENED, &f),
				 SKUA_WIRE_OK);
		assert_null(f.pkt.icrc);
		frame[len - 20] ^= 1;
		assert_int_equal(skua_wire_parse_next(frame, len,
						      SKUA_WIRE_OPENED, &f),
				 SKUA_WIRE_BAD_ICRC);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ipv4),
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_transport),
		cmocka_unit_test(test_pad),
		cmocka_unit_test(test_private),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_vlan),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_next_guessed),
		cmocka_unit_test(test_opened),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
