// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * wire_vectors PCAP FIELDS - frames that somebody captured, and what tshark
 * reads in them: the parser reads the same, the ICRCs are right, and the builder
 * makes of it the same bytes again.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#include <cmocka.h>

#include "wire/opcode.h"
#include "wire/wire.h"

#define MAX_COLUMNS 64
#define MAX_LINE    1024

static const char *pcap_path, *fields_path;

/* A line of the fields, cut into its columns. */
struct line {
	char text[MAX_LINE];
	char *column[MAX_COLUMNS];
	unsigned int n;
};

struct vectors {
	FILE *pcap, *fields;
	struct line names, line;
	uint8_t frame[SKUA_WIRE_MAX_FRAME];
	uint32_t len;
	unsigned int number;
};

static bool read_line(FILE *file, struct line *line)
{
	char *p = line->text;

	if (!fgets(p, MAX_LINE, file))
		return false;
	p[strcspn(p, "\r\n")] = 0;
	for (line->n = 0; p && line->n < MAX_COLUMNS; line->n++)
		line->column[line->n] = strsep(&p, "\t");
	return true;
}

static void open_vectors(struct vectors *v)
{
	uint32_t head[6];

	v->number = 0;
	v->pcap = fopen(pcap_path, "rb");
	v->fields = fopen(fields_path, "r");
	assert_non_null(v->pcap);
	assert_non_null(v->fields);
	assert_int_equal(fread(head, sizeof(head), 1, v->pcap), 1);
	assert_true(head[0] == 0xa1b2c3d4 || head[0] == 0xa1b23c4d);
	assert_true(read_line(v->fields, &v->names));
}

static void close_vectors(struct vectors *v)
{
	/* There were as many lines as frames, and some. */
	assert_false(read_line(v->fields, &v->line));
	assert_in_range(v->number, 40, 10000);
	fclose(v->pcap);
	fclose(v->fields);
}

static bool next_vector(struct vectors *v)
{
	uint32_t head[4];

	if (!fread(head, sizeof(head), 1, v->pcap))
		return false;
	v->len = head[2];
	assert_in_range(v->len, 1, sizeof(v->frame));
	assert_int_equal(fread(v->frame, v->len, 1, v->pcap), 1);
	assert_true(read_line(v->fields, &v->line));
	assert_int_equal(v->line.n, v->names.n);
	v->number++;
	return true;
}

static const char *field(const struct vectors *v, const char *name)
{
	unsigned int i;

	for (i = 0; i < v->names.n; i++)
		if (!strcmp(v->names.column[i], name))
			return v->line.column[i];
	fail_msg("tshark was not asked for %s", name);
	return NULL;
}

static void want_text(const struct vectors *v, const char *name, const char *got)
{
	const char *want = field(v, name);

	if (strcmp(want, got))
		fail_msg("frame %u: %s is %s, not %s", v->number, name, want,
			 got);
}

/* What a frame has not is empty in one place and zero in the other. */
static void want_number(const struct vectors *v, const char *name, uint64_t got)
{
	const char *want = field(v, name);

	if (strtoull(want, NULL, 0) != got)
		fail_msg("frame %u: %s is %s, not %#" PRIx64, v->number, name,
			 want, got);
}

static void want_flag(const struct vectors *v, const char *name, bool got)
{
	want_text(v, name, got ? "True" : "False");
}

static void want_mac(const struct vectors *v, const char *name, const uint8_t *mac)
{
	char text[18];

	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0],
		 mac[1], mac[2], mac[3], mac[4], mac[5]);
	want_text(v, name, text);
}

static void want_ip(const struct vectors *v, bool ipv4, const char *which,
		    const uint8_t gid[16])
{
	char text[INET6_ADDRSTRLEN], name[16];

	inet_ntop(ipv4 ? AF_INET : AF_INET6, ipv4 ? gid + 12 : gid, text,
		  sizeof(text));
	snprintf(name, sizeof(name), "%s.%s", ipv4 ? "ip" : "ipv6", which);
	want_text(v, name, text);
	snprintf(name, sizeof(name), "%s.%s", ipv4 ? "ipv6" : "ip", which);
	want_text(v, name, "");
}

