// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Which link a text names. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "kind.h"

static const struct skua_link_kind *const kinds[] = {
	&skua_link_shm,
	&skua_link_udp,
	&skua_link_tap,
	&skua_link_packet,
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

void skua_link_say(const struct skua_link_args *args, const char *fmt, ...)
{
	va_list ap;
	int n;

	n = snprintf(args->err, args->errlen, "%s: ", args->spec);
	if (n < 0 || (size_t)n >= args->errlen)
		return;
	va_start(ap, fmt);
	vsnprintf(args->err + n, args->errlen - n, fmt, ap);
	va_end(ap);
}

int skua_link_keep(const struct skua_link_host *host, int fd)
{
	if (fd < 0)
		return -errno;
	return host->keep_fd ? host->keep_fd(fd) : fd;
}

void skua_link_drop(const struct skua_link_host *host, int *fd)
{
	if (*fd >= 0 && host->close_fd)
		host->close_fd(*fd);
	else if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int skua_link_watch(struct skua_link *l, const struct skua_link_host *host, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN };

	if (l->fd < 0)
		l->fd = skua_link_keep(host, epoll_create1(EPOLL_CLOEXEC));
	if (l->fd < 0)
		return l->fd;
	return epoll_ctl(l->fd, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

static void say_kinds(const struct skua_link_args *args)
{
	char names[64] = "";
	unsigned int i;

	for (i = 0; i < KINDS; i++) {
		strcat(names, i ? ", " : "");
		strcat(names, kinds[i]->name);
	}
	skua_link_say(args, "no kind of link (there are: %s)", names);
}

static const struct skua_link_kind *find_kind(const char *spec, size_t len)
{
	unsigned int i;

	for (i = 0; i < KINDS; i++) {
		if (strlen(kinds[i]->name) == len &&
		    !memcmp(kinds[i]->name, spec, len))
			return kinds[i];
	}
	return NULL;
}

struct skua_link *skua_link_open(const char *spec,
				 const struct skua_link_host *host, char *err,
				 size_t errlen)
{
	size_t len = strcspn(spec, ":");
	struct skua_link_args args = {
		.spec = spec,
		.rest = spec[len] ? spec + len + 1 : "",
		.err = err,
		.errlen = errlen,
	};
	const struct skua_link_kind *kind = find_kind(spec, len);
	struct skua_link *l;

	if (host)
		args.host = *host;
	if (!kind) {
		say_kinds(&args);
		return NULL;
	}
	if (strlen(spec) >= sizeof(l->name)) {
		skua_link_say(&args, "longer than %zu characters",
			      sizeof(l->name) - 1);
		return NULL;
	}
	if (!*args.rest) {
		skua_link_say(&args, "nothing stands after %s:", kind->name);
		return NULL;
	}
	l = kind->open(&args);
	if (l)
		strcpy(l->name, spec);
	return l;
}
