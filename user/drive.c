// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * Who drives the engine of this process.
 *
 * Whoever posts and finds the engine asleep, and whoever polls in vain, makes a
 * pass in his own thread. The one thread here does what is left: timers, packets
 * that come while nobody looks, work longer than a pass. It sleeps as long as
 * nothing of that is to be done.
 *
 * A busy program is left alone: after CALLS_ATTENDED polls in vain, or as many
 * kicks in a rush that led to no event, or when much of its time goes into
 * passes over a link, the engine is "attended". Doorbells then stay unarmed,
 * posts cost no call and are carried out together when the program polls in
 * vain. The thread only looks now and then whether that is still so, the more
 * rarely the longer it is: every look takes the processor from a program that has
 * but one. Two programs that poll on two cores so have them to themselves.
 *
 * A program may also poll for a while and then wait for what comes on the link
 * to change its memory (ib_write_lat). Whenever the thread finds that frames lay
 * there meanwhile, more polls in vain have to come before it believes it again.
 * And it gives such a program a moment to answer before it acknowledges what it
 * has found: if answer and ACK leave together, the other program sees both while
 * it polls, and this one likewise, so no thread need be woken again.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>

#include "alone.h"
#include "arena.h"
#include "device.h"
#include "drive.h"
#include "file.h"
#include "skua_clock.h"
#include "skua_device.h"
#include "skua_peers.h"

#define CALLS_ATTENDED 64
/* As many kicks within this time are a rush. */
#define RUSH_NS (CALLS_ATTENDED * 1500ull)
/* Over a link a pass counts by its time: a poll in vain takes this long. */
#define POLL_NS 1000
/* Of all time one part in so many. */
#define BUSY_PART 4
/*
 * The thread looks after a part of the time for which he has polled, so that what
 * comes when he ceases to has waited for a small part of that time.
 */
#define TICK_PART   50
#define TICK_NS	    200000
#define TICK_MAX_NS 1000000
/*
 * Polls in vain in TICK_NS that keep the engine attended. One of a program with a
 * link may take most of it: whatever the other end sent meanwhile.
 */
#define POLLS_STAY	2
#define POLLS_STAY_LINK 1
/*
 * So many polls in vain are believed even of a program that has disappointed; and
 * so many where it need not again, as its answers go ahead of ACKs.
 */
#define POLLS_WARY_MAX	  (1u << 16)
#define POLLS_WARY_ANSWER (1u << 12)
/* And so long without that makes good for it. */
#define TRUSTED_NS 10000000
/* After its last work the thread looks on for so long before it sleeps; */
#define SPIN_NS 5000
/* and while a loss is mended, which takes less time than to wake up. */
#define SPIN_LOSS_NS 200000
/* Who is sent so few packets may be about to answer, */
#define FEW 2
/* and has so long to do so. */
#define ANSWER_NS 10000

struct drive {
	struct skua_adapter *adapter;
	pthread_t thread;
	int wake_fd;
	_Atomic bool asleep;
	_Atomic uint64_t wake_at; /* of the thread that sleeps */
	_Atomic bool attended;
	_Atomic uint32_t polls;
	_Atomic uint32_t polls_attended; /* a power of two */
	uint64_t polled_for;		 /* ns, since it is attended */
	_Atomic uint32_t kicks;
	_Atomic uint64_t rush; /* since when kicks are counted */
	_Atomic uint64_t driven; /* ns in passes */
	_Atomic uint64_t driven_since;
	struct skua_peers *peers[SKUA_USER_MAX_DEVICES];
	_Atomic unsigned int npeers;
	int link_fd; /* -1: no link */
	bool by_memory; /* it is memory that both ends see */
	struct skua_alone alone;
};

static struct drive drive;

void skua_drive_wake(void)
{
	const uint64_t one = 1;

	/* It can only fail if the counter is full, and then it wakes as well. */
	if (skua_native_write(drive.wake_fd, &one, sizeof(one)) < 0)
		return;
}

/* After a pass of somebody who may not come back. */
static void settle(void)
{
	uint64_t due = skua_adapter_rest(drive.adapter);

	if (due == SKUA_NEVER || !atomic_load(&drive.asleep))
		return;
	if (!due || skua_clock_ns() + due < atomic_load(&drive.wake_at))
		skua_drive_wake();
}

