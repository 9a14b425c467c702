/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The rdma_ucm ABI, served inside of the process: identifiers live in a
 * channel, which is what a program gets when it opens rdma_cm; connections are
 * made over a socket to the process at the other end (peer.h), or with a link
 * by datagrams over that (mad.h).
 *
 * ucm_lock guards all that is declared here. It is held while a command or the
 * service thread works, never while one waits.
 */
#ifndef SKUA_UCM_H
#define SKUA_UCM_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rdma/ib_user_ioctl_verbs.h>
#include <rdma/rdma_user_cm.h>

#include "address.h"
#include "device.h"
#include "file.h"
#include "list.h"
#include "mad.h"
#include "peer.h"

/* librdmacm's own table has no room for larger handles. */
#define UCM_MAX_IDS  65536
#define UCM_PORT_NUM 1
#define UCM_PKEY     0xffff
/* RDMA_UDP_QKEY of librdmacm */
#define UCM_UDP_QKEY 0x01234567

/* The values of enum rdma_cm_event_type of librdmacm. */
enum ucm_event_type {
	UCM_ADDR_RESOLVED,
	UCM_ADDR_ERROR,
	UCM_ROUTE_RESOLVED,
	UCM_ROUTE_ERROR,
	UCM_CONNECT_REQUEST,
	UCM_CONNECT_RESPONSE,
	UCM_CONNECT_ERROR,
	UCM_UNREACHABLE,
	UCM_REJECTED,
	UCM_ESTABLISHED,
	UCM_DISCONNECTED,
	UCM_DEVICE_REMOVAL,
	UCM_MULTICAST_JOIN,
	UCM_MULTICAST_ERROR,
	UCM_ADDR_CHANGE,
	UCM_TIMEWAIT_EXIT,
};

/* What the program has done with an identifier. */
enum ucm_state {
	UCM_IDLE,
	UCM_BOUND,
	UCM_ADDRESS,		/* resolved */
	UCM_ROUTE,		/* resolved */
	UCM_LISTEN,
	UCM_CONNECT,
	UCM_DISCONNECT,
};

/* What was said to the peer and heard from it (IBTA vol. 1, §12.9). */
enum ucm_link {
	UCM_LINK_NONE,
	UCM_LINK_REQ_SENT,
	UCM_LINK_REQ_RCVD,
	UCM_LINK_REP_SENT,
	UCM_LINK_REP_RCVD,
	UCM_LINK_ESTABLISHED,
	UCM_LINK_DREQ_SENT,
	UCM_LINK_TIMEWAIT,
	UCM_LINK_CLOSED,
};

struct ucm_channel {
	struct skua_file file;
	/* Our own descriptor of it: an eventfd that counts what is queued. */
	int fd;
	struct list_head events; /* ucm_event.list */
	struct list_head ids;	 /* ucm_id.list */
};

/* The parameters of a connection as INIT_QP_ATTR wants them. */
struct ucm_conn {
	uint32_t qkey;
	uint32_t qpn;		/* of our own */
	uint32_t psn;		/* which the peer is to start with */
	uint32_t remote_qpn;
	uint32_t remote_psn;	/* which we start with */
	uint8_t responder_resources, initiator_depth;
	uint8_t retry_count, rnr_retry_count;
	uint8_t mtu;		/* enum ib_mtu */
};

/* Of a connection over a link (wire.c). */
struct ucm_wire {
	uint32_t local, remote;	/* communication IDs; local 0: none yet */
	bool passive, remote_known;
	uint64_t tid;		/* of the request that was heard */
	/* What was said last, which is said again if the answer fails to come. */
	uint8_t sent[UCM_MAD_LEN];
	enum ucm_msg_type sent_type;
	uint32_t again_ms;
	uint8_t retries, again;	/* of again there are so many left */
};

struct ucm_id {
	struct list_head list;
	struct ucm_channel *channel;
	uint32_t handle;
	uint64_t uid;		/* 0: not accepted yet, the program knows not */
	uint16_t ps;
	uint8_t qp_type;
	uint32_t events_reported;

