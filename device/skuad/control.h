/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The control socket: device/control/conn.h is the protocol.
 *
 *	{"cmd":"stats"}	what every function has done so far
 *
 * and what link_control.h, cc_control.h and ipsec_control.h of device/control/
 * have.
 */
#ifndef SKUA_CONTROL_H
#define SKUA_CONTROL_H

#include "../vfio-user/server.h"

struct control;

/* Listens at path and serves from the server's thread. NULL and errno. */
struct control *control_create(struct vfu_server *s, const char *path);
void control_destroy(struct control *ctl);

#endif /* SKUA_CONTROL_H */
