// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* What a function shows to its peers, and how it takes it back (shared.h). */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "nic/peers.h"
#include "peer.h"

/* How often a word is looked at before its process is. */
#define FENCE_SPINS 1000
/* A peer that was stopped in the middle of a copy is not waited for longer. */
#define FENCE_NS 10000000000ull

struct skua_peer_port *skua_port_create(int *fd)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE |
			  F_SEAL_SEAL;
	struct skua_peer_port *port;

	*fd = memfd_create("skua-port", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd < 0)
		return NULL;
	if (ftruncate(*fd, sizeof(*port)))
		goto fail;
	port = mmap(NULL, sizeof(*port), PROT_READ | PROT_WRITE, MAP_SHARED,
		    *fd, 0);
	if (port == MAP_FAILED)
		goto fail;
	/* From now on nobody maps it for writing, we neither. */
	if (fcntl(*fd, F_ADD_SEALS, seals)) {
		munmap(port, sizeof(*port));
		goto fail;
	}
	madvise(port, sizeof(*port), MADV_DONTFORK);
	port->magic = SKUA_PEER_MAGIC;
	port->version = SKUA_PEER_VERSION;
	if (getrandom(&port->cookie, sizeof(port->cookie), GRND_NONBLOCK) < 0)
		port->cookie = (uintptr_t)port;
	port->cookie_va = (uintptr_t)&port->cookie;
	return port;
fail:
	close(*fd);
	*fd = -1;
	return NULL;
}

/* Wait until the peer of rx is out of our memory. */
static void fence_rx(struct skua_adapter *ad, const struct skua_rx *rx)
{
	uint32_t was = atomic_load(&rx->ch->using), spins = 0;
	uint64_t since = 0;

	if (!(was & 1))
		return;
	while (atomic_load(&rx->ch->using) == was) {
		if (++spins % FENCE_SPINS) {
			__builtin_ia32_pause();
			continue;
		}
		if (!since)
			since = skua_now(ad);
		if (!skua_rx_alive(rx) || skua_now(ad) - since > FENCE_NS)
			return;
		sched_yield();
	}
}

/* The same of a peer that was sent references to it. */
static void fence_tx(struct skua_adapter *ad, const struct skua_tx *tx)
{
	uint32_t was = atomic_load(&tx->ch->pulling);
	uint64_t since = skua_now(ad);

	if (!(was & 1))
		return;
	while (atomic_load(&tx->ch->pulling) == was &&
	       skua_now(ad) - since < FENCE_NS)
		sched_yield();
}

/* Two that wait for each other wait for long: be in nobody's memory. */
static void leave_all(struct skua_peers *peers)
{
	struct skua_rx *rx, *tmp;
	unsigned int i;

	list_for_each_entry_safe (rx, tmp, &peers->rx, list)
		skua_rx_leave(rx);
	for (i = 0; i < SKUA_PEER_BLOCKS; i++) {
		if (peers->tx[i])
			skua_tx_leave(peers->tx[i]);
	}
}

static void fence(struct skua_peers *peers)
{
	struct skua_adapter *ad = peers->adapter;
	struct skua_rx *rx, *tmp;
	unsigned int i;

	leave_all(peers);
	atomic_thread_fence(memory_order_seq_cst);
	list_for_each_entry_safe (rx, tmp, &peers->rx, list) {
		if (rx->up)
			fence_rx(ad, rx);
	}
	for (i = 0; i < SKUA_PEER_BLOCKS; i++) {
		if (peers->tx[i] && peers->tx[i]->state == SKUA_TX_UP)
			fence_tx(ad, peers->tx[i]);
	}
}

static struct skua_peer_mkey *mkey_entry(const struct skua_function *fn,
					 const struct skua_mkey *mk)
{
	return &fn->peers->port->mkey[mk->key >> 8];
}

void skua_peers_hide_mkey(struct skua_function *fn, const struct skua_mkey *mk)
{
	struct skua_peer_mkey *e;

	if (!fn->peers)
		return;
	e = mkey_entry(fn, mk);
	if (!atomic_load_explicit(&e->state, memory_order_relaxed))
		return;
	atomic_store(&e->state, 0);
	fence(fn->peers);
}

/* Where iova of a region is in this process. */
static uint64_t mkey_va(const struct skua_mkey *mk)
{
	if (mk->mr)
		return mkey_va(mk->mr) + (mk->iova - mk->mr->iova);
	return mk->pages.page[0] + mk->pages.offset;
}

/* In user mode the pages of a region follow each other; others are not shown. */
static bool mkey_in_one_piece(const struct skua_mkey *mk)
{
	uint32_t i;

	if (mk->mr)
		mk = mk->mr;
	if (mk->type != SKUA_HWI_MKEY_MR)
		return false;
	for (i = 1; i < mk->pages.n; i++) {
		if (mk->pages.page[i] !=
		    mk->pages.page[i - 1] + (1ull << mk->pages.shift))
			return false;
	}
	return mk->pages.n;
}

static void show_arena(const struct skua_peers *peers, struct skua_peer_mkey *e)
{
	const uint64_t page = SKUA_HWI_UAR_PAGE_SIZE;
	uint64_t first, size, off;

	e->arena_pages = 0;
	if (!peers->cfg.find ||
	    !peers->cfg.find(e->va, e->len, &first, &size, &off))
		return;
	e->arena_skip = (first - (e->va & ~(page - 1))) / page;
	e->arena_pages = size / page;
	e->arena_first = off / page;
}

void skua_peers_show_mkey(struct skua_function *fn, const struct skua_mkey *mk)
{
	struct skua_peer_mkey *e;

	if (!fn->peers)
		return;
	skua_peers_hide_mkey(fn, mk);
	if (!mk->valid || !mkey_in_one_piece(mk))
		return;
	e = mkey_entry(fn, mk);
	e->pdn = mk->pdn;
	e->qpn = mk->qpn;
	e->type = mk->type;
	e->access = mk->access;
	e->iova = mk->iova;
	e->len = mk->len;
	e->va = mkey_va(mk);
	show_arena(fn->peers, e);
	atomic_store_explicit(&e->state, SKUA_PEER_VALID | mk->key,
			      memory_order_release);
}

static struct skua_peer_qp *qp_entry(const struct skua_qp *qp)
{
	return &qp->fn->peers->port
			->qp[qp->qpn & ((1u << SKUA_PEER_LOG_QPS) - 1)];
}

void skua_peers_hide_qp(struct skua_qp *qp)
{
	struct skua_peer_qp *e;

	if (!qp->fn->peers || qp->type != SKUA_HWI_QPT_RC)
		return;
	e = qp_entry(qp);
	if (!atomic_load_explicit(&e->state, memory_order_relaxed))
		return;
	atomic_store(&e->state, 0);
	fence(qp->fn->peers);
}

void skua_peers_show_qp(struct skua_qp *qp)
{
	struct skua_peers *peers = qp->fn->peers;
	struct skua_peer_qp *e;

	if (!peers || qp->type != SKUA_HWI_QPT_RC)
		return;
	skua_peers_hide_qp(qp);
	if (qp->fn->shown || qp->fn->steer || !skua_qp_receives(qp))
		return;
	e = qp_entry(qp);
	e->qpn = qp->qpn;
	e->dest_qpn = qp->attr.dest_qpn;
	e->pdn = qp->pdn;
	e->access = qp->attr.access;
	if (!++peers->generation)
		peers->generation = 1;
	atomic_store_explicit(&e->state, SKUA_PEER_VALID | peers->generation,
			      memory_order_release);
}
