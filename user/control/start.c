// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* control= of SKUA_USER: a socket for skuactl(8), served by a library of its own. */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "calls.h"
#include "control.h"
#include "device.h"
#include "file.h"
#include "listen.h"

/*
 * Its functions find json-c before what else the program has of such names. The
 * address sanitizer refuses that, as its own functions were found too late.
 */
#ifdef __SANITIZE_ADDRESS__
#define HOW (RTLD_NOW | RTLD_LOCAL)
#else
#define HOW (RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND)
#endif

static struct skua_control_calls calls = {
	.impair_script = skua_impair_script,
	.impair_remove = skua_impair_remove,
	.impair_clear = skua_impair_clear,
	.impair_seed = skua_impair_seed,
	.impair_rule = skua_impair_rule,
	.impair_stats = skua_impair_stats,
	.capture_open = skua_capture_open,
	.capture_close = skua_capture_close,
	.capture_point = skua_capture_point,
	.capture_stats = skua_capture_stats,
	.cc = skua_adapter_cc,
	.cc_set = skua_adapter_cc_set,
	.cc_qps = skua_adapter_cc_qps,
};

static char socket_path[PATH_MAX];
static void (*wake_engine)(void);
static void (*unlock_engine)(void *ctx);
static void (*stop)(void);	/* NULL: it does not serve */

/* What waits on the link may be to go on now. */
static void unlock(void *ctx)
{
	unlock_engine(ctx);
	wake_engine();
}

/* The library that stands beside this one. */
static void *load(char *why, size_t size)
{
	void *lib;
	char path[PATH_MAX];
	Dl_info self;
	int len;

	if (!dladdr(&calls, &self)) {
		snprintf(why, size, "not found: " SKUA_CONTROL_LIBRARY);
		return NULL;
	}
	len = strrchr(self.dli_fname, '/') - self.dli_fname;
	snprintf(path, sizeof(path), "%.*s/" SKUA_CONTROL_LIBRARY, len,
		 self.dli_fname);
	lib = dlopen(path, HOW);
	if (!lib)
		snprintf(why, size, "%s", dlerror());
	return lib;
}

static int serve(int fd, char *why, size_t size)
{
	int (*start)(const struct skua_control_calls *calls);
	void *lib = load(why, size);
	int err;

	if (!lib)
		return -ENOEXEC;
	start = dlsym(lib, SKUA_CONTROL_START);
	calls.listen_fd = fd;
	err = start(&calls);
	if (err) {
		snprintf(why, size, "%s", strerror(-err));
		return err;
	}
	stop = dlsym(lib, SKUA_CONTROL_STOP);
	skua_arena_own_thread();
	return 0;
}

int skua_user_control_start(struct skua_adapter *ad, void (*wake)(void),
			    const char *path, char *why, size_t size)
{
	int fd = skua_listen(path), err;

	if (fd < 0) {
		snprintf(why, size, "%s: %s", path, strerror(-fd));
		return fd;
	}
	snprintf(socket_path, sizeof(socket_path), "%s", path);
	calls.adapter = ad;
	calls.owner = skua_link_owner_of(ad, skua_user_devices());
	calls.ipsec = skua_ipsec_owner_of(ad);
	unlock_engine = calls.owner.unlock;
	wake_engine = wake;
	calls.owner.unlock = unlock;
	calls.owner.host.keep_fd = skua_file_hide;
	calls.owner.host.close_fd = skua_file_unhide;
	fd = skua_file_hide(fd);
	err = fd < 0 ? fd : serve(fd, why, size);
	if (!err)
		return 0;
	if (fd >= 0)
		skua_file_unhide(fd);
	skua_user_control_end();
	return err;
}

void skua_user_control_end(void)
{
	if (stop)
		stop();
	stop = NULL;
	if (*socket_path)
		unlink(socket_path);
	*socket_path = '\0';
}

void skua_user_control_forked(void)
{
	stop = NULL;
	*socket_path = '\0';
}
