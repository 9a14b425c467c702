/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Inside of the adapter: objects, and who may touch them.
 *
 * The engine lock. Whoever holds adapter->engine is "the engine": the engine
 * thread for the length of a pass, the firmware while it commits a command,
 * the transport while it changes a memory map or resets a function. All object
 * tables, rings, mkeys and queue state belong to the holder, so the data path
 * takes no other lock and none per message. Who waits for it says so in
 * engine_waiters and the engine thread lets go between passes; a pass is
 * bounded by PASS_BYTES, hence so is the wait, and when a destroy has returned
 * no DMA through the object is under way.
 *
 * fn->map_lock guards the memory map against readers that do not hold the
 * engine lock (the firmware copying page lists). The map's writers hold both,
 * engine lock last. adapter->fw_lock is held while one command runs or a
 * function is reset; order: fw_lock, map_lock, engine. Objects come and go
 * only under fw_lock and the engine lock together, so the firmware may look
 * them up with fw_lock alone.
 */
#ifndef SKUA_NIC_H
#define SKUA_NIC_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <endian.h>

#include "skua_cc.h"
#include "skua_device.h"
#include "skua_hwi.h"
#include "link/shown.h"
#include "list.h"
#include "rdma/refusal.h"
#include "thread.h"

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

#define SKUA_MAX_FUNCTIONS 64
#define SKUA_LOG_MAX_QP    16
#define SKUA_LOG_MAX_CQ    16
#define SKUA_LOG_MAX_SRQ   14
#define SKUA_LOG_MAX_MKEY  18
#define SKUA_LOG_MAX_PD    14
#define SKUA_LOG_MAX_EQ    7
#define SKUA_MAX_RD_ATOMIC 16

/* What one QP may move in one turn before the next has its turn, in bytes. */
#define SKUA_TURN_BYTES (256u << 10)
#define SKUA_TURN_WQES  64u

struct skua_qp;
struct skua_cc;
struct skua_packet;
struct skua_held;
struct skua_sa;
struct skua_steer;

/* Guest memory: map.c ------------------------------------------------------ */

struct skua_dma_range {
	uint64_t iova;
	uint64_t size;
	uint8_t *host;
	bool writable;
};

struct skua_map {
	struct skua_dma_range *range; /* sorted by iova, disjoint */
	unsigned int n;
	uint32_t gen;		/* raised by every change */
};

/* Host address of all of [iova, iova + len), or NULL. */
void *skua_map_ptr(const struct skua_map *map, uint64_t iova, uint64_t len,
		   bool write);
/* Host address of iova, or NULL; cuts *len to what follows in one piece. */
void *skua_map_span(const struct skua_map *map, uint64_t iova, uint64_t *len,
		    bool write);

/* A page list that was copied out of guest memory, or of a part of it. */
struct skua_pages {
	uint64_t *page;		/* DMA addresses; NULL when n is 0 */
	uint32_t n;
	uint32_t offset;	/* of the object in the first page */
	uint8_t shift;
};
/* What all page lists of a function may add up to: 64 GiB in small pages. */
#define SKUA_MAX_PAGES (1u << 24)

/*
 * Firmware: copy and check pbl, which must span at least bytes from its
 * offset. SKUA_HWI_OK, or a command status, and for BAD_PARAM in *field the
 * offset of the culprit in *pbl. max_pages bounds the allocation.
 */
int skua_pages_read(struct skua_function *fn, const struct skua_hwi_pbl *pbl,
		    uint64_t bytes, uint32_t max_pages, struct skua_pages *out,
		    uint32_t *field);
/* The two steps of it, for the engine, which has room for capacity pages. */
int skua_pages_check(const struct skua_hwi_pbl *pbl, uint64_t bytes,
		     uint32_t max_pages, uint32_t *field);
int skua_pages_copy(struct skua_function *fn, const struct skua_hwi_pbl *pbl,
		    struct skua_pages *out);
