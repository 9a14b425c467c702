// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "neigh.h"
#include "port.h"
#include "rdma/cc.h"
#include "rdma/complete.h"
#include "rdma/packet.h"
#include "steer/steer.h"
#include "wire/framer.h"

/* Frames that are asked for, and taken, at a time. */
#define BURST SKUA_STEER_AHEAD
/* Frames that are delivered in a pass. */
#define PASS_FRAMES 256u
/* For so long after a frame the next is thought to be near. */
#define WARM_NS 1000000
/* Of notifications: what hosts use unless told otherwise. */
#define CNP_HOP_LIMIT 64

struct skua_link_port {
	struct skua_adapter *ad;
	struct skua_uplink *uplink;
	/* Reserved, and of these written. */
	struct skua_frame out[BURST];
	unsigned int reserved, written;
	bool unflushed;
	uint32_t max_frame;
	struct list_head parked; /* qp.parked */
	struct skua_wire_frame before; /* what the last packet that came was */
	uint64_t seen_ns;	/* when the last frame came or went */
	uint64_t refused[SKUA_WIRE_RESULTS]; /* RoCE frames, by reason */
	uint64_t lost;		/* for want of room */
};

static struct skua_uplink *make_uplink(struct skua_link *link)
{
	struct skua_uplink *u = skua_uplink_create(link);
	struct skua_impair *im;

	if (!u) {
		skua_link_close(link);
		return NULL;
	}
	/* It costs nothing until there are rules. */
	im = skua_impair_create();
	if (im && !skua_uplink_impair(u, im))
		return u;
	if (im)
		skua_impair_destroy(im);
	skua_uplink_destroy(u);
	return NULL;
}

struct skua_link_port *skua_link_port_create(struct skua_adapter *ad,
					     struct skua_link *link)
{
	struct skua_uplink *u = make_uplink(link);
	struct skua_link_port *port;

	if (!u)
		return NULL;
	port = calloc(1, sizeof(*port));
	if (!port) {
		skua_impair_destroy(u->impair);
		skua_uplink_destroy(u);
		return NULL;
	}
	port->ad = ad;
	port->uplink = u;
	port->max_frame = link->max_frame;
	list_init(&port->parked);
	return port;
}

static void commit(struct skua_link_port *port)
{
	if (!port->reserved)
		return;
	skua_uplink_commit(port->uplink, port->out, port->written);
	port->unflushed |= port->written;
	port->reserved = 0;
	port->written = 0;
}

static void reserve(struct skua_link_port *port)
{
	commit(port);
	port->reserved = skua_uplink_reserve(port->uplink, port->out, BURST);
}

void skua_link_port_destroy(struct skua_link_port *port)
{
	struct skua_impair *im = port->uplink->impair;

	commit(port);
	skua_uplink_destroy(port->uplink);
	skua_impair_destroy(im);
	free(port);
}

int skua_link_port_fd(const struct skua_link_port *port)
{
	return port->uplink->link->fd;
}

struct skua_uplink *skua_link_port_uplink(struct skua_link_port *port)
{
	return port->uplink;
}

const uint64_t *skua_link_port_refused(const struct skua_link_port *port)
{
	return port->refused;
}

uint64_t skua_link_port_lost(const struct skua_link_port *port)
{
	return port->lost;
}

void skua_link_port_capture(struct skua_link_port *port,
			    struct skua_capture *cap, unsigned int point)
{
	skua_link_port_flush(port);
	skua_uplink_capture(port->uplink, cap, point);
}

void skua_link_port_watch(struct skua_link_port *port, struct skua_watch *w)
{
	skua_link_port_flush(port);
	skua_uplink_watch(port->uplink, w);
}

void skua_link_port_macs(struct skua_link_port *port, const uint8_t (*mac)[6],
			 unsigned int n)
{
	struct skua_link *link = port->uplink->link;
	int err;

	if (!link->ops->set_macs)
		return;
	err = link->ops->set_macs(link, mac, n);
	if (err)
		fprintf(stderr, "skua: %s: addresses that nothing comes for: %s\n",
			link->name, strerror(-err));
}

/* Sending ------------------------------------------------------------------- */

unsigned int skua_link_port_frames(const struct skua_link_port *port)
{
	return port->reserved - port->written;
}

uint32_t skua_link_port_window(const struct skua_link_port *port)
{
	return port->uplink->link->window;
}

bool skua_link_port_room(struct skua_link_port *port, struct skua_qp *qp)
{
	if (skua_link_port_frames(port))
		return true;
	reserve(port);
	if (port->reserved)
		return true;
	/* Nobody at the other end makes room: it goes nowhere, at once. */
	if (!port->uplink->link->up)
		return true;
	list_del(&qp->parked);
	list_add_tail(&qp->parked, &port->parked);
	return false;
}

