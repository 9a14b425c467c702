// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* skuad: one adapter, its functions served to virtual machines. */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "control.h"
#include "skua_cc.h"

#define EXIT_USAGE 2
#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))

static const char usage[] =
"usage: skuad [OPTION...] --function SOCKET[,mac=MAC] ...\n"
"\n"
"Serve the functions of one Skua adapter over the vfio-user protocol.\n"
"\n"
"  -f, --function SOCKET[,mac=MAC]  add a function; its client, usually QEMU's\n"
"                                   vfio-user-pci, connects to SOCKET\n"
"  -l, --link KIND:WHERE            send to and receive from a link:\n"
"                                   shm:NAME, tap:NAME, packet:INTERFACE or\n"
"                                   udp:ADDRESS\n"
"  -C, --cc NAME=VALUE              set a parameter of congestion control, or\n"
"                                   turn it on or off\n"
"  -r, --recovery HOW               repeat what the link loses: selective, or\n"
"                                   go-back-n as any other adapter does\n"
"  -c, --control SOCKET             listen for skuactl\n"
"  -v, --verbose                    log refused messages\n"
"  -V, --version                    print the version and exit\n"
"  -h, --help                       print this and exit\n";

struct function_arg {
	char *path;
	uint8_t mac[6];
};

struct options {
	struct function_arg fn[64];
	unsigned int nfn;
	const char *control, *link;
	const char *cc[64];
	unsigned int ncc;
	enum skua_recovery recovery;
	bool verbose;
};

static struct vfu_server server;

static void __attribute__((noreturn, format(printf, 1, 2)))
wrong_call(const char *fmt, ...)
{
	va_list ap;

	fputs("skuad: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs(" (skuad --help tells more)\n", stderr);
	exit(EXIT_USAGE);
}

static void parse_mac(const char *text, uint8_t mac[6])
{
	unsigned int b[6];
	int end = 0, i;

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2],
		   &b[3], &b[4], &b[5], &end) != 6 || text[end])
		wrong_call("not a MAC address: %s", text);
	for (i = 0; i < 6; i++)
		mac[i] = b[i];
	if (mac[0] & 1)
		wrong_call("a multicast MAC address: %s", text);
}

static void parse_function(struct options *o, char *arg)
{
	struct function_arg *fn = &o->fn[o->nfn];
	char *opt = strchr(arg, ',');

	if (o->nfn == COUNT(o->fn))
		wrong_call("more than %u functions", o->nfn);
	if (opt) {
		*opt++ = '\0';
		if (strncmp(opt, "mac=", 4))
			wrong_call("unknown option of a function: %s", opt);
		parse_mac(opt + 4, fn->mac);
	}
	if (!*arg)
		wrong_call("a function needs a socket");
	fn->path = arg;
	o->nfn++;
}

static enum skua_recovery parse_recovery(const char *text)
{
	if (!strcmp(text, "selective"))
		return SKUA_RECOVERY_SELECTIVE;
	if (strcmp(text, "go-back-n"))
		wrong_call("not selective or go-back-n: %s", text);
	return SKUA_RECOVERY_GO_BACK_N;
}

static void parse(struct options *o, int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "function", required_argument, NULL, 'f' },
		{ "link", required_argument, NULL, 'l' },
		{ "cc", required_argument, NULL, 'C' },
		{ "recovery", required_argument, NULL, 'r' },
		{ "control", required_argument, NULL, 'c' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":f:l:C:r:c:vVh", longopts,
				  NULL)) != -1) {
		switch (opt) {
		case 'f':
			parse_function(o, optarg);
			break;
		case 'l':
			if (o->link)
				wrong_call("more than one link");
			o->link = optarg;
			break;
		case 'C':
			if (o->ncc == COUNT(o->cc))
				wrong_call("more than %u times --cc", o->ncc);
			o->cc[o->ncc++] = optarg;
			break;
		case 'r':
			o->recovery = parse_recovery(optarg);
			break;
		case 'c':
			o->control = optarg;
			break;
		case 'v':
			o->verbose = true;
			break;
		case 'V':
			puts("skuad " SKUA_VERSION);
			exit(0);
		case 'h':
			fputs(usage, stdout);
			exit(0);
		case ':':
			wrong_call("%s needs an argument", argv[optind - 1]);
		default:
			wrong_call("unknown option: %s", argv[optind - 1]);
		}
	}
	if (optind < argc)
		wrong_call("unexpected argument: %s", argv[optind]);
	if (!o->nfn)
		wrong_call("at least one --function is needed");
}

static void on_signal(int sig)
{
	(void)sig;
	vfu_server_stop(&server);
}

static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/*
 * A function may hold an eventfd for each vector, and those that a message
 * brought: with many functions more than the usual soft limit.
 */
static void raise_file_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r))
		return;
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
}

static int fail(const char *what, int err)
{
	fprintf(stderr, "skuad: %s: %s\n", what, strerror(err));
	return 1;
}

static int open_link(struct skua_adapter *ad, const char *spec)
{
	char why[160];

	if (!spec || !skua_adapter_link(ad, spec, NULL, NULL, why, sizeof(why)))
		return 0;
	fprintf(stderr, "skuad: %s\n", why);
	return 1;
}

static int set_cc(struct skua_adapter *ad, const struct options *o)
{
	unsigned int i;
	char why[160];

	for (i = 0; i < o->ncc; i++) {
		if (!skua_adapter_cc_set(ad, o->cc[i], why, sizeof(why)))
			continue;
		fprintf(stderr, "skuad: --cc: %s\n", why);
		return EXIT_USAGE;
	}
	return 0;
}

static int add_functions(const struct options *o)
{
	unsigned int i;
	int err;

	for (i = 0; i < o->nfn; i++) {
		err = vfu_server_add(&server, o->fn[i].path, o->fn[i].mac);
		if (err)
			return fail(o->fn[i].path, -err);
	}
	return 0;
}

static int serve(const struct options *o)
{
	struct control *ctl = NULL;
	int err = add_functions(o);

	if (err)
		return err;
	if (o->control) {
		ctl = control_create(&server, o->control);
		if (!ctl)
			return fail(o->control, errno);
	}
	fputs("skuad: ready\n", stderr);
	err = vfu_server_run(&server);
	if (ctl)
		control_destroy(ctl);
	return err ? fail("epoll", -err) : 0;
}

int main(int argc, char **argv)
{
	struct skua_adapter_config cfg = { 0 };
	struct options o = { 0 };
	struct skua_adapter *ad;
	int err;

	setvbuf(stderr, NULL, _IOLBF, 0);
	parse(&o, argc, argv);
	raise_file_limit();
	cfg.recovery = o.recovery;
	ad = skua_adapter_create(&cfg);
	if (!ad)
		return fail("adapter", errno);
	err = vfu_server_init(&server, ad);
	if (err)
		return fail("server", -err);
	server.verbose = o.verbose;
	err = set_cc(ad, &o);
	if (err)
		return err;
	if (open_link(ad, o.link))
		return 1;
	catch_signals();
	err = skua_adapter_start(ad);
	if (err)
		return fail("threads", -err);
	err = serve(&o);
	vfu_server_fini(&server);
	skua_adapter_destroy(ad);
	return err;
}
