// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* skuactl: ask a running skuad, see device/skuad/control.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <json-c/json.h>

#define EXIT_FAILED 1
#define EXIT_USAGE  2
#define TIMEOUT_S   10

static const char usage[] =
"usage: skuactl [--control SOCKET] stats [--json]\n"
"\n"
"  stats                  what every function has done so far\n"
"\n"
"  -c, --control SOCKET   of skuad (default: $XDG_RUNTIME_DIR/skuad.sock,\n"
"                         or /run/skua/skuad.sock)\n"
"  -j, --json             print the answer for programs\n"
"  -h, --help             print this and exit\n";

static void __attribute__((noreturn, format(printf, 2, 3)))
quit(int status, const char *fmt, ...)
{
	va_list ap;

	fputs("skuactl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(status);
}

static const char *default_path(void)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	static char path[108];

	if (!dir || !*dir)
		return "/run/skua/skuad.sock";
	snprintf(path, sizeof(path), "%s/skuad.sock", dir);
	return path;
}

static FILE *connect_to(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct timeval tv = { .tv_sec = TIMEOUT_S };
	FILE *f;
	int fd;

	if (strlen(path) >= sizeof(addr.sun_path))
		quit(EXIT_USAGE, "the path is too long: %s", path);
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (void *)&addr, sizeof(addr)))
		quit(EXIT_FAILED, "%s: %s", path, strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	f = fdopen(fd, "r+");
	if (!f)
		quit(EXIT_FAILED, "%s: %s", path, strerror(errno));
	return f;
}

/* One request, one answer; whoever says no is quoted. */
static struct json_object *ask(const char *path, const char *request)
{
	struct json_object *answer, *ok, *error;
	FILE *f = connect_to(path);
	char *line = NULL;
	size_t size = 0;

	if (fprintf(f, "%s\n", request) < 0 || fflush(f) ||
	    getline(&line, &size, f) < 0)
		quit(EXIT_FAILED, "%s: no answer", path);
	fclose(f);
	answer = json_tokener_parse(line);
	free(line);
	if (!json_object_object_get_ex(answer, "ok", &ok))
		quit(EXIT_FAILED, "%s: that is not skuad", path);
	if (!json_object_get_boolean(ok)) {
		json_object_object_get_ex(answer, "error", &error);
		quit(EXIT_FAILED, "%s", json_object_get_string(error));
	}
	return answer;
}

static void print_flat(struct json_object *o, const char *prefix)
{
	char name[96];

	json_object_object_foreach(o, key, val) {
		if (json_object_is_type(val, json_type_object)) {
			snprintf(name, sizeof(name), "%s.", key);
			print_flat(val, name);
			continue;
		}
		snprintf(name, sizeof(name), "%s%s", prefix, key);
		printf("  %-36s %s\n", name, json_object_get_string(val));
	}
}

static void print_table(struct json_object *functions)
{
	struct json_object *fn;
	size_t i, n = json_object_array_length(functions);

	for (i = 0; i < n; i++) {
		fn = json_object_array_get_idx(functions, i);
		printf("function %zu\n", i);
		print_flat(fn, "");
	}
}

static int cmd_stats(const char *path, int json)
{
	struct json_object *answer = ask(path, "{\"cmd\":\"stats\"}"), *fns;

	if (!json_object_object_get_ex(answer, "functions", &fns))
		quit(EXIT_FAILED, "%s: an answer without functions", path);
	if (json)
		puts(json_object_to_json_string_ext(fns,
						    JSON_C_TO_STRING_PRETTY));
	else
		print_table(fns);
	json_object_put(answer);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "control", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	const char *path = default_path();
	int opt, json = 0;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":c:jh", longopts, NULL)) != -1) {
		switch (opt) {
		case 'c':
			path = optarg;
			break;
		case 'j':
			json = 1;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case ':':
			quit(EXIT_USAGE, "%s needs an argument",
			     argv[optind - 1]);
		default:
			quit(EXIT_USAGE, "unknown option: %s",
			     argv[optind - 1]);
		}
	}
	if (optind == argc)
		quit(EXIT_USAGE, "a command is needed (skuactl --help tells more)");
	if (strcmp(argv[optind], "stats"))
		quit(EXIT_USAGE, "unknown command: %s", argv[optind]);
	if (optind + 1 < argc)
		quit(EXIT_USAGE, "unexpected argument: %s", argv[optind + 1]);
	return cmd_stats(path, json);
}
