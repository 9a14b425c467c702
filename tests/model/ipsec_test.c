// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * SAs and flows at work (hwi §9.9, §9.10): between functions of one adapter and
 * over a link, for RDMA packets and frames; what they let through, what not, and
 * what is told of it.
 */
#include "ends.h"

#include "rdma/rc.h"
#include "wire/wire.h"

#define SPI   0x1000u
#define REQID 7u
#define LEN   10000u

/* Two functions that an RC connection joins, wherever they are. */
struct sides {
	struct model_fn *f[2];
	struct model_pair *p;
	struct model_mr *mr;
	struct ends *ends; /* NULL: one adapter */
	struct rig *rig;
};

static struct sides of_rig(struct rig *r)
{
	return (struct sides){
		{ &r->m->fn[0], &r->m->fn[1] }, &r->p, r->mr, NULL, r
	};
}

static struct sides of_ends(struct ends *e)
{
	return (struct sides){ { e->f[0], e->f[1] }, &e->p, e->mr, e, NULL };
}

static void run(struct sides *s, uint64_t ns)
{
	if (s->ends)
		ends_advance(s->ends, ns);
	else
		model_advance(s->rig->m, ns);
}

/* Objects --------------------------------------------------------------------- */

static struct skua_hwi_create_sa_in
sa_in(const struct model_fn *from, const struct model_fn *to, uint32_t flags)
{
	struct skua_hwi_create_sa_in in = {
		.spi = htole32(SPI),
		.reqid = htole32(REQID),
		.flags = htole32(flags),
		.key_len = 20,
		.icv_len = 16,
	};
	unsigned int i;

	memcpy(in.src, from->gid, 16);
	memcpy(in.dst, to->gid, 16);
	for (i = 0; i < in.key_len; i++)
		in.key[i] = i * 3 + 1;
	if (flags & SKUA_HWI_SA_IN)
		in.window = htole16(64);
	else if (flags & SKUA_HWI_SA_TUNNEL)
		in.hop_limit = 64;
	return in;
}

static uint32_t add_sa(struct model_fn *f, const struct skua_hwi_create_sa_in *in)
{
	return model_create_obj(f, SKUA_HWI_CMD_CREATE_SA, in, sizeof(*in));
}

static struct skua_hwi_create_flow_in flow_in(uint8_t direction, uint8_t action)
{
	struct skua_hwi_create_flow_in in = {
		.direction = direction,
		.action = action,
	};

	if (action == SKUA_HWI_FLOW_PROTECT) {
		in.sa = htole32(SKUA_HWI_NONE);
		in.reqid = htole32(REQID);
	}
	return in;
}

static uint32_t add_flow(struct model_fn *f,
			 const struct skua_hwi_create_flow_in *in)
{
	return model_create_obj(f, SKUA_HWI_CMD_CREATE_FLOW, in, sizeof(*in));
}

/* All between two addresses, to be protected by SAs of the reqid. */
static uint32_t protect(struct model_fn *f, uint8_t direction,
			const struct model_fn *from, const struct model_fn *to)
{
	struct skua_hwi_create_flow_in in =
		flow_in(direction, SKUA_HWI_FLOW_PROTECT);

	in.match.src_prefix = in.match.dst_prefix = 128;
	memcpy(in.match.src, from->gid, 16);
	memcpy(in.match.dst, to->gid, 16);
	return add_flow(f, &in);
}

struct one_way {
	uint32_t out, in, out_flow, in_flow;
};

static struct one_way join(struct model_fn *from, struct model_fn *to,
			   uint32_t flags)
{
	struct skua_hwi_create_sa_in out = sa_in(from, to, flags);
	struct skua_hwi_create_sa_in in = sa_in(from, to, flags | SKUA_HWI_SA_IN);

	return (struct one_way){
		.out = add_sa(from, &out),
		.in = add_sa(to, &in),
		.out_flow = protect(from, SKUA_HWI_FLOW_EGRESS, from, to),
		.in_flow = protect(to, SKUA_HWI_FLOW_INGRESS, from, to),
	};
}

static struct skua_hwi_query_sa_out query_sa(struct model_fn *f, uint32_t sa)
{
	struct skua_hwi_handle_in in = { .handle = htole32(sa) };
	struct skua_hwi_query_sa_out out;

	assert_int_equal(model_cmd(f, SKUA_HWI_CMD_QUERY_SA, &in, sizeof(in),
				   &out, sizeof(out)),
			 SKUA_HWI_OK);
	return out;
}

