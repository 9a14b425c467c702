// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * wire_round [PCAP] - descriptors cut into frames, which are parsed: what comes
 * out is what went in. Those of the smallest MTU are left in PCAP for others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "steer/key.h"
#include "wire/opcode.h"
#include "wire/wire.h"

#define FIRST SKUA_PKT_FIRST
#define LAST  SKUA_PKT_LAST
#define ONLY  (SKUA_PKT_FIRST | SKUA_PKT_LAST)
#define IMM   SKUA_PKT_IMM
#define INV   SKUA_PKT_INV

#define RC SKUA_HWI_QPT_RC
#define UC SKUA_HWI_QPT_UC
#define UD SKUA_HWI_QPT_UD

/* What there is, by the numbers of IBTA 9.2, and of how many packets. */
static const struct {
	uint8_t service, op, flags;
	uint8_t packets;
	uint8_t opcode[3];
} kinds[] = {
	{ RC, SKUA_PKT_SEND, ONLY, 3, { 0x00, 0x01, 0x02 } },
	{ RC, SKUA_PKT_SEND, ONLY, 2, { 0x00, 0x02 } },
	{ RC, SKUA_PKT_SEND, ONLY, 1, { 0x04 } },
	{ RC, SKUA_PKT_SEND, FIRST, 2, { 0x00, 0x01 } },
	{ RC, SKUA_PKT_SEND, 0, 2, { 0x01, 0x01 } },
	{ RC, SKUA_PKT_SEND, LAST, 1, { 0x02 } },
	{ RC, SKUA_PKT_SEND, ONLY | IMM, 2, { 0x00, 0x03 } },
	{ RC, SKUA_PKT_SEND, ONLY | IMM, 1, { 0x05 } },
	{ RC, SKUA_PKT_SEND, ONLY | INV, 2, { 0x00, 0x16 } },
	{ RC, SKUA_PKT_SEND, ONLY | INV, 1, { 0x17 } },
	{ RC, SKUA_PKT_WRITE, ONLY, 3, { 0x06, 0x07, 0x08 } },
	{ RC, SKUA_PKT_WRITE, ONLY, 1, { 0x0a } },
	{ RC, SKUA_PKT_WRITE, ONLY | IMM, 2, { 0x06, 0x09 } },
	{ RC, SKUA_PKT_WRITE, LAST | IMM, 3, { 0x07, 0x07, 0x09 } },
	{ RC, SKUA_PKT_WRITE, ONLY | IMM, 1, { 0x0b } },
	{ RC, SKUA_PKT_READ, ONLY, 0, { 0x0c } },
	{ RC, SKUA_PKT_READ_RESP, ONLY, 3, { 0x0d, 0x0e, 0x0f } },
	{ RC, SKUA_PKT_READ_RESP, ONLY, 1, { 0x10 } },
	{ RC, SKUA_PKT_ACK, ONLY, 0, { 0x11 } },
	{ RC, SKUA_PKT_ATOMIC_RESP, ONLY, 0, { 0x12 } },
	{ RC, SKUA_PKT_CMP_SWAP, ONLY, 0, { 0x13 } },
	{ RC, SKUA_PKT_FETCH_ADD, ONLY, 0, { 0x14 } },
	{ RC, SKUA_PKT_HELLO, ONLY, 1, { 0xd4 } },
	{ RC, SKUA_PKT_SACK, ONLY, 1, { 0xd5 } },
	{ UC, SKUA_PKT_SEND, ONLY, 3, { 0x20, 0x21, 0x22 } },
	{ UC, SKUA_PKT_SEND, ONLY, 1, { 0x24 } },
	{ UC, SKUA_PKT_SEND, ONLY | IMM, 2, { 0x20, 0x23 } },
	{ UC, SKUA_PKT_SEND, ONLY | IMM, 1, { 0x25 } },
	{ UC, SKUA_PKT_WRITE, ONLY, 3, { 0x26, 0x27, 0x28 } },
	{ UC, SKUA_PKT_WRITE, ONLY, 1, { 0x2a } },
	{ UC, SKUA_PKT_WRITE, ONLY | IMM, 2, { 0x26, 0x29 } },
	{ UC, SKUA_PKT_WRITE, ONLY | IMM, 1, { 0x2b } },
	{ UD, SKUA_PKT_SEND, ONLY, 1, { 0x64 } },
	{ UD, SKUA_PKT_SEND, ONLY | IMM, 1, { 0x65 } },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static uint8_t data[3 * SKUA_WIRE_MAX_PAYLOAD];
static bool seen[256];
static FILE *dump;

static const struct skua_gid sgid4 = {
	.gid = { [10] = 0xff, 0xff, 192, 0, 2, 1 },
	.smac = { 2, 0, 0, 0, 0, 1 },
};
static const struct skua_gid sgid6 = {
	.gid = { 0xfd, 0, 0, 2, [15] = 1 },
	.smac = { 2, 0, 0, 0, 0, 1 },
};

struct path {
	struct skua_hwi_av av;
	struct skua_wire_path path;
	uint16_t id;
};

static void make_path(struct path *p, bool ipv4, bool vlan)
{
	static const uint8_t dgid4[16] = { [10] = 0xff, 0xff, 192, 0, 2, 2 };
	static const uint8_t dgid6[16] = { 0xfd, 0, 0, 2, [15] = 2 };

	*p = (struct path){
		.av = {
			.dmac = { 2, 0, 0, 0, 0, 2 },
			.vlan = htole16(vlan ? 5 << 13 | 1234
					     : SKUA_HWI_VLAN_NONE),
			.flow_label = htole32(0xabcde),
			.hop_limit = 64,
			.tclass = 0xb9,
		},
		.path = {
			.sgid = ipv4 ? &sgid4 : &sgid6,
			.sport = 0xc123,
			.ect = ipv4 != vlan,
		},
		.id = 0x1ce1,
	};
	p->path.av = &p->av;
	memcpy(p->av.dgid, ipv4 ? dgid4 : dgid6, 16);
}

static struct skua_packet make_packet(unsigned int kind)
{
	struct skua_packet pkt = {
		.op = kinds[kind].op,
		.service = kinds[kind].service,
		.flags = kinds[kind].flags | SKUA_PKT_SOLICITED | SKUA_PKT_ACK_REQ,
		.syndrome = 0x61,
		.pkey = 0x8abc,
		.dqpn = 0x123456,
		.psn = 0xfffffe,
		.npsn = kinds[kind].packets ? kinds[kind].packets : 1,
		.msn = 0x654321,
		.sqpn = 0xfedcba,
		.qkey = 0x80010203,
		.va = 0x1122334455667788,
		.rkey = 0x99aabbcc,
		.dma_len = 0x12345,
		.swap_add = 0x0102030405060708,
		.compare = 0x1112131415161718,
		.orig = 0x2122232425262728,
		.inv_key = 0x0badcafe,
	};

	return pkt;
}

static uint32_t make_frame(const struct skua_wire_cut *cut, uint32_t i,
			   uint16_t id, uint8_t *frame)
{
	uint32_t off, len = skua_wire_payload(cut, i, &off);
	uint32_t head = skua_wire_head(cut, i, id, frame);

	assert_in_range(head, 1, SKUA_WIRE_MAX_HEAD);
	memcpy(frame + head, data + off, len);
	return skua_wire_seal(frame, head + len);
}

/* A record of a pcap file, at time 0. */
static void dump_frame(const uint8_t *frame, uint32_t len)
{
	const uint32_t head[4] = { 0, 0, len, len };

	if (dump) {
		fwrite(head, sizeof(head), 1, dump);
		fwrite(frame, len, 1, dump);
	}
}

static void check_path(const struct path *p, const struct skua_wire_frame *f)
{
	uint16_t vlan = le16toh(p->av.vlan);
	bool ipv4 = skua_wire_is_ipv4(p->av.dgid);
	uint8_t ecn = p->path.ect ? SKUA_ECN_ECT0 : 1;

	assert_memory_equal(f->av.dmac, p->av.dmac, 6);
	assert_memory_equal(f->sgid.smac, p->path.sgid->smac, 6);
	assert_int_equal(f->av.vlan, p->av.vlan);
	assert_int_equal(f->sgid.vlan, vlan);
	assert_int_equal(f->av.sl, vlan == SKUA_HWI_VLAN_NONE ? 0 : 5);
	assert_memory_equal(f->av.dgid, p->av.dgid, 16);
	assert_memory_equal(f->sgid.gid, p->path.sgid->gid, 16);
	assert_int_equal(f->av.hop_limit, 64);
	assert_int_equal(f->av.tclass, 0xb8 | ecn);
	assert_int_equal(f->ecn, ecn);
	assert_int_equal(f->av.flow_label, ipv4 ? 0 : p->av.flow_label);
	assert_int_equal(f->ipv4, ipv4);
	assert_int_equal(f->id, ipv4 ? p->id : 0);
	assert_int_equal(f->pkt.sport, p->path.sport);
}

static void check_extended(const struct skua_packet *want,
			   const struct skua_packet *got, uint8_t ext)
{
	bool rdma = ext & (SKUA_EXT_RETH | SKUA_EXT_ATOMIC);
	bool deth = ext & SKUA_EXT_DETH, aeth = ext & SKUA_EXT_AETH;
	bool atomic = ext & SKUA_EXT_ATOMIC;

	assert_int_equal(got->qkey, deth ? want->qkey : 0);
	assert_int_equal(got->sqpn, deth ? want->sqpn : 0);
	assert_int_equal(got->va, rdma ? want->va : 0);
	assert_int_equal(got->rkey, rdma ? want->rkey : 0);
	assert_int_equal(got->dma_len, ext & SKUA_EXT_RETH ? want->dma_len : 0);
	assert_int_equal(got->swap_add, atomic ? want->swap_add : 0);
	assert_int_equal(got->compare, atomic ? want->compare : 0);
	assert_int_equal(got->syndrome, aeth ? want->syndrome : 0);
	assert_int_equal(got->msn, aeth ? want->msn : 0);
	assert_int_equal(got->orig, ext & SKUA_EXT_ATOMIC_ACK ? want->orig : 0);
	assert_int_equal(got->inv_key, ext & (SKUA_EXT_IMM | SKUA_EXT_IETH)
					       ? want->inv_key
					       : 0);
}

static uint8_t want_flags(const struct skua_packet *pkt, uint32_t i)
{
	bool data_op = pkt->op == SKUA_PKT_SEND ||
		       (pkt->op == SKUA_PKT_WRITE && pkt->flags & IMM);
	uint8_t flags = pkt->flags;

	if (i)
		flags &= ~FIRST;
	if (i + 1 < pkt->npsn)
		flags &= FIRST;
	if (!data_op || !(flags & LAST))
		flags &= ~SKUA_PKT_SOLICITED;
	return flags;
}

static void check_frame(const struct skua_wire_cut *cut, uint32_t i,
			const struct skua_wire_frame *f)
{
	const struct skua_packet *want = cut->pkt, *got = &f->pkt;
	uint32_t off, len = skua_wire_payload(cut, i, &off);

	assert_ptr_equal(got->av, &f->av);
	assert_ptr_equal(got->sgid, &f->sgid);
	assert_int_equal(got->op, want->op);
	assert_int_equal(got->service, want->service);
	assert_int_equal(got->flags, want_flags(want, i));
	assert_int_equal(got->pkey, want->pkey);
	assert_int_equal(got->dqpn, want->dqpn);
	assert_int_equal(got->psn, skua_psn_add(want->psn, i));
	assert_int_equal(got->npsn, 1);
	assert_true(f->migreq);
	assert_false(f->fecn || f->becn || f->cnp);
	check_extended(want, got, skua_wire_opcodes[f->opcode].ext);

	assert_int_equal(got->len, len);
	assert_int_equal(f->pad, -len & 3);
	assert_int_equal(got->npieces, 1);
	assert_int_equal(got->payload_off, 0);
	assert_null(got->piece->mk);
	assert_int_equal(got->piece->len, len);
	assert_memory_equal(got->piece->host, data + off, len);
}

/* The same frame, but for an identification that somebody had to guess. */
static void check_guessed(const struct skua_wire_cut *cut, uint32_t i,
			  const uint8_t *sent, uint32_t len,
			  const struct skua_wire_frame *parsed)
{
	uint8_t frame[SKUA_WIRE_MAX_FRAME];
	struct skua_ipv4_hdr *ip = (void *)(frame + cut->ip);
	struct skua_wire_frame f;
	uint32_t sum;

	memcpy(frame, sent, len);
	if (cut->ipv4) {
		/* RFC 1624: less of one makes more of the other. */
		sum = be16toh(ip->checksum) + be16toh(ip->id);
		ip->checksum = htobe16((sum & 0xffff) + (sum >> 16));
		ip->id = 0;
	}
	assert_int_equal(skua_wire_parse_guessed(frame, len, &f), SKUA_WIRE_OK);
	check_frame(cut, i, &f);
	assert_int_equal(f.id, parsed->id);
	if (parsed->id)
		assert_int_equal(skua_wire_parse(frame, len, &f),
				 SKUA_WIRE_BAD_ICRC);
}

/* Flows find the same in a descriptor and in its frames. */
static void check_keys(const struct skua_wire_frame *f, const uint8_t *frame,
		       uint32_t len)
{
	struct skua_flow_key of_packet, of_frame;

	skua_flow_key_rdma(&of_packet, &f->pkt);
	skua_flow_key_frame(&of_frame, frame, len);
	assert_memory_equal(&of_packet, &of_frame, sizeof(of_frame));
}

static void round_trip(unsigned int kind, const struct path *p, uint32_t mtu,
		       uint32_t len)
{
	struct skua_packet pkt = make_packet(kind);
	uint8_t frame[SKUA_WIRE_MAX_FRAME];
	struct skua_wire_frame f;
	struct skua_wire_cut cut;
	uint32_t i, size;

	pkt.len = len;
	assert_true(skua_wire_cut(&cut, &pkt, &p->path, mtu));
	assert_int_equal(cut.n, pkt.npsn);
	for (i = 0; i < cut.n; i++) {
		size = make_frame(&cut, i, p->id, frame);
		assert_in_range(size, 1, sizeof(frame));
		assert_int_equal(frame[cut.bth], kinds[kind].opcode[i]);
		/* Reserved bits beside the QPN and the PSN. */
		assert_int_equal(frame[cut.bth + 4], 0);
		assert_int_equal(frame[cut.bth + 8] & 0x7f, 0);
		assert_int_equal(skua_wire_parse(frame, size, &f), SKUA_WIRE_OK);
		assert_int_equal(f.opcode, kinds[kind].opcode[i]);
		seen[f.opcode] = true;
		/* tshark knows nothing of what is Skua's own. */
		if (mtu == 256 && f.opcode < SKUA_BTH_HELLO)
			dump_frame(frame, size);
		check_path(p, &f);
		check_frame(&cut, i, &f);
		check_keys(&f, frame, size);
		check_guessed(&cut, i, frame, size, &f);
	}
}

/* All lengths that end in each padding, at either end of the last packet. */
static void each_length(unsigned int kind, const struct path *p, uint32_t mtu)
{
	uint32_t most = skua_wire_opcodes[kinds[kind].opcode[0]].payload;
	uint32_t n = kinds[kind].packets, pad;

	if (most < SKUA_WIRE_MAX_PAYLOAD) {
		round_trip(kind, p, mtu, 0);
		round_trip(kind, p, mtu, most);
		return;
	}
	round_trip(kind, p, mtu, n * mtu);
	if (!(kinds[kind].flags & LAST))
		return;
	for (pad = 1; pad <= 4; pad++) {
		round_trip(kind, p, mtu, n * mtu - pad);
		round_trip(kind, p, mtu, (n - 1) * mtu + pad);
	}
	if (n == 1)
		round_trip(kind, p, mtu, 0);
}

static void test_round_trip(void **state)
{
	unsigned int kind, how, code;
	struct path p;
	uint32_t mtu;

	(void)state;
	for (kind = 0; kind < KINDS; kind++)
		for (how = 0; how < 4; how++)
			for (mtu = 256; mtu <= 4096; mtu *= 2) {
				make_path(&p, how & 1, how & 2);
				each_length(kind, &p, mtu);
			}
	/* None was left out, and there is none but these. */
	for (code = 0; code < 256; code++)
		assert_int_equal(skua_wire_opcodes[code].known,
				 seen[code] || code == SKUA_BTH_CNP);
}

static void test_not_cut(void **state)
{
	static const struct {
		uint8_t service, op, flags;
		uint32_t npsn, len;
	} bad[] = {
		{ UC, SKUA_PKT_READ, ONLY, 1, 0 },
		{ UC, SKUA_PKT_SEND, ONLY | INV, 1, 1 },
		{ UD, SKUA_PKT_WRITE, ONLY, 1, 1 },
		{ UD, SKUA_PKT_SEND, ONLY, 2, 300 },
		{ RC, SKUA_PKT_READ, FIRST, 1, 0 },
		{ RC, SKUA_PKT_WRITE, ONLY | INV, 1, 1 },
		{ RC, SKUA_PKT_SEND, ONLY | INV | IMM, 1, 1 },
		{ RC, SKUA_PKT_SEND, ONLY | INV | IMM, 2, 300 },
		{ RC, SKUA_PKT_SEND, FIRST | IMM, 1, 256 },
		{ RC, SKUA_PKT_SEND, ONLY, 0, 0 },
		{ RC, SKUA_PKT_SEND, ONLY, 1, 257 },
		{ RC, SKUA_PKT_SEND, ONLY, 2, 256 },
		{ SKUA_HWI_QPT_ETH, SKUA_PKT_SEND, ONLY, 1, 1 },
		{ RC, SKUA_PKT_HELLO + 1, ONLY, 1, 1 },
		{ RC, SKUA_PKT_SACK, FIRST, 1, 256 },
	};
	struct skua_wire_cut cut;
	unsigned int i;
	struct path p;

	(void)state;
	make_path(&p, true, false);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct skua_packet pkt = {
			.service = bad[i].service,
			.op = bad[i].op,
			.flags = bad[i].flags,
			.npsn = bad[i].npsn,
			.len = bad[i].len,
		};

		assert_false(skua_wire_cut(&cut, &pkt, &p.path, 256));
	}
}

