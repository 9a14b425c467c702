// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * packet:INTERFACE[,promisc] - frames of an existing interface, beside the
 * kernel's own, by a packet socket. Needs CAP_NET_RAW.
 *
 * Frames are received in a ring that the kernel writes (packet(7),
 * PACKET_RX_RING), of version 2: in version 3 a frame waits for others to fill
 * a block, up to a tick of the kernel's clock.
 *
 * What programs of this machine send to the other end of a veth or a bridge comes
 * with checksums that hardware was to complete, and TCP in one piece for many
 * segments, which is also how the kernel has it when it has merged what came. It
 * says so in a header before each frame (PACKET_VNET_HDR), and the work of the
 * hardware is done here. A piece that is too long for the ring is in the queue of
 * the socket instead.
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "queue.h"
#include "segment.h"
#include "wire/sum.h"

/* Blocks are pages in one piece. */
#define BLOCK_SIZE 65536u
#define PER_BLOCK  6u
#define FRAME_SIZE 10912u
#define BLOCKS	   64u
#define FRAMES	   (BLOCKS * PER_BLOCK)
#define RING_SIZE  ((size_t)BLOCKS * BLOCK_SIZE)
/* In front of a frame there is room for the VLAN tag that was taken out. */
#define RESERVE	  16u
#define BURST	  64u
/* A long frame, and so many segments of it at a time. */
#define LONG_SIZE 69632u
#define SEGMENTS  BURST
#define CUT_SIZE  (LONG_SIZE + SEGMENTS * SKUA_FRAME_SLOT)
/* Of long frames that wait; the kernel has limits of its own. */
#define LONG_QUEUE (4 << 20)
/* Half a ring of the smallest frames that have payload. */
#define WINDOW (FRAMES / 2 * 1024u)

_Static_assert(FRAME_SIZE % TPACKET_ALIGNMENT == 0 &&
		       PER_BLOCK * FRAME_SIZE <= BLOCK_SIZE,
	       "ring");
_Static_assert(FRAME_SIZE >= TPACKET2_HDRLEN + 2 * RESERVE + SKUA_FRAME_MAX,
	       "a frame fits");

_Static_assert(LONG_SIZE >= sizeof(struct virtio_net_hdr) + SKUA_SEGMENT_LONGEST,
	       "a long frame fits");

struct packet {
	struct skua_link link;
	struct skua_link_host host;
	int sock, ifindex;
	bool promisc, armed, wants_room;
	struct skua_queue queue;
	uint8_t *ring;
	uint32_t next, out; /* frames of the ring: to look at, not released */
	uint8_t *cut;	    /* the long frame, then segments */
	struct skua_segments rest; /* that are to be cut */
	unsigned int segments;	   /* not released */
	unsigned int nmacs;
	uint8_t mac[SKUA_LINK_MACS][6];
};

static struct packet *packet_of(struct skua_link *l)
{
	return (struct packet *)l;
}

/* Sending ------------------------------------------------------------------ */

static void packet_flush(struct skua_link *l)
{
	struct packet *p = packet_of(l);
	struct skua_queue *q = &p->queue;
	/* Nothing is left to do for these. */
	static struct virtio_net_hdr whole;
	struct mmsghdr msg[BURST];
	struct iovec iov[BURST][2];
	unsigned int n, i;
	int sent;

	while (skua_queue_len(q)) {
		n = skua_queue_len(q) < BURST ? skua_queue_len(q) : BURST;
		for (i = 0; i < n; i++) {
			iov[i][0].iov_base = &whole;
			iov[i][0].iov_len = sizeof(whole);
			iov[i][1].iov_base = skua_queue_frame(q, q->tail + i);
			iov[i][1].iov_len =
				q->len[(q->tail + i) % SKUA_QUEUE_SLOTS];
			msg[i].msg_hdr = (struct msghdr){ .msg_iov = iov[i],
							  .msg_iovlen = 2 };
		}
		sent = sendmmsg(p->sock, msg, n, MSG_DONTWAIT);
		if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS))
			return;
		if (sent < 0) {
			/* The first of them cannot go: too long, or no wire. */
			l->stats.tx_errors++;
			sent = 1;
		}
		skua_queue_done(q, sent);
	}
}

