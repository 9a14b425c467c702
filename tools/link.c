// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* skuactl link ...: device/control/link_control.h has the requests. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "skuactl.h"

#define SCRIPT_MAX 16384
#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))

static void add_text(struct json_object *o, const char *name, const char *text)
{
	if (text)
		json_object_object_add(o, name, json_object_new_string(text));
}

static void add_number(struct json_object *o, const char *name, uint64_t v)
{
	json_object_object_add(o, name, json_object_new_uint64(v));
}

static void print_capture(struct json_object *c)
{
	struct json_object *ended;

	printf("%s: %s frames, %s dropped, %s bytes",
	       json_object_get_string(part(c, "path")),
	       json_object_get_string(part(c, "frames")),
	       json_object_get_string(part(c, "dropped")),
	       json_object_get_string(part(c, "bytes")));
	if (json_object_object_get_ex(c, "ended", &ended))
		printf(", ended: %s", json_object_get_string(ended));
	putchar('\n');
}

static void print_links(struct json_object *answer)
{
	static const struct column traffic[] = {
		{ "LINK", "name", true },
		{ "STATE", "state", true },
		{ "TX FRAMES", "tx_frames", false },
		{ "TX BYTES", "tx_bytes", false },
		{ "FULL", "tx_full", false },
		{ "ERRORS", "tx_errors", false },
		{ "LOST", "tx_lost", false },
		{ "RX FRAMES", "rx_frames", false },
		{ "RX BYTES", "rx_bytes", false },
		{ "ERRORS", "rx_errors", false },
	};
	static const struct column refused[] = {
		{ "REFUSED", "name", true },
		{ "TRUNCATED", "refused.truncated", false },
		{ "BAD IP", "refused.bad_ip", false },
		{ "FRAGMENT", "refused.fragment", false },
		{ "BAD CHECKSUM", "refused.bad_checksum", false },
		{ "BAD LENGTH", "refused.bad_length", false },
		{ "BAD ICRC", "refused.bad_icrc", false },
		{ "BAD TVER", "refused.bad_tver", false },
		{ "BAD OPCODE", "refused.bad_opcode", false },
		{ "BAD PAD", "refused.bad_pad", false },
	};
	static const struct column unwanted[] = {
		{ "UNWANTED", "name", true },
		{ "NO PORT", "refused.no_port", false },
		{ "BAD PKEY", "refused.bad_pkey", false },
		{ "NO QP", "refused.no_qp", false },
		{ "BAD SERVICE", "refused.bad_service", false },
		{ "BAD STATE", "refused.bad_state", false },
		{ "BAD PATH", "refused.bad_path", false },
		{ "BAD QKEY", "refused.bad_qkey", false },
	};
	static const struct column impaired[] = {
		{ "IMPAIRED", "name", true },
		{ "SEED", "impair.seed", false },
		{ "FRAMES", "impair.frames", false },
		{ "DROPPED", "impair.dropped", false },
		{ "CORRUPTED", "impair.corrupted", false },
		{ "DUPLICATED", "impair.duplicated", false },
		{ "REORDERED", "impair.reordered", false },
		{ "DELAYED", "impair.delayed", false },
		{ "MARKED", "impair.marked", false },
		{ "OVERFLOW", "impair.overflow", false },
		{ "WAITING", "impair.waiting", false },
	};
	struct json_object *links = part(answer, "links"), *capture, *l;
	size_t i, n = json_object_array_length(links);

	for (i = 0; i < n; i++) {
		l = json_object_array_get_idx(links, i);
		add_text(l, "state", json_object_get_boolean(part(l, "up")) ?
				     "up" : "down");
	}
	print_table(links, traffic, COUNT(traffic));
	putchar('\n');
	print_table(links, refused, COUNT(refused));
	putchar('\n');
	print_table(links, unwanted, COUNT(unwanted));
	putchar('\n');
	print_table(links, impaired, COUNT(impaired));
	if (json_object_object_get_ex(answer, "capture", &capture)) {
		fputs("\ncapture ", stdout);
		print_capture(capture);
	}
}

void cmd_link_show(const struct options *o, char **argv)
{
	struct json_object *answer = ask(o->control, request("link-show"));

	(void)argv;
	if (o->json) {
		json_object_object_del(answer, "ok");
		print_json(answer);
	} else {
		print_links(answer);
	}
	json_object_put(answer);
}

