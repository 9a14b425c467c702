// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Frames to datagrams. A run of frames that differ in nothing but their payload
 * becomes one message: the kernel cuts it into datagrams, or does not need to.
 */
#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

#include "udp.h"

/* The kernel's own limit is 64, and 65507 bytes (udp(7), UDP_SEGMENT). */
#define RUN_MAX	  64u
#define BYTES_MAX 65000u
#define MSGS	  16u

/* IBTA A17: the least that has an ICRC, a BTH and that. */
#define ROCE_MIN (12u + 4)

#define CONTROL_LEN (CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(uint16_t)))

struct datagram {
	uint8_t *ip, *udp, *payload;
	uint32_t len;
	enum skua_udp_kind kind;
	uint8_t tos;
	bool v6;
};

/* Messages for one socket. */
struct batch {
	enum skua_udp_kind kind[MSGS];
	struct mmsghdr msg[MSGS];
	struct iovec iov[SKUA_QUEUE_SLOTS];
	union skua_udp_addr to[MSGS];
	union {
		struct cmsghdr align;
		char buf[CONTROL_LEN];
	} control[MSGS];
	unsigned int frames[MSGS]; /* that each message takes */
};

static bool parse_ipv4(struct datagram *d, const union skua_udp_addr *local)
{
	if (d->len < SKUA_IPV4_HLEN || d->ip[0] != 0x45 || d->ip[9] != IPPROTO_UDP)
		return false;
	/* A fragment, or about to be one? */
	if (skua_get16(d->ip + 6) & 0x3fff || skua_get16(d->ip + 2) > d->len)
		return false;
	if (memcmp(d->ip + 12, &local->in.sin_addr, 4))
		return false;
	d->len = skua_get16(d->ip + 2);
	d->tos = d->ip[1];
	d->udp = d->ip + SKUA_IPV4_HLEN;
	d->len -= d->len < SKUA_IPV4_HLEN ? d->len : SKUA_IPV4_HLEN;
	return true;
}

static bool parse_ipv6(struct datagram *d, const union skua_udp_addr *local)
{
	if (d->len < SKUA_IPV6_HLEN || d->ip[0] >> 4 != 6 ||
	    d->ip[6] != IPPROTO_UDP)
		return false;
	d->len -= SKUA_IPV6_HLEN;
	if (skua_get16(d->ip + 4) > d->len ||
	    memcmp(d->ip + 8, &local->in6.sin6_addr, 16))
		return false;
	d->len = skua_get16(d->ip + 4);
	d->tos = d->ip[0] << 4 | d->ip[1] >> 4;
	d->udp = d->ip + SKUA_IPV6_HLEN;
	return true;
}

static bool parse_port(struct datagram *d, unsigned int kinds)
{
	uint16_t port = skua_get16(d->udp + 2);

	for (d->kind = 0; d->kind < kinds; d->kind++)
		if (port == skua_udp_port(d->kind))
			return true;
	return false;
}

/* The datagram in a frame; false: no socket can send it. */
static bool parse(const struct skua_udp *u, uint8_t *frame, uint32_t len,
		  struct datagram *d)
{
	if (len < SKUA_ETH_HLEN)
		return false;
	*d = (struct datagram){
		.ip = frame + SKUA_ETH_HLEN,
		.len = len - SKUA_ETH_HLEN,
		.v6 = u->v6,
	};
	if (skua_get16(frame + 12) != (u->v6 ? 0x86dd : 0x0800))
		return false;
	if (!(u->v6 ? parse_ipv6(d, &u->local) : parse_ipv4(d, &u->local)))
		return false;
	if (d->len < SKUA_UDP_HLEN || !parse_port(d, u->kinds))
		return false;
	if (skua_get16(d->udp + 4) > d->len ||
	    skua_get16(d->udp + 4) < SKUA_UDP_HLEN)
		return false;
	d->len = skua_get16(d->udp + 4) - SKUA_UDP_HLEN;
	d->payload = d->udp + SKUA_UDP_HLEN;
	return true;
}

static bool same_run(const struct datagram *a, const struct datagram *b)
{
	if (a->tos != b->tos || a->kind != b->kind)
		return false;
	return a->v6 ? !memcmp(a->ip + 24, b->ip + 24, 16)
		     : !memcmp(a->ip + 16, b->ip + 16, 4);
}

/*
 * May next follow in a run of datagrams of size bytes? A shorter one ends the
 * run, and should not if it begins one of its own.
 */
static bool joins(const struct skua_udp *u, const struct datagram *first,
		  const struct datagram *next, uint32_t index)
{
	const struct skua_queue *q = &u->queue;
	struct datagram after;

	if (next->len > first->len || !same_run(first, next))
		return false;
	if (next->len == first->len || index + 1 == q->head)
		return true;
	return !parse(u, skua_queue_frame(q, index + 1),
		      q->len[(index + 1) % SKUA_QUEUE_SLOTS], &after) ||
	       after.len != next->len;
}

/* What the kernel will write there. The ICRC in ESP is out of reach. */
static void foresee(struct skua_udp *u, struct datagram *d, uint16_t nth)
{
	uint8_t *icrc = d->payload + d->len - 4;
	uint16_t port = u->sock[d->kind].port;

	if (d->kind != SKUA_UDP_ROCE || d->len < ROCE_MIN)
		return;
	if (!d->v6 && skua_get16(d->ip + 4) != nth)
		skua_amend16(&u->amend, d->ip + 4, nth, icrc);
	if (skua_get16(d->udp) != port)
		skua_amend16(&u->amend, d->udp, port, icrc);
}

