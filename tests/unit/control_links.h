/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Two links with an impairment each, and whoever has them. */
#ifndef CONTROL_LINKS_H
#define CONTROL_LINKS_H

#include <pthread.h>

#include "link_control.h"

#define LINKS 2
#define PORTS 3

struct control_links {
	pthread_mutex_t lock;
	bool locked;
	unsigned int n;		/* links that there are */
	struct one_link {
		const char *name;
		struct skua_link_stats stats;
		struct skua_impair *impair;
		struct skua_capture *cap;
		unsigned int point;
	} link[LINKS];
	struct skua_capture *port_cap[PORTS];
};

void control_links_init(struct control_links *ls);
void control_links_fini(struct control_links *ls);
/* A packet passes each link in both directions. */
void control_links_send(struct control_links *ls, uint32_t psn);
struct skua_link_owner control_links_host(struct control_links *ls);

#endif /* CONTROL_LINKS_H */
