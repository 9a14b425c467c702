/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/* Plain frames of every kind, pairs of SAs, and memory to protect them in. */
#ifndef IPSEC_FRAMES_H
#define IPSEC_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "ipsec/esp.h"

#define ROOM 70000u

/* A frame in the middle of memory that is just as large as it has to be. */
struct ipsec_box {
	uint8_t *memory;
	struct skua_esp_frame f;
};

/* What a plain frame is made of. */
struct ipsec_plain {
	bool ipv6, vlan;
	uint8_t tos, protocol;
	uint32_t payload;    /* bytes behind the IP header */
	uint32_t options;    /* IPv4: bytes, whole words */
	uint8_t extension[3]; /* IPv6: 0, 43, 60; 0xff is none */
	bool df;
	uint32_t flow;
	uint32_t padding; /* behind the packet */
};

#define IPSEC_NO_EXTENSION { 0xff, 0xff, 0xff }

/* Write such a frame with any bytes as payload; returns its length. */
uint32_t ipsec_plain(const struct ipsec_plain *p, uint8_t *out);

/* A copy of a frame, with the room that it needs and no byte more. */
struct ipsec_box ipsec_box(const uint8_t *frame, uint32_t len);

void ipsec_unbox(struct ipsec_box *box);

/* How a pair of SAs is. */
struct ipsec_kind {
	uint32_t flags; /* TUNNEL, IPV6, ESN, UDP and the others */
	uint32_t key;	/* 20, 28, 36 */
	uint8_t icv;
	uint32_t window;
};

#define IPSEC_SPI 0x12345678u

struct ipsec_pair {
	struct skua_sa_table *table;
	struct skua_sa *out, *in;
};

/* The addresses are those of ipsec_plain()'s frames, or a tunnel's own. */
struct skua_sa_config ipsec_config(const struct ipsec_kind *kind, bool in);
struct ipsec_pair ipsec_pair(const struct ipsec_kind *kind);
void ipsec_unpair(struct ipsec_pair *pair);

/* What skua_esp_out() says to one frame. */
enum skua_esp_result ipsec_try_seal(struct skua_sa *sa, struct ipsec_box *box);

/* One frame, and that it came out. */
void ipsec_seal(struct ipsec_pair *pair, struct ipsec_box *box);

/* One frame, and what became of it. */
enum skua_esp_result ipsec_open(struct ipsec_pair *pair, struct ipsec_box *box);

/* Where ESP begins in a frame that ipsec_seal() made. */
uint8_t *ipsec_esp(const struct ipsec_box *box);

/*
 * Seal a whole frame again whose encrypted part, with padding and trailer, is
 * text of len bytes: what only somebody with the key can do.
 */
void ipsec_reseal(struct ipsec_pair *pair, struct ipsec_box *box, uint64_t seq,
		  const uint8_t *text, uint32_t len);

/* The IPv4 header's sum, where one was changed. */
void ipsec_fix_ipv4(uint8_t *ip);

#endif /* IPSEC_FRAMES_H */
