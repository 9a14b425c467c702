// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * The engine of this process: one adapter, a function of it for each device.
 *
 * Who drives it. Whoever posts and finds the engine asleep, and whoever polls
 * in vain, makes a pass in his own thread (kick, progress). The one thread
 * here does what is left: timers, packets that come while nobody looks, work
 * longer than a pass. It sleeps as long as nothing of that is to be done.
 *
 * A busy program is left alone: after CALLS_ATTENDED polls in vain, or as many
 * kicks in a rush that led to no event, or when much of its time goes into
 * passes over a link, the engine is "attended". Doorbells then stay unarmed,
 * posts cost no call and are carried out together when the program polls in
 * vain. The thread only looks every TICK_NS whether that is still so. Two
 * programs that poll on two cores so have them to themselves.
 *
 * A program may also poll for a while and then wait for what comes on the link
 * to change its memory (ib_write_lat). Whenever the thread finds that frames lay
 * there meanwhile, more polls in vain have to come before it believes it again.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "control.h"
#include "device.h"
#include "file.h"
#include "guard.h"
#include "ipsec/ipsec.h"
#include "neighbour.h"
#include "skua_cc.h"
#include "skua_device.h"
#include "skua_own_user.h"
#include "skua_peers.h"
#include "skua_translate_qp.h"

#define CALLS_ATTENDED 64
/* As many kicks within this time are a rush. */
#define RUSH_NS (CALLS_ATTENDED * 1500ull)
/* Over a link a pass counts by its time: a poll in vain takes this long. */
#define POLL_NS 1000
/* Of all time one part in so many. */
#define BUSY_PART 4
#define TICK_NS	  200000
/*
 * Polls in vain in a tick that keep the engine attended. One of a program with a
 * link may take most of a tick: whatever the other end sent meanwhile.
 */
#define POLLS_STAY	2
#define POLLS_STAY_LINK 1
/* So many polls in vain are believed even of a program that has disappointed. */
#define POLLS_WARY_MAX (1u << 16)
/* And this many ticks in a row make good for that. */
#define TICKS_TRUSTED 50
/* After its last work the thread looks on for so long before it sleeps. */
#define SPIN_NS 5000

#define VECTORS 4
#define EQ_LOG	12

/* Queues and memory are named by their addresses in this process. */
#define DMA_FIRST 4096ull
#define DMA_END	  (1ull << 47)

struct host {
	struct skua_adapter *adapter;
	pthread_t thread;
	int wake_fd;
	_Atomic bool asleep;
	_Atomic uint64_t wake_at; /* of the thread that sleeps */
	_Atomic bool attended;
	_Atomic uint32_t polls;
	_Atomic uint32_t polls_attended; /* a power of two */
	unsigned int ticks; /* since it is attended */
	_Atomic uint32_t kicks;
	_Atomic uint64_t rush; /* since when kicks are counted */
	_Atomic uint64_t driven; /* ns in passes */
	_Atomic uint64_t driven_since;
	struct skua_peers *peers[SKUA_USER_MAX_DEVICES];
	_Atomic unsigned int npeers;
	int link_fd; /* -1: no link */
};

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

static struct host host;
static pthread_mutex_t start_lock = PTHREAD_MUTEX_INITIALIZER;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* Driving ------------------------------------------------------------------- */

static void wake(void)
{
	const uint64_t one = 1;

	/* It can only fail if the counter is full, and then it wakes as well. */
	if (skua_native_write(host.wake_fd, &one, sizeof(one)) < 0)
		return;
}

/* After a pass of somebody who may not come back. */
static void settle(void)
{
	uint64_t due = skua_adapter_rest(host.adapter);

	if (due == SKUA_NEVER || !atomic_load(&host.asleep))
		return;
	if (!due || now_ns() + due < atomic_load(&host.wake_at))
		wake();
}

static int pass(void)
{
	int n = skua_adapter_try_poll(host.adapter);

	skua_adapter_run_interrupts(host.adapter);
	return n;
}

static void attend(void)
{
	atomic_store(&host.attended, true);
	wake();
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

	if (!count(&host.kicks, CALLS_ATTENDED))
		return false;
	now = now_ns();
	since = atomic_exchange(&host.rush, now);
	return now - since < RUSH_NS;
}

/*
 * A program that has much to send on a link makes few calls, and long ones. True
 * each time that they add up to as many polls, if they are much of its time.
 */
static bool is_busy(uint64_t began)
{
	uint32_t many = atomic_load_explicit(&host.polls_attended,
					     memory_order_relaxed);
	uint64_t now = now_ns(), driven, since;

	driven = atomic_load_explicit(&host.driven, memory_order_relaxed) +
		 now - began;
	if (driven < (uint64_t)many * POLL_NS) {
		atomic_store_explicit(&host.driven, driven,
				      memory_order_relaxed);
		return false;
	}
	atomic_store_explicit(&host.driven, 0, memory_order_relaxed);
	since = atomic_exchange(&host.driven_since, now);
	return now - since < BUSY_PART * driven;
}

