/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The GSI queue pair of a device (IBTA vol. 1, §13.6.1): management datagrams
 * to and from whoever is at the other end of the link. It costs nothing while
 * none come: a descriptor tells of the first.
 */
#ifndef SKUA_USER_GSI_H
#define SKUA_USER_GSI_H

#include <stdbool.h>
#include <stdint.h>

#include "device.h"

#define SKUA_MAD_LEN 256

struct skua_user_gsi;

/* Where a datagram came from, and the address that it was sent to. */
struct skua_user_gsi_path {
	uint8_t from[16], to[16];
	uint32_t qpn;
};

/*
 * The engine of dev has been started. NULL and errno; it stays until the
 * process ends.
 */
struct skua_user_gsi *skua_user_gsi_create(struct skua_user_dev *dev);
/* Readable when datagrams may have come; skua_user_gsi_receive() empties it. */
int skua_user_gsi_fd(const struct skua_user_gsi *gsi);

/*
 * One thread at a time calls these.
 *
 * The next datagram; false: there are no more.
 */
bool skua_user_gsi_receive(struct skua_user_gsi *gsi, uint8_t mad[SKUA_MAD_LEN],
			   struct skua_user_gsi_path *path);
/*
 * To the GSI at to, from one of our own addresses. As any datagram it may be
 * lost, here too if the address is nobody's.
 */
void skua_user_gsi_send(struct skua_user_gsi *gsi, const uint8_t from[16],
			const uint8_t to[16], const uint8_t mad[SKUA_MAD_LEN]);

#endif /* SKUA_USER_GSI_H */
