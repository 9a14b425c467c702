/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* What the kinds of links share among themselves. */
#ifndef SKUA_LINK_KIND_H
#define SKUA_LINK_KIND_H

#include "link.h"

#define SKUA_ETH_HLEN 14u
#define SKUA_VLAN_HLEN 4u

/*
 * A frame that starts so far behind a cache line has the payload of an untagged
 * IPv4 packet whose only header is a BTH (54 bytes) at the start of one.
 */
#define SKUA_FRAME_SKEW 10u
/* Memory of a frame: an odd number of lines spreads over all sets of a cache. */
#define SKUA_FRAME_SLOT (143u * 64)

/* Fields of headers, which are in network order and anywhere. */
static inline uint16_t skua_get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static inline void skua_put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

/* What a link is opened with. */
struct skua_link_args {
	const char *spec, *rest;
	struct skua_link_host host;
	char *err;
	size_t errlen;
};

struct skua_link_kind {
	const char *name;
	/* NULL, and skua_link_say() has said why. */
	struct skua_link *(*open)(const struct skua_link_args *args);
};

extern const struct skua_link_kind skua_link_packet, skua_link_shm,
	skua_link_tap, skua_link_udp;

/* Why it cannot be opened; the spec stands before it. */
void skua_link_say(const struct skua_link_args *args, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Takes over what a system call returned: the number to use, or -errno. */
int skua_link_keep(const struct skua_link_host *host, int fd);
void skua_link_drop(const struct skua_link_host *host, int *fd);

/* Have l->fd tell of what comes on fd; 0 or -errno. */
int skua_link_watch(struct skua_link *l, const struct skua_link_host *host,
		    int fd);

#endif /* SKUA_LINK_KIND_H */
