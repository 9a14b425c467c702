// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Frames that come to a function with flows or SAs. They may lie in memory that
 * their sender can still write to: what is judged by the flows and delivered is a
 * copy, or what the cipher made of them.
 */
#include <string.h>

#include "link/neigh.h"
#include "link/port.h"
#include "rdma/packet.h"
#include "steer/steer.h"
#include "wire/wire.h"

/* The more, the less often code is fetched again; the nearest cache has this room. */
#define TOGETHER 4u

/*
 * While a frame is delivered, one that will be opened in the next turn is fetched,
 * in parts, and its key: it may be in the cache of the processor that wrote it, and
 * the cipher would wait for that. So many lines are under way at a time without delay.
 */
#define LINE	   64u
#define PART_LINES 16u
static_assert(SKUA_AEAD_PARTS == 3, "opened() fetches so many");

struct arrival {
	struct skua_function *fn;
	const uint8_t *frame;
	uint32_t len;
	const struct skua_sa *sa; /* that opened it, or NULL */
	bool by_link;
	struct skua_wire_frame *before;	       /* what the last packet was */
	const struct skua_frame *later;	       /* these are fetched */
	const struct skua_aead_key *later_key; /* meanwhile, or NULL */
};

static void fetch_part(const struct arrival *a, uint32_t part)
{
	uint32_t at = part * PART_LINES * LINE, end = at + PART_LINES * LINE;
	const uint8_t *p, *behind;

	if (a->later && at < a->later->len) {
		p = a->later->data + at;
		behind = a->later->data +
			 (end < a->later->len ? end : a->later->len);
		for (; p < behind; p += LINE)
			__builtin_prefetch(p, 0, 2);
	}
	if (a->later_key)
		skua_aead_prefetch_part(a->later_key, part);
}

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

/* False: its ICRC was found to be wrong. */
static bool roce(const struct arrival *a, struct skua_wire_frame *w)
{
	/* Who is shown a packet is shown none that is wrong. */
	if (a->fn->shown && !skua_packet_whole(&w->pkt))
		return false;
	to_qp(a, w);
	return !w->icrc.wrong;
}

static void count_opened(struct skua_function *fn, bool well, uint32_t bytes)
{
	if (!well) {
		skua_count_ipsec(fn, SKUA_HWI_CNT_IPSEC_RX_MALFORMED, 1);
		return;
	}
	skua_count_ipsec(fn, SKUA_HWI_CNT_IPSEC_RX_PACKETS, 1);
	skua_count_ipsec(fn, SKUA_HWI_CNT_IPSEC_RX_BYTES, bytes);
}

/*
 * What was in ESP. Its ICRC may be that of another identification, for the outer
 * header may have been made up by a link (link.h); the ICV has vouched for the rest.
 */
static void opened(const struct arrival *a)
{
	uint32_t bytes = a->len - skua_eth_len(a->frame);
	struct skua_flow_key key;
	enum skua_wire_result ret;
	bool well = true;

	fetch_part(a, 0);
	ret = skua_wire_parse_next(a->frame, a->len, SKUA_WIRE_OPENED, a->before);
	fetch_part(a, 1);
	if (ret == SKUA_WIRE_OK) {
		well = roce(a, a->before);
	} else if (ret == SKUA_WIRE_NOT_ROCE) {
		skua_flow_key_frame(&key, a->frame, a->len);
		to_driver(a, &key, bytes);
	} else {
		well = false;
	}
	count_opened(a->fn, well, bytes);
	fetch_part(a, 2);
}

/* For the driver; nobody has opened it. */
static void as_it_came(const struct arrival *a)
{
	struct skua_flow_key key;
	uint32_t bytes = skua_flow_key_frame(&key, a->frame, a->len);

	to_driver(a, &key, bytes);
}

