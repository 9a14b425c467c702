/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef SKUACTL_H
#define SKUACTL_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#define EXIT_FAILED 1
#define EXIT_USAGE  2

/* What was given on the command line; NULL or 0 if it was not. */
struct options {
	const char *control;
	bool json, qp;
	const char *link, *port, *file;
	uint64_t snap, limit, seconds;
};

void __attribute__((noreturn, format(printf, 2, 3)))
quit(int status, const char *fmt, ...);
/* A whole number up to max, or the end with a word on what it is. */
uint64_t number(const char *text, uint64_t max, const char *what);

/* ask.c: one request, one answer; whoever says no is quoted. */
struct json_object *ask(const char *path, struct json_object *request);
/* A request of this kind, to be filled in. */
struct json_object *request(const char *cmd);
/* What the answer must have. */
struct json_object *part(struct json_object *answer, const char *name);
void print_json(struct json_object *o);

/* table.c: an array of objects, a line each under the titles. */
struct column {
	const char *title;
	const char *key;	/* "a.b" is b in a */
	bool text;		/* to the left, numbers to the right */
};
void print_table(struct json_object *rows, const struct column *columns,
		 unsigned int n);

/* The commands; argv ends with NULL. */
void cmd_stats(const struct options *o, char **argv);
void cmd_cc_show(const struct options *o, char **argv);
void cmd_cc_set(const struct options *o, char **argv);
void cmd_link_show(const struct options *o, char **argv);
void cmd_impair_add(const struct options *o, char **argv);
void cmd_impair_list(const struct options *o, char **argv);
void cmd_impair_clear(const struct options *o, char **argv);
void cmd_impair_seed(const struct options *o, char **argv);
void cmd_capture_start(const struct options *o, char **argv);
void cmd_capture_stop(const struct options *o, char **argv);
void cmd_ipsec_show(const struct options *o, char **argv);
void cmd_ipsec_verify(const struct options *o, char **argv);

#endif /* SKUACTL_H */
