// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * A device of this process: a function of its one adapter, with queues of events
 * and a doorbell page, and the commands that it is given. Who makes the adapter
 * work is in drive.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "arena.h"
#include "device.h"
#include "drive.h"
#include "file.h"
#include "host.h"
#include "ipsec/ipsec.h"
#include "skua_device.h"
#include "skua_own_user.h"
#include "skua_peers.h"
#include "skua_translate_qp.h"

#define VECTORS 4
#define EQ_LOG	12

/* Queues and memory are named by their addresses in this process. */
#define DMA_FIRST 4096ull
#define DMA_END	  (1ull << 47)

struct eq {
	pthread_mutex_t lock;
	uint32_t eqn, ci, serial;
	struct skua_hwi_eqe *ring;
	struct skua_hwi_cq_rec *rec;
};

struct skua_user_engine {
	struct skua_function *fn;
	struct skua_user_dev *dev;
	skua_user_event_fn events;
	struct skua_peers *peers;
	struct skua_hwi_query_device_out caps;
	int uar_fd;
	void *uar;
	struct eq eq[VECTORS + 1]; /* the last one is for async events */
	_Atomic uint32_t own_cqn; /* SKUA_HWI_NONE: none */
	int own_fd;
};

static pthread_mutex_t start_lock = PTHREAD_MUTEX_INITIALIZER;

/* Driving ------------------------------------------------------------------- */

void skua_user_kick(struct skua_user_dev *dev, uint32_t page, uint32_t val)
{
	skua_function_kick(dev->engine->fn, page, val);
	skua_drive_posted();
}

void skua_user_progress(struct skua_user_dev *dev)
{
	(void)dev;
	skua_drive_polled();
}

/* Events -------------------------------------------------------------------- */

/* The next entry of an EQ if the engine has written it (hwi §5). */
static const struct skua_hwi_eqe *eq_next(const struct eq *eq)
{
	const struct skua_hwi_eqe *eqe =
		&eq->ring[eq->ci & ((1u << EQ_LOG) - 1)];
	uint32_t owner = le32toh(__atomic_load_n(&eqe->owner, __ATOMIC_ACQUIRE));

	return (owner ^ eq->ci >> EQ_LOG) & SKUA_HWI_OWNER_PHASE ? eqe : NULL;
}

static void eq_arm(struct eq *eq)
{
	uint32_t arm = ++eq->serial << SKUA_HWI_ARM_SN_SHIFT | SKUA_HWI_ARM_ANY;

	__atomic_store_n(&eq->rec->ci, htole32(eq->ci), __ATOMIC_RELEASE);
	__atomic_store_n(&eq->rec->arm, htole32(arm), __ATOMIC_RELAXED);
	atomic_thread_fence(memory_order_seq_cst);
}

void skua_user_watch_cq(struct skua_user_dev *dev, uint32_t cqn, int fd)
{
	dev->engine->own_fd = fd;
	atomic_store(&dev->engine->own_cqn, cqn);
}

static void tell(struct skua_user_engine *e, const struct skua_hwi_eqe *eqe)
{
	const uint64_t one = 1;

	if (eqe->type != SKUA_HWI_EVENT_COMP ||
	    le32toh(eqe->obj) != atomic_load(&e->own_cqn))
		e->events(e->dev, eqe);
	else if (skua_native_write(e->own_fd, &one, sizeof(one)) < 0)
		return;
}

static void raised(void *ctx, unsigned int vector)
{
	struct skua_user_engine *e = ctx;
	struct eq *eq = &e->eq[vector];
	const struct skua_hwi_eqe *eqe;

	/* A program that waits for events may not poll in vain. */
	skua_drive_told();
	pthread_mutex_lock(&eq->lock);
	do {
		while ((eqe = eq_next(eq))) {
			tell(e, eqe);
			eq->ci++;
		}
		eq_arm(eq);
	} while (eq_next(eq));
	pthread_mutex_unlock(&eq->lock);
}

