// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <stdlib.h>

#include "reorder.h"

static bool room(const struct skua_adapter *ad, const struct skua_reorder *ro)
{
	return ro->n < SKUA_REORDER_MAX - ad->reordered;
}

static struct skua_held *get(struct skua_adapter *ad)
{
	struct skua_held *held = ad->unused;

	if (!held)
		return malloc(sizeof(*held));
	ad->unused = held->next;
	return held;
}

static void put(struct skua_adapter *ad, struct skua_held *held)
{
	held->next = ad->unused;
	ad->unused = held;
}

static void give_back(struct skua_adapter *ad)
{
	struct skua_held *held;

	while (ad->unused) {
		held = ad->unused;
		ad->unused = held->next;
		free(held);
	}
}

static struct skua_held *copy_of(struct skua_adapter *ad,
				 struct skua_packet *pkt, bool placed)
{
	struct skua_held *held = get(ad);
	struct skua_cursor src;

	if (!held)
		return NULL;
	held->pkt = *pkt;
	held->pkt.av = NULL;
	held->pkt.sgid = NULL;
	held->pkt.piece = &held->piece;
	held->pkt.npieces = 1;
	held->pkt.payload_off = 0;
	held->piece = (struct skua_piece){
		.host = held->data,
		.len = pkt->len,
	};
	held->placed = placed;
	if (placed)
		return held;
	skua_cursor_init(&src, pkt->piece, pkt->npieces, pkt->payload_off);
	pkt->payload_lost = !skua_copy_out(ad, held->data, &src, pkt->len);
	return held;
}

/* It is held now, or not any more. */
static void mark(struct skua_reorder *ro, uint32_t psn)
{
	ro->slots->map[psn % SKUA_REORDER_WINDOW / 64] ^= 1ull << (psn % 64);
}

bool skua_reorder_put(struct skua_adapter *ad, struct skua_reorder *ro,
		      struct skua_packet *pkt, bool placed)
{
	struct skua_held *held;

	if (skua_reorder_has(ro, pkt->psn) || pkt->len > SKUA_REORDER_BYTES ||
	    !room(ad, ro))
		return false;
	if (!ro->n)
		ro->slots = calloc(1, sizeof(*ro->slots));
	held = ro->slots ? copy_of(ad, pkt, placed) : NULL;
	if (held && !pkt->payload_lost) {
		ro->slots->held[pkt->psn % SKUA_REORDER_WINDOW] = held;
		mark(ro, pkt->psn);
		ro->n++;
		ad->reordered++;
		return true;
	}
	if (!ro->n) {
		free(ro->slots);
		ro->slots = NULL;
	}
	if (held)
		put(ad, held);
	return false;
}

struct skua_held *skua_reorder_take(struct skua_reorder *ro, uint32_t psn)
{
	struct skua_held *held;

	if (!skua_reorder_has(ro, psn))
		return NULL;
	held = ro->slots->held[psn % SKUA_REORDER_WINDOW];
	mark(ro, psn);
	if (!--ro->n) {
		free(ro->slots);
		ro->slots = NULL;
	}
	return held;
}

void skua_reorder_free(struct skua_adapter *ad, struct skua_held *held)
{
	ad->reordered--;
	put(ad, held);
}

void skua_reorder_pass(struct skua_adapter *ad, struct skua_reorder *ro,
		       uint32_t from, uint32_t to)
{
	uint32_t n = (to - from) & SKUA_PSN_MASK;
	struct skua_held *held;

	if (n > SKUA_REORDER_WINDOW)
		n = SKUA_REORDER_WINDOW;
	for (; n && ro->n; n--, from++) {
		held = skua_reorder_take(ro, from);
		if (held)
			skua_reorder_free(ad, held);
	}
}

void skua_reorder_clear(struct skua_adapter *ad, struct skua_reorder *ro)
{
	skua_reorder_pass(ad, ro, 0, SKUA_REORDER_WINDOW);
	if (!ad->reordered)
		give_back(ad);
}