/* Room for n pages, none of them known yet. Command status. */
int skua_pages_reserve(struct skua_function *fn, uint32_t n,
		       struct skua_pages *out);
void skua_pages_free(struct skua_function *fn, struct skua_pages *pages);

/* Queue memory: page-aligned, so that no entry straddles a page. ring.c */
struct skua_ring {
	struct skua_pages pages;
	uint8_t **host;		/* per page, resolved for map generation gen */
	uint32_t gen;
	uint64_t bytes;
};
/* Firmware. Command status; *field as skua_pages_read() has it. */
int skua_ring_init(struct skua_function *fn, struct skua_ring *ring,
		   const struct skua_hwi_pbl *pbl, uint64_t bytes,
		   uint32_t *field);
void skua_ring_fini(struct skua_function *fn, struct skua_ring *ring);
void skua_ring_resolve(struct skua_function *fn, struct skua_ring *ring);

/* Tables of objects named by index and generation: table.c ----------------- */

struct skua_table {
	void **slot;
	uint16_t *gen;
	uint32_t *free;		/* stack of free indexes, grown on demand */
	uint32_t nfree, high, used, max;
	uint8_t log, gen_bits;	/* handle: gen << log | index, 32 bits at most */
	uint32_t base;		/* set in every handle, above these */
};
/* The lowest first indexes are never given out. */
int skua_table_init(struct skua_table *t, uint8_t log, uint8_t gen_bits,
		    uint32_t first);
void skua_table_fini(struct skua_table *t);
/* 0, or -ENOSPC, -ENOMEM. */
int skua_table_add(struct skua_table *t, void *obj, uint32_t *handle);
void *skua_table_get(const struct skua_table *t, uint32_t handle);
void *skua_table_remove(struct skua_table *t, uint32_t handle);
/* Every object there is; the current one may be removed meanwhile. */
#define for_each_object(obj, i, t)             \
	for (i = 0; i < (t)->high; i++)        \
		if (((obj) = (t)->slot[i]))

/* Protection domains ------------------------------------------------------- */

struct skua_pd {
	uint32_t pdn;
	uint32_t refs;		/* mkeys, QPs, SRQs */
};

/* Memory keys: mkey.c ------------------------------------------------------ */

struct skua_mkey {
	uint32_t key;		/* index << 8 | variant, 0 variant bits checked */
	uint32_t pdn;
	uint32_t qpn;		/* type 2 window: the QP it is bound to */
	uint8_t type;		/* enum skua_hwi_mkey_type */
	uint8_t access;
	bool valid;		/* false: FAST or MW not registered, invalidated */
	uint64_t iova, len;
	struct skua_pages pages;
	uint32_t capacity;	/* FAST: pages at most */
	struct skua_mkey *mr;	/* a bound window: its region */
	uint32_t windows;	/* windows bound to this region */
};

#define SKUA_ACCESS_REMOTE                                            \
	(SKUA_HWI_ACCESS_REMOTE_WRITE | SKUA_HWI_ACCESS_REMOTE_READ | \
	 SKUA_HWI_ACCESS_REMOTE_ATOMIC)
bool skua_access_sane(uint8_t access);

/*
 * An mkey may be destroyed or invalidated whenever the engine lets go of its
 * lock: nobody keeps a pointer to one from one pass to the next.
 */
struct skua_mkey *skua_mkey_get(struct skua_function *fn, uint32_t key);
/* The mkey that has key's index, whatever its variant. */
struct skua_mkey *skua_mkey_by_index(struct skua_function *fn, uint32_t key);
/*
 * May a request of protection domain pdn touch [addr, addr + len) of key with
 * all of access? The mkey, or NULL. qpn matters to type 2 windows. Without a
 * remote right in access the request is local, and windows are refused.
 */
struct skua_mkey *skua_mkey_check(struct skua_function *fn, uint32_t key,
				  uint32_t pdn, uint32_t qpn, uint64_t addr,
				  uint64_t len, uint8_t access);
