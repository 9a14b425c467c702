// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Rules are stages in a row. A frame passes them in order; one that a rule
 * keeps waiting goes on behind that rule when its time has come.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impair_act.h"

struct skua_impair *skua_impair_create(void)
{
	struct skua_impair *im = calloc(1, sizeof(*im));

	if (!im)
		return NULL;
	if (wait_queue_init(&im->queue[SKUA_LINK_OUT]) ||
	    wait_queue_init(&im->queue[SKUA_LINK_IN])) {
		skua_impair_destroy(im);
		return NULL;
	}
	return im;
}

static void free_rules(struct skua_impair *im)
{
	while (im->rules)
		free(im->rule[--im->rules]);
}

void skua_impair_destroy(struct skua_impair *im)
{
	free_rules(im);
	wait_queue_fini(&im->queue[SKUA_LINK_OUT]);
	wait_queue_fini(&im->queue[SKUA_LINK_IN]);
	wait_pool_fini(&im->pool);
	free(im);
}

/* What came may be where nobody may write. */
static bool acts_in_place(enum action action, enum skua_link_dir dir)
{
	return action == DROP ||
	       (dir == SKUA_LINK_OUT && (action == CORRUPT || action == ECN));
}

static void count_looking(struct skua_impair *im)
{
	const struct rule_text *t;
	unsigned int i, d;

	for (d = 0; d < SKUA_LINK_DIRS; d++) {
		im->looking[d] = 0;
		im->copying[d] = 0;
		for (i = 0; i < im->rules; i++) {
			t = &im->rule[i]->text;
			if (!(t->dirs >> d & 1))
				continue;
			im->looking[d]++;
			im->copying[d] += !acts_in_place(t->action, d);
		}
	}
}

static void restart(const struct skua_impair *im, struct rule *r)
{
	unsigned int d;

	r->began = false;
	memset(&r->n, 0, sizeof(r->n));
	memset(r->side, 0, sizeof(r->side));
	for (d = 0; d < SKUA_LINK_DIRS; d++) {
		list_init(&r->side[d].held);
		r->side[d].stream =
			splitmix64(im->seed, r->number * SKUA_LINK_DIRS + d);
	}
}

static int failed(char *err, size_t errlen, int ret, const char *why)
{
	snprintf(err, errlen, "%s", why);
	return ret;
}

int skua_impair_add(struct skua_impair *im, const char *rule, char *err,
		    size_t errlen)
{
	struct rule *r;
	int ret;

	if (im->rules == SKUA_IMPAIR_RULES)
		return failed(err, errlen, -ENOSPC, "there are too many rules");
	r = calloc(1, sizeof(*r));
	if (!r)
		return failed(err, errlen, -ENOMEM, strerror(ENOMEM));
	ret = rule_parse(&r->text, rule, err, errlen);
	if (!ret && wait_pool_init(&im->pool))
		ret = failed(err, errlen, -ENOMEM, strerror(ENOMEM));
	if (ret) {
		free(r);
		return ret;
	}
	strcpy(r->written, rule);
	r->number = ++im->last;
	restart(im, r);
	im->rule[im->rules++] = r;
	count_looking(im);
	return r->number;
}

/* Those that wait behind rule number, or behind any if it is 0. */
static void release(struct skua_impair *im, unsigned int number)
{
	struct wait_queue *q;
	struct slot *s;
	uint32_t i;

	for (q = im->queue; q < im->queue + SKUA_LINK_DIRS; q++) {
		for (i = 1; i <= q->len; i++) {
			s = q->heap[i];
			if (number && s->p.after != number)
				continue;
			list_del(&s->held);
			wait_hurry(q, s, 0);
		}
	}
}

int skua_impair_remove(struct skua_impair *im, unsigned int number)
{
	unsigned int i;

	for (i = 0; i < im->rules; i++)
		if (im->rule[i]->number == number)
			break;
	if (i == im->rules)
		return -ENOENT;
	release(im, number);
	free(im->rule[i]);
	memmove(&im->rule[i], &im->rule[i + 1],
		(--im->rules - i) * sizeof(im->rule[0]));
	im->last = im->rules ? im->rule[im->rules - 1]->number : 0;
	count_looking(im);
	return 0;
}

void skua_impair_clear(struct skua_impair *im)
{
	release(im, 0);
	free_rules(im);
	im->last = 0;
	count_looking(im);
}

void skua_impair_seed(struct skua_impair *im, uint64_t seed)
{
	unsigned int i;

	im->seed = seed;
	release(im, 0);
	for (i = 0; i < im->rules; i++)
		restart(im, im->rule[i]);
}

bool skua_impair_active(const struct skua_impair *im, enum skua_link_dir dir)
{
	return im->looking[dir] || im->queue[dir].len;
}

bool skua_impair_in_place(const struct skua_impair *im, enum skua_link_dir dir)
{
	return !im->copying[dir] && !im->queue[dir].len;
}

void skua_impair_watch(struct skua_impair *im, skua_impair_emit lost)
{
	im->lost = lost;
}

static void pass(struct stage *st, struct passing *p)
{
	struct skua_impair *im = st->im;
	unsigned int i;
	struct rule *r;

	for (i = 0; i < im->rules; i++) {
		r = im->rule[i];
		if (r->number <= p->after || !(r->text.dirs >> st->dir & 1))
			continue;
		p->after = r->number;
		if (!rule_pass(st, r, p))
			return;
	}
	st->emit(st->ctx, &p->f, p->comment[0] ? p->comment : NULL);
}

static void run(struct stage *st)
{
	struct skua_impair *im = st->im;
	struct slot *s;

	while ((s = wait_next(&im->queue[st->dir], st->now))) {
		pass(st, &s->p);
		wait_free(&im->pool, s);
	}
}

uint64_t skua_impair_run(struct skua_impair *im, enum skua_link_dir dir,
			 uint64_t now, skua_impair_emit emit, void *ctx)
{
	struct stage st = { im, dir, now, pass, emit, ctx };

	run(&st);
	return wait_due(&im->queue[dir]);
}

void skua_impair_frame(struct skua_impair *im, enum skua_link_dir dir,
		       struct skua_frame *f, uint64_t now,
		       skua_impair_emit emit, void *ctx)
{
	struct stage st = { im, dir, now, pass, emit, ctx };
	struct passing p;

	p.f = *f;
	p.doubled = false;
	p.after = 0;
	p.comment[0] = '\0';
	im->stats.frames++;
	look_at(&p.look, f);
	run(&st);
	pass(&st, &p);
	run(&st); /* those that it has overtaken */
}

bool skua_impair_rule(const struct skua_impair *im, unsigned int i,
		      struct skua_impair_rule *out)
{
	const struct rule *r;

	if (i >= im->rules)
		return false;
	r = im->rule[i];
	*out = r->n;
	out->number = r->number;
	strcpy(out->text, r->written);
	return true;
}

void skua_impair_stats(const struct skua_impair *im, struct skua_impair_stats *out)
{
	*out = im->stats;
	out->seed = im->seed;
	out->waiting = im->queue[SKUA_LINK_OUT].len + im->queue[SKUA_LINK_IN].len;
}
