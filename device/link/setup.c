// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The link of an adapter, and what stands in front of it, as it is set up. */
#include <errno.h>
#include <stdio.h>

#include "neigh.h"
#include "port.h"

int skua_adapter_link(struct skua_adapter *ad, const char *spec,
		      int (*keep_fd)(int fd), void (*close_fd)(int fd),
		      char *err, size_t errlen)
{
	const struct skua_link_host host = { keep_fd, close_fd };
	struct skua_link *link;

	if (ad->link) {
		snprintf(err, errlen, "%s: there is a link already", spec);
		return -EBUSY;
	}
	link = skua_link_open(spec, &host, err, errlen);
	if (!link)
		return -EINVAL;
	ad->link = skua_link_port_create(ad, link);
	if (ad->link)
		return 0;
	snprintf(err, errlen, "%s: no memory", spec);
	return -ENOMEM;
}

int skua_adapter_link_fd(const struct skua_adapter *ad)
{
	return ad->link ? skua_link_port_fd(ad->link) : -1;
}

/* There is room for a VLAN tag, too. */
#define ETH_OVERHEAD 18

uint32_t skua_adapter_link_mtu(const struct skua_adapter *ad)
{
	return ad->link ? skua_link_port_uplink(ad->link)->link->max_frame -
				  ETH_OVERHEAD :
			  UINT32_MAX;
}

int skua_adapter_have_neighbours(struct skua_adapter *ad)
{
	ad->neigh = skua_neigh_create(ad);
	return ad->neigh ? 0 : -ENOMEM;
}

int skua_adapter_neighbour(struct skua_adapter *ad, const uint8_t from[16],
			   const uint8_t smac[6], const uint8_t to[16],
			   uint8_t mac[6])
{
	int err;

	if (!ad->neigh || !ad->link)
		return -ENODEV;
	skua_engine_lock(ad);
	err = skua_neigh_find(ad->neigh, from, smac, to, mac);
	skua_engine_unlock(ad);
	return err;
}

static int no_link(char *err, size_t errlen)
{
	snprintf(err, errlen, "there is no link");
	return -ENODEV;
}

int skua_adapter_impair(struct skua_adapter *ad, const char *rules, char *err,
			size_t errlen)
{
	int ret;

	if (!ad->link)
		return no_link(err, errlen);
	skua_engine_lock(ad);
	ret = skua_impair_script(skua_link_port_uplink(ad->link)->impair, rules,
				 err, errlen);
	skua_engine_unlock(ad);
	return ret < 0 ? ret : 0;
}

int skua_adapter_capture(struct skua_adapter *ad, const char *path,
			 int (*keep_fd)(int fd), void (*close_fd)(int fd),
			 char *err, size_t errlen)
{
	const struct skua_capture_options opt = {
		.path = path,
		.host = { keep_fd, close_fd },
	};
	struct skua_capture *cap;
	int point;

	if (!ad->link)
		return no_link(err, errlen);
	cap = skua_capture_open(&opt, err, errlen);
	if (!cap)
		return -EINVAL;
	point = skua_capture_point(cap,
				   skua_link_port_uplink(ad->link)->link->name);
	if (point < 0) {
		snprintf(err, errlen, "%s: no memory", path);
		skua_capture_close(cap, NULL);
		return point;
	}
	skua_engine_lock(ad);
	skua_link_port_capture(ad->link, cap, point);
	skua_engine_unlock(ad);
	return 0;
}

void skua_adapter_capture_end(struct skua_adapter *ad)
{
	struct skua_capture *cap;

	if (!ad->link)
		return;
	skua_engine_lock(ad);
	cap = skua_link_port_uplink(ad->link)->capture;
	skua_link_port_capture(ad->link, NULL, 0);
	skua_engine_unlock(ad);
	if (cap)
		skua_capture_close(cap, NULL);
}
