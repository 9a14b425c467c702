/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Two functions, one of which has many SAs and flows, and two links that are
 * none: "shm:tight" and "shm:leaky". Of the latter all that is not ESP is judged
 * to be in the clear that should not.
 */
#ifndef CONTROL_SAS_H
#define CONTROL_SAS_H

#include <pthread.h>

#include "ipsec_control.h"

#define SAS   150u
#define FLOWS 130u

struct control_sas {
	pthread_mutex_t lock;
	bool locked;
	unsigned int links;	/* that there are, 2 at most */
	unsigned int most;	/* of a page that was asked for */
	struct skua_watch *watch[2];
};

void control_sas_init(struct control_sas *cs);
void control_sas_fini(struct control_sas *cs);
/* ESP leaves by each link, and a RoCE packet to QPN 17. */
void control_sas_send(struct control_sas *cs);
struct skua_ipsec_owner control_sas_owner(struct control_sas *cs);

#endif /* CONTROL_SAS_H */
