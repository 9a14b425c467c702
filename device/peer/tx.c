// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Descriptors into the channel of a peer. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nic/peers.h"
#include "peer.h"
#include "rdma/guard.h"

/* More payload than that is not copied twice if the peer may fetch it. */
#define COPY_MAX 4096u
/* Who waits for room looks again after that. */
#define WAIT_NS 20000

bool skua_peers_remote(const struct skua_function *fn, uint32_t qpn)
{
	return fn->peers && skua_peer_block(qpn) != fn->peers->block;
}

static struct skua_tx *tx_get(struct skua_peers *peers, uint32_t qpn)
{
	uint32_t block = skua_peer_block(qpn);
	struct skua_tx *tx = peers->tx[block];

	if (tx)
		return tx;
	tx = calloc(1, sizeof(*tx));
	if (!tx)
		return NULL;
	tx->peers = peers;
	tx->block = block;
	tx->sock = -1;
	tx->wake_fd = -1;
	list_init(&tx->parked);
	list_init(&tx->waiting);
	peers->tx[block] = tx;
	return tx;
}

/* With one line behind it, which says that nothing follows. */
#define ROOM (SKUA_PEER_MAX_LINES + 1)

static bool has_room(struct skua_tx *tx)
{
	if (SKUA_PEER_RING - (tx->head - tx->tail) >= ROOM)
		return true;
	tx->tail = atomic_load_explicit(&tx->ch->tail, memory_order_acquire);
	/* An impossible tail is one that leaves no room. */
	return tx->head - tx->tail <= SKUA_PEER_RING - ROOM;
}

static void park(struct skua_tx *tx, struct skua_qp *qp)
{
	list_del(&qp->parked);
	list_add_tail(&qp->parked, &tx->parked);
	if (list_empty(&tx->waiting))
		list_add_tail(&tx->waiting, &tx->peers->waiting);
}

void skua_tx_unpark(struct skua_tx *tx)
{
	while (!list_empty(&tx->parked)) {
		struct skua_qp *qp =
			list_entry(tx->parked.next, struct skua_qp, parked);

		list_del(&qp->parked);
		skua_qp_activate(qp);
	}
	list_del(&tx->waiting);
}

bool skua_peers_room(struct skua_qp *qp, uint32_t dqpn)
{
	struct skua_tx *tx;

	if (!skua_peers_remote(qp->fn, dqpn))
		return true;
	tx = tx_get(qp->fn->peers, dqpn);
	if (!tx)
		return true;
	if (tx->state == SKUA_TX_NONE)
		skua_tx_greet(tx);
	switch (tx->state) {
	case SKUA_TX_UP:
		if (__builtin_expect(has_room(tx), 1))
			return true;
		break;
	case SKUA_TX_GREETING:
		break;
	default:
		return true;
	}
	park(tx, qp);
	return false;
}

uint32_t skua_peers_limit(const struct skua_function *fn, uint32_t dqpn)
{
	const struct skua_tx *tx;

	if (!skua_peers_remote(fn, dqpn))
		return UINT32_MAX;
	/* Of what was found to have room; sealed, it takes more. */
	if (fn->steer)
		return SKUA_PEER_INLINE / 2;
	tx = fn->peers->tx[skua_peer_block(dqpn)];
	return tx && tx->memory.usable ? UINT32_MAX : SKUA_PEER_INLINE;
}

/* Line number i of the descriptor that begins at the head. */
static uint8_t *line_at(struct skua_tx *tx, uint32_t i)
{
	return tx->ch->ring[(tx->head + i) & (SKUA_PEER_RING - 1)];
}

static struct skua_peer_record *record_at(struct skua_tx *tx, uint32_t i)
{
	return (struct skua_peer_record *)line_at(tx, i);
}

/* Where the ring goes over its end the piece does too. */
static unsigned int ring_pieces(struct skua_tx *tx, uint32_t line, uint32_t len,
				struct skua_piece piece[2])
{
	uint32_t at = (tx->head + line) & (SKUA_PEER_RING - 1);
	uint32_t to_end = (SKUA_PEER_RING - at) * SKUA_PEER_LINE;

	memset(piece, 0, 2 * sizeof(*piece));
	piece[0].host = tx->ch->ring[at];
	piece[0].len = len < to_end ? len : to_end;
	piece[1].host = tx->ch->ring[0];
	piece[1].len = len - piece[0].len;
	return 2;
}

static uint32_t lines_for(uint32_t bytes)
{
	return (bytes + SKUA_PEER_LINE - 1) / SKUA_PEER_LINE;
}

static void put_bytes(struct skua_tx *tx, struct skua_packet *pkt,
		      const struct skua_piece *to, unsigned int n)
{
	struct skua_cursor src, dst;

	skua_cursor_init(&src, pkt->piece, pkt->npieces, pkt->payload_off);
	skua_cursor_init(&dst, to, n, 0);
	if (skua_copy(tx->peers->adapter, &dst, &src, pkt->len))
		pkt->payload_lost = true;
}

