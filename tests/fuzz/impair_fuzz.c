// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * What rules say and what a wire may carry: any bytes. The input is a row of
 * items: a byte for the kind, two for the length, then so many bytes.
 *
 * Whatever they are, no frame is lost without a count, none is made longer, and
 * what waits comes in the end.
 */
#include <stdlib.h>
#include <string.h>

#include "impair.h"

#define MAX_TIME (1ull << 62)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct target {
	struct skua_impair *im;
	uint64_t now, sent, gone;
};

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void gone(void *ctx, const struct skua_frame *f, const char *comment)
{
	struct target *t = ctx;

	must(f->len <= SKUA_FRAME_MAX);
	must(!comment || (*comment && strlen(comment) < 128));
	t->gone++;
}

static void add(struct target *t, const uint8_t *text, size_t len)
{
	char *rule = strndup((const char *)text, len), err[40];
	int ret = skua_impair_script(t->im, rule, err, sizeof(err));

	must(ret >= 0 || strlen(err) < sizeof(err));
	free(rule);
}

/* In memory of its own, so that the sanitizer sees its ends. */
static void frame(struct target *t, unsigned int dir, const uint8_t *data,
		  size_t len)
{
	struct skua_frame f = { .len = len };

	if (len > SKUA_FRAME_MAX)
		f.len = SKUA_FRAME_MAX;
	f.data = malloc(f.len ? f.len : 1);
	memcpy(f.data, data, f.len);
	skua_impair_frame(t->im, dir, &f, t->now, gone, t);
	free(f.data);
	t->sent++;
}

static void other(struct target *t, const uint8_t *data, size_t len)
{
	uint64_t v = 0;

	memcpy(&v, data, len < sizeof(v) ? len : sizeof(v));
	switch (v % 4) {
	case 0:
		t->now += v >> 16;
		if (t->now > MAX_TIME)
			t->now = MAX_TIME;
		skua_impair_run(t->im, v >> 8 & 1, t->now, gone, t);
		break;
	case 1:
		skua_impair_remove(t->im, v >> 8 & 63);
		break;
	case 2:
		skua_impair_clear(t->im);
		break;
	case 3:
		skua_impair_seed(t->im, v);
		break;
	}
}

static void item(struct target *t, uint8_t kind, const uint8_t *data,
		 size_t len)
{
	switch (kind % 4) {
	case 0:
		add(t, data, len);
		break;
	case 1:
		other(t, data, len);
		break;
	default:
		frame(t, kind % 2, data, len);
		break;
	}
}

static uint64_t lost;

static void on_lost(void *ctx, const struct skua_frame *f, const char *comment)
{
	(void)ctx;
	must(f->len <= SKUA_FRAME_MAX && comment);
	lost++;
}

static void check(struct target *t)
{
	struct skua_impair_stats s;

	skua_impair_stats(t->im, &s);
	must(s.frames == t->sent);
	must(t->sent + s.duplicated == t->gone + lost + s.waiting);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct target t = { .im = skua_impair_create() };
	struct skua_impair_stats s;
	size_t len;

	must(t.im);
	lost = 0;
	skua_impair_watch(t.im, on_lost);
	while (size >= 3) {
		len = data[1] | data[2] << 8;
		if (len > size - 3)
			len = size - 3;
		item(&t, data[0], data + 3, len);
		data += 3 + len;
		size -= 3 + len;
		check(&t);
	}
	skua_impair_clear(t.im);
	skua_impair_run(t.im, SKUA_LINK_OUT, t.now, gone, &t);
	skua_impair_run(t.im, SKUA_LINK_IN, t.now, gone, &t);
	check(&t);
	skua_impair_stats(t.im, &s);
	must(!s.waiting);
	skua_impair_destroy(t.im);
	return 0;
}
