// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <endian.h>
#include <stdlib.h>
#include <sys/random.h>

#include "rc.h"
#include "send.h"
#include "wire/headers.h"

/* A stranger is asked so many times, at intervals that double from the first. */
#define ASK_TIMES    8u
#define ASK_FIRST_NS 1000000ull

void rc_hello_begin(struct skua_rc *rc)
{
	struct skua_adapter *ad = rc->qp.fn->adapter;
	struct rc_hello *h = &rc->hello;

	rc_hello_end(rc);
	h->offered = ad->cfg.recovery == SKUA_RECOVERY_SELECTIVE &&
		     skua_eswitch_by_link(ad, &rc->qp.attr.av);
	/* 0 says that it is not known. */
	while (h->offered && !h->cookie) {
		if (getrandom(&h->cookie, sizeof(h->cookie), GRND_NONBLOCK) < 0)
			h->offered = false;
	}
	h->busy = h->offered;
}

void rc_hello_end(struct skua_rc *rc)
{
	free(rc->req.score);
	rc->req.score = NULL;
	free(rc->resp.part);
	rc->resp.part = NULL;
	rc->resp.nparts = 0;
	rc->hello = (struct rc_hello){ 0 };
}

static void send_hello(struct skua_rc *rc)
{
	struct rc_hello *h = &rc->hello;
	struct skua_hello hello = {
		.magic = htobe32(SKUA_HELLO_MAGIC),
		.version = SKUA_HELLO_VERSION,
		.flags = h->agreed ? 0 : SKUA_HELLO_ASKS,
		.features = htobe16(SKUA_HELLO_SELECTIVE),
		.sqpn = htobe32(rc->qp.qpn),
		.cookie = htobe32(h->cookie),
		.echo = htobe32(h->peer),
	};
	struct skua_piece piece = {
		.host = (uint8_t *)&hello,
		.len = sizeof(hello),
	};
	struct skua_packet pkt = {
		.op = SKUA_PKT_HELLO,
		.service = SKUA_HWI_QPT_RC,
		.flags = SKUA_PKT_FIRST | SKUA_PKT_LAST,
		.dqpn = rc->qp.attr.dest_qpn,
		.npsn = 1,
		.mtu = rc_mtu(rc),
		.piece = &piece,
		.npieces = 1,
		.len = sizeof(hello),
	};

	skua_send(&rc->qp, &rc->qp.attr.av, &pkt);
}

void rc_hello_turn(struct skua_rc *rc)
{
	uint64_t now = rc->qp.fn->adapter->now;
	struct rc_hello *h = &rc->hello;
	bool ask = !h->agreed && h->asked < ASK_TIMES && now >= h->next;

	if ((h->answer || ask) && rc_room(rc)) {
		if (ask)
			h->next = now + (ASK_FIRST_NS << h->asked++);
		h->answer = false;
		send_hello(rc);
	}
	h->busy = h->answer || (!h->agreed && h->asked < ASK_TIMES);
}

/* Without memory for it, nothing was agreed. */
static void agree(struct skua_rc *rc)
{
	struct rc_score *score = calloc(1, sizeof(*score));
	struct rc_resource *part = calloc(RC_PARTS, sizeof(*part));

	if (!score || !part) {
		free(score);
		free(part);
		return;
	}
	score->least = UINT32_MAX;
	rc_score_reset(score, rc->qp.fn->adapter->now);
	rc->req.score = score;
	rc->req.asked_to = rc->req.una;
	rc->resp.part = part;
	rc->hello.agreed = true;
}

/* What the sender can still write to is judged as a copy. False: it is none. */
static bool get_hello(const struct skua_rc *rc, struct skua_packet *pkt,
		      struct skua_hello *hello)
{
	struct skua_cursor src;

	if (pkt->len != sizeof(*hello))
		return false;
	skua_cursor_init(&src, pkt->piece, pkt->npieces, pkt->payload_off);
	if (!skua_copy_out(rc->qp.fn->adapter, hello, &src, pkt->len))
		return false;
	return hello->magic == htobe32(SKUA_HELLO_MAGIC) &&
	       hello->version == SKUA_HELLO_VERSION &&
	       hello->features & htobe16(SKUA_HELLO_SELECTIVE) &&
	       hello->cookie &&
	       (be32toh(hello->sqpn) & SKUA_BTH_24_MASK) ==
		       rc->qp.attr.dest_qpn;
}

void rc_hello_receive(struct skua_rc *rc, struct skua_packet *pkt)
{
	struct rc_hello *h = &rc->hello;
	struct skua_hello hello;

	if (!h->offered || !get_hello(rc, pkt, &hello))
		return;
	/* Somebody else says so, or what it says is of another connection. */
	if (h->agreed && be32toh(hello.cookie) != h->peer)
		return;
	h->peer = be32toh(hello.cookie);
	if (!h->agreed && be32toh(hello.echo) == h->cookie)
		agree(rc);
	if (hello.flags & SKUA_HELLO_ASKS) {
		h->answer = true;
		h->busy = true;
		skua_qp_activate(&rc->qp);
	}
}
