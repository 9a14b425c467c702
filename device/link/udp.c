// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * udp:ADDRESS[,port=PORT][,esp] - RoCEv2 by an ordinary UDP socket of one
 * address, which needs no privilege and goes wherever datagrams go (link.h); and
 * ESP in UDP by a second one.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "udp.h"

#define BUFFER_SIZE (8 << 20)
/*
 * Half a MiB keeps 40 Gb/s over 100 us busy. More would only wait in queues, grow
 * cold in the caches there, and be sent again with each packet that is lost.
 */
#define WINDOW_MAX (512 << 10)

/* Operations ---------------------------------------------------------------- */

static unsigned int udp_reserve(struct skua_link *l, struct skua_frame *f,
				unsigned int n)
{
	struct skua_udp *u = skua_udp_of(l);
	unsigned int got;

	if (skua_queue_len(&u->queue) + n > SKUA_QUEUE_SLOTS)
		skua_udp_flush(l);
	got = skua_queue_reserve(&u->queue, f, n);
	if (got < n)
		l->stats.tx_full++;
	return got;
}

static void udp_commit(struct skua_link *l, const struct skua_frame *f,
		       unsigned int n)
{
	skua_queue_commit(&skua_udp_of(l)->queue, &l->stats, f, n);
}

static bool udp_arm(struct skua_link *l)
{
	struct skua_udp *u = skua_udp_of(l);
	unsigned int i;

	if (u->rx.next < u->rx.n)
		return false;
	u->armed = true;
	for (i = 0; i < u->kinds; i++)
		skua_link_await(l, u->sock[i].fd,
				i == u->full && skua_queue_len(&u->queue),
				&u->sock[i].wants_room);
	return true;
}

static void udp_close(struct skua_link *l)
{
	struct skua_udp *u = skua_udp_of(l);
	unsigned int i;

	for (i = 0; i < SKUA_UDP_KINDS; i++)
		skua_link_drop(&u->host, &u->sock[i].fd);
	skua_link_drop(&u->host, &l->fd);
	skua_queue_destroy(&u->queue);
	skua_udp_rx_destroy(&u->rx);
	free(u);
}

static const struct skua_link_ops udp_ops = {
	.reserve = udp_reserve,
	.commit = udp_commit,
	.flush = skua_udp_flush,
	.receive = skua_udp_receive,
	.release = skua_udp_release,
	.arm = udp_arm,
	.close = udp_close,
};

/* Opening ------------------------------------------------------------------- */

static bool parse_port(const char *text, uint16_t *port)
{
	char *end;
	unsigned long val = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || !val || val > 65535)
		return false;
	*port = val;
	return true;
}

/* ADDRESS or ADDRESS%INTERFACE, an IPv6 one perhaps in brackets. */
static bool parse_address(char *text, union skua_udp_addr *a)
{
	size_t len = strlen(text);
	char *scope;

	if (inet_pton(AF_INET, text, &a->in.sin_addr) == 1) {
		a->sa.sa_family = AF_INET;
		return a->in.sin_addr.s_addr;
	}
	if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
		text[len - 1] = 0;
		text++;
	}
	scope = strchr(text, '%');
	if (scope) {
		*scope = 0;
		a->in6.sin6_scope_id = if_nametoindex(scope + 1);
		if (!a->in6.sin6_scope_id)
			return false;
	}
	a->sa.sa_family = AF_INET6;
	return inet_pton(AF_INET6, text, &a->in6.sin6_addr) == 1 &&
	       !IN6_IS_ADDR_UNSPECIFIED(&a->in6.sin6_addr) &&
	       !IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr);
}

static bool parse_option(struct skua_udp *u, const char *option)
{
	if (!strcmp(option, "esp")) {
		u->kinds = SKUA_UDP_ESP + 1;
		return true;
	}
	return !strncmp(option, "port=", 5) &&
	       parse_port(option + 5, &u->sock[SKUA_UDP_ROCE].port);
}

static bool parse_rest(struct skua_udp *u, const struct skua_link_args *args)
{
	char text[sizeof(u->link.name)], *rest, *option;

	strcpy(text, args->rest);
	rest = strchr(text, ',');
	if (rest)
		*rest++ = 0;
	while ((option = strsep(&rest, ","))) {
		if (parse_option(u, option))
			continue;
		skua_link_say(args, "only port=1 to 65535 and esp may follow "
				    "the address");
		return false;
	}
	if (!parse_address(text, &u->local)) {
		skua_link_say(args, "not an address: %s", text);
		return false;
	}
	u->v6 = u->local.sa.sa_family == AF_INET6;
	return true;
}

static int set(const struct skua_udp_socket *s, int level, int option, int val)
{
	return setsockopt(s->fd, level, option, &val, sizeof(val)) ? -errno : 0;
}

static void enlarge(struct skua_udp_socket *s, int force, int ask)
{
	if (set(s, SOL_SOCKET, force, BUFFER_SIZE))
		set(s, SOL_SOCKET, ask, BUFFER_SIZE);
}

/*
 * Do-not-fragment is what makes the identification of IPv4 known (RFC 6864);
 * RoCE packets are not to be fragmented either way (IBTA A17.4.3).
 */
