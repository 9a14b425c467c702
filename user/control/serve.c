// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * libskua-control.so: the control protocol in a program. What device/control/
 * calls of the adapter is called through the table that came with it.
 */
#include <errno.h>

#include "calls.h"
#include "cc_control.h"
#include "ipsec_control.h"
#include "link_control.h"
#include "serve.h"

static const struct skua_control_calls *calls;
static struct skua_link_control *links;
static struct skua_ipsec_control *ipsec;
static struct control_server *server;

int skua_impair_script(struct skua_impair *im, const char *text, char *err,
		       size_t errlen)
{
	return calls->impair_script(im, text, err, errlen);
}

int skua_impair_remove(struct skua_impair *im, unsigned int number)
{
	return calls->impair_remove(im, number);
}

void skua_impair_clear(struct skua_impair *im)
{
	calls->impair_clear(im);
}

void skua_impair_seed(struct skua_impair *im, uint64_t seed)
{
	calls->impair_seed(im, seed);
}

bool skua_impair_rule(const struct skua_impair *im, unsigned int i,
		      struct skua_impair_rule *out)
{
	return calls->impair_rule(im, i, out);
}

void skua_impair_stats(const struct skua_impair *im,
		       struct skua_impair_stats *out)
{
	calls->impair_stats(im, out);
}

struct skua_capture *skua_capture_open(const struct skua_capture_options *opt,
				       char *err, size_t errlen)
{
	return calls->capture_open(opt, err, errlen);
}

void skua_capture_close(struct skua_capture *cap,
			struct skua_capture_stats *last)
{
	calls->capture_close(cap, last);
}

int skua_capture_point(struct skua_capture *cap, const char *name)
{
	return calls->capture_point(cap, name);
}

void skua_capture_stats(const struct skua_capture *cap,
			struct skua_capture_stats *out)
{
	calls->capture_stats(cap, out);
}

uint32_t skua_adapter_cc(struct skua_adapter *ad, enum skua_cc_param param)
{
	return calls->cc(ad, param);
}

int skua_adapter_cc_set(struct skua_adapter *ad, const char *text, char *err,
			size_t errlen)
{
	return calls->cc_set(ad, text, err, errlen);
}

unsigned int skua_adapter_cc_qps(struct skua_adapter *ad,
				 struct skua_cc_qp *out, unsigned int max)
{
	return calls->cc_qps(ad, out, max);
}

static struct json_object *answer(void *ctx, const char *cmd,
				  struct json_object *request)
{
	struct json_object *o = skua_link_control(ctx, cmd, request);

	if (!o)
		o = skua_cc_control(calls->adapter, cmd, request);
	if (!o)
		o = skua_ipsec_control(ipsec, cmd, request);
	return o ? o : control_failure("no such command: %s", cmd);
}

static void release(void)
{
	if (links)
		skua_link_control_destroy(links);
	if (ipsec)
		skua_ipsec_control_destroy(ipsec);
}

__attribute__((visibility("default"))) int
skua_control_start(const struct skua_control_calls *with)
{
	int err = -ENOMEM;

	calls = with;
	links = skua_link_control_create(&calls->owner);
	ipsec = skua_ipsec_control_create(&calls->ipsec);
	if (links && ipsec) {
		server = control_serve(calls->listen_fd, &calls->owner.host,
				       answer, links);
		err = server ? 0 : -errno;
	}
	if (err)
		release();
	return err;
}

__attribute__((visibility("default"))) void skua_control_stop(void)
{
	control_server_stop(server);
	release();
}
