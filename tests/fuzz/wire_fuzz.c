// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * What may come from a link: any bytes as a frame. A packet that the parser
 * takes must lie within them, and the builder must make a frame of it that is
 * parsed to the same packet.
 *
 * The first byte of the input says whether the identification is a guess, and
 * whether sums that are wrong are put right, for hardly any fuzzer finds a CRC.
 * The frame follows.
 */
#include <stdlib.h>
#include <string.h>

#include "wire/icrc.h"
#include "wire/wire.h"

#define GUESSED	  1
#define PUT_RIGHT 2

#define MAX_INPUT (2 * SKUA_WIRE_MAX_FRAME)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static uint32_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static void put_checksum(uint8_t *ip)
{
	uint32_t sum = 0;
	unsigned int i;

	ip[10] = ip[11] = 0;
	for (i = 0; i < 20; i += 2)
		sum += get16(ip + i);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~(sum + (sum >> 16));
	ip[10] = sum >> 8;
	ip[11] = sum;
}

/* Only where the parser has found that all lengths are right. */
static void put_icrc(uint8_t *ip)
{
	bool ipv4 = ip[0] >> 4 == 4;
	uint8_t *bth = ip + (ipv4 ? 28 : 48);
	uint32_t len = get16(bth - 4) - 8 - 4;

	skua_icrc_put(bth + len, skua_icrc(ip, ipv4, bth + len - ip));
}

static enum skua_wire_result parse_right(uint8_t *frame, uint32_t len,
					 struct skua_wire_frame *f)
{
	enum skua_wire_result ret = skua_wire_parse(frame, len, f);
	uint8_t *ip;

	if (ret != SKUA_WIRE_BAD_CHECKSUM && ret != SKUA_WIRE_BAD_ICRC)
		return ret;
	ip = frame + (get16(frame + 12) == SKUA_ETHERTYPE_VLAN ? 18 : 14);
	if (ret == SKUA_WIRE_BAD_CHECKSUM) {
		put_checksum(ip);
		ret = skua_wire_parse(frame, len, f);
		must(ret != SKUA_WIRE_BAD_CHECKSUM);
	}
	if (ret == SKUA_WIRE_BAD_ICRC) {
		put_icrc(ip);
		ret = skua_wire_parse(frame, len, f);
		must(ret != SKUA_WIRE_BAD_ICRC);
	}
	return ret;
}

static void same_packet(const struct skua_packet *a, const struct skua_packet *b)
{
	/* SE is sent only where it means something. */
	must(a->op == b->op && a->service == b->service &&
	     !((a->flags ^ b->flags) & ~SKUA_PKT_SOLICITED) &&
	     a->syndrome == b->syndrome && a->pkey == b->pkey &&
	     a->dqpn == b->dqpn && a->psn == b->psn && a->msn == b->msn &&
	     a->sqpn == b->sqpn && a->qkey == b->qkey && a->va == b->va &&
	     a->rkey == b->rkey && a->dma_len == b->dma_len &&
	     a->swap_add == b->swap_add && a->compare == b->compare &&
	     a->orig == b->orig && a->imm == b->imm && a->len == b->len);
	must(!memcmp(a->piece->host, b->piece->host, a->len));
}

static void build_again(const struct skua_wire_frame *f)
{
	const struct skua_wire_path path = {
		.av = &f->av,
		.sgid = &f->sgid,
		.sport = f->pkt.sport,
	};
	uint8_t frame[SKUA_WIRE_MAX_FRAME];
	struct skua_wire_frame again;
	struct skua_wire_cut cut;
	uint32_t len;

	if (f->cnp) {
		len = skua_wire_cnp(&path, f->pkt.pkey, f->pkt.dqpn, f->id,
				    frame);
		must(!skua_wire_parse(frame, len, &again) && again.cnp);
		return;
	}
	must(skua_wire_cut(&cut, &f->pkt, &path, SKUA_WIRE_MAX_PAYLOAD));
	len = skua_wire_head(&cut, 0, f->id, frame);
	memcpy(frame + len, f->payload.host, f->pkt.len);
	len = skua_wire_seal(frame, len + f->pkt.len);
	must(!skua_wire_parse(frame, len, &again));
	same_packet(&f->pkt, &again.pkt);
}

/*
 * The frame that comes next may be like the one before: a byte of it is another, which
 * the input's last says, and it is parsed to the same as by itself.
 */
static void parse_after(struct skua_wire_frame *before, uint8_t *frame,
			uint32_t len)
{
	uint8_t at = frame[len - 1] % SKUA_WIRE_MAX_HEAD;
	struct skua_wire_frame alone;
	enum skua_wire_result ret;

	if (at < len)
		frame[at] ^= 1 << at % 8;
	ret = skua_wire_parse(frame, len, &alone);
	must(ret == skua_wire_parse_next(frame, len, SKUA_WIRE_EXACT, before));
	if (!ret)
		same_packet(&before->pkt, &alone.pkt);
	before->len = 0;
	ret = skua_wire_parse_guessed(frame, len, &alone);
	if (skua_wire_parse_next(frame, len, SKUA_WIRE_OPENED, before) ||
	    !skua_packet_whole(&before->pkt))
		must(ret);
	else
		must(!ret);
}

/* In memory that ends where the input does. */
static void run(uint8_t mode, uint8_t *data, uint32_t len)
{
	enum skua_wire_result ret;
	struct skua_wire_frame f;

	if (mode & GUESSED)
		ret = skua_wire_parse_guessed(data, len, &f);
	else if (mode & PUT_RIGHT)
		ret = parse_right(data, len, &f);
	else
		ret = skua_wire_parse(data, len, &f);
	must(ret < SKUA_WIRE_RESULTS);
	if (ret)
		return;
	must(f.pkt.len == f.payload.len && f.pkt.len <= SKUA_WIRE_MAX_PAYLOAD);
	must(f.cnp || (f.payload.host >= data &&
		       f.payload.host + f.pkt.len <= data + len));
	build_again(&f);
	parse_after(&f, data, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;

	if (size < 2 || size > MAX_INPUT)
		return 0;
	copy = malloc(size - 1);
	must(copy);
	memcpy(copy, data + 1, size - 1);
	run(data[0], copy, size - 1);
	free(copy);
	return 0;
}
