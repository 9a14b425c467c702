// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include "impair_rig.h"

struct rig rig;

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static void put24(uint8_t *p, uint32_t v)
{
	p[0] = v >> 16;
	put16(p + 1, v);
}

uint16_t ip4_sum(const uint8_t *header)
{
	uint32_t sum = 0, i;

	for (i = 0; i < 20; i += 2)
		sum += header[i] << 8 | header[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

static uint8_t *put_eth(uint8_t *p, const struct made *m)
{
	unsigned int i;

	memset(p, 2, 12);
	p += 12;
	for (i = 0; i < m->tags; i++, p += 4) {
		put16(p, i + 1 < m->tags ? 0x88a8 : 0x8100);
		put16(p + 2, 7);
	}
	put16(p, m->ip6 ? 0x86dd : 0x0800);
	return p + 2;
}

static uint8_t *put_ip(uint8_t *p, const struct made *m, uint32_t len)
{
	if (m->ip6) {
		memset(p, 0, 40);
		p[0] = 0x60;
		p[1] = m->ecn << 4;
		put16(p + 4, len);
		p[6] = 17;
		return p + 40;
	}
	memset(p, 0, 20);
	p[0] = 0x45;
	p[1] = m->ecn;
	put16(p + 2, 20 + len);
	p[8] = 64;
	p[9] = 17;
	put16(p + 10, ~ip4_sum(p));
	return p + 20;
}

struct skua_frame make_frame(uint8_t *buf, const struct made *m)
{
	uint32_t len = 8 + 12 + m->payload + 4;
	uint8_t *p = put_ip(put_eth(buf, m), m, len);

	memset(p, 0, len);
	put16(p, 0xc000);
	put16(p + 2, m->port ? m->port : 4791);
	put16(p + 4, len);
	p[8] = m->opcode;
	put16(p + 10, 0xffff);
	put24(p + 13, m->qp);
	put24(p + 17, m->psn);
	return (struct skua_frame){ .data = buf, .len = p + len - buf };
}

static uint32_t psn_of(const struct skua_frame *f)
{
	const uint8_t *p = f->data + 14 + 20 + 8 + 9;

	if (f->len < 14 + 20 + 8 + 12)
		return 0;
	return p[0] << 16 | p[1] << 8 | p[2];
}

static void keep(struct gone *g, const struct skua_frame *f,
		 const char *comment)
{
	memset(g, 0, sizeof(*g));
	g->psn = psn_of(f);
	g->len = f->len;
	memcpy(g->data, f->data, f->len < 128 ? f->len : 128);
	if (comment)
		strncpy(g->comment, comment, sizeof(g->comment) - 1);
}

static void gone(void *ctx, const struct skua_frame *f, const char *comment)
{
	assert_ptr_equal(ctx, &rig);
	keep(&rig.gone[rig.gones++ % RIG_GONE], f, comment);
}

static void lost(void *ctx, const struct skua_frame *f, const char *comment)
{
	assert_ptr_equal(ctx, &rig);
	rig.losts++;
	keep(&rig.lost, f, comment);
}

int rig_setup(void **state)
{
	(void)state;
	memset(&rig, 0, sizeof(rig));
	rig.im = skua_impair_create();
	skua_impair_watch(rig.im, lost);
	return rig.im ? 0 : -1;
}

int rig_teardown(void **state)
{
	(void)state;
	skua_impair_destroy(rig.im);
	return 0;
}

int rig_add(const char *rule)
{
	char err[256] = "";
	int number = skua_impair_add(rig.im, rule, err, sizeof(err));

	assert_string_equal(err, "");
	assert_true(number > 0);
	return number;
}

unsigned int rig_frame(enum skua_link_dir dir, struct skua_frame f)
{
	unsigned int before = rig.gones;

	skua_impair_frame(rig.im, dir, &f, rig.now, gone, &rig);
	return rig.gones - before;
}

unsigned int rig_send(enum skua_link_dir dir, const struct made *m)
{
	uint8_t buf[SKUA_FRAME_MAX];

	return rig_frame(dir, make_frame(buf, m));
}

uint64_t rig_run(enum skua_link_dir dir, uint64_t now)
{
	rig.now = now;
	return skua_impair_run(rig.im, dir, now, gone, &rig);
}

struct skua_impair_rule rig_rule(unsigned int i)
{
	struct skua_impair_rule r;

	assert_true(skua_impair_rule(rig.im, i, &r));
	return r;
}

struct skua_impair_stats rig_stats(void)
{
	struct skua_impair_stats s;

	skua_impair_stats(rig.im, &s);
	return s;
}
