/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Handing a packet to the e-switch. */
#ifndef SKUA_SEND_H
#define SKUA_SEND_H

#include "nic.h"
#include "packet.h"

/*
 * Send pkt along av. A source GID that is not there sends nothing, as a route
 * that leads nowhere (hwi §6). False only if the payload could not be read.
 */
bool skua_send(struct skua_qp *qp, const struct skua_hwi_av *av,
	       struct skua_packet *pkt);

struct skua_steer_out;
/* Tell steering, for skua_steer_expect_out(), that a packet to dqpn goes along av. */
void skua_send_ahead(const struct skua_qp *qp, const struct skua_hwi_av *av,
		     uint32_t dqpn, struct skua_steer_out *out);

/* Is av, or the AV of a connected QP, the path on which pkt comes back? */
bool skua_path_matches(const struct skua_qp *qp, const struct skua_packet *pkt);
/* Only what is addressed to a GID of the function is for it (hwi §9.3). */
bool skua_own_gid(const struct skua_function *fn, const uint8_t gid[16]);

#endif /* SKUA_SEND_H */
