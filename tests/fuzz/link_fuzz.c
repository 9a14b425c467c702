// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * What a link may bring to queue pairs that work: any packet, at any time, in
 * answer to anything. The peer of three connections is the input, a row of
 * steps. A packet that fits, of which a few bits may be wrong, comes further
 * than bytes at random would; these are a step, too.
 *
 * Whatever comes, memory that nobody was given stays as it is, and there are
 * no more completions than there was work. If the function's flows want all to be
 * protected (a bit of the first byte says so), what comes in the clear changes
 * nothing; packets can be sealed by the peer, who has the key.
 */
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "link/link.h"
#include "link/port.h"
#include "model.h"
#include "nic/nic.h"
#include "rdma/rc.h"
#include "steer/steer.h"
#include "wire/headers.h"
#include "wire/icrc.h"
#include "wire/wire.h"

#define MR_SIZE	  65536u
#define SECRET	  0xc5
#define MAX_STEPS 200u
#define PEER_QPN  0x123456u
#define FIRST_PSN 0xfffff0u /* of model_attr() */
#define QKEY	  0x11111111u
#define COOKIE	  7u
#define SPI	  0x1000u
#define REQID	  5u
#define PROTECTED 0x20u /* of the first byte */
#define SEALED	  0x40u /* of a step that brings a packet, */
#define SPOILED	  0x80u /* and then a bit of it is wrong */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *at;
	size_t left;
};

/* A link that brings one frame, and takes any. */
struct fake_link {
	struct skua_link link;
	uint8_t in[SKUA_FRAME_MAX], out[SKUA_FRAME_MAX];
	uint32_t in_len;
};

enum { RC, UC, UD, QPS };

static struct world {
	struct model *m;
	struct model_fn *f, peer_fn;
	struct fake_link *l;
	struct model_mr mr, secret[2]; /* one on each side of it */
	struct model_cq cq;
	struct model_qp qp[QPS];
	uint32_t psn[QPS];	/* that the peer goes on with */
	uint32_t sent[QPS];	/* PSNs of ours, roughly */
	unsigned int work;
	/* The peer's SA; of ours, and of the flows, the handles. */
	struct skua_sa_table *peer_sas;
	struct skua_sa *peer_sa;
	uint32_t sa[2], flow[2];
	bool protected, sealed;
	uint64_t brk;
	uint32_t next_slot;
} w;

