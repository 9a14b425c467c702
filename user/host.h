/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef SKUA_USER_HOST_H
#define SKUA_USER_HOST_H

struct skua_adapter;

/*
 * The adapter of this process, with the link, the rules, the capture and the
 * control socket that SKUA_USER asks for. The second call finds it. 0 or -errno,
 * and what is wrong is on standard error.
 */
int skua_user_host_start(void);

/* NULL: it has not been started. */
struct skua_adapter *skua_user_host(void);

/* At exit, behind whatever needs it: captures are ended. */
void skua_user_host_end(void);

/* In a child, which has none. */
void skua_user_host_forked(void);

#endif /* SKUA_USER_HOST_H */
