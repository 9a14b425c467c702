// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Packets that leave a function, as its flows want them. An RDMA packet that is
 * to be sealed becomes frames, wherever it goes: to the link, to a peer, or to
 * another function of this adapter, which opens them again.
 */
#include <assert.h>
#include <string.h>

#include "link/port.h"
#include "nic/peers.h"
#include "rdma/cc.h"
#include "rdma/packet.h"
#include "steer/steer.h"
#include "wire/framer.h"

/*
 * Frames that are built before the cipher takes them: few enough to be in the
 * nearest cache still when it does.
 */
#define BURST 4u
/* Room for an RDMA frame, as skua_wire_seal() and skua_esp_out() need it. */
#define RDMA_FRAME \
	(SKUA_ESP_HEADROOM + SKUA_WIRE_MAX_FRAME + 7 + SKUA_ESP_TAILROOM)

/* The first with expect_out(), then begin() and seal(). */
static_assert(SKUA_AEAD_PARTS == 3, "each fetches one");

/* A descriptor on its way to become sealed frames. */
struct sealing {
	struct skua_function *from;
	struct skua_packet *pkt;
	struct skua_sa *sa;
	struct skua_framer framer;
	uint32_t max; /* IP bytes that a frame may have */
};

static void count_sealed(struct skua_function *fn, uint32_t bytes)
{
	skua_count_ipsec(fn, SKUA_HWI_CNT_IPSEC_TX_PACKETS, 1);
	skua_count_ipsec(fn, SKUA_HWI_CNT_IPSEC_TX_BYTES, bytes);
}

static void count_refused(struct skua_function *fn)
{
	skua_count_ipsec(fn, SKUA_HWI_CNT_IPSEC_TX_DROP_SA, 1);
}

static bool begin(struct sealing *s, struct skua_function *from,
		  struct skua_packet *pkt, struct skua_sa *sa, bool ect)
{
	s->from = from;
	s->pkt = pkt;
	s->sa = sa;
	s->max = UINT32_MAX;
	skua_sa_prefetch(sa);
	skua_steer_fetch_soon(from->steer, 1);
	return skua_framer_init(&s->framer, from->adapter, pkt, pkt->mtu, ect);
}

/* The next frame, in the clear. False: there is none, or none that can be. */
static bool build(struct sealing *s, uint8_t buf[RDMA_FRAME],
		  struct skua_esp_frame *f)
{
	uint8_t *frame = buf + SKUA_ESP_HEADROOM;
	uint32_t len;

	if (!skua_framer_more(&s->framer))
		return false;
	len = skua_framer_make(&s->framer, frame);
	if (!len) {
		s->pkt->payload_lost = true;
		return false;
	}
	*f = (struct skua_esp_frame){
		.data = frame,
		.len = len,
		.headroom = SKUA_ESP_HEADROOM,
		.tailroom = SKUA_ESP_TAILROOM,
		.sa = s->sa,
	};
	if (len - s->framer.cut.ip <= s->max)
		return true;
	count_refused(s->from);
	return false;
}

/*
 * The first so many of n frames that were sealed. One that was refused has the
 * same SA as those behind it, which are lost with it, as they may be on a link.
 */
static unsigned int seal(struct sealing *s, struct skua_esp_frame *f,
			 const uint32_t *clear, unsigned int n)
{
	unsigned int i;

	skua_steer_fetch_soon(s->from->steer, 2);
	s->from->steer->soon = NULL;
	skua_esp_out(f, n);
	for (i = 0; i < n && f[i].result == SKUA_ESP_OK; i++)
		count_sealed(s->from, clear[i] - s->framer.cut.ip);
	if (i < n)
		count_refused(s->from);
	return i;
}

/* Up to n frames into those of the link; how many, fewer if it was the end. */
static unsigned int burst(struct sealing *s, struct skua_frame *out,
			  unsigned int n)
{
	uint8_t buf[BURST][RDMA_FRAME];
	struct skua_esp_frame f[BURST];
	uint32_t clear[BURST];
	unsigned int built, done, i;

	for (built = 0; built < n && build(s, buf[built], &f[built]); built++) {
		clear[built] = f[built].len;
		f[built].to = out[built].data;
	}
	done = seal(s, f, clear, built);
	for (i = 0; i < done; i++)
		out[i].len = f[i].len;
	return done;
}

