/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The connection manager of this process, by the rdma_ucm ABI. Everything here
 * belongs to the holder of cm_lock; nothing blocks while it is held.
 */
#ifndef SKUA_CM_H
#define SKUA_CM_H

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <rdma/rdma_user_cm.h>

#include "device.h"
#include "file.h"
#include "list.h"

/* enum rdma_cm_event_type: part of the ABI, and in no uapi header. */
enum cm_event_type {
	CM_ADDR_RESOLVED = 0,
	CM_ADDR_ERROR = 1,
	CM_ROUTE_RESOLVED = 2,
	CM_CONNECT_REQUEST = 4,
	CM_CONNECT_RESPONSE = 5,
	CM_UNREACHABLE = 7,
	CM_REJECTED = 8,
	CM_ESTABLISHED = 9,
	CM_DISCONNECTED = 10,
};

/* IBTA table 108: why a connection was rejected. */
#define CM_REJ_INVALID_SERVICE_ID 8
#define CM_REJ_CONSUMER		  28

enum cm_state {
	CM_IDLE,
	CM_BOUND,
	CM_ADDR,		/* resolved */
	CM_ROUTE,
	CM_LISTEN,
	CM_CONNECTING,		/* REQ sent */
	CM_CALLED,		/* by somebody who has said nothing yet */
	CM_REQUESTED,		/* REQ received */
	CM_REPLIED,		/* REP sent, RTU awaited; or REP received */
	CM_CONNECTED,
	CM_CLOSED,
};

union cm_addr {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

struct cm_channel {
	struct skua_file file;
	int fd;			/* our own descriptor of the eventfd */
	struct list_head queue;	/* cm_event.list */
};

struct cm_id {
	uint32_t handle;
	uint64_t uid;
	struct cm_channel *ch;
	enum cm_state state;
	uint16_t ps;
	bool passive, reuse, af_only;
	uint8_t ack_timeout;	/* of the QP, if timeout_set */
	bool timeout_set;
	union cm_addr src, dst;
	struct skua_user_dev *dev; /* NULL: not bound to one */
	int sock;		/* listener, or connection; -1: none */
	uint32_t listener;	/* CALLED: its handle */
	uint32_t psn, peer_psn;
	struct rdma_ucm_conn_param own, peer;
	uint32_t reported;	/* events that the program has read */
};

struct cm_event {
	struct list_head list;
	struct cm_id *id;	/* whose count it raises */
	struct rdma_ucm_event_resp resp;
};

/* What two processes say to each other: one datagram. */
#define CM_MAGIC 0x434d4b53u
enum cm_kind { CM_REQ, CM_REP, CM_RTU, CM_REJ, CM_DREQ, CM_KINDS };
struct cm_message {
	uint32_t magic, size;
	uint32_t kind, reason;
	uint32_t psn, rsvd;
	union cm_addr src, dst;	/* of a REQ: the requester's, the listener's */
	struct rdma_ucm_conn_param param;
};

extern pthread_mutex_t cm_lock;

/* address.c */
void cm_addr_gid(const union cm_addr *a, uint8_t gid[16]);
bool cm_addr_any(const union cm_addr *a);
bool cm_addr_known(const union cm_addr *a); /* its family */
uint16_t cm_addr_port(const union cm_addr *a);
void cm_addr_set_port(union cm_addr *a, uint16_t port);
struct skua_user_dev *cm_addr_device(const union cm_addr *a);

/* channel.c */
int cm_channel_open(int flags);
struct cm_channel *cm_channel_of(struct skua_file *f);
/* Queue an event for id, counted there; nothing if there is no memory. */
void cm_push(struct cm_id *id, enum cm_event_type type, int status);
void cm_push_conn(struct cm_id *id, enum cm_event_type type, int status,
		  const struct rdma_ucm_conn_param *param);
/* A connection request for id, which is told to listener. */
void cm_push_request(struct cm_id *listener, struct cm_id *id);
/* A datagram service's answer: where to send. */
void cm_push_ud(struct cm_id *id, const struct rdma_ucm_conn_param *param);
/* Forget what is queued for id, or about it. */
void cm_drop_events(struct cm_id *id);
void cm_move_events(struct cm_id *id, struct cm_channel *to);
/* Hand out the next event; blocks unless the file does not. */
int cm_get_event(struct cm_channel *ch, struct rdma_ucm_event_resp *resp);

/* id.c */
struct cm_id *cm_id_new(struct cm_channel *ch);
struct cm_id *cm_id_get(uint32_t handle);
void cm_id_free(struct cm_id *id);
void cm_ids_close(struct cm_channel *ch);
void cm_ids_forked(void);

/* socket.c */
int cm_claim(struct cm_id *id);		/* the name of id->src */
int cm_listen(struct cm_id *id, int backlog);
int cm_dial(struct cm_id *id);		/* id->dst; -ECONNREFUSED: nobody */
int cm_say(struct cm_id *id, enum cm_kind kind, uint32_t reason);
void cm_hang_up(struct cm_id *id);
void cm_socket_forked(void);

/* connect.c */
void cm_heard(struct cm_id *id, const struct cm_message *m);
/* Somebody connects to listener: an id for him, which takes sock over; NULL. */
struct cm_id *cm_called(struct cm_id *listener, int sock);
void cm_lost(struct cm_id *id);
int cm_connect(struct cm_id *id, const struct rdma_ucm_conn_param *param);
int cm_accept(struct cm_id *id, const struct rdma_ucm_conn_param *param);
int cm_reject(struct cm_id *id, uint32_t reason,
	      const struct rdma_ucm_conn_param *param);
int cm_disconnect(struct cm_id *id);
struct ib_uverbs_qp_attr;
int cm_qp_attr(const struct cm_id *id, uint32_t state,
	       struct ib_uverbs_qp_attr *attr);

/* command.c */
ssize_t cm_write(struct skua_file *f, const void *buf, size_t len);

static inline bool cm_is_ud(const struct cm_id *id)
{
	return id->ps == RDMA_PS_UDP || id->ps == RDMA_PS_IPOIB;
}

#endif /* SKUA_CM_H */
