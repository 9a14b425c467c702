// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* control_fake SOCKET: links with some traffic, and SAs, until it is told to end. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "control_links.h"
#include "control_sas.h"
#include "impair_rig.h"
#include "listen.h"
#include "serve.h"

static volatile sig_atomic_t ending;

static void end(int sig)
{
	(void)sig;
	ending = 1;
}

static struct control_sas sas;
static struct skua_ipsec_control *ic;

static struct json_object *answer(void *ctx, const char *cmd,
				  struct json_object *request)
{
	struct json_object *o = skua_link_control(ctx, cmd, request);

	if (!o)
		o = skua_ipsec_control(ic, cmd, request);
	return o ? o : control_failure("no such command: %s", cmd);
}

int main(int argc, char **argv)
{
	struct control_links links;
	struct skua_link_owner host = control_links_host(&links);
	struct skua_ipsec_owner owner;
	struct skua_link_control *lc;
	struct control_server *cs;
	uint32_t psn;
	int fd;

	if (argc != 2)
		return 2;
	signal(SIGTERM, end);
	control_links_init(&links);
	lc = skua_link_control_create(&host);
	control_sas_init(&sas);
	owner = control_sas_owner(&sas);
	ic = skua_ipsec_control_create(&owner);
	fd = skua_listen(argv[1]);
	cs = fd < 0 ? NULL : control_serve(fd, NULL, answer, lc);
	if (!cs) {
		perror(argv[1]);
		return 1;
	}
	for (psn = 0; !ending; psn++) {
		control_links_send(&links, psn);
		control_sas_send(&sas);
		usleep(1000);
	}
	control_server_stop(cs);
	close(fd);
	unlink(argv[1]);
	skua_ipsec_control_destroy(ic);
	control_sas_fini(&sas);
	skua_link_control_destroy(lc);
	control_links_fini(&links);
	return 0;
}