static void test_cnp(void **state)
{
	uint8_t frame[SKUA_WIRE_MAX_FRAME];
	struct skua_wire_frame f;
	struct path p;
	uint32_t size;
	int how;

	(void)state;
	for (how = 0; how < 4; how++) {
		make_path(&p, how & 1, how & 2);
		size = skua_wire_cnp(&p.path, 0xffff, 0x123456, p.id, frame);
		assert_int_equal(skua_wire_parse(frame, size, &f), SKUA_WIRE_OK);
		dump_frame(frame, size);
		p.path.ect = false;
		check_path(&p, &f);
		assert_true(f.cnp && f.becn && !f.fecn);
		assert_int_equal(f.pkt.dqpn, 0x123456);
		assert_int_equal(f.pkt.pkey, 0xffff);
		assert_int_equal(f.pkt.len, 0);
	}
}

static void test_sport(void **state)
{
	(void)state;
	assert_int_equal(skua_wire_sport(0x12345, 1, 2), 0xe341);
	/* Beyond the 20 bits there is nothing. */
	assert_int_equal(skua_wire_sport(0xfff12345, 1, 2), 0xe341);
	/* Both ends of a connection use the same. */
	assert_int_equal(skua_wire_sport(0, 17, 0xabcdef),
			 skua_wire_sport(0, 0xabcdef, 17));
	assert_int_equal(skua_wire_sport(0, 0x11, 0x13), 0xc143);
}

static int setup(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(data); i++)
		data[i] = i * 37 + (i >> 8);
	return 0;
}

static void dump_begin(const char *path)
{
	/* Magic, version 2.4, frames of up to 64 KiB, Ethernet. */
	const uint32_t head[6] = { 0xa1b2c3d4, 4 << 16 | 2, 0, 0, 65535, 1 };

	dump = fopen(path, "wb");
	if (!dump) {
		perror(path);
		exit(1);
	}
	fwrite(head, sizeof(head), 1, dump);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_not_cut),
		cmocka_unit_test(test_cnp),
		cmocka_unit_test(test_sport),
	};

	int failed;

	if (argc > 1)
		dump_begin(argv[1]);
	failed = cmocka_run_group_tests(tests, setup, NULL);
	if (dump && fclose(dump)) {
		perror(argv[1]);
		return 1;
	}
	return failed;
}
