// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The grammar of rules:
 *
 *	ACTION out|in|both [AMOUNT] [FIELD=VALUE]...
 *
 * AMOUNT is the time of a delay or the speed of a rate. Numbers are read here
 * and not by strtod(), whose decimal point depends on the program's locale.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "impair_look.h"
#include "impair_rule.h"

#define GIGA      1000000000ull
#define MAX_BITS  32u			/* those of an ICRC */
#define MAX_NS    (3600 * GIGA)
#define MAX_RATE  (1000 * GIGA)
#define MAX_BYTES (1ull << 30)

static const char *const actions[ACTIONS] = {
	[DROP] = "drop",       [CORRUPT] = "corrupt", [DUPLICATE] = "duplicate",
	[REORDER] = "reorder", [DELAY] = "delay",     [RATE] = "rate",
	[ECN] = "ecn",
};

const char *rule_action(enum action a)
{
	return actions[a];
}

struct parse {
	struct rule_text *r;
	char *err;
	size_t errlen;
};

static int __attribute__((format(printf, 2, 3)))
wrong(struct parse *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->err, p->errlen, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

struct unit {
	const char *name;
	uint64_t factor;	/* at most 10^12 */
};

static const struct unit times[] = {
	{ "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", GIGA }, { 0 }
};
static const struct unit speeds[] = {
	{ "bit", 1 }, { "kbit", 1000 }, { "mbit", 1000000 },
	{ "gbit", GIGA }, { 0 }
};
static const struct unit sizes[] = {
	{ "KiB", 1 << 10 }, { "MiB", 1 << 20 }, { "B", 1 }, { "", 1 }, { 0 }
};
static const struct unit parts[] = { { "", GIGA }, { 0 } };

/*
 * Digits, perhaps a point and up to nine more: the number in billionths, and
 * its end; NULL if there is none, or if it is out of reach.
 */
static const char *decimal(const char *s, uint64_t *billionths)
{
	uint64_t whole = 0, part = 0, digit = GIGA;
	const char *start = s;

	for (; *s >= '0' && *s <= '9'; s++) {
		whole = whole * 10 + (*s - '0');
		if (whole >= GIGA)
			return NULL;
	}
	if (s == start)
		return NULL;
	if (*s == '.') {
		for (s++; *s >= '0' && *s <= '9' && digit > 1; s++) {
			digit /= 10;
			part += digit * (*s - '0');
		}
	}
	*billionths = whole * GIGA + part;
	return s;
}

/* A decimal number and one of the units, as a whole number of the smallest. */
static bool quantity(const char *s, const struct unit *u, uint64_t max,
		     uint64_t *val)
{
	unsigned __int128 v;
	uint64_t billionths;

	s = decimal(s, &billionths);
	if (!s)
		return false;
	for (; u->name; u++) {
		if (strcmp(u->name, s))
			continue;
		v = (unsigned __int128)billionths * u->factor / GIGA;
		*val = v;
		return v <= max;
	}
	return false;
}

static bool hex_digit(char c, uint64_t *d)
{
	if (c >= '0' && c <= '9')
		*d = c - '0';
	else if (c >= 'a' && c <= 'f')
		*d = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		*d = c - 'A' + 10;
	else
		return false;
	return true;
}

/* A whole number up to max, decimal or with 0x, that ends before end. */
static bool whole(const char *s, const char *end, uint64_t max, uint64_t *val)
{
	uint64_t base = 10, v = 0, d;

	if (end - s > 2 && s[0] == '0' && s[1] == 'x') {
		base = 16;
		s += 2;
	}
	if (s == end || end - s > 18)
		return false;
	for (; s < end; s++) {
		if (!hex_digit(*s, &d) || d >= base)
			return false;
		v = v * base + d;
		if (v > max)
			return false;
	}
	*val = v;
	return true;
}

static bool number(const char *s, uint64_t max, uint64_t *val)
{
	return whole(s, s + strlen(s), max, val);
}

static int parse_p(struct parse *p, const char *value)
{
	uint64_t v;

	if (!quantity(value, parts, GIGA, &v))
		return wrong(p, "p=%s: not a number from 0 to 1", value);
	p->r->always = v == GIGA;
	p->r->below = ((unsigned __int128)v << 64) / GIGA;
	return 0;
}

static int positive(struct parse *p, const char *name, const char *value,
		    uint64_t max, uint64_t *val)
{
	if (!number(value, max, val) || !*val)
		return wrong(p, "%s=%s: not a number from 1 to %llu", name,
			     value, (unsigned long long)max);
	return 0;
}

static int parse_nth(struct parse *p, const char *value)
{
	return positive(p, "nth", value, GIGA, &p->r->nth);
}

static int parse_count(struct parse *p, const char *value)
{
	return positive(p, "count", value, GIGA, &p->r->count);
}

static int duration(struct parse *p, const char *name, const char *value,
		    uint64_t *val)
{
	if (!quantity(value, times, MAX_NS, val))
		return wrong(p, "%s=%s: not a time such as 2ms, up to 3600s",
			     name, value);
	return 0;
}

static int parse_for(struct parse *p, const char *value)
{
	int err = duration(p, "for", value, &p->r->window);

	if (!err && !p->r->window)
		return wrong(p, "for=%s: no time at all", value);
	return err;
}

static int parse_qp(struct parse *p, const char *value)
{
	uint64_t v;

	if (!number(value, MASK24, &v))
		return wrong(p, "qp=%s: not a QP number", value);
	p->r->qp = v;
	p->r->has_qp = true;
	return 0;
}

static int parse_psn(struct parse *p, const char *value)
{
	const char *end = value + strlen(value), *dash = strchr(value, '-');
	uint64_t first, last;

	if (!whole(value, dash ? dash : end, MASK24, &first) ||
	    !whole(dash ? dash + 1 : value, end, MASK24, &last))
		return wrong(p, "psn=%s: not FIRST-LAST, up to 0xffffff", value);
	p->r->psn_first = first;
	p->r->psn_last = last;
	p->r->has_psn = true;
	return 0;
}

/* A name, a number, or the beginning of names and an asterisk. */
static bool add_opcodes(struct rule_text *r, const char *s, size_t len)
{
	char buf[OPCODE_NAME];
	bool any = false;
	const char *name;
	size_t same = len;
	uint64_t v;
	int i;

	if (whole(s, s + len, 255, &v)) {
		r->opcodes[v / 64] |= 1ull << v % 64;
		return true;
	}
	if (len && s[len - 1] == '*')
		same--;
	for (i = 0; i < 256; i++) {
		name = opcode_name(i, buf);
		if (!name || strncmp(name, s, same) ||
		    (same == len && name[len]))
			continue;
		r->opcodes[i / 64] |= 1ull << i % 64;
		any = true;
	}
	return any;
}

static int parse_opcode(struct parse *p, const char *value)
{
	size_t len;

	for (;; value += len + 1) {
		len = strcspn(value, ",");
		if (!add_opcodes(p->r, value, len))
			return wrong(p, "opcode=%.*s: no such opcode", (int)len,
				     value);
		if (!value[len])
			break;
	}
	p->r->has_opcode = true;
	return 0;
}

static int parse_bits(struct parse *p, const char *value)
{
	uint64_t v;
	int err = positive(p, "bits", value, MAX_BITS, &v);

	if (!err)
		p->r->bits = v;
	return err;
}

static int parse_where(struct parse *p, const char *value)
{
	static const char *const names[] = {
		[WHERE_ANY] = "any",
		[WHERE_PAYLOAD] = "payload",
		[WHERE_HEADER] = "header",
		[WHERE_ICRC] = "icrc",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(names[i], value)) {
			p->r->where = i;
			return 0;
		}
	}
	return wrong(p, "where=%s: not payload, header, icrc or any", value);
}

