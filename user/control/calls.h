/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Between the preload library and libskua-control.so, which it loads when a
 * control socket is wanted. The latter depends on json-c; were the former to do
 * so, json-c would be in front of the functions of those programs that have
 * others of the same names.
 *
 * The adapter and all that belongs to it stay with the preload library, which
 * hands out its functions.
 */
#ifndef SKUA_USER_CALLS_H
#define SKUA_USER_CALLS_H

#include "link/owner.h"
#include "skua_cc.h"
#include "skua_ipsec.h"

struct skua_control_calls {
	int listen_fd;
	struct skua_adapter *adapter;
	struct skua_link_owner owner;
	struct skua_ipsec_owner ipsec;

	int (*impair_script)(struct skua_impair *im, const char *text,
			     char *err, size_t errlen);
	int (*impair_remove)(struct skua_impair *im, unsigned int number);
	void (*impair_clear)(struct skua_impair *im);
	void (*impair_seed)(struct skua_impair *im, uint64_t seed);
	bool (*impair_rule)(const struct skua_impair *im, unsigned int i,
			    struct skua_impair_rule *out);
	void (*impair_stats)(const struct skua_impair *im,
			     struct skua_impair_stats *out);

	struct skua_capture *(*capture_open)(
		const struct skua_capture_options *opt, char *err,
		size_t errlen);
	void (*capture_close)(struct skua_capture *cap,
			      struct skua_capture_stats *last);
	int (*capture_point)(struct skua_capture *cap, const char *name);
	void (*capture_stats)(const struct skua_capture *cap,
			      struct skua_capture_stats *out);

	uint32_t (*cc)(struct skua_adapter *ad, enum skua_cc_param param);
	int (*cc_set)(struct skua_adapter *ad, const char *text, char *err,
		      size_t errlen);
	unsigned int (*cc_qps)(struct skua_adapter *ad, struct skua_cc_qp *out,
			       unsigned int max);
};

#define SKUA_CONTROL_LIBRARY "libskua-control.so"
/* Serve from now on, on a thread. calls stay. 0 or -errno. */
#define SKUA_CONTROL_START   "skua_control_start"
int skua_control_start(const struct skua_control_calls *calls);
/* On return its thread is gone, and what it had begun has ended. */
#define SKUA_CONTROL_STOP    "skua_control_stop"
void skua_control_stop(void);

#endif /* SKUA_USER_CALLS_H */