static int set_options(struct skua_udp *u, struct skua_udp_socket *s)
{
	const int ip = u->v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	int err;

	err = set(s, ip, u->v6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER,
		  u->v6 ? IPV6_PMTUDISC_DO : IP_PMTUDISC_DO);
	if (!err)
		err = set(s, ip, u->v6 ? IPV6_RECVTCLASS : IP_RECVTOS, 1);
	if (!err && u->v6)
		err = set(s, ip, IPV6_V6ONLY, 1);
	if (err)
		return err;
	set(s, SOL_SOCKET, SO_RXQ_OVFL, 1);
	/* Kernels before 5.0 have neither: a call for each datagram, then. */
	set(s, SOL_UDP, UDP_GRO, 1);
	u->gso = !set(s, SOL_UDP, UDP_SEGMENT, 0);
	enlarge(s, SO_RCVBUFFORCE, SO_RCVBUF);
	enlarge(s, SO_SNDBUFFORCE, SO_SNDBUF);
	return 0;
}

/* Buffers are charged by pages: small frames fill them with air. */
static uint32_t receive_window(const struct skua_udp_socket *s)
{
	socklen_t len = sizeof(int);
	int size = 0;

	getsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &size, &len);
	return size / 2 < WINDOW_MAX ? size / 2 : WINDOW_MAX;
}

static int make_socket(struct skua_udp *u, struct skua_udp_socket *s)
{
	union skua_udp_addr local = u->local;
	int err;

	s->fd = skua_link_keep(
		&u->host, socket(local.sa.sa_family,
				 SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	if (s->fd < 0)
		return s->fd;
	err = set_options(u, s);
	if (err)
		return err;
	/* sin_port and sin6_port are in one place. */
	local.in.sin_port = htons(s->port);
	if (bind(s->fd, &local.sa, u->v6 ? sizeof(local.in6) : sizeof(local.in)))
		return -errno;
	u->link.window = receive_window(s);
	return skua_link_watch(&u->link, &u->host, s->fd);
}

static void local_mac(struct skua_udp *u)
{
	uint8_t gid[16] = { [10] = 0xff, [11] = 0xff };

	if (u->v6)
		memcpy(gid, &u->local.in6.sin6_addr, 16);
	else
		memcpy(gid + 12, &u->local.in.sin_addr, 4);
	skua_link_mac(gid, u->mac);
}

static bool is_local(const struct skua_udp *u, const struct sockaddr *sa)
{
	if (!sa || sa->sa_family != u->local.sa.sa_family)
		return false;
	return u->v6 ? !memcmp(&((const struct sockaddr_in6 *)sa)->sin6_addr,
			       &u->local.in6.sin6_addr, 16) :
		       ((const struct sockaddr_in *)sa)->sin_addr.s_addr ==
			       u->local.in.sin_addr.s_addr;
}

/*
 * As the interface that has the address has it: datagrams are not fragmented.
 * That of 127.0.0.2 and its like is not listed, and is loopback.
 */
static uint32_t longest_frame(const struct skua_udp *u)
{
	struct ifaddrs *list, *ifa;
	struct ifreq ifr = { 0 };
	uint32_t len = SKUA_FRAME_MAX;

	if (getifaddrs(&list))
		return len;
	for (ifa = list; ifa && !is_local(u, ifa->ifa_addr); ifa = ifa->ifa_next)
		;
	if (ifa) {
		snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s",
			 ifa->ifa_name);
		if (!ioctl(u->sock[SKUA_UDP_ROCE].fd, SIOCGIFMTU, &ifr) &&
		    ifr.ifr_mtu < (int)(len - SKUA_ETH_HLEN - SKUA_VLAN_HLEN))
			len = ifr.ifr_mtu + SKUA_ETH_HLEN + SKUA_VLAN_HLEN;
	}
	freeifaddrs(list);
	return len;
}

static bool make_sockets(struct skua_udp *u, const struct skua_link_args *args)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < u->kinds && !err; i++)
		err = make_socket(u, &u->sock[i]);
	if (err == -EADDRNOTAVAIL)
		skua_link_say(args, "no interface here has this address");
	else if (err == -EADDRINUSE)
		skua_link_say(args, "another program has port %u of it",
			      u->sock[i - 1].port);
	else if (err)
		skua_link_say(args, "%s", strerror(-err));
	return !err;
}

static bool make_buffers(struct skua_udp *u, const struct skua_link_args *args)
{
	int err = skua_queue_create(&u->queue);

	if (!err)
		err = skua_udp_rx_create(&u->rx);
	if (err)
		skua_link_say(args, "%s", strerror(-err));
	return !err;
}

static struct skua_link *udp_open(const struct skua_link_args *args)
{
	struct skua_udp *u = calloc(1, sizeof(*u));
	unsigned int i;

	if (!u) {
		skua_link_say(args, "%s", strerror(ENOMEM));
		return NULL;
	}
	u->link.ops = &udp_ops;
	u->link.up = true;
	u->link.fd = -1;
	u->host = args->host;
	u->kinds = SKUA_UDP_ROCE + 1;
	for (i = 0; i < SKUA_UDP_KINDS; i++) {
		u->sock[i].fd = -1;
		u->sock[i].port = skua_udp_port(i);
	}
	if (!parse_rest(u, args) || !make_buffers(u, args) ||
	    !make_sockets(u, args)) {
		udp_close(&u->link);
		return NULL;
	}
	local_mac(u);
	u->link.max_frame = longest_frame(u);
	return &u->link;
}

const struct skua_link_kind skua_link_udp = { "udp", udp_open };