/*
 * Host address of the first byte, and in *len how many follow it in one piece
 * (at most *len as it came in). NULL when the page is not in guest memory or
 * not writable. The range was checked before.
 */
void *skua_mkey_span(struct skua_function *fn, const struct skua_mkey *mk,
		     uint64_t addr, uint64_t *len, bool write);
/* Work requests on keys; SKUA_HWI_CQE_* (§9.5). */
int skua_mkey_local_inv(struct skua_function *fn, uint32_t key, uint32_t pdn,
			uint32_t qpn);
int skua_mkey_reg(struct skua_function *fn, const struct skua_hwi_wqe_reg *wqe,
		  uint32_t pdn);
int skua_mkey_bind(struct skua_function *fn,
		   const struct skua_hwi_wqe_bind *wqe, uint32_t pdn,
		   uint32_t qpn);
/* Firmware and reset. */
void skua_mkey_unbind(struct skua_mkey *mw);
void skua_mkey_destroy(struct skua_function *fn, struct skua_mkey *mk);
void skua_pd_destroy(struct skua_function *fn, struct skua_pd *pd);

/* Timers: timer.c ---------------------------------------------------------- */

struct skua_timer {
	uint64_t due;
	uint32_t heap;		/* position + 1; 0: not set */
	void (*fire)(struct skua_adapter *ad, struct skua_timer *t);
};
void skua_timer_set(struct skua_adapter *ad, struct skua_timer *t,
		    uint64_t due);
void skua_timer_clear(struct skua_adapter *ad, struct skua_timer *t);
/* Room for n more timers, so that setting one cannot fail. 0 or -ENOMEM. */
int skua_timer_reserve(struct skua_adapter *ad, uint32_t n);
void skua_timer_release(struct skua_adapter *ad, uint32_t n);
/* Engine: fire all that are due; how many. */
unsigned int skua_timers_run(struct skua_adapter *ad);

/* Event and completion queues: eq.c, cq.c ---------------------------------- */

struct skua_eq {
	struct skua_function *fn;
	uint32_t eqn;
	struct skua_ring ring;
	uint8_t log;
	bool error;		/* lost its memory */
	uint32_t pi;
	uint32_t ci;		/* as last read from the record */
	uint32_t fired;		/* serial number last answered with an interrupt */
	uint32_t vector;
	uint32_t flags;
	uint32_t refs;		/* CQs */
	struct list_head waiting; /* CQs whose event found no room */
	struct list_head blocked; /* on adapter->blocked_eqs if there are any */
	struct list_head dirty;	/* on adapter->dirty_eqs in this pass */
};

/* Completion event of cq, now or as soon as there is room. */
struct skua_cq;
void skua_eq_comp(struct skua_cq *cq);
/* Engine: retry what waits for room, then look whether EQs are armed. */
void skua_eq_flush(struct skua_adapter *ad);
/* Firmware and reset: out of all lists, references dropped, memory freed. */
void skua_eq_destroy(struct skua_eq *eq);

/* Async event; lost if there is no async EQ, or no room in it (§5). */
void skua_event(struct skua_function *fn, uint8_t type, uint32_t obj,
		uint64_t data);

struct skua_cq {
	struct skua_function *fn;
	uint32_t cqn;
	struct skua_ring ring;
	uint8_t log;
	bool error;		/* overflowed or lost its memory */
	bool solicited;		/* a solicited or failed CQE since the last look */
	uint16_t mod_count;	/* completions an event may wait for */
	uint16_t mod_us;	/* and how long */
	uint32_t pi;
	uint32_t ci;		/* as last read from the record */
	uint32_t fired;
	uint32_t told;		/* pi when the last event was raised */
	struct skua_timer timer; /* an event is held back until then */
	struct skua_eq *eq;	/* NULL: never an event */
	uint32_t refs;		/* QPs, twice if it serves both queues */
	struct list_head dirty;	/* on adapter->dirty_cqs in this pass */
	struct list_head waiting;
};

