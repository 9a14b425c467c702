/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Links: how frames leave the adapter, and come in.
 *
 * A link carries Ethernet frames, whole and without FCS. One that carries only
 * a part of them (a UDP socket has the payload of UDP) makes the rest up.
 *
 * Frames are written into memory of the link and read from it, so that payload
 * is copied once on each side. All calls but open and close are by the engine,
 * never block, and take no memory but when the other end comes or goes.
 *
 * What was received may lie in memory that the other end can still write to:
 * whoever decides by a byte of it copies that first, and a checksum counts only
 * for the copy that it was computed of.
 */
#ifndef SKUA_LINK_H
#define SKUA_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "skua_link_mac.h"

struct skua_frame {
	uint8_t *data;		/* the Ethernet header */
	uint32_t len;
	uint32_t flags;		/* SKUA_FRAME_*, of received frames */
};

/* The IPv4 header was made up, its identification is not known. */
#define SKUA_FRAME_ID_UNKNOWN (1u << 0)

/* A frame may have max_frame bytes: MTU 9000 with Ethernet and VLAN header. */
#define SKUA_FRAME_MAX 9018u

#define SKUA_LINK_MACS 64u

struct skua_link_stats {
	uint64_t tx_frames, tx_bytes, rx_frames, rx_bytes;
	uint64_t tx_full;	/* calls of reserve that gave fewer */
	uint64_t tx_errors, rx_errors;
};

struct skua_link {
	const struct skua_link_ops *ops;
	uint32_t max_frame;	/* at most SKUA_FRAME_MAX */
	/*
	 * More bytes on their way than that may be lost to a buffer that is
	 * full, if the other end is like this one; UINT32_MAX: none are.
	 */
	uint32_t window;
	bool up;		/* somebody is at the other end; receive sets it */
	bool by_memory;		/* that both ends see: no calls but to wake */
	/* Readable when frames have come, or there is room again, after arm. */
	int fd;
	struct skua_link_stats stats;
	char name[64];		/* as it was opened */
};

struct skua_link_ops {
	/*
	 * Memory for up to n frames of max_frame bytes, in data; how many there
	 * are. Fewer than n: the link is full, and fd tells after arm.
	 */
	unsigned int (*reserve)(struct skua_link *l, struct skua_frame *f,
				unsigned int n);
	/*
	 * Send the first n of the reserved, whose len is set now; the others
	 * are given back. They may wait for flush.
	 */
	void (*commit)(struct skua_link *l, const struct skua_frame *f,
		       unsigned int n);
	void (*flush)(struct skua_link *l);
	/* Up to n frames that came, valid (and writable) until release. */
	unsigned int (*receive)(struct skua_link *l, struct skua_frame *f,
				unsigned int n);
	void (*release)(struct skua_link *l);
	/*
	 * Before sleeping, with nothing reserved or received; false: something
	 * has come meanwhile.
	 */
	bool (*arm)(struct skua_link *l);
	/*
	 * The unicast addresses that are reached by this end, no more than
	 * SKUA_LINK_MACS; 0 or -errno. NULL: the link needs not know.
	 */
	int (*set_macs)(struct skua_link *l, const uint8_t (*mac)[6],
			unsigned int n);
	void (*close)(struct skua_link *l);
};

/*
 * Every descriptor that a link keeps comes by: the number to use, or -errno,
 * then fd was closed. NULL, both: as they are.
 */
struct skua_link_host {
	int (*keep_fd)(int fd);
	void (*close_fd)(int fd);
};

/*
 * spec is KIND:REST, as man/skua-run.1.md lists them; host may be NULL. NULL,
 * and why in err.
 */
struct skua_link *skua_link_open(const char *spec,
				 const struct skua_link_host *host, char *err,
				 size_t errlen);
static inline void skua_link_close(struct skua_link *l)
{
	l->ops->close(l);
}

/*
 * UDP sockets. Frames that are not IPv4 or IPv6 with UDP to port 4791 (or 4500,
 * if the link carries ESP) and from the address of the link go nowhere, and are
 * tx_errors.
 *
 * The kernel writes the headers in front of the payload: the identification of
 * IPv4 is 0, or i in the i-th datagram of a batch that it was handed at once,
 * and the source port is that of the socket. The link corrects the ICRC of what
 * it sends for these two, whatever the frame had there; a wrong one stays wrong.
 * One that is in ESP it cannot correct: who opens that has to guess.
 * Of what it receives it guesses the identification (SKUA_FRAME_ID_UNKNOWN).
 * Ethernet addresses are those of skua_link_mac.h.
 */

#endif /* SKUA_LINK_H */
