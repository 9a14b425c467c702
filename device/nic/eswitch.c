// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The e-switch: which function a packet goes to.
 *
 * The table holds the addresses of the ports that are up: a port's MAC and
 * those of its GIDs (§9.3). It is rebuilt when one changes; a look-up reads
 * one array from end to end, which for the few entries there are beats
 * anything cleverer.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "link/port.h"
#include "nic.h"
#include "peers.h"
#include "rdma/packet.h"
#include "steer/steer.h"

/* Of a window, the part that is sent at once. */
#define WINDOW_PARTS 4

struct skua_mac {
	uint64_t mac;
	struct skua_function *fn;
};

static uint64_t skua_mac_value(const uint8_t mac[6])
{
	uint32_t low;
	uint16_t high;

	/* By way of one word in memory the processor would wait for that. */
	memcpy(&low, mac, sizeof(low));
	memcpy(&high, mac + sizeof(low), sizeof(high));
	return (uint64_t)high << 32 | low;
}

int skua_eswitch_reserve(struct skua_adapter *ad)
{
	size_t n = (ad->nfn + 1) * (SKUA_HWI_MAX_GID + 1);
	struct skua_mac *grown = realloc(ad->macs, n * sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	ad->macs = grown;
	return 0;
}

/* The entries from first on are those of fn. */
static void skua_eswitch_add(struct skua_adapter *ad, unsigned int first,
			     struct skua_function *fn, const uint8_t mac[6])
{
	uint64_t v = skua_mac_value(mac);
	unsigned int i;

	for (i = first; i < ad->nmacs; i++) {
		if (ad->macs[i].mac == v)
			return;
	}
	ad->macs[ad->nmacs++] = (struct skua_mac){ v, fn };
}

/* Frames for these come by the link; ports share addresses. */
static void tell_link(struct skua_adapter *ad)
{
	uint8_t mac[SKUA_LINK_MACS + 1][6];
	unsigned int i, k, n = 0;

	for (i = 0; i < ad->nmacs && n <= SKUA_LINK_MACS; i++) {
		memcpy(mac[n], &ad->macs[i].mac, 6);
		for (k = 0; memcmp(mac[k], mac[n], 6); k++)
			;
		n += k == n;
	}
	skua_link_port_macs(ad->link, mac, n);
}

/* Which frames for others its port wants to have. */
static void listen_for(struct skua_adapter *ad, const struct skua_function *fn)
{
	uint64_t bit = 1ull << fn->index;

	ad->listening.broadcast |= bit;
	if (fn->port_flags & SKUA_HWI_PORT_ALLMULTI)
		ad->listening.groups |= bit;
	if (fn->port_flags & SKUA_HWI_PORT_PROMISC)
		ad->listening.all |= bit;
}

void skua_eswitch_update(struct skua_adapter *ad)
{
	unsigned int f, i, first;

	ad->nmacs = 0;
	memset(&ad->listening, 0, sizeof(ad->listening));
	for (f = 0; f < SKUA_MAX_FUNCTIONS; f++) {
		struct skua_function *fn = ad->fn[f];

		if (!fn || !skua_function_port_up(fn))
			continue;
		listen_for(ad, fn);
		first = ad->nmacs;
		skua_eswitch_add(ad, first, fn, fn->mac);
		for (i = 0; i < SKUA_HWI_MAX_GID; i++) {
			if (fn->gid[i].valid)
				skua_eswitch_add(ad, first, fn, fn->gid[i].smac);
		}
	}
	if (ad->link)
		tell_link(ad);
}

struct skua_function *skua_eswitch_lookup(struct skua_adapter *ad,
					  const uint8_t mac[6])
{
	uint64_t v = skua_mac_value(mac);
	unsigned int i;

	for (i = 0; i < ad->nmacs; i++) {
		if (ad->macs[i].mac == v)
			return ad->macs[i].fn;
	}
	return NULL;
}

/* The functions that take frames for dmac, though it is not theirs. */
static uint64_t skua_eswitch_listeners(const struct skua_adapter *ad,
				       const uint8_t dmac[6])
{
	static const uint8_t broadcast[6] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	};

	if (!(dmac[0] & 1))
		return ad->listening.all;
	if (!memcmp(dmac, broadcast, sizeof(broadcast)))
		return ad->listening.broadcast;
	return ad->listening.all | ad->listening.groups;
}

struct skua_function *skua_eswitch_only(struct skua_adapter *ad,
					const uint8_t mac[6])
{
	struct skua_function *fn = skua_eswitch_lookup(ad, mac);

	if (!fn || !skua_function_port_up(fn))
		return NULL;
	return skua_eswitch_listeners(ad, mac) & ~(1ull << fn->index) ? NULL : fn;
}

void skua_eswitch_deliver(struct skua_function *fn, const void *frame,
			  size_t len, bool by_link)
{
	if (fn->steer) {
		skua_steer_receive(fn, frame, len, by_link);
		return;
	}
	if (fn->shown)
		skua_shown_frame(fn, SKUA_LINK_IN, frame, len);
	skua_eth_receive(fn, frame, len, NULL);
}

