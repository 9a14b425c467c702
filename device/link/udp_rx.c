// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Datagrams to frames. The kernel gives messages of many datagrams of one size
 * without a gap, and a frame needs headers in front of each: buffers are laid
 * out for the size that was seen last, with gaps for the headers, so that in a
 * stream payload is where it has to be.
 */
#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "udp.h"
#include "wire/sum.h"

/* Buffers are laid out anew for messages of so many segments or more. */
#define STREAM 4u
#define TTL    64

#define MEM_SIZE                                     \
	((size_t)SKUA_UDP_MSGS * SKUA_UDP_MSG_ROOM + \
	 (size_t)SKUA_UDP_COPIES * SKUA_FRAME_SLOT)

void skua_udp_rx_destroy(struct skua_udp_rx *rx)
{
	if (rx->mem)
		munmap(rx->mem, MEM_SIZE);
	rx->mem = NULL;
}

/* Buffers ------------------------------------------------------------------- */

static uint32_t stride(const struct skua_udp_rx *rx)
{
	return SKUA_UDP_HEADROOM + (rx->step + 63) / 64 * 64;
}

/* The piece of a message's buffer that holds its bytes from i * step on. */
static uint8_t *piece(const struct skua_udp_rx *rx, unsigned int m, uint32_t i)
{
	return rx->mem + (size_t)m * SKUA_UDP_MSG_ROOM +
	       (size_t)i * stride(rx) + SKUA_UDP_HEADROOM;
}

static unsigned int lay_out_one(struct skua_udp_rx *rx, unsigned int m)
{
	uint32_t left = SKUA_UDP_MSG_MAX, len;
	unsigned int i;

	for (i = 0; left; i++, left -= len) {
		len = left < rx->step ? left : rx->step;
		rx->buffers.iov[m][i] = (struct iovec){ piece(rx, m, i), len };
	}
	return i;
}

static void lay_out(struct skua_udp_rx *rx, uint32_t step)
{
	struct skua_udp_buffers *b = &rx->buffers;
	unsigned int m;

	rx->step = step;
	for (m = 0; m < SKUA_UDP_MSGS; m++)
		b->hdr[m].msg_hdr = (struct msghdr){
			.msg_name = &rx->msg[m].from,
			.msg_namelen = sizeof(rx->msg[m].from),
			.msg_iov = b->iov[m],
			.msg_iovlen = lay_out_one(rx, m),
			.msg_control = &b->control[m],
			.msg_controllen = sizeof(b->control[m]),
		};
}