/* Any frame that skua_esp_in() was given. */
static void came(struct skua_function *fn, const struct skua_esp_frame *f,
		 bool by_link, const struct skua_steer_ahead *ahead,
		 unsigned int later)
{
	struct arrival a = {
		.fn = fn,
		.frame = f->to,
		.len = f->len,
		.by_link = by_link,
		.before = ahead->before,
	};

	if (later < ahead->n) {
		a.later = &ahead->f[later];
		a.later_key = skua_steer_key_ahead(ahead, later);
	}
	switch (f->result) {
	case SKUA_ESP_NOT_ESP:
	case SKUA_ESP_TRUNCATED:
	case SKUA_ESP_BAD_IP:
	case SKUA_ESP_FRAGMENT:
		as_it_came(&a);
		return;
	case SKUA_ESP_OK:
		a.frame = f->data;
		a.sa = f->sa;
		opened(&a);
		return;
	default:
		count_refused(fn, f->result);
		/* It may be of others, or nobody can tell. */
		if (f->result == SKUA_ESP_UNKNOWN_SPI)
			as_it_came(&a);
	}
}

/*
 * Frames that are opened and delivered together: what each of these
 * does stays in the nearest cache for all of them, and so do the frames.
 */
struct together {
	unsigned int n;
	uint32_t used;
	struct skua_esp_frame f[TOGETHER];
	uint8_t buf[2 * SKUA_FRAME_MAX];
};
static_assert(sizeof(((struct together *)0)->buf) >= SKUA_STEER_FRAME,
	      "the longest frame fits alone");

static uint64_t room_of(const struct skua_frame *in)
{
	return (uint64_t)SKUA_ESP_HEADROOM + in->len + SKUA_ESP_TAILROOM;
}

static bool fits(const struct together *t, const struct skua_frame *in)
{
	return t->n < TOGETHER && room_of(in) <= sizeof(t->buf) - t->used;
}

/* One that fits. */
static void add(struct together *t, const struct skua_frame *in,
		struct skua_sa *likely)
{
	t->f[t->n++] = (struct skua_esp_frame){
		.data = in->data,
		.len = in->len,
		.to = t->buf + t->used,
		.likely = likely,
	};
	t->used += room_of(in);
}

/* What comes after these begins with frame next of ahead. */
static void deliver(struct together *t, struct skua_function *fn, bool by_link,
		    const struct skua_steer_ahead *ahead, unsigned int next)
{
	unsigned int i;

	skua_esp_in(fn->steer->sas, t->f, t->n);
	/* What one of them does may be fatal. */
	for (i = 0; i < t->n && skua_function_port_up(fn); i++)
		came(fn, &t->f[i], by_link, ahead, next + i);
}

static void copy_only(struct skua_function *fn, const struct skua_frame *in,
		      bool by_link)
{
	uint8_t buf[SKUA_FRAME_MAX];
	const struct arrival a = {
		.fn = fn, .frame = buf, .len = in->len, .by_link = by_link
	};

	memcpy(buf, in->data, in->len);
	as_it_came(&a);
}

void skua_steer_receive(struct skua_function *fn, const uint8_t *frame,
			uint32_t len, bool by_link)
{
	const struct skua_frame in = { .data = (uint8_t *)frame, .len = len };
	struct skua_steer_ahead nothing;
	struct skua_wire_frame w;
	struct together t;

	if (len > SKUA_FRAME_MAX)
		return;
	if (!fn->steer->sas) {
		copy_only(fn, &in, by_link);
		return;
	}
	w.len = 0;
	nothing.before = &w;
	nothing.n = 0;
	t.n = t.used = 0;
	add(&t, &in, NULL);
	deliver(&t, fn, by_link, &nothing, 0);
}

/* Who alone is to open a frame that looks like ESP, or NULL. */
static struct skua_function *opener(struct skua_adapter *ad,
				    const struct skua_frame *in)
{
	struct skua_function *fn = skua_esp_seen(in->data, in->len)
					   ? skua_eswitch_only(ad, in->data)
					   : NULL;

	return fn && fn->steer && fn->steer->sas ? fn : NULL;
}

unsigned int skua_steer_open(struct skua_steer_ahead *ahead, unsigned int i)
{
	const struct skua_frame *in = ahead->f + i, *end = ahead->f + ahead->n;
	struct skua_adapter *ad = ahead->ad;
	struct skua_function *fn = opener(ad, in);
	struct together t;

	t.n = t.used = 0;
	if (!fn || !fits(&t, in))
		return 0;
	do {
		add(&t, in, skua_steer_expect_in(ahead, i++));
	} while (++in < end && fits(&t, in) && opener(ad, in) == fn);
	deliver(&t, fn, true, ahead, i);
	return t.n;
}
