// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "link_control.h"
#include "request.h"
#include "rdma/refusal.h"
#include "wire/result.h"

struct skua_link_control {
	struct skua_link_owner owner;
	struct skua_capture *cap;	/* NULL: none */
	char *path;			/* of it */
	uint64_t ports;			/* that it has, a bit for each */
};

struct skua_link_control *
skua_link_control_create(const struct skua_link_owner *owner)
{
	struct skua_link_control *lc = calloc(1, sizeof(*lc));

	if (lc)
		lc->owner = *owner;
	return lc;
}

static void lock(struct skua_link_control *lc)
{
	lc->owner.lock(lc->owner.ctx);
}

static void unlock(struct skua_link_control *lc)
{
	lc->owner.unlock(lc->owner.ctx);
}

/* The next link from *i on that is meant; *i is behind it then. */
static bool next_link(const struct skua_link_control *lc,
		      const struct control_request *r, unsigned int *i,
		      struct skua_link_view *view)
{
	const char *name = r->text[FIELD_LINK];

	while (lc->owner.view(lc->owner.ctx, (*i)++, view))
		if (!name || !strcmp(name, view->name))
			return true;
	return false;
}

/* NULL, or that there is no link that could be meant. */
static struct json_object *no_link(const struct skua_link_control *lc,
				   const struct control_request *r)
{
	struct skua_link_view view;
	unsigned int i = 0;

	if (next_link(lc, r, &i, &view))
		return NULL;
	if (r->text[FIELD_LINK])
		return control_failure("no such link: %s",
				       r->text[FIELD_LINK]);
	return control_failure("there is no link");
}

static void add(struct json_object *o, const char *name, uint64_t v)
{
	json_object_object_add(o, name, json_object_new_uint64(v));
}

static void add_text(struct json_object *o, const char *name, const char *text)
{
	json_object_object_add(o, name, json_object_new_string(text));
}

static struct json_object *list(struct json_object *o, const char *name)
{
	struct json_object *array = json_object_new_array();

	json_object_object_add(o, name, array);
	return array;
}

/* An object at the end of an array. */
static struct json_object *item(struct json_object *array)
{
	struct json_object *o = json_object_new_object();

	json_object_array_add(array, o);
	return o;
}

static void add_impair(struct json_object *o, const struct skua_impair *im)
{
	struct skua_impair_stats s;

	skua_impair_stats(im, &s);
	add(o, "seed", s.seed);
	add(o, "frames", s.frames);
	add(o, "dropped", s.dropped);
	add(o, "corrupted", s.corrupted);
	add(o, "duplicated", s.duplicated);
	add(o, "reordered", s.reordered);
	add(o, "delayed", s.delayed);
	add(o, "marked", s.marked);
	add(o, "overflow", s.overflow);
	add(o, "waiting", s.waiting);
}

static void add_refused(struct json_object *o, const struct skua_link_view *v)
{
	unsigned int i;

	for (i = SKUA_WIRE_TRUNCATED; i < SKUA_WIRE_RESULTS; i++)
		add(o, skua_wire_result_name[i], v->refused[i]);
	for (i = 0; i < SKUA_REFUSALS; i++)
		add(o, skua_refusal_name[i], v->unwanted[i]);
}

static void add_link(struct json_object *o, const struct skua_link_view *v)
{
	struct json_object *im = json_object_new_object();
	struct json_object *refused = json_object_new_object();

	add_text(o, "name", v->name);
	json_object_object_add(o, "up", json_object_new_boolean(v->up));
	add(o, "tx_frames", v->stats.tx_frames);
	add(o, "tx_bytes", v->stats.tx_bytes);
	add(o, "tx_full", v->stats.tx_full);
	add(o, "tx_errors", v->stats.tx_errors);
	add(o, "tx_lost", v->lost);
	add(o, "rx_frames", v->stats.rx_frames);
	add(o, "rx_bytes", v->stats.rx_bytes);
	add(o, "rx_errors", v->stats.rx_errors);
	add_refused(refused, v);
	json_object_object_add(o, "refused", refused);
	add_impair(im, v->impair);
	json_object_object_add(o, "impair", im);
}

