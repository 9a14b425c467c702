// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Frames that come to a function with flows or SAs. They may lie in memory that
 * their sender can still write to: it is a copy that is opened, judged by the
 * flows, and delivered.
 */
#include <string.h>

#include "link/neigh.h"
#include "link/port.h"
#include "rdma/packet.h"
#include "steer/steer.h"
#include "wire/wire.h"

struct arrival {
	struct skua_function *fn;
	const uint8_t *frame;
	uint32_t len;
	const struct skua_sa *sa; /* that opened it, or NULL */
	bool by_link;
};

static void count_refused(struct skua_function *fn, enum skua_esp_result why)
{
	switch (why) {
	case SKUA_ESP_UNKNOWN_SPI:
		skua_count_ipsec(fn, SKUA_HWI_CNT_IPSEC_RX_UNKNOWN_SPI, 1);
		break;
	case SKUA_ESP_REPLAY:
		skua_count_ipsec(fn, SKUA_HWI_CNT_IPSEC_RX_REPLAY, 1);
		break;
	case SKUA_ESP_BAD_ICV:
		skua_count_ipsec(fn, SKUA_HWI_CNT_IPSEC_RX_BAD_ICV, 1);
		break;
	case SKUA_ESP_BAD_ENCAP:
	case SKUA_ESP_EXPIRED:
		skua_count_ipsec(fn, SKUA_HWI_CNT_IPSEC_RX_DROP_SA, 1);
		break;
	/* RFC 4303 2.6: it was sent to be thrown away. */
	case SKUA_ESP_DUMMY:
		break;
	default:
		skua_count_ipsec(fn, SKUA_HWI_CNT_IPSEC_RX_MALFORMED, 1);
	}
}

/* A frame that is not RoCE, or was not opened and is for the driver. */
static void to_driver(const struct arrival *a, const struct skua_flow_key *key,
		      uint32_t bytes)
{
	struct skua_adapter *ad = a->fn->adapter;

	if (!skua_steer_in(a->fn, key, 1, bytes, a->sa))
		return;
	if (a->sa && a->by_link && ad->neigh)
		skua_neigh_frame(ad->neigh, a->frame, a->len, true);
	if (a->fn->shown)
		skua_shown_frame(a->fn, SKUA_LINK_IN, a->frame, a->len);
	skua_eth_receive(a->fn, a->frame, a->len, a->sa);
}

static void to_qp(const struct arrival *a, struct skua_wire_frame *w)
{
	w->pkt.sa = a->sa;
	if (a->by_link)
		skua_link_port_roce(a->fn->adapter->link, a->fn, a->frame,
				    a->len, w);
	else if (skua_steer_admits(a->fn, &w->pkt))
		skua_rdma_receive(a->fn, &w->pkt);
}

/*
 * What was in ESP. Its ICRC may be that of another identification, for the outer
 * header may have been made up by a link (link.h); the ICV has vouched for the rest.
 */
static void opened(const struct arrival *a)
{
	uint32_t bytes = a->len - skua_eth_len(a->frame);
	struct skua_flow_key key;
	struct skua_wire_frame w;
	enum skua_wire_result ret = skua_wire_parse_guessed(a->frame, a->len, &w);

	if (ret != SKUA_WIRE_OK && ret != SKUA_WIRE_NOT_ROCE) {
		skua_count_ipsec(a->fn, SKUA_HWI_CNT_IPSEC_RX_MALFORMED, 1);
		return;
	}
	skua_count_ipsec(a->fn, SKUA_HWI_CNT_IPSEC_RX_PACKETS, 1);
	skua_count_ipsec(a->fn, SKUA_HWI_CNT_IPSEC_RX_BYTES, bytes);
	if (ret == SKUA_WIRE_OK) {
		to_qp(a, &w);
		return;
	}
	skua_flow_key_frame(&key, a->frame, a->len);
	to_driver(a, &key, bytes);
}

/* Any frame. False: it is not ESP, or of others, or nobody can tell. */
static bool open_esp(struct arrival *a, uint8_t *data)
{
	struct skua_esp_frame f = { .data = data, .len = a->len };

	skua_esp_in(a->fn->steer->sas, &f, 1);
	switch (f.result) {
	case SKUA_ESP_NOT_ESP:
	case SKUA_ESP_TRUNCATED:
	case SKUA_ESP_BAD_IP:
	case SKUA_ESP_FRAGMENT:
		return false;
	case SKUA_ESP_OK:
		a->frame = f.data;
		a->len = f.len;
		a->sa = f.sa;
		opened(a);
		return true;
	default:
		count_refused(a->fn, f.result);
		return f.result != SKUA_ESP_UNKNOWN_SPI;
	}
}

void skua_steer_receive(struct skua_function *fn, const uint8_t *frame,
			uint32_t len, bool by_link)
{
	uint8_t buf[SKUA_FRAME_MAX];
	struct arrival a = {
		.fn = fn, .frame = buf, .len = len, .by_link = by_link
	};
	struct skua_flow_key key;
	uint32_t bytes;

	if (len > sizeof(buf))
		return;
	memcpy(buf, frame, len);
	if (fn->steer->sas && open_esp(&a, buf))
		return;
	bytes = skua_flow_key_frame(&key, buf, len);
	to_driver(&a, &key, bytes);
}
