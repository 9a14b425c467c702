// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Descriptors out of the channel of a peer. The peer may write anything, at
 * any time: a descriptor is copied before it is looked at, and one that cannot
 * be ends the channel.
 */
#include <string.h>

#include "link/kind.h"
#include "nic/peers.h"
#include "peer.h"
#include "steer/steer.h"

/* Descriptors that one peer may have delivered in a pass. */
#define BURST 32

static uint8_t *line_at(struct skua_rx *rx, uint32_t i)
{
	return rx->ch->ring[(rx->tail + i) & (SKUA_PEER_RING - 1)];
}

/* Lines in front of the payload, or of references to it. */
static uint32_t head_lines(const struct skua_peer_record *rec)
{
	return 1 + !!(rec->has & SKUA_PEER_HAS_EXTRA) +
	       !!(rec->has & SKUA_PEER_HAS_PATH);
}

/* Peers have no link between them: the opcodes for that are none. */
static bool op_sane(const struct skua_peer_record *rec)
{
	return rec->op <= SKUA_PKT_ACK ||
	       (rec->op == SKUA_PKT_FRAME && !rec->nrefs && !rec->has);
}

/* Is it a descriptor that has what it says? */
static bool sane(const struct skua_peer_record *rec)
{
	uint32_t head = head_lines(rec), room, need;

	if (rec->lines < head || rec->lines > SKUA_PEER_MAX_LINES ||
	    rec->has & ~SKUA_PEER_HAS_ALL || !op_sane(rec) ||
	    rec->nrefs > SKUA_HWI_MAX_SGE || rec->len > SKUA_TURN_BYTES)
		return false;
	room = rec->has & SKUA_PEER_HAS_SMALL
		       ? SKUA_PEER_SMALL
		       : (rec->lines - head) * SKUA_PEER_LINE;
	need = rec->nrefs ? rec->nrefs * sizeof(struct skua_peer_ref) : rec->len;
	return need <= room;
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

static struct skua_peer_ref get_ref(struct skua_rx *rx,
				    const struct skua_peer_record *rec,
				    uint32_t i)
{
	const uint32_t at = i * sizeof(struct skua_peer_ref);
	struct skua_peer_ref ref;

	if (rec->has & SKUA_PEER_HAS_SMALL)
		memcpy(&ref, rec->small, sizeof(ref));
	else
		memcpy(&ref,
		       line_at(rx, head_lines(rec) + at / SKUA_PEER_LINE) +
			       at % SKUA_PEER_LINE,
		       sizeof(ref));
	return ref;
}

/* Pieces of the sender's memory; pulling is odd. How many, or -1. */
static int ref_pieces(struct skua_rx *rx, const struct skua_peer_record *rec,
		      struct skua_piece *piece)
{
	struct skua_peer_ref ref;
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < rec->nrefs; i++) {
		ref = get_ref(rx, rec, i);
		if (!ref_piece(rx, &ref, &piece[i]))
			return -1;
		sum += ref.len;
	}
	return sum < rec->len ? -1 : (int)rec->nrefs;
}

/* The payload itself: in two pieces where the ring goes over its end. */
static int own_pieces(struct skua_rx *rx, struct skua_peer_record *rec,
		      struct skua_piece *piece)
{
	uint32_t at = (rx->tail + head_lines(rec)) & (SKUA_PEER_RING - 1);
	uint32_t to_end = (SKUA_PEER_RING - at) * SKUA_PEER_LINE;
	uint32_t first = rec->len < to_end ? rec->len : to_end;

	if (rec->has & SKUA_PEER_HAS_SMALL) {
		piece[0] = (struct skua_piece){ .host = rec->small,
						.len = rec->len };
		return 1;
	}
	piece[0] = (struct skua_piece){ .host = rx->ch->ring[at], .len = first };
	piece[1] = (struct skua_piece){ .host = rx->ch->ring[0],
					.len = rec->len - first };
	return 2;
}