static void to_link(struct sealing *s, struct skua_link_port *port)
{
	struct skua_frame *out;
	unsigned int n, done;

	s->max = skua_esp_inner_mtu(s->sa, skua_link_port_max_frame(port) -
						   s->framer.cut.ip);
	do {
		n = skua_link_port_get(port, &out, BURST);
		done = burst(s, out, n);
		skua_link_port_put(port, done);
	} while (done && done == n);
}

static bool seal_next(struct sealing *s, uint8_t buf[RDMA_FRAME],
		      struct skua_esp_frame *f)
{
	uint32_t clear;

	if (!build(s, buf, f))
		return false;
	clear = f->len;
	return seal(s, f, &clear, 1);
}

static void to_function(struct sealing *s, struct skua_function *to)
{
	uint8_t buf[RDMA_FRAME];
	struct skua_esp_frame f;

	while (seal_next(s, buf, &f))
		skua_eswitch_deliver(to, f.data, f.len, false);
}

static void to_peer(struct sealing *s)
{
	uint8_t buf[RDMA_FRAME];
	struct skua_esp_frame f;

	while (seal_next(s, buf, &f))
		skua_peers_send_frame(s->from, s->pkt->dqpn, f.data, f.len);
}

static void send_sealed(struct skua_function *from, struct skua_packet *pkt,
			struct skua_sa *sa)
{
	struct skua_adapter *ad = from->adapter;
	struct skua_function *to;
	struct sealing s;

	if (skua_peers_remote(from, pkt->dqpn)) {
		if (begin(&s, from, pkt, sa, false))
			to_peer(&s);
		return;
	}
	to = skua_eswitch_lookup(ad, pkt->av->dmac);
	if (to) {
		if (begin(&s, from, pkt, sa, false))
			to_function(&s, to);
	} else if (ad->link) {
		if (begin(&s, from, pkt, sa, pkt->len && skua_cc_enabled(ad)))
			to_link(&s, ad->link);
	}
}

void skua_steer_send_rdma(struct skua_function *from, struct skua_packet *pkt)
{
	struct skua_flow_key key;
	struct skua_sa *sa;

	skua_flow_key_rdma(&key, pkt);
	switch (skua_steer_out(from, &key, skua_packet_frames(pkt), pkt->len,
			       &sa)) {
	case SKUA_VERDICT_PASS:
		skua_eswitch_forward(from, pkt);
		break;
	case SKUA_VERDICT_SEAL:
		send_sealed(from, pkt, sa);
		break;
	case SKUA_VERDICT_DROP:
		break;
	}
}

const uint8_t *skua_steer_seal(struct skua_function *fn,
			       uint8_t buf[SKUA_STEER_FRAME], uint32_t *len)
{
	struct skua_esp_frame f = {
		.data = buf + SKUA_ESP_HEADROOM,
		.len = *len,
		.headroom = SKUA_ESP_HEADROOM,
		.tailroom = SKUA_ESP_TAILROOM,
	};
	struct skua_flow_key key;
	uint32_t bytes;

	bytes = skua_flow_key_frame(&key, f.data, f.len);
	switch (skua_steer_out(fn, &key, 1, bytes, &f.sa)) {
	case SKUA_VERDICT_PASS:
		return f.data;
	case SKUA_VERDICT_DROP:
		return NULL;
	case SKUA_VERDICT_SEAL:
		break;
	}
	if (!skua_esp_out(&f, 1)) {
		count_refused(fn);
		return NULL;
	}
	count_sealed(fn, bytes);
	*len = f.len;
	return f.data;
}

bool skua_steer_seal_made(struct skua_function *fn, uint32_t sa, uint8_t *frame,
			  uint32_t len)
{
	struct skua_steer_sa *s = skua_steer_get_sa(fn, sa);

	if (!s || !(s->sa->flags & SKUA_SA_CRYPTO) || s->sa->flags & SKUA_SA_IN) {
		skua_count_ipsec(fn, SKUA_HWI_CNT_IPSEC_TX_DROP_NO_SA, 1);
		return false;
	}
	if (skua_esp_seal_made(s->sa, frame, len)) {
		count_refused(fn);
		return false;
	}
	count_sealed(fn, len - skua_eth_len(frame));
	return true;
}