/* Commands ------------------------------------------------------------------ */

static int execute(struct skua_user_engine *e, uint16_t opcode, const void *in,
		   size_t in_len, void *out, size_t out_len)
{
	struct skua_hwi_cmd cmd = {
		.opcode = htole16(opcode),
		.state = SKUA_HWI_CMD_POSTED,
	};

	if (in_len > sizeof(cmd.in) || out_len > sizeof(cmd.out))
		return -EINVAL;
	if (in_len)
		memcpy(cmd.in, in, in_len);
	skua_function_execute(e->fn, &cmd);
	if (cmd.status)
		return skua_status_errno(cmd.status);
	if (out_len)
		memcpy(out, cmd.out, out_len);
	return 0;
}

int skua_user_cmd(struct skua_user_dev *dev, uint16_t opcode, const void *in,
		  size_t in_len, void *out, size_t out_len)
{
	int err = execute(dev->engine, opcode, in, in_len, out, out_len);

	/* What the command left to the engine, such as flushed requests. */
	skua_drive_now();
	return err;
}

/* Pages of 1 << shift bytes. */
static int page_list(uint64_t va, uint64_t len, uint8_t shift,
		     struct skua_hwi_pbl *pbl, void **list)
{
	const uint64_t page = 1ull << shift;
	uint64_t first = va & ~(page - 1), n, i;
	__le64 *pages;

	*list = NULL;
	if (va < DMA_FIRST || va >= DMA_END || len > DMA_END - va)
		return -EINVAL;
	n = len ? (va - first + len - 1) / page + 1 : 1;
	*pbl = (struct skua_hwi_pbl){
		.addr = htole64(first),
		.count = htole32(n),
		.offset = htole32(va - first),
		.page_shift = shift,
	};
	if (n == 1)
		return 0;
	pages = malloc(n * sizeof(*pages));
	if (!pages)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		pages[i] = htole64(first + i * page);
	pbl->addr = htole64((uintptr_t)pages);
	pbl->levels = 1;
	*list = pages;
	return 0;
}

int skua_user_pbl(uint64_t va, uint64_t len, struct skua_hwi_pbl *pbl,
		  void **list)
{
	/* The larger the pages the shorter the list, and they need not exist. */
	return page_list(va, len, SKUA_HWI_PAGE_SHIFT_MAX, pbl, list);
}

int skua_user_ring_pbl(uint64_t va, uint64_t len, struct skua_hwi_pbl *pbl,
		       void **list)
{
	return page_list(va, len, SKUA_HWI_PAGE_SHIFT_MIN, pbl, list);
}

/* Start --------------------------------------------------------------------- */

/* Memory of ours, and not of the children. */
static void *own_memory(size_t len, int fd)
{
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (p == MAP_FAILED)
		return NULL;
	madvise(p, len, MADV_DONTFORK);
	return p;
}

static int start_eq(struct skua_user_engine *e, unsigned int vector)
{
	const size_t ring = sizeof(struct skua_hwi_eqe) << EQ_LOG;
	struct skua_hwi_create_eq_in in = {
		.log_size = EQ_LOG,
		.vector = htole32(vector),
		.flags = htole32(vector == VECTORS ? SKUA_HWI_EQ_ASYNC : 0),
	};
	struct skua_hwi_handle_out out;
	struct eq *eq = &e->eq[vector];
	void *list;
	int err;

	pthread_mutex_init(&eq->lock, NULL);
	eq->ring = own_memory(ring + sizeof(*eq->rec), -1);
	if (!eq->ring)
		return -ENOMEM;
	eq->rec = (void *)((uint8_t *)eq->ring + ring);
	eq_arm(eq);
	err = skua_user_ring_pbl((uintptr_t)eq->ring, ring + sizeof(*eq->rec),
				 &in.pbl, &list);
	if (!err)
		err = execute(e, SKUA_HWI_CMD_CREATE_EQ, &in, sizeof(in), &out,
			      sizeof(out));
	free(list);
	eq->eqn = le32toh(out.handle);
	return err;
}