static int parse_by(struct parse *p, const char *value)
{
	return positive(p, "by", value, 1000, &p->r->by);
}

static int parse_wait(struct parse *p, const char *value)
{
	return duration(p, "wait", value, &p->r->wait);
}

static int parse_jitter(struct parse *p, const char *value)
{
	return duration(p, "jitter", value, &p->r->jitter);
}

static int size(struct parse *p, const char *name, const char *value,
		uint64_t *val)
{
	if (!quantity(value, sizes, MAX_BYTES, val))
		return wrong(p, "%s=%s: not a size such as 64KiB, up to 1024MiB",
			     name, value);
	return 0;
}

static int parse_limit(struct parse *p, const char *value)
{
	return size(p, "limit", value, &p->r->limit);
}

static int parse_mark(struct parse *p, const char *value)
{
	return size(p, "ecn", value, &p->r->mark);
}

static int parse_mark_all(struct parse *p, const char *value)
{
	return size(p, "ecn-max", value, &p->r->mark_all);
}

static int parse_mark_p(struct parse *p, const char *value)
{
	if (!quantity(value, parts, GIGA, &p->r->mark_p))
		return wrong(p, "ecn-p=%s: not a number from 0 to 1", value);
	return 0;
}

static int parse_burst(struct parse *p, const char *value)
{
	return size(p, "burst", value, &p->r->burst);
}

#define ALL	((1u << ACTIONS) - 1)
#define ONLY(a)	(1u << (a))

