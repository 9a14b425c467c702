/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
#ifndef SKUA_USER_NEIGHBOUR_H
#define SKUA_USER_NEIGHBOUR_H

struct skua_adapter;

/*
 * Have the link's neighbours asked and answered, if it is such a link. 0 or
 * -errno.
 */
int skua_user_neighbour_start(struct skua_adapter *ad, void (*wake)(void));

#endif /* SKUA_USER_NEIGHBOUR_H */