/* A frame to be written, or NULL: there is no room. */
static struct skua_frame *frame_get(struct skua_link_port *port)
{
	if (port->written == port->reserved)
		reserve(port);
	if (port->written == port->reserved) {
		port->lost++;
		return NULL;
	}
	return &port->out[port->written];
}

static void frame_put(struct skua_link_port *port, struct skua_frame *f,
		      uint32_t len)
{
	f->len = len;
	port->written++;
	port->seen_ns = port->ad->now;
}

void skua_link_port_rdma(struct skua_link_port *port, struct skua_packet *pkt)
{
	struct skua_framer framer;
	struct skua_frame *f;
	uint32_t len;

	if (!skua_framer_init(&framer, port->ad, pkt, pkt->mtu,
			      pkt->len && skua_cc_enabled(port->ad)))
		return;
	/* No other is longer than the first. */
	if (skua_framer_room(&framer) > port->max_frame)
		return;
	while (skua_framer_more(&framer)) {
		f = frame_get(port);
		if (!f)
			return;
		len = skua_framer_make(&framer, f->data);
		if (!len) {
			pkt->payload_lost = true;
			return;
		}
		frame_put(port, f, len);
	}
}

bool skua_link_port_eth(struct skua_link_port *port, const void *frame, size_t len)
{
	struct skua_frame *f;

	if (len > port->max_frame)
		return false;
	f = frame_get(port);
	if (!f)
		return false;
	memcpy(f->data, frame, len);
	frame_put(port, f, len);
	return true;
}

bool skua_link_port_own(struct skua_link_port *port, const uint8_t *frame,
			uint32_t len)
{
	const struct skua_eth_hdr *eth = (const void *)frame;
	struct skua_function *fn = skua_eswitch_lookup(port->ad, eth->smac);
	uint8_t buf[SKUA_STEER_FRAME];

	if (fn && fn->steer) {
		memcpy(buf + SKUA_ESP_HEADROOM, frame, len);
		frame = skua_steer_seal(fn, buf, &len);
	}
	return frame && skua_link_port_eth(port, frame, len);
}

unsigned int skua_link_port_get(struct skua_link_port *port,
				struct skua_frame **f, unsigned int n)
{
	*f = frame_get(port);
	if (!*f)
		return 0;
	return n < skua_link_port_frames(port) ? n : skua_link_port_frames(port);
}

void skua_link_port_put(struct skua_link_port *port, unsigned int n)
{
	port->written += n;
	port->seen_ns = port->ad->now;
}

uint32_t skua_link_port_max_frame(const struct skua_link_port *port)
{
	return port->max_frame;
}

void skua_link_port_flush(struct skua_link_port *port)
{
	commit(port);
	if (!port->unflushed)
		return;
	port->unflushed = false;
	skua_uplink_flush(port->uplink);
}

/* Receiving ----------------------------------------------------------------- */

/* Tell the sender of w, whose QP is dqpn, that it met congestion. */
static void notify(struct skua_link_port *port, struct skua_function *fn,
		   const struct skua_wire_frame *w, uint32_t dqpn)
{
	struct skua_gid own = w->sgid;
	struct skua_hwi_av av = w->av;
	const struct skua_wire_path path = {
		.av = &av,
		.sgid = &own,
		.sport = skua_wire_sport(0, w->pkt.dqpn, dqpn),
	};
	uint8_t frame[SKUA_WIRE_MAX_FRAME];
	uint32_t len;

	memcpy(own.gid, w->av.dgid, sizeof(own.gid));
	memcpy(own.smac, w->av.dmac, sizeof(own.smac));
	memcpy(av.dgid, w->sgid.gid, sizeof(av.dgid));
	memcpy(av.dmac, w->sgid.smac, sizeof(av.dmac));
	av.tclass = port->ad->cc[SKUA_CC_NP_CNP_DSCP] << SKUA_DSCP_SHIFT;
	av.hop_limit = CNP_HOP_LIMIT;
	len = skua_wire_cnp(&path, w->pkt.pkey, dqpn, 0, frame);
	if (fn->shown)
		skua_shown_frame(fn, SKUA_LINK_OUT, frame, len);
	if (skua_link_port_own(port, frame, len))
		skua_count_link(fn, SKUA_HWI_CNT_NP_CNP_SENT, 1);
}

void skua_link_port_roce(struct skua_link_port *port, struct skua_function *fn,
			 const uint8_t *frame, uint32_t len,
			 struct skua_wire_frame *w)
{
	uint32_t dqpn;