	enum ucm_state state;
	struct ucm_addr src, dst;
	uint8_t sgid[16], dgid[16];
	struct skua_user_dev *dev; /* NULL: bound to none yet */
	uint8_t tos, ack_timeout;
	bool ack_timeout_set, reuseaddr, afonly, afonly_set;

	int port_fd;		/* which holds the port, and listens; or -1 */
	bool has_port;		/* with a link, where no socket does */
	int backlog;		/* of connection requests */

	enum ucm_link link;
	int peer_fd;		/* or -1 */
	unsigned int heard;	/* messages of the peer, by its socket */
	struct ucm_conn conn;
	struct ucm_wire wire;
	struct ucm_msg req;	/* REQ_SENT: for when there is who takes it */
	uint64_t deadline;	/* what is awaited must come; 0: nothing is */
	/* REQ_SENT: until when nobody need be there; the peer may be busy. */
	uint64_t refused, give_up;
};

struct ucm_event {
	struct list_head list;
	struct ucm_id *id;	/* which counts it */
	struct ucm_id *request;	/* the new one of a connection request */
	struct rdma_ucm_event_resp resp;
};

extern pthread_mutex_t ucm_lock;

/* command.c */
struct ucm_call {
	struct ucm_channel *channel;
	const void *in;		/* the whole struct, zeroes beyond what came */
	size_t out_len;
	int cancel_state;	/* the program's; now it is off */
};
/* As much of the answer as the caller has room for. */
int ucm_answer(const struct ucm_call *c, uint64_t response, const void *data,
	       size_t len);
ssize_t ucm_write(struct skua_file *f, const void *buf, size_t len);

/* channel.c */
/* NULL: f is something else. */
struct ucm_channel *ucm_channel_of(struct skua_file *f);
struct ucm_event *ucm_new_event(struct ucm_id *id, enum ucm_event_type type,
				int status);
void ucm_queue_event(struct ucm_event *ev);
/* Both of the above, or nothing if there is no memory. */
void ucm_tell(struct ucm_id *id, enum ucm_event_type type, int status);
/* Forget events of id that nobody has seen. */
void ucm_drop_events(struct ucm_id *id);
void ucm_move_events(struct ucm_id *id, struct ucm_channel *to);
int ucm_get_event(struct ucm_call *c);

/* id.c */
struct ucm_id *ucm_new_id(struct ucm_channel *ch, uint16_t ps, uint8_t qp_type);
void ucm_destroy(struct ucm_id *id);
void ucm_move_id(struct ucm_id *id, struct ucm_channel *to);
struct ucm_id *ucm_id_of(uint32_t handle);
/* Of c's channel. On failure NULL with *err. */
struct ucm_id *ucm_find(struct ucm_call *c, uint32_t handle, int *err);
/* And it is bound to a device. */
struct ucm_id *ucm_find_bound(struct ucm_call *c, uint32_t handle, int *err);
int ucm_create_id(struct ucm_call *c);
int ucm_destroy_id(struct ucm_call *c);
int ucm_migrate_id(struct ucm_call *c);
void ucm_forget_ids(void);
/* The one after id, or the first; NULL: there are no more. */
struct ucm_id *ucm_next_id(const struct ucm_id *id);

/* option.c */
int ucm_set_option(struct ucm_call *c);

/* resolve.c */
int ucm_bind_ip(struct ucm_call *c);
int ucm_bind(struct ucm_call *c);
int ucm_bind_addr(struct ucm_id *id, const struct ucm_addr *addr, bool keep);
int ucm_resolve_ip(struct ucm_call *c);
int ucm_resolve_addr(struct ucm_call *c);
int ucm_resolve_route(struct ucm_call *c);
/* An address of this process, which others may have as well. */
bool ucm_is_here(const struct ucm_addr *addr);

/* port.c */
/* Take id's port, or any if that is 0. keep: hold it against others too. */
int ucm_take_port(struct ucm_id *id, bool keep);
int ucm_listen_port(struct ucm_id *id);
void ucm_put_port(struct ucm_id *id);
/* A socket to whom listens there: -ECONNREFUSED nobody, -EAGAIN try again. */
int ucm_connect_port(uint16_t ps, const struct ucm_addr *addr);
uint16_t ucm_port_space(const struct ucm_id *id);

