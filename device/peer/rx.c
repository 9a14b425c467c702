// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Descriptors out of the channel of a peer. The peer may write anything, at
 * any time: a descriptor is copied before it is looked at, and one that cannot
 * be ends the channel.
 */
#include <string.h>

#include "nic/peers.h"
#include "peer.h"

/* Descriptors that one peer may have delivered in a pass. */
#define BURST 32

#define REFS_PER_LINE (SKUA_PEER_LINE / sizeof(struct skua_peer_ref))
#define HEAD_LINES    (sizeof(struct skua_peer_record) / SKUA_PEER_LINE)

static uint8_t *line_at(struct skua_rx *rx, uint32_t i)
{
	return rx->ch->ring[(rx->tail + i) & (SKUA_PEER_RING - 1)];
}

static void get_head(struct skua_rx *rx, struct skua_peer_record *rec)
{
	uint8_t *to = (uint8_t *)rec;
	uint32_t i;

	for (i = 0; i < HEAD_LINES; i++)
		memcpy(to + i * SKUA_PEER_LINE, line_at(rx, i), SKUA_PEER_LINE);
}

/* Is it a descriptor of filled lines at most that says what it may? */
static bool sane(const struct skua_peer_record *rec, uint32_t filled)
{
	uint32_t payload;

	if (rec->lines < HEAD_LINES || rec->lines > filled ||
	    rec->lines > SKUA_PEER_MAX_LINES || rec->op > SKUA_PKT_ACK ||
	    rec->nrefs > SKUA_HWI_MAX_SGE || rec->len > SKUA_TURN_BYTES)
		return false;
	payload = (rec->lines - HEAD_LINES) * SKUA_PEER_LINE;
	if (rec->nrefs)
		return payload >= rec->nrefs * sizeof(struct skua_peer_ref);
	return payload >= rec->len;
}

static bool ref_piece(const struct skua_rx *rx, const struct skua_peer_ref *ref,
		      struct skua_piece *piece)
{
	const struct skua_peer_mkey *e;
	uint64_t off;

	if (ref->key >> 8 >= 1u << SKUA_PEER_LOG_MKEYS)
		return false;
	e = &rx->port->mkey[ref->key >> 8];
	off = ref->addr - e->iova;
	if (atomic_load(&e->state) != (SKUA_PEER_VALID | ref->key) ||
	    ref->addr < e->iova || off > e->len || ref->len > e->len - off)
		return false;
	skua_peer_piece(&rx->memory, e, off, ref->len, piece);
	return true;
}

/* Pieces of the sender's memory; pulling is odd. How many, or -1. */
static int ref_pieces(struct skua_rx *rx, const struct skua_peer_record *rec,
		      struct skua_piece *piece)
{
	struct skua_peer_ref ref;
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < rec->nrefs; i++) {
		memcpy(&ref,
		       line_at(rx, HEAD_LINES + i / REFS_PER_LINE) +
			       i % REFS_PER_LINE * sizeof(ref),
		       sizeof(ref));
		if (!ref_piece(rx, &ref, &piece[i]))
			return -1;
		sum += ref.len;
	}
	return sum < rec->len ? -1 : (int)rec->nrefs;
}

/* Payload in the ring: in two pieces where it goes over its end. */
static int ring_pieces(struct skua_rx *rx, uint32_t len, struct skua_piece *piece)
{
	uint32_t at = (rx->tail + HEAD_LINES) & (SKUA_PEER_RING - 1);
	uint32_t to_end = (SKUA_PEER_RING - at) * SKUA_PEER_LINE;
	uint32_t first = len < to_end ? len : to_end;

	piece[0] = (struct skua_piece){ .host = rx->ch->ring[at], .len = first };
	piece[1] = (struct skua_piece){ .host = rx->ch->ring[0],
					.len = len - first };
	return 2;
}

static void fill_packet(struct skua_packet *pkt, struct skua_gid *sgid,
			const struct skua_peer_record *rec)
{
	*sgid = (struct skua_gid){ .valid = true, .vlan = rec->vlan };
	memcpy(sgid->gid, rec->sgid, sizeof(sgid->gid));
	memcpy(sgid->smac, rec->smac, sizeof(sgid->smac));
	*pkt = (struct skua_packet){
		.av = &rec->av,
		.sgid = sgid,
		.op = rec->op,
		.service = rec->service,
		.flags = rec->flags,
		.syndrome = rec->syndrome,
		.pkey = SKUA_PKEY_DEFAULT,
		.dqpn = rec->dqpn,
		.psn = rec->psn & SKUA_PSN_MASK,
		.npsn = rec->npsn & SKUA_PSN_MASK,
		.msn = rec->msn & SKUA_PSN_MASK,
		.skip = rec->skip & SKUA_PSN_MASK,
		.sqpn = rec->sqpn & SKUA_PSN_MASK,
		.qkey = rec->qkey,
		.va = rec->va,
		.rkey = rec->rkey,
		.dma_len = rec->dma_len,
		.swap_add = rec->swap_add,
		.compare = rec->compare,
		.orig = rec->orig,
		.inv_key = rec->imm,
		.len = rec->len,
	};
}

static void deliver(struct skua_rx *rx, const struct skua_peer_record *rec)
{
	struct skua_piece piece[SKUA_HWI_MAX_SGE];
	struct skua_packet pkt;
	struct skua_gid sgid;
	int n;

	fill_packet(&pkt, &sgid, rec);
	pkt.piece = piece;
	if (!rec->nrefs) {
		pkt.npieces = ring_pieces(rx, rec->len, piece);
		skua_rdma_receive(rx->peers->fn, &pkt);
		return;
	}
	if (!rx->memory.usable)
		return;
	skua_rx_enter(rx);
	n = ref_pieces(rx, rec, piece);
	if (n > 0) {
		pkt.npieces = n;
		skua_rdma_receive(rx->peers->fn, &pkt);
	}
	skua_rx_leave(rx);
}

/* Take one descriptor. False: there is none. */
static bool take(struct skua_rx *rx, uint32_t filled, uint32_t *bytes)
{
	struct skua_peer_record rec;

	if (!filled)
		return false;
	get_head(rx, &rec);
	if (filled > SKUA_PEER_RING || !sane(&rec, filled)) {
		rx->up = false;
		return false;
	}
	deliver(rx, &rec);
	rx->tail += rec.lines;
	atomic_store_explicit(&rx->ch->tail, rx->tail, memory_order_release);
	*bytes += rec.len;
	return true;
}

unsigned int skua_rx_poll(struct skua_rx *rx)
{
	unsigned int n = 0;
	uint32_t bytes = 0, head;

	if (!rx->up)
		return 0;
	head = atomic_load_explicit(&rx->ch->head, memory_order_acquire);
	while (n < BURST && bytes < SKUA_TURN_BYTES &&
	       take(rx, head - rx->tail, &bytes))
		n++;
	return n;
}

bool skua_rx_arm(struct skua_rx *rx)
{
	if (!rx->up)
		return true;
	atomic_store(&rx->ch->armed, 1);
	if (atomic_load(&rx->ch->head) == rx->tail)
		return true;
	atomic_store(&rx->ch->armed, 0);
	return false;
}
