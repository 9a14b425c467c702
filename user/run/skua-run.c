// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* skua-run(1): a program with the devices of user mode. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <glob.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "config.h"
#include "ipsec.h"
#include "program.h"

/* As env(1) has them, and 2 for a command line that makes no sense. */
enum {
	EXIT_USAGE = 2,
	EXIT_OURS = 125,
	EXIT_CANNOT_RUN = 126,
	EXIT_NOT_FOUND = 127,
};

#define LIBRARY "libskua-user.so"

__attribute__((noreturn, format(printf, 2, 3))) static void
fail(int status, const char *format, ...)
{
	va_list ap;

	fputs("skua-run: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(status);
}

/* A formatted string, of memory that stays until exec(). */
__attribute__((format(printf, 1, 2))) static char *say(const char *format, ...)
{
	char *text;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&text, format, ap) < 0)
		fail(EXIT_OURS, "%s", strerror(ENOMEM));
	va_end(ap);
	return text;
}

/* What is set now with more after it, or just more. */
static char *append(const char *now, char mark, const char *more)
{
	return now && *now ? say("%s%c%s", now, mark, more) : say("%s", more);
}

void cannot(const char *format, ...)
{
	va_list ap;

	fputs("skua-run: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(EXIT_OURS);
}

int pass_on(int fd)
{
	struct rlimit limit;
	int high;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur > 1024)
		limit.rlim_cur = 1024;
	high = fcntl(fd, F_DUPFD, (int)(limit.rlim_cur - limit.rlim_cur / 4));
	if (high < 0)
		cannot("%s", strerror(errno));
	close(fd);
	return high;
}

/* The program -------------------------------------------------------------- */

/* The file that execvp() would take. */
static char *find_program(const char *name)
{
	const char *path = getenv("PATH");
	char *file, *found = NULL;
	struct stat st;
	int len;

	if (strchr(name, '/'))
		return say("%s", name);
	for (path = path ? path : "/bin:/usr/bin";; path += len + 1) {
		len = strcspn(path, ":");
		file = say("%.*s%s%s", len, path, len ? "/" : "./", name);
		if (!stat(file, &st) && S_ISREG(st.st_mode)) {
			if (!access(file, X_OK))
				return file;
			found = found ? found : file;
		}
		if (!path[len])
			break;
	}
	if (!found)
		fail(EXIT_NOT_FOUND, "%s: not found in PATH", name);
	return found;
}

/* Whether exec() gives rights away, so that the loader heeds no LD_PRELOAD. */
static const char *gains_rights(const char *file, const struct stat *st)
{
	struct statvfs fs;

	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ||
	    (!statvfs(file, &fs) && fs.f_flag & ST_NOSUID))
		return NULL;
	if (st->st_mode & S_ISUID && st->st_uid != getuid())
		return "it is setuid";
	if (st->st_mode & S_ISGID && st->st_mode & S_IXGRP &&
	    st->st_gid != getgid())
		return "it is setgid";
	if (getuid() && getxattr(file, "security.capability", NULL, 0) > 0)
		return "it has file capabilities";
	return NULL;
}

static void check_file(const char *file)
{
	const char *why;
	struct stat st;

	if (stat(file, &st))
		fail(errno == ENOENT || errno == ENOTDIR ? EXIT_NOT_FOUND
							 : EXIT_CANNOT_RUN,
		     "%s: %s", file, strerror(errno));
	if (!S_ISREG(st.st_mode))
		fail(EXIT_CANNOT_RUN, "%s: not a program", file);
	if (access(file, X_OK))
		fail(EXIT_CANNOT_RUN, "%s: %s", file, strerror(errno));
	why = gains_rights(file, &st);
	if (why)
		fail(EXIT_CANNOT_RUN,
		     "%s: %s, and such programs take no preloaded library",
		     file, why);
}

/* What is executed for file, in which our library must find its place. */
static struct program check_program(const char *file)
{
	unsigned int depth;
	struct program prog;

	/* Linux follows as many interpreters that are scripts themselves. */
	for (depth = 0; depth < 5; depth++) {
		check_file(file);
		/* It may be executable and yet not readable. */
		if (program_read(&prog, file))
			return (struct program){};
		switch (prog.kind) {
		case PROGRAM_SCRIPT:
			file = say("%s", prog.loader);
			continue;
		case PROGRAM_OTHER:
			/* execvp() has the shell read it. */
			file = "/bin/sh";
			continue;
		case PROGRAM_FOREIGN:
			fail(EXIT_CANNOT_RUN,
			     "%s: built for another machine than " LIBRARY, file);
		case PROGRAM_STATIC:
			fail(EXIT_CANNOT_RUN,
			     "%s: statically linked, and such programs take no preloaded library",
			     file);
		case PROGRAM_DYNAMIC:
			break;
		}
		break;
	}
	if (strstr(prog.loader, "/ld-musl"))
		fail(EXIT_CANNOT_RUN,
		     "%s: built for musl, but " LIBRARY " for glibc", file);
	if (prog.kind == PROGRAM_DYNAMIC && access(prog.loader, X_OK))
		fail(EXIT_CANNOT_RUN, "%s: its loader %s: %s", file,
		     prog.loader, strerror(errno));
	return prog;
}

