// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The engine: what it does in a pass, and when it rests.
 *
 * A pass costs what is busy: doorbells that are polled, timers that are due,
 * QPs that want a turn, queues that got entries. Idle objects are on no list.
 *
 * Resting. After a pass that found nothing the engine
 *  1. spins for SPIN_NS: the next post of a latency test comes within that;
 *  2. while doorbells are still polled, and for a while after the last frame on
 *     the link, naps for NAP_NS at a time. It must not hold on to a core: where
 *     guest CPUs spin too there are more pollers than cores, and the scheduler
 *     takes from whoever had more than its share, for milliseconds. A short
 *     slice lets it preempt a spinning guest CPU when it wakes, and sleeping
 *     most of the time keeps it entitled to; yielding does neither, it hands
 *     over a whole slice of the other thread;
 *  3. once every doorbell is armed, sleeps until a kick, a command or a timer.
 */
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "link/port.h"
#include "nic.h"
#include "peers.h"
#include "skua_clock.h"

#define SPIN_NS	 2000
#define NAP_NS	 5000
#define SLICE_NS 100000
/* A loss is mended within that, or something else is wrong. */
#define MISSED_NS 1000000
/* An EQ without room is looked at again by then. */
#define BLOCKED_NS 1000000
/* Length of a pass, after which others may take the engine. */
#define PASS_NS 100000

/* sched_setattr(2); the C library has it only since glibc 2.41. */
struct skua_sched_attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

uint64_t skua_now(const struct skua_adapter *ad)
{
	return ad->cfg.now ? ad->cfg.now(ad->cfg.now_ctx) : skua_clock_ns();
}

/* One turn for each QP that wants one, as far as the pass is long. */
static unsigned int skua_turns(struct skua_adapter *ad)
{
	struct skua_qp *last, *qp;
	unsigned int n = 0;

	if (list_empty(&ad->active))
		return 0;
	last = list_entry(ad->active.prev, struct skua_qp, active);
	do {
		qp = list_entry(ad->active.next, struct skua_qp, active);
		list_del(&qp->active);
		if (qp->ops->turn(qp))
			skua_qp_activate(qp);
		n++;
	} while (qp != last && !list_empty(&ad->active) &&
		 skua_now(ad) - ad->now < PASS_NS);
	return n;
}

static unsigned int skua_pass(struct skua_adapter *ad)
{
	unsigned int n;

	ad->now = skua_now(ad);
	if (ad->freeze)
		skua_functions_freeze(ad);
	/* Before anything is reserved on it. */
	if (ad->link)
		skua_link_port_begin(ad->link);
	n = skua_db_kicks(ad);
	n += skua_db_poll(ad);
	/*
	 * What was posted, before what comes: the ACKs that this calls for then
	 * go out after the program's answer to it.
	 */
	n += skua_turns(ad);
	n += skua_peers_poll(ad);
	if (ad->link) {
		/* The other end need not wait until all that came is done. */
		skua_link_port_flush(ad->link);
		n += skua_link_port_poll(ad->link);
	}
	/* What came in time, while nobody looked, is not late. */
	n += skua_timers_run(ad);
	if (ad->link)
		skua_link_port_flush(ad->link);
	skua_cq_flush(ad);
	skua_eq_flush(ad);
	return n;
}

/* How long the engine may sleep if nobody wakes it. */
static uint64_t skua_engine_rest(const struct skua_adapter *ad)
{
	uint64_t ns = skua_peers_due(ad), left;

	if (ad->link && skua_link_port_due(ad->link) < ns)
		ns = skua_link_port_due(ad->link);
	if (!list_empty(&ad->hot) && NAP_NS < ns)
		ns = NAP_NS;
	else if (!list_empty(&ad->blocked_eqs) && BLOCKED_NS < ns)
		ns = BLOCKED_NS;
	if (ad->heap_len) {
		left = ad->heap[0]->due > ad->now ? ad->heap[0]->due - ad->now
						  : 1;
		if (left < ns)
			ns = left;
	}
	return ns;
}

unsigned int skua_adapter_poll(struct skua_adapter *ad)
{
	unsigned int n;

	pthread_mutex_lock(&ad->engine);
	n = skua_pass(ad);
	pthread_mutex_unlock(&ad->engine);
	return n;
}