/* To the functions but from that it is for, or that listen. */
static unsigned int to_functions(struct skua_adapter *ad,
				 const struct skua_function *from,
				 const struct skua_function *owner,
				 const void *frame, size_t len)
{
	uint64_t to = skua_eswitch_listeners(ad, frame);
	struct skua_function *fn;
	unsigned int n = 0;

	if (owner)
		to |= 1ull << owner->index;
	if (from)
		to &= ~(1ull << from->index);
	for (; to; to &= to - 1) {
		fn = ad->fn[__builtin_ctzll(to)];
		/* One may have become fatal in this pass. */
		if (!skua_function_port_up(fn))
			continue;
		skua_eswitch_deliver(fn, frame, len, !from);
		n++;
	}
	return n;
}

static unsigned int send_frame(struct skua_function *from, const void *frame,
			       size_t len)
{
	struct skua_adapter *ad = from->adapter;
	struct skua_function *owner = skua_eswitch_lookup(ad, frame);
	unsigned int n;

	n = to_functions(ad, from, owner, frame, len);
	if (ad->link && !owner)
		n += skua_link_port_eth(ad->link, frame, len);
	return n;
}

/* As the flows of its function want it. */
static unsigned int steer_frame(struct skua_function *from, const void *frame,
				uint32_t len)
{
	uint8_t buf[SKUA_STEER_FRAME];
	const uint8_t *out;

	if (len > SKUA_FRAME_MAX)
		return 0;
	memcpy(buf + SKUA_ESP_HEADROOM, frame, len);
	out = skua_steer_seal(from, buf, &len);
	return out ? send_frame(from, out, len) : 0;
}

unsigned int skua_eswitch_eth(struct skua_function *from, const void *frame,
			      size_t len)
{
	if (from->shown)
		skua_shown_frame(from, SKUA_LINK_OUT, frame, len);
	return from->steer ? steer_frame(from, frame, len) :
			     send_frame(from, frame, len);
}

void skua_eswitch_from_link(struct skua_adapter *ad, const void *frame,
			    size_t len)
{
	to_functions(ad, NULL, skua_eswitch_lookup(ad, frame), frame, len);
}

bool skua_eswitch_by_link(struct skua_adapter *ad, const struct skua_hwi_av *av)
{
	return ad->link && !skua_eswitch_lookup(ad, av->dmac);
}

bool skua_eswitch_room(struct skua_qp *qp, const struct skua_hwi_av *av,
		       uint32_t dqpn)
{
	struct skua_adapter *ad = qp->fn->adapter;

	if (skua_peers_remote(qp->fn, dqpn))
		return skua_peers_room(qp, dqpn);
	return !skua_eswitch_by_link(ad, av) || skua_link_port_room(ad->link, qp);
}

uint32_t skua_eswitch_limit(struct skua_qp *qp, const struct skua_hwi_av *av,
			    uint32_t dqpn, uint32_t mtu)
{
	struct skua_adapter *ad = qp->fn->adapter;
	uint32_t bytes, part;

	if (skua_peers_remote(qp->fn, dqpn))
		return skua_peers_limit(qp->fn, dqpn);
	if (!skua_eswitch_by_link(ad, av))
		return UINT32_MAX;
	/* Answers to a part make room for the next while others are sent. */
	part = skua_link_port_window(ad->link) / WINDOW_PARTS;
	bytes = skua_link_port_frames(ad->link) * mtu;
	/* Without any it goes nowhere, and may as well do so at once. */
	if (!bytes)
		return UINT32_MAX;
	if (bytes > part)
		bytes = part > mtu ? part : mtu;
	return qp->cc ? skua_cc_limit(qp, bytes, mtu) : bytes;
}

uint32_t skua_eswitch_window(struct skua_qp *qp, const struct skua_hwi_av *av,
			     uint32_t mtu)
{
	struct skua_adapter *ad = qp->fn->adapter;
	uint32_t packets = SKUA_PSN_HALF;

	if (skua_eswitch_by_link(ad, av) && skua_link_port_window(ad->link) / mtu < packets)
		packets = skua_link_port_window(ad->link) / mtu;
	return packets;
}

void skua_eswitch_forward(struct skua_function *from, struct skua_packet *pkt)
{
	struct skua_adapter *ad = from->adapter;
	struct skua_function *to;

	if (skua_peers_remote(from, pkt->dqpn)) {
		skua_peers_send(from, pkt);
		return;
	}
	to = skua_eswitch_lookup(ad, pkt->av->dmac);
	if (to) {
		if (!to->steer || skua_steer_admits(to, pkt))
			skua_rdma_receive(to, pkt);
	} else if (ad->link) {
		skua_link_port_rdma(ad->link, pkt);
	}
}

void skua_eswitch_rdma(struct skua_function *from, struct skua_packet *pkt)
{
	struct skua_adapter *ad = from->adapter;
	int copies = 1;

	if (!skua_function_port_up(from))
		return;
	if (from->shown)
		skua_shown_rdma(from, SKUA_LINK_OUT, pkt);
	if (ad->fault)
		copies = ad->fault(ad->fault_ctx, pkt);
	while (copies-- > 0) {
		if (from->steer)
			skua_steer_send_rdma(from, pkt);
		else
			skua_eswitch_forward(from, pkt);
	}
}