int skua_udp_rx_create(struct skua_udp_rx *rx)
{
	void *p = mmap(NULL, MEM_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	rx->mem = p;
	rx->copies = rx->mem + (size_t)SKUA_UDP_MSGS * SKUA_UDP_MSG_ROOM;
	lay_out(rx, SKUA_UDP_MSG_MAX);
	return 0;
}

static void copy_out(const struct skua_udp_rx *rx, unsigned int m, uint32_t at,
		     uint8_t *to, uint32_t len)
{
	uint32_t skip, n;

	for (; len; at += n, to += n, len -= n) {
		skip = at % rx->step;
		n = rx->step - skip < len ? rx->step - skip : len;
		memcpy(to, piece(rx, m, at / rx->step) + skip, n);
	}
}

/* Where the payload of a segment is, with headroom; NULL: no memory is left. */
static uint8_t *segment(struct skua_udp_rx *rx, uint32_t len)
{
	const struct skua_udp_msg *msg = &rx->msg[rx->next];
	uint8_t *to;

	if (rx->at % rx->step == 0 && len <= rx->step &&
	    (msg->segment == rx->step || !rx->at))
		return piece(rx, rx->next, rx->at / rx->step);
	if (rx->ncopies == SKUA_UDP_COPIES)
		return NULL;
	to = rx->copies + (size_t)rx->ncopies++ * SKUA_FRAME_SLOT +
	     SKUA_UDP_HEADROOM;
	copy_out(rx, rx->next, rx->at, to, len);
	return to;
}

/* Headers ------------------------------------------------------------------- */

static uint8_t *put_udp(uint8_t *end, const struct skua_udp_msg *msg,
			enum skua_udp_kind kind, uint32_t len)
{
	uint8_t *udp = end - SKUA_UDP_HLEN;

	/* sin_port and sin6_port are in one place, in network order. */
	memcpy(udp, &msg->from.in.sin_port, 2);
	skua_put16(udp + 2, skua_udp_port(kind));
	skua_put16(udp + 4, len + SKUA_UDP_HLEN);
	/* The kernel has checked it; 0 is none (IBTA A17.3.1.2). */
	skua_put16(udp + 6, 0);
	return udp;
}

static uint8_t *put_ipv4(const struct skua_udp *u, uint8_t *end,
			 const struct skua_udp_msg *msg, uint32_t len,
			 uint16_t id, uint8_t gid[16])
{
	uint8_t *ip = end - SKUA_IPV4_HLEN;

	ip[0] = 0x45;
	ip[1] = msg->tos;
	skua_put16(ip + 2, len + SKUA_UDP_HLEN + SKUA_IPV4_HLEN);
	skua_put16(ip + 4, id);
	skua_put16(ip + 6, 0x4000);
	ip[8] = TTL;
	ip[9] = IPPROTO_UDP;
	skua_put16(ip + 10, 0);
	memcpy(ip + 12, &msg->from.in.sin_addr, 4);
	memcpy(ip + 16, &u->local.in.sin_addr, 4);
	skua_put16(ip + 10, ~skua_sum(0, ip, SKUA_IPV4_HLEN));
	memset(gid, 0, 10);
	memset(gid + 10, 0xff, 2);
	memcpy(gid + 12, &msg->from.in.sin_addr, 4);
	return ip;
}

static uint8_t *put_ipv6(const struct skua_udp *u, uint8_t *end,
			 const struct skua_udp_msg *msg, uint32_t len,
			 uint8_t gid[16])
{
	uint8_t *ip = end - SKUA_IPV6_HLEN;

	ip[0] = 0x60 | msg->tos >> 4;
	ip[1] = msg->tos << 4;
	skua_put16(ip + 2, 0);
	skua_put16(ip + 4, len + SKUA_UDP_HLEN);
	ip[6] = IPPROTO_UDP;
	ip[7] = TTL;
	memcpy(ip + 8, &msg->from.in6.sin6_addr, 16);
	memcpy(ip + 24, &u->local.in6.sin6_addr, 16);
	memcpy(gid, &msg->from.in6.sin6_addr, 16);
	return ip;
}

static void put_headers(struct skua_udp *u, const struct skua_udp_msg *msg,
			uint16_t id, uint8_t *payload, uint32_t len,
			struct skua_frame *f)
{
	uint8_t *p = put_udp(payload, msg, u->rx.kind, len), gid[16];

	p = u->v6 ? put_ipv6(u, p, msg, len, gid)
		  : put_ipv4(u, p, msg, len, id, gid);
	p -= SKUA_ETH_HLEN;
	memcpy(p, u->mac, 6);
	skua_link_mac(gid, p + 6);
	skua_put16(p + 12, u->v6 ? 0x86dd : 0x0800);
	*f = (struct skua_frame){
		.data = p,
		.len = payload - p + len,
		.flags = u->v6 ? 0 : SKUA_FRAME_ID_UNKNOWN,
	};
}

/* Messages ------------------------------------------------------------------ */

static void take_control(struct skua_udp *u, struct skua_udp_msg *msg,
			 struct msghdr *hdr)
{
	struct skua_udp_socket *s = &u->sock[u->rx.kind];
	struct cmsghdr *c;
	int val;

	msg->tos = 0;
	msg->segment = msg->len;
	for (c = CMSG_FIRSTHDR(hdr); c; c = CMSG_NXTHDR(hdr, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) {
			msg->tos = *(uint8_t *)CMSG_DATA(c);
			continue;
		}
		memcpy(&val, CMSG_DATA(c), sizeof(val));
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
			/* All that the socket's buffer had no room for. */
			u->link.stats.rx_errors += (uint32_t)val - s->lost;
			s->lost = val;
			continue;
		}
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS)
			msg->tos = val;
		else if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO &&
			 val > 0)
			msg->segment = val;
	}
}

