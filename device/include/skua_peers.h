/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Functions of several processes on one machine that reach each other with no
 * set-up: each has a block of QPNs that no other function of the same network
 * namespace has, and a packet whose QPN is not in it goes to who has it.
 */
#ifndef SKUA_PEERS_API_H
#define SKUA_PEERS_API_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct skua_peers;

struct skua_peers_config {
	/* Peers write to this eventfd when the caller has to poll again. */
	int wake_fd;
	/*
	 * A memfd that cannot shrink, in which registered memory lies that
	 * peers of the same user may map; -1: none. find says what of
	 * [va, va + len) lies there in one piece, page by page.
	 */
	int arena_fd;
	uint64_t arena_size;
	bool (*find)(uint64_t va, uint64_t len, uint64_t *first, uint64_t *size,
		     uint64_t *off);
	/* May a process of another user connect? NULL: none may. */
	bool (*allowed)(uid_t uid, gid_t gid);
	/*
	 * Every descriptor that is opened comes by: the number to use, or
	 * -errno, then fd was closed. NULL, both: as they are.
	 */
	int (*keep_fd)(int fd);
	void (*close_fd)(int fd);
};

/* Claims a block. NULL and errno. */
struct skua_peers *skua_peers_create(const struct skua_peers_config *cfg);
/* After the function that it was given to, before its adapter. */
void skua_peers_destroy(struct skua_peers *peers);

/* For skua_function_config. */
uint32_t skua_peers_qpn_base(const struct skua_peers *peers);
uint8_t skua_peers_qpn_bits(void);

/* What cfg.find says has changed; on return no peer uses the old. */
void skua_peers_refresh(struct skua_peers *peers);

/*
 * Readable when skua_peers_service() is to be called, by one thread at a time
 * and without a lock of the adapter.
 */
int skua_peers_fd(const struct skua_peers *peers);
void skua_peers_service(struct skua_peers *peers);

#endif /* SKUA_PEERS_API_H */