static uint32_t eth_mtu(const struct skua_user_engine *e)
{
	uint32_t link = skua_adapter_link_mtu(skua_user_host());
	uint16_t own = le16toh(e->caps.max_mtu);

	return link < own ? link : own;
}

static int start_port(struct skua_user_engine *e)
{
	const struct skua_user_dev *dev = e->dev;
	struct skua_hwi_set_port_in port = { .flags = htole32(SKUA_HWI_PORT_UP) };
	struct skua_hwi_set_gid_in gid;
	unsigned int i;
	int err = 0;

	memcpy(port.mac, dev->mac, sizeof(port.mac));
	port.mtu = htole16(eth_mtu(e));
	for (i = 0; !err && i < dev->ngids; i++) {
		gid = (struct skua_hwi_set_gid_in){
			.index = i,
			.valid = 1,
			.vlan = htole16(SKUA_HWI_VLAN_NONE),
		};
		memcpy(gid.smac, dev->gid[i].mac, sizeof(gid.smac));
		memcpy(gid.gid, dev->gid[i].raw, sizeof(gid.gid));
		err = execute(e, SKUA_HWI_CMD_SET_GID, &gid, sizeof(gid), NULL,
			      0);
	}
	return err ? err
		   : execute(e, SKUA_HWI_CMD_SET_PORT, &port, sizeof(port),
			     NULL, 0);
}