static void get_path(struct skua_rx *rx, uint32_t line)
{
	struct skua_peer_path path;

	memcpy(&path, line_at(rx, line), sizeof(path));
	rx->av = path.av;
	rx->sgid.valid = true;
	rx->sgid.vlan = path.vlan;
	memcpy(rx->sgid.gid, path.sgid, sizeof(rx->sgid.gid));
	memcpy(rx->sgid.smac, path.smac, sizeof(rx->sgid.smac));
}

static void get_extra(struct skua_rx *rx, struct skua_packet *pkt)
{
	struct skua_peer_extra extra;

	memcpy(&extra, line_at(rx, 1), sizeof(extra));
	pkt->va = extra.va;
	pkt->rkey = extra.rkey;
	pkt->dma_len = extra.dma_len;
	pkt->qkey = extra.qkey;
	pkt->swap_add = extra.swap_add;
	pkt->compare = extra.compare;
	pkt->orig = extra.orig;
}

static void fill_packet(struct skua_rx *rx, const struct skua_peer_record *rec,
			struct skua_packet *pkt)
{
	*pkt = (struct skua_packet){
		.av = &rx->av,
		.sgid = &rx->sgid,
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
		.inv_key = rec->imm,
		.len = rec->len,
	};
	if (rec->has & SKUA_PEER_HAS_EXTRA)
		get_extra(rx, pkt);
	if (rec->has & SKUA_PEER_HAS_PATH)
		get_path(rx, head_lines(rec) - 1);
}

static void receive(struct skua_rx *rx, struct skua_packet *pkt)
{
	struct skua_function *fn = rx->peers->fn;

	if (!fn->steer || skua_steer_admits(fn, pkt))
		skua_rdma_receive(fn, pkt);
}

/* A frame, which may lie in two parts of the ring. */
static void deliver_frame(struct skua_rx *rx, struct skua_peer_record *rec)
{
	uint8_t frame[SKUA_FRAME_MAX];
	struct skua_piece piece[2];

	if (rec->len > sizeof(frame) || rec->len < SKUA_ETH_HLEN)
		return;
	own_pieces(rx, rec, piece);
	memcpy(frame, piece[0].host, piece[0].len);
	if (piece[0].len < rec->len)
		memcpy(frame + piece[0].len, piece[1].host,
		       rec->len - piece[0].len);
	skua_eswitch_deliver(rx->peers->fn, frame, rec->len, false);
}

static void deliver(struct skua_rx *rx, struct skua_peer_record *rec)
{
	struct skua_piece piece[SKUA_HWI_MAX_SGE];
	struct skua_packet pkt;
	int n;

	if (rec->op == SKUA_PKT_FRAME) {
		deliver_frame(rx, rec);
		return;
	}
	fill_packet(rx, rec, &pkt);
	if (!rx->sgid.valid)
		return;
	pkt.piece = piece;
	if (!rec->nrefs) {
		pkt.npieces = own_pieces(rx, rec, piece);
		receive(rx, &pkt);
		return;
	}
	if (!rx->memory.usable)
		return;
	skua_rx_enter(rx);
	n = ref_pieces(rx, rec, piece);
	if (n > 0) {
		pkt.npieces = n;
		receive(rx, &pkt);
	}
	skua_rx_leave(rx);
}

/* How many lines the next descriptor has; 0: it is not there yet. */
static uint32_t next_lines(struct skua_rx *rx, memory_order order)
{
	const struct skua_peer_record *rec = (const void *)line_at(rx, 0);

	return atomic_load_explicit(&rec->lines, order);
}

/* Take one descriptor. False: there is none. */
static bool take(struct skua_rx *rx, uint32_t *bytes)
{
	struct skua_peer_record rec;

	if (!next_lines(rx, memory_order_acquire))
		return false;
	memcpy(&rec, line_at(rx, 0), sizeof(rec));
	if (!sane(&rec)) {
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
	uint32_t bytes = 0;

	if (!rx->up)
		return 0;
	while (n < BURST && bytes < SKUA_TURN_BYTES && take(rx, &bytes))
		n++;
	return n;
}

bool skua_rx_arm(struct skua_rx *rx)
{
	if (!rx->up)
		return true;
	atomic_store(&rx->ch->armed, 1);
	if (!next_lines(rx, memory_order_seq_cst))
		return true;
	atomic_store(&rx->ch->armed, 0);
	return false;
}