static uint64_t counter_of(struct model_fn *f, uint32_t group, uint32_t which)
{
	struct skua_hwi_query_counters_in in = { .group = htole32(group) };
	struct skua_hwi_query_counters_out out;

	assert_int_equal(model_cmd(f, SKUA_HWI_CMD_QUERY_COUNTERS, &in,
				   sizeof(in), &out, sizeof(out)),
			 SKUA_HWI_OK);
	return le64toh(out.counter[which]);
}

#define COUNTER(f, name) \
	counter_of(f, SKUA_HWI_COUNTERS_IPSEC, SKUA_HWI_CNT_IPSEC_##name)

/* Traffic ---------------------------------------------------------------------- */

static void fill(struct sides *s, unsigned int seed)
{
	unsigned int i;

	for (i = 0; i < LEN; i++) {
		s->mr[0].buf[i] = i * 7 + seed;
		s->mr[1].buf[i] = 0;
	}
}

static void post(struct sides *s, uint8_t opcode)
{
	model_send(&s->p->qp[0], opcode, &s->mr[0], 0, LEN, s->mr[1].iova,
		   s->mr[1].key);
	run(s, 0);
}

static bool done(struct sides *s, uint8_t *status)
{
	struct skua_hwi_cqe cqe;

	if (!model_poll(&s->p->cq[0], &cqe))
		return false;
	*status = cqe.status;
	return true;
}

static void expect_write(struct sides *s)
{
	uint8_t status;

	fill(s, 5);
	post(s, SKUA_HWI_WQE_WRITE);
	assert_true(done(s, &status));
	assert_int_equal(status, SKUA_HWI_CQE_OK);
	assert_memory_equal(s->mr[0].buf, s->mr[1].buf, LEN);
}

/* It ends in a timeout, and nothing has reached the other side. */
static void expect_silence(struct sides *s)
{
	static const uint8_t zero[LEN];
	uint8_t status = 0xff;
	unsigned int i;

	fill(s, 6);
	post(s, SKUA_HWI_WQE_WRITE);
	for (i = 0; i < 200 && !done(s, &status); i++)
		run(s, 100000000);
	assert_int_equal(status, SKUA_HWI_CQE_RETRY_EXC_ERR);
	assert_memory_equal(s->mr[1].buf, zero, LEN);
}

/* Tests ------------------------------------------------------------------------ */

static void seals_both_ways(struct sides *s, uint32_t flags)
{
	struct one_way there = join(s->f[0], s->f[1], flags);
	struct one_way back = join(s->f[1], s->f[0], flags);
	uint64_t sealed;

	expect_write(s);
	post(s, SKUA_HWI_WQE_READ);
	assert_int_equal(model_wait(&s->p->cq[0]).status, SKUA_HWI_CQE_OK);
	sealed = COUNTER(s->f[0], TX_PACKETS);
	/* Three packets of the WRITE, and the READ request. */
	assert_true(sealed >= 4);
	assert_int_equal(COUNTER(s->f[1], RX_PACKETS), sealed);
	assert_int_equal(COUNTER(s->f[0], RX_PACKETS),
			 COUNTER(s->f[1], TX_PACKETS));
	assert_int_equal(le64toh(query_sa(s->f[0], there.out).packets), sealed);
	assert_int_equal(le64toh(query_sa(s->f[1], there.in).packets), sealed);
	assert_int_equal(le64toh(query_sa(s->f[1], there.in).bytes),
			 le64toh(query_sa(s->f[0], there.out).bytes));
	assert_int_equal(le64toh(query_sa(s->f[1], there.in).refused), 0);
	assert_true(le64toh(query_sa(s->f[1], back.out).packets) > 0);
}

static void transport(void **state)
{
	struct sides s = of_rig(*state);

	seals_both_ways(&s, 0);
}

static void transport_by_link(void **state)
{
	struct sides s = of_ends(*state);

	seals_both_ways(&s, 0);
}

static void tunnel_esn(void **state)
{
	struct sides s = of_rig(*state);

	seals_both_ways(&s, SKUA_HWI_SA_TUNNEL | SKUA_HWI_SA_ESN);
}

static void tunnel_by_link(void **state)
{
	struct sides s = of_ends(*state);

	seals_both_ways(&s, SKUA_HWI_SA_TUNNEL);
}

/*
 * Frames of a burst are opened together: one that was damaged and one that comes
 * again are refused alone.
 */
static void refused_among_others_by_link(void **state)
{
	struct sides s = of_ends(*state);

	join(s.f[0], s.f[1], 0);
	join(s.f[1], s.f[0], 0);
	expect_write(&s);
	ends_impair(s.ends, 0, "duplicate out nth=1 count=1");
	ends_impair(s.ends, 0, "corrupt out nth=3 count=1");
	fill(&s, 7);
	post(&s, SKUA_HWI_WQE_WRITE);
	run(&s, 100000000);
	assert_int_equal(model_wait(&s.p->cq[0]).status, SKUA_HWI_CQE_OK);
	assert_memory_equal(s.mr[0].buf, s.mr[1].buf, LEN);
	assert_int_equal(COUNTER(s.f[1], RX_REPLAY), 1);
	assert_int_equal(COUNTER(s.f[1], RX_BAD_ICV), 1);
}

/* What another function listens to is that function's as well, as it came. */
static void heard_by_another_by_link(void **state)
{
	struct sides s = of_ends(*state);
	struct model_fn *other = &s.ends->m[1]->fn[0];
	const struct skua_hwi_set_gid_in none = { .index = 0 };
	const struct skua_hwi_set_port_in in = {
		.mtu = htole16(4096),
		.flags = htole32(SKUA_HWI_PORT_UP | SKUA_HWI_PORT_PROMISC),
		.mac = { 2, 0, 0, 0, 0, 9 },
	};

	/* Its addresses are those of the other end. */
	assert_int_equal(model_cmd(other, SKUA_HWI_CMD_SET_GID, &none,
				   sizeof(none), NULL, 0),
			 SKUA_HWI_OK);
	assert_int_equal(model_cmd(other, SKUA_HWI_CMD_SET_PORT, &in,
				   sizeof(in), NULL, 0),
			 SKUA_HWI_OK);
	seals_both_ways(&s, 0);
	/* It has no queue for them. */
	assert_true(counter_of(other, SKUA_HWI_COUNTERS_ETH,
			       SKUA_HWI_CNT_RX_DROPS) > 3);
}

/* Side 0 as somebody who seals frames of its own making, not its QP's. */
struct forger {
	struct sides *s;
	struct model_cq cq[2];
	struct model_qp qp;
	struct model_mr mr;
	struct skua_wire_cut cut;
	struct skua_packet pkt;
	struct skua_hwi_av av;
	struct skua_gid sgid;
	uint64_t before; /* packets that side 1 opened */
};

#define FORGED (3 * 4096u)

static struct skua_rc *responder(const struct sides *s)
{
	return to_rc(skua_qp_get(s->f[1]->fn, s->p->qp[1].qpn));
}

/* A WRITE of three packets, from the expected PSN on. */
static void forge_write(struct forger *g)
{
	struct sides *s = g->s;
	const struct skua_wire_path path = { .av = &g->av,
					     .sgid = &g->sgid,
					     .sport = 0xc000 };

	g->pkt = (struct skua_packet){
		.service = SKUA_HWI_QPT_RC,
		.op = SKUA_PKT_WRITE,
		.flags = SKUA_PKT_FIRST | SKUA_PKT_LAST,
		.pkey = SKUA_PKEY_DEFAULT,
		.dqpn = s->p->qp[1].qpn,
		.psn = responder(s)->resp.epsn,
		.npsn = 3,
		.len = FORGED,
		.va = s->mr[1].iova,
		.rkey = s->mr[1].key,
		.dma_len = FORGED,
	};
	assert_true(skua_wire_cut(&g->cut, &g->pkt, &path, 4096));
}

static void forger_up(struct forger *g, struct sides *s)
{
	struct model_fn *f = s->f[0];

	g->s = s;
	model_cq(f, &g->cq[0], 6);
	model_cq(f, &g->cq[1], 6);
	model_qp(f, &g->qp, SKUA_HWI_QPT_ETH, &g->cq[0], &g->cq[1], NULL, 5, 4);
	g->mr = model_mr(f, 8192, 0);
	model_ready(&g->qp, 0);
	g->av = (struct skua_hwi_av){ .vlan = htole16(SKUA_HWI_VLAN_NONE),
				      .hop_limit = 64 };
	memcpy(g->av.dmac, s->f[1]->mac, 6);
	memcpy(g->av.dgid, s->f[1]->gid, 16);
	g->sgid = (struct skua_gid){ .valid = true, .vlan = SKUA_HWI_VLAN_NONE };
	memcpy(g->sgid.smac, f->mac, 6);
	memcpy(g->sgid.gid, f->gid, 16);
	run(s, 0);
	g->before = COUNTER(s->f[1], RX_PACKETS);
	forge_write(g);
}

/* Packet i of it, whole or damaged before it was sealed. */
static void forge(struct forger *g, uint32_t i, bool whole)
{
	uint32_t off, len = skua_wire_payload(&g->cut, i, &off);
	uint32_t head = skua_wire_head(&g->cut, i, 0, g->mr.buf);

	memcpy(g->mr.buf + head, g->s->mr[0].buf + off, len);
	len = skua_wire_seal(g->mr.buf, head + len);
	g->mr.buf[head + 100] ^= !whole;
	model_send(&g->qp, SKUA_HWI_WQE_ETH, &g->mr, 0, len, 0, 0);
	assert_int_equal(model_wait(&g->cq[0]).status, SKUA_HWI_CQE_OK);
	run(g->s, 0);
}

/* What the responder has taken of it; and of packets, well and not. */
static void expect_taken(const struct forger *g, uint32_t taken, uint64_t well,
			 uint64_t bad)
{
	struct model_fn *f = g->s->f[1];

	assert_int_equal(responder(g->s)->resp.epsn,
			 skua_psn_add(g->pkt.psn, taken));
	assert_int_equal(COUNTER(f, RX_PACKETS), g->before + well);
	assert_int_equal(COUNTER(f, RX_MALFORMED), bad);
}

/*
 * An ICRC that is wrong behind an ICV that is right, of a packet whose turn it is,
 * of one that comes before, and of one that comes again: nothing comes of it.
 */
static void wrong_icrc_inside_by_link(void **state)
{
	struct sides s = of_ends(*state);
	struct forger g;

	join(s.f[0], s.f[1], 0);
	join(s.f[1], s.f[0], 0);
	fill(&s, 9);
	forger_up(&g, &s);
	forge(&g, 0, false);
	expect_taken(&g, 0, 0, 1);
	forge(&g, 0, true);
	expect_taken(&g, 1, 1, 1);
	forge(&g, 1, false);
	expect_taken(&g, 1, 1, 2);
	forge(&g, 2, false);
	expect_taken(&g, 1, 1, 3);
	assert_int_equal(responder(&s)->resp.gap.held.n, 0);
	forge(&g, 1, true);
	expect_taken(&g, 2, 2, 3);
	forge(&g, 1, false);
	expect_taken(&g, 2, 2, 4);
	assert_int_equal(rig_counter(s.f[1], SKUA_HWI_CNT_DUPLICATE_REQUEST), 0);
	forge(&g, 2, false);
	expect_taken(&g, 2, 2, 5);
	assert_int_equal(responder(&s)->resp.msn, 0);
	forge(&g, 2, true);
	expect_taken(&g, 3, 3, 5);
	assert_int_equal(responder(&s)->resp.msn, 1);
	assert_memory_equal(s.mr[0].buf, s.mr[1].buf, LEN);
	assert_memory_equal(s.mr[0].buf + LEN, s.mr[1].buf + LEN, FORGED - LEN);
}

/* Nor does what it says end the connection; if it is right it does. */
static void wrong_icrc_refuses_nothing_by_link(void **state)
{
	struct sides s = of_ends(*state);
	struct skua_hwi_handle_in key = { .handle = htole32(s.mr[1].key) };
	struct forger g;

	join(s.f[0], s.f[1], 0);
	join(s.f[1], s.f[0], 0);
	forger_up(&g, &s);
	forge(&g, 0, true);
	assert_int_equal(model_cmd(s.f[1], SKUA_HWI_CMD_DESTROY_MKEY, &key,
				   sizeof(key), NULL, 0),
			 SKUA_HWI_OK);
	forge(&g, 1, false);
	expect_taken(&g, 1, 1, 1);
	assert_false(responder(&s)->resp.failed);
	forge(&g, 1, true);
	expect_taken(&g, 1, 2, 1);
	assert_true(responder(&s)->resp.failed);
}

static void encapsulated(void **state)
{
	struct sides s = of_ends(*state);
	struct skua_hwi_create_sa_in out = sa_in(s.f[0], s.f[1], SKUA_HWI_SA_UDP);
	struct skua_hwi_create_sa_in in =
		sa_in(s.f[0], s.f[1], SKUA_HWI_SA_UDP | SKUA_HWI_SA_IN);

	out.udp_sport = out.udp_dport = htobe16(4500);
	add_sa(s.f[0], &out);
	add_sa(s.f[1], &in);
	protect(s.f[0], SKUA_HWI_FLOW_EGRESS, s.f[0], s.f[1]);
	protect(s.f[1], SKUA_HWI_FLOW_INGRESS, s.f[0], s.f[1]);
	expect_write(&s);
	assert_true(COUNTER(s.f[1], RX_PACKETS) >= 3);
	assert_int_equal(COUNTER(s.f[1], RX_PACKETS),
			 COUNTER(s.f[0], TX_PACKETS));
}

static void no_sa(struct sides *s)
{
	protect(s->f[0], SKUA_HWI_FLOW_EGRESS, s->f[0], s->f[1]);
	expect_silence(s);
	assert_true(COUNTER(s->f[0], TX_DROP_NO_SA) > 0);
	assert_int_equal(COUNTER(s->f[0], TX_PACKETS), 0);
}

static void without_sa_nothing_leaves(void **state)
{
	struct sides s = of_rig(*state);

	no_sa(&s);
}

static void without_sa_nothing_leaves_by_link(void **state)
{
	struct sides s = of_ends(*state);

	no_sa(&s);
}

static void clear(struct sides *s)
{
	protect(s->f[1], SKUA_HWI_FLOW_INGRESS, s->f[0], s->f[1]);
	expect_silence(s);
	assert_true(COUNTER(s->f[1], RX_DROP_PLAIN) > 0);
}

static void in_the_clear_nothing_comes_in(void **state)
{
	struct sides s = of_rig(*state);

	clear(&s);
}

static void in_the_clear_nothing_comes_in_by_link(void **state)
{
	struct sides s = of_ends(*state);

	clear(&s);
}

static void wrong_key(void **state)
{
	struct sides s = of_rig(*state);
	struct skua_hwi_create_sa_in out = sa_in(s.f[0], s.f[1], 0);
	struct skua_hwi_create_sa_in in = sa_in(s.f[0], s.f[1], SKUA_HWI_SA_IN);
	uint32_t sa;

	in.key[0] ^= 1;
	add_sa(s.f[0], &out);
	sa = add_sa(s.f[1], &in);
	protect(s.f[0], SKUA_HWI_FLOW_EGRESS, s.f[0], s.f[1]);
	expect_silence(&s);
	assert_true(COUNTER(s.f[1], RX_BAD_ICV) > 0);
	assert_int_equal(le64toh(query_sa(s.f[1], sa).bad_icv),
			 COUNTER(s.f[1], RX_BAD_ICV));
}

static void unknown_spi(void **state)
{
	struct sides s = of_rig(*state);
	struct skua_hwi_create_sa_in out = sa_in(s.f[0], s.f[1], 0);
	struct skua_hwi_create_sa_in in = sa_in(s.f[0], s.f[1], SKUA_HWI_SA_IN);

	in.spi = htole32(SPI + 1);
	add_sa(s.f[0], &out);
	add_sa(s.f[1], &in);
	protect(s.f[0], SKUA_HWI_FLOW_EGRESS, s.f[0], s.f[1]);
	protect(s.f[1], SKUA_HWI_FLOW_INGRESS, s.f[0], s.f[1]);
	expect_silence(&s);
	assert_true(COUNTER(s.f[1], RX_UNKNOWN_SPI) > 0);
	/* And then it is a packet that nobody protected. */
	assert_int_equal(COUNTER(s.f[1], RX_UNKNOWN_SPI),
			 COUNTER(s.f[1], RX_DROP_PLAIN));
}

static void other_sa(void **state)
{
	struct sides s = of_rig(*state);
	struct skua_hwi_create_sa_in out = sa_in(s.f[0], s.f[1], 0);
	struct skua_hwi_create_sa_in in = sa_in(s.f[0], s.f[1], SKUA_HWI_SA_IN);

	in.reqid = htole32(REQID + 1);
	add_sa(s.f[0], &out);
	add_sa(s.f[1], &in);
	protect(s.f[0], SKUA_HWI_FLOW_EGRESS, s.f[0], s.f[1]);
	protect(s.f[1], SKUA_HWI_FLOW_INGRESS, s.f[0], s.f[1]);
	expect_silence(&s);
	assert_true(COUNTER(s.f[1], RX_DROP_OTHER_SA) > 0);
}

/* A new SA of the reqid takes over at once, and the old one may go. */
static void rekeys(void **state)
{
	struct sides s = of_rig(*state);
	struct one_way way = join(s.f[0], s.f[1], 0);
	struct skua_hwi_create_sa_in out = sa_in(s.f[0], s.f[1], 0);
	struct skua_hwi_create_sa_in in = sa_in(s.f[0], s.f[1], SKUA_HWI_SA_IN);
	uint64_t before;
	uint32_t sa;

	expect_write(&s);
	before = le64toh(query_sa(s.f[0], way.out).packets);
	out.spi = in.spi = htole32(SPI + 1);
	out.key[3] = in.key[3] = 0x55;
	add_sa(s.f[1], &in);
	sa = add_sa(s.f[0], &out);
	expect_write(&s);
	assert_int_equal(le64toh(query_sa(s.f[0], way.out).packets), before);
	assert_true(le64toh(query_sa(s.f[0], sa).packets) > 0);
	assert_int_equal(model_destroy_obj(s.f[0], SKUA_HWI_CMD_DESTROY_SA,
					   way.out),
			 SKUA_HWI_OK);
	assert_int_equal(model_destroy_obj(s.f[1], SKUA_HWI_CMD_DESTROY_SA,
					   way.in),
			 SKUA_HWI_OK);
	expect_write(&s);
	assert_int_equal(model_destroy_obj(s.f[0], SKUA_HWI_CMD_DESTROY_SA, sa),
			 SKUA_HWI_OK);
	expect_silence(&s);
}

/* Of a reqid's SAs the newest whose addresses, or tunnel, will do. */
static void many_of_a_reqid(void **state)
{
	struct sides s = of_rig(*state);
	struct one_way way = join(s.f[0], s.f[1], 0);
	struct skua_hwi_create_sa_in in = sa_in(s.f[0], s.f[1], 0);
	struct skua_hwi_create_sa_in tunnel;
	uint32_t other[100], through, i;

	/* To others, all of them newer. */
	for (i = 0; i < 100; i++) {
		in.spi = htole32(SPI + 1 + i);
		in.dst[14] = 1 + i;
		other[i] = add_sa(s.f[0], &in);
	}
	expect_write(&s);
	assert_true(le64toh(query_sa(s.f[0], way.out).packets) > 0);
	for (i = 0; i < 100; i++)
		assert_int_equal(le64toh(query_sa(s.f[0], other[i]).packets), 0);
	tunnel = sa_in(s.f[0], s.f[1], SKUA_HWI_SA_TUNNEL);
	tunnel.spi = htole32(SPI + 1000);
	through = add_sa(s.f[0], &tunnel);
	tunnel = sa_in(s.f[0], s.f[1], SKUA_HWI_SA_TUNNEL | SKUA_HWI_SA_IN);
	tunnel.spi = htole32(SPI + 1000);
	add_sa(s.f[1], &tunnel);
	expect_write(&s);
	assert_true(le64toh(query_sa(s.f[0], through).packets) > 0);
}

static void limits(void **state)
{
	struct sides s = of_rig(*state);
	struct one_way way = join(s.f[0], s.f[1], 0);
	struct skua_hwi_modify_sa_in in = {
		.handle = htole32(way.out),
		.mask = htole32(SKUA_HWI_SA_SET_LIMITS),
		.soft_packets = htole64(2),
		.hard_packets = htole64(3),
	};
	struct skua_hwi_query_sa_out out;

	assert_int_equal(model_cmd(s.f[0], SKUA_HWI_CMD_MODIFY_SA, &in,
				   sizeof(in), NULL, 0),
			 SKUA_HWI_OK);
	expect_write(&s);
	rig_expect_event(s.f[0], SKUA_HWI_EVENT_SA, way.out);
	rig_expect_event(s.f[0], SKUA_HWI_EVENT_SA, way.out);
	rig_expect_no_event(s.f[0]);
	out = query_sa(s.f[0], way.out);
	assert_int_equal(le32toh(out.events),
			 SKUA_HWI_SA_EVENT_SOFT | SKUA_HWI_SA_EVENT_HARD);
	expect_silence(&s);
	assert_int_equal(le64toh(query_sa(s.f[0], way.out).packets), 3);
	assert_true(COUNTER(s.f[0], TX_DROP_SA) > 0);
}

static void flow_says_drop(void **state)
{
	struct sides s = of_rig(*state);
	struct skua_hwi_create_flow_in all =
		flow_in(SKUA_HWI_FLOW_INGRESS, SKUA_HWI_FLOW_DROP);
	struct skua_hwi_create_flow_in roce =
		flow_in(SKUA_HWI_FLOW_INGRESS, SKUA_HWI_FLOW_ALLOW);
	struct skua_hwi_handle_in query;
	struct skua_hwi_query_flow_out out;
	uint32_t flow;

	all.priority = htole32(2);
	add_flow(s.f[1], &all);
	roce.priority = htole32(1);
	roce.match.fields = htole32(SKUA_HWI_FLOW_PROTO | SKUA_HWI_FLOW_DPORT |
				    SKUA_HWI_FLOW_QPN);
	roce.match.proto = 17;
	roce.match.dport = htobe16(4791);
	roce.match.dport_mask = 0xffff;
	roce.match.qpn = htole32(s.p->qp[1].qpn);
	flow = add_flow(s.f[1], &roce);
	expect_write(&s);
	query.handle = htole32(flow);
	query.rsvd = 0;
	assert_int_equal(model_cmd(s.f[1], SKUA_HWI_CMD_QUERY_FLOW, &query,
				   sizeof(query), &out, sizeof(out)),
			 SKUA_HWI_OK);
	assert_int_equal(le64toh(out.packets), 3);
	assert_int_equal(le64toh(out.bytes), LEN);
	assert_int_equal(model_destroy_obj(s.f[1], SKUA_HWI_CMD_DESTROY_FLOW,
					   flow),
			 SKUA_HWI_OK);
	expect_silence(&s);
	assert_true(COUNTER(s.f[1], RX_DROP_POLICY) > 0);
}

static void refuse_sa(struct model_fn *f, const struct skua_hwi_create_sa_in *in)
{
	assert_int_equal(model_cmd(f, SKUA_HWI_CMD_CREATE_SA, in, sizeof(*in),
				   NULL, 0),
			 SKUA_HWI_BAD_PARAM);
}

/* An SA that seals has no addresses if nothing is ever chosen by them. */
static uint32_t add_without_addresses(struct model_fn *f,
				      struct skua_hwi_create_sa_in in)
{
	memset(in.src, 0, sizeof(in.src));
	memset(in.dst, 0, sizeof(in.dst));
	refuse_sa(f, &in);
	in.reqid = 0;
	in.flags = htole32(SKUA_HWI_SA_TUNNEL);
	in.hop_limit = 64;
	refuse_sa(f, &in);
	in.flags = 0;
	in.hop_limit = 0;
	return add_sa(f, &in);
}

/* What names an SA by handle, and an SA that only flows make use of. */
static void by_handle(void **state)
{
	struct sides s = of_rig(*state);
	struct skua_hwi_create_sa_in out = sa_in(s.f[0], s.f[1], 0);
	struct skua_hwi_create_sa_in in =
		sa_in(s.f[0], s.f[1], SKUA_HWI_SA_IN | SKUA_HWI_SA_BY_FLOW);
	struct skua_hwi_create_flow_in egress =
		flow_in(SKUA_HWI_FLOW_EGRESS, SKUA_HWI_FLOW_PROTECT);
	struct skua_hwi_create_flow_in ingress =
		flow_in(SKUA_HWI_FLOW_INGRESS, SKUA_HWI_FLOW_PROTECT);
	uint32_t sa[2], flow;

	memset(in.dst, 0, sizeof(in.dst));
	sa[0] = add_without_addresses(s.f[0], out);
	sa[1] = add_sa(s.f[1], &in);
	egress.reqid = ingress.reqid = 0;
	egress.sa = htole32(sa[0]);
	ingress.sa = htole32(sa[1]);
	add_flow(s.f[0], &egress);
	assert_int_equal(model_cmd(s.f[0], SKUA_HWI_CMD_CREATE_FLOW, &ingress,
				   sizeof(ingress), NULL, 0),
			 sa[0] == sa[1] ? SKUA_HWI_BAD_STATE
					: SKUA_HWI_BAD_OBJECT);
	flow = add_flow(s.f[1], &ingress);
	expect_write(&s);
	assert_int_equal(model_destroy_obj(s.f[1], SKUA_HWI_CMD_DESTROY_SA, sa[1]),
			 SKUA_HWI_IN_USE);
	assert_int_equal(model_destroy_obj(s.f[1], SKUA_HWI_CMD_DESTROY_FLOW,
					   flow),
			 SKUA_HWI_OK);
	expect_silence(&s);
	assert_true(COUNTER(s.f[1], RX_DROP_OTHER_SA) > 0);
	assert_int_equal(model_destroy_obj(s.f[1], SKUA_HWI_CMD_DESTROY_SA, sa[1]),
			 SKUA_HWI_OK);
}

/* More than are looked for one by one, and what they are of datagrams. */
#define MANY  300u
#define BATCH 20u
#define PORTS 0xc000u /* what a flow label is added to */

/* Datagrams from one port are sealed by an SA of their own. */
static void protect_port(struct sides *s, uint32_t n, uint32_t sa[2])
{
	struct skua_hwi_create_flow_in flow =
		flow_in(SKUA_HWI_FLOW_EGRESS, SKUA_HWI_FLOW_PROTECT);
	struct skua_hwi_create_sa_in out = sa_in(s->f[0], s->f[1], 0);
	struct skua_hwi_create_sa_in in = sa_in(s->f[0], s->f[1], SKUA_HWI_SA_IN);

	out.spi = in.spi = htole32(SPI + n);
	out.reqid = in.reqid = 0;
	sa[0] = add_sa(s->f[0], &out);
	sa[1] = add_sa(s->f[1], &in);
	flow.reqid = 0;
	flow.sa = htole32(sa[0]);
	flow.match.fields = htole32(SKUA_HWI_FLOW_PROTO | SKUA_HWI_FLOW_SPORT);
	flow.match.proto = 17;
	flow.match.sport = htobe16(PORTS + n + 1);
	flow.match.sport_mask = 0xffff;
	add_flow(s->f[0], &flow);
}

/* What was fetched for a datagram before its turn does not decide about it. */
static void each_datagram_by_its_own(void **state)
{
	static const struct model_wr nop = { .opcode = SKUA_HWI_WQE_NOP };
	struct sides s = of_ends(*state);
	uint32_t sa[MANY][2], n, i;
	struct skua_hwi_cqe cqe;

	for (n = 0; n < MANY; n++)
		protect_port(&s, n, sa[n]);
	for (n = 0; n < MANY; n += BATCH) {
		for (i = 0; i < BATCH; i++) {
			model_recv(&s.p->qp[1], i, &s.mr[1], 0, 64 + 40);
			ends_post_datagram(s.ends, 64, (n + i) * 7 % MANY + 1);
			if (i % 5 == 3)
				model_post(&s.p->qp[0], &nop);
		}
		model_ring(&s.p->qp[0]);
		ends_run(s.ends);
		for (i = 0; i < BATCH; i++)
			assert_true(model_poll(&s.p->cq[1], &cqe));
	}
	for (n = 0; n < MANY; n++)
		for (i = 0; i < 2; i++)
			assert_int_equal(
				le64toh(query_sa(s.f[i], sa[n][i]).packets), 1);
}

static void reset_forgets(void **state)
{
	struct sides s = of_rig(*state);
	struct one_way way = join(s.f[0], s.f[1], 0);
	struct skua_hwi_handle_in in = { .handle = htole32(way.out) };

	skua_function_reset(s.f[0]->fn);
	model_up(s.f[0]);
	assert_int_equal(model_cmd(s.f[0], SKUA_HWI_CMD_QUERY_SA, &in,
				   sizeof(in), NULL, 0),
			 SKUA_HWI_BAD_OBJECT);
	in.handle = htole32(way.out_flow);
	assert_int_equal(model_cmd(s.f[0], SKUA_HWI_CMD_QUERY_FLOW, &in,
				   sizeof(in), NULL, 0),
			 SKUA_HWI_BAD_OBJECT);
}

static void key_is_wiped(void **state)
{
	static const uint8_t zero[SKUA_HWI_CMD_IN_LEN];
	struct sides s = of_rig(*state);
	struct skua_hwi_create_sa_in in = sa_in(s.f[0], s.f[1], 0);

	add_sa(s.f[0], &in);
	assert_memory_equal(s.f[0]->cmdq[(s.f[0]->cmd_pi - 1) % 16].in, zero,
			    sizeof(zero));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(transport, rc),
		RIG_TEST(tunnel_esn, rc),
		RIG_TEST(without_sa_nothing_leaves, rc),
		RIG_TEST(in_the_clear_nothing_comes_in, rc),
		RIG_TEST(wrong_key, rc),
		RIG_TEST(unknown_spi, rc),
		RIG_TEST(other_sa, rc),
		RIG_TEST(rekeys, rc),
		RIG_TEST(many_of_a_reqid, rc),
		RIG_TEST(limits, rc),
		RIG_TEST(flow_says_drop, rc),
		RIG_TEST(by_handle, rc),
		RIG_TEST(reset_forgets, rc),
		RIG_TEST(key_is_wiped, rc),
		cmocka_unit_test_setup_teardown(transport_by_link, ends_rc,
						ends_teardown),
		cmocka_unit_test_setup_teardown(each_datagram_by_its_own,
						ends_ud, ends_teardown),
		cmocka_unit_test_setup_teardown(tunnel_by_link, ends_rc,
						ends_teardown),
		cmocka_unit_test_setup_teardown(refused_among_others_by_link,
						ends_rc, ends_teardown),
		cmocka_unit_test_setup_teardown(wrong_icrc_inside_by_link,
						ends_rc, ends_teardown),
		cmocka_unit_test_setup_teardown(wrong_icrc_refuses_nothing_by_link,
						ends_rc, ends_teardown),
		cmocka_unit_test_setup_teardown(heard_by_another_by_link,
						ends_rc, ends_teardown),
		cmocka_unit_test_setup_teardown(encapsulated, ends_rc,
						ends_teardown),
		cmocka_unit_test_setup_teardown(without_sa_nothing_leaves_by_link,
						ends_rc, ends_teardown),
		cmocka_unit_test_setup_teardown(
			in_the_clear_nothing_comes_in_by_link, ends_rc,
			ends_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
