/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* The control protocol on a thread of its own, for programs without a loop. */
#ifndef SKUA_CONTROL_SERVE_H
#define SKUA_CONTROL_SERVE_H

#include "conn.h"
#include "link/link.h"

struct control_server;

/*
 * Serves who connects to a listening socket, which does not block and stays
 * the caller's. answer is called by the thread. What descriptors are opened
 * comes by host, which may be NULL. NULL and errno.
 */
struct control_server *control_serve(int listen_fd,
				     const struct skua_link_host *host,
				     control_answer answer, void *ctx);
/* On return, nobody calls answer any more. */
void control_server_stop(struct control_server *cs);

#endif /* SKUA_CONTROL_SERVE_H */