static void add_capture(struct json_object *o, const char *path,
			const struct skua_capture_stats *s)
{
	struct json_object *c = json_object_new_object();

	json_object_object_add(o, "capture", c);
	add_text(c, "path", path);
	add(c, "frames", s->frames);
	add(c, "dropped", s->dropped);
	add(c, "bytes", s->bytes);
	if (s->ended)
		add_text(c, "ended", strerror(s->ended));
}

static struct json_object *show(struct skua_link_control *lc,
				const struct control_request *r)
{
	struct json_object *o = control_success(), *links = list(o, "links");
	struct skua_capture_stats s;
	struct skua_link_view view;
	unsigned int i = 0;

	while (next_link(lc, r, &i, &view))
		add_link(item(links), &view);
	if (lc->cap) {
		skua_capture_stats(lc->cap, &s);
		add_capture(o, lc->path, &s);
	}
	return o;
}

static unsigned int count_rules(const struct skua_link_view *v)
{
	struct skua_impair_rule rule;
	unsigned int n = 0;

	while (skua_impair_rule(v->impair, n, &rule))
		n++;
	return n;
}

/* The last n rules of a link, those that were just added. */
static void add_numbers(struct json_object *rules,
			const struct skua_link_view *v, unsigned int n)
{
	unsigned int i = count_rules(v) - n;
	struct skua_impair_rule rule;
	struct json_object *o;

	for (; skua_impair_rule(v->impair, i, &rule); i++) {
		o = item(rules);
		add_text(o, "link", v->name);
		add(o, "number", rule.number);
	}
}

/* The last n rules of so many links. */
static void take_back(const struct skua_link_control *lc,
		      const struct control_request *r, unsigned int links,
		      unsigned int n)
{
	struct skua_impair_rule rule;
	struct skua_link_view view;
	unsigned int i = 0, k;

	while (links-- && next_link(lc, r, &i, &view))
		for (k = 0; k < n; k++)
			if (skua_impair_rule(view.impair,
					     count_rules(&view) - 1, &rule))
				skua_impair_remove(view.impair, rule.number);
}

static struct json_object *impair_add(struct skua_link_control *lc,
				      const struct control_request *r)
{
	struct json_object *o = control_success(), *rules = list(o, "rules");
	unsigned int i = 0, links;
	struct skua_link_view view;
	char err[256];
	int n = 0, ret;

	for (links = 0; next_link(lc, r, &i, &view); links++) {
		ret = skua_impair_script(view.impair, r->text[FIELD_RULES],
					 err, sizeof(err));
		if (ret < 0) {
			take_back(lc, r, links, n);
			json_object_put(o);
			return control_failure("%s", err);
		}
		n = ret;
		add_numbers(rules, &view, n);
	}
	return o;
}

static void add_rules(struct json_object *rules,
		      const struct skua_link_view *v)
{
	struct skua_impair_rule rule;
	struct json_object *o;
	unsigned int i;

	for (i = 0; skua_impair_rule(v->impair, i, &rule); i++) {
		o = item(rules);
		add_text(o, "link", v->name);
		add(o, "number", rule.number);
		add_text(o, "rule", rule.text);
		add(o, "seen", rule.seen);
		add(o, "matched", rule.matched);
		add(o, "struck", rule.struck);
		add(o, "lost", rule.lost);
		add(o, "marked", rule.marked);
	}
}

static struct json_object *impair_list(struct skua_link_control *lc,
				       const struct control_request *r)
{
	struct json_object *o = control_success(), *rules = list(o, "rules");
	struct skua_link_view view;
	unsigned int i = 0;

	while (next_link(lc, r, &i, &view))
		add_rules(rules, &view);
	return o;
}

static bool has_rule(const struct skua_link_view *v, uint64_t number)
{
	struct skua_impair_rule rule;
	unsigned int i;

	for (i = 0; skua_impair_rule(v->impair, i, &rule); i++)
		if (rule.number == number)
			return true;
	return false;
}