static unsigned int packet_reserve(struct skua_link *l, struct skua_frame *f,
				   unsigned int n)
{
	struct skua_queue *q = &packet_of(l)->queue;
	unsigned int got;

	if (skua_queue_len(q) + n > SKUA_QUEUE_SLOTS)
		packet_flush(l);
	got = skua_queue_reserve(q, f, n);
	if (got < n)
		l->stats.tx_full++;
	return got;
}

static void packet_commit(struct skua_link *l, const struct skua_frame *f,
			  unsigned int n)
{
	skua_queue_commit(&packet_of(l)->queue, &l->stats, f, n);
}

/* Receiving ---------------------------------------------------------------- */

static struct tpacket2_hdr *header(const struct packet *p, uint32_t index)
{
	return (void *)(p->ring + (size_t)(index / PER_BLOCK) * BLOCK_SIZE +
			index % PER_BLOCK * FRAME_SIZE);
}

static bool ours(const struct packet *p, const uint8_t *mac)
{
	unsigned int i;

	if (p->promisc || mac[0] & 1)
		return true;
	for (i = 0; i < p->nmacs; i++) {
		if (!memcmp(mac, p->mac[i], 6))
			return true;
	}
	return false;
}

static void put_tag_back(struct skua_frame *f, const struct tpacket2_hdr *h,
			 uint32_t status)
{
	uint16_t tpid = status & TP_STATUS_VLAN_TPID_VALID ? h->tp_vlan_tpid
							   : ETH_P_8021Q;

	memmove(f->data - SKUA_VLAN_HLEN, f->data, 12);
	f->data -= SKUA_VLAN_HLEN;
	f->len += SKUA_VLAN_HLEN;
	f->data[12] = tpid >> 8;
	f->data[13] = tpid;
	f->data[14] = h->tp_vlan_tci >> 8;
	f->data[15] = h->tp_vlan_tci;
}

/* The field has the sum of a pseudo header. False: it is not in the frame. */
static bool complete_checksum(struct skua_frame *f,
			      const struct virtio_net_hdr *v)
{
	uint32_t start = v->csum_start, at = start + v->csum_offset;
	uint16_t s;

	if (start >= f->len || at > f->len - 2)
		return false;
	s = ~skua_sum(0, f->data + start, f->len - start);
	/* That of UDP is there, and 0 says that it is not (RFC 768). */
	s = s ? s : 0xffff;
	f->data[at] = s >> 8;
	f->data[at + 1] = s;
	return true;
}

static bool is_tcp(uint8_t gso_type)
{
	gso_type &= ~VIRTIO_NET_HDR_GSO_ECN;
	return gso_type == VIRTIO_NET_HDR_GSO_TCPV4 ||
	       gso_type == VIRTIO_NET_HDR_GSO_TCPV6;
}

/* Where it stays until it is cut: all of it with the header, or as much as fits. */
static uint32_t keep_long(struct packet *p, const struct tpacket2_hdr *h,
			  uint32_t status)
{
	uint32_t len = sizeof(struct virtio_net_hdr) + h->tp_snaplen;
	ssize_t got;

	if (status & TP_STATUS_COPY) {
		got = recv(p->sock, p->cut, LONG_SIZE, MSG_DONTWAIT);
		return got < 0 ? 0 : got;
	}
	memcpy(p->cut,
	       (uint8_t *)h + h->tp_mac - sizeof(struct virtio_net_hdr), len);
	return len;
}

/* Its segments are next, if it can be cut and is for this end. */
static void begin_long(struct packet *p, struct tpacket2_hdr *h,
		       uint32_t status)
{
	uint32_t len = keep_long(p, h, status);
	const uint8_t *frame = p->cut + sizeof(struct virtio_net_hdr);
	struct virtio_net_hdr v;

	memcpy(&v, p->cut, sizeof(v));
	if (len != sizeof(v) + h->tp_len || status & TP_STATUS_VLAN_VALID ||
	    !is_tcp(v.gso_type) ||
	    !skua_segments_begin(&p->rest, frame, h->tp_len, v.gso_size)) {
		p->rest = (struct skua_segments){ 0 };
		p->link.stats.rx_errors++;
	} else if (!ours(p, frame)) {
		p->rest = (struct skua_segments){ 0 };
	}
}