static int pass(void)
{
	int n = skua_adapter_try_poll(drive.adapter);

	skua_adapter_run_interrupts(drive.adapter);
	return n;
}

static void attend(void)
{
	atomic_store(&drive.attended, true);
	skua_drive_wake();
}

/*
 * Calls are counted roughly: what matters is that the count moves. True for
 * every so many-th, a power of two.
 */
static bool count(_Atomic uint32_t *calls, uint32_t many)
{
	uint32_t n = atomic_load_explicit(calls, memory_order_relaxed) + 1;

	atomic_store_explicit(calls, n, memory_order_relaxed);
	return !(n & (many - 1));
}

static bool in_a_rush(void)
{
	uint64_t now, since;

	if (!count(&drive.kicks, CALLS_ATTENDED))
		return false;
	now = skua_clock_ns();
	since = atomic_exchange(&drive.rush, now);
	return now - since < RUSH_NS;
}

/*
 * A program that has much to send on a link makes few calls, and long ones. True
 * each time that they add up to as many polls, if they are much of its time.
 */
static bool is_busy(uint64_t began)
{
	uint32_t many = atomic_load_explicit(&drive.polls_attended,
					     memory_order_relaxed);
	uint64_t now = skua_clock_ns(), driven, since;

	driven = atomic_load_explicit(&drive.driven, memory_order_relaxed) +
		 now - began;
	if (driven < (uint64_t)many * POLL_NS) {
		atomic_store_explicit(&drive.driven, driven,
				      memory_order_relaxed);
		return false;
	}
	atomic_store_explicit(&drive.driven, 0, memory_order_relaxed);
	since = atomic_exchange(&drive.driven_since, now);
	return now - since < BUSY_PART * driven;
}

/* A pass of the program's. True: it is to be left alone for that. */
static bool drive_pass(void)
{
	uint64_t began;

	if (drive.link_fd < 0 ||
	    atomic_load_explicit(&drive.attended, memory_order_relaxed)) {
		pass();
		return false;
	}
	began = skua_clock_ns();
	pass();
	return is_busy(began);
}

void skua_drive_posted(void)
{
	bool busy = drive_pass();

	if (atomic_load_explicit(&drive.attended, memory_order_relaxed))
		return;
	if (in_a_rush() || busy)
		attend();
	else
		settle();
}

void skua_drive_polled(void)
{
	bool busy = drive_pass(), many;

	/* Behind it: who is in the middle of one is known by that. */
	many = count(&drive.polls,
		     atomic_load_explicit(&drive.polls_attended,
					  memory_order_relaxed));
	if (atomic_load_explicit(&drive.attended, memory_order_relaxed))
		return;
	if (many || busy)
		attend();
	else
		settle();
}

/* Sleep until woken, or something comes on the link, or ns have passed. */
static void doze(uint64_t ns, int link_fd)
{
	struct timespec ts = { ns / 1000000000, ns % 1000000000 };
	struct pollfd p[2 + SKUA_USER_MAX_DEVICES];
	unsigned int n = atomic_load(&drive.npeers), i;
	uint64_t count;

	p[0] = (struct pollfd){ .fd = drive.wake_fd, .events = POLLIN };
	for (i = 0; i < n; i++)
		p[i + 1] = (struct pollfd){ .fd = skua_peers_fd(drive.peers[i]),
					    .events = POLLIN };
	/* Negative descriptors are passed over. */
	p[n + 1] = (struct pollfd){ .fd = link_fd, .events = POLLIN };
	if (ppoll(p, n + 2, ns == SKUA_NEVER ? NULL : &ts, NULL) <= 0)
		return;
	for (i = 0; i < n; i++) {
		if (p[i + 1].revents)
			skua_peers_service(drive.peers[i]);
	}
	if (p[0].revents &&
	    skua_native_read(drive.wake_fd, &count, sizeof(count)) < 0)
		return;
}

/* It did not poll, though something had come. */
static void disappointed(void)
{
	uint32_t most = drive.by_memory ? POLLS_WARY_ANSWER : POLLS_WARY_MAX;
	uint32_t many = atomic_load(&drive.polls_attended);

	if (many < most)
		atomic_store(&drive.polls_attended, many * 4);
}

/*
 * Before what a pass has found is acknowledged: the program may have an answer.
 * Where packets are system calls it gains nothing, and its sleep costs.
 */