/* The environment ---------------------------------------------------------- */

static char *find_library(void)
{
	char self[PATH_MAX], *file;
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	static const char *const places[] = {
		".", /* of the build tree */
		SKUA_LIBRARY_FROM_BIN,
	};
	unsigned int i;

	if (len < 0)
		fail(EXIT_OURS, "/proc/self/exe: %s", strerror(errno));
	self[len] = '\0';
	*strrchr(self, '/') = '\0';
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		file = say("%s/%s/" LIBRARY, self, places[i]);
		file = realpath(file, NULL);
		if (file)
			break;
	}
	if (!file)
		fail(EXIT_OURS, "no " LIBRARY " in %s, nor in %s/%s", self,
		     self, places[1]);
	if (access(say("%.*ssysfs/1", (int)(strrchr(file, '/') + 1 - file), file),
		   X_OK))
		fail(EXIT_OURS, "%s: no folder sysfs beside it", file);
	/* ld.so(8) knows no way to quote these. */
	if (strpbrk(file, ": \t"))
		fail(EXIT_OURS, "%s: LD_PRELOAD takes no such name", file);
	return file;
}

/* True if list, of LD_PRELOAD, has name. */
static bool preloaded(const char *list, const char *name)
{
	size_t len = strlen(name), item;

	for (; list && *list; list += item + !!list[item]) {
		item = strcspn(list, ": ");
		if (item == len && !memcmp(list, name, len))
			return true;
	}
	return false;
}

/*
 * The sanitizer's runtime, if the program or the library was built for it, must
 * come before all others.
 */
static const char *preload(const char *library, const struct program *prog)
{
	const char *asan = prog->asan, *now = getenv("LD_PRELOAD");
	const char *list = now;
	struct program lib;

	if (!preloaded(now, library))
		list = now && *now ? say("%s:%s", library, now) : library;
	if (!*asan && !program_read(&lib, library))
		asan = say("%s", lib.asan);
	return *asan && !preloaded(now, asan) ? say("%s:%s", asan, list) : list;
}

/*
 * libibverbs finds an installed provider by itself. That of a build tree it
 * must be told of, without what follows the name of the provider. There it is a
 * link to a library of another name.
 */
static char *find_provider(const char *library)
{
	static const char *const places[] = { "../lib", "../libibverbs" };
	char *folder = say("%s", library), *place;
	unsigned int i;
	glob_t found;

	*strrchr(folder, '/') = '\0';
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		place = realpath(say("%s/%s", folder, places[i]), NULL);
		if (!place || glob(say("%s/libskua-rdmav*.so", place), 0, NULL,
				   &found))
			continue;
		globfree(&found);
		return say("%s/libskua", place);
	}
	return NULL;
}

static void put(const char *name, const char *value, bool print)
{
	if (print)
		printf("%s=%s\n", name, value);
	else if (setenv(name, value, 1))
		fail(EXIT_OURS, "%s", strerror(errno));
}

static void put_provider(const char *library, bool print)
{
	/* If both are set libibverbs heeds the older one. */
	const char *variable =
		getenv("RDMAV_DRIVERS") ? "RDMAV_DRIVERS" : "IBV_DRIVERS";
	const char *now = getenv(variable);
	char *name;

	if (!access(SKUA_PROVIDER_CONFIG, F_OK))
		return;
	name = find_provider(library);
	if (!name && now && strstr(now, "/libskua"))
		return;
	if (!name) {
		fputs("skua-run: warning: libibverbs' provider for skua is not installed\n",
		      stderr);
		return;
	}
	if (!now || !strstr(now, name))
		put(variable, append(now, ':', name), print);
	else if (print)
		put(variable, now, print);
}

/* The command line --------------------------------------------------------- */

static void usage(FILE *to)
{
	fputs("Usage: skua-run [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
	      "   or: skua-run [OPTION]... --print-env\n"
	      "Run a program with RDMA devices skua0... of user mode.\n\n"
	      "  -n, --devices N        this many devices, 1 to 8\n"
	      "  -a, --address ADDRESS[@skuaN]\n"
	      "                         address of all or of one device in place\n"
	      "                         of the machine's; may be repeated\n"
	      "  -l, --link KIND:WHERE  send packets by a link: udp:ADDRESS, shm:NAME,\n"
	      "                         packet:INTERFACE or tap:NAME\n"
	      "  -i, --impair FILE      treat packets on the link as its rules say\n"
	      "  -c, --capture FILE     write the packets to a file\n"
	      "  -C, --cc NAME=VALUE    set a parameter of congestion control on the\n"
	      "                         link, or turn it on or off; may be repeated\n"
	      "      --control SOCKET   listen for skuactl link\n"
	      "      --ipsec FILE       have the security associations and policies in\n"
	      "                         a file\n"
	      "  -r, --recovery HOW     repeat what the link loses: selective, or\n"
	      "                         go-back-n as any other adapter does\n"
	      "  -s, --share WHO        connect with processes of this user, of its\n"
	      "                         group or of all: user, group, all\n"
	      "  -p, --print-env        print the environment to set instead\n"
	      "  -h, --help             this text\n"
	      "  -V, --version\n",
	      to);
}