static void read_script(const char *path, char *buf)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "r") : stdin;
	size_t n;

	if (!f)
		quit(EXIT_FAILED, "%s: %s", path, strerror(errno));
	n = fread(buf, 1, SCRIPT_MAX, f);
	if (ferror(f))
		quit(EXIT_FAILED, "%s: %s", path, strerror(errno));
	if (n == SCRIPT_MAX)
		quit(EXIT_FAILED, "%s: it has more than %d bytes", path,
		     SCRIPT_MAX - 1);
	buf[n] = '\0';
	if (strlen(buf) != n)
		quit(EXIT_FAILED, "%s: it is not a text", path);
	if (f != stdin)
		fclose(f);
}

/* The words of the command line are one rule. */
static void join_words(char **argv, char *buf)
{
	size_t len = 0, n;

	for (; *argv; argv++) {
		n = strlen(*argv);
		if (strchr(*argv, '\n') || n >= SCRIPT_MAX - 2 - len)
			quit(EXIT_USAGE, "not a rule: %s", *argv);
		memcpy(buf + len, *argv, n);
		len += n;
		buf[len++] = argv[1] ? ' ' : '\0';
	}
}

void cmd_impair_add(const struct options *o, char **argv)
{
	struct json_object *req = request("link-impair-add"), *rules, *rule;
	char script[SCRIPT_MAX + 1];
	size_t i, n;

	if (!o->file == !*argv)
		quit(EXIT_USAGE, "either a rule or --file is needed");
	if (o->file)
		read_script(o->file, script);
	else
		join_words(argv, script);
	add_text(req, "rules", script);
	add_text(req, "link", o->link);
	req = ask(o->control, req);
	rules = part(req, "rules");
	n = json_object_array_length(rules);
	for (i = 0; i < n; i++) {
		rule = json_object_array_get_idx(rules, i);
		printf("%s: rule %s\n",
		       json_object_get_string(part(rule, "link")),
		       json_object_get_string(part(rule, "number")));
	}
	json_object_put(req);
}

void cmd_impair_list(const struct options *o, char **argv)
{
	static const struct column columns[] = {
		{ "LINK", "link", true },
		{ "NUMBER", "number", false },
		{ "SEEN", "seen", false },
		{ "MATCHED", "matched", false },
		{ "STRUCK", "struck", false },
		{ "LOST", "lost", false },
		{ "MARKED", "marked", false },
		{ "RULE", "rule", true },
	};
	struct json_object *req = request("link-impair-list");

	(void)argv;
	add_text(req, "link", o->link);
	req = ask(o->control, req);
	if (o->json)
		print_json(part(req, "rules"));
	else
		print_table(part(req, "rules"), columns, COUNT(columns));
	json_object_put(req);
}

void cmd_impair_clear(const struct options *o, char **argv)
{
	struct json_object *req = request("link-impair-clear");

	if (*argv)
		add_number(req, "number",
			   number(*argv, UINT32_MAX, "the number of a rule"));
	add_text(req, "link", o->link);
	json_object_put(ask(o->control, req));
}

void cmd_impair_seed(const struct options *o, char **argv)
{
	struct json_object *req = request("link-impair-seed");

	add_number(req, "seed", number(*argv, UINT64_MAX, "a number"));
	add_text(req, "link", o->link);
	json_object_put(ask(o->control, req));
}

/* The adapter has a working directory of its own. */
static char *absolute(const char *path)
{
	char *dir, *joined;

	if (*path == '/')
		return strdup(path);
	dir = get_current_dir_name();
	if (!dir || asprintf(&joined, "%s/%s", dir, path) < 0)
		quit(EXIT_FAILED, "%s: %s", path, strerror(errno));
	free(dir);
	return joined;
}

void cmd_capture_start(const struct options *o, char **argv)
{
	struct json_object *req = request("link-capture-start");
	char *path = absolute(*argv);

	add_text(req, "path", path);
	add_text(req, "link", o->link);
	add_text(req, "port", o->port);
	if (o->snap)
		add_number(req, "snap", o->snap);
	if (o->limit)
		add_number(req, "limit", o->limit);
	json_object_put(ask(o->control, req));
	free(path);
}

void cmd_capture_stop(const struct options *o, char **argv)
{
	struct json_object *answer;

	(void)argv;
	answer = ask(o->control, request("link-capture-stop"));
	print_capture(part(answer, "capture"));
	json_object_put(answer);
}
