/* SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB */
/*
 * Two programs that do everything to each other that reliable connections can,
 * in an order that only the seed knows, and believe nothing: each byte is
 * compared, each message and each completion has a number, each atomic says
 * how often the ones before it were done.
 *
 * Each end has a pool of bytes that the seed makes, and knows the other's. All
 * payload is a part of the sender's pool.
 */
#ifndef SOAK_H
#define SOAK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <infiniband/verbs.h>

#define POOL_SIZE (8u << 20)
#define MAX_QPS	  64u
#define SQ_DEPTH  64u
#define RQ_DEPTH  16u
/* READs and atomics at a time, and places that they put their results. */
#define READS	  8u
/* WRITEs whose data was not looked at yet, and places for them. */
#define SLOTS	  8u
#define SEND_MAX  (64u << 10)
#define WRITE_MAX (256u << 10)
#define WORDS	  4u

struct options {
	const char *device, *host;
	int gid_index, port;
	unsigned int qps, mtu;
	uint64_t seed;
	uint64_t bytes;		/* by both ends; 0: no matter */
	unsigned int seconds;	/* 0: no matter */
};

enum kind {
	KIND_DATA = 1,	/* it is in this message */
	KIND_WRITTEN,	/* an RDMA WRITE has put it into a slot */
	KIND_WRITE_IMM,	/* this is in the slot itself */
	KIND_END,	/* nothing comes after that */
};

#define HEADER_MAGIC 0x6b616f73u
/* In front of each message, and of what was written with an immediate. */
struct header {
	uint32_t magic;
	uint8_t kind, slot;
	uint16_t rsvd;
	uint32_t seq;
	uint32_t len, crc;
	uint32_t looked_at;	/* slots of the receiver's WRITEs, so far */
	uint64_t pad;
};
_Static_assert(sizeof(struct header) == 32, "header");

/* Memory of a queue pair, registered as one. */
struct memory {
	uint8_t recv[RQ_DEPTH][sizeof(struct header) + SEND_MAX];
	uint8_t slot[SLOTS][sizeof(struct header) + WRITE_MAX];
	uint8_t landing[READS][WRITE_MAX];
	struct header header[SQ_DEPTH];
	uint64_t word[WORDS];
};

/* Who the other end is: what a queue pair tells by TCP. */
struct address {
	uint8_t gid[16];
	uint32_t qpn, psn;
	uint64_t memory, pool;
	uint32_t memory_key, pool_key;
};

/* A request that was posted. */
struct op {
	enum ibv_wr_opcode opcode;
	bool signaled;
	uint32_t landing, len, pool_off, word;
	uint64_t orig;		/* atomics: what has to come back */
};

struct end {
	struct soak *soak;
	struct ibv_qp *qp;
	struct ibv_mr *mr;
	struct memory *mem;
	struct address peer;
	uint64_t random;

	/* What is sent; all free-running. */
	struct op op[SQ_DEPTH];
	uint32_t posted, done;
	uint32_t seq;		/* of the next message */
	uint32_t written;	/* slots of the peer that were filled */
	uint32_t peer_looked_at;
	uint32_t landed, landings; /* done, and asked for */
	uint64_t word[WORDS];	/* of the peer */
	bool ended;

	/* What comes. */
	uint32_t expected;	/* sequence number */
	uint32_t looked_at;
	uint32_t taken, given;	/* receives that came, and were posted */
	uint32_t lazy;		/* so many are taken before any is given */
	bool peer_ended;
};

struct counts {
	uint64_t bytes;
	uint64_t ops[16];	/* by opcode */
};

struct soak {
	struct options opt;
	struct ibv_context *ctx;
	struct ibv_pd *pd;
	struct ibv_cq *send_cq, *recv_cq;
	struct ibv_mr *pool_mr;
	uint8_t *pool, *peer_pool;
	uint32_t max_inline;
	int sock;
	bool stop;		/* begin nothing new but the end */
	struct end end[MAX_QPS];
	struct counts counts;
};

/* rig.c */
void soak_open(struct soak *s);
void soak_close(struct soak *s);
/* Both ends have come here; theirs is what the other one had. */
void soak_exchange(struct soak *s, const void *ours, void *theirs, size_t len);

/* post.c */
/* As much as there is room for. */
void soak_post(struct end *e);
void soak_give_receives(struct end *e);

/* check.c */
/* How many completions there were. */
unsigned int soak_check_sent(struct soak *s);
unsigned int soak_check_received(struct soak *s);
bool soak_done(const struct soak *s);
/* Once both are done: have all messages come? */
void soak_check_totals(struct soak *s);

/* Print it with the state of all queue pairs, and exit. */
void soak_fail(struct soak *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), noreturn));

static inline uint64_t soak_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * 0x2545f4914f6cdd1dull >> 16;
}

#endif /* SOAK_H */