static int start_uar(struct skua_user_engine *e)
{
	int fd = memfd_create("skua-doorbells", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	e->uar_fd = skua_file_hide(fd);
	if (e->uar_fd < 0)
		return e->uar_fd;
	if (ftruncate(e->uar_fd, SKUA_HWI_UAR_BAR_SIZE))
		return -errno;
	e->uar = own_memory(SKUA_HWI_UAR_BAR_SIZE, e->uar_fd);
	return e->uar ? 0 : -ENOMEM;
}

/* Which other users' processes may connect: as SKUA_USER says. */
static bool peer_allowed(uid_t uid, gid_t gid)
{
	(void)uid;
	switch (skua_user_share()) {
	case SKUA_USER_SHARE_ALL:
		return true;
	case SKUA_USER_SHARE_GROUP:
		return skua_own_group(gid);
	default:
		return false;
	}
}

static int start_peers(struct skua_user_engine *e)
{
	const struct skua_peers_config cfg = {
		.wake_fd = skua_drive_wake_fd(),
		.arena_fd = skua_arena_fd(),
		.arena_size = skua_arena_fd() >= 0 ? skua_arena_size() : 0,
		.find = skua_arena_find,
		.allowed = peer_allowed,
		.keep_fd = skua_file_hide,
		.close_fd = skua_file_unhide,
	};

	/* Who has a link wants to see packets on it. */
	if (skua_user_link())
		return 0;
	e->peers = skua_peers_create(&cfg);
	return e->peers ? 0 : -errno;
}

static int start_function(struct skua_user_engine *e)
{
	static const struct skua_function_ops ops = { .raise = raised };
	struct skua_function_config cfg = {
		.vectors = VECTORS + 1,
		.uar = e->uar,
		.ops = &ops,
		.ctx = e,
		.peers = e->peers,
	};
	unsigned int i;
	int err;

	(void)!getrandom(&cfg.qpn_salt, sizeof(cfg.qpn_salt), GRND_NONBLOCK);
	memcpy(cfg.mac, e->dev->mac, sizeof(cfg.mac));
	e->fn = skua_function_create(skua_user_host(), &cfg);
	if (!e->fn)
		return -errno;
	err = skua_dma_map(e->fn, DMA_FIRST, DMA_END - DMA_FIRST,
			   (void *)DMA_FIRST, true);
	if (!err)
		err = execute(e, SKUA_HWI_CMD_QUERY_DEVICE, NULL, 0, &e->caps,
			      sizeof(e->caps));
	for (i = 0; !err && i <= VECTORS; i++)
		err = start_eq(e, i);
	return err ? err : start_port(e);
}

static void stop_device(struct skua_user_engine *e)
{
	unsigned int i;

	if (e->fn)
		skua_function_destroy(e->fn);
	if (e->peers)
		skua_peers_destroy(e->peers);
	for (i = 0; i <= VECTORS; i++) {
		if (e->eq[i].ring)
			munmap(e->eq[i].ring,
			       (sizeof(struct skua_hwi_eqe) << EQ_LOG) +
				       sizeof(struct skua_hwi_cq_rec));
	}
	if (e->uar)
		munmap(e->uar, SKUA_HWI_UAR_BAR_SIZE);
	if (e->uar_fd >= 0)
		skua_file_unhide(e->uar_fd);
	free(e);
}

static int start_device(struct skua_user_dev *dev, skua_user_event_fn events)
{
	struct skua_user_engine *e = calloc(1, sizeof(*e));
	int err;

	if (!e)
		return -ENOMEM;
	e->dev = dev;
	e->events = events;
	e->uar_fd = -1;
	e->own_cqn = SKUA_HWI_NONE;
	err = start_uar(e);
	if (!err)
		err = start_peers(e);
	if (!err)
		err = start_function(e);
	if (!err) {
		dev->engine = e;
		err = skua_user_ipsec_start(dev);
	}
	if (err) {
		dev->engine = NULL;
		stop_device(e);
		return err;
	}
	if (e->peers)
		skua_drive_add_peers(e->peers);
	skua_drive_wake();
	return 0;
}

int skua_user_start(struct skua_user_dev *dev, skua_user_event_fn events)
{
	int err = 0;

	pthread_mutex_lock(&start_lock);
	if (!dev->engine) {
		err = skua_user_host_start();
		if (!err)
			err = start_device(dev, events);
	}
	pthread_mutex_unlock(&start_lock);
	return err;
}

const struct skua_hwi_query_device_out *
skua_user_caps(const struct skua_user_dev *dev)
{
	return &dev->engine->caps;
}

uint8_t skua_user_mtu(const struct skua_user_dev *dev)
{
	/* IPv6, UDP, BTH, the longest extended headers, ICRC */
	const uint32_t headers =
		40 + 8 + 12 + 32 + 4 + skua_user_ipsec_overhead();
	uint8_t mtu = SKUA_IB_MTU_4096;

	while (mtu > SKUA_IB_MTU_256 &&
	       (128u << mtu) + headers > eth_mtu(dev->engine))
		mtu--;
	return mtu;
}

uint32_t skua_user_eqn(struct skua_user_dev *dev, unsigned int vector)
{
	return dev->engine->eq[vector].eqn;
}

unsigned int skua_user_vectors(void)
{
	return VECTORS;
}

int skua_user_uar_fd(struct skua_user_dev *dev)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", dev->engine->uar_fd);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

struct skua_hwi_db_slot *skua_user_own_doorbell(struct skua_user_dev *dev)
{
	return (void *)((uint8_t *)dev->engine->uar +
			(SKUA_USER_UAR_PAGES << SKUA_HWI_UAR_PAGE_SHIFT));
}

void skua_user_refresh(void)
{
	skua_drive_refresh_peers();
}

void skua_user_engine_exit(void)
{
	if (!skua_user_host())
		return;
	skua_drive_now();
	skua_user_ipsec_end();
	skua_user_host_end();
}

/* The parent's memory is not here, nor its thread; what is left is let go. */
void skua_user_engine_forked(void)
{
	unsigned int i;

	for (i = 0; i < skua_user_devices(); i++)
		skua_user_device(i)->engine = NULL;
	skua_user_ipsec_forked();
	skua_user_host_forked();
	skua_drive_forked();
	pthread_mutex_init(&start_lock, NULL);
}
