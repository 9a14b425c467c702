// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include "nic.h"
#include "nic/peers.h"
#include "rdma/packet.h"
#include "shown.h"
#include "skua_clock.h"
#include "wire/framer.h"

/* A peer that carries out a request itself sends no packet that could be shown. */
void skua_shown_attach(struct skua_function *fn)
{
	struct skua_shown *shown = &fn->adapter->shown[fn->cfg.port];
	struct skua_qp *qp;
	uint32_t i;

	fn->shown = shown->capture ? shown : NULL;
	for_each_object(qp, i, &fn->qps) skua_peers_show_qp(qp);
}

void skua_shown_set(struct skua_adapter *ad, unsigned int port,
		    struct skua_capture *cap, unsigned int point)
{
	unsigned int f;

	ad->shown[port] = (struct skua_shown){ cap, point };
	for (f = 0; f < SKUA_MAX_FUNCTIONS; f++) {
		if (ad->fn[f] && ad->fn[f]->cfg.port == port)
			skua_shown_attach(ad->fn[f]);
	}
}

static void show(struct skua_function *fn, enum skua_link_dir dir,
		 uint8_t *frame, uint32_t len)
{
	const struct skua_frame f = { .data = frame, .len = len };

	skua_capture_frame(fn->shown->capture, fn->shown->point, dir, &f,
			   skua_read_clock(CLOCK_REALTIME), NULL);
}

/* One that came from elsewhere does not say; its parts do. */
static uint32_t mtu_of(const struct skua_packet *pkt)
{
	uint32_t mtu = pkt->mtu ? pkt->mtu : SKUA_WIRE_MAX_PAYLOAD;

	if (pkt->op == SKUA_PKT_READ)
		return mtu;
	while (mtu > 256 && skua_psn_count(pkt->len, mtu) < pkt->npsn)
		mtu /= 2;
	return mtu;
}

void skua_shown_rdma(struct skua_function *fn, enum skua_link_dir dir,
		     const struct skua_packet *pkt)
{
	uint8_t frame[SKUA_WIRE_MAX_FRAME + 7];
	struct skua_framer framer;
	uint32_t len;

	if (!skua_framer_init(&framer, fn->adapter, pkt, mtu_of(pkt), false))
		return;
	while (skua_framer_more(&framer)) {
		len = skua_framer_make(&framer, frame);
		/* Its memory is gone, and so the packet is lost. */
		if (!len)
			return;
		show(fn, dir, frame, len);
	}
}

void skua_shown_frame(struct skua_function *fn, enum skua_link_dir dir,
		      const void *frame, size_t len)
{
	show(fn, dir, (uint8_t *)frame, len);
}
