// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* skuactl: ask a running adapter, see device/control/conn.h. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "skuactl.h"

#define MAX_SECONDS 86400 /* a day */

static const char usage[] =
"usage: skuactl [--control SOCKET] COMMAND [OPTION...] [ARGUMENT...]\n"
"\n"
"  stats                      what every function has done so far\n"
"  cc show                    parameters of congestion control\n"
"  cc set NAME=VALUE...       set some, or turn it on or off\n"
"  link show                  the links, and what was done to them\n"
"  link impair add RULE       let frames of links meet a fate, such as\n"
"                             \"drop out p=0.01\"; skuactl(8) has all of them\n"
"  link impair list           the rules, and what they did\n"
"  link impair clear [NUMBER] remove a rule, or all\n"
"  link impair seed NUMBER    let all rules begin again with this seed\n"
"  link capture start FILE    write what passes to a pcapng file or a pipe\n"
"  link capture stop\n"
"  ipsec show                 security associations and flows\n"
"  ipsec verify [LINK]        watch a link, and fail if something leaves in the\n"
"                             clear that is to be protected\n"
"\n"
"  -c, --control SOCKET       of the adapter (default:\n"
"                             $XDG_RUNTIME_DIR/skuad.sock, or\n"
"                             /run/skua/skuad.sock)\n"
"  -f, --file FILE            impair add: rules of a file, one a line\n"
"  -j, --json                 print the answer for programs\n"
"  -l, --link NAME            impair, capture: of this link only\n"
"  -L, --limit SIZE           capture: end it when the file has this size\n"
"  -p, --port NUMBER|all      capture: what passes the port of this function\n"
"  -q, --qp                   cc show: the queue pairs that are slowed down\n"
"  -S, --snap SIZE            capture: of each frame this much at most\n"
"  -s, --seconds NUMBER       ipsec verify: so long (default: 10)\n"
"  -V, --version              print the version and exit\n"
"  -h, --help                 print this and exit\n";

void quit(int status, const char *fmt, ...)
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

uint64_t number(const char *text, uint64_t max, const char *what)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(text, &end, 0);
	if (*text < '0' || *text > '9' || *end || errno || v > max)
		quit(EXIT_USAGE, "not %s: %s", what, text);
	return v;
}

static uint64_t size(const char *text)
{
	static const char *const units[] = { "", "KiB", "MiB", "GiB" };
	unsigned long long v;
	unsigned int i;
	char *end;

	v = strtoull(text, &end, 10);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(end, units[i]))
			break;
	if (*text < '1' || *text > '9' || i == sizeof(units) / sizeof(units[0]) ||
	    v > (1ull << 50) >> 10 * i)
		quit(EXIT_USAGE, "not a size such as 100MiB: %s", text);
	return v << 10 * i;
}

static const struct command {
	const char *words[3];
	void (*run)(const struct options *o, char **argv);
	int least, most;	/* arguments */
	const char *options;	/* beside c */
} commands[] = {
	{ { "stats" }, cmd_stats, 0, 0, "j" },
	{ { "cc", "show" }, cmd_cc_show, 0, 0, "jq" },
	{ { "cc", "set" }, cmd_cc_set, 1, 64, "" },
	{ { "link", "show" }, cmd_link_show, 0, 0, "j" },
	{ { "link", "impair", "add" }, cmd_impair_add, 0, 64, "fl" },
	{ { "link", "impair", "list" }, cmd_impair_list, 0, 0, "jl" },
	{ { "link", "impair", "clear" }, cmd_impair_clear, 0, 1, "l" },
	{ { "link", "impair", "seed" }, cmd_impair_seed, 1, 1, "l" },
	{ { "link", "capture", "start" }, cmd_capture_start, 1, 1, "lLpS" },
	{ { "link", "capture", "stop" }, cmd_capture_stop, 0, 0, "" },
	{ { "ipsec", "show" }, cmd_ipsec_show, 0, 0, "j" },
	{ { "ipsec", "verify" }, cmd_ipsec_verify, 0, 1, "js" },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* How many words of argv name this command, 0 if they do not. */
static int named(const struct command *c, char **argv)
{
	int n;

	for (n = 0; n < 3 && c->words[n]; n++)
		if (!argv[n] || strcmp(argv[n], c->words[n]))
			return 0;
	return n;
}

static const struct command *find(char **argv, int *words)
{
	unsigned int i;

	if (!*argv)
		quit(EXIT_USAGE,
		     "a command is needed (skuactl --help tells more)");
	for (i = 0; i < COMMANDS; i++) {
		*words = named(&commands[i], argv);
		if (*words)
			return &commands[i];
	}
	quit(EXIT_USAGE, "unknown command: %s%s%s%s%s (skuactl --help lists "
	     "them)", argv[0], argv[1] ? " " : "", argv[1] ? argv[1] : "",
	     argv[1] && argv[2] ? " " : "",
	     argv[1] && argv[2] ? argv[2] : "");
}

static void run(const struct options *o, const char *given, int argc,
		char **argv)
{
	const struct command *c;
	int words;

	c = find(argv, &words);
	argc -= words;
	argv += words;
	if (argc < c->least)
		quit(EXIT_USAGE, "an argument is missing");
	if (argc > c->most)
		quit(EXIT_USAGE, "unexpected argument: %s", argv[c->most]);
	for (; *given; given++)
		if (!strchr(c->options, *given))
			quit(EXIT_USAGE, "not an option of this command: -%c",
			     *given);
	c->run(o, argv);
}

int main(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "control", required_argument, NULL, 'c' },
		{ "file", required_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' },
		{ "link", required_argument, NULL, 'l' },
		{ "limit", required_argument, NULL, 'L' },
		{ "port", required_argument, NULL, 'p' },
		{ "qp", no_argument, NULL, 'q' },
		{ "snap", required_argument, NULL, 'S' },
		{ "seconds", required_argument, NULL, 's' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct options o = { .control = default_path(), .seconds = 10 };
	char given[16] = "";
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":c:f:jl:L:p:qs:S:Vh", longopts,
				  NULL)) != -1) {
		switch (opt) {
		case 'c':
			o.control = optarg;
			continue;
		case 'f':
			o.file = optarg;
			break;
		case 'j':
			o.json = true;
			break;
		case 'l':
			o.link = optarg;
			break;
		case 'L':
			o.limit = size(optarg);
			break;
		case 'p':
			o.port = optarg;
			break;
		case 'q':
			o.qp = true;
			break;
		case 'S':
			o.snap = size(optarg);
			break;
		case 's':
			o.seconds = number(optarg, MAX_SECONDS,
					   "a number of seconds");
			break;
		case 'V':
			puts("skuactl " SKUA_VERSION);
			return 0;
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
		if (!strchr(given, opt))
			given[strlen(given)] = opt;
	}
	run(&o, given, argc - optind, argv + optind);
	return 0;
}