static bool is_long(const struct tpacket2_hdr *h, uint32_t status,
		    struct virtio_net_hdr *v)
{
	memcpy(v, (uint8_t *)h + h->tp_mac - sizeof(*v), sizeof(*v));
	return status & TP_STATUS_COPY ||
	       v->gso_type != VIRTIO_NET_HDR_GSO_NONE;
}

/* False: not for this end, or not a frame that it takes as it is. */
static bool take(struct packet *p, struct tpacket2_hdr *h, uint32_t status,
		 struct skua_frame *f)
{
	bool tag = status & TP_STATUS_VLAN_VALID;
	struct virtio_net_hdr v;

	if (is_long(h, status, &v)) {
		begin_long(p, h, status);
		return false;
	}
	*f = (struct skua_frame){ .data = (uint8_t *)h + h->tp_mac,
				  .len = h->tp_len };
	if (f->len != h->tp_snaplen || f->len < SKUA_ETH_HLEN ||
	    f->len > SKUA_FRAME_MAX - (tag ? SKUA_VLAN_HLEN : 0) ||
	    (v.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM &&
	     !complete_checksum(f, &v))) {
		p->link.stats.rx_errors++;
		return false;
	}
	if (!ours(p, f->data))
		return false;
	if (tag)
		put_tag_back(f, h, status);
	return true;
}

static void take_segment(struct packet *p, struct skua_frame *f)
{
	*f = (struct skua_frame){
		.data = p->cut + LONG_SIZE +
			(size_t)p->segments++ * SKUA_FRAME_SLOT,
	};
	f->len = skua_segments_next(&p->rest, f->data);
}

/* What the ring had no room for. */
static void count_lost(struct packet *p)
{
	struct tpacket_stats stats;
	socklen_t len = sizeof(stats);

	if (!getsockopt(p->sock, SOL_PACKET, PACKET_STATISTICS, &stats, &len))
		p->link.stats.rx_errors += stats.tp_drops;
}

static void packet_release(struct skua_link *l)
{
	struct packet *p = packet_of(l);
	struct tpacket2_hdr *h;

	p->segments = 0;
	for (; p->out; p->out--) {
		h = header(p, (p->next + FRAMES - p->out) % FRAMES);
		__atomic_store_n(&h->tp_status, TP_STATUS_KERNEL,
				 __ATOMIC_RELEASE);
	}
}

/* An interface that went down leaves an error, which would keep fd readable. */
static void wake_up(struct packet *p)
{
	socklen_t len = sizeof(int);
	int err;

	p->armed = false;
	getsockopt(p->sock, SOL_SOCKET, SO_ERROR, &err, &len);
	packet_flush(&p->link);
}

/* The next frame of the ring. False: there is none. */
static bool look_at_ring(struct packet *p, struct skua_frame *f, bool *taken)
{
	struct tpacket2_hdr *h = header(p, p->next);
	uint32_t status;

	status = __atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE);
	if (!(status & TP_STATUS_USER) || p->out == FRAMES)
		return false;
	p->next = (p->next + 1) % FRAMES;
	p->out++;
	if (status & TP_STATUS_LOSING)
		count_lost(p);
	*taken = take(p, h, status, f);
	return true;
}

static unsigned int packet_receive(struct skua_link *l, struct skua_frame *f,
				   unsigned int n)
{
	struct packet *p = packet_of(l);
	bool none_out = !p->out && !p->segments, taken = true;
	unsigned int got = 0;

	if (p->armed)
		wake_up(p);
	while (got < n) {
		if (!skua_segments_left(&p->rest)) {
			if (!look_at_ring(p, &f[got], &taken))
				break;
		} else if (p->segments < SEGMENTS) {
			take_segment(p, &f[got]);
			taken = true;
		} else {
			break;
		}
		if (taken)
			l->stats.rx_bytes += f[got++].len;
	}
	l->stats.rx_frames += got;
	/* Who was given nothing has nothing to release. */
	if (!got && none_out)
		packet_release(l);
	return got;
}