int skua_adapter_try_poll(struct skua_adapter *ad)
{
	int n = 0;

	/* Who came meanwhile and went away left its kicks behind. */
	do {
		if (pthread_mutex_trylock(&ad->engine))
			return n ? n : -1;
		n += skua_pass(ad);
		pthread_mutex_unlock(&ad->engine);
	} while (skua_db_kicked(ad));
	return n;
}

/* Did a command add entries, and no pass has looked who wants to know of them? */
static bool skua_engine_owes_events(const struct skua_adapter *ad)
{
	return !list_empty(&ad->dirty_cqs) || !list_empty(&ad->dirty_eqs);
}

uint64_t skua_adapter_rest(struct skua_adapter *ad)
{
	uint64_t ns = 0;

	pthread_mutex_lock(&ad->engine);
	if (!skua_engine_owes_events(ad) && skua_db_rest(ad) &&
	    skua_peers_rest(ad) && list_empty(&ad->active) &&
	    (!ad->link || skua_link_port_rest(ad->link)))
		ns = skua_engine_rest(ad);
	pthread_mutex_unlock(&ad->engine);
	return skua_db_kicked(ad) ? 0 : ns;
}

bool skua_adapter_misses(const struct skua_adapter *ad, uint64_t now)
{
	/* Whoever makes passes may have found it since the caller's now. */
	return now < atomic_load_explicit(&ad->missed, memory_order_relaxed) +
			     MISSED_NS;
}

void skua_engine_lock(struct skua_adapter *ad)
{
	atomic_fetch_add(&ad->engine_waiters, 1);
	pthread_mutex_lock(&ad->engine);
	atomic_fetch_sub(&ad->engine_waiters, 1);
	ad->now = skua_now(ad);
}

void skua_engine_unlock(struct skua_adapter *ad)
{
	pthread_mutex_unlock(&ad->engine);
	skua_engine_wake(ad);
}

void skua_engine_wake(struct skua_adapter *ad)
{
	skua_thread_wake(&ad->engine_thread);
}

/* A mutex is not fair: let those who wait have it first. */
static void skua_engine_give_way(struct skua_adapter *ad)
{
	if (!atomic_load_explicit(&ad->engine_waiters, memory_order_relaxed))
		return;
	pthread_mutex_unlock(&ad->engine);
	while (atomic_load(&ad->engine_waiters))
		sched_yield();
	pthread_mutex_lock(&ad->engine);
}

static void skua_engine_sleep(struct skua_adapter *ad)
{
	struct skua_thread *self = &ad->engine_thread;
	uint64_t ns = skua_engine_rest(ad);
	bool quiet;

	if (ad->link && skua_link_port_warm(ad->link) && NAP_NS < ns)
		ns = NAP_NS;
	/* From here on who changes anything wakes us. */
	skua_thread_doze(self);
	quiet = !ad->link || skua_link_port_rest(ad->link);
	pthread_mutex_unlock(&ad->engine);
	if (skua_db_kicked(ad) || skua_thread_stopping(self) || !quiet)
		skua_thread_awake(self);
	else
		skua_thread_sleep(self, ns);
	pthread_mutex_lock(&ad->engine);
}

/* Both are requests: without them the engine works, later. */
void skua_adapter_driver(void)
{
	struct skua_sched_attr attr = { .size = sizeof(attr) };

	prctl(PR_SET_TIMERSLACK, 1);
	/* Policy and nice value stay what the operator gave us. */
	if (syscall(SYS_sched_getattr, 0, &attr, sizeof(attr), 0))
		return;
	attr.runtime = SLICE_NS;
	syscall(SYS_sched_setattr, 0, &attr, 0);
}

static void *skua_engine_main(void *arg)
{
	struct skua_adapter *ad = arg;
	uint64_t busy_ns = 0;

	prctl(PR_SET_NAME, "skua-engine");
	skua_adapter_driver();
	pthread_mutex_lock(&ad->engine);
	while (!skua_thread_stopping(&ad->engine_thread)) {
		if (skua_pass(ad))
			busy_ns = ad->now;
		else if (ad->now - busy_ns >= SPIN_NS)
			skua_engine_sleep(ad);
		else
			__builtin_ia32_pause();
		skua_engine_give_way(ad);
	}
	pthread_mutex_unlock(&ad->engine);
	return NULL;
}

int skua_engine_start(struct skua_adapter *ad)
{
	if (ad->link)
		ad->engine_thread.fd = skua_link_port_fd(ad->link);
	return skua_thread_start(&ad->engine_thread, skua_engine_main, ad);
}
