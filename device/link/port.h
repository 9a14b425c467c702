/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The e-switch's port on a link: here descriptors become frames and frames
 * descriptors. All is by the engine.
 */
#ifndef SKUA_LINK_PORT_H
#define SKUA_LINK_PORT_H

#include "link.h"
#include "nic.h"
#include "uplink.h"

struct skua_link_port;

/* Takes link over, and closes it if there is no memory; then NULL. */
struct skua_link_port *skua_link_port_create(struct skua_adapter *ad,
					     struct skua_link *link);
void skua_link_port_destroy(struct skua_link_port *port);

int skua_link_port_fd(const struct skua_link_port *port);
struct skua_uplink *skua_link_port_uplink(struct skua_link_port *port);
/* RoCE frames that were not delivered, by enum skua_wire_result. */
const uint64_t *skua_link_port_refused(const struct skua_link_port *port);
/* Frames that were not sent, for want of room. */
uint64_t skua_link_port_lost(const struct skua_link_port *port);
/* Frames go to that point of cap from now on; NULL: to none. */
void skua_link_port_capture(struct skua_link_port *port,
			    struct skua_capture *cap, unsigned int point);
/* Frames that leave from now on are watched; NULL: they are not. */
void skua_link_port_watch(struct skua_link_port *port, struct skua_watch *w);
/* The unicast addresses that are behind this port. */
void skua_link_port_macs(struct skua_link_port *port, const uint8_t (*mac)[6],
			 unsigned int n);

/* Is there room for a frame? If not, qp is parked until there is. */
bool skua_link_port_room(struct skua_link_port *port, struct skua_qp *qp);
/* Frames that there is room for at once. */
unsigned int skua_link_port_frames(const struct skua_link_port *port);
/* Bytes that a connection may have under way. */
uint32_t skua_link_port_window(const struct skua_link_port *port);
/* What finds no room is lost, as it may be behind the link. */
void skua_link_port_rdma(struct skua_link_port *port, struct skua_packet *pkt);
/* False: the frame was too long, or there was no room. */
bool skua_link_port_eth(struct skua_link_port *port, const void *frame,
			size_t len);
/*
 * The same for one of up to SKUA_FRAME_MAX bytes that the adapter itself made,
 * for the function whose address it has: as the flows of that want it.
 */
bool skua_link_port_own(struct skua_link_port *port, const uint8_t *frame,
			uint32_t len);
/*
 * To write frames without a copy: up to n of them, in *f, and how many; none if
 * there is no room, and then something was lost. The first n, whose len is set
 * now, are sent by put, which follows before anything else is sent.
 */
unsigned int skua_link_port_get(struct skua_link_port *port,
				struct skua_frame **f, unsigned int n);
void skua_link_port_put(struct skua_link_port *port, unsigned int n);
/* Bytes that a frame may have. */
uint32_t skua_link_port_max_frame(const struct skua_link_port *port);
/* What was sent goes on its way. */
void skua_link_port_flush(struct skua_link_port *port);

/*
 * A RoCE packet for fn that came by the link, perhaps inside of another: w is
 * what the frame was parsed to.
 */
struct skua_wire_frame;
void skua_link_port_roce(struct skua_link_port *port, struct skua_function *fn,
			 const uint8_t *frame, uint32_t len,
			 struct skua_wire_frame *w);
/* A pass begins, and nothing is reserved yet. */
void skua_link_port_begin(struct skua_link_port *port);
/* Deliver what has come, and let parked QPs go on; how many. */
unsigned int skua_link_port_poll(struct skua_link_port *port);
/* Before sleeping. False: something has come. */
bool skua_link_port_rest(struct skua_link_port *port);
/* Whether frames came or went not long ago: more are likely to. */
bool skua_link_port_warm(const struct skua_link_port *port);
/* ns until the port has to be polled though its descriptor says nothing. */
uint64_t skua_link_port_due(struct skua_link_port *port);

#endif /* SKUA_LINK_PORT_H */