static struct json_object *impair_clear(struct skua_link_control *lc,
					const struct control_request *r)
{
	const bool one = r->given & WITH(FIELD_NUMBER);
	const uint64_t number = r->number[FIELD_NUMBER];
	struct skua_link_view view;
	unsigned int i = 0;

	while (one && next_link(lc, r, &i, &view))
		if (!has_rule(&view, number))
			return control_failure("%s has no rule %llu",
					       view.name,
					       (unsigned long long)number);
	i = 0;
	while (next_link(lc, r, &i, &view)) {
		if (one)
			skua_impair_remove(view.impair, number);
		else
			skua_impair_clear(view.impair);
	}
	return control_success();
}

static struct json_object *impair_seed(struct skua_link_control *lc,
				       const struct control_request *r)
{
	struct skua_link_view view;
	unsigned int i = 0;

	while (next_link(lc, r, &i, &view))
		skua_impair_seed(view.impair, r->number[FIELD_SEED]);
	return control_success();
}

/* Who names a port means no link, unless that has a name too. */
static bool means_links(const struct control_request *r)
{
	return !r->text[FIELD_PORT] || r->text[FIELD_LINK];
}

/* NULL, or that it is no port. Those that are meant are [*first, *end). */
static struct json_object *meant_ports(const struct skua_link_control *lc,
				       const struct control_request *r,
				       unsigned int *first, unsigned int *end)
{
	const char *text = r->text[FIELD_PORT];
	char rest;

	*first = 0;
	*end = text ? lc->owner.ports : 0;
	if (!text || !strcmp(text, "all"))
		return NULL;
	if (!isdigit((unsigned char)*text) ||
	    sscanf(text, "%3u%c", first, &rest) != 1 || *first >= *end)
		return control_failure("no such port: %s", text);
	*end = *first + 1;
	return NULL;
}

static void attach_links(struct skua_link_control *lc,
			 const struct control_request *r,
			 struct skua_capture *cap)
{
	struct skua_link_view view;
	unsigned int i = 0;
	int point;

	while (next_link(lc, r, &i, &view)) {
		point = skua_capture_point(cap, view.name);
		if (point < 0)
			break;
		lc->owner.capture(lc->owner.ctx, i - 1, cap, point);
	}
}

static void attach_port(struct skua_link_control *lc, unsigned int port,
			struct skua_capture *cap)
{
	char name[16];
	int point;

	snprintf(name, sizeof(name), "port:%u", port);
	point = skua_capture_point(cap, name);
	if (point < 0)
		return;
	lc->owner.capture_port(lc->owner.ctx, port, cap, point);
	lc->ports |= 1ull << port;
}

/* The links and ports that are meant get a point each. */
static void attach(struct skua_link_control *lc, const struct control_request *r,
		   unsigned int first, unsigned int end)
{
	if (means_links(r))
		attach_links(lc, r, lc->cap);
	for (; first < end; first++)
		attach_port(lc, first, lc->cap);
}

static void detach(struct skua_link_control *lc)
{
	const struct control_request all = { 0 };
	struct skua_link_view view;
	unsigned int i = 0;

	while (next_link(lc, &all, &i, &view))
		if (view.capture == lc->cap)
			lc->owner.capture(lc->owner.ctx, i - 1, NULL, 0);
	for (i = 0; i < lc->owner.ports; i++)
		if (lc->ports >> i & 1)
			lc->owner.capture_port(lc->owner.ctx, i, NULL, 0);
	lc->ports = 0;
}

/* The file is closed without the lock. */
static void end_capture(struct skua_link_control *lc,
			struct skua_capture_stats *s)
{
	lock(lc);
	detach(lc);
	unlock(lc);
	skua_capture_close(lc->cap, s);
	lc->cap = NULL;
}

/* NULL, or the answer that there is no such link, or that somebody captures it. */
static struct json_object *links_taken(const struct skua_link_control *lc,
				       const struct control_request *r)
{
	struct json_object *o = no_link(lc, r);
	struct skua_link_view view;
	unsigned int i = 0;

	while (!o && next_link(lc, r, &i, &view))
		if (view.capture)
			o = control_failure("%s is captured already",
					    view.name);
	return o;
}

/* The same for the ports [first, end). */
static struct json_object *ports_taken(const struct skua_link_control *lc,
				       unsigned int first, unsigned int end)
{
	for (; first < end; first++)
		if (lc->owner.port_captured(lc->owner.ctx, first))
			return control_failure("port %u is captured already",
					       first);
	return NULL;
}

