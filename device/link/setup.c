// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The link of an adapter, and what stands in front of it, as it is set up. */
#include <errno.h>
#include <stdio.h>

#include "neigh.h"
#include "nic.h"
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

bool skua_adapter_link_by_memory(const struct skua_adapter *ad)
{
	return ad->link && skua_link_port_uplink(ad->link)->link->by_memory;
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

/* Frames of the link, or without one of the ports, go to cap. */
static int attach(struct skua_adapter *ad, unsigned int ports,
		  struct skua_capture *cap)
{
	char name[16];
	unsigned int i;
	int point = 0;

	if (ad->link) {
		point = skua_capture_point(
			cap, skua_link_port_uplink(ad->link)->link->name);
		if (point >= 0)
			skua_link_port_capture(ad->link, cap, point);
		return point;
	}
	for (i = 0; i < ports && point >= 0; i++) {
		snprintf(name, sizeof(name), "port:%u", i);
		point = skua_capture_point(cap, name);
		if (point >= 0)
			skua_shown_set(ad, i, cap, point);
	}
	return point;
}

static struct skua_capture *of_link(const struct skua_adapter *ad)
{
	return ad->link ? skua_link_port_uplink(ad->link)->capture : NULL;
}

/* One of those that frames go to, or NULL. */
static struct skua_capture *attached(const struct skua_adapter *ad)
{
	struct skua_capture *cap = of_link(ad);
	unsigned int i;

	for (i = 0; !cap && i < SKUA_MAX_FUNCTIONS; i++)
		cap = ad->shown[i].capture;
	return cap;
}

static void detach(struct skua_adapter *ad, const struct skua_capture *cap)
{
	unsigned int i;

	if (of_link(ad) == cap)
		skua_link_port_capture(ad->link, NULL, 0);
	for (i = 0; i < SKUA_MAX_FUNCTIONS; i++) {
		if (ad->shown[i].capture == cap)
			skua_shown_set(ad, i, NULL, 0);
	}
}

static void end(struct skua_adapter *ad, struct skua_capture *cap)
{
	skua_engine_lock(ad);
	detach(ad, cap);
	skua_engine_unlock(ad);
	skua_capture_close(cap, NULL);
}

int skua_adapter_capture(struct skua_adapter *ad, const char *path,
			 unsigned int ports, int (*keep_fd)(int fd),
			 void (*close_fd)(int fd), char *err, size_t errlen)
{
	const struct skua_capture_options opt = {
		.path = path,
		.host = { keep_fd, close_fd },
	};
	struct skua_capture *cap = skua_capture_open(&opt, err, errlen);
	int ret;

	if (!cap)
		return -EINVAL;
	skua_engine_lock(ad);
	ret = attach(ad, ports, cap);
	skua_engine_unlock(ad);
	if (ret >= 0)
		return 0;
	end(ad, cap);
	snprintf(err, errlen, "%s: no memory", path);
	return ret;
}

static struct skua_capture *look(struct skua_adapter *ad)
{
	struct skua_capture *cap;

	skua_engine_lock(ad);
	cap = attached(ad);
	skua_engine_unlock(ad);
	return cap;
}

void skua_adapter_capture_end(struct skua_adapter *ad)
{
	struct skua_capture *cap;

	while ((cap = look(ad)))
		end(ad, cap);
}