/* The payload itself. Lines that it takes; payload_lost if it is not there. */
static uint32_t put_inline(struct skua_tx *tx, uint32_t line,
			   struct skua_packet *pkt,
			   struct skua_peer_record *rec)
{
	struct skua_piece to[2] = { 0 };

	if (pkt->len <= SKUA_PEER_SMALL) {
		rec->has |= SKUA_PEER_HAS_SMALL;
		to[0].host = rec->small;
		to[0].len = pkt->len;
		put_bytes(tx, pkt, to, 1);
		return 0;
	}
	put_bytes(tx, pkt, to, ring_pieces(tx, line, pkt->len, to));
	return lines_for(pkt->len);
}

/* A program that unmapped what it sends is told so, not its peer. */
static bool touch(struct skua_adapter *ad, uint64_t va, uint64_t len)
{
	uint8_t byte;
	uint64_t at;

	for (at = va; at - va < len;
	     at = (at | (SKUA_HWI_UAR_PAGE_SIZE - 1)) + 1) {
		if (skua_move(ad, &byte, (const void *)(uintptr_t)at, 1))
			return false;
	}
	return true;
}

/* Of the piece, the part [off, off + len). */
static struct skua_peer_ref make_ref(struct skua_tx *tx,
				     struct skua_packet *pkt,
				     const struct skua_piece *p, uint64_t off,
				     uint64_t len)
{
	/* Regions lie at the program's own addresses, but zero-based. */
	if (p->mk->iova == p->mk->pages.page[0] + p->mk->pages.offset &&
	    !touch(tx->peers->adapter, p->addr + off, len))
		pkt->payload_lost = true;
	return (struct skua_peer_ref){ p->addr + off, len, p->mk->key };
}

/* References to it, for the peer to fetch. */
static uint32_t put_refs(struct skua_tx *tx, uint32_t line,
			 struct skua_packet *pkt,
			 struct skua_peer_record *rec)
{
	uint64_t off = pkt->payload_off, left = pkt->len, len;
	const struct skua_piece *p = pkt->piece;
	struct skua_peer_ref ref;
	uint32_t n = 0;

	for (; left; p++, off = 0) {
		if (off >= p->len) {
			off -= p->len;
			continue;
		}
		len = p->len - off < left ? p->len - off : left;
		ref = make_ref(tx, pkt, p, off, len);
		memcpy(line_at(tx, line + n * sizeof(ref) / SKUA_PEER_LINE) +
			       n * sizeof(ref) % SKUA_PEER_LINE,
		       &ref, sizeof(ref));
		left -= len;
		n++;
	}
	rec->nrefs = n;
	if (n > 1)
		return lines_for(n * sizeof(ref));
	rec->has |= SKUA_PEER_HAS_SMALL;
	memcpy(rec->small, &ref, sizeof(ref));
	return 0;
}

static bool can_refer(const struct skua_tx *tx, const struct skua_packet *pkt)
{
	return tx->memory.usable && pkt->len > COPY_MAX && pkt->piece->mk &&
	       pkt->piece->mk->type == SKUA_HWI_MKEY_MR;
}

static void fill_record(struct skua_peer_record *rec,
			const struct skua_packet *pkt)
{
	*rec = (struct skua_peer_record){
		.op = pkt->op,
		.service = pkt->service,
		.flags = pkt->flags,
		.syndrome = pkt->syndrome,
		.dqpn = pkt->dqpn,
		.sqpn = pkt->sqpn,
		.psn = pkt->psn,
		.npsn = pkt->npsn,
		.msn = pkt->msn,
		.skip = pkt->skip,
		.len = pkt->len,
		.imm = pkt->inv_key,
	};
}

static uint32_t put_extra(struct skua_tx *tx, uint32_t line,
			  const struct skua_packet *pkt,
			  struct skua_peer_record *rec)
{
	struct skua_peer_extra extra = {
		.va = pkt->va,
		.rkey = pkt->rkey,
		.dma_len = pkt->dma_len,
		.qkey = pkt->qkey,
		.swap_add = pkt->swap_add,
		.compare = pkt->compare,
		.orig = pkt->orig,
	};

	if (pkt->service != SKUA_HWI_QPT_UD &&
	    (pkt->op == SKUA_PKT_SEND || pkt->op == SKUA_PKT_ACK))
		return 0;
	rec->has |= SKUA_PEER_HAS_EXTRA;
	memcpy(line_at(tx, line), &extra, sizeof(extra));
	return 1;
}

static bool same_path(const struct skua_peer_path *path,
		      const struct skua_packet *pkt)
{
	return !memcmp(&path->av, pkt->av, sizeof(path->av)) &&
	       !memcmp(path->sgid, pkt->sgid->gid, sizeof(path->sgid)) &&
	       !memcmp(path->smac, pkt->sgid->smac, sizeof(path->smac)) &&
	       path->vlan == pkt->sgid->vlan;
}

static uint32_t put_path(struct skua_tx *tx, uint32_t line,
			 const struct skua_packet *pkt,
			 struct skua_peer_record *rec)
{
	struct skua_peer_path *path = &tx->path;

