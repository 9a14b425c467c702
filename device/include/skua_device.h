/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * The adapter as a library: what a transport (the vfio-user server, user mode,
 * a test) needs to offer functions of it. No global state; any number of
 * adapters in a process.
 *
 * Threads. All calls may come from any thread unless noted. An adapter that
 * was started has three threads of its own: the engine (data path), the
 * firmware (commands) and the interrupt thread, which is the only one that
 * calls ops->raise(). An adapter that was not started is driven by
 * skua_adapter_poll(), skua_adapter_run_commands() and
 * skua_adapter_run_interrupts(): a test is deterministic that way, and a
 * program that has the engine inside drives it while it polls.
 */
#ifndef SKUA_DEVICE_H
#define SKUA_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct skua_adapter;
struct skua_function;
struct skua_peers;

/* How a connection makes up for what a link has lost: doc/wire.md. */
enum skua_recovery {
	SKUA_RECOVERY_SELECTIVE, /* with peers that agree */
	SKUA_RECOVERY_GO_BACK_N, /* as the IBTA has it, with all */
};

struct skua_adapter_config {
	/* Device clock in ns, monotonic; NULL: CLOCK_MONOTONIC. */
	uint64_t (*now)(void *ctx);
	void *now_ctx;
	/* How long the engine polls an idle queue before it arms it; 0: default. */
	uint64_t idle_ns;
	/*
	 * Call fn(arg), which touches memory of a function at its program's
	 * own addresses; NULL, or the address at which it was stopped because
	 * there is no memory. No guard at all: what was mapped stays mapped.
	 */
	const void *(*guard)(void (*fn)(void *arg), void *arg);
	enum skua_recovery recovery;
};

struct skua_function_ops {
	/*
	 * Raise MSI-X vector. Called by the interrupt thread without any lock
	 * of the adapter; it must not block for long.
	 */
	void (*raise)(void *ctx, unsigned int vector);
};

struct skua_function_config {
	uint8_t mac[6];		/* unicast; all zero: the library picks one */
	unsigned int vectors;	/* 1 to SKUA_HWI_MAX_VECTORS */
	unsigned int port;	/* below 64: which one a capture knows it by */
	/*
	 * The doorbell BAR: SKUA_HWI_UAR_BAR_SIZE bytes of zeroed memory that
	 * drivers may map. The caller owns it and keeps it until after
	 * skua_function_destroy().
	 */
	void *uar;
	const struct skua_function_ops *ops;
	void *ctx;
	/* Functions of other processes (skua_peers.h), or NULL: none. */
	struct skua_peers *peers;
	/*
	 * Any number, without peers: with another one the function's QPNs are
	 * others. Partners that knew it in an earlier life take the same QPN
	 * for the same connection (IBTA vol. 1, §12.9.8.4).
	 */
	uint32_t qpn_salt;
};

/* NULL and errno on failure. cfg may be NULL. */
struct skua_adapter *skua_adapter_create(const struct skua_adapter_config *cfg);
/* All functions must be gone. Stops the threads. */
void skua_adapter_destroy(struct skua_adapter *ad);

/*
 * Give the adapter a link: what is for nobody in it leaves it there, and what
 * comes from there is delivered. spec is KIND:REST, as skuad(8) lists them; at
 * most one link, and before the adapter is started. Descriptors that it keeps
 * come by keep_fd, which says what number to use, or -errno when it has closed
 * it; NULL, both: as they are. 0 or -errno, and why in err.
 *
 * impair adds rules, a line each, as skuactl(8) has them; all or none. capture
 * has all frames of the link written to a file, or if there is none those of the
 * ports below ports, until capture_end, on return of which they are there. It
 * ends all captures that there are.
 */
int skua_adapter_link(struct skua_adapter *ad, const char *spec,
		      int (*keep_fd)(int fd), void (*close_fd)(int fd),
		      char *err, size_t errlen);
int skua_adapter_impair(struct skua_adapter *ad, const char *rules, char *err,
			size_t errlen);
int skua_adapter_capture(struct skua_adapter *ad, const char *path,
			 unsigned int ports, int (*keep_fd)(int fd),
			 void (*close_fd)(int fd), char *err, size_t errlen);
void skua_adapter_capture_end(struct skua_adapter *ad);
/*
 * Readable when the link has something for an adapter that rests and was not
 * started. -1: there is no link.
 */
int skua_adapter_link_fd(const struct skua_adapter *ad);
/* Whether frames need no system call, while who reads them is awake. */
bool skua_adapter_link_by_memory(const struct skua_adapter *ad);
/* The longest Ethernet payload that the link carries; UINT32_MAX: no link. */
uint32_t skua_adapter_link_mtu(const struct skua_adapter *ad);

