// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* What one rule does to one frame. */
#include <stdio.h>
#include <string.h>

#include "wire/headers.h"

#include "impair_act.h"

#define NS_PER_S 1000000000ull

/* Adds to the comment: what struck, and perhaps how. */
static void note(struct passing *p, const struct rule *r, const char *how)
{
	size_t len = strlen(p->comment);

	snprintf(p->comment + len, sizeof(p->comment) - len,
		 "%s%s: rule %u%s", len ? ", " : "",
		 rule_action(r->text.action), r->number, how);
}

static void lose(struct stage *st, struct rule *r, struct passing *p,
		 const char *how)
{
	note(p, r, how);
	r->n.lost++;
	if (st->im->lost)
		st->im->lost(st->ctx, &p->f, p->comment);
}

static void overflow(struct stage *st, struct rule *r, struct passing *p)
{
	st->im->stats.overflow++;
	lose(st, r, p, " (too many wait)");
}

/* The bytes that a corruption may hit; none: the frame has no such part. */
static uint32_t part(const struct rule_text *t, const struct passing *p,
		     uint32_t *start)
{
	const struct look *l = &p->look;

	switch (t->where) {
	case WHERE_PAYLOAD:
		*start = l->payload;
		return l->icrc - l->payload;
	case WHERE_HEADER:
		*start = l->bth;
		return l->payload - l->bth;
	case WHERE_ICRC:
		*start = l->icrc;
		return l->roce ? 4 : 0;
	case WHERE_ANY:
		break;
	}
	*start = 0;
	return p->f.len;
}

/* Those that can be marked: RFC 3168, 5. */
static bool can_mark(const struct passing *p)
{
	unsigned int ecn;

	if (!p->look.ip)
		return false;
	ecn = look_ecn(&p->look, &p->f);
	return ecn && ecn != SKUA_ECN_CE;
}

static bool suits(const struct rule_text *t, const struct passing *p)
{
	uint32_t start;

	switch (t->action) {
	case CORRUPT:
		return part(t, p, &start) != 0;
	case DUPLICATE:
		return !p->doubled;
	case ECN:
		return can_mark(p);
	default:
		return true;
	}
}

static bool matches(const struct rule_text *t, const struct passing *p)
{
	const struct look *l = &p->look;

	if (t->roce) {
		if (!l->roce || (t->has_qp && l->qp != t->qp))
			return false;
		if (t->has_opcode &&
		    !(t->opcodes[l->opcode / 64] >> l->opcode % 64 & 1))
			return false;
		if (t->has_psn && ((l->psn - t->psn_first) & MASK24) >
				  ((t->psn_last - t->psn_first) & MASK24))
			return false;
	}
	return suits(t, p);
}

static bool in_window(struct rule *r, uint64_t now)
{
	if (!r->text.window)
		return true;
	if (!r->began) {
		r->began = true;
		r->end = now + r->text.window;
	}
	return now < r->end;
}

/* Is it the turn of this match? fate is its random number. */
static bool strikes(const struct rule_text *t, struct side *s, uint64_t *fate)
{
	*fate = splitmix64(s->stream, ++s->matched);
	if (t->count && s->struck == t->count)
		return false;
	if (s->matched % t->nth || (!t->always && *fate >= t->below))
		return false;
	s->struck++;
	return true;
}

/*
 * A bit in each of so many slices of the part, so that none is changed twice,
 * which would be no change.
 */
static void corrupt(struct stage *st, const struct rule *r, struct passing *p,
		    uint64_t fate)
{
	uint32_t start, bits = part(&r->text, p, &start) * 8;
	uint32_t n = r->text.bits < bits ? r->text.bits : bits, i, from, to;

	for (i = 0; i < n; i++) {
		from = (uint64_t)bits * i / n;
		to = (uint64_t)bits * (i + 1) / n;
		from += random_below(splitmix64(fate, i + 1), to - from);
		p->f.data[start + from / 8] ^= 1u << from % 8;
	}
	note(p, r, "");
	st->im->stats.corrupted++;
}

static void duplicate(struct stage *st, struct rule *r, struct passing *p)
{
	struct slot *s;

	p->doubled = true;
	s = wait_copy(&st->im->pool, p);
	if (!s) {
		st->im->stats.overflow++;
		return;
	}
	note(p, r, "");
	note(&s->p, r, " (copy)");
	st->im->stats.duplicated++;
	st->pass(st, &s->p);
	wait_free(&st->im->pool, s);
}

static void mark(struct stage *st, struct rule *r, struct passing *p,
		 const char *how)
{
	look_mark(&p->look, &p->f);
	note(p, r, how);
	r->n.marked++;
	st->im->stats.marked++;
}