/*
 * Complete. Fills in timestamp and owner, publishes the CQE, and puts the CQ
 * on the dirty list; skua_cq_flush() then looks once a pass whether it is
 * armed. False when the CQ is in error: the caller's QP must go to ERR.
 */
bool skua_cq_push(struct skua_cq *cq, struct skua_hwi_cqe *cqe,
		  bool solicited);
void skua_cq_flush(struct skua_adapter *ad);
/* cq->timer.fire */
void skua_cq_moderated(struct skua_adapter *ad, struct skua_timer *t);
void skua_cq_destroy(struct skua_cq *cq);

/* Send and receive queues: sq.c, rq.c, doorbell.c -------------------------- */

struct skua_sq {
	struct skua_ring ring;
	uint8_t log;		/* blocks; SKUA_HWI_LOG_NONE: there is no SQ */
	uint32_t pi;		/* as last read from the slot and checked */
	uint32_t fetch;		/* next block to be fetched */
	uint32_t ci;		/* oldest block not yet completed */
	bool broken;		/* where WQEs start is lost: not to be flushed */
	struct skua_hwi_db_slot *slot;
	uint32_t slot_index;	/* page * SKUA_HWI_DB_SLOTS + slot */
	uint64_t seen_ns;	/* when pi last moved */
	struct list_head hot;	/* on adapter->hot while the engine polls it */
};

/* A WQE copied out of the ring: from then on nobody can change it. */
struct skua_wqe {
	uint32_t index;		/* of its first block */
	uint8_t num_bb;
	uint8_t buf[SKUA_HWI_WQE_MAX_BB * SKUA_HWI_WQE_BB]
		__attribute__((aligned(64)));
};
/*
 * Copy the WQE at block index at (between sq->ci and sq->pi). 0, -EINVAL for a
 * block count of zero, too large or beyond pi, -EFAULT for lost ring memory.
 */
int skua_sq_read(struct skua_qp *qp, uint32_t at, struct skua_wqe *wqe);

/* Doorbells (§3), by the engine. */
void skua_db_attach(struct skua_qp *qp);
void skua_db_detach(struct skua_qp *qp);
/* Poll the slot of qp from now on. */
void skua_db_heat(struct skua_qp *qp);
/* Look at every polled slot; how many moved. */
unsigned int skua_db_poll(struct skua_adapter *ad);
/* Carry out the kicks that came in since the last call; how many. */
unsigned int skua_db_kicks(struct skua_adapter *ad);
bool skua_db_kicked(struct skua_adapter *ad);
/* Stop polling all slots; false if one moved, and is polled on. */
bool skua_db_rest(struct skua_adapter *ad);

struct skua_rq {
	struct skua_ring ring;	/* record behind the entries */
	uint8_t log;		/* entries */
	uint8_t log_stride;
	uint32_t pi;		/* as last read from the record */
	uint32_t ci;
};

static inline uint64_t skua_rq_bytes(const struct skua_rq *rq)
{
	return (1ull << rq->log << rq->log_stride) +
	       sizeof(struct skua_hwi_rq_rec);
}

struct skua_srq {
	struct skua_function *fn;
	uint32_t srqn;
	uint32_t pdn;
	struct skua_rq rq;
	uint32_t limit;
	uint32_t refs;
	bool error;
};

struct skua_sg {
	uint64_t addr;
	uint32_t len;
	uint32_t key;
};

struct skua_recv {
	uint32_t tag;
	unsigned int n;
	uint64_t bytes;		/* sum of the lengths */
	struct skua_sg sg[SKUA_HWI_MAX_SGE];
};
/*
 * Take the next receive of qp (its RQ or SRQ). 0; -ENOENT: none is posted;
 * -EINVAL: taken, but malformed, and of rv only tag is valid; -EFAULT:
 * impossible producer index, or the ring's memory is lost.
 */
