// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * wire-cost - what a frame costs, in ns of one processor.
 *
 * WRITEs of a megabyte are cut into frames in a ring of buffers that stays in
 * the cache, as a link's does, and the frames are parsed. The steps are timed
 * apart, each over a whole message; a line is a path MTU. "copy" is that of the
 * payload and "CRC" that of ISA-L over as many bytes; "both" does the two in one go:
 * what no frame can be cheaper than.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "wire/crc.h"
#include "wire/icrc.h"
#include "wire/wire.h"

#define MESSAGE (1u << 20)
#define RING	32u /* frames: 132 KiB at most */
#define ROUNDS	300

static const struct skua_gid sgid = {
	.gid = { [10] = 0xff, 0xff, 192, 0, 2, 1 },
};
static const struct skua_hwi_av av = {
	.vlan = 0xffff,
	.dgid = { [10] = 0xff, 0xff, 192, 0, 2, 2 },
	.hop_limit = 64,
};
static const struct skua_wire_path path = {
	.av = &av,
	.sgid = &sgid,
	.sport = 0xc000,
};

static uint8_t message[MESSAGE];
static uint8_t ring[RING][SKUA_WIRE_MAX_FRAME];
static uint32_t length[RING];
static volatile uint32_t sink;

enum step { COPY, CRC, BOTH, HEAD, BUILD, PARSE, EXPLAIN, STEPS };

static const char *const step_name[STEPS] = {
	"copy", "CRC", "both", "headers", "build", "parse", "explain",
};

static void must(bool ok)
{
	if (!ok) {
		fprintf(stderr, "wire-cost: a frame is not what it was\n");
		exit(1);
	}
}

static void build(const struct skua_wire_cut *cut, uint32_t i)
{
	uint32_t off, len = skua_wire_payload(cut, i, &off);
	uint8_t *frame = ring[i % RING];
	uint32_t head = skua_wire_head(cut, i, 0, frame);

	struct skua_icrc_part icrc;

	skua_wire_begin_seal(cut, frame, head, len, &icrc);
	skua_icrc_copy_in(&icrc, message + off, len);
	length[i % RING] = skua_wire_end_seal(frame, &icrc);
}

/* As with an identification that nobody foresaw. */
static void explain(uint8_t *frame, uint32_t len, uint32_t ip_at,
		    struct skua_wire_frame *out)
{
	struct skua_ipv4_hdr *ip = (void *)(frame + ip_at);
	uint16_t checksum = ip->checksum;

	/* RFC 1624: of 0 and of all ones the sum is the same. */
	ip->id = 0xffff;
	must(!skua_wire_parse_guessed(frame, len, out) && !out->id);
	ip->id = 0;
	ip->checksum = checksum;
}

static void do_step(enum step step, const struct skua_wire_cut *cut, uint32_t i)
{
	uint8_t *frame = ring[i % RING], *payload = message + i * cut->mtu;
	static struct skua_wire_frame out;

	switch (step) {
	case COPY:
		memcpy(frame, payload, cut->mtu);
		break;
	case CRC:
		sink = skua_crc32(0, frame, cut->mtu);
		break;
	case BOTH:
		sink = skua_crc32_copy(0, frame, payload, cut->mtu, frame);
		break;
	case HEAD:
		sink = skua_wire_head(cut, i, 0, frame);
		break;
	case BUILD:
		build(cut, i);
		break;
	case PARSE:
		must(!skua_wire_parse_next(frame, length[i % RING],
					   SKUA_WIRE_EXACT, &out));
		break;
	case EXPLAIN:
		explain(frame, length[i % RING], cut->ip, &out);
		break;
	case STEPS:
		break;
	}
}

/* Of a frame, in the round that nothing disturbed. */
static double measure(enum step step, const struct skua_wire_cut *cut)
{
	double best = 1e18, start, t;
	unsigned int round;
	uint32_t i;

	for (round = 0; round < ROUNDS; round++) {
		start = now_ns();
		for (i = 0; i < cut->n; i++)
			do_step(step, cut, i);
		t = (now_ns() - start) / cut->n;
		if (t < best)
			best = t;
	}
	return best;
}

int main(void)
{
	struct skua_packet pkt = {
		.service = SKUA_HWI_QPT_RC,
		.op = SKUA_PKT_WRITE,
		.flags = SKUA_PKT_FIRST | SKUA_PKT_LAST,
		.len = MESSAGE,
	};
	struct skua_wire_cut cut;
	unsigned int step;
	uint32_t mtu;

	printf("ns a frame");
	for (step = 0; step < STEPS; step++)
		printf(" %8s", step_name[step]);
	putchar('\n');
	for (mtu = 256; mtu <= 4096; mtu *= 2) {
		pkt.npsn = MESSAGE / mtu;
		must(skua_wire_cut(&cut, &pkt, &path, mtu));
		printf("MTU %6u", mtu);
		for (step = 0; step < STEPS; step++)
			printf(" %8.0f", measure(step, &cut));
		putchar('\n');
	}
	return 0;
}
