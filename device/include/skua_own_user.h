/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Is the other end of a socket (SO_PEERCRED) a process of our own user, or of
 * our group? In a user namespace the kernel gives all whom it does not know
 * one number, which may be ours as well: of a user it then tells by whether we
 * may signal him; of a group nobody can tell.
 */
#ifndef SKUA_OWN_USER_H
#define SKUA_OWN_USER_H

#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

/* /proc/sys/kernel/overflowuid and overflowgid, unless somebody changed them. */
#define SKUA_OVERFLOW_ID 65534

static inline bool skua_own_user(const struct ucred *who)
{
	return who->uid == geteuid() &&
	       (who->uid != SKUA_OVERFLOW_ID ||
		(who->pid > 0 && !kill(who->pid, 0)));
}

static inline bool skua_own_group(gid_t gid)
{
	return gid == getegid() && gid != SKUA_OVERFLOW_ID;
}

static inline bool skua_own_users_socket(int sock)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	return !getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &who, &len) &&
	       skua_own_user(&who);
}

#endif /* SKUA_OWN_USER_H */
