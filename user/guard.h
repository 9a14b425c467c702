/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Touching memory of the program that it may unmap at the same time. */
#ifndef SKUA_USER_GUARD_H
#define SKUA_USER_GUARD_H

/* Have SIGSEGV and SIGBUS come here first. Once a process; 0 or -errno. */
int skua_user_guard_start(void);
/*
 * Call fn(arg). NULL, or the address at which it was stopped, because there is
 * no memory. fn holds nothing that would have to be given back.
 */
const void *skua_user_guard(void (*fn)(void *arg), void *arg);

#endif /* SKUA_USER_GUARD_H */
