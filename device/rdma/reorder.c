// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#include <stdlib.h>
#include <string.h>

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

static struct skua_held *copy_of(struct skua_adapter *ad, struct skua_packet *pkt)
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
	if (pkt->placed)
		return held;
	skua_cursor_init(&src, pkt->piece, pkt->npieces, pkt->payload_off);
	pkt->payload_lost = !skua_copy_out(ad, held->data, &src, pkt->len);
	if (!pkt->payload_lost)
		return held;
	put(ad, held);
	return NULL;
}

/* Is all that is still to be known of it in a slot? */
static bool slot_will_do(const struct skua_packet *pkt)
{
	bool reth = pkt->op == SKUA_PKT_WRITE && pkt->flags & SKUA_PKT_FIRST;

	return pkt->placed && !reth &&
	       !(pkt->flags & (SKUA_PKT_IMM | SKUA_PKT_INV));
}

static bool begin(struct skua_reorder *ro)
{
	if (ro->slots)
		return true;
	ro->slots = malloc(sizeof(*ro->slots));
	if (!ro->slots)
		return false;
	memset(ro->slots->map, 0, sizeof(ro->slots->map));
	return true;
}

static void end(struct skua_reorder *ro)
{
	free(ro->slots);
	ro->slots = NULL;
}

static struct skua_reorder_slot *slot_of(struct skua_reorder *ro, uint32_t psn)
{
	return &ro->slots->slot[psn % SKUA_REORDER_WINDOW];
}

/* It is held now, or not any more. */
static void mark(struct skua_reorder *ro, uint32_t psn)
{
	ro->slots->map[psn % SKUA_REORDER_WINDOW / 64] ^= 1ull << (psn % 64);
}

bool skua_reorder_put(struct skua_adapter *ad, struct skua_reorder *ro,
		      struct skua_packet *pkt)
{
	struct skua_held *held = NULL;

	if (skua_reorder_has(ro, pkt->psn) || pkt->len > SKUA_REORDER_BYTES ||
	    !room(ad, ro) || !begin(ro))
		return false;
	if (!slot_will_do(pkt)) {
		held = copy_of(ad, pkt);
		if (!held) {
			if (!ro->n)
				end(ro);
			return false;
		}
	}
	*slot_of(ro, pkt->psn) = (struct skua_reorder_slot){
		.held = held,
		.len = pkt->len,
		.op = pkt->op,
		.flags = pkt->flags,
	};
	mark(ro, pkt->psn);
	ro->n++;
	ad->reordered++;
	return true;
}

static void forget(struct skua_reorder *ro, uint32_t psn)
{
	mark(ro, psn);
	if (!--ro->n)
		end(ro);
}

struct skua_held *skua_reorder_take(struct skua_reorder *ro, uint32_t psn)
{
	struct skua_held *held;

	if (!skua_reorder_has(ro, psn))
		return NULL;
	held = slot_of(ro, psn)->held;
	if (held)
		forget(ro, psn);
	return held;
}

bool skua_reorder_take_placed(struct skua_adapter *ad, struct skua_reorder *ro,
			      uint32_t psn, struct skua_packet *pkt)
{
	const struct skua_reorder_slot *slot;

	*pkt = (struct skua_packet){
		.service = SKUA_HWI_QPT_RC,
		.psn = psn,
		.placed = true,
	};
	while (!(pkt->flags & SKUA_PKT_LAST) && skua_reorder_has(ro, psn)) {
		slot = slot_of(ro, psn);
		if (slot->held)
			break;
		pkt->op = slot->op;
		pkt->flags |= slot->flags;
		pkt->len += slot->len;
		pkt->npsn++;
		forget(ro, psn);
		psn = skua_psn_add(psn, 1);
	}
	ad->reordered -= pkt->npsn;
	return pkt->npsn;
}

void skua_reorder_free(struct skua_adapter *ad, struct skua_held *held)
{
	ad->reordered--;
	put(ad, held);
}

static void drop(struct skua_adapter *ad, struct skua_reorder *ro, uint32_t psn)
{
	struct skua_held *held = slot_of(ro, psn)->held;

	forget(ro, psn);
	ad->reordered--;
	if (held)
		put(ad, held);
}

void skua_reorder_pass(struct skua_adapter *ad, struct skua_reorder *ro,
		       uint32_t from, uint32_t to)
{
	uint32_t n = (to - from) & SKUA_PSN_MASK;

	if (n > SKUA_REORDER_WINDOW)
		n = SKUA_REORDER_WINDOW;
	for (; n && ro->n; n--, from++) {
		if (skua_reorder_has(ro, from))
			drop(ad, ro, from);
	}
}

void skua_reorder_clear(struct skua_adapter *ad, struct skua_reorder *ro)
{
	skua_reorder_pass(ad, ro, 0, SKUA_REORDER_WINDOW);
	if (!ad->reordered)
		give_back(ad);
}
