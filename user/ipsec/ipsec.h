/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The security associations and policies of --ipsec in this process.
 *
 * They belong to one process at a time, which has them until it ends: two with
 * one key would use its sequence numbers, which are the IVs, twice. The next one
 * goes on where it ended.
 */
#ifndef SKUA_USER_IPSEC_H
#define SKUA_USER_IPSEC_H

#include "device.h"

/*
 * Install those of dev, whose engine has just been started. One that has the
 * address of an SA gets it, the first of several; all get the flows. 0 or -errno,
 * and then it was said why.
 */
int skua_user_ipsec_start(struct skua_user_dev *dev);
/* An EVENT_SA. Does not block. */
void skua_user_ipsec_event(const struct skua_user_dev *dev,
			   const struct skua_hwi_eqe *eqe);
/* Bytes by which an SA of --ipsec makes a packet longer, at most. */
uint32_t skua_user_ipsec_overhead(void);
/* The process ends: nothing is sealed any more, and the numbers are kept. */
void skua_user_ipsec_end(void);
void skua_user_ipsec_forked(void);

#endif /* SKUA_USER_IPSEC_H */
