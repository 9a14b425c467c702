// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include "owner.h"
#include "port.h"

static void lock(void *ctx)
{
	skua_engine_lock(ctx);
}

static void unlock(void *ctx)
{
	skua_engine_unlock(ctx);
}

static bool view(void *ctx, unsigned int i, struct skua_link_view *view)
{
	struct skua_adapter *ad = ctx;
	struct skua_uplink *u;

	if (i || !ad->link)
		return false;
	u = skua_link_port_uplink(ad->link);
	*view = (struct skua_link_view){
		.name = u->link->name,
		.up = u->link->up,
		.stats = u->link->stats,
		.refused = skua_link_port_refused(ad->link),
		.unwanted = ad->refused,
		.lost = skua_link_port_lost(ad->link),
		.impair = u->impair,
		.capture = u->capture,
	};
	return true;
}

static void capture(void *ctx, unsigned int i, struct skua_capture *cap,
		    unsigned int point)
{
	struct skua_adapter *ad = ctx;

	(void)i;
	skua_link_port_capture(ad->link, cap, point);
}

static void capture_port(void *ctx, unsigned int i, struct skua_capture *cap,
			 unsigned int point)
{
	skua_shown_set(ctx, i, cap, point);
}

static struct skua_capture *port_captured(void *ctx, unsigned int i)
{
	struct skua_adapter *ad = ctx;

	return ad->shown[i].capture;
}

struct skua_link_owner skua_link_owner_of(struct skua_adapter *ad,
					  unsigned int ports)
{
	return (struct skua_link_owner){
		.ctx = ad,
		.lock = lock,
		.unlock = unlock,
		.view = view,
		.capture = capture,
		.ports = ports,
		.capture_port = capture_port,
		.port_captured = port_captured,
	};
}