int skua_recv_take(struct skua_qp *qp, struct skua_recv *rv);
/* Undo the last take: the message was dropped instead (§7). */
void skua_recv_return(struct skua_qp *qp);
/* Report SRQ_LIMIT if fewer than the limit are left. */
void skua_srq_check_limit(struct skua_srq *srq);
void skua_srq_destroy(struct skua_srq *srq);
/* In ERR: ask the driver for kicks when it posts more receives (§7). */
void skua_rq_arm(struct skua_qp *qp, bool armed);

/* Queue pairs: qp.c; the kinds of them live in rdma/ and eth/ -------------- */

/*
 * A kind of QP. All are called by the engine. size is that of the structure
 * that begins with struct skua_qp.
 */
struct skua_qp_ops {
	size_t size;
	/* After the common part is set up; command status. */
	int (*init)(struct skua_qp *qp);
	/* Stop all use of other objects; the memory is freed by the caller. */
	void (*fini)(struct skua_qp *qp);
	/*
	 * A turn: send what may be sent, at most about SKUA_TURN_BYTES. True
	 * when there is more to do right now.
	 */
	bool (*turn)(struct skua_qp *qp);
	/* A packet for this QP; it is valid only during the call. */
	void (*receive)(struct skua_qp *qp, struct skua_packet *pkt);
	/* qp->timer expired. */
	void (*timer)(struct skua_qp *qp);
	/*
	 * The state or attributes changed (already stored in qp->attr). old is
	 * the state before. RESET starts afresh; ERR flushes.
	 */
	void (*modified)(struct skua_qp *qp, uint8_t old, uint32_t mask);
	/* The driver kicked the RQ: flush what was posted in ERR. */
	void (*rq_kick)(struct skua_qp *qp);
};

/* skua_hwi_qp_attr in host order. */
struct skua_qp_attr {
	uint8_t state, access, path_mtu, timeout, retry_cnt, rnr_retry;
	uint8_t min_rnr_timer, max_rd_atomic, max_dest_rd_atomic, sqd_event;
	uint16_t pkey_index;
	uint32_t qkey, rq_psn, sq_psn, dest_qpn;
	struct skua_hwi_av av;
};

struct skua_qp {
	const struct skua_qp_ops *ops;
	struct skua_function *fn;
	uint32_t qpn;
	uint32_t pdn;
	uint8_t type;		/* enum skua_hwi_qp_type */
	bool sq_draining;
	struct skua_qp_attr attr; /* attr.state is the state */
	struct skua_sq sq;
	struct skua_rq rq;	/* unused with an SRQ */
	struct skua_srq *srq;
	struct skua_cq *send_cq, *recv_cq;
	struct skua_timer timer;
	struct list_head active; /* on adapter->active while it wants turns */
	struct list_head parked; /* while it waits for room to a peer */
	struct skua_cc *cc;	/* NULL: not slowed down */
	uint64_t told;		/* when its peer was told of congestion */
};

/* The kinds; NULL for a type that does not exist. */
const struct skua_qp_ops *skua_qp_ops(uint8_t type);
extern const struct skua_qp_ops skua_rc_ops;	/* rdma/ */
extern const struct skua_qp_ops skua_uc_ops;
extern const struct skua_qp_ops skua_ud_ops;	/* UD and GSI */
extern const struct skua_qp_ops skua_eth_ops;	/* eth/ */