static struct slot *keep(struct stage *st, struct rule *r, struct passing *p,
			 uint64_t due)
{
	struct slot *s = wait_copy(&st->im->pool, p);

	if (!s) {
		overflow(st, r, p);
		return NULL;
	}
	note(&s->p, r, "");
	wait_add(&st->im->queue[st->dir], s, due);
	return s;
}

static void delay(struct stage *st, struct rule *r, struct passing *p,
		  uint64_t fate)
{
	uint64_t ns = r->text.delay - r->text.jitter;

	ns += random_below(splitmix64(fate, 1), 2 * r->text.jitter + 1);
	if (keep(st, r, p, st->now + ns))
		st->im->stats.delayed++;
}

/*
 * Frames to the same queue pair overtake; among all others, those that are
 * none of a queue pair's.
 */
static bool same_flow(const struct look *a, const struct look *b)
{
	return a->roce == b->roce && a->qp == b->qp;
}

static void overtake(struct stage *st, struct side *side,
		     const struct passing *p)
{
	struct slot *s, *tmp;

	list_for_each_entry_safe(s, tmp, &side->held, held) {
		if (!same_flow(&s->p.look, &p->look) || --s->left)
			continue;
		list_del(&s->held);
		wait_hurry(&st->im->queue[st->dir], s, st->now);
	}
}

static void reorder(struct stage *st, struct rule *r, struct side *side,
		    struct passing *p)
{
	struct slot *s = keep(st, r, p, st->now + r->text.wait);

	if (!s)
		return;
	s->left = r->text.by;
	list_add_tail(&s->held, &side->held);
	st->im->stats.reordered++;
}

/* Bytes that wait for their turn. */
static uint64_t backlog(const struct rule_text *t, const struct side *s,
			uint64_t now)
{
	if (s->busy_until <= now)
		return 0;
	return (unsigned __int128)(s->busy_until - now) * t->rate /
	       (8 * NS_PER_S);
}

/*
 * A token bucket, told by time instead of tokens: busy_until is when the frames
 * so far have used up theirs, and an idle link is ahead by a burst at most.
 */
static void spend(const struct rule_text *t, struct side *s, uint64_t now,
		  uint32_t len)
{
	uint64_t burst = (unsigned __int128)t->burst * 8 * NS_PER_S / t->rate;
	uint64_t since = burst < now ? now - burst : 0;

	if (s->busy_until < since) {
		s->busy_until = since;
		s->rest = 0;
	}
	s->rest += len * 8 * NS_PER_S;
	s->busy_until += s->rest / t->rate;
	s->rest %= t->rate;
}

/* Random early detection, Floyd and Jacobson 1993, of the queue as it is. */
static bool early(const struct rule_text *t, uint64_t waiting, uint64_t fate)
{
	if (!t->mark || waiting <= t->mark)
		return false;
	if (waiting >= t->mark_all)
		return true;
	return random_below(splitmix64(fate, 1), t->mark_all - t->mark) *
		       NS_PER_S <
	       (waiting - t->mark) * t->mark_p;
}

/* Does the frame go on at once? */
static bool pace(struct stage *st, struct rule *r, struct side *side,
		 struct passing *p, uint64_t fate)
{
	const struct rule_text *t = &r->text;
	uint64_t waiting = backlog(t, side, st->now);

	if (waiting + p->f.len > t->limit) {
		lose(st, r, p, " (full)");
		st->im->stats.dropped++;
		return false;
	}
	if (early(t, waiting, fate) && can_mark(p))
		mark(st, r, p, " (CE)");
	spend(t, side, st->now, p->f.len);
	if (side->busy_until <= st->now)
		return true;
	if (keep(st, r, p, side->busy_until))
		st->im->stats.delayed++;
	return false;
}

static bool strike(struct stage *st, struct rule *r, struct passing *p,
		   uint64_t fate)
{
	struct side *side = &r->side[st->dir];

	switch (r->text.action) {
	case DROP:
		lose(st, r, p, "");
		st->im->stats.dropped++;
		return false;
	case CORRUPT:
		corrupt(st, r, p, fate);
		return true;
	case DUPLICATE:
		duplicate(st, r, p);
		return true;
	case REORDER:
		reorder(st, r, side, p);
		return false;
	case DELAY:
		delay(st, r, p, fate);
		return false;
	case RATE:
		return pace(st, r, side, p, fate);
	default:
		mark(st, r, p, "");
		return true;
	}
}

bool rule_pass(struct stage *st, struct rule *r, struct passing *p)
{
	struct side *side = &r->side[st->dir];
	uint64_t fate;

	r->n.seen++;
	overtake(st, side, p);
	if (!matches(&r->text, p) || !in_window(r, st->now))
		return true;
	r->n.matched++;
	if (!strikes(&r->text, side, &fate))
		return true;
	r->n.struck++;
	return strike(st, r, p, fate);
}