	if (fn->steer && !skua_steer_admits(fn, &w->pkt))
		return;
	if (w->cnp) {
		if (fn->shown)
			skua_shown_frame(fn, SKUA_LINK_IN, frame, len);
		skua_cc_notified(fn, &w->pkt);
		return;
	}
	if (w->ecn == SKUA_ECN_CE && skua_cc_marked(fn, &w->pkt, &dqpn))
		notify(port, fn, w, dqpn);
	skua_rdma_receive(fn, &w->pkt);
}

static void deliver_roce(struct skua_link_port *port,
			 const struct skua_frame *f, struct skua_wire_frame *w)
{
	struct skua_function *fn = skua_eswitch_lookup(port->ad, f->data);

	if (fn)
		skua_link_port_roce(port, fn, f->data, f->len, w);
	else
		port->ad->refused[SKUA_REFUSED_NO_PORT]++;
}

static void refuse(struct skua_link_port *port, const uint8_t *dmac,
		   enum skua_wire_result why)
{
	struct skua_function *fn;

	port->refused[why]++;
	if (why != SKUA_WIRE_BAD_ICRC)
		return;
	fn = skua_eswitch_lookup(port->ad, dmac);
	if (fn)
		skua_count_link(fn, SKUA_HWI_CNT_RX_ICRC_ENCAPSULATED, 1);
}

static void deliver_other(struct skua_link_port *port, const struct skua_frame *f)
{
	if (port->ad->neigh)
		skua_neigh_frame(port->ad->neigh, f->data, f->len, false);
	skua_eswitch_from_link(port->ad, f->data, f->len);
}

static void deliver_one(struct skua_link_port *port, const struct skua_frame *f)
{
	enum skua_wire_result ret;

	ret = skua_wire_parse_next(f->data, f->len,
				   f->flags & SKUA_FRAME_ID_UNKNOWN
					   ? SKUA_WIRE_ANY_ID
					   : SKUA_WIRE_EXACT,
				   &port->before);
	if (ret == SKUA_WIRE_OK)
		deliver_roce(port, f, &port->before);
	else if (ret == SKUA_WIRE_NOT_ROCE)
		deliver_other(port, f);
	else
		refuse(port, f->data, ret);
}

/* Frame i, and perhaps more: how many. */
static unsigned int deliver(struct skua_link_port *port,
			    struct skua_steer_ahead *ahead, unsigned int i)
{
	unsigned int together = port->ad->steered ? skua_steer_open(ahead, i) : 0;

	if (!together)
		deliver_one(port, &ahead->f[i]);
	return together ? together : 1;
}

static unsigned int receive(struct skua_link_port *port)
{
	struct skua_steer_ahead ahead;
	struct skua_frame in[BURST];
	unsigned int n, i, sum = 0;

	ahead.ad = port->ad;
	ahead.f = in;
	ahead.before = &port->before;
	do {
		n = skua_uplink_receive(port->uplink, in, BURST);
		ahead.n = n;
		ahead.looked = ahead.expected = 0;
		for (i = 0; i < n; i += deliver(port, &ahead, i)) {
			if (i + 1 < n)
				__builtin_prefetch(in[i + 1].data);
		}
		if (n)
			skua_uplink_release(port->uplink);
		sum += n;
	} while (n == BURST && sum < PASS_FRAMES);
	if (sum)
		port->seen_ns = port->ad->now;
	return sum;
}

static unsigned int unpark(struct skua_link_port *port)
{
	unsigned int n = 0;

	if (list_empty(&port->parked))
		return 0;
	reserve(port);
	if (!port->reserved && port->uplink->link->up)
		return 0;
	while (!list_empty(&port->parked)) {
		struct skua_qp *qp =
			list_entry(port->parked.next, struct skua_qp, parked);

		list_del(&qp->parked);
		skua_qp_activate(qp);
		n++;
	}
	return n;
}

void skua_link_port_begin(struct skua_link_port *port)
{
	skua_uplink_run(port->uplink, port->ad->now);
}

unsigned int skua_link_port_poll(struct skua_link_port *port)
{
	unsigned int n = receive(port);

	return n + unpark(port);
}

bool skua_link_port_rest(struct skua_link_port *port)
{
	skua_link_port_flush(port);
	return skua_uplink_arm(port->uplink);
}

bool skua_link_port_warm(const struct skua_link_port *port)
{
	return port->ad->now - port->seen_ns < WARM_NS;
}

uint64_t skua_link_port_due(struct skua_link_port *port)
{
	uint64_t due, now = port->ad->now;

	due = skua_uplink_due(port->uplink);
	if (due == UINT64_MAX)
		return SKUA_NEVER;
	return due > now ? due - now : 0;
}
