// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "ipsec_control.h"
#include "ipsec_json.h"
#include "request.h"
#include "skua_clock.h"

/*
 * Objects of a page: what the engine waits for is to copy so many, and the
 * answer finds room in the socket at once.
 */
#define PAGE 64u

/* Who wanted a watch may be this late to stop it. */
#define GRACE_S 10u

struct skua_ipsec_control {
	struct skua_ipsec_owner owner;
	struct skua_watch watch;
	bool watching;
	uint32_t number;	/* of the watch, or of the last one */
	uint64_t until;		/* s, when it may be taken away */
};

struct skua_ipsec_control *
skua_ipsec_control_create(const struct skua_ipsec_owner *owner)
{
	struct skua_ipsec_control *ic = calloc(1, sizeof(*ic));

	if (ic)
		ic->owner = *owner;
	return ic;
}

static void lock(struct skua_ipsec_control *ic)
{
	ic->owner.lock(ic->owner.ctx);
}

static void unlock(struct skua_ipsec_control *ic)
{
	ic->owner.unlock(ic->owner.ctx);
}

static struct json_object *list(struct json_object *o, const char *name)
{
	struct json_object *array = json_object_new_array();

	json_object_object_add(o, name, array);
	return array;
}

/* What is there ------------------------------------------------------------- */

static struct json_object *show(struct skua_ipsec_control *ic,
				const struct control_request *r)
{
	struct json_object *o = control_success();
	struct json_object *functions = list(o, "functions");
	struct skua_ipsec_function f;
	unsigned int i;
	bool there;

	(void)r;
	for (i = 0; i < SKUA_IPSEC_FUNCTIONS; i++) {
		lock(ic);
		there = ic->owner.function(ic->owner.ctx, i, &f);
		unlock(ic);
		if (there)
			json_object_array_add(functions,
					      ipsec_function_json(i, &f));
	}
	return o;
}

static struct json_object *no_function(struct skua_ipsec_control *ic,
				       uint64_t i)
{
	struct skua_ipsec_function f;

	if (i < SKUA_IPSEC_FUNCTIONS &&
	    ic->owner.function(ic->owner.ctx, i, &f))
		return NULL;
	return control_failure("no such function: %llu", (unsigned long long)i);
}

static void add_next(struct json_object *o, uint32_t next)
{
	if (next != SKUA_IPSEC_END)
		json_object_object_add(o, "next", json_object_new_uint64(next));
}

static struct json_object *sas(struct skua_ipsec_control *ic,
			       const struct control_request *r)
{
	uint32_t at = r->number[FIELD_FROM];
	struct skua_ipsec_sa sa[PAGE];
	struct json_object *o, *array;
	unsigned int i, n = 0;

	lock(ic);
	o = no_function(ic, r->number[FIELD_FUNCTION]);
	if (!o)
		n = ic->owner.sas(ic->owner.ctx, r->number[FIELD_FUNCTION],
				  &at, sa, PAGE);
	unlock(ic);
	if (o)
		return o;
	o = control_success();
	array = list(o, "sas");
	for (i = 0; i < n; i++)
		json_object_array_add(array, ipsec_sa_json(&sa[i]));
	add_next(o, at);
	return o;
}

static struct json_object *flows(struct skua_ipsec_control *ic,
				 const struct control_request *r)
{
	uint32_t at = r->number[FIELD_FROM];
	struct skua_ipsec_flow flow[PAGE];
	struct json_object *o, *array;
	unsigned int i, n = 0;

	lock(ic);
	o = no_function(ic, r->number[FIELD_FUNCTION]);
	if (!o)
		n = ic->owner.flows(ic->owner.ctx, r->number[FIELD_FUNCTION],
				    &at, flow, PAGE);
	unlock(ic);
	if (o)
		return o;
	o = control_success();
	array = list(o, "flows");
	for (i = 0; i < n; i++)
		json_object_array_add(array, ipsec_flow_json(&flow[i]));
	add_next(o, at);
	return o;
}

/* The watch ----------------------------------------------------------------- */

static uint64_t now_s(void)
{
	return skua_clock_ns() / 1000000000;
}

/* The links that are meant get the watch, or none; how many. */
static unsigned int attach(struct skua_ipsec_control *ic, const char *link,
			   struct skua_watch *w)
{
	const char *name;
	unsigned int i, n = 0;

	for (i = 0; (name = ic->owner.link(ic->owner.ctx, i)); i++) {
		if (link && strcmp(link, name))
			continue;
		ic->owner.watch(ic->owner.ctx, i, w);
		n++;
	}
	return n;
}

static void end_watch(struct skua_ipsec_control *ic)
{
	lock(ic);
	attach(ic, NULL, NULL);
	unlock(ic);
	ic->watching = false;
}

static struct json_object *watch_start(struct skua_ipsec_control *ic,
				       const struct control_request *r)
{
	const char *link = r->text[FIELD_LINK];
	struct json_object *o;
	unsigned int n;

	if (ic->watching && now_s() < ic->until)
		return control_failure("there is a watch already");
	if (ic->watching)
		end_watch(ic);
	memset(&ic->watch, 0, sizeof(ic->watch));
	lock(ic);
	n = attach(ic, link, &ic->watch);
	unlock(ic);
	if (!n && link)
		return control_failure("no such link: %s", link);
	if (!n)
		return control_failure("there is no link");
	ic->watching = true;
	ic->until = now_s() + r->number[FIELD_SECONDS] + GRACE_S;
	o = control_success();
	json_object_object_add(o, "number",
			       json_object_new_uint64(++ic->number));
	return o;
}

static struct json_object *watch_stop(struct skua_ipsec_control *ic,
				      const struct control_request *r)
{
	struct json_object *o;

	if (!ic->watching || r->number[FIELD_NUMBER] != ic->number)
		return control_failure("there is no such watch");
	end_watch(ic);
	o = control_success();
	ipsec_add_watch(o, &ic->watch);
	return o;
}

void skua_ipsec_control_destroy(struct skua_ipsec_control *ic)
{
	if (ic->watching)
		end_watch(ic);
	free(ic);
}

/* Requests ------------------------------------------------------------------ */

static const struct command {
	const char *name;
	struct json_object *(*run)(struct skua_ipsec_control *ic,
				   const struct control_request *r);
	unsigned int needed, possible;
} commands[] = {
	{ "ipsec-show", show, 0, 0 },
	{ "ipsec-sas", sas, WITH(FIELD_FUNCTION), WITH(FIELD_FROM) },
	{ "ipsec-flows", flows, WITH(FIELD_FUNCTION), WITH(FIELD_FROM) },
	{ "ipsec-watch-start", watch_start, WITH(FIELD_SECONDS),
	  WITH(FIELD_LINK) },
	{ "ipsec-watch-stop", watch_stop, WITH(FIELD_NUMBER), 0 },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

struct json_object *skua_ipsec_control(struct skua_ipsec_control *ic,
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
	return wrong ? wrong : commands[i].run(ic, &r);
}