/* The kernel writes how much it used over what there is. */
static void offer(struct skua_udp_rx *rx)
{
	struct skua_udp_buffers *b = &rx->buffers;
	unsigned int m;

	for (m = 0; m < SKUA_UDP_MSGS; m++) {
		b->hdr[m].msg_hdr.msg_namelen = sizeof(rx->msg[m].from);
		b->hdr[m].msg_hdr.msg_controllen = sizeof(b->control[m]);
	}
}

/* Of the sockets in turn, so that none keeps the other's from coming. */
static int ask(struct skua_udp *u)
{
	struct skua_udp_rx *rx = &u->rx;
	unsigned int i;
	int n = 0;

	for (i = 0; i < u->kinds && n <= 0; i++) {
		rx->kind = (rx->kind + 1) % u->kinds;
		n = recvmmsg(u->sock[rx->kind].fd, rx->buffers.hdr,
			     SKUA_UDP_MSGS, MSG_DONTWAIT, NULL);
	}
	return n;
}

/* Nothing of what came before is out any longer. */
static void fetch(struct skua_udp *u)
{
	struct skua_udp_rx *rx = &u->rx;
	struct mmsghdr *hdr = rx->buffers.hdr;
	int n;

	rx->n = rx->next = rx->at = 0;
	if (rx->seen)
		lay_out(rx, rx->seen);
	rx->seen = 0;
	n = ask(u);
	if (n <= 0)
		return;
	for (; (int)rx->n < n; rx->n++) {
		struct skua_udp_msg *msg = &rx->msg[rx->n];

		msg->len = hdr[rx->n].msg_len;
		take_control(u, msg, &hdr[rx->n].msg_hdr);
		if (msg->segment >= SKUA_UDP_STEP_MIN &&
		    msg->segment <= SKUA_UDP_STEP_MAX &&
		    msg->segment != rx->step &&
		    msg->len > (STREAM - 1) * msg->segment)
			rx->seen = msg->segment;
	}
	offer(rx);
}

static void advance(struct skua_udp_rx *rx, uint32_t len)
{
	rx->at += len;
	if (rx->at < rx->msg[rx->next].len)
		return;
	rx->next++;
	rx->at = 0;
}

/* The next segment as a frame; false: there is none that can be given now. */
static bool next_frame(struct skua_udp *u, struct skua_frame *f)
{
	const uint32_t hlen = SKUA_ETH_HLEN + SKUA_UDP_HLEN +
			      (u->v6 ? SKUA_IPV6_HLEN : SKUA_IPV4_HLEN);
	struct skua_udp_rx *rx = &u->rx;
	struct skua_udp_msg *msg;
	uint8_t *payload;
	uint32_t len;

	while (rx->next < rx->n) {
		msg = &rx->msg[rx->next];
		len = msg->len - rx->at;
		if (len > msg->segment)
			len = msg->segment;
		if (!len || len > u->link.max_frame - hlen) {
			u->link.stats.rx_errors++;
			advance(rx, len);
			continue;
		}
		payload = segment(rx, len);
		if (!payload)
			return false;
		put_headers(u, msg, rx->at / msg->segment, payload, len, f);
		advance(rx, len);
		return true;
	}
	return false;
}

unsigned int skua_udp_receive(struct skua_link *l, struct skua_frame *f,
			      unsigned int n)
{
	struct skua_udp *u = skua_udp_of(l);
	unsigned int got = 0;

	if (u->armed) {
		u->armed = false;
		skua_udp_flush(l);
	}
	if (u->rx.next == u->rx.n && !u->rx.out)
		fetch(u);
	for (; got < n && next_frame(u, &f[got]); got++)
		l->stats.rx_bytes += f[got].len;
	l->stats.rx_frames += got;
	u->rx.out |= got;
	return got;
}

void skua_udp_release(struct skua_link *l)
{
	struct skua_udp *u = skua_udp_of(l);

	u->rx.ncopies = 0;
	u->rx.out = false;
}
