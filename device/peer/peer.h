/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Adapters of other processes on this machine, as one function sees them.
 *
 * All of it belongs to the holder of the engine lock, but for the sockets of
 * greetings, which the thread of skua_peers_service() has to itself.
 */
#ifndef SKUA_PEER_H
#define SKUA_PEER_H

#include <sys/types.h>

#include "nic.h"
#include "rdma/copy.h"
#include "rdma/packet.h"
#include "shared.h"
#include "skua_peers.h"

/* Memory of another process: its arena, or process_vm_readv(2) and writev. */
struct skua_peer_memory {
	pid_t pid;
	bool usable;		/* the kernel lets us, and it is our own user's */
	uint8_t *arena;		/* NULL: none */
	uint64_t arena_size;
};

enum skua_tx_state {
	SKUA_TX_NONE,		/* never tried, or gone */
	SKUA_TX_GREETING,	/* until the answer is there, or deadline */
	SKUA_TX_UP,
};

/* The way to one peer. */
struct skua_tx {
	struct skua_peers *peers;
	uint32_t block;
	enum skua_tx_state state;
	uint64_t deadline;	/* GREETING; NONE: not to be tried before */
	int sock, wake_fd;
	struct skua_peer_channel *ch;
	uint32_t head;
	uint32_t tail;		/* as last read */
	struct skua_peer_path path;
	bool path_sent;		/* the receiver knows it */
	const struct skua_peer_port *port; /* NULL: not our own user */
	struct skua_peer_memory memory;
	bool using;		/* ch->using is odd */
	struct list_head parked; /* qp.parked: wait for room */
	struct list_head waiting; /* on peers->waiting while it has such */
};

/* The way from one peer. */
struct skua_rx {
	struct skua_peers *peers;
	int sock;
	uid_t uid;
	bool up, gone;
	bool pulling;		/* ch->pulling is odd */
	struct skua_peer_channel *ch;
	uint32_t tail;
	/* Of the descriptor at hand, and of those that have none. */
	struct skua_hwi_av av;
	struct skua_gid sgid;	/* valid once there was one */
	const struct skua_peer_port *port;
	struct skua_peer_memory memory;
	struct list_head list;
};

struct skua_peers {
	struct skua_peers_config cfg;
	struct skua_adapter *adapter; /* both: once it was given to fn */
	struct skua_function *fn;
	uint32_t block;
	int epoll_fd, listen_fd, port_fd;
	struct skua_peer_port *port;
	struct skua_tx *tx[SKUA_PEER_BLOCKS];
	struct list_head rx;	/* rx.list */
	struct list_head waiting; /* tx.waiting */
	uint32_t generation;	/* of QPs that became ready */
};

static inline uint32_t skua_peer_block(uint32_t qpn)
{
	return qpn >> SKUA_PEER_QPN_BITS & (SKUA_PEER_BLOCKS - 1);
}

/* socket.c */
int skua_peer_fd(struct skua_peers *peers, int fd);
void skua_peer_close(struct skua_peers *peers, int *fd);
/* Greet the peer of tx; its state says how that went. */
void skua_tx_greet(struct skua_tx *tx);
/* Nothing is there any more; who waited for room goes on. */
void skua_tx_gone(struct skua_tx *tx);
bool skua_rx_alive(const struct skua_rx *rx);
void skua_rx_free(struct skua_rx *rx);
/* Claim a block, the search begins with first. 0 or -errno. */
int skua_peers_listen(struct skua_peers *peers, uint32_t first);

/* rx.c: deliver what has come, at most about SKUA_TURN_BYTES; how many. */
unsigned int skua_rx_poll(struct skua_rx *rx);
/* Have the sender kick. False: there is something already. */
bool skua_rx_arm(struct skua_rx *rx);

/* tx.c */
void skua_tx_unpark(struct skua_tx *tx);

/* port.c */
struct skua_peer_port *skua_port_create(int *fd);

/* memory.c */
/* shared.h: in and out of the other's memory. */
void skua_tx_enter(struct skua_tx *tx);
void skua_tx_leave(struct skua_tx *tx);
void skua_rx_enter(struct skua_rx *rx);
void skua_rx_leave(struct skua_rx *rx);
/* The piece for len bytes at off of mk, in the arena if all of it lies there. */
void skua_peer_piece(const struct skua_peer_memory *mem,
		     const struct skua_peer_mkey *mk, uint64_t off,
		     uint64_t len, struct skua_piece *piece);
bool skua_peer_memory_works(const struct skua_peer_memory *mem,
			    const struct skua_peer_port *port);

#endif /* SKUA_PEER_H */
