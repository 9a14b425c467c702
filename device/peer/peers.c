// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/* The peers of a function: made, given to it, gone. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nic/peers.h"
#include "peer.h"
#include "skua_peers.h"

struct skua_peers *skua_peers_create(const struct skua_peers_config *cfg)
{
	struct skua_peers *peers = calloc(1, sizeof(*peers));
	int err = -ENOMEM;

	if (!peers)
		return NULL;
	peers->cfg = *cfg;
	peers->listen_fd = -1;
	peers->port_fd = -1;
	list_init(&peers->rx);
	list_init(&peers->waiting);
	peers->epoll_fd = skua_peer_fd(peers, epoll_create1(EPOLL_CLOEXEC));
	if (peers->epoll_fd < 0) {
		err = peers->epoll_fd;
		goto fail;
	}
	peers->port = skua_port_create(&peers->port_fd);
	if (!peers->port)
		goto fail;
	peers->port_fd = skua_peer_fd(peers, peers->port_fd);
	if (peers->port_fd < 0)
		goto fail;
	/* Where to begin: a number that was given back a while ago, mostly. */
	err = skua_peers_listen(peers, (uint32_t)getpid() * 7);
	if (!err)
		return peers;
fail:
	skua_peers_destroy(peers);
	errno = -err;
	return NULL;
}

static void tx_destroy(struct skua_peers *peers, struct skua_tx *tx)
{
	if (!tx)
		return;
	if (peers->adapter)
		skua_tx_gone(tx);
	free(tx);
}

void skua_peers_destroy(struct skua_peers *peers)
{
	struct skua_rx *rx, *next;
	unsigned int i;

	for (i = 0; i < SKUA_PEER_BLOCKS; i++)
		tx_destroy(peers, peers->tx[i]);
	list_for_each_entry_safe (rx, next, &peers->rx, list)
		skua_rx_free(rx);
	skua_peer_close(peers, &peers->listen_fd);
	skua_peer_close(peers, &peers->epoll_fd);
	skua_peer_close(peers, &peers->port_fd);
	if (peers->port)
		munmap(peers->port, sizeof(*peers->port));
	free(peers);
}

int skua_peers_attach(struct skua_function *fn)
{
	struct skua_adapter *ad = fn->adapter;
	struct skua_peers *peers = fn->cfg.peers;

	if (!peers)
		return 0;
	if (ad->npeers == SKUA_MAX_FUNCTIONS || peers->fn)
		return -EINVAL;
	peers->adapter = ad;
	peers->fn = fn;
	fn->peers = peers;
	ad->peers[ad->npeers++] = peers;
	return 0;
}

void skua_peers_detach(struct skua_function *fn)
{
	struct skua_adapter *ad = fn->adapter;
	struct skua_peers *peers = fn->peers;
	unsigned int i;

	if (!peers)
		return;
	for (i = 0; ad->peers[i] != peers; i++)
		;
	ad->peers[i] = ad->peers[--ad->npeers];
	peers->fn = NULL;
	fn->peers = NULL;
}

void skua_peers_refresh(struct skua_peers *peers)
{
	struct skua_function *fn = peers->fn;
	void *mk;
	uint32_t i;

	skua_engine_lock(peers->adapter);
	for_each_object(mk, i, &fn->mkeys) skua_peers_show_mkey(fn, mk);
	skua_engine_unlock(peers->adapter);
}

uint32_t skua_peers_qpn_base(const struct skua_peers *peers)
{
	return peers->block << SKUA_PEER_QPN_BITS;
}

uint8_t skua_peers_qpn_bits(void)
{
	return SKUA_PEER_QPN_BITS;
}

int skua_peers_fd(const struct skua_peers *peers)
{
	return peers->epoll_fd;
}