/* Without a short name. */
enum { OPT_CONTROL = 256, OPT_IPSEC };

static const struct option options[] = {
	{ "devices", required_argument, NULL, 'n' },
	{ "address", required_argument, NULL, 'a' },
	{ "link", required_argument, NULL, 'l' },
	{ "impair", required_argument, NULL, 'i' },
	{ "capture", required_argument, NULL, 'c' },
	{ "cc", required_argument, NULL, 'C' },
	{ "control", required_argument, NULL, OPT_CONTROL },
	{ "ipsec", required_argument, NULL, OPT_IPSEC },
	{ "recovery", required_argument, NULL, 'r' },
	{ "share", required_argument, NULL, 's' },
	{ "print-env", no_argument, NULL, 'p' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{},
};

struct command {
	char *config; /* SKUA_USER */
	const char *ipsec;
	bool print;
};

/* Key=value of an option, behind what the environment says already. */
static void configure(struct command *cmd, const char *key, const char *value)
{
	const char *comma = strchr(value, ',');

	if (comma && (strcmp(key, "link") || !skua_user_link_options(comma)))
		fail(EXIT_USAGE, "--%s %s: has a comma", key, value);
	cmd->config = append(cmd->config, ',', say("%s=%s", key, value));
}

static void parse_options(struct command *cmd, int argc, char **argv)
{
	int opt;

	/* "+": what follows the program's name is the program's. */
	while ((opt = getopt_long(argc, argv, "+n:a:l:i:c:C:r:s:phV", options, NULL)) !=
	       -1) {
		switch (opt) {
		case 'n':
			configure(cmd, "devices", optarg);
			break;
		case 'a':
			configure(cmd, "address", optarg);
			break;
		case 'l':
			configure(cmd, "link", optarg);
			break;
		case 'i':
			configure(cmd, "impair", optarg);
			break;
		case 'c':
			configure(cmd, "capture", optarg);
			break;
		case 'C':
			configure(cmd, "cc", optarg);
			break;
		case OPT_CONTROL:
			configure(cmd, "control", optarg);
			break;
		case OPT_IPSEC:
			if (cmd->ipsec)
				fail(EXIT_USAGE, "--ipsec is given twice");
			cmd->ipsec = optarg;
			break;
		case 'r':
			configure(cmd, "recovery", optarg);
			break;
		case 's':
			configure(cmd, "share", optarg);
			break;
		case 'p':
			cmd->print = true;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		case 'V':
			puts("skua-run " SKUA_VERSION);
			exit(0);
		default:
			exit(EXIT_USAGE);
		}
	}
}

static void check_command(const struct command *cmd, int arguments)
{
	struct skua_user_config config;
	char why[128];

	if (!skua_user_config_parse(&config, cmd->config, why, sizeof(why)))
		fail(EXIT_USAGE, "%s", why);
	if (cmd->print && arguments)
		fail(EXIT_USAGE, "--print-env runs no program");
	if (!cmd->print && !arguments)
		fail(EXIT_USAGE, "no program; see skua-run --help");
	if (cmd->print && cmd->ipsec)
		fail(EXIT_USAGE,
		     "--ipsec goes by a descriptor, which cannot be printed");
	if (cmd->ipsec && !strncmp(config.link, "udp:", 4) &&
	    !strstr(config.link, ",esp"))
		fail(EXIT_USAGE, "--ipsec: a link udp carries ESP only with "
				 ",esp behind its address");
	if (cmd->ipsec && config.ipsec >= 0)
		fail(EXIT_USAGE, "--ipsec was given to who runs this already");
}

int main(int argc, char **argv)
{
	struct command cmd = { .config = getenv("SKUA_USER") };
	struct program prog = {};
	const char *library;
	char *file = NULL;

	parse_options(&cmd, argc, argv);
	argv += optind;
	check_command(&cmd, argc - optind);
	if (!cmd.print) {
		file = find_program(argv[0]);
		prog = check_program(file);
	}
	library = find_library();
	put("LD_PRELOAD", preload(library, &prog), cmd.print);
	if (cmd.ipsec)
		configure(&cmd, "ipsec", say("%d", load_ipsec(cmd.ipsec)));
	if (cmd.config)
		put("SKUA_USER", cmd.config, cmd.print);
	put_provider(library, cmd.print);
	if (cmd.print)
		return fflush(stdout) ? EXIT_OURS : 0;
	execvp(file, argv);
	fail(EXIT_CANNOT_RUN, "%s: %s", file, strerror(errno));
}