static const struct field {
	const char *name;
	unsigned int actions;
	int (*parse)(struct parse *p, const char *value);
} fields[] = {
	{ "p", ALL, parse_p },
	{ "nth", ALL, parse_nth },
	{ "count", ALL, parse_count },
	{ "for", ALL, parse_for },
	{ "qp", ALL, parse_qp },
	{ "opcode", ALL, parse_opcode },
	{ "psn", ALL, parse_psn },
	{ "bits", ONLY(CORRUPT), parse_bits },
	{ "where", ONLY(CORRUPT), parse_where },
	{ "by", ONLY(REORDER), parse_by },
	{ "wait", ONLY(REORDER), parse_wait },
	{ "jitter", ONLY(DELAY), parse_jitter },
	{ "limit", ONLY(RATE), parse_limit },
	{ "ecn", ONLY(RATE), parse_mark },
	{ "ecn-max", ONLY(RATE), parse_mark_all },
	{ "ecn-p", ONLY(RATE), parse_mark_p },
	{ "burst", ONLY(RATE), parse_burst },
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static int parse_field(struct parse *p, char *word, unsigned int *given)
{
	char *value = strchr(word, '=');
	size_t i;

	if (!value)
		return wrong(p, "not FIELD=VALUE: %s", word);
	*value++ = '\0';
	for (i = 0; i < FIELDS; i++)
		if (!strcmp(fields[i].name, word))
			break;
	if (i == FIELDS)
		return wrong(p, "unknown field: %s", word);
	if (!(fields[i].actions & ONLY(p->r->action)))
		return wrong(p, "not a field of %s: %s",
			     actions[p->r->action], word);
	if (*given & 1u << i)
		return wrong(p, "given twice: %s", word);
	*given |= 1u << i;
	return fields[i].parse(p, value);
}

static int parse_action(struct parse *p, const char *word)
{
	int i;

	for (i = 0; word && i < ACTIONS; i++) {
		if (!strcmp(actions[i], word)) {
			p->r->action = i;
			return 0;
		}
	}
	return wrong(p, "not an action: %s", word ? word : "(nothing)");
}

static int parse_dir(struct parse *p, const char *word)
{
	if (!word)
		return wrong(p, "out, in or both is missing");
	if (!strcmp(word, "out"))
		p->r->dirs = 1u << SKUA_LINK_OUT;
	else if (!strcmp(word, "in"))
		p->r->dirs = 1u << SKUA_LINK_IN;
	else if (!strcmp(word, "both"))
		p->r->dirs = 1u << SKUA_LINK_OUT | 1u << SKUA_LINK_IN;
	else
		return wrong(p, "not out, in or both: %s", word);
	return 0;
}

static int parse_amount(struct parse *p, const char *word)
{
	if (p->r->action == DELAY) {
		if (word && quantity(word, times, MAX_NS, &p->r->delay))
			return 0;
		return wrong(p, "delay needs a time such as 2ms, up to 3600s");
	}
	if (word && quantity(word, speeds, MAX_RATE, &p->r->rate) &&
	    p->r->rate)
		return 0;
	return wrong(p, "rate needs a speed such as 1gbit, up to 1000gbit");
}

/* What remains to be said when all fields are known. */
static int parse_end(struct parse *p)
{
	struct rule_text *r = p->r;

	r->roce = r->has_qp || r->has_opcode || r->has_psn;
	if (r->jitter > r->delay)
		return wrong(p, "jitter is more than the delay");
	if (r->mark > r->limit || r->mark_all > r->limit)
		return wrong(p, "ecn is more than the limit");
	if (r->mark_all && r->mark_all < r->mark)
		return wrong(p, "ecn-max is less than ecn");
	if (!r->mark_all && r->mark_p != GIGA)
		return wrong(p, "ecn-p needs ecn-max");
	return 0;
}

static char *next_word(char **rest)
{
	char *word;

	do {
		word = strsep(rest, " \t");
	} while (word && !*word);
	return word;
}

int rule_parse(struct rule_text *r, const char *text, char *err, size_t errlen)
{
	struct parse p = { r, err, errlen };
	char buf[SKUA_IMPAIR_TEXT], *rest = buf, *word;
	unsigned int given = 0;
	int ret;

	*r = (struct rule_text){
		.always = true, .nth = 1, .bits = 1, .by = 3,
		.wait = 10000000, .limit = 256 << 10, .mark_p = GIGA,
	};
	if (strlen(text) >= sizeof(buf))
		return wrong(&p, "a rule has at most %zu characters",
			     sizeof(buf) - 1);
	strcpy(buf, text);
	ret = parse_action(&p, next_word(&rest));
	if (!ret)
		ret = parse_dir(&p, next_word(&rest));
	if (!ret && (r->action == DELAY || r->action == RATE))
		ret = parse_amount(&p, next_word(&rest));
	while (!ret && (word = next_word(&rest)))
		ret = parse_field(&p, word, &given);
	return ret ? ret : parse_end(&p);
}