static void await_answer(int found, uint64_t now)
{
	if (found <= FEW && drive.by_memory && !skua_alone(&drive.alone, now))
		doze(ANSWER_NS, -1);
}

static uint64_t tick(void)
{
	uint64_t ns = drive.polled_for / TICK_PART;

	if (ns < TICK_NS)
		return TICK_NS;
	return ns < TICK_MAX_NS ? ns : TICK_MAX_NS;
}

/* Sleep, unless woken, and see whether he polled as often as in so many ns. */
static bool polls_on(uint64_t ns)
{
	uint32_t stay = drive.link_fd < 0 ? POLLS_STAY : POLLS_STAY_LINK;
	uint32_t polls = atomic_load(&drive.polls);

	doze(ns, -1);
	return atomic_load(&drive.polls) - polls >= stay * (ns / TICK_NS);
}

/* Somebody polls: what comes on the link is his to find. */
static void watch(void)
{
	uint64_t ns = tick();
	int n;

	if (polls_on(ns)) {
		drive.polled_for += ns;
		if (drive.polled_for >= TRUSTED_NS)
			atomic_store(&drive.polls_attended, CALLS_ATTENDED);
		return;
	}
	n = pass();
	/* He is at it: much to send takes longer than a tick. */
	if (n < 0)
		return;
	atomic_store(&drive.attended, false);
	drive.polled_for = 0;
	if (n > 0 && drive.link_fd >= 0) {
		disappointed();
		await_answer(n, skua_clock_ns());
	}
}

static void rest(void)
{
	uint64_t due;

	/* Until it is known when it will wake, every timer set wakes it. */
	atomic_store(&drive.wake_at, UINT64_MAX);
	atomic_store(&drive.asleep, true);
	due = skua_adapter_rest(drive.adapter);
	if (due) {
		if (due != SKUA_NEVER)
			atomic_store(&drive.wake_at, skua_clock_ns() + due);
		doze(due, drive.link_fd);
	}
	atomic_store(&drive.asleep, false);
}

void skua_drive_now(void)
{
	pass();
	settle();
}

void skua_drive_told(void)
{
	atomic_store_explicit(&drive.kicks, 0, memory_order_relaxed);
	atomic_store_explicit(&drive.driven, 0, memory_order_relaxed);
}

static bool looks_on(uint64_t now, uint64_t idle)
{
	if (idle <= SPIN_NS)
		return true;
	return idle <= SPIN_LOSS_NS &&
	       skua_adapter_misses(drive.adapter, now) &&
	       skua_alone(&drive.alone, now);
}

static void *thread_main(void *arg)
{
	uint64_t busy = 0, now;
	int n;

	(void)arg;
	prctl(PR_SET_NAME, "skua-engine");
	skua_adapter_driver();
	for (;;) {
		if (atomic_load(&drive.attended)) {
			watch();
			continue;
		}
		n = pass();
		now = skua_clock_ns();
		if (n > 0) {
			busy = now;
			await_answer(n, now);
		} else if (!looks_on(now, now - busy)) {
			rest();
		}
	}
	return NULL;
}

int skua_drive_begin(void)
{
	drive.wake_fd = skua_file_hide(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	return drive.wake_fd < 0 ? drive.wake_fd : 0;
}

int skua_drive_start(struct skua_adapter *ad)
{
	int err;

	drive.adapter = ad;
	drive.link_fd = skua_adapter_link_fd(ad);
	drive.by_memory = skua_adapter_link_by_memory(ad);
	atomic_store(&drive.polls_attended, CALLS_ATTENDED);
	err = pthread_create(&drive.thread, NULL, thread_main, NULL);
	if (!err)
		skua_arena_own_thread();
	return -err;
}

void skua_drive_end(void)
{
	skua_file_unhide(drive.wake_fd);
}

int skua_drive_wake_fd(void)
{
	return drive.wake_fd;
}

void skua_drive_add_peers(struct skua_peers *peers)
{
	drive.peers[drive.npeers] = peers;
	atomic_fetch_add(&drive.npeers, 1);
}

void skua_drive_refresh_peers(void)
{
	unsigned int i, n = atomic_load(&drive.npeers);

	for (i = 0; i < n; i++)
		skua_peers_refresh(drive.peers[i]);
}

void skua_drive_forked(void)
{
	memset(&drive, 0, sizeof(drive));
}
