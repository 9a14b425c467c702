/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * What the rest of the adapter knows of peers: functions of other processes on
 * this machine that packets can go to (device/peer). Only functions that were
 * created with peers have any; all is by the engine.
 */
#ifndef SKUA_PEERS_H
#define SKUA_PEERS_H

#include "nic.h"
#include "rdma/packet.h"

/* Is qpn that of another function than fn? */
bool skua_peers_remote(const struct skua_function *fn, uint32_t qpn);
/*
 * Is there room for one more packet to dqpn? If not, qp is parked, and gets a
 * turn when there is. A peer that does not exist has all the room there is.
 */
bool skua_peers_room(struct skua_qp *qp, uint32_t dqpn);
/* Payload that one packet to dqpn may have. */
uint32_t skua_peers_limit(const struct skua_function *fn, uint32_t dqpn);
/* There is room. */
void skua_peers_send(struct skua_function *fn, struct skua_packet *pkt);
/* A whole frame, to whose QP dqpn is; lost if there is no room. */
void skua_peers_send_frame(struct skua_function *fn, uint32_t dqpn,
			   const void *frame, uint32_t len);

/* fn has the peers of its configuration. 0 or -errno. */
int skua_peers_attach(struct skua_function *fn);
void skua_peers_detach(struct skua_function *fn);

/* Receive, and look who may go on; how many. */
unsigned int skua_peers_poll(struct skua_adapter *ad);
/* False: something came. */
bool skua_peers_rest(struct skua_adapter *ad);
/* ns until peers have to be looked at though nothing came. */
uint64_t skua_peers_due(const struct skua_adapter *ad);

/* What has changed is shown to the peers; on return nobody uses the old. */
void skua_peers_show_mkey(struct skua_function *fn, const struct skua_mkey *mk);
void skua_peers_hide_mkey(struct skua_function *fn, const struct skua_mkey *mk);
void skua_peers_show_qp(struct skua_qp *qp);
void skua_peers_hide_qp(struct skua_qp *qp);

/*
 * One-sided access of a QP to the memory of its peer. begin: where
 * [va, va + len) of rkey is if qp may access it so, and perhaps more of the key
 * behind that, which it may access too; false: not this way, or not at all.
 * generation is that of the peer's QP. end: none of the pieces is used any more.
 * One end for all of a turn will do; what the peer destroys waits for it.
 */
struct skua_piece;
bool skua_peers_begin(struct skua_qp *qp, uint32_t rkey, uint64_t va,
		      uint64_t len, uint8_t access, uint32_t generation,
		      struct skua_piece *piece);
void skua_peers_end(struct skua_qp *qp);
/* Of the peer's QP as it is now; 0: none that could be used so. */
uint32_t skua_peers_generation(struct skua_qp *qp);

/* Between piece.remote and memory here; a copy's result. */
struct skua_peer_memory;
int skua_peer_copy(struct skua_adapter *ad, const struct skua_peer_memory *to_mem,
		   void *to, const struct skua_peer_memory *from_mem,
		   const void *from, uint64_t len);

#endif /* SKUA_PEERS_H */