static bool packet_arm(struct skua_link *l)
{
	struct packet *p = packet_of(l);

	if (skua_segments_left(&p->rest))
		return false;
	p->armed = true;
	skua_link_await(l, p->sock, skua_queue_len(&p->queue), &p->wants_room);
	return true;
}

/* Addresses ---------------------------------------------------------------- */

static int membership(const struct packet *p, int option, int type,
		      const uint8_t *mac)
{
	struct packet_mreq mr = { .mr_ifindex = p->ifindex, .mr_type = type };

	if (mac) {
		mr.mr_alen = 6;
		memcpy(mr.mr_address, mac, 6);
	}
	return setsockopt(p->sock, SOL_PACKET, option, &mr, sizeof(mr)) ? -errno
									: 0;
}

static int packet_set_macs(struct skua_link *l, const uint8_t (*mac)[6],
			   unsigned int n)
{
	struct packet *p = packet_of(l);
	int err;

	if (n > SKUA_LINK_MACS)
		return -ENOSPC;
	/* Which is so for most changes of a GID. */
	if (n == p->nmacs && !memcmp(p->mac, mac, n * sizeof(*mac)))
		return 0;
	for (; p->nmacs; p->nmacs--)
		membership(p, PACKET_DROP_MEMBERSHIP, PACKET_MR_UNICAST,
			   p->mac[p->nmacs - 1]);
	for (; p->nmacs < n; p->nmacs++) {
		err = membership(p, PACKET_ADD_MEMBERSHIP, PACKET_MR_UNICAST,
				 mac[p->nmacs]);
		if (err)
			return err;
		memcpy(p->mac[p->nmacs], mac[p->nmacs], 6);
	}
	return 0;
}

/* From beginning to end ---------------------------------------------------- */

static void packet_close(struct skua_link *l)
{
	struct packet *p = packet_of(l);

	if (p->ring)
		munmap(p->ring, RING_SIZE);
	if (p->cut)
		munmap(p->cut, CUT_SIZE);
	skua_link_drop(&p->host, &p->sock);
	skua_link_drop(&p->host, &l->fd);
	skua_queue_destroy(&p->queue);
	free(p);
}

static const struct skua_link_ops packet_ops = {
	.reserve = packet_reserve,
	.commit = packet_commit,
	.flush = packet_flush,
	.receive = packet_receive,
	.release = packet_release,
	.arm = packet_arm,
	.set_macs = packet_set_macs,
	.close = packet_close,
};

static int set(const struct packet *p, int option, int val)
{
	return setsockopt(p->sock, SOL_PACKET, option, &val, sizeof(val)) ? -errno
									  : 0;
}

