// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The adapter of this process, and what SKUA_USER asks for around it. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "control.h"
#include "device.h"
#include "drive.h"
#include "file.h"
#include "guard.h"
#include "host.h"
#include "neighbour.h"
#include "skua_cc.h"
#include "skua_device.h"

static struct skua_adapter *adapter;

#define RULES_MAX 16384

/* What stands in the file of rules. -errno, and why in text. */
static int read_rules(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size);
	int err = n < 0 ? -errno : (size_t)n == size ? -E2BIG : 0;

	if (fd >= 0)
		close(fd);
	if (err)
		snprintf(text, size, "%s: %s", path, strerror(-err));
	else
		text[n] = '\0';
	return err;
}

static int impair_link(const char *path, char *why, size_t size)
{
	char *rules = malloc(RULES_MAX);
	int err;

	if (!rules)
		return -ENOMEM;
	err = read_rules(path, rules, RULES_MAX);
	if (err)
		snprintf(why, size, "%s", rules);
	else
		err = skua_adapter_impair(adapter, rules, why, size);
	free(rules);
	return err;
}

static int capture(const char *path, char *why, size_t size)
{
	int err = skua_adapter_capture(adapter, path, skua_user_devices(),
				       skua_file_hide, skua_file_unhide, why,
				       size);

	/* It has a thread that writes. */
	if (!err)
		skua_arena_own_thread();
	return err;
}

/* The link that SKUA_USER asks for, and what stands in front of it. */
static int start_link(const char *spec, char *why, size_t size)
{
	int err = skua_adapter_link(adapter, spec, skua_file_hide,
				    skua_file_unhide, why, size);

	if (!err && skua_user_cc())
		err = skua_adapter_cc_set(adapter, skua_user_cc(), why, size);
	if (!err) {
		err = skua_user_neighbour_start(adapter, skua_drive_wake);
		snprintf(why, size, "%s", strerror(-err));
	}
	if (!err && skua_user_impair())
		err = impair_link(skua_user_impair(), why, size);
	return err;
}

/* Where packets go, and who sees them. */
static int start_wire(void)
{
	const char *spec = skua_user_link(), *file = skua_user_capture();
	char why[256] = "no memory";
	int err = spec ? start_link(spec, why, sizeof(why)) : 0;

	if (!err && file)
		err = capture(file, why, sizeof(why));
	if (err)
		fprintf(stderr, "skua: no device: %s\n", why);
	return err;
}

/* Nothing fails without it: several programs may be told the same socket. */
static void start_control(void)
{
	const char *path = skua_user_control();
	char why[256];

	if (path && skua_user_control_start(adapter, skua_drive_wake, path, why,
					    sizeof(why)))
		fprintf(stderr, "skua: no control socket: %s\n", why);
}

/* With threads that take none of the program's signals: these are for its own. */
static int start_threads(void)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = start_wire();
	if (!err)
		err = skua_drive_start(adapter);
	if (!err)
		start_control();
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return err;
}

int skua_user_host_start(void)
{
	const struct skua_adapter_config cfg = {
		.guard = skua_user_guard,
		.recovery = skua_user_go_back_n() ? SKUA_RECOVERY_GO_BACK_N
						  : SKUA_RECOVERY_SELECTIVE,
	};
	int err;

	if (adapter)
		return 0;
	err = skua_user_guard_start();
	if (!err)
		err = skua_drive_begin();
	if (err)
		return err;
	adapter = skua_adapter_create(&cfg);
	err = adapter ? start_threads() : -ENOMEM;
	if (!err)
		return 0;
	if (adapter) {
		skua_adapter_capture_end(adapter);
		skua_adapter_destroy(adapter);
		adapter = NULL;
	}
	skua_drive_end();
	return err;
}

struct skua_adapter *skua_user_host(void)
{
	return adapter;
}

void skua_user_host_end(void)
{
	skua_user_control_end();
	skua_adapter_capture_end(adapter);
}

void skua_user_host_forked(void)
{
	skua_user_control_forked();
	adapter = NULL;
}
