// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "link_ends.h"

struct skua_link *link_open(const char *spec)
{
	char why[256] = "no reason";
	struct skua_link *l = skua_link_open(spec, NULL, why, sizeof(why));

	if (!l)
		fail_msg("%s", why);
	assert_string_equal(l->name, spec);
	return l;
}

static void turn(struct skua_link *l)
{
	struct skua_frame f;

	l->ops->arm(l);
	assert_int_equal(l->ops->receive(l, &f, 1), 0);
}

void link_meet(struct skua_link *a, struct skua_link *b)
{
	int i;

	for (i = 0; i < 2000 && !(a->up && (!b || b->up)); i++) {
		turn(a);
		if (b)
			turn(b);
		usleep(1000);
	}
	assert_true(a->up && (!b || b->up));
}

void link_fill(uint8_t *data, uint32_t len, uint32_t seed)
{
	uint32_t i, x = seed * 2654435761u + len;

	memset(data, 0x02, 12);
	data[12] = 0x88;
	data[13] = 0xb5;
	for (i = 14; i < len; i++) {
		x = x * 1664525 + 1013904223;
		data[i] = x >> 24;
	}
}

bool link_is_filled(const uint8_t *data, uint32_t len, uint32_t seed)
{
	uint8_t want[SKUA_FRAME_MAX];

	link_fill(want, len, seed);
	return !memcmp(data, want, len);
}

void link_send(struct skua_link *l, uint32_t len, uint32_t seed)
{
	struct skua_frame f;

	assert_int_equal(l->ops->reserve(l, &f, 1), 1);
	link_fill(f.data, len, seed);
	f.len = len;
	l->ops->commit(l, &f, 1);
	l->ops->flush(l);
}

unsigned int link_expect(struct skua_link *l, uint32_t len, uint32_t seed)
{
	struct skua_frame f[16];
	unsigned int n = l->ops->receive(l, f, 16), i;

	for (i = 0; i < n; i++) {
		assert_int_equal(f[i].len, len);
		assert_true(link_is_filled(f[i].data, len, seed + i));
	}
	l->ops->release(l);
	return n;
}

bool link_sleep(struct skua_link *l, int ms)
{
	struct pollfd p = { .fd = l->fd, .events = POLLIN };

	return !l->ops->arm(l) || poll(&p, 1, ms) == 1;
}