/* Let qp have turns until its turn() says that there is nothing to do. */
void skua_qp_activate(struct skua_qp *qp);
/* To ERR, from the engine itself; ops->modified() does the flushing. */
void skua_qp_error(struct skua_qp *qp);
/* The same where no CQE can say why: with EVENT_QP_FATAL (§8.3). */
void skua_qp_lost(struct skua_qp *qp);
struct skua_qp *skua_qp_get(struct skua_function *fn, uint32_t qpn);
/* Of a QP that never is in SQE: does it take packets in its state (IBTA 10.3.1)? */
static inline bool skua_qp_receives(const struct skua_qp *qp)
{
	switch (qp->attr.state) {
	case SKUA_HWI_QPS_RTR:
	case SKUA_HWI_QPS_RTS:
	case SKUA_HWI_QPS_SQD:
		return true;
	default:
		return false;
	}
}
/* Firmware: a new state and new attributes, which have been checked. */
void skua_qp_modify(struct skua_qp *qp, uint8_t state, uint32_t mask);
/* Firmware and reset: out of all lists, references dropped; memory freed. */
void skua_qp_unpublish(struct skua_qp *qp);
void skua_qp_free(struct skua_qp *qp);
/* Both, after ops->fini(). */
void skua_qp_destroy(struct skua_qp *qp);
/* qp->timer.fire */
void skua_qp_timer(struct skua_adapter *ad, struct skua_timer *t);
/* Its function is fatal: it stays as it is, and off all lists. */
void skua_qp_freeze(struct skua_qp *qp);

/* Function and adapter ----------------------------------------------------- */

struct skua_gid {
	bool valid;
	uint8_t gid[16];
	uint8_t smac[6];
	uint16_t vlan;
};

struct skua_cmdq {
	_Atomic uint64_t base;
	_Atomic uint32_t ctrl;
	_Atomic uint32_t pi;	/* by the transport */
	uint32_t ci;		/* by the firmware */
	uint32_t size;
};

/* Slots that were kicked, as bits; a word of each per doorbell page. */
struct skua_kicks {
	_Atomic uint64_t pages[SKUA_HWI_UAR_PAGES / 64];
	_Atomic uint64_t sq[SKUA_HWI_UAR_PAGES];
	_Atomic uint64_t rq[SKUA_HWI_UAR_PAGES];
};

/* What the interrupt thread knows of an EQ, by its index. */
struct skua_irq {
	_Atomic uint32_t vector;
	_Atomic uint64_t moderation_ns;
	uint64_t last_ns;	/* the interrupt thread's */
};

struct skua_function {
	struct skua_adapter *adapter;
	unsigned int index;
	struct skua_function_config cfg;
	uint8_t *uar;
	uint8_t mac[6];
	uint16_t mtu;
	uint32_t port_flags;
	const struct skua_shown *shown;	/* NULL: to nobody */
	_Atomic uint32_t status, fatal;
	_Atomic uint32_t time_hi;
	struct skua_cmdq cmdq;
	pthread_rwlock_t map_lock;
	struct skua_map map;
	struct skua_table pds, mkeys, eqs, cqs, srqs, qps;
	struct skua_qp **slot_qp; /* by sq.slot_index */
	struct skua_qp *gsi, *eth;
	struct skua_eq *async_eq;
	struct skua_gid gid[SKUA_HWI_MAX_GID];
	struct skua_peers *peers;
	struct skua_steer *steer; /* NULL: neither flows nor SAs */
	struct skua_steer *steer_mem; /* kept for the handles that were given */
	struct skua_kicks kicked;
	_Atomic uint64_t pages_used; /* of SKUA_MAX_PAGES */
	uint64_t eth_cnt[SKUA_HWI_COUNTERS_LEN];
	uint64_t rdma_cnt[SKUA_HWI_COUNTERS_LEN];
	uint64_t link_cnt[SKUA_HWI_COUNTERS_LEN];
	uint64_t ipsec_cnt[SKUA_HWI_COUNTERS_LEN];
	struct skua_irq irq[1 << SKUA_LOG_MAX_EQ];
	_Atomic uint64_t irq_pending[(1 << SKUA_LOG_MAX_EQ) / 64];
	_Atomic uint64_t reg_reads, reg_writes, kicks, interrupts;
	_Atomic uint64_t commands, command_errors;
};

#define SKUA_DEFAULT_MTU 1500
#define SKUA_MAX_MTU	 9000

/* May packets pass? */
static inline bool skua_function_port_up(const struct skua_function *fn)
{
	return fn->port_flags & SKUA_HWI_PORT_UP &&
	       !atomic_load_explicit(&fn->fatal, memory_order_relaxed);
}

