// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* Copies between this process and another one of the same user. */
#include <errno.h>
#include <sys/uio.h>

#include "nic/peers.h"
#include "peer.h"
#include "rdma/guard.h"

/* Say so first: only then may be looked whether the memory is valid. */
void skua_tx_enter(struct skua_tx *tx)
{
	if (tx->using)
		return;
	tx->using = true;
	atomic_fetch_add(&tx->ch->using, 1);
}

void skua_tx_leave(struct skua_tx *tx)
{
	if (!tx->using)
		return;
	tx->using = false;
	atomic_fetch_add_explicit(&tx->ch->using, 1, memory_order_release);
}

void skua_rx_enter(struct skua_rx *rx)
{
	rx->pulling = true;
	atomic_fetch_add(&rx->ch->pulling, 1);
}

void skua_rx_leave(struct skua_rx *rx)
{
	if (!rx->pulling)
		return;
	rx->pulling = false;
	atomic_fetch_add_explicit(&rx->ch->pulling, 1, memory_order_release);
}

/* Which of the two ends did a copy of len bytes fail at? */
static int failed_at(struct skua_adapter *ad, const void *here, uint64_t len,
		     int if_here, int if_there)
{
	uint8_t byte;
	uint64_t off;

	for (off = 0; off < len; off += SKUA_HWI_UAR_PAGE_SIZE) {
		if (skua_move(ad, &byte, (const uint8_t *)here + off, 1))
			return if_here;
	}
	return if_there;
}

int skua_peer_copy(struct skua_adapter *ad, const struct skua_peer_memory *to_mem,
		   void *to, const struct skua_peer_memory *from_mem,
		   const void *from, uint64_t len)
{
	struct iovec dst = { to, len }, src = { (void *)from, len };

	if (from_mem) {
		if (process_vm_readv(from_mem->pid, &dst, 1, &src, 1, 0) ==
		    (ssize_t)len)
			return SKUA_COPY_OK;
		return failed_at(ad, to, len, SKUA_COPY_DST, SKUA_COPY_SRC);
	}
	if (process_vm_writev(to_mem->pid, &src, 1, &dst, 1, 0) == (ssize_t)len)
		return SKUA_COPY_OK;
	return failed_at(ad, from, len, SKUA_COPY_SRC, SKUA_COPY_DST);
}

/* Whatever pid the kernel gave: is the cookie where the port says it is? */
bool skua_peer_memory_works(const struct skua_peer_memory *mem,
			    const struct skua_peer_port *port)
{
	uint64_t cookie = 0;
	struct iovec here = { &cookie, sizeof(cookie) };
	struct iovec there = { (void *)(uintptr_t)port->cookie_va,
			       sizeof(cookie) };

	return mem->pid > 0 &&
	       process_vm_readv(mem->pid, &here, 1, &there, 1, 0) ==
		       sizeof(cookie) &&
	       cookie == port->cookie;
}

void skua_peer_piece(const struct skua_peer_memory *mem,
		     const struct skua_peer_mkey *mk, uint64_t off,
		     uint64_t len, struct skua_piece *piece)
{
	const uint64_t page = SKUA_HWI_UAR_PAGE_SIZE;
	uint64_t from = mk->va % page + off;
	uint64_t skip = mk->arena_skip * page, size = mk->arena_pages * page;
	uint64_t first = mk->arena_first * page;

	*piece = (struct skua_piece){ .len = len };
	/* The owner may have written anything: it is the arena that ends. */
	if (mem->arena && from >= skip && from - skip <= size &&
	    len <= size - (from - skip) && first <= mem->arena_size &&
	    size <= mem->arena_size - first) {
		piece->host = mem->arena + first + (from - skip);
		return;
	}
	piece->remote = mem;
	piece->addr = mk->va + off;
}

/* Behind [va, va + len) the key may go on in the arena. */
static void whole_piece(const struct skua_peer_memory *mem,
			const struct skua_peer_mkey *mk, uint64_t va,
			uint64_t len, struct skua_piece *piece)
{
	const uint64_t off = va - mk->iova, size = mk->len;

	if (off < size && size - off > len) {
		skua_peer_piece(mem, mk, off, size - off, piece);
		if (!piece->remote)
			return;
	}
	skua_peer_piece(mem, mk, off, len, piece);
}

static bool mkey_allows(const struct skua_peer_mkey *e, uint32_t rkey,
			uint32_t pdn, uint32_t qpn, uint64_t va, uint64_t len,
			uint8_t access)
{
	uint64_t off = va - e->iova;

	if (atomic_load(&e->state) != (SKUA_PEER_VALID | rkey))
		return false;
	if (e->type == SKUA_HWI_MKEY_MW2 && e->qpn != qpn)
		return false;
	return e->pdn == pdn && (e->access & access) == access &&
	       va >= e->iova && off <= e->len && len <= e->len - off;
}

static struct skua_tx *one_sided(const struct skua_qp *qp)
{
	struct skua_peers *peers = qp->fn->peers;
	struct skua_tx *tx;

	if (!peers)
		return NULL;
	tx = peers->tx[skua_peer_block(qp->attr.dest_qpn)];
	return tx && tx->state == SKUA_TX_UP && tx->memory.usable ? tx : NULL;
}

static const struct skua_peer_qp *peer_qp(const struct skua_tx *tx, uint32_t qpn)
{
	return &tx->port->qp[qpn & ((1u << SKUA_PEER_LOG_QPS) - 1)];
}

uint32_t skua_peers_generation(struct skua_qp *qp)
{
	struct skua_tx *tx = one_sided(qp);

	return tx ? (uint32_t)atomic_load(
			    &peer_qp(tx, qp->attr.dest_qpn)->state)
		  : 0;
}

bool skua_peers_begin(struct skua_qp *qp, uint32_t rkey, uint64_t va,
		      uint64_t len, uint8_t access, uint32_t generation,
		      struct skua_piece *piece)
{
	struct skua_tx *tx = one_sided(qp);
	uint32_t dqpn = qp->attr.dest_qpn;
	const struct skua_peer_mkey *mk;
	const struct skua_peer_qp *pq;

	if (!tx || rkey >> 8 >= 1u << SKUA_PEER_LOG_MKEYS)
		return false;
	skua_tx_enter(tx);
	pq = peer_qp(tx, dqpn);
	mk = &tx->port->mkey[rkey >> 8];
	if (atomic_load(&pq->state) != (SKUA_PEER_VALID | generation) ||
	    pq->qpn != dqpn || pq->dest_qpn != qp->qpn ||
	    (pq->access & access) != access ||
	    !mkey_allows(mk, rkey, pq->pdn, dqpn, va, len, access))
		return false;
	whole_piece(&tx->memory, mk, va, len, piece);
	piece->fn = qp->fn;
	return true;
}

void skua_peers_end(struct skua_qp *qp)
{
	struct skua_peers *peers = qp->fn->peers;
	struct skua_tx *tx;

	if (!peers)
		return;
	tx = peers->tx[skua_peer_block(qp->attr.dest_qpn)];
	if (tx)
		skua_tx_leave(tx);
}