#define must(what)                                                \
	do {                                                      \
		if (!(what)) {                                    \
			fprintf(stderr, "%d: %s\n", __LINE__, #what); \
			abort();                                  \
		}                                                 \
	} while (0)

/* The link ----------------------------------------------------------------- */

static struct fake_link *to_fake(struct skua_link *l)
{
	return (struct fake_link *)l;
}

static unsigned int fake_reserve(struct skua_link *l, struct skua_frame *f,
				 unsigned int n)
{
	unsigned int i;

	/* Nobody reads them: one place will do for all. */
	for (i = 0; i < n; i++)
		f[i].data = to_fake(l)->out;
	return n;
}

static void fake_commit(struct skua_link *l, const struct skua_frame *f,
			unsigned int n)
{
	(void)l;
	(void)f;
	(void)n;
}

static void fake_flush(struct skua_link *l)
{
	(void)l;
}

static unsigned int fake_receive(struct skua_link *l, struct skua_frame *f,
				 unsigned int n)
{
	struct fake_link *fake = to_fake(l);

	if (!n || !fake->in_len)
		return 0;
	*f = (struct skua_frame){ .data = fake->in, .len = fake->in_len };
	fake->in_len = 0;
	return 1;
}

static bool fake_arm(struct skua_link *l)
{
	return !to_fake(l)->in_len;
}

static const struct skua_link_ops fake_ops = {
	.reserve = fake_reserve,
	.commit = fake_commit,
	.flush = fake_flush,
	.receive = fake_receive,
	.release = fake_flush,
	.arm = fake_arm,
	.close = fake_flush,
};

static void bring(uint32_t len)
{
	w.l->in_len = len;
	skua_adapter_poll(w.m->ad);
}

/* The world ---------------------------------------------------------------- */

static struct model_mr make_mr(uint8_t access)
{
	return model_mr(w.f, MR_SIZE, access);
}

static void make_world(void)
{
	const uint8_t mac[6] = { 0x02, 0, 0, 0, 0, 0x99 };

	w.m = model_create(1, false);
	w.f = &w.m->fn[0];
	w.l = calloc(1, sizeof(*w.l));
	must(w.l);
	w.l->link = (struct skua_link){
		.ops = &fake_ops,
		.max_frame = SKUA_FRAME_MAX,
		.window = UINT32_MAX,
		.up = true,
		.fd = -1,
		.name = "fuzz",
	};
	w.m->ad->link = skua_link_port_create(w.m->ad, &w.l->link);
	must(w.m->ad->link);
	w.secret[0] = make_mr(SKUA_HWI_ACCESS_LOCAL_WRITE);
	w.mr = make_mr(SKUA_HWI_ACCESS_LOCAL_WRITE |
		       SKUA_HWI_ACCESS_REMOTE_WRITE |
		       SKUA_HWI_ACCESS_REMOTE_READ |
		       SKUA_HWI_ACCESS_REMOTE_ATOMIC);
	w.secret[1] = make_mr(SKUA_HWI_ACCESS_LOCAL_WRITE);
	memset(w.secret[0].buf, SECRET, MR_SIZE);
	memset(w.secret[1].buf, SECRET, MR_SIZE);
	w.peer_fn = *w.f;
	memcpy(w.peer_fn.mac, mac, sizeof(mac));
	w.peer_fn.gid[15] = 0x99;
	must(!skua_sa_table_create(1, NULL, NULL, &w.peer_sas));
	w.brk = w.f->brk;
	w.next_slot = w.f->next_slot;
}

/* Ours in one direction, and a flow that wants it for all there is. */
static void protect(uint8_t direction)
{
	struct skua_hwi_create_sa_in sa = {
		.spi = htole32(SPI),
		.reqid = htole32(REQID),
		.key_len = 20,
		.icv_len = 8,
	};
	struct skua_hwi_create_flow_in flow = {
		.direction = direction,
		.action = SKUA_HWI_FLOW_PROTECT,
		.sa = htole32(SKUA_HWI_NONE),
		.reqid = htole32(REQID),
	};
	bool in = direction == SKUA_HWI_FLOW_INGRESS;

	if (in) {
		sa.flags = htole32(SKUA_HWI_SA_IN);
		sa.window = htole16(64);
	}
	memcpy(in ? sa.dst : sa.src, w.f->gid, 16);
	memcpy(in ? sa.src : sa.dst, w.peer_fn.gid, 16);
	w.sa[direction] = model_create_obj(w.f, SKUA_HWI_CMD_CREATE_SA, &sa,
					   sizeof(sa));
	w.flow[direction] = model_create_obj(w.f, SKUA_HWI_CMD_CREATE_FLOW,
					     &flow, sizeof(flow));
}

static void begin_protection(void)
{
	static const uint8_t key[20];
	struct skua_sa_config cfg = {
		.spi = SPI, .material = key, .material_len = sizeof(key),
		.icv_len = 8,
	};

	protect(SKUA_HWI_FLOW_EGRESS);
	protect(SKUA_HWI_FLOW_INGRESS);
	memcpy(cfg.dst.byte, w.f->gid + 12, 4);
	must(!skua_sa_add(w.peer_sas, &cfg, &w.peer_sa));
	memset(w.mr.buf, 0, MR_SIZE);
}

static void end_protection(void)
{
	unsigned int i;

	/* Nobody who has no key has changed anything. */
	if (!w.sealed)
		must(!w.mr.buf[0] &&
		     !memcmp(w.mr.buf, w.mr.buf + 1, MR_SIZE - 1));
	skua_sa_remove(w.peer_sas, w.peer_sa);
	for (i = 0; i < 2; i++) {
		must(!model_destroy_obj(w.f, SKUA_HWI_CMD_DESTROY_FLOW,
					w.flow[i]));
		must(!model_destroy_obj(w.f, SKUA_HWI_CMD_DESTROY_SA,
					w.sa[i]));
	}
}

static void begin(bool protected)
{
	static const uint8_t type[QPS] = { SKUA_HWI_QPT_RC, SKUA_HWI_QPT_UC,
					   SKUA_HWI_QPT_UD };
	struct model_qp peer = { .f = &w.peer_fn, .qpn = PEER_QPN };
	unsigned int i;

	model_cq(w.f, &w.cq, 10);
	for (i = 0; i < QPS; i++) {
		model_qp(w.f, &w.qp[i], type[i], &w.cq, &w.cq, NULL, 7, 5);
		if (i == UD)
			model_ready(&w.qp[i], QKEY);
		else
			model_connect(&w.qp[i], &peer);
		w.psn[i] = FIRST_PSN;
		w.sent[i] = FIRST_PSN;
	}
	w.work = 0;
	w.sealed = false;
	w.protected = protected;
	if (protected)
		begin_protection();
}

static void look(void)
{
	struct skua_hwi_cqe cqe;

	while (model_look(&w.cq, &cqe)) {
		must(w.work);
		w.work--;
	}
}

static bool all_secret(const struct model_mr *mr)
{
	return mr->buf[0] == SECRET &&
	       !memcmp(mr->buf, mr->buf + 1, MR_SIZE - 1);
}

/* As if nothing had been: also the memory that it took. */
static void end(void)
{
	unsigned int i;

	look();
	must(all_secret(&w.secret[0]) && all_secret(&w.secret[1]));
	if (w.protected)
		end_protection();
	for (i = 0; i < QPS; i++)
		must(!model_destroy_obj(w.f, SKUA_HWI_CMD_DESTROY_QP,
					w.qp[i].qpn));
	must(!model_destroy_obj(w.f, SKUA_HWI_CMD_DESTROY_CQ, w.cq.cqn));
	for (i = 0; i < QPS; i++)
		memset(w.qp[i].slot, 0, sizeof(*w.qp[i].slot));
	w.f->brk = w.brk;
	w.f->next_slot = w.next_slot;
	while (model_event(&w.f->eq[0], &(struct skua_hwi_eqe){ 0 }))
		;
}

/* Steps -------------------------------------------------------------------- */

static uint8_t take(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

static uint32_t take16(struct input *in)
{
	uint32_t high = take(in);

	return high << 8 | take(in);
}

/* Inside of the region, beside it, or anywhere. */
static uint64_t take_address(struct input *in)
{
	uint8_t how = take(in);
	uint64_t off = take16(in);

	switch (how % 8) {
	case 0:
		return w.mr.iova + MR_SIZE - (off & 0xff);
	case 1:
		return w.mr.iova - (off & 0xff);
	case 2:
		return UINT64_MAX - off;
	case 3:
		return w.secret[off & 1].iova + off;
	default:
		return w.mr.iova + (how & 8 ? off & ~7u : off);
	}
}

static uint32_t take_key(struct input *in)
{
	uint8_t how = take(in);

	switch (how % 8) {
	case 0:
		return w.secret[how >> 7].key;
	case 1:
		return w.mr.key ^ 1u << how / 8;
	default:
		return w.mr.key;
	}
}

static uint32_t take_length(struct input *in)
{
	uint32_t n = take16(in);

	return n & 0x8000 ? n << 16 : n;
}

/* Where one goes on; before, behind, or far away. */
static uint32_t take_psn(struct input *in, uint32_t next)
{
	uint8_t how = take(in);

	if (!how)
		return next & SKUA_PSN_MASK;
	if (how == 0x80)
		return take16(in) << 8 & SKUA_PSN_MASK;
	return skua_psn_add(next, (int8_t)how);
}

static void fill_packet(struct input *in, struct skua_packet *pkt)
{
	unsigned int i = take(in) % QPS;
	uint8_t op = take(in);

	*pkt = (struct skua_packet){
		.op = op % (SKUA_PKT_HELLO + 1),
		.service = w.qp[i].type,
		.flags = take(in) & 0x3f,
		.syndrome = take(in),
		.pkey = SKUA_PKEY_DEFAULT,
		.dqpn = w.qp[i].qpn,
		.npsn = 1,
		.mtu = 4096,
		.msn = take(in),
		.sqpn = PEER_QPN,
		.qkey = QKEY,
		.va = take_address(in),
		.rkey = take_key(in),
		.dma_len = take_length(in),
		.swap_add = op,
		.compare = take(in),
		.orig = op,
		.imm = htobe32(w.mr.key),
		.len = take16(in) % 4097,
	};
	if (skua_packet_is_response(pkt->op)) {
		pkt->psn = take_psn(in, w.sent[i] - 1);
		return;
	}
	pkt->psn = take_psn(in, w.psn[i]);
	w.psn[i] = skua_psn_add(pkt->psn, 1);
}

/* What Skuas say to each other (doc/wire.md), by one that has been listening. */
static uint32_t fill_private(struct input *in, uint8_t op, void *to)
{
	const struct rc_hello *h =
		&to_rc(skua_qp_get(w.f->fn, w.qp[RC].qpn))->hello;
	struct skua_sack *sack = to;
	uint32_t n, i;

	if (op == SKUA_PKT_HELLO) {
		*(struct skua_hello *)to = (struct skua_hello){
			.magic = htobe32(SKUA_HELLO_MAGIC),
			.version = SKUA_HELLO_VERSION,
			.flags = take(in),
			.features = htobe16(SKUA_HELLO_SELECTIVE),
			.sqpn = htobe32(PEER_QPN),
			.cookie = htobe32(COOKIE),
			.echo = htobe32(h->cookie),
		};
		return sizeof(struct skua_hello);
	}
	sack->cookie = htobe32(h->cookie);
	sack->needless = htobe32(take(in));
	n = take(in) % (SKUA_SACK_MAP / 4 + 1) * 4;
	for (i = 0; i < n; i++)
		sack->map[i] = take(in);
	return SKUA_SACK_LEAST + n;
}

/*
 * Turn some bits of the headers over, or of what is to be judged like them, and
 * have the checksum say it is right.
 */
static void spoil(struct input *in, uint8_t *frame, uint32_t head, uint32_t len)
{
	const uint32_t bth = 14 + 20 + 8;
	unsigned int n = take(in) % 4;

	if (n == 3)
		n = 0;
	while (n--)
		frame[bth + take(in) % (head - bth)] ^= take(in);
	skua_icrc_put(frame + len - 4, skua_icrc(frame + 14, true, len - 4 - 14));
}

/* By the peer, and one bit of it turned over. */
static uint32_t seal(struct input *in, uint32_t len, bool spoiled)
{
	uint8_t buf[SKUA_ESP_HEADROOM + SKUA_FRAME_MAX + SKUA_ESP_TAILROOM];
	struct skua_esp_frame f = {
		.data = buf + SKUA_ESP_HEADROOM,
		.len = len,
		.headroom = SKUA_ESP_HEADROOM,
		.tailroom = SKUA_ESP_TAILROOM,
		.sa = w.peer_sa,
	};

	memcpy(f.data, w.l->in, len);
	must(skua_esp_out(&f, 1));
	memcpy(w.l->in, f.data, f.len);
	if (spoiled)
		w.l->in[34 + take16(in) % (f.len - 34)] ^= 1u << take(in) % 8;
	else
		w.sealed = true;
	return f.len;
}

static void packet(struct input *in, uint8_t how)
{
	static const uint8_t data[4096] = { SECRET };
	uint8_t payload[4096];
	struct skua_hwi_qp_attr attr;
	struct skua_piece piece = { .host = payload };
	struct skua_gid sgid = { .valid = true, .vlan = SKUA_HWI_VLAN_NONE };
	struct model_qp us = { .f = w.f, .qpn = w.qp[0].qpn };
	struct skua_wire_path path = { .sgid = &sgid, .sport = 50000 };
	struct skua_wire_cut cut;
	struct skua_packet pkt;
	uint32_t head, len;
	bool private;

	fill_packet(in, &pkt);
	private = pkt.op == SKUA_PKT_SACK || pkt.op == SKUA_PKT_HELLO;
	attr = model_attr(&us, &us);
	path.av = &attr.av;
	memcpy(sgid.gid, w.peer_fn.gid, sizeof(sgid.gid));
	memcpy(sgid.smac, w.peer_fn.mac, sizeof(sgid.smac));
	pkt.av = path.av;
	pkt.sgid = &sgid;
	pkt.piece = &piece;
	pkt.npieces = 1;
	/* What has no payload says so by its opcode. */
	if (private)
		pkt.len = fill_private(in, pkt.op, payload);
	else if (pkt.op != SKUA_PKT_SEND && pkt.op != SKUA_PKT_WRITE &&
		 pkt.op != SKUA_PKT_READ_RESP)
		pkt.len = 0;
	else
		memcpy(payload, data, pkt.len);
	piece.len = pkt.len;
	if (!skua_wire_cut(&cut, &pkt, &path, 4096))
		return;
	head = skua_wire_head(&cut, 0, 0, w.l->in);
	memcpy(w.l->in + head, payload, pkt.len);
	len = skua_wire_seal(w.l->in, head + pkt.len);
	spoil(in, w.l->in, private ? head + pkt.len : head, len);
	if (w.protected && how & SEALED)
		len = seal(in, len, how & SPOILED);
	bring(len);
}

static void raw(struct input *in)
{
	uint32_t len = take16(in) % SKUA_FRAME_MAX, i;

	if (len > in->left)
		len = in->left;
	for (i = 0; i < len; i++)
		w.l->in[i] = take(in);
	if (len > 6)
		memcpy(w.l->in, w.f->mac, 6);
	if (len)
		bring(len);
}

static void post(struct input *in)
{
	static const uint8_t opcode[] = {
		SKUA_HWI_WQE_SEND,  SKUA_HWI_WQE_WRITE,
		SKUA_HWI_WQE_READ, SKUA_HWI_WQE_FETCH_ADD,
	};
	unsigned int i = take(in) % UD;
	uint8_t op = opcode[take(in) % (i == UC ? 2 : 4)];
	uint32_t len = take16(in);

	if (w.work >= 32)
		return;
	if (op == SKUA_HWI_WQE_FETCH_ADD)
		len = 8;
	model_send(&w.qp[i], op, &w.mr, 0, len, 0x1000, 0x100);
	w.work++;
	w.sent[i] += (len + 4095) / 4096 + !len;
	skua_adapter_poll(w.m->ad);
}

static void post_receive(struct input *in)
{
	unsigned int i = take(in) % QPS;

	if (w.work >= 32)
		return;
	model_recv(&w.qp[i], w.work, &w.mr, 0, take16(in));
	w.work++;
}

static void step(struct input *in)
{
	uint8_t what = take(in);

	switch (what % 8) {
	case 0:
		raw(in);
		break;
	case 1:
		post(in);
		break;
	case 2:
		post_receive(in);
		break;
	case 3:
		w.m->now += 1ull << take(in) % 36;
		skua_adapter_poll(w.m->ad);
		break;
	default:
		packet(in, what);
	}
	look();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	unsigned int n, i;

	if (!w.m)
		make_world();
	begin(size && *data & PROTECTED);
	for (n = 0; in.left && n < MAX_STEPS; n++)
		step(&in);
	for (i = 0; i < 4; i++)
		skua_adapter_poll(w.m->ad);
	end();
	return 0;
}
