/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The adapters of this process: who they are (identity.c), and the engine
 * behind them (engine.c), which is started when one is first opened.
 */
#ifndef SKUA_USER_DEVICE_H
#define SKUA_USER_DEVICE_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "skua_hwi.h"

#define SKUA_USER_MAX_DEVICES 8

/* Identity: identity.c ----------------------------------------------------- */

/* An entry of the GID table; all entries are RoCE v2. */
struct skua_user_gid {
	uint8_t raw[16];	/* IPv4 as ::ffff:a.b.c.d */
	uint8_t mac[6];		/* of the device, or with a link that of the address */
	char ifname[IF_NAMESIZE];
	uint32_t ifindex;
};

struct skua_user_dev {
	unsigned int index;
	char name[16];		/* skua0 */
	uint8_t mac[6];		/* the same in every process of the machine */
	uint64_t guid;		/* EUI-64 of the MAC, host order */
	unsigned int ngids;
	struct skua_user_gid gid[SKUA_HWI_MAX_GID];
	struct skua_user_engine *engine; /* engine.c; NULL until started */
};

/*
 * The devices that SKUA_USER asks for (skua-run(1)), read once; no thread is
 * started and no file opened for it. Addresses of the machine's interfaces
 * that are up become GIDs, loopback last, unless the variable names others.
 */
unsigned int skua_user_devices(void);
/* NULL when there is no such device. */
struct skua_user_dev *skua_user_device(unsigned int index);
/* Whose processes may connect to the devices of this one: share= of SKUA_USER. */
enum skua_user_share {
	SKUA_USER_SHARE_USER,
	SKUA_USER_SHARE_GROUP,
	SKUA_USER_SHARE_ALL,
};
enum skua_user_share skua_user_share(void);
/* link=, impair=, capture=, cc= and control= of SKUA_USER, or NULL. */
const char *skua_user_link(void);
const char *skua_user_impair(void);
const char *skua_user_capture(void);
const char *skua_user_cc(void);
const char *skua_user_control(void);
/* ipsec= of SKUA_USER, or -1. */
int skua_user_ipsec(void);
/* recovery=go-back-n of SKUA_USER. */
bool skua_user_go_back_n(void);
/* Index of gid in the table, or -1. */
int skua_user_find_gid(const struct skua_user_dev *dev, const uint8_t gid[16]);
/* The interface of a link packet:INTERFACE, or NULL. */
const char *skua_user_link_interface(void);
/* On the link Ethernet addresses are asked for (engine.c). */
bool skua_user_has_neighbours(void);
/*
 * Where a packet to gid goes. 0 with the Ethernet address, which is nobody's
 * here if the address is one that other processes may have; -EHOSTUNREACH if
 * nobody can have it, or does. With a link the engine of dev has been started,
 * and it may take a second to ask.
 */
int skua_user_resolve(const struct skua_user_dev *dev, const uint8_t gid[16],
		      uint8_t dmac[6]);

/* Engine: engine.c --------------------------------------------------------- */

/*
 * What happened to objects of dev: entries of its event queues (hwi §5), of
 * types COMP and all asynchronous ones. Called by any thread, with no lock of
 * the engine held; it must not block. An event of an object that was just
 * destroyed may still come.
 */
typedef void (*skua_user_event_fn)(struct skua_user_dev *dev,
				   const struct skua_hwi_eqe *eqe);

/*
 * Start the engine if it does not run; it stays until the process ends.
 * events is the same function in every call. 0 or -errno.
 */
int skua_user_start(struct skua_user_dev *dev, skua_user_event_fn events);

/*
 * Execute a command (hwi §9) at once. in and out may be NULL with a length of
 * 0. 0 or the negative errno that skua_core gives for the same status; what
 * the errors mean is in hwi §9.1. On return of a command that destroys, no
 * access through the object is under way, in this or any other process.
 */
int skua_user_cmd(struct skua_user_dev *dev, uint16_t opcode, const void *in,
		  size_t in_len, void *out, size_t out_len);

/* The answer of QUERY_DEVICE; valid once the engine was started. */
const struct skua_hwi_query_device_out *
skua_user_caps(const struct skua_user_dev *dev);

/*
 * The path MTU of the port (enum ib_mtu), which is that of the link; of a
 * device whose engine was started.
 */
uint8_t skua_user_mtu(const struct skua_user_dev *dev);

/* The handle of the EQ of a completion vector, below skua_user_vectors(). */
uint32_t skua_user_eqn(struct skua_user_dev *dev, unsigned int vector);
unsigned int skua_user_vectors(void);

/*
 * A page list of [va, va + len), for a ring or a region: DMA addresses are
 * virtual addresses here. *list is memory that the list needs until the
 * command has returned, for the caller to free(). 0, -EINVAL, -ENOMEM.
 */
int skua_user_pbl(uint64_t va, uint64_t len, struct skua_hwi_pbl *pbl,
		  void **list);

/* The same for a ring, whose pages begin where it begins; va is page-aligned. */
int skua_user_ring_pbl(uint64_t va, uint64_t len, struct skua_hwi_pbl *pbl,
		       void **list);

/*
 * A new descriptor of the doorbell memory (SKUA_HWI_UAR_BAR_SIZE bytes): page
 * n of it is doorbell page n. The caller's to close. -errno on failure.
 */
int skua_user_uar_fd(struct skua_user_dev *dev);

/*
 * Queues of this library itself. Events of the completion queue are counted in
 * the eventfd fd instead of told; there is one such queue in a device. Its QP
 * has the first slot of the doorbell page behind those of programs.
 */
void skua_user_watch_cq(struct skua_user_dev *dev, uint32_t cqn, int fd);
struct skua_hwi_db_slot *skua_user_own_doorbell(struct skua_user_dev *dev);
#define SKUA_USER_UAR_PAGES (SKUA_HWI_UAR_PAGES - 1)

/* A write of val to kick page number page (hwi §3). Cheap, never blocks. */
void skua_user_kick(struct skua_user_dev *dev, uint32_t page, uint32_t val);
/* The caller polls and found nothing: lend the engine its time. */
void skua_user_progress(struct skua_user_dev *dev);

/* The Ethernet address of gid, from who has it on the link; or -EHOSTUNREACH. */
int skua_user_neighbour(const struct skua_user_dev *dev, const uint8_t gid[16],
			uint8_t mac[6]);

/* What was found out about memory has changed: show the peers what there is. */
void skua_user_refresh(void);

/* Process: fork.c and engine.c, called by the preload library -------------- */

/* In the child of a fork: nothing of the parent's engine is used any more. */
void skua_user_engine_forked(void);
/* The process ends: say what is still unsaid to the peers. */
void skua_user_engine_exit(void);

#endif /* SKUA_USER_DEVICE_H */