/* Its pages are there once it is used. */
static int make_cut(struct packet *p)
{
	void *cut = mmap(NULL, CUT_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int size = LONG_QUEUE;

	if (cut == MAP_FAILED)
		return -errno;
	p->cut = cut;
	setsockopt(p->sock, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return set(p, PACKET_COPY_THRESH, 1);
}

static int make_ring(struct packet *p)
{
	struct tpacket_req req = {
		.tp_block_size = BLOCK_SIZE,
		.tp_block_nr = BLOCKS,
		.tp_frame_size = FRAME_SIZE,
		.tp_frame_nr = FRAMES,
	};
	void *ring;
	int err;

	err = set(p, PACKET_VERSION, TPACKET_V2);
	if (!err)
		err = set(p, PACKET_VNET_HDR, 1);
	if (!err)
		err = set(p, PACKET_RESERVE, RESERVE);
	if (err)
		return err;
	if (setsockopt(p->sock, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)))
		return -errno;
	ring = mmap(NULL, RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		    p->sock, 0);
	if (ring == MAP_FAILED)
		return -errno;
	madvise(ring, RING_SIZE, MADV_DONTFORK);
	p->ring = ring;
	return 0;
}

/* Frames come once it is bound: to one interface, with all that is set. */
static int attach(struct packet *p)
{
	struct sockaddr_ll ll = {
		.sll_family = AF_PACKET,
		.sll_protocol = __builtin_bswap16(ETH_P_ALL),
		.sll_ifindex = p->ifindex,
	};
	int err;

	err = make_cut(p);
	if (!err)
		err = make_ring(p);
	if (!err)
		err = set(p, PACKET_IGNORE_OUTGOING, 1);
	if (!err)
		err = membership(p, PACKET_ADD_MEMBERSHIP,
				 p->promisc ? PACKET_MR_PROMISC
					    : PACKET_MR_ALLMULTI,
				 NULL);
	if (!err && bind(p->sock, (struct sockaddr *)&ll, sizeof(ll)))
		err = -errno;
	if (!err)
		err = skua_queue_create(&p->queue);
	return err ? err : skua_link_watch(&p->link, &p->host, p->sock);
}

/* An MTU, a type. */
static int look(struct packet *p, const char *name)
{
	struct ifreq ifr = { .ifr_ifindex = 0 };

	memcpy(ifr.ifr_name, name, strlen(name));
	p->ifindex = if_nametoindex(name);
	if (!p->ifindex || ioctl(p->sock, SIOCGIFMTU, &ifr))
		return -ENODEV;
	if (ifr.ifr_mtu < (int)(SKUA_FRAME_MAX - SKUA_ETH_HLEN - SKUA_VLAN_HLEN))
		p->link.max_frame = ifr.ifr_mtu + SKUA_ETH_HLEN + SKUA_VLAN_HLEN;
	if (ioctl(p->sock, SIOCGIFHWADDR, &ifr))
		return -errno;
	/* Loopback frames have Ethernet headers, too. */
	return ifr.ifr_hwaddr.sa_family == ARPHRD_ETHER ||
			       ifr.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK
		       ? 0
		       : -EPFNOSUPPORT;
}

static int start(struct packet *p, const char *name)
{
	int err;

	p->sock = skua_link_keep(
		&p->host,
		socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	if (p->sock < 0)
		return p->sock;
	err = look(p, name);
	return err ? err : attach(p);
}

static bool parse_rest(struct packet *p, const struct skua_link_args *args,
		       char name[IFNAMSIZ])
{
	size_t len = strcspn(args->rest, ",");

	if (!len || len >= IFNAMSIZ) {
		skua_link_say(args, "no name of an interface");
		return false;
	}
	memset(name, 0, IFNAMSIZ);
	memcpy(name, args->rest, len);
	p->promisc = !strcmp(args->rest + len, ",promisc");
	if (args->rest[len] && !p->promisc) {
		skua_link_say(args, "only promisc may follow the interface");
		return false;
	}
	return true;
}

static void say_why(const struct skua_link_args *args, int err)
{
	if (err == -EPERM || err == -EACCES)
		skua_link_say(args, "no permission: it takes CAP_NET_RAW");
	else if (err == -ENODEV)
		skua_link_say(args, "there is no such interface");
	else if (err == -EPFNOSUPPORT)
		skua_link_say(args, "this interface is not Ethernet");
	else
		skua_link_say(args, "%s", strerror(-err));
}

static struct skua_link *packet_open(const struct skua_link_args *args)
{
	struct packet *p = calloc(1, sizeof(*p));
	char name[IFNAMSIZ];
	int err;

	if (!p) {
		say_why(args, -ENOMEM);
		return NULL;
	}
	p->link.ops = &packet_ops;
	p->link.max_frame = SKUA_FRAME_MAX;
	p->link.window = WINDOW;
	p->link.up = true;
	p->link.fd = -1;
	p->host = args->host;
	p->sock = -1;
	if (!parse_rest(p, args, name)) {
		packet_close(&p->link);
		return NULL;
	}
	err = start(p, name);
	if (!err)
		return &p->link;
	say_why(args, err);
	packet_close(&p->link);
	return NULL;
}

const struct skua_link_kind skua_link_packet = { "packet", packet_open };