/* query.c */
int ucm_query_route(struct ucm_call *c);
int ucm_query(struct ucm_call *c);

/* qp_attr.c */
int ucm_init_qp_attr(struct ucm_call *c);
void ucm_fill_ah(const struct ucm_id *id, struct ib_uverbs_ah_attr *ah);

/* connect.c: what the program asks for. */
/*
 * Bytes of private data that a message may have. It is also what programs are
 * shown of one, zeroes included, as on the wire (IBTA vol. 1, §12.6, §12.11).
 */
size_t ucm_request_data(const struct ucm_id *id);
size_t ucm_reply_data(const struct ucm_id *id);
#define UCM_REJECT_DATA 148
int ucm_connect(struct ucm_call *c);
int ucm_listen(struct ucm_call *c);
int ucm_accept(struct ucm_call *c);
int ucm_reject(struct ucm_call *c);
int ucm_disconnect(struct ucm_call *c);
int ucm_notify(struct ucm_call *c);
/* Try to send the request; the outcome is an event, or a deadline. */
void ucm_send_request(struct ucm_id *id);
/* The peer's program has to act now. */
void ucm_await_answer(struct ucm_id *id);
/* Say something to the peer. False: it is not well (ucm_lost_peer). */
bool ucm_say(struct ucm_id *id, struct ucm_msg *msg, enum ucm_msg_type type);
/* It is all over, and the peer knows. */
void ucm_hang_up(struct ucm_id *id);
/* What the peer is told, if anything, when the identifier goes. */
void ucm_say_goodbye(struct ucm_id *id);

/* heard.c: what the peer says. */
void ucm_heard(struct ucm_id *id, const struct ucm_msg *msg);
void ucm_lost_peer(struct ucm_id *id);
/* The first message of a new peer. Takes fd over. */
void ucm_heard_request(struct ucm_id *listener, int fd,
		       const struct ucm_msg *msg);
/* A new identifier and its event, if listener takes msg; or NULL and why not. */
struct ucm_id *ucm_admit(struct ucm_id *listener, const struct ucm_msg *msg,
			 uint32_t *reason);
/* The connection is at its end. */
void ucm_disconnected(struct ucm_id *id, int status);
/* The deadline has passed. */
void ucm_late(struct ucm_id *id);

/*
 * wire.c: partners elsewhere, by datagrams over the link. Whatever is said may
 * be lost, so that it is said again until the answer comes.
 */
bool ucm_by_wire(void);
/* Listen to the link, once an identifier wants something of it. */
int ucm_wire_start(const struct ucm_id *id);
void ucm_wire_say(struct ucm_id *id, const struct ucm_msg *msg);
/* How long to wait for an answer before id is late: with a link, not for all. */
uint64_t ucm_wire_patience(const struct ucm_id *id, uint64_t ms);
/* False: it was said often enough. */
bool ucm_wire_again(struct ucm_id *id);
void ucm_wire_hear(uint32_t device);
void ucm_forget_wire(void);

/* stranger.c */
/* Somebody has connected to listener. Takes fd over. */
void ucm_let_in(const struct ucm_id *listener, int fd);
void ucm_hear_stranger(uint32_t index);
/* When to come again, or UINT64_MAX. */
uint64_t ucm_check_strangers(uint64_t now);
void ucm_forget_strangers(void);

/* service.c */
/* Watch fd: the peer of a connection, or a listener's socket. */
int ucm_watch_peer(struct ucm_id *id);
int ucm_watch_listener(struct ucm_id *id);
int ucm_watch_stranger(int fd, uint32_t index, uint64_t deadline);
int ucm_watch_gsi(int fd, uint32_t device);
/* Close a descriptor of the above. */
void ucm_unwatch(int fd);
uint64_t ucm_now(void);	/* milliseconds */
void ucm_set_deadline(struct ucm_id *id, uint64_t when);
void ucm_forget_service(void);

#endif /* SKUA_UCM_H */