	if (tx->path_sent && same_path(path, pkt))
		return 0;
	path->av = *pkt->av;
	memcpy(path->sgid, pkt->sgid->gid, sizeof(path->sgid));
	memcpy(path->smac, pkt->sgid->smac, sizeof(path->smac));
	path->vlan = pkt->sgid->vlan;
	/* Until it was: what it belongs to may come to nothing. */
	tx->path_sent = false;
	rec->has |= SKUA_PEER_HAS_PATH;
	memcpy(line_at(tx, line), path, sizeof(*path));
	return 1;
}

/* shared.h: what is behind it before the descriptor, that before armed. */
static void publish(struct skua_tx *tx, const struct skua_peer_record *rec,
		    uint32_t lines)
{
	struct skua_peer_record *to = record_at(tx, 0);
	const uint64_t one = 1;

	atomic_store_explicit(&record_at(tx, lines)->lines, 0,
			      memory_order_relaxed);
	/* In one go: the receiver, who polls this line, takes it away. */
	memcpy(&to->op, &rec->op, sizeof(*rec) - offsetof(typeof(*rec), op));
	atomic_store(&to->lines, lines);
	tx->head += lines;
	tx->path_sent = true;
	if (!atomic_load(&tx->ch->armed))
		return;
	atomic_store(&tx->ch->armed, 0);
	/* It can only fail if the counter is full, and then the peer wakes. */
	if (write(tx->wake_fd, &one, sizeof(one)) < 0)
		return;
}

/* The payload, or what leads to it. Lines that it takes; payload_lost. */
static uint32_t put_payload(struct skua_tx *tx, uint32_t line,
			    struct skua_packet *pkt,
			    struct skua_peer_record *rec)
{
	if (!pkt->len)
		return 0;
	if (can_refer(tx, pkt))
		return put_refs(tx, line, pkt, rec);
	if (pkt->len <= SKUA_PEER_INLINE)
		return put_inline(tx, line, pkt, rec);
	pkt->payload_lost = true;
	return 0;
}

void skua_peers_send(struct skua_function *fn, struct skua_packet *pkt)
{
	struct skua_tx *tx = fn->peers->tx[skua_peer_block(pkt->dqpn)];
	struct skua_peer_record rec;
	uint32_t lines = 1;

	/* Nobody is there: as a link that leads nowhere. */
	if (!tx || tx->state != SKUA_TX_UP || !has_room(tx))
		return;
	fill_record(&rec, pkt);
	lines += put_extra(tx, lines, pkt, &rec);
	lines += put_path(tx, lines, pkt, &rec);
	lines += put_payload(tx, lines, pkt, &rec);
	if (!pkt->payload_lost)
		publish(tx, &rec, lines);
}

void skua_peers_send_frame(struct skua_function *fn, uint32_t dqpn,
			   const void *frame, uint32_t len)
{
	struct skua_tx *tx = fn->peers->tx[skua_peer_block(dqpn)];
	struct skua_piece piece = { .host = (void *)frame, .len = len };
	struct skua_packet pkt = {
		.op = SKUA_PKT_FRAME,
		.dqpn = dqpn,
		.piece = &piece,
		.npieces = 1,
		.len = len,
	};
	struct skua_peer_record rec;
	uint32_t lines;

	if (!tx || tx->state != SKUA_TX_UP || !has_room(tx))
		return;
	fill_record(&rec, &pkt);
	lines = 1 + put_payload(tx, 1, &pkt, &rec);
	if (!pkt.payload_lost)
		publish(tx, &rec, lines);
}

static bool tx_ready(struct skua_tx *tx, uint64_t now)
{
	if (tx->state == SKUA_TX_GREETING && now >= tx->deadline)
		skua_tx_gone(tx);
	return tx->state == SKUA_TX_NONE ||
	       (tx->state == SKUA_TX_UP && has_room(tx));
}

static unsigned int peers_poll(struct skua_peers *peers, uint64_t now)
{
	struct skua_tx *tx, *next;
	struct skua_rx *rx, *next_rx;
	unsigned int n = 0;

	list_for_each_entry_safe (rx, next_rx, &peers->rx, list)
		n += skua_rx_poll(rx);
	list_for_each_entry_safe (tx, next, &peers->waiting, waiting) {
		if (tx_ready(tx, now)) {
			skua_tx_unpark(tx);
			n++;
		}
	}
	return n;
}

unsigned int skua_peers_poll(struct skua_adapter *ad)
{
	unsigned int n = 0, f;

	for (f = 0; f < ad->npeers; f++)
		n += peers_poll(ad->peers[f], ad->now);
	return n;
}

bool skua_peers_rest(struct skua_adapter *ad)
{
	struct skua_rx *rx, *next;
	bool quiet = true;
	unsigned int f;

	for (f = 0; f < ad->npeers; f++) {
		list_for_each_entry_safe (rx, next, &ad->peers[f]->rx, list)
			quiet &= skua_rx_arm(rx);
	}
	return quiet;
}

uint64_t skua_peers_due(const struct skua_adapter *ad)
{
	unsigned int f;

	for (f = 0; f < ad->npeers; f++) {
		if (!list_empty(&ad->peers[f]->waiting))
			return WAIT_NS;
	}
	return SKUA_NEVER;
}