/* A pass of the program's. True: it is to be left alone for that. */
static bool drive(void)
{
	uint64_t began;

	if (host.link_fd < 0 ||
	    atomic_load_explicit(&host.attended, memory_order_relaxed)) {
		pass();
		return false;
	}
	began = now_ns();
	pass();
	return is_busy(began);
}

void skua_user_kick(struct skua_user_dev *dev, uint32_t page, uint32_t val)
{
	bool busy;

	skua_function_kick(dev->engine->fn, page, val);
	busy = drive();
	if (atomic_load_explicit(&host.attended, memory_order_relaxed))
		return;
	if (in_a_rush() || busy)
		attend();
	else
		settle();
}

void skua_user_progress(struct skua_user_dev *dev)
{
	bool busy = drive(), many;

	(void)dev;
	/* Behind it: who is in the middle of one is known by that. */
	many = count(&host.polls,
		     atomic_load_explicit(&host.polls_attended,
					  memory_order_relaxed));
	if (atomic_load_explicit(&host.attended, memory_order_relaxed))
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
	unsigned int n = atomic_load(&host.npeers), i;
	uint64_t count;

	p[0] = (struct pollfd){ .fd = host.wake_fd, .events = POLLIN };
	for (i = 0; i < n; i++)
		p[i + 1] = (struct pollfd){ .fd = skua_peers_fd(host.peers[i]),
					    .events = POLLIN };
	/* Negative descriptors are passed over. */
	p[n + 1] = (struct pollfd){ .fd = link_fd, .events = POLLIN };
	if (ppoll(p, n + 2, ns == SKUA_NEVER ? NULL : &ts, NULL) <= 0)
		return;
	for (i = 0; i < n; i++) {
		if (p[i + 1].revents)
			skua_peers_service(host.peers[i]);
	}
	if (p[0].revents &&
	    skua_native_read(host.wake_fd, &count, sizeof(count)) < 0)
		return;
}

/* It did not poll, though something had come. */
static void disappointed(void)
{
	uint32_t many = atomic_load(&host.polls_attended);

	if (many < POLLS_WARY_MAX)
		atomic_store(&host.polls_attended, many * 4);
}

/*
 * Somebody polls: sleep, and see whether he still did meanwhile. What comes on
 * the link is his to find.
 */
static void watch(void)
{
	uint32_t polls = atomic_load(&host.polls);
	uint32_t stay = host.link_fd < 0 ? POLLS_STAY : POLLS_STAY_LINK;
	int n;

	doze(TICK_NS, -1);
	if (atomic_load(&host.polls) - polls >= stay) {
		if (++host.ticks == TICKS_TRUSTED)
			atomic_store(&host.polls_attended, CALLS_ATTENDED);
		return;
	}
	n = pass();
	/* He is at it: much to send takes longer than a tick. */
	if (n < 0)
		return;
	atomic_store(&host.attended, false);
	host.ticks = 0;
	if (n > 0 && host.link_fd >= 0)
		disappointed();
}

static void rest(void)
{
	uint64_t due;

	/* Until it is known when it will wake, every timer set wakes it. */
	atomic_store(&host.wake_at, UINT64_MAX);
	atomic_store(&host.asleep, true);
	due = skua_adapter_rest(host.adapter);
	if (due) {
		if (due != SKUA_NEVER)
			atomic_store(&host.wake_at, now_ns() + due);
		doze(due, host.link_fd);
	}
	atomic_store(&host.asleep, false);
}

static void *thread_main(void *arg)
{
	uint64_t busy = 0;

	(void)arg;
	prctl(PR_SET_NAME, "skua-engine");
	skua_adapter_driver();
	for (;;) {
		if (atomic_load(&host.attended)) {
			watch();
			continue;
		}
		if (pass() > 0)
			busy = now_ns();
		else if (now_ns() - busy > SPIN_NS)
			rest();
	}
	return NULL;
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
	atomic_store_explicit(&host.kicks, 0, memory_order_relaxed);
	atomic_store_explicit(&host.driven, 0, memory_order_relaxed);
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
	pass();
	settle();
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

static int start_thread(void)
{
	int err = pthread_create(&host.thread, NULL, thread_main, NULL);

	if (!err)
		skua_arena_own_thread();
	return -err;
}

#define RULES_MAX 16384

/* What stands in the file of rules. -errno, and why in text. */
static int read_rules(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size);
	int err = n < 0 ? -errno : (size_t)n == size ? -E2BIG : 0;

	if (fd >= 0)
		close(fd);
	if (err)
		snprintf(text, size, "%s: %s", path, strerror(-err));
	else
		text[n] = '\0';
	return err;
}