/* Four bytes that tshark does not take for a number. */
static void want_word(const struct vectors *v, const char *name, bool there,
		      uint32_t got)
{
	char text[9] = "";

	if (there)
		snprintf(text, sizeof(text), "%08x", got);
	want_text(v, name, text);
}

static void want_path(const struct vectors *v, const struct skua_wire_frame *f)
{
	uint16_t vlan = le16toh(f->av.vlan);
	bool tagged = vlan != SKUA_HWI_VLAN_NONE;

	want_mac(v, "eth.dst", f->av.dmac);
	want_mac(v, "eth.src", f->sgid.smac);
	want_number(v, "vlan.id", tagged ? vlan & SKUA_VLAN_VID_MASK : 0);
	want_number(v, "vlan.priority", f->av.sl);
	want_ip(v, f->ipv4, "src", f->sgid.gid);
	want_ip(v, f->ipv4, "dst", f->av.dgid);
	want_number(v, "ip.id", f->id);
	want_number(v, "ip.ttl", f->ipv4 ? f->av.hop_limit : 0);
	want_number(v, "ip.dsfield", f->ipv4 ? f->av.tclass : 0);
	want_number(v, "ipv6.hlim", f->ipv4 ? 0 : f->av.hop_limit);
	want_number(v, "ipv6.tclass", f->ipv4 ? 0 : f->av.tclass);
	want_number(v, "ipv6.flow", le32toh(f->av.flow_label));
	want_number(v, "udp.srcport", f->pkt.sport);
}

static void want_bth(const struct vectors *v, const struct skua_wire_frame *f)
{
	const struct skua_packet *pkt = &f->pkt;

	want_number(v, "infiniband.bth.opcode", f->opcode);
	want_flag(v, "infiniband.bth.se", pkt->flags & SKUA_PKT_SOLICITED);
	want_flag(v, "infiniband.bth.m", f->migreq);
	want_number(v, "infiniband.bth.padcnt", f->pad);
	want_number(v, "infiniband.bth.p_key", pkt->pkey);
	want_number(v, "infiniband.bth.destqp", pkt->dqpn);
	want_flag(v, "infiniband.bth.a", pkt->flags & SKUA_PKT_ACK_REQ);
	want_number(v, "infiniband.bth.psn", pkt->psn);
}

static void want_extended(const struct vectors *v,
			  const struct skua_wire_frame *f)
{
	const struct skua_packet *pkt = &f->pkt;
	uint8_t ext = skua_wire_opcodes[f->opcode].ext;

	want_number(v, "infiniband.deth.q_key", pkt->qkey);
	want_number(v, "infiniband.deth.srcqp", pkt->sqpn);
	want_number(v, "infiniband.reth.va", pkt->va);
	want_number(v, "infiniband.reth.r_key", pkt->rkey);
	want_number(v, "infiniband.reth.dmalen", pkt->dma_len);
	want_number(v, "infiniband.atomiceth.swapdt", pkt->swap_add);
	want_number(v, "infiniband.atomiceth.cmpdt", pkt->compare);
	want_number(v, "infiniband.aeth.syndrome", pkt->syndrome);
	want_number(v, "infiniband.aeth.msn", pkt->msn);
	want_number(v, "infiniband.atomicacketh.origremdt", pkt->orig);
	want_word(v, "infiniband.immdt", ext & SKUA_EXT_IMM, be32toh(pkt->imm));
	want_word(v, "infiniband.ieth", ext & SKUA_EXT_IETH, pkt->inv_key);
	want_number(v, "data.len", pkt->len + f->pad);
}

static void test_read_as_tshark(void **state)
{
	struct skua_wire_frame f;
	struct vectors v;

	(void)state;
	open_vectors(&v);
	while (next_vector(&v)) {
		assert_int_equal(skua_wire_parse(v.frame, v.len, &f),
				 SKUA_WIRE_OK);
		want_path(&v, &f);
		want_bth(&v, &f);
		want_extended(&v, &f);
	}
	close_vectors(&v);
}

