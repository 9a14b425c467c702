// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Capture at the ports of functions: what passed within the adapter is in the
 * file as frames, which are those that a link would have carried.
 */
#include <endian.h>
#include <stdio.h>
#include <unistd.h>

#include "link/owner.h"
#include "rig.h"
#include "wire/wire.h"

#define LEN	10000u
#define MTU	4096u
#define PACKETS 3u

/* pcapng: a packet block, and the direction in the first of its options. */
#define PACKET_BLOCK 6u
#define FLAGS_OPTION 2u
#define INBOUND	     1u
#define OUTBOUND     2u

struct block {
	uint32_t type, size, point, time[2], kept, len;
	uint8_t data[];
};

struct shown {
	struct skua_link_owner owner;
	struct skua_capture *cap;
	char path[32];
	uint8_t file[256 << 10];
	size_t size, at;
};

static void start(struct shown *s, struct rig *r, unsigned int ports)
{
	struct skua_capture_options opt = { .path = s->path };
	unsigned int i;
	char err[128];
	int fd;

	strcpy(s->path, "/tmp/skua-shown.XXXXXX");
	fd = mkstemp(s->path);
	assert_true(fd >= 0);
	close(fd);
	s->owner = skua_link_owner_of(r->m->ad, 2);
	s->cap = skua_capture_open(&opt, err, sizeof(err));
	assert_non_null(s->cap);
	s->owner.lock(s->owner.ctx);
	for (i = 0; i < ports; i++)
		s->owner.capture_port(s->owner.ctx, i, s->cap,
				      skua_capture_point(s->cap, "port"));
	s->owner.unlock(s->owner.ctx);
}

static void stop(struct shown *s)
{
	unsigned int i;
	FILE *f;

	s->owner.lock(s->owner.ctx);
	for (i = 0; i < 2; i++)
		s->owner.capture_port(s->owner.ctx, i, NULL, 0);
	s->owner.unlock(s->owner.ctx);
	skua_capture_close(s->cap, NULL);
	f = fopen(s->path, "rb");
	assert_non_null(f);
	s->size = fread(s->file, 1, sizeof(s->file), f);
	fclose(f);
	unlink(s->path);
	s->at = 0;
}

static const struct block *next(struct shown *s)
{
	const struct block *b;

	while (s->at < s->size) {
		b = (const void *)(s->file + s->at);
		s->at += b->size;
		if (b->type == PACKET_BLOCK)
			return b;
	}
	return NULL;
}

static uint32_t direction(const struct block *b)
{
	const uint16_t *option = (const void *)(b->data + (b->kept + 3) / 4 * 4);
	uint32_t flags;

	assert_int_equal(option[0], FLAGS_OPTION);
	memcpy(&flags, option + 2, sizeof(flags));
	return flags & 3;
}

/* The next frame of a port. */
static void expect(struct shown *s, uint32_t point, uint32_t dir,
		   uint8_t opcode, struct skua_wire_frame *w)
{
	const struct block *b = next(s);

	assert_non_null(b);
	assert_int_equal(b->point, point);
	assert_int_equal(direction(b), dir);
	assert_int_equal(b->kept, b->len);
	assert_int_equal(skua_wire_parse(b->data, b->len, w), SKUA_WIRE_OK);
	assert_int_equal(w->opcode, opcode);
}

/* A message of three packets, as each of the two ports sees it. */
static void expect_write(struct shown *s, struct rig *r, uint32_t point,
			 uint32_t dir)
{
	static const uint8_t opcode[PACKETS] = { 6, 7, 8 };
	struct skua_wire_frame w;
	uint32_t i;

	for (i = 0; i < PACKETS; i++) {
		expect(s, point, dir, opcode[i], &w);
		assert_int_equal(w.pkt.len, i + 1 < PACKETS ? MTU : LEN % MTU);
		assert_memory_equal(w.payload.host, r->mr[0].buf + i * MTU,
				    w.pkt.len);
	}
}