static void address(const struct skua_udp *u, const struct datagram *d,
		    union skua_udp_addr *to)
{
	*to = u->local;
	if (d->v6)
		memcpy(&to->in6.sin6_addr, d->ip + 24, 16);
	else
		memcpy(&to->in.sin_addr, d->ip + 16, 4);
	/* sin_port and sin6_port are in one place. */
	to->in.sin_port = htons(u->sock[d->kind].port);
}

static void control(struct msghdr *msg, const struct datagram *d, bool run)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	uint16_t size = d->len;
	int tos = d->tos;

	c->cmsg_level = d->v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	c->cmsg_type = d->v6 ? IPV6_TCLASS : IP_TOS;
	c->cmsg_len = CMSG_LEN(sizeof(tos));
	memcpy(CMSG_DATA(c), &tos, sizeof(tos));
	if (!run) {
		msg->msg_controllen = CMSG_SPACE(sizeof(tos));
		return;
	}
	c = (struct cmsghdr *)((char *)c + CMSG_SPACE(sizeof(tos)));
	c->cmsg_level = SOL_UDP;
	c->cmsg_type = UDP_SEGMENT;
	c->cmsg_len = CMSG_LEN(sizeof(size));
	memcpy(CMSG_DATA(c), &size, sizeof(size));
}

/* A message of the frames from index on; how many it takes, 0: none can go. */
static unsigned int make_message(struct skua_udp *u, struct batch *b,
				 unsigned int m, struct iovec *iov,
				 uint32_t index, unsigned int run_max)
{
	const struct skua_queue *q = &u->queue;
	struct msghdr *msg = &b->msg[m].msg_hdr;
	struct datagram first, d;
	uint32_t bytes = 0, n = 0;

	for (; n < run_max && index != q->head; index++, n++) {
		if (!parse(u, skua_queue_frame(q, index),
			   q->len[index % SKUA_QUEUE_SLOTS], &d))
			break;
		if (!n)
			first = d;
		else if (bytes + d.len > BYTES_MAX ||
			 !joins(u, &first, &d, index))
			break;
		foresee(u, &d, n);
		iov[n] = (struct iovec){ d.payload, d.len };
		bytes += d.len;
		if (d.len < first.len) {
			n++;
			break;
		}
	}
	if (!n)
		return 0;
	b->kind[m] = first.kind;
	address(u, &first, &b->to[m]);
	*msg = (struct msghdr){
		.msg_name = &b->to[m],
		.msg_namelen = u->v6 ? sizeof(b->to[m].in6) : sizeof(b->to[m].in),
		.msg_iov = iov,
		.msg_iovlen = n,
		.msg_control = &b->control[m],
		.msg_controllen = CONTROL_LEN,
	};
	control(msg, &first, n > 1);
	b->frames[m] = n;
	return n;
}

/*
 * As many messages as there are, up to the first frame that cannot go, or goes by
 * the other socket.
 */
static unsigned int make_batch(struct skua_udp *u, struct batch *b)
{
	const struct skua_queue *q = &u->queue;
	uint32_t index = q->tail;
	unsigned int m, n;

	for (m = 0; m < MSGS && index != q->head; m++, index += n) {
		n = make_message(u, b, m, b->iov + (index - q->tail), index,
				 u->gso ? RUN_MAX : 1);
		if (!n || b->kind[m] != b->kind[0])
			break;
	}
	return m;
}

/*
 * Whether sending by that socket failed for want of room. It comes back, and that
 * is the socket to be watched for it then.
 */
static bool out_of_room(struct skua_udp *u, enum skua_udp_kind kind)
{
	if (errno != EAGAIN && errno != ENOBUFS)
		return false;
	u->full = kind;
	return true;
}

static void lose(struct skua_udp *u, unsigned int n)
{
	u->link.stats.tx_errors += n;
	skua_queue_done(&u->queue, n);
}

/*
 * The first message failed. One that is too long for the route may fail because
 * it is one: the frames are tried one by one.
 */
static void send_singly(struct skua_udp *u, struct batch *b, unsigned int n)
{
	while (n--) {
		make_message(u, b, 0, b->iov, u->queue.tail, 1);
		if (sendmsg(u->sock[b->kind[0]].fd, &b->msg[0].msg_hdr,
			    MSG_DONTWAIT) < 0) {
			if (out_of_room(u, b->kind[0]))
				return;
			lose(u, 1);
		} else {
			skua_queue_done(&u->queue, 1);
		}
	}
}

void skua_udp_flush(struct skua_link *l)
{
	struct skua_udp *u = skua_udp_of(l);
	struct skua_queue *q = &u->queue;
	struct batch b;
	unsigned int m;
	int sent, i;

	while (skua_queue_len(q)) {
		m = make_batch(u, &b);
		if (!m) {
			lose(u, 1);
			continue;
		}
		sent = sendmmsg(u->sock[b.kind[0]].fd, b.msg, m, MSG_DONTWAIT);
		for (i = 0; i < sent; i++)
			skua_queue_done(q, b.frames[i]);
		if (sent >= 0)
			continue;
		if (out_of_room(u, b.kind[0]))
			return;
		/* No interface of ours can checksum what it would have to cut. */
		if (errno == EIO)
			u->gso = false;
		send_singly(u, &b, b.frames[0]);
	}
}