/* The function stops until it is reset (§2). By the engine. */
void skua_function_fatal(struct skua_function *fn, uint32_t why);
/* The rest of it, at a time when nobody walks the lists. */
void skua_functions_freeze(struct skua_adapter *ad);

/* irq.c: which functions the interrupt thread may look at. */
struct skua_irqs {
	pthread_mutex_t lock;
	pthread_cond_t raised;
	struct skua_function *fn[SKUA_MAX_FUNCTIONS];
	struct skua_function *raising; /* whose ops->raise() is being called */
};

/*
 * For tests of the transport: sees every RDMA packet on its way through the
 * e-switch and may drop it (return 0), pass it (1) or have it twice (2).
 */
typedef int (*skua_fault_fn)(void *ctx, struct skua_packet *pkt);

struct skua_adapter {
	struct skua_adapter_config cfg;
	pthread_mutex_t engine;
	_Atomic uint32_t engine_waiters;
	pthread_mutex_t fw_lock;
	struct skua_function *fn[SKUA_MAX_FUNCTIONS];
	unsigned int nfn;
	_Atomic uint64_t kicked_fns; /* bit n: fn[n] has kicks */
	_Atomic uint64_t posted_fns; /* and commands */
	_Atomic uint64_t irq_fns;    /* and interrupts */
	uint64_t now;		/* device clock at the start of this pass */
	_Atomic uint64_t missed; /* when somebody last waited for what is missing */
	struct list_head hot;	/* sq.hot: doorbells that are polled */
	struct list_head active; /* qp.active: QPs that want a turn */
	struct list_head dirty_cqs, dirty_eqs, blocked_eqs;
	struct skua_timer **heap;
	uint32_t heap_len, heap_cap;
	uint32_t timers;	/* that exist */
	struct skua_peers *peers[SKUA_MAX_FUNCTIONS];
	unsigned int npeers;
	unsigned int steered;	     /* functions with flows or SAs */
	struct skua_link_port *link; /* NULL: nothing leaves the adapter */
	struct skua_neigh *neigh;    /* NULL: drivers do that */
	bool has_ipsec;
	uint64_t refused[SKUA_REFUSALS]; /* packets, wherever they came from */
	uint32_t cc[SKUA_CC_PARAMS];
	struct list_head limited; /* QPs that were told to slow down */
	struct list_head paced;	/* qp.parked: of these, those that wait */
	/* Packets that wait for others, and memory for more: rdma/reorder.c */
	uint32_t reordered;
	struct skua_held *unused;
	struct skua_shown shown[SKUA_MAX_FUNCTIONS]; /* by port */
	bool freeze;		/* a function became fatal since the last pass */
	/* Functions that want frames for any address, any group, or for all. */
	struct { uint64_t all, groups, broadcast; } listening;
	struct skua_mac *macs;	/* of the ports that are up: eswitch.c */
	unsigned int nmacs;
	skua_fault_fn fault;
	void *fault_ctx;
	struct skua_thread engine_thread, fw_thread, irq_thread;
	struct skua_irqs irqs;
};

/* Threads of a started adapter. 0 or -errno. */
int skua_engine_start(struct skua_adapter *ad);
int skua_fw_start(struct skua_adapter *ad);
int skua_irqs_start(struct skua_adapter *ad);
/* fn has commands. Any thread, never blocks. */
void skua_fw_post(struct skua_function *fn);

/*
 * Take and release the engine from any other thread than its own. Releasing
 * has the engine thread look for what its guest left it to do.
 */
void skua_engine_lock(struct skua_adapter *ad);
void skua_engine_unlock(struct skua_adapter *ad);
/* Have the engine thread look again; cheap when it is awake. */
void skua_engine_wake(struct skua_adapter *ad);
uint64_t skua_now(const struct skua_adapter *ad);

