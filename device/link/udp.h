/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* What sending and receiving over a UDP socket share. */
#ifndef SKUA_LINK_UDP_H
#define SKUA_LINK_UDP_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "amend.h"
#include "queue.h"
#include "wire/headers.h"

#define SKUA_IPV4_HLEN 20u
#define SKUA_IPV6_HLEN 40u
#define SKUA_UDP_HLEN  8u

#define SKUA_UDP_MSGS	 8u
#define SKUA_UDP_MSG_MAX 65535u
/* Segments of other sizes are not received where frames can be made of them. */
#define SKUA_UDP_STEP_MIN 1024u
#define SKUA_UDP_STEP_MAX SKUA_FRAME_MAX
#define SKUA_UDP_PIECES	  (SKUA_UDP_MSG_MAX / SKUA_UDP_STEP_MIN + 1)
/* In front of each segment: room for Ethernet, IPv6 and UDP headers. */
#define SKUA_UDP_HEADROOM 64u
#define SKUA_UDP_MSG_ROOM                           \
	(SKUA_UDP_MSG_MAX + 1 + SKUA_UDP_STEP_MAX + \
	 SKUA_UDP_PIECES * (SKUA_UDP_HEADROOM + 64))
#define SKUA_UDP_COPIES 64u

union skua_udp_addr {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* A message that came: one datagram, or several of one size (udp(7), UDP_GRO). */
struct skua_udp_msg {
	union skua_udp_addr from;
	uint32_t len, segment;
	uint8_t tos;
};

/* What the kernel is told of the buffers. */
struct skua_udp_buffers {
	struct mmsghdr hdr[SKUA_UDP_MSGS];
	struct iovec iov[SKUA_UDP_MSGS][SKUA_UDP_PIECES];
	union {
		struct cmsghdr align;
		char buf[3 * CMSG_SPACE(sizeof(int))];
	} control[SKUA_UDP_MSGS];
};

/* What a socket carries. ESP is in UDP (RFC 3948), and only where asked for. */
enum skua_udp_kind { SKUA_UDP_ROCE, SKUA_UDP_ESP, SKUA_UDP_KINDS };

struct skua_udp_socket {
	int fd;
	uint16_t port; /* of both ends */
	bool wants_room;
	uint32_t lost; /* by the kernel, which counts messages */
};

struct skua_udp_rx {
	uint8_t *mem;
	struct skua_udp_buffers buffers;
	struct skua_udp_msg msg[SKUA_UDP_MSGS];
	enum skua_udp_kind kind; /* of all these messages */
	unsigned int n, next; /* messages; the one that is being split */
	uint32_t at;	      /* so many of its bytes have been */
	/*
	 * The size of segments that buffers are laid out for, so that headers
	 * fit in between; segments of other sizes are copied.
	 */
	uint32_t step, seen;
	uint8_t *copies;
	unsigned int ncopies; /* in use */
	bool out;	      /* frames are */
};

struct skua_udp {
	struct skua_link link;
	struct skua_link_host host;
	struct skua_udp_socket sock[SKUA_UDP_KINDS];
	enum skua_udp_kind full; /* the one that last had no room */
	unsigned int kinds;	 /* so many of the first */
	bool v6;
	union skua_udp_addr local; /* without a port */
	uint8_t mac[6];
	bool armed;

	struct skua_queue queue;
	struct skua_amend amend;
	bool gso;
	struct skua_udp_rx rx;
};

static inline struct skua_udp *skua_udp_of(struct skua_link *l)
{
	return (struct skua_udp *)l;
}

/* The port in the headers of frames, whatever the sockets have. */
static inline uint16_t skua_udp_port(enum skua_udp_kind kind)
{
	return kind == SKUA_UDP_ESP ? SKUA_ESP_UDP_PORT : SKUA_ROCE_PORT;
}

void skua_udp_flush(struct skua_link *l);

int skua_udp_rx_create(struct skua_udp_rx *rx);
void skua_udp_rx_destroy(struct skua_udp_rx *rx);
unsigned int skua_udp_receive(struct skua_link *l, struct skua_frame *f,
			      unsigned int n);
void skua_udp_release(struct skua_link *l);

#endif /* SKUA_LINK_UDP_H */