/*
 * For programs that are their own driver: have the addresses in the GID tables
 * answered for by ARP and neighbour discovery on the link. Before the adapter
 * is polled. 0 or -errno.
 */
int skua_adapter_have_neighbours(struct skua_adapter *ad);
/*
 * The Ethernet address of to, a GID; from and smac are an entry of a GID table.
 * -EAGAIN: it was asked for, and comes while the adapter is polled.
 */
int skua_adapter_neighbour(struct skua_adapter *ad, const uint8_t from[16],
			   const uint8_t smac[6], const uint8_t to[16],
			   uint8_t mac[6]);

/* 0 or -errno. */
int skua_adapter_start(struct skua_adapter *ad);
void skua_adapter_stop(struct skua_adapter *ad);

/*
 * The calling thread is going to poll an adapter: it asks the kernel to be
 * woken in time, and to take little of the processor at a time in return.
 */
void skua_adapter_driver(void);
/* One pass of the engine; the number of things it did. */
unsigned int skua_adapter_poll(struct skua_adapter *ad);
/*
 * The same if no other thread is at it; -1 if one is: it then looks once more
 * before it leaves, so that nothing posted before the call is overlooked.
 */
int skua_adapter_try_poll(struct skua_adapter *ad);
/*
 * Before the caller stops polling: has every polled doorbell armed, so that
 * the next post kicks. ns until a timer is due, SKUA_NEVER if there is none,
 * or 0 if there is work to be done first.
 */
uint64_t skua_adapter_rest(struct skua_adapter *ad);
/*
 * Has the link lost something that the requester goes back to? Nothing else moves
 * until that is there, and who sleeps makes it longer by his time to wake. now: of
 * the device clock.
 */
bool skua_adapter_misses(const struct skua_adapter *ad, uint64_t now);
#define SKUA_NEVER UINT64_MAX
/* Execute every posted command; how many. */
unsigned int skua_adapter_run_commands(struct skua_adapter *ad);
/* Raise every interrupt that is due; how many. */
unsigned int skua_adapter_run_interrupts(struct skua_adapter *ad);

/* A new function in reset state, attached to the e-switch. NULL and errno. */
struct skua_function *skua_function_create(struct skua_adapter *ad,
					   const struct skua_function_config *cfg);
void skua_function_destroy(struct skua_function *fn);

/*
 * FLR: destroys every object and leaves the registers as after power-on. The
 * memory map stays. On return no DMA of the function is under way.
 */
void skua_function_reset(struct skua_function *fn);

/* BAR 0 registers, 4 or 8 bytes, naturally aligned; others read as zero. */
uint64_t skua_function_read(struct skua_function *fn, uint64_t off,
			    unsigned int size);
void skua_function_write(struct skua_function *fn, uint64_t off,
			 unsigned int size, uint64_t val);
/*
 * Execute a command (hwi §9) without a queue; cmd->status and cmd->out are the
 * answer. Waits for other commands.
 */
struct skua_hwi_cmd;
void skua_function_execute(struct skua_function *fn, struct skua_hwi_cmd *cmd);
/* A write of val to kick page number page. */
void skua_function_kick(struct skua_function *fn, uint32_t page, uint32_t val);

/*
 * Guest memory. host stays the caller's; it must be readable (and writable if
 * writable) until skua_dma_unmap() of the range has returned. host may be NULL
 * for memory that exists but is never a DMA target (ROM, BARs).
 *
 * map: 0, -EINVAL (empty, wraps around), -EEXIST (overlaps), -ENOSPC.
 * unmap: removes every range that lies wholly inside; 0, -EINVAL if a range
 * would have to be split. *removed, if not NULL, is called for each removed
 * range once no thread can touch it any more.
 */
int skua_dma_map(struct skua_function *fn, uint64_t iova, uint64_t size,
		 void *host, bool writable);
int skua_dma_unmap(struct skua_function *fn, uint64_t iova, uint64_t size,
		   void (*removed)(void *ctx, void *host, uint64_t size),
		   void *ctx);

/* What happened, for skuactl and tests; names as in skua_hwi.h. */
struct skua_function_stats {
	uint8_t mac[6];
	uint64_t reg_reads, reg_writes, kicks, interrupts;
	uint64_t commands, command_errors;
	uint64_t eth[16];	/* enum skua_hwi_eth_counter */
	uint64_t rdma[16];	/* enum skua_hwi_rdma_counter */
	uint64_t link[16];	/* enum skua_hwi_link_counter */
	uint64_t ipsec[16];	/* enum skua_hwi_ipsec_counter */
	uint32_t qps, cqs, srqs, mkeys, pds, eqs;
};
void skua_function_stats(struct skua_function *fn,
			 struct skua_function_stats *st);

#endif /* SKUA_DEVICE_H */
