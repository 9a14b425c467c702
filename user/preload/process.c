// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The library in the life of a process: start, fork and end. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "ipsec/image.h"
#include "preload.h"
#include "serve.h"
#include "table.h"

static pid_t own_pid;

void *skua_next(const char *name)
{
	void *next = dlsym(RTLD_NEXT, name);

	if (!next) {
		static const char text[] = "skua: no such function in libc: ";

		skua_native_write(STDERR_FILENO, text, sizeof(text) - 1);
		skua_native_write(STDERR_FILENO, name, strlen(name));
		skua_native_write(STDERR_FILENO, "\n", 1);
		abort();
	}
	return next;
}

bool skua_own_process(void)
{
	return getpid() == own_pid;
}

int skua_new_fd(int fd)
{
	if (fd >= 0 && skua_file_ours(fd) && skua_own_process())
		skua_file_forget(fd);
	return fd;
}

/*
 * The parts first: they let go of the hidden descriptors that they close
 * themselves.
 */
static void forked(void)
{
	own_pid = getpid();
	skua_user_engine_forked();
	skua_uverbs_forked();
	skua_cm_forked();
	skua_file_forked();
}

/* What skua-run opened for programs that may be far down the line. */
static void keep_inherited(void)
{
	struct skua_user_config config;
	struct skua_ipsec_image image;
	char why[128];

	if (!skua_user_config_parse(&config, getenv("SKUA_USER"), why,
				    sizeof(why)) ||
	    pread(config.ipsec, &image, sizeof(image), 0) != sizeof(image) ||
	    memcmp(image.magic, SKUA_IPSEC_MAGIC, sizeof(image.magic)))
		return;
	skua_file_keep(config.ipsec);
	skua_file_keep(image.numbers);
}

__attribute__((constructor)) static void start(void)
{
	own_pid = getpid();
	keep_inherited();
	pthread_atfork(NULL, NULL, forked);
	/* Before the leak sanitizer, which started earlier and so ends later. */
	atexit(skua_file_settle);
}

__attribute__((destructor)) static void end(void)
{
	if (!skua_own_process())
		return;
	skua_cm_exit();
	skua_user_engine_exit();
}