static void write_some(struct rig *r)
{
	rig_fill(r, 0, 1);
	model_send(&r->p.qp[0], SKUA_HWI_WQE_WRITE, &r->mr[0], 0, LEN,
		   r->mr[1].iova, r->mr[1].key);
	assert_int_equal(model_wait(&r->p.cq[0]).status, SKUA_HWI_CQE_OK);
}

static void both_ports(void **state)
{
	static struct shown s;
	struct skua_wire_frame w;
	struct rig *r = *state;

	start(&s, r, 2);
	write_some(r);
	stop(&s);
	expect_write(&s, r, 0, OUTBOUND);
	expect_write(&s, r, 1, INBOUND);
	expect(&s, 1, OUTBOUND, 17, &w);
	expect(&s, 0, INBOUND, 17, &w);
	assert_null(next(&s));
	/* Nobody looks any more. */
	write_some(r);
}

static void one_port(void **state)
{
	static struct shown s;
	struct skua_wire_frame w;
	struct rig *r = *state;

	start(&s, r, 1);
	write_some(r);
	stop(&s);
	expect_write(&s, r, 0, OUTBOUND);
	expect(&s, 0, INBOUND, 17, &w);
	assert_null(next(&s));
}

/* A READ asks for many packets with one. */
static void a_read(void **state)
{
	static const uint8_t opcode[PACKETS] = { 13, 14, 15 };
	static struct shown s;
	struct skua_wire_frame w;
	struct rig *r = *state;
	unsigned int i;

	rig_fill(r, 1, 2);
	start(&s, r, 1);
	model_send(&r->p.qp[0], SKUA_HWI_WQE_READ, &r->mr[0], 0, LEN,
		   r->mr[1].iova, r->mr[1].key);
	assert_int_equal(model_wait(&r->p.cq[0]).status, SKUA_HWI_CQE_OK);
	stop(&s);
	expect(&s, 0, OUTBOUND, 12, &w);
	for (i = 0; i < PACKETS; i++) {
		expect(&s, 0, INBOUND, opcode[i], &w);
		assert_memory_equal(w.payload.host, r->mr[1].buf + i * MTU,
				    w.pkt.len);
	}
	assert_null(next(&s));
}

/* A port is there before a function, and after it. */
static void functions_come_and_go(void **state)
{
	struct rig *r = *state;
	struct skua_link_owner owner = skua_link_owner_of(r->m->ad, 2);
	struct skua_capture *cap = (void *)r;
	struct skua_function *fn = r->m->fn[0].fn, other;

	owner.lock(owner.ctx);
	owner.capture_port(owner.ctx, 0, cap, 5);
	other = (struct skua_function){ .adapter = r->m->ad, .cfg.port = 0 };
	skua_shown_attach(&other);
	assert_ptr_equal(fn->shown, other.shown);
	assert_ptr_equal(fn->shown->capture, cap);
	assert_null(r->m->fn[1].fn->shown);
	owner.capture_port(owner.ctx, 0, NULL, 0);
	assert_null(fn->shown);
	owner.unlock(owner.ctx);
}

/* Ports of two captures: both end, and none is looked at any more. */
static void all_end(void **state)
{
	static struct shown s, t;
	struct rig *r = *state;

	start(&s, r, 1);
	start(&t, r, 2);
	skua_shown_set(r->m->ad, 0, s.cap, 0);
	skua_adapter_capture_end(r->m->ad);
	assert_null(r->m->ad->shown[0].capture);
	assert_null(r->m->ad->shown[1].capture);
	write_some(r);
	unlink(s.path);
	unlink(t.path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(both_ports, rc),
		RIG_TEST(one_port, rc),
		RIG_TEST(a_read, rc),
		RIG_TEST(functions_come_and_go, rc),
		RIG_TEST(all_end, rc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