/* A wrong bit at the end of what the ICRC covers, and in itself. */
static void test_icrc(void **state)
{
	struct skua_wire_frame f;
	struct vectors v;
	uint32_t at;

	(void)state;
	open_vectors(&v);
	while (next_vector(&v)) {
		for (at = v.len - 1; at > v.len - 9; at--) {
			v.frame[at] ^= 0x10;
			assert_int_equal(skua_wire_parse(v.frame, v.len, &f),
					 SKUA_WIRE_BAD_ICRC);
			v.frame[at] ^= 0x10;
		}
	}
	close_vectors(&v);
}

/* Another identification, in a header that is right otherwise (RFC 1624). */
static void guess_id(const struct skua_wire_frame *f, uint8_t *frame,
		     uint16_t id)
{
	bool tag = f->av.vlan != htole16(SKUA_HWI_VLAN_NONE);
	struct skua_ipv4_hdr *ip = (void *)(frame + (tag ? 18 : 14));
	uint32_t sum = be16toh(ip->checksum) + be16toh(ip->id) +
		       (uint16_t)~id;

	sum = (sum & 0xffff) + (sum >> 16);
	ip->checksum = htobe16((sum & 0xffff) + (sum >> 16));
	ip->id = htobe16(id);
}

/* As from a UDP socket: the identification that Linux chose is found. */
static void test_guessed(void **state)
{
	struct skua_wire_frame f, guessed;
	struct vectors v;

	(void)state;
	open_vectors(&v);
	while (next_vector(&v)) {
		assert_int_equal(skua_wire_parse(v.frame, v.len, &f),
				 SKUA_WIRE_OK);
		if (f.ipv4)
			guess_id(&f, v.frame, v.number);
		assert_int_equal(
			skua_wire_parse_guessed(v.frame, v.len, &guessed),
			SKUA_WIRE_OK);
		assert_int_equal(guessed.id, f.id);
		want_bth(&v, &guessed);
		want_extended(&v, &guessed);
	}
	close_vectors(&v);
}

static uint32_t rebuild(const struct skua_wire_frame *f, uint8_t *frame)
{
	const struct skua_wire_path path = {
		.av = &f->av,
		.sgid = &f->sgid,
		.sport = f->pkt.sport,
	};
	struct skua_wire_cut cut;
	uint32_t head;

	if (f->cnp)
		return skua_wire_cnp(&path, f->pkt.pkey, f->pkt.dqpn, f->id,
				     frame);
	assert_true(skua_wire_cut(&cut, &f->pkt, &path, 4096));
	head = skua_wire_head(&cut, 0, f->id, frame);
	memcpy(frame + head, f->payload.host, f->pkt.len);
	/* Linux rxe leaves M clear. */
	if (!f->migreq)
		frame[cut.bth + 1] &= ~SKUA_BTH_MIGREQ;
	return skua_wire_seal(frame, head + f->pkt.len);
}

static void test_rebuild(void **state)
{
	uint8_t frame[SKUA_WIRE_MAX_FRAME];
	struct skua_wire_frame f;
	struct vectors v;

	(void)state;
	open_vectors(&v);
	while (next_vector(&v)) {
		assert_int_equal(skua_wire_parse(v.frame, v.len, &f),
				 SKUA_WIRE_OK);
		assert_int_equal(rebuild(&f, frame), v.len);
		assert_memory_equal(frame, v.frame, v.len);
	}
	close_vectors(&v);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_as_tshark),
		cmocka_unit_test(test_icrc),
		cmocka_unit_test(test_guessed),
		cmocka_unit_test(test_rebuild),
	};

	if (argc != 3) {
		fprintf(stderr, "usage: %s PCAP FIELDS\n", argv[0]);
		return 2;
	}
	pcap_path = argv[1];
	fields_path = argv[2];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
