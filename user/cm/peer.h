/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * What two processes say to each other: messages of one size over a socket
 * that keeps their boundaries, one socket a connection. It stays open while
 * the connection does, so that the end of a process is seen at once. Both run
 * on one machine: numbers are in its byte order.
 */
#ifndef SKUA_UCM_PEER_H
#define SKUA_UCM_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include <rdma/rdma_user_cm.h>

#include "address.h"

/* Of this layout. */
#define UCM_MSG_MAGIC 0x534b4d01

/* Of IBTA vol. 1, §12.6 and §12.11; which, where it matters, ps says. */
enum ucm_msg_type {
	UCM_MSG_REQ,
	UCM_MSG_MRA,
	UCM_MSG_REP,
	UCM_MSG_RTU,
	UCM_MSG_REJ,
	UCM_MSG_DREQ,
	UCM_MSG_DREP,
	UCM_MSG_TYPES,
};

struct ucm_msg {
	uint32_t magic;
	uint32_t type;
	struct ucm_addr src, dst; /* of a REQ, as the sender sees them */
	uint8_t sgid[16], dgid[16];
	uint16_t ps;
	uint8_t qp_type;
	uint8_t tos;
	uint32_t reason;	/* of a REJ; status of a SIDR_REP */
	uint32_t qpn, qkey, psn;
	uint8_t responder_resources, initiator_depth;
	uint8_t retry_count, rnr_retry_count;
	uint8_t flow_control, srq;
	uint8_t reserved[2];
	struct rdma_ucm_ece ece;
	uint8_t private_data[RDMA_MAX_PRIVATE_DATA];
};

/* IBTA vol. 1, §12.6.7.2, table 108 */
#define UCM_REJ_INVALID_COMM_ID	   6
#define UCM_REJ_INVALID_SERVICE_ID 8
#define UCM_REJ_STALE		   10
#define UCM_REJ_INVALID_GID	   12
#define UCM_REJ_CONSUMER	   28
#define UCM_REJ_VENDOR_OPTION	   35
/* §12.11.1.1 */
#define UCM_SIDR_UNSUPPORTED	   1
#define UCM_SIDR_REJECT		   2

/* Whether this process talks to whoever is at the other end of fd. */
bool ucm_peer_allowed(int fd);
/* False: it could not be sent at once, so that the peer is not well. */
bool ucm_peer_send(int fd, struct ucm_msg *msg, enum ucm_msg_type type);
/* Nothing but a refusal. */
void ucm_peer_refuse(int fd, uint32_t reason);
/* 1: a sound message, 0: none yet, -1: the peer is gone or talks nonsense. */
int ucm_peer_receive(int fd, struct ucm_msg *msg);

#endif /* SKUA_UCM_PEER_H */
