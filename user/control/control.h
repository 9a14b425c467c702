/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef SKUA_USER_CONTROL_H
#define SKUA_USER_CONTROL_H

#include <stddef.h>

struct skua_adapter;

/*
 * Serve skuactl(8) on a unix socket, from a thread; wake is called when the
 * engine has to look at its link. 0 or -errno, and why.
 */
int skua_user_control_start(struct skua_adapter *ad, void (*wake)(void),
			    const char *path, char *why, size_t size);
/* The process ends, and the socket file with it. */
void skua_user_control_end(void);
/* In a child, which it is not the end of. */
void skua_user_control_forked(void);

#endif /* SKUA_USER_CONTROL_H */
