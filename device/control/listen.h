/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef SKUA_LISTEN_H
#define SKUA_LISTEN_H

/*
 * A listening unix socket, or -errno. A socket file that nobody listens on is
 * replaced; any other file is not.
 */
int skua_listen(const char *path);

#endif /* SKUA_LISTEN_H */