static struct json_object *cannot_capture(struct skua_link_control *lc,
					  const struct control_request *r,
					  unsigned int first, unsigned int end)
{
	struct json_object *o;

	lock(lc);
	o = means_links(r) ? links_taken(lc, r) : NULL;
	if (!o)
		o = ports_taken(lc, first, end);
	unlock(lc);
	return o;
}

static struct json_object *capture_start(struct skua_link_control *lc,
					 const struct control_request *r)
{
	const struct skua_capture_options opt = {
		.path = r->text[FIELD_PATH],
		.snap = r->number[FIELD_SNAP],
		.limit = r->number[FIELD_LIMIT],
		.host = lc->owner.host,
	};
	struct skua_capture_stats s;
	unsigned int first, end;
	struct json_object *o;
	char err[512];

	if (opt.path[0] != '/')
		return control_failure("not an absolute path: %s", opt.path);
	o = meant_ports(lc, r, &first, &end);
	if (o)
		return o;
	if (lc->cap) {
		skua_capture_stats(lc->cap, &s);
		if (!s.ended)
			return control_failure("there is a capture: %s",
					       lc->path);
		end_capture(lc, NULL);
	}
	o = cannot_capture(lc, r, first, end);
	if (o)
		return o;
	free(lc->path);
	lc->path = strdup(opt.path);
	if (!lc->path)
		return control_failure("%s", strerror(ENOMEM));
	lc->cap = skua_capture_open(&opt, err, sizeof(err));
	if (!lc->cap)
		return control_failure("%s", err);
	lock(lc);
	attach(lc, r, first, end);
	unlock(lc);
	return control_success();
}

static struct json_object *capture_stop(struct skua_link_control *lc,
					const struct control_request *r)
{
	struct skua_capture_stats s;
	struct json_object *o;

	(void)r;
	if (!lc->cap)
		return control_failure("there is no capture");
	end_capture(lc, &s);
	o = control_success();
	add_capture(o, lc->path, &s);
	return o;
}

void skua_link_control_destroy(struct skua_link_control *lc)
{
	if (lc->cap)
		end_capture(lc, NULL);
	free(lc->path);
	free(lc);
}

static const struct command {
	const char *name;
	struct json_object *(*run)(struct skua_link_control *lc,
				   const struct control_request *r);
	unsigned int needed, possible;
	bool locked;		/* run() wants the lock */
	bool links;		/* and that any is meant */
} commands[] = {
	{ "link-show", show, 0, 0, true, false },
	{ "link-impair-add", impair_add, WITH(FIELD_RULES), WITH(FIELD_LINK),
	  true, true },
	{ "link-impair-list", impair_list, 0, WITH(FIELD_LINK), true, true },
	{ "link-impair-clear", impair_clear, 0,
	  WITH(FIELD_NUMBER) | WITH(FIELD_LINK), true, true },
	{ "link-impair-seed", impair_seed, WITH(FIELD_SEED), WITH(FIELD_LINK),
	  true, true },
	{ "link-capture-start", capture_start, WITH(FIELD_PATH),
	  WITH(FIELD_SNAP) | WITH(FIELD_LIMIT) | WITH(FIELD_LINK) |
	  WITH(FIELD_PORT), false, false },
	{ "link-capture-stop", capture_stop, 0, 0, false, false },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static struct json_object *run(struct skua_link_control *lc,
			       const struct command *c,
			       const struct control_request *r)
{
	struct json_object *o;

	lock(lc);
	o = c->links ? no_link(lc, r) : NULL;
	if (!o && c->locked)
		o = c->run(lc, r);
	unlock(lc);
	return o ? o : c->run(lc, r);
}

struct json_object *skua_link_control(struct skua_link_control *lc,
				      const char *cmd,
				      struct json_object *request)
{
	struct json_object *wrong;
	struct control_request r;
	unsigned int i;

	for (i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, cmd))
			break;
	if (i == COMMANDS)
		return NULL;
	wrong = control_request_read(&r, request, commands[i].needed,
				     commands[i].possible);
	return wrong ? wrong : run(lc, &commands[i], &r);
}
