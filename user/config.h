/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* SKUA_USER, which skua-run(1) describes: read by library and skua-run. */
#ifndef SKUA_USER_CONFIG_H
#define SKUA_USER_CONFIG_H

#include <stdbool.h>

#include "device.h"

#define SKUA_USER_MAX_ADDRESSES 64

struct skua_user_address {
	uint8_t raw[16]; /* IPv4 as ::ffff:a.b.c.d */
	int device;	 /* the one that has it, or -1: all */
};

/* Of a value, with its end. */
#define SKUA_USER_MAX_TEXT 200

struct skua_user_config {
	unsigned int devices;
	enum skua_user_share share;
	unsigned int naddresses;
	struct skua_user_address address[SKUA_USER_MAX_ADDRESSES];
	/* Empty: none. */
	char link[SKUA_USER_MAX_TEXT]; /* KIND:REST */
	char impair[SKUA_USER_MAX_TEXT], capture[SKUA_USER_MAX_TEXT]; /* files */
	bool go_back_n; /* recovery= */
	char cc[4 * SKUA_USER_MAX_TEXT]; /* as skua_adapter_cc_set() has it */
	char control[SKUA_USER_MAX_TEXT]; /* a socket */
	int ipsec; /* descriptor of what skua-run made of --ipsec, or -1 */
};

/* text may be NULL. False if it is malformed; then why says what is wrong. */
bool skua_user_config_parse(struct skua_user_config *config, const char *text,
			    char *why, size_t size);

/* Whether what stands behind a link, from the first comma on, is all the link's. */
bool skua_user_link_options(const char *text);

/* A host's address: not that of nobody, of a group or of all. */
bool skua_user_unicast(const uint8_t raw[16]);

#endif /* SKUA_USER_CONFIG_H */