/* Interrupt for an EQ: irq.c, any thread, never blocks. */
void skua_irq(struct skua_eq *eq);
void skua_irq_setup(struct skua_eq *eq, uint64_t moderation_ns);
void skua_irq_attach(struct skua_function *fn);
/* Drop what is pending; on return no interrupt of fn is being raised. */
void skua_irq_forget(struct skua_function *fn);
void skua_irq_detach(struct skua_function *fn);

/* E-switch: eswitch.c ------------------------------------------------------ */

/* The function whose port is up and owns mac, or NULL. */
struct skua_function *skua_eswitch_lookup(struct skua_adapter *ad,
					  const uint8_t mac[6]);
/* The one that a frame for mac is delivered to: NULL, to none, or to several. */
struct skua_function *skua_eswitch_only(struct skua_adapter *ad,
					const uint8_t mac[6]);
/*
 * Is there room for a packet of qp along av to QPN dqpn? If not, qp is parked
 * and gets a turn when there is.
 */
bool skua_eswitch_room(struct skua_qp *qp, const struct skua_hwi_av *av,
		       uint32_t dqpn);
/* After that: payload that it may have at a path MTU of mtu bytes. */
uint32_t skua_eswitch_limit(struct skua_qp *qp, const struct skua_hwi_av *av,
			    uint32_t dqpn, uint32_t mtu);
/* Does av lead out of the adapter by its link? */
bool skua_eswitch_by_link(struct skua_adapter *ad,
			  const struct skua_hwi_av *av);
/* Packets of mtu bytes along av that may wait for their answers at a time. */
uint32_t skua_eswitch_window(struct skua_qp *qp, const struct skua_hwi_av *av,
			     uint32_t mtu);
/* Deliver an RDMA packet; it and what it points to need live no longer. */
void skua_eswitch_rdma(struct skua_function *from, struct skua_packet *pkt);
/* The same behind the flows of from: it goes in the clear. */
void skua_eswitch_forward(struct skua_function *from, struct skua_packet *pkt);
/* Forward a frame of len bytes; how many functions took notice of it. */
unsigned int skua_eswitch_eth(struct skua_function *from, const void *frame,
			      size_t len);
/* The same for one that has come from the link. */
void skua_eswitch_from_link(struct skua_adapter *ad, const void *frame,
			    size_t len);
/* A frame for fn; by_link: it has come from there. */
void skua_eswitch_deliver(struct skua_function *fn, const void *frame,
			  size_t len, bool by_link);
/* Room for one more function. 0 or -ENOMEM. */
int skua_eswitch_reserve(struct skua_adapter *ad);
/* A port or a GID has changed. */
void skua_eswitch_update(struct skua_adapter *ad);
/* eth/rx.c: a frame has reached fn; sa opened it, NULL: none did. */
void skua_eth_receive(struct skua_function *fn, const void *frame, size_t len,
		      const struct skua_sa *sa);
/* rdma/receive.c: a packet has reached fn, and its flows let it in. */
void skua_rdma_receive(struct skua_function *fn, struct skua_packet *pkt);

/*
 * Congestion control: rdma/cc.c, rdma/cc_param.c. What qp, which is slowed
 * down, may send at once of limit bytes, in packets of mtu; one at least.
 */
uint32_t skua_cc_limit(const struct skua_qp *qp, uint32_t limit, uint32_t mtu);
/* It is not slowed down any more. */
void skua_cc_forget(struct skua_qp *qp);
void skua_cc_defaults(struct skua_adapter *ad);

/* Entry of a ring at byte off, or NULL when its page is not guest memory. */
static inline void *skua_ring_at(struct skua_function *fn,
				 struct skua_ring *ring, uint64_t off)
{
	uint64_t at = ring->pages.offset + off;
	uint8_t *page;

	if (__builtin_expect(ring->gen != fn->map.gen, 0))
		skua_ring_resolve(fn, ring);
	page = ring->host[at >> ring->pages.shift];
	return page ? page + (at & ((1ull << ring->pages.shift) - 1)) : NULL;
}

#endif /* SKUA_NIC_H */