static int impair_link(const char *path, char *why, size_t size)
{
	char *rules = malloc(RULES_MAX);
	int err;

	if (!rules)
		return -ENOMEM;
	err = read_rules(path, rules, RULES_MAX);
	if (err)
		snprintf(why, size, "%s", rules);
	else
		err = skua_adapter_impair(host.adapter, rules, why, size);
	free(rules);
	return err;
}

static int capture(const char *path, char *why, size_t size)
{
	int err = skua_adapter_capture(host.adapter, path, skua_user_devices(),
				       skua_file_hide, skua_file_unhide, why,
				       size);

	/* It has a thread that writes. */
	if (!err)
		skua_arena_own_thread();
	return err;
}

/* The link that SKUA_USER asks for, and what stands in front of it. */
static int start_link(const char *spec, char *why, size_t size)
{
	int err = skua_adapter_link(host.adapter, spec, skua_file_hide,
				    skua_file_unhide, why, size);

	if (!err && skua_user_cc())
		err = skua_adapter_cc_set(host.adapter, skua_user_cc(), why,
					  size);
	if (!err) {
		err = skua_user_neighbour_start(host.adapter, wake);
		snprintf(why, size, "%s", strerror(-err));
	}
	if (!err && skua_user_impair())
		err = impair_link(skua_user_impair(), why, size);
	return err;
}

/* Where packets go, and who sees them. */
static int start_wire(void)
{
	const char *spec = skua_user_link(), *file = skua_user_capture();
	char why[256] = "no memory";
	int err = spec ? start_link(spec, why, sizeof(why)) : 0;

	if (!err && file)
		err = capture(file, why, sizeof(why));
	if (err)
		fprintf(stderr, "skua: no device: %s\n", why);
	else
		host.link_fd = skua_adapter_link_fd(host.adapter);
	return err;
}

/* Nothing fails without it: several programs may be told the same socket. */
static void start_control(void)
{
	const char *path = skua_user_control();
	char why[256];

	if (path && skua_user_control_start(host.adapter, wake, path, why,
					    sizeof(why)))
		fprintf(stderr, "skua: no control socket: %s\n", why);
}

/* With threads that take none of the program's signals: these are for its own. */
static int start_threads(void)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = start_wire();
	if (!err)
		err = start_thread();
	if (!err)
		start_control();
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return err;
}

static int start_host(void)
{
	const struct skua_adapter_config cfg = {
		.guard = skua_user_guard,
		.recovery = skua_user_go_back_n() ? SKUA_RECOVERY_GO_BACK_N
						  : SKUA_RECOVERY_SELECTIVE,
	};
	int err;

	if (host.adapter)
		return 0;
	err = skua_user_guard_start();
	if (err)
		return err;
	host.wake_fd = skua_file_hide(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	if (host.wake_fd < 0)
		return host.wake_fd;
	atomic_store(&host.polls_attended, CALLS_ATTENDED);
	host.adapter = skua_adapter_create(&cfg);
	if (!host.adapter) {
		skua_file_unhide(host.wake_fd);
		return -ENOMEM;
	}
	err = start_threads();
	if (err) {
		skua_adapter_capture_end(host.adapter);
		skua_adapter_destroy(host.adapter);
		host.adapter = NULL;
		skua_file_unhide(host.wake_fd);
	}
	return err;
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
	uint32_t link = skua_adapter_link_mtu(host.adapter);
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
		.wake_fd = host.wake_fd,
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
	e->fn = skua_function_create(host.adapter, &cfg);
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
	if (e->peers) {
		host.peers[host.npeers] = e->peers;
		atomic_fetch_add(&host.npeers, 1);
	}
	wake();
	return 0;
}

int skua_user_start(struct skua_user_dev *dev, skua_user_event_fn events)
{
	int err = 0;

	pthread_mutex_lock(&start_lock);
	if (!dev->engine) {
		err = start_host();
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
	unsigned int i, n = atomic_load(&host.npeers);

	for (i = 0; i < n; i++)
		skua_peers_refresh(host.peers[i]);
}

void skua_user_engine_exit(void)
{
	if (!host.adapter)
		return;
	pass();
	skua_user_ipsec_end();
	skua_user_control_end();
	skua_adapter_capture_end(host.adapter);
}

/* The parent's memory is not here, nor its thread; what is left is let go. */
void skua_user_engine_forked(void)
{
	unsigned int i;

	for (i = 0; i < skua_user_devices(); i++)
		skua_user_device(i)->engine = NULL;
	skua_user_control_forked();
	skua_user_ipsec_forked();
	memset(&host, 0, sizeof(host));
	pthread_mutex_init(&start_lock, NULL);
}
